"""Scores in the terminal. A table is at most 80 columns wide, and no number in it is ever cut."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING

from rich.markup import escape

from glfnet.cli.tables import empty_table, print_table
from glfnet.cli.terminal import OUT, print_exclusions, print_note

# Only their names are needed: --help must not wait for scikit-learn and matplotlib.
if TYPE_CHECKING:
    from glfnet.evaluation.evaluate import Run
    from glfnet.evaluation.evaluate_units import UnitRun
    from glfnet.evaluation.tuning.ablation import Ablation
    from glfnet.evaluation.tuning.sweep import Sweep
    from glfnet.report.run_info import DataInfo
    from glfnet.scores.comparison import Comparison
    from glfnet.scores.resampling import ConfidenceInterval
    from glfnet.scores.run_scores import ScopeScores
    from glfnet.scores.unit_scores import UnitRunScores

DATABASE_NAMES = {
    "full": "Full", "casme2": "CASME II", "samm": "SAMM", "smic": "SMIC",
    "casme_sq": "CAS(ME)²", "samm_long": "SAMM-LV", "casme3_long": "CAS(ME)³",
}  # fmt: skip
"""How a scope is called in the terminal."""

IN_ALL = "All videos"
"""What stands for the database of videos that do not name one."""
_SHOWN = 10  # trials


def print_run(run: "Run | UnitRun") -> None:
    """Print the scores of a run, what must be known about them, and where its report is."""
    from glfnet.evaluation.evaluate_units import UnitRun

    if isinstance(run, UnitRun):
        _print_units(run.scores, run.about.data)
    else:
        _print_classes(run)
    OUT.print(f"{run.time.wall_time_s:.0f} s, {run.time.folds_kept_from_earlier} folds kept from earlier. Report:")
    OUT.print(escape(str(run.report)))


def _print_classes(run: "Run") -> None:
    scores, seeds = run.scores, len(run.scores.seeds)
    _print_data(run.about.data, scores.undefined)
    _print_scores(scores.fixed, f"Honest: epoch fixed before the run, {seeds} seed(s), 95 % over subjects")
    if "test_selected" in scores.kinds:
        title = "Test-selected: epoch chosen on the held-out subjects. NOT an estimate of performance"
        _print_scores(scores.test_selected, title)
        level = _number(scores.chance["full"].uf1)
        OUT.print(f"Random answers, best of {scores.looks} looks per held-out fold, would reach UF1 {level}.")


def _print_units(scores: "UnitRunScores", data: "DataInfo") -> None:
    from glfnet.scores.unit_measures import UNIT_MEASURES

    full = scores.scopes["full"]
    _print_data(data, ())
    OUT.print(f"Honest: epoch fixed before the run, {len(scores.seeds)} seed(s), 95 % over subjects", style="italic")
    table = empty_table("unit", "clips", *(measure.name for measure in UNIT_MEASURES.values()))
    table.columns[0].no_wrap = True
    for unit, score in full.units.items():
        cells = ["too rare"] if score.is_rare else [_interval(score.of(metric)) for metric in UNIT_MEASURES]
        table.add_row(f"AU{unit}", f"{score.there}/{score.clips}", *map(escape, cells))
    table.add_row("mean", f"of {len(full.counted)}", *(escape(_interval(full.mean[m])) for m in UNIT_MEASURES))
    print_table(table)
    for measure in UNIT_MEASURES.values():
        OUT.print(f"{measure.name}: {measure.says}.")


def _print_data(data: "DataInfo", undefined: Sequence[str]) -> None:
    for sentence in [*data.leaks, *data.notes, *undefined]:
        print_note(sentence)
    print_exclusions(data.excluded_by_reason())
    if data.exclusions:
        print_note(f"left out in all: {len(data.exclusions)}; report.html and run.json name each clip with its reason.")


def print_comparisons(rows: "Sequence[Comparison]") -> None:
    """Print runs against their baseline, a table for each run; of action units a second one with each unit.

    Of runs over long videos there is one for each database.
    """
    from glfnet.scores.comparison import SpottingComparison

    over = dict.fromkeys(row.drawn for row in rows if isinstance(row, SpottingComparison))
    how = f"the same videos, paired over {' or '.join(over)}" if over else "honest predictions, paired over subjects"
    OUT.print(f"Against {escape(rows[0].baseline)}; {how}")
    for run in dict.fromkeys(row.run for row in rows):
        OUT.print(f"\n{escape(run)}")
        of_run = [row for row in rows if row.run == run and row.unit is None]
        # A measure of spotting has a long name; its database stands above the table, as after `glfnet spot`.
        scopes = dict.fromkeys(row.scope for row in of_run) if over else [None]
        for scope in scopes:
            if scope is not None:
                OUT.print(escape(IN_ALL if scope == "full" else DATABASE_NAMES.get(scope, scope)), style="italic")
            _print_differences([row for row in of_run if scope in (None, row.scope)], with_scope=scope is None)
        _print_compared_units([row for row in rows if row.run == run and row.unit is not None])


def _print_differences(rows: "Sequence[Comparison]", *, with_scope: bool) -> None:
    """Print a line for each comparison of one run."""
    first = ("scope", "measure") if with_scope else ("measure",)
    table = empty_table(*first, "baseline", "run", "difference, 95 %", "p", "p Holm")
    for row in rows:
        if isnan(row.difference):
            cells = ["-", "-", "undefined", "-", "-"]
        else:
            difference = f"{row.difference:+.3f} {_range(row.low, row.high, '+.3f')}"
            tests = (f"{row.p_value:.4f}", f"{row.adjusted_p_value:.4f}")
            cells = [_number(row.baseline_value), _number(row.value), difference, *tests]
        names = (escape(DATABASE_NAMES.get(row.scope, row.scope)), row.measure) if with_scope else (row.measure,)
        table.add_row(*names, *map(escape, cells))
    print_table(table)


def _print_compared_units(rows: "Sequence[Comparison]") -> None:
    """Print each unit in all databases together, if any were compared; a database's own are in the files."""
    from glfnet.scores.unit_measures import UNIT_MEASURES
    from glfnet.scores.unit_predictions import unit_name

    by_unit: dict[str, list[str]] = {}
    for row in rows:
        if row.scope == "full" and row.unit is not None:
            by_unit.setdefault(unit_name(row.unit), []).append(_unit_difference(row))
    if not by_unit:
        return
    OUT.print("Each unit, all databases: difference, p after Holm over all units, 95 %", style="italic")
    table = empty_table("unit", *(measure.name for measure in UNIT_MEASURES.values()))
    table.columns[0].no_wrap = True
    for unit, cells in by_unit.items():
        table.add_row(unit, *map(escape, cells))
    print_table(table)
    OUT.print("--csv and --latex write them for each database as well.")


