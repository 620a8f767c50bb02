"""What a path is: asked of what the package itself writes, and of what people keep beside it."""

import os
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from glfnet import path_kind
from glfnet.databases import index_table, own_data
from glfnet.databases.clip import Clip
from glfnet.databases.index_table import read_index, write_index
from glfnet.databases.long_videos import interval_table
from glfnet.databases.long_videos.interval_row import IntervalRow
from glfnet.databases.long_videos.interval_table import write_intervals
from glfnet.errors import InputError
from glfnet.evaluation import run_folder
from glfnet.path_kind import PathKind, check_kind, find_kind
from glfnet.recognition.answer import folder as answer_folder
from glfnet.report import run_files
from glfnet.samples import flow_csv, flow_pictures
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.store import folder as store_folder
from glfnet.samples.store import index as store_index
from glfnet.samples.store.folder import open_store
from glfnet.samples.store.index import write_store_index
from glfnet.samples.subjects import SubjectId
from glfnet.scores import table_file
from glfnet.video import frame_files
from glfnet.video_sets import spot

OLD = Path(__file__).parent / "made_by_earlier_versions" / "0.1.0"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return a folder with one thing of every kind, as far as writing them is quick; named by the kind."""
    store = open_store(tmp_path / "STORE")
    write_store_index(store, [])
    (tmp_path / "STORE_INDEX").write_bytes((store.path / "index.csv").read_bytes())
    clip = Clip(
        subject=SubjectId("own", "anna"), clip="a", emotion="joy", frames=tmp_path / "a.mp4", onset_frame=1,
        apex_frame=None, offset_frame=9, fps=50,
    )  # fmt: skip
    write_index(tmp_path / "INDEX", [clip])
    write_intervals(
        tmp_path / "LONG_INDEX", [IntervalRow(subject=clip.subject, video="a", frames=tmp_path / "a.mp4", fps=50)]
    )
    for folder in ("FLOW_FOLDER/sub01/u_test", "ANSWER", "RUN", "ABLATION", "SWEEP", "SPOT_RUN", "FOLDER", "PICTURES"):
        (tmp_path / folder).mkdir(parents=True)
    for file in (
        "ANSWER/result.json",
        "ANSWER/intervals.csv",
        "RUN/identity.json",
        "ABLATION/ablation.json",
        "SWEEP/sweep.json",
        "SPOT_RUN/spot.json",
        "PICTURES/img1.jpg",
        "FOLDER/a.txt",
    ):
        (tmp_path / file).write_text("{}")
    (tmp_path / "FLOW_TABLE").write_text('subject;"clip";emotion;image\r\n')
    (tmp_path / "OWN_CLIPS").write_text("\ufeffsubject,clip,emotion,frames,onset_frame\n", encoding="utf-8")
    (tmp_path / "PREDICTIONS").write_text("sample_id,fold,seed,truth,p_a,prediction,test_selected_prediction\n")
    (tmp_path / "FILE").write_bytes(b"\x00\xff")
    return tmp_path


def kind_named(name: str) -> PathKind:
    found = getattr(path_kind, name)
    assert isinstance(found, PathKind)
    return found


def test_what_the_package_writes_is_known_again(made: Path) -> None:
    for path in made.iterdir():
        assert find_kind(path) is kind_named(path.name), path.name
    assert find_kind(made / "not there") is path_kind.NOTHING
    assert find_kind(made / "FILE" / "below a file") is path_kind.NOTHING


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("run", "RUN"), ("store", "STORE"), ("store/index.csv", "STORE_INDEX"), ("run/predictions.csv", "PREDICTIONS"),
        ("faces.csv", "INDEX"), ("flow.npz", "ARRAYS"), ("weights.safetensors", "WEIGHTS"), ("weights.json", "WEIGHTS"),
        ("settings.toml", "SETTINGS_PAGE"), ("probabilities.json", "FILE"), ("faces/p01/clip01", "PICTURES"),
    ],
)  # fmt: skip
def test_what_earlier_versions_wrote_is_known_too(name: str, kind: str) -> None:
    assert find_kind(OLD / name) is kind_named(kind)


@pytest.mark.parametrize(("name", "kind"), [("a.XLSX", "SHEET"), ("a.MOV", "VIDEO"), ("a.csv", "TABLE"), ("a", "FILE")])
def test_other_files_are_told_apart_by_their_ending(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_text("x,y\n1,2\n")
    assert find_kind(tmp_path / name) is kind_named(kind)


def test_a_file_of_maps_is_one_whatever_is_in_it(tmp_path: Path, tiny_flow: FlowSet) -> None:
    write_flow_npz(tmp_path / "MAPS.NPZ", tiny_flow)
    assert find_kind(tmp_path / "MAPS.NPZ") is path_kind.ARRAYS


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert find_kind(tmp_path / "pipe.csv") is path_kind.FILE


def test_a_path_that_cannot_be_looked_at_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300)
    with pytest.raises(InputError, match=r"found what cannot be read \(File name too long\); expected a video\. Check"):
        check_kind(path, (path_kind.VIDEO,), "a video")


def test_every_use_names_a_command_or_what_to_open() -> None:
    kinds = [kind for kind in vars(path_kind).values() if isinstance(kind, PathKind) and kind.use]
    assert len(kinds) > 12
    assert all("glfnet" in kind.use or "folder around it" in kind.use or "report.html" in kind.use for kind in kinds)


@pytest.mark.parametrize(
    ("read", "name", "sentence"),
    [
        (read_index, "store", "store: found a store of flow maps; expected an index of clips, as `glfnet index` writes "
         "it. Measure how well they are recognised: `glfnet evaluate {path} --out RUN`."),
        (read_index, "run", "run: found a run folder; expected an index of clips, as `glfnet index` writes it. "
         "`glfnet report {path}` makes its page again; `glfnet compare` takes two or more."),
        (read_index, "flow.npz", "flow.npz: found an .npz file of arrays; expected an index of clips, as `glfnet "
         "index` writes it. If they are flow maps, `glfnet evaluate {path} --out RUN` takes it."),
        (read_index, "face.csv", "face.csv: found nothing there; expected an index of clips, as `glfnet index` writes "
         "it. Did you mean faces.csv or faces?"),
    ],
)  # fmt: skip
def test_a_reader_of_an_index_says_what_it_was_given(read: Callable[[Path], object], name: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read(OLD / name)
    assert str(caught.value).endswith(sentence.format(path=OLD / name))


def test_markers_and_columns_are_those_of_the_modules_that_own_them() -> None:
    assert path_kind._STORE_MARKER == store_folder.MARKER
    assert {run_folder.IDENTITY_FILE, run_files.METRICS_FILE} == path_kind._RUN_FILES
    assert {answer_folder.RESULT, answer_folder.INTERVALS} == path_kind._ANSWER_FILES
    assert path_kind._SPOT_MARKER == spot.MARKER
    owned: list[tuple[PathKind, Collection[str]]] = [
        (path_kind.STORE_INDEX, store_index.COLUMNS),
        (path_kind.PREDICTIONS, table_file.KEYS),
        (path_kind.INDEX, index_table.COLUMNS),
        (path_kind.LONG_INDEX, interval_table.COLUMNS),
        (path_kind.OWN_CLIPS, own_data.COLUMNS),
        (path_kind.FLOW_TABLE, flow_csv.COLUMNS),
    ]
    assert [kind for _, kind in path_kind._BY_COLUMNS] == [kind for kind, _ in owned]
    for (needed, kind), (_, columns) in zip(path_kind._BY_COLUMNS, owned, strict=True):
        assert needed <= set(columns), kind.words


def test_a_folder_of_whatever_pictures_our_readers_take_is_one_of_pictures() -> None:
    assert {*frame_files.PICTURE_SUFFIXES, *flow_pictures.SUFFIXES} <= path_kind._PICTURE_SUFFIXES
