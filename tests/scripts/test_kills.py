"""Killed commands: what is compared, and that one killed at once is the same after the second run."""

from collections import Counter

import pytest
from kills import KILLS, campaign, differing, steady

FOLD = b'{"fold": "a/1", "probabilities": [[0.7, 0.3]], "duration_s": 0.25}'


def test_times_may_differ_and_nothing_else_on_the_same_line() -> None:
    may_differ = KILLS["evaluate"].may_differ

    def names(other: bytes) -> list[str]:
        return differing(steady({"fold.json": FOLD}, may_differ), steady({"fold.json": other}, may_differ))

    assert names(FOLD.replace(b"0.25", b"1.5e-05")) == []
    assert names(FOLD.replace(b"0.7", b"0.8")) == ["fold.json"]
    assert names(FOLD + b"\nmore") == ["fold.json"]


def test_how_much_was_kept_and_the_time_on_the_page_may_differ() -> None:
    may_differ = KILLS["evaluate"].may_differ
    once = {
        "metrics.json": b'"folds_kept_from_earlier": 0,\n"wall_time_s": 8.3',
        "page": b"<dt>Wall time</dt><dd>8 s</dd>",
    }
    again = {
        "metrics.json": b'"folds_kept_from_earlier": 6,\n"wall_time_s": 2',
        "page": b"<dt>Wall time</dt><dd>2 s</dd>",
    }
    assert differing(steady(once, may_differ), steady(again, may_differ)) == []
    assert differing(once, again) == ["metrics.json", "page"]


def test_a_file_that_is_missing_or_too_many_is_a_difference() -> None:
    assert differing({"a": b"1", "b": b"2"}, {"a": b"1", "c": b"2"}) == ["b", "c"]


@pytest.mark.slow
def test_a_killed_command_that_is_run_again_leaves_what_an_undisturbed_one_leaves() -> None:
    counts, said = campaign("synth-flow", 2, 0)
    assert (counts, said) == (Counter(same=2), [])
