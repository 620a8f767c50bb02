"""The API, as scripts and the page use it."""

import json
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from command_line import Command
from glfnet.web.jobs import Jobs
from made_up_videos import flat_images, write_video

pytestmark = pytest.mark.slow


def ended(client: TestClient, job: str) -> dict[str, Any]:
    """Wait for a job, and return its last state."""
    for _ in range(1200):
        state: dict[str, Any] = client.get(f"/api/jobs/{job}").json()
        if state["state"] in ("done", "failed"):
            return state
        assert {"id", "state", "position", "stage", "done", "expected"} <= set(state)
        time.sleep(0.1)
    raise AssertionError(state)


def sent(client: TestClient, content: bytes, name: str = "face.mp4") -> str:
    answer = client.post("/api/jobs", params={"name": name}, content=content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture(scope="module")
def looked_at(client: TestClient, face_video: Path) -> str:
    job = sent(client, face_video.read_bytes(), "../../inter view.mp4")
    state = ended(client, job)
    assert state["state"] == "done", state
    return job


def test_an_answer_has_what_the_page_draws_and_no_path(client: TestClient, jobs: Jobs, looked_at: str) -> None:
    answer = client.get(f"/api/jobs/{looked_at}/result")
    result = answer.json()
    assert result["recording"]["source"] == "inter view.mp4"
    assert len(result["times_s"]) == result["recording"]["frames"] == 100
    assert any(interval["kind"] == "micro_expression" for interval in result["intervals"]), result["intervals"]
    assert len(result["curves"][0]["percent"]["lips"]) == len(result["curves"][0]["index"])
    assert result["units"]["12"] == "mouth corners up and out"
    root = jobs._root
    assert str(root) not in answer.text
    assert sorted(file.name for file in (root / looked_at).iterdir()) == [
        *("frames.bin", "places.npy", "result.json", "times.npy", "video"),
    ]


def test_every_frame_can_be_had_exactly(client: TestClient, looked_at: str) -> None:
    content = client.get(f"/api/jobs/{looked_at}/frames", params={"first": 96, "count": 32}).content
    pictures = []
    while content:
        (length,) = struct.unpack_from("<I", content)
        pictures.append(content[4 : 4 + length])
        content = content[4 + length :]
    assert len(pictures) == 4  # of 100 frames
    assert all(picture.startswith(b"\xff\xd8") for picture in pictures)
    assert client.get(f"/api/jobs/{looked_at}/frames", params={"first": 5000}).content == b""
    assert client.get(f"/api/jobs/{looked_at}/frames", params={"count": 65}).status_code == 422


def test_two_frames_are_classified_again(client: TestClient, looked_at: str) -> None:
    answer = client.post(f"/api/jobs/{looked_at}/classify", json={"onset": 38, "apex": 45}).json()
    assert answer["interval"]["kind"] == "given"
    assert (answer["interval"]["onset_index"], answer["interval"]["apex_index"]) == (38, 45)
    assert set(answer["interval"]["probabilities"]) == {"negative", "positive", "surprise"}
    refused = client.post(f"/api/jobs/{looked_at}/classify", json={"onset": 45, "apex": 45})
    assert refused.json()["detail"] == "onset 45, apex 45: expected an apex after the onset."
    beyond = client.post(f"/api/jobs/{looked_at}/classify", json={"onset": 45, "apex": 450})
    assert beyond.status_code == 422
    assert beyond.json()["detail"].startswith("inter view.mp4: found 100 frames; expected frame 450, from 0.")


def test_the_table_is_one_that_index_own_reads(
    client: TestClient, looked_at: str, face_video: Path, tmp_path: Path, command: Command
) -> None:
    said = {
        "onset": 38,
        "apex": 45,
        "offset": 53,
        "emotion": "surprise",
        "units": [{"unit": 1}, {"unit": 12, "side": "left"}],
    }
    marks = [{"person": said, "note": "=1+1"}, {"machine": {**said, "emotion": ""}, "removed": True}]
    annotation = {"subject": "anna", "intervals": marks}
    table = client.post(f"/api/jobs/{looked_at}/table", json=annotation)
    (tmp_path / "inter view.mp4").write_bytes(face_video.read_bytes())
    (tmp_path / "table.csv").write_bytes(table.content)
    done = command("index", "own", tmp_path / "table.csv", "--out", tmp_path / "own.csv")
    assert done.status == 0, done.err
    index = (tmp_path / "own.csv").read_text(encoding="utf-8")
    assert "anna" in index
    assert "1+L12" in index
    assert index.count("surprise") == 1
    both = client.post(f"/api/jobs/{looked_at}/document", json=annotation).json()
    assert both["machine"]["recording"]["frames"] == 100
    assert [one["removed"] for one in both["annotation"]["intervals"]] == [False, True]


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"", 400, "The file is empty. Choose a video."),
        (b"#EXTM3U\nfile:///etc/passwd\n", 415, "This is no video that can be read."),
        (b"\x89PNG\r\n" + bytes(1000), 415, "This is no video that can be read."),
        (b"\x1aE\xdf\xa3" + bytes(3_100_000), 413, "The file is larger than 3 MB, the most that this page takes."),
    ],
    ids=["empty", "playlist", "picture", "large"],
)
def test_what_is_no_video_is_refused_and_leaves_nothing(
    client: TestClient, jobs: Jobs, content: bytes, status: int, sentence: str
) -> None:
    before = len(list(jobs._root.iterdir()))
    answer = client.post("/api/jobs", content=content)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(sentence)
    told_nothing = client.post("/api/jobs", content=iter([content[:1000], content[1000:]]))  # no length beforehand
    assert told_nothing.status_code == status
    assert len(list(jobs._root.iterdir())) == before


