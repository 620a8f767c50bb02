"""How far held-out probabilities can be trusted, as the tables and the figure of docs/measurements.md."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from glfnet.own_weights.held_out import HeldOut, Statistic, mean_brier, mean_likelihood
from glfnet.recognition.card import Card, Estimate
from glfnet.report.figures import CHANCE, GRID, HONEST, INK
from glfnet.scores.reliability import BINS, expected_calibration_error, fit_temperature, reliability, subject_interval


def print_tables(card: Card, held_out: HeldOut) -> None:
    """Print the tables of docs/measurements.md."""
    score, one = card.calibration, held_out.single
    assert score is not None
    measures: list[tuple[str, Statistic, Estimate, Estimate]] = [
        ("expected calibration error", expected_calibration_error, score.error_before, score.error),
        ("negative log-likelihood", mean_likelihood, score.likelihood_before, score.likelihood),
        ("Brier score", mean_brier, score.brier_before, score.brier),
    ]
    print("| | one network | mean of five | 95 % | with temperature | 95 % |\n|---|---|---|---|---|---|")
    for name, statistic, before, after in measures:
        alone = np.mean([statistic(probabilities, held_out.truth) for probabilities in one])
        print(f"| {name} | {alone:.3f} | {before.value:.3f} | {_ends(before)} | {after.value:.3f} | {_ends(after)} |")
    print(f"\nExactly calibrated probabilities would show an error of {score.error_of_the_calibrated:.3f}.")
    change = held_out.estimate(np.stack([held_out.probabilities, held_out.fitted], axis=1), _likelihood_change)
    print(f"Change of the negative log-likelihood: {change.value:+.4f} [{change.low:+.4f}, {change.high:+.4f}].")
    assert card.score is not None
    for metric in ("uf1", "uar", "accuracy"):
        print(f"{metric} of the mean of five: {getattr(card.score, metric)}")
    print_temperatures(held_out)
    print_thresholds(held_out)
    print_classes(held_out)


def print_temperatures(held_out: HeldOut) -> None:
    """Print the temperature and how far it depends on single people."""
    single = [fit_temperature(probabilities, held_out.truth) for probabilities in held_out.single]
    left_out = {
        str(subject): fit_temperature(
            *(a[held_out.subjects != subject] for a in (held_out.probabilities, held_out.truth))
        )
        for subject in np.unique(held_out.subjects)
    }
    low, high = subject_interval(
        lambda rows: fit_temperature(held_out.probabilities[rows], held_out.truth[rows]),
        held_out.subjects,
        resamples=held_out.resamples // 10,
    )
    print(f"\nTemperature {held_out.temperature:.3f}, 95 % over subjects {low:.2f} to {high:.2f};")
    print(f"without one subject {min(left_out.values()):.3f} to {max(left_out.values()):.3f};")
    print(f"of one network {min(single):.3f} to {max(single):.3f}.")


def print_thresholds(held_out: HeldOut) -> None:
    """Print what each threshold on the largest probability would do."""
    top, right = held_out.fitted.max(axis=1), held_out.fitted.argmax(axis=1) == held_out.truth
    print("\n| unsure below | named | of these right | of the others right |\n|---|---|---|---|")
    for threshold in np.arange(8, 17) / 20:
        named = top >= threshold
        shares = [
            f"{100 * values.mean():.0f} %" if len(values) else "-" for values in (named, right[named], right[~named])
        ]
        print(f"| {threshold:.2f} | {shares[0]} | {shares[1]} | {shares[2]} of {(~named).sum()} |")


def print_classes(held_out: HeldOut) -> None:
    """Print each class's mean probability beside how often it was true."""
    names = held_out.predictions.classes
    print("\n| | " + " | ".join(names) + " |\n" + "|---" * (len(names) + 1) + "|")
    share = np.bincount(held_out.truth, minlength=len(names)) / len(held_out.truth)
    for name, values in (("true", share), ("mean probability", held_out.fitted.mean(axis=0))):
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in values) + " |")


def reliability_figure(held_out: HeldOut) -> Figure:
    """Return two panels, without and with the temperature: how often answers of each probability are right."""
    figure = Figure(figsize=(8.4, 4.6), layout="constrained")
    panels = (("mean of five networks", held_out.probabilities), ("with temperature", held_out.fitted))
    for place, (title, probabilities) in enumerate(panels, start=1):
        axes = figure.add_subplot(1, 2, place)
        _reliability_panel(axes, held_out, probabilities)
        error = expected_calibration_error(probabilities, held_out.truth)
        axes.set_title(f"{title}: error {error:.3f}", color=INK, fontsize=12)
        if place == 1:
            axes.set_ylabel("share that is right", color=INK, fontsize=11)
    return figure


def _reliability_panel(axes: Axes, held_out: HeldOut, probabilities: NDArray[np.float64]) -> None:
    found = reliability(probabilities, held_out.truth)
    place = np.minimum((probabilities.max(axis=1) * BINS).astype(int), BINS - 1)
    right = probabilities.argmax(axis=1) == held_out.truth
    axes.plot([0.3, 1], [0.3, 1], color=CHANCE, linewidth=1.2, linestyle="--")
    for b in np.flatnonzero(found.count):
        ends = subject_interval(
            partial(_share, right, place == b), held_out.subjects, resamples=held_out.resamples // 5
        )
        axes.vlines(found.confidence[b], *ends, color=HONEST, linewidth=1.6)
        axes.text(found.confidence[b], -0.07, str(found.count[b]), ha="center", color=INK, fontsize=9)
    axes.plot(found.confidence, found.accuracy, "o", color=HONEST, markersize=7)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set(xlim=(0.3, 1.02), ylim=(-0.1, 1.04), axisbelow=True)
    axes.set_xlabel("probability of the answer (at the foot: clips)", color=INK, fontsize=11)
    axes.tick_params(colors=INK)


def _share(right: NDArray[np.bool_], inside: NDArray[np.bool_], rows: NDArray[np.intp]) -> float:
    values = right[rows][inside[rows]]
    return float(values.mean()) if len(values) else np.nan


def _likelihood_change(both: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    return mean_likelihood(both[:, 1], truth) - mean_likelihood(both[:, 0], truth)


def _ends(estimate: Estimate) -> str:
    return f"{estimate.low:.3f} to {estimate.high:.3f}"
