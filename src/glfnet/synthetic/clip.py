"""One made-up clip: its plan, its frames, and the truth about them. All three follow from three numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.facs.atlas import CLASS_UNITS
from glfnet.labels import THREE_CLASSES
from glfnet.synthetic import harder_clip
from glfnet.synthetic.motion import (
    Field,
    HeadPose,
    Moment,
    blink_field,
    dense_flow,
    expression_field,
    mouth_field,
    pixel_grid,
)
from glfnet.synthetic.person import Array, Person, made_up_person

DATABASE = "synth"
REFERENCE_PX = 256  # movements below are pixels of a frame of this size and grow with the frame
LAMP_HZ = 100.0  # lamps flicker at twice the mains' 50 Hz
_DURATION_S = (0.1, 0.4)
_NOISE_SD = (0.8, 2.0)  # grey levels
_LARGEST_PX = (1.0, 3.0)
_BLINK_PX = (3.0, 4.5)
_BLINK_SHARE = 0.3
_MOUTH_PX = (0.3, 0.8)
_MOUTH_SHARE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPlan:
    """What happens in a clip and when, decided before it is drawn. Frames are counted from 0.

    Attributes:
        subject: number of the person, from 1.
        clip: number of the clip within the person, from 1.
        emotion: one of `labels.THREE_CLASSES`.
        action_units: numbers of the units that move.
        fps: frames per second.
        frames: how many frames there are.
        onset_index: last frame of the face at rest.
        apex_index: the frame with the strongest movement.
        offset_index: first frame of the face at rest again.
        harder: whether it is drawn as `harder_clip` says, as people differ, instead of neatly.
    """

    subject: int
    clip: int
    emotion: str
    action_units: tuple[int, ...]
    fps: float
    frames: int
    onset_index: int
    apex_index: int
    offset_index: int
    harder: bool = False

    def strength(self, index: int) -> float:
        """Return how strong the expression is at a frame: 0 up to the onset, 1 at the apex, 0 from the offset on."""
        if index <= self.apex_index:
            share = (index - self.onset_index) / (self.apex_index - self.onset_index)
        else:
            share = (self.offset_index - index) / (self.offset_index - self.apex_index)
        return _raised_cosine(share)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipTruth:
    """What is known exactly about a drawn clip.

    Attributes:
        plan: class, action units and frames.
        points: (5, 2) x and y in the onset frame: image-left and image-right eye, nose, image-left and image-right
            corner of the mouth.
        flow: (H, W, 2) float32, pixels from the onset to the apex frame: u to the right, v downwards. It includes
            everything that moves: the expression, head, lids and mouth.
    """

    plan: ClipPlan
    points: Array
    flow: NDArray[np.float32]


def clip_plan(seed: int, subject: int, clip: int, *, fps: float = 200.0, harder: bool = False) -> ClipPlan:
    """Return class, action units and timing of a clip. Any three clips in a row hold each class once.

    `harder` draws the units as annotation sheets list them (`facs.emotions`); class and timing stay the same.

    Raises:
        ValueError: if a number is out of range: seed below 0, subject or clip below 1, fps below 25.
    """
    if seed < 0 or subject < 1 or clip < 1 or not fps >= 25:
        raise ValueError(
            f"seed must be 0 or more, subject and clip 1 or more, fps 25 or more; got {seed}, {subject}, {clip}, {fps}."
        )
    rng = np.random.default_rng([seed, subject, clip, 0])
    emotion = THREE_CLASSES[(subject + clip - 2) % len(THREE_CLASSES)]
    units = CLASS_UNITS[emotion][int(rng.integers(len(CLASS_UNITS[emotion])))]
    if harder:  # from a stream of its own, so that all else is that of the neat clip
        units = harder_clip.drawn_units(np.random.default_rng([seed, subject, clip, 3]), emotion)
    length = max(2, round(fps * rng.uniform(*_DURATION_S)))
    rise = min(max(1, round(length * rng.uniform(0.35, 0.55))), length - 1)
    before, after = (max(1, round(fps * rng.uniform(0.02, 0.06))) for _ in range(2))
    return ClipPlan(
        subject=subject,
        clip=clip,
        emotion=emotion,
        action_units=units,
        fps=fps,
        frames=before + length + after + 1,
        onset_index=before,
        apex_index=before + rise,
        offset_index=before + length,
        harder=harder,
    )


def render_clip(
    seed: int, subject: int, clip: int, *, size_px: int = 256, fps: float = 200.0, clean: bool = False
) -> tuple[NDArray[np.uint8], ClipTruth]:
    """Return the frames of one made-up clip and the truth about them.

    A pure function: the same numbers give the same pixels with the same versions of OpenCV and NumPy. The whole
    picture, background included, moves with the head.

    Args:
        seed: the database's seed.
        subject: number of the person, from 1.
        clip: number of the clip, from 1.
        size_px: height and width of a frame, at least 96. Movements grow with it: 1-3 pixels at 256.
        fps: frames per second, at least 25.
        clean: whether to leave out sensor noise and flicker.

    Returns:
        (T, H, W, 3) uint8 RGB, and the truth.

    Raises:
        InputError: if matplotlib's sample photograph is missing.
        ValueError: if a number is out of range.
    """
    plan = clip_plan(seed, subject, clip, fps=fps)
    return draw_clip(seed, person(seed, subject, size_px), plan, clean=clean)


def person(seed: int, subject: int, size_px: int) -> Person:
    """Return the face of a person of the made-up database, which is the same in all clips. A pure function.

    Raises:
        InputError: if matplotlib's sample photograph is missing.
        ValueError: if `size_px` is below 96.
    """
    if size_px < 96:
        raise ValueError(f"size_px must be 96 or more; got {size_px}.")
    return made_up_person(np.random.default_rng([seed, subject]), size_px)


def draw_clip(seed: int, face: Person, plan: ClipPlan, *, clean: bool = False) -> tuple[NDArray[np.uint8], ClipTruth]:
    """Return frames and truth as `render_clip` does, for a face that has already been made."""
    moments = clip_moments(seed, face, plan)
    rng = np.random.default_rng([seed, plan.subject, plan.clip, 2])
    noise_sd = rng.uniform(*(harder_clip.NOISE_SD if plan.harder else _NOISE_SD))
    flicker, phase = rng.uniform(0.002, 0.01), rng.uniform(0, 2 * np.pi)
    lamp_hz = LAMP_HZ * rng.uniform(0.99, 1.01)
    x, y = pixel_grid(face.size_px)
    frames = np.empty((plan.frames, face.size_px, face.size_px, 3), dtype=np.uint8)
    for index, moment in enumerate(moments):
        # Single precision is enough for a picture: it places skin to 0.0001 pixels, in half the time.
        picture = face.sample(*moment.back(x.astype(np.float32), y.astype(np.float32)))
        if not clean:
            picture *= 1 + flicker * np.sin(2 * np.pi * lamp_hz * index / plan.fps + phase)
            picture += noise_sd * rng.standard_normal(picture.shape, dtype=np.float32)
        frames[index] = np.clip(np.rint(picture), 0, 255)
    onset, apex = moments[plan.onset_index], moments[plan.apex_index]
    rest = face.five_points()
    points = np.stack(onset.forward(rest[:, 0], rest[:, 1]), axis=-1)
    return frames, ClipTruth(plan=plan, points=points, flow=dense_flow(onset, apex, face.size_px))


def clip_moments(seed: int, face: Person, plan: ClipPlan) -> list[Moment]:
    """Return head and face at every frame of a clip."""
    rng = np.random.default_rng([seed, plan.subject, plan.clip, 1])
    unit = face.size_px / REFERENCE_PX
    largest_px = unit * rng.uniform(*_LARGEST_PX)
    times = np.arange(plan.frames) / plan.fps
    if plan.harder:
        habit = np.random.default_rng([seed, plan.subject, 0, 4])
        largest_px = unit * harder_clip.drawn_strength(rng, habit)
        expression = harder_clip.drawn_expression(rng, face, plan.emotion, plan.action_units, largest_px)
    else:
        expression = expression_field(rng, face, plan.action_units, largest_px)
    disturbances = _blink(rng, face, times, unit) + _mouth(rng, face, times, unit)
    poses = _drift(rng, face.size_px, times, unit * (harder_clip.SWAY if plan.harder else 1))
    if plan.harder:
        disturbances.append(harder_clip.nod(rng, face, times, unit))
    return [
        Moment(
            pose=pose,
            parts=(
                (expression, plan.strength(index)),
                *((field, float(course[index])) for field, course in disturbances),
            ),
        )
        for index, pose in enumerate(poses)
    ]


def _blink(rng: np.random.Generator, face: Person, times: Array, unit: float) -> list[tuple[Field, Array]]:
    field = blink_field(face, unit * rng.uniform(*_BLINK_PX))
    length_s = rng.uniform(0.1, 0.2)
    start_s = rng.uniform(-length_s, times[-1])
    if rng.random() >= _BLINK_SHARE:
        return []
    return [(field, np.array([_raised_cosine(1 - abs(2 * (t - start_s) / length_s - 1)) for t in times]))]


def _mouth(rng: np.random.Generator, face: Person, times: Array, unit: float) -> list[tuple[Field, Array]]:
    field = mouth_field(face, unit * rng.uniform(*_MOUTH_PX))
    course = np.sin(2 * np.pi * (rng.uniform(2, 5) * times + rng.random()))
    return [(field, course)] if rng.random() < _MOUTH_SHARE else []


def _drift(rng: np.random.Generator, size_px: int, times: Array, unit: float) -> list[HeadPose]:
    """Return a head that is held a little askew and sways: up to about 2 pixels, half a degree and 0.2 per cent."""
    rates = rng.uniform(0.3, 1.2, 4)
    phases = rng.uniform(0, 1, 4)
    reach = np.array([2.0 * unit, 1.5 * unit, np.radians(0.5), 0.002]) * rng.uniform(0.2, 1.0, 4)
    sway = reach * np.sin(2 * np.pi * (rates * times[:, None] + phases))
    held_rad = np.radians(rng.uniform(-6, 6))
    return [
        HeadPose(size_px=size_px, right_px=right, down_px=down, turn_rad=held_rad + turn, scale=1 + growth)
        for right, down, turn, growth in sway.tolist()
    ]


def _raised_cosine(share: float) -> float:
    """Return 0 for shares up to 0, 1 from 1 on, and a smooth rise between them."""
    return 0.5 - 0.5 * float(np.cos(np.pi * min(max(share, 0.0), 1.0)))
