"""The small pictures of a contact sheet: frames as the crop shows them, and flow maps."""

import base64
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from glfnet.databases.check.page import Thumbnail
from glfnet.databases.clip import Clip
from glfnet.errors import InputError, ShapeError
from glfnet.faces.alignment import canonical_transform, crop_settings, warp
from glfnet.flow.optical_flow import Flow
from glfnet.samples.store.how_made import HowMade
from glfnet.video.frames import find_frames

if TYPE_CHECKING:  # the detector imports torch, for which a sheet without faces must not wait
    from glfnet.faces.detector import FaceDetector

SIDE_PX = 92
_QUALITY = 45  # of WebP: about 1.5 kB a picture, so that 442 clips fit into 5 MB
_ARROW_EVERY = 4  # pixels of the map
# From light to dark blue: readable with any form of colour blindness, and in grey.
_SHADES = np.array([[242, 247, 251], [156, 201, 227], [0, 114, 178], [0, 57, 92]], dtype=np.float64)
_INK = (26, 29, 33)


def clip_pictures(how: HowMade, clip: Clip | None, flow: Flow, detector: "FaceDetector | None") -> Iterator[Thumbnail]:
    """Yield onset, apex and flow of a clip.

    Args:
        how: how its map was made.
        clip: where its frames are; None if no index names it.
        flow: (3, H, H) the map, in pixels of the crop.
        detector: finds the face, so that the crop is shown; None shows whole frames.
    """
    apex = "apex, estimated" if how.apex_rule else "apex"
    named = {f"onset {how.onset_frame}": how.onset_frame, f"{apex} {how.apex_frame}": how.apex_frame}
    try:
        if clip is None:
            raise InputError(file=how.sample_id, found="no index that names it", expected="one", remedy="")
        frames = dict(zip(named, _frames(how, clip, detector), strict=True))
        yield from (Thumbnail(caption=name, uri=data_uri(Image.fromarray(frame))) for name, frame in frames.items())
    except InputError as error:
        yield from (Thumbnail(caption=name, missing=error.found) for name in named)
    longest = float(np.hypot(flow[0], flow[1]).max())
    yield Thumbnail(caption=f"flow, up to {longest:.2f} pixels", uri=data_uri(flow_picture(flow)))


def flow_picture(flow: Flow) -> Image.Image:
    """Return a map as a picture: the darker, the farther the skin moves; strokes lead from a dot to where it goes.

    Args:
        flow: (3, H, H), channels u, v, strain. Each map is drawn on a scale of its own.
    """
    length = np.hypot(flow[0], flow[1])
    longest = float(length.max()) or 1.0
    place = length / longest * (len(_SHADES) - 1)
    shades = np.stack([np.interp(place, range(len(_SHADES)), channel) for channel in _SHADES.T], axis=-1)
    image = Image.fromarray(shades.astype(np.uint8)).resize((SIDE_PX, SIDE_PX), Image.Resampling.NEAREST)
    draw, scale = ImageDraw.Draw(image), SIDE_PX / flow.shape[1]
    stroke = _ARROW_EVERY * scale / longest
    for y in range(_ARROW_EVERY // 2, flow.shape[1], _ARROW_EVERY):
        for x in range(_ARROW_EVERY // 2, flow.shape[2], _ARROW_EVERY):
            ink = (255, 255, 255) if place[y, x] > 1.7 else _INK
            start = ((x + 0.5) * scale, (y + 0.5) * scale)
            end = (start[0] + stroke * float(flow[0, y, x]), start[1] + stroke * float(flow[1, y, x]))
            draw.line([start, end], fill=ink, width=1)
            draw.rectangle([start[0] - 1, start[1] - 1, start[0], start[1]], fill=ink)
    return image


def data_uri(image: Image.Image) -> str:
    """Return a picture as a data URI, a small WebP."""
    content = io.BytesIO()
    image.save(content, "WEBP", quality=_QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(content.getvalue()).decode("ascii")


def _frames(how: HowMade, clip: Clip, detector: "FaceDetector | None") -> list[NDArray[np.uint8]]:
    numbers = (how.onset_frame, how.apex_frame if how.apex_frame is not None else how.onset_frame)
    found = dict(zip(sorted(set(numbers)), find_frames(clip.frames, numbers).read(), strict=True))
    onset, apex = (found[number] for number in numbers)
    if detector is None:
        return [_whole(onset), _whole(apex)]
    from glfnet.faces.detector import largest_central_face

    face = largest_central_face(detector.detect(onset), onset.shape)
    try:
        transform = None if face is None else canonical_transform(face.points, crop_settings(how.crop, SIDE_PX))
    except ShapeError:
        transform = None
    if transform is None:
        raise InputError(file=clip.frames, found="no face today", expected="one", remedy="")
    return [warp(frame, transform, SIDE_PX) for frame in (onset, apex)]


def _whole(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image = Image.fromarray(frame)
    image.thumbnail((SIDE_PX, SIDE_PX))
    return np.asarray(image, dtype=np.uint8)
