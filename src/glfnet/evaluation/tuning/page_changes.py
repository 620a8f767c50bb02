"""Changes of a settings page that are tried side by side: which may be, and whether they fit the maps at all.

All of it is checked before the first training, so that no long run ends with a misspelt name.
"""

from collections.abc import Sequence

from glfnet.arguments import check_argument, given_list
from glfnet.config.settings import Settings
from glfnet.errors import GlfnetError, SettingsError
from glfnet.evaluation.labelled_set import LabelledSet
from glfnet.model.inputs import network_input
from glfnet.model.training import NetworkTrainer, make_trainer

_FIXED = {
    "protocol": "runs on other samples, folds or classes cannot be compared with each other",
    "input.normalisation": "the maps are read once, on one scale",
}


def check_comparable(name: str, change: str) -> None:
    """Raise an error if runs that differ in an option could not be compared.

    Args:
        name: the option, `section.option`.
        change: as the user wrote it.

    Raises:
        SettingsError: if they could not.
    """
    for fixed, why in _FIXED.items():
        if name == fixed or name.startswith(f"{fixed}."):
            raise SettingsError(
                f"{change}: {why}. Give {name} to all of them, as a setting of the recipe, or change another option."
            )


def check_fits(settings: Settings, data: LabelledSet, change: str) -> None:
    """Raise an error unless these settings can be trained on these maps.

    Args:
        settings: the page.
        data: the samples.
        change: how the page was changed, for the text of the error; empty for the page as it is.

    Raises:
        GlfnetError: as training would, but now.
    """
    try:
        trainer = make_trainer(settings)
        maps = network_input(data.flow.select([0]), settings.input)
        if isinstance(trainer, NetworkTrainer):
            trainer.untrained(maps.shape[1], len(data.classes) + len(data.units), (maps.shape[2], maps.shape[3]))
    except GlfnetError as error:
        raise SettingsError(f"{change}: {error}" if change else str(error)) from error


def given_texts(name: str, value: Sequence[str], example: str) -> tuple[str, ...]:
    """Return what was passed as a list of texts.

    Raises:
        SettingsError: if it is something else.
    """
    expected = f"a list of texts, such as {example}"

    def text(name: str, each: str) -> str:
        check_argument(name, each, isinstance(each, str), expected)
        return each

    return given_list(name, value, expected, text)
