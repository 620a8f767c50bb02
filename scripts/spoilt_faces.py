"""Frames whose faces are known, and the same frames turned, dark, small and noisy, for `compare_detectors.py`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.faces.default_detector import default_detector
from glfnet.faces.detector import Face
from glfnet.video.pictures import read_picture
from glfnet.video.stream import open_video

Picture = NDArray[np.uint8]

SIDE_PX = 360  # frames are shrunk to this shorter side first
ALL_FACES = ("single_face.jpg", "multi_face.jpg", "single_face.mp4", "WolfgangLanger_Pexels.mp4")
NO_FACES = "no_face.mp4"
TURNS, DARKER, EYES_PX, NOISE = (15, 30, 45, 60, 75, 90), (0.4, 0.15, 0.05), (30, 20, 12, 8), (15, 30, 60)
SENSOR_NOISE = 2.0  # grey values, added to what is made dark: darkness without noise is only another scale


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A frame with the faces that are in it.

    Attributes:
        picture: (H, W, 3) RGB.
        faces: (N, 3): middle (x, y) and side of each face, pixels.
        points: (N, 5, 2), of each face.
        eyes_px: the smallest distance between the eyes of a face.
    """

    picture: Picture
    faces: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    points: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 5, 2)))
    eyes_px: float = 0.0


def scenes(media: Path, frames: int) -> list[Scene]:
    """Return frames of the media with the faces that MTCNN sees in them as they are."""
    found = []
    for name in ALL_FACES:
        for picture in pictures(media / name, frames):
            faces = default_detector().detect(picture)
            eyes = [float(np.hypot(*(face.points[1] - face.points[0]))) for face in faces]
            if faces:
                places, points = np.array([place(face) for face in faces]), np.array([face.points for face in faces])
                found.append(Scene(picture, places, points, min(eyes)))
    return found


def pictures(file: Path, frames: int) -> list[Picture]:
    """Return a photograph, or frames of a video in equal distances, shrunk; none if there is no such file."""
    if not file.exists():
        return []
    if file.suffix == ".jpg":
        return [shrunk(read_picture(file), SIDE_PX)]
    with open_video(str(file)) as video:
        every = [shrunk(frame.image, SIDE_PX) for frame in video]
    return [every[round(place)] for place in np.linspace(0, len(every) - 1, frames)]


def conditions() -> Iterator[tuple[str, Callable[[Scene], Scene]]]:
    """Yield each way of spoiling a frame."""
    yield "as it is", lambda scene: scene
    for degrees in TURNS:
        yield f"turned by {degrees}°", lambda scene, degrees=degrees: turned(scene, degrees)  # type: ignore[misc]
    for share in DARKER:
        yield f"{100 * share:.0f} % of the light", lambda scene, share=share: noisy(darker(scene, share), SENSOR_NOISE)  # type: ignore[misc]
    for eyes_px in EYES_PX:
        yield f"{eyes_px} px between the eyes", lambda scene, eyes_px=eyes_px: smaller(scene, eyes_px)  # type: ignore[misc]
    for deviation in NOISE:
        yield f"noise of {deviation} grey values", lambda scene, d=deviation: noisy(scene, d)  # type: ignore[misc]


def turned(scene: Scene, degrees: float) -> Scene:
    """Return a scene turned about its middle, in a frame that holds all of it."""
    height, width = scene.picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    side = round(np.hypot(height, width))
    matrix[:, 2] += (side / 2 - width / 2, side / 2 - height / 2)
    picture = cv2.warpAffine(scene.picture, matrix, (side, side), flags=cv2.INTER_LINEAR)
    middles = scene.faces[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    faces, points = np.column_stack([middles, scene.faces[:, 2]]), scene.points @ matrix[:, :2].T + matrix[:, 2]
    return Scene(np.asarray(picture, dtype=np.uint8), faces, points, scene.eyes_px)


def darker(scene: Scene, share: float) -> Scene:
    """Return a scene with a share of its light."""
    return replace(scene, picture=(scene.picture * share).astype(np.uint8))


def smaller(scene: Scene, eyes_px: float) -> Scene:
    """Return a scene shrunk until its smallest face has so many pixels between the eyes."""
    share = min(1.0, eyes_px / scene.eyes_px)
    height, width = (round(side * share) for side in scene.picture.shape[:2])
    picture = cv2.resize(scene.picture, (width, height), interpolation=cv2.INTER_AREA)
    return Scene(np.asarray(picture, dtype=np.uint8), scene.faces * share, scene.points * share, scene.eyes_px * share)


def noisy(scene: Scene, deviation: float) -> Scene:
    """Return a scene with normal noise, the same each time."""
    noise = np.random.default_rng(0).normal(0, deviation, scene.picture.shape)
    return replace(scene, picture=(scene.picture + noise).clip(0, 255).astype(np.uint8))


def place(face: Face) -> tuple[float, float, float]:
    """Return the middle (x, y) and the side of a face."""
    x0, y0, x1, y1 = face.box
    return (x0 + x1) / 2, (y0 + y1) / 2, float(np.sqrt(max(x1 - x0, 0) * max(y1 - y0, 0)))


def shrunk(picture: Picture, side_px: int) -> Picture:
    """Return a picture whose shorter side is not longer than this."""
    share = min(1.0, side_px / min(picture.shape[:2]))
    height, width = (round(side * share) for side in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def show(folder: Path, seen: Sequence[Scene]) -> None:
    """Write the frames with the places of the faces."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, scene in enumerate(seen):
        picture = cv2.cvtColor(scene.picture, cv2.COLOR_RGB2BGR)
        for x, y, side in scene.faces:
            cv2.circle(picture, (round(x), round(y)), round(side / 2), (0, 255, 255), 2)
        cv2.imwrite(str(folder / f"{number:02d}.png"), picture)
