"""An answer on disk: what each file says, and that a folder is there whole or not at all."""

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from glfnet.errors import InputError
from glfnet.labels import BLINK, GIVEN, MICRO
from glfnet.recognition.answer import folder as answer_folder
from glfnet.recognition.answer.document import curve_csv, intervals_csv, maps_npz, result_document, result_json
from glfnet.recognition.answer.drawings import clock, time_lines
from glfnet.recognition.answer.folder import check_folder, write_answer
from glfnet.recognition.answer.page import report_page, verdict
from glfnet.recognition.result import (
    NOTES,
    Interval,
    Maps,
    ModelSummary,
    Note,
    Pictures,
    Recording,
    Result,
    SeenFace,
    Span,
    UnitAnswer,
)
from glfnet.spotting.curve import Curve
from whole_pages import faults_of

FRAMES = 40
PROBABILITIES = {"negative": 0.2, "positive": 0.7, "surprise": 0.1}


def a_movement(kind: str = MICRO, onset: int = 10, **changes: object) -> Interval:
    interval = Interval(
        face=1, kind=kind, onset_index=onset, apex_index=onset + 4, offset_index=onset + 8, onset_s=onset / 50,
        apex_s=(onset + 4) / 50, offset_s=(onset + 8) / 50, strength_percent=2.345678901, regions=("mouth", "nose"),
    )  # fmt: skip
    return replace(interval, **changes)  # type: ignore[arg-type]


def an_answer() -> Interval:
    rng = np.random.default_rng(0)
    pictures = Pictures(
        onset=rng.integers(0, 255, (224, 224), dtype=np.uint8),
        apex=rng.integers(0, 255, (224, 224), dtype=np.uint8),
        flow=rng.normal(0, 1, (224, 224, 2)).astype(np.float32),
    )
    pixels = rng.normal(0, 1, (3, 28, 28)).astype(np.float32)
    maps = Maps(pixels=pixels, normalised=10 * pixels)
    units = (
        UnitAnswer(unit=4, seen="brows down", probability=0.125, f1=0.9, auc=0.97, reliable=True),
        UnitAnswer(unit=7, seen="lower lids up", probability=0.625, side="right", f1=0.7, auc=0.9, reliable=True),
        UnitAnswer(unit=12, seen="mouth corners up and out", probability=0.875, side="both", f1=0.5, auc=0.9),
    )
    return a_movement(probabilities=PROBABILITIES, emotion="positive", maps=maps, pictures=pictures, units=units)


def a_result(*intervals: Interval, source: str = "talk <1>.mp4") -> Result:
    indices = np.arange(FRAMES)
    movement = np.linspace(0, 3, FRAMES)
    return Result(
        recording=Recording(source=source, width_px=64, height_px=48, fps=50.0, frames=FRAMES, duration_s=0.8),
        model=ModelSummary(
            name="tiny", sha256="ab" * 32, classes=tuple(PROBABILITIES), calibration="Calibrated on nobody.",
            score="UF1 of nothing.", licence="research use",
        ),
        settings={"prediction": {"faces": "largest"}},
        faces=(
            SeenFace(
                face=1, span=Span(first_index=0, last_index=FRAMES - 1, start_s=0.0, end_s=0.78),
                box=(10.0, 5.0, 40.0, 45.0), eye_distance_px=20.0, indices=indices,
                boxes=np.tile(np.array([10, 5, 40, 45], dtype=np.float32), (FRAMES, 1)),
            ),
        ),
        intervals=intervals,
        curves=(
            Curve(face=1, index=indices, time_s=indices / 50, movement_percent=movement,
                  regions_percent={"mouth": movement, "nose": movement / 2}),
        ),
        notes=(Note(code="low_frame_rate", sentence=NOTES["low_frame_rate"]),),
    )  # fmt: skip


def a_video(file: Path) -> Path:
    with av.open(str(file), "w") as output:
        stream = output.add_stream("mpeg4", rate=50)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(FRAMES):
            picture = np.full((48, 64, 3), 40 + number, dtype=np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
    return file


def rows(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode())))


def test_the_document_separates_the_answer_from_other_movements() -> None:
    document = json.loads(result_json(a_result(an_answer(), a_movement(BLINK, 25)), "1.2.3"))
    assert document["schema"] == 1
    assert document["glfnet"] == "1.2.3"
    (found,) = document["micro_expressions"]
    assert (found["onset_index"], found["apex_index"], found["offset_index"]) == (10, 14, 18)
    assert found["duration_s"] == 0.16
    assert found["strength_percent"] == 2.345679
    assert found["probabilities"] == PROBABILITIES
    (other,) = document["other_movements"]
    assert (other["kind"], other["emotion"], other["probabilities"]) == ("blink", None, None)
    assert document["notes"] == [{"code": "low_frame_rate", "sentence": NOTES["low_frame_rate"]}]


