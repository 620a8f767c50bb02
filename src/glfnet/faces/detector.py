"""Find faces and their five points in a frame.

Points are in pixels, (x, y), and (0, 0) is the middle of the top left pixel: what OpenCV's warps take. A box counts
pixels from the frame's edge, as slices do: the whole frame is (0, 0, W, H). Left and right are those of the picture,
not of the person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.mtcnn import (
    OUTPUT_SIDE_PX,
    PROPOSAL_SIDE_PX,
    PROPOSAL_STRIDE_PX,
    REFINE_SIDE_PX,
    WEIGHTS_SHA256,
    Mtcnn,
    read_mtcnn,
)
from glfnet.threads import processor_threads

POINT_NAMES = ("image_left_eye", "image_right_eye", "nose", "image_left_mouth", "image_right_mouth")

_VERSION = 1  # raise it when the same frame gives other faces than before
_SMALLEST_FACE_PX = 20  # below this the third network sees little but its own interpolation
_PYRAMID_STEP = 0.709  # the paper's: each picture has half the area of the one before
_SAME_FACE = 0.7  # boxes that overlap more than this are one face; within one picture of the pyramid, more than 0.5
_SAME_WINDOW = 0.5

# Each point is the mean over these windows and their mirror images: (wider, to the right, down), in units of the side.
# Source: ours. From a single window, a point depends on where the window happens to lie. When two photographs (81 and
# 87 pixels between the eyes) were shifted by whole pixels, its standard deviation was 0.32 and 0.49 pixels; that of the
# mean is 0.11 and 0.23.
_LOOKS = np.array([(0, 0, 0), (0.1, 0, 0), (-0.05, 0, 0), (0, 0.04, 0), (0, -0.04, 0), (0, 0, 0.04), (0, 0, -0.04)])
_MIRRORED = [1, 0, 2, 4, 3]  # where each point of `POINT_NAMES` is in a mirrored picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """One face in one frame.

    Attributes:
        box: (x0, y0, x1, y1) in pixels; may reach beyond the frame where the face does.
        points: (5, 2) float64, read-only, (x, y) in pixels in the order of `POINT_NAMES`.
        score: the detector's probability that this is a face.
    """

    box: tuple[float, float, float, float]
    points: NDArray[np.float64]
    score: float

    def __post_init__(self) -> None:
        points = np.array(self.points, dtype=np.float64)  # a copy, so that nobody else can change it
        if points.shape != (len(POINT_NAMES), 2):
            raise ShapeError(f"points must be (5, 2), one (x, y) for each of {POINT_NAMES}; got {points.shape}.")
        points.flags.writeable = False
        object.__setattr__(self, "points", points)


class FaceDetector(Protocol):
    """Finds faces in one frame. Any object with these two members will do."""

    @property
    def name(self) -> str:
        """What distinguishes this detector and its settings from others: part of every store key."""

    def detect(self, frame: NDArray[np.uint8]) -> Sequence[Face]:
        """Return the faces in a frame: (H, W, 3) RGB or (H, W) grey, uint8."""


class MtcnnDetector:
    """MTCNN with the weights in this package: finds frontal and three-quarter faces, not full profiles.

    Args:
        min_face_share: side of the smallest face looked for, as a share of the frame's shorter side (at least 20
            pixels). In the databases the face is a third of the frame or more. A smaller share takes more time.
        thresholds: probability that a window must exceed to pass each of the three networks.
        device: where the networks run, in torch's words: `cpu`, `cuda`, ...

    Raises:
        SettingsError: if a share or a threshold is not between 0 and 1, or torch has no such device.
        InputError: if the weights are missing or damaged.

    Source:
        Zhang et al., IEEE Signal Processing Letters 23(10), 2016; thresholds of the `mtcnn` 1.0.0 package.
    """

    def __init__(
        self,
        *,
        min_face_share: float = 0.1,
        thresholds: tuple[float, float, float] = (0.6, 0.7, 0.8),
        device: str = "cpu",
    ) -> None:
        if not 0 < min_face_share <= 1:
            raise SettingsError(f"min_face_share: found {min_face_share:g}; expected a share, above 0 and at most 1.")
        if len(thresholds) != 3 or not all(0 <= threshold < 1 for threshold in thresholds):
            raise SettingsError(f"thresholds: found {thresholds}; expected three probabilities, from 0 to below 1.")
        self._min_face_share = min_face_share
        self._thresholds = thresholds
        self._networks, self._device = _on_device(read_mtcnn(), device)
        settings = "-".join(f"{value:g}" for value in (min_face_share, *thresholds))
        self.name = f"mtcnn-v{_VERSION}-{WEIGHTS_SHA256[:8]}-{settings}"

    def detect(self, frame: NDArray[np.uint8]) -> list[Face]:
        """Return the faces in a frame, the most certain first. The same frame gives the same faces.

        Args:
            frame: (H, W, 3) RGB or (H, W) grey, uint8.

        Raises:
            ShapeError: if the frame has another shape or type.
        """
        picture = self._picture(frame)
        with processor_threads(), torch.inference_mode():
            windows = self._refine(picture, self._propose(picture))
            return self._faces(picture, windows)

    def _picture(self, frame: NDArray[np.uint8]) -> Tensor:
        """Frame -> (1, 3, H, W), values as the networks know them."""
        if frame.ndim == 2:
            frame = np.stack([frame] * 3, axis=-1)
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or 0 in frame.shape:
            raise ShapeError(
                f"frame must be (H, W, 3) RGB or (H, W) grey, uint8; got {frame.shape} {frame.dtype}. "
                "Drop an alpha channel, and scale other values to 0..255."
            )
        pixels = torch.tensor(frame, device=self._device).permute(2, 0, 1)[None]
        return (pixels.float() - 127.5) / 128

    def _propose(self, picture: Tensor) -> NDArray[np.float64]:
        """Picture (1, 3, H, W) -> windows (N, 4) in its pixels that may hold a face."""
        height, width = picture.shape[2:]
        smallest = max(_SMALLEST_FACE_PX, self._min_face_share * min(height, width))
        boxes, scores = np.empty((0, 4)), np.empty(0)
        for h, w in pyramid_sizes(height, width, smallest):
            is_face, edges = self._networks.proposal(_resized(picture, h, w))
            rows, columns = torch.nonzero(is_face[0] > self._thresholds[0], as_tuple=True)
            corner = PROPOSAL_STRIDE_PX * torch.stack([columns, rows], dim=1).double().cpu().numpy()
            found = moved_edges(np.hstack([corner, corner + PROPOSAL_SIDE_PX]), _numpy(edges[0, :, rows, columns].T))
            certain = _numpy(is_face[0, rows, columns])
            kept = distinct(found, certain, _SAME_WINDOW)
            boxes = np.vstack([boxes, found[kept] * np.array([width / w, height / h] * 2)])
            scores = np.hstack([scores, certain[kept]])
        return boxes[distinct(boxes, scores, _SAME_FACE)]

    def _refine(self, picture: Tensor, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Windows (N, 4) -> those that pass the second network, corrected."""
        squares = square(boxes)
        is_face, edges = self._networks.refine(_cut(picture, squares, REFINE_SIDE_PX))
        passed = _numpy(is_face > self._thresholds[1]).astype(bool)
        boxes = moved_edges(squares, _numpy(edges))[passed]
        return boxes[distinct(boxes, _numpy(is_face)[passed], _SAME_FACE)]

    def _faces(self, picture: Tensor, boxes: NDArray[np.float64]) -> list[Face]:
        """Windows (N, 4) -> those that the third network considers faces, the most certain first."""
        squares = square(boxes)
        is_face, edges, _ = map(_numpy, self._networks.output(_cut(picture, squares, OUTPUT_SIDE_PX)))
        boxes = moved_edges(squares, edges)
        passed = np.flatnonzero(is_face > self._thresholds[2])
        # Where a face and a part of it are both found, their union is large, but the smaller box lies in the other.
        kept = passed[distinct(boxes[passed], is_face[passed], _SAME_FACE, of="smaller")]
        return [
            Face(
                box=tuple(boxes[i].tolist()),
                points=self._points(picture, square(boxes[i : i + 1])[0]),
                score=float(is_face[i]),
            )
            for i in kept
        ]

    def _points(self, picture: Tensor, window: NDArray[np.float64]) -> NDArray[np.float64]:
        """One square window (4,) -> five points (5, 2) in pixels of the picture."""
        side = window[2] - window[0]
        wider, moved = side * _LOOKS[:, :1], side * _LOOKS[:, 1:]
        windows = square(window + np.hstack([moved - wider / 2, moved + wider / 2]))
        cuts = _cut(picture, windows, OUTPUT_SIDE_PX)
        points, mirrored = (_numpy(self._networks.output(cut)[2]) for cut in (cuts, cuts.flip(-1)))
        mirrored = mirrored[:, _MIRRORED] * (-1, 1) + (1, 0)
        inside = (points + mirrored) / 2 * (windows[:, 2:] - windows[:, :2])[:, None]
        found: NDArray[np.float64] = (windows[:, None, :2] + inside).mean(axis=0) - 0.5  # from edge to middle of pixel
        return found


