"""What disturbs a flow map besides the expression: a moving head, smooth movement without meaning, and noise.

All strengths are relative to a strong movement of one action unit, as in the atlas. Source: ours.
"""

import numpy as np

from glfnet.synthetic.fields.crop import Floats, Grid
from glfnet.synthetic.fields.expression import summed, window

_MIDDLE_Y = 0.6  # of the face below the eyes
_SHIFT, _TURN, _DEPTH = 0.15, 0.1, 0.1  # of the head: shift; turn, zoom and their curvature; nod and shake
_UNEVEN = 0.6  # standard deviation of the logarithm of a head's own strength
_PATCHES, _PATCH, _PATCH_RADIUS = 8, 0.15, 0.3
_WHITE, _ROUGH, _NOISE_SPREAD = 0.015, 0.03, 1.0  # noise of single pixels, and of patches of three
_SPREAD = 0.5  # standard deviation of the logarithm of all other strengths and radii
_TEXTURE, _STILL = 0.3, 0.2  # how unevenly skin is seen to move; the most below which it is not, of the largest
_DEPTH_X, _DEPTH_Y = 0.7, 0.9  # the face is nearer to the camera within these distances of its middle


def head_movement(rng: np.random.Generator, grid: Grid) -> tuple[Floats, Floats]:
    """Return a shift, a turn, a nearer or farther face, and a nod or shake of the head: each (N, H, W).

    A face is no plane: when it nods or shakes, what is nearer to the camera moves farther.
    """
    n = len(grid.x)
    x, y = grid.x[:, None], grid.y[:, :, None] - _MIDDLE_Y
    near: Floats = np.exp(-0.5 * (x / _DEPTH_X) ** 2 - 0.5 * (y / _DEPTH_Y) ** 2, dtype=np.float32)

    def strength(scale: float) -> Floats:
        drawn = rng.standard_normal((2, n, 1, 1), np.float32)
        return np.asarray(scale * np.exp(_UNEVEN * drawn[0]) * drawn[1], dtype=np.float32)

    turn, zoom = strength(_TURN), strength(_TURN)
    right = strength(_SHIFT) - turn * y + zoom * x + strength(_TURN) * x * 0.5 + strength(_DEPTH) * near
    down = strength(_SHIFT) + turn * x + zoom * y + strength(_TURN) * y * 0.5 + strength(_DEPTH) * near
    return np.asarray(right, dtype=np.float32), np.asarray(down, dtype=np.float32)


def smooth_movement(rng: np.random.Generator, grid: Grid) -> tuple[Floats, Floats]:
    """Return a few soft patches anywhere in the picture that move in any direction: each (N, H, W)."""
    n = len(grid.x)
    centres = [
        at.min(1, keepdims=True) + np.ptp(at, axis=1, keepdims=True) * rng.random((n, _PATCHES), np.float32)
        for at in (grid.x, grid.y)
    ]
    radii = _PATCH_RADIUS * np.exp(_SPREAD * rng.standard_normal((2, n, _PATCHES), np.float32))
    strength = _PATCH * np.exp(_SPREAD * rng.standard_normal((n, 1), np.float32))
    right, down = strength * rng.standard_normal((2, n, _PATCHES), np.float32)
    across, along = window(grid.x, centres[0], radii[0]), window(grid.y, centres[1], radii[1])
    return summed(along, right, across), summed(along, down, across)


def as_flow_sees(rng: np.random.Generator, right: Floats, down: Floats) -> tuple[Floats, Floats]:
    """Return the movement of the skin as TV-L1 flow finds it: in patches with edges, and still in between.

    Flow is found where skin has texture, and total variation takes away what is small and fills in what lies between:
    soft shrinkage is what it does to a signal (Donoho & Johnstone 1994; Chambolle 2004).

    Args:
        rng: source of chance.
        right: (N, H, W).
        down: (N, H, W).
    """
    n, height, width = right.shape
    seen = 1 + _TEXTURE * _rough(rng, (n, height, width))
    small = np.float32(_STILL) * rng.random((n, 1, 1), np.float32)
    out = []
    for part in (right * seen, down * seen):
        limit = small * np.abs(part).max(axis=(1, 2), keepdims=True)
        out.append(np.asarray(np.sign(part) * np.maximum(np.abs(part) - limit, 0), dtype=np.float32))
    return out[0], out[1]


def _rough(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Return noise of unit variance in patches of three by three pixels, over the last two axes."""
    rough = rng.standard_normal(shape, np.float32)
    for axis in (-2, -1):
        rough = (rough + np.roll(rough, 1, axis) + np.roll(rough, -1, axis)) / np.float32(np.sqrt(3))
    return rough


def noise(rng: np.random.Generator, n: int, size_px: int) -> Floats:
    """Return what a camera and a flow method add, pixel by pixel and in small patches: (2, N, H, W)."""
    shape = (2, n, size_px, size_px)
    white = rng.standard_normal(shape, np.float32)
    rough = _rough(rng, shape)
    strengths = np.exp(_NOISE_SPREAD * rng.standard_normal((2, 1, n, 1, 1), np.float32))
    return np.asarray(_WHITE * strengths[0] * white + _ROUGH * strengths[1] * rough, dtype=np.float32)
