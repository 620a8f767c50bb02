"""Intervals over subjects, paired tests and Holm: properties on made-up runs."""

import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from glfnet.errors import ProtocolError, SettingsError, ShapeError
from glfnet.scores.metrics import accuracy, confusion, uar, uf1
from glfnet.scores.predictions import Predictions
from glfnet.scores.resampling import (
    difference_interval,
    holm,
    interval,
    paired_test,
    rows_by_seed,
    subject_confusions,
)

AGAIN = "Run `glfnet evaluate` again with the same output folder; finished folds are kept."


def a_run(subjects: int = 6, clips: int = 4, seeds: tuple[int, ...] = (0, 1), skill: float = 0.6) -> Predictions:
    """Three classes; each prediction is right with probability `skill`, else any class."""
    rng = np.random.default_rng(0)
    ids = [f"casme2/sub{s:02d}/clip{c}" for s in range(subjects) for c in range(clips)] * len(seeds)
    truth = np.tile(rng.integers(0, 3, subjects * clips), len(seeds))
    guess = np.where(rng.random((2, len(ids))) < skill, truth, rng.integers(0, 3, (2, len(ids))))
    return Predictions(
        classes=("negative", "positive", "surprise"),
        sample_id=np.array(ids),
        fold=np.array([i.rsplit("/", 1)[0] for i in ids]),
        seed=np.repeat(seeds, subjects * clips),
        truth=truth,
        probabilities=np.full((len(ids), 3), 1 / 3),
        prediction=guess[0],
        test_selected_prediction=guess[1],
    )


def in_order(table: Predictions, order: NDArray[np.intp]) -> Predictions:
    parts = {name: getattr(table, name) for name in Predictions.__dataclass_fields__}
    return Predictions(**{name: part if name == "classes" else part[order] for name, part in parts.items()})


def random_confusions(
    subjects: int = 40, seeds: int = 3, clips: int = 6, skill: float = 0.6, seed: int = 0
) -> NDArray[np.int64]:
    """(S, R, 3, 3): every seed has the same truths, its own predictions."""
    return confusions_of(np.random.default_rng(1).integers(0, 3, (subjects, clips)), seeds, skill, seed)


def confusions_of(truth: NDArray[np.int64], seeds: int, skill: float, seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    shape = (len(truth), seeds, truth.shape[1])
    truths = np.broadcast_to(truth[:, None], shape)
    guess = np.where(rng.random(shape) < skill, truths, rng.integers(0, 3, shape))
    pairs = zip(truths.reshape(-1, shape[2]), guess.reshape(-1, shape[2]), strict=True)
    return np.array([confusion(t, g, 3) for t, g in pairs]).reshape(*shape[:2], 3, 3)


# --- confusions by subject and seed


def test_subjects_are_counted_each_with_its_own_clips_and_seeds():
    run = a_run()
    subjects, counts = subject_confusions(run)
    assert subjects == tuple(f"casme2/sub{s:02d}" for s in range(6))
    for s, name in enumerate(subjects):
        for r, seed in enumerate(run.seeds):
            rows = (run.subject == name) & (run.seed == seed)
            np.testing.assert_array_equal(counts[s, r], confusion(run.truth[rows], run.prediction[rows], 3))


def test_the_test_selected_predictions_are_counted_only_when_asked_for():
    run = a_run()
    expected = confusion(run.truth, run.test_selected_prediction, 3)
    np.testing.assert_array_equal(subject_confusions(run.of("test_selected"))[1].sum((0, 1)), expected)
    np.testing.assert_array_equal(subject_confusions(run)[1].sum((0, 1)), confusion(run.truth, run.prediction, 3))


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(48)))
def test_shuffling_rows_changes_no_count(order):
    run = a_run()
    shuffled = in_order(run, np.array(order))
    assert subject_confusions(shuffled)[0] == subject_confusions(run)[0]
    np.testing.assert_array_equal(subject_confusions(shuffled)[1], subject_confusions(run)[1])


