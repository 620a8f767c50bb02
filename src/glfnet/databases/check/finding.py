"""One thing that is wrong with an index or its frames, and how grave each kind of it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning"]

# An error keeps a clip from being used, or makes its flow or its fold wrong. The order is that of the report.
SEVERITY: Mapping[str, Severity] = MappingProxyType(
    {
        "no clips": "error",
        "missing frames": "error",
        "unreadable frames": "error",
        "frame numbered twice": "error",
        "mixed frame sizes": "error",
        "wrong order": "error",
        "apex outside": "error",
        "no apex, no offset": "error",
        "too short for an apex": "error",
        "unknown emotion": "error",
        "duplicate key": "error",
        "alike subjects": "error",
        "unusable name": "error",
        "duplicate images": "error",
        "no face": "error",
        "onset = apex": "warning",
        "unread action units": "warning",
        "gap": "warning",
        "small face": "warning",
        "frame rate": "warning",
        "long clip": "warning",
        "count": "warning",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or that a user should know.

    Attributes:
        kind: a key of `SEVERITY`.
        sample_id: the clip, database/subject/clip; empty where it is about the whole index.
        file: a picture, the folder of a clip's frames, or the index.
        found: in words.
        expected: in words.
        remedy: what to do, a sentence.
        row: the clip's row in the annotation sheet, None where it has none.
    """

    kind: str
    sample_id: str
    file: Path
    found: str
    expected: str
    remedy: str
    row: int | None = None

    @property
    def severity(self) -> Severity:
        """Whether it is an `error` or a `warning`."""
        return SEVERITY[self.kind]

    def __str__(self) -> str:
        row = f" (row {self.row} of the sheet)" if self.row is not None else ""
        where = f"{self.sample_id}{row}, {self.file}" if self.sample_id else str(self.file)
        return f"{where}: found {self.found}; expected {self.expected}. {self.remedy}"


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order of `SEVERITY`, so errors first, then of sample ids."""
    rank = {kind: place for place, kind in enumerate(SEVERITY)}
    return tuple(sorted(findings, key=lambda finding: (rank[finding.kind], finding.sample_id, str(finding.file))))
