"""The pictures of the README: small, made up, there, and drawn from pages by a browser that is not asked twice."""

import io
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from draw_pictures import COMMANDS, HEIGHT_PX, MOST_BYTES, WIDTH_PX, browser, report, small
from PIL import Image

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_every_picture_of_the_readme_is_there_small_and_has_a_text_in_its_place() -> None:
    shown = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert {"docs/pictures/web.jpg", "docs/pictures/report.png", "docs/explain.jpg", "docs/action_units.svg"} <= {
        path for _, path in shown
    }
    for text, path in shown:
        assert len(text) > 20, f"{path} needs a text that says what is seen"
        assert (ROOT / path).stat().st_size < MOST_BYTES, path


def test_the_pictures_show_made_up_people_only() -> None:
    assert [command[0] for command in COMMANDS] == ["synth-video", "demo"]


@pytest.mark.parametrize(("is_photo", "kind"), [(True, "JPEG"), (False, "PNG")])
def test_a_picture_becomes_as_small_as_it_must_be(is_photo: bool, kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8)
    shot = io.BytesIO()
    Image.fromarray(noise).save(shot, "PNG")
    made = small(shot.getvalue(), is_photo=is_photo)
    assert len(made) < MOST_BYTES
    assert Image.open(io.BytesIO(made)).format == kind


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; Debian's package is `chromium`")
def test_a_page_is_drawn_as_wide_as_the_readme_needs_it(tmp_path: Path) -> None:
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    page = tmp_path / "demo" / "glfnet" / "report.html"
    page.parent.mkdir(parents=True)
    page.write_text("<body style='background: rgb(0, 128, 0)'>", encoding="utf-8")
    with browser() as chromium:
        picture = Image.open(io.BytesIO(report(chromium, tmp_path))).convert("RGB")
    assert picture.size == (WIDTH_PX, HEIGHT_PX)
    assert picture.getpixel((600, 500)) == (0, 128, 0)
