from pathlib import Path

import pytest

from glfnet.errors import SettingsError
from glfnet.flow.renditions import RENDITIONS, rendition
from glfnet.flow.settings import FlowSettings

PAGE = Path(__file__).parents[2] / "docs" / "renditions.md"


def test_htnet_passes_on_the_pictures_of_ststnet() -> None:
    assert rendition("htnet") == rendition("STSTNet") != rendition("causalnet")


def test_an_unknown_rendition_is_refused_with_a_near_miss() -> None:
    with pytest.raises(SettingsError) as caught:
        rendition("stsnet")
    assert str(caught.value) == (
        "rendition 'stsnet': no such rendition; known are ststnet, htnet, causalnet. Did you mean ststnet?"
    )


@pytest.mark.parametrize("name", RENDITIONS)
def test_the_page_states_each_setting_that_differs_from_the_default(name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    default = FlowSettings().as_kept()
    for setting, value in rendition(name).as_kept().items():
        if value != default.get(setting):
            assert f"`{setting}={value}`" in page


def test_settings_of_before_are_kept_as_they_were() -> None:
    names = ["crop", "crop_px", "method", "size_px", "rigid_correction"]
    assert list(FlowSettings().as_kept()) == names
    assert list(FlowSettings(apex="middle").as_kept()) == [*names, "apex"]
