"""Made-up long videos: one person for half a minute, with a few micro-expressions among everything else a face does.

`long_video_plan` decides what happens and when; `long_video_frames` draws it frame by frame. Both follow from a few
numbers alone. For speed, a movement is computed once for each pixel of the face at rest; each frame adds up those that
are under way and looks the sum up where the head is.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.labels import BLINK, HEAD_MOVEMENT, MACRO, MICRO, TALKING
from glfnet.synthetic.clip import LAMP_HZ, REFERENCE_PX, person
from glfnet.synthetic.long_video_plan import Event, LongVideoPlan, raised_cosines
from glfnet.synthetic.motion import Field, HeadPose, blink_field, expression_field, mouth_field, pixel_grid
from glfnet.synthetic.person import OVERSAMPLING, Image, Person

FRAME_PX = (640, 480)

_FACE_SHARE = 0.6  # of the frame's height
# Kind -> smallest and largest movement, in pixels of a face drawn at `REFERENCE_PX`.
_LARGEST_PX = {MICRO: (1.0, 3.0), MACRO: (4.0, 7.0), BLINK: (4.0, 7.0), TALKING: (1.5, 4.0), HEAD_MOVEMENT: (3.0, 8.0)}
_SYLLABLE_HZ = (2.0, 5.0)
# Slow wandering and faster sway of the head: lowest and highest rate in hertz, and the furthest right, down (pixels),
# turn (radians) and growth.
_SWAYS = (
    (0.02, 0.1, np.array([5.0, 4.0, np.radians(1.5), 0.01])),
    (0.3, 1.2, np.array([1.0, 0.75, np.radians(0.25), 0.001])),
)
_TURN = 2  # the axes before it are shifts
_NOISE_FRAMES = 4  # of random numbers; each frame takes a stretch of them that begins at a random place


def long_video_frames(
    plan: LongVideoPlan, size: tuple[int, int] = FRAME_PX, *, clean: bool = False
) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of a long video one by one: a face in front of a background that stands still.

    Args:
        plan: what happens.
        size: width and height of a frame in pixels; the face is drawn in a square of 0.6 times the height, which must
            be 96 or more. Movements grow with it.
        clean: whether to leave out sensor noise and flicker.

    Yields:
        (H, W, 3) uint8 RGB.

    Raises:
        InputError: if matplotlib's sample photograph is missing.
        ValueError: if the frame is too small.
    """
    width, height = size
    face_px = round(_FACE_SHARE * height)
    if face_px < 96 or width < face_px:
        raise ValueError(f"a frame must be 160 or more high and no narrower than 0.6 of that; got {width}x{height}.")
    face = person(plan.seed, plan.number + 1, face_px)
    # Movements of the face draw from a stream of their own, so that all else stays the same whatever the face does.
    rng, for_parts = (np.random.default_rng([plan.seed, plan.number + 1, 0, stream]) for stream in (2, 3))
    parts, poses = _parts(for_parts, face, plan), _poses(rng, face_px, plan)
    canvas, (x0, y0) = _background(rng, face, size), _corner(rng, face_px, size)
    square = canvas[y0 : y0 + face_px, x0 : x0 + face_px]
    behind, seen = square.copy(), _soft_square(face_px)
    drawing = _Drawing(face)
    disturb = _Disturbance(rng, (height, width, 3), plan.fps)
    for index, pose in enumerate(poses):
        under_way = [(field, float(course[index])) for field, course in parts if course[index] != 0]
        square[...] = behind + seen * (drawing.face(pose, under_way) - behind)
        yield np.clip(np.rint(canvas), 0, 255).astype(np.uint8) if clean else disturb(canvas, index)


