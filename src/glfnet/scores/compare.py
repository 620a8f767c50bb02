"""Runs against a baseline run on the same samples: differences, their intervals, and paired p-values after Holm.

Only the fixed epoch is compared. A difference between test-selected scores shows how lucky the selection was.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from glfnet.arguments import check_argument
from glfnet.errors import ProtocolError
from glfnet.scores.comparison import Comparison, adjusted
from glfnet.scores.metrics import MEASURES, Metric
from glfnet.scores.predictions import Predictions
from glfnet.scores.resampling import difference_interval, first_few, paired_test, rows_by_seed, subject_confusions
from glfnet.scores.score_run import subject_scopes
from glfnet.scores.spotting.answered_videos import SpottedVideos
from glfnet.scores.spotting.compare_spotted import compare_spotted
from glfnet.scores.unit_compare import DRAWS, compare_unit_runs
from glfnet.scores.unit_predictions import UnitPredictions

_DRAWS = 10_000
_METRICS: tuple[Metric, ...] = ("uf1", "uar", "accuracy")


def compare_runs(
    runs: Mapping[str, Predictions]
    | Mapping[str, UnitPredictions]
    | Mapping[str, SpottedVideos]
    | Mapping[str, Predictions | UnitPredictions | SpottedVideos],
    *,
    permutations: int | None = None,
    resamples: int | None = None,
    seed: int = 0,
) -> list[Comparison]:
    """Compare each run with the first one, which is the baseline.

    Args:
        runs: name -> predictions, at least two, of classes or of action units (see `compare_unit_runs`), or what was
            spotted in long videos (`read_spotted`, see `compare_spotted`). The numbers of seeds may differ; samples or
            videos, truths and classes may not.
        permutations: swaps of each test; None: 10,000, or 2,000 for action units, of which each takes far longer.
        resamples: resamples of each interval, likewise.
        seed: seed of both.

    Returns:
        For each metric and run: "full", then each database; of action units, the means over units so, then each unit;
        of long videos, each database and kind of expression.

    Raises:
        ProtocolError: if there are fewer than two runs, or they differ in samples, truths or classes, or one is
            incomplete, or a database is called "full".
        SettingsError: if `permutations` or `resamples` is below 1.
    """
    expected = "prediction tables by name: {'a': glfnet.read_predictions('runs/a/predictions.csv'), ...}"
    tables = isinstance(runs, Mapping) and all(
        isinstance(each, Predictions | UnitPredictions | SpottedVideos) for each in runs.values()
    )
    check_argument("runs", runs, tables, expected)
    if len(runs) < 2:
        raise ProtocolError(f"a comparison needs at least two runs; got {len(runs)}. Name a baseline and another run.")
    on_units = {name: each for name, each in runs.items() if isinstance(each, UnitPredictions)}
    on_videos = {name: each for name, each in runs.items() if isinstance(each, SpottedVideos)}
    named = {name: each for name, each in runs.items() if isinstance(each, Predictions)}
    if len(runs) not in (len(named), len(on_units), len(on_videos)):
        groups = ((named, "on classes"), (on_units, "on action units"), (on_videos, "over long videos"))
        found = " and ".join(f"runs {what}" for of_it, what in groups if of_it)
        raise ProtocolError(f"found {found}; expected runs of one task.")
    draws = DRAWS if on_units else _DRAWS
    permutations, resamples = (draws if given is None else given for given in (permutations, resamples))
    if on_units:
        return compare_unit_runs(on_units, permutations=permutations, resamples=resamples, seed=seed)
    if on_videos:
        return [*compare_spotted(on_videos, permutations=permutations, resamples=resamples, seed=seed)]
    return _compare_classes(named, permutations, resamples, seed)


def _compare_classes(
    named: Mapping[str, Predictions], permutations: int, resamples: int, seed: int
) -> list[Comparison]:
    (baseline, first), *others = named.items()
    for name, other in others:
        _check_same_samples(baseline, first, name, other)
    rows: list[Comparison] = []
    for metric in _METRICS:
        of_metric = [
            row
            for name, other in others
            for row in _compare(metric, (baseline, first), (name, other), permutations, resamples, seed)
        ]
        rows += adjusted(of_metric)
    return rows


def _compare(
    metric: Metric,
    baseline: tuple[str, Predictions],
    run: tuple[str, Predictions],
    permutations: int,
    resamples: int,
    seed: int,
) -> list[Comparison]:
    statistic = MEASURES[metric].of
    subjects, before = subject_confusions(baseline[1])
    _, after = subject_confusions(run[1])
    rows = []
    for scope, covered in subject_scopes(subjects).items():
        a, b = after[covered], before[covered]
        found = difference_interval(a, b, statistic, resamples=resamples, seed=seed)
        test = paired_test(a, b, statistic, permutations=permutations, seed=seed)
        rows.append(
            Comparison(
                run=run[0],
                baseline=baseline[0],
                scope=scope,
                metric=metric,
                value=float(statistic(a.sum(0)).mean()),
                baseline_value=float(statistic(b.sum(0)).mean()),
                difference=found.mean,
                low=found.low,
                high=found.high,
                p_value=test.p_value,
                adjusted_p_value=np.nan,  # needs all rows of the metric
            )
        )
    return rows


def _check_same_samples(baseline: str, first: Predictions, name: str, other: Predictions) -> None:
    if first.classes != other.classes:
        raise ProtocolError(
            f"{name} has the classes {', '.join(other.classes)}, {baseline} has {', '.join(first.classes)}. "
            "Compare runs of the same protocol and label set."
        )
    truths, other_truths = _truths(first), _truths(other)
    differing = sorted(truths.keys() ^ other_truths.keys())
    what = "are in one run only"
    if not differing:
        differing = [s for s, truth in truths.items() if other_truths[s] != truth]
        what = "have different true classes in the two runs"
    if differing:
        raise ProtocolError(
            f"{baseline} and {name} cannot be compared: {len(differing)} samples {what}: {first_few(differing)}. "
            "Evaluate both on the same data, protocol and label set."
        )


def _truths(predictions: Predictions) -> dict[str, int]:
    rows: NDArray[np.intp] = rows_by_seed(predictions)[0]
    return {str(s): int(t) for s, t in zip(predictions.sample_id[rows], predictions.truth[rows], strict=True)}
