"""The face that an explanation is drawn on: a picture of it, or the outline of the atlas; in eye distances."""

import re
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings
from glfnet.facs.outline import FACE
from glfnet.report.figures import GRID, INK

_CODES = {"M": Path.MOVETO, "L": Path.LINETO, "C": Path.CURVE4, "Q": Path.CURVE3}
_EDGE = 0.06  # of the view beyond the map, in eye distances


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """What lies below the drawings.

    Attributes:
        crop: where the face lies.
        picture: (H, H) uint8, the aligned face; None draws an outline.
    """

    crop: CropSettings
    picture: NDArray[np.uint8] | None = None

    @property
    def map_extent(self) -> tuple[float, float, float, float]:
        """Left, right, lower and upper edge of the flow map, in eye distances from the point between the eyes."""
        half, high = 0.5 * self.crop.map_width / self.crop.eye_distance, 1 / self.crop.eye_distance
        return -half, half, (1 - self.crop.eye_height) * high, -self.crop.eye_height * high

    @property
    def picture_extent(self) -> tuple[float, float, float, float]:
        """The same of the whole crop."""
        half = 0.5 / self.crop.eye_distance
        return -half, half, *self.map_extent[2:]


def outline_path() -> Path:
    """Return the outline of the atlas as a path to draw."""
    points: list[tuple[float, float]] = []
    codes: list[int] = []
    for command, numbers in re.findall(r"([MLCQZ])([^MLCQZ]*)", FACE):
        values = [float(number) for number in numbers.split()]
        pairs = list(zip(values[::2], values[1::2], strict=True)) or [points[-1]]
        points += pairs
        codes += [int(_CODES.get(command, Path.CLOSEPOLY))] * len(pairs)
    return Path(points, codes)


def draw_face(axes: Axes, face: Face, title: str, *, outlined: bool = False) -> None:
    """Draw a face and a title; the view is that of the flow map.

    Args:
        axes: an empty panel.
        face: what to draw.
        title: above it.
        outlined: draw the outline even where there is a picture.
    """
    left, right, lower, upper = face.map_extent
    if face.picture is None or outlined:
        axes.add_patch(
            PathPatch(outline_path(), fill=False, edgecolor=INK if outlined else GRID, linewidth=1.0, zorder=3)
        )
    else:
        axes.imshow(face.picture, cmap="gray", vmin=0, vmax=255, extent=face.picture_extent, interpolation="bilinear")
    axes.patch.set_visible(False)  # the ground is that of the page
    axes.set_xlim(left - _EDGE, right + _EDGE)
    axes.set_ylim(lower + _EDGE, upper - _EDGE)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(title, fontsize=11, color=INK)