def test_what_only_begins_like_a_video_fails_with_a_sentence(client: TestClient, jobs: Jobs) -> None:
    job = sent(client, b"\x00\x00\x00\x18ftypisom" + bytes(2000), "broken.mp4")
    state = ended(client, job)
    assert state["state"] == "failed"
    assert state["sentence"].startswith("broken.mp4: found data that cannot be read as a video")
    assert str(jobs._root) not in json.dumps(state)
    assert client.get(f"/api/jobs/{job}/result").status_code == 409
    client.delete(f"/api/jobs/{job}")


def test_a_video_that_is_too_long_is_told_so(client: TestClient, tmp_path: Path) -> None:
    file = write_video(tmp_path / "long.mp4", flat_images(60), fps=10)
    job = sent(client, file.read_bytes(), "long.mp4")
    assert ended(client, job)["sentence"].startswith("long.mp4: found more than 4 s or 30,000 frames; expected a video")
    client.delete(f"/api/jobs/{job}")


def test_a_video_that_is_left_is_gone(client: TestClient, jobs: Jobs, face_video: Path) -> None:
    job = sent(client, face_video.read_bytes())
    assert client.post(f"/api/jobs/{job}/leave").status_code == 204
    gone = client.get(f"/api/jobs/{job}")
    assert gone.status_code == 404
    assert gone.json()["detail"].startswith("There is no such video here, or no more")
    for _ in range(100):
        if not (jobs._root / job).exists():
            return
        time.sleep(0.1)
    raise AssertionError("its folder is still there")


def test_more_videos_than_are_kept_are_put_off(client: TestClient, jobs: Jobs, face_video: Path) -> None:
    taken = []
    for _ in range(5):
        answer = client.post("/api/jobs", content=face_video.read_bytes())
        if answer.status_code != 201:
            break
        taken.append(answer.json()["id"])
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert answer.json()["detail"].startswith("Too many videos are here already")
    assert jobs.state(jobs.find(taken[-1]))["position"] >= 1  # type: ignore[arg-type]
    for job in taken:
        client.delete(f"/api/jobs/{job}")


def test_the_page_and_all_its_parts_come_from_here(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "http:" not in page.text
    assert "https:" not in page.text
    for part in ("main.js", "style.css", "icon.svg", "player.js"):
        assert client.get(f"/page/{part}").status_code == 200
    assert client.get("/page/../app.py").status_code == 404
    assert client.get("/api/openapi.json").json()["info"]["title"] == "glfnet"
