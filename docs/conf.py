"""How `make docs` makes the site: the pages of this folder, lessons that are run, a reference read from the code."""

import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import glfnet  # noqa: E402

project, author = "glfnet", "glfnet contributors"
project_copyright = "glfnet contributors, MIT licence"
version = release = glfnet.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "tutorials/README.rst"]
nitpicky = False
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
add_module_names = False

html_theme = "furo"
html_title = f"glfnet {release}"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}

sphinx_gallery_conf = {
    "examples_dirs": "tutorials",
    "gallery_dirs": "lessons",
    "filename_pattern": r"\.py$",  # all of them are run
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "within_subsection_order": "FileNameSortKey",
}


def _write_reference(_app: Sphinx) -> None:
    from write_reference import write_reference

    write_reference(Path(__file__).parent / "reference")


def _inside(_app: Sphinx, _name: str, text: list[str]) -> None:
    """Let links to files beside this folder lead to the pages that include them."""
    for file in ("CONTRIBUTING", "CHANGELOG"):
        text[0] = (
            text[0].replace(f"](../{file}.md", f"]({file.lower()}.md").replace(f"]({file}.md", f"]({file.lower()}.md")
        )


def setup(app: Sphinx) -> None:
    """Write the pages that are read from the code before the others are looked for."""
    app.connect("config-inited", lambda app, _config: _write_reference(app), priority=1)
    app.connect("source-read", _inside)
    app.connect("include-read", lambda app, _path, parent, text: _inside(app, parent, text))