def test_two_databases_with_a_subject_of_one_name_are_two_people():
    run = a_run(subjects=1, seeds=(0,))
    run.sample_id[:] = ["casme2/01/a", "casme2/01/b", "smic/01/a", "smic/01/b"]
    subjects, counts = subject_confusions(run)
    assert subjects == ("casme2/01", "smic/01")
    np.testing.assert_array_equal(counts.sum((1, 2, 3)), [2, 2])


def test_each_column_of_rows_by_seed_is_one_sample():
    run = in_order(a_run(seeds=(3, 1)), np.random.default_rng(0).permutation(48))
    rows = rows_by_seed(run)
    assert rows.shape == (2, 24)
    np.testing.assert_array_equal(run.seed[rows], np.repeat([[1], [3]], 24, axis=1))
    np.testing.assert_array_equal(run.sample_id[rows[0]], np.sort(np.unique(run.sample_id)))
    np.testing.assert_array_equal(run.sample_id[rows[0]], run.sample_id[rows[1]])


def test_an_empty_table_is_refused():
    with pytest.raises(ProtocolError, match=r"^there are no predictions to score\. Run `glfnet evaluate` first\.$"):
        rows_by_seed(a_run().select(np.zeros(48, dtype=bool)))


def test_a_seed_that_lacks_samples_is_refused_and_the_samples_named():
    run = a_run()
    partial = run.select(~((run.seed == 1) & (run.subject == "casme2/sub02")))
    named = "casme2/sub02/clip0, casme2/sub02/clip1, casme2/sub02/clip2 and 1 more"
    expected = f"4 samples lack a prediction for some seed: {named}. {AGAIN}"
    with pytest.raises(ProtocolError, match=f"^{re.escape(expected)}$"):
        subject_confusions(partial)


def test_a_sample_that_appears_twice_is_refused_and_named():
    run = a_run()
    expected = f"1 samples appear twice for one seed: casme2/sub00/clip1. {AGAIN}"
    with pytest.raises(ProtocolError, match=f"^{re.escape(expected)}$"):
        subject_confusions(in_order(run, np.array([*range(48), 1])))


@pytest.mark.parametrize(("column", "other"), [("truth", 0), ("fold", "elsewhere")])
def test_a_sample_whose_truth_or_fold_changes_between_seeds_is_refused(column, other):
    run = a_run()
    getattr(run, column)[:] = getattr(run, column)[0]
    getattr(run, column)[5] = (run.truth[5] + 1) % 3 if column == "truth" else other
    expected = f"1 samples change their {column} from seed to seed: casme2/sub01/clip1. {AGAIN}"
    with pytest.raises(ProtocolError, match=f"^{re.escape(expected)}$"):
        subject_confusions(run)


# --- intervals


def test_mean_and_spread_are_those_of_the_pooled_score_of_each_seed():
    counts = random_confusions()
    scores = [float(uf1(counts[:, r].sum(0))) for r in range(3)]
    found = interval(counts, uf1, resamples=100)
    assert found.mean == pytest.approx(np.mean(scores))
    assert found.sd == pytest.approx(np.std(scores, ddof=1))


@pytest.mark.parametrize("statistic", [uf1, uar, accuracy])
@pytest.mark.parametrize("seed", range(5))
def test_the_interval_covers_the_score_itself(statistic, seed):
    found = interval(random_confusions(seed=seed), statistic, resamples=500)
    assert 0 <= found.low < found.mean < found.high <= 1
    assert found.undefined_share == 0


def test_four_times_the_subjects_give_an_interval_half_as_wide():
    few = interval(random_confusions(), uf1, resamples=2000)
    many = interval(np.tile(random_confusions(), (4, 1, 1, 1)), uf1, resamples=2000)
    assert many.mean == pytest.approx(few.mean)
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(2, rel=0.15)


@pytest.mark.slow
def test_about_95_of_100_intervals_hold_the_true_accuracy():
    truth = np.random.default_rng(0).integers(0, 3, (40, 5))
    true_accuracy = 0.6 + 0.4 / 3
    found = [interval(confusions_of(truth, 1, 0.6, seed), accuracy, resamples=300) for seed in range(100)]
    assert 88 <= sum(i.low <= true_accuracy <= i.high for i in found) <= 99


