"""The card beside trained weights: everything that one must know to use them, as JSON.

It says how flow maps must be made, so that maps of another kind are refused, and what was measured on people whom the
networks were not trained on, so that no answer stands without it.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.faces.alignment import CropSettings, crop_settings
from glfnet.flow.flow_map import NORMALISATIONS, normalised
from glfnet.flow.optical_flow import Flow
from glfnet.flow.settings import FlowSettings

VERSION = 1
"""Of the card's form; raised by hand whenever it changes."""

RELIABLE_F1, RELIABLE_LOW = 0.6, 0.4

_ORDER = (
    *("version", "name", "about", "classes", "units", "prior_shift", "features", "settings", "members", "sha256"),
    *("digest", "temperature", "unsure_below", "score", "calibration", "scores", "error", "protocol", "training"),
    *("licence", "date", "versions"),
)
"""Of the fields in the file of a card."""

_DECISIVE = ("classes", "features", "settings", "members", "sha256", "temperature", "unsure_below")
_DECISIVE_OF_UNITS = ("units", "prior_shift")  # only in cards of units, so that those of classes keep their digest


def card_digest(document: Mapping[str, object]) -> str:
    """Return the SHA-256 of what decides an answer: how maps are made, which network, what its outputs mean.

    Weights that learnt from maps of one kind name a class for maps of any kind. So a card on which this was changed by
    hand is refused; name, words about the weights and licence may be edited.

    Args:
        document: the card as JSON values.
    """
    decisive = {key: document.get(key) for key in _DECISIVE}
    decisive |= {key: document[key] for key in _DECISIVE_OF_UNITS if key in document}
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Features(_Part):
    """How flow maps for these weights must be made: `FlowSettings` and a normalisation."""

    crop: str
    crop_px: int
    method: str
    size_px: int
    rigid_correction: bool
    normalisation: str

    @model_validator(mode="after")
    def _known(self) -> Self:
        try:
            _ = self.flow
        except SettingsError as error:
            raise ValueError(str(error)) from None  # pydantic reports it together with other faults
        if self.normalisation not in NORMALISATIONS:
            raise ValueError(f"normalisation {self.normalisation!r}: known are {', '.join(NORMALISATIONS)}.")
        return self

    @property
    def flow(self) -> FlowSettings:
        """The settings to give to `clip_flow` and `flow_map`."""
        return FlowSettings(**self.model_dump(exclude={"normalisation"}))

    @property
    def canonical_crop(self) -> CropSettings:
        """The crop in which flow is made."""
        return crop_settings(self.crop, self.crop_px)

    def normalised(self, maps: Flow) -> Flow:
        """Return flow maps on the scale that the weights were trained on.

        Args:
            maps: (3, H, W) or (N, 3, H, W) float32 in pixels of the crop, channels u, v, strain.

        Returns:
            float32 of the same shape.

        Raises:
            ShapeError: if `maps` have another shape.
        """
        return normalised(maps, self.normalisation, self.canonical_crop.eye_distance_px)


