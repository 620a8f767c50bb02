"""All scores of a run: that they are those of the metrics, and say where they are undefined."""

import re
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from glfnet.errors import ProtocolError, SettingsError
from glfnet.scores.chance import chance_of_selection
from glfnet.scores.metrics import accuracy, confusion, uar, uf1
from glfnet.scores.predictions import Predictions
from glfnet.scores.run_scores import Counts, RunCounts
from glfnet.scores.score_run import confusion_of, per_subject, score_run

DATABASES = ("casme2", "smic")


def a_run(
    subjects: int = 5,
    clips: int = 6,
    seeds: tuple[int, ...] = (0, 1, 2),
    databases: tuple[str, ...] = DATABASES,
) -> Predictions:
    """Three classes, all of them in each subject; honest predictions are right in 6 of 10 cases, selected ones in 9."""
    rng = np.random.default_rng(0)
    ids = [f"{d}/{s:02d}/clip{c}" for d in databases for s in range(subjects) for c in range(clips)] * len(seeds)
    truth = np.array([int(i[-1]) % 3 for i in ids])
    guess = rng.integers(0, 3, (2, len(ids)))
    return Predictions(
        classes=("negative", "positive", "surprise"),
        sample_id=np.array(ids),
        fold=np.array([i.rsplit("/", 1)[0] for i in ids]),
        seed=np.repeat(seeds, len(ids) // len(seeds)),
        truth=truth,
        probabilities=np.full((len(ids), 3), 1 / 3),
        prediction=np.where(rng.random(len(ids)) < 0.4, truth, guess[0]),
        test_selected_prediction=np.where(rng.random(len(ids)) < 0.85, truth, guess[1]),
    )


def in_order(table: Predictions, order: NDArray[np.intp]) -> Predictions:
    parts = {name: getattr(table, name) for name in Predictions.__dataclass_fields__}
    return Predictions(**{name: part if name == "classes" else part[order] for name, part in parts.items()})


def test_all_databases_together_and_each_of_them_are_scored():
    scores = score_run(a_run(), looks=20, resamples=50)
    for scored in (scores.fixed, scores.test_selected, scores.chance):
        assert list(scored) == ["full", *DATABASES]
    assert scores.looks == 20
    assert scores.seeds == (0, 1, 2)
    assert scores.undefined == ()


@pytest.mark.parametrize(("kind", "column"), [("fixed", "prediction"), ("test_selected", "test_selected_prediction")])
@pytest.mark.parametrize("scope", ["full", *DATABASES])
def test_each_score_is_the_mean_over_seeds_of_the_pooled_metric(kind, column, scope):
    run = a_run()
    scores = score_run(run, looks=20, resamples=50).of(kind)[scope]
    for name, metric in (("uf1", uf1), ("uar", uar), ("accuracy", accuracy)):
        of_seeds = []
        for seed in run.seeds:
            rows = (run.seed == seed) & ((scope == "full") | (run.database == scope))
            of_seeds.append(float(metric(confusion(run.truth[rows], getattr(run, column)[rows], 3))))
        score = scores.of(name)
        assert score.mean == pytest.approx(np.mean(of_seeds))
        assert score.sd == pytest.approx(np.std(of_seeds, ddof=1))
        assert score.low < score.mean < score.high


def test_the_two_kinds_of_number_are_never_mixed():
    run = a_run()
    swapped = replace(run, prediction=run.test_selected_prediction, test_selected_prediction=run.prediction)
    scores, other = (score_run(r, looks=20, resamples=50) for r in (run, swapped))
    assert scores.fixed == other.test_selected
    assert scores.test_selected == other.fixed
    assert scores.fixed != scores.test_selected


@settings(deadline=None, max_examples=8)
@given(st.randoms(use_true_random=False))
@pytest.mark.slow
def test_the_order_of_rows_changes_no_number(random):
    run = a_run(seeds=(0, 1))
    order = np.array(random.sample(range(len(run)), len(run)))
    assert score_run(in_order(run, order), looks=5, resamples=20) == score_run(run, looks=5, resamples=20)
    assert per_subject(in_order(run, order)) == per_subject(run)


def test_counts_are_of_samples_not_of_rows():
    run = a_run(subjects=4, clips=7)
    counts = score_run(run, looks=1, resamples=5).counts
    one = Counts(samples=28, subjects=4, classes={"negative": 12, "positive": 8, "surprise": 8})
    assert counts == RunCounts(
        samples=56,
        subjects=8,
        classes={"negative": 24, "positive": 16, "surprise": 16},
        folds=8,
        databases={"casme2": one, "smic": one},
    )
    assert counts.of("full") == counts
    assert counts.of("smic") == one


def test_chance_is_that_of_the_folds_in_use():
    run = a_run(seeds=(4,))
    by_database = replace(run, fold=run.database)
    chance = score_run(by_database, looks=50, resamples=5).chance
    assert chance["full"] == chance_of_selection(run.truth, run.database, 3, 50)
    assert chance["full"].of("uf1") < score_run(run, looks=50, resamples=5).chance["full"].uf1 - 0.1


def test_a_class_absent_from_one_database_is_undefined_there_and_said_so():
    run = a_run()
    run = run.select(~((run.database == "smic") & (run.truth == 2)))
    scores = score_run(run, looks=5, resamples=50)
    assert scores.undefined == ("smic: no true sample of surprise, so UF1 and UAR are undefined.",)
    for scored in (scores.fixed, scores.test_selected):
        assert not scored["smic"].uf1.is_defined
        assert not scored["smic"].uar.is_defined
        assert not np.isnan(astuple(scored["smic"].accuracy)).any()
        assert not np.isnan(astuple(scored["full"].uf1)).any()
    assert np.isnan(scores.chance["smic"].uf1)


def test_resamples_that_lack_a_class_are_told():
    run = a_run(databases=("smic",))
    run = run.select((run.truth != 2) | (run.subject == "smic/00"))  # one of five shows surprise
    said = score_run(run, looks=5, resamples=2000).undefined
    assert len(said) == 2  # the full set is the one database
    found = re.fullmatch(
        r"smic: (\d+\.\d\d)% of the resamples of subjects lacked a class; "
        r"the intervals of UF1 and UAR rest on the others\.",
        said[1],
    )
    assert found is not None
    assert float(found.group(1)) == pytest.approx(100 * 0.8**5, abs=3)
    assert said[0].startswith("full: ")


def test_one_subject_only_has_no_interval_and_it_is_said():
    scores = score_run(a_run(subjects=1, seeds=(0,)), looks=5, resamples=50)
    assert scores.undefined == (
        "casme2: one subject only, so there is no interval over subjects.",
        "smic: one subject only, so there is no interval over subjects.",
    )
    found = scores.fixed["smic"].uf1
    assert found.is_defined
    assert np.isnan([found.sd, found.low, found.high]).all()


def test_the_same_seed_gives_the_same_numbers():
    run = a_run()
    assert score_run(run, looks=5, resamples=50) == score_run(run, looks=5, resamples=50)
    other = score_run(run, looks=5, resamples=50, seed=1)
    assert other.fixed["full"].uf1.low != score_run(run, looks=5, resamples=50).fixed["full"].uf1.low


def test_a_database_called_full_is_refused():
    expected = (
        "a database is called 'full', the name under which all databases together are reported. "
        "Give the database another name."
    )
    with pytest.raises(ProtocolError, match=f"^{re.escape(expected)}$"):
        score_run(a_run(databases=("full", "smic")), looks=5, resamples=5)


def test_no_looks_are_refused():
    with pytest.raises(SettingsError, match=r"^looks and draws must be at least 1; got 0 and 200\.$"):
        score_run(a_run(), looks=0, resamples=5)


def test_the_confusion_is_pooled_over_seeds_and_of_the_database_asked_for():
    run = a_run()
    np.testing.assert_array_equal(confusion_of(run), confusion(run.truth, run.prediction, 3))
    parts = [confusion_of(run.of("test_selected"), name) for name in DATABASES]
    np.testing.assert_array_equal(sum(parts), confusion(run.truth, run.test_selected_prediction, 3))
    assert parts[0].sum() == len(run) / 2


def test_an_unknown_database_is_refused_with_those_that_exist():
    expected = "no prediction belongs to database 'samm'. Name one of: casme2, smic."
    with pytest.raises(ProtocolError, match=f"^{re.escape(expected)}$"):
        confusion_of(a_run(), "samm")


def test_each_subject_has_one_row_with_its_share_of_right_predictions():
    run = a_run()
    rows = per_subject(run)
    assert [row.subject for row in rows] == sorted(set(run.subject))
    for row in rows:
        own = run.subject == row.subject
        assert row.samples == 6
        assert row.accuracy == pytest.approx((run.prediction == run.truth)[own].mean())
        assert row.test_selected_accuracy == pytest.approx((run.test_selected_prediction == run.truth)[own].mean())
