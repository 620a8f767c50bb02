"""Made-up people: one freely licensed photograph, changed in shape, tone, light and size, with its points known.

The photograph is `grace_hopper.jpg`, which ships with matplotlib as sample data: Rear Admiral Grace Hopper in 1984, by
the US Navy, in the public domain. It is the only face that our dependencies ship, so all these people wear her cap and
glasses. They serve to test programs and are no sample of humanity.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import zoom

from glfnet.errors import InputError

Array = NDArray[np.floating[Any]]
Image = NDArray[np.float32]

OVERSAMPLING = 3  # frames are cut from a picture so many times finer, so that interpolation blurs all of them alike
_LENS_PX = 0.6  # standard deviation of the blur, in pixels of a frame
_PHOTO_SHAPE = (600, 512, 3)
_PHOTO_CENTRE = np.array([268.0, 222.0])
_PHOTO_SPAN_PX = 305.0  # this much of the photograph fills a frame, before people differ in size

# Placed by hand on the photograph: (x, y) of the image-left and the image-right one, in its pixels.
_PAIRS: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = MappingProxyType(
    {
        "eye": ((223.6, 189.0), (305.6, 187.6)),
        "mouth": ((230.5, 280.5), (309.0, 279.0)),
        "inner_brow": ((245.0, 172.0), (288.0, 168.0)),
        "outer_brow": ((203.0, 172.0), (331.0, 165.0)),
        "upper_lid": ((223.6, 183.0), (305.6, 181.5)),
        "cheek": ((207.0, 228.0), (328.0, 226.0)),
        "nose_wing": ((244.0, 237.0), (292.0, 235.0)),
        "nose_side": ((252.0, 220.0), (283.0, 219.0)),
        "jaw": ((205.0, 302.0), (331.0, 302.0)),
        "ear": ((160.0, 215.0), (372.0, 212.0)),
        "cap": ((152.0, 120.0), (371.0, 120.0)),
        "forehead": ((225.0, 145.0), (310.0, 143.0)),
    }
)
_SINGLES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "nose": (268.5, 234.0),
        "upper_lip": (269.0, 273.0),
        "lower_lip": (269.0, 289.0),
        "chin": (269.0, 313.0),
        "chin_edge": (269.0, 338.0),
        "cap_top": (262.0, 25.0),
    }
)
FIVE_POINTS = ("image_left_eye", "image_right_eye", "nose", "image_left_mouth", "image_right_mouth")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Person:
    """One made-up person looking straight ahead, at rest.

    Attributes:
        size_px: height and width of a frame.
        margin_px: how far `picture` reaches beyond the frame on each side, in pixels of the frame.
        picture: (K, K, 3) float32 RGB, 0..255, `OVERSAMPLING` times finer than a frame.
        points: (x, y) of each named place in the frame, in its pixels; paired places as `image_left_...` and
            `image_right_...`.
    """

    size_px: int
    margin_px: int
    picture: Image
    points: Mapping[str, Array]

    @property
    def eye_distance_px(self) -> float:
        """Distance between the eyes in pixels of the frame: the unit of all places on the face."""
        return float(np.linalg.norm(self.points["image_right_eye"] - self.points["image_left_eye"]))

    def five_points(self) -> Array:
        """Return (5, 2) points (x, y): eyes, nose and corners of the mouth, in the order of `FIVE_POINTS`."""
        return np.stack([self.points[name] for name in FIVE_POINTS])

    def sample(self, x: Array, y: Array) -> Image:
        """Return (H, W, 3) float32 RGB: the picture at places (x, y), each (H, W), in pixels of the frame."""
        fine_x = ((x + self.margin_px + 0.5) * OVERSAMPLING - 0.5).astype(np.float32)
        fine_y = ((y + self.margin_px + 0.5) * OVERSAMPLING - 0.5).astype(np.float32)
        sampled = cv2.remap(self.picture, fine_x, fine_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(sampled, dtype=np.float32)


def photograph() -> NDArray[np.uint8]:
    """Return the photograph that all faces are made from, (600, 512, 3) uint8 RGB.

    Raises:
        InputError: if the installed matplotlib does not have it, or has another one.
    """
    path = Path(matplotlib.get_data_path(), "sample_data", "grace_hopper.jpg")
    encoded = np.frombuffer(path.read_bytes(), dtype=np.uint8) if path.is_file() else np.empty(0, dtype=np.uint8)
    # OpenCV gives None for what it cannot read; its type hints do not say so.
    decoded: Any = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
    if decoded is None or decoded.shape != _PHOTO_SHAPE:
        raise InputError(
            file=path,
            found="no picture" if decoded is None else f"a picture of {decoded.shape[1]}x{decoded.shape[0]} pixels",
            expected="matplotlib's sample photograph of 512x600 pixels",
            remedy="Install matplotlib from PyPI again; some system packages leave its sample data out.",
        )
    return np.asarray(decoded[..., ::-1], dtype=np.uint8)


def made_up_person(rng: np.random.Generator, size_px: int) -> Person:
    """Return a person whose shape, side, size, skin, light and background follow from the generator's state."""
    photo, places = photograph().astype(np.float32), _photo_points()
    if rng.random() < 0.5:
        photo, places = _mirrored(photo, places)
    names = list(places)
    rest = np.stack([places[name] for name in names])
    shaped = _shaped(rng, dict(places))
    placed = (np.stack([shaped[name] for name in names]) - _PHOTO_CENTRE) * size_px / _PHOTO_SPAN_PX
    placed = placed * rng.uniform(0.85, 1.1) + size_px * (0.5 + rng.uniform(-0.03, 0.03, 2))
    points = dict(zip(names, placed, strict=True))
    margin_px = round(0.12 * size_px)
    picture = _warped(photo, placed, rest, size_px, margin_px)
    picture = _coloured(rng, picture, points, size_px, margin_px)
    # What a lens and a pixel's area do: detail finer than a pixel would flicker as it moves.
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), _LENS_PX * OVERSAMPLING), dtype=np.float32)
    return Person(size_px=size_px, margin_px=margin_px, picture=picture, points=MappingProxyType(points))