def test_the_document_and_the_table_say_how_sure_a_micro_expression_is() -> None:
    result = a_result(replace(an_answer(), confidence=0.87654321), a_movement(BLINK, 25))
    document = json.loads(result_json(result, "1.2.3"))
    assert document["micro_expressions"][0]["confidence"] == 0.876543
    assert document["other_movements"][0]["confidence"] is None
    first, second = rows(intervals_csv(result))
    assert (first["confidence"], second["confidence"]) == ("0.876543", "")
    assert list(first)[-1] == "confidence"
    page = report_page(result, "1")
    assert "in made-up videos, 88 of 100 were micro-expressions" in page
    assert "in made-up videos" not in report_page(a_result(an_answer()), "1")


def test_the_documented_fields_of_the_document_are_those_it_has() -> None:
    text = (Path(__file__).parents[2] / "docs" / "predict.md").read_text(encoding="utf-8")
    nobody = Span(first_index=0, last_index=1, start_s=0.0, end_s=0.1)
    document = result_document(replace(a_result(an_answer()), without_face=(nobody,)), "1")
    parts = [document, document["recording"], document["model"]]
    parts += [document[name][0] for name in ("faces", "without_face", "micro_expressions", "notes")]
    parts.append(document["micro_expressions"][0]["action_units"][0])
    for field in [*(name for part in parts for name in part), *NOTES]:
        assert f"`{field}`" in text, field


def test_a_table_row_holds_an_interval_with_its_probabilities() -> None:
    doubtful = a_movement(
        onset=20, notes=(Note(code="small_face", sentence="x"), Note(code="head_movement", sentence="y"))
    )
    first, second = rows(intervals_csv(a_result(an_answer(), doubtful)))
    assert first["emotion"] == "positive"
    assert first["probability_positive"] == "0.7"
    assert first["regions"] == "mouth nose"
    assert (second["emotion"], second["probability_positive"]) == ("", "")
    assert second["notes"] == "small_face head_movement"


def test_action_units_stand_in_document_table_and_page_with_side_and_doubt() -> None:
    result = a_result(an_answer(), a_movement(BLINK, 25))
    first, second = json.loads(result_json(result, "1"))["micro_expressions"][0]["action_units"][:2]
    assert (first["unit"], first["there"], first["side"]) == (4, False, None)
    assert second == {
        "unit": 7, "seen": "lower lids up", "probability": 0.625, "side": "right", "f1": 0.7, "auc": 0.9,
        "reliable": True, "there": True,
    }  # fmt: skip
    row, blink = rows(intervals_csv(result))
    assert (row["action_units"], row["probability_AU4"], row["probability_AU12"]) == ("R7+12", "0.125", "0.875")
    assert (blink["action_units"], blink["probability_AU4"]) == ("", "")
    page = report_page(result, "1")
    assert page.index("AU12") < page.index("AU7") < page.index("Less probable: AU4 0.12")
    assert "not reliable" in page.partition("AU12")[2].partition("AU7")[0]
    assert "not reliable" not in page.partition(">AU7")[2].partition("Less probable")[0]
    assert [unit.words for unit in an_answer().units] == [
        "AU4 0.12", "AU7 right 0.62", "AU12 both sides 0.88 (not reliable)",
    ]  # fmt: skip


def test_an_answer_without_intervals_has_a_table_without_rows() -> None:
    assert rows(intervals_csv(a_result())) == []
    assert intervals_csv(a_result()).decode().startswith("face,kind,onset_index,")


def test_the_curve_has_a_row_for_each_frame_and_a_column_for_each_region() -> None:
    table = rows(curve_csv(a_result()))
    assert len(table) == FRAMES
    assert list(table[0]) == ["face", "index", "time_s", "movement_percent", "mouth_percent", "nose_percent"]
    assert (table[-1]["index"], table[-1]["time_s"], table[-1]["nose_percent"]) == ("39", "0.78", "1.5")


