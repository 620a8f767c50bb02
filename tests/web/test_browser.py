"""The page in a real browser: Debian's Chromium, driven by Playwright, which brings no browser of its own here."""

import csv
import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from PIL import Image

from glfnet.video.stream import open_video
from glfnet.web.app import create_app
from glfnet.web.guard import Guard
from glfnet.web.jobs import Jobs
from glfnet.web.runs import Runs
from glfnet.web.serve import _listening

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; Debian's package is `chromium`"),
]
LONG_MS = 90_000


@contextmanager
def served(jobs: Jobs, runs: Runs | None = None) -> Iterator[str]:
    """Serve the page, and give its address."""
    with _listening("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(Guard(create_app(jobs, runs), "127.0.0.1"), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def address(jobs: Jobs) -> Iterator[str]:
    with served(jobs) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "sync_api.Browser", address: str) -> Iterator["sync_api.Page"]:
    """A fresh page; whatever the browser complains about fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type == "error" and "status of" not in said.text else None,
    )
    page.goto(address)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def bench(browser: "sync_api.Browser", address: str, face_video: Path) -> Iterator["sync_api.Page"]:
    """A page on which the face has been looked at; what it said on the way is in `document.said`."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.goto(address)
    page.evaluate(
        "document.said = []; new MutationObserver(() => document.said.push(document.getElementById('working-what')"
        ".textContent)).observe(document.getElementById('working-what'), {childList: true})"
    )
    page.set_input_files("#file", face_video)
    page.wait_for_selector("#bench:not([hidden])", timeout=LONG_MS)
    page.wait_for_selector("#list button")
    yield page
    context.close()


def test_a_video_is_sent_followed_and_answered(bench: "sync_api.Page") -> None:
    said = bench.evaluate("document.said")
    assert said[0] == "Sending the file"
    assert "Following the face and looking for movements" in said
    assert re.match(r"\d movements? that may be", bench.inner_text("#verdict"))
    assert bench.inner_text("#about").startswith("face.mp4: 2.00 s, 100 frames, 50.00 a second")
    assert bench.evaluate("document.activeElement.id") == "verdict"


def test_a_click_on_an_interval_jumps_there_and_loops_slowly(bench: "sync_api.Page") -> None:
    bench.click("#list button >> nth=0")
    onset, offset = (int(bench.input_value(f"#frame-{name}")) for name in ("onset", "offset"))
    assert bench.input_value("#speed") == "0.25"
    assert bench.inner_text("#play") == "Stop"
    frames = set()
    for _ in range(30):
        frames.add(int(bench.get_attribute("#canvas", "data-frame") or -1))
        bench.wait_for_timeout(50)
    assert len(frames) > 2
    assert min(frames) >= onset - 6
    assert max(frames) <= offset + 6
    bench.focus("#canvas")
    bench.keyboard.press("Space")
    assert bench.inner_text("#play") == "Play"


def test_curves_are_shown_and_hidden(bench: "sync_api.Page") -> None:
    assert bench.locator(".curve").count() == 1
    bench.check("[data-curve=lips]")
    assert bench.locator(".curve").count() == 2
    bench.uncheck("[data-curve=lips]")
    assert bench.locator(".curve").count() == 1


def test_the_apex_is_dragged_and_the_machine_is_asked_again(bench: "sync_api.Page") -> None:
    bench.click("#list button >> nth=0")
    before = int(bench.input_value("#frame-apex"))
    box = bench.locator(".handle[data-which=apex] rect").bounding_box()
    assert box is not None
    bench.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    bench.mouse.down()
    bench.mouse.move(box["x"] + box["width"] / 2 + 25, box["y"] + 10, steps=4)
    bench.mouse.up()
    after = int(bench.input_value("#frame-apex"))
    assert after > before
    assert bench.inner_text("#editor tbody tr:nth-child(2) td.machine") == str(before)  # both answers are seen
    assert bench.get_attribute("#canvas", "data-frame") == str(after)
    bench.wait_for_selector("text=The machine, between your frames", timeout=LONG_MS)
    assert "(yours)" in bench.inner_text("#list button >> nth=0")


