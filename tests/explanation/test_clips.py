"""Many clips: mean maps, the plane, and what every seed gets wrong."""

import numpy as np
import pytest

from glfnet.explanation.clip_figures import mean_maps_figure, plane_figure
from glfnet.explanation.clips import LEAST_CLIPS, MeanMap, mean_maps, missed_classes, missed_units, plane
from glfnet.scores.predictions import Predictions
from glfnet.scores.unit_predictions import UnitPredictions

CLASSES = ("negative", "positive", "surprise")


def a_table(predicted: dict[str, tuple[int, list[int]]]) -> Predictions:
    """Return predictions of several seeds, by clip: (truth, what each seed says)."""
    rows = [(clip, seed, truth, said) for clip, (truth, each) in predicted.items() for seed, said in enumerate(each)]
    said = np.array([row[3] for row in rows])
    return Predictions(
        classes=CLASSES,
        sample_id=np.array([row[0] for row in rows]),
        fold=np.array([row[0].split("/")[1] for row in rows]),
        seed=np.array([row[1] for row in rows]),
        truth=np.array([row[2] for row in rows]),
        probabilities=np.where(np.arange(3) == said[:, None], 0.6, 0.2),
        prediction=said,
        test_selected_prediction=said,
    )


def test_only_what_every_seed_gets_wrong_is_missed() -> None:
    table = a_table({"a/p1/1": (0, [1, 2, 1]), "a/p1/2": (0, [1, 0, 1]), "a/p2/1": (2, [2, 2, 2])})
    (missed,) = missed_classes(table)
    assert (missed.sample_id, missed.asked, missed.truth, missed.said) == ("a/p1/1", "class", "negative", "positive")
    assert missed.probability == pytest.approx(0.2)


def test_of_units_each_is_missed_on_its_own_and_the_unknown_never() -> None:
    table = UnitPredictions(
        units=(4, 12),
        sample_id=np.array(["a/p1/1", "a/p1/1", "a/p2/1", "a/p2/1"]),
        fold=np.array(["p1", "p1", "p2", "p2"]),
        seed=np.array([0, 1, 0, 1]),
        truth=np.array([[1, 0], [1, 0], [-1, 0], [-1, 0]]),
        probabilities=np.array([[0.1, 0.9], [0.3, 0.2], [0.9, 0.9], [0.9, 0.7]]),
    )
    first, second = missed_units(table)
    assert (first.sample_id, first.asked, first.truth, first.said) == ("a/p1/1", "AU4", "there", "not there")
    assert first.probability == pytest.approx(0.2)
    assert (second.sample_id, second.asked, second.truth, second.said) == ("a/p2/1", "AU12", "not there", "there")
    assert second.probability == pytest.approx(0.2)


def test_a_mean_map_is_the_mean_of_its_clips_and_few_clips_have_none() -> None:
    maps = np.random.default_rng(0).random((8, 3, 6, 6)).astype(np.float32)
    few, many = np.arange(8) < LEAST_CLIPS - 1, np.arange(8) < LEAST_CLIPS
    (mean,) = mean_maps(maps, {"few": few, "many": many})
    assert (mean.name, mean.clips) == ("many", LEAST_CLIPS)
    np.testing.assert_allclose(mean.map, maps[:LEAST_CLIPS].mean(axis=0), rtol=1e-6)


def two_groups(clips: int = 24) -> tuple[np.ndarray, list[str]]:
    maps = np.random.default_rng(0).normal(size=(clips, 3, 6, 6)).astype(np.float32)
    maps[::2] += 3
    return maps, ["even" if i % 2 == 0 else "odd" for i in range(clips)]


@pytest.mark.slow
def test_groups_that_lie_apart_have_a_high_silhouette_and_are_apart_on_the_plane() -> None:
    maps, groups = two_groups()
    where = plane(maps, {"parity": groups, "person": [f"p{i}" for i in range(24)]})
    assert where is not None
    assert where.silhouettes["parity"] is not None
    assert where.silhouettes["parity"] > 0.5
    assert where.silhouettes["person"] is None  # every clip a group of its own
    even = np.array(groups) == "even"
    assert where.tsne is not None
    for points in (where.pca, where.tsne):
        centres = points[even].mean(axis=0), points[~even].mean(axis=0)
        apart = np.linalg.norm(centres[0] - centres[1])
        assert apart > 2 * np.linalg.norm(points[even] - centres[0], axis=1).mean()
    again = plane(maps, {"parity": groups})
    assert again is not None
    np.testing.assert_array_equal(where.pca, again.pca)
    np.testing.assert_array_equal(where.tsne, again.tsne)


def test_few_clips_have_no_neighbourhoods_and_two_no_plane() -> None:
    maps, groups = two_groups(6)
    where = plane(maps, {"parity": groups})
    assert where is not None
    assert where.tsne is None
    assert plane(maps[:2], {"parity": groups[:2]}) is None
    assert plane(np.zeros((6, 3, 6, 6), dtype=np.float32), {"parity": groups}) is None


def test_a_group_is_drawn_with_or_without_flow_and_strain() -> None:
    mean = MeanMap(name="negative", clips=7, map=np.random.default_rng(0).random((3, 6, 6)).astype(np.float32))
    for channels in (("u", "v", "strain"), ("strain", "u", "v"), ("u", "v", "other"), ("strain", "a", "b")):
        figure = mean_maps_figure([mean], channels)
        assert figure.axes[0].get_title() == "negative, 7"


def test_the_plane_names_few_groups_and_does_not_list_many() -> None:
    maps, groups = two_groups(6)
    groupings = {"parity": groups, "person": [f"p{i}" for i in range(6)]}
    where = plane(maps, groupings)
    assert where is not None
    legends = [axes.get_legend() for axes in plane_figure(where, groupings).axes]
    assert [len(legend.get_texts()) for legend in legends if legend] == [2, 6]
    many = {"person": [f"p{i}" for i in range(24)]}
    points = plane(two_groups()[0], {})
    assert points is not None
    assert all(axes.get_legend() is None for axes in plane_figure(points, many).axes)
