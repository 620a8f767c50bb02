"""Flow maps in one file: round trips and refusals."""

import contextlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from glfnet.errors import InputError
from glfnet.samples.flow_npz import read_flow_npz, write_flow_npz
from glfnet.samples.flow_set import FlowSet, Sample, flow_set
from glfnet.samples.subjects import SubjectId

EXPECTED = (
    "expected arrays flow (N, H, W, C) or (N, P, H, W, C) as uint8 or float, dataset, subject, clip as text and label, "
    "each with N entries. Write the file again, for instance with `glfnet.samples.flow_npz.write_flow_npz`."
)


def some_arrays() -> dict[str, NDArray[Any]]:
    return {
        "flow": np.random.default_rng(0).integers(0, 256, (3, 8, 9, 3), dtype=np.uint8),
        "dataset": np.array(["samm", "casme2", "smic"]),
        "subject": np.array(["6", "sub01", "s1"]),
        "clip": np.array(["006_006_1_2", "sub01_EP01", "s1_ne_01"]),
        "label": np.array([0, 2, 1]),
    }


def error_of(path: Path, **changes: Any) -> str:
    arrays = some_arrays() | changes
    np.savez(path, allow_pickle=True, **{k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(InputError) as caught:
        read_flow_npz(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: found ")
    return text.removeprefix(f"{path}: found ")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flow.npz"


def test_published_files_get_their_names_classes_and_pixels(path: Path) -> None:
    arrays = some_arrays()
    np.savez(path, allow_pickle=False, **arrays)
    data = read_flow_npz(path)
    assert [(s.sample_id, s.emotion, s.source) for s in data.samples] == [
        ("casme2/sub01/EP01", "surprise", "flow.npz, entry 1"),
        ("samm/006/006_1_2", "negative", "flow.npz, entry 0"),
        ("smic/s01/s01_ne_01", "positive", "flow.npz, entry 2"),
    ]
    expected = arrays["flow"][[1, 0, 2]].transpose(0, 3, 1, 2) / np.float32(255)
    np.testing.assert_array_equal(data.maps, expected)


def test_a_phase_can_be_chosen(path: Path) -> None:
    arrays = some_arrays()
    np.savez(path, allow_pickle=False, **(arrays | {"flow": np.stack([arrays["flow"], 255 - arrays["flow"]], axis=1)}))
    np.testing.assert_allclose(read_flow_npz(path, phase=0).maps + read_flow_npz(path, phase=1).maps, 1, atol=1e-6)
    with pytest.raises(InputError, match=r"found no phase 2; expected 0 to 1\. Name one of these phases\.$"):
        read_flow_npz(path, phase=2)
    with pytest.raises(InputError, match=r"found no phase -1; expected 0 to 1\."):
        read_flow_npz(path, phase=-1)


def test_float_maps_are_kept_as_they_are(path: Path) -> None:
    flow = np.random.default_rng(0).normal(0, 3, (3, 8, 9, 3)).astype(np.float32)
    np.savez(path, allow_pickle=False, **(some_arrays() | {"flow": flow}))
    np.testing.assert_array_equal(read_flow_npz(path).maps, flow[[1, 0, 2]].transpose(0, 3, 1, 2))


def test_labels_may_be_words(path: Path) -> None:
    np.savez(path, allow_pickle=False, **(some_arrays() | {"label": np.array(["anger", "happiness", "surprise"])}))
    assert [s.emotion for s in read_flow_npz(path).samples] == ["happiness", "anger", "surprise"]


def test_label_numbers_follow_the_label_names_given(path: Path) -> None:
    np.savez(path, allow_pickle=False, **some_arrays())
    assert [s.emotion for s in read_flow_npz(path, label_names="xyz").samples] == ["z", "x", "y"]


words = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=8)
triples = st.lists(st.tuples(words, words, words), min_size=1, max_size=4, unique=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    triples=triples, emotion=words, source=words, scale=st.sampled_from([-0.0, 1.0, 40.0]), eight_bit=st.booleans(),
    how=st.sampled_from(["min_max", "physical"]),
)  # fmt: skip
@pytest.mark.slow
def test_what_is_written_is_read_back_identically(
    path: Path, triples: list[tuple[str, str, str]], emotion: str, source: str, scale: float, eight_bit: bool, how: str
) -> None:
    rng = np.random.default_rng(len(triples))
    maps = scale * rng.normal(size=(len(triples), 2, 8, 9)).astype(np.float32)
    if eight_bit:
        maps = rng.integers(0, 256, maps.shape).astype(np.float32) / np.float32(255)
    samples = [Sample(subject=SubjectId(d, s), clip=c, emotion=emotion, source=source) for d, s, c in triples]
    data = flow_set(samples, list(maps), ("v", "u"), how)
    write_flow_npz(path, data)
    again = read_flow_npz(path)
    assert again.samples == data.samples
    assert (again.channels, again.normalisation) == (data.channels, how)
    assert again.digest() == data.digest()
    assert np.load(path)["flow"].dtype == (np.uint8 if eight_bit else np.float32)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def a_set(emotion: str = "negative") -> FlowSet:
    sample = Sample(subject=SubjectId("casme2", "sub01"), clip="EP01", emotion=emotion)
    return flow_set([sample], [np.zeros((3, 8, 8), dtype=np.float32)], ("u", "v", "strain"))


def test_equal_sets_give_equal_bytes(path: Path) -> None:
    write_flow_npz(path, a_set())
    first = path.read_bytes()
    write_flow_npz(path, a_set())
    assert path.read_bytes() == first


def test_a_failed_write_leaves_the_old_file_and_nothing_else(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_flow_npz(path, a_set())
    before = path.read_bytes()

    def full_disk(file: Any, **_: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(InputError) as caught:
        write_flow_npz(path, a_set("positive"))
    assert str(caught.value) == (
        f"{path}: found a place that cannot be written (No space left on device); expected a writable one with room. "
        "Make room, check the permissions or name another place; what was there before is unchanged."
    )
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_missing_folder_is_made_and_a_file_in_its_place_is_an_error(tmp_path: Path) -> None:
    write_flow_npz(tmp_path / "new" / "flow.npz", a_set())
    assert len(read_flow_npz(tmp_path / "new" / "flow.npz")) == len(a_set())
    with pytest.raises(InputError, match=r"found a place that cannot be written \("):
        write_flow_npz(tmp_path / "new" / "flow.npz" / "flow.npz", a_set())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"clip": None, "label": None}, "no array clip, label"),
        ({"flow": np.zeros((3, 8, 9), dtype=np.uint8)}, "flow (3, 8, 9) of type uint8"),
        ({"flow": np.zeros((3, 8, 9, 3), dtype=np.int64)}, "flow (3, 8, 9, 3) of type int64"),
        ({"flow": np.zeros((3, 8, 9, 2), dtype=np.uint8)}, "2 channels for the names u, v, strain"),
        ({"flow": np.zeros((0, 8, 9, 3), dtype=np.uint8)}, "no clips"),
        ({"flow": np.full((3, 8, 9, 3), np.nan)}, "flow with values that are no numbers (NaN or infinite)"),
        ({"flow": np.full((3, 8, 9, 3), 1e300)}, "flow with values that are no numbers (NaN or infinite)"),
        ({"clip": np.array(["a", "b"])}, "clip (2,) beside 3 flow maps"),
        ({"subject": np.array([1, 2, 3])}, "subject of type int64"),
        ({"label": np.array([0.0, 1.0, 2.0])}, "label of type float64"),
        ({"label": np.array([0, 3, 1])}, "label 3 where 0 to 2 mean negative, positive, surprise"),
        ({"label": np.array([0, -1, 1])}, "label -1 where 0 to 2 mean negative, positive, surprise"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(path: Path, changes: dict[str, Any], found: str) -> None:
    assert error_of(path, **changes) == f"{found}; {EXPECTED}"


def test_nothing_is_unpickled(path: Path) -> None:
    objects = np.array(["a", 1, None], dtype=object)
    text = error_of(path, subject=objects)
    assert text == f"a damaged file, or one that holds objects of Python instead of numbers; {EXPECTED}"


def test_a_clip_that_occurs_twice_is_an_error(path: Path) -> None:
    arrays = some_arrays()
    twice = {name: arrays[name][[0, 0, 2]] for name in ("dataset", "subject", "clip")}
    assert error_of(path, **twice) == (
        "clip samm/006/006_1_2 2 times (entry 0, entry 1); expected each clip once. "
        "Keep one of them, or name the clips apart."
    )


def test_a_single_array_under_the_name_is_refused(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError) as caught:
        read_flow_npz(path)
    assert str(caught.value) == f"{path}: found a single array; {EXPECTED}"


def test_a_missing_file_is_an_error(path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_flow_npz(path)
    assert str(caught.value) == f"{path}: found no readable file (No such file or directory); {EXPECTED}"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.slow
def test_a_file_that_was_cut_off_is_refused(path: Path, data: st.DataObject) -> None:
    write_flow_npz(path, a_set())
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(InputError, match=r"found (a damaged file|no readable file)"):
        read_flow_npz(path)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.slow
def test_a_damaged_file_is_never_read_as_other_data(path: Path, data: st.DataObject) -> None:
    write_flow_npz(path, a_set())
    damaged = bytearray(path.read_bytes())
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(damaged)
    with contextlib.suppress(InputError):  # a byte such as a date's may be lost without harm
        assert read_flow_npz(path).digest() == a_set().digest()


def test_a_file_that_claims_more_than_any_memory_holds_is_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    shape = (1 << 50, 28, 28, 3)
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as archive:
        for name in ("flow", "dataset", "subject", "clip", "label"):
            archive.writestr(f"{name}.npy", header.getvalue())
    with pytest.raises(InputError, match=r"found arrays that say they are larger than this machine's memory;"):
        read_flow_npz(tmp_path / "huge.npz")
