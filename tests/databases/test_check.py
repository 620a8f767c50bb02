"""The data doctor finds what is wrong, all of it, and nothing else."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from glfnet.databases.check.diagnosis import Diagnosis, diagnose
from glfnet.databases.check.finding import SEVERITY
from glfnet.databases.check.frames import absent_runs, read_size
from glfnet.databases.check.rows import long_clips, row_findings
from glfnet.databases.clip import Clip
from glfnet.databases.prepare import frame_numbers
from glfnet.errors import InputError
from glfnet.flow.clip_flow import ClipExcludedError
from glfnet.labels import CASME2, FOURDME, SMIC
from glfnet.samples.sentences import quoted
from glfnet.samples.subjects import SubjectId
from made_up_clips import APEX, OFFSET, ONSET, frame, make_picture, sound_clips
from made_up_databases import make_frames

INDEX = Path("index.csv")
NO_FACE_SIZE, SMALL_FACE_SIZE = (41, 32), (42, 32)

Damage = Callable[[Clip, Clip], list[Clip]]
Box = tuple[float, float, float, float]


def find_face(frame: NDArray[np.uint8]) -> Box | None:
    """A face finder that knows a clip by its frames' width."""
    assert frame.dtype == np.uint8
    assert frame.shape[2] == 3
    width = frame.shape[1]
    return None if width == NO_FACE_SIZE[0] else (0, 0, 60 if width == SMALL_FACE_SIZE[0] else 120, 150)


def missing(clip: Clip, other: Clip) -> list[Clip]:
    frame(clip, APEX).unlink()
    return [clip]


def no_folder(clip: Clip, other: Clip) -> list[Clip]:
    shutil.rmtree(clip.frames)
    return [clip]


def unreadable(clip: Clip, other: Clip) -> list[Clip]:
    file = frame(clip, OFFSET - 1)
    file.write_bytes(file.read_bytes()[:-200])
    return [clip]


def sixteen_bit(clip: Clip, other: Clip) -> list[Clip]:
    frame(clip, APEX).unlink()
    Image.fromarray(np.full((32, 40), 40000, dtype=np.uint16)).save(clip.frames / f"img{APEX}.png")
    return [clip]


def numbered_twice(clip: Clip, other: Clip) -> list[Clip]:
    shutil.copy(frame(clip, APEX), clip.frames / f"reg_img{APEX}{frame(clip, APEX).suffix}")
    return [clip]


def mixed_sizes(clip: Clip, other: Clip) -> list[Clip]:
    make_picture(frame(clip, APEX), seed=1, size_px=(44, 36))
    return [clip]


def gap(clip: Clip, other: Clip) -> list[Clip]:
    frame(clip, APEX + 2).unlink()
    frame(clip, APEX + 3).unlink()
    return [clip]


def resized(clip: Clip, size_px: tuple[int, int]) -> list[Clip]:
    for number in range(ONSET, OFFSET + 1):
        make_picture(frame(clip, number), seed=777 * size_px[0] + number, size_px=size_px)
    return [clip]


def same_onset(clip: Clip, other: Clip) -> list[Clip]:
    frame(clip, ONSET).unlink()
    shutil.copy(frame(other, ONSET), clip.frames)
    return [clip]


