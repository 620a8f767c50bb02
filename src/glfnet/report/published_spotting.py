"""What papers report for spotting in long videos, and how each number was obtained.

The numbers are hard to compare: a threshold that was chosen on the very videos that it is scored on is no estimate, a
blind test set has other videos, and most papers do not say enough. So each row says what is known of it, and rows stand
only beside a run over the database that they are of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSpotting:
    """One line of a published table; an overlap (IoU) of one half makes an interval found.

    Attributes:
        method: the name its authors use.
        year: of the publication.
        database: as `glfnet index` calls it.
        f1: kind of expression (`both`: the sum) -> F1 of spotting, of those that the source states, as it prints them.
        strs: of micro-expressions, likewise; None where the source does not state it.
        how: a sentence on how it was obtained, as far as the source says.
        source: where the number is from.
    """

    method: str
    year: int
    database: str
    f1: Mapping[str, str] = field(default_factory=dict)
    strs: str | None = None
    how: str
    source: str

    @property
    def name(self) -> str:
        """The method with its year."""
        return f"{self.method} ({self.year})"


def published_spotting(database: str) -> tuple[PublishedSpotting, ...]:
    """Return the published rows of one database, the oldest first; none if there are none."""
    return tuple(sorted((row for row in _ROWS if row.database == database), key=lambda row: row.year))


PUBLISHED_VIDEOS: Mapping[str, int] = {"casme_sq": 98, "samm_long": 147}
"""How many videos a database has in the published tables, where sources say so."""

_MICRO, _MACRO, _BOTH = "micro_expression", "macro_expression", "both"
_OF_2019 = "Li et al., Spotting Micro-Expressions on Long Videos Sequences, FG 2019 (arXiv 1812.10306), abstract"
_OF_2020 = (
    "He et al., Spotting Macro- and Micro-expression Intervals in Long Video Sequences, FG 2020 (arXiv 1912.11985)"
)
_OF_2025 = "Fan et al., MEGC2025 (arXiv 2506.15298)"
_ALONE = "The baseline of MEGC 2019, on its videos; one subject left out."
_CHOSEN = "The baseline of MEGC 2020. Nothing is trained; the threshold was chosen for its hits on these very videos."
_UNSAID = "The abstract does not say how its settings were chosen."
_BLIND = "on other videos: its blind test set, 30 clips of SAMM and CAS(ME)³."

_ROWS = (
    PublishedSpotting(
        method="LTP", year=2019, database="casme_sq", f1={_MICRO: "0.0179"}, how=_ALONE,
        source=_OF_2019,
    ),
    PublishedSpotting(
        method="LTP", year=2019, database="samm_long", f1={_MICRO: "0.0316"}, how=_ALONE,
        source=_OF_2019,
    ),
    PublishedSpotting(
        method="MDMD", year=2020, database="casme_sq",
        f1={_MICRO: "0.0082", _MACRO: "0.1196", _BOTH: "0.0376"}, how=_CHOSEN, source=_OF_2020,
    ),
    PublishedSpotting(
        method="MDMD", year=2020, database="samm_long",
        f1={_MICRO: "0.0364", _MACRO: "0.0629", _BOTH: "0.0445"}, how=_CHOSEN, source=_OF_2020,
    ),
    PublishedSpotting(
        method="Zhao et al.", year=2022, database="casme_sq",
        f1={_MICRO: "0.2522", _MACRO: "0.4717", _BOTH: "0.4436"},
        how="Improved after MEGC 2022 by its authors, who do not say on which videos.",
        source="repository of Zhao et al., Rethinking Optical Flow Methods for Micro-Expression Spotting, ACM MM 2022",
    ),
    *(
        PublishedSpotting(
            method="Prior-guided video-level regression", year=2025, database=database, strs=strs, how=_UNSAID,
            source="Boosting Micro-Expression Analysis via Prior-Guided Video-Level Regression, 2025 (arXiv "
            "2508.18834), abstract",
        )
        for database, strs in (("casme3_long", "0.0562"), ("samm_long", "0.2000"))
    ),
    *(
        PublishedSpotting(
            method="MEAN", year=2025, database=database, f1={_MICRO: f1}, strs=strs,
            how=f"The baseline of MEGC 2025, {_BLIND}", source=_OF_2025,
        )
        for database, f1, strs in (("casme3_long", "0.0387", "0.0086"), ("samm_long", "0.0278", "0.0062"))
    ),
    *(
        PublishedSpotting(
            method="Best of a leaderboard", year=2025, database=database, strs="0.09",
            how=f"MEGC 2025, {_BLIND} About 0.09, both databases together, as a summary of the paper has it.",
            source=_OF_2025,
        )
        for database in ("casme3_long", "samm_long")
    ),
)  # fmt: skip
