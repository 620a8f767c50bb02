"""A movement made larger goes as far as it should, and where it should."""

import numpy as np
import pytest

from glfnet.errors import ShapeError
from glfnet.flow.magnified import magnified
from glfnet.flow.optical_flow import optical_flow


def spot(x: float, y: float, side: int = 120) -> np.ndarray:
    yy, xx = np.mgrid[:side, :side]
    return (40 + 200 * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / 60)).astype(np.uint8)


def where(picture: np.ndarray) -> tuple[float, float]:
    weight = np.clip(picture.astype(float) - 60, 0, None)
    yy, xx = np.mgrid[: picture.shape[0], : picture.shape[1]]
    return float((xx * weight).sum() / weight.sum()), float((yy * weight).sum() / weight.sum())


@pytest.mark.parametrize("factor", [0, 1, 4, 8])
def test_a_movement_goes_a_factor_as_far(factor: float) -> None:
    onset = spot(60, 60)
    flow = np.zeros((120, 120, 2), dtype=np.float32)
    flow[...] = (1.5, -1.0)
    x, y = where(magnified(onset, flow, factor))
    assert (x, y) == pytest.approx((60 + 1.5 * factor, 60 - factor), abs=0.1)


def test_what_is_still_stays_and_colours_are_kept() -> None:
    onset = np.stack([spot(60, 60), spot(30, 30), spot(90, 90)], axis=-1)
    np.testing.assert_array_equal(magnified(onset, np.zeros((120, 120, 2), dtype=np.float32), 8), onset)


def test_a_movement_that_was_measured_is_magnified() -> None:
    onset, apex = spot(60, 60), spot(61, 60)
    x, y = where(magnified(onset, optical_flow(onset, apex, "dis"), 6))
    assert x == pytest.approx(66, abs=1)
    assert y == pytest.approx(60, abs=0.5)


def test_other_sizes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"flow must be \(120, 120, 2\); got \(60, 60, 2\)\."):
        magnified(spot(1, 1), np.zeros((60, 60, 2), dtype=np.float32), 2)
