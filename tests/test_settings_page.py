"""A TOML page and overrides become settings; what does not fit is refused with what was meant."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from glfnet.config.models import GLFNetSettings, ModelSettings
from glfnet.config.settings import ProtocolSettings, Settings
from glfnet.errors import SettingsError
from glfnet.settings_page import changed_settings, read_settings, recipe_names, toml_page

KINDS = [str(model.model_fields["kind"].default) for model in get_args(get_args(ModelSettings)[0])]


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_reads(name: str) -> None:
    assert isinstance(read_settings(name), Settings)


def test_a_recipe_named_as_a_model_is_that_model() -> None:
    named = set(recipe_names()) & set(KINDS)
    assert "glfnet" in named
    assert all(read_settings(name).model.kind == name for name in named)


@pytest.mark.parametrize("name", ["loso", "LOSO"])
def test_loso_is_said_to_be_what_two_protocols_do(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings("glfnet", [f"protocol.name={name}"])
    assert str(caught.value) == (
        "glfnet: protocol.name: loso (leave one subject out) is what two protocols do: cde over all databases "
        "together, sde within each of them; name one of the two. With one database they are the same."
    )


def test_sections_change_a_page_as_overrides_do() -> None:
    texts = ["training.epochs=5", "protocol.name=sde", "protocol.database=casme2", "model.fusion=concat"]
    protocol = {"name": "sde", "database": "casme2"}
    sections = read_settings("glfnet", training={"epochs": 5}, protocol=protocol, model={"fusion": "concat"})
    assert sections == read_settings("glfnet", texts)
    assert read_settings(training={"epochs": 5}, overrides=["training.members=2"]).training.epochs == 5


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        ({"training": 5}, "training: found 5, an int; expected a dict of its options, such as training={...}; `glfnet "
         "describe` lists them."),
        ({"trainng": {"epochs": 5}}, "glfnet: unknown setting trainng; did you mean training?"),
        ({"training": {"epoch": 5}}, "glfnet: unknown setting training.epoch; did you mean epochs?"),
    ],
)  # fmt: skip
def test_a_section_that_does_not_fit_is_refused(sections: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings("glfnet", **sections)
    assert str(caught.value) == sentence


def test_every_default_page_can_be_written_and_read_again() -> None:
    for kind in KINDS:
        page = read_settings("glfnet", [f"model.kind={kind}"])
        assert Settings.model_validate(page.model_dump(mode="json")) == page


def test_equal_pages_give_equal_settings_whatever_their_layout(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[model]\nkind = "glfnet"\nwidth = 10\n\n[training]\nepochs = 7\n')
    (tmp_path / "b.toml").write_text('training.epochs = 7 # seven\nmodel = { width = 10, kind = "glfnet" }\n')
    first, second = read_settings(tmp_path / "a.toml"), read_settings(str(tmp_path / "b.toml"))
    (tmp_path / "empty.toml").write_text("")
    overridden = read_settings(tmp_path / "empty.toml", ["training.epochs=7", "model.width=10"])
    assert first == second == overridden
    assert first.model_dump() == second.model_dump() == overridden.model_dump()
    assert hash(first) == hash(second)
    assert first.model_dump() != read_settings("glfnet", ["training.epochs=8", "model.width=10"]).model_dump()


@pytest.mark.parametrize(
    ("override", "path", "expected"),
    [
        ("training.epochs=3", "training.epochs", 3),
        ("training.learning_rate = 1e-4", "training.learning_rate", 1e-4),
        ("input.centre=false", "input.centre", False),
        ("model.grid=[1, 3]", "model.grid", (1, 3)),
        ('input.channels=["v", "u"]', "input.channels", ("v", "u")),
        ("model.fusion=concat", "model.fusion", "concat"),
        ('model.fusion="se"', "model.fusion", "se"),
        ("protocol.database= casme2 ", "protocol.database", "casme2"),
        ("model.kind=plain_cnn", "model.kind", "plain_cnn"),
    ],
)
def test_overrides_take_numbers_truth_values_lists_and_bare_words(override: str, path: str, expected: object) -> None:
    section, name = path.split(".")
    assert getattr(getattr(read_settings("glfnet", [override]), section), name) == expected


def test_the_last_override_holds_and_the_others_stay() -> None:
    page = read_settings("glfnet", ["model.width=4", "training.epochs=9", "model.width=6"])
    assert (page.model.model_dump()["width"], page.training.epochs) == (6, 9)


def test_a_page_without_a_kind_of_model_means_glfnet(tmp_path: Path) -> None:
    page = tmp_path / "page.toml"
    page.write_text("[training]\nepochs = 3\n")
    assert read_settings(page).model == GLFNetSettings()
    assert read_settings(page, ["model.width=6"]).model == GLFNetSettings(width=6)


@pytest.mark.parametrize(
    ("override", "text"),
    [
        ("trainin.epochs=3", "unknown setting trainin; did you mean training?"),
        ("training.epoch=3", "unknown setting training.epoch; did you mean epochs?"),
        ("model.widht=3", "unknown setting model.widht; did you mean width?"),
        ("protocol.xyz=3", f"unknown setting protocol.xyz; known are {', '.join(ProtocolSettings.model_fields)}"),
        (
            "model.fusion=conct",
            "model.fusion: Input should be 'aff', 'se', 'sum' or 'concat', got \"conct\"; did you mean concat?",
        ),
        ("model.fusion=xyz", "model.fusion: Input should be 'aff', 'se', 'sum' or 'concat', got \"xyz\""),
        ("model.stem_stride=3", "model.stem_stride: Input should be 1, 2 or 4, got 3"),
        (
            "model.kind=glfnt",
            f'model.kind: Input should be {", ".join(map(repr, KINDS))}, got "glfnt"; did you mean glfnet?',
        ),
        ("training.epochs=0", "training.epochs: Input should be greater than or equal to 1, got 0"),
        ("loss.beta=1", "loss.beta: Input should be less than 1, got 1"),
        ("training.epochs=many", "training.epochs: Input should be a valid integer, unable to parse string as an "),
        ("input.channels=u", 'input.channels: Input should be a valid tuple, got "u"'),
    ],
)
def test_what_does_not_exist_or_fit_is_refused_with_what_was_meant(override: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"^glfnet: {re.escape(text)}{'' if text.endswith(' ') else '$'}"):
        read_settings("glfnet", [override])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "glfnet"])
def test_an_option_of_another_model_is_unknown_to_this_one(kind: str) -> None:
    with pytest.raises(SettingsError, match=r"^glfnet: unknown setting model\.grid; (known are|did you mean) "):
        read_settings("glfnet", [f"model.kind={kind}", "model.grid=[2,2]"])


def test_every_fault_of_a_page_is_named_at_once(tmp_path: Path) -> None:
    page = tmp_path / "page.toml"
    page.write_text('[model]\nkind = "glfnet"\nwidht = 3\n[training]\nepochs = 0\n')
    with pytest.raises(SettingsError) as error:
        read_settings(page)
    assert str(error.value) == (
        f"{page}: unknown setting model.widht; did you mean width?; "
        "training.epochs: Input should be greater than or equal to 1, got 0"
    )


@pytest.mark.parametrize("override", ["training.epochs", "epochs=3", "training.=3", "=3", ""])
def test_an_override_of_another_form_is_refused(override: str) -> None:
    text = f"{override!r}: expected section.option=value, such as model.fusion=concat."
    with pytest.raises(SettingsError, match=f"^{re.escape(text)}$"):
        read_settings("glfnet", [override])


def test_an_override_of_a_section_that_the_page_gives_one_value_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.toml"
    page.write_text('model = "glfnet"\n')
    text = "'model.width=3': the page gives model one value, 'glfnet'; expected a [model] table."
    with pytest.raises(SettingsError, match=re.escape(text)):
        read_settings(page, ["model.width=3"])
    with pytest.raises(SettingsError, match="model: Input should be a valid dictionary"):
        read_settings(page)


@pytest.mark.parametrize(("name", "near"), [("glfnt", " Did you mean glfnet?"), ("xyzxyz", "")])
def test_an_unknown_recipe_is_refused_with_the_near_miss_and_all_there_are(name: str, near: str) -> None:
    text = f"{name}: no such settings page.{near} Name a .toml file or one of: {', '.join(recipe_names())}."
    with pytest.raises(SettingsError, match=f"^{re.escape(text)}$"):
        read_settings(name)


def test_a_page_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"{tmp_path / 'none.toml'}: no such settings page.")):
        read_settings(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"[model\n", b"a = \xff\n", b"x = 1\nx = 2\n"])
def test_a_page_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    page = tmp_path / "page.toml"
    page.write_bytes(content)
    with pytest.raises(SettingsError, match=re.escape(f"{page}: not a readable TOML page: ")):
        read_settings(page)


def test_a_folder_is_no_page(tmp_path: Path) -> None:
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    with pytest.raises(SettingsError, match=re.escape(f"{folder}: not a readable TOML page: ")):
        read_settings(folder)


def test_a_changed_page_is_the_page_that_the_same_override_gives() -> None:
    page = read_settings("plain_cnn", ["training.epochs=7"])
    changed = changed_settings(page, {"model.width": 8, "loss.weighting": "none"})
    assert changed == read_settings("plain_cnn", ["training.epochs=7", "model.width=8", "loss.weighting=none"])
    assert changed_settings(Settings(model=GLFNetSettings(width=16)), {"model.depth": 1}).model.width == 16


def test_another_kind_of_model_takes_the_options_of_its_own() -> None:
    assert changed_settings(read_settings("glfnet"), {"model.kind": "ststnet"}) == read_settings("ststnet")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model.widht": 8}, "model.widht=8: unknown setting model.widht; did you mean width?"),
        ({"modle.width": 8}, "modle.width=8: unknown setting modle; did you mean model?"),
        ({"model.width": 0}, "model.width=0: model.width: Input should be greater than or equal to 1, got 0"),
        (
            {"loss": 1},
            "loss=1: unknown setting loss.; known are weighting, form, beta, gamma, smoothing, logit_adjustment, units",
        ),
    ],
)
def test_a_change_that_does_not_fit_is_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        changed_settings(read_settings("glfnet"), changes)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("name", recipe_names())
def test_a_page_written_out_is_read_as_the_same_settings(name: str, tmp_path: Path) -> None:
    subjects = '["casme2/sub \\"01\\"", "smic/s\\u00e9\\u007f"]'
    settings = read_settings(name, ["protocol.name=subjects", f"protocol.subjects={subjects}", "loss.beta=1e-7"])
    (tmp_path / "page.toml").write_text(toml_page(settings, {"loss.beta": "a remark"}), encoding="utf-8")
    assert read_settings(tmp_path / "page.toml") == settings
    assert "beta = 1e-07  # a remark\n" in (tmp_path / "page.toml").read_text(encoding="utf-8")
