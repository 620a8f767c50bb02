"""Made-up flow fields in training: weights that networks begin with, and made-up maps beside the real ones.

A made-up field shows no person of any database, so what is learnt from it is learnt from no held-out subject either:
the weights of one run seed serve all folds.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.model.build import BuildNetwork
from glfnet.model.inputs import network_input
from glfnet.model.objective import Objective, targets_of
from glfnet.model.streamed import train_on_stream
from glfnet.model.training_part import TrainingPart
from glfnet.synthetic.fields.draw import CLASSES, Fields, as_flow_set, field_chunks
from glfnet.synthetic.fields.expression import UNITS


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpFields:
    """The made-up fields of a run, labelled as its clips are.

    Attributes:
        settings: the page.
        classes: names of the K classes that are asked for; none where action units are the task.
        units: the U action units that are asked for, by number.
        size_px: side of the maps.
        folder: where the weights are kept that networks begin with, see `file_of`.
    """

    settings: Settings
    classes: tuple[str, ...]
    units: tuple[int, ...]
    size_px: int
    folder: Path

    def file_of(self, run_seed: int) -> Path:
        """Return where the weights of this run seed are kept."""
        return self.folder / f"seed-{run_seed}.safetensors"

    def is_kept(self, run_seed: int) -> bool:
        """Return whether the weights of this run seed are there and whole."""
        try:
            load_file(self.file_of(run_seed))
        except (OSError, SafetensorError):
            return False
        return True

    def parts(self, seed: int) -> Iterator[TrainingPart]:
        """Yield made-up people to train on, without end."""
        chunks = field_chunks(seed=seed, crop=self.settings.pretraining.crop, size_px=self.size_px)
        return (self._part(fields, seed) for fields in chunks)

    def pretrained(
        self, build: BuildNetwork, run_seed: int, on_maps: Callable[[int, int], None] = lambda done, of: None
    ) -> bytes:
        """Return the weights of a network that was trained on made-up fields alone, as safetensors has them.

        Args:
            build: makes a fresh network.
            run_seed: fields, first weights and dropout follow from it.
            on_maps: called with how many maps are done, and of how many.

        Raises:
            SettingsError: if they are no numbers: training diverged.
        """
        page = self.settings.pretraining
        training = self.settings.training.model_copy(update={"learning_rate": page.learning_rate})
        network = train_on_stream(
            self.settings.model_copy(update={"training": training}),
            ((part.flow.maps, targets_of(part).numpy()) for part in self.parts(run_seed)),
            Objective(next(self.parts(run_seed)), self.settings.loss),
            outputs=len(self.classes) + len(self.units),
            maps=page.fields,
            seed=run_seed,
            build=build,
            on_maps=on_maps,
        )
        state = network.state_dict()
        if not all(bool(torch.isfinite(tensor).all()) for tensor in state.values()):
            raise SettingsError(
                f"pretraining.learning_rate {page.learning_rate}: training on made-up fields has diverged. Lower it."
            )
        return save(state)

    def begin(self, network: nn.Module, run_seed: int) -> None:
        """Give a network the weights that were learnt from made-up fields, if the page wants that."""
        if self.settings.pretraining.fields:
            network.load_state_dict(load_file(self.file_of(run_seed)))

    def beside(self, seed: int) -> "MapsBeside | None":
        """Return the made-up maps that go beside real ones, or None if the page wants none."""
        share = self.settings.pretraining.beside
        return MapsBeside(self, seed, share / (1 - share)) if share else None

    def _part(self, fields: Fields, seed: int) -> TrainingPart:
        columns = [UNITS.index(unit) for unit in self.units]
        return TrainingPart(
            flow=as_flow_set(fields),
            truth=fields.truth.astype(np.int64) if self.classes else np.zeros(len(fields), dtype=np.int64),
            n_classes=len(self.classes),
            seed=seed,
            units=fields.units[:, columns].astype(np.int64),
        )


class MapsBeside:
    """Hands out made-up maps, new ones each time.

    Args:
        fields: the made-up fields of the run.
        seed: which of them.
        ratio: how many to one real map.
    """

    def __init__(self, fields: MadeUpFields, seed: int, ratio: float) -> None:
        self._parts, self._inputs, self._ratio = fields.parts(seed), fields.settings.input, ratio
        self._maps, self._targets = torch.empty(0), torch.empty(0)

    def joined(self, maps: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return a batch of real maps (N, C, H, W) with targets (N, T), and made-up ones after them."""
        wanted = round(self._ratio * len(maps))
        while len(self._maps) < wanted:
            part = next(self._parts)
            more = network_input(part.flow, self._inputs), targets_of(part)
            self._maps, self._targets = torch.cat([self._maps, more[0]]), torch.cat([self._targets, more[1]])
        made_up = self._maps[:wanted].to(maps.device), self._targets[:wanted].to(maps.device)
        self._maps, self._targets = self._maps[wanted:], self._targets[wanted:]
        return torch.cat([maps, made_up[0]]), torch.cat([targets, made_up[1]])


def uses_made_up(settings: Settings) -> bool:
    """Return whether the page wants made-up fields in training."""
    return bool(settings.pretraining.fields or settings.pretraining.beside)


def made_up_fields(
    settings: Settings, classes: tuple[str, ...], units: tuple[int, ...], size_px: tuple[int, int], folder: Path
) -> MadeUpFields:
    """Return the made-up fields of a run.

    Args:
        settings: the page.
        classes: names of the classes that are asked for; none where action units are the task.
        units: the action units that are asked for.
        size_px: height and width of the maps.
        folder: for the weights that networks begin with.

    Raises:
        SettingsError: if there are no made-up fields of this kind, naming what they would have to be.
    """
    if classes and classes != CLASSES:
        _refuse(f"classes {', '.join(classes)}", f"{', '.join(CLASSES)} (protocol.classes three), or action units")
    if settings.input.normalisation != "min_max":
        _refuse(f"input.normalisation {settings.input.normalisation}", "min_max, as made-up maps are")
    if size_px[0] != size_px[1]:
        _refuse(f"maps of {size_px[0]} by {size_px[1]} pixels", "square ones, as made-up maps are")
    return MadeUpFields(settings=settings, classes=classes, units=units, size_px=size_px[0], folder=folder)


def trained_weights(network: nn.Module, settings: Settings) -> Mapping[str, nn.Parameter]:
    """Return the weights that real maps change, by name: all, or those of the last linear layer.

    Raises:
        SettingsError: if there is no linear layer.
    """
    parameters = dict(network.named_parameters())
    if settings.pretraining.then == "all":
        return parameters
    linear = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    if not linear:
        _refuse("pretraining.then last_layer with a network without nn.Linear", "all, or a network with one")
    return {name: each for name, each in parameters.items() if name.rpartition(".")[0] == linear[-1]}


def _refuse(found: str, expected: str) -> None:
    raise SettingsError(
        f"pretraining: found {found}; expected {expected}. Or leave pretraining.fields and .beside at 0."
    )
