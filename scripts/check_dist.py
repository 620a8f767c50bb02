"""Look at a wheel and a source archive as somebody would who is about to trust them.

    python scripts/check_dist.py dist                   # contents and size
    python scripts/check_dist.py dist --install         # also: into a fresh environment, and `glfnet doctor` there

What must be inside is inside (licence, notices of the weights, recipes, templates, the page), what must not be is not
(pictures of the docs, anything of a database), the wheel is smaller than 6 MiB, and the source archive, which has tests
and docs, than 7. Exit status 1 names the first fault.
"""

import argparse
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

LARGEST_WHEEL, LARGEST_SOURCE = 6 * 2**20, 7 * 2**20  # bytes; nearly all of both are weights
IN_WHEEL = (
    "glfnet/py.typed",
    "glfnet/recipes/glfnet.toml",
    "glfnet/templates/report.html.j2",
    "glfnet/weights/glfnet.safetensors",
    "glfnet/weights/glfnet.json",
    "glfnet/weights/glfnet.NOTICE.txt",
    "glfnet/weights/mtcnn.NOTICE.txt",
    "glfnet/web/page/index.html",
    "licenses/LICENSE",
)
IN_SOURCE = (
    "pyproject.toml",
    "constraints.txt",
    "Makefile",
    "LICENSE",
    "README.md",
    "CITATION.cff",
    "tests/conftest.py",
)
NEVER = ("docs/pictures/", ".xlsx", ".mp4", ".pkl", ".pt", "__pycache__")


def main() -> None:
    """Look, say what was found, end with 1 at the first fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--install", action="store_true", help="also install the wheel and run `glfnet doctor`")
    given = parser.parse_args()
    wheel, source = the_only(given.folder, "*.whl"), the_only(given.folder, "*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        check(wheel, archive.namelist(), IN_WHEEL, LARGEST_WHEEL)
    with tarfile.open(source) as archive:
        check(source, archive.getnames(), IN_SOURCE, LARGEST_SOURCE)
    if given.install:
        try_in_fresh_environment(wheel)


def the_only(folder: Path, pattern: str) -> Path:
    """Return the one file of this kind."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        sys.exit(f"{folder}: found {len(found)} files {pattern}; expected one. Empty the folder and build again.")
    return found[0]


def check(file: Path, names: Sequence[str], needed: Sequence[str], largest: int) -> None:
    """Exit with the first fault of an archive, or print what it is."""
    size = file.stat().st_size
    missing = [name for name in needed if not any(inside.endswith(name) for inside in names)]
    strange = [inside for inside in names if any(part in inside for part in NEVER)]
    if missing:
        sys.exit(f"{file.name}: found no {missing[0]}; expected it inside.")
    if strange:
        sys.exit(f"{file.name}: found {strange[0]}; expected nothing of this kind.")
    if size > largest:
        sys.exit(f"{file.name}: found {size:,} bytes; expected at most {largest:,}.")
    print(f"{file.name}: {len(names)} files, {size:,} bytes")


def try_in_fresh_environment(wheel: Path) -> None:
    """Install a wheel into an environment of its own, under the constraints beside this folder, and run the doctor."""
    constraints = Path(__file__).parents[1] / "constraints.txt"
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", "-c", constraints, wheel], check=True)
        subprocess.run([Path(folder) / "bin" / "glfnet", "doctor"], check=True, cwd=folder)


if __name__ == "__main__":
    main()
