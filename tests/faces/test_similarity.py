import numpy as np
import pytest

from glfnet.faces.similarity import Transform, compose, fitted_similarity, inverse, moved_points, shifted, size_of


def similarity(degrees: float, scale: float, right: float, down: float) -> Transform:
    cos, sin = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[cos, -sin, right], [sin, cos, down]])


def test_similarities_are_composed_and_undone() -> None:
    one, other = similarity(20, 1.3, 5, -7), similarity(-65, 0.4, 11, 3)
    points = np.random.default_rng(0).normal(0, 50, (9, 2))
    np.testing.assert_allclose(
        moved_points(points, compose(one, other)), moved_points(moved_points(points, other), one), atol=1e-9
    )
    np.testing.assert_allclose(compose(one, inverse(one)), shifted(0, 0), atol=1e-12)
    assert size_of(one) == pytest.approx(1.3)
    np.testing.assert_allclose(moved_points(points, shifted(2, -3, 4)), 4 * points + (2, -3))


def test_a_known_similarity_is_fitted_and_a_point_without_weight_does_not_count() -> None:
    known = similarity(-65, 0.4, 11, 3)
    start = np.random.default_rng(0).normal(0, 50, (9, 2))
    end = moved_points(start, known)
    np.testing.assert_allclose(fitted_similarity(start, end), known, atol=1e-12)
    end[0] += 100
    assert np.abs(fitted_similarity(start, end) - known).max() > 1
    np.testing.assert_allclose(fitted_similarity(start, end, np.array([0, *np.ones(8)])), known, atol=1e-12)
