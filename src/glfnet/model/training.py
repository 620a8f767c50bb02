"""Fit one fold: training samples in, classifier out.

A trainer is given the other subjects only. What it calls after each epoch (`observe`) returns nothing, so whatever an
observer learns about held-out subjects cannot come back here.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from glfnet.config.models import CLASSICAL
from glfnet.config.settings import Settings, TrainingSettings
from glfnet.errors import ProtocolError, SettingsError
from glfnet.model.build import BuildNetwork, network_builder
from glfnet.model.classical import Estimator, build_classifier, fit_classical
from glfnet.model.classifiers import ClassicalClassifier, Ensemble, NetworkClassifier, UnitClassifiers
from glfnet.model.inputs import augmented, mixed, network_input
from glfnet.model.objective import Objective, targets_of
from glfnet.model.pretraining import MadeUpFields, MapsBeside, trained_weights
from glfnet.model.training_part import TrainingPart
from glfnet.model.trial import check_builds, is_classifier
from glfnet.samples.flow_set import FlowSet
from glfnet.threads import processor_threads

Observe = Callable[[int, NetworkClassifier], None]
"""Called after each epoch with its number (from 1) and the classifier so far."""


@dataclass(frozen=True, slots=True)
class NetworkTrainer:
    """Trains any network: `network(maps (N, C, H, W)) -> logits (N, K + U)`, of classes and then of action units.

    Attributes:
        settings: the page; its `model` section is not read here.
        build: makes a fresh network; the default builds what `settings.model` names.
        made_up: made-up fields to begin with, or to train on beside the real maps.
    """

    settings: Settings
    build: BuildNetwork
    made_up: MadeUpFields | None = None

    def __call__(self, part: TrainingPart, observe: Observe) -> Ensemble | NetworkClassifier:
        """Fit `training.members` networks and return their mean; one seed per member follows from the part's.

        Raises:
            ProtocolError: if there are fewer than two samples to train on: batch norm needs two.
        """
        _check_two(part.flow, "a fold has", "Add subjects, or take a protocol that leaves more of them in training.")
        seeds = np.random.SeedSequence(part.seed).generate_state(self.settings.training.members)
        with processor_threads(self.settings.training.threads):
            members = tuple(self._member(part, int(seed), observe) for seed in seeds)
        return members[0] if len(members) == 1 else Ensemble(members)

    def untrained(self, in_channels: int, n_classes: int, size_px: tuple[int, int]) -> nn.Module:
        """Return a fresh network, to be looked at; the caller's random numbers stay as they were.

        Raises:
            SettingsError: if it is not made anew at each call, or does not answer as it must; see `check_builds`.
        """
        with torch.random.fork_rng(devices=[]):
            first, second = (self.build(in_channels, n_classes, size_px) for _ in range(2))
        check_builds(first, second, in_channels, n_classes, size_px)
        return first

    def _member(self, part: TrainingPart, seed: int, observe: Observe) -> NetworkClassifier:
        epochs = self.settings.training.epochs
        if self.settings.training.epoch_choice == "inner":
            epochs = self._inner_epochs(part, seed)
        return self._fit(part, seed, epochs, observe if self.settings.training.watch_epochs else _look_away)

    def _inner_epochs(self, part: TrainingPart, seed: int) -> int:
        """Return the epoch with the least loss on some training subjects, after training on the others."""
        held = _some_subjects(part.flow, self.settings.training.inner_share, seed)
        inner, rest = part.flow.select(np.flatnonzero(held)), np.flatnonzero(~held)
        targets = targets_of(part)[held]
        # On probabilities only the softmax form has a meaning, whatever the form that training minimises.
        loss = Objective(part, self.settings.loss.model_copy(update={"form": "softmax"}))
        losses: list[float] = []

        def watch(_epoch: int, classifier: NetworkClassifier) -> None:
            losses.append(float(loss(classifier.logits(inner), targets)))

        smaller = part.select(rest)
        _check_two(smaller.flow, "training.epoch_choice inner: what is left of a fold has", "Use fixed.")
        self._fit(smaller, seed, self.settings.training.epochs, watch)
        return int(np.argmin(losses)) + 1

    def _fit(self, part: TrainingPart, seed: int, epochs: int, observe: Observe) -> NetworkClassifier:
        settings = self.settings.training
        device = _device(settings)
        maps = network_input(part.flow, self.settings.input).to(device)
        targets = targets_of(part).to(device)
        generator = torch.Generator().manual_seed(seed)
        with _fork_random(device):
            torch.manual_seed(seed)  # initial weights and dropout
            network = self.build(maps.shape[1], part.n_outputs, (maps.shape[2], maps.shape[3])).to(device)
            if self.made_up is not None:
                self.made_up.begin(network, part.run_seed)
            shown, average = network, None
            loss = Objective(part, self.settings.loss).to(device)
            changing = trained_weights(network, self.settings)
            optimiser, schedule = _optimiser(
                changing.values(), settings, steps=settings.epochs * _batches(len(maps), settings)
            )
            beside = self.made_up.beside(seed) if self.made_up is not None else None
            for epoch in range(1, epochs + 1):
                _to_training(network, changing)
                for batch in self._batches_of_epoch(maps, targets, generator, beside):
                    optimiser.zero_grad(set_to_none=True)
                    with _precision(settings, device):
                        logits = network(batch[0])
                    loss(logits.float(), batch[1]).backward()
                    optimiser.step()
                    schedule.step()
                if epoch > settings.epochs * (1 - settings.average_weights):
                    average = average or AveragedModel(network, use_buffers=True)
                    average.update_parameters(network)
                    shown = average.module
                with _fork_random(device):  # also a network that draws numbers in test mode is not disturbed
                    observe(epoch, self._classifier(shown, part))
        return self._classifier(shown.eval(), part)

    def _batches_of_epoch(
        self, maps: Tensor, targets: Tensor, generator: torch.Generator, beside: MapsBeside | None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        changed = augmented(maps, self.settings.augmentation, self.settings.input, generator)
        for rows in _shuffled_batches(len(maps), self.settings.training, generator):
            batch = mixed(changed[rows], targets[rows], self.settings.augmentation.mixup, generator)
            yield beside.joined(*batch) if beside is not None else batch

    def _classifier(self, network: nn.Module, part: TrainingPart) -> NetworkClassifier:
        training = self.settings.training
        return NetworkClassifier(
            network, self.settings.input, training.mirror_test, training.threads, n_units=part.units.shape[1]
        )


@dataclass(frozen=True, slots=True)
class ClassicalTrainer:
    """Fits any scikit-learn classifier on the flattened maps; there are no epochs to observe."""

    settings: Settings
    estimator: Estimator

    def __call__(self, part: TrainingPart, observe: Observe) -> ClassicalClassifier | UnitClassifiers:
        """Fit a clone of the estimator: one for the classes, or else one for each action unit."""
        inputs, threads = self.settings.input, self.settings.training.threads
        fit = partial(fit_classical, self.estimator, inputs=inputs, mirror=self.settings.training.mirror_test)
        # The last digits of a matrix product depend on the number of threads, and so, without this, on how many
        # processes there are.
        with processor_threads(threads):
            maps = network_input(part.flow, inputs)
            if part.n_classes:
                return ClassicalClassifier(fit(maps, part.truth, part.n_classes), threads)
            known = [np.flatnonzero(unit >= 0) for unit in part.units.T]
            fitted = tuple(
                fit(maps[rows], unit[rows], 2) if len(rows) else None
                for rows, unit in zip(known, part.units.T, strict=True)
            )
        return UnitClassifiers(fitted, inputs, threads)


def _look_away(_epoch: int, _classifier: NetworkClassifier) -> None:
    """Observe nothing."""


def make_trainer(settings: Settings, model: object | None = None) -> NetworkTrainer | ClassicalTrainer:
    """Return the trainer of what `settings.model` names, or of your own model.

    Args:
        settings: the page.
        model: a scikit-learn classifier (anything with `fit` and `predict`), or a function
            `(in_channels, n_classes, (height, width)) -> nn.Module`; None takes the page's.

    Raises:
        SettingsError: if your own model is neither, or there is no GPU where the page asks for one.
    """
    if model is None:
        options = settings.model.model_dump(exclude={"kind"})
        if settings.model.kind in CLASSICAL:
            return ClassicalTrainer(settings, build_classifier(settings.model.kind, **options))
        return _network_trainer(settings, network_builder(settings.model))
    if is_classifier(model):
        return ClassicalTrainer(settings, cast(Estimator, model))
    return _network_trainer(settings, cast(BuildNetwork, model))


def _network_trainer(settings: Settings, build: BuildNetwork) -> NetworkTrainer:
    if settings.training.device == "cuda" and not torch.cuda.is_available():
        raise SettingsError(
            "training.device: found cuda, but no GPU that this installation of torch can use; expected cpu, or auto, "
            "which takes a GPU where there is one."
        )
    if settings.pretraining.then == "last_layer" and not settings.pretraining.fields:
        raise SettingsError(
            "pretraining.then: found last_layer, which keeps what was learnt from made-up maps, but none to learn "
            "from; expected pretraining.fields, such as 10000, or then all."
        )
    return NetworkTrainer(settings, build)


def _device(settings: TrainingSettings) -> torch.device:
    if settings.device != "auto":
        return torch.device(settings.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _precision(settings: TrainingSettings, device: torch.device) -> torch.autocast:
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=settings.precision == "bfloat16")


def _batches(n: int, settings: TrainingSettings) -> int:
    # Never more batches than pairs of samples, so that no batch is a single sample.
    return min(math.ceil(n / settings.batch_size), n // 2)


def _shuffled_batches(n: int, settings: TrainingSettings, generator: torch.Generator) -> tuple[Tensor, ...]:
    """Return row numbers in batches of nearly equal size, so that none is a leftover of one sample."""
    return torch.tensor_split(torch.randperm(n, generator=generator), _batches(n, settings))


def _to_training(network: nn.Module, changing: Mapping[str, nn.Parameter]) -> None:
    """Put a network into training mode; where some weights stay, modules without one that changes do as at a test."""
    network.train()
    if len(changing) < sum(1 for _ in network.parameters()):
        for name, module in network.named_modules():
            if not any(changed.startswith(f"{name}." if name else "") for changed in changing):
                module.eval()


def _optimiser(
    changing: Iterable[nn.Parameter], settings: TrainingSettings, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    rate, decay, parameters = settings.learning_rate, settings.weight_decay, list(changing)
    optimiser: torch.optim.Optimizer
    match settings.optimiser:
        case "adamw":
            optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, fused=True)
        case "adam":
            optimiser = torch.optim.Adam(parameters, lr=rate, weight_decay=decay, fused=True)
        case "sgd":
            optimiser = torch.optim.SGD(
                parameters, lr=rate, weight_decay=decay, momentum=0.9, nesterov=True, fused=True
            )
    if settings.schedule == "constant":
        return optimiser, torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)
    return optimiser, torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=steps)


def _some_subjects(flow: FlowSet, share: float, seed: int) -> NDArray[np.bool_]:
    """Return (N,) bool: which samples belong to a random `share` of the subjects, at least one and not all."""
    subjects = sorted({sample.subject for sample in flow.samples})
    if len(subjects) < 2:
        raise ProtocolError(
            "training.epoch_choice inner: a fold trains on one subject only; expected at least two. Use fixed."
        )
    count = min(max(round(share * len(subjects)), 1), len(subjects) - 1)
    drawn = np.random.default_rng(seed).permutation(len(subjects))[:count]
    held = {subjects[i] for i in drawn}
    return np.array([sample.subject in held for sample in flow.samples])


def _check_two(flow: FlowSet, what: str, remedy: str) -> None:
    if len(flow) < 2:
        raise ProtocolError(f"{what} {len(flow)} training samples; expected at least two. {remedy}")


def _fork_random(device: torch.device) -> AbstractContextManager[None]:
    return torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])
