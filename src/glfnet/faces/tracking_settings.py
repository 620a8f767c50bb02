"""How faces are found and followed."""

from dataclasses import dataclass

from glfnet.errors import SettingsError
from glfnet.faces.alignment import crop_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingSettings:
    """When a face is looked for and when its transform changes. Raises `SettingsError` if a value does not fit.

    Attributes:
        crop_px: side of the wide crop that transforms lead to.
        detect_every_s: how often the detector looks while all is well.
        search_every_s: how often it looks while there is no face, after a loss, and until a new face is confirmed.
        search_px: for the detector, the frame is shrunk to this shorter side: it sees each face at 48 pixels anyway.
        move_share: a head that has moved farther than this share of the distance between the eyes gets a new transform;
        turn_degrees: so does one that has turned farther in the picture,
        size_share: and one that has become larger or smaller by more than this share.
        likeness: correlation with the face as it was, below which it counts as lost.
    """

    crop_px: int = 224
    detect_every_s: float = 1.0
    search_every_s: float = 0.2
    search_px: int = 360
    move_share: float = 0.06
    turn_degrees: float = 3.0
    size_share: float = 0.05
    likeness: float = 0.5

    def __post_init__(self) -> None:
        crop_settings("wide", self.crop_px)
        for name in ("detect_every_s", "search_every_s", "search_px", "move_share", "turn_degrees", "size_share"):
            if not getattr(self, name) > 0:
                raise SettingsError(f"{name}: found {getattr(self, name)}; expected a number above 0.")
        if not 0 <= self.likeness < 1:
            raise SettingsError(f"likeness: found {self.likeness}; expected a correlation, from 0 to below 1.")
