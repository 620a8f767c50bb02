"""A sound database of tiny frames for the tests of `glfnet check`, and ways to damage it."""

from pathlib import Path

import numpy as np
from PIL import Image

from glfnet.databases.clip import Clip
from glfnet.samples.subjects import SubjectId

ONSET, APEX, OFFSET, FPS = 11, 16, 22, 200.0
SIZE_PX = (40, 32)


def make_picture(path: Path, *, seed: int, size_px: tuple[int, int] = SIZE_PX) -> None:
    """Write a picture of noise; equal seeds give equal files."""
    width, height = size_px
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def sound_clips(root: Path, count: int = 16, *, database: str = "made_up") -> list[Clip]:
    """Make clips `c0`, `c1`, ... with their frames, two of each subject, that nothing is wrong with."""
    emotions = ("negative", "positive", "surprise", "others")
    clips = []
    for place in range(count):
        folder = root / f"s{place // 2}" / f"c{place}"
        for number in range(ONSET, OFFSET + 1):
            suffix = (".jpg", ".png", ".bmp")[place % 3]
            make_picture(folder / f"img{number}{suffix}", seed=1000 * place + number)
        clips.append(
            Clip(
                subject=SubjectId(database, f"s{place // 2}"),
                clip=f"c{place}",
                emotion=emotions[place % len(emotions)],
                frames=folder,
                onset_frame=ONSET,
                apex_frame=APEX,
                offset_frame=OFFSET,
                fps=FPS,
                row=place + 2,
            )
        )
    return clips


def frame(clip: Clip, number: int) -> Path:
    """Return the file of a frame."""
    (found,) = clip.frames.glob(f"img{number}.*")
    return found
