"""An interval looked at more closely: explained, and its movement magnified."""

import base64
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from glfnet.web.jobs import DONE, Jobs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def face(client: TestClient, jobs: Jobs, face_video: Path) -> str:
    job = str(client.post("/api/jobs", content=face_video.read_bytes()).json()["id"])
    for _ in range(1200):
        if client.get(f"/api/jobs/{job}").json()["state"] == DONE:
            return job
        jobs._closed.wait(0.1)
    raise AssertionError(client.get(f"/api/jobs/{job}").json())


def test_an_explanation_is_of_the_answer_that_the_page_has(client: TestClient, jobs: Jobs, face: str) -> None:
    frames = {"onset": 38, "apex": 45}
    answer = client.post(f"/api/jobs/{face}/explain", json=frames)
    assert answer.status_code == 200, answer.text
    found, movement = answer.json(), answer.json()["movement"]
    classified = client.post(f"/api/jobs/{face}/classify", json=frames).json()["interval"]["probabilities"]
    assert movement["probabilities"] == pytest.approx(classified, abs=1e-3)
    assert movement["sentences"][0].startswith(f"With all of the face it says {movement['answer']}")
    assert {"brows", "mouth"} & {row["region"] for row in movement["regions"]} or len(movement["regions"]) > 2
    assert "It does not say what the person felt" in found["about"]
    with Image.open(io.BytesIO(base64.b64decode(found["picture"]))) as picture:
        assert picture.width == 1800
    assert str(jobs._root) not in answer.text


def test_a_magnified_movement_is_the_onset_changed_where_something_moves(client: TestClient, face: str) -> None:
    def frame(index: int) -> np.ndarray:
        content = client.get(f"/api/jobs/{face}/frames", params={"first": index}).content
        (length,) = struct.unpack_from("<I", content)
        return np.asarray(Image.open(io.BytesIO(content[4 : 4 + length])).convert("RGB"), dtype=float)

    def made(factor: float) -> np.ndarray:
        answer = client.post(f"/api/jobs/{face}/magnify", json={"onset": 38, "apex": 45, "factor": factor})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg"), answer.text
        return np.asarray(Image.open(io.BytesIO(answer.content)), dtype=float)

    once, eight = made(1), made(8)
    assert once.shape == frame(38).shape
    assert np.abs(once - frame(45)).mean() < 3  # about the apex itself
    assert np.abs(eight - frame(38)).mean() > 1.5 * np.abs(once - frame(38)).mean()


def test_what_cannot_be_is_an_answer_with_a_sentence(client: TestClient, face: str) -> None:
    for address in ("explain", "magnify"):
        refused = client.post(f"/api/jobs/{face}/{address}", json={"onset": 45, "apex": 45})
        assert refused.json()["detail"] == "onset 45, apex 45: expected an apex after the onset."
        assert client.post(f"/api/jobs/{face}/{address}", json={"onset": 4, "apex": 450}).status_code == 422
    beyond = client.post(f"/api/jobs/{face}/magnify", json={"onset": 4, "apex": 450}).json()["detail"]
    assert beyond == "video: found no frame 450; expected one that the video has."
    assert client.post(f"/api/jobs/{face}/magnify", json={"onset": 4, "apex": 5, "factor": 1e9}).status_code == 422
