"""Draw `docs/crops.jpg`: a made-up face as found in its frame, and the two canonical crops made from it.

    python scripts/draw_crops.py [--out docs/crops.jpg]

The face is a photograph in the public domain that matplotlib ships, varied by `glfnet.synthetic`.
"""

import argparse
import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from glfnet.faces.alignment import CROPS, CropSettings, canonical_transform, face_mask, warp
from glfnet.faces.detector import Face, MtcnnDetector, largest_central_face
from glfnet.faces.similarity import Points, inverse, moved_points
from glfnet.files import written_whole
from glfnet.synthetic.clip import render_clip

SEED, SUBJECT, CLIP, FRAME_PX = 0, 3, 2, 320
FOUND, LINE, OVAL, MAP = "#ffd400", "#00d5ff", "#ffffff", "#ff5a36"  # seen on light and on dark skin
JPEG_QUALITY = 88


def draw(frame: NDArray[np.uint8], face: Face) -> bytes:
    """Return the figure as a JPEG file: the frame at the left, then each crop at its own size."""
    crops = list(CROPS.values())
    figure, axes = plt.subplots(1, 1 + len(crops), figsize=(10.5, 3.9), layout="constrained", dpi=100)
    draw_frame(axes[0], frame, face, crops)
    for place, crop in zip(axes[1:], crops, strict=True):
        draw_crop(place, frame, face, crop)
    out = io.BytesIO()
    figure.savefig(out, format="jpeg", pil_kwargs={"quality": JPEG_QUALITY})
    plt.close(figure)
    return out.getvalue()


def draw_frame(axes: Axes, frame: NDArray[np.uint8], face: Face, crops: list[CropSettings]) -> None:
    """Draw the onset frame with the box and points that were found, and where each crop is cut from it."""
    show(axes, frame, "onset frame, face as found")
    x0, y0, x1, y1 = np.array(face.box) - 0.5  # boxes count from the frame's edge
    axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=FOUND, linewidth=1)
    for crop, style in zip(crops, ("-", "--"), strict=True):
        transform = canonical_transform(face.points, crop)
        back = inverse(transform)
        side = crop.size_px - 0.5
        corners = np.array([(-0.5, -0.5), (side, -0.5), (side, side), (-0.5, side), (-0.5, -0.5)])
        x, y = moved_points(corners, back).T
        axes.plot(x, y, style, color=OVAL, linewidth=1)
        axes.text(x[3] + 4, y[3] - 4, crop.name, color=OVAL, fontsize=8, va="bottom")
    mark(axes, face.points)


def draw_crop(axes: Axes, frame: NDArray[np.uint8], face: Face, crop: CropSettings) -> None:
    """Draw a crop with its points, the height at which all eyes lie, the ellipse of the face, and what maps show."""
    transform = canonical_transform(face.points, crop)
    title = f"crop “{crop.name}”; maps show {crop.map_width:.0%} of its columns"
    show(axes, warp(frame, transform, crop.size_px), title)
    axes.axhline(crop.eye_height * crop.size_px - 0.5, color=LINE, linewidth=1)
    for edge in (-1, 1):
        axes.axvline((1 + edge * crop.map_width) / 2 * crop.size_px - 0.5, color=MAP, linewidth=1.5)
    axes.contour(face_mask(crop).astype(float), levels=[0.5], colors=OVAL, linewidths=1.2, linestyles="--")
    mark(axes, moved_points(face.points, transform))


def show(axes: Axes, picture: NDArray[np.uint8], title: str) -> None:
    """Draw a picture without axes."""
    height, width = picture.shape[:2]
    axes.imshow(picture)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), xticks=[], yticks=[])
    axes.set_title(title, fontsize=10)


def mark(axes: Axes, points: Points) -> None:
    """Draw the five points."""
    axes.plot(*points.T, "o", color=FOUND, markeredgecolor="black", markersize=5)


def main() -> None:
    """Draw and write the picture."""
    parser = argparse.ArgumentParser(description="Draw the canonical crops of a made-up face.")
    parser.add_argument("--out", type=Path, default=Path("docs/crops.jpg"))
    out = parser.parse_args().out
    frames, truth = render_clip(SEED, SUBJECT, CLIP, size_px=FRAME_PX)
    onset = frames[truth.plan.onset_index]
    face = largest_central_face(MtcnnDetector().detect(onset), onset.shape)
    if face is None:
        raise RuntimeError("no face in the made-up frame.")
    with written_whole(out) as aside:
        aside.write(draw(onset, face))
    print(out)


if __name__ == "__main__":
    main()
