"""What can be measured of how two published renditions were made; Markdown for docs/renditions.md:

    python scripts/renditions.py FLOWS [--clips 18]

FLOWS holds `megc2019_dev_flow.npz` and `megc2019_dev_flow_b.npz`. Beside them, the same numbers of made-up clips whose
maps are made in known ways: which of these ways leaves the same traces?
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from prepare_accuracy import found_face, made_up_clips

from glfnet.databases.clip import Clip
from glfnet.databases.prepare import frame_numbers
from glfnet.faces.alignment import canonical_transform, crop_settings, warp
from glfnet.flow.flow_map import map_of, normalised
from glfnet.flow.optical_flow import optical_flow
from glfnet.threads import processor_threads
from glfnet.video.frames import find_frames

Maps = NDArray[np.float64]  # (N, 28, 28, 3): u, v, strain, 0..255

MAP_PX = 28
RATIOS = np.exp(np.linspace(-1.6, 1.6, 13))  # of v's scale to u's, which stretching has hidden
SIZES_PX = (28, 64, 128, 224)
SAMPLING = {"averaged": cv2.INTER_AREA, "sampled": cv2.INTER_LINEAR}


def strain_fit(flow: NDArray[np.float64]) -> float:
    """Return how well a map's strain follows from the differences of its own u and v: their correlation.

    Near 1 if strain was computed at the size of the map, less if it was computed at a larger one and shrunk.
    """
    (u_y, u_x), (v_y, v_x) = np.gradient(flow[..., 0]), np.gradient(flow[..., 1])
    inner = slice(1, -1)
    found = flow[inner, inner, 2].ravel()
    if np.ptp(found) == 0:
        return float("nan")
    forms = (np.sqrt(u_x**2 + (r * v_y) ** 2 + (u_y + r * v_x) ** 2 / 2) for r in RATIOS)
    return max(float(np.corrcoef(form[inner, inner].ravel(), found)[0, 1]) for form in forms)


def traces(maps: Maps) -> str:
    """Return the cells of a table: how far u, v and strain reach, and how well strain follows from them."""
    reach = [
        f"{np.median(maps[..., c].min(axis=(1, 2))):.0f} to {np.median(maps[..., c].max(axis=(1, 2))):.0f}"
        for c in range(3)
    ]
    return " | ".join([*reach, f"{np.nanmedian([strain_fit(one) for one in maps]):.2f}"])


def made_up(clips: Sequence[Clip]) -> dict[tuple[int, str], Maps]:
    """Return made-up clips' TV-L1 maps by size of the crop and way of shrinking, stretched before they are shrunk."""
    maps: dict[tuple[int, str], list[NDArray[np.float64]]] = {}
    for number, clip in enumerate(clips, 1):
        frames = find_frames(clip.frames, frame_numbers(clip))
        face = found_face(frames)
        for size in SIZES_PX:
            crop = crop_settings("wide", size)
            transform = canonical_transform(face.points, crop)
            onset, apex = (warp(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), transform, size) for one in frames.read())  # type: ignore[arg-type]
            full = map_of(optical_flow(onset, apex), size)
            for how, code in SAMPLING.items():
                small = [cv2.resize(one, (MAP_PX, MAP_PX), interpolation=code) for one in normalised(full) * 255]
                maps.setdefault((size, how), []).append(np.stack(small, axis=-1).astype(float))
        print(f"{number} of {len(clips)} made-up clips", file=sys.stderr, flush=True)
    return {key: np.stack(value) for key, value in maps.items()}


def places(maps: Maps, smiles: NDArray[np.bool_]) -> str:
    """Return the cells of a table: where in the height v moves most above and below the middle, and mouth corners."""
    moved = np.abs(maps[..., 1] - np.median(maps[..., 1], axis=(1, 2), keepdims=True))
    rows, half = moved.mean(axis=(0, 2)), MAP_PX // 2
    mouth = moved[smiles].mean(axis=0)[half:].max(axis=0)
    left, right = mouth[:half].argmax(), half + mouth[half:].argmax()
    brows, lips = rows[:half].argmax(), half + rows[half:].argmax()
    return f"{(brows + 0.5) / MAP_PX:.2f} | {(lips + 0.5) / MAP_PX:.2f} | {(right - left) / 2 / MAP_PX:.2f}"


def published(flows: Path) -> Iterator[tuple[str, Maps, NDArray[np.bool_]]]:
    """Yield the name of each rendition, its onset-to-apex maps, and which clips are positive."""
    choose: dict[str, tuple[str, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]]] = {
        "a (STSTNet, HTNet)": ("megc2019_dev_flow.npz", lambda flow: flow),
        "b (CausalNet)": ("megc2019_dev_flow_b.npz", lambda flow: flow[:, 0]),
    }
    for name, (file, of) in choose.items():
        with np.load(flows / file) as arrays:
            yield name, of(arrays["flow"]).astype(float), arrays["label"] == 1


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Traces of how published flow maps were made; Markdown tables.")
    parser.add_argument("flows", type=Path, help="folder of the two .npz files")
    parser.add_argument("--clips", type=int, default=18, help="made-up clips, three a person")
    given = parser.parse_args()
    known = list(published(given.flows))
    print("| maps | most movement above the middle | below it | mouth corners from the middle |\n|---|---:|---:|---:|")
    for name, maps, smiles in known:
        print(f"| {name} | {places(maps, smiles)} |")
    print("\n| maps | u | v | strain | strain follows from u and v |\n|---|---:|---:|---:|---:|")
    for name, maps, _ in known:
        print(f"| {name} | {traces(maps)} |", flush=True)
    with tempfile.TemporaryDirectory() as temporary, processor_threads():
        for (size, how), maps in made_up(made_up_clips(Path(temporary) / "made-up", given.clips)).items():
            shrunk = f"made at {size} pixels, stretched, then {how}" if size > MAP_PX else "made at 28 pixels"
            if size > MAP_PX or how == "averaged":
                print(f"| made up, {shrunk} | {traces(maps)} |")


if __name__ == "__main__":
    main()
