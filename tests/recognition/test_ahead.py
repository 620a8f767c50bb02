"""Work on several threads: in order, bounded, and ended by every error."""

import time
from collections.abc import Iterator

import pytest

from glfnet.recognition.ahead import MadeAside, taken_ahead
from made_up_recordings import threads


def test_what_is_taken_ahead_comes_in_order_with_its_error_last() -> None:
    def numbers() -> Iterator[int]:
        yield from range(50)
        raise ValueError("that was all")

    taken: list[int] = []
    with taken_ahead(numbers(), 4) as items, pytest.raises(ValueError, match="that was all"):
        taken.extend(items)
    assert taken == list(range(50))
    assert threads() == []


def test_no_more_is_taken_ahead_than_may_wait_nor_after_the_end() -> None:
    given_out: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(10_000):
            given_out.append(number)
            yield number

    source = numbers()
    with taken_ahead(source, 4) as items:
        for item in items:
            time.sleep(0.002)
            assert len(given_out) <= item + 1 + 4 + 2  # waiting, in the hand of each side
            if item == 20:
                break
    before = len(given_out)
    assert before < 40
    assert threads() == []
    source.close()  # nobody is at it any more


def test_what_is_made_aside_comes_out_in_order_and_does_not_pile_up() -> None:
    out: list[int] = []
    with MadeAside[int, int](lambda n: time.sleep(0.001) or n * n, out.append, 3) as made:  # type: ignore[func-returns-value]
        for number in range(20):
            made.add([number])
            assert len(out) >= number - 3
        made.finish()
    assert out == [number**2 for number in range(20)]


def test_an_error_in_what_is_made_aside_comes_out_where_it_would_have() -> None:
    out: list[float] = []
    with MadeAside[int, float](lambda n: time.sleep(0.01) or 1 / n, out.append, 3) as made:  # type: ignore[func-returns-value]
        made.add([2, 1, 0])
        with pytest.raises(ZeroDivisionError):
            made.finish()
    assert out == [0.5, 1.0]
    assert threads() == []
