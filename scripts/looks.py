"""How far one gets by choosing among epochs on the very subject that is scored: docs/looks.svg and its table.

    python scripts/looks.py FLOWS OUT --figure docs/looks.svg

STSTNet, GLFNet and a plain CNN are trained for each held-out subject as much published code trains (recipe `paper`),
but for fewer epochs, as many as an hour allows, at a rate that reaches the end of training in them. A second GLFNet is
trained as in the recipe `glfnet`, on maps that are changed at random, at a rate that does not fall: it goes on
changing. OUT keeps what each network says after every epoch; stopped, the same command goes on, and called again it
only draws.

Score with k looks: in each fold the epoch with most held-out clips right is chosen among the last k, the first if
several are equally good. One look is the last epoch, fixed before the run: the honest score. More looks change nothing
but the choice. Random answers choose among k random answers a clip.
"""

import argparse
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from epoch_answers import EpochAnswers, epoch_answers
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray
from rich.console import Console

from glfnet.config.settings import Settings
from glfnet.files import write_whole
from glfnet.progress import bar
from glfnet.report.figure_files import svg
from glfnet.report.figures import CHANCE, GRID, INK, dress
from glfnet.report.published import published_rows
from glfnet.samples.read import read_flow_set
from glfnet.scores.chance import chance_of_selection
from glfnet.scores.metrics import confusion, uf1
from glfnet.scores.resampling import ConfidenceInterval, interval
from glfnet.settings_page import read_settings

NETWORKS = {
    "ststnet": "STSTNet",
    "glfnet": "GLFNet",
    "plain_cnn": "plain CNN",
    "augmented": "GLFNet, augmented",
}
EPOCHS, RATE = (200, 60, 25, 50), 1e-3
PUBLISHED_EPOCHS = 800  # of HTNet's code and of STSTNet's port
MOST_LOOKS = 100_000
RESAMPLES = 10_000
CLASSES = 3

_LOOKS = (1, 2, 5, 10, 20, 50, 100, 200, 400, 800)
_RIGHT = 2_000  # the right end of the figure
_LINE = 0.022  # how high a line of text is there
_STYLES = {"STSTNet": "#d55e00", "GLFNet": "#0072b2", "plain CNN": "#009e73", "GLFNet, augmented": "#cc79a7"}
_MARKED = ("HTNet", "GLFNet", "CausalNet")


def page(network: str, epochs: int, rate: float) -> Settings:
    """Return the settings that a network is trained by: the recipe `paper`, with fewer epochs at another rate.

    `augmented` is the recipe `glfnet` at its own rate, which stays as it is: a network that never comes to rest.
    """
    if network == "augmented":
        return read_settings("glfnet", training={"epochs": epochs, "schedule": "constant"})
    return read_settings("paper", model={"kind": network}, training={"epochs": epochs, "learning_rate": rate})


def selected(answers: EpochAnswers, looks: int) -> NDArray[np.int64]:
    """Return (N,) the classes at each fold's best of the last `looks` epochs; of several, the first."""
    last = answers.predicted[len(answers.predicted) - looks :]
    right = last == answers.truth
    chosen = np.empty_like(answers.truth)
    for fold in np.unique(answers.fold):
        rows = answers.fold == fold
        chosen[rows] = last[right[:, rows].sum(axis=1).argmax()][rows]
    return chosen


def score(answers: EpochAnswers, looks: int) -> float:
    """Return the UF1 that is reached with so many looks, pooled over all folds."""
    return float(uf1(confusion(answers.truth, selected(answers, looks), CLASSES)))


def interval_of(answers: EpochAnswers, looks: int) -> ConfidenceInterval:
    """Return the same with its 95 % interval over subjects, who keep the epochs that were chosen for them."""
    predicted = selected(answers, looks)
    people = [answers.subject == subject for subject in np.unique(answers.subject)]
    counts = np.stack([confusion(answers.truth[rows], predicted[rows], CLASSES) for rows in people])
    return interval(counts[:, None], uf1, resamples=RESAMPLES)


def together(answers: Sequence[EpochAnswers]) -> EpochAnswers:
    """Return the epochs of all networks as if they were one's: who tries several networks has their looks, too."""
    first = answers[0]
    epochs = np.concatenate([each.predicted for each in answers])
    return EpochAnswers(epochs, first.truth, first.fold, first.subject, first.database)


def random_score(answers: EpochAnswers, looks: int) -> float:
    """Return the UF1 of random answers with so many looks."""
    return chance_of_selection(answers.truth, answers.fold, CLASSES, looks).uf1


def looks_needed(answers: EpochAnswers, score: float) -> int | None:
    """Return how many looks random answers need to reach a score, to a twentieth; None if more than a hundred thousand.

    The score rises with every look, so the number is found by halving.
    """
    tried = np.unique(np.geomspace(1, MOST_LOOKS, 237).round().astype(int))
    place = bisect_left(tried.tolist(), score, key=lambda looks: random_score(answers, looks))
    return int(tried[place]) if place < len(tried) else None


