"""Accuracy and F1 that papers report for the five classes of CASME II and of SAMM, one subject left out.

Papers differ by a few clips, and most do not say which F1 they mean: the mean of the classes' F1, which is UF1, or
another one. A row stands beside the score whose epoch was chosen in the same way, as in `published`.
"""

from dataclasses import dataclass

from glfnet.report.published import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class FiveClassRow:
    """One line of a published table: five classes of one database under LOSO.

    Attributes:
        method: the name its authors use.
        year: year of the publication.
        database: `casme2` or `samm`.
        accuracy: in 0..1.
        f1: in 0..1, as the authors compute it.
        selected_on_test_subject: was the epoch chosen on the held-out subject itself? `unknown` where we know of
            neither a statement in the paper nor released code.
        source: the paper.
    """

    method: str
    year: int
    database: str
    accuracy: float
    f1: float
    selected_on_test_subject: Selection
    source: str


def five_class_rows(database: str) -> tuple[FiveClassRow, ...]:
    """Return the published rows of one database, from the lowest to the highest accuracy; none if there are none."""
    return tuple(sorted((row for row in _ROWS if row.database == database), key=lambda row: row.accuracy))


# method, year, CASME II and SAMM (accuracy, F1), epoch chosen on the test subject, source
_PAPERS: tuple[tuple[str, int, tuple[float, float], tuple[float, float], Selection, str], ...] = (
    ("DSSN", 2019, (0.7078, 0.7297), (0.5735, 0.4644), "unknown", "Khor et al., ICIP 2019"),
    ("Graph-TCN", 2020, (0.7398, 0.7246), (0.7500, 0.6985), "unknown", "Lei et al., ACM Multimedia 2020"),
    ("AU-GCN", 2021, (0.7427, 0.7047), (0.7426, 0.7045), "unknown", "Lei et al., CVPR Workshops 2021"),
    (
        "SLSTT",
        2022,
        (0.7581, 0.7530),
        (0.7239, 0.6400),
        "unknown",
        "Zhang et al., IEEE Transactions on Affective Computing 2022",
    ),
    ("MER-Supcon", 2022, (0.7358, 0.7286), (0.6765, 0.6251), "unknown", "Zhi et al., Pattern Recognition Letters 2022"),
    (
        "MMNet",
        2022,
        (0.8835, 0.8676),
        (0.8014, 0.7291),
        "yes",
        "Li et al., IJCAI 2022; its released code keeps each subject's best epoch, once for accuracy and once for F1",
    ),
)
_ROWS = tuple(
    FiveClassRow(
        method=method,
        year=year,
        database=database,
        accuracy=accuracy,
        f1=f1,
        selected_on_test_subject=selected,
        source=source,
    )
    for method, year, casme2, samm, selected, source in _PAPERS
    for database, (accuracy, f1) in (("casme2", casme2), ("samm", samm))
)
