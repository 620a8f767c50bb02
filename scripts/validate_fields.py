"""How like real flow maps the made-up fields are, on the clips of the development subjects.

    python scripts/validate_fields.py LABELS FLOWS.npz --crop b --picture means.png

Prints the tables of docs/fields.md: where the face lies in the maps, how like each class's and unit's mean map of real
clips the mean map of fields is, how movement is spread over wavelengths, and what share of real movement lies in the
space of the 40 leading components of fields. Maps are centred and divided by their deviation, as networks are shown
them. The picture shows the mean maps above each other; it is made from licensed clips, so keep it to yourself.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from count_units import read_cells
from field_units import UNITS
from numpy.typing import NDArray
from scipy.optimize import minimize

from glfnet.config.settings import InputSettings
from glfnet.facs.notation import read_units
from glfnet.labels import THREE, THREE_CLASSES
from glfnet.model.inputs import input_maps
from glfnet.samples.flow_set import CHANNELS, FlowSet
from glfnet.samples.read import read_flow_set
from glfnet.synthetic.fields import expression
from glfnet.synthetic.fields.crop import FieldCrop, drawn_grid, exact_grid, field_crop
from glfnet.synthetic.fields.disturbances import noise, smooth_movement
from glfnet.synthetic.fields.draw import Fields, draw_fields

FIELDS = 6_000
COMPONENTS = (5, 10, 40)
_LOCATED = (1, 2, 4, 12, 15, 17)  # units whose mean maps show where brows, mouth and chin lie
_RINGS = ((1, 2), (3, 4), (5, 7), (8, 13))  # waves across the map

Floats = NDArray[np.float32]
Groups = Mapping[str, NDArray[np.bool_]]


def shown(maps: Floats) -> Floats:
    """Return (N, 3, H, W) maps as networks are shown them, outliers cut at three deviations."""
    return np.asarray(input_maps(maps, CHANNELS, InputSettings(clip=3.0)).numpy(), dtype=np.float32)


def real_groups(flow: FlowSet, labels: Path) -> Groups:
    """Return which clips belong to each class, and which show each unit: name -> (N,)."""
    classes = np.array([THREE.find_class(s.subject.database, s.emotion) for s in flow.samples])
    groups = {name: classes == label for label, name in enumerate(THREE_CLASSES)}
    cells = read_cells(labels)
    readings = [read_units(cells[s.sample_id]) if s.sample_id in cells else None for s in flow.samples]
    for unit in UNITS:
        groups[f"AU{unit}"] = np.array([one is not None and one.presence(unit) is True for one in readings])
    return groups


def symmetric_mean(maps: Floats) -> Floats:
    """Return the mean of maps and of their mirror images: (3, H, W)."""
    mean = maps.mean(axis=0)
    other = mean[..., ::-1].copy()
    other[0] *= -1
    return np.asarray((mean + other) / 2, dtype=np.float32)


def likeness(one: Floats, other: Floats) -> float:
    """Return the correlation of two maps about no movement."""
    return float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))


def fitted_crop(means: Mapping[str, Floats], start: FieldCrop) -> tuple[FieldCrop, float]:
    """Return where the face lies if the atlas's movements are to be most like the mean maps, and how like they are."""
    side = next(iter(means.values())).shape[-1]

    def unlike(place: Sequence[float]) -> float:
        crop = FieldCrop(eye_y=place[0], eye_distance_x=place[1], eye_distance_y=place[2])
        grid = exact_grid(crop, 1, side)
        total = 0.0
        for unit in _LOCATED:
            right, down = expression.template(unit, grid)
            alone = np.stack([right[0] * grid.aspect[0], down[0]])
            alone -= np.median(alone, axis=(1, 2), keepdims=True)
            total += likeness(np.asarray(alone, dtype=np.float32), means[f"AU{unit}"][:2])
        return -total / len(_LOCATED)

    first = (start.eye_y, start.eye_distance_x, start.eye_distance_y)
    found = minimize(unlike, first, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-5})
    return FieldCrop(eye_y=found.x[0], eye_distance_x=found.x[1], eye_distance_y=found.x[2]), -float(found.fun)


def ring_shares(maps: Floats) -> NDArray[np.float64]:
    """Return which share of each channel's energy lies in waves of some lengths: (3, rings)."""
    side = maps.shape[-1]
    faded = (maps - maps.mean(axis=(2, 3), keepdims=True)) * np.hanning(side)[:, None] * np.hanning(side)
    energy = (np.abs(np.fft.fft2(faded)) ** 2).mean(axis=0)
    waves = np.fft.fftfreq(side) * side
    ring = np.round(np.hypot(waves[:, None], waves))
    sums = [energy[:, (ring >= low) & (ring <= high)].sum(axis=1) for low, high in _RINGS]
    return np.stack(sums, axis=1) / np.sum(sums, axis=0)[:, None]


