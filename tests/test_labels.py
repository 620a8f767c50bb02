import csv
from collections import Counter
from pathlib import Path

import pytest

from glfnet.errors import SettingsError
from glfnet.labels import (
    CASME,
    CASME2,
    CASME3,
    DFME,
    FOURDME,
    MMEW,
    SAMM,
    SMIC,
    THREE,
    THREE_CLASSES,
    LabelSet,
    check_label_names,
    five_classes,
    seven_classes,
)

LABELS = Path(__file__).parents[2] / "shared" / "data" / "labels"


def test_the_three_classes_have_the_order_of_the_flow_folders() -> None:
    assert THREE.classes == THREE_CLASSES == ("negative", "positive", "surprise")


@pytest.mark.parametrize(
    ("database", "emotion", "expected"),
    [
        (CASME2, "disgust", "negative"),
        (CASME2, "repression", "negative"),
        (CASME2, "happiness", "positive"),
        (CASME2, "surprise", "surprise"),
        (CASME2, "others", None),
        (CASME2, "fear", None),
        (CASME2, "sadness", None),
        (SAMM, "Anger", "negative"),
        (SAMM, "Contempt", "negative"),
        (SAMM, "Disgust", "negative"),
        (SAMM, "Fear", "negative"),
        (SAMM, "Sadness", "negative"),
        (SAMM, "Happiness", "positive"),
        (SAMM, "Surprise", "surprise"),
        (SAMM, "Other", None),
        (SMIC, "negative", "negative"),
        (SMIC, "positive", "positive"),
        (SMIC, "surprise", "surprise"),
        (SMIC, "happiness", None),
        (CASME3, "happy", "positive"),
        (CASME3, "sad", "negative"),
        (CASME3, "disgust", "negative"),
        (CASME3, "Others", None),
        (DFME, "contempt", "negative"),
        (DFME, "happiness", "positive"),
        (MMEW, "fear", "negative"),
        (MMEW, "others", None),
        (CASME, "tense", None),
        (CASME, "comtempt", "negative"),
        (CASME, "repression", "negative"),
        (CASME, "happiness", "positive"),
        (FOURDME, "Negative", "negative"),
        (FOURDME, "repression", None),
    ],
)
def test_the_words_of_each_database_mean_what_megc2019_says(database: str, emotion: str, expected: str | None) -> None:
    found = THREE.find_class(database, emotion)
    assert (None if found is None else THREE.classes[found]) == expected


@pytest.mark.parametrize("database", [CASME2, SAMM, SMIC, "another"])
def test_the_names_of_the_classes_mean_themselves_in_any_database(database: str) -> None:
    assert [THREE.find_class(database, name) for name in THREE_CLASSES] == [0, 1, 2]


@pytest.mark.parametrize("written", ["Happiness", " happiness ", "HAPPINESS\n"])
def test_capitals_and_blanks_around_a_word_do_not_matter(written: str) -> None:
    assert THREE.find_class(SAMM, written) == 1


@pytest.mark.parametrize(
    ("emotion", "expected"),
    [
        *((word, "negative") for word in ("anger", "contempt", "Disgust", "fear", "repression", "sadness")),
        *(("happiness", "positive"), ("Surprise", "surprise")),
        *((word, None) for word in ("others", "other", "joy", "calm", "")),
    ],
)
def test_data_of_a_name_we_do_not_know_is_taken_by_the_basic_rule(emotion: str, expected: str | None) -> None:
    found = THREE.find_class("own", emotion)
    assert (None if found is None else THREE.classes[found]) == expected


@pytest.mark.parametrize("database", [CASME2, SAMM, SMIC, CASME3, DFME, MMEW, FOURDME, CASME])
def test_a_database_we_know_keeps_its_own_table(database: str) -> None:
    words = ("anger", "contempt", "disgust", "fear", "happiness", "repression", "sadness")
    taken = {word for word in words if THREE.find_class(database, word) is not None}
    left_out = {
        CASME2: {"anger", "contempt", "fear", "sadness"}, SAMM: {"repression"}, SMIC: set(words),
        CASME3: {"contempt", "repression"}, DFME: {"repression"}, MMEW: {"contempt", "repression"},
        FOURDME: set(words), CASME: set(),
    }  # fmt: skip
    assert set(words) - taken == left_out[database]


