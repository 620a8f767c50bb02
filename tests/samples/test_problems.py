"""Many problems, one error."""

from pathlib import Path

import pytest

from glfnet.errors import InputError
from glfnet.samples.problems import check_problems, duplicate_ids


def a_problem(number: int) -> InputError:
    return InputError(file=f"{number}.png", found="nothing", expected="something", remedy="Draw it.")


def test_no_problem_raises_nothing() -> None:
    check_problems(Path("data"), [])


def test_one_problem_is_raised_as_it_is() -> None:
    with pytest.raises(InputError, match=r"^7\.png: found nothing; expected something\. Draw it\.$"):
        check_problems(Path("data"), [a_problem(7)])


def test_many_problems_are_listed_up_to_twenty_and_counted() -> None:
    problems = [a_problem(i) for i in range(23)]
    with pytest.raises(InputError) as caught:
        check_problems(Path("data"), problems)
    first, *lines = str(caught.value).splitlines()
    assert first == "data: found 23 problems; expected none. Nothing was read; correct these first:"
    assert lines == [f"  {problem}" for problem in problems[:20]] + ["  and 3 more."]


def test_the_parts_of_every_problem_stay_readable() -> None:
    problems = [a_problem(i) for i in range(23)]
    with pytest.raises(InputError) as caught:
        check_problems(Path("data"), problems)
    cause = caught.value.__cause__
    assert isinstance(cause, ExceptionGroup)
    assert list(cause.exceptions) == problems


def test_a_repeated_id_is_one_problem_that_names_each_place() -> None:
    problems = duplicate_ids(Path("data"), ["a", "b", "a", "a"], ["p", "q", "r", "s"])
    assert [str(p) for p in problems] == [
        "data: found clip a 3 times (p, r, s); expected each clip once. Keep one of them, or name the clips apart."
    ]
