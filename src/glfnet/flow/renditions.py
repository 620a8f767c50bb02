"""Published renditions of the field's flow maps, as settings: as far as their makers say how they were made.

docs/renditions.md says of each setting whether it is known, measured or guessed, and what no setting imitates.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from glfnet.errors import SettingsError
from glfnet.flow.settings import FlowSettings

_STSTNET = FlowSettings(crop="tight")

RENDITIONS: Mapping[str, FlowSettings] = MappingProxyType(
    {
        "ststnet": _STSTNET,
        "htnet": _STSTNET,  # its repository holds the same pictures, see docs/renditions.md
        "causalnet": FlowSettings(crop="wide", crop_px=128, scaling="stretched"),
    }
)
"""Name of a published rendition -> the settings that come nearest to it."""


def rendition(name: str) -> FlowSettings:
    """Return the settings that imitate a published rendition.

    Raises:
        SettingsError: if none of this name is known.
    """
    known = RENDITIONS.get(name.lower())
    if known is None:
        near = get_close_matches(name.lower(), RENDITIONS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise SettingsError(f"rendition {name!r}: no such rendition; known are {', '.join(RENDITIONS)}.{hint}")
    return known
