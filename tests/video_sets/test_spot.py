"""All videos of a table: searched once each, resumed, scored, and written as files."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from command_line import Command
from glfnet.errors import InputError, RunFolderError, SettingsError
from glfnet.labels import BLINK, MACRO, MICRO
from glfnet.recognition.result import Interval, ModelSummary, Recording, Result
from glfnet.recognition.settings import PredictionSettings
from glfnet.synthetic.long_video_files import write_long_videos
from glfnet.video_sets.score import score
from glfnet.video_sets.spot import spot
from made_up_databases import make_frames

CLASSES = ("negative", "positive", "surprise")
TABLE = """database,subject,video,frames,first_frame,fps,kind,onset_frame,apex_frame,offset_frame,emotion
mine,s1,a,a,,200,micro,11,13,15,anger
mine,s1,b,b,,200,micro,11,13,15,happiness
mine,s2,c,c.mp4,1,200,,,,,
"""
Spotted = dict[str, Sequence[tuple[str, int, int, int, str | None]]]


def a_result(video: Path, spotted: Sequence[tuple[str, int, int, int, str | None]]) -> Result:
    intervals = tuple(
        Interval(
            face=1, kind=kind, onset_index=onset, apex_index=apex, offset_index=offset, onset_s=onset / 200,
            apex_s=apex / 200, offset_s=offset / 200, strength_percent=1.0, emotion=emotion,
            probabilities={name: float(name == emotion) for name in CLASSES} if emotion else {},
        )
        for kind, onset, apex, offset, emotion in spotted
    )  # fmt: skip
    recording = Recording(source=str(video), width_px=4, height_px=4, fps=200, frames=20, duration_s=0.1)
    model = ModelSummary(name="none", sha256="0", classes=CLASSES, calibration="", score="", licence="")
    return Result(recording=recording, model=model, settings={}, intervals=intervals)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[[Spotted], list[str]]:
    """Return a function that says what is spotted in each video, and lists those that are then looked at."""
    monkeypatch.setattr(
        "glfnet.video_sets.spot._identity", lambda weights, settings: {"weights": weights, "settings": settings.faces}
    )

    def say(spotted: Spotted) -> list[str]:
        looked_at: list[str] = []

        def predict(source: Path, **options: object) -> Result:
            looked_at.append(f"{source.name} at {options['fps']}")
            if source.name not in spotted:
                raise InputError(file=source, found="no video", expected="one", remedy="Look.")
            return a_result(source, spotted[source.name])

        monkeypatch.setattr("glfnet.recognition.predict.predict", predict)
        return looked_at

    return say


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two folders of pictures that are numbered from 1, and a file whose frames the truth numbers so, too."""
    for name in "ab":
        make_frames(tmp_path / name, [f"img{number}.png" for number in range(1, 21)])
    (tmp_path / "c.mp4").touch()
    (tmp_path / "long.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "long.csv"


EVERYTHING: Spotted = {
    "a": [(MICRO, 10, 12, 14, "negative"), (BLINK, 1, 2, 3, None), (MACRO, 0, 5, 19, None)],
    "b": [],
    "c.mp4": [(MICRO, 2, 3, 5, "surprise")],
}


@pytest.mark.slow
def test_every_video_is_searched_and_scored_in_the_numbers_of_its_pictures(
    table: Path, tmp_path: Path, watched: Callable[[Spotted], list[str]]
) -> None:
    looked_at = watched(EVERYTHING)
    out = tmp_path / "run"
    run = spot(table, out)
    assert looked_at == ["a at 200.0", "b at 200.0", "c.mp4 at None"]
    assert (run.made, run.kept, run.failed) == (3, 0, ())
    micro = run.scores.rows[0]
    assert (micro.videos, micro.true, micro.matched, micro.false, micro.missed) == (3, 2, 1, 1, 1)
    assert micro.score.apex_mean_frames == 0
    answers = (out / "answers.csv").read_text(encoding="utf-8").splitlines()
    assert answers[1].startswith("mine,s1,a,micro_expression,11,13,15,0.05,"), "index 10 is picture 11"
    assert answers[3].startswith("mine,s1,b,,,,"), "a video in which nothing was spotted is there, too"
    assert repr(score(table, out).rows) == repr(score(table, out / "answers.csv").rows)
    assert repr(score(table, out).rows) == repr(run.scores.rows)  # NaN is not equal to itself
    assert (out / "megc_log.txt").read_text().splitlines() == [
        "1", "a\t-\t-\t1\t20\tFP", "a\t11\t15\t11\t15\tTP", "b\t11\t15\t-\t-\tFN", "c\t-\t-\t3\t6\tFP",
    ]  # fmt: skip
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<a href="answers/mine_s1_a/report.html">mine/s1/a</a>' in page
    assert (out / "answers" / "mine_s1_a" / "report.html").is_file()
    assert f"<td>{micro.score.f1:.3f}\n[" in page
    assert json.loads((out / "spotting.json").read_bytes())["rows"][0]["f1"] == pytest.approx(micro.score.f1)


@pytest.mark.slow
def test_a_run_goes_on_where_it_was_and_a_corrected_truth_is_only_scored_again(
    table: Path, tmp_path: Path, watched: Callable[[Spotted], list[str]]
) -> None:
    out = tmp_path / "run"
    watched({name: EVERYTHING[name] for name in ("a", "c.mp4")})
    first = spot(table, out)
    assert [failure.video for failure in first.failed] == ["b"]
    assert first.failed[0].sentence == f"{tmp_path / 'b'}: found no video; expected one. Look."
    assert first.scores.notes[0] == "1 video without an answer, in no score: b."
    assert first.scores.rows[0].videos == 2
    looked_at = watched(EVERYTHING)
    second = spot(table, out)
    assert (looked_at, second.made, second.kept) == (["b at 200.0"], 1, 2)
    spot(table, tmp_path / "other")
    for name in ("answers.csv", "spotting.csv", "spotting.json", "megc_log.txt", "report.html"):
        assert (out / name).read_bytes() == (tmp_path / "other" / name).read_bytes(), name
    table.write_text(TABLE.replace("b,b,,200,micro,11,13,15", "b,b,,200,micro,1,1,2"), encoding="utf-8")
    looked_at = watched(EVERYTHING)
    assert spot(table, out).scores.rows[0].missed == 1
    assert looked_at == []
    (out / "answers" / "mine_s2_c" / "result.json").unlink()
    assert spot(table, out).made == 1, "an answer that is not whole is made again"


@pytest.mark.slow
def test_what_cannot_be_run_is_said_in_a_sentence(
    table: Path, tmp_path: Path, watched: Callable[[Spotted], list[str]]
) -> None:
    watched(EVERYTHING)
    spot(table, tmp_path / "run")
    with pytest.raises(RunFolderError, match="settings"):
        spot(table, tmp_path / "run", settings=PredictionSettings(faces="all"))
    with pytest.raises(InputError, match="found a folder with other files; expected a new or empty folder, or a spot"):
        spot(table, tmp_path / "a")
    with pytest.raises(SettingsError, match="jobs: found 0, an int; expected how many of them at a time"):
        spot(table, tmp_path / "new", jobs=0)
    with pytest.raises(InputError, match=r"lang\.csv: found nothing there; .* Did you mean long\.csv\?"):
        spot(tmp_path / "lang.csv", tmp_path / "new")
    watched({})
    with pytest.raises(InputError, match=r"found no video that can be read, such as: .*: found no video; expected one"):
        spot(table, tmp_path / "new")
    table.write_text("video,onset,offset\nx.mp4,1,2\n")
    with pytest.raises(InputError, match=r"found no video at any place that it names, .*x\.mp4; expected a file"):
        spot(table, tmp_path / "newer")
    assert not (tmp_path / "newer").exists()


@pytest.mark.slow
def test_the_command_ends_with_status_1_if_a_video_has_no_answer(
    command: Command, table: Path, tmp_path: Path, watched: Callable[[Spotted], list[str]]
) -> None:
    watched({name: EVERYTHING[name] for name in ("a", "c.mp4")})
    said = command("spot", table, "--out", tmp_path / "run")
    assert said.status == 1
    assert f"Error: {tmp_path / 'b'}: found no video; expected one. Look." in said.err
    assert "2 videos answered now, 0 kept from earlier. Report:" in said.out
    watched(EVERYTHING)
    said = command("spot", table, "--out", tmp_path / "run")
    assert (said.status, "1 videos answered now, 2 kept" in said.out) == (0, False), said.out
    assert "1 video answered now, 2 kept from earlier." in said.out
    said = command("spot", table, "--out", tmp_path / "run", "--faces", "some")
    assert "--faces: found 'some'; expected largest or all." in said.err


@pytest.mark.slow
def test_the_command_prints_published_numbers_beside_a_run_over_their_database_alone(
    command: Command, table: Path, tmp_path: Path, watched: Callable[[Spotted], list[str]]
) -> None:
    watched(EVERYTHING)
    assert "Published" not in command("spot", table, "--out", tmp_path / "mine").out
    table.write_text(TABLE.replace("mine,", "samm_long,"), encoding="utf-8")
    said = " ".join(command("spot", table, "--out", tmp_path / "run").out.split())
    assert "SAMM-LV. Published for this database, as each source has it. Published tables are of 147 videos, " in said
    assert "MDMD (2020) 0.0364 0.0629 0.0445" in said
    assert "MDMD (2020): The baseline of MEGC 2020. Nothing is trained; the threshold was chosen for its hits" in said


@pytest.mark.slow
def test_made_up_long_videos_go_the_same_road_in_several_processes(tmp_path: Path) -> None:
    truth = write_long_videos(tmp_path / "videos", videos=2, duration_s=10, fps=25, size=(160, 240))
    run = spot(truth, tmp_path / "run", jobs=2)
    assert (run.made, run.failed) == (2, ())
    micro, macro, both = run.scores.rows
    assert (micro.kind, macro.kind, micro.true + macro.true) == (MICRO, MACRO, both.true)
    assert micro.true == 4
    assert [file.name for file in (tmp_path / "run" / "answers").glob("*/result.json")] == ["result.json"] * 2
    assert "videos/video000.mp4" in (tmp_path / "run" / "answers" / "video000" / "result.json").read_text()
