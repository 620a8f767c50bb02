"""The picture and the table of the atlas in the docs are those of today's atlas."""

from pathlib import Path
from xml.etree import ElementTree

from draw_atlas import atlas_svg, atlas_table

from glfnet.facs.atlas import ACTION_UNITS

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_in_the_docs_is_that_of_todays_atlas() -> None:
    kept = (ROOT / "docs" / "action_units.svg").read_text(encoding="utf-8")
    assert kept == atlas_svg(), "The atlas has changed: run python scripts/draw_atlas.py"


def test_the_table_in_the_docs_is_that_of_todays_atlas() -> None:
    page = (ROOT / "docs" / "action_units.md").read_text(encoding="utf-8")
    assert atlas_table() in page, "The atlas has changed: python scripts/draw_atlas.py --table"


def test_every_movement_of_every_unit_is_an_arrow() -> None:
    root = ElementTree.fromstring(atlas_svg())
    arrows = {g.findtext(f"{SVG}text"): len(g.findall(f"{SVG}line")) for g in root.iter(f"{SVG}g")}
    assert arrows == {f"AU{unit.number}": sum(len(move.sides) for move in unit.moves) for unit in ACTION_UNITS.values()}
