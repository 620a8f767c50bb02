"""Harder made-up clips: what they share with neat ones, what differs, and that the truth about them stays exact."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from glfnet.errors import InputError
from glfnet.facs.emotions import EMOTION_UNITS
from glfnet.labels import THREE_CLASSES
from glfnet.synthetic import harder_clip
from glfnet.synthetic.clip import clip_moments, clip_plan, draw_clip, person
from glfnet.synthetic.database import write_synthetic_database
from glfnet.synthetic.motion import dense_flow, pixel_grid
from glfnet.synthetic.person import Person

SIZE_PX = 96
FPS = 50.0


@pytest.fixture(scope="module")
def face() -> Person:
    return person(0, 1, SIZE_PX)


def test_class_and_timing_are_those_of_the_neat_clip_and_units_those_of_the_sheets() -> None:
    for clip in range(1, 31):
        neat, harder = clip_plan(0, 1, clip), clip_plan(0, 1, clip, harder=True)
        for name in ("emotion", "frames", "onset_index", "apex_index", "offset_index", "fps"):
            assert getattr(neat, name) == getattr(harder, name)
        assert harder.action_units in [one.units for one in EMOTION_UNITS[harder.emotion]]


def test_classes_share_units_and_common_sets_are_drawn_more_often_than_rare_ones() -> None:
    rng = np.random.default_rng(0)
    drawn = {name: Counter(harder_clip.drawn_units(rng, name) for _ in range(600)) for name in THREE_CLASSES}
    assert drawn["negative"][4, 7] > 3 * drawn["negative"][20,]
    assert drawn["positive"][12,] > drawn["positive"][14,] > 0
    assert drawn["negative"][14,] > 0


def test_people_move_less_than_neat_ones_and_not_all_alike() -> None:
    strengths = [
        [
            harder_clip.drawn_strength(np.random.default_rng([1, someone, clip]), np.random.default_rng([2, someone]))
            for clip in range(60)
        ]
        for someone in range(12)
    ]
    medians = np.median(strengths, axis=1)
    assert 0.45 < np.median(medians) < 1.0, "pixels of a frame of 256; neat clips move 1 to 3"
    assert medians.max() > 1.3 * medians.min()


def test_the_two_halves_of_a_face_differ_and_some_units_show_on_one_side_only(face: Person) -> None:
    shares = []
    for seed in range(60):
        field = harder_clip.drawn_expression(np.random.default_rng(seed), face, "positive", (12,), 1.0)
        ends = [face.points[f"image_{side}_mouth"] for side in ("left", "right")]
        left, right = np.hypot(*field.at(*np.array(ends).T))
        shares.append(min(left, right) / max(left, right))
    assert 0.1 < np.mean(np.array(shares) < 0.4) < 0.6
    assert max(shares) > 0.9


def test_a_unit_of_another_class_moves_in_about_half_of_the_clips(face: Person) -> None:
    brows = face.points["image_left_inner_brow"]
    moved = []
    for seed in range(100):
        field = harder_clip.drawn_expression(np.random.default_rng(seed), face, "positive", (12,), 1.0)
        moved.append(float(np.hypot(*field.at(brows[:1], brows[1:]))[0]) > 0.1)
    assert 0.1 < np.mean(moved) < 0.5, "of these units half lie at the brows"


@pytest.mark.slow
def test_the_true_flow_of_a_harder_clip_leads_from_the_onset_to_the_apex_frame(face: Person) -> None:
    x, y = pixel_grid(SIZE_PX)
    for clip in (1, 2, 3):
        plan = clip_plan(0, 1, clip, fps=FPS, harder=True)
        frames, truth = draw_clip(0, face, plan, clean=True)
        moments = clip_moments(0, face, plan)
        np.testing.assert_array_equal(
            truth.flow, dense_flow(moments[plan.onset_index], moments[plan.apex_index], SIZE_PX)
        )
        onset, apex = (frames[i].mean(axis=-1) for i in (plan.onset_index, plan.apex_index))
        inner = np.s_[8:-8, 8:-8]
        followed = map_coordinates(apex, [y + truth.flow[..., 1], x + truth.flow[..., 0]], order=3)
        assert np.abs(followed - onset)[inner].mean() < 0.7 * np.abs(apex - onset)[inner].mean()


@pytest.mark.slow
def test_a_harder_database_is_the_same_twice_and_no_neat_one_is_completed_with_it(tmp_path: Path) -> None:
    def write(name: str, *, harder: bool) -> Path:
        return write_synthetic_database(
            tmp_path / name, subjects=1, clips_per_subject=1, size_px=SIZE_PX, fps=FPS, flow=False, harder=harder
        )

    write("neat", harder=False)
    first, second = (write(name, harder=True) for name in ("one", "two"))
    pictures = [sorted(table.parent.glob("p01/*/*.jpg")) for table in (first, second)]
    assert [p.read_bytes() for p in pictures[0]] == [p.read_bytes() for p in pictures[1]]
    assert pictures[0][0].read_bytes() != (tmp_path / "neat/p01/clip01/img0001.jpg").read_bytes()
    assert "harder" not in json.loads((tmp_path / "neat/synthetic.json").read_text()), "earlier folders are completed"
    with pytest.raises(InputError, match=r"expected .*'harder': 1.*Name another folder"):
        write("neat", harder=True)
