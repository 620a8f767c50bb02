"""Which units are asked for, and what a clip's cell says of them."""

import pytest

from glfnet.config.settings import ProtocolSettings
from glfnet.errors import ProtocolError
from glfnet.evaluation.unit_labels import label_units, rare_notes
from glfnet.samples.flow_set import Sample
from glfnet.samples.subjects import SubjectId

UNITS = ProtocolSettings(task="action_units")


def clips(*cells: str, people: int = 6) -> list[Sample]:
    return [
        Sample(subject=SubjectId("db", f"p{i % people}"), clip=f"c{i}", emotion="x", action_units=cell)
        for i, cell in enumerate(cells)
    ]


def test_units_in_enough_clips_of_enough_people_are_learnt_and_the_rare_ones_named() -> None:
    found = label_units(clips(*["4"] * 6, *["L12+7"] * 4, "4+?"), UNITS)
    assert found.units == (4,)
    assert found.presence[:, 0].tolist() == [1] * 6 + [0] * 4 + [1]
    assert found.rare == {7: (4, 4), 12: (4, 4)}
    assert "AU7 (4 clips of 4 people), AU12 (4 clips of 4 people)" in rare_notes(found.rare)[0]
    assert rare_notes({}) == []


def test_many_clips_of_two_people_are_too_few() -> None:
    with pytest.raises(ProtocolError, match="none in 5 clips of 3 people or more"):
        label_units(clips(*["4"] * 8, *["12"] * 8, people=2), UNITS)


def test_what_is_left_open_is_not_known() -> None:
    found = label_units(clips("4", "12", "L12 or L14", "?"), ProtocolSettings(task="action_units", units=(12, 4)))
    assert found.units == (4, 12)
    assert found.presence.tolist() == [[1, 0], [0, 1], [0, -1], [-1, -1]]


@pytest.mark.parametrize(
    ("units", "sentence"),
    [
        ((99,), "found AU99; expected action units of the atlas"),
        ((4, 4), "one of them twice"),
        ((9, 4), "AU9 is shown by 0 clips and not shown by 2; expected some of each"),
    ],
)
def test_units_that_cannot_be_learnt_are_refused(units: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(ProtocolError, match=sentence):
        label_units(clips("4", "12"), ProtocolSettings(task="action_units", units=units))
