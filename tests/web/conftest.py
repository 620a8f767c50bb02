"""A server of the page for tests, and the smallest made-up video with a micro-expression in it."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from glfnet.synthetic.long_video import long_video_frames
from glfnet.synthetic.long_video_files import write_video
from glfnet.synthetic.long_video_plan import long_video_plan
from glfnet.web.app import create_app
from glfnet.web.guard import Guard
from glfnet.web.jobs import Jobs
from glfnet.web.limits import Limits


@pytest.fixture(scope="session")
def face_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a made-up face."""
    file = tmp_path_factory.mktemp("face") / "face.mp4"
    plan = long_video_plan(0, 0, duration_s=10, fps=50)
    write_video(file, islice(long_video_frames(plan, (320, 240)), 190, 290), 50)
    return file


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """Jobs that take small videos only."""
    root = tmp_path_factory.mktemp("jobs")
    with Jobs(root, Limits(upload_mb=3, length_s=4, jobs=4)) as jobs:
        yield jobs
    assert list(root.iterdir()) == []  # nothing is left, whatever a test did


@pytest.fixture(scope="module")
def client(jobs: Jobs) -> TestClient:
    """A browser's requests to the page."""
    return TestClient(Guard(create_app(jobs), "127.0.0.1"), base_url="http://127.0.0.1")
