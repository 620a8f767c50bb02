"""What an answer about a video depends on, besides the video and the weights."""

from dataclasses import asdict, dataclass, field, replace
from numbers import Real
from typing import Literal

from glfnet.errors import SettingsError
from glfnet.faces.tracking_settings import TrackingSettings
from glfnet.spotting.settings import SpottingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionSettings:
    """How a video is looked at, and when no answer is given. Raises `SettingsError` if a value does not fit.

    Attributes:
        faces: `largest` follows the largest central face only, `all` everybody.
        min_eye_distance_px: no class is named for a face whose eyes are nearer to each other: at 36 pixels a movement
            of two per cent of that distance, a clear micro-expression, is three quarters of a pixel.
        min_fps: below it the answer says that a movement of a fifth of a second is seen in too few frames.
        max_head_percent: no class is named for a movement during which the head as a whole moves farther than this, in
            per cent of the distance between the eyes.
        max_head_share: a face whose head moves fast in a larger share of its time gets a note.
        still_head_percent: where the head moves farther than this, its movement is taken out before flow is made.
            Below, flow stays as it is, like that of the still heads in laboratories, which the weights were trained on.
        min_movement_percent: given frames between which nothing moves more than this show no movement: the flow of a
            still face under a webcam's noise reaches half of it.
        tracking: how faces are followed.
        spotting: how movements are found.
    """

    faces: Literal["largest", "all"] = "largest"
    min_eye_distance_px: float = 36
    min_fps: float = 50
    max_head_percent: float = 30
    max_head_share: float = 0.25
    still_head_percent: float = 3
    min_movement_percent: float = 0.5
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    spotting: SpottingSettings = field(default_factory=SpottingSettings)

    def __post_init__(self) -> None:
        if self.faces not in ("largest", "all"):
            raise SettingsError(f"faces: found {self.faces!r}; expected largest or all.")
        for name in (
            "min_eye_distance_px",
            "min_fps",
            "max_head_percent",
            "max_head_share",
            "still_head_percent",
            "min_movement_percent",
        ):
            value = getattr(self, name)
            if not (isinstance(value, Real) and float(value) >= 0):
                raise SettingsError(f"{name}: found {value!r}; expected a number, 0 or more.")
        if self.tracking.crop_px != self.spotting.transform_crop_px:
            raise SettingsError(
                f"tracking.crop_px, spotting.transform_crop_px: found {self.tracking.crop_px} and "
                f"{self.spotting.transform_crop_px}; expected one size, that of the crop which transforms lead to."
            )

    def at(self, sensitivity: str) -> "PredictionSettings":
        """Return these settings with the floors of a position of the dial: `low`, `normal` or `high`.

        `normal` gives the same ones. `docs/spotting.md` says what each position finds and invents.

        Raises:
            SettingsError: if it is another word.
        """
        return replace(self, spotting=self.spotting.at(sensitivity))

    def sections(self) -> dict[str, dict[str, object]]:
        """Return every setting as section -> option -> value."""
        options = asdict(self)
        return {"tracking": options.pop("tracking"), "spotting": options.pop("spotting"), "prediction": options}
