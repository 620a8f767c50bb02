import dataclasses
from typing import Any

import pytest
from pydantic import ValidationError

from glfnet.config import Settings
from glfnet.flow.settings import FlowSettings
from glfnet.recognition.card import Card, Estimate, Features

FEATURES = Features(**dataclasses.asdict(FlowSettings()), normalisation="min_max")
CARD = Card(name="tiny", classes=("negative", "positive"), features=FEATURES, settings=Settings())


def test_a_card_survives_json() -> None:
    assert Card.model_validate_json(CARD.model_dump_json()) == CARD


def test_every_flow_setting_is_on_the_card() -> None:
    assert {*Features.model_fields} == {*FlowSettings.__dataclass_fields__, "normalisation"}


def test_the_features_give_the_flow_settings_back() -> None:
    other = FlowSettings(crop="tight", crop_px=112, method="dis", size_px=14, rigid_correction=True)
    assert Features(**dataclasses.asdict(other), normalisation="physical").flow == other


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"crop": "round"}, "crop 'round': no such crop; known are wide, tight"),
        ({"method": "guess"}, "flow method 'guess': no such method"),
        ({"normalisation": "z"}, "normalisation 'z': known are min_max, physical, pixels"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
    ],
)
def test_features_that_this_version_does_not_know_are_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        Features(**FEATURES.model_dump() | changes)


def test_an_estimate_reads_as_a_number_with_its_interval() -> None:
    assert str(Estimate(value=0.07124, low=0.05, high=0.12)) == "0.071 (95 % interval 0.050 to 0.120)"
