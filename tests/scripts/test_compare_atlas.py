"""The atlas against a face model: what is read of the model, and what is compared."""

import zipfile
from pathlib import Path

import compare_atlas
import numpy as np
import pytest

EYE_DISTANCE = 0.6


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flat face whose vertices move as the atlas says, but for AU1, which moves as AU2 does."""
    path = tmp_path_factory.mktemp("model") / "model.zip"
    xs, ys = np.meshgrid(np.arange(-1.1, 1.11, 0.05), np.arange(-1.0, 1.91, 0.05))
    x, y = xs.ravel(), ys.ravel()
    mesh = [f"v {a * EYE_DISTANCE} {7 - b * EYE_DISTANCE} {z}" for z in (1.0, -1.0) for a, b in zip(x, y, strict=True)]
    eyes = [f"v {side * EYE_DISTANCE / 2} 7 1.2" for side in (-1, 1)]
    body = [f"f {n} {n} {n}" for n in range(1, 2 * len(x) + 1)]
    right, left = 2 * len(x) + 1, 2 * len(x) + 2
    lines = [*mesh, *eyes, "g body", *body, "g helper-r-eye", f"f {right}/1", "g helper-l-eye", f"f {left}/1"]
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(compare_atlas.MESH, "\n".join(lines))
        for unit, actions in compare_atlas.ACTIONS.items():
            moved = at(compare_atlas.of_atlas(2 if unit == 1 else unit), x, y) * EYE_DISTANCE / 10
            for n, action in enumerate(actions):
                half = np.ones(len(x), bool) if len(actions) == 1 else (x < 0 if n else x >= 0)
                rows = [f"{i} {moved[i, 0]:.6f} {-moved[i, 1]:.6f} 0" for i in np.flatnonzero(half)]
                rows += [f"{len(x) + i} 9 9 9" for i in range(5)]  # behind, where nobody looks
                file.writestr(compare_atlas.TARGETS.format(action), "# a remark\n" + "\n".join(rows))
    return path


@pytest.mark.slow
def test_a_model_that_moves_as_the_atlas_says_is_like_it_and_one_that_does_not_is_said_to_be_like_another(
    model: Path,
) -> None:
    table = [[cell.strip() for cell in row.split("|")[1:-1]] for row in compare_atlas.rows(model)][2:]
    likeness = {row[0]: float(row[1]) for row in table}
    assert likeness.pop("AU1") < 0.6
    assert table[0][2] == "AU2 1.00"
    assert min(likeness.values()) > 0.98
    assert all(row[3] == row[4] for row in table if row[0] in ("AU2", "AU12", "AU26"))


def test_likeness_does_not_depend_on_strength_and_is_negative_for_the_opposite() -> None:
    field = compare_atlas.of_atlas(12)
    assert compare_atlas.likeness(field, 3 * field) == pytest.approx(1)
    assert compare_atlas.likeness(field, -field) == pytest.approx(-1)


def test_the_middle_of_a_movement_and_its_angle_are_those_of_one_half() -> None:
    out, down, angle = compare_atlas.middle(compare_atlas.of_atlas(2))
    assert (out, down) == (pytest.approx(0.74, abs=0.05), pytest.approx(-0.26, abs=0.02))
    assert angle == pytest.approx(84, abs=1)


def at(field: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the field at these places: the nearest of its grid."""
    xs, ys = compare_atlas.grid()
    column = np.clip(np.round((x - xs[0, 0]) / 0.05).astype(int), 0, xs.shape[1] - 1)
    row = np.clip(np.round((y - ys[0, 0]) / 0.05).astype(int), 0, ys.shape[0] - 1)
    return field[row, column]