def test_maps_are_kept_in_pixels_and_as_the_network_sees_them() -> None:
    answer = an_answer()
    content = maps_npz(a_result(answer, a_movement(BLINK, 25)))
    assert content is not None
    assert answer.maps is not None
    arrays = np.load(io.BytesIO(content))
    np.testing.assert_array_equal(arrays["maps"], answer.maps.pixels[None])
    np.testing.assert_array_equal(arrays["normalised"], answer.maps.normalised[None])
    assert (arrays["onset_index"].tolist(), arrays["apex_index"].tolist()) == ([10], [14])
    assert maps_npz(a_result()) is None


@pytest.mark.slow
def test_a_result_prints_one_line() -> None:
    assert repr(a_result(an_answer())) == (
        "Result(source='talk <1>.mp4', duration_s=0.8, faces=1, micro_expressions=1, emotions='positive')"
    )
    many = repr(a_result(*(an_answer() for _ in range(500))))
    assert "micro_expressions=500" in many
    assert len(many) < 200


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (a_result(), "I see no micro-expression here."),
        (a_result(a_movement(BLINK)), "I see no micro-expression here."),
        (replace(a_result(), faces=()), "I see no face here."),
        (a_result(an_answer()), "1 movement that may be a micro-expression."),
        (a_result(an_answer(), a_movement(onset=25)), "2 movements that may be micro-expressions."),
        (a_result(replace(an_answer(), kind=GIVEN)), "Between the given frames: positive."),
        (a_result(a_movement(GIVEN)), "Between the given frames: no answer."),
    ],
)
def test_the_verdict_is_one_plain_sentence(result: Result, sentence: str) -> None:
    assert verdict(result) == sentence


def test_the_page_is_one_file_that_asks_nothing_of_a_network() -> None:
    page = report_page(a_result(an_answer(), a_movement(BLINK, 25)), "1")
    assert "talk &lt;1&gt;.mp4" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    assert page.count("data:image/jpeg;base64,") == 4  # onset, apex, flow, strain
    assert NOTES["low_frame_rate"] in page
    assert "neither a sign of a lie" in page
    assert faults_of(page) == []


def test_the_page_of_a_video_without_a_face_says_so() -> None:
    empty = replace(a_result(), faces=(), curves=(), notes=(Note(code="no_face", sentence=NOTES["no_face"]),))
    assert "I see no face here." in report_page(empty, "1")


def test_the_time_line_can_be_read_by_its_ticks_and_numbers_lead_to_the_cards() -> None:
    result = a_result(a_movement(BLINK, 2), an_answer())
    (line,) = time_lines(result)
    assert [(tick.label, tick.x) for tick in line.ticks] == [
        ("0 s", 0.0), ("0.2 s", 25.0), ("0.4 s", 50.0), ("0.6 s", pytest.approx(75.0)),
    ]  # fmt: skip
    assert {bar.kind: bar.number for bar in line.bars} == {"blink": None, "micro_expression": 1}
    page = report_page(result, "1")
    assert 'href="#m1"' in page
    assert 'id="m1"' in page


@pytest.mark.parametrize(
    ("time_s", "shown"),
    [(0, "0 s"), (7.5, "7.5 s"), (59.99, "59.99 s"), (60, "1:00"), (754.6, "12:35"), (3661, "1:01:01")],
)
def test_times_are_shown_as_people_read_them(time_s: float, shown: str) -> None:
    assert clock(time_s) == shown


def test_a_long_curve_is_thinned_without_losing_its_peak() -> None:
    frames = 100_000
    movement = np.zeros(frames)
    movement[77_777] = 9.0
    curve = Curve(
        face=1, index=np.arange(frames), time_s=np.arange(frames) / 200, movement_percent=movement, regions_percent={}
    )
    (line,) = time_lines(replace(a_result(), curves=(curve,)))
    assert line.highest_percent == 9.0
    assert len(line.points.split()) == 1500
    assert any(point.endswith(",0.0") for point in line.points.split())