def test_subjects_who_are_all_right_or_all_wrong_widen_the_interval():
    clips = random_confusions(subjects=120, clips=1, seeds=1)
    misses_first = clips[np.argsort(accuracy(clips)[:, 0], kind="stable")]
    mixed, alike = (interval(c.reshape(20, 6, 1, 3, 3).sum(1), accuracy, resamples=1000) for c in (clips, misses_first))
    assert alike.mean == mixed.mean
    assert alike.high - alike.low > 1.5 * (mixed.high - mixed.low)


def test_one_seed_has_no_spread_but_an_interval():
    found = interval(random_confusions(seeds=1), uf1, resamples=200)
    assert np.isnan(found.sd)
    assert found.low < found.high


def test_one_subject_has_a_score_but_no_interval():
    found = interval(np.full((1, 2, 3, 3), 4), uf1, resamples=50)
    assert found.mean == pytest.approx(1 / 3)
    assert np.isnan([found.low, found.high]).all()


def test_resamples_without_a_class_are_left_out_and_their_share_told():
    counts = np.zeros((10, 1, 2, 2), dtype=np.int64)
    counts[:, 0, 0, 0] = 3
    counts[0, 0, 1, 1] = 1  # one subject alone shows the second class: drawn in 1 - 0.9**10 of the resamples
    found = interval(counts, uf1, resamples=4000)
    assert found.undefined_share == pytest.approx(0.9**10, abs=0.03)
    assert (found.low, found.high) == (1, 1)


def test_an_absent_class_leaves_the_whole_interval_undefined():
    counts = random_confusions()
    counts[:, :, 2] = 0
    found = interval(counts, uf1, resamples=50)
    assert np.isnan([found.mean, found.sd, found.low, found.high]).all()
    assert found.undefined_share == 1
    assert np.isfinite(interval(counts, accuracy, resamples=50).low)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    counts = random_confusions()
    assert interval(counts, uf1, resamples=2500) == interval(counts, uf1, resamples=2500)
    assert interval(counts, uf1, resamples=2500).low != interval(counts, uf1, resamples=2500, seed=1).low


