"""The queue: whatever happens to one video, the others are answered, and nothing is left."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from glfnet.errors import SettingsError
from glfnet.web.jobs import DONE, FAILED, QUEUED, RUNNING, Job, Jobs
from glfnet.web.limits import Limits

pytestmark = pytest.mark.slow


def waited(holds: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def added(jobs: Jobs, video: Path) -> Job:
    folder = jobs.new_folder()
    assert folder is not None
    (folder / "video").write_bytes(video.read_bytes())
    return jobs.add("look", folder, video.name)


def test_a_killed_process_and_a_cancelled_job_take_nothing_else_down(tmp_path: Path, face_video: Path) -> None:
    with Jobs(tmp_path, Limits()) as jobs:
        killed, cancelled, whole = (added(jobs, face_video) for _ in range(3))
        assert [jobs.state(job)["position"] for job in (cancelled, whole)] in ([1, 2], [2, 3])
        waited(lambda: killed.progress["stage"] is not None)
        for process in multiprocessing.active_children():
            os.kill(process.pid or 0, signal.SIGKILL)
        waited(lambda: killed.state == FAILED)
        assert killed.sentence.startswith("face.mp4: the process that looked at it has ended unexpectedly")
        waited(lambda: cancelled.state == RUNNING)
        jobs.remove(cancelled)
        assert jobs.find(cancelled.id) is None
        waited(lambda: whole.state in (DONE, FAILED))
        assert (whole.state, whole.sentence) == (DONE, "")
        assert not cancelled.task.folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_takes_too_long_is_ended(tmp_path: Path, face_video: Path) -> None:
    with Jobs(tmp_path, Limits(time_s=0.01)) as jobs:
        job = added(jobs, face_video)
        waited(lambda: job.state == FAILED)
        assert job.sentence.startswith("face.mp4: took longer than the 0.01 s that one video may take here.")


def test_a_job_that_needs_too_much_memory_fails_alone(tmp_path: Path, face_video: Path) -> None:
    with Jobs(tmp_path, Limits(memory_mb=1)) as jobs:
        job = added(jobs, face_video)
        waited(lambda: job.state == FAILED)
        assert "memory" in job.sentence


def test_a_video_that_nobody_asks_for_is_deleted(tmp_path: Path, face_video: Path) -> None:
    with Jobs(tmp_path, Limits(keep_s=0.2)) as jobs:
        job = added(jobs, face_video)
        assert job.state in (QUEUED, RUNNING)
        waited(lambda: not job.task.folder.exists())
        assert jobs.find(job.id) is None


def test_limits_of_nothing_are_refused() -> None:
    with pytest.raises(SettingsError, match="length_s: found 0; expected a number above 0"):
        Limits(length_s=0)