@pytest.mark.parametrize(
    ("database", "classes"),
    [
        (CASME2, {"happiness", "disgust", "repression", "surprise", "others"}),
        (SAMM, {"happiness", "anger", "contempt", "surprise", "other"}),
    ],
)
def test_the_five_classes_of_a_database_mean_themselves(database: str, classes: set[str]) -> None:
    five = five_classes(database)
    assert five is not None
    assert (five.name, set(five.classes)) == ("five", classes)
    assert [five.find_class(database, name.title()) for name in five.classes] == [0, 1, 2, 3, 4]
    assert five.find_class(database, "fear") is None


def test_smic_has_no_five_classes() -> None:
    assert five_classes(SMIC) is None


@pytest.mark.parametrize(
    ("database", "words"),
    [
        (CASME3, ("happy", "disgust", "fear", "anger", "sad", "surprise", "Others")),
        (DFME, ("Happiness", "anger", "contempt", "disgust", "fear", "sadness", "surprise")),
    ],
)
def test_the_words_of_a_database_fill_its_seven_classes(database: str, words: tuple[str, ...]) -> None:
    seven = seven_classes(database)
    assert seven is not None
    assert (seven.name, len(seven.classes)) == ("seven", 7)
    assert [seven.find_class(database, word) for word in words] == [0, 1, 2, 3, 4, 5, 6]
    assert seven.find_class(database, "boredom") is None


def test_casme2_has_no_seven_classes_and_other_databases_no_synonyms() -> None:
    assert seven_classes(CASME2) is None
    assert THREE.find_class(SAMM, "happy") is None


@pytest.mark.parametrize(
    ("emotion", "expected"),
    [
        ("Negative+Surprise", None),
        ("Negative+Repression", None),
        ("Negative, negative", 0),
        ("surprise/", 2),
        ("", None),
        ("+", None),
    ],
)
def test_several_emotions_of_one_clip_have_a_class_only_if_all_have_the_same(
    emotion: str, expected: int | None
) -> None:
    assert THREE.find_class(FOURDME, emotion) == expected


def test_only_the_three_classes_translate_words() -> None:
    own = LabelSet("mine", ("negative", "positive"))
    assert own.find_class(CASME2, "disgust") is None
    assert own.find_class(CASME2, "positive") == 1


def test_the_classes_of_casme2_in_megc2019_are_those_of_its_own_sheet() -> None:
    sheet, table = LABELS / "CASME2-coding-20140508.xlsx", LABELS / "megc2019_combined_3class.csv"
    if not (sheet.is_file() and table.is_file()):
        pytest.skip("the licensed label tables are not here")
    pytest.importorskip("openpyxl", reason="reading the spreadsheet needs openpyxl")
    import pandas as pd

    rows = pd.read_excel(sheet, dtype=str)
    found = {
        (f"sub{row['Subject']}", row["Filename"]): label
        for _, row in rows.iterrows()
        if (label := THREE.find_class(CASME2, row["Estimated Emotion"])) is not None
    }
    left_out = {("sub04", "EP12_01f"), ("sub05", "EP09_05f")}  # by MEGC2019, both disgust
    expected = {}
    with table.open(newline="") as lines:
        for line in csv.reader(lines):
            if any("casme2" in cell.lower() for cell in line):
                expected[line[1], line[2]] = int(line[3])
    assert Counter(expected.values()) == Counter({0: 88, 1: 32, 2: 25})
    assert {key: label for key, label in found.items() if key not in left_out} == expected


@pytest.mark.parametrize("names", [("positive", "positive", "negative"), ("negative", "")])
def test_label_names_that_would_make_two_classes_one_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError) as caught:
        check_label_names(names)
    assert str(caught.value) == (
        f"label names: found {', '.join(names)}; expected a name for each number, no name twice."
    )
    assert caught.value.settings == ("label_names",)
