"""People and clips have one name, however it is written."""

import pytest

from glfnet.samples.subjects import SubjectId, clip_name, find_database, subject_id


def test_people_of_two_databases_with_one_name_are_two_people() -> None:
    assert SubjectId("casme2", "01") != SubjectId("smic", "01")


@pytest.mark.parametrize(
    ("database", "written", "name"),
    [
        ("samm", "6", "006"),
        ("samm", "006", "006"),
        ("smic", "s1", "s01"),
        ("casme2", "1", "sub01"),
        ("casme2", "sub12 ", "sub12"),
        ("other", "spNO.1", "spNO.1"),
        ("samm", "x", "x"),
    ],
)
def test_a_subject_has_one_name_however_it_is_written(database: str, written: str, name: str) -> None:
    assert subject_id(database, written) == SubjectId(database, name)


@pytest.mark.parametrize(
    ("name", "database"), [("sub12", "casme2"), ("s12", "smic"), ("012", "samm"), ("a01", None), ("", None)]
)
def test_a_subject_folder_tells_its_database_or_nothing(name: str, database: str | None) -> None:
    assert find_database(name) == database


@pytest.mark.parametrize(
    ("database", "subject", "written", "clip"),
    [
        ("casme2", "sub12", "sub12_EP08_03 ", "EP08_03"),
        ("casme2", "sub12", "EP08_03", "EP08_03"),
        ("samm", "006", "006_006_1_2", "006_1_2"),
        ("samm", "006", "006_1_2", "006_1_2"),
        ("smic", "s01", "s01_s01_ne_01", "s01_ne_01"),
        ("smic", "s01", "s1_ne_01", "s01_ne_01"),
        ("smic", "s01", "ne_01", "s01_ne_01"),
    ],
)
def test_a_clip_has_one_name_however_it_is_written(database: str, subject: str, written: str, clip: str) -> None:
    person = subject_id(database, subject)
    assert clip_name(person, written) == clip
    assert clip_name(person, clip) == clip
