"""Hostile input for what is not of clips: long videos, runs of `spot`, explanations, and the start of `serve`.

`scripts/hostile_cases.py` adds these kinds to its own.
"""

import csv
import io
import json

from good_files import FRAMES, answer, made, spot_run, video
from hostile import Draw, Rows, as_csv, changed_table, damaged, perhaps_damaged, words
from hostile_case import Case, Command, changed_document
from hypothesis import strategies as st

LONG: Rows = [
    ["database", "subject", "video", "frames", "fps", "kind", "onset_frame", "apex_frame", "offset_frame", "emotion"],
    ["own", "s1", "c1", "c1", 100, "micro-expression", 1, 2, 4, "happiness"],
    ["own", "s1", "c2", "c2", 100, "Macro", 2, None, 5, ""],
    ["own", "s2", "v", "v.mp4", None, "micro", 3, 5, 9, "surprise"],
    ["own", "s2", "c3", "c3", 100, "", None, None, None, ""],
]
_ANSWERS: Rows = [[*LONG[0][:3], *LONG[0][5:]], *([*row[:3], *row[5:]] for row in LONG[1:])]
_LOG = b"1\n006_1\t12\t40\t14\t41\tTP\n006_1\t-\t-\t90\t99\tFP\n2\n15_0101\t5\t9\t-\t-\tFN\n"
_VIDEOS = FRAMES | {"v.mp4": video()}


@st.composite
def long_cases(draw: Draw) -> Case:
    """Return a table of long videos, answers or a log that people have edited; then it is spotted or scored."""
    kind = draw(st.sampled_from(("spot", "truth", "answers", "log", "overlap")))
    if kind == "log":
        lines = [list(line) for line in csv.reader(io.StringIO(_LOG.decode()), delimiter="\t")]
        log = as_csv(draw(changed_table(lines)), separator="\t") if draw(st.booleans()) else draw(damaged(_LOG))
        return Case({"log.txt": log}, (("score", "log.txt", "--out", "scores.csv"),))
    truth, answers = as_csv(LONG), as_csv(_ANSWERS)
    if kind in ("spot", "truth"):
        truth = draw(perhaps_damaged(as_csv(draw(changed_table(LONG)))))
    if kind == "answers":
        answers = draw(perhaps_damaged(as_csv(draw(changed_table(_ANSWERS)))))
    if kind == "spot":
        return Case(_VIDEOS | {"long.csv": truth}, (("spot", "long.csv", "--out", "spotted", "--jobs", "1"),))
    overlap = draw(words()).replace("\x00", "") if kind == "overlap" else "0.5"
    command = ("score", "truth.csv", "answers.csv", "--out", "scores.json", f"--min-iou={overlap}")
    return Case({"truth.csv": truth, "answers.csv": answers}, (command,))


@st.composite
def spotted_cases(draw: Draw) -> Case:
    """Return a run of `spot` with a file that was edited, cut or taken away; then it goes on, is compared or scored."""
    files = {f"spotted/{name}": content for name, content in spot_run(LONG, _VIDEOS).items()}
    other = {f"other/{name}": content for name, content in spot_run(LONG, _VIDEOS).items()}
    decisive = ("spot.json", "truth.csv", "answers.csv", "spotting.json", "answers/own_s1_c1/result.json")
    name = f"spotted/{draw(st.sampled_from(decisive))}"
    kind = draw(st.sampled_from(("edited", "edited", "damaged", "gone")))
    if kind == "gone":
        del files[name]
    elif kind == "edited" and name.endswith(".csv"):
        rows: Rows = [list(row) for row in csv.reader(io.StringIO(files[name].decode()))]
        files[name] = as_csv(draw(changed_table(rows)))
    elif kind == "edited":
        files[name] = json.dumps(draw(changed_document(json.loads(files[name])))).encode()
    else:
        files[name] = draw(damaged(files[name]))
    commands: tuple[Command, ...] = (
        ("compare", "other", "spotted", "--json", "c.json"), ("compare", "spotted", "other"),
        ("score", "long.csv", "spotted"), ("spot", "long.csv", "--out", "spotted", "--jobs", "1"),
        ("compare", "other", "run"), ("explain", "spotted", "--out", "why"),
    )  # fmt: skip
    return Case(
        _VIDEOS | files | other | made()["run"] | {"long.csv": as_csv(LONG)}, (draw(st.sampled_from(commands)),)
    )


@st.composite
def explained_cases(draw: Draw) -> Case:
    """Return an answer or a run of which a file was edited, cut or taken away; then it is to be explained."""
    of_answer = draw(st.booleans())
    files = dict(answer() if of_answer else made()["run"])
    decisive = ("answer/result.json", "answer/maps.npz") if of_answer else ("run/run.json", "run/predictions.csv")
    name = draw(st.sampled_from(decisive))
    if name.endswith(".json") and draw(st.booleans()):
        files[name] = json.dumps(draw(changed_document(json.loads(files[name])))).encode()
    elif draw(st.integers(0, 4)):
        files[name] = draw(damaged(files[name]))
    else:
        del files[name]
    if of_answer:
        options = draw(st.sampled_from(((), (), ("--weights", "v.mp4"), ("--data", "maps.npz"), ("--onset", "1"))))
        return Case(files | {"v.mp4": video()} | made()["maps"], (("explain", "answer", "--out", "why", *options),))
    options = draw(st.sampled_from((("--data", "maps.npz"), ("--data", "maps.npz"), (), ("--data", "missing"))))
    return Case(files | made()["maps"], (("explain", "run", "--out", "why", *options),))


@st.composite
def served_cases(draw: Draw) -> Case:
    """Return hosts, ports, tokens and weights that cannot be, for the start of `serve`; a few of them can."""
    hosts = ("127.0.0.1", "localhost", "0.0.0.0", "::", "::1", "300.1.1.1", "", "a b")
    options = ["--host", draw(st.sampled_from(hosts)), "--port", draw(st.sampled_from(("0", "1", "65536", "-1", "x")))]
    if draw(st.booleans()):
        token = draw(st.one_of(words(), st.sampled_from(("x" * 16, "x" * 201, "secret"))))
        options.append(f"--token={token}".replace("\x00", ""))
    if draw(st.booleans()):
        options += ["--weights", draw(st.sampled_from(("v.mp4", "missing", ".", "free.safetensors", "fre")))]
    if draw(st.booleans()):
        limit = draw(st.sampled_from(("--upload-mb", "--length", "--jobs", "--memory")))
        options.append(f"{limit}={draw(words())}".replace("\x00", ""))
    return Case({"v.mp4": video(), "free.safetensors": draw(st.binary(max_size=40))}, (("serve", *options),))
