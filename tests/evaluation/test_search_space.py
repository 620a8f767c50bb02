"""What a sweep may try: values or a range, each checked before any trial."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.evaluation.tuning.search_space import Choices, Range, all_values, present_values, read_space
from glfnet.settings_page import changed_settings, option_sources, read_settings

PAGE = read_settings("glfnet")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("model.width=16,32,64", (16, 32, 64)),
        ("model.fusion=aff, sum", ("aff", "sum")),
        ('model.fusion="aff","sum"', ("aff", "sum")),
        ("augmentation.flip=0,0.5", (0.0, 0.5)),
        ("model.stem_relu=true,false", (True, False)),
        ("model.grid=[2,2],[3,3]", ([2, 2], [3, 3])),
        ("model.kind=glfnet,ststnet", ("glfnet", "ststnet")),
    ],
)
def test_values_with_commas_between_them_are_choices(text: str, values: tuple[object, ...]) -> None:
    assert read_space([text], PAGE) == (Choices(name=text.partition("=")[0], values=values),)


@pytest.mark.parametrize(
    ("text", "low", "high", "log", "whole"),
    [
        ("training.learning_rate=1e-4..1e-2:log", 1e-4, 1e-2, True, False),
        ("training.weight_decay=0..1", 0, 1, False, False),
        ("model.width = 8 .. 64 : log", 8, 64, True, True),
        ("training.weight_decay=.5..+2.", 0.5, 2, False, False),
    ],
)
def test_two_ends_are_a_range_of_numbers(text: str, low: float, high: float, log: bool, whole: bool) -> None:
    (found,) = read_space([text], PAGE)
    assert found == Range(name=text.split("=")[0].strip(), low=low, high=high, log=log, whole=whole)
    assert found.size == (high - low + 1 if whole else math.inf)


FORMS = "two values or more (model.width=16,32), or a range (training.learning_rate=1e-4..1e-2:log)"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("model.width", "'model.width': expected section.option=value, such as model.fusion=concat."),
        ("model.width=", f"model.width=: found no value; expected {FORMS}. What is not to be tried belongs in the "
         "recipe."),
        (
            "model.width=16",
            f"model.width=16: found one value; expected {FORMS}. What is not to be tried belongs in the recipe.",
        ),
        ("model.widht=16,32", "model.widht=16: unknown setting model.widht; did you mean width?"),
        ("model.width=16,0", "model.width=0: model.width: Input should be greater than or equal to 1, got 0"),
        ("model.width=16,32,16", "model.width=16,32,16: found 16 2 times; expected each value once."),
        (
            "training.learning_rate=1e-2..1e-4:log",
            "training.learning_rate=1e-2..1e-4:log: found 1e-2 before 1e-4; expected the smaller one first.",
        ),
        (
            "training.weight_decay=0..1:log",
            "training.weight_decay=0..1:log: found 0 on a logarithmic scale; expected numbers above 0, or no :log.",
        ),
        (
            "training.learning_rate=1e-4..1e-2:lg",
            "training.learning_rate=1e-4..1e-2:lg: found '1e-4..1e-2:lg'; expected LOW..HIGH or LOW..HIGH:log, such as "
            "1e-4..1e-2:log.",
        ),
        (
            "model.width=16..",
            "model.width=16..: found '16..'; expected LOW..HIGH or LOW..HIGH:log, such as 1e-4..1e-2:log.",
        ),
        ("model.stem_size=3..7", "model.stem_size=3..7: found a range; expected values with commas between them: "
         "this is no number."),
        ("training.learning_rate=-1..1", "training.learning_rate=-1: training.learning_rate: Input should be greater "
         "than 0, got -1"),
        (
            "protocol.folds=3,5",
            "protocol.folds=3,5: runs on other samples, folds or classes cannot be compared with each other. Give "
            "protocol.folds to all of them, as a setting of the recipe, or change another option.",
        ),
        (
            "input.normalisation=min_max,physical",
            "input.normalisation=min_max,physical: the maps are read once, on one scale. Give input.normalisation to "
            "all of them, as a setting of the recipe, or change another option.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_tried_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_space([text], PAGE)
    assert str(caught.value) == sentence


def test_a_width_of_half_a_channel_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"^model\.width=16\.5: model\.width: Input should be a valid integer"):
        read_space(["model.width=16.5..64"], PAGE)


def test_an_option_is_named_once_and_at_least_one_is() -> None:
    with pytest.raises(SettingsError) as twice:
        read_space(["model.width=16,32", "model.width=8..64"], PAGE)
    assert str(twice.value) == "model.width: found 2 times; expected once, with all its values."
    with pytest.raises(SettingsError) as none:
        read_space([], PAGE)
    assert str(none.value) == f"found no setting to try; expected one or more, each with {FORMS}."


def test_all_combinations_of_a_small_space_are_listed() -> None:
    space = read_space(["model.width=1..3", "model.fusion=aff,sum"], PAGE)
    found = list(all_values(space))
    assert found[:2] == [{"model.width": 1, "model.fusion": "aff"}, {"model.width": 1, "model.fusion": "sum"}]
    assert len(found) == math.prod(parameter.size for parameter in space) == 6


def test_a_range_covers_its_ends_and_a_drawn_number_stays_within_them() -> None:
    (rate,) = read_space(["training.learning_rate=0.00012345..0.012345"], PAGE)
    assert isinstance(rate, Range)
    assert rate.covers(0.00012345)
    assert not rate.covers(0.0123451)
    assert not rate.covers(True)
    assert rate.rounded(0.0087654321) == 0.008765
    assert (rate.rounded(0.000123451), rate.rounded(0.01234499)) == (0.0001235, 0.01234)
    assert rate.covers(rate.rounded(0.00012345000001))
    assert rate.covers(rate.rounded(0.012345))


def test_what_a_page_says_now_is_known() -> None:
    assert present_values(PAGE, ["model.grid", "training.epochs"]) == {"model.grid": [2, 2], "training.epochs": 25}


OPTIONS = [f"{section}.{name}" for section, name, *_ in option_sources(PAGE)]
VALUES = st.one_of(
    st.text(max_size=12),
    st.lists(st.sampled_from(["1", "0.5", "-2", "1e999", "true", "aff", "[2,2]", "nan", "", "1..9", ":log"])).map(
        ",".join
    ),
    st.tuples(st.floats(allow_nan=True).map(repr), st.floats().map(repr)).map("..".join),
    st.sampled_from(["1..2:log:log", "1...2", "..", "1..inf", "1_0..20", "٣..٩", "1..2\n", "{a = 1}, 2", "1 # 2, 3"]),
)


@pytest.mark.slow
@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(st.one_of(st.sampled_from(OPTIONS), st.text(max_size=8)), VALUES)
def test_whatever_is_typed_is_understood_or_refused_with_a_sentence(name: str, values: str) -> None:
    try:
        (found,) = read_space([f"{name}={values}"], PAGE)
    except SettingsError:  # anything else is a fault
        return
    assert found.size >= 2
    if isinstance(found, Choices) or found.whole:
        for value in found.values[:3]:
            assert isinstance(changed_settings(PAGE, {found.name: value}), Settings)
