"""Killed commands: what is compared, and that one killed at once is the same after the second run."""

from collections import Counter

import pytest
from kills import alike, campaign, differing_lines, lines_with


def test_only_the_lines_in_which_undisturbed_runs_differ_are_left_out() -> None:
    left_out = differing_lines(b"score 0.7\ntook 3 s\n", b"score 0.7\ntook 4 s\n")
    assert left_out == {1}
    assert alike(b"score 0.7\ntook 3 s\n", b"score 0.7\ntook 9 s\n", left_out)
    assert not alike(b"score 0.7\ntook 3 s\n", b"score 0.8\ntook 3 s\n", left_out)
    assert not alike(b"score 0.7\ntook 3 s\n", b"score 0.7\ntook 3 s\nmore\n", left_out)


@pytest.mark.slow
def test_a_killed_command_that_is_run_again_leaves_what_an_undisturbed_one_leaves() -> None:
    counts, said = campaign("synth-flow", 2, 0)
    assert (counts, said) == (Counter(same=2), [])


def test_lines_that_tell_how_much_was_there_already_are_found_by_their_words() -> None:
    assert lines_with("kept", b"score 0.7\nfolds kept: 3\n") == {1}
    assert lines_with("", b"score 0.7\n") == frozenset()
