"""Flow maps in one `.npz` file: arrays `flow`, `dataset`, `subject`, `clip`, `label`, one entry a clip.

`flow` is (N, H, W, C) or, with several phases of each clip, (N, P, H, W, C); uint8 0..255 or float. Files that we write
also hold `channels` and `source`, `action_units` if any are known, and `normalisation` unless it is min_max; in others
C must be 3 and means u, v, strain, min-max scaled.
"""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import InputError, reason
from glfnet.files import written_whole
from glfnet.labels import THREE_CLASSES
from glfnet.samples.flow_pictures import unit_map
from glfnet.samples.flow_set import CHANNELS, FlowSet, Sample, flow_set
from glfnet.samples.problems import check_problems, duplicate_ids
from glfnet.samples.subjects import SubjectId, clip_name, subject_id

_TEXT = ("dataset", "subject", "clip")
_NEEDED = ("flow", *_TEXT, "label")
_OURS = ("channels", "source", "normalisation", "action_units")
# What numpy and zipfile raise for damaged files.
_DAMAGED = (ValueError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, OverflowError)
_Arrays = Mapping[str, NDArray[Any]]


def read_flow_npz(path: Path, *, phase: int = 0, label_names: Sequence[str] = THREE_CLASSES) -> FlowSet:
    """Read the clips of a `.npz` file. Nothing in it is ever unpickled.

    Args:
        path: the file.
        phase: which phase of each clip to take where the file holds several; 0 is onset to apex.
        label_names: what the integers in `label` mean; labels that are text are emotions as they stand.

    Returns:
        uint8 maps divided by 255, float maps as they are.

    Raises:
        InputError: if the file is unreadable, lacks an array, has arrays of unequal length or a wrong type, a value
            that is no number, a label or a phase that does not exist, or one clip twice.
    """
    arrays = _read_arrays(path)
    flow = _phase(path, arrays["flow"], phase)
    _check_lengths(path, arrays)
    emotions = _emotions(path, arrays["label"], label_names)
    channels = _channels(path, arrays, flow.shape[-1])
    samples = [_sample(path, arrays, i, emotion) for i, emotion in enumerate(emotions)]
    places = (f"entry {i}" for i in range(len(samples)))
    check_problems(path, duplicate_ids(path, (s.sample_id for s in samples), places))
    maps = unit_map(flow) if flow.dtype == np.uint8 else np.moveaxis(flow, -1, -3)
    normalisation = str(arrays["normalisation"]) if "normalisation" in arrays else "min_max"
    return flow_set(samples, list(maps), channels, normalisation)


