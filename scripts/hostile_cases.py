"""Hostile input for every command: sheets, names, indexes, settings, maps, runs and media, and one kind for another.

A `Case` is the files that lie in a folder and the commands that are typed there, one after another; those on long
videos and explanations are in `scripts/hostile_videos.py`. `scripts/fuzz.py` runs thousands of them and counts how they
end; `tests/scripts/test_fuzz.py` runs a few with every suite.
"""

import csv
import io
import json
from collections.abc import Callable
from functools import cache

import numpy as np
from good_files import CASME2, CASME2_FRAMES, FRAMES, OWN, index_rows, made, picture, video
from hostile import Draw, as_csv, as_workbook, changed_table, damaged, perhaps_damaged, sheets, words
from hostile_case import Case, Command, changed_document
from hostile_videos import explained_cases, long_cases, served_cases, spotted_cases
from hypothesis import strategies as st
from typed_commands import Files

from glfnet.settings_page import option_sources, read_settings

# --- cases ------------------------------------------------------------------------------------------------------------


@st.composite
def sheet_cases(draw: Draw) -> Case:
    """Return an annotation sheet, one's own or CASME II's, that is indexed and checked."""
    if draw(st.booleans()):
        suffix, content = draw(sheets(OWN))
        index = ("index", "own", f"clips{suffix}", "--out", "index.csv")
        return Case(FRAMES | {f"clips{suffix}": content}, (index, ("check", "index.csv", "--no-faces")))
    suffix, content = draw(sheets(CASME2))
    index = ("index", "casme2", "db", "--labels", f"sheet{suffix}", "--out", "index.csv")
    return Case(CASME2_FRAMES | {f"sheet{suffix}": content}, (index, ("check", "index.csv", "--no-faces")))


@st.composite
def name_cases(draw: Draw) -> Case:
    """Return clips, subjects and files with names that nobody expects."""
    subject, clip, folder = (draw(words()) for _ in range(3))
    place = folder.replace("\x00", "").encode("utf-8", "ignore").decode()[:60].strip("/") or "c1"
    rows = [OWN[0], [subject, clip, place, 1, 3, 5, "happiness", draw(words()), 100, draw(words())], *OWN[2:]]
    usable = not place.startswith(".") and len(place.encode()) < 200
    frames = {f"{place}/img{number:03d}.png": picture() for number in range(1, 6)} if usable else {}
    out = draw(
        st.sampled_from(("index.csv", "index", "new/index.csv", "x" * 300 + ".csv", "clips.csv", "c2/img001.png"))
    )
    commands = (("index", "own", "clips.csv", "--out", out), ("check", out, "--html", "page.html", "--no-faces"))
    return Case(FRAMES | frames | {"clips.csv": as_csv(rows)}, commands)


@st.composite
def index_cases(draw: Draw) -> Case:
    """Return an index that was edited by hand, then checked and prepared."""
    content = draw(perhaps_damaged(as_csv(draw(changed_table(index_rows())))))
    first = draw(st.sampled_from((("check", "index.csv"), ("prepare", "index.csv", "--out", "st", "--jobs", "1"))))
    return Case(FRAMES | {"index.csv": content}, (first,))


@st.composite
def settings_cases(draw: Draw) -> Case:
    """Return settings on a page and on the command line, described but not trained."""
    options = [(section, name) for section, name, *_ in option_sources(read_settings("glfnet"))]
    page, overrides = [], []
    for section, name in draw(st.lists(st.sampled_from(options), max_size=3, unique=True)):
        page.append(f"[{section}]\n{draw(_near(name))} = {draw(_values())}\n")
    for section, name in draw(st.lists(st.sampled_from(options), min_size=1, max_size=3)):
        overrides += ["--set", f"{section}.{draw(_near(name))}={draw(_values())}".replace("\x00", "")]
    content = draw(perhaps_damaged("".join(page).encode("utf-8", "replace")))
    recipe = draw(st.sampled_from(("page.toml", "glfnet", "htnet", "logistic_regression", "glfnett", "")))
    return Case({"page.toml": content}, (("describe", "--recipe", recipe, *overrides),))