def largest_central_face(faces: Sequence[Face], frame_shape: Sequence[int]) -> Face | None:
    """Return the face that a recording is about, or None if there is no face.

    The rule: the largest area of the box times centrality, which is 1 in the middle of the frame and falls evenly to 0
    at its corners. Of two equal ones, the first is taken.

    Args:
        faces: as a detector gives them.
        frame_shape: the shape of the frame they were found in: (H, W) or (H, W, channels).

    Raises:
        ShapeError: if `frame_shape` is neither.
    """
    if len(frame_shape) not in (2, 3):
        raise ShapeError(f"frame_shape must be (H, W) or (H, W, channels); got {tuple(frame_shape)}.")
    height, width = frame_shape[:2]
    middle = np.array([width, height]) / 2

    def weight(face: Face) -> float:
        x0, y0, x1, y1 = face.box
        away = float(np.hypot(*(np.array([x0 + x1, y0 + y1]) / 2 - middle)) / np.hypot(*middle))
        return (x1 - x0) * (y1 - y0) * max(0.0, 1 - away)

    return max(faces, key=weight, default=None)


def pyramid_sizes(height: int, width: int, smallest_face_px: float) -> list[tuple[int, int]]:
    """Return the (height, width) of each picture of the pyramid, the largest first.

    In the first the smallest face fills one window; the last is the smallest that still holds a window.
    """
    scales = (PROPOSAL_SIDE_PX / smallest_face_px * _PYRAMID_STEP**level for level in count())
    sizes = ((round(height * scale), round(width * scale)) for scale in scales)
    return list(takewhile(lambda size: min(size) >= PROPOSAL_SIDE_PX, sizes))