# Kind -> what to do to a clip, given also a clip of another subject, to make it ill in just this way.
DAMAGES: dict[str, Damage] = {
    "missing frames": missing,
    "unreadable frames": unreadable,
    "frame numbered twice": numbered_twice,
    "mixed frame sizes": mixed_sizes,
    "wrong order": lambda clip, other: [replace(clip, onset_frame=OFFSET, offset_frame=ONSET)],
    "apex outside": lambda clip, other: [replace(clip, apex_frame=OFFSET + 1)],
    "onset = apex": lambda clip, other: [replace(clip, apex_frame=ONSET)],
    "no apex, no offset": lambda clip, other: [replace(clip, apex_frame=None, offset_frame=None)],
    "too short for an apex": lambda clip, other: [replace(clip, apex_frame=None, offset_frame=ONSET + 1)],
    "unknown emotion": lambda clip, other: [replace(clip, emotion="suprise")],
    "unread action units": lambda clip, other: [replace(clip, action_units="4+soft focus")],
    "duplicate key": lambda clip, other: [clip, clip],
    "duplicate images": same_onset,
    "no face": lambda clip, other: resized(clip, NO_FACE_SIZE),
    "gap": gap,
    "small face": lambda clip, other: resized(clip, SMALL_FACE_SIZE),
    "frame rate": lambda clip, other: [replace(clip, fps=0.0)],
}


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("4+soft focus", "'soft focus' among the action units '4+soft focus'"),
        ("+", "'+' among the action units '+'"),
        ("4\u200b+7", r"'4\u200b' among the action units '4\u200b+7'"),
        ("+".join(["x"] * 9), "'x', 'x', 'x', 'x', 'x' and 4 more among the action units 'x+x+x+x+x+x+x+x+x'"),
        ("[red]" * 900, f"{quoted('[red]' * 900)} among the action units {quoted('[red]' * 900)}"),
    ],
)
def test_a_cell_of_action_units_that_cannot_be_read_is_told_with_its_row_in_one_short_line(
    tmp_path: Path, cell: str, found: str
) -> None:
    clips = [replace(clip, row=row) for row, clip in enumerate(sound_clips(tmp_path), start=2)]
    (finding,) = diagnose([*clips[:-1], replace(clips[-1], action_units=cell)], INDEX).findings
    assert str(finding) == (
        f"{clips[-1].sample_id} (row {clips[-1].row} of the sheet), {INDEX}: found {found}; expected numbers of FACS "
        "such as 4+L12A or (R6 or R12)+15. Correct the cell, or leave it: units that it does not name count as left "
        "open for this clip."
    )
    assert len(str(finding)) < 500


def test_a_sound_database_has_no_findings(tmp_path: Path) -> None:
    diagnosis = diagnose(sound_clips(tmp_path), INDEX, find_face=find_face)
    assert diagnosis.findings == ()
    assert diagnosis.lines() == [
        "16 clips of 8 subjects, 0 of them excluded; 192 frames looked at.",
        "Faces found in 16 of 16 clips.",
        "Widths of faces: 120 to 120 pixels, median 120.",
        "Nothing is wrong.",
    ]


@pytest.mark.slow
def test_all_damage_is_found_at_once_and_nothing_else(tmp_path: Path) -> None:
    clips = sound_clips(tmp_path, 2 * len(DAMAGES) + 1)
    # A sound clip stands between two damaged ones; the one whose picture is copied is the last.
    damaged = [row for i, damage in enumerate(DAMAGES.values()) for row in damage(clips[2 * i], clips[-1])]
    diagnosis = diagnose([*damaged, *clips[1::2], clips[-1]], INDEX, find_face=find_face)
    planted = {(kind, clips[2 * i].sample_id) for i, kind in enumerate(DAMAGES)}
    assert len(planted) >= 10
    assert {(f.kind, f.sample_id) for f in diagnosis.findings} == planted
    assert len(diagnosis.findings) == len(planted)
    assert list(diagnosis.counts()) == [kind for kind in SEVERITY if kind in DAMAGES]


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.slow
def test_each_damage_alone_gives_only_its_own_finding(tmp_path: Path, kind: str) -> None:
    first, *others = sound_clips(tmp_path, 4)
    diagnosis = diagnose([*DAMAGES[kind](first, others[-1]), *others], INDEX, find_face=find_face)
    assert [(f.kind, f.sample_id) for f in diagnosis.findings] == [(kind, first.sample_id)]
    assert bool(diagnosis.errors) == (SEVERITY[kind] == "error")


def test_every_kind_of_finding_is_planted_by_some_test() -> None:
    assert set(SEVERITY) == {*DAMAGES, "alike subjects", "unusable name", "long clip", "count", "no clips"}


def test_names_of_subjects_are_looked_at(tmp_path: Path) -> None:
    first, second, third = sound_clips(tmp_path, 3)
    named = [
        replace(clip, subject=SubjectId("lab", name), clip=f"c{name}")
        for clip, name in ((first, "Q 1"), (second, "q1"), (third, "a/b"))
    ]
    findings = diagnose(named, INDEX).findings
    assert [(f.severity, f.kind, f.sample_id, f.found) for f in findings if f.kind != "duplicate images"] == [
        (
            "error",
            "alike subjects",
            "lab/Q 1/cQ 1",
            "subjects lab/Q 1 and lab/q1, who differ only in capitals or blanks",
        ),
        ("error", "unusable name", "lab/a/b/ca/b", "a slash in the name of subject a/b"),
    ]


