"""The clips that nobody gets right: which they are, what their units would have told, and that no name slips out."""

import sys
from dataclasses import replace
from pathlib import Path

import nobody_right
import numpy as np
import pytest

from glfnet.errors import ProtocolError
from glfnet.evaluation.evaluate import Run
from glfnet.evaluation.labelled_set import label_samples
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.predictions import read_predictions
from glfnet.settings_page import read_settings


def told(number: int, right: int, **changes: object) -> nobody_right.Clip:
    """Return a happy clip of CASME II with two answers of which so many were right."""
    clip = nobody_right.Clip(
        sample_id=f"casme2/sub01/EP{number}", database="casme2", truth="positive", units=(12,), right=right, answers=2,
        said="negative", by_units="positive",
    )  # fmt: skip
    return replace(clip, **changes)  # type: ignore[arg-type]


def test_clips_are_counted_by_database_and_class() -> None:
    smic = told(9, 0, sample_id="smic/s01/a", database="smic", by_units=None, units=())
    table = nobody_right.counts_table([told(1, 0), told(2, 1), told(3, 2), told(4, 0, by_units="negative"), smic])
    assert [row.split(" | ") for row in table.splitlines()[2:]] == [
        ["| CASME II", "positive", "4", "1", "2", "1 of 2", "3 of 4 |"],
        ["| SMIC", "positive", "1", "0", "1", "no units", "no units |"],
        ["| All", "all", "5", "1", "3", "1 of 2", "3 of 4 |"],
    ]


def test_missed_clips_are_put_together_by_their_units_and_named_only_where_that_is_asked() -> None:
    found = [told(1, 0), told(2, 0, said="surprise"), told(3, 1), told(4, 0, units=(), by_units="negative")]
    first, second = nobody_right.sets_table(found, names=False).splitlines()[2:]
    assert first == "| CASME II | none for certain | positive | 1 | negative | negative |"
    assert second == "| CASME II | AU12 | positive | 2 | negative (1), surprise (1) | positive |"
    assert "sub01/EP1, sub01/EP2" in nobody_right.sets_table(found, names=True)


def test_answers_of_every_run_and_seed_are_put_in_the_order_of_the_clips(finished_run: Run, tiny_flow: FlowSet) -> None:
    data = label_samples(tiny_flow, read_settings("glfnet").protocol)
    answers = nobody_right.read_answers([finished_run.folder], data)
    table = read_predictions(finished_run.folder / "predictions.csv")
    assert answers.shape == (2, len(tiny_flow))
    for clip, seed, said in zip(table.sample_id, table.seed, table.prediction, strict=True):
        place = [sample.sample_id for sample in data.flow.samples].index(clip)
        assert answers[seed, place] == said
    fewer = label_samples(tiny_flow.select(range(len(tiny_flow) - 1)), read_settings("glfnet").protocol)
    with pytest.raises(ProtocolError, match="found other clips than in the maps"):
        nobody_right.read_answers([finished_run.folder], fewer)


def test_what_units_say_is_learnt_from_other_people_and_unknown_units_say_nothing(tiny_flow: FlowSet) -> None:
    cells = {"negative": "4", "positive": "12", "surprise": "1+2"}
    samples = [replace(s, action_units=cells[s.emotion] if i else "") for i, s in enumerate(tiny_flow.samples)]
    data = label_samples(replace(tiny_flow, samples=tuple(samples)), read_settings("glfnet").protocol)
    said = nobody_right.told_by_units(data)
    assert said[0] == -1
    assert (said[1:] == data.truth[1:]).all()
    assert not np.isin(-1, said[1:])


@pytest.mark.slow
def test_the_script_prints_the_tables(
    finished_run: Run,
    tiny_flow: FlowSet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_flow_npz(tmp_path / "flows.npz", tiny_flow)
    sheet = tmp_path / "own.csv"
    rows = [f"{s.subject.name},{s.clip},{12 if s.emotion == 'positive' else 4}" for s in tiny_flow.samples]
    sheet.write_text("\n".join(["Subject,Filename,Action Units", *rows]) + "\n")
    given = [tmp_path / "flows.npz", finished_run.folder, "--units", sheet]
    monkeypatch.setattr(sys, "argv", ["nobody_right.py", *map(str, given)])
    nobody_right.main()
    said = capsys.readouterr().out
    assert said.startswith(f"2 answers for each of {len(tiny_flow)} clips.\n| | class | clips |")
    assert "From the true units of " in said
