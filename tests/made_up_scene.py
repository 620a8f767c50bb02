"""Heads that move as told in front of a background that stays: frames for the tests of tracking."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.synthetic.clip import person
from glfnet.synthetic.person import Person

Image = NDArray[np.uint8]
HEAD_PX = 192  # side of the square that a head at scale 1 is drawn in: some 48 pixels between the eyes
_HALF_WIDTH, _HALF_HEIGHT, _SOFT = 0.37, 0.47, 0.08  # of the ellipse that is cut out, as shares of the square


@cache
def somebody(subject: int) -> Person:
    """Return a made-up person; the same number, the same person."""
    return person(0, subject, HEAD_PX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One head in one frame: who, where the middle of the square lies, turned clockwise, scaled."""

    subject: int
    x: float
    y: float
    degrees: float = 0.0
    scale: float = 1.0

    def to_frame(self) -> NDArray[np.float64]:
        """Return the similarity from pixels of the person to pixels of the frame, (2, 3)."""
        angle, middle = np.radians(self.degrees), (HEAD_PX - 1) / 2
        linear = self.scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return np.column_stack([linear, np.array([self.x, self.y]) - linear @ (middle, middle)])

    def points(self) -> NDArray[np.float64]:
        """Return where the five points are in the frame: (5, 2)."""
        return somebody(self.subject).five_points() @ self.to_frame()[:, :2].T + self.to_frame()[:, 2]


@cache
def wall(seed: int, width: int, height: int) -> NDArray[np.float32]:
    """Return a background: soft patches and some grain."""
    rng = np.random.default_rng(seed)
    patches = rng.uniform(30, 225, (6, 8, 3)).astype(np.float32)
    grain = cv2.GaussianBlur(rng.normal(0, 40, (height, width, 3)).astype(np.float32), (0, 0), 2.0)
    return np.asarray(cv2.resize(patches, (width, height), interpolation=cv2.INTER_CUBIC) + grain, dtype=np.float32)


def drawn(
    heads: Sequence[Head], *, width: int = 320, height: int = 240, scene: int = 0, noise: float = 0.0, seed: int = 0
) -> Image:
    """Return a frame with these heads, the later ones in front."""
    picture = wall(scene, width, height).copy()
    y, x = np.mgrid[:height, :width].astype(np.float32)
    for head in heads:
        back = cv2.invertAffineTransform(head.to_frame())
        own_x, own_y = (back[row, 0] * x + back[row, 1] * y + back[row, 2] for row in (0, 1))
        middle = (HEAD_PX - 1) / 2
        reach = np.hypot((own_x - middle) / (_HALF_WIDTH * HEAD_PX), (own_y - middle) / (_HALF_HEIGHT * HEAD_PX))
        cover = np.clip((1 - reach) / _SOFT, 0, 1)[..., None].astype(np.float32)
        if not cover.any():
            continue  # beside the frame
        near = slice(*_ends(cover.any(axis=(1, 2)))), slice(*_ends(cover.any(axis=(0, 2))))
        face = somebody(head.subject).sample(own_x[near], own_y[near])
        picture[near] += cover[near] * (face - picture[near])
    if noise:
        picture += noise * np.random.default_rng(seed).standard_normal(picture.shape, dtype=np.float32)
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)


def _ends(seen: NDArray[np.bool_]) -> tuple[int, int]:
    places = np.flatnonzero(seen)
    return (int(places[0]), int(places[-1]) + 1) if places.size else (0, 0)
