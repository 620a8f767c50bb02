"""Folds: nobody is trained on and tested, everybody is tested once, and what cannot be folded is said in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from glfnet.config.settings import ProtocolSettings
from glfnet.errors import ProtocolError
from glfnet.evaluation.labelled_set import label_samples
from glfnet.evaluation.protocol import Fold, check_folds, loso_folds, make_folds
from glfnet.labels import CASME2, CASME3, DFME, SAMM, SMIC
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import SubjectId

PROTOCOLS = ("cde", "sde", "lodo", "kfold")


def a_sample(database: str, subject: str, clip: str, emotion: str = "negative") -> Sample:
    return Sample(subject=SubjectId(database, subject), clip=clip, emotion=emotion)


def a_set(*samples: Sample) -> FlowSet:
    return FlowSet(samples=samples, maps=np.zeros((len(samples), 3, 8, 8), dtype=np.float32))


# Two people of each database, both with two classes.
SIX_PEOPLE = tuple(
    a_sample(database, f"{prefix}{number:02d}", f"c{k}", emotion)
    for database, prefix in ((CASME2, "sub"), (SAMM, ""), (SMIC, "s"))
    for number in (1, 2)
    for k, emotion in enumerate(("negative", "surprise"))
)

sample_tables = st.dictionaries(
    st.tuples(st.sampled_from([CASME2, SAMM, SMIC, "own"]), st.integers(1, 6)),
    st.integers(1, 5),  # clips of that person
    min_size=2,
    max_size=14,
).map(
    lambda people: [
        a_sample(database, str(name), f"c{clip}") for (database, name), n in people.items() for clip in range(n)
    ]
)


def settings(name: str = "cde", **changes: object) -> ProtocolSettings:
    return ProtocolSettings.model_validate({"name": name, "classes": "three", "database": None} | changes)


def folds_of(samples: Sequence[Sample], name: str, k: int) -> list[Fold]:
    """Return the folds, giving up a made-up table that the protocol rightly refuses."""
    databases: dict[str, set[str]] = {}
    for s in samples:
        databases.setdefault(s.subject.database, set()).add(s.subject.name)
    assume(name != "sde" or min(len(names) for names in databases.values()) > 1)
    assume(name != "lodo" or len(databases) > 1)
    assume(name != "kfold" or sum(len(names) for names in databases.values()) >= k)
    return make_folds(samples, settings(name, folds=k))


def as_ids(samples: Sequence[Sample], folds: Sequence[Fold]) -> list[tuple[str, set[str], set[str]]]:
    return [(f.name, {samples[i].sample_id for i in f.train}, {samples[i].sample_id for i in f.test}) for f in folds]


def test_casme2_01_and_smic_01_are_two_people() -> None:
    samples = [a_sample(CASME2, "sub01", "EP01"), a_sample(CASME2, "sub01", "EP02"), a_sample(SMIC, "s01", "po1")]
    assert loso_folds(samples) == [Fold("casme2/sub01", (2,), (0, 1)), Fold("smic/s01", (0, 1), (2,))]


def test_people_of_equal_name_in_two_databases_are_held_out_apart() -> None:
    samples = [a_sample("a", "01", "x"), a_sample("b", "01", "x")]
    assert [fold.name for fold in loso_folds(samples)] == ["a/01", "b/01"]


@given(sample_tables, st.sampled_from(PROTOCOLS), st.integers(2, 5))
@pytest.mark.slow
def test_every_sample_is_held_out_exactly_once(samples: list[Sample], name: str, k: int) -> None:
    held_out = Counter(i for fold in folds_of(samples, name, k) for i in fold.test)
    assert held_out == Counter(range(len(samples)))


@given(sample_tables, st.sampled_from(PROTOCOLS), st.integers(2, 5))
@pytest.mark.slow
def test_nobody_is_trained_on_and_tested_in_one_fold(samples: list[Sample], name: str, k: int) -> None:
    for fold in folds_of(samples, name, k):
        assert fold.train
        assert {samples[i].subject for i in fold.train}.isdisjoint(samples[i].subject for i in fold.test)


@given(sample_tables, st.sampled_from(PROTOCOLS), st.integers(2, 5), st.randoms(use_true_random=False))
@pytest.mark.slow
def test_folds_do_not_depend_on_the_order_of_samples(samples: list[Sample], name: str, k: int, draw: object) -> None:
    shuffled = list(samples)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    assert as_ids(shuffled, folds_of(shuffled, name, k)) == as_ids(samples, folds_of(samples, name, k))


@given(sample_tables)
@pytest.mark.slow
def test_cde_holds_out_one_person_and_trains_on_all_others(samples: list[Sample]) -> None:
    for fold in folds_of(samples, "cde", 2):
        assert {str(samples[i].subject) for i in fold.test} == {fold.name}
        assert sorted(fold.train + fold.test) == list(range(len(samples)))


@given(sample_tables)
@pytest.mark.slow
def test_sde_never_trains_on_another_database(samples: list[Sample]) -> None:
    for fold in folds_of(samples, "sde", 2):
        (database,) = {samples[i].subject.database for i in fold.test}
        inside = [i for i, s in enumerate(samples) if s.subject.database == database]
        assert len({samples[i].subject for i in fold.test}) == 1
        assert sorted(fold.train + fold.test) == inside


@given(sample_tables)
@pytest.mark.slow
def test_lodo_holds_out_one_database_and_trains_on_all_others(samples: list[Sample]) -> None:
    for fold in folds_of(samples, "lodo", 2):
        assert fold.test == tuple(i for i, s in enumerate(samples) if s.subject.database == fold.name)
        assert sorted(fold.train + fold.test) == list(range(len(samples)))


@given(sample_tables, st.integers(2, 5))
@pytest.mark.slow
def test_parts_of_kfold_differ_by_no_more_clips_than_one_person_has(samples: list[Sample], k: int) -> None:
    folds = folds_of(samples, "kfold", k)
    sizes = [len(fold.test) for fold in folds]
    assert len(folds) == k
    assert max(sizes) - min(sizes) <= max(Counter(s.subject for s in samples).values())


def test_names_of_parts_sort_as_their_numbers_do() -> None:
    samples = [a_sample("own", f"{n:02d}", "c") for n in range(12)]
    names = [fold.name for fold in make_folds(samples, settings("kfold", folds=11))]
    assert (names[0], names[1], names[-1]) == ("part-01", "part-02", "part-11")


def test_a_list_of_subjects_is_held_out_in_one_fold() -> None:
    (fold,) = make_folds(SIX_PEOPLE, settings("subjects", subjects=("smic/s01", "casme2/sub02")))
    assert {str(SIX_PEOPLE[i].subject) for i in fold.test} == {"casme2/sub02", "smic/s01"}
    assert sorted(fold.train + fold.test) == list(range(12))


def test_a_subject_with_one_clip_is_a_fold_of_its_own() -> None:
    samples = [*SIX_PEOPLE, a_sample("own", "07", "only")]
    (fold,) = [fold for fold in make_folds(samples, settings()) if fold.name == "own/07"]
    assert fold.test == (12,)


@pytest.mark.parametrize(
    ("samples", "changes", "sentence"),
    [
        (
            SIX_PEOPLE,
            {"name": "subjects", "subjects": ("casme2/sub01", "smic/s09", "smic/s1")},
            "protocol.subjects: found smic/s09, smic/s1; expected subjects of this data, such as casme2/sub01.",
        ),
        (
            SIX_PEOPLE,
            {"name": "subjects", "subjects": ()},
            "protocol.subjects: found an empty list; expected subjects of this data, such as casme2/sub01.",
        ),
        (
            SIX_PEOPLE[:2],
            {"name": "subjects", "subjects": ("casme2/sub01",)},
            "fold held-out: 0 training and 2 held-out samples; expected some of each, and a unique name. "
            "Are there at least two subjects?",
        ),
        (
            SIX_PEOPLE[:5],
            {"name": "sde"},
            "sde: database samm has one subject only; expected at least two. Name another protocol.database.",
        ),
        (
            SIX_PEOPLE[:4],
            {"name": "lodo"},
            "lodo: the data has one database only; expected at least two. Use cde or sde.",
        ),
        (
            SIX_PEOPLE[:4],
            {"name": "kfold", "folds": 3},
            "kfold: 3 parts of 2 subjects; expected at most as many parts as subjects.",
        ),
    ],
)
def test_what_cannot_be_folded_is_said(samples: tuple[Sample, ...], changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        make_folds(samples, ProtocolSettings.model_validate(changes))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("folds", "sentence"),
    [
        (
            [Fold("casme2/sub01", (1, 2, 3), (0,))],
            "fold casme2/sub01: subject casme2/sub01 is in training and held out at the same time.",
        ),
        (
            [Fold("x", (), (0, 1))],
            "fold x: 0 training and 2 held-out samples; expected some of each, and a unique name. "
            "Are there at least two subjects?",
        ),
        (
            [Fold("x", (0, 1), ())],
            "fold x: 2 training and 0 held-out samples; expected some of each, and a unique name. "
            "Are there at least two subjects?",
        ),
        (
            [Fold("x", (0, 1), (2, 3)), Fold("x", (2, 3), (0, 1))],
            "fold x: 2 training and 2 held-out samples; expected some of each, and a unique name. "
            "Are there at least two subjects?",
        ),
    ],
)
def test_a_planted_breach_is_caught(folds: list[Fold], sentence: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        check_folds(SIX_PEOPLE, folds)
    assert str(caught.value) == sentence


def test_three_classes_gather_each_databases_own_words() -> None:
    data = label_samples(
        a_set(
            a_sample(CASME2, "sub01", "a", "repression"),
            a_sample(CASME2, "sub01", "b", "Happiness"),
            a_sample(SAMM, "006", "c", "Contempt"),
            a_sample(SMIC, "s01", "d", "surprise"),
        ),
        settings(),
    )
    assert data.classes == ("negative", "positive", "surprise")
    assert data.truth.tolist() == [0, 1, 0, 2]
    assert data.exclusions == ()


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({}, True),
        ({"database": CASME2}, True),
        ({"classes": "five"}, False),
        ({"name": "sde"}, False),
        ({"name": "sde", "classes": "five"}, False),
    ],
)
def test_what_megc2019_goes_without_is_left_out_by_its_own_protocol_only(
    changes: dict[str, str], left_out: bool
) -> None:
    samples = [
        a_sample(CASME2, "sub04", "EP12_01f", "disgust"),
        a_sample(CASME2, "sub05", "EP09_05f", "Disgust"),
        a_sample(CASME2, "sub05", "EP09_05", "disgust"),
        a_sample(CASME2, "sub06", "EP01", "happiness"),
    ]
    data = label_samples(a_set(*samples), settings(**changes))  # type: ignore[arg-type]
    two = [(s.sample_id, "not among the 442 clips of MEGC2019") for s in samples[:2]]
    assert data.exclusions == (tuple(two) if left_out else ())
    assert list(data.flow.samples) == (samples[2:] if left_out else samples)


def test_clips_without_a_map_are_left_out_with_the_reason_that_matters_to_the_protocol() -> None:
    lost = [
        (a_sample(SMIC, "s01", "lost"), "no face found in onset frame 3"),
        (a_sample(CASME2, "sub01", "lost", "others"), "no frames"),
        (a_sample(CASME2, "sub04", "EP12_01f", "disgust"), "not among the 442 clips of MEGC2019"),
    ]
    flow = replace(a_set(*SIX_PEOPLE), without_map=tuple(lost))
    assert dict(label_samples(flow, settings()).exclusions) == {
        "smic/s01/lost": "no face found in onset frame 3",
        "casme2/sub01/lost": "emotion 'others' is none of negative, positive, surprise",
        "casme2/sub04/EP12_01f": "not among the 442 clips of MEGC2019",
    }
    alone = dict(label_samples(flow, settings("sde", database=CASME2)).exclusions)
    assert alone["smic/s01/lost"] == "not of database casme2"
    assert alone["casme2/sub04/EP12_01f"] == (
        "not among the 442 clips of MEGC2019, and so excluded by an earlier version; make index and store again to "
        "have its map, which this protocol uses"
    )


def test_five_classes_are_those_of_the_one_database() -> None:
    samples = [
        a_sample(CASME2, "sub01", "a", "repression"),
        a_sample(CASME2, "sub02", "b", "others"),
        a_sample(CASME2, "sub02", "c", "fear"),
    ]
    data = label_samples(a_set(*samples), settings(classes="five"))
    assert data.classes == ("happiness", "disgust", "repression", "surprise", "others")
    assert data.truth.tolist() == [2, 4]
    assert data.exclusions == (
        ("casme2/sub02/c", "emotion 'fear' is none of happiness, disgust, repression, surprise, others"),
    )


def test_five_classes_of_a_chosen_database_leave_the_others_out_by_name() -> None:
    samples = [
        a_sample(SAMM, "006", "a", "anger"),
        a_sample(SAMM, "007", "b", "other"),
        a_sample(SMIC, "s01", "c", "negative"),
    ]
    data = label_samples(a_set(*samples), settings("sde", classes="five", database=SAMM))
    assert data.classes == ("happiness", "anger", "contempt", "surprise", "other")
    assert [s.clip for s in data.flow.samples] == ["a", "b"]
    assert data.exclusions == (("smic/s01/c", "not of database samm"),)


def test_emotion_words_of_ones_own_data_count_and_other_words_are_excluded_by_name() -> None:
    words = ("Happiness", "repression", "joy")
    data = label_samples(a_set(*(a_sample("own", f"p{i}", "c", word) for i, word in enumerate(words))), settings())
    assert data.truth.tolist() == [1, 0]
    assert data.exclusions == (("own/p2/c", "emotion 'joy' is none of negative, positive, surprise"),)


@pytest.mark.parametrize(
    ("database", "words", "classes"),
    [
        (
            CASME3,
            ("sad", "Others", "contempt"),
            ("happiness", "disgust", "fear", "anger", "sadness", "surprise", "others"),
        ),
        (
            DFME,
            ("contempt", "surprise", "others"),
            ("happiness", "anger", "contempt", "disgust", "fear", "sadness", "surprise"),
        ),
    ],
)
def test_seven_classes_are_those_of_the_one_database(
    database: str, words: tuple[str, str, str], classes: tuple[str, ...]
) -> None:
    samples = [a_sample(database, f"s{i}", "a", word) for i, word in enumerate(words)]
    data = label_samples(a_set(*samples), settings(classes="seven"))
    assert data.classes == classes
    assert data.truth.tolist() == {CASME3: [4, 6], DFME: [2, 6]}[database]
    assert data.exclusions == ((f"{database}/s2/a", f"emotion {words[2]!r} is none of {', '.join(classes)}"),)


def test_seven_classes_of_a_chosen_database_leave_the_others_out_by_name() -> None:
    samples = [
        a_sample(DFME, "sub1", "a", "contempt"),
        a_sample(DFME, "sub2", "b", "fear"),
        a_sample(SMIC, "s01", "c", "negative"),
    ]
    data = label_samples(a_set(*samples), settings("sde", classes="seven", database=DFME))
    assert [s.clip for s in data.flow.samples] == ["a", "b"]
    assert data.exclusions == (("smic/s01/c", "not of database dfme"),)


@given(st.lists(st.sampled_from(["negative", "positive", "surprise", "others", "fear", ""]), min_size=1, max_size=20))
@pytest.mark.slow
def test_every_sample_is_either_labelled_or_excluded_with_a_reason(emotions: list[str]) -> None:
    flow = a_set(*SIX_PEOPLE, *(a_sample(CASME2, "sub09", f"c{i:02d}", emotion) for i, emotion in enumerate(emotions)))
    data = label_samples(flow, settings())
    labelled = [s.sample_id for s in data.flow.samples]
    assert sorted(labelled + [sample_id for sample_id, _ in data.exclusions]) == sorted(
        s.sample_id for s in flow.samples
    )
    assert len(data.truth) == len(data.flow) == len(labelled)
    assert all(reason for _, reason in data.exclusions)


@pytest.mark.parametrize(
    ("samples", "changes", "sentence"),
    [
        (
            SIX_PEOPLE[::2],
            {},
            "found samples of 1 class (negative); expected at least two of negative, positive, surprise. "
            "Check the label folders or the emotion column, and protocol.classes.",
        ),
        (
            [a_sample("own", "01", "a", "joy"), a_sample("own", "02", "b", "rage")],
            {},
            "found samples of 0 class (none); expected at least two of negative, positive, surprise. "
            "Check the label folders or the emotion column, and protocol.classes.",
        ),
        (
            SIX_PEOPLE[:2],
            {},
            "found one subject only (casme2/sub01); expected at least two: one to hold out, one to train on.",
        ),
        (
            SIX_PEOPLE,
            {"classes": "five"},
            "protocol.classes five: databases have five classes of their own; found casme2, samm, smic, "
            "expected protocol.database casme2 or samm.",
        ),
        (
            SIX_PEOPLE,
            {"classes": "five", "database": SMIC},
            "protocol.classes five: databases have five classes of their own; found smic, "
            "expected protocol.database casme2 or samm.",
        ),
        (
            SIX_PEOPLE,
            {"classes": "seven", "database": CASME2},
            "protocol.classes seven: databases have seven classes of their own; found casme2, "
            "expected protocol.database casme3 or dfme.",
        ),
        (
            SIX_PEOPLE,
            {"database": "casme3"},
            "protocol.database: found 'casme3'; expected one of casme2, samm, smic.",
        ),
        (
            [*SIX_PEOPLE, SIX_PEOPLE[3]],
            {},
            "sample casme2/sub02/c1: found 2 times; expected once. Rename one clip.",
        ),
        (
            [*SIX_PEOPLE, a_sample("own", "day1/anna", "c1")],
            {},
            "subject own/day1/anna: found a slash in the name of subject day1/anna; expected names without slashes, "
            "since ids are written database/subject/clip. Give it another name.",
        ),
        (
            [*SIX_PEOPLE, a_sample("full", "anna", "c1")],
            {},
            "subject full/anna: found a database called full; expected another name: this one stands for all databases "
            "together. Give it another name.",
        ),
        (
            [*SIX_PEOPLE, a_sample("=own", "anna", "c1")],
            {},
            "subject =own/anna: found a database called =own; expected a name that no spreadsheet program takes for a "
            "formula, since all ids begin with it. Give it another name.",
        ),
    ],
)
def test_samples_that_make_no_task_are_refused(
    samples: Sequence[Sample], changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ProtocolError) as caught:
        label_samples(a_set(*samples), settings("cde", **changes))
    assert str(caught.value) == sentence
