"""Scores in the terminal. A table is at most 80 columns wide, and no number in it is ever cut."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING

from rich.markup import escape

from glfnet.cli.tables import empty_table as _table
from glfnet.cli.tables import print_table as _print_table
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
    from glfnet.scores.spotting.answered_videos import SpottingRow, SpottingScores
    from glfnet.scores.unit_scores import UnitRunScores

_DATABASE_NAMES = {"full": "Full", "casme2": "CASME II", "samm": "SAMM", "smic": "SMIC"}
_SHOWN = 10  # trials
_SPOTTING = ("precision", "recall", "f1")


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
    table = _table("unit", "clips", *(measure.name for measure in UNIT_MEASURES.values()))
    table.columns[0].no_wrap = True
    for unit, score in full.units.items():
        cells = ["too rare"] if score.is_rare else [_interval(score.of(metric)) for metric in UNIT_MEASURES]
        table.add_row(f"AU{unit}", f"{score.there}/{score.clips}", *map(escape, cells))
    table.add_row("mean", f"of {len(full.counted)}", *(escape(_interval(full.mean[m])) for m in UNIT_MEASURES))
    _print_table(table)
    for measure in UNIT_MEASURES.values():
        OUT.print(f"{measure.name}: {measure.says}.")


def _print_data(data: "DataInfo", undefined: Sequence[str]) -> None:
    for sentence in [*data.leaks, *data.notes, *undefined]:
        print_note(sentence)
    print_exclusions(data.excluded_by_reason())
    if data.exclusions:
        print_note(f"left out in all: {len(data.exclusions)}; report.html and run.json name each clip with its reason.")


def print_comparisons(rows: "Sequence[Comparison]") -> None:
    """Print runs against their baseline, a table for each run; of action units a second one with each unit."""
    OUT.print(f"Against {escape(rows[0].baseline)}; honest predictions, paired over subjects")
    for run in dict.fromkeys(row.run for row in rows):
        OUT.print(f"\n{escape(run)}")
        table = _table("scope", "measure", "baseline", "run", "difference, 95 %", "p", "p Holm")
        for row in (row for row in rows if row.run == run and row.unit is None):
            scope = _DATABASE_NAMES.get(row.scope, row.scope)
            if isnan(row.difference):
                cells = ["-", "-", "undefined", "-", "-"]
            else:
                difference = f"{row.difference:+.3f} {_range(row.low, row.high, '+.3f')}"
                tests = (f"{row.p_value:.4f}", f"{row.adjusted_p_value:.4f}")
                cells = [_number(row.baseline_value), _number(row.value), difference, *tests]
            table.add_row(escape(scope), row.measure, *map(escape, cells))
        _print_table(table)
        _print_compared_units([row for row in rows if row.run == run and row.unit is not None])


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
    table = _table("unit", *(measure.name for measure in UNIT_MEASURES.values()))
    table.columns[0].no_wrap = True
    for unit, cells in by_unit.items():
        table.add_row(unit, *map(escape, cells))
    _print_table(table)
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
    table = _table("", "weights", "", "score", "difference, 95 %", "p Holm")
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
    _print_table(table)
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
    table = _table("trial", name, "95 %", *(name.partition(".")[2] for name in sweep.best.values))
    for trial in ranked[:_SHOWN]:
        table.add_row(*map(escape, trial_cells(trial)))
    _print_table(table)
    OUT.print(escape(sweep.verdict))
    OUT.print(f"[bold]$ {escape(score_it)}[/]")
    OUT.print(escape(str(sweep.page)))


def _print_scores(scores: "Mapping[str, ScopeScores]", title: str) -> None:
    from glfnet.scores.metrics import MEASURES

    OUT.print(title, style="italic")
    table = _table("", *(measure.name for measure in MEASURES.values()))
    for scope, scored in scores.items():
        name = _DATABASE_NAMES.get(scope, scope)
        table.add_row(escape(name), *(escape(_interval(scored.of(metric))) for metric in MEASURES))
    _print_table(table)


def _interval(score: "ConfidenceInterval") -> str:
    if not score.is_defined:
        return "undefined"
    spread = "" if isnan(score.sd) else f" ± {score.sd:.3f}"
    return f"{score.mean:.3f}{spread}\n{_range(score.low, score.high, '.3f')}"


def _range(low: float, high: float, form: str) -> str:
    return "[undefined]" if isnan(low) else f"[{low:{form}}, {high:{form}}]"


def _number(value: float) -> str:
    return "undefined" if isnan(value) else f"{value:.3f}"


def print_spotting(scores: "SpottingScores") -> None:
    """Print how well expressions were spotted, a table for each database."""
    from glfnet.scores.spotting.answered_videos import MARKED

    for database in dict.fromkeys(row.database for row in scores.rows):
        rows = [row for row in scores.rows if row.database == database]
        of, drawn = rows[0], f"{rows[0].draws} {rows[0].drawn}"
        OUT.print(
            f"\n{escape(database) or 'All videos'}: {of.videos} videos, found at an overlap (IoU) of "
            f"{scores.min_iou:g} or more; 95 % over {drawn}",
            style="italic",
        )
        table = _table("kind", "true", "found", "false", "missed", "precision", "recall", "F1")
        for row in rows:
            kind = _kind(row) + ("\nas marked" if row.rule == MARKED else "")
            counts = map(str, (row.true, row.matched, row.false, row.missed))
            table.add_row(kind, *counts, *(escape(_bounded(row, name)) for name in _SPOTTING))
        _print_table(table)
        for row in rows:
            _print_found(row)


def _print_found(row: "SpottingRow") -> None:
    """Print what is known of what was found: how far off its apexes are, and how well it was named."""
    named = {
        "apex_mean_frames": "apex error",
        "uf1": "UF1 of the classes of what was found",
        "strs": "STRS, F1 times UF1",
    }
    parts = []
    for name, words in named.items():
        if not isnan(getattr(row.score, name)):
            value, interval = _bounded(row, name).splitlines()
            parts.append(f"{words} {value} ({interval}){' frames' if name.startswith('apex') else ''}")
    if parts:
        OUT.print(escape(f"{_kind(row)}: {'; '.join(parts)}."))


def _kind(row: "SpottingRow") -> str:
    return row.kind.removesuffix("_expression")


def _bounded(row: "SpottingRow", name: str) -> str:
    """Return a score above its interval, without brackets: the table would be wider than 80 columns."""
    value, bounds = getattr(row.score, name), row.bounds[name]
    if isnan(value):
        return "undefined"
    digits, form = (".1f", ".1f") if name.startswith("apex") else (".4f", ".3f")
    interval = "undefined" if isnan(bounds.low) else f"{bounds.low:{form}}-{bounds.high:{form}}"
    return f"{value:{digits}}\n{interval}"