@pytest.mark.parametrize("apex", [None, ONSET, ONSET + 1, APEX, OFFSET, OFFSET + 1])
@pytest.mark.parametrize("offset", [None, ONSET, ONSET + 1, ONSET + 2, OFFSET])
def test_frame_numbers_are_an_error_exactly_where_prepare_excludes_the_clip(
    tmp_path: Path, apex: int | None, offset: int | None
) -> None:
    (clip, *_) = sound_clips(tmp_path, 1)
    clip = replace(clip, apex_frame=apex, offset_frame=offset)
    found = list(row_findings(clip, INDEX))
    try:
        frame_numbers(clip)
    except ClipExcludedError:
        assert [finding.severity for finding in found] == ["error"]
    else:
        assert [finding.kind for finding in found] == (["onset = apex"] if apex == ONSET else [])
        assert all(finding.severity == "warning" for finding in found)


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")
def test_a_pipe_under_the_name_of_a_frame_is_a_finding_and_never_opened(tmp_path: Path) -> None:
    first, *others = sound_clips(tmp_path, 2)
    pipe = frame(first, APEX)
    pipe.unlink()
    os.mkfifo(pipe)
    (finding,) = diagnose([first, *others], INDEX).findings
    assert finding.kind == "unreadable frames"
    assert f"{pipe}: found a pipe or a device; expected a file with one picture. Take it out of the" in str(finding)


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (
            missing,
            "DIR: found no frame 16 (apex); expected every frame from 11 to 22. Copy them from their source, or say",
        ),
        (
            gap,
            "DIR: found no frame 18 to 19; expected every frame from 11 to 22. Copy them from their source",
        ),
        (no_folder, "DIR: found no readable folder (No such file or directory); expected a folder with one picture a"),
        (
            unreadable,
            "DIR/img21.jpg: found a damaged picture; expected a picture of 8 bits a channel. Copy it again from",
        ),
        (
            sixteen_bit,
            "DIR/img16.png: found a picture of mode I;16; expected a picture of 8 bits a channel. Copy it again",
        ),
        (
            numbered_twice,
            "DIR: found frame 16 twice, img16.jpg and reg_img16.jpg; expected one picture a frame. Move one",
        ),
        (
            mixed_sizes,
            "DIR: found frame 16 with 44 x 36; expected 40 x 32 pixels, as most frames of the clip have. Take",
        ),
        (
            DAMAGES["no face"],
            "DIR/img11.jpg: found no face in the onset frame; expected a face, frontal or nearly so. ",
        ),
        (DAMAGES["small face"], "DIR/img11.jpg: found a face 60 pixels wide; expected 80 or more. Use the raw frames"),
        (same_onset, "DIR: found one and the same onset frame in clips of 2 subjects: made_up/s0/c0, made_up/s1/c3; "),
        (
            DAMAGES["wrong order"],
            "index.csv: found onset 22, apex 16, offset 11; expected the onset before the offset.",
        ),
        (
            DAMAGES["apex outside"],
            "index.csv: found onset 11, apex 23, offset 22; expected onset < apex <= offset. Look",
        ),
        (
            DAMAGES["onset = apex"],
            "index.csv: found onset 11, apex 11, offset 22; expected the onset before the apex: a",
        ),
        (
            DAMAGES["no apex, no offset"],
            "index.csv: found onset 11, apex none, offset none; expected one of them: flow",
        ),
        (
            DAMAGES["unknown emotion"],
            "index.csv: found emotion 'suprise'; expected for made_up: negative, positive, surprise, happiness, anger, "
            "contempt, disgust, fear, repression, sadness, others, other. Did you mean surprise?",
        ),
        (
            DAMAGES["duplicate key"],
            "index.csv: found 2 rows with this key, frames in DIR, DIR; expected each clip once.",
        ),
        (
            DAMAGES["frame rate"],
            "index.csv: found no frame rate; expected 50 to 1000 fps. Fill the column fps: durations",
        ),
    ],
)
@pytest.mark.slow
def test_a_finding_names_clip_row_file_found_expected_and_remedy(tmp_path: Path, damage: Damage, text: str) -> None:
    first, *others = sound_clips(tmp_path, 4)
    (finding,) = diagnose([*damage(first, others[-1]), *others], INDEX, find_face=find_face).findings
    said = str(finding).replace(str(first.frames), "DIR")
    sheet = "" if finding.kind == "duplicate key" else " (row 2 of the sheet)"  # its rows differ
    assert said.startswith(f"made_up/s0/c0{sheet}, {text}")


