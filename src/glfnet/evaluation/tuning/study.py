"""The trials of a sweep, kept as Optuna's journal, and what to try next. Needs Optuna: `sweep.py` imports this late.

Optuna's own file backend writes in the middle of a trial, so a killed process may leave a trial that never ends, a lock
or half a line. Here the file is written whole, after each trial that has ended; a killed trial was never in it.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend
from optuna.trial import TrialState

from glfnet.errors import RunFolderError, reason
from glfnet.evaluation.folds import fold_seed
from glfnet.evaluation.tuning.search_space import Choices, Parameter, all_values
from glfnet.files import write_whole
from glfnet.report.trials import Trial
from glfnet.scores.resampling import UNDEFINED, ConfidenceInterval

_ENDED = (TrialState.COMPLETE, TrialState.FAIL)
_ENDS = ("sd", "low", "high")


class _WholeFile(BaseJournalBackend):
    """Optuna's journal, one JSON value a line; on disk only what `keep` has written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self._logs: list[dict[str, Any]] = [json.loads(line) for line in lines]

    def read_logs(self, log_number_from: int) -> list[dict[str, Any]]:
        """Return the entries from a number on."""
        return self._logs[log_number_from:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add entries, in memory."""
        self._logs += json.loads(json.dumps(logs))  # as they will be read

    def keep(self) -> None:
        """Write all entries."""
        write_whole(self._file, "".join(f"{json.dumps(log, separators=(',', ':'))}\n" for log in self._logs))


class Study:
    """All trials so far, and the next one.

    What is tried next depends on the space, the seed, its number and the trials before it alone, so a sweep that was
    stopped goes on as if it had not been.
    """

    def __init__(self, file: Path, space: Sequence[Parameter], seed: int) -> None:
        self._space, self._seed = space, seed
        self._distributions = {parameter.name: _distribution(parameter) for parameter in space}
        try:
            self._file = _WholeFile(file)
            with _quiet():
                self._study = optuna.create_study(
                    storage=JournalStorage(self._file), study_name="glfnet", direction="maximize", load_if_exists=True
                )
                self.trials  # noqa: B018  # a journal that cannot be read is refused now
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise RunFolderError(
                f"{file}: found what is no journal of trials ({reason(error)}); expected it as `glfnet sweep` has "
                "written it. Name another folder."
            ) from error

    @property
    def trials(self) -> list[Trial]:
        """All trials that have ended."""
        return [_ended(trial) for trial in self._study.get_trials(deepcopy=False, states=_ENDED)]

    def next_trial(self, trials: int, first: Mapping[str, Any] | None) -> "NextTrial | None":
        """Return what to try next; None where there is nothing left to try.

        Args:
            trials: how many there will be, more than there are. If no more combinations than that are left untried,
                these are tried, in order.
            first: what to try before all else, if anything.
        """
        before = self.trials
        left = self._left([trial.values for trial in before], trials - len(before))
        if left is not None and not left:
            return None
        fixed = first if first is not None and not before else left[0] if left else None
        with _quiet():
            seed = fold_seed(self._seed, f"trial-{len(before)}")
            self._study.sampler = optuna.samplers.TPESampler(seed=seed)
            if fixed is not None:
                self._study.enqueue_trial({p.name: _encoded(p, fixed[p.name]) for p in self._space})
            asked = self._study.ask(self._distributions)
        values = {p.name: fixed[p.name] if fixed else _decoded(p, asked.params[p.name]) for p in self._space}
        return NextTrial(number=asked.number, values=values, asked=asked)

    def keep(self, trial: "NextTrial", score: ConfidenceInterval, failed: str = "", same_as: int | None = None) -> None:
        """Write what came of a trial: its score and interval, or why it failed."""
        for name in _ENDS:
            value = getattr(score, name)
            trial.asked.set_user_attr(name, None if value != value else value)
        trial.asked.set_user_attr("values", trial.values)
        trial.asked.set_user_attr("reason", failed)
        trial.asked.set_user_attr("same_as", same_as)
        with _quiet():
            if failed:
                self._study.tell(trial.asked, state=TrialState.FAIL)
            else:
                self._study.tell(trial.asked, score.mean)
        self._file.keep()

    def _left(self, tried: Sequence[Mapping[str, Any]], room: int) -> list[dict[str, Any]] | None:
        """Return the combinations that were not tried yet; None if they are more than `room`."""
        if math.prod(parameter.size for parameter in self._space) > len(tried) + room:
            return None
        left = [values for values in all_values(self._space) if values not in tried]
        return left if len(left) <= room else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTrial:
    """What to try next.

    Attributes:
        number: from 0 up.
        values: by option, as in JSON.
        asked: Optuna's own.
    """

    number: int
    values: dict[str, Any]
    asked: optuna.trial.Trial


def _ended(trial: optuna.trial.FrozenTrial) -> Trial:
    kept = trial.user_attrs
    ends = {name: math.nan if kept[name] is None else kept[name] for name in _ENDS}
    return Trial(
        number=trial.number,
        values=kept["values"],
        score=UNDEFINED if trial.value is None else ConfidenceInterval(mean=trial.value, **ends),
        reason=kept["reason"],
        same_as=kept["same_as"],
    )


def _distribution(parameter: Parameter) -> BaseDistribution:
    if isinstance(parameter, Choices):
        return CategoricalDistribution([_encoded(parameter, value) for value in parameter.values])
    if parameter.whole:
        return IntDistribution(int(parameter.low), int(parameter.high), log=parameter.log)
    return FloatDistribution(parameter.low, parameter.high, log=parameter.log)


def _encoded(parameter: Parameter, value: Any) -> Any:
    # Optuna takes single values only; an option may be a list.
    return json.dumps(value) if isinstance(parameter, Choices) else value


def _decoded(parameter: Parameter, value: Any) -> Any:
    return json.loads(value) if isinstance(parameter, Choices) else parameter.rounded(value)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna from telling stderr what our own progress bar shows; its setting is the whole process's."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
