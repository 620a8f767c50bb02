"""What a fold gives: something trained that takes samples, and says how probable each class and action unit is."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glfnet.config.settings import InputSettings
from glfnet.model.classical import FittedClassical
from glfnet.model.inputs import network_input, view_probabilities
from glfnet.samples.flow_set import FlowSet
from glfnet.threads import processor_threads

_LEAST = 1e-12  # a probability of 0 has no logarithm


@dataclass(frozen=True, slots=True, eq=False)
class NetworkClassifier:
    """A trained network with the input settings it was trained on; its last `n_units` outputs are action units."""

    network: nn.Module
    inputs: InputSettings
    mirror: bool
    threads: int = 1
    n_units: int = 0

    def predict_probabilities(self, flow: FlowSet) -> NDArray[np.float64]:
        """Return (N, K) probabilities of classes; with `mirror`, the mean over each map and its mirror image."""
        return self.predict(flow)[0]

    def predict_units(self, flow: FlowSet) -> NDArray[np.float64]:
        """Return (N, U) probabilities of action units, likewise."""
        return self.predict(flow)[1]

    def predict(self, flow: FlowSet) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (N, K) probabilities of classes and (N, U) of action units."""
        was_training = self.network.training
        self.network.eval()
        with processor_threads(self.threads), torch.inference_mode():
            maps = network_input(flow, self.inputs).to(_device_of(self.network))
            probabilities = view_probabilities(
                self.network, maps, self.inputs, mirror=self.mirror, n_units=self.n_units
            )
        self.network.train(was_training)
        both: NDArray[np.float64] = probabilities.double().cpu().numpy()
        n_classes = both.shape[1] - self.n_units
        return both[:, :n_classes], both[:, n_classes:]

    def logits(self, flow: FlowSet) -> Tensor:
        """Return (N, K + U) logits that have these probabilities."""
        classes, units = self.predict(flow)
        of_units = np.log(units + _LEAST) - np.log(1 - units + _LEAST)
        return torch.from_numpy(np.concatenate([np.log(classes + _LEAST), of_units], axis=1)).float()


@dataclass(frozen=True, slots=True, eq=False)
class ClassicalClassifier:
    """A fitted scikit-learn classifier that takes samples."""

    fitted: FittedClassical
    threads: int = 1

    def predict_probabilities(self, flow: FlowSet) -> NDArray[np.float64]:
        """Return (N, K) probabilities."""
        with processor_threads(self.threads):
            return self.fitted.predict_probabilities(network_input(flow, self.fitted.inputs))


@dataclass(frozen=True, slots=True, eq=False)
class UnitClassifiers:
    """A fitted scikit-learn classifier for each action unit; None for one of which nothing was known in training."""

    fitted: tuple[FittedClassical | None, ...]
    inputs: InputSettings
    threads: int = 1

    def predict_units(self, flow: FlowSet) -> NDArray[np.float64]:
        """Return (N, U) probabilities; 0 for a unit of which nothing was known in training."""
        with processor_threads(self.threads):
            maps = network_input(flow, self.inputs)
            units = [each.predict_probabilities(maps)[:, 1] if each else np.zeros(len(maps)) for each in self.fitted]
        return np.stack(units, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """The mean probabilities of several classifiers."""

    members: tuple[NetworkClassifier, ...]

    def predict_probabilities(self, flow: FlowSet) -> NDArray[np.float64]:
        """Return (N, K) probabilities of classes."""
        total = sum(member.predict_probabilities(flow) for member in self.members)
        return np.asarray(total / len(self.members))

    def predict_units(self, flow: FlowSet) -> NDArray[np.float64]:
        """Return (N, U) probabilities of action units."""
        return np.asarray(sum(member.predict_units(flow) for member in self.members) / len(self.members))


def _device_of(network: nn.Module) -> torch.device:
    return next((p.device for p in network.parameters()), torch.device("cpu"))
