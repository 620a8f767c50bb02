from pathlib import Path

import pytest

from glfnet.databases.casme2 import index_casme2
from glfnet.databases.corrections import WRONG_ORDER, Correction, corrected, corrections_for, read_corrections
from glfnet.errors import InputError
from made_up_databases import make_frames, write_sheet


def correction(old: str, new: str = "12", field: str = "apex_frame") -> Correction:
    return Correction(
        database="casme2", sheet="*", subject="sub01", clip="EP01", field=field, old=old, new=new,
        reason="r", source="s",
    )  # fmt: skip


ROW = {"onset_frame": "10", "apex_frame": "20", "offset_frame": "20", "emotion": "disgust"}


@pytest.mark.parametrize(
    ("old", "out_of_order", "applies"),
    [
        ("20", False, True),
        ("21", False, False),
        ("offset_frame", False, True),
        ("onset_frame", False, False),
        (WRONG_ORDER, True, True),
        (WRONG_ORDER, False, False),
    ],
)
def test_a_correction_applies_only_to_the_fault_it_names(old: str, out_of_order: bool, applies: bool) -> None:
    fields, applied = corrected(ROW, [correction(old)], out_of_order=out_of_order)
    assert (fields["apex_frame"], len(applied)) == (("12", 1) if applies else ("20", 0))
    assert {name: fields[name] for name in fields if name != "apex_frame"} == {
        name: ROW[name] for name in ROW if name != "apex_frame"
    }


def test_every_correction_of_the_package_has_a_reason_a_source_and_a_known_sheet() -> None:
    file = read_corrections()
    known = {(version.database, version.version) for version in file.sheets}
    assert file.corrections
    assert all((c.database, c.sheet) in known for c in file.corrections)
    assert len({(c.database, c.sheet, c.subject, c.clip, c.field) for c in file.corrections}) == len(file.corrections)


def test_corrections_are_listed_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "databases.md").read_text(encoding="utf-8")
    for c in read_corrections().corrections:
        assert f"| {c.database} | {c.subject} | {c.clip} | {c.field} |" in page


def test_the_version_of_a_sheet_is_told_by_its_number_of_clips() -> None:
    assert ("sub05", "EP09_05f") in corrections_for("casme2", 255)
    assert corrections_for("casme2", 256) == {}
    assert corrections_for("samm", 255) == {}
    assert corrections_for("casme2", 255, none=True) == {}


OWN = """
[[corrections]]
database = "casme2"
sheet = "*"
subject = "sub01"
clip = "EP02_01f"
field = "onset_frame"
old = "100"
new = "40"
reason = "seen in the frames"
source = "our laboratory"
"""


def test_a_file_of_one_s_own_mends_a_row_that_would_stop_the_index(tmp_path: Path) -> None:
    make_frames(tmp_path / "sub01/EP02_01f", ["img40.jpg"])
    header = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion"]
    sheet = write_sheet(tmp_path / "sheet.xlsx", [header, ["01", "EP02_01f", 100, 59, 86, "disgust"]])
    mended = tmp_path / "mine.toml"
    mended.write_text(OWN, encoding="utf-8")
    index = index_casme2(tmp_path, sheet, corrections=mended)
    assert index.clips[0].onset_frame == 40
    assert [c.source for c in index.corrections] == ["our laboratory"]
    assert "corrected: casme2/sub01/EP02_01f: onset_frame 100 -> 40: seen in the frames." in index.notes
    with pytest.raises(InputError, match="expected onset <= apex <= offset"):
        index_casme2(tmp_path, sheet)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("not toml", "no readable TOML"),
        (OWN.replace("onset_frame", "onset"), "corrections.0.field: String should match pattern"),
        (OWN.replace('reason = "seen in the frames"', ""), "corrections.0.reason: nothing there, expected a value"),
        (OWN + 'row = "7"', "unknown entry corrections.0.row; known are database, sheet, subject, clip, field, old"),
        (OWN.replace("source", "sauce"), "unknown entry corrections.0.sauce; did you mean source?"),
    ],
)
def test_a_bad_file_of_corrections_is_refused_with_the_entry(tmp_path: Path, text: str, found: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_corrections(path)
    assert found in caught.value.found
    assert "database, sheet, subject, clip, field, old, new, reason, source" in caught.value.expected