def _near(name: str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(name), st.just(name), st.just(name[:-1]), st.just(name.upper()), words())


def _values() -> st.SearchStrategy[str]:
    huge = st.sampled_from(
        ("1000000", "-1", "0", "1e9", "2.5", "10**9", "[]", "[1, 2]", '["u"]', "{}", "true", '"cuda"')
    )
    return st.one_of(huge, st.integers(-5, 70).map(str), st.floats(-2, 2).map(repr), words(), words().map(json.dumps))


@st.composite
def map_cases(draw: Draw) -> Case:
    """Return flow maps with arrays that are missing, of other shapes or kinds, or full of NaN; then a model's LOSO."""
    maps = made()["maps"]["maps.npz"]
    content = draw(st.one_of(damaged(maps), _changed_arrays(maps), _changed_arrays(maps)))
    options = draw(st.sampled_from(((), ("--classes", "five"), ("--protocol", "sde"), ("--database", "casme2"))))
    return Case({"maps.npz": content}, (("evaluate", "maps.npz", "--out", "run", *_QUICKLY, *options),))


_QUICKLY = ("--recipe", "logistic_regression", "--seeds", "1", "--jobs", "1", "--set", "model.c=0.01")


@st.composite
def _changed_arrays(draw: Draw, content: bytes) -> bytes:
    with np.load(io.BytesIO(content), allow_pickle=False) as opened:
        arrays = dict(opened)
    name = draw(st.sampled_from(sorted(arrays)))
    array = arrays[name]
    kind = draw(
        st.sampled_from(("gone", "short", "shape", "nan", "inf", "zero", "huge", "text", "word", "objects", "extra"))
    )
    numeric = array.dtype.kind in "fiu"
    if kind == "gone":
        del arrays[name]
    elif kind == "short":
        arrays[name] = array[: draw(st.integers(0, max(len(array) - 1, 0)))] if array.ndim else array
    elif kind == "shape":
        arrays[name] = array.reshape(-1)
    elif kind in ("nan", "inf", "zero", "huge") and numeric:
        changed = array.astype(np.float64)
        changed.flat[draw(st.integers(0, max(array.size - 1, 0)))] = {"nan": np.nan, "inf": np.inf, "huge": 1e30}.get(
            kind, 0
        )
        arrays[name] = np.zeros_like(array) if kind == "zero" else changed
    elif kind == "word" and array.dtype.kind == "U" and array.size:
        changed = array.astype("U300")
        changed.flat[draw(st.integers(0, array.size - 1))] = draw(words())
        arrays[name] = changed
    elif kind == "objects":
        arrays[name] = np.array([{}] * 3, dtype=object)
    elif kind == "extra":
        arrays["more"] = np.zeros(3)
    else:
        arrays[name] = array.astype("U8")
    out = io.BytesIO()
    np.savez(out, allow_pickle=True, **arrays)
    return out.getvalue()


@st.composite
def run_cases(draw: Draw) -> Case:
    """Return a run folder with a file that was edited, cut or taken away; then its report and a comparison."""
    files = dict(made()["run"])
    others = sorted(name for name in files if name.endswith((".csv", ".json", ".log")))
    decisive = st.sampled_from(
        [f"run/{name}" for name in ("predictions.csv", "metrics.json", "run.json", "identity.json")]
    )
    name = draw(decisive if draw(st.integers(0, 3)) else st.sampled_from(others))
    if name.endswith(".csv") and draw(st.booleans()):
        rows = [list(row) for row in csv.reader(io.StringIO(files[name].decode()))]
        files[name] = as_csv(draw(changed_table(rows)))
    elif name.endswith(".json") and draw(st.booleans()):
        files[name] = json.dumps(draw(changed_document(json.loads(files[name])))).encode()
    elif draw(st.booleans()):
        files[name] = draw(damaged(files[name]))
    else:
        del files[name]
    again = {f"other/{file[4:]}": content for file, content in made()["run"].items()}
    maps = made()["maps"]
    commands: tuple[Command, ...] = draw(
        st.sampled_from(
            (
                (("report", "run"),),
                (("compare", "other", "run"),),
                (("evaluate", "maps.npz", "--out", "run", *_QUICKLY),),
            )
        )
    )
    return Case(files | again | maps, commands)


