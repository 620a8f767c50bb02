"""The power of the paired test: the difference is just as large as asked, and more people see it more often."""

import sys
from pathlib import Path

import numpy as np
import power
import pytest

from glfnet.errors import ProtocolError
from glfnet.scores.metrics import uf1

KEPT = Path(__file__).parents[1] / "made_by_earlier_versions" / "0.1.0"


def two_models(good: float, bad: float, people: int = 30) -> tuple[power.Counts, power.Counts]:
    """Return counts of two models that get such shares of clips right, ten clips a person."""
    rng = np.random.default_rng(0)
    counts = np.zeros((2, people, 1, 3, 3), dtype=np.int64)
    for model, right in enumerate((good, bad)):
        for person in range(people):
            for clip in range(10):
                truth = clip % 3
                said = truth if rng.random() < right else (truth + 1) % 3
                counts[model, person, 0, truth, said] += 1
    return counts[0], counts[1]


def test_swapping_makes_the_difference_that_was_asked_for() -> None:
    a, b = two_models(0.8, 0.6)
    share = power.swap_share(a, b, 0.05)
    moved = share * (b - a).sum(axis=(0, 1))
    assert uf1(a.sum(axis=(0, 1)) + moved) - uf1(b.sum(axis=(0, 1)) - moved) == pytest.approx(0.05, abs=1e-6)


def test_a_difference_that_the_runs_do_not_have_is_refused() -> None:
    a, b = two_models(0.8, 0.6)
    with pytest.raises(ProtocolError, match=r"the runs differ by 0\.\d\d\d; expected at least 0\.5\. Name other runs"):
        power.swap_share(a, b, 0.5)


def test_the_more_people_the_more_power_and_without_a_difference_hardly_any() -> None:
    a, b = two_models(0.8, 0.6)
    share = power.swap_share(a, b, 0.08)
    few, many = (power.power(a, b, people, share, draws=40) for people in (10, 300))
    assert few < 0.6 < many
    assert power.power(a, b, 60, 0.5, draws=60) < 0.15, "swapped every other time, the models are equal"


def test_the_people_that_are_needed_lie_between_two_numbers() -> None:
    assert power.needed((50, 100, 200), (0.1, 0.7, 0.9)) == "140"
    assert power.needed((50, 100), (0.1, 0.7)) == "more than 100"
    assert power.needed((50, 100), (0.9, 1.0)) == "at most 50"


@pytest.mark.slow
def test_the_script_prints_a_row_for_each_difference(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [str(KEPT / "run"), str(KEPT / "run_of_logistic_regression")]
    monkeypatch.setattr(
        sys, "argv", ["power.py", *runs, "--differences", "0.01", "0.02", "--people", "5", "20", "--draws", "3"]
    )
    power.main()
    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == "| difference in UF1 | 5 | 20 | people for a power of 0.8 |"
    assert [row.split("|")[1].strip() for row in rows[2:]] == ["0.01", "0.02"]
