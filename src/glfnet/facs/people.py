"""How people differ: how far each unit's place, direction, reach and strength vary, and how often one side moves.

Also the skin that a unit draws along besides the places of the atlas: what the manual calls appearance changes.

Lengths are distances between the eyes, as in the atlas. The one-sided shares are counted in the sheets of CASME II and
SAMM, clips of the development subjects; all other numbers are ours and were not fitted to people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from glfnet.facs.atlas import ACTION_UNITS, SIDES, SideMove


@dataclass(frozen=True, slots=True)
class Variation:
    """How far an action unit varies between people, and from one clip to the next.

    Attributes:
        one_sided: share of clips in which one half of the face moves alone or nearly so.
        place: standard deviation of where the skin moves, along x and along y.
        direction_degrees: standard deviation of the direction.
        reach: standard deviation of the logarithm of the window's radii.
        strength: standard deviation of the logarithm of the strength.
        asymmetry: standard deviation of the logarithm of one half's strength, where both move.
    """

    one_sided: float
    place: float = 0.05
    direction_degrees: float = 14.0
    reach: float = 0.2
    strength: float = 0.45
    asymmetry: float = 0.3


@dataclass(frozen=True, slots=True)
class Drawn:
    """Skin that a unit draws along: a Gaussian window as `atlas.Move`, but at a place of its own.

    Attributes:
        x: distance of its centre from the midline; there is one such window if this is 0, else one in each half.
        y: how far below the eyes.
        out: movement away from the midline, on the scale of `atlas.Move`.
        down: movement downwards.
        radius_x: standard deviation of the window along x.
        radius_y: standard deviation of the window along y.
    """

    x: float
    y: float
    out: float
    down: float
    radius_x: float
    radius_y: float

    @property
    def sides(self) -> tuple[SideMove, ...]:
        """The movement of each half of the face, left half of the image first, or the one on the midline."""
        signs = [sign for _, sign in SIDES] if self.x else [0]
        return tuple(
            SideMove("", sign, sign * self.x, self.y, sign * self.out, self.down, self.radius_x, self.radius_y)
            for sign in signs
        )


_OFTEN_ONE_SIDED = {2: 0.5, 4: 0.02, 5: 0.05, 6: 0.2, 7: 0.04, 9: 0.1, 10: 0.5, 12: 0.28, 14: 0.35, 15: 0.2, 17: 0.0}
_ONE_SIDED = 0.1  # of the units that the sheets list too rarely to count

VARIATION: Mapping[int, Variation] = MappingProxyType(
    {unit: Variation(_OFTEN_ONE_SIDED.get(unit, _ONE_SIDED)) for unit in ACTION_UNITS}
)
"""Action unit -> how it varies."""

# fmt: off
DRAWN_ALONG: Mapping[int, tuple[Drawn, ...]] = MappingProxyType(
    {
        4: (Drawn(0.50, -0.22, -0.5, 0.6, 0.34, 0.18),),  # the whole brow and the skin above the eye come down and in
        5: (Drawn(0.50, -0.18, 0.0, -0.4, 0.28, 0.12),),  # the lid fold disappears under the brow
        7: (Drawn(0.50, -0.14, -0.3, 0.35, 0.34, 0.14),),  # the opening of the eye narrows: its fold comes down
        9: (Drawn(0.28, -0.26, -0.6, 0.8, 0.30, 0.18),  # the inner brows are pulled down
            Drawn(0.40, 0.40, 0.0, -0.6, 0.26, 0.24),  # the skin beside the nose goes up
            Drawn(0.0, 1.00, 0.0, -0.4, 0.30, 0.14)),  # and with it the middle of the upper lip
        10: (Drawn(0.38, 0.62, 0.2, -0.8, 0.24, 0.26),  # the triangle below the eye is pushed up
             Drawn(0.30, 0.98, 0.0, -0.6, 0.24, 0.14)),  # the upper lip is an angle at each side
        12: (Drawn(0.70, 0.68, 0.6, -0.5, 0.24, 0.22),  # the cheek is pushed up and outwards
             Drawn(0.0, 1.10, 0.0, -0.3, 0.35, 0.14)),  # the middle of the lips goes up
        14: (Drawn(0.30, 1.40, 0.2, -0.8, 0.30, 0.22),),  # the skin below the corner and the chin go up towards it
        15: (Drawn(0.55, 1.20, 0.5, 0.3, 0.25, 0.25),  # the skin below the corner bags or wrinkles
             Drawn(0.0, 1.50, 0.0, -0.5, 0.30, 0.16)),  # the chin boss flattens upwards
        17: (Drawn(0.0, 1.68, 0.0, -0.8, 0.35, 0.20),  # the whole chin boss goes up
             Drawn(0.42, 1.15, -0.2, 0.2, 0.18, 0.16)),  # the mouth becomes an arch: its corners go down
    }
)
# fmt: on
"""Action unit -> skin that it draws along. Source: appearance changes of the manual; the numbers are ours."""
