"""The doctor's page: complete, self-contained, escaped, with thumbnails of clips that something was found about."""

import base64
import io
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from glfnet.databases.check.diagnosis import diagnose
from glfnet.databases.check.page import check_page, clips_with_findings, thumbnails, write_check_page
from glfnet.errors import InputError
from glfnet.samples.subjects import SubjectId
from made_up_clips import APEX, OFFSET, ONSET, frame, sound_clips
from whole_pages import faults_of

INDEX = Path("index.csv")
HOSTILE = "<script>alert('1')</script>"
VOID = {"meta", "br", "img"}


class Page(HTMLParser):
    """The page's tags, checked for being closed, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def images(self) -> list[str]:
        return [attrs["src"] or "" for tag, attrs in self.tags if tag == "img"]


def test_every_finding_and_every_exclusion_stands_on_the_page(tmp_path: Path) -> None:
    first, second, third, *others = sound_clips(tmp_path, 6)
    frame(first, APEX + 2).unlink()
    clips = [first, replace(second, emotion="glee", fps=40.0), replace(third, excluded="blinks"), *others]
    diagnosis = diagnose([*clips, replace(others[0], fps=0.0)], INDEX, find_face=lambda picture: (0.0, 0.0, 90.0, 99.0))
    assert len(diagnosis.findings) == 5, list(map(str, diagnosis.findings))
    assert faults_of(check_page(diagnosis)) == []
    page = Page(check_page(diagnosis))
    text = re.sub(r"\s+", " ", page.text)
    for finding in diagnosis.findings:
        assert f"found {finding.found}; expected {finding.expected}. {finding.remedy}" in text
        assert finding.sample_id in text
    assert "made_up/s1/c2blinks" in text
    assert "2 errors, 3 warnings." in text
    assert "6 of 6, 90 to 90 pixels wide" in text
    assert "40 x 32" in text


def test_clips_with_errors_come_first_and_only_so_many_have_pictures(tmp_path: Path) -> None:
    clips = sound_clips(tmp_path, 3)
    clips = [replace(clips[0], fps=2000.0), replace(clips[1], emotion="glee"), clips[2]]
    diagnosis = diagnose(clips, INDEX)
    shown = list(clips_with_findings(diagnosis, shown=1))
    assert [(clip.sample_id, len(clip.thumbnails)) for clip in shown] == [("made_up/s0/c1", 2), ("made_up/s0/c0", 0)]
    page = Page(check_page(diagnosis, shown=1))
    assert len(page.images) == 2
    assert "The first 1 have pictures." in page.text
    assert "2000 fps" in page.text


def test_action_units_stand_on_the_page_as_they_are_written_and_in_words(tmp_path: Path) -> None:
    first, second, third = (replace(clip, emotion="glee") for clip in sound_clips(tmp_path, 3))
    clips = [replace(first, action_units="1+L12"), replace(second, action_units="?"), replace(third, action_units="")]
    shown = {clip.sample_id: clip.rows[1:] for clip in clips_with_findings(diagnose(clips, INDEX))}
    assert shown == {
        "made_up/s0/c0": ("action units 1+L12: inner brows up, both sides; mouth corners up and out, left",),
        "made_up/s0/c1": ("action units ?: not known",),
        "made_up/s1/c2": (),
    }
    page = Page(check_page(diagnose([replace(first, action_units=HOSTILE)], INDEX)))
    assert f"action units {HOSTILE}: not understood: " in page.text


def test_thumbnails_are_small_jpegs_of_onset_and_apex_inside_the_page(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    Image.new("L", (800, 600), 200).save(frame(clip, ONSET))
    onset, apex = thumbnails(clip)
    assert (onset.caption, apex.caption) == (f"onset {ONSET}", f"apex {APEX}")
    head, _, content = onset.uri.partition(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        assert image.size == (144, 108)
        assert abs(image.convert("L").getpixel((70, 50)) - 200) <= 2  # type: ignore[operator]


def test_a_thumbnail_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    frame(clip, ONSET).write_bytes(b"no picture")
    onset, apex = thumbnails(replace(clip, apex_frame=OFFSET + 9))
    assert (onset.uri, apex.uri) == ("", "")
    assert onset.missing.startswith("an unreadable picture")
    assert apex.missing == f"no frame {OFFSET + 9}"
    assert list(thumbnails(replace(clip, apex_frame=None)))[1].missing == "not annotated"


def test_names_are_data_not_html(tmp_path: Path) -> None:
    first, second = sound_clips(tmp_path, 2)
    hostile = replace(
        first, subject=SubjectId(HOSTILE, HOSTILE), clip=HOSTILE, emotion=HOSTILE, frames=tmp_path / "<b>" / "nowhere"
    )
    left_out = replace(second, excluded=HOSTILE)
    html = check_page(diagnose([hostile, left_out], tmp_path / "<img src=x>.csv"))
    assert HOSTILE not in html
    page = Page(html)
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.text.count(HOSTILE) >= 6
    assert page.images == []


def test_the_page_needs_no_network_and_runs_no_script(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    page = Page(check_page(diagnose([replace(clip, emotion="glee")], INDEX)))
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "a"}
    assert all(uri.startswith("data:image/jpeg;base64,") for uri in page.images)
    policies = [attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_a_sound_database_gets_a_page_that_says_so(tmp_path: Path) -> None:
    page = Page(check_page(diagnose(sound_clips(tmp_path, 2), INDEX)))
    assert "Nothing is wrong." in page.text
    assert "not looked for" in page.text
    assert page.images == []


def test_the_page_is_written_whole_and_a_second_time_in_its_place(tmp_path: Path) -> None:
    clips = sound_clips(tmp_path / "frames", 1)
    path = write_check_page(tmp_path / "new" / "check.html", diagnose(clips, INDEX))
    before = path.read_bytes()
    assert write_check_page(path, diagnose(clips, INDEX)) == path
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["check.html"]


def test_a_name_that_is_no_text_does_not_stop_the_page(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    odd = replace(clip, frames=Path(os.fsdecode(b"\xff\xfe")))
    path = write_check_page(tmp_path / "check.html", diagnose([odd], INDEX))
    assert "missing frames" in path.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"check\.html: found a place that cannot be written \(.*\)"):
        write_check_page(tmp_path / "file" / "check.html", diagnose(sound_clips(tmp_path, 1), INDEX))
