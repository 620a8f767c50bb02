"""A made-up database on disk, in the layout of a user's own data: a CSV file, and a folder of pictures for each clip.

::

    OUT/index.csv               database, subject, clip, frames, onset, apex, offset, emotion, fps, action_units
    OUT/synthetic.json          what the database was made from; a second run must agree with it
    OUT/p01/clip01/img0001.jpg  frames, numbered from 1
    OUT/p01/clip01.npz          flow (H, W, 2) float16 from onset to apex in pixels, u right and v down; points (5, 2)
"""

import csv
import io
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import InputError
from glfnet.files import check_free, is_there, write_whole, writing_at, written_whole
from glfnet.synthetic.clip import DATABASE, ClipPlan, ClipTruth, clip_plan, draw_clip, person

COLUMNS = ("database", "subject", "clip", "frames", "onset", "apex", "offset", "emotion", "fps", "action_units")
INDEX_FILE = "index.csv"
_SETTINGS_FILE = "synthetic.json"
_VERSION = 1  # raise it when the same numbers give other pixels
_HARDER_VERSION = 1  # the same of harder clips; folders of neat ones do not have it
_JPEG_QUALITY = 95  # as in the licensed databases; PNG files would be four times larger because of the noise


def write_synthetic_database(
    out: Path,
    *,
    subjects: int = 12,
    seed: int = 0,
    clips_per_subject: int = 6,
    size_px: int = 256,
    fps: float = 200.0,
    flow: bool = True,
    harder: bool = False,
    on_clip: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a made-up database, or complete one that an interrupted run left: finished clips stay as they are.

    Each clip is written whole or not at all. More subjects or clips may be asked for later; those already written stay.

    Args:
        out: a new folder, an empty one, or one that this function wrote with the same seed, size and fps.
        subjects: how many people, at least 1.
        seed: 0 or more; the whole database follows from it.
        clips_per_subject: at least 1; with a multiple of 3 each person shows each class equally often.
        size_px: height and width of a frame, at least 96.
        fps: frames per second, at least 25.
        flow: whether to write the true flow field of each clip.
        harder: whether people differ as real ones do, so that no model is right about all of them; see `harder_clip`.
        on_clip: called after each clip with the number of clips done and the number of all clips.

    Returns:
        the CSV file, which is read like any user's own data. Paths in it are relative to it; frames are counted from 1.

    Raises:
        InputError: if `out` holds something else or cannot be written, or matplotlib's sample photograph is missing.
        ValueError: if a number is out of range.
    """
    if subjects < 1 or clips_per_subject < 1 or size_px < 96:
        raise ValueError(
            "subjects and clips_per_subject must be 1 or more, size_px 96 or more; "
            f"got {subjects}, {clips_per_subject}, {size_px}."
        )
    numbers = [(subject, clip) for subject in range(1, subjects + 1) for clip in range(1, clips_per_subject + 1)]
    plans = [clip_plan(seed, subject, clip, fps=fps, harder=harder) for subject, clip in numbers]
    settings = {"version": _VERSION, "seed": seed, "size_px": size_px, "fps": fps}
    check_folder(out, {**settings, "harder": _HARDER_VERSION} if harder else settings)
    face_of, face = 0, None
    for done, plan in enumerate(plans, start=1):
        if not _is_written(out, plan, flow):
            if face is None or face_of != plan.subject:
                face_of, face = plan.subject, person(seed, plan.subject, size_px)
            with writing_at(out):
                _write_clip(out, plan, *draw_clip(seed, face, plan), flow)
        if on_clip is not None:
            on_clip(done, len(plans))
    _write_index(out / INDEX_FILE, plans)
    return out / INDEX_FILE


def check_folder(out: Path, settings: Mapping[str, int | float | Mapping[str, float]]) -> None:
    """Begin a database in a new or empty folder, or make sure that the one in it is the one asked for."""
    file = out / _SETTINGS_FILE
    if is_there(file):
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            found = "no JSON"
        if found != settings:
            raise InputError(
                file=file,
                found=str(found),
                expected=str(settings),
                remedy="Name another folder, ask for the same settings, or delete this folder to make it anew.",
            )
        return
    check_free(out, "a made-up database to complete")
    write_whole(file, json.dumps(settings, indent=2) + "\n")


def _is_written(out: Path, plan: ClipPlan, flow: bool) -> bool:
    folder = _clip_folder(out, plan)
    frames = sum(1 for _ in folder.glob("img*.jpg")) if folder.is_dir() else 0
    return frames == plan.frames and (not flow or folder.with_suffix(".npz").is_file())


def _write_clip(out: Path, plan: ClipPlan, frames: NDArray[np.uint8], truth: ClipTruth, flow: bool) -> None:
    """Write flow and frames aside and rename them; the frames come last: where they are, everything is."""
    folder = _clip_folder(out, plan)
    partial = folder.with_name(f".{folder.name}.partial")
    for old in (folder, partial):
        shutil.rmtree(old, ignore_errors=True)
    partial.mkdir(parents=True)
    for number, frame in enumerate(frames, start=1):
        # OpenCV wants blue first.
        _, encoded = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        (partial / f"img{number:04d}.jpg").write_bytes(encoded.tobytes())
    if flow:
        with written_whole(folder.with_suffix(".npz")) as file:
            np.savez_compressed(file, flow=truth.flow.astype(np.float16), points=truth.points.astype(np.float32))
    partial.rename(folder)


def _write_index(file: Path, plans: list[ClipPlan]) -> None:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([COLUMNS, *(_row(plan) for plan in plans)])
    write_whole(file, table.getvalue())


def _row(plan: ClipPlan) -> tuple[str, ...]:
    subject, clip = _names(plan)
    onset, apex, offset = (str(index + 1) for index in (plan.onset_index, plan.apex_index, plan.offset_index))
    units = "+".join(str(unit) for unit in plan.action_units)
    frames = f"{subject}/{clip}"
    return DATABASE, subject, clip, frames, onset, apex, offset, plan.emotion, f"{plan.fps:g}", units


def _names(plan: ClipPlan) -> tuple[str, str]:
    return f"p{plan.subject:02d}", f"clip{plan.clip:02d}"


def _clip_folder(out: Path, plan: ClipPlan) -> Path:
    return out.joinpath(*_names(plan))