@st.composite
def media_cases(draw: Draw) -> Case:
    """Return media that are damaged, misnamed, playlists or no media at all; then an answer is asked for."""
    suffix = draw(st.sampled_from((".mp4", ".avi", ".mov", ".jpg", ".png", ".gif", ".m3u8", ".txt", "")))
    playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    concat = b"ffconcat version 1.0\nfile 'other.mp4'\n"
    content = draw(
        st.one_of(
            damaged(video()), damaged(video()), damaged(picture(size=64)), st.sampled_from((playlist, concat, video()))
        )
    )
    stem = (
        draw(words()).replace("\x00", "").replace("/", "_").encode("utf-8", "ignore").decode()[:60].strip(". ") or "v"
    )
    name = f"{stem}{suffix}"
    options = draw(
        st.sampled_from(((), ("--onset", "3", "--apex", "9"), ("--onset", "-1"), ("--onset", "99999", "--apex", "1")))
    )
    return Case({name: content, "other.mp4": video()}, (("predict", "--out", "answer", *options, "--", name),))


# --- everything where something else belongs --------------------------------------------------------------------------


@cache
def _things() -> Files:
    """Return one thing of each kind that lies in a researcher's folder."""
    broken = {"empty.csv": b"", "noise.bin": bytes(range(256)), "page.html": b"<html></html>", "nothing/": b""}
    good = {"clips.csv": as_csv(OWN), "sheet.xlsx": as_workbook(CASME2), "index.csv": as_csv(index_rows())}
    media = {"v.mp4": video(), "picture.png": picture(size=64), "settings.toml": b"[training]\nepochs = 1\n"}
    return FRAMES | made()["maps"] | made()["run"] | broken | good | media


_NAMES = (
    "c1", "maps.npz", "run", "run/predictions.csv", "run/metrics.json", "empty.csv", "noise.bin", "page.html",
    "nothing", "clips.csv", "sheet.xlsx", "index.csv", "v.mp4", "picture.png", "settings.toml", "missing",
    "missing/file.csv", ".", "/dev/null", "c1/img001.png",
)  # fmt: skip
_TEMPLATES: tuple[Command, ...] = (
    ("index", "own", "A", "--out", "B"),
    ("index", "casme2", "A", "--labels", "B", "--out", "new.csv"),
    ("index", "samm", "c1", "--labels", "A", "--out", "B"),
    ("check", "A", "--no-faces", "--html", "B"),
    ("check", "A", "--no-faces", "--ground-truth", "B"),
    ("prepare", "A", "--out", "B", "--jobs", "1"),
    ("evaluate", "A", "--out", "B", *_QUICKLY),
    ("evaluate", "maps.npz", "--out", "new", "--recipe", "A", "--seeds", "1", "--jobs", "1", "--database", "B"),
    ("compare", "A", "B"),
    ("report", "A"),
    ("synth-flow", "A", "--subjects", "3"),
    ("predict", "A", "--out", "B"),
    ("explain", "A", "--out", "B"),
    ("explain", "run", "--data", "A", "--out", "B"),
    ("describe", "--recipe", "A"),
)


def kind_cases() -> st.SearchStrategy[Case]:
    """Return commands with a file or folder of another kind where one is asked for, also as the output."""
    name = st.sampled_from(_NAMES)
    return st.builds(
        lambda template, a, b: Case(_things(), (tuple({"A": a, "B": b}.get(word, word) for word in template),)),
        st.sampled_from(_TEMPLATES), name, name,
    )  # fmt: skip


CASES: dict[str, Callable[[], st.SearchStrategy[Case]]] = {
    "sheets": sheet_cases,
    "names": name_cases,
    "indexes": index_cases,
    "settings": settings_cases,
    "maps": map_cases,
    "runs": run_cases,
    "media": media_cases,
    "kinds": kind_cases,
    "long videos": long_cases,
    "spotted": spotted_cases,
    "explained": explained_cases,
    "served": served_cases,
}
"""What is drawn, by what is hostile about it."""
