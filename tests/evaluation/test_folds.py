"""A protocol run: the trainer sees the others only, watching changes nothing, and stopping costs nothing."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.config.settings import ProtocolSettings, Settings
from glfnet.errors import InputError, ProtocolError, SettingsError
from glfnet.evaluation.folds import EpochRecorder, Outcome, Progress, TrainFold, fit_fold, fold_seed, run_protocol
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.evaluation.protocol import Fold, loso_folds, make_folds
from glfnet.evaluation.run_folder import FoldResult, RunFolder
from glfnet.model.training import make_trainer
from glfnet.model.training_part import TrainingPart
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import SubjectId
from glfnet.scores.predictions import to_csv

MakeSettings = Callable[..., Settings]
Floats = NDArray[np.float64]
Observe = Callable[[int, Any], None]


@dataclass(frozen=True)
class Saying:
    """A classifier that says the same of every sample."""

    row: tuple[float, ...]

    def predict_probabilities(self, flow: FlowSet) -> Floats:
        return np.tile(np.array(self.row), (len(flow), 1))


@dataclass(frozen=True)
class Scripted:
    """A trainer whose epochs say what the script says, whatever it is trained on."""

    script: tuple[tuple[float, ...], ...]

    def __call__(self, part: TrainingPart, observe: Observe) -> Saying:
        for epoch, row in enumerate(self.script, start=1):
            observe(epoch, Saying(row))
        return Saying(self.script[-1])


@pytest.fixture(scope="module")
def data(tiny_flow: FlowSet) -> LabelledSet:
    return label_samples(tiny_flow, ProtocolSettings(name="cde", classes="three"))


@pytest.fixture(scope="module")
def folds(data: LabelledSet) -> list[Fold]:
    return loso_folds(data.flow.samples)


@pytest.fixture(scope="module")
def train(tiny_settings: MakeSettings) -> TrainFold:
    return make_trainer(tiny_settings())


@pytest.fixture(scope="module")
def undisturbed(
    data: LabelledSet, folds: list[Fold], train: TrainFold, tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    """Both seeds in one go, in one process."""
    return run_protocol(data, folds, train, RunFolder(tmp_path_factory.mktemp("run"), "id"), seeds=(0, 1))


def csv(outcome: Outcome) -> str:
    return to_csv(outcome.predictions)


def never(_part: TrainingPart, _observe: Observe) -> Saying:
    pytest.fail("a finished fold is not fitted again")


def test_the_trainer_never_sees_the_held_out_subject(data: LabelledSet, folds: list[Fold], tmp_path: Path) -> None:
    held_out = iter(folds)
    subjects = {s.subject for s in data.flow.samples}
    seen: list[str] = []

    def spy(part: TrainingPart, observe: Observe) -> Saying:
        fold = next(held_out)
        (person,) = {data.flow.samples[i].subject for i in fold.test}
        seen.append(str(person))
        assert {s.subject for s in part.flow.samples} == subjects - {person}
        theirs = {data.flow.maps[i].tobytes() for i in fold.test}
        assert not theirs & {flow_map.tobytes() for flow_map in part.flow.maps}
        assert len(part.truth) == len(part.flow) == len(data.flow) - len(fold.test)
        assert part.n_classes == 3
        answer = observe(1, Saying((0.2, 0.5, 0.3)))  # type: ignore[func-returns-value]
        assert answer is None, "nothing comes back from an observer"
        return Saying((0.2, 0.5, 0.3))

    run_protocol(data, folds, spy, RunFolder(tmp_path, "id"), jobs=1)
    assert seen == [fold.name for fold in folds]


@pytest.mark.parametrize("name", ["cde", "sde", "lodo", "kfold", "subjects"])
def test_under_every_protocol_training_and_held_out_subjects_are_apart(name: str, tmp_path: Path) -> None:
    emotions = ("negative", "positive")
    samples = tuple(
        Sample(subject=SubjectId(database, f"{n}"), clip=f"c{c}", emotion=emotions[c])
        for database in ("a", "b")
        for n in range(3)
        for c in range(2)
    )
    settings = ProtocolSettings(name=name, classes="three", folds=2, subjects=("a/1", "b/2"))  # type: ignore[arg-type]
    flow = FlowSet(samples=samples, maps=np.zeros((12, 3, 8, 8), dtype=np.float32))
    data = label_samples(flow, settings)
    folds = make_folds(data.flow.samples, settings)
    trained: list[set[str]] = []

    def spy(part: TrainingPart, _observe: Observe) -> Saying:
        trained.append({str(s.subject) for s in part.flow.samples})
        return Saying((1, 0, 0))

    outcome = run_protocol(data, folds, spy, RunFolder(tmp_path, "id"))
    for fold, others in zip(folds, trained, strict=True):
        rows = outcome.predictions.fold == fold.name
        assert others.isdisjoint(outcome.predictions.subject[rows].tolist())


@pytest.mark.slow
def test_observing_does_not_change_the_probabilities(
    data: LabelledSet, folds: list[Fold], tiny_settings: MakeSettings
) -> None:
    def fitted(watch: bool) -> FoldResult:
        model = {"kind": "glfnet", "width": 4, "dropout": 0.4}
        return fit_fold(
            data, folds[0], make_trainer(tiny_settings(model=model, training={"watch_epochs": watch})), seed=0
        )

    with_looks, without = fitted(True), fitted(False)
    assert with_looks.probabilities == without.probabilities
    assert (with_looks.looks, without.looks) == (2, 1)


def recorded(truth: Sequence[int], *epochs: Sequence[int]) -> list[int]:
    """Return what is test-selected where epoch 1, 2, ... take the samples for these classes."""
    flow = FlowSet(
        samples=tuple(Sample(subject=SubjectId("a", "1"), clip=str(i), emotion="x") for i in range(len(truth))),
        maps=np.zeros((len(truth), 3, 8, 8), dtype=np.float32),
    )
    recorder = EpochRecorder(flow)
    for epoch, classes in enumerate(epochs, start=1):
        recorder(epoch, Table(np.eye(3)[list(classes)]))
    otherwise = np.full(len(truth), 2, dtype=np.int64)
    return [int(k) for k in recorder.test_selected(np.array(truth, dtype=np.int64), otherwise)]


@dataclass(frozen=True)
class Table:
    """A classifier that says what stands in a table."""

    rows: Floats

    def predict_probabilities(self, _flow: FlowSet) -> Floats:
        return self.rows


def test_the_first_of_the_best_epochs_is_test_selected() -> None:
    assert recorded([0, 1, 2], [2, 2, 0], [0, 1, 0], [1, 1, 2], [0, 0, 2]) == [0, 1, 0]


def test_without_epochs_the_prediction_itself_is_test_selected() -> None:
    assert recorded([0, 1, 0]) == [2, 2, 2]


def test_members_of_an_ensemble_are_selected_together() -> None:
    flow = FlowSet(
        samples=(Sample(subject=SubjectId("a", "1"), clip="c", emotion="x"),), maps=np.zeros((1, 3, 8, 8), np.float32)
    )
    recorder = EpochRecorder(flow)
    for member in ([[0.6, 0.4], [0.1, 0.9]], [[0.6, 0.4], [0.6, 0.4]]):
        for epoch, row in enumerate(member, start=1):
            recorder(epoch, Table(np.array([row])))
    assert {epoch: p.argmax() for epoch, p in recorder.probabilities.items()} == {1: 0, 2: 1}
    assert recorder.test_selected(np.array([1]), otherwise=np.array([0])).tolist() == [1]


def test_test_selection_picks_for_each_held_out_subject_and_leaves_the_honest_column_alone(
    data: LabelledSet, folds: list[Fold], tmp_path: Path
) -> None:
    script = ((0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8))
    outcome = run_protocol(data, folds, Scripted(script), RunFolder(tmp_path, "id"))
    table = outcome.predictions
    assert outcome.looks == 3
    assert set(table.prediction.tolist()) == {2}, "the last epoch, whatever the others would have reached"
    for fold in folds:
        rows = table.fold == fold.name
        most_frequent = np.bincount(table.truth[rows], minlength=3)
        assert set(table.test_selected_prediction[rows].tolist()) == {int(most_frequent.argmax())}


@pytest.mark.parametrize("kind", ["logistic_regression", "prior"])
@pytest.mark.slow
def test_a_model_without_epochs_is_looked_at_once(
    data: LabelledSet, folds: list[Fold], tiny_settings: MakeSettings, tmp_path: Path, kind: str
) -> None:
    outcome = run_protocol(data, folds, make_trainer(tiny_settings(model={"kind": kind})), RunFolder(tmp_path, "id"))
    assert outcome.looks == 1
    assert np.array_equal(outcome.predictions.prediction, outcome.predictions.test_selected_prediction)


@pytest.mark.slow
def test_a_network_is_looked_at_once_an_epoch(undisturbed: Outcome) -> None:
    assert undisturbed.looks == 2


@pytest.mark.slow
def test_every_sample_is_predicted_once_a_seed(undisturbed: Outcome, data: LabelledSet) -> None:
    table = undisturbed.predictions
    ids = [s.sample_id for s in data.flow.samples]
    for seed in (0, 1):
        rows = table.seed == seed
        assert table.sample_id[rows].tolist() == sorted(ids)
        assert table.truth[rows].tolist() == [data.truth[ids.index(i)] for i in sorted(ids)]
    assert table.fold.tolist() == table.subject.tolist()


@pytest.mark.slow
def test_seeds_differ_and_so_do_folds(undisturbed: Outcome) -> None:
    table = undisturbed.predictions
    assert not np.array_equal(table.probabilities[table.seed == 0], table.probabilities[table.seed == 1])


def test_the_seed_of_a_fold_follows_from_the_runs_seed_and_the_folds_name_alone() -> None:
    # Written down, since runs that were published with these seeds must stay repeatable.
    assert fold_seed(0, "casme2/sub01") == 624364722
    assert len({fold_seed(seed, fold) for seed in range(20) for fold in ("a/1", "a/11", "b/1", "1a/1")}) == 80


@pytest.mark.slow
def test_two_processes_give_the_bytes_of_one(
    data: LabelledSet, folds: list[Fold], train: TrainFold, undisturbed: Outcome, tmp_path: Path
) -> None:
    both = run_protocol(data, folds, train, RunFolder(tmp_path, "id"), seeds=(0, 1), jobs=2)
    assert csv(both) == csv(undisturbed)
    assert np.array_equal(both.predictions.probabilities, undisturbed.predictions.probabilities), "to the last bit"


def test_more_jobs_than_folds_do_no_harm(
    data: LabelledSet, folds: list[Fold], train: TrainFold, undisturbed: Outcome, tmp_path: Path
) -> None:
    some = run_protocol(data, folds[:1], train, RunFolder(tmp_path, "id"), jobs=16)
    rows = (undisturbed.predictions.seed == 0) & (undisturbed.predictions.fold == folds[0].name)
    assert csv(some) == to_csv(undisturbed.predictions.select(rows))


@pytest.mark.slow
def test_a_fold_alone_gives_what_it_gives_in_the_run(
    data: LabelledSet, folds: list[Fold], train: TrainFold, undisturbed: Outcome
) -> None:
    for fold, seed in ((folds[-1], 1), (folds[0], 0)):
        alone = fit_fold(data, fold, train, seed)
        rows = (undisturbed.predictions.seed == seed) & (undisturbed.predictions.fold == fold.name)
        assert np.array_equal(np.array(alone.probabilities), undisturbed.predictions.probabilities[rows])


@pytest.mark.slow
def test_the_order_of_folds_and_seeds_changes_nothing(
    data: LabelledSet, folds: list[Fold], train: TrainFold, undisturbed: Outcome, tmp_path: Path
) -> None:
    backwards = run_protocol(data, folds[::-1], train, RunFolder(tmp_path, "id"), seeds=(1, 0))
    assert csv(backwards) == csv(undisturbed)


@pytest.mark.slow
def test_a_finished_run_is_not_fitted_again(
    data: LabelledSet, folds: list[Fold], train: TrainFold, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path, "id")
    first = run_protocol(data, folds, train, folder)
    again = run_protocol(data, folds, never, folder)
    assert (first.kept, again.kept) == (0, len(folds))
    assert csv(again) == csv(first)
    assert again.fold_time_s == pytest.approx(first.fold_time_s)


@pytest.mark.slow
def test_seeds_added_later_keep_the_earlier_ones(
    data: LabelledSet, folds: list[Fold], train: TrainFold, undisturbed: Outcome, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path, "id")
    run_protocol(data, folds, train, folder, seeds=(0,))
    both = run_protocol(data, folds, train, folder, seeds=(0, 1))
    assert both.kept == len(folds)
    assert csv(both) == csv(undisturbed)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: file.write_text(""), id="empty"),
        pytest.param(lambda file: file.write_text(file.read_text()[:-40]), id="truncated"),
        pytest.param(lambda file: file.write_text(file.read_text().replace('"id"', '"other"')), id="of another run"),
        pytest.param(lambda file: file.unlink(), id="gone"),
        pytest.param(
            lambda file: file.rename(file.with_name(f".{file.name}.77.part")), id="written aside and never renamed"
        ),
    ],
)
@pytest.mark.slow
def test_a_damaged_fold_is_fitted_again_and_nothing_else(
    data: LabelledSet,
    folds: list[Fold],
    train: TrainFold,
    undisturbed: Outcome,
    tmp_path: Path,
    damage: Callable[[Path], object],
) -> None:
    folder = RunFolder(tmp_path, "id")
    run_protocol(data, folds, train, folder, seeds=(0, 1))
    damage(folder.fold_file(folds[1].name, 1))
    mended = run_protocol(data, folds, train, folder, seeds=(0, 1))
    assert mended.kept == 2 * len(folds) - 1
    assert csv(mended) == csv(undisturbed)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, RuntimeError])
@pytest.mark.slow
def test_a_run_that_is_stopped_goes_on_where_it_was(
    data: LabelledSet,
    folds: list[Fold],
    train: TrainFold,
    undisturbed: Outcome,
    tmp_path: Path,
    stop: type[BaseException],
) -> None:
    folder = RunFolder(tmp_path, "id")
    fitted: list[int] = []

    def stopping(part: TrainingPart, observe: Observe) -> Any:
        if len(fitted) == 3:
            raise stop
        fitted.append(part.seed)
        return train(part, observe)

    with pytest.raises(stop):
        run_protocol(data, folds, stopping, folder, seeds=(0, 1))
    rest = run_protocol(data, folds, train, folder, seeds=(0, 1))
    assert rest.kept == 3
    assert csv(rest) == csv(undisturbed)


@pytest.mark.slow
def test_a_disk_that_fills_up_loses_no_finished_fold(
    data: LabelledSet, folds: list[Fold], train: TrainFold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, written = RunFolder(tmp_path, "id"), []

    def filling(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", filling)
        with pytest.raises(InputError, match=r"cannot be written \(No space left on device\).* Make room"):
            run_protocol(data, folds, train, folder)
    assert list(tmp_path.rglob("*.part")) == []
    assert run_protocol(data, folds, train, folder).kept == 2


def test_progress_counts_folds_and_knows_the_score_once_every_class_was_held_out(
    data: LabelledSet, folds: list[Fold], tmp_path: Path
) -> None:
    told: list[Progress] = []
    outcome = run_protocol(
        data, folds, Scripted(((0.6, 0.2, 0.2),)), RunFolder(tmp_path, "id"), seeds=(0, 1), report=told.append
    )
    total = 2 * len(folds)
    assert [p.done for p in told] == list(range(total + 1))
    assert {p.total for p in told} == {total}
    assert np.isnan(told[0].uf1_so_far)
    n_negative, n = int((outcome.predictions.truth == 0).sum()), len(outcome.predictions)
    assert told[-1].uf1_so_far == pytest.approx(2 * n_negative / (n_negative + n) / 3)  # F1 of one class, 0 of two


def test_training_that_diverges_is_an_error_and_not_a_prediction(
    data: LabelledSet, folds: list[Fold], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as caught:
        run_protocol(data, folds, Scripted(((np.nan, 0, 0),)), RunFolder(tmp_path, "id"), seeds=(4,))
    assert str(caught.value) == (
        f"fold {folds[0].name}, seed 4: found probabilities that are not numbers; training has diverged. "
        "Lower training.learning_rate and name another folder."
    )


def test_a_model_that_gives_no_probabilities_is_refused_before_a_fold_is_kept(
    data: LabelledSet, folds: list[Fold], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as caught:
        run_protocol(data, folds, Scripted(((2.0, 0.5, 0.5),)), RunFolder(tmp_path, "id"), seeds=(4,))
    assert str(caught.value) == (
        f"fold {folds[0].name}, seed 4: found the probabilities 2, 0.5, 0.5; expected numbers from 0 to 1 that "
        "sum to 1. Let your model give probabilities."
    )
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.slow
def test_an_error_in_another_process_arrives_as_it_is(tiny_settings: MakeSettings, tmp_path: Path) -> None:
    samples = tuple(
        Sample(subject=SubjectId("a", name), clip="only", emotion=emotion)
        for name, emotion in (("1", "negative"), ("2", "positive"))
    )
    data = label_samples(
        FlowSet(samples=samples, maps=np.random.default_rng(0).random((2, 3, 12, 12)).astype(np.float32)),
        ProtocolSettings(name="cde", classes="three"),
    )
    with pytest.raises(ProtocolError, match="a fold has 1 training samples; expected at least two"):
        run_protocol(
            data, loso_folds(data.flow.samples), make_trainer(tiny_settings()), RunFolder(tmp_path, "id"), jobs=2
        )


ENDLESS = """
import sys, time
from pathlib import Path
import numpy as np
from glfnet.config.settings import ProtocolSettings
from glfnet.evaluation.folds import run_protocol
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import SubjectId
from glfnet.evaluation.labelled_set import label_samples
from glfnet.evaluation.protocol import loso_folds
from glfnet.evaluation.run_folder import FoldResult, RunFolder

class Even:
    def predict_probabilities(self, flow):
        return np.full((len(flow), 3), 1 / 3)

def train(part, observe):
    time.sleep(0.2)
    return Even()

samples = tuple(
    Sample(subject=SubjectId("a", name), clip="c", emotion=emotion)
    for name, emotion in (("1", "negative"), ("2", "positive"))
)
flow = FlowSet(samples=samples, maps=np.zeros((2, 3, 8, 8), dtype=np.float32))
data = label_samples(flow, ProtocolSettings(name="cde", classes="three"))
folder = RunFolder(Path(sys.argv[1]), "id")
run_protocol(data, loso_folds(samples), train, folder, seeds=range(10_000), jobs=2)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no process that its parent is gone")
def test_workers_end_when_the_process_that_waits_for_them_is_killed(tmp_path: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(tmp_path)], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 240
        while not list(tmp_path.glob("folds/*/*.json")):
            assert started.poll() is None
            assert time.monotonic() < deadline, "no fold was finished within four minutes"
            time.sleep(0.05)
        started.kill()
        started.communicate(timeout=240)  # returns once nobody holds the other end of the pipe any more
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
    assert not list(tmp_path.rglob("*.part")), "the folds that were being fitted are whole"