class _Drawing:
    """Draws one face, quickly."""

    def __init__(self, face: Person) -> None:
        self._margin_px = face.margin_px
        # Whole grey levels are enough under the noise, and are looked up much faster.
        self._picture = np.clip(np.rint(face.picture), 0, 255).astype(np.uint8)
        x, y = pixel_grid(face.size_px)
        self._x, self._y = x.astype(np.float32), y.astype(np.float32)

    def face(self, pose: HeadPose, parts: Sequence[tuple[Image, float]]) -> Image:
        """Return (H, W, 3) float32 RGB; `parts` are displacements (H, W, 2) of the resting face, each with its share.

        The same as `Moment.back` and `Person.sample`, except that displacements are interpolated between pixels.
        """
        x, y = pose.back(self._x, self._y)
        if parts:
            resting = sum((share * field for field, share in parts[1:]), parts[0][1] * parts[0][0])
            moved = cv2.remap(resting, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            x, y = x - moved[..., 0], y - moved[..., 1]
        fine_x, fine_y = ((axis + (self._margin_px + 0.5)) * OVERSAMPLING - 0.5 for axis in (x, y))
        drawn = cv2.remap(self._picture, fine_x, fine_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(drawn, dtype=np.float32)


class _Disturbance:
    """Sensor noise and flicker of the lamps, as in `clip.draw_clip`."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int, int], fps: float) -> None:
        noise_sd, self._flicker, self._phase = rng.uniform((0.8, 0.002, 0.0), (2.0, 0.01, 2 * np.pi)).tolist()
        self._turns = LAMP_HZ * rng.uniform(0.99, 1.01) / fps
        self._shape, self._values = shape, int(np.prod(shape))
        self._noise = np.float32(noise_sd) * rng.standard_normal(_NOISE_FRAMES * self._values, dtype=np.float32)
        self._rng = rng

    def __call__(self, picture: Image, index: int) -> NDArray[np.uint8]:
        start = int(self._rng.integers(len(self._noise) - self._values))
        noise = self._noise[start : start + self._values].reshape(self._shape)
        gain = 1 + self._flicker * float(np.sin(2 * np.pi * self._turns * index + self._phase))
        return np.asarray(cv2.addWeighted(picture, gain, noise, 1, 0, dtype=cv2.CV_8U), dtype=np.uint8)


def _parts(rng: np.random.Generator, face: Person, plan: LongVideoPlan) -> list[tuple[Image, NDArray[np.float32]]]:
    """Return each movement of the face: displacement (H, W, 2) in pixels, and its share at every frame."""
    x, y = (axis.astype(np.float32) for axis in pixel_grid(face.size_px))
    moves = [move for event in plan.events for move in _moves(rng, face, plan, event)]
    return [(np.stack(field.at(x, y), axis=-1), course) for field, course in moves]


def _moves(
    rng: np.random.Generator, face: Person, plan: LongVideoPlan, event: Event
) -> Iterator[tuple[Field, NDArray[np.float32]]]:
    index, unit = np.arange(plan.frames), face.size_px / REFERENCE_PX
    largest_px = unit * rng.uniform(*_LARGEST_PX[event.kind])
    if event.percent is not None:
        largest_px = event.percent / 100 * face.eye_distance_px
    largest_px *= event.share
    if event.kind in (MICRO, MACRO):
        field = expression_field(rng, face, event.action_units, largest_px, one_sided=event.one_sided)
        yield field, event.strength(index)
    elif event.kind == BLINK:
        yield blink_field(face, largest_px), event.strength(index)
    elif event.kind == TALKING:
        # Lips and chin move independently from one syllable to the next.
        yield mouth_field(face, largest_px), _syllables(rng, event, index, plan.fps)
        yield expression_field(rng, face, (17,), 0.4 * largest_px), _syllables(rng, event, index, plan.fps)


def _syllables(rng: np.random.Generator, event: Event, index: NDArray[np.int64], fps: float) -> NDArray[np.float32]:
    """Return how wide the mouth is open at every frame: syllables of various lengths and widths that fill the event."""
    length = event.offset_index - event.onset_index
    lengths = fps / rng.uniform(*_SYLLABLE_HZ, max(1, round(length / fps * sum(_SYLLABLE_HZ) / 2)))
    bounds = event.onset_index + np.concatenate([[0.0], np.cumsum(lengths)]) * (length / lengths.sum())
    course = np.zeros(len(index), dtype=np.float32)
    for start, end in pairwise(bounds.tolist()):
        share = np.minimum(index - start, end - index) / ((end - start) / 2)
        course += rng.uniform(0.3, 1.0) * raised_cosines(share)
    return course


def _poses(rng: np.random.Generator, size_px: int, plan: LongVideoPlan) -> Iterator[HeadPose]:
    """Yield a head that is held a little askew, wanders slowly, sways a little, and nods now and then."""
    unit, index = size_px / REFERENCE_PX, np.arange(plan.frames)
    seconds = index[:, None] / plan.fps
    course = np.zeros((plan.frames, 4))
    for lowest_hz, highest_hz, reach in _SWAYS:
        reaches = np.array([unit, unit, 1, 1]) * reach * rng.uniform(0.2, 1.0, 4)
        course += reaches * np.sin(2 * np.pi * (rng.uniform(lowest_hz, highest_hz, 4) * seconds + rng.random(4)))
    for event in plan.of_kind(HEAD_MOVEMENT):
        if event.percent is None:
            course[:, event.axis] += unit * rng.uniform(*_LARGEST_PX[HEAD_MOVEMENT]) * event.strength(index)
        else:  # the eyes of these people are about a third of the frame apart
            eyes_px = size_px / 3 if event.axis < _TURN else 1
            course[:, event.axis] += event.percent / 100 * eyes_px * event.strength(index)
    held_rad = np.radians(rng.uniform(-6, 6))
    for right, down, turn, growth in course.tolist():
        yield HeadPose(size_px=size_px, right_px=right, down_px=down, turn_rad=held_rad + turn, scale=1 + growth)


def _background(rng: np.random.Generator, face: Person, size: tuple[int, int]) -> Image:
    """Return (H, W, 3) float32: a wall of soft patches with some edges, in the colours around the face."""
    width, height = size
    colour = np.median(face.picture[:: face.size_px, ::7].reshape(-1, 3), axis=0)
    patches = (colour * rng.uniform(0.7, 1.3, (6, 8, 1))).astype(np.float32)
    wall = cv2.resize(patches, size, interpolation=cv2.INTER_CUBIC)
    for x0, y0, share in rng.uniform((0, 0, 0.75), (0.9, 0.9, 1.2), (8, 3)).tolist():
        x1, y1 = x0 + rng.uniform(0.05, 0.4), y0 + rng.uniform(0.05, 0.4)
        wall[int(y0 * height) : int(y1 * height), int(x0 * width) : int(x1 * width)] *= share
    return np.clip(np.asarray(cv2.GaussianBlur(wall, (0, 0), 0.8), dtype=np.float32), 10, 242)


def _corner(rng: np.random.Generator, face_px: int, size: tuple[int, int]) -> tuple[int, int]:
    """Return x and y of the face's square: in the middle of the frame or a little beside it."""
    x, y = ((side - face_px) * (0.5 + rng.uniform(-0.2, 0.2)) for side in size)
    return round(x), round(y)


def _soft_square(size_px: int) -> Image:
    """Return (H, W, 1): 1 inside, falling to 0 at the border, so that the face's own background fades into the wall."""
    border = 0.12 * size_px
    axis = np.arange(size_px)
    ramp = raised_cosines((np.minimum(axis, size_px - 1 - axis)) / border)
    return (ramp[:, None] * ramp)[..., None]
