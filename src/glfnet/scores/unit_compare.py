"""Runs on action units against a baseline run on the same samples: what `compare_runs` does for the task of classes.

Compared are means over units and every single unit, in all databases and in each. The means are few tests and are
corrected for their own number; single units are many, and are corrected for the number of all of them.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from glfnet.errors import ProtocolError
from glfnet.scores.comparison import Comparison, adjusted
from glfnet.scores.resampling import chunks, first_few, percentiles
from glfnet.scores.score_run import scopes
from glfnet.scores.unit_measures import UNIT_MEASURES, Floats, UnitMetric
from glfnet.scores.unit_predictions import UnitPredictions, unit_name
from glfnet.scores.unit_scores import Answers, aligned, counted_places, drawn_weights, mean_over_units, seed_scores

DRAWS = 2_000
"""Swaps of each test and resamples of each interval: of units, each takes far longer than of classes."""

_LEVEL = 0.95
_ROUNDING = 1e-12  # two statistics closer than this are equal: their sums were only added in another order


def compare_unit_runs(
    runs: Mapping[str, UnitPredictions], *, permutations: int = DRAWS, resamples: int = DRAWS, seed: int = 0
) -> list[Comparison]:
    """Compare each run with the first one, which is the baseline; see `compare_runs`.

    Args:
        runs: name -> predictions, at least two. The numbers of seeds may differ; samples, truths and units may not.
        permutations: swaps of each test. A person's answers in the two runs are exchanged, seed by seed; where one run
            has fewer seeds, they are used again.
        resamples: resamples of each interval.
        seed: of both.

    Returns:
        For each measure: the means over units, for each run in "full" and each database; then likewise each unit, with
        NaN where too few clips of too few people show it.

    Raises:
        ProtocolError: if the runs differ in samples, truths or units, or one is incomplete.
        SettingsError: if `permutations` or `resamples` is below 1.
    """
    (baseline, first), *others = runs.items()
    before = aligned(first)
    after = {name: aligned(other) for name, other in others}
    for name, other in others:
        _check_same(baseline, first, before, name, other, after[name])
    rows: list[Comparison] = []
    for metric in UNIT_MEASURES:
        found = [
            _compare(metric, scope, (baseline, before.select(part)), (name, of_run.select(part)), first.units, draws)
            for draws in [(permutations, resamples, seed)]
            for name, of_run in after.items()
            for scope, part in scopes(before.database).items()
        ]
        rows += adjusted([mean for mean, *_ in found])
        rows += adjusted([unit for _, *units in found for unit in units])
    return rows


def _compare(
    metric: UnitMetric,
    scope: str,
    baseline: tuple[str, Answers],
    run: tuple[str, Answers],
    units: Sequence[int],
    draws: tuple[int, int, int],
) -> list[Comparison]:
    """Return the comparison of the mean over units, then of each unit; NaN where there are too few clips."""
    permutations, resamples, seed = draws
    a, b = run[1], baseline[1]
    places = counted_places(b)
    numbers = np.full((1 + len(units), 6), np.nan)
    if places:
        everyone = np.ones(len(b.truth))
        value, before = (_with_mean(_scores(of, places, metric, everyone)) for of in (a, b))
        drawn = _differences(a, b, places, metric, resamples, seed)
        ends = np.array([percentiles(of_unit, len(b.people), _LEVEL)[:2] for of_unit in drawn])
        p_values = _p_values(a, b, places, metric, permutations, seed)
        numbers[[0, *(1 + place for place in places)]] = np.column_stack(
            [value, before, value - before, ends, p_values]
        )
    return [
        Comparison(
            run=run[0],
            baseline=baseline[0],
            scope=scope,
            metric=metric,
            value=value,
            baseline_value=before,
            difference=difference,
            low=low,
            high=high,
            p_value=p_value,
            adjusted_p_value=np.nan,  # needs all rows of the metric
            unit=unit,
        )
        for unit, (value, before, difference, low, high, p_value) in zip((None, *units), numbers.tolist(), strict=True)
    ]


def _scores(answers: Answers, places: Sequence[int], metric: UnitMetric, weight: Floats) -> Floats:
    """Return (U, ...), each unit's mean over seeds; weight (..., N)."""
    return np.stack([seed_scores(answers, place, metric, weight).mean(0) for place in places])