def test_the_folder_holds_every_file_and_nothing_beside_it_is_left(tmp_path: Path) -> None:
    page = write_answer(tmp_path / "a.glfnet", a_result(an_answer()), "1")
    names = sorted(file.name for file in page.parent.iterdir())
    assert names == ["curve.csv", "intervals.csv", "maps.npz", "report.html", "result.json"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.glfnet"]


def test_an_earlier_answer_is_replaced(tmp_path: Path) -> None:
    write_answer(tmp_path / "a", a_result(an_answer()), "1")
    write_answer(tmp_path / "a", a_result(), "1")
    assert json.loads((tmp_path / "a" / "result.json").read_text())["micro_expressions"] == []
    assert sorted(file.name for file in (tmp_path / "a").iterdir()) == [
        "curve.csv", "intervals.csv", "report.html", "result.json",
    ]  # fmt: skip


def test_of_an_answer_that_is_replaced_the_document_goes_first_and_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_answer(tmp_path / "a", a_result(an_answer()), "1")

    def stuck(self: Path, target: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", stuck)
    with pytest.raises(InputError, match="Input/output error"):
        write_answer(tmp_path / "a", a_result(), "1")
    assert not (tmp_path / "a" / "result.json").exists()


@pytest.mark.parametrize("out", [".", "link", "deep/er"])
def test_the_folder_may_be_the_one_we_are_in_or_a_link_or_below_one_that_is_not_there(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "link").symlink_to(tmp_path / "there")
    (tmp_path / "there").mkdir()
    if out == ".":
        (tmp_path / "here" / "link").unlink()
    monkeypatch.chdir(tmp_path / "here")
    for _ in range(2):
        write_answer(Path(out), a_result(), "1")
        assert (tmp_path / "here" / out / "result.json").is_file()
    assert (tmp_path / "here" / "link").is_symlink() == (out != ".")


def test_checking_a_folder_makes_nothing(tmp_path: Path) -> None:
    check_folder(tmp_path / "deep" / "er")
    assert list(tmp_path.iterdir()) == []


def ended_process() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


@pytest.mark.parametrize("there", [False, True])
def test_what_a_killed_run_has_left_is_taken_away_and_a_working_one_keeps_its_own(there: bool, tmp_path: Path) -> None:
    if there:
        write_answer(tmp_path / "a", a_result(), "1")
    killed, working, other = (
        place / name
        for place, name in (
            (tmp_path / "a", f".{ended_process()}.part") if there else (tmp_path, f".a.{ended_process()}.part"),
            (tmp_path, f".a.{os.getppid()}.part"),
            (tmp_path, f".b.{ended_process()}.part"),
        )
    )
    for left in (killed, working, other):
        left.mkdir()
        (left / "report.html").write_text("half of it")
    write_answer(tmp_path / "a", a_result(), "1")
    assert (killed.exists(), working.exists(), other.exists()) == (False, True, True)
    assert len(list((tmp_path / "a").iterdir())) == 4


def test_a_failure_half_way_leaves_the_earlier_answer_and_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_answer(tmp_path / "a", a_result(an_answer()), "1")
    before = (tmp_path / "a" / "result.json").read_bytes()

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(answer_folder, "report_page", full)
    with pytest.raises(InputError, match="a place that cannot be written \\(No space left on device\\)"):
        write_answer(tmp_path / "a", a_result(), "1")
    assert (tmp_path / "a" / "result.json").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match="found a folder with other files; expected a new folder or an earlier answer"):
        check_folder(tmp_path)
    assert (tmp_path / "thesis.docx").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(InputError, match="found a file; expected a folder"):
        check_folder(tmp_path / "a")
    with pytest.raises(InputError, match="a place that cannot be written \\(Not a directory\\)"):
        check_folder(tmp_path / "a" / "b")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="found a link to nothing; expected a folder"):
        check_folder(tmp_path / "link")


def test_the_overlay_has_every_frame_at_its_time_and_a_box(tmp_path: Path) -> None:
    video = a_video(tmp_path / "v.mp4")
    write_answer(tmp_path / "a", a_result(an_answer()), "1", video=video)
    with av.open(str(tmp_path / "a" / "overlay.mp4")) as container:
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    assert len(frames) == FRAMES
    np.testing.assert_allclose([time for time, _ in frames], np.arange(FRAMES) / 50, atol=0.002)
    plain = frames[0][1].astype(int)
    assert plain[25, 10].min() > 120  # the box's left edge, drawn white on 40
    assert plain[25, 2].max() < 80


def test_former_names_of_faces_still_work_and_say_so() -> None:
    result = a_result(a_movement())
    with pytest.warns(DeprecationWarning, match="is called Result.faces now"):
        assert result.tracks == result.faces
    with pytest.warns(DeprecationWarning, match="is called Interval.face now"):
        assert result.intervals[0].track == result.intervals[0].face


def test_the_answer_of_a_file_whose_name_is_no_utf_8_is_kept(tmp_path: Path) -> None:
    source = os.fsdecode(b"gespr\xe4ch.mp4")
    folder = tmp_path / os.fsdecode(b"gespr\xe4ch.glfnet")
    write_answer(folder, a_result(a_movement(), source=source), "0")
    document = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert document["recording"]["source"] == source
    assert r"gespr\udce4ch.mp4" in (folder / "report.html").read_text(encoding="utf-8")
