"""Measure how accurate and how fast the flow methods are on a face whose movement is known exactly:

    python scripts/bench_flow.py [--seeds 3] [--sigma 2]

The face is the photograph of Grace Hopper (public domain) that matplotlib ships, in the wide crop of 224 x 224 pixels.
It moves by a known smooth field: corners of the mouth and inner brows by up to two pixels, once with the head still and
once with the head shifted by two pixels and turned by one degree. Both frames are sampled from the photograph by cubic
splines and get camera noise of their own. A Markdown table for `docs/benchmarks.md` goes to standard output.
"""

import argparse
import math
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from matplotlib.cbook import get_sample_data
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates

from glfnet.alignment import WIDE, Flow, Picture, canonical_transform, face_mask, moved_points
from glfnet.flow import METHODS, optical_flow, optical_strain, shrunk, still_head_flow

SIDE = WIDE.size_px
POINTS = np.array([[225, 190], [304, 187], [267, 240], [227, 281], [308, 278]], dtype=float)

# Place (x, y) and movement (u, v) of the skin in pixels of the crop, and how far it reaches: corners of the mouth go up
# and outwards (AU12), inner brows down and together (AU4).
MOVEMENTS = (
    ((75, 158), (-1.0, -1.8), 14),
    ((150, 158), (1.0, -1.8), 14),
    ((95, 58), (0.8, 1.2), 10),
    ((130, 58), (-0.8, 1.2), 10),
)

Field = NDArray[np.float64]
Method = Callable[[Picture, Picture], Flow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How far a flow is from the truth over the face.

    Attributes:
        error_px: mean end-point error.
        moving_px: mean end-point error where the skin moves by more than half a pixel.
        correlations: of u, v and strain at 28 x 28 pixels with the true ones.
    """

    error_px: float
    moving_px: float
    correlations: tuple[float, ...]


def skin(places: Field) -> Field:
    """Return the movement of the skin that arrives at these places (..., 2), in pixels."""
    field = np.zeros_like(places)
    for centre, movement, reach in MOVEMENTS:
        distance = ((places - np.array(centre)) ** 2).sum(axis=-1, keepdims=True)
        field += np.array(movement) * np.exp(-distance / (2 * reach**2))
    return field


def head(*, moving: bool) -> Field:
    """Return the (2, 3) motion of the head: none, or a turn by one degree about the crop's middle and a shift."""
    angle = math.radians(1.0 * moving)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    middle = np.full(2, (SIDE - 1) / 2)
    return np.column_stack([turn, middle - turn @ middle + [2.0 * moving, 0.0]])


def inverse(transform: Field) -> Field:
    """Return the inverse of a (2, 3) transform."""
    return np.asarray(np.linalg.inv(np.vstack([transform, [0, 0, 1]]))[:2])


def grid() -> Field:
    """Return the (SIDE, SIDE, 2) places (x, y) of the crop's pixels."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.stack([x, y], axis=-1).astype(float)


def expression() -> Field:
    """Return the true flow of the skin with the head still: the f with f(x) = skin(x + f(x)), by iteration."""
    flow = np.zeros((SIDE, SIDE, 2))
    for _ in range(30):
        flow = skin(grid() + flow)
    return flow


def frames(*, moving: bool) -> tuple[Field, Field]:
    """Return onset and apex crop without noise, 0 to 255."""
    with Image.open(str(get_sample_data("grace_hopper.jpg", asfileobj=False))) as image:
        photograph = np.array(image.convert("L")).astype(float)
    to_photograph = inverse(canonical_transform(POINTS))
    unmoved = moved_points(grid(), inverse(head(moving=moving)))  # where the skin was before the head carried it along
    sources = (grid(), unmoved - skin(unmoved))
    onset, apex = (
        map_coordinates(photograph, np.moveaxis(moved_points(places, to_photograph)[..., ::-1], -1, 0), mode="nearest")
        for places in sources
    )
    return onset, apex


def noisy(picture: Field, sigma: float, rng: np.random.Generator) -> Picture:
    """Return an 8-bit picture with camera noise of `sigma` grey levels."""
    return np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255).round().astype(np.uint8)


def accuracy(flow: Flow, truth: Field) -> Accuracy:
    """Return how far a flow is from the true one, over the face."""
    mask = face_mask(WIDE)
    error = np.hypot(*np.moveaxis(flow - truth, -1, 0))
    moves = mask & (np.hypot(*np.moveaxis(expression(), -1, 0)) > 0.5)
    small, true_small = _channels(flow), _channels(truth.astype(np.float32))
    correlations = (float(np.corrcoef(a.ravel(), b.ravel())[0, 1]) for a, b in zip(small, true_small, strict=True))
    return Accuracy(
        error_px=float(error[mask].mean()), moving_px=float(error[moves].mean()), correlations=tuple(correlations)
    )


def rows(seeds: int, sigma: float) -> Iterator[str]:
    """Yield one row of the table for each way of making flow and each movement of the head."""
    still_head = expression()
    carried = moved_points(grid() + still_head, head(moving=True)) - grid()
    mask = face_mask(WIDE)
    for name in METHODS:
        plain = partial(optical_flow, method=name)
        corrected = partial(still_head_flow, method=name, mask=mask)
        yield _row(name, "still", plain, still_head, seeds, sigma)
        yield _row(name, "moves", plain, carried, seeds, sigma)
        yield _row(f"{name}, corrected", "moves", corrected, still_head, seeds, sigma)


def _row(name: str, head_is: str, method: Method, truth: Field, seeds: int, sigma: float) -> str:
    onset, apex = frames(moving=head_is == "moves")
    found, times = [], []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        pair = noisy(onset, sigma, rng), noisy(apex, sigma, rng)
        started = time.process_time()
        flow = method(*pair)
        times.append(time.process_time() - started)
        found.append(accuracy(flow, truth))
    error, moving = (np.mean([getattr(a, part) for a in found]) for part in ("error_px", "moving_px"))
    u, v, strain = np.mean([a.correlations for a in found], axis=0)
    time_ms = 1000 * float(np.median(times))
    return f"| {name} | {head_is} | {time_ms:.0f} ms | {error:.3f} | {moving:.3f} | {u:.2f} | {v:.2f} | {strain:.2f} |"


def _channels(flow: Flow) -> Flow:
    return shrunk(np.concatenate([np.moveaxis(flow, -1, 0), optical_strain(flow)[None]]), 28)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Accuracy and time of the flow methods; Markdown on standard output.")
    parser.add_argument("--seeds", type=int, default=3, help="how often, with other noise each time")
    parser.add_argument("--sigma", type=float, default=2.0, help="camera noise in grey levels")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    print(
        f"224 x 224 pixels, one thread, processor time; noise {given.sigma:g} grey levels, {given.seeds} seeds; "
        f"OpenCV {cv2.__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}.\n"
    )
    print(
        "| flow | head | time per pair | error, px | error where skin moves, px | u at 28² | v at 28² | strain at 28² |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for row in rows(given.seeds, given.sigma):
        print(row, flush=True)


if __name__ == "__main__":
    main()
