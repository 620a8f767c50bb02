import runpy
from pathlib import Path
from xml.etree import ElementTree

from test_imports import ROOMS

ROOT = Path(__file__).parents[2]
DRAW_HOUSE = runpy.run_path(str(ROOT / "scripts" / "draw_house.py"))
SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_in_the_docs_is_that_of_todays_imports() -> None:
    kept = (ROOT / "docs" / "house.svg").read_text(encoding="utf-8")
    assert kept == DRAW_HOUSE["draw"](), "The imports have changed: run python scripts/draw_house.py"


def test_the_picture_names_the_rooms_in_the_order_of_the_import_rule() -> None:
    assert names(DRAW_HOUSE["draw"]()) == [room for room in ROOMS if room != "errors"]


def test_a_dot_stands_for_each_import_of_another_room_wherever_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "CONTRIBUTING.md").write_text("| `errors` | | |\n| `labels` | | |\n| `video` | | |\n| `cli` | | |\n")
    package = tmp_path / "src" / "glfnet"
    (package / "video").mkdir(parents=True)
    (package / "labels.py").write_text("import json\nfrom glfnet.errors import InputError\n")
    (package / "video" / "stream.py").write_text(
        "from glfnet.video.clock import Clock\nfrom glfnet.labels import SMIC\n"
    )
    (package / "cli.py").write_text("from glfnet import __version__, video\n\ndef f():\n    import glfnet.labels\n")
    picture = DRAW_HOUSE["draw"](tmp_path)
    assert names(picture) == ["labels", "video", "cli"]
    assert dots(picture) == ["video imports labels", "cli imports labels", "cli imports video"]


def test_a_dot_is_in_the_row_of_the_room_that_imports_and_in_the_column_of_the_other() -> None:
    picture = ElementTree.fromstring(DRAW_HOUSE["house_svg"]({"labels": set(), "video": {"labels"}}))
    labels, video = picture.findall(f"{SVG}text")[:2]
    dot = picture.find(f"{SVG}circle")
    assert dot is not None
    assert float(labels.attrib["y"]) < float(dot.attrib["cy"]) < float(video.attrib["y"])
    assert float(labels.attrib["x"]) < float(dot.attrib["cx"]) < float(video.attrib["x"])


def names(picture: str) -> list[str | None]:
    texts = ElementTree.fromstring(picture).findall(f"{SVG}text")
    return [text.text for text in texts if "class" not in text.attrib]


def dots(picture: str) -> list[str | None]:
    return [title.text for title in ElementTree.fromstring(picture).findall(f"{SVG}circle/{SVG}title")]
