"""Made-up long videos: what the plan promises, that the frames show it, and the files."""

import csv
import itertools
import json
from collections import Counter
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from glfnet.cli.main import app
from glfnet.errors import InputError
from glfnet.labels import BLINK, HEAD_MOVEMENT, MACRO, MICRO, TALKING, THREE_CLASSES
from glfnet.labels import KINDS as RESULT_KINDS
from glfnet.synthetic.clip import person
from glfnet.synthetic.long_video import long_video_frames
from glfnet.synthetic.long_video_files import COLUMNS, write_long_videos, write_video
from glfnet.synthetic.long_video_plan import KINDS, Event, LongVideoPlan, long_video_plan
from glfnet.synthetic.motion import HeadPose, Moment, expression_field, mouth_field, pixel_grid

SMALL = (214, 160)


def plan_of(*events: Event, frames: int = 60) -> LongVideoPlan:
    return LongVideoPlan(seed=0, number=0, fps=50.0, frames=frames, events=events)


def grey(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    return frame.astype(np.float32).mean(axis=-1)


def seconds(event: Event, fps: float) -> float:
    return (event.offset_index - event.onset_index) / fps


def decoded(file: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(file)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_half_a_minute_holds_six_micro_expressions_two_of_each_class() -> None:
    for number in range(20):
        micro = long_video_plan(0, number).of_kind(MICRO)
        assert Counter(event.emotion for event in micro) == dict.fromkeys(THREE_CLASSES, 2)
        assert all(event.action_units for event in micro)


def test_every_kind_of_event_lasts_and_comes_as_it_should() -> None:
    limits_s = {MICRO: (0.1, 0.4), MACRO: (0.8, 3), BLINK: (0.12, 0.35), TALKING: (1, 3), HEAD_MOVEMENT: (0.5, 1.2)}
    numbers: dict[str, set[int]] = {kind: set() for kind in KINDS}
    for number in range(30):
        plan = long_video_plan(3, number)
        assert plan.frames == 3000
        for kind, (shortest, longest) in limits_s.items():
            events = plan.of_kind(kind)
            numbers[kind].add(len(events))
            assert all(shortest - 0.01 <= seconds(event, plan.fps) <= longest + 0.01 for event in events)
            assert all(0 < e.onset_index < e.apex_index < e.offset_index < plan.frames for e in events)
        between = np.diff([event.onset_index for event in plan.of_kind(BLINK)]) / plan.fps
        assert 2.98 <= between.min() <= between.max() <= 5.02
    assert numbers[MACRO] == {1, 2}
    assert numbers[TALKING] == {3}
    assert numbers[HEAD_MOVEMENT] <= {1, 2, 3}


def test_expressions_and_talking_leave_one_another_half_a_second() -> None:
    for number in range(30):
        plan = long_video_plan(1, number)
        events = [event for event in plan.events if event.kind in (MICRO, MACRO, TALKING)]
        assert all(b.onset_index - a.offset_index >= 0.49 * plan.fps for a, b in itertools.pairwise(events))


def test_kinds_are_the_words_of_an_answer() -> None:
    assert set(KINDS) < set(RESULT_KINDS)


def test_the_same_numbers_give_the_same_plan_and_others_another() -> None:
    plan = long_video_plan(0, 1)
    assert plan == long_video_plan(0, 1)
    assert len({long_video_plan(seed, number).events for seed, number in ((0, 1), (0, 2), (1, 1))}) == 3


def test_the_frame_rate_changes_frames_and_no_times() -> None:
    slow, fast = (long_video_plan(0, 1, fps=fps) for fps in (30.0, 200.0))
    assert [event.kind for event in slow.of_kind(TALKING)] == [event.kind for event in fast.of_kind(TALKING)]
    for a, b in zip(slow.of_kind(MICRO), fast.of_kind(MICRO), strict=True):
        assert a.onset_index / 30 == pytest.approx(b.onset_index / 200, abs=1 / 30)
        assert a.emotion == b.emotion
    assert all(0 < e.apex_index - e.onset_index < e.offset_index - e.onset_index for e in slow.events)


def test_an_expression_is_at_rest_at_onset_and_offset_and_strongest_at_the_apex() -> None:
    index = np.arange(100)
    micro = Event(kind=MICRO, onset_index=20, apex_index=30, offset_index=45).strength(index)
    assert np.flatnonzero(micro).tolist() == list(range(21, 45))
    assert np.flatnonzero(micro == 1).tolist() == [30]
    macro = Event(kind=MACRO, onset_index=10, apex_index=30, offset_index=90).strength(index)
    assert np.flatnonzero(macro).tolist() == list(range(11, 90))
    assert np.flatnonzero(macro == 1).tolist() == list(range(30, 61))


@pytest.mark.parametrize(
    ("numbers", "options", "sentence"),
    [
        ((-1, 0), {}, "seed, number and expressions must be 0 or more, fps 25 or more; got -1, 0, 6, 100.0."),
        ((0, -1), {}, "got 0, -1, 6, 100.0."),
        ((0, 0), {"fps": 24.0}, "got 0, 0, 6, 24.0."),
        ((0, 0), {"expressions": -1}, "got 0, 0, -1, 100.0."),
        ((0, 0), {"expressions": 20}, "duration_s must be 36 or more for 20 expressions; got 30."),
        ((0, 0), {"duration_s": float("nan")}, "duration_s must be more than 0 and finite; got nan."),
    ],
)
def test_numbers_out_of_range_are_refused(numbers: tuple[int, int], options: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match="more") as caught:
        long_video_plan(*numbers, **options)  # type: ignore[arg-type]
    assert str(caught.value).endswith(sentence)


def test_a_frame_too_small_for_a_face_is_refused() -> None:
    with pytest.raises(ValueError, match=r"160 or more high and no narrower than 0\.6 of that; got 160x158\."):
        next(long_video_frames(plan_of(), (160, 158)))


@pytest.mark.slow
def test_the_same_plan_gives_the_same_frames() -> None:
    plan = long_video_plan(0, 3, fps=25, duration_s=10)
    for first, again in itertools.islice(
        zip(long_video_frames(plan, SMALL), long_video_frames(plan, SMALL), strict=True), 5
    ):
        assert first.shape == (160, 214, 3)
        assert first.dtype == np.uint8
        np.testing.assert_array_equal(first, again)


def test_all_frames_come_and_none_waits_for_another() -> None:
    frames = long_video_frames(plan_of(frames=7), SMALL)
    kept = next(frames).copy()
    assert sum(1 for _ in frames) == 6
    np.testing.assert_array_equal(next(long_video_frames(plan_of(frames=7), SMALL)), kept)


def test_noise_and_flicker_change_every_frame_a_little_and_the_wall_is_still_without_them() -> None:
    plan = plan_of(frames=6)
    clean = list(long_video_frames(plan, SMALL, clean=True))
    noisy = list(long_video_frames(plan, SMALL))
    assert all(0.3 < np.abs(grey(a) - grey(b)).mean() < 4 for a, b in zip(noisy, clean, strict=True))
    assert not np.array_equal(noisy[0][:20, :20], noisy[1][:20, :20])
    np.testing.assert_array_equal(clean[0][:20, :20], clean[-1][:20, :20])


@pytest.mark.slow
def test_what_moves_moves_where_and_when_the_plan_says() -> None:
    """The same video with and without an event differs while it lasts, and only there."""
    places = {"eye": (BLINK, ()), "lower_lip": (TALKING, ()), "mouth": (MICRO, (12,)), "outer_brow": (MACRO, (2,))}
    still = list(long_video_frames(plan_of(), SMALL, clean=True))
    for place, (kind, units) in places.items():
        event = Event(kind=kind, onset_index=10, apex_index=25, offset_index=50, action_units=units)
        moving = list(long_video_frames(plan_of(event), SMALL, clean=True))
        differ = np.array([np.abs(grey(a) - grey(b)).sum() for a, b in zip(moving, still, strict=True)])
        assert not differ[:11].any()
        assert not differ[50:].any()
        assert differ.max() > 100, place
        if kind != TALKING:  # the head sways on meanwhile, so a held movement looks a little different in each frame
            assert differ[25] > 0.97 * differ.max(), place


def test_a_face_is_drawn_as_the_formulas_of_its_movement_say() -> None:
    """The quick drawing against `Moment.back`, exact, and `Person.sample`."""
    from glfnet.synthetic.long_video import _Drawing

    face = person(0, 1, 128)
    pose = HeadPose(size_px=128, right_px=2.3, down_px=-1.7, turn_rad=0.05, scale=1.01)
    fields = (
        (expression_field(np.random.default_rng(0), face, (4, 9), 2.0), 0.8),
        (mouth_field(face, 2.0), 0.5),
    )
    x, y = pixel_grid(128)
    exact = face.sample(*Moment(pose=pose, parts=fields).back(x, y))
    drawn = _Drawing(face).face(pose, [(np.stack(f.at(x, y), axis=-1).astype(np.float32), s) for f, s in fields])
    still = face.sample(*Moment(pose=pose).back(x, y))
    assert np.abs(drawn - exact).mean() < 0.6  # of 255; whole grey levels alone are off by 0.25
    assert np.abs(drawn - exact).mean() < 0.3 * np.abs(still - exact)[40:110, 30:100].mean()


def test_a_nod_moves_the_head_and_leaves_the_frame_around_it() -> None:
    nod = Event(kind=HEAD_MOVEMENT, onset_index=5, apex_index=20, offset_index=40)
    still, moving = (list(long_video_frames(plan_of(*e), SMALL, clean=True)) for e in ((), (nod,)))
    shift = cv2.phaseCorrelate(grey(still[20])[50:110, 60:150], grey(moving[20])[50:110, 60:150])[0]
    assert shift[1] > 0.8  # pixels downwards: 3 and more at a face of 256
    assert abs(shift[0]) < 0.3
    np.testing.assert_array_equal(still[20][:10], moving[20][:10])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the truth of two written videos; tests change nothing beside it."""
    return write(tmp_path_factory.mktemp("long") / "videos")


def write(out: Path, **changes: float) -> Path:
    options = {"videos": 2, "first": 5, "duration_s": 10.0, "fps": 25.0, "size": SMALL} | changes
    return write_long_videos(out, **options)  # type: ignore[arg-type]


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.iterdir()}


@pytest.mark.slow
def test_the_truth_on_disk_is_the_plan(written: Path) -> None:
    with written.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    expected = [
        (f"video{number:03d}.mp4", e.kind, str(e.onset_index), str(e.apex_index), str(e.offset_index), e.emotion)
        for number in (5, 6)
        for e in long_video_plan(0, number, duration_s=10, fps=25).events
    ]
    assert [tuple(row[name] for name in COLUMNS[:-1]) for row in rows] == expected
    units = [row["action_units"] for row in rows if row["kind"] == MICRO]
    assert all(all(part.isdigit() for part in text.split("+")) for text in units)


@pytest.mark.slow
def test_a_video_holds_the_frames_and_what_was_lost_is_less_than_the_noise(written: Path) -> None:
    plan = long_video_plan(0, 5, duration_s=10, fps=25)
    read = decoded(written.parent / "video005.mp4")
    assert len(read) == plan.frames
    error = [np.square(grey(a) - grey(b)).mean() for a, b in zip(read, long_video_frames(plan, SMALL), strict=True)]
    assert 10 * np.log10(255**2 / np.mean(error)) > 40


@pytest.mark.slow
def test_a_movement_of_a_pixel_survives_the_file(tmp_path: Path) -> None:
    event = Event(kind=MICRO, onset_index=3, apex_index=9, offset_index=15, action_units=(12,))
    plan, size = plan_of(event, frames=16), (428, 320)  # 1-3 pixels at 256 are 0.75-2.25 here
    clean = [grey(frame) for frame in long_video_frames(plan, size, clean=True)]
    write_video(tmp_path / "video.mp4", long_video_frames(plan, size), plan.fps)
    read = [grey(frame) for frame in decoded(tmp_path / "video.mp4")]
    true, kept = (flow(pair[3], pair[9]) for pair in (clean, read))
    moving = np.hypot(true[..., 0], true[..., 1]) > 0.6
    assert moving.sum() > 100
    assert np.abs(kept - true)[moving].mean() < 0.15


def flow(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(method.calc(np.rint(before).astype(np.uint8), np.rint(after).astype(np.uint8), None))  # type: ignore[call-overload]


@pytest.mark.slow
def test_a_stopped_run_leaves_whole_videos_and_the_next_one_completes_the_set(written: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "videos"
    with pytest.raises(KeyboardInterrupt):
        write(out, on_video=stop)  # type: ignore[arg-type]
    assert set(contents(out)) == {"synthetic.json", "video005.mp4"}
    (out / "video005.mp4").touch()
    before = (out / "video005.mp4").stat().st_mtime_ns
    write(out)
    assert (out / "video005.mp4").stat().st_mtime_ns == before
    assert contents(out) == contents(written.parent)


def test_a_video_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def frames() -> "itertools.chain[NDArray[np.uint8]]":
        yield from itertools.repeat(np.zeros((32, 32, 3), dtype=np.uint8), 3)
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_video(tmp_path / "video.mp4", frames(), 25.0)
    with pytest.raises(ValueError, match=r"a video needs at least one frame\."):
        write_video(tmp_path / "video.mp4", [], 25.0)
    assert not list(tmp_path.iterdir())


def test_videos_of_other_settings_are_not_mixed_with_these(written: Path) -> None:
    with pytest.raises(InputError) as caught:
        write(written.parent, seed=1)
    assert caught.value.file == written.parent / "synthetic.json"
    assert caught.value.found == str(json.loads((written.parent / "synthetic.json").read_text(encoding="utf-8")))
    assert caught.value.remedy.startswith("Name another folder, ask for the same settings, or delete")


@pytest.mark.parametrize("changes", [{"videos": 0}, {"size": (214, 161)}])
def test_no_videos_and_odd_sides_are_refused(tmp_path: Path, changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"videos must be 1 or more and both sides even; got \d and 214x16"):
        write(tmp_path / "videos", **changes)
    assert not (tmp_path / "videos").exists()


@pytest.mark.slow
def test_the_command_writes_a_video_and_says_where_the_truth_is(tmp_path: Path) -> None:
    options = ["--videos", "1", "--first", "2", "--duration", "10", "--fps", "25"]
    done = CliRunner().invoke(app, ["synth-video", str(tmp_path / "v"), *options])
    assert done.exit_code == 0
    assert {path.name for path in (tmp_path / "v").iterdir()} == {"synthetic.json", "truth.csv", "video002.mp4"}
    assert "truth.csv" in done.output.replace("\n", "")


def test_a_folder_that_holds_something_else_is_refused_by_the_command(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    done = CliRunner().invoke(app, ["synth-video", str(tmp_path), "--duration", "10", "--fps", "25"])
    assert done.exit_code != 0
    assert isinstance(done.exception, InputError)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