class Estimate(_Part):
    """A number with its 95 % interval over subjects."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} (95 % interval {self.low:.3f} to {self.high:.3f})"


class Score(_Part):
    """The honest score: networks that never saw its subject answer each clip; the epoch is fixed before the run."""

    protocol: str
    uf1: Estimate
    uar: Estimate
    accuracy: Estimate


class CalibrationScore(_Part):
    """How far held-out probabilities can be trusted; each subject's temperature is fitted on the others.

    Attributes:
        how: what these numbers are.
        error: expected calibration error.
        error_before: the same without a temperature.
        error_of_the_calibrated: what exactly calibrated probabilities would show on as many samples, by chance.
        likelihood, likelihood_before: negative log-likelihood a sample, nats.
        brier, brier_before: Brier score, summed over the classes.
    """

    how: str
    error: Estimate
    error_before: Estimate
    error_of_the_calibrated: float
    likelihood: Estimate
    likelihood_before: Estimate
    brier: Estimate
    brier_before: Estimate


class TrainingData(_Part):
    """What the weights were trained on; `digest` is that of `FlowSet.digest`, `classes` counts samples."""

    source: str
    digest: str
    samples: int
    subjects: int
    databases: tuple[str, ...]
    classes: dict[str, int]


class WeightsCard(_Part):
    """What one must know about weights to use them, whatever their outputs mean.

    Attributes:
        version: of the card's form.
        name: of the weights.
        about: what they are, in a sentence or two.
        features: how the flow maps must be made.
        settings: the whole page that they were trained by; input, network and test views are read from it.
        members: how many networks are averaged.
        sha256: of the weights' file.
        digest: see `card_digest`; empty in cards of earlier versions.
        training: what they were trained on.
        licence: what binds the user.
        date: when they were trained, YYYY-MM-DD.
        versions: of the packages they were trained with.
    """

    version: Literal[1] = 1
    name: str
    about: str = ""
    features: Features
    settings: Settings
    members: int = Field(default=1, ge=1)
    sha256: str = ""
    digest: str = ""
    training: TrainingData | None = None
    licence: str = ""
    date: str = ""
    versions: dict[str, str] = {}

    @property
    def n_outputs(self) -> int:
        """How many logits the networks have."""
        raise NotImplementedError

    def document(self) -> dict[str, object]:
        """Return the card as JSON values in the order of its file: what outputs mean and what was measured amidst."""
        values = self.model_dump(mode="json")
        return {name: values[name] for name in _ORDER if name in values}


class Card(WeightsCard):
    """What one must know about weights that tell classes.

    Attributes:
        classes: names of the K classes, in the order of the probabilities.
        temperature: brings the averaged probabilities to calibrated ones.
        unsure_below: where the largest probability is less, no class is named.
        score: None where it was not measured.
        calibration: None where it was not measured.
    """

    classes: tuple[str, ...] = Field(min_length=2)
    temperature: float = Field(default=1.0, gt=0)
    unsure_below: float = Field(default=0.5, ge=0, le=1)
    score: Score | None = None
    calibration: CalibrationScore | None = None

    @property
    def n_outputs(self) -> int:
        """How many logits the networks have."""
        return len(self.classes)


class UnitScore(_Part):
    """How well one action unit was seen in people whom the networks had not been trained on.

    Attributes:
        clips: of which it was known whether they show it.
        there: clips that show it.
        f1: of the answer that it is there, which is given from a probability of one half on.
        auc: area under the ROC curve.
    """

    clips: int
    there: int
    f1: Estimate
    auc: Estimate

    @property
    def reliable(self) -> bool:
        """Whether a yes or no about it may be trusted, on recordings like those.

        A rule of ours: F1 is at least 0.6, and its interval does not go below 0.4.
        """
        return self.f1.value >= RELIABLE_F1 and self.f1.low >= RELIABLE_LOW


class UnitCard(WeightsCard):
    """What one must know about weights that see action units.

    Attributes:
        units: the U units by number, in the order of the probabilities.
        prior_shift: what is added to each unit's log odds: it assumes that a unit is there more or less often than it
            was in training. Networks that learnt from clips are trained as if a unit were there as often as not; the
            shift takes that back, so that a probability is one among clips like those. For networks that learnt from
            made-up fields it puts one half where a yes or no is best on other made-up fields.
        scores: unit -> how well it was seen in people not trained on.
        error: expected calibration error of the probabilities there.
        protocol: how both were measured.
    """

    units: tuple[int, ...] = Field(min_length=1)
    prior_shift: tuple[float, ...]
    scores: dict[int, UnitScore] = {}
    error: Estimate | None = None
    protocol: str = ""

    @property
    def n_outputs(self) -> int:
        """How many logits the networks have."""
        return len(self.units)
