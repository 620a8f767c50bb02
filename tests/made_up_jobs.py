"""A job whose answer is there already, for tests of what can be asked about it: nothing is decoded."""

import json

from glfnet.web.jobs import DONE, Job, Jobs
from glfnet.web.limits import Task

FRAMES, FPS = 100, 50.0
FOUND = {"onset_index": 10, "apex_index": 14, "offset_index": 20}


def answered_job(jobs: Jobs, name: str = "inter view.mp4") -> str:
    """Add a job with one micro-expression and one blink, and return its id."""
    folder = jobs.new_folder()
    assert folder is not None
    unit = {"unit": 12, "side": "left", "there": True, "probability": 0.9, "seen": "mouth corners up and out"}
    micro = {**FOUND, "kind": "micro_expression", "face": 0, "emotion": "positive", "action_units": [unit]}
    blink = {**FOUND, "onset_index": 50, "kind": "blink", "face": 0, "emotion": None, "action_units": []}
    document = {
        "recording": {
            "source": name,
            "fps": FPS,
            "frames": FRAMES,
            "duration_s": 2.0,
            "width_px": 320,
            "height_px": 240,
        },
        "intervals": [micro, blink],
        "times_s": [round(n / FPS, 4) for n in range(FRAMES)],
    }
    (folder / "result.json").write_text(json.dumps(document), encoding="utf-8")
    job = Job(folder.name, Task(kind="look", folder=folder, name=name, limits=jobs.limits), state=DONE)
    jobs._jobs[job.id] = job
    return job.id
