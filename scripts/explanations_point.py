"""How often explanations point at movement that was put there on purpose, as a table for docs/measurements.md.

    python scripts/explanations_point.py

Every made-up flow field has one movement on a still face, with a head that moves and what disturbs real flow: a patch
in one quarter of the picture that moves in any direction, or one action unit of the atlas. Counted is how often an
explanation has most of itself in that quarter, and whether the answer depends most on the unit's own region; for the
weights of the package, for the same networks with random weights, and for the movement itself, which knows no network.
Several seeds of fields; in brackets the 95 % interval from resampling the fields.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch import nn

from glfnet.explanation.inside import InsideMaps, find_inside_maps
from glfnet.explanation.regions import movement_lengths, region_masks
from glfnet.explanation.why import Asked, explain_map
from glfnet.model.inputs import input_maps
from glfnet.recognition.explain import asked_of
from glfnet.recognition.weights import PACKAGED, read_trained
from glfnet.samples.flow_set import CHANNELS
from glfnet.synthetic.fields.crop import FIELD_CROPS, Floats, Grid, drawn_grid
from glfnet.synthetic.fields.disturbances import as_flow_sees, head_movement, noise
from glfnet.synthetic.fields.expression import template

SIZE_PX = 28
ALIKE = "likeness to that of the trained (correlation)"
UNIT_REGIONS: Mapping[int, tuple[str, ...]] = {
    1: ("brows",), 2: ("brows",), 4: ("brows",), 5: ("eyes",), 6: ("cheeks",), 7: ("eyes",), 9: ("nose",),
    12: ("mouth",), 14: ("mouth",), 15: ("mouth",), 17: ("chin",), 20: ("mouth",), 25: ("mouth",),
}  # fmt: skip
"""Units that are planted, and the region in which the atlas moves them most."""

_STRENGTH = 1.0  # of the planted movement, as one action unit of the atlas
_RADIUS = 0.1  # of a patch, as a share of the picture
_MARGIN = 0.12  # its centre keeps so far from the edges of its quarter, as a share of the picture
_RESAMPLES = 2000

Planted = tuple[NDArray[np.float32], int | None, int | None]
"""A map in pixels with the quarter in which it moves, or the unit that moves it."""


def in_a_quarter(seed: int, count: int) -> list[Planted]:
    """Return fields in which a patch of one quarter moves, all quarters equally often."""
    rng, grid = _drawn(seed, count)
    quarters = np.arange(count) % 4
    centre = 0.5 * np.stack([quarters % 2, quarters // 2]) + rng.uniform(_MARGIN, 0.5 - _MARGIN, (2, count))
    shares = (np.arange(SIZE_PX) + 0.5) / SIZE_PX
    across, along = (np.exp(-0.5 * ((shares - each[:, None]) / _RADIUS) ** 2) for each in centre)
    patch = (along[:, :, None] * across[:, None, :]).astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi, (count, 1, 1))
    right, down = (np.asarray(_STRENGTH * each * patch, dtype=np.float32) for each in (np.cos(angle), np.sin(angle)))
    maps = _seen(rng, grid, right, down)
    return [(each, int(quarter), None) for each, quarter in zip(maps, quarters, strict=True)]


def of_one_unit(seed: int, count: int) -> list[Planted]:
    """Return fields in which one action unit moves, all units equally often."""
    rng, grid = _drawn(seed, count)
    units = [[*UNIT_REGIONS][number % len(UNIT_REGIONS)] for number in range(count)]
    moved = {unit: template(unit, grid) for unit in set(units)}
    right, down = (np.stack([moved[unit][axis][number] for number, unit in enumerate(units)]) for axis in (0, 1))
    return [(each, None, unit) for each, unit in zip(_seen(rng, grid, right, down), units, strict=True)]


def _drawn(seed: int, count: int) -> tuple[np.random.Generator, Grid]:
    rng = np.random.default_rng([12, seed])
    return rng, drawn_grid(rng, FIELD_CROPS["wide"], count, SIZE_PX)


def _seen(rng: np.random.Generator, grid: Grid, right: Floats, down: Floats) -> Floats:
    """Return maps (N, 3, H, W) as flow would see a movement of the skin: with head, texture and noise."""
    head, face = head_movement(rng, grid), as_flow_sees(rng, right, down)
    rough = noise(rng, len(right), SIZE_PX)
    u, v = ((head[axis] + face[axis] + rough[axis]) * (grid.aspect if not axis else 1) for axis in (0, 1))
    (u_y, u_x), (v_y, v_x) = np.gradient(u, axis=(1, 2)), np.gradient(v, axis=(1, 2))
    return np.stack([u, v, np.sqrt(u_x**2 + v_y**2 + 0.5 * (u_y + v_x) ** 2)], axis=1).astype(np.float32)


def randomised(asked: Asked, seed: int) -> Asked:
    """Return the same networks with fresh weights: what an explanation shows of them was never learnt."""
    networks = []
    with torch.random.fork_rng(devices=[]):
        for number, network in enumerate(asked.networks):
            fresh = deepcopy(network)
            torch.manual_seed(1000 * seed + number)
            for module in fresh.modules():
                if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                    module.reset_parameters()
            networks.append(fresh)
    return replace(asked, networks=tuple(networks))


def inside_of(planted: Sequence[Planted], asked: Asked) -> list[InsideMaps]:
    """Return where the networks look in each field while they decide for their most probable class."""
    found = []
    for flow_map, _, _ in planted:
        label = int(asked.probabilities(flow_map[None])[0].argmax())
        shown = input_maps(asked.normalised(flow_map[None]), CHANNELS, asked.inputs)
        inside = find_inside_maps(asked.networks, shown, label, asked.inputs, mirror=asked.mirror)
        assert inside is not None, "weights of GLFNet"
        found.append(inside)
    return found


def quarter_hits(planted: Sequence[Planted], found: Sequence[InsideMaps]) -> dict[str, list[float]]:
    """Return, for each map of an explanation, whether it points at the quarter that moves, field by field.

    A gate has a level of its own at every place, whatever moves; so it is also asked where it differs most from its
    mean over all fields.
    """
    quarters = np.array([quarter for _, quarter, _ in planted])
    pointed = {
        "Grad-CAM": _quarter([np.maximum(inside.decision, 0) for inside in found]),
        "movement itself": _quarter([movement_lengths(flow_map) for flow_map, _, _ in planted]),
    }
    for field, name in (("global_attention", "Global Attention"), ("local_gates", "Local Block gates")):
        maps = np.stack([getattr(inside, field) for inside in found])
        pointed[f"{name}, brightest"] = _quarter(maps)
        pointed[f"{name}, farthest from their mean"] = _quarter(abs(maps - maps.mean(axis=0)))
    return {name: (most == quarters).astype(float).tolist() for name, most in pointed.items()}


def _quarter(maps: Iterable[NDArray[np.float64]]) -> NDArray[np.intp]:
    """Return the quarter with the largest mean of each map: a sum would prefer the largest quarter."""
    means = [
        [part.mean() for band in np.array_split(values, 2, axis=0) for part in np.array_split(band, 2, axis=1)]
        for values in maps
    ]
    return np.argmax(means, axis=1)


def unit_hits(planted: Sequence[Planted], asked: Asked) -> dict[str, list[float]]:
    """Return whether the answer depends most on the region of the unit that moves, and whether that moves most."""
    hits: dict[str, list[float]] = {"occlusion": [], "movement itself": []}
    masks = region_masks(asked.crop, SIZE_PX, SIZE_PX)
    for flow_map, _, unit in planted:
        assert unit is not None, "one unit moves"
        used = explain_map(flow_map, asked).regions[0].region
        length = movement_lengths(flow_map)
        moving = max(masks, key=lambda name: float(length[masks[name]].mean()))
        hits["occlusion"].append(float(used in UNIT_REGIONS[unit]))
        hits["movement itself"].append(float(moving in UNIT_REGIONS[unit]))
    return hits


def likeness(found: Sequence[InsideMaps], other: Sequence[InsideMaps]) -> dict[str, list[float]]:
    """Return how much each map of an explanation is like that of other weights: correlation over places."""
    names = {"decision": "Grad-CAM", "global_attention": "Global Attention", "local_gates": "Local Block gates"}
    return {
        name: [
            float(np.corrcoef(getattr(one, field).ravel(), getattr(two, field).ravel())[0, 1])
            for one, two in zip(found, other, strict=True)
        ]
        for field, name in names.items()
    }


def _share(values: Sequence[float], as_percent: bool) -> str:
    rng = np.random.default_rng(0)
    given = np.asarray(values)
    means = given[rng.integers(0, len(given), (_RESAMPLES, len(given)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    if as_percent:
        return f"{100 * given.mean():.0f} % [{100 * low:.0f}, {100 * high:.0f}]"
    return f"{given.mean():.2f} [{low:.2f}, {high:.2f}]"


def counts(asked: Asked, fields: int, seed: int) -> dict[str, dict[str, list[float]]]:
    """Return what one seed of fields gives: column (trained, random) -> row -> a value for each field."""
    planted = in_a_quarter(seed, fields)
    trained, random = inside_of(planted, asked), inside_of(planted, randomised(asked, seed))
    alike = likeness(trained, random)
    units = unit_hits(of_one_unit(seed, fields), asked)
    return {
        "trained": {
            **{f"{row}: quarter that moves": values for row, values in quarter_hits(planted, trained).items()},
            **{f"{row}: region of the unit": values for row, values in units.items()},
        },
        "random": {
            **{f"{row}: quarter that moves": values for row, values in quarter_hits(planted, random).items()},
            **{f"{row}: {ALIKE}": values for row, values in alike.items()},
        },
    }


def table(fields: int, seeds: Sequence[int], show: Callable[[Sequence[str]], Iterable[str]]) -> str:
    """Return the counts as a table: a row for each kind of explanation, two columns for each weights."""
    columns: dict[str, dict[str, list[float]]] = {}
    for name in show(list(PACKAGED)):
        asked = asked_of(read_trained(Path(name)))
        for seed in seeds:
            for column, rows in counts(asked, fields, seed).items():
                for row, values in rows.items():
                    columns.setdefault(f"{name}, {column}", {}).setdefault(row, []).extend(values)
    listed = list(dict.fromkeys(row for column in columns.values() for row in column))
    lines = [f"| | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    for row in listed:
        cells = [_share(column[row], ALIKE not in row) if row in column else "" for column in columns.values()]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fields", type=int, default=104, help="for each seed")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    console = Console(stderr=True)
    print(f"{given.fields * given.seeds} fields of each kind, {given.seeds} seeds.\n")
    print(table(given.fields, range(given.seeds), lambda names: track(names, "weights", console=console)))


if __name__ == "__main__":
    main()
