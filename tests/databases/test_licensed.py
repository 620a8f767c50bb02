"""The eight licensed databases, each from a small made-up sheet and made-up frames in its own layout."""

from collections.abc import Callable
from pathlib import Path

import pytest

from glfnet.databases.casme import index_casme
from glfnet.databases.casme2 import index_casme2
from glfnet.databases.casme3 import index_casme3
from glfnet.databases.dfme import index_dfme
from glfnet.databases.fourdme import index_fourdme
from glfnet.databases.index import Index
from glfnet.databases.mmew import index_mmew
from glfnet.databases.samm import index_samm
from glfnet.databases.smic import index_smic
from glfnet.errors import InputError, SettingsError
from glfnet.labels import FOURDME, THREE
from glfnet.video.frame_files import frame_files
from made_up_databases import make_frames, write_sheet

CASME2_HEADER = ["Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None, "Action Units", "Estimated Emotion"]  # fmt: skip  # noqa: E501
SMIC_HEADER = ["Subject", "Filename", "OnsetF", "OffsetF"]


def casme2(tmp_path: Path, *rows: list[object], **options: object) -> Index:
    sheet = write_sheet(tmp_path / "sheet.xlsx", [CASME2_HEADER, *rows])
    return index_casme2(tmp_path, sheet, **options)  # type: ignore[arg-type]


def casme2_row(subject: object = "01", clip: str = "EP02_01f", onset: object = 46, apex: object = 59) -> list[object]:
    return [subject, clip, None, onset, apex, 86, None, "4+L10", "happiness"]


def ids(index: Index) -> list[str]:
    return [clip.sample_id for clip in index.clips]


def test_casme2_reads_its_blank_columns_a_numeric_subject_and_an_apex_that_is_a_slash(tmp_path: Path) -> None:
    frames = make_frames(tmp_path / "CASME2_RAW_selected/sub01/EP02_01f", ["img46.jpg", "img86.jpg"])
    make_frames(tmp_path / "CASME2_RAW_selected/sub02/EP01", ["img1.jpg"])
    index = casme2(tmp_path, casme2_row(1), casme2_row("02", "EP01", 1, "/"))
    first, second = index.clips
    assert (first.subject.name, first.clip, first.onset_frame, first.apex_frame) == ("sub01", "EP02_01f", 46, 59)
    assert (first.frames, first.layout, first.fps, first.row) == (frames, "raw", 200.0, 2)
    assert (first.emotion, first.action_units, first.excluded) == ("happiness", "4+L10", "")
    assert (second.sample_id, second.apex_frame, second.apex_estimated) == ("casme2/sub02/EP01", None, False)
    assert "casme2: 1 clip (sub02/EP01) without an apex: it is to be estimated." in index.notes
    assert any("2 clips instead of 255, 2 subjects instead of 26" in note for note in index.notes)


def test_casme2_cropped_frames_are_told_by_folder_or_file_name(tmp_path: Path) -> None:
    make_frames(tmp_path / "a/Cropped/sub01/EP02_01f", ["reg_img46.jpg"])
    make_frames(tmp_path / "b/faces/sub01/EP02_01f", ["reg_img46.jpg"])
    for name in ("a", "b"):
        sheet = write_sheet(tmp_path / "sheet.xlsx", [CASME2_HEADER, casme2_row()])
        assert index_casme2(tmp_path / name, sheet).clips[0].layout == "cropped"


def test_with_raw_and_cropped_frames_raw_is_taken_and_said(tmp_path: Path) -> None:
    make_frames(tmp_path / "Cropped/sub01/EP02_01f", ["reg_img46.jpg"])
    make_frames(tmp_path / "CASME2_RAW_selected/sub01/EP02_01f", ["img46.jpg"])
    index = casme2(tmp_path, casme2_row())
    assert index.clips[0].frames.parent.parent.name == "CASME2_RAW_selected"
    assert "casme2: raw and cropped frames found; raw taken; the setting layout chooses." in index.notes
    assert casme2(tmp_path, casme2_row(), layout="cropped").clips[0].frames.parent.parent.name == "Cropped"


def test_an_index_keeps_the_two_clips_that_megc2019_leaves_out(tmp_path: Path) -> None:
    make_frames(tmp_path / "sub04/EP12_01f", ["img1.jpg"])
    rows = [casme2_row("04", "EP12_01f")]
    index = casme2(tmp_path, *rows)
    assert index.clips[0].excluded == ""
    asked = casme2(tmp_path, *rows, keep_left_out=True)
    assert asked.clips == index.clips
    assert [note for note in asked.notes if note not in index.notes] == [
        "keep_left_out is no longer needed: an index keeps every clip; what MEGC2019 leaves out, the protocol cde does."
    ]


def test_a_clip_without_frames_is_excluded_and_a_folder_without_a_row_is_named(tmp_path: Path) -> None:
    make_frames(tmp_path / "sub01/EP02_01f", ["img46.jpg"])
    make_frames(tmp_path / "sub24/EP02_07", ["img46.jpg"])
    index = casme2(tmp_path, casme2_row(), casme2_row("01", "EP03_02"))
    assert [clip.excluded for clip in index.clips] == [
        "",
        "no frames: expected a folder such as sub01/EP02_01f/img46.jpg",
    ]
    assert "casme2: 1 clip (sub01/EP03_02) without frames, excluded." in index.notes
    assert "casme2: 1 clip folder (sub24/ep02_07) without a row in the sheet, not indexed." in index.notes


def test_all_faulty_rows_are_named_at_once_with_the_remedy(tmp_path: Path) -> None:
    make_frames(tmp_path / "sub01/EP02_01f", ["img46.jpg"])
    with pytest.raises(InputError) as caught:
        casme2(
            tmp_path,
            casme2_row(),
            casme2_row(),
            casme2_row("02", "EP01_01", 100),
            casme2_row("03", "EP01_01", "forty"),
            casme2_row("05", "EP01_01", None),
        )
    text = str(caught.value)
    assert "sheet.xlsx: found 4 problems; expected none." in text
    assert "row 4: found casme2/sub02/EP01_01 with onset 100, apex 59, offset 86; expected onset <= apex <= off" in text
    assert "put the fix and its reason into a file of corrections, or exclude faulty rows." in text
    assert caught.value.settings == ("corrections", "exclude_faulty")
    assert "row 5: found casme2/sub03/EP01_01 with onset forty, apex 59, offset 86, fps 200.0; expected whole" in text
    assert "row 6: found casme2/sub05/EP01_01 with onset empty" in text
    assert "found clip casme2/sub01/EP02_01f 2 times (row 2, row 3); expected each clip once" in text


@pytest.mark.parametrize("onset", ["-46", 46.5])
def test_a_frame_number_that_none_can_be_is_refused_with_what_it_must_be(tmp_path: Path, onset: object) -> None:
    make_frames(tmp_path / "sub01/EP02_01f", ["img46.jpg"])
    with pytest.raises(InputError) as caught:
        casme2(tmp_path, casme2_row("01", "EP02_01f", onset))
    assert (
        f"with onset {onset}, apex 59, offset 86, fps 200.0; expected whole numbers from 0, or / where none is"
        in str(caught.value)
    )


def test_rows_out_of_order_can_be_excluded_instead(tmp_path: Path) -> None:
    make_frames(tmp_path / "sub01/EP02_01f", ["img46.jpg"])
    index = casme2(tmp_path, casme2_row(), casme2_row("02", "EP01_01", 100), exclude_faulty=True)
    assert index.clips[1].excluded == "frame numbers out of order: onset 100, apex 59, offset 86"


def test_a_row_with_onset_equal_to_apex_is_no_error_here(tmp_path: Path) -> None:
    make_frames(tmp_path / "sub01/EP02_01f", ["img46.jpg"])
    assert casme2(tmp_path, casme2_row(onset=59)).clips[0].onset_frame == 59


def test_frames_of_another_database_are_refused(tmp_path: Path) -> None:
    make_frames(tmp_path / "006/006_1_2", ["006_0046.jpg"])
    with pytest.raises(InputError, match="no clip folders; expected raw or cropped frames of casme2, such as sub01/EP"):
        casme2(tmp_path, casme2_row())
    make_frames(tmp_path / "sub07/EP09_09", ["img1.jpg"])
    with pytest.raises(InputError, match="1 clip, none of which is among the 1 clip folder found"):
        casme2(tmp_path, casme2_row())
    with pytest.raises(InputError, match=r"found only raw frames; expected cropped frames.*Ask for the layout raw"):
        casme2(tmp_path, casme2_row("07", "EP09_09"), layout="cropped")


def test_samm_is_read_below_its_preamble_from_the_sheet_micro_only(tmp_path: Path) -> None:
    header = [
        "Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame", "Duration", "Micro",
        "Action Units", "Estimated Emotion", "Objective Classes", "Notes",
    ]  # fmt: skip
    preamble: list[list[object]] = [[f"Line {n} about subject and filename"] for n in range(11)] + [[None], [None]]
    rows = [
        [6, "006_1_2", 1, 5562, 5588, 5632, 71, "Micro - 1/2", "(R6 or R12)+R15", "Anger", 3, None],
        ["011", "011_6_1", 1, 120, 130, 140, 21, "Micro - 1/2", "10A/B", "Other", 7, "while blinking"],
    ]
    sheet = write_sheet(tmp_path / "SAMM.xlsx", [*preamble, header, *rows], sheet="MICRO_ONLY")
    make_frames(tmp_path / "SAMM/006/006_1_2", ["006_05562.jpg"])
    make_frames(tmp_path / "SAMM/011/011_6_1", ["011_0120.jpg"])
    index = index_samm(tmp_path, sheet)
    assert ids(index) == ["samm/006/006_1_2", "samm/011/011_6_1"]
    assert [(c.row, c.onset_frame, c.action_units) for c in index.clips] == [
        (15, 5562, "(R6 or R12)+R15"),
        (16, 120, "10A/B"),
    ]
    assert not any(clip.excluded for clip in index.clips)


def test_the_offset_of_a_samm_row_out_of_order_is_corrected_in_the_full_sheet_only(tmp_path: Path) -> None:
    header = ["Subject", "Filename", "Onset Frame", "Apex Frame", "Offset Frame", "Estimated Emotion"]
    faulty: list[object] = ["013", "013_1_9", 5658, 5680, 539, "Anger"]
    others: list[list[object]] = [["014", f"014_1_{n}", 1, 2, 3, "Anger"] for n in range(158)]
    make_frames(tmp_path / "013/013_1_9", ["013_5658.jpg"])
    index = index_samm(tmp_path, write_sheet(tmp_path / "full.xlsx", [header, faulty, *others]))
    assert index.clips[0].offset_frame == 5739
    assert any("samm/013/013_1_9: offset_frame wrong order -> 5739" in note for note in index.notes)
    for options, rows in (({"no_corrections": True}, others), ({}, others[:5])):
        with pytest.raises(InputError, match="offset 539; expected onset <= apex <= offset"):
            index_samm(tmp_path, write_sheet(tmp_path / "part.xlsx", [header, faulty, *rows]), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("modality", "root", "fps"),
    [("HS", "HS_long/SMIC_HS_E", 100.0), ("VIS", "VIS_long/SMIC_VIS_E", 25.0), ("NIR", "NIR_long/SMIC-NIR-E", 25.0)],
)
def test_the_long_version_of_smic_takes_onset_and_offset_from_its_sheet(
    tmp_path: Path, modality: str, root: str, fps: float
) -> None:
    for folder in ("HS_long/SMIC_HS_E", "VIS_long/SMIC_VIS_E", "NIR_long/SMIC-NIR-E"):
        make_frames(tmp_path / folder / "s11/s11_sur_02", ["image000009.jpg", "image000014.jpg", "image000030.jpg"])
    rows: list[list[object]] = [SMIC_HEADER, [11, "s11_sur_02", 14, 30], [None, None, None, None], ["Total", None, 1]]
    index = index_smic(tmp_path, write_sheet(tmp_path / "sheet.xlsx", rows), modality=modality)
    (clip,) = index.clips
    assert (clip.sample_id, clip.emotion) == ("smic/s11/s11_sur_02", "surprise")
    assert (clip.onset_frame, clip.apex_frame, clip.offset_frame, clip.fps) == (14, None, 30, fps)
    assert (clip.frames, clip.layout) == (tmp_path / root / "s11/s11_sur_02", f"{modality} long raw")
    assert "sheet.xlsx, row 4 names no clip and was skipped: Total, 1." in index.notes


def test_the_short_version_of_smic_needs_no_sheet(tmp_path: Path) -> None:
    make_frames(tmp_path / "HS/s3/micro/negative/s3_ne_03", [f"image{n:06d}.bmp" for n in (302370, 302371, 302390)])
    make_frames(tmp_path / "HS/s3/non_micro/s3_non_01", ["image000001.bmp"])
    make_frames(tmp_path / "SMIC_all_cropped/HS/s3/micro/negative/s3_ne_03", ["reg_image302370.bmp"])
    (clip,) = index_smic(tmp_path).clips
    assert (clip.sample_id, clip.emotion) == ("smic/s03/s03_ne_03", "negative")
    assert (clip.onset_frame, clip.apex_frame, clip.offset_frame, clip.row) == (302370, None, 302390, None)
    assert clip.layout == "HS short raw"
    (cropped,) = index_smic(tmp_path, layout="cropped").clips
    assert (cropped.offset_frame, cropped.layout) == (302370, "HS short cropped")


def test_smic_long_without_a_sheet_a_foreign_clip_name_and_an_unknown_camera_are_refused(tmp_path: Path) -> None:
    make_frames(tmp_path / "HS_long/SMIC_HS_E/s03/s3_ne_03", ["image302370.jpg"])
    with pytest.raises(InputError, match=r"the long version without a sheet.*Name the sheet, or take"):
        index_smic(tmp_path)
    rows: list[list[object]] = [SMIC_HEADER, [3, "s3_xx_03", 1, 2]]
    with pytest.raises(InputError, match="row 2: found clip s3_xx_03; expected a name such as s3_ne_03"):
        index_smic(tmp_path, write_sheet(tmp_path / "sheet.xlsx", rows))
    with pytest.raises(SettingsError, match="found modality DEPTH"):
        index_smic(tmp_path, modality="depth")


def test_an_apex_column_of_a_community_sheet_for_smic_is_taken_and_said(tmp_path: Path) -> None:
    make_frames(tmp_path / "HS_long/s03/s3_po_03", ["image000010.jpg"])
    rows = [["clip", "onset_frame", "apex_frame", "offset_frame"], ["s3_po_03", 10, 12, None]]
    index = index_smic(tmp_path, write_sheet(tmp_path / "smic_apex.xlsx", rows))
    assert (index.clips[0].apex_frame, index.clips[0].offset_frame) == (12, None)
    assert "smic: the apexes are those of smic_apex.xlsx; SMIC itself marks none." in index.notes
    assert "smic: 1 clip (s03/s03_po_03) without an offset." in index.notes


@pytest.mark.parametrize("subject", ["spNO.1", "NO.1", 1])
def test_casme3_names_clips_by_video_and_onset(tmp_path: Path, subject: object) -> None:
    header = ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion"]
    rows = [
        [subject, "a", "355", "359", "360", "5", "II", "others"],
        [subject, "A", "400", "410", "0", "26+25", "II", "happy"],
    ]
    frames = make_frames(tmp_path / "part_A/spNO.1/a/color", ["355.jpg", "359.jpg", "360.jpg", "400.jpg"])
    make_frames(tmp_path / "part_A/spNO.1/a/depth", ["355.png"])
    index = index_casme3(tmp_path, write_sheet(tmp_path / "sheet.xlsx", [header, *rows]))
    assert ids(index) == ["casme3/spNO.1/a_355", "casme3/spNO.1/a_400"]
    assert [c.frames for c in index.clips] == [frames, frames]
    assert [(c.apex_frame, c.offset_frame, c.fps) for c in index.clips] == [(359, 360, 30.0), (410, None, 30.0)]


def test_dfme_takes_the_frame_rate_from_each_row_and_joins_its_parts(tmp_path: Path) -> None:
    header = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Emotion", "EmotionId", "Fps", "AU"]
    rows = [
        ["sub0003", "sub0003_01", 109, 199, 228, "anger", 0, 500, 23],
        ["sub0200", "sub0200_12", 11, 59, 60, "happiness", 4, 200, "6+12"],
    ]
    make_frames(tmp_path / "part_A/sub0003_01", ["00109.png"])
    make_frames(tmp_path / "part_C/sub0200_12", ["00011.png"])
    index = index_dfme(tmp_path, write_sheet(tmp_path / "sheet.xlsx", [header, *rows]))
    assert ids(index) == ["dfme/sub0003/sub0003_01", "dfme/sub0200/sub0200_12"]
    assert [(c.fps, c.action_units) for c in index.clips] == [(500.0, "23"), (200.0, "6+12")]
    assert not any(clip.excluded for clip in index.clips)


@pytest.mark.parametrize("place", ["Micro_Expression/disgust/S01-02-001", "Micro_Expression/disgust/S01/S01-02-001"])
def test_mmew_finds_clips_by_emotion_and_keeps_away_from_macro_expressions(tmp_path: Path, place: str) -> None:
    header = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion", "remarks"]  # fmt: skip  # noqa: E501
    frames = make_frames(tmp_path / place, ["1.jpg", "12.jpg"])
    make_frames(tmp_path / "Macro_Expression/disgust/S01-02-001", ["1.jpg"])
    rows = [[1, "S01-02-001", 1, 12, 30, "4+9", "disgust", None]]
    (clip,) = index_mmew(tmp_path, write_sheet(tmp_path / "sheet.xlsx", [header, *rows])).clips
    assert (clip.sample_id, clip.frames, clip.fps) == ("mmew/S01/S01-02-001", frames, 90.0)


@pytest.mark.parametrize("place", ["gray_micro/S13/S13_1st_001_01_1", "gray_micro/S13_1st_001_01_1"])
def test_4dme_keeps_several_emotions_of_a_clip(tmp_path: Path, place: str) -> None:
    header = ["sub_ID", "fold_name", "Emotion", "Onset", "Apex", "Offset", "AUs"]
    frames = make_frames(tmp_path / place, ["10.jpg"])
    rows = [["S13", "S13_1st_001_01_1", "Negative, Repression", 10, 15, 20, "AU4+AU15"]]
    (clip,) = index_fourdme(tmp_path, write_sheet(tmp_path / "sheet.xlsx", [header, *rows])).clips
    assert (clip.sample_id, clip.frames, clip.fps) == ("fourdme/S13/S13_1st_001_01_1", frames, 60.0)
    assert (clip.emotion, clip.action_units) == ("Negative+Repression", "AU4+AU15")
    assert THREE.find_class(FOURDME, clip.emotion) is None


CASME_HEADER = ["Subject", "Filename", None, "OnsetF", "ApexF1", "ApexF2", "OffsetF", None, "Onset", "Total", "AU", "Emotion"]  # fmt: skip  # noqa: E501


def test_casme_takes_both_sections_the_first_frame_of_the_peak_and_no_milliseconds(tmp_path: Path) -> None:
    first = make_frames(tmp_path / "CASME_A/Section A/sub01/EP01_12", ["EP01_12-73.jpg", "EP01_12-91.jpg"])
    second = make_frames(tmp_path / "CASME_B/Section B/sub08/EP12_2_1", ["img021.jpg", "img041.jpg"])
    rows = [
        [1, "EP01_12", None, 73, 81, "\\", 91, None, 150, 316.7, 4, "tense"],
        [8, "EP12_2_1", None, 21, 29, 33, 41, None, 150, 350, "4+17", "comtempt"],
    ]
    index = index_casme(tmp_path, write_sheet(tmp_path / "sheet.xlsx", [CASME_HEADER, *rows]))
    one, other = index.clips
    assert (one.sample_id, one.frames, one.fps) == ("casme/sub01/EP01_12", first, 60.0)
    assert (one.onset_frame, one.apex_frame, one.offset_frame) == (73, 81, 91)
    assert (one.emotion, one.action_units, one.excluded) == ("tense", "4", "")
    assert (other.sample_id, other.frames, other.apex_frame) == ("casme/sub08/EP12_2_1", second, 29)
    assert index.notes == (
        "casme: 2 clips instead of 193 (sheet of 2019-07-21; Yan et al., CASME database, FG 2013, prints 195).",
    )
    assert [frame_files(clip.frames)[clip.onset_frame].name for clip in index.clips] == ["EP01_12-73.jpg", "img021.jpg"]


def test_a_sheet_of_casme2_is_none_of_casme(tmp_path: Path) -> None:
    """Its heading Onset is a frame; that of CASME is a time."""
    make_frames(tmp_path / "sub01/EP02_01f", ["img46.jpg"])
    sheet = write_sheet(
        tmp_path / "sheet.xlsx",
        [["Subject", "Filename", "Onset", "Apex", "Offset", "Emotion"], [1, "EP02_01f", 1, 2, 3, "disgust"]],
    )
    with pytest.raises(
        InputError, match=r"found no header row with all columns; closest in row 1 of.*without OnsetF, A"
    ):
        index_casme(tmp_path, sheet)


INDEXERS: list[Callable[[Path, Path], Index]] = [
    index_casme2, index_samm, index_smic, index_casme3, index_dfme, index_mmew, index_fourdme, index_casme,
]  # fmt: skip


@pytest.mark.parametrize("index", INDEXERS)
def test_a_sheet_of_something_else_is_refused_by_every_database(
    tmp_path: Path, index: Callable[[Path, Path], Index]
) -> None:
    rows: list[list[object]] = [["Subject", "Age"], ["01", 22]]
    with pytest.raises(InputError, match=r"sheet.xlsx: found no header row.*expected a row with the headings"):
        index_any(index, tmp_path, write_sheet(tmp_path / "sheet.xlsx", rows))


@pytest.mark.parametrize("index", INDEXERS)
def test_a_path_that_is_no_folder_is_refused_by_every_database(
    tmp_path: Path, index: Callable[[Path, Path], Index]
) -> None:
    header: list[object] = [
        "Subject", "sub_ID", "Filename", "fold_name", "Onset", "Apex", "Offset", "Emotion", "Fps",
        "OnsetF", "ApexF1", "OffsetF",
    ]  # fmt: skip
    row: list[object] = ["1", "1", "s1_ne_01", "a", 1, 2, 3, "others", 100, 1, 2, 3]
    with pytest.raises(InputError, match="nowhere: found no folder; expected the folder of the unpacked database"):
        index_any(index, tmp_path / "nowhere", write_sheet(tmp_path / "sheet.xlsx", [header, row]))


def index_any(index: Callable[[Path, Path], Index], folder: Path, sheet: Path) -> Index:
    return index(folder, sheet)
