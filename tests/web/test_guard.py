"""Who is let in, and what every answer says to a browser."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from glfnet.web.guard import Guard

TOKEN = "correct-horse-battery"


def guarded(host: str = "127.0.0.1", token: str | None = None, address: str = "http://127.0.0.1:8377") -> TestClient:
    app = FastAPI()

    @app.api_route("/", methods=["GET", "POST"])
    def answer() -> str:
        return "ours"

    return TestClient(Guard(app, host, token), base_url=address, follow_redirects=False)


@pytest.mark.parametrize("host", ["127.0.0.1:8377", "localhost:8377", "LOCALHOST", "[::1]:8377"])
def test_this_machine_is_let_in_under_its_own_names(host: str) -> None:
    assert guarded().get("/", headers={"host": host}).json() == "ours"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8377", "192.168.0.7", ""])
def test_another_name_for_this_machine_is_refused(host: str) -> None:
    answer = guarded().get("/", headers={"host": host})
    assert answer.status_code == 421
    assert answer.text == "This is not the address of this page; open the one that `glfnet serve` has printed."


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"},
    ],
)
def test_requests_of_other_pages_are_refused(headers: dict[str, str]) -> None:
    answer = guarded().post("/", headers=headers)
    assert (answer.status_code, answer.text) == (403, "Requests of other pages are refused.")


def test_the_own_page_scripts_and_links_are_let_in() -> None:
    own = {"origin": "http://127.0.0.1:8377", "sec-fetch-site": "same-origin"}
    assert guarded().post("/", headers=own).json() == "ours"
    assert guarded().post("/").json() == "ours"
    assert guarded().get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).json() == "ours"


def test_with_a_token_nobody_is_let_in_without_it() -> None:
    client = guarded("0.0.0.0", TOKEN, "http://lab.example:8377")
    for headers in ({}, {"authorization": "Bearer wrong"}, {"cookie": "glfnet_token=wrong"}):
        assert client.get("/", headers=headers).status_code == 401
    assert client.get("/?token=wrong").status_code == 401
    assert client.get("/", headers={"authorization": f"Bearer {TOKEN}"}).json() == "ours"
    opened = client.get(f"/?token={TOKEN}")
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    assert "HttpOnly; SameSite=Strict" in opened.headers["set-cookie"]
    assert client.get("/").json() == "ours"  # by the cookie


def test_every_answer_forbids_what_the_page_does_not_need() -> None:
    for answer in (guarded().get("/"), guarded().get("/nothing"), guarded().get("/", headers={"host": "evil.example"})):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
