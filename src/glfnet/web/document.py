"""A result as the page reads it: `result.json` of an answer folder, with what is drawn beside it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glfnet.facs.atlas import ACTION_UNITS
from glfnet.labels import GIVEN, MICRO
from glfnet.recognition.answer.document import result_document
from glfnet.recognition.answer.page import OTHER_KINDS, verdict
from glfnet.recognition.result import Result
from glfnet.spotting.curve import Curve

_POINTS = 2000  # of a curve


def page_document(result: Result, version: str, name: str, times_s: NDArray[np.float64]) -> dict[str, Any]:
    """Return what the page shows of a video: plain values, no path.

    Args:
        result: the answer.
        version: of glfnet.
        name: what the user calls the video.
        times_s: (T,) time of each frame.
    """
    document = result_document(result, version)
    found = [*document.pop("micro_expressions"), *document.pop("other_movements")]
    found.sort(key=lambda interval: (interval["onset_index"], interval["face"]))
    document["recording"]["source"] = name
    document["verdict"] = verdict(result)
    document["intervals"] = found
    document["kinds"] = {MICRO: "micro-expression", GIVEN: "marked by you", **OTHER_KINDS}
    document["units"] = {str(number): unit.seen for number, unit in sorted(ACTION_UNITS.items())}
    document["times_s"] = np.round(times_s, 4).tolist()
    document["curves"] = [_curve(curve) for curve in result.curves]
    return document


def _curve(curve: Curve) -> dict[str, Any]:
    """Return a curve with no more points than a screen has columns; of each stretch the highest stays."""
    length = len(curve.index)
    starts = np.arange(0, length, max(1, -(-length // _POINTS)))
    drawn = {"strongest": curve.movement_percent, **curve.regions_percent}
    return {
        "face": curve.face,
        "index": curve.index[starts].tolist(),
        "percent": {
            name: np.round(np.maximum.reduceat(values, starts), 2).tolist() if length else []
            for name, values in drawn.items()
        },
    }
