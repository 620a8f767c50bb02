"""Weights learnt from made-up flow fields, made once for each run seed before any fold, and kept in the run folder."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from glfnet.errors import SettingsError
from glfnet.evaluation.labelled_set import LabelledSet
from glfnet.files import write_whole
from glfnet.model.pretraining import MadeUpFields, made_up_fields, uses_made_up
from glfnet.model.training import ClassicalTrainer, NetworkTrainer
from glfnet.progress import Show, progress_of
from glfnet.workers import worked

PRETRAINED = "pretrained"
"""The folder for them in a run folder."""


def with_made_up(
    trainer: NetworkTrainer | ClassicalTrainer, data: LabelledSet, folder: Path
) -> NetworkTrainer | ClassicalTrainer:
    """Return a trainer that knows the made-up fields of these clips, if its page wants them.

    Args:
        trainer: of the run.
        data: what is asked of real clips, and so of made-up ones.
        folder: for the weights.

    Raises:
        SettingsError: if there are no made-up fields for such clips, or the model is no network.
    """
    if not uses_made_up(trainer.settings):
        return trainer
    if isinstance(trainer, ClassicalTrainer):
        raise SettingsError(
            "pretraining: found a model that is no network; expected one: only networks begin with weights. Leave "
            "pretraining.fields and pretraining.beside at 0."
        )
    height, width = data.flow.maps.shape[2:]
    return replace(trainer, made_up=made_up_fields(trainer.settings, data.classes, data.units, (height, width), folder))


def pretrain(
    trainer: NetworkTrainer | ClassicalTrainer, seeds: Sequence[int], jobs: int, progress: bool | None = None
) -> None:
    """Make the weights of these run seeds, unless they are there already; each file is written whole or not at all.

    Args:
        trainer: as `with_made_up` gives it.
        seeds: run seeds.
        jobs: processes; the weights do not depend on it.
        progress: whether to show a bar; None: where somebody watches.
    """
    if not isinstance(trainer, NetworkTrainer) or trainer.made_up is None or not trainer.settings.pretraining.fields:
        return
    missing = [seed for seed in seeds if not trainer.made_up.is_kept(seed)]
    jobs = min(jobs, len(missing))
    if jobs > 1:
        with progress_of("networks pretrained", progress) as show:
            show(0, len(missing))
            for done, _ in enumerate(worked(_pretrain_one, ((trainer, seed) for seed in missing), jobs), start=1):
                show(done, len(missing))
        return
    with progress_of("made-up maps", progress) as show:
        for number, seed in enumerate(missing):
            _pretrain_one(trainer, seed, _shown_from(show, number, len(missing)))


def _shown_from(show: Show, number: int, of: int) -> Callable[[int, int], None]:
    return lambda done, maps: show(number * maps + done, of * maps)


def _pretrain_one(
    trainer: NetworkTrainer, run_seed: int, on_maps: Callable[[int, int], None] = lambda done, of: None
) -> None:
    fields: MadeUpFields | None = trainer.made_up
    assert fields is not None
    write_whole(fields.file_of(run_seed), fields.pretrained(trainer.build, run_seed, on_maps))
