"""Scores of a run on action units: pooled, averaged over seeds, with intervals over people; rare units have none."""

from dataclasses import replace

import numpy as np
import pytest

from glfnet.scores.unit_measures import f1
from glfnet.scores.unit_predictions import UnitPredictions
from glfnet.scores.unit_scores import rare_units, score_units

PEOPLE, CLIPS = 12, 4


def a_run(*, noise: float = 0.3, seeds: int = 2) -> UnitPredictions:
    """Return answers on 48 clips of 12 people: AU4 in a half of them, AU12 in a quarter, AU9 in two clips only."""
    n = PEOPLE * CLIPS
    number = np.arange(n)
    truth = np.stack([number % 2 == 0, number < 2, number % 4 == 1], axis=1).astype(np.int64)
    truth[3, 0] = -1
    rng = np.random.default_rng(5)
    answers = [np.clip(truth.clip(0) * 0.6 + 0.2 + rng.normal(0, noise, truth.shape), 0, 1) for _ in range(seeds)]
    ids = np.array([f"db{p % 2}/p{p:02d}/c{c}" for p in range(PEOPLE) for c in range(CLIPS)])
    return UnitPredictions(
        units=(4, 9, 12),
        sample_id=np.tile(ids, seeds),
        fold=np.tile(np.array([i.rsplit("/", 1)[0] for i in ids]), seeds),
        seed=np.repeat(np.arange(seeds), n),
        truth=np.tile(truth, (seeds, 1)),
        probabilities=np.concatenate(answers),
    )


def test_a_score_is_pooled_over_folds_and_averaged_over_seeds() -> None:
    run = a_run()
    full = score_units(run, resamples=200).scopes["full"]
    known = run.truth[:48, 0] >= 0
    of_seeds = [
        float(f1(run.truth[:48, 0][known] == 1, run.probabilities[rows, 0][known], np.ones(known.sum())))
        for rows in (slice(0, 48), slice(48, 96))
    ]
    found = full.units[4].of("f1")
    assert found.mean == pytest.approx(np.mean(of_seeds))
    assert found.sd == pytest.approx(np.std(of_seeds, ddof=1))
    assert found.low < found.mean < found.high
    assert (full.samples, full.subjects) == (48, 12)
    assert (full.units[4].clips, full.units[4].there, full.units[4].people) == (47, 24, 12)


def test_a_unit_too_rare_has_counts_and_no_number_and_is_not_in_the_mean() -> None:
    full = score_units(a_run(), resamples=50).scopes["full"]
    assert full.units[9].is_rare
    assert not full.units[9].of("auc").is_defined
    assert full.counted == (4, 12)
    assert full.mean["auc"].mean == pytest.approx((full.units[4].of("auc").mean + full.units[12].of("auc").mean) / 2)
    assert "AU9 (2 clips of 1 people)" in rare_units(full)


def test_each_database_has_scores_of_its_own_and_the_order_of_rows_does_not_matter() -> None:
    run = a_run()
    scores = score_units(run, resamples=50)
    assert list(scores.scopes) == ["full", "db0", "db1"]
    order = np.random.default_rng(0).permutation(len(run.sample_id))
    columns = ("sample_id", "fold", "seed", "truth", "probabilities")
    shuffled = replace(run, **{name: getattr(run, name)[order] for name in columns})
    again = score_units(shuffled, resamples=50)
    assert repr(again) == repr(scores)
