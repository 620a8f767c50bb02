"""How the score grows with the number of people who are trained on: docs/learning_curve.svg and its table.

    python scripts/learning_curve.py OUT --flows b=FLOWS_B a=FLOWS_A --figure docs/learning_curve.svg

For each held-out person some of the others are drawn at random and trained on, all of whose clips count; every fold
draws anew, and a larger number of people contains the smaller one of the same draw. The last number of people is all
of them. OUT keeps every fold; stopped, the same command goes on. Printed are the mean over draws, the standard
deviation between them, and the 95 % interval over the people who were held out.
"""

import argparse
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.console import Console

from glfnet.config.models import CLASSICAL
from glfnet.evaluation.folds import Progress, run_protocol
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.evaluation.protocol import Fold, make_folds
from glfnet.evaluation.run_folder import open_run
from glfnet.files import write_whole
from glfnet.model.training import make_trainer
from glfnet.progress import bar
from glfnet.report.figure_files import svg
from glfnet.report.figures import INK, dress
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.read import read_flow_set
from glfnet.scores.metrics import uf1
from glfnet.scores.predictions import Predictions
from glfnet.scores.resampling import ConfidenceInterval, interval, subject_confusions
from glfnet.settings_page import identifying_settings, read_settings

PEOPLE = (5, 10, 20, 30)
RESAMPLES = 10_000

_NAMES = {"logistic_regression": "logistic regression", "glfnet": "GLFNet", "plain_cnn": "plain CNN"}
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")

Curve = Mapping[int, ConfidenceInterval]
"""People trained on -> UF1."""


def smaller(data: LabelledSet, fold: Fold, people: int, draw: int) -> Fold:
    """Return the fold with so many people left to train on; equal calls draw the same ones."""
    others = sorted({data.flow.samples[i].subject for i in fold.train})
    seed = hashlib.sha256(f"{draw}/{fold.name}".encode()).digest()[:8]
    order = np.random.default_rng(int.from_bytes(seed, "big")).permutation(len(others))
    drawn = {others[i] for i in order[:people]}
    return Fold(fold.name, tuple(i for i in fold.train if data.flow.samples[i].subject in drawn), fold.test)


def curve(
    flow: FlowSet,
    recipe: str,
    folder: Path,
    *,
    people: Sequence[int] = PEOPLE,
    draws: int = 5,
    jobs: int = 1,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Curve:
    """Return the score for each number of people, and for all of them, which can be drawn in one way only.

    Args:
        flow: the samples.
        recipe: what is trained.
        folder: keeps every fold.
        people: how many are trained on.
        draws: of people, for each number; also the number of seeds where all are trained on and seeds differ.
        jobs: processes.
        report: is told how many folds are done, of how many.
    """
    settings = read_settings(recipe)
    data = label_samples(flow, settings.protocol)
    folds = make_folds(data.flow.samples, settings.protocol)
    everybody = len({sample.subject for sample in data.flow.samples}) - 1
    once = {everybody} if settings.model.kind in CLASSICAL else set()  # nothing is left to chance
    numbers = [n for n in sorted({*people, everybody}) if n <= everybody]
    runs = [(n, draw) for n in numbers for draw in range(1 if n in once else draws)]
    done: dict[int, list[NDArray[np.int64]]] = {}
    for place, (n, draw) in enumerate(runs):
        identity = {"settings": identifying_settings(settings), "data": flow.digest(), "people": n}

        def show(progress: Progress, before: int = place * len(folds)) -> None:
            report(before + progress.done, len(runs) * len(folds))

        run = run_protocol(
            data, [smaller(data, fold, n, draw) for fold in folds], make_trainer(settings),
            open_run(folder / f"{n}-people", identity), seeds=[draw], jobs=jobs, report=show,
        )  # fmt: skip
        assert isinstance(run.predictions, Predictions), "classes are the task"
        done.setdefault(n, []).append(subject_confusions(run.predictions)[1])
    return {n: interval(np.concatenate(counts, axis=1), uf1, resamples=RESAMPLES) for n, counts in done.items()}


def table(curves: Mapping[str, Curve]) -> str:
    """Return a row for each number of people, a column for each curve."""
    lines = [f"| people trained on | {' | '.join(curves)} |", "|---:|" + "---|" * len(curves)]
    for n in sorted({n for found in curves.values() for n in found}):
        cells = [_text(found[n]) if n in found else "" for found in curves.values()]
        lines.append(f"| {n} | {' | '.join(cells)} |")
    return "\n".join(lines)


def figure_of(curves: Mapping[str, Curve]) -> Figure:
    """Return the figure: score against people trained on, a line for each curve, bands over the held-out people."""
    figure = Figure(figsize=(8.4, 4.6), layout="constrained")
    axes = figure.add_subplot()
    for (name, found), colour in zip(curves.items(), _COLOURS, strict=False):
        people, scores = list(found), list(found.values())
        axes.plot(people, [s.mean for s in scores], color=colour, linewidth=2, marker="o", label=name)
        axes.fill_between(people, [s.low for s in scores], [s.high for s in scores], color=colour, alpha=0.1, lw=0)
    axes.set_xlim(left=0)
    axes.set_xlabel("people trained on", color=INK, fontsize=12)
    axes.set_ylabel("UF1", color=INK, fontsize=12)
    dress(axes)
    axes.legend(loc="lower right", frameon=False, labelcolor=INK, fontsize=11)
    return figure


def _text(score: ConfidenceInterval) -> str:
    spread = "" if np.isnan(score.sd) or score.sd == 0 else f" ± {score.sd:.3f}"
    return f"{score.mean:.3f}{spread} ({score.low:.3f} to {score.high:.3f})"


def _named(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    if not name or not path:
        raise argparse.ArgumentTypeError(f"found {text!r}; expected NAME=FLOWS, such as b=FLOWS/norm_u_v_os_b")
    return name, Path(path)


def main() -> None:
    """Fit what is missing, print the table, and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder that keeps every fold")
    parser.add_argument("--flows", nargs="+", type=_named, required=True, metavar="NAME=FLOWS", help="renditions")
    parser.add_argument("--recipes", nargs="+", default=["logistic_regression"])
    parser.add_argument("--people", nargs="+", type=int, default=PEOPLE)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--figure", type=Path, help="where to draw the figure, an .svg file")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    asked = parser.parse_args()
    curves = {}
    for rendition, path in asked.flows:
        flow = read_flow_set(path)
        for recipe in asked.recipes:
            name = f"{_NAMES.get(recipe, recipe)}, {rendition}"
            with bar(f"{name}: folds", Console(stderr=True)) as show:
                curves[name] = curve(
                    flow, recipe, asked.out / f"{rendition}-{recipe}", people=asked.people, draws=asked.draws,
                    jobs=asked.jobs, report=show,
                )  # fmt: skip
    print(table(curves))
    if asked.figure:
        write_whole(asked.figure, svg(figure_of(curves)))


if __name__ == "__main__":
    main()
