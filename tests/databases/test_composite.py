from pathlib import Path

import pytest

from glfnet.databases import dfme, smic
from glfnet.databases.by_name import DATABASES
from glfnet.databases.clip import Clip
from glfnet.databases.composite import (
    composite_clips,
    composite_differences,
    ground_truth_differences,
    read_ground_truth,
)
from glfnet.databases.published_counts import count_differences
from glfnet.errors import InputError
from glfnet.samples.subjects import SubjectId


def a_clip(subject: str, name: str, emotion: str, *, database: str = "casme2", excluded: str = "") -> Clip:
    return Clip(
        subject=SubjectId(database, subject), clip=name, emotion=emotion, frames=Path("f"), onset_frame=1, apex_frame=2,
        offset_frame=3, fps=200, excluded=excluded,
    )  # fmt: skip


OLD = Path(__file__).parents[1] / "made_by_earlier_versions" / "0.1.0"
CLIPS = [
    a_clip("sub01", "EP01", "disgust"),
    a_clip("sub01", "EP02", "others"),
    a_clip("sub04", "EP12_01f", "disgust"),
    a_clip("sub07", "EP01", "disgust", excluded="no frames"),
    a_clip("spNO.1", "a_1", "disgust", database="casme3"),
]


def test_excluded_clips_two_by_name_other_emotions_and_other_databases_are_not_in_the_composite_database() -> None:
    assert composite_clips(CLIPS) == CLIPS[:1]


def test_counts_that_differ_from_megc2019_are_said_for_the_databases_that_occur() -> None:
    assert composite_differences(CLIPS) == [
        "casme2: 0 positive clips in the composite database, MEGC2019 has 32.",
        "casme2: 0 surprise clips in the composite database, MEGC2019 has 25.",
        "casme2: 1 negative clips in the composite database, MEGC2019 has 88.",
        "casme2: 1 subjects in the composite database, MEGC2019 has 24.",
    ]


def test_differences_from_the_ground_truth_are_shown_clip_by_clip(tmp_path: Path) -> None:
    table = tmp_path / "combined_3class_gt.csv"
    table.write_text(
        "casme2,sub01,EP01,1\ncasme2,sub01,EP09,2\ncasme2,4,EP12_01f,0\nsmic,s1,s1_ne_01,0\n", encoding="utf-8"
    )
    assert ground_truth_differences(CLIPS, read_ground_truth(table)) == [
        "casme2/sub01/EP01: negative in the index, positive in the ground truth.",
        "casme2/sub01/EP09: absent in the index, surprise in the ground truth.",
        "casme2/sub04/EP12_01f: absent in the index (not among the 442 clips of MEGC2019), "
        "negative in the ground truth.",
    ]


def test_the_ground_truth_is_read_with_and_without_a_header_and_under_one_name_a_clip(tmp_path: Path) -> None:
    table = tmp_path / "gt.csv"
    lines = "smic,s1,s1_ne_01,0,,x.jpg\nsamm,6,006_1_2,2,,\n"
    for header in ("", "dataset,sub,filename_o,label,apex,imagename\n"):
        table.write_text(header + lines, encoding="utf-8")
        assert read_ground_truth(table) == {"smic/s01/s01_ne_01": 0, "samm/006/006_1_2": 2}
    table.write_text(lines + "mmew,1,a,0\nsmic,s1,s1_ne_02,7\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"found 2 problems(?s:.)*row 3: found mmew,1,a,0(?s:.)*row 4: found smic,s1"):
        read_ground_truth(table)
    table.write_bytes(b"smic,s1,\xff\xfe,0\n")
    with pytest.raises(InputError, match=r"gt\.csv: found no readable table \(text that is not UTF-8, or no text\)"):
        read_ground_truth(table)
    table.write_text("dataset,sub,filename_o,label\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"gt\.csv: found no clip; expected database \(casme2, samm, smic\), subject"):
        read_ground_truth(table)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("store", "a store of flow maps"), ("run", "a run folder"), ("faces.csv", "an index of clips"),
        ("flow.npz", "an .npz file of arrays"), ("nowhere.csv", "nothing there"),
    ],
)  # fmt: skip
def test_what_is_no_ground_truth_is_told_what_it_is(name: str, found: str) -> None:
    with pytest.raises(InputError) as caught:
        read_ground_truth(OLD / name)
    assert (caught.value.found, caught.value.expected) == (found, "MEGC2019's ground truth, combined_3class_gt.csv")


def test_published_counts_add_up() -> None:
    for published in (counts for database in DATABASES for counts in database.published.values()):
        assert sum(published.emotions.values()) in (0, published.clips)


def test_an_index_with_other_counts_is_told_so_in_one_sentence() -> None:
    (line,) = count_differences(
        "smic HS", smic.DATABASE.published["smic HS"], [a_clip("s01", "s01_ne_01", "negative", database="smic")]
    )
    assert line.startswith(
        "smic HS: 1 clip instead of 164, 1 subject instead of 16, 1 clip of negative instead of 70, "
        "0 clips of positive instead of 51, 0 clips of surprise instead of 43 (Li et al."
    )
    clips = [a_clip("sub0003", str(n), "fear", database="dfme") for n in range(1856)]
    assert count_differences("dfme", dfme.DATABASE.published["dfme"], clips) == []
