"""An interval looked at more closely, in the process of its job: why it got its answer, and its movement magnified."""

import base64
import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import glfnet
from glfnet.errors import SettingsError
from glfnet.explanation.words import NO_FEELING, inside_captions
from glfnet.flow.magnified import magnified
from glfnet.flow.optical_flow import optical_flow
from glfnet.recognition.answer.explanation import explanation_document, explanation_files
from glfnet.recognition.explain import explain_result, weights_of
from glfnet.recognition.predict import predict
from glfnet.web.limits import Task
from glfnet.web.preview import read_frames

_WIDEST_PX, _QUALITY = 1800, 88
_FLOW = "dis"  # quick; nothing is inferred from it


def explained(task: Task, on_frame: Callable[[int, int | None], None]) -> dict[str, Any]:
    """Return why what moves between two frames gets its class.

    Returns:
        `movement`, as in `explanation.json` without its maps; `captions`; `picture`, a JPEG in base64; `about`. Without
        a face on the onset frame, `notes` alone.
    """
    result = predict(task.video, onset=task.onset, apex=task.apex, weights=task.weights, on_frame=on_frame)
    weights = weights_of(result, task.weights)
    found = explain_result(result, weights)
    if not found:
        return {"movement": None, "notes": [note.sentence for note in result.notes]}
    movement = explanation_document(result, found, glfnet.__version__)["movements"][0]
    movement.pop("maps")
    files = explanation_files(result, found, weights.card.features.canonical_crop, glfnet.__version__)
    drawn = next(content for name, content in files if name.endswith(".png"))
    why = found[0].why
    return {
        "movement": movement,
        "captions": [] if why.inside is None else list(inside_captions(why.inside, why.answer).values()),
        "picture": base64.b64encode(_jpeg(Image.open(io.BytesIO(drawn)).convert("RGB"))).decode(),
        "about": NO_FEELING,
    }


def magnified_apex(task: Task) -> dict[str, Any]:
    """Return `picture`, a JPEG in base64: the onset frame as if all had moved `factor` times as far as at the apex."""
    assert task.onset is not None
    assert task.apex is not None
    onset, apex = (_picture(task, index) for index in (task.onset, task.apex))
    flow = optical_flow(_grey(onset), _grey(apex), _FLOW)
    return {"picture": base64.b64encode(_jpeg(Image.fromarray(magnified(onset, flow, task.factor)))).decode()}


def _picture(task: Task, index: int) -> NDArray[np.uint8]:
    content = read_frames(task.folder, index, 1)
    if not content:
        raise SettingsError(f"{task.name}: found no frame {index}; expected one that the video has.")
    (length,) = struct.unpack_from("<I", content)
    return np.asarray(Image.open(io.BytesIO(content[4 : 4 + length])).convert("RGB"), dtype=np.uint8)


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(picture).convert("L"), dtype=np.uint8)


def _jpeg(picture: Image.Image) -> bytes:
    picture.thumbnail((_WIDEST_PX, _WIDEST_PX))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