@pytest.mark.parametrize("name", ["x" * 300, "a\x00b"])
def test_frames_under_a_name_that_no_folder_can_have_are_missing(tmp_path: Path, name: str) -> None:
    first, *others = sound_clips(tmp_path, 4)
    (finding,) = diagnose([replace(first, frames=tmp_path / name), *others], INDEX).findings
    assert (finding.kind, finding.file) == ("missing frames", tmp_path / name)


def test_excluded_clips_are_listed_with_their_reason_and_not_looked_at(tmp_path: Path) -> None:
    first, second = sound_clips(tmp_path, 2)
    left_out = replace(first, frames=tmp_path / "nowhere", excluded="no frames: lost in the move")
    diagnosis = diagnose([left_out, second], INDEX)
    assert diagnosis.findings == ()
    assert diagnosis.excluded == (left_out,)
    assert diagnosis.lines() == [
        "2 clips of 1 subject, 1 of them excluded; 12 frames looked at.",
        "excluded, 1",
        "  made_up/s0/c0: no frames: lost in the move.",
        "Nothing is wrong.",
    ]


def test_an_excluded_double_is_no_duplicate(tmp_path: Path) -> None:
    first, second = sound_clips(tmp_path, 2)
    assert diagnose([first, second, replace(first, excluded="a second copy")], INDEX).findings == ()


