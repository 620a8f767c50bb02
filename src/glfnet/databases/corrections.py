"""Repairs of annotation sheets, as data: database, sheet version, subject, clip, field, old, new, reason, source."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from glfnet.errors import InputError, faults, reason

ANY_VERSION = "*"
WRONG_ORDER = "wrong order"
_FILE = "corrections.toml"


class Correction(BaseModel):
    """One cell that is wrong in a sheet.

    Attributes:
        database: such as `casme2`.
        sheet: version of the sheet, one of the file's `sheets`, or `*` for all.
        subject: as in the index, such as `sub05`.
        clip: as in the index, such as `EP09_05f`.
        field: `onset_frame`, `apex_frame`, `offset_frame`, `emotion`, `action_units` or `fps`.
        old: what makes this correction apply: the cell's text; or the name of another field, if the cell repeats that
            one; or `wrong order`, if the row's frame numbers are out of order.
        new: the text in its place; empty: not annotated.
        reason: why the cell is wrong.
        source: where the reason and the new text come from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str
    sheet: str
    subject: str
    clip: str
    field: str = Field(pattern="^(onset_frame|apex_frame|offset_frame|emotion|action_units|fps)$")
    old: str
    new: str
    reason: str = Field(min_length=1)
    source: str = Field(min_length=1)

    @property
    def place(self) -> str:
        """Clip and field, and what the cell is to say instead of what."""
        new = self.new or "not annotated"
        old = f"(that of {self.old})" if self.old.endswith("_frame") else self.old
        return f"{self.database}/{self.subject}/{self.clip}: {self.field} {old} -> {new}"

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class _Version(BaseModel):
    """A version of a sheet, recognised by its number of clips, because a file may have any name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str
    version: str
    rows: int


class CorrectionFile(BaseModel):
    """All of a corrections file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sheets: tuple[_Version, ...] = ()
    corrections: tuple[Correction, ...] = ()


def read_corrections(path: Path | None = None) -> CorrectionFile:
    """Read a corrections file, by default the one of this package.

    Raises:
        InputError: naming every entry that is not as it must be.
    """
    file = path or Path(_FILE)
    try:
        text = (path or resources.files("glfnet.databases") / _FILE).read_text(encoding="utf-8")
        return CorrectionFile.model_validate(tomllib.loads(text))
    except ValidationError as error:
        found = "; ".join(faults(error, CorrectionFile))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        found = f"no readable TOML ({reason(error)})"
    raise InputError(
        file=file,
        found=found,
        expected=f"[[corrections]] with {', '.join(Correction.model_fields)}",
        remedy="See docs/databases.md for an example.",
    )


def corrections_for(
    database: str, rows: int, *, extra: Path | None = None, none: bool = False
) -> dict[tuple[str, str], list[Correction]]:
    """Return the corrections that may apply to a sheet, by (subject, clip).

    Args:
        database: such as `casme2`.
        rows: number of clips in the sheet, by which its version is recognised.
        extra: a user's own file; it applies after the package's, and also with `none`.
        none: leave out the package's own corrections.
    """
    own = read_corrections()
    users = read_corrections(extra) if extra is not None else CorrectionFile()
    known = (version for file in (own, users) for version in file.sheets)
    versions = {v.version for v in known if (v.database, v.rows) == (database, rows)} | {ANY_VERSION}
    found: dict[tuple[str, str], list[Correction]] = {}
    for correction in (*(() if none else own.corrections), *users.corrections):
        if correction.database == database and correction.sheet in versions:
            found.setdefault((correction.subject, correction.clip), []).append(correction)
    return found


def not_applied(
    file: Path,
    database: str,
    applied: Sequence[Correction],
    clips: Collection[tuple[str, str]],
    databases: Sequence[str],
) -> list[str]:
    """Return a sentence for each correction of a user's own file that was meant for this index and changed nothing.

    Args:
        file: the user's file.
        database: the indexed one.
        applied: corrections that the index has applied.
        clips: subject and clip of all clips of the index.
        databases: all names of databases that a correction may have.
    """
    sentences = []
    for correction in read_corrections(file).corrections:
        if correction.database not in databases:
            why = f"there is no database {correction.database}, only {', '.join(databases)}"
        elif correction.database != database or correction in applied:
            continue
        elif (correction.subject, correction.clip) not in clips:
            why = f"the index has no clip {correction.subject}/{correction.clip}"
        else:
            version = "" if correction.sheet == ANY_VERSION else f", or the sheet is not of version {correction.sheet}"
            why = f"the cell does not say {correction.old or 'nothing'}{version}"
        sentences.append(f"{file.name}: not applied: {correction.place}: {why}.")
    return sentences


def corrected(
    fields: Mapping[str, str], corrections: Sequence[Correction], *, out_of_order: bool
) -> tuple[dict[str, str], list[Correction]]:
    """Return a row's fields after its corrections, and those that applied.

    A correction whose `old` is not what the row says does not apply: the sheet may have been corrected since.
    """
    now, applied = dict(fields), []
    for correction in corrections:
        cell = fields.get(correction.field, "")
        repeats = correction.old in fields and cell != "" and cell == fields[correction.old]
        if cell == correction.old or repeats or (correction.old == WRONG_ORDER and out_of_order):
            now[correction.field] = correction.new
            applied.append(correction)
    return now, applied