def spanned(maps: Floats, by: Floats) -> list[float]:
    """Return which shares of the movement (u and v) of maps lie in the space of the leading components of others."""
    rows, others = (m[:, :2].reshape(len(m), -1) for m in (maps, by))
    axes = np.linalg.svd(others[:2_000], full_matrices=False)[2]
    return [float(((rows @ axes[:count].T) ** 2).sum() / (rows**2).sum()) for count in COMPONENTS]


def random_maps(crop: FieldCrop, side: int) -> Iterator[tuple[str, Floats]]:
    """Yield maps that know nothing of faces: soft patches anywhere, and noise."""
    rng = np.random.default_rng(0)
    patches = smooth_movement(rng, drawn_grid(rng, crop, 2_000, side))
    for name, parts in (("soft patches anywhere", patches), ("noise", tuple(noise(rng, 2_000, side)))):
        right, down = parts
        yield name, np.stack([right, down, np.abs(right)], axis=1)


def picture(file: Path, pairs: Sequence[tuple[str, Floats, Floats]]) -> None:
    """Draw the mean u and v of real clips above those of fields."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1.3 * len(pairs), 5.6), layout="constrained")
    axes = figure.subplots(4, len(pairs))
    for column, (name, real, made) in enumerate(pairs):
        for row, (what, part) in enumerate(
            (("u", real[0]), ("u made up", made[0]), ("v", real[1]), ("v made up", made[1]))
        ):
            axes[row, column].imshow(part, cmap="RdBu_r", vmin=-1.5, vmax=1.5)
            axes[row, column].set(xticks=[], yticks=[])
            axes[row, column].set_ylabel(what if column == 0 else "")
        axes[0, column].set_title(name, fontsize=9)
    figure.savefig(file, dpi=90)


def print_place(means: Mapping[str, Floats], crop: FieldCrop) -> None:
    """Print where the face lies: as fields have it, and as fitted."""
    print("| | eyes below the upper edge | eye distance, of the width | of the height | likeness |")
    print("|---|---:|---:|---:|---:|")
    fitted, like = fitted_crop(means, crop)
    for what, one, end in (("in use", crop, ""), ("fitted", fitted, f"{like:.2f}")):
        print(f"| {what} | {one.eye_y:.2f} | {one.eye_distance_x:.2f} | {one.eye_distance_y:.2f} | {end} |")


def print_likeness(
    means: Mapping[str, Floats], groups: Groups, made: Floats, fields: Fields
) -> list[tuple[str, Floats, Floats]]:
    """Print how like the mean maps are, and return them: name, real, made up."""
    print("\n| | real clips | fields | u and v | strain |\n|---|---:|---:|---:|---:|")
    pairs = []
    for name, mean in means.items():
        there = (
            fields.truth == THREE_CLASSES.index(name)
            if name in THREE_CLASSES
            else fields.units[:, expression.UNITS.index(int(name[2:]))]
        )
        other = symmetric_mean(made[there])
        pairs.append((name, mean, other))
        alike = [f"{likeness(mean[part], other[part]):.2f}" for part in (slice(0, 2), slice(2, 3))]
        print(f"| {name} | {groups[name].sum()} | {there.sum()} | {' | '.join(alike)} |")
    return pairs


def print_waves(real: Floats, made: Floats) -> None:
    """Print how energy is spread over wavelengths."""
    print(f"\n| waves across the map | {' | '.join(f'{low} to {high}' for low, high in _RINGS)} |")
    print(f"|---|{'---:|' * len(_RINGS)}")
    for what, maps in (("real", real), ("made up", made)):
        for channel, shares in zip(CHANNELS, ring_shares(maps), strict=True):
            print(f"| {channel}, {what} | {' | '.join(f'{share:.1%}' for share in shares)} |")


def print_spans(real: Floats, made: Floats, crop: FieldCrop) -> None:
    """Print what share of real movement lies in the space of others."""
    print(f"\n| share of real movement in leading components of | {' | '.join(map(str, COMPONENTS))} |")
    print(f"|---|{'---:|' * len(COMPONENTS)}")
    for what, others in (("fields", made), *random_maps(crop, real.shape[-1]), ("the real clips themselves", real)):
        print(f"| {what} | {' | '.join(f'{share:.1%}' for share in spanned(real, others))} |")


def main() -> None:
    """Print the tables, and draw the picture if one is wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("flows", type=Path)
    parser.add_argument("--crop", default="b", help="which crop to draw fields for")
    parser.add_argument("--picture", type=Path, help="also draw the mean maps to this file")
    given = parser.parse_args()
    crop, flow = field_crop(given.crop), read_flow_set(given.flows)
    side = flow.maps.shape[-1]
    fields = draw_fields(FIELDS, crop=given.crop, size_px=side)
    real, made, groups = shown(flow.maps), shown(fields.maps), real_groups(flow, given.labels)
    means = {name: symmetric_mean(real[there]) for name, there in groups.items() if there.any()}
    print_place(means, crop)
    pairs = print_likeness(means, groups, made, fields)
    print_waves(real, made)
    print_spans(real, made, crop)
    if given.picture:
        picture(given.picture, pairs)


if __name__ == "__main__":
    main()
