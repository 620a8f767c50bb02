"""How flow maps are made."""

from dataclasses import dataclass

from glfnet.errors import SettingsError
from glfnet.faces.alignment import crop_settings
from glfnet.flow.optical_flow import METHODS


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
    """

    crop: str = "wide"
    crop_px: int = 224
    method: str = "tvl1"
    size_px: int = 28
    rigid_correction: bool = False

    def __post_init__(self) -> None:
        crop_settings(self.crop, self.crop_px)
        if self.method not in METHODS:
            raise SettingsError(f"flow method {self.method!r}: no such method; known are {', '.join(METHODS)}.")
        if not 1 <= self.size_px <= self.crop_px:
            raise SettingsError(f"size_px must be 1 to {self.crop_px}, the size of the crop; got {self.size_px}.")
