"""Every setting has a source, and a page of settings cannot change."""

import re
from collections.abc import Callable
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from glfnet.config.models import GLFNetSettings, ModelSettings, STSTNetSettings
from glfnet.config.section import Section
from glfnet.config.settings import InputSettings, Settings
from glfnet.errors import SettingsError
from glfnet.settings_page import identifying_settings, option_sources, read_settings

ALL_SECTIONS: list[type[Section]] = [
    *(type(getattr(Settings(), name)) for name in Settings.model_fields if name != "model"),
    *get_args(get_args(ModelSettings)[0]),
]


@pytest.mark.parametrize("section", ALL_SECTIONS)
def test_every_option_says_where_it_comes_from_and_what_it_does(section: type[Section]) -> None:
    for name, field in section.model_fields.items():
        if name == "kind":
            continue
        assert isinstance(field.json_schema_extra, dict), f"{section.__name__}.{name}"
        assert re.fullmatch(r"paper|ours|ancestor: \S.*", str(field.json_schema_extra["source"])), name
        assert field.description


def test_the_printed_sources_are_those_of_every_option_with_its_value() -> None:
    page = Settings(model=STSTNetSettings(dropout=0.125))
    rows = {(section, name): (value, source, about) for section, name, value, source, about in option_sources(page)}
    options = {(s, o) for s, section in page for o in type(section).model_fields if o != "kind"}
    assert set(rows) == options
    assert rows["model", "dropout"][0] == 0.125
    assert all(source and about for _, source, about in rows.values())
    assert list(dict.fromkeys(section for section, _ in rows)) == list(Settings.model_fields)


@pytest.mark.parametrize("how", ["physical", "pixels"])
def test_a_normalisation_that_keeps_strength_is_not_scaled_map_by_map(how: str) -> None:
    page = read_settings("glfnet", [f"input.normalisation={how}"])
    assert (page.input.normalisation, page.input.scale, page.input.centre) == (how, "none", True)
    assert read_settings("glfnet", [f"input.normalisation={how}", "input.scale=none"]) == page
    assert Settings.model_validate(page.model_dump(mode="json")) == page
    with pytest.raises(SettingsError) as caught:
        read_settings("glfnet", [f"input.normalisation={how}", "input.scale=deviation"])
    assert str(caught.value) == (
        f"glfnet: input: normalisation {how} keeps how strong a movement was, and scale deviation takes it out again; "
        "leave scale out, or set input.scale=none or input.normalisation=min_max"
    )


def test_maps_are_min_max_scaled_and_then_by_deviation_unless_told_otherwise() -> None:
    for page in (read_settings("glfnet"), read_settings("glfnet", ["input.normalisation=min_max"])):
        assert (page.input.normalisation, page.input.scale) == ("min_max", "deviation")
    with pytest.raises(SettingsError, match=r"^glfnet: input\.normalisation: .*; did you mean physical\?$"):
        read_settings("glfnet", ["input.normalisation=phsyical", "input.scale=deviation"])


def test_an_option_that_came_later_tells_runs_apart_only_if_it_is_not_at_its_default() -> None:
    page = read_settings("glfnet")
    whole = page.model_dump(mode="json")
    later = (("input", "normalisation", "min_max"), ("protocol", "task", "classes"), ("protocol", "units", []))
    later += (("input", "size", 0), ("model", "linear_path", False), ("loss", "units", 0.0))
    later += (("training", "watch_epochs", True),)
    for section, name, default in (*later, ("loss", "smoothing", 0.0), ("loss", "logit_adjustment", 0.0)):
        assert whole[section].pop(name) == default
    assert whole.pop("pretraining")["fields"] == 0, "a section that came later is left out as a whole"
    assert identifying_settings(page) == whole
    assert identifying_settings(read_settings("glfnet", ["pretraining.fields=9"]))["pretraining"] == {"fields": 9}
    other = identifying_settings(read_settings("glfnet", ["input.normalisation=physical", "loss.units=1"]))
    assert (other["input"]["normalisation"], other["loss"]["units"]) == ("physical", 1.0)
    assert "task" not in other["protocol"]


@pytest.mark.parametrize("section", ALL_SECTIONS)
def test_settings_are_frozen_and_closed(section: type[Section]) -> None:
    settings = section()
    for name in section.model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(settings, name, None)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        section.model_validate({"no_such_option": 1})


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: GLFNetSettings(width=-3), "GLFNetSettings: width: Input should be greater than or equal to 1, got -3"),
        (
            lambda: GLFNetSettings(**{"widht": 3, "fusion": "conct"}),
            "GLFNetSettings: fusion: Input should be 'aff', 'se', 'sum' or 'concat', got \"conct\"; did you mean "
            "concat?; unknown setting widht; did you mean width?",
        ),
        (
            lambda: Settings(**{"training": {"epochs": 0}, "model": {"kind": "glfnet", "widht": 3}}),
            "Settings: unknown setting model.widht; did you mean width?; "
            "training.epochs: Input should be greater than or equal to 1, got 0",
        ),
        (lambda: Settings(**{"model": {"width": 3}}), "Settings: model.kind: nothing there, expected a value"),
        (
            lambda: InputSettings(normalisation="pixels", scale="deviation"),
            "InputSettings: normalisation pixels keeps how strong a movement was, and scale deviation takes it out "
            "again; leave scale out, or set input.scale=none or input.normalisation=min_max",
        ),
    ],
)
def test_settings_made_in_python_are_refused_in_the_words_of_a_page(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        make()
    assert str(caught.value) == sentence


def test_the_page_itself_is_frozen_too() -> None:
    page: Any = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        page.input = InputSettings()