def test_intervals_are_added_removed_and_taken_along(bench: "sync_api.Page", tmp_path: Path) -> None:
    bench.click("#list button >> nth=0")
    count = bench.locator("#list button").count()
    bench.select_option("#unit", "12")
    bench.select_option("[aria-label='Side of AU12']", "left")
    bench.fill("#note", "seen by me")
    bench.focus("#canvas")
    for _ in range(3):  # what is added stands behind the first one
        bench.keyboard.press("Shift+ArrowRight")
    bench.click("#add")
    assert bench.locator("#list button").count() == count + 1
    bench.select_option("#emotion", "surprise")
    bench.click("#add")
    bench.click("#remove")  # one that the person has added goes for good
    assert bench.locator("#list button").count() == count + 1
    with bench.expect_download() as table:
        bench.click("#csv")
    assert table.value.suggested_filename == "face.csv"
    table.value.save_as(tmp_path / "face.csv")
    rows = list(csv.DictReader((tmp_path / "face.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == count + 1
    assert any("L12" in row["action_units"].split("+") and row["note"] == "seen by me" for row in rows)
    assert any(row["emotion"] == "surprise" and row["machine_onset"] == "" for row in rows)
    bench.click("#list button >> nth=0")
    bench.click("#remove")
    assert "Take it back in" in bench.inner_text("#remove")
    with bench.expect_download() as everything:
        bench.click("#json")
    document = json.loads(everything.value.path().read_text(encoding="utf-8"))
    assert any(one["removed"] for one in document["annotation"]["intervals"])
    assert document["machine"]["recording"]["source"] == "face.mp4"


def test_all_of_it_works_by_keyboard(bench: "sync_api.Page") -> None:
    bench.focus("#canvas")
    bench.keyboard.press("ArrowLeft")  # stops what plays
    for key, step in (("ArrowRight", 1), ("Shift+ArrowRight", 10), ("ArrowLeft", -1)):
        before = int(bench.inner_text("#where").split()[1])
        bench.keyboard.press(key)
        assert int(bench.inner_text("#where").split()[1]) == before + step
    count = bench.locator("#list button").count()
    bench.keyboard.press("n")
    assert bench.locator("#list button").count() == count + 1
    bench.keyboard.press("ArrowRight")
    bench.keyboard.press("2")  # the apex is here
    assert bench.input_value("#frame-apex") == bench.inner_text("#where").split()[1]
    bench.focus(".handle[data-which=offset]")
    offset = int(bench.input_value("#frame-offset"))
    bench.keyboard.press("ArrowLeft")
    assert int(bench.input_value("#frame-offset")) == offset - 1
    bench.keyboard.press("b")
    assert bench.get_attribute("#blink", "aria-pressed") == "true"
    shown = set()
    for _ in range(30):
        shown.add(bench.get_attribute("#canvas", "data-frame"))
        bench.wait_for_timeout(60)
    assert shown >= {bench.input_value("#frame-onset"), bench.input_value("#frame-apex")}
    bench.keyboard.press("b")
    bench.keyboard.press("Delete")
    assert bench.locator("#list button").count() == count


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_is_wider_than_the_screen(bench: "sync_api.Page", width: int) -> None:
    bench.set_viewport_size({"width": width, "height": 844})
    bench.wait_for_timeout(200)
    assert bench.evaluate("document.documentElement.scrollWidth") <= width
    bench.set_viewport_size({"width": 1440, "height": 900})


def test_a_bad_file_is_refused_with_a_sentence_and_the_way_back(page: "sync_api.Page", tmp_path: Path) -> None:
    (tmp_path / "<b>letter.mp4").write_text("Dear diary", encoding="utf-8")
    page.set_input_files("#file", tmp_path / "<b>letter.mp4")
    page.wait_for_selector("#failed:not([hidden])")
    assert page.inner_text("#why").startswith("This is no video that can be read.")
    page.keyboard.press("Enter")  # the button has the focus
    assert page.is_visible("#start")


def test_a_video_is_cancelled_and_nothing_is_kept(page: "sync_api.Page", jobs: Jobs, face_video: Path) -> None:
    before = set(jobs._jobs)
    page.set_input_files("#file", face_video)
    page.wait_for_selector("#working:not([hidden])")
    sync_api.expect(page.locator("#working-what")).not_to_have_text("Sending the file")
    page.click("#cancel")
    page.wait_for_selector("#start:not([hidden])")
    page.wait_for_timeout(300)
    assert set(jobs._jobs) == before


def test_what_a_page_has_is_deleted_when_it_is_left(page: "sync_api.Page", jobs: Jobs, face_video: Path) -> None:
    before = set(jobs._jobs)
    page.set_input_files("#file", face_video)
    sync_api.expect(page.locator("#working-what")).to_have_text(re.compile("Waiting|Starting|Reading"))
    assert set(jobs._jobs) != before
    page.goto("about:blank")
    page.wait_for_timeout(500)
    assert set(jobs._jobs) == before


def test_a_camera_that_is_not_there_is_said_so(page: "sync_api.Page") -> None:
    page.click("#webcam")
    page.wait_for_selector("#camera-state:not(:empty)")
    assert page.inner_text("#camera-state").startswith("No webcam can be used")


def taken(bench: "sync_api.Page", button: str, folder: Path) -> Path:
    with bench.expect_download() as download:
        bench.click(button)
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def kept(bench: "sync_api.Page") -> list[str]:
    return [text for text in bench.locator("#list button").all_inner_texts() if "(removed)" not in text]


@pytest.mark.parametrize("button", ["#csv", "#eaf", "#json"])
def test_work_is_taken_along_and_gone_on_with(bench: "sync_api.Page", tmp_path: Path, button: str) -> None:
    bench.focus("#canvas")
    for _ in range(2):  # where none is
        bench.keyboard.press("Shift+ArrowLeft")
    bench.click("#add")
    onset = bench.get_attribute("#list button[aria-current=true]", "data-onset")
    bench.select_option("#emotion", "surprise")
    bench.fill("#note", f"by {button}")
    bench.focus("#canvas")
    file = taken(bench, button, tmp_path)
    rows = kept(bench)
    bench.click("#remove")
    assert kept(bench) != rows
    bench.set_input_files("#coding", file)
    sync_api.expect(bench.locator("#taken")).to_contain_text(f"{file.name} is opened.")
    assert kept(bench) == rows
    bench.click(f"#list button[data-onset='{onset}']")
    assert bench.input_value("#note") == f"by {button}"
    bench.click("#remove")


def test_two_coders_stand_side_by_side(bench: "sync_api.Page", tmp_path: Path) -> None:
    mine = taken(bench, "#eaf", tmp_path)
    bench.click("#coders summary")
    bench.click("#compare")
    assert bench.inner_text("#agreed") == "Choose the other coder's file first."
    bench.set_input_files("#coder-other", mine)
    sync_api.expect(bench.locator("#agreed")).to_contain_text("0 of the first alone, 0 of the other alone; shared 1.00")
    assert bench.locator("#agreement tbody tr").count() >= 1
    assert "too few" in bench.inner_text("#agreement")
    assert bench.locator("#lanes .span").count() == 2 * bench.locator("#list button:not(.removed)").count()
    (tmp_path / "odd.eaf").write_text("<x/>", encoding="utf-8")
    bench.set_input_files("#coder-other", tmp_path / "odd.eaf")
    sync_api.expect(bench.locator("#agreed")).to_contain_text("odd.eaf: found XML of another kind (x)")
    assert bench.locator("#agreement tbody tr").count() == 0
    bench.click("#coders summary")


def test_a_video_is_opened_together_with_what_was_said_of_it(
    page: "sync_api.Page", face_video: Path, tmp_path: Path
) -> None:
    table = tmp_path / "face.csv"
    table.write_text("frames,onset,apex,offset,emotion,note\nface.mp4,3,5,9,surprise,mine\n", encoding="utf-8")
    page.set_input_files("#file", table)
    assert page.inner_text("#limits") == "face.csv says what was seen in a video; choose that video with it."
    page.set_input_files("#file", [table, face_video])
    sync_api.expect(page.locator("#taken")).to_contain_text("face.csv is opened.", timeout=LONG_MS)
    assert page.input_value("#note") == "mine"
    assert page.input_value("#frame-apex") == "5"


def test_an_interval_is_explained_on_demand_and_other_frames_take_it_away(bench: "sync_api.Page") -> None:
    bench.click("#list button >> nth=0")
    bench.focus("#canvas")
    bench.keyboard.press("e")
    bench.wait_for_selector("#explanation img", timeout=LONG_MS)
    assert bench.evaluate("document.querySelector('#explanation img').decode().then(() => true)")
    assert "With all of the face it says" in bench.inner_text("#explanation")
    assert bench.locator("#explanation tbody tr").count() > 2
    bench.focus(".handle[data-which=apex]")
    bench.keyboard.press("ArrowRight")
    assert bench.locator("#explanation img").count() == 0


def test_a_magnified_movement_says_that_it_was_never_filmed(bench: "sync_api.Page") -> None:
    bench.click("#list button >> nth=0")
    bench.select_option("#magnify", "8")
    bench.click("#blink")
    canvas = bench.locator("#canvas")
    sync_api.expect(canvas).to_have_attribute(
        "data-computed", re.compile("^computed, not filmed: movement . 8$"), timeout=LONG_MS
    )
    assert bench.get_attribute("#canvas", "data-frame") == bench.input_value("#frame-apex")
    sync_api.expect(canvas).to_have_attribute("data-computed", "")
    assert bench.get_attribute("#canvas", "data-frame") == bench.input_value("#frame-onset")
    bench.click("#blink")
    bench.select_option("#magnify", "1")


def test_runs_have_a_tab_where_a_folder_is_named(browser: "sync_api.Browser", jobs: Jobs, tmp_path: Path) -> None:
    kept = Path(__file__).parents[1] / "made_by_earlier_versions" / "0.1.0"
    for name in ("run", "run_of_logistic_regression"):
        shutil.copytree(kept / name, tmp_path / name)
    (tmp_path / "run" / "report.html").write_text("<h1>A page</h1><script>document.title = 'run'</script>", "utf-8")
    with served(jobs, Runs(tmp_path)) as address:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(address)
        page.click("#tab-runs")
        sync_api.expect(page.locator("#runs-state")).to_have_text("2 found.")
        assert page.is_hidden("#main")
        page.click("#runs-compare")
        assert page.inner_text("#runs-state") == "Choose two or more; the first one chosen is the baseline."
        for box in page.locator("#runs-list input").all():
            box.check()
        page.click("#runs-compare")
        page.wait_for_selector("#runs-compared tbody tr", timeout=LONG_MS)
        assert "Against run;" in page.inner_text("#runs-compared caption")
        with context.expect_page() as opened:
            page.click("text=report")
        sync_api.expect(opened.value.locator("h1")).to_have_text("A page")
        assert opened.value.title() != "run"  # no script of it runs
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.click("#tab-video")
        assert page.is_visible("#start")
        context.close()


def test_the_webcam_is_recorded_and_looked_at(
    browser: "sync_api.Browser", address: str, face_video: Path, tmp_path: Path
) -> None:
    filmed = tmp_path / "face.mjpeg"
    write_mjpeg(face_video, filmed)
    options = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with_camera = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*options, f"--use-file-for-fake-video-capture={filmed}"]
    )
    page = with_camera.new_page()
    page.goto(address)
    page.click("#webcam")
    sync_api.expect(page.locator("#record")).to_be_enabled()
    page.click("#record")
    page.wait_for_timeout(1500)
    page.click("#record")
    page.wait_for_selector("#bench:not([hidden])", timeout=LONG_MS)
    assert page.inner_text("#about").startswith("webcam.webm")
    assert "face" not in page.inner_text("#notes")  # one is seen all the time
    assert page.evaluate("document.getElementById('recording').href.startsWith('blob:')")
    with_camera.close()


def write_mjpeg(video: Path, file: Path) -> None:
    """Write a video as JPEG after JPEG, which Chromium shows as if a camera filmed it."""
    with open_video(video) as stream, file.open("wb") as out:
        for frame in stream:
            Image.fromarray(frame.image).save(out, "JPEG", quality=90)