def _unit_difference(row: "Comparison") -> str:
    if isnan(row.difference):
        return "too rare"
    return f"{row.difference:+.3f} p {row.adjusted_p_value:.3f}\n{_range(row.low, row.high, '+.3f')}"


def print_ablation(ablation: "Ablation") -> None:
    """Print the runs of an ablation against the whole recipe, what is certain, and where its page is."""
    from glfnet.evaluation.evaluate_units import UnitRun
    from glfnet.report.tables import difference_text, number, score_text
    from glfnet.scores.comparison import MEASURE_NAMES

    whole = next(iter(ablation.runs.values()))
    _print_data(whole.about.data, () if isinstance(whole, UnitRun) else whole.scores.undefined)
    OUT.print("Honest, all databases together; differences paired over subjects, corrected (Holm)", style="italic")
    table = empty_table("", "weights", "", "score", "difference, 95 %", "p Holm")
    for name, run in ablation.runs.items():
        rows = [row for row in ablation.rows if row.run.name == name]
        columns = [
            [MEASURE_NAMES[row.metric] for row in rows],
            [score_text(row.score) for row in rows],
            [difference_text(row.against) for row in rows if row.against is not None],
            [number(row.against.adjusted_p_value, 4) for row in rows if row.against is not None],
        ]
        size = run.about.model.parameters
        table.add_row(escape(name), "" if size is None else f"{size:,}", *("\n".join(map(escape, c)) for c in columns))
    print_table(table)
    OUT.print(escape(ablation.verdict))
    OUT.print(escape(str(ablation.page)))


def print_sweep(sweep: "Sweep", score_it: str) -> None:
    """Print the best trials of a sweep, what they are worth, and the command `score_it` that scores the best."""
    from glfnet.report.trials import best_first, trial_cells
    from glfnet.scores.comparison import MEASURE_NAMES

    failed = {trial.number: trial.reason for trial in sweep.trials if trial.reason and trial.same_as is None}
    for number, reason in list(failed.items())[:_SHOWN]:
        print_note(f"trial {number} failed: {reason}")
    if len(failed) > _SHOWN:
        print_note(f"{len(failed) - _SHOWN} more failed; trials.csv has the reason of each.")
    ranked = best_first(sweep.trials)
    name = MEASURE_NAMES[sweep.metric]
    OUT.print(f"The best trials: {name} on inner folds, spread over seeds, 95 % over subjects", style="italic")
    table = empty_table("trial", name, "95 %", *(name.partition(".")[2] for name in sweep.best.values))
    for trial in ranked[:_SHOWN]:
        table.add_row(*map(escape, trial_cells(trial)))
    print_table(table)
    OUT.print(escape(sweep.verdict))
    OUT.print(f"[bold]$ {escape(score_it)}[/]")
    OUT.print(escape(str(sweep.page)))


def _print_scores(scores: "Mapping[str, ScopeScores]", title: str) -> None:
    from glfnet.scores.metrics import MEASURES

    OUT.print(title, style="italic")
    table = empty_table("", *(measure.name for measure in MEASURES.values()))
    for scope, scored in scores.items():
        name = DATABASE_NAMES.get(scope, scope)
        table.add_row(escape(name), *(escape(_interval(scored.of(metric))) for metric in MEASURES))
    print_table(table)


def _interval(score: "ConfidenceInterval") -> str:
    if not score.is_defined:
        return "undefined"
    spread = "" if isnan(score.sd) else f" ± {score.sd:.3f}"
    return f"{score.mean:.3f}{spread}\n{_range(score.low, score.high, '.3f')}"


def _range(low: float, high: float, form: str) -> str:
    return "[undefined]" if isnan(low) else f"[{low:{form}}, {high:{form}}]"


def _number(value: float) -> str:
    return "undefined" if isnan(value) else f"{value:.3f}"
