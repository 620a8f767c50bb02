"""How flow maps are made."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from glfnet.errors import SettingsError
from glfnet.faces.alignment import crop_settings
from glfnet.flow.apex import FLOW_RULE, check_apex_rule
from glfnet.flow.flow_map import SCALINGS
from glfnet.flow.optical_flow import METHODS

_LATER = ("scaling", "apex", "average_apexes")  # fields that stores made before them do not name


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSettings:
    """How flow maps are made; one store holds maps of one kind.

    Raises `SettingsError` if there is no such crop or method, or a size does not fit.

    Attributes:
        crop: name of the canonical crop, see `alignment.CROPS`.
        crop_px: side of the crop, in which flow is made.
        method: flow method, a name in `optical_flow.METHODS`.
        size_px: side of the stored maps.
        rigid_correction: take the movement of the head as a whole out of the flow.
        scaling: a name in `flow_map.SCALINGS`: `pixels`, or `stretched` at full size, as in CausalNet's maps.
        apex: how the apex is estimated where none is annotated, a name in `apex.APEX_RULES`.
        average_apexes: where the apex is estimated, the mean flow to several frames that it could be.
    """

    crop: str = "wide"
    crop_px: int = 224
    method: str = "tvl1"
    size_px: int = 28
    rigid_correction: bool = False
    scaling: str = "pixels"
    apex: str = FLOW_RULE
    average_apexes: bool = False

    def __post_init__(self) -> None:
        crop_settings(self.crop, self.crop_px)
        if self.method not in METHODS:
            raise SettingsError(f"flow method {self.method!r}: no such method; known are {', '.join(METHODS)}.")
        if not 1 <= self.size_px <= self.crop_px:
            raise SettingsError(f"size_px must be 1 to {self.crop_px}, the size of the crop; got {self.size_px}.")
        if self.scaling not in SCALINGS:
            raise SettingsError(f"scaling {self.scaling!r}: no such one; known are {', '.join(SCALINGS)}.")
        check_apex_rule(self.apex)

    def as_kept(self) -> dict[str, Any]:
        """Return the settings as a store names them; later ones only where they differ from their defaults.

        So maps that were made before these settings existed keep their keys.
        """
        defaults = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if name not in _LATER or value != defaults[name]}
