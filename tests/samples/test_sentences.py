from glfnet.samples.sentences import counted, first_few, quoted


def test_one_thing_is_no_several_things() -> None:
    assert [counted(count, "clip") for count in (0, 1, 2)] == ["0 clips", "1 clip", "2 clips"]


def test_of_many_words_the_first_are_listed_and_the_others_counted() -> None:
    assert first_few([]) == ""
    assert first_few(["a", "b"], 2) == "a, b"
    assert first_few(["a", "b", "c", "d"], 2) == "a, b and 2 more"


def test_a_quoted_text_shows_every_sign_and_is_never_long() -> None:
    assert quoted("4\u200b+\x1b[31m7") == r"'4\u200b+\x1b[31m7'"
    assert quoted("x" * 5000) == f"'{'x' * 27}...{'x' * 28}'"
