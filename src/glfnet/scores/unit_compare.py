"""Runs on action units against a baseline run on the same samples: what `compare_runs` does for the task of classes.

Compared are means over units, in all databases and in each; single units are too few clips for so many tests.
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
        rows += adjusted(
            [
                _compare(metric, scope, (baseline, before.select(part)), (name, of_run.select(part)), draws)
                for draws in [(permutations, resamples, seed)]
                for name, of_run in after.items()
                for scope, part in scopes(before.database).items()
            ]
        )
    return rows


def _compare(
    metric: UnitMetric, scope: str, baseline: tuple[str, Answers], run: tuple[str, Answers], draws: tuple[int, int, int]
) -> Comparison:
    permutations, resamples, seed = draws
    a, b = run[1], baseline[1]
    places = counted_places(b)
    everyone = np.ones(len(b.truth))
    value, baseline_value = (float(_mean(of, places, metric, everyone)) if places else np.nan for of in (a, b))
    low = high = p_value = np.nan
    if places:
        drawn = _differences(a, b, places, metric, resamples, seed)
        low, high, _ = percentiles(drawn, len(b.people), _LEVEL)
        p_value = _p_value(a, b, places, metric, permutations, seed)
    return Comparison(
        run=run[0],
        baseline=baseline[0],
        scope=scope,
        metric=metric,
        value=value,
        baseline_value=baseline_value,
        difference=value - baseline_value,
        low=low,
        high=high,
        p_value=p_value,
        adjusted_p_value=np.nan,  # needs all rows of the metric
    )


def _mean(answers: Answers, places: Sequence[int], metric: UnitMetric, weight: Floats) -> Floats:
    """Return (...) the mean over units of the mean over seeds; weight (..., N)."""
    return mean_over_units(np.stack([seed_scores(answers, place, metric, weight).mean(0) for place in places]))


def _differences(
    a: Answers, b: Answers, places: Sequence[int], metric: UnitMetric, resamples: int, seed: int
) -> Floats:
    rng = np.random.default_rng(seed)
    weights = (drawn_weights(len(b.people), b.subject, size, rng) for size in chunks(resamples))
    return np.concatenate([_mean(a, places, metric, w) - _mean(b, places, metric, w) for w in weights])


def _p_value(a: Answers, b: Answers, places: Sequence[int], metric: UnitMetric, permutations: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    observed = float(_swapped(a, b, places, metric, np.zeros((1, len(b.people)), dtype=np.bool_))[0])
    as_extreme = 0
    for size in chunks(permutations):
        swapped = rng.integers(0, 2, size=(size, len(b.people))).astype(np.bool_)
        difference = _swapped(a, b, places, metric, swapped)
        as_extreme += int((np.abs(difference) >= abs(observed) - _ROUNDING).sum())
    return (as_extreme + 1) / (permutations + 1)


def _swapped(
    a: Answers, b: Answers, places: Sequence[int], metric: UnitMetric, swapped: NDArray[np.bool_]
) -> Floats:  # fmt: skip
    """Return (P,) differences of the mean over units if the answers of these people, (P, S), were exchanged."""
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
    return np.asarray(np.mean(scores, axis=0))


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
