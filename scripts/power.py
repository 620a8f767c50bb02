"""How many people a difference between two models takes to be seen by the paired test of `glfnet compare`.

    python scripts/power.py runs/dev/b-logistic_regression runs/dev/a-logistic_regression --differences 0.02 0.05

The two runs are real ones on the same clips; their difference must be at least the largest one asked for. People are
drawn from theirs with replacement, as many as one likes, and each drawn person's two results are swapped with such a
probability that the models differ by just as much as asked. Power is the share of such draws in which the test says
p < 0.05. Printed are the power for each number of people, and the number that has a power of 0.8, by interpolation.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from glfnet.errors import ProtocolError
from glfnet.progress import bar
from glfnet.scores.metrics import uf1
from glfnet.scores.predictions import read_predictions
from glfnet.scores.resampling import paired_test, subject_confusions

PEOPLE = (46, 68, 100, 200, 400, 800, 1600, 3200)
DRAWS, SWAPS = 200, 400
POWER, LEVEL = 0.8, 0.05

Counts = NDArray[np.int64]


def paired_counts(first: Path, second: Path) -> tuple[Counts, Counts]:
    """Return (S, R, K, K) confusions of both runs, the same people in the same order.

    Raises:
        ProtocolError: if the people differ.
    """
    (people, a), (others, b) = (
        subject_confusions(read_predictions(run / "predictions.csv")) for run in (first, second)
    )
    if people != others:
        raise ProtocolError(f"{first} and {second}: found other people. Evaluate both on the same clips.")
    return a, b


def swap_share(a: Counts, b: Counts, wanted: float) -> float:
    """Return how often the runs of a person must be swapped for their pooled UF1 to differ by `wanted`, a above b.

    Raises:
        ProtocolError: if they differ by less than that.
    """
    mean_a, mean_b = a.mean(axis=1).sum(axis=0), b.mean(axis=1).sum(axis=0)

    def difference(share: float) -> float:
        moved = share * (mean_b - mean_a)
        return float(uf1(mean_a + moved) - uf1(mean_b - moved))

    if difference(0.0) < wanted:
        raise ProtocolError(f"the runs differ by {difference(0.0):.3f}; expected at least {wanted}. Name other runs.")
    low, high = 0.0, 0.5  # at a half they are equal
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if difference(middle) > wanted else (low, middle)
    return low


def power(a: Counts, b: Counts, people: int, share: float, *, draws: int = DRAWS, seed: int = 0) -> float:
    """Return how often the paired test sees the difference with so many people."""
    rng = np.random.default_rng(seed)
    mean_a, mean_b = a.mean(axis=1, keepdims=True), b.mean(axis=1, keepdims=True)
    seen = 0
    for draw in range(draws):
        drawn = rng.integers(len(a), size=people)
        swapped = (rng.random(people) < share)[:, None, None, None]
        one, other = np.where(swapped, mean_b[drawn], mean_a[drawn]), np.where(swapped, mean_a[drawn], mean_b[drawn])
        test = paired_test(one, other, uf1, permutations=SWAPS, seed=draw)
        seen += test.p_value < LEVEL and test.difference > 0
    return seen / draws


def needed(people: Sequence[int], powers: Sequence[float]) -> str:
    """Return for how many people the power reaches 0.8, on a line between the logarithms of two numbers of people."""
    for (n, before), (more, after) in zip(zip(people, powers, strict=True), zip(people[1:], powers[1:], strict=True),
                                          strict=False):  # fmt: skip
        if before < POWER <= after:
            between = (POWER - before) / (after - before)
            return f"{float(f'{n * (more / n) ** between:.2g}'):,.0f}"
    return f"at most {people[0]}" if powers[0] >= POWER else f"more than {people[-1]:,}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path, help="run folder of the better model")
    parser.add_argument("second", type=Path, help="run folder of the other one")
    parser.add_argument("--differences", nargs="+", type=float, default=[0.02, 0.05])
    parser.add_argument("--people", nargs="+", type=int, default=list(PEOPLE))
    parser.add_argument("--draws", type=int, default=DRAWS)
    asked = parser.parse_args()
    a, b = paired_counts(asked.first, asked.second)
    shares = {wanted: swap_share(a, b, wanted) for wanted in asked.differences}
    print(f"| difference in UF1 | {' | '.join(f'{n:,}' for n in asked.people)} | people for a power of {POWER} |")
    print(f"|---:|{'---:|' * len(asked.people)}---:|")
    with bar("differences", Console(stderr=True)) as show:
        for done, (wanted, share) in enumerate(shares.items()):
            show(done, len(shares))
            powers = [power(a, b, n, share, draws=asked.draws) for n in asked.people]
            cells = [f"{wanted:.2f}", *(f"{p:.2f}" for p in powers), needed(asked.people, powers)]
            print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