def test_a_wider_level_gives_a_wider_interval():
    counts = random_confusions()
    narrow, wide = (interval(counts, uf1, resamples=500, level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


# --- differences and paired tests


def test_the_difference_is_that_of_the_means_whatever_the_numbers_of_seeds():
    a, b = random_confusions(skill=0.8, seeds=2), random_confusions(skill=0.5, seeds=4, seed=1)
    found = difference_interval(a, b, uf1, resamples=500)
    assert found.mean == pytest.approx(interval(a, uf1, resamples=1).mean - interval(b, uf1, resamples=1).mean)
    assert 0 < found.low < found.mean < found.high
    assert found.sd == pytest.approx(np.hypot(interval(a, uf1, resamples=1).sd, interval(b, uf1, resamples=1).sd))


def test_swapping_the_runs_turns_the_difference_round():
    a, b = random_confusions(skill=0.8), random_confusions(seed=1)
    there, back = difference_interval(a, b, uar, resamples=500), difference_interval(b, a, uar, resamples=500)
    assert (back.mean, back.low, back.high) == pytest.approx((-there.mean, -there.high, -there.low))
    assert paired_test(a, b, uar, permutations=99).difference == pytest.approx(there.mean)
    assert paired_test(a, b, uar, permutations=99).p_value == paired_test(b, a, uar, permutations=99).p_value


def test_a_run_does_not_differ_from_itself():
    a = random_confusions()
    found = difference_interval(a, a, uf1, resamples=100)
    assert (found.mean, found.low, found.high) == (0, 0, 0)
    assert paired_test(a, a, uf1, permutations=200).p_value == 1


def test_a_planted_effect_has_a_small_p_value():
    better, worse = random_confusions(skill=0.8), random_confusions(skill=0.5, seed=1)
    found = paired_test(better, worse, uf1, permutations=999)
    assert found.difference > 0.1
    assert found.p_value == 1 / 1000
    assert found.permutations == 999


@pytest.mark.slow
def test_p_values_of_equally_good_runs_are_spread_evenly():
    truth = np.random.default_rng(0).integers(0, 3, (20, 4))
    pairs = [(confusions_of(truth, 1, 0.6, 2 * i), confusions_of(truth, 1, 0.6, 2 * i + 1)) for i in range(150)]
    p_values = np.array([paired_test(a, b, uf1, permutations=199).p_value for a, b in pairs])
    assert (p_values <= 0.05).mean() <= 0.1
    assert (p_values <= 0.5).mean() == pytest.approx(0.5, abs=0.12)


def test_with_few_subjects_the_p_value_is_the_share_of_all_swaps():
    a, b = np.zeros((2, 3, 1, 2, 2), dtype=np.int64)
    a[:, 0] = [[2, 0], [0, 2]]  # all right in each of three subjects
    b[:, 0] = [[0, 2], [2, 0]]  # all wrong: of 8 swaps only the two extremes differ as much
    assert paired_test(a, b, accuracy, permutations=8000).p_value == pytest.approx(2 / 8, abs=0.02)


def test_more_seeds_of_the_same_predictions_change_neither_difference_nor_p_value():
    a, b = random_confusions(seeds=1, skill=0.7), random_confusions(seeds=1, seed=1)
    assert paired_test(np.repeat(a, 3, axis=1), b, uf1, permutations=300) == paired_test(a, b, uf1, permutations=300)


def test_an_undefined_score_has_no_p_value():
    a, b = random_confusions(), random_confusions(seed=1)
    a[:, :, 1], b[:, :, 1] = 0, 0
    found = paired_test(a, b, uf1, permutations=10)
    assert np.isnan([found.difference, found.p_value]).all()


@pytest.mark.parametrize("function", [paired_test, difference_interval])
def test_runs_on_other_subjects_or_other_truths_are_refused(function):
    a = random_confusions()
    with pytest.raises(
        ShapeError, match=r"^both runs need the same subjects and classes; got \(40, 3, 3, 3\) and \(39, 3, 3, 3\)\.$"
    ):
        function(a, a[1:], uf1)
    other = a.copy()
    other[7] = other[7, :, [1, 2, 0]].swapaxes(0, 1)
    expected = (
        "subject number 7 has different true classes in the two runs. Compare runs on the same samples and labels."
    )
    with pytest.raises(ProtocolError, match=f"^{re.escape(expected)}$"):
        function(a, other, uf1)


@pytest.mark.parametrize("shape", [(4, 3, 3), (0, 2, 3, 3), (4, 0, 3, 3), (4, 2, 3, 2)])
def test_confusions_of_a_wrong_shape_are_refused(shape):
    expected = f"confusions must be (subjects, seeds, K, K), none of them 0; got {shape}."
    with pytest.raises(ShapeError, match=f"^{re.escape(expected)}$"):
        interval(np.zeros(shape), uf1)


def test_no_resamples_or_permutations_are_refused():
    a = random_confusions()
    with pytest.raises(SettingsError, match=r"^the number of resamples or permutations must be at least 1; got 0\.$"):
        interval(a, uf1, resamples=0)
    with pytest.raises(SettingsError, match=r"^the number of resamples or permutations must be at least 1; got -1\.$"):
        paired_test(a, a, uf1, permutations=-1)


# --- Holm


def test_holm_equals_a_case_worked_by_hand():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_holm_is_bonferroni_in_every_set_of_hypotheses():
    """Holm's procedure is the closed test: a hypothesis falls if every set that holds it falls by Bonferroni."""
    rng = np.random.default_rng(0)
    for n in range(1, 9):
        p_values = rng.choice([rng.random(n), rng.random(n) / 20, rng.integers(0, 5, n) / 50])  # with ties and zeros
        sets = [list(chosen) for size in range(1, n + 1) for chosen in combinations(range(n), size)]
        expected = [max(min(1, len(held) * p_values[held].min()) for held in sets if i in held) for i in range(n)]
        np.testing.assert_allclose(holm(p_values), expected, atol=1e-12)


def test_a_test_that_could_not_be_made_does_not_count():
    np.testing.assert_allclose(holm([0.01, np.nan, 0.04]), [0.02, np.nan, 0.04])
    assert holm([]).shape == (0,)
