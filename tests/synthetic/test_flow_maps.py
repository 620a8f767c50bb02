"""Made-up flow maps: deterministic, shaped like MEGC2019, learnable, and hard enough that a leak shows."""

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold, LeaveOneGroupOut, cross_val_predict

from glfnet.errors import SettingsError
from glfnet.labels import THREE_CLASSES
from glfnet.samples.flow_set import FlowSet
from glfnet.synthetic.flow_maps import synthetic_flow_set


@pytest.fixture(scope="module")
def full() -> FlowSet:
    return synthetic_flow_set(subjects=68)


def labels(data: FlowSet) -> NDArray[np.intp]:
    return np.array([THREE_CLASSES.index(s.emotion) for s in data.samples])


def features(data: FlowSet) -> NDArray[np.float64]:
    """Return maps without the median of u and v, turned so that at most as many columns as clips remain.

    A turn changes no distance, so a classifier with an L2 penalty predicts the same, in a tenth of the time.
    """
    maps = data.maps.astype(np.float64)
    maps[:, :2] -= np.median(maps[:, :2], axis=(2, 3), keepdims=True)
    left, size, _ = np.linalg.svd(maps.reshape(len(data), -1), full_matrices=False)
    return np.asarray(left * size)


def uf1(truth: NDArray[np.intp], predicted: NDArray[np.intp]) -> float:
    return float(f1_score(truth, predicted, average="macro", labels=[0, 1, 2]))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_set_and_another_seed_another() -> None:
    first = synthetic_flow_set(subjects=6, seed=3)
    assert synthetic_flow_set(subjects=6, seed=3).digest() == first.digest()
    assert synthetic_flow_set(subjects=6, seed=4).digest() != first.digest()


def test_a_persons_clips_do_not_depend_on_how_many_others_there_are() -> None:
    few, many = synthetic_flow_set(subjects=7), synthetic_flow_set(subjects=12)
    ids = [s.sample_id for s in many.samples]
    assert {s.subject for s in few.samples} < {s.subject for s in many.samples}
    people = {s.subject for s in few.samples}
    assert [s for s in many.samples if s.subject in people] == list(few.samples)
    positions = [ids.index(s.sample_id) for s in few.samples]
    np.testing.assert_array_equal(many.maps[positions], few.maps)


@pytest.mark.slow
def test_people_clips_and_classes_have_the_proportions_of_megc2019(full: FlowSet) -> None:
    people = {str(s.subject) for s in full.samples}
    assert Counter(p.split("/")[0] for p in people) == {"synth-a": 24, "synth-b": 28, "synth-c": 16}
    assert 420 <= len(full) <= 465
    counts = Counter(s.emotion for s in full.samples)
    assert 200 <= counts["negative"] <= 290
    assert 80 <= counts["positive"] <= 140
    assert 60 <= counts["surprise"] <= 110


@pytest.mark.slow
def test_people_have_very_unequal_numbers_of_clips_and_some_show_one_class_only(full: FlowSet) -> None:
    clips = Counter(s.subject for s in full.samples)
    classes = Counter(subject for subject, _ in {(s.subject, s.emotion) for s in full.samples})
    assert sum(count == 1 for count in clips.values()) >= 5
    assert max(clips.values()) >= 25
    assert sum(classes[s] == 1 and clips[s] > 1 for s in clips) >= 5


@pytest.mark.slow
def test_subjects_are_named_by_their_database(full: FlowSet) -> None:
    assert all(s.subject.name[0] == s.subject.database[-1] for s in full.samples)
    assert full.samples[0].sample_id == "synth-a/a01/clip01"


@pytest.mark.parametrize("size_px", [8, 28, 33])
def test_every_channel_of_every_map_fills_eight_bits(size_px: int) -> None:
    maps = synthetic_flow_set(subjects=5, size_px=size_px).maps
    assert maps.shape[1:] == (3, size_px, size_px)
    assert (maps.min(axis=(2, 3)) == 0).all()
    assert (maps.max(axis=(2, 3)) == 1).all()
    np.testing.assert_array_equal(maps, np.round(maps * 255).astype(np.float32) / np.float32(255))


@pytest.mark.parametrize("subjects", [3, 4, 10, 24, 40])
@pytest.mark.slow
def test_the_number_of_subjects_is_the_one_asked_for_in_all_three_databases(subjects: int) -> None:
    data = synthetic_flow_set(subjects=subjects, size_px=8)
    people = {s.subject for s in data.samples}
    assert len(people) == subjects
    assert {p.database for p in people} == {"synth-a", "synth-b", "synth-c"}


@pytest.mark.parametrize(("subjects", "size_px"), [(2, 28), (24, 7)])
def test_too_few_subjects_or_pixels_are_refused(subjects: int, size_px: int) -> None:
    wanted = f"^at least 3 subjects and 8 pixels are needed; got {subjects} and {size_px}.$"
    with pytest.raises(SettingsError, match=wanted):
        synthetic_flow_set(subjects=subjects, size_px=size_px)


@pytest.mark.slow
def test_brows_rise_in_surprise_and_mouth_corners_in_happiness(full: FlowSet) -> None:
    down = full.maps[:, 1] - np.median(full.maps[:, 1], axis=(1, 2), keepdims=True)
    by_class = [down[labels(full) == k].mean(axis=0) for k in range(3)]
    brows = [float(m[5:9, 5:23].mean()) for m in by_class]
    corners = [float(m[19:23, [8, 9, 18, 19]].mean()) for m in by_class]
    assert brows[2] < brows[1] < brows[0]
    assert corners[1] < min(corners[0], corners[2])


@pytest.mark.slow
def test_it_can_be_learnt_from_other_people_but_not_easily_and_a_leak_shows(full: FlowSet) -> None:
    # Three quarters of the people: a smaller set than the one that the strengths were tuned on.
    data = full.select([i for i, s in enumerate(full.samples) if int(s.subject.name[1:]) <= 18])
    x, y = features(data), labels(data)
    people = np.unique([str(s.subject) for s in data.samples], return_inverse=True)[1]
    model = LogisticRegression(C=1e-3, class_weight="balanced", max_iter=1000)
    honest = uf1(y, cross_val_predict(model, x, y, groups=people, cv=LeaveOneGroupOut()))
    leaking = uf1(y, cross_val_predict(model, x, y, cv=KFold(10, shuffle=True, random_state=0)))
    assert 0.62 < honest < 0.85
    assert leaking > honest + 0.05
