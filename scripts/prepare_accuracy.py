"""How near `glfnet prepare` comes to the truth on made-up clips, whose movement is known exactly.

Everything is measured behind the real road: frames from disk, the face as detected, the wide crop.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from true_flow import flow_in_crop, inside_frame

from glfnet.databases.clip import Clip
from glfnet.databases.own_data import index_own_data
from glfnet.databases.prepare import frame_numbers
from glfnet.faces.alignment import WIDE, canonical_transform, face_mask
from glfnet.faces.default_detector import default_detector
from glfnet.faces.detector import Face, largest_central_face
from glfnet.faces.similarity import Transform
from glfnet.flow.clip_flow import clip_flow
from glfnet.flow.flow_map import map_of
from glfnet.flow.optical_flow import METHODS, Flow
from glfnet.flow.settings import FlowSettings
from glfnet.synthetic.clip import ClipPlan, clip_moments, clip_plan, person
from glfnet.synthetic.database import write_synthetic_database
from glfnet.threads import processor_threads
from glfnet.video.frames import FrameFiles, find_frames

SEED, FRAME_PX, FPS, CLIPS_PER_SUBJECT, MAP_PX = 0, 256, 200.0, 3, 28
NO_FLOW = "none (zeros)"
WHOLE_CROP = replace(WIDE, map_width=1.0)  # flow is compared pixel by pixel before the map is cut from its middle


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One flow of one clip beside one truth.

    Attributes:
        flow: method of flow, and whether it was corrected.
        of_face: the truth is the movement of the face alone; else all that moves, the head too.
        errors_px: end-point error at each pixel of the face, in pixels of the crop.
        correlations: of u, v and strain with the true ones, over the whole map of 28 x 28; none for no flow.
        head_px: how far the head moved, mean over the face.
        time_s: processor time from frames on disk to flow and strain, the face being known.
    """

    flow: str
    of_face: bool
    errors_px: NDArray[np.float32]
    correlations: tuple[float, ...]
    head_px: float
    time_s: float


@dataclass(frozen=True, slots=True)
class Seen:
    """A detector that has already found the face, so that the network looks once a clip; see `faces.FaceDetector`."""

    face: Face
    name: str = "seen"

    def detect(self, frame: NDArray[np.uint8]) -> Sequence[Face]:
        """Return the face."""
        return [self.face]


def made_up_clips(folder: Path, clips: int) -> Sequence[Clip]:
    """Write a made-up database and return its first clips, indexed as anybody's own data."""
    subjects = math.ceil(clips / CLIPS_PER_SUBJECT)
    table = write_synthetic_database(
        folder, subjects=subjects, seed=SEED, clips_per_subject=CLIPS_PER_SUBJECT, size_px=FRAME_PX, fps=FPS, flow=False
    )
    return index_own_data(table).clips[:clips]


def comparisons(clip: Clip) -> list[Comparison]:
    """Return every way of making this clip's flow beside both truths."""
    with processor_threads():
        frames = find_frames(clip.frames, frame_numbers(clip))
        face = found_face(frames)
        transform = canonical_transform(face.points, WIDE)
        whole, of_face = true_flows(clip, transform)
        mask = face_mask(WIDE) & inside_frame(transform, WIDE.size_px, FRAME_PX)
        head_px = float(lengths(whole - of_face)[mask].mean())
        flows, times_s = {NO_FLOW: np.zeros_like(whole)}, {NO_FLOW: 0.0}
        for method in METHODS:
            for corrected in (False, True):
                settings = FlowSettings(method=method, size_px=WIDE.size_px, rigid_correction=corrected)
                started = time.process_time()
                full, _ = clip_flow(frames, settings, WHOLE_CROP, Seen(face))
                name = way_of_flow(method, corrected)
                times_s[name] = time.process_time() - started
                flows[name] = np.moveaxis(full[:2], 0, -1)
    return [
        Comparison(
            flow=name,
            of_face=truth is of_face,
            errors_px=lengths(flow - truth)[mask],
            correlations=() if name == NO_FLOW else correlations(flow, truth),
            head_px=head_px,
            time_s=times_s[name],
        )
        for name, flow in flows.items()
        for truth in (whole, of_face)
    ]


def found_face(frames: FrameFiles) -> Face:
    """Return the face of the first frame, found as `prepare` finds it."""
    onset = next(frames.read())
    face = largest_central_face(default_detector().detect(onset), onset.shape)
    if face is None:
        raise RuntimeError(f"no face in {frames.files[0]}.")
    return face


def true_flows(clip: Clip, transform: Transform) -> tuple[Flow, Flow]:
    """Return the true flow from onset to apex in the crop: of all that moves, and of the face without the head."""
    plan = clip_plan_of(clip)
    moments = clip_moments(SEED, person(SEED, plan.subject, FRAME_PX), plan)
    onset, apex = moments[plan.onset_index], moments[plan.apex_index]
    return (
        flow_in_crop(onset, apex, transform, WIDE.size_px),
        flow_in_crop(onset, apex, transform, WIDE.size_px, head=False),
    )


def clip_plan_of(clip: Clip) -> ClipPlan:
    """Return the plan that a clip of the made-up database was drawn from; its names are p01 and clip01."""
    return clip_plan(SEED, int(clip.subject.name[1:]), int(clip.clip[4:]), fps=FPS)


def correlations(flow: Flow, truth: Flow) -> tuple[float, ...]:
    """Return the correlation of u, v and strain in the maps of 28 x 28 pixels, cut and shrunk as `prepare` does."""
    pairs = zip(*(map_of(one, MAP_PX, WIDE.map_width) for one in (flow, truth)), strict=True)
    return tuple(float(np.corrcoef(found.ravel(), true.ravel())[0, 1]) for found, true in pairs)


def lengths(flow: Flow) -> NDArray[np.float32]:
    """Return how long each vector of a flow is."""
    return np.asarray(np.hypot(flow[..., 0], flow[..., 1]))


def apex_error(clip: Clip) -> int:
    """Return how many frames the estimated apex comes after the true one; negative where it comes before."""
    unmarked = replace(clip, apex_frame=None)
    with processor_threads():
        frames = find_frames(clip.frames, frame_numbers(unmarked))
        _, apex = clip_flow(frames, FlowSettings(method="dis"), WIDE, Seen(found_face(frames)))
    assert clip.apex_frame is not None, "the made-up database knows every apex"
    return apex - clip.apex_frame


def way_of_flow(method: str, corrected: bool) -> str:
    """Return what a method of flow is called in the tables."""
    return f"{method}, corrected" if corrected else method
