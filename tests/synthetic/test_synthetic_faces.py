import csv
import json
import os
from collections import Counter
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from glfnet.errors import InputError
from glfnet.facs.atlas import ACTION_UNITS
from glfnet.labels import THREE_CLASSES
from glfnet.synthetic.clip import ClipTruth, clip_moments, clip_plan, person, render_clip
from glfnet.synthetic.database import COLUMNS, write_synthetic_database
from glfnet.synthetic.motion import HeadPose, Moment, dense_flow, expression_field, pixel_grid
from glfnet.synthetic.person import Person

SIZE_PX = 96
FPS = 50.0


@pytest.fixture(scope="module")
def face() -> Person:
    return person(0, 1, SIZE_PX)


@pytest.fixture(scope="module")
def clean_clip() -> tuple[NDArray[np.uint8], ClipTruth]:
    return render_clip(0, 2, 1, size_px=160, fps=FPS, clean=True)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the CSV of a finished database; tests copy nothing from it and change nothing in it."""
    return write(tmp_path_factory.mktemp("synth") / "made")


def write(out: Path, **changes: float) -> Path:
    options = {"subjects": 2, "clips_per_subject": 3, "size_px": SIZE_PX, "fps": FPS} | changes
    return write_synthetic_database(out, **options)  # type: ignore[arg-type]


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def rows(index: Path) -> list[dict[str, str]]:
    with index.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def strain(flow: NDArray[np.float32]) -> NDArray[np.float32]:
    u_y, u_x = np.gradient(flow[..., 0])
    v_y, v_x = np.gradient(flow[..., 1])
    return np.sqrt(u_x**2 + v_y**2 + 0.5 * (u_y + v_x) ** 2)


@pytest.mark.slow
def test_the_same_numbers_give_the_same_pixels_and_any_other_number_gives_others() -> None:
    frames, truth = render_clip(0, 1, 1, size_px=SIZE_PX, fps=FPS)
    again, same = render_clip(0, 1, 1, size_px=SIZE_PX, fps=FPS)
    np.testing.assert_array_equal(frames, again)
    np.testing.assert_array_equal(truth.flow, same.flow)
    for numbers in ((1, 1, 1), (0, 2, 1), (0, 1, 2)):
        assert not np.array_equal(render_clip(*numbers, size_px=SIZE_PX, fps=FPS)[0][0], frames[0])


def test_the_apex_frame_read_where_the_true_flow_points_is_the_onset_frame(
    clean_clip: tuple[NDArray[np.uint8], ClipTruth],
) -> None:
    frames, truth = clean_clip
    onset, apex = (frames[i].mean(axis=-1) for i in (truth.plan.onset_index, truth.plan.apex_index))
    x, y = pixel_grid(160)
    places = np.stack([y + truth.flow[..., 1], x + truth.flow[..., 0]])
    inner = np.s_[8:-8, 8:-8]  # skin that leaves the frame cannot be looked up
    followed = np.abs(map_coordinates(apex, places, order=3) - onset)[inner]
    ignored = np.abs(apex - onset)[inner]
    assert followed.mean() < 0.5  # of 255: two roundings to whole grey levels and an interpolation
    assert followed.mean() < 0.1 * ignored.mean()
    places[1] += 0.1  # a tenth of a pixel beside the truth is seen to be worse
    assert np.abs(map_coordinates(apex, places, order=3) - onset)[inner].mean() > 1.5 * followed.mean()


@pytest.mark.slow
def test_forward_undoes_back_for_every_kind_of_movement() -> None:
    x, y = pixel_grid(SIZE_PX)
    for subject in range(1, 4):
        face = person(5, subject, SIZE_PX)
        for clip in range(1, 7):
            plan = clip_plan(5, subject, clip, fps=FPS)
            moment = clip_moments(5, face, plan)[plan.apex_index]
            np.testing.assert_allclose(moment.forward(*moment.back(x, y)), (x, y), atol=1e-4)


@pytest.mark.slow
def test_a_drifting_head_alone_has_nearly_no_strain_and_an_expression_has() -> None:
    face = person(0, 3, 256)
    plan = clip_plan(0, 3, 1)
    moments = clip_moments(0, face, plan)
    onset, apex = moments[plan.onset_index], moments[plan.apex_index]
    drift = dense_flow(Moment(pose=onset.pose), Moment(pose=apex.pose), 256)
    assert np.abs(drift).max() > 0.1
    assert strain(drift).max() < 0.005
    assert strain(dense_flow(onset, apex, 256)).max() > 0.05


def test_shifting_and_turning_the_head_gives_the_flow_of_a_rotation_about_the_middle() -> None:
    turned = HeadPose(size_px=SIZE_PX, right_px=2.0, turn_rad=0.01)
    flow = dense_flow(Moment(pose=HeadPose(size_px=SIZE_PX)), Moment(pose=turned), SIZE_PX)
    x, y = pixel_grid(SIZE_PX)
    middle = (SIZE_PX - 1) / 2
    np.testing.assert_allclose(flow[..., 0], 2 - 0.01 * (y - middle), atol=0.01)
    np.testing.assert_allclose(flow[..., 1], 0.01 * (x - middle), atol=0.01)
    assert strain(flow).max() < 1e-3


def test_an_expression_moves_by_the_pixels_asked_for_and_leaves_the_corners_still(face: Person) -> None:
    rest = HeadPose(size_px=SIZE_PX)
    for units in ((4, 9), (15, 17), (6, 12), (1, 2, 5, 26)):
        field = expression_field(np.random.default_rng(0), face, units, 1.0)
        flow = dense_flow(Moment(pose=rest), Moment(pose=rest, parts=((field, 1.0),)), SIZE_PX)
        assert np.hypot(flow[..., 0], flow[..., 1]).max() == pytest.approx(1, abs=0.1)
        assert np.abs(flow[[0, 0, -1, -1], [0, -1, 0, -1]]).max() < 0.02


@pytest.mark.parametrize("unit", sorted({*ACTION_UNITS} - {7}))
def test_an_action_unit_moves_each_of_its_places_in_its_own_direction(face: Person, unit: int) -> None:
    field = expression_field(np.random.default_rng(0), face, (unit,), 1.0)
    for side in (side for move in ACTION_UNITS[unit].moves for side in move.sides):
        x, y = face.points[side.point]
        u, v = field.at(np.array([x]), np.array([y]))
        cosine = (u[0] * side.right + v[0] * side.down) / np.hypot(u[0], v[0]) / np.hypot(side.right, side.down)
        assert cosine > 0.7  # neighbouring windows reach here too


def test_made_up_faces_stay_in_one_piece_whatever_unit_they_show_at_full_strength(face: Person) -> None:
    x, y = pixel_grid(SIZE_PX)
    for unit in sorted({*ACTION_UNITS} - {7}):
        field = expression_field(np.random.default_rng(0), face, (unit,), 3 * SIZE_PX / 256)
        moment = Moment(pose=HeadPose(size_px=SIZE_PX), parts=((field, 1.0),))
        np.testing.assert_allclose(moment.forward(*moment.back(x, y)), (x, y), atol=1e-4)


@pytest.mark.parametrize("unit", [7, 99])  # lower lids are not marked on made-up faces; FACS has no unit 99
def test_an_action_unit_that_made_up_faces_do_not_show_is_refused(face: Person, unit: int) -> None:
    with pytest.raises(ValueError, match=rf"do not show action units \[{unit}\]; they show \[1, 2, 4, 5, 6, 9, 10,"):
        expression_field(np.random.default_rng(0), face, (1, unit), 1.0)


def test_skin_that_would_fold_over_itself_is_refused(face: Person) -> None:
    field = expression_field(np.random.default_rng(0), face, (5,), 40.0)
    with pytest.raises(ValueError, match="the skin folds over itself"):
        Moment(pose=HeadPose(size_px=SIZE_PX), parts=((field, 1.0),)).forward(*pixel_grid(SIZE_PX))


@pytest.mark.slow
def test_the_points_are_those_of_an_upright_face_inside_the_frame() -> None:
    for subject in range(1, 7):
        left_eye, right_eye, nose, left_mouth, right_mouth = person(0, subject, SIZE_PX).five_points()
        assert left_eye[0] < nose[0] < right_eye[0]
        assert left_mouth[0] < nose[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
        assert 0.2 * SIZE_PX < right_eye[0] - left_eye[0] < 0.35 * SIZE_PX


def test_the_points_of_a_clip_go_with_the_head(face: Person) -> None:
    _, truth = render_clip(0, 1, 1, size_px=SIZE_PX, fps=FPS)
    distance = np.linalg.norm(truth.points - face.five_points(), axis=1)
    assert 0.2 < distance.max() < 0.1 * SIZE_PX


@pytest.mark.slow
def test_people_differ() -> None:
    pictures = [cv2.resize(person(0, subject, SIZE_PX).picture, (24, 24)) for subject in range(1, 7)]
    apart = [np.abs(a - b).mean() for i, a in enumerate(pictures) for b in pictures[:i]]
    assert min(apart) > 8  # grey levels of 255


def test_the_expression_rises_from_the_onset_to_the_apex_and_falls_to_the_offset() -> None:
    for clip in range(1, 40):
        plan = clip_plan(0, 1, clip, fps=200)
        strengths = np.array([plan.strength(index) for index in range(plan.frames)])
        assert not strengths[: plan.onset_index + 1].any()
        assert not strengths[plan.offset_index :].any()
        assert np.flatnonzero(strengths == 1).tolist() == [plan.apex_index]
        assert (np.diff(strengths[plan.onset_index : plan.apex_index + 1]) > 0).all()
        assert (np.diff(strengths[plan.apex_index : plan.offset_index + 1]) < 0).all()
        assert 0.1 <= (plan.offset_index - plan.onset_index) / 200 <= 0.4


def test_a_slow_camera_still_sees_onset_apex_and_offset_apart() -> None:
    for clip in range(1, 40):
        plan = clip_plan(0, 1, clip, fps=25)
        assert 0 < plan.onset_index < plan.apex_index < plan.offset_index < plan.frames


def test_three_clips_of_a_person_hold_each_class_once_with_its_own_action_units() -> None:
    plans = [clip_plan(0, subject, clip) for subject in range(1, 5) for clip in range(1, 7)]
    assert Counter(plan.emotion for plan in plans) == dict.fromkeys(THREE_CLASSES, 8)
    telling = {"negative": {4, 9, 15, 17}, "positive": {12}, "surprise": {1, 2}}
    for plan in plans:
        others = set().union(*(units for emotion, units in telling.items() if emotion != plan.emotion))
        assert set(plan.action_units) & telling[plan.emotion]
        assert not set(plan.action_units) & others


@pytest.mark.slow
def test_noise_and_flicker_change_every_frame_a_little(face: Person) -> None:
    noisy, _ = render_clip(0, 1, 1, size_px=SIZE_PX, fps=FPS)
    clean, _ = render_clip(0, 1, 1, size_px=SIZE_PX, fps=FPS, clean=True)
    apart = np.abs(noisy.astype(float) - clean).mean(axis=(1, 2, 3))
    assert (apart > 0.3).all()
    assert (apart < 4).all()


@pytest.mark.parametrize(
    ("numbers", "options", "sentence"),
    [
        ((-1, 1, 1), {}, "seed must be 0 or more, subject and clip 1 or more, fps 25 or more; got -1, 1, 1, 200.0."),
        ((0, 0, 1), {}, "got 0, 0, 1, 200.0."),
        ((0, 1, 0), {}, "got 0, 1, 0, 200.0."),
        ((0, 1, 1), {"fps": 24}, "got 0, 1, 1, 24."),
        ((0, 1, 1), {"fps": float("nan")}, "got 0, 1, 1, nan."),
        ((0, 1, 1), {"size_px": 95}, "size_px must be 96 or more; got 95."),
    ],
)
def test_numbers_out_of_range_are_refused(
    numbers: tuple[int, int, int], options: dict[str, float], sentence: str
) -> None:
    with pytest.raises(ValueError, match="or more") as caught:
        render_clip(*numbers, **options)  # type: ignore[arg-type]
    assert str(caught.value).endswith(sentence)


def test_a_missing_photograph_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matplotlib, "get_data_path", lambda: str(tmp_path))
    with pytest.raises(InputError) as caught:
        person(0, 1, SIZE_PX)
    assert caught.value.file == tmp_path / "sample_data" / "grace_hopper.jpg"
    assert "found no picture; expected matplotlib's sample photograph of 512x600 pixels. Install" in str(caught.value)


@pytest.mark.slow
def test_the_index_has_a_row_for_each_clip_in_the_layout_of_own_data(database: Path) -> None:
    listed = rows(database)
    assert tuple(listed[0]) == COLUMNS
    assert [(row["subject"], row["clip"]) for row in listed] == [
        (f"p{subject:02d}", f"clip{clip:02d}") for subject in (1, 2) for clip in (1, 2, 3)
    ]
    assert Counter(row["emotion"] for row in listed) == dict.fromkeys(THREE_CLASSES, 2)
    for row in listed:
        plan = clip_plan(0, int(row["subject"][1:]), int(row["clip"][4:]), fps=FPS)
        frames = sorted(path.name for path in (database.parent / row["frames"]).iterdir())
        assert frames == [f"img{number:04d}.jpg" for number in range(1, plan.frames + 1)]
        assert 1 <= int(row["onset"]) < int(row["apex"]) < int(row["offset"]) <= len(frames)
        assert int(row["apex"]) == plan.apex_index + 1
        assert row["action_units"] == "+".join(map(str, plan.action_units))
        assert (row["database"], row["fps"]) == ("synth", "50")


def test_pictures_and_flow_on_disk_are_those_of_the_clip(database: Path) -> None:
    frames, truth = render_clip(0, 2, 3, size_px=SIZE_PX, fps=FPS)
    with np.load(database.parent / "p02" / "clip03.npz") as written:
        assert written["flow"].dtype == np.float16
        np.testing.assert_allclose(written["flow"], truth.flow, atol=0.002)
        np.testing.assert_allclose(written["points"], truth.points, atol=1e-4)
    # OpenCV reads blue first.
    picture = cv2.imread(str(database.parent / "p02" / "clip03" / "img0002.jpg"))[..., ::-1]
    assert np.abs(picture.astype(float) - frames[1]).mean() < 4


@pytest.mark.slow
def test_a_stopped_run_leaves_whole_clips_and_the_next_one_completes_the_database(
    database: Path, tmp_path: Path
) -> None:
    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    out = tmp_path / "made"
    with pytest.raises(KeyboardInterrupt):
        write_synthetic_database(out, subjects=2, clips_per_subject=3, size_px=SIZE_PX, fps=FPS, on_clip=stop)
    assert not (out / "index.csv").exists()
    left = contents(out)
    assert left.items() <= contents(database.parent).items()
    (out / "p02" / ".clip02.partial").mkdir()  # what a kill within a clip leaves
    (out / "p02" / ".clip02.partial" / "img0001.jpg").write_bytes(b"half")
    write(out)
    assert contents(out) == contents(database.parent)


@pytest.mark.slow
def test_a_second_run_leaves_finished_clips_alone_and_mends_a_clip_that_lost_frames(tmp_path: Path) -> None:
    out = tmp_path / "made"
    write(out, subjects=1)
    before = contents(out)
    for path in out.rglob("*"):
        os.utime(path, (0, 0))
    (out / "p01" / "clip02" / "img0003.jpg").unlink()
    write(out, subjects=1)
    assert contents(out) == before
    new = {path.relative_to(out).parts[1] for path in out.glob("p01/clip*/*.jpg") if path.stat().st_mtime > 0}
    assert new == {"clip02"}


@pytest.mark.slow
def test_more_people_and_clips_and_the_flow_can_be_asked_for_later(database: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    write(out, subjects=1, clips_per_subject=2, flow=False)
    assert not list(out.rglob("*.npz"))
    index = write(out)
    assert contents(out) == contents(database.parent)
    assert len(rows(index)) == 6


def test_progress_counts_every_clip(database: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_synthetic_database(
        tmp_path / "made", subjects=1, clips_per_subject=2, size_px=SIZE_PX, fps=FPS,
        on_clip=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told == [(1, 2), (2, 2)]


def test_a_database_of_other_settings_is_not_mixed_with_this_one(tmp_path: Path) -> None:
    write(tmp_path, subjects=1, clips_per_subject=1)
    with pytest.raises(InputError) as caught:
        write(tmp_path, subjects=1, clips_per_subject=1, seed=1)
    assert caught.value.file == tmp_path / "synthetic.json"
    assert caught.value.found == str(json.loads((tmp_path / "synthetic.json").read_text(encoding="utf-8")))
    assert "'seed': 0" in caught.value.found
    assert "'seed': 1" in caught.value.expected
    assert caught.value.remedy.startswith("Name another folder, ask for the same settings, or delete")


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="found a folder with other files; expected a new or empty folder, or a made"):
        write(tmp_path)
    assert list(contents(tmp_path)) == ["thesis.tex"]
    with pytest.raises(InputError, match="found a file; expected a new or empty folder"):
        write(tmp_path / "thesis.tex")


def test_a_kill_before_the_first_clip_does_not_block_the_folder(tmp_path: Path) -> None:
    (tmp_path / ".synthetic.json.1.part").write_text("{", encoding="utf-8")
    assert len(rows(write(tmp_path, subjects=1, clips_per_subject=1))) == 1


def test_a_database_without_people_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="subjects and clips_per_subject must be 1 or more"):
        write(tmp_path / "made", subjects=0)
    assert not (tmp_path / "made").exists()
