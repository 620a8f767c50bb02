"""The detector that is used if none is named. It is loaded only when it is asked for."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the detector imports torch, which takes seconds
    from glfnet.faces.detector import FaceDetector

DETECTOR_NAME = "mtcnn-v1-d7aa9069-0.1-0.6-0.7-0.8"
"""Name of the default detector, `detector.MtcnnDetector()`, known without loading it."""


@cache  # once a process
def default_detector() -> "FaceDetector":
    """Return the detector of the name `DETECTOR_NAME`.

    Raises:
        InputError: if its weights are missing or damaged.
    """
    from glfnet.faces.detector import MtcnnDetector

    return MtcnnDetector()
