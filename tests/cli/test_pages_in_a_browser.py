"""Every kind of page in a real browser: nothing beside the screen on a telephone, nothing asked of a network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import Command
from made_up_recordings import a_clip, write_clip
from whole_pages import faults_of

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; Debian's package is `chromium`"),
]
EARLIER = Path(__file__).parents[1] / "made_by_earlier_versions" / "0.1.0"


@pytest.fixture
def browser() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def made(command: Command, folder: Path) -> list[Path]:
    """Return the page of a run, of a comparison, of a checked database, of a store and of a video."""
    shutil.copytree(EARLIER, folder / "kept")
    kept, video = folder / "kept", write_clip(folder / ("a-long-name-of-a-video-" * 4 + ".mp4"), a_clip().frames)
    compared, checked, contact = (folder / name for name in ("compared.html", "checked.html", "contact.html"))
    (kept / "faces" / "p01" / "clip01" / "img0005.jpg").unlink(missing_ok=True)  # so that there is a finding
    commands: list[tuple[object, ...]] = [
        ("report", kept / "run"),
        ("compare", kept / "run", kept / "run_of_logistic_regression", "--html", compared),
        ("check", kept / "faces.csv", "--no-faces", "--html", checked),
        ("check", kept / "store", "--no-faces", "--frames", kept / "faces.csv", "--html", contact),
        ("predict", video, "--onset", 13, "--apex", 20, "--weights", "free", "--out", folder / "answer"),
    ]
    for words in commands:
        said = command(*words)
        assert not said.err.startswith("Error"), said.err
    return [kept / "run" / "report.html", compared, checked, contact, folder / "answer" / "report.html"]


def test_pages_fit_a_telephone_and_a_screen_in_light_and_dark_and_on_paper(
    command: Command, browser: "sync_api.Browser", tmp_path: Path
) -> None:
    pages = made(command, tmp_path)
    for file in pages:
        assert faults_of(file.read_text(encoding="utf-8")) == [], file.name
        for width in (390, 1440):
            for colours in ("light", "dark"):
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=colours)
                page, asked = context.new_page(), []
                page.on("request", lambda request, asked=asked: asked.append(request.url))
                page.goto(file.as_uri())
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{file.name} is {wide} wide at {width}"
                assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
                ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
                assert ground == {"light": "rgb(246, 247, 248)", "dark": "rgb(18, 20, 23)"}[colours]
                page.emulate_media(media="print")
                assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
                context.close()
