"""What counts as a movement, and of which kind."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from glfnet.errors import SettingsError

SENSITIVITIES: Mapping[str, float] = MappingProxyType({"low": 1.6, "normal": 1.0, "high": 0.5})
"""Positions of the dial -> what the floors of short movements are multiplied by.

Chosen on made-up videos for development; `docs/spotting.md` has what they find and invent in others."""

_FLOORS = ("floor_percent", "noise_factor", "unrest_factor", "set_floor_percent", "frozen_floor_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpottingSettings:
    """How movements are found. Raises `SettingsError` if a value does not fit.

    Attributes:
        shortest_s, longest_s: how long a micro-expression lasts at least and at most, from onset to offset. Source: at
            most half a second in Yan et al., "How fast are the leaked facial expressions", J. Nonverbal Behavior 2013;
            at least one frame of an ordinary camera.
        macro_longest_s: what has not come back after this time is a new posture, not an expression.
        floor_percent: a region that moves less than this, in per cent of the distance between the eyes, does not count;
        noise_factor: nor one that moves less than this many times its noise, see `pulses.noise`;
        head_share: nor one that moves less than this share of the movement of the head at that time.
        set_floor_percent: what `floor_percent` is, for what is seen of an action unit in all regions together;
        unrest_factor: nor one that moves less than this many times what it wanders in about a tenth of a second, see
            `pulses.unrest`: compressed video wanders where its pictures hardly jitter.
        frozen_floor_percent: what `floor_percent` is, where compression leaves many pictures out: their movement comes
            all at once in the next one.
        micro_most_percent: a short movement that is larger is a macro-expression.
        most_percent: skin does not move farther than this and back; something has come before the face.
        head_percent: a head that goes so far and comes back within a moment, in per cent of the distance between the
            eyes or in hundredths of a radian, is a movement of the head.
        macro_floor_percent: what `floor_percent` is, for movements longer than `longest_s`: slow changes of light and
            angle are larger than fast ones.
        steps_per_s: how many frames a second are looked at, at most.
        decide_after_s: how long after its apex a movement is decided on. What comes next is needed to tell speech from
            an expression.
        transform_crop_px: side of the wide crop that the transforms of `TrackedFace` lead to.
    """

    shortest_s: float = 0.04
    longest_s: float = 0.5
    macro_longest_s: float = 4.0
    floor_percent: float = 0.2
    noise_factor: float = 5.0
    unrest_factor: float = 9.0
    set_floor_percent: float = 0.15
    frozen_floor_percent: float = 0.7
    micro_most_percent: float = 12.0
    most_percent: float = 30.0
    head_percent: float = 5.0
    head_share: float = 0.1
    macro_floor_percent: float = 1.5
    steps_per_s: float = 100.0
    decide_after_s: float = 1.0
    transform_crop_px: int = 224

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise SettingsError(f"{name}: found {value}; expected a number above 0.")
        if not self.shortest_s < self.longest_s < self.macro_longest_s:
            raise SettingsError(
                f"shortest_s, longest_s, macro_longest_s: found {self.shortest_s}, {self.longest_s}, "
                f"{self.macro_longest_s}; expected each to be longer than the one before."
            )
        if self.decide_after_s < self.longest_s:
            raise SettingsError(
                f"decide_after_s: found {self.decide_after_s}; expected longest_s, {self.longest_s}, or more: a "
                "movement cannot be decided on before it has ended."
            )

    def at(self, sensitivity: str) -> "SpottingSettings":
        """Return these settings with the floors of a position of the dial; `normal` gives the same ones.

        Raises:
            SettingsError: if it is not one of `SENSITIVITIES`.
        """
        if sensitivity not in SENSITIVITIES:
            raise SettingsError(f"sensitivity: found {sensitivity!r}; expected low, normal or high.")
        times = SENSITIVITIES[sensitivity]
        return replace(self, **{name: times * getattr(self, name) for name in _FLOORS})
