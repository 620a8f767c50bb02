"""UF1 values that papers report for the composite protocol of MEGC2019, and which scores may stand beside them.

Many papers keep, for each held-out subject, the epoch that scored best on that very subject. Such a number is not an
estimate of performance, so every row says how its epoch was chosen, and `comparable` keeps the kinds apart.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

from glfnet.scores.predictions import ScoreKind

Selection = Literal["yes", "no", "unknown"]

PUBLISHED_CLIPS = 442
PUBLISHED_SUBJECTS = 68

# How each kind of score is called in figures, tables and the page: always the same, so that no reader mixes them up.
KIND_NAMES: Mapping[ScoreKind, str] = MappingProxyType(
    {
        "fixed": "honest: the held-out subject had no part in choosing the epoch",
        "test_selected": (
            "test-selected: the epoch was chosen on the held-out subject itself; not an estimate of performance; "
            "only for comparison with papers that do the same"
        ),
    }
)
CHANCE_NAME = "chance level of test selection: random labels, the best of as many looks kept for each held-out subject"

_CLASSES = {"negative", "positive", "surprise"}  # of MEGC2019
_SCOPES = {
    "full": "All databases", "smic": "SMIC", "casme2": "CASME II", "samm": "SAMM",
    "casme_sq": "CAS(ME)²", "samm_long": "SAMM Long Videos", "casme3_long": "CAS(ME)³, long videos",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """One line of a published table: UF1 under LOSO over the 442 clips and 68 subjects of MEGC2019, three classes.

    Attributes:
        method: the name its authors use, or what we call a re-implementation.
        year: year of the publication, None where there is none.
        full, smic, casme2, samm: UF1 in 0..1, None where the source does not state it.
        selected_on_test_subject: was the epoch chosen on the held-out subject itself? `unknown` where neither the
            paper nor its released code says so.
        inferred: True where we derived the numbers from other statements of the authors.
        source: where the numbers come from.
    """

    method: str
    year: int | None
    full: float | None
    smic: float | None
    casme2: float | None
    samm: float | None
    selected_on_test_subject: Selection
    inferred: bool = False
    source: str

    @property
    def name(self) -> str:
        """The method's name as it must be shown: with a remark where its numbers are inferred."""
        return f"{self.method} (inferred)" if self.inferred else self.method


def published_rows() -> tuple[PublishedRow, ...]:
    """Return the published rows, from the lowest to the highest UF1 over all databases."""
    return tuple(sorted(_ROWS, key=lambda row: row.full or 0.0))


class Selected(Protocol):
    """A published row that says how its epoch was chosen."""

    @property
    def selected_on_test_subject(self) -> Selection:
        """Whether it was chosen on the held-out subject itself."""
        ...


def comparable(row: Selected, which: ScoreKind) -> bool:
    """Return whether `row` may stand beside a run's score of kind `which`.

    A paper that chose its epoch on the test subject stands beside the test-selected score only, one that did not beside
    the honest score only. Where it is unknown the row stands beside neither.
    """
    return row.selected_on_test_subject == {"fixed": "no", "test_selected": "yes"}[which]


def are_published(classes: Collection[str], databases: Collection[str]) -> bool:
    """Return whether clips of these classes and databases are among those that the papers of `published_rows` score.

    Published numbers stand beside no others: next to a score on made-up faces they would look like a comparison.

    Args:
        classes: names of the classes.
        databases: names of the databases that occur.
    """
    return set(classes) == _CLASSES and bool(databases) and set(databases) <= _SCOPES.keys() - {"full"}


def scope_name(scope: str) -> str:
    """Return how to show `full` or a database: `casme2` as CASME II; an unknown database under its own name."""
    return _SCOPES.get(scope, scope)


_MEGC = "See et al., MEGC 2019 (FG 2019), baseline"

_ROWS = (
    PublishedRow(
        method="LBP-TOP",
        year=2019,
        full=0.588,
        smic=0.200,
        casme2=0.703,
        samm=0.395,
        selected_on_test_subject="no",
        source=f"{_MEGC}; nothing is trained by epochs",
    ),
    PublishedRow(
        method="Bi-WOOF",
        year=2018,
        full=0.630,
        smic=0.573,
        casme2=0.781,
        samm=0.521,
        selected_on_test_subject="no",
        source="Liong et al., Signal Processing: Image Communication 2018; nothing is trained by epochs",
    ),
    PublishedRow(
        method="OFF-ApexNet",
        year=2019,
        full=0.720,
        smic=0.682,
        casme2=0.876,
        samm=0.541,
        selected_on_test_subject="unknown",
        source="Gan et al., Signal Processing: Image Communication 2019",
    ),
    PublishedRow(
        method="STSTNet (its PyTorch port)",
        year=None,
        full=0.721,
        smic=None,
        casme2=None,
        samm=None,
        selected_on_test_subject="no",
        source="published weights of the port, one file per held-out subject",
    ),
    PublishedRow(
        method="STSTNet",
        year=2019,
        full=0.735,
        smic=0.680,
        casme2=0.838,
        samm=0.659,
        selected_on_test_subject="unknown",
        source="Liong et al., FG 2019",
    ),
    PublishedRow(
        method="RCN-A",
        year=2020,
        full=0.743,
        smic=0.633,
        casme2=0.851,
        samm=0.760,
        selected_on_test_subject="no",
        source="Xia et al., IEEE Transactions on Image Processing 2020",
    ),
    PublishedRow(
        method="FeatRef",
        year=2022,
        full=0.784,
        smic=0.701,
        casme2=0.892,
        samm=0.737,
        selected_on_test_subject="unknown",
        source="Zhou et al., Pattern Recognition 2022",
    ),
    PublishedRow(
        method="EMR",
        year=2019,
        full=0.789,
        smic=0.746,
        casme2=0.829,
        samm=0.775,
        selected_on_test_subject="unknown",
        source="Liu et al., FG 2019",
    ),
    PublishedRow(
        method="HTNet",
        year=2024,
        full=0.860,
        smic=0.805,
        casme2=0.953,
        samm=0.813,
        selected_on_test_subject="yes",
        source="Wang et al., Neurocomputing 2024; selection seen in its released code",
    ),
    PublishedRow(
        method="GLFNet",
        year=2025,
        full=0.885,
        smic=0.852,
        casme2=0.958,
        samm=0.833,
        selected_on_test_subject="unknown",
        inferred=True,
        source="Zhang et al., Entropy 2025, 27(10), 1023: the gains its abstract claims, added to HTNet's numbers",
    ),
    PublishedRow(
        method="CausalNet",
        year=2025,
        full=0.898,
        smic=0.839,
        casme2=0.981,
        samm=0.878,
        selected_on_test_subject="yes",
        source="its paper; selection seen in its released code",
    ),
)
