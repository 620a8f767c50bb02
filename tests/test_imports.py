"""The import rule: which room of the package may know which other, and which libraries it may know.

A room is a module or a folder directly below `glfnet`. Imports are read with `ast`, also those inside functions and
under `TYPE_CHECKING`, so nothing has to be imported to be checked.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "glfnet"
ANYTHING = None

# Room -> the rooms it may import, besides errors and itself. A room imports only rooms listed above it.
ROOMS: dict[str, set[str] | None] = {
    "errors": set(),
    "arguments": set(),
    "files": set(),
    "path_kind": set(),
    "progress": set(),
    "threads": set(),
    "dask_cluster": set(),
    "workers": {"dask_cluster"},
    "pages": set(),
    "config": set(),
    "settings_page": {"arguments", "config"},
    "facs": set(),
    "labels": set(),
    "video": {"files", "path_kind"},
    "faces": {"threads", "video"},
    "flow": {"threads", "video", "faces"},
    "samples": {"arguments", "files", "path_kind", "labels", "faces", "flow"},
    "databases": {
        *("arguments", "files", "path_kind", "progress", "threads", "workers", "pages", "facs", "labels"),
        *("video", "faces", "flow", "samples"),
    },
    "synthetic": {"files", "labels", "samples", "facs"},
    "model": {"arguments", "threads", "config", "samples", "synthetic"},
    "spotting": {"threads", "facs", "labels", "faces", "flow"},
    "scores": {"arguments"},
    "coding": {"path_kind", "facs", "labels", "samples", "scores"},
    "report": {"files", "pages", "facs", "samples", "scores"},
    "explanation": {"files", "threads", "config", "facs", "faces", "samples", "model", "scores", "report"},
    "evaluation": {
        *("arguments", "files", "path_kind", "progress", "workers"),
        *("config", "settings_page", "facs", "labels", "samples", "model", "scores", "report"),
        *("pages", "explanation"),
    },
    "recognition": {
        *("arguments", "files", "path_kind", "progress", "threads", "pages", "config", "facs", "labels"),
        *("video", "faces", "flow", "samples", "model", "spotting", "scores", "report", "explanation"),
    },
    "video_sets": {
        *("arguments", "files", "path_kind", "progress", "workers", "labels"),
        *("video", "samples", "scores", "coding", "report", "evaluation", "recognition"),
    },
    "own_weights": {
        *("arguments", "files", "path_kind", "progress", "config", "settings_page"),
        *("flow", "samples", "model", "scores", "report"),
        *("evaluation", "recognition"),
    },
    "web": {
        *("files", "facs", "labels", "video", "samples", "synthetic", "spotting", "scores", "coding", "recognition"),
        *("flow", "report", "explanation", "video_sets"),
    },
    "cli": ANYTHING,
    "__init__": ANYTHING,
}

# Library -> the only rooms that may import it.
LIBRARIES: dict[str, set[str]] = {
    "torch": {"threads", "faces", "model", "explanation", "recognition"},
    "av": {"video", "synthetic", "recognition"},
    "cv2": {"threads", "video", "faces", "flow", "synthetic", "spotting", "explanation", "recognition"},
    "matplotlib": {"report", "explanation", "synthetic"},
    "sklearn": {"model", "explanation"},
    "optuna": {"evaluation"},
    "distributed": {"dask_cluster"},
    "typer": {"cli"},
    "rich": {"progress", "cli"},
    "fastapi": {"web"},
    "starlette": {"web"},
    "uvicorn": {"web"},
}

# Rooms that are imported without torch: indexing, flow, scores and reports must not wait for it. `faces` has torch, but
# only in the modules of its networks, which others import where they use them.
WITHOUT_TORCH = {
    *("errors", "arguments", "files", "path_kind", "progress", "threads", "dask_cluster", "workers", "pages"),
    *("config", "settings_page", "facs", "labels"),
    *("video", "flow", "samples", "databases", "synthetic", "spotting", "scores", "coding", "report"),
}


@pytest.mark.slow
def test_every_room_imports_only_what_the_table_allows() -> None:
    assert breaches(PACKAGE) == []


def test_the_table_lets_a_room_import_only_rooms_listed_above_it() -> None:
    names = list(ROOMS)
    for room, allowed in ROOMS.items():
        assert all(names.index(other) < names.index(room) for other in allowed or ()), room


@pytest.mark.slow
def test_importing_the_package_and_its_torch_free_rooms_does_not_import_torch() -> None:
    modules = ["glfnet", *(name for name in module_names(PACKAGE) if room_of(name) in WITHOUT_TORCH)]
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    assert 'torch' not in sys.modules, name + ' imports torch'\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *modules], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("module", "source", "sentence"),
    [
        ("scores/chance.py", "import glfnet.model.stem", "chance.py, line 1: room scores may not import room model."),
        (
            "scores/chance.py",
            "from glfnet.report import x",
            "chance.py, line 1: room scores may not import room report.",
        ),
        ("scores/chance.py", "from glfnet import report", "chance.py, line 1: room scores may not import room report."),
        ("scores/chance.py", "from .. import report", "chance.py, line 1: room scores may not import room report."),
        (
            "scores/x.py",
            "def f():\n    import torch.nn",
            "x.py, line 2: torch is imported only in explanation, faces, ",
        ),
        ("samples/read.py", "from ..model import x", "read.py, line 1: room samples may not import room model."),
        ("files.py", "from glfnet.labels import x", "files.py, line 1: room files may not import room labels."),
        ("report/page.py", "from rich.table import Table", "page.py, line 1: rich is imported only in cli, progress."),
        ("__init__.py", "from glfnet.cli.main import main", "__init__.py, line 1: nobody imports cli."),
        ("__init__.py", "import torch", "__init__.py, line 1: torch is imported only in explanation, faces, "),
        ("report/page.py", "from glfnet import THREE", "page.py, line 1: THREE is no room in the table; import a name"),
    ],
)
def test_a_breach_is_found_and_named(tmp_path: Path, module: str, source: str, sentence: str) -> None:
    assert len(made_up_breaches(tmp_path, {module: source})) == 1
    assert sentence in breaches(tmp_path)[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("report/page.py", "from glfnet.scores.metrics import x\nfrom glfnet import errors, __version__\nimport numpy"),
        ("samples/read.py", "from glfnet.samples.store import x\nfrom . import other\nfrom ..labels import THREE"),
        ("cli/main.py", "import rich, typer\nfrom glfnet import evaluation, report"),
        ("model/stem.py", "import torch\nfrom glfnet.config.settings import Settings"),
    ],
)
def test_what_the_table_allows_is_no_breach(tmp_path: Path, module: str, source: str) -> None:
    assert made_up_breaches(tmp_path, {module: source}) == []


def test_a_module_without_a_room_is_told_what_to_add(tmp_path: Path) -> None:
    found = made_up_breaches(tmp_path, {"utils.py": "", "helpers/all.py": ""})
    assert found == [
        "helpers/all.py: room helpers is not in the table. Add it to ROOMS in tests/test_imports.py, below the rooms "
        "it imports, with the set of those rooms; and to the table in CONTRIBUTING.md.",
        "utils.py: room utils is not in the table. Add it to ROOMS in tests/test_imports.py, below the rooms "
        "it imports, with the set of those rooms; and to the table in CONTRIBUTING.md.",
    ]


def test_the_table_in_contributing_is_this_table() -> None:
    page = (PACKAGE.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:4] for line in page.splitlines() if line.startswith("| `")]
    printed = {room.strip(" `"): {word.strip(" `") for word in imported.split(",")} for room, _, imported in rows}
    expected = {room: {"anything"} if allowed is ANYTHING else allowed or {"—"} for room, allowed in ROOMS.items()}
    assert printed == expected


def made_up_breaches(root: Path, sources: dict[str, str]) -> list[str]:
    for module, source in sources.items():
        (root / module).parent.mkdir(exist_ok=True)
        (root / module).write_text(source, encoding="utf-8")
    return breaches(root)


def breaches(root: Path) -> list[str]:
    """Return one sentence for each breach of the tables in the package tree at `root`."""
    found = (sentence for path in sorted(root.rglob("*.py")) for sentence in module_breaches(path, root))
    return list(dict.fromkeys(found))  # one line may import several names of one room


def module_breaches(path: Path, root: Path) -> Iterator[str]:
    where = path.relative_to(root).as_posix()
    room = where.split("/")[0].removesuffix(".py")
    if room not in ROOMS:
        yield (
            f"{where}: room {room} is not in the table. Add it to ROOMS in tests/test_imports.py, below the rooms it "
            "imports, with the set of those rooms; and to the table in CONTRIBUTING.md."
        )
        return
    package = ["glfnet", *path.relative_to(root).parent.parts]
    for line, name in imports(ast.parse(path.read_text(encoding="utf-8")), package):
        problem = import_problem(room, name)
        if problem:
            yield f"{where}, line {line}: {problem}"


def imports(tree: ast.AST, package: list[str]) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of all that is imported; `from a import b` gives `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def import_problem(room: str, name: str) -> str | None:
    """Return what is wrong with this room importing this dotted name, or None."""
    library, _, rest = name.partition(".")
    if library != "glfnet":
        rooms = LIBRARIES.get(library)
        return None if rooms is None or room in rooms else f"{library} is imported only in {', '.join(sorted(rooms))}."
    other = rest.split(".")[0]
    if other in ("", "__version__", room):
        return None
    if other == "cli":
        return "nobody imports cli."
    if other not in ROOMS:
        return f"{other} is no room in the table; import a name from the module that defines it."
    allowed = ROOMS[room]
    if allowed is ANYTHING or other in allowed | {"errors"}:
        return None
    return f"room {room} may not import room {other}."


def module_names(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join(["glfnet", *(parts[:-1] if parts[-1] == "__init__" else parts)])


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


@pytest.mark.slow
def test_no_public_name_is_hidden_by_a_module_of_the_same_name() -> None:
    program = (
        "import importlib, sys, types, glfnet\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "for name in glfnet.__all__:\n"
        "    assert not isinstance(getattr(glfnet, name), types.ModuleType), name\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *module_names(PACKAGE)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
