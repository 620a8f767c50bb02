"""What light, lamps, sensor and transmission do to the frames of a made-up long video; see `difficulties`."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from glfnet.synthetic.difficulties import Difficulties

_LIGHT_HZ = 0.15
_FLICKER_HZ = 9.3  # what is left of 100 Hz in many a rolling shutter


def rough_frames(
    frames: Iterable[NDArray[np.uint8]], difficulties: Difficulties, *, seed: int, number: int, fps: float
) -> Iterator[NDArray[np.uint8]]:
    """Yield as many frames, (H, W, 3) uint8 RGB, with the switches `light`, `flicker`, `noise` and `repeated`.

    Args:
        frames: of one video.
        difficulties: switches with their numbers; others change nothing here.
        seed: of the set of videos: the same numbers give the same pixels.
        number: of the video.
        fps: frames per second.
    """
    rng = np.random.default_rng([seed, number + 1, 0, 5])
    light, flicker, noise, repeated = (difficulties.get(name, 0) for name in ("light", "flicker", "noise", "repeated"))
    before: NDArray[np.uint8] | None = None
    for index, frame in enumerate(frames):
        lost = repeated > 0 and rng.random() < repeated
        if lost and before is not None:
            yield before
            continue
        if light or flicker or noise:
            time_s = index / fps
            across = np.linspace(-1, 1, frame.shape[1], dtype=np.float32)[:, None]
            gain = 1 + light * across * np.float32(np.sin(2 * np.pi * _LIGHT_HZ * time_s))
            gain = gain * np.float32(1 + flicker * np.sin(2 * np.pi * _FLICKER_HZ * time_s))
            picture = frame * gain
            if noise:
                picture += np.float32(noise) * rng.standard_normal(frame.shape, dtype=np.float32)
            frame = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
        before = frame
        yield frame