def _photo_points() -> dict[str, Array]:
    points = {name: np.array(place) for name, place in _SINGLES.items()}
    for name, (left, right) in _PAIRS.items():
        points[f"image_left_{name}"], points[f"image_right_{name}"] = np.array(left), np.array(right)
    return points


def _mirrored(photo: Image, points: dict[str, Array]) -> tuple[Image, dict[str, Array]]:
    width = photo.shape[1]
    mirrored = {name: np.array([width - 1 - place[0], place[1]]) for name, place in points.items()}
    for name in _PAIRS:
        left, right = f"image_left_{name}", f"image_right_{name}"
        mirrored[left], mirrored[right] = mirrored[right], mirrored[left]
    # Centred again, so that everything below is the same for both.
    shift = round(2 * (float(_PHOTO_CENTRE[0]) - (width - 1) / 2))
    photo = np.roll(photo[:, ::-1], shift, axis=1)
    return np.ascontiguousarray(photo), {name: place + np.array([shift, 0.0]) for name, place in mirrored.items()}


def _shaped(rng: np.random.Generator, points: dict[str, Array]) -> dict[str, Array]:
    """Return the points of the photograph moved to another person's proportions; still in its pixels."""
    middle = _PHOTO_CENTRE[0]

    def widen(factor: float, *names: str) -> None:
        for side in ("image_left_", "image_right_"):
            for name in names:
                points[side + name][0] = middle + factor * (points[side + name][0] - middle)

    def lower(px: float, *names: str) -> None:
        for name, place in points.items():
            if name.removeprefix("image_left_").removeprefix("image_right_") in names:
                place[1] += px

    points = {name: place.copy() for name, place in points.items()}
    widen(rng.uniform(0.92, 1.08), "eye", "upper_lid", "inner_brow", "outer_brow", "forehead")
    widen(rng.uniform(0.85, 1.2), "mouth")
    widen(rng.uniform(0.85, 1.2), "nose_wing", "nose_side")
    widen(rng.uniform(0.85, 1.12), "jaw")
    widen(rng.uniform(0.93, 1.06), "cheek", "ear")
    lower(rng.uniform(-5, 5), "eye", "upper_lid", "inner_brow", "outer_brow")
    lower(rng.uniform(-4, 1), "inner_brow", "outer_brow")  # hardly closer to the eye, or the glasses would cross it
    lower(rng.uniform(-6, 6), "nose", "nose_wing", "nose_side")
    lower(rng.uniform(-5, 5), "mouth", "upper_lip", "lower_lip")
    lower(rng.uniform(-9, 9), "chin_edge", "jaw")
    stretch = np.array([rng.uniform(0.9, 1.08), rng.uniform(0.93, 1.07)])
    return {
        name: _PHOTO_CENTRE + stretch * (place - _PHOTO_CENTRE) + rng.normal(0, 0.8, 2)
        for name, place in points.items()
    }


