"""Draw `docs/pictures/`: the web page and a report, as a browser shows them. All that is seen on them is made up.

    python scripts/draw_pictures.py [--out docs/pictures] [--work FOLDER]

It types the commands of `COMMANDS`, opens what they give in Chromium (driven by Playwright) and keeps small pictures.
`--work` keeps what the commands write, and goes on with it the next time. The other two pictures of the README have
commands of their own: `docs/explain.jpg` (docs/explain.md) and `docs/action_units.svg` (`scripts/draw_atlas.py`).
"""

import argparse
import io
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from glfnet.files import write_whole

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COMMANDS = (
    ("synth-video", "videos", "--videos", "1", "--duration", "20", "--fps", "50"),
    ("demo", "--out", "demo", "--jobs", "2"),
)
WIDTH_PX, HEIGHT_PX = 1200, 1000
MOST_BYTES = 150_000
_LONG_MS = 180_000
_MOVEMENT = 2  # the movement of the made-up video that the bench shows: a surprise


def main() -> None:
    """Make what is shown, look at it in a browser, and keep the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--work", type=Path, help="keep what the commands write here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = (arguments.work or Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        for command in COMMANDS:
            subprocess.run(typed(*command), cwd=work, check=True)
        with browser() as chromium:
            pictures = {"report.png": report(chromium, work), "web.jpg": web(chromium, work)}
    for name, shot in pictures.items():
        write_whole(arguments.out / name, small(shot, is_photo=name.endswith(".jpg")))
        print(arguments.out / name)


def typed(*words: str) -> list[str]:
    """Return how `glfnet` is started with these words."""
    return [sys.executable, "-m", "glfnet.cli", *words]


@contextmanager
def browser() -> Iterator["Browser"]:
    """Give the Chromium that this machine has.

    Raises:
        SystemExit: if there is none.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("There is no Chromium; Debian's package is `chromium`.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


def opened(chromium: "Browser", address: str, *, height_px: int) -> "Page":
    """Return a page of the browser, light, as wide as the pictures."""
    context = chromium.new_context(
        viewport={"width": WIDTH_PX, "height": height_px}, color_scheme="light", device_scale_factor=1
    )
    page = context.new_page()
    page.goto(address)
    return page


def report(chromium: "Browser", work: Path) -> bytes:
    """Return a picture of the upper part of the demo's report."""
    address = (work / "demo" / "glfnet" / "report.html").as_uri()
    return opened(chromium, address, height_px=HEIGHT_PX).screenshot()


def web(chromium: "Browser", work: Path) -> bytes:
    """Return a picture of the bench of `glfnet serve` with the made-up video on it, at the apex of a movement."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(typed("serve", "--port", str(port)), stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        page = opened(chromium, f"http://127.0.0.1:{port}/", height_px=HEIGHT_PX)
        page.set_input_files("#file", work / "videos" / "video000.mp4")
        page.wait_for_selector("#bench:not([hidden])", timeout=_LONG_MS)
        page.click(f"#list button >> nth={_MOVEMENT}", timeout=_LONG_MS)
        page.wait_for_timeout(1500)
        page.click("#play")  # stands still
        go_to(page, int(page.input_value("#frame-apex")))
        page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_timeout(500)
        return page.screenshot()
    finally:
        server.terminate()
        server.wait(timeout=30)


def go_to(page: "Page", frame: int) -> None:
    """Step to a frame of the video, so that the picture is the same every time."""
    page.focus("#canvas")
    for _ in range(100):
        there = int(page.get_attribute("#canvas", "data-frame") or 0)
        if there == frame:
            return
        page.keyboard.press("ArrowLeft" if there > frame else "ArrowRight")
        page.wait_for_timeout(50)


def wait_for(port: int, longest_s: float = 60) -> None:
    """Wait until somebody listens on a port of this machine.

    Raises:
        TimeoutError: if nobody does.
    """
    end = time.monotonic() + longest_s
    while time.monotonic() < end:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError(f"nobody listens on port {port}.")


def small(shot: bytes, *, is_photo: bool) -> bytes:
    """Return a file below `MOST_BYTES`, with fewer pixels if it must be: a JPEG of a photo, else a PNG."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    for width in (WIDTH_PX, 1000, 800, 600, 300):
        scaled = picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)
        content = io.BytesIO()
        if is_photo:
            scaled.save(content, "JPEG", quality=80, optimize=True)
        else:
            scaled.quantize(64, dither=Image.Dither.NONE).save(content, "PNG", optimize=True)
        if len(content.getvalue()) < MOST_BYTES:
            return content.getvalue()
    raise ValueError(f"the picture does not fit into {MOST_BYTES} bytes.")


if __name__ == "__main__":
    main()