def _with_mean(scores: Floats) -> Floats:
    """Return (1 + U, ...) from (U, ...): first the mean over units, then the units."""
    return np.concatenate([mean_over_units(scores)[None], scores])


def _differences(
    a: Answers, b: Answers, places: Sequence[int], metric: UnitMetric, resamples: int, seed: int
) -> Floats:
    """Return (1 + U, resamples) differences between the runs, both on the same resampled people."""
    rng = np.random.default_rng(seed)
    weights = (drawn_weights(len(b.people), b.subject, size, rng) for size in chunks(resamples))
    of_runs = ((_scores(a, places, metric, w), _scores(b, places, metric, w)) for w in weights)
    return np.concatenate([_with_mean(one) - _with_mean(other) for one, other in of_runs], axis=1)


def _p_values(
    a: Answers, b: Answers, places: Sequence[int], metric: UnitMetric, permutations: int, seed: int
) -> Floats:  # fmt: skip
    """Return (1 + U,): how often chance makes a difference as large as the one that was found."""
    rng = np.random.default_rng(seed)
    observed = np.abs(_swapped(a, b, places, metric, np.zeros((1, len(b.people)), dtype=np.bool_)))
    as_extreme = np.zeros(len(observed))
    for size in chunks(permutations):
        swapped = rng.integers(0, 2, size=(size, len(b.people))).astype(np.bool_)
        difference = _swapped(a, b, places, metric, swapped)
        as_extreme += (np.abs(difference) >= observed - _ROUNDING).sum(axis=1)
    return np.asarray((as_extreme + 1) / (permutations + 1))


def _swapped(
    a: Answers, b: Answers, places: Sequence[int], metric: UnitMetric, swapped: NDArray[np.bool_]
) -> Floats:  # fmt: skip
    """Return (1 + U, P) differences of the mean and each unit if the answers of these people, (P, S), were swapped."""
    of = UNIT_MEASURES[metric].of
    exchanged = swapped[:, b.subject]  # (P, N)
    scores = []
    for one, other in _paired_seeds(a, b):
        for place in places:
            known = b.truth[:, place] >= 0
            truth, once = b.truth[known, place] == 1, np.ones(int(known.sum()))
            x, y, swap = one[known, place], other[known, place], exchanged[:, known]
            if UNIT_MEASURES[metric].of_order:
                # Two runs may order clips alike and give numbers of another size. Mixed as they are, they would have
                # no order that means anything, and hardly any difference would count as one.
                x, y = rankdata(x), rankdata(y)
            scores.append(of(truth, np.where(swap, y, x), once) - of(truth, np.where(swap, x, y), once))
    of_units = np.stack(scores).reshape(-1, len(places), len(swapped)).mean(0)
    return np.concatenate([np.mean(scores, axis=0)[None], of_units])


def _paired_seeds(a: Answers, b: Answers) -> Iterator[tuple[Floats, Floats]]:
    seeds_a, seeds_b = len(a.probabilities), len(b.probabilities)
    for number in range(max(seeds_a, seeds_b)):
        yield a.probabilities[number % seeds_a], b.probabilities[number % seeds_b]


def _check_same(
    baseline: str, first: UnitPredictions, before: Answers, name: str, other: UnitPredictions, after: Answers
) -> None:
    if first.units != other.units:
        units, others = (", ".join(map(unit_name, each)) for each in (first.units, other.units))
        raise ProtocolError(
            f"{name} has the units {others}, {baseline} has {units}. Compare runs of the same units: name them with "
            "--set protocol.units=[...]."
        )
    differing = sorted({*first.sample_id} ^ {*other.sample_id})
    what = "are in one run only"
    if not differing:
        ids = np.unique(first.sample_id)  # in the order of the answers
        differing, what = list(ids[(before.truth != after.truth).any(1)]), "have different action units in the two runs"
    if differing:
        raise ProtocolError(
            f"{baseline} and {name} cannot be compared: {len(differing)} samples {what}: {first_few(differing)}. "
            "Evaluate both on the same data and protocol."
        )
