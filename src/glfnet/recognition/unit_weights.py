"""Weights that see action units, ready for use; they are read together with those of the classes."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from glfnet.model.inputs import input_maps, view_probabilities
from glfnet.recognition.card import UnitCard
from glfnet.samples.flow_set import CHANNELS
from glfnet.scores.calibration import shifted
from glfnet.threads import processor_threads


@dataclass(frozen=True, slots=True, eq=False)
class UnitWeights:
    """Weights ready for use.

    Attributes:
        card: what they are.
        networks: the members, on the CPU, in test mode.
    """

    card: UnitCard
    networks: tuple[nn.Module, ...]

    def probabilities(self, maps: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return how probable it is that each action unit is there.

        Args:
            maps: (N, 3, size_px, size_px), in pixels, as `flow_map.flow_map` gives them for the card's features.

        Returns:
            (N, U), each in 0..1.
        """
        settings, n_units = self.card.settings, len(self.card.units)
        with processor_threads(), torch.inference_mode():
            shown = input_maps(self.card.features.normalised(maps), CHANNELS, settings.input)
            members = [
                view_probabilities(
                    network, shown, settings.input, mirror=settings.training.mirror_test, n_units=n_units
                )
                for network in self.networks
            ]
            mean: NDArray[np.float64] = torch.stack(members).mean(0).double().numpy()
        return shifted(mean, self.card.prior_shift)
