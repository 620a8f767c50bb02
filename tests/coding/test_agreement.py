"""Two coders compared: by hand, alike, and where there is too little to say."""

from math import isnan

import pytest

from glfnet.coding.agreement import agreement, agreement_document
from glfnet.coding.coded import Coded, CodedVideo
from glfnet.errors import InputError
from glfnet.facs.notation import Mark
from glfnet.labels import MACRO, MICRO


def video(*intervals: Coded, name: str = "a", fps: float | None = 50.0) -> CodedVideo:
    return CodedVideo(video=name, fps=fps, intervals=intervals)


def many(count: int, **more: object) -> list[Coded]:
    return [Coded(onset=20 * n, apex=20 * n + 4, offset=20 * n + 9, units=(), **more) for n in range(count)]  # type: ignore[arg-type]


def test_intervals_are_paired_and_the_others_counted() -> None:
    one = video(Coded(onset=10, apex=14, offset=19), Coded(onset=40, apex=None, offset=49))
    other = video(
        Coded(onset=12, apex=11 + 2, offset=21),
        Coded(onset=44, apex=45, offset=53),
        Coded(onset=90, apex=91, offset=92),
    )
    found = agreement([one], [other])
    assert [(row.iou, row.apex_frames, row.apex_ms) for row in found.pairs] == [(8 / 12, -1, -20.0)]
    assert (found.only_one, found.only_other) == (1, 2)  # 6 of 14 frames of the second are in both
    assert found.shared == pytest.approx(2 / 5)
    assert found.apex_difference() == (1, 20, 1)
    wider = agreement([one], [other], min_iou=0.4)
    assert (len(wider.pairs), wider.apex_difference()[2]) == (2, 1)  # an apex that was not marked is no difference


def test_without_a_rate_there_are_frames_only() -> None:
    found = agreement([video(*many(1), fps=None)], [video(*many(1), fps=None)])
    assert (found.pairs[0].apex_frames, found.pairs[0].apex_ms) == (0, None)
    assert isnan(found.apex_difference()[1])
    assert agreement([video(*many(1), fps=None)], [video(*many(1), fps=None)], fps=25).pairs[0].apex_ms == 0


def test_kappa_of_each_unit_is_over_the_intervals_of_both() -> None:
    one = [
        Coded(onset=c.onset, apex=c.apex, offset=c.offset, units=(Mark(4),) if n < 6 else ())
        for n, c in enumerate(many(12))
    ]
    other = [
        Coded(onset=c.onset, apex=c.apex, offset=c.offset, units=(Mark(4, "left"), Mark(1)) if n < 5 else ())
        for n, c in enumerate(many(13))
    ]
    found = agreement([video(*one)], [video(*other)])
    judged = found.units[4]
    assert judged.counts == ((5, 1), (0, 6))
    assert judged.kappa.value == pytest.approx((11 / 12 - 0.5) / 0.5)
    assert isnan(found.units[1].kappa.value)  # one of them marks it five times, the other never
    assert (found.kinds, found.emotions) == (None, None)


def test_what_nobody_has_judged_is_not_compared() -> None:
    unknown = [Coded(onset=c.onset, apex=c.apex, offset=c.offset, units=None) for c in many(12)]
    marked = [Coded(onset=c.onset, apex=c.apex, offset=c.offset, units=(Mark(4),)) for c in many(12)]
    assert agreement([video(*unknown)], [video(*marked)]).units == {}


def test_kinds_and_emotions_are_compared_where_both_say_one() -> None:
    one = [
        *many(8, kind=MICRO, emotion="Negative"),
        *(Coded(onset=500 + 20 * n, apex=None, offset=509 + 20 * n, kind=MACRO) for n in range(6)),
    ]
    other = [Coded(onset=c.onset, apex=c.apex, offset=c.offset, kind=c.kind, emotion="negative") for c in one]
    found = agreement([video(*one)], [video(*other)])
    assert found.kinds is not None
    assert found.kinds.kappa.value == 1
    assert found.emotions is not None
    assert (found.emotions.answers, found.emotions.kappa.judged) == (("negative",), 8)
    assert isnan(found.emotions.kappa.value)


def test_two_coders_may_change_places() -> None:
    one, other = video(*many(3)), video(*many(5)[1:])
    a, b = agreement([one], [other]), agreement([other], [one])
    assert (a.shared, a.mean_iou(), a.only_one) == (b.shared, b.mean_iou(), b.only_other)


def test_videos_are_brought_together_by_name() -> None:
    one = [video(*many(1), name="a.mp4"), video(*many(2), name="b.mp4")]
    other = [video(*many(2), name="x/b.avi"), video(*many(1), name="c")]
    found = agreement(one, other)
    assert [row.video for row in found.rows] == ["b", "b"]
    assert found.notes == ("2 videos in only one of the files, left out: a, c.",)
    with pytest.raises(
        InputError, match=r"b\.csv: found no video that the first file has \(c, d here\); expected the same"
    ):
        agreement(one, [video(name="c"), video(name="d")], file="b.csv")
    alone = agreement([video(name="a")], [video(name="b")])
    assert alone.notes == ("one file is about a, the other about b; they are compared as they stand.",)


def test_nothing_marked_by_either_is_no_agreement() -> None:
    found = agreement_document(agreement([video()], [video()]))
    assert (found["pairs"], found["shared"], found["mean_iou"], found["apex"]["median_ms"]) == (0, None, None, None)


def test_the_document_has_all_rows() -> None:
    one = video(Coded(onset=1, apex=None, offset=3, units=(Mark(12, "left"),), emotion="x"))
    (row,) = agreement_document(agreement([one], [video()]))["intervals"]
    assert row["other"] is None
    assert row["one"] == {
        **{"onset": 1, "apex": None, "offset": 3, "emotion": "x", "kind": "", "units": [[12, "left"]], "note": ""}
    }