def _warped(photo: Image, placed: Array, rest: Array, size_px: int, margin_px: int) -> Image:
    """Return the photograph bent so that the points `rest` come to lie at `placed`, oversampled, margin included."""
    fine = (size_px + 2 * margin_px) * OVERSAMPLING
    ends = (np.array([0, fine - 1]) + 0.5) / OVERSAMPLING - 0.5 - margin_px
    # The spline is smooth: 41 nodes along each side and cubic interpolation between them are plenty.
    nodes = np.linspace(ends[0], ends[1], 41)
    x, y = np.meshgrid(nodes, nodes)
    spline = RBFInterpolator(placed, rest, kernel="thin_plate_spline")
    bent = spline(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(41, 41, 2)
    map_x, map_y = (zoom(bent[..., axis].astype(np.float32), fine / 41, order=3) for axis in (0, 1))
    warped = cv2.remap(photo, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(warped, dtype=np.float32)


def _coloured(
    rng: np.random.Generator, picture: Image, points: Mapping[str, Array], size_px: int, margin_px: int
) -> Image:
    """Return the picture with another skin, background and light. All three are fixed to the face and move with it."""
    axis = ((np.arange(picture.shape[0]) + 0.5) / OVERSAMPLING - 0.5 - margin_px).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    centre = (points["image_left_eye"] + points["image_right_eye"] + 2 * points["upper_lip"]) / 4
    unit = float(np.linalg.norm(points["image_right_eye"] - points["image_left_eye"]))
    # Python's floats leave single precision as it is; NumPy's would double it.
    reach = ((x - float(centre[0])) / (1.35 * unit)) ** 2 + ((y - float(centre[1])) / (1.6 * unit)) ** 2
    face = (1 / (1 + np.exp(6 * (reach - 1))))[..., None]  # 1 on the face, 0 on the background

    skin = rng.uniform(0.55, 1.1) * (1 + rng.uniform(-0.06, 0.06, 3))
    picture = picture * (face * skin + (1 - face) * rng.uniform(0.5, 1.1, 3)).astype(np.float32)
    # Uneven skin: soft patches and a few moles.
    patches = rng.normal(1, 0.05, (14, 14)).astype(np.float32)
    pattern = cv2.resize(patches, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_CUBIC)
    for place in rng.uniform((-0.75, -0.1), (0.75, 1.5), (6, 2)):
        mole = points["image_left_eye"] + unit * (np.array([0.5, 0.25]) + place * np.array([1.0, 0.8]))
        width = rng.uniform(0.012, 0.025) * unit
        pattern = pattern - 0.45 * np.exp(-((x - float(mole[0])) ** 2 + (y - float(mole[1])) ** 2) / (2 * width**2))

    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.35)
    slope_x, slope_y = (strength / size_px * float(part) for part in (np.cos(angle), np.sin(angle)))
    light = 1 + slope_x * (x - size_px / 2) + slope_y * (y - size_px / 2)
    lit = np.clip(picture * (pattern * light / 255)[..., None], 0, 1) ** rng.uniform(0.75, 1.15)
    # The darkest and the brightest greys stay unused, so that noise is not clipped away.
    return np.asarray(10 + 232 * lit, dtype=np.float32)
