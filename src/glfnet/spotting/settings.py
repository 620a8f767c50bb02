"""What counts as a movement, and of which kind."""

from dataclasses import dataclass

from glfnet.errors import SettingsError


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
    floor_percent: float = 0.4
    noise_factor: float = 5.0
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