def write_flow_npz(path: Path, data: FlowSet) -> None:
    """Write a set so that `read_flow_npz` gives it back identically; equal sets give equal bytes.

    The file is there whole or not at all; its folder is made if missing. Maps that came from 8-bit pictures are
    kept as 8-bit numbers, others as float32.

    Raises:
        InputError: if the file cannot be written.
    """
    arrays: dict[str, NDArray[Any]] = {
        "flow": _stored(data.maps),
        "dataset": np.array([s.subject.database for s in data.samples], dtype=np.str_),
        "subject": np.array([s.subject.name for s in data.samples], dtype=np.str_),
        "clip": np.array([s.clip for s in data.samples], dtype=np.str_),
        "label": np.array([s.emotion for s in data.samples], dtype=np.str_),
        "source": np.array([s.source for s in data.samples], dtype=np.str_),
        "channels": np.array(data.channels, dtype=np.str_),
    }
    if any(s.action_units for s in data.samples):
        arrays["action_units"] = np.array([s.action_units for s in data.samples], dtype=np.str_)
    if data.normalisation != "min_max":
        arrays["normalisation"] = np.array(data.normalisation, dtype=np.str_)
    with written_whole(path) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _stored(maps: NDArray[np.float32]) -> NDArray[Any]:
    last = np.moveaxis(maps, 1, -1)
    with np.errstate(invalid="ignore"):
        pixels = np.round(np.clip(last, 0, 1) * 255).astype(np.uint8)
    return pixels if unit_map(pixels).tobytes() == maps.astype(np.float32).tobytes() else last


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as opened:
            loaded = np.load(opened, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                raise _bad(path, "a single array")
            missing = [name for name in _NEEDED if name not in loaded]
            if missing:
                raise _bad(path, f"no array {', '.join(missing)}")
            return {name: loaded[name] for name in (*_NEEDED, *_OURS) if name in loaded}
    except OSError as error:
        raise _bad(path, f"no readable file ({reason(error)})") from error
    except MemoryError as error:  # a few bytes may claim any size
        raise _bad(path, "arrays that say they are larger than this machine's memory") from error
    except _DAMAGED as error:
        raise _bad(path, "a damaged file, or one that holds objects of Python instead of numbers") from error


def _phase(path: Path, flow: NDArray[Any], phase: int) -> NDArray[Any]:
    if flow.ndim not in (4, 5) or not (flow.dtype == np.uint8 or np.issubdtype(flow.dtype, np.floating)):
        raise _bad(path, f"flow {flow.shape} of type {flow.dtype}")
    phases = flow.shape[1] if flow.ndim == 5 else 1
    if not 0 <= phase < phases:
        remedy = "Name one of these phases."
        raise InputError(file=path, found=f"no phase {phase}", expected=f"0 to {phases - 1}", remedy=remedy)
    chosen = flow[:, phase] if flow.ndim == 5 else flow
    if chosen.dtype == np.uint8:
        return chosen
    with np.errstate(over="ignore"):
        chosen = chosen.astype(np.float32)
    if not np.isfinite(chosen).all():
        raise _bad(path, "flow with values that are no numbers (NaN or infinite)")
    return chosen


def _check_lengths(path: Path, arrays: _Arrays) -> None:
    count = len(arrays["flow"])
    if count == 0:
        raise _bad(path, "no clips")
    for name in sorted(arrays.keys() - {"flow", "channels", "normalisation"}):
        if arrays[name].shape != (count,):
            raise _bad(path, f"{name} {arrays[name].shape} beside {count} flow maps")
        if name != "label" and arrays[name].dtype.kind != "U":
            raise _bad(path, f"{name} of type {arrays[name].dtype}")


def _emotions(path: Path, labels: NDArray[Any], label_names: Sequence[str]) -> list[str]:
    if labels.dtype.kind == "U":
        return [str(label) for label in labels]
    if labels.dtype.kind not in "iu":
        raise _bad(path, f"label of type {labels.dtype}")
    outside = [int(label) for label in labels if not 0 <= label < len(label_names)]
    if outside:
        raise _bad(path, f"label {outside[0]} where 0 to {len(label_names) - 1} mean {', '.join(label_names)}")
    return [label_names[int(label)] for label in labels]


def _channels(path: Path, arrays: _Arrays, count: int) -> tuple[str, ...]:
    channels = tuple(str(c) for c in arrays["channels"].ravel()) if "channels" in arrays else CHANNELS
    if len(channels) != count:
        raise _bad(path, f"{count} channels for the names {', '.join(channels)}")
    return channels


def _sample(path: Path, arrays: _Arrays, index: int, emotion: str) -> Sample:
    database, subject_name, clip = (str(arrays[name][index]) for name in _TEXT)
    units = str(arrays["action_units"][index]) if "action_units" in arrays else ""
    if "source" in arrays:  # written by us: the names are the final ones
        subject = SubjectId(database, subject_name)
        return Sample(
            subject=subject, clip=clip, emotion=emotion, source=str(arrays["source"][index]), action_units=units
        )
    subject = subject_id(database, subject_name)
    source = f"{path.name}, entry {index}"
    name = clip_name(subject, clip)
    return Sample(subject=subject, clip=name, emotion=emotion, source=source, action_units=units)


def _bad(path: Path, found: str) -> InputError:
    return InputError(
        file=path,
        found=found,
        expected=(
            "arrays flow (N, H, W, C) or (N, P, H, W, C) as uint8 or float, dataset, subject, clip as text and label, "
            "each with N entries"
        ),
        remedy="Write the file again, for instance with `glfnet.samples.flow_npz.write_flow_npz`.",
    )
