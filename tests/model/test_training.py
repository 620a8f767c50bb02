"""One fold: what is easy is learnt, a seed is the whole truth about chance, and watching changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_info
from torch import Tensor, nn
from torch.nn import functional as F

from glfnet.config.settings import Settings, TrainingSettings
from glfnet.errors import ProtocolError, SettingsError
from glfnet.model.training import (
    ClassicalTrainer,
    NetworkClassifier,
    NetworkTrainer,
    _batches,
    _shuffled_batches,
    make_trainer,
)
from glfnet.model.training_part import TrainingPart
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import SubjectId

MakeSettings = Callable[..., Settings]
Floats = NDArray[np.float64]


def easy_part(clips: int = 4, subjects: int = 6, seed: int = 0, classes: tuple[int, ...] = (0, 1, 2)) -> TrainingPart:
    """Return maps whose class is the third of the map in which v moves: any classifier can tell them apart."""
    draw = np.random.default_rng(5)
    samples, maps, truth = [], [], []
    for s in range(subjects):
        for c in range(clips):
            k = classes[(s + c) % len(classes)]
            flow_map = draw.normal(0, 0.05, (3, 12, 12)).astype(np.float32)
            flow_map[1, 4 * k : 4 * k + 4] += 1
            samples.append(Sample(subject=SubjectId("own", f"{s:02d}"), clip=f"c{c:02d}", emotion=str(k)))
            maps.append(flow_map)
            truth.append(k)
    flow = FlowSet(samples=tuple(samples), maps=np.stack(maps))
    return TrainingPart(flow=flow, truth=np.array(truth, dtype=np.int64), n_classes=3, seed=seed)


def epochs_run(settings: Settings, part: TrainingPart) -> int:
    seen: list[int] = []
    make_trainer(settings)(part, lambda epoch, _classifier: seen.append(epoch))
    assert seen == list(range(1, len(seen) + 1))
    return len(seen)


def nobody(_epoch: int, _classifier: NetworkClassifier) -> None:
    """Observe nothing."""


def answers(settings: Settings, part: TrainingPart, model: object | None = None) -> Floats:
    return make_trainer(settings, model)(part, nobody).predict_probabilities(part.flow)


def small_cnn(in_channels: int, n_classes: int, _size_px: tuple[int, int]) -> nn.Module:
    """A network as a user would write one."""
    return nn.Sequential(
        nn.Conv2d(in_channels, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(3), nn.Flatten(),
        nn.Linear(54, n_classes),
    )  # fmt: skip


class AlwaysDropping(nn.Module):
    """A network that draws random numbers in test mode as well."""

    def __init__(self, in_channels: int, n_classes: int, size_px: tuple[int, int]) -> None:
        super().__init__()
        self.linear = nn.Linear(in_channels * size_px[0] * size_px[1], n_classes)

    def forward(self, maps: Tensor) -> Tensor:
        logits: Tensor = self.linear(F.dropout(maps.flatten(1), 0.3, training=True))
        return logits


@contextmanager
def frozen_randomness() -> Iterator[None]:
    """Fail where the global random numbers or the thread count are not as they were."""
    torch.set_num_threads(2)
    state, threads, drawn = torch.get_rng_state(), torch.get_num_threads(), str(np.random.get_state())  # noqa: NPY002
    yield
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert str(np.random.get_state()) == drawn  # noqa: NPY002


@pytest.mark.parametrize("kind", ["glfnet", "plain_cnn", "logistic_regression", "rbf_svm"])
@pytest.mark.slow
def test_what_is_easy_is_learnt(tiny_settings: MakeSettings, kind: str) -> None:
    model: dict[str, Any] = {"kind": kind} | ({"width": 6, "dropout": 0} if kind in ("glfnet", "plain_cnn") else {})
    settings = tiny_settings(model=model, training={"epochs": 15, "learning_rate": 0.01})
    part = easy_part()
    assert (answers(settings, part).argmax(axis=1) == part.truth).all()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(tiny_settings: MakeSettings) -> None:
    settings = tiny_settings(augmentation={"mixup": 0.4})
    first, again = answers(settings, easy_part()), answers(settings, easy_part())
    assert np.array_equal(first, again)
    assert not np.array_equal(first, answers(settings, easy_part(seed=1)))


def test_nothing_outside_reaches_in_and_nothing_inside_leaks_out(tiny_settings: MakeSettings) -> None:
    settings = tiny_settings(model={"kind": "plain_cnn", "width": 4, "dropout": 0.5}, augmentation={"mixup": 0.4})
    with frozen_randomness():
        first = answers(settings, easy_part())
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(threads + 1)
        torch.manual_seed(99)
        with frozen_randomness():
            assert np.array_equal(answers(settings, easy_part()), first)
    finally:
        torch.set_num_threads(threads)


# The last digits of a matrix product depend on the number of threads: were it not fixed, they would depend on --jobs.


def test_a_network_trains_and_predicts_with_the_threads_of_the_settings(tiny_settings: MakeSettings) -> None:
    seen: list[int] = []

    class Watched(nn.Sequential):
        def forward(self, maps: Tensor) -> Tensor:
            seen.append(torch.get_num_threads())
            return self[0](maps)  # type: ignore[no-any-return]

    settings, part = tiny_settings(training={"threads": 3, "epochs": 1, "batch_size": 24}), easy_part()
    answers(settings, part, lambda *arguments: Watched(small_cnn(*arguments)))
    assert seen == [3, 3, 3], "one batch, and two views of the test maps"


@pytest.mark.parametrize("threads", [1, 2])
def test_a_classifier_fits_and_predicts_with_one_thread_for_its_products(
    tiny_settings: MakeSettings, threads: int
) -> None:
    seen: list[set[int]] = []

    def note() -> None:
        seen.append({library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"})

    class Watching(KNeighborsClassifier):  # type: ignore[misc]
        def fit(self, X: Any, y: Any) -> Any:
            note()
            return super().fit(X, y)

        def predict_proba(self, X: Any) -> Any:
            note()
            return super().predict_proba(X)

    before = threadpool_info()
    answers(tiny_settings(training={"threads": threads}), easy_part(), Watching())
    assert seen == [{1}] * 3
    assert threadpool_info() == before


@pytest.mark.slow
@pytest.mark.parametrize("model", [None, small_cnn, AlwaysDropping])
def test_an_observer_does_not_disturb_training(tiny_settings: MakeSettings, model: object) -> None:
    settings = tiny_settings(training={"epochs": 3, "average_weights": 0.7})
    part, others = easy_part(), easy_part(clips=1)
    looks: list[int] = []

    def watch(epoch: int, classifier: NetworkClassifier) -> None:
        looks.append(epoch)
        torch.rand(7)
        classifier.predict_probabilities(others.flow)

    trainer = make_trainer(settings, model)
    assert isinstance(trainer, NetworkTrainer)
    watched, alone = trainer(part, watch), trainer(part, nobody)
    assert looks == [1, 2, 3]
    for of_watched, of_alone in zip(_weights(watched), _weights(alone), strict=True):
        assert torch.equal(of_watched, of_alone)


def _weights(classifier: object) -> list[Tensor]:
    assert isinstance(classifier, NetworkClassifier)
    return list(classifier.network.state_dict().values())


def test_the_last_epoch_observed_is_the_classifier_returned(tiny_settings: MakeSettings) -> None:
    part, seen = easy_part(), []

    def watch(_epoch: int, classifier: NetworkClassifier) -> None:
        seen.append(classifier.predict_probabilities(part.flow))

    trained = make_trainer(tiny_settings())(part, watch)
    assert np.array_equal(seen[-1], trained.predict_probabilities(part.flow))


@pytest.mark.parametrize("batch_size", [2, 3, 16, 64])
def test_no_batch_is_a_single_sample_and_every_sample_is_in_one(batch_size: int) -> None:
    settings = TrainingSettings(batch_size=batch_size)
    for n in range(2, 41):
        batches = _shuffled_batches(n, settings, torch.Generator().manual_seed(n))
        sizes = [len(rows) for rows in batches]
        assert sorted(torch.cat(batches).tolist()) == list(range(n))
        assert 2 <= min(sizes) <= max(sizes) <= min(sizes) + 1
        assert max(sizes) <= max(batch_size, 3), "a batch of one is avoided by one batch of three"
        assert len(batches) == _batches(n, settings)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_handful_of_training_samples_is_enough(tiny_settings: MakeSettings, count: int) -> None:
    part = easy_part(clips=1, subjects=count)
    assert answers(tiny_settings(training={"batch_size": 2}), part).shape == (count, 3)


def test_one_training_sample_is_refused(tiny_settings: MakeSettings) -> None:
    with pytest.raises(ProtocolError) as caught:
        answers(tiny_settings(), easy_part(clips=1, subjects=1))
    assert str(caught.value) == (
        "a fold has 1 training samples; expected at least two. "
        "Add subjects, or take a protocol that leaves more of them in training."
    )


@pytest.mark.parametrize("optimiser", ["adamw", "adam", "sgd"])
@pytest.mark.parametrize("schedule", ["cosine", "constant"])
@pytest.mark.slow
def test_every_optimiser_and_schedule_learns(tiny_settings: MakeSettings, optimiser: str, schedule: str) -> None:
    losses: list[float] = []
    part = easy_part()
    training = {"optimiser": optimiser, "schedule": schedule, "epochs": 6, "learning_rate": 0.01, "weight_decay": 1e-3}

    def watch(_epoch: int, classifier: NetworkClassifier) -> None:
        p = classifier.predict_probabilities(part.flow)
        losses.append(-float(np.log(p[np.arange(len(p)), part.truth]).mean()))

    make_trainer(tiny_settings(training=training))(part, watch)
    assert losses[-1] < losses[0]


def test_the_cosine_schedule_ends_at_rest(tiny_settings: MakeSettings) -> None:
    moves: list[float] = []
    before: list[Tensor] = []

    def watch(_epoch: int, classifier: NetworkClassifier) -> None:
        now = [p.detach().clone() for p in classifier.network.parameters()]
        if before:
            moves.append(sum(float((a - b).abs().sum()) for a, b in zip(now, before, strict=True)))
        before[:] = now

    training = {"schedule": "cosine", "epochs": 12, "optimiser": "sgd", "weight_decay": 0}
    make_trainer(tiny_settings(training=training))(easy_part(), watch)
    assert moves[-1] < 0.2 * max(moves)


def test_averaged_weights_are_the_mean_over_the_last_epochs(tiny_settings: MakeSettings) -> None:
    part = easy_part()
    plain: list[Tensor] = []
    training = {"epochs": 4, "schedule": "constant"}

    def watch(_epoch: int, classifier: NetworkClassifier) -> None:
        plain.append(nn.utils.parameters_to_vector(classifier.network.parameters()).detach().clone())

    make_trainer(tiny_settings(training=training))(part, watch)
    averaged = make_trainer(tiny_settings(training=training | {"average_weights": 0.5}))(part, nobody)
    assert isinstance(averaged, NetworkClassifier)
    found = nn.utils.parameters_to_vector(averaged.network.parameters())
    torch.testing.assert_close(found, (plain[2] + plain[3]) / 2)


@pytest.mark.slow
def test_averaged_weights_change_nothing_before_they_begin(tiny_settings: MakeSettings) -> None:
    part = easy_part()

    def looks(share: float) -> list[Floats]:
        seen: list[Floats] = []
        settings = tiny_settings(training={"epochs": 4, "average_weights": share})
        make_trainer(settings)(part, lambda _epoch, c: seen.append(c.predict_probabilities(part.flow)))
        return seen

    without, half = looks(0), looks(0.5)
    assert np.array_equal(without[1], half[1])
    assert not np.array_equal(without[3], half[3])


@pytest.mark.slow
def test_mixup_changes_training_and_still_learns(tiny_settings: MakeSettings) -> None:
    training, part = {"epochs": 15, "learning_rate": 0.01}, easy_part()
    plain = answers(tiny_settings(training=training, augmentation={"mixup": 0}), part)
    mixed = answers(tiny_settings(training=training, augmentation={"mixup": 0.3}), part)
    assert not np.array_equal(plain, mixed)
    assert (mixed.argmax(axis=1) == part.truth).all()


@pytest.mark.slow
def test_members_are_different_networks_whose_probabilities_are_averaged(tiny_settings: MakeSettings) -> None:
    part = easy_part()
    last: list[Floats] = []

    def watch(epoch: int, classifier: NetworkClassifier) -> None:
        if epoch == 2:
            last.append(classifier.predict_probabilities(part.flow))

    trained = make_trainer(tiny_settings(training={"members": 3, "epochs": 2}))(part, watch)
    assert len(last) == 3
    assert not np.array_equal(last[0], last[1])
    np.testing.assert_allclose(trained.predict_probabilities(part.flow), np.mean(last, axis=0), rtol=1e-12)


@pytest.mark.slow
def test_the_first_of_several_members_is_the_network_trained_alone(tiny_settings: MakeSettings) -> None:
    part = easy_part()
    last: list[Floats] = []
    make_trainer(tiny_settings(training={"members": 2, "epochs": 1}))(
        part, lambda _epoch, classifier: last.append(classifier.predict_probabilities(part.flow))
    )
    assert np.array_equal(last[0], answers(tiny_settings(training={"members": 1, "epochs": 1}), part))


@pytest.mark.slow
def test_mirrored_test_views_make_a_face_and_its_mirror_image_alike(tiny_settings: MakeSettings) -> None:
    part = easy_part()
    centred = {"channels": ("u", "v", "strain"), "centre": True}
    mirror_image = part.flow.maps[..., ::-1].copy()
    mirror_image[:, 0] *= -1
    other = FlowSet(samples=part.flow.samples, maps=mirror_image)
    for mirror in (True, False):
        trained = make_trainer(tiny_settings(input=centred, training={"mirror_test": mirror}))(part, nobody)
        here, there = trained.predict_probabilities(part.flow), trained.predict_probabilities(other)
        assert np.allclose(here, there, atol=1e-5) is mirror


@pytest.mark.parametrize("mirror", [True, False])
def test_probabilities_sum_to_one(tiny_settings: MakeSettings, mirror: bool) -> None:
    p = answers(tiny_settings(training={"mirror_test": mirror, "members": 2}), easy_part())
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("kind", ["plain_cnn", "logistic_regression", "rbf_svm", "majority", "prior"])
def test_a_class_absent_from_training_is_no_obstacle(tiny_settings: MakeSettings, kind: str) -> None:
    p = answers(tiny_settings(model={"kind": kind}), easy_part(classes=(0, 2)))
    assert p.shape == (24, 3)
    assert np.isfinite(p).all()


@dataclass(frozen=True)
class Confident:
    """Gives the true class, which the samples of `easy_part` carry, this much probability."""

    in_truth: float

    def logits(self, flow: FlowSet) -> Tensor:
        truth = np.array([int(s.emotion) for s in flow.samples])
        probabilities = np.where(np.arange(3) == truth[:, None], self.in_truth, (1 - self.in_truth) / 2)
        return torch.from_numpy(np.log(probabilities)).float()


def test_the_inner_choice_is_the_first_epoch_of_least_loss(
    tiny_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[int] = []

    def fit(_self: object, _part: object, _seed: int, epochs: int, observe: Callable[[int, Any], None]) -> Confident:
        trained.append(epochs)
        for epoch, confidence in enumerate((0.4, 0.8, 0.6, 0.8, 0.2)[:epochs], start=1):
            observe(epoch, Confident(confidence))
        return Confident(1)

    monkeypatch.setattr(NetworkTrainer, "_fit", fit)
    settings = tiny_settings(training={"epoch_choice": "inner", "epochs": 5, "inner_share": 0.3})
    assert epochs_run(settings, easy_part()) == 2
    assert trained == [5, 2], "all epochs on some subjects, then as many as were best on all subjects"


def test_the_inner_choice_is_made_without_the_observer(tiny_settings: MakeSettings) -> None:
    # An observer is the only thing that sees held-out subjects; it is not called while the epoch is chosen.
    settings = tiny_settings(training={"epoch_choice": "inner", "epochs": 3, "inner_share": 0.3})
    assert epochs_run(settings, easy_part()) <= 3


def test_the_inner_choice_trains_on_some_subjects_only_and_then_on_all(
    tiny_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[TrainingPart] = []
    fit = NetworkTrainer._fit

    def spy(self: NetworkTrainer, part: TrainingPart, *arguments: Any) -> NetworkClassifier:
        parts.append(part)
        return fit(self, part, *arguments)

    monkeypatch.setattr(NetworkTrainer, "_fit", spy)
    whole = easy_part(subjects=6)
    answers(tiny_settings(training={"epoch_choice": "inner", "inner_share": 0.3}), whole)
    inner, final = ({s.subject for s in part.flow.samples} for part in parts)
    everybody = {s.subject for s in whole.flow.samples}
    assert len(inner) == 4, "two of six are held out"
    assert inner < everybody
    assert final == everybody
    assert len(parts[0].flow) == 16, "an inner subject is in or out with all its clips"


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_the_inner_choice_holds_out_at_least_one_subject_and_not_all(tiny_settings: MakeSettings, share: float) -> None:
    settings = tiny_settings(training={"epoch_choice": "inner", "epochs": 1, "inner_share": share})
    assert answers(settings, easy_part(subjects=3)).shape == (12, 3)


@pytest.mark.parametrize(
    ("clips", "subjects", "sentence"),
    [
        (4, 1, "training.epoch_choice inner: a fold trains on one subject only; expected at least two. Use fixed."),
        (
            1,
            2,
            "training.epoch_choice inner: what is left of a fold has 1 training samples; expected at least two. "
            "Use fixed.",
        ),
    ],
)
def test_the_inner_choice_refuses_what_it_cannot_divide(
    tiny_settings: MakeSettings, clips: int, subjects: int, sentence: str
) -> None:
    with pytest.raises(ProtocolError) as caught:
        answers(tiny_settings(training={"epoch_choice": "inner"}), easy_part(clips=clips, subjects=subjects))
    assert str(caught.value) == sentence


@pytest.mark.slow
def test_a_network_of_ones_own_is_trained_fresh_each_time(tiny_settings: MakeSettings) -> None:
    settings = tiny_settings(training={"epochs": 15, "learning_rate": 0.01})
    part = easy_part()
    first = answers(settings, part, small_cnn)
    assert (first.argmax(axis=1) == part.truth).all()
    assert np.array_equal(first, answers(settings, part, small_cnn))


def test_a_classifier_of_ones_own_is_cloned_not_fitted(tiny_settings: MakeSettings) -> None:
    own, part = KNeighborsClassifier(1), easy_part()
    trainer = make_trainer(tiny_settings(), own)
    assert isinstance(trainer, ClassicalTrainer)
    assert (trainer(part, nobody).predict_probabilities(part.flow).argmax(axis=1) == part.truth).all()
    assert not hasattr(own, "classes_")


def test_a_classical_model_has_no_epochs_to_observe(tiny_settings: MakeSettings) -> None:
    trainer = make_trainer(tiny_settings(model={"kind": "prior"}))
    trainer(easy_part(), lambda _epoch, _classifier: pytest.fail("there is nothing to observe"))


MODELS = (
    "expected a scikit-learn classifier, or a function (in_channels, n_classes, (height, width)) that builds a fresh "
    "nn.Module for each fold."
)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (nn.Linear(2, 2), f"Linear(in_features=2, out_features=2, bias=True), a Linear; {MODELS}"),
        (7, f"found 7, an int; {MODELS}"),
        ("glfnet", f"found 'glfnet', a str; {MODELS}"),
        (lambda n_classes: nn.Linear(2, n_classes), f"takes other arguments (too many positional arguments); {MODELS}"),
        (Ridge(), "model: found Ridge, a regressor; expected a classifier: it has to name a class."),
        (LinearSVC, "model: found the class LinearSVC; expected an object of it, LinearSVC()."),
    ],
)
def test_what_is_no_classifier_and_builds_no_network_is_refused(
    tiny_settings: MakeSettings, model: object, sentence: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        make_trainer(tiny_settings(), model)
    assert sentence in str(caught.value)


def test_a_gpu_that_is_not_there_is_said_before_anything_is_trained(
    tiny_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingsError) as caught:
        make_trainer(tiny_settings(training={"device": "cuda"}))
    assert str(caught.value) == (
        "training.device: found cuda, but no GPU that this installation of torch can use; expected cpu, or auto, which "
        "takes a GPU where there is one."
    )


def test_a_channel_that_the_data_lacks_is_named(tiny_settings: MakeSettings) -> None:
    with pytest.raises(SettingsError) as caught:
        answers(tiny_settings(input={"channels": ("u", "depth")}), easy_part())
    assert str(caught.value) == "input.channels: 'depth' is not in this data; it has u, v, strain."


def test_looking_at_an_untrained_network_draws_no_random_numbers(tiny_settings: MakeSettings) -> None:
    trainer = make_trainer(tiny_settings())
    assert isinstance(trainer, NetworkTrainer)
    with frozen_randomness():
        assert trainer.untrained(3, 5, (12, 12)).eval()(torch.zeros(2, 3, 12, 12)).shape == (2, 5)
