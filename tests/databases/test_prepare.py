"""From indexed clips to a store: what becomes of good and of faulty clips, of stops, of damage, of a second run."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from glfnet.databases.clip import Clip
from glfnet.databases.index_table import write_index
from glfnet.databases.own_data import index_own_data
from glfnet.databases.prepare import Prepared, frame_numbers, prepare, read_clips
from glfnet.errors import InputError, SettingsError
from glfnet.faces.default_detector import DETECTOR_NAME, default_detector
from glfnet.faces.detector import Face
from glfnet.flow.renditions import rendition
from glfnet.flow.settings import FlowSettings
from glfnet.samples.read import read_flow_set
from glfnet.samples.store.folder import FlowStore
from glfnet.samples.store.how_made import how_made
from glfnet.synthetic.database import write_synthetic_database

SIZE_PX = 96
QUICK = FlowSettings(method="dis", crop_px=64, size_px=8)


class Still:
    """A detector that knows where the faces of a made-up database are; in a dark frame there is none."""

    name = "still"

    def detect(self, frame: NDArray[np.uint8]) -> Sequence[Face]:
        points = np.array([(34, 42), (62, 42), (48, 56), (36, 70), (60, 70)])
        return [Face(box=(20, 20, 76, 84), points=points, score=1.0)] if frame.mean() > 20 else []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, ...]:
    """Four clips of two people. Read them only."""
    table = write_synthetic_database(
        tmp_path_factory.mktemp("synth") / "db", subjects=2, clips_per_subject=2, size_px=SIZE_PX, fps=50, flow=False
    )
    return index_own_data(table).clips


@pytest.fixture
def clips(made: tuple[Clip, ...], tmp_path: Path) -> list[Clip]:
    """The same clips as links in a folder of this test, so that frames may be taken away."""
    copies = []
    for clip in made:
        folder = tmp_path / "db" / clip.sample_id
        folder.mkdir(parents=True)
        for file in clip.frames.iterdir():
            os.link(file, folder / file.name)
        copies.append(replace(clip, frames=folder))
    return copies


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Prepared]:
    def prepared(clips: Sequence[Clip], settings: FlowSettings = QUICK, out: str = "store", **more: int) -> Prepared:
        return prepare(clips, tmp_path / out, settings, detector=Still(), **more)

    return prepared


Run = Callable[..., Prepared]


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def excluded(prepared: Prepared) -> dict[str, str]:
    return {row.sample.clip: row.entry.excluded for row in prepared.rows if row.sample.subject.name == "p01"}


def frame(clip: Clip, number: int) -> Path:
    return clip.frames / f"img{number:04d}.jpg"


def test_every_clip_gets_a_map_with_its_apex_and_emotion(run: Run, clips: list[Clip], tmp_path: Path) -> None:
    prepared = run(clips)
    assert (prepared.made, prepared.damaged) == (4, 0)
    assert [row.sample.sample_id for row in prepared.rows] == [clip.sample_id for clip in clips]
    for row, clip in zip(prepared.rows, clips, strict=True):
        assert (row.sample.emotion, row.entry.apex_frame) == (clip.emotion, clip.apex_frame)
        assert not row.entry.apex_estimated
        flow = FlowStore(tmp_path / "store").read(row.entry)
        assert flow.shape == (3, 8, 8)
        assert np.hypot(flow[0], flow[1]).max() > 0.05, "the face has moved"


def test_a_second_run_makes_nothing_and_changes_no_file(run: Run, clips: list[Clip], tmp_path: Path) -> None:
    run(clips)
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "store").rglob("*")}
    assert run(clips).made == 0
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "store").rglob("*")} == before


@pytest.mark.slow
def test_the_store_does_not_depend_on_the_number_of_processes(run: Run, clips: list[Clip], tmp_path: Path) -> None:
    run(clips, out="one")
    run(clips[::-1], out="two", jobs=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.slow
def test_a_stopped_run_keeps_its_clips_and_the_next_one_completes_it(
    run: Run, clips: list[Clip], tmp_path: Path
) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(clips, on_clip=stop)
    assert not (tmp_path / "store" / "index.csv").exists()
    (tmp_path / "store" / "maps" / f".half.npy.{os.getpid()}.part").write_bytes(b"what a kill leaves")
    assert run(clips).made == 2
    run(clips, out="undisturbed")
    assert contents(tmp_path / "store") == contents(tmp_path / "undisturbed")


def test_a_clip_without_a_face_is_excluded_with_the_reason(run: Run, clips: list[Clip]) -> None:
    frame(clips[0], clips[0].onset_frame).unlink()
    write_grey(frame(clips[0], clips[0].onset_frame), SIZE_PX)
    prepared = run(clips)
    reason = f"no face found in onset frame {clips[0].onset_frame} (96 x 96 pixels)"
    assert excluded(prepared) == {"clip01": reason, "clip02": ""}
    assert run(clips).made == 0, "an exclusion is made once"


@pytest.mark.slow
def test_missing_unreadable_and_odd_frames_are_excluded_until_they_are_mended(run: Run, clips: list[Clip]) -> None:
    apex, onset = frame(clips[0], clips[0].apex_frame or 0), frame(clips[1], clips[1].onset_frame)
    whole = apex.read_bytes(), onset.read_bytes()
    for file in (apex, onset):
        file.unlink()
    onset.write_bytes(whole[1][:500])
    reasons = excluded(run(clips))
    assert reasons["clip01"] == f"clip01: no frame {clips[0].apex_frame}"
    assert reasons["clip02"].startswith(f"{onset.name}: an unreadable picture (")
    write_grey(apex, 48)
    assert excluded(run(clips))["clip01"] == "frames of different sizes, 96 x 96 and 48 x 48 pixels"
    apex.write_bytes(whole[0])
    onset.write_bytes(whole[1])
    prepared = run(clips)
    assert prepared.made == 2
    assert excluded(prepared) == {"clip01": "", "clip02": ""}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"excluded": "not in MEGC2019"}, "not in MEGC2019"),
        ({"apex_frame": 1, "onset_frame": 2}, "frames out of order: onset 2, apex 1, offset {offset}"),
        ({"apex_frame": None, "offset_frame": None}, "no apex annotated, and none can be estimated: no offset"),
        (
            {"apex_frame": None, "onset_frame": 4, "offset_frame": 5},
            "no apex annotated, and none can be estimated: onset 4 and offset 5 without a frame between them",
        ),
    ],
)
@pytest.mark.slow
def test_an_annotation_that_cannot_be_used_is_a_reason(
    run: Run, clips: list[Clip], change: dict[str, object], reason: str
) -> None:
    clips[0] = replace(clips[0], **change)  # type: ignore[arg-type]
    assert excluded(run(clips)) == {"clip01": reason.format(offset=clips[0].offset_frame), "clip02": ""}


@pytest.mark.parametrize("annotated", [None, "onset"])
@pytest.mark.slow
def test_an_apex_that_is_not_annotated_is_estimated_and_marked(
    run: Run, clips: list[Clip], annotated: str | None
) -> None:
    clips[0] = replace(clips[0], apex_frame=clips[0].onset_frame if annotated else None)
    entry = run(clips).rows[0].entry
    assert entry.apex_estimated
    assert clips[0].onset_frame < (entry.apex_frame or 0) < (clips[0].offset_frame or 0)
    clips[0] = replace(clips[0], apex_frame=entry.apex_frame)
    same = run(clips, out="annotated").rows[0].entry
    assert not same.apex_estimated
    assert same.sha256 == entry.sha256, "the map is that from the onset to the estimated apex"


def test_a_clip_without_movement_is_named(run: Run, clips: list[Clip]) -> None:
    apex = frame(clips[1], clips[1].apex_frame or 0)
    apex.unlink()
    apex.write_bytes(frame(clips[1], clips[1].onset_frame).read_bytes())
    assert run(clips).still == (clips[1].sample_id,)
    assert run(clips).still == (clips[1].sample_id,), "also when nothing is made"


def test_a_damaged_map_is_made_again_alone(run: Run, clips: list[Clip], tmp_path: Path) -> None:
    entry = run(clips).rows[2].entry
    before = contents(tmp_path / "store")
    (tmp_path / "store" / entry.file).write_bytes(b"damage")
    prepared = run(clips)
    assert (prepared.made, prepared.damaged) == (1, 1)
    assert contents(tmp_path / "store") == before


@pytest.mark.slow
def test_other_settings_make_all_maps_again_and_another_annotation_makes_one(run: Run, clips: list[Clip]) -> None:
    run(clips)
    assert run(clips, replace(QUICK, rigid_correction=True)).made == 4
    assert run(clips, replace(QUICK, crop="tight")).made == 4
    clips[1] = replace(clips[1], apex_frame=(clips[1].apex_frame or 0) + 1)
    assert run(clips, replace(QUICK, crop="tight")).made == 1
    clips[1] = replace(clips[1], emotion="positive")
    prepared = run(clips, replace(QUICK, crop="tight"))
    assert (prepared.made, prepared.rows[1].sample.emotion) == (0, "positive")


def of_database(name: str, clips: Sequence[Clip]) -> list[Clip]:
    """Return the clips as if another database had them."""
    return [replace(clip, subject=replace(clip.subject, database=name)) for clip in clips]


def ids(prepared: Prepared) -> list[str]:
    return [row.sample.sample_id for row in prepared.rows]


@pytest.mark.slow
def test_a_second_database_is_added_and_nothing_of_the_first_is_touched(
    run: Run, clips: list[Clip], tmp_path: Path
) -> None:
    first = run(clips[:2])
    second = of_database("other", clips[2:])
    added = run(second)
    assert ids(added) == [*(clip.sample_id for clip in second), *ids(first)]
    assert (added.made, list(added.kept), added.removed, added.without_row) == (2, ids(first), (), ())
    run([*clips[:2], *second], out="together")
    assert contents(tmp_path / "store") == contents(tmp_path / "together")


def test_a_newer_index_replaces_rows_and_a_shorter_one_takes_no_clip_away(run: Run, clips: list[Clip]) -> None:
    run(clips)
    newer = run([replace(clips[0], emotion="surprise")])
    assert newer.rows[0].sample.emotion == "surprise"
    assert ids(newer) == [clip.sample_id for clip in clips]
    assert list(newer.kept) == [clip.sample_id for clip in clips[1:]]


def test_clips_leave_the_store_when_that_is_asked_for_and_only_those_of_the_same_database(
    run: Run, clips: list[Clip], tmp_path: Path
) -> None:
    other = of_database("other", clips[3:])
    run([*clips[:3], *other])
    prepared = run(clips[:2], remove_missing=True)
    assert ids(prepared) == [other[0].sample_id, *(clip.sample_id for clip in clips[:2])]
    assert (prepared.removed, prepared.kept) == ((clips[2].sample_id,), (other[0].sample_id,))
    assert sorted(file.name.split(".")[0] for file in (tmp_path / "store" / "maps").iterdir()) == [
        clip.sample_id.replace("/", "-") for clip in [*other, *clips[:2]]
    ]


def test_maps_of_another_kind_are_not_added_and_nothing_is_changed(run: Run, clips: list[Clip], tmp_path: Path) -> None:
    run(clips[:2])
    before = contents(tmp_path / "store")
    with pytest.raises(InputError) as caught:
        run(of_database("other", clips[2:]), replace(QUICK, method="farneback"))
    assert str(caught.value) == (
        f"{tmp_path / 'store'}: found 2 maps of synth made with method dis; expected method farneback, as in this run: "
        "a store holds maps of one kind, which can be compared. Choose the same settings, name another store, or name "
        "the indexes of all databases in this one: then all maps are made again."
    )
    assert contents(tmp_path / "store") == before


@pytest.mark.parametrize("again", ["the same", "the first"])
@pytest.mark.slow
def test_a_run_that_was_stopped_while_adding_has_lost_no_row(
    run: Run, clips: list[Clip], tmp_path: Path, again: str
) -> None:
    first, second = clips[:2], of_database("other", clips[2:])
    run(first)

    def stop(done: int, total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(second, on_clip=stop)
    assert not (tmp_path / "store" / "index.csv").exists()
    prepared = run(second if again == "the same" else first)
    if again == "the first":
        assert ids(prepared) == [clip.sample_id for clip in first]
        assert prepared.without_row == (second[0].sample_id,)
        prepared = run(second)
    assert (prepared.made, prepared.without_row) == (1, ())
    run([*first, *second], out="together")
    assert contents(tmp_path / "store") == contents(tmp_path / "together")


def test_an_index_of_a_store_that_cannot_be_read_is_not_written_over(
    run: Run, clips: list[Clip], tmp_path: Path
) -> None:
    run(clips[:2])
    file = tmp_path / "store" / "index.csv"
    file.write_text(file.read_text().replace(",false,", ",perhaps,", 1))
    before = contents(tmp_path / "store")
    with pytest.raises(InputError, match=r"index\.csv, row 2: .* delete the file and prepare the indexes"):
        run(of_database("other", clips[2:]))
    assert contents(tmp_path / "store") == before


def test_action_units_go_from_the_index_to_the_samples_as_they_are_written(
    run: Run, clips: list[Clip], tmp_path: Path
) -> None:
    write_index(tmp_path / "index.csv", [replace(clips[0], action_units="4+R10"), replace(clips[1], action_units="")])
    run(read_clips([tmp_path / "index.csv"]))
    assert [sample.action_units for sample in read_flow_set(tmp_path / "store").samples] == ["4+R10", ""]
    assert "4+R10" in (tmp_path / "store" / "index.csv").read_text().splitlines()[1].split(",")


@pytest.mark.slow
def test_a_database_that_has_moved_need_not_be_made_again(run: Run, clips: list[Clip], tmp_path: Path) -> None:
    run(clips)
    (tmp_path / "db").rename(tmp_path / "elsewhere")
    moved = [replace(clip, frames=tmp_path / "elsewhere" / clip.sample_id) for clip in clips]
    assert run(moved).made == 0


def test_a_disk_that_is_not_there_costs_no_maps(clips: list[Clip], tmp_path: Path) -> None:
    write_index(tmp_path / "index.csv", [*clips, replace(clips[0], clip="more", excluded="two clips too many")])
    assert [clip.sample_id for clip in read_clips([tmp_path / "index.csv"])][-1] == "synth/p01/more"
    (tmp_path / "db").rename(tmp_path / "elsewhere")
    with pytest.raises(InputError) as caught:
        read_clips([tmp_path / "index.csv"])
    assert "found no recording of any clip that counts (4)" in str(caught.value)
    assert "Check that the disk is there" in str(caught.value)
    write_index(tmp_path / "index.csv", [replace(clips[0], frames=tmp_path / ("x" * 300))])
    with pytest.raises(InputError, match=r"found no recording of any clip that counts \(1\)"):
        read_clips([tmp_path / "index.csv"])


def test_an_index_whose_clips_are_all_excluded_says_so(clips: list[Clip], tmp_path: Path) -> None:
    write_index(tmp_path / "index.csv", [replace(clip, excluded="the light went out") for clip in clips])
    with pytest.raises(InputError, match=r"found no clip that counts; all \d+ are excluded; expected one or more that"):
        read_clips([tmp_path / "index.csv"])


def test_a_clip_in_two_indexes_is_an_error(clips: list[Clip], tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write_index(tmp_path / name, clips[:1])
    with pytest.raises(InputError, match=r"found clip synth/p01/clip01 2 times \(.*a\.csv, .*b\.csv\)"):
        read_clips([tmp_path / "a.csv", tmp_path / "b.csv"])


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"crop": "narrow"}, "crop 'narrow': no such crop; known are wide, tight."),
        ({"method": "tv-l1"}, "flow method 'tv-l1': no such method; known are tvl1, dis, farneback"),
        ({"size_px": 300}, "size_px must be 1 to 224, the size of the crop; got 300."),
    ],
)
def test_settings_that_do_not_fit_are_refused(setting: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        FlowSettings(**setting)  # type: ignore[arg-type]
    assert str(caught.value).startswith(sentence)


@pytest.mark.slow
def test_the_name_of_the_default_detector_is_known_without_torch() -> None:
    assert default_detector().name == DETECTOR_NAME
    program = "import sys, glfnet.databases.prepare; assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_error_leaves_a_worker_with_its_parts() -> None:
    error = InputError(file="a.csv", row=3, found="nothing", expected="something", remedy="Mend it.")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.row, again.remedy) == (str(error), 3, "Mend it.")


def write_grey(file: Path, size_px: int) -> None:
    Image.new("L", (size_px, size_px), 0).save(file)


def unmarked(clips: Sequence[Clip]) -> list[Clip]:
    return [replace(clip, apex_frame=None) for clip in clips]


def test_the_middle_rule_reads_no_frame_but_onset_and_middle(run: Run, clips: list[Clip]) -> None:
    clip = unmarked(clips)[0]
    middle = frame_numbers(clip, replace(QUICK, apex="middle"))[1]
    for file in clip.frames.iterdir():
        if file not in (frame(clip, clip.onset_frame), frame(clip, middle)):
            file.unlink()
    (row,) = run([clip], replace(QUICK, apex="middle")).rows
    assert (row.entry.apex_frame, row.entry.apex_estimated, row.entry.excluded) == (middle, True, "")
    (row,) = run([clip], out="other").rows
    assert row.entry.excluded.startswith("clip01: no frame "), "the flow rule needs them all"


@pytest.mark.parametrize("rule", ["flow", "middle", "weighted"])
def test_averaged_apexes_are_named_and_the_map_is_the_mean_of_theirs(
    rule: str, run: Run, clips: list[Clip], tmp_path: Path
) -> None:
    clip = unmarked(clips)[0]
    (row,) = run([clip], replace(QUICK, apex=rule, average_apexes=True)).rows
    (how,) = how_made(tmp_path / "store")
    assert how.apex_rule == rule
    frames = how.averaged or (row.entry.apex_frame,)  # a short clip may have one that stands out
    assert row.entry.apex_frame in frames
    singles = [run([replace(clip, apex_frame=number)], out=f"to-{number}").rows[0] for number in frames]
    maps = [FlowStore(tmp_path / f"to-{one.entry.apex_frame}").read(one.entry) for one in singles]
    averaged = FlowStore(tmp_path / "store").read(row.entry)
    np.testing.assert_allclose(averaged[:2], np.mean(maps, axis=0)[:2], atol=1e-5)


def test_annotated_apexes_are_never_averaged(run: Run, clips: list[Clip], tmp_path: Path) -> None:
    run(clips)
    run(clips, replace(QUICK, average_apexes=True, apex="weighted"), out="averaged")
    plain, averaged = (
        {name: data for name, data in contents(tmp_path / out).items() if name.startswith("maps/")}
        for out in ("store", "averaged")
    )
    assert plain == averaged


def test_a_stretched_store_is_read_as_it_is_and_has_no_pixels(run: Run, clips: list[Clip], tmp_path: Path) -> None:
    rows = run(clips, replace(rendition("causalnet"), method="dis", crop_px=64, size_px=8)).rows
    store = FlowStore(tmp_path / "store")
    flow = read_flow_set(tmp_path / "store")
    np.testing.assert_array_equal(flow.maps, np.stack([store.read(row.entry) for row in rows]))
    assert flow.maps.min() >= 0
    assert flow.maps.max() < 1, "the strongest pixel is averaged away or not looked at"
    with pytest.raises(
        SettingsError, match="normalisation physical: found maps that were stretched when they were made"
    ):
        read_flow_set(tmp_path / "store", normalisation="physical")
    with pytest.raises(InputError, match=r"made with .*scaling stretched"):
        run([replace(clips[0], clip="another")])


def test_a_store_says_nothing_of_settings_that_are_at_their_defaults(run: Run, clips: list[Clip]) -> None:
    (row,) = run(clips[:1]).rows
    settings = json.loads(row.entry.settings)
    assert not {"scaling", "apex", "average_apexes"} & set(settings)
