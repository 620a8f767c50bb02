"""What a person says of a video: out of the page, into it again, and compared with another's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from glfnet.coding.read import read_coding
from glfnet.video_sets.megc_log import is_megc_log, read_megc_log
from glfnet.web.jobs import Jobs
from made_up_jobs import answered_job

MACHINE = {
    **{
        "onset": 10,
        "apex": 14,
        "offset": 20,
        "emotion": "positive",
        "units": [{"unit": 12, "side": "left"}],
        "kind": "",
    }
}
PERSON = {**MACHINE, "apex": 15, "units": [{"unit": 4, "side": "both"}]}
ADDED = {"onset": 60, "apex": 62, "offset": 66, "emotion": "", "units": [], "kind": ""}
MARKS: list[dict[str, Any]] = [
    {"machine": MACHINE, "person": PERSON, "removed": False, "note": "unsure"},
    {"machine": None, "person": ADDED, "removed": False, "note": ""},
]
WORK = {"subject": "p7", "intervals": MARKS}


@pytest.fixture(scope="module")
def job(jobs: Jobs) -> str:
    return answered_job(jobs)


def taken(client: TestClient, job: str, what: str, annotation: object = WORK) -> str:
    answer = client.post(f"/api/jobs/{job}/{what}", json=annotation)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize(("what", "name"), [("table", "a.csv"), ("document", "a.json"), ("elan", "a.eaf")])
def test_whatever_form_is_taken_along_work_goes_on_from_it(
    client: TestClient, jobs: Jobs, job: str, what: str, name: str
) -> None:
    text = taken(client, job, what)
    assert str(jobs._root) not in text
    answer = client.post(f"/api/jobs/{job}/open", json={"name": name, "text": text})
    assert answer.status_code == 200, answer.text
    assert answer.json()["annotation"]["intervals"] == MARKS
    assert answer.json()["notes"] == []


def test_the_file_of_elan_has_both_sides_and_true_times(client: TestClient, job: str) -> None:
    text = taken(client, job, "elan")
    assert 'MIME_TYPE="video/mp4"' in text
    assert 'TIME_VALUE="300"' in text  # frame 15 at 50 frames a second
    (found,) = read_coding(text.encode(), "a.eaf")
    assert [(one.onset, one.apex, one.offset, one.note) for one in found.intervals] == [
        *((10, 15, 20, "unsure"), (60, 62, 66, ""))
    ]
    assert found.machine is not None
    assert [(one.apex, one.emotion) for one in found.machine] == [(14, "positive")]


def test_the_log_is_one_of_the_challenges(client: TestClient, job: str, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text(taken(client, job, "log"), encoding="utf-8")
    assert is_megc_log(tmp_path / "log.txt")
    (video,) = read_megc_log(tmp_path / "log.txt")
    assert (video.video, len(video.true), len(video.spotted)) == ("inter_view", 2, 1)
    assert video.marked is not None
    assert (video.marked.matched, video.marked.true) == (1, 2)


def test_two_coders_are_compared_from_their_files_or_from_what_is_said_here(client: TestClient, job: str) -> None:
    other = {"name": "b.csv", "text": "frames,onset,apex,offset\ninter view.mp4,11,17,20\ninter view.mp4,90,,95\n"}
    found = client.post(f"/api/jobs/{job}/agreement", json={"here": WORK, "other": other}).json()
    assert (found["pairs"], found["only_one"], found["only_other"]) == (1, 1, 1)
    assert (found["intervals"][0]["apex_frames"], found["intervals"][0]["apex_ms"]) == (2, 40.0)
    same = {"here": {"intervals": []}, "one": other, "other": other}
    assert client.post(f"/api/jobs/{job}/agreement", json=same).json()["shared"] == 1
    assert "too few for a number" in found["too_few"]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("../../a.eaf", "<x/>", "a.eaf: found XML of another kind (x)"),
        ("a.eaf", "<!DOCTYPE x><x/>", "a.eaf: found no readable XML (a document type"),
        ("a.csv", "onset,offset\n1,500\n", "a.csv: found frame 500; expected none behind 99, the last one"),
        ("a.csv", "onset,offset\n" + "1,2\n" * 1001, "a.csv: found more than 1000 intervals"),
        ("a.csv", "onset,offset\n" + "1,2\n" * 10_001, "a.csv: found more than 10000 rows or annotations"),
        ("a.eaf", "<a>" + '<b ANNOTATION_ID="1"/>' * 10_001, "a.eaf: found more than 10000 rows or annotations"),
        ("a.json", '{"annotation": 5}', "a.json: found JSON with faults"),
        ("", "", "video: found an empty file"),
    ],
)
def test_a_file_that_cannot_be_opened_is_an_answer_with_a_sentence(
    client: TestClient, job: str, name: str, text: str, sentence: str
) -> None:
    for address, asked in (
        ("open", {"name": name, "text": text}),
        ("agreement", {"here": WORK, "other": {"name": name, "text": text}}),
    ):
        answer = client.post(f"/api/jobs/{job}/{address}", json=asked)
        if address == "agreement" and "frame 500" in sentence:
            continue  # compared, not shown
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith(sentence)


def test_units_that_facs_does_not_know_are_refused(client: TestClient, job: str) -> None:
    odd = {"intervals": [{"person": {**PERSON, "units": [{"unit": 3}]}}]}
    answer = client.post(f"/api/jobs/{job}/table", json=odd)
    assert answer.status_code == 422
    assert "found action unit 3; expected one of FACS." in answer.text


def test_a_body_without_end_is_refused_before_it_is_read(client: TestClient, job: str) -> None:
    sent = 0

    def without_end() -> Iterator[bytes]:
        nonlocal sent
        while sent < 40_000_000:
            sent += 1_000_000
            yield b" " * 1_000_000

    answer = client.post(f"/api/jobs/{job}/table", content=without_end(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["detail"] == "More than 12 MB were sent, the most that is read."