def test_one_clip_may_have_several_findings(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    frame(clip, OFFSET).unlink()
    frame(clip, APEX + 2).unlink()
    make_picture(frame(clip, ONSET + 1), seed=1, size_px=(50, 50))
    diagnosis = diagnose([replace(clip, emotion="glee", fps=2000)], INDEX)
    assert [f.kind for f in diagnosis.findings] == [
        "missing frames", "mixed frame sizes", "unknown emotion", "gap", "frame rate",
    ]  # fmt: skip


def test_a_clip_that_is_cut_short_lacks_its_last_frames(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    for number in range(APEX - 1, OFFSET + 1):
        frame(clip, number).unlink()
    (finding,) = diagnose([clip], INDEX).findings
    assert finding.found == "no frame 15 to 22 (apex, offset)"


def test_frames_outside_the_clip_are_not_looked_at(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    (clip.frames / "img99.jpg").write_bytes(b"no picture")
    assert diagnose([clip], INDEX).findings == ()


@pytest.mark.parametrize(("apex", "offset"), [(None, OFFSET), (APEX, None)])
def test_an_apex_or_an_offset_alone_is_enough(tmp_path: Path, apex: int | None, offset: int | None) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    assert diagnose([replace(clip, apex_frame=apex, offset_frame=offset)], INDEX).findings == ()


@pytest.mark.parametrize(
    ("database", "emotion", "known"),
    [
        (CASME2, "Disgust", True), (CASME2, "others", True), (CASME2, "sadness", True), (CASME2, "contempt", False),
        ("samm", "Contempt", True), (SMIC, "negative", True), (SMIC, "disgust", False), ("casme3", "sad", True),
        ("dfme", "contempt", True), ("mmew", "others", True), (FOURDME, "Negative+Repression", True),
        (FOURDME, "Negative+Represion", False), ("made_up", "happiness", True), ("made_up", "Repression", True),
        ("made_up", "joy", False), ("made_up", " + ", False),
    ],
)  # fmt: skip
def test_an_emotion_is_known_if_a_label_set_has_it_or_leaves_it_out_on_purpose(
    tmp_path: Path, database: str, emotion: str, known: bool
) -> None:
    (clip,) = sound_clips(tmp_path, 1, database=database)
    kinds = diagnose([replace(clip, emotion=emotion)], INDEX).counts()
    assert ("unknown emotion" not in kinds) == known


def test_a_clip_of_more_than_half_a_second_is_a_warning(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    assert "long clip" not in diagnose([replace(clip, offset_frame=ONSET + 100)], INDEX).counts()
    findings = diagnose([replace(clip, offset_frame=ONSET + 101)], INDEX).findings
    (long,) = [finding for finding in findings if finding.kind == "long clip"]
    assert long.found == "0.51 s from onset to offset (onset 11, apex 16, offset 112, 200 fps)"
    assert long.severity == "warning"


def test_many_long_clips_of_a_database_are_one_finding(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    alike = [replace(clip, clip=f"c{number}", offset_frame=ONSET + 101 + number) for number in range(7)]
    (finding,) = long_clips([*alike, replace(clip, clip="short")], INDEX)
    assert (finding.sample_id, finding.row) == ("", None)
    assert finding.found == (
        "7 long clips of made_up (s0/c0, s0/c1, s0/c2, s0/c3, s0/c4 and 2 more); made_up/s0/c6 is the longest: "
        "0.54 s from onset to offset (onset 11, apex 16, offset 118, 200 fps)"
    )


def test_a_clip_of_empty_frames_is_said_in_a_line_that_can_be_read(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    for number in range(ONSET, OFFSET + 1):
        frame(clip, number).write_bytes(b"")
    (finding,) = diagnose([clip], INDEX).findings
    assert finding.found == (
        "a damaged picture, one of 12: img11.jpg, img12.jpg, img13.jpg, img14.jpg, img15.jpg and 7 more"
    )


def test_gaps_and_sizes_of_many_frames_are_cut_too(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    clip = replace(clip, offset_frame=ONSET + 400)
    make_frames(clip.frames, [f"img{number}.png" for number in range(OFFSET + 2, ONSET + 400, 2)])
    findings = diagnose([clip], INDEX).findings
    assert {finding.kind for finding in findings} >= {"missing frames", "gap", "mixed frame sizes"}
    assert max(len(finding.found) for finding in findings) < 250


def test_one_slow_camera_is_one_finding(tmp_path: Path) -> None:
    first, *clips = [replace(clip, fps=30.0) for clip in sound_clips(tmp_path, 4)]
    (finding,) = diagnose([replace(first, fps=50.0), *clips], INDEX).findings
    assert (finding.kind, finding.severity, finding.sample_id) == ("frame rate", "warning", "")
    assert finding.found == (
        "3 clips of made_up with 30 fps, so that an expression of 0.2 s has 6 frames; the first is made_up/s0/c1"
    )


def test_counts_of_a_known_database_are_held_against_the_published_ones(tmp_path: Path) -> None:
    clips = [replace(clip, emotion="disgust") for clip in sound_clips(tmp_path, 2, database=CASME2)]
    findings = diagnose(clips, INDEX).findings
    assert {finding.kind for finding in findings} == {"count"}
    assert findings[0].found.startswith("casme2: 2 clips instead of 255, 1 subject instead of 26, 2 clips of disgust")
    assert "casme2: 0 positive clips in the composite database, MEGC2019 has 32" in {f.found for f in findings}


@pytest.mark.parametrize(("layout", "clips"), [("HS long raw", 164), ("VIS short raw", 71), ("raw", 164)])
def test_smic_is_counted_by_camera(tmp_path: Path, layout: str, clips: int) -> None:
    (clip,) = sound_clips(tmp_path, 1, database=SMIC)
    found = " ".join(f.found for f in diagnose([replace(clip, layout=layout)], INDEX).findings)
    assert f"1 clip instead of {clips}" in found
    assert ("MEGC2019" in found) == (clips == 164)


def test_with_the_ground_truth_counts_are_compared_clip_by_clip(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1, database="samm")
    own = replace(clip, subject=SubjectId("samm", "006"), clip="006_1_2", emotion="Anger")
    truth = {"samm/006/006_1_2": 1, "casme2/sub01/EP02_01f": 0}
    found = [finding.found for finding in diagnose([own], INDEX, ground_truth=truth).findings]
    assert "samm/006/006_1_2: negative in the index, positive in the ground truth" in found
    assert not any("sub01" in sentence for sentence in found)


def test_agreement_with_the_ground_truth_is_said(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1, database="samm")
    own = replace(clip, subject=SubjectId("samm", "006"), clip="006_1_2", emotion="Anger")
    truth = {"samm/006/006_1_2": 0, "casme2/sub01/EP02_01f": 0}
    sentence = "Compared with the ground truth: 1 clip of samm, all agree."
    assert sentence in diagnose([own], INDEX, ground_truth=truth).lines()
    assert "Compared" not in " ".join(diagnose([own], INDEX).lines())
    assert "Compared" not in " ".join(diagnose([replace(own, emotion="Happiness")], INDEX, ground_truth=truth).lines())


def test_an_index_of_which_the_ground_truth_has_no_database_is_told_so(tmp_path: Path) -> None:
    truth = {"samm/006/006_1_2": 1, "casme2/sub01/EP02_01f": 0}
    (finding,) = diagnose(sound_clips(tmp_path, 1), INDEX, ground_truth=truth).findings
    assert (finding.kind, finding.found) == (
        "count", "no clip of casme2, samm, so there is nothing to compare with the ground truth",
    )  # fmt: skip


def test_pictures_of_one_subject_may_be_the_same(tmp_path: Path) -> None:
    first, second = sound_clips(tmp_path, 2)
    assert diagnose([*same_onset(first, second), second], INDEX).findings == ()


def test_the_result_does_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    clips = sound_clips(tmp_path, 6)
    damaged = [*unreadable(clips[0], clips[-1]), *gap(clips[2], clips[-1]), *clips[3:]]
    seen: list[tuple[int, int]] = []

    def run(jobs: int) -> Diagnosis:
        return diagnose(
            damaged, INDEX, find_face=find_face, jobs=jobs, on_clip=lambda done, all_: seen.append((done, all_))
        )

    assert run(1) == run(3)
    assert seen == [(done, 5) for done in range(1, 6)] * 2


def test_long_lists_are_cut_and_say_so(tmp_path: Path) -> None:
    clips = [replace(clip, emotion="glee") for clip in sound_clips(tmp_path, 5)]
    lines = diagnose(clips, INDEX).lines(listed=2, rest=": there")
    assert lines[1] == "error: unknown emotion, 5"
    assert lines[4:] == ["  and 3 more: there", "5 errors, 0 warnings."]


def test_an_index_in_which_no_clip_counts_is_not_sound(tmp_path: Path) -> None:
    assert diagnose([], INDEX, find_face=find_face).lines() == [
        "0 clips of 0 subjects, 0 of them excluded; 0 frames looked at.",
        "Faces found in 0 of 0 clips.",
        "error: no clips, 1",
        "  index.csv: found 0 rows, none of which counts; expected at least one clip that is not excluded. Make the "
        "index again; the notes that come with it say why clips are left out.",
        "1 error, 0 warnings.",
    ]
    clips = [replace(clip, excluded="no frames") for clip in sound_clips(tmp_path, 2)]
    assert list(diagnose(clips, INDEX).counts()) == ["no clips"]


def test_a_video_is_looked_into(tmp_path: Path) -> None:
    (clip,) = sound_clips(tmp_path, 1)
    video = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 200, (64, 48))
    for value in range(20):
        writer.write(np.full((48, 64, 3), 10 * value, dtype=np.uint8))
    writer.release()
    whole = replace(clip, frames=video, onset_frame=0, apex_frame=8, offset_frame=19)
    (look,) = diagnose([whole], INDEX, find_face=find_face).looks
    assert (look.frames, look.size_px, look.face_width_px, look.findings) == (20, (64, 48), 120, ())
    (finding,) = diagnose([replace(whole, offset_frame=20)], INDEX).findings
    assert (finding.kind, finding.expected) == ("missing frames", "frame 20, from 0")


@pytest.mark.parametrize(
    ("first", "last", "present", "runs"),
    [(5, 4, [], []), (5, 5, [], [(5, 5)]), (5, 7, [5, 6, 7], []), (1, 10**15, [1], [(2, 10**15)])],
)
def test_stretches_of_absent_numbers(first: int, last: int, present: list[int], runs: list[tuple[int, int]]) -> None:
    assert absent_runs(first, last, present) == runs


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp"])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.95])
def test_a_picture_cut_off_anywhere_is_noticed(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"img1{suffix}"
    make_picture(path, seed=0, size_px=(90, 70))
    assert read_size(path) == (90, 70)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(InputError, match=r"img1\.\w+: found a damaged picture; expected a picture of 8 bits"):
        read_size(path)