def distinct(
    boxes: NDArray[np.float64], scores: NDArray[np.float64], overlap: float, *, of: str = "union"
) -> NDArray[np.intp]:
    """Return the indices of boxes that do not repeat a better one, the best first (non-maximum suppression).

    Args:
        boxes: (N, 4) as (x0, y0, x1, y1).
        scores: (N,); of two equal ones the first counts as better.
        overlap: two boxes are one face if they share more than this part of their area, 0..1.
        of: what that is a part of: the `union` of both, or the `smaller` one.
    """
    low, high = boxes[:, :2], boxes[:, 2:]
    areas = (high - low).clip(0).prod(axis=1)
    waiting = np.argsort(-scores, kind="stable")
    kept = []
    while waiting.size:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        shared = (np.minimum(high[best], high[waiting]) - np.maximum(low[best], low[waiting])).clip(0).prod(axis=1)
        both = areas[best] + areas[waiting] - shared
        whole = both if of == "union" else np.minimum(areas[best], areas[waiting])
        waiting = waiting[shared <= overlap * whole]
    return np.array(kept, dtype=np.intp)


def moved_edges(boxes: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return boxes (N, 4) with each edge moved by `edges` (N, 4), given in units of the box's width and height."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes + edges * np.hstack([sides, sides])


def square(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return squares (N, 4) of whole pixels around the same middles, as wide as each box's longer side."""
    sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True, initial=1).round()
    corners = ((boxes[:, :2] + boxes[:, 2:] - sides) / 2).round()
    return np.hstack([corners, corners + sides])


def _on_device(networks: Mtcnn, device: str) -> tuple[Mtcnn, torch.device]:
    try:
        return networks.to(device), torch.device(device)
    except (RuntimeError, AssertionError) as error:  # torch raises the one for an unknown word, the other without CUDA
        raise SettingsError(f"device: found {device}; expected cpu, or a device that this torch has.") from error


def _cut(picture: Tensor, squares: NDArray[np.float64], side_px: int) -> Tensor:
    """Squares (N, 4) -> (N, 3, side, side); what lies outside the picture is mid-grey."""
    height, width = picture.shape[2:]
    cuts = [picture.new_empty((0, 3, side_px, side_px))]
    for x0, y0, x1, y1 in squares.astype(int).tolist():
        cut = picture.new_zeros((1, 3, y1 - y0, x1 - x0))
        left, right = np.clip([x0, x1], 0, width).tolist()
        top, bottom = np.clip([y0, y1], 0, height).tolist()
        cut[..., top - y0 : bottom - y0, left - x0 : right - x0] = picture[..., top:bottom, left:right]
        cuts.append(_resized(cut, side_px, side_px))
    return torch.cat(cuts)


def _resized(picture: Tensor, height: int, width: int) -> Tensor:
    # Without the filter, a large face that is made small would keep single pixels and lose the rest.
    return interpolate(picture, size=(height, width), mode="bilinear", align_corners=False, antialias=True)


def _numpy(tensor: Tensor) -> NDArray[Any]:
    return tensor.double().cpu().numpy()
