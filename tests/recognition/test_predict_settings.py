"""Settings of a prediction that do not fit are refused."""

import pytest

from glfnet.errors import SettingsError
from glfnet.faces.tracking_settings import TrackingSettings
from glfnet.recognition.settings import PredictionSettings


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"faces": "both"}, "faces: found 'both'; expected largest or all."),
        ({"min_fps": -1.0}, "min_fps: found -1.0; expected a number, 0 or more."),
        ({"max_head_percent": float("nan")}, "max_head_percent: found nan; expected a number, 0 or more."),
        (
            {"tracking": TrackingSettings(crop_px=112)},
            "tracking.crop_px, spotting.transform_crop_px: found 112 and 224; expected one size",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence.replace(".", r"\.")):
        PredictionSettings(**changes)  # type: ignore[arg-type]
