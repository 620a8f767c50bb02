"""The pages that name modules and values name those that are there."""

import re
from pathlib import Path

import pytest

from test_imports import PACKAGE, ROOMS

ROOT = PACKAGE.parents[1]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
CODE = "\n".join(file.read_text(encoding="utf-8") for file in sorted(PACKAGE.rglob("*.py")))


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", ARCHITECTURE], ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = [
        name for name in re.findall(r"`([\w/.]+\.(?:py|j2))`", page.read_text(encoding="utf-8")) if "NAME" not in name
    ]
    assert named
    assert [name for name in named if not (PACKAGE / name).is_file() and not (ROOT / name).is_file()] == []


@pytest.mark.slow
def test_every_value_and_function_of_the_architecture_is_in_the_code() -> None:
    words = re.findall(r"`(?:\w+\.)?([A-Z][a-z]\w+|[a-z]+_[a-z_]+)`", ARCHITECTURE.read_text(encoding="utf-8"))
    assert len(words) > 40
    assert [word for word in words if not re.search(rf"\b{word}\b", CODE)] == []


def test_the_tree_in_contributing_has_a_line_for_every_room() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tree = re.findall(r"^  (\w+)/?  ", page.split("```")[1], flags=re.MULTILINE)
    assert [room for room in tree if room in ROOMS] == [room for room in ROOMS if room != "__init__"]


def test_every_new_module_name_in_the_changelog_is_there() -> None:
    table = re.findall(r"^\| `[\w.]+` \| `([\w.]+)` \|$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert len(table) > 50
    paths = [PACKAGE / name.replace(".", "/") for name in table]
    assert [str(path) for path in paths if not path.with_suffix(".py").is_file() and not path.is_dir()] == []
