from dataclasses import replace
from pathlib import Path

import pytest

from glfnet.databases.by_name import BY_NAME, index_database
from glfnet.databases.clip import Clip
from glfnet.errors import SettingsError
from glfnet.samples.subjects import SubjectId
from made_up_databases import make_frames, write_sheet


def test_a_database_is_indexed_by_its_name_with_its_own_settings(tmp_path: Path) -> None:
    for camera in ("HS", "NIR"):
        make_frames(tmp_path / camera / "s3/micro/negative/s3_ne_03", ["image000001.bmp", "image000009.bmp"])
    index = index_database("smic", tmp_path, own_settings={"modality": "NIR", "version": None})
    assert index.clips[0].layout == "NIR short raw"
    assert index.summary() == "1 clip of 1 subject, 0 of them excluded: negative 1."


def test_options_reach_the_database(tmp_path: Path) -> None:
    header = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion"]
    make_frames(tmp_path / "sub01/EP01_01", ["img1.jpg"])
    sheet = write_sheet(tmp_path / "a.xlsx", [header, ["01", "EP01_01", 9, 2, 3, "disgust"]])
    index = index_database("casme2", tmp_path, sheet, exclude_faulty=True, own_settings={"keep_left_out": True})
    assert index.summary() == "1 clip of 1 subject, 1 of them excluded: disgust 1."


def test_corrections_of_ones_own_that_change_nothing_are_said(tmp_path: Path) -> None:
    header = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion"]
    make_frames(tmp_path / "sub01/EP01_01", ["img1.jpg"])
    sheet = write_sheet(tmp_path / "a.xlsx", [header, ["01", "EP01_01", 1, 2, 3, "disgust"]])
    mine = tmp_path / "mine.toml"
    mine.write_text(
        "".join(
            f"[[corrections]]\ndatabase = '{database}'\nsheet = '{version}'\nsubject = '{subject}'\nclip = 'EP01_01'\n"
            f"field = '{field}'\nold = '{old}'\nnew = '7'\nreason = 'r'\nsource = 's'\n"
            for database, version, subject, field, old in [
                ("casme2", "*", "sub01", "offset_frame", "3"),
                ("samm", "*", "006", "offset_frame", "3"),
                ("casme2", "*", "sub01", "apex_frame", "4"),
                ("casme2", "v9", "sub01", "apex_frame", "2"),
                ("casme2", "*", "01", "offset_frame", "3"),
                ("CASME II", "*", "sub01", "offset_frame", "3"),
            ]
        )
    )
    index = index_database("casme2", tmp_path, sheet, corrections=mine)
    assert index.clips[0].offset_frame == 7
    known = "casme2, samm, smic, casme3, dfme, mmew, fourdme, casme, casme_sq, samm_long, casme3_long"
    assert [note for note in index.notes if "not applied" in note] == [
        "mine.toml: not applied: casme2/sub01/EP01_01: apex_frame 4 -> 7: the cell does not say 4.",
        "mine.toml: not applied: casme2/sub01/EP01_01: apex_frame 2 -> 7: the cell does not say 2, or the sheet is not "
        "of version v9.",
        "mine.toml: not applied: casme2/01/EP01_01: offset_frame 3 -> 7: the index has no clip 01/EP01_01.",
        "mine.toml: not applied: CASME II/sub01/EP01_01: offset_frame 3 -> 7: there is no database CASME II, only "
        f"{known}.",
    ]


def test_own_data_is_the_name_of_a_table(tmp_path: Path) -> None:
    make_frames(tmp_path / "f", ["1.png"])
    (tmp_path / "clips.csv").write_text("subject,clip,frames,onset,apex,offset,emotion\ns1,a,f,1,1,1,joy\n")
    assert index_database("own", tmp_path / "clips.csv", layout=None).clips[0].sample_id == "own/s1/a"


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        (
            "casme4",
            {},
            "found database casme4; expected one of casme2, samm, smic, casme3, dfme, mmew, fourdme, casme, casme_sq, "
            "samm_long, casme3_long, own. Did",
        ),
        ("samm", {}, "samm: found no annotation sheet; expected the file of labels"),
        (
            "samm",
            {"own_settings": {"modality": "HS"}},
            "samm: found modality \\(only smic\\); expected settings that this database has",
        ),
        ("own", {"exclude_faulty": True}, "own: found exclude_faulty; expected settings that this database has"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(
    tmp_path: Path, name: str, settings: dict[str, object], sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        index_database(name, tmp_path, **settings)  # type: ignore[arg-type]


def test_every_database_of_the_docs_is_there() -> None:
    page = (Path(__file__).parents[2] / "docs" / "databases.md").read_text(encoding="utf-8")
    for database in BY_NAME.values():
        assert f"glfnet index {database.name} " in page, database.name
    assert "glfnet index own " in page


def test_a_database_goes_by_its_other_names_too(tmp_path: Path) -> None:
    for name in ("fourdme", "4dme", "4DME"):
        with pytest.raises(SettingsError, match="fourdme: found no annotation sheet"):
            index_database(name, tmp_path)


def test_every_release_with_published_counts_is_that_of_some_clip() -> None:
    for database in BY_NAME.values():
        layouts = [release.removeprefix(database.name).strip() or "raw" for release in database.published]
        clips = [replace(a_clip(database.name), layout=layout) for layout in layouts]
        assert [database.release(clip) for clip in clips] == list(database.published)


def a_clip(database: str) -> Clip:
    return Clip(
        subject=SubjectId(database, "s1"), clip="a", emotion="surprise", frames=Path("a"), onset_frame=1, apex_frame=2,
        offset_frame=3, fps=100.0,
    )  # fmt: skip
