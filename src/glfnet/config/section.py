"""What a settings page is made of: frozen sections, whose options each carry a default and where it comes from."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from glfnet.errors import SettingsError, faults

MANET = "ancestor: MA-Net (Zhao et al., TIP 2021)"
CBAM = "ancestor: CBAM (Woo et al., ECCV 2018), as in MA-Net"
AFF = "ancestor: Attentional Feature Fusion (Dai et al., WACV 2021)"
CUI = "ancestor: class-balanced loss (Cui et al., CVPR 2019)"
OURS = "ours"


def option(default: Any, source: str, about: str, *, later: bool = False, **limits: Any) -> Any:
    """Declare one setting with its default, where that default comes from, and what it does.

    `later` marks an option that came when run folders existed already, see
    `settings_page.identifying_settings`.
    """
    return Field(default, description=about, json_schema_extra={"source": source, "later": later}, **limits)


class Section(BaseModel):
    """A frozen part of the settings page; an option that does not exist or fit is a SettingsError, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, /, **options: Any) -> None:
        try:
            super().__init__(**options)
        except ValidationError as error:
            raise SettingsError(f"{type(self).__name__}: {'; '.join(faults(error, type(self), 'setting'))}") from None

    # As pydantic marks its own: sections within a page are made without it, and all faults of the page are collected.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]
