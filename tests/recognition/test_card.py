import json
from typing import Any

import pytest
from pydantic import ValidationError

from glfnet.config.settings import Settings
from glfnet.flow.settings import FlowSettings
from glfnet.recognition.card import Card, Estimate, Features, UnitCard
from glfnet.recognition.weights import WEIGHTS

FEATURES = Features(**FlowSettings().as_kept(), normalisation="min_max")
CARD = Card(name="tiny", classes=("negative", "positive"), features=FEATURES, settings=Settings())


def test_a_card_survives_json() -> None:
    assert Card.model_validate_json(CARD.model_dump_json()) == CARD


@pytest.mark.parametrize("kind", [Card, UnitCard])
def test_no_field_of_a_card_is_left_out_of_its_file(kind: type[Card] | type[UnitCard]) -> None:
    card = kind.model_construct(features=FEATURES, settings=Settings())
    card = card.model_copy(update={name: None for name in kind.model_fields if not hasattr(card, name)})
    assert {*card.document()} == {*kind.model_fields}


@pytest.mark.parametrize(
    ("stem", "kind"),
    [("glfnet", Card), ("glfnet-free", Card), ("glfnet-units", UnitCard), ("glfnet-free-units", UnitCard)],
)
def test_a_card_that_is_written_again_has_the_same_bytes(stem: str, kind: type[Card] | type[UnitCard]) -> None:
    text = WEIGHTS.with_name(f"{stem}.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert list(kind.model_validate(found).document()) == list(found)
    again = {**kind.model_validate(found).document(), "settings": found["settings"]}  # of which later ones have more
    assert json.dumps(again, indent=1, ensure_ascii=False) + "\n" == text


def test_every_flow_setting_that_a_store_always_names_is_on_the_card() -> None:
    assert {*Features.model_fields} == {*FlowSettings().as_kept(), "normalisation"}


def test_maps_that_no_video_is_asked_for_make_no_card() -> None:
    for later in ({"scaling": "stretched"}, {"apex": "middle"}, {"average_apexes": True}):
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            Features(**FlowSettings(**later).as_kept(), normalisation="min_max")


def test_the_features_give_the_flow_settings_back() -> None:
    other = FlowSettings(crop="tight", crop_px=112, method="dis", size_px=14, rigid_correction=True)
    assert Features(**other.as_kept(), normalisation="physical").flow == other


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