def looks_table(found: Mapping[str, EpochAnswers]) -> str:
    """Return UF1 by looks: a row for each number of looks, a column for random answers and each network."""
    first = next(iter(found.values()))
    most = max(len(answers.predicted) for answers in found.values())
    lines = [f"| looks | random answers | {' | '.join(found)} |", "|---:|---:|" + "---:|" * len(found)]
    for looks in [k for k in _LOOKS if k <= max(most, PUBLISHED_EPOCHS)]:
        cells = [f"{score(a, looks):.3f}" if looks <= len(a.predicted) else "" for a in found.values()]
        lines.append(f"| {looks} | {random_score(first, looks):.3f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def ends_table(found: Mapping[str, EpochAnswers]) -> str:
    """Return the honest and the most selected score of each network, with intervals, and of all networks together."""
    all_looks = together(list(found.values()))
    rows = {**found, "all of them": all_looks}
    lines = [
        "| | honest: the last epoch | test-selected | among looks | random answers reach |",
        "|---|---|---|---:|---:|",
    ]
    for name, answers in rows.items():
        looks = len(answers.predicted)
        honest = _with_interval(interval_of(answers, 1)) if name in found else ""
        cells = [honest, _with_interval(interval_of(answers, looks)), str(looks), f"{random_score(answers, looks):.3f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def needed_sentence(answers: EpochAnswers) -> str:
    """Return how many looks random answers need for what is published."""
    needed = [(row.name, row.full, looks_needed(answers, row.full)) for row in _marked()]
    texts = [f"{looks:,} for {full:.3f} ({name})" if looks else f"more than {MOST_LOOKS:,} for {full:.3f} ({name})"
             for name, full, looks in needed]  # fmt: skip
    return f"Looks that random answers need: {', '.join(texts)}."


def figure_of(found: Mapping[str, EpochAnswers]) -> Figure:
    """Return the figure: score against the number of looks, on a logarithmic axis."""
    figure = Figure(figsize=(8.4, 5.6), layout="constrained")
    axes = figure.add_subplot()
    first = next(iter(found.values()))
    looks = np.unique(np.geomspace(1, _RIGHT, 80).round().astype(int)).tolist()
    axes.plot(looks, [random_score(first, k) for k in looks], color=CHANCE, linewidth=2, label="random answers")
    for name, answers in found.items():
        most = len(answers.predicted)
        own = [*(k for k in looks if k < most), most]
        reached = [score(answers, k) for k in own]
        axes.plot(own, reached, color=_STYLES[name], linewidth=2, label=name)
        axes.axhline(reached[0], color=_STYLES[name], linewidth=1.2, linestyle=":")
    height = 0.0
    for row in _marked():  # from the lowest up
        height = max(row.full, height + _LINE)
        axes.plot([0.94, 1], [row.full] * 2, transform=axes.get_yaxis_transform(), color=INK, linewidth=1.2)
        axes.annotate(f"{row.name} {row.full:.3f}", (_RIGHT, height), (5, 0), textcoords="offset points", color=INK,
                      fontsize=10, va="center", annotation_clip=False)  # fmt: skip
    axes.axvline(PUBLISHED_EPOCHS, color=GRID, linewidth=1, zorder=0)
    _dress(axes)
    return figure


def _dress(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_xlim(1, _RIGHT)
    axes.set_xticks([1, 10, 100, PUBLISHED_EPOCHS], ["1", "10", "100", str(PUBLISHED_EPOCHS)])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0.3, 0.95)
    axes.set_xlabel("how many of the last epochs one may choose among, on the held-out subject", color=INK, fontsize=12)
    axes.set_ylabel("UF1, one person left out at a time", color=INK, fontsize=12)
    dress(axes)
    legend = axes.legend(loc="lower right", frameon=False, labelcolor=INK, fontsize=11)
    legend.set_title("epoch chosen (dotted: honest, the last epoch)", {"size": 11})
    legend.get_title().set_color(INK)


def _marked() -> list[Any]:
    return [row for row in published_rows() if row.method in _MARKED and row.full is not None]


def _with_interval(score: ConfidenceInterval) -> str:
    return f"{score.mean:.3f} ({score.low:.3f} to {score.high:.3f})"


def main() -> None:
    """Train what is missing, print the tables, and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flows", type=Path, help="flow maps of the development subjects")
    parser.add_argument("out", type=Path, help="folder that keeps what each network says after every epoch")
    parser.add_argument("--figure", type=Path, help="where to draw the figure, an .svg file")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--epochs", nargs="+", type=int, default=EPOCHS, help="of each network")
    parser.add_argument("--rate", type=float, default=RATE, help="learning rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    asked = parser.parse_args()
    flow, found = read_flow_set(asked.flows), {}
    for network, epochs in zip(asked.networks, asked.epochs, strict=True):
        with bar(f"{NETWORKS[network]}: folds", Console(stderr=True)) as show:
            found[NETWORKS[network]] = epoch_answers(
                flow, page(network, epochs, asked.rate), asked.out / network, seed=asked.seed, jobs=asked.jobs,
                report=show,
            )  # fmt: skip
    print(looks_table(found), ends_table(found), needed_sentence(next(iter(found.values()))), sep="\n\n")
    if asked.figure:
        write_whole(asked.figure, svg(figure_of(found)))


if __name__ == "__main__":
    main()
