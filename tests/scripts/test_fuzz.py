"""Hostile input: the campaign sees what it is there to see, and a few of its cases are tried with every suite."""

from pathlib import Path

import pytest
from fuzz import GOOD, ending, play
from hostile_cases import CASES, Case
from hypothesis import HealthCheck, given, settings
from typed_commands import Said, run


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said(0, "3 clips", ""), "done"),
        (Said(1, "", "Error: clips.csv, row 3: found onset 9 after offset 4; expected them in order."), "clear"),
        (Said(2, "", "Usage: glfnet\nNo such option: --frobnicate"), "clear"),
        (Said(1, "", ""), "unclear"),
        (Said(1, "", "Error: clips.csv: 'utf-8' codec can't decode byte 0x98 in position 10"), "unclear"),
        (Said(1, "", f"Error: these clips are empty: {'s1/c1, ' * 400}"), "unclear"),
        (Said(1, "", "Traceback (most recent call last):\nKeyError: 'x'"), "traceback"),
        (Said(-11, "", ""), "traceback"),
        (Said(None, "", ""), "hang"),
    ],
)
def test_how_a_command_ended_is_seen_by_its_status_and_words(said: Said, expected: str) -> None:
    assert ending(said, []) == expected


def test_a_changed_input_outweighs_every_word() -> None:
    assert ending(Said(0, "all is well", ""), ["clips.csv"]) == "lost"


@pytest.mark.slow
def test_a_command_runs_in_its_folder_and_is_ended_at_the_limit(tmp_path: Path) -> None:
    (tmp_path / "there.csv").write_text("not an index", encoding="utf-8")
    said = run(tmp_path, ["check", "there.csv"])
    assert said.status == 1
    assert "there.csv" in said.err
    assert run(tmp_path, ["synth", "db", "--subjects", "500"], limit_s=1).status is None


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_hostile_input_ends_in_a_plain_sentence_and_costs_nothing(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @settings(max_examples=4, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(CASES[kind]())
    def tried(case: Case) -> None:
        endings, said = play(case, tmp_path_factory.mktemp("case"))
        assert set(endings) <= set(GOOD), (case.commands, endings, said)

    tried()
