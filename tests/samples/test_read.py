"""The one door to flow maps on disk."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glfnet.errors import InputError, SettingsError
from glfnet.flow.flow_map import normalised
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import Sample
from glfnet.samples.read import read_flow_set
from glfnet.samples.store.folder import StoreEntry, open_store
from glfnet.samples.store.index import write_store_index
from glfnet.samples.subjects import SubjectId

KINDS = (
    "expected flow maps: a folder <folder>/<subject>/u_test/<label>/<clip>.png, a store, a .csv table or an .npz file"
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with the same clip as a flow folder, a table and a file."""
    picture = tmp_path / "flows" / "sub01" / "u_test" / "0" / "sub01_EP01 .png"
    picture.parent.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(picture)
    row = f"sub01,EP01,negative,{picture.relative_to(tmp_path)}"
    (tmp_path / "clips.csv").write_text(f"subject,clip,emotion,image\n{row}\n")
    write_flow_npz(tmp_path / "maps.npz", read_flow_set(tmp_path / "flows"))
    return tmp_path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a finished store of one clip."""
    store = open_store(tmp_path / "store")
    sample = Sample(subject=SubjectId("own", "anna"), clip="smile", emotion="positive")
    entry = StoreEntry(
        sample_id=sample.sample_id, key="k", frames_digest="d", settings="{}", onset_frame=1, apex_frame=5,
        eye_distance_px=50.0,
    )  # fmt: skip
    store.put(entry, np.random.default_rng(0).normal(size=(3, 8, 8)).astype(np.float32))
    write_store_index(store, [sample])
    return store.path


@pytest.mark.parametrize("how", ["min_max", "physical", "pixels"])
def test_a_store_is_read_in_the_normalisation_that_is_asked_for(store: Path, how: str) -> None:
    pixels = read_flow_set(store, normalisation="pixels").maps
    found = read_flow_set(store, normalisation=how)
    assert found.normalisation == how
    np.testing.assert_array_equal(found.maps, normalised(pixels, how, 50.0))
    if how == "min_max":
        assert read_flow_set(store).digest() == found.digest()


@pytest.mark.parametrize("name", ["flows", "clips.csv", "maps.npz"])
def test_maps_that_were_scaled_when_written_are_read_in_no_other_way(place: Path, name: str) -> None:
    assert read_flow_set(place / name).normalisation == "min_max"
    with pytest.raises(SettingsError) as caught:
        read_flow_set(place / name, normalisation="physical")
    assert str(caught.value) == (
        f"input.normalisation is 'physical', but the maps of {place / name} are min-max scaled map by map, so how "
        "strong a movement was is lost; set it to min_max, or name a store that `glfnet prepare` made, which serves "
        "every normalisation."
    )


def test_a_file_of_maps_from_a_store_keeps_their_normalisation(store: Path, tmp_path: Path) -> None:
    physical = read_flow_set(store, normalisation="physical")
    write_flow_npz(tmp_path / "physical.npz", physical)
    again = read_flow_set(tmp_path / "physical.npz", normalisation="physical")
    assert (again.normalisation, again.digest()) == ("physical", physical.digest())
    with pytest.raises(SettingsError, match=r"is 'min_max', but the maps of .* are physical ones; set it to physical"):
        read_flow_set(tmp_path / "physical.npz")


def test_the_same_clip_is_the_same_whatever_holds_it(place: Path) -> None:
    digests = {read_flow_set(place / name).digest() for name in ("flows", "clips.csv", "maps.npz")}
    assert len(digests) == 1


def test_endings_may_be_written_large(place: Path) -> None:
    (place / "maps.npz").rename(place / "MAPS.NPZ")
    assert len(read_flow_set(place / "MAPS.NPZ")) == 1


def test_a_missing_path_is_told_the_names_beside_it(place: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_flow_set(place / "flow")
    assert str(caught.value) == f"{place / 'flow'}: found nothing there; {KINDS}. Did you mean flows?"


def test_a_missing_path_with_no_name_like_it_says_so(place: Path) -> None:
    for path in (place / "quite-other", place / "no" / "such"):
        with pytest.raises(InputError) as caught:
            read_flow_set(path)
        assert str(caught.value) == f"{path}: found nothing there; {KINDS}. Check the path."


def test_the_folder_above_offers_what_it_holds(place: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_flow_set(place)
    offers = "Did you mean clips.csv, flows, maps.npz in it?"
    assert str(caught.value) == f"{place}: found a folder without subject folders; {KINDS}. {offers}"


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_flow_set(tmp_path)
    assert str(caught.value) == f"{tmp_path}: found a folder without subject folders; {KINDS}. Name one of these."


def test_another_kind_of_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "maps.mat").write_text("x")
    with pytest.raises(InputError) as caught:
        read_flow_set(tmp_path / "maps.mat")
    assert (
        str(caught.value) == f"{tmp_path / 'maps.mat'}: found a file of another kind (.mat); {KINDS}. Check the path."
    )


def test_an_index_is_told_what_makes_maps_of_it(tmp_path: Path) -> None:
    index = tmp_path / "my clips.csv"
    index.write_text("database,subject,clip,emotion,frames,onset_frame,apex_frame\n")
    with pytest.raises(InputError) as caught:
        read_flow_set(index)
    assert str(caught.value) == (
        f"{index}: found an index of clips; {KINDS}. "
        f"Make flow maps from it with `glfnet prepare '{index}' --out STORE`; "
        f"`glfnet check '{index}'` looks for faults in it."
    )


@pytest.mark.parametrize("name", ["flows", "clips.csv"])
def test_a_phase_of_what_has_none_is_an_error(place: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_flow_set(place / name, phase=1)
    wanted = f"phase is 1, but {place / name} has no phases; leave it at 0 or name an .npz file."
    assert str(caught.value) == wanted


def test_a_database_for_a_file_that_names_its_own_is_an_error(place: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_flow_set(place / "maps.npz", database="samm")
    wanted = f"database is 'samm', but {place / 'maps.npz'} names the database of each clip; leave it out."
    assert str(caught.value) == wanted


@pytest.mark.parametrize("name", ["flows", "clips.csv"])
def test_a_given_database_reaches_the_reader(place: Path, name: str) -> None:
    assert read_flow_set(place / name, database="own").samples[0].subject.database == "own"


def test_label_names_are_looked_at_before_anything_is_read(place: Path) -> None:
    with pytest.raises(SettingsError, match="label names: found calm, calm; expected a name for each number"):
        read_flow_set(place / "nowhere", label_names=("calm", "calm"))


def test_given_label_names_reach_the_reader(place: Path) -> None:
    assert read_flow_set(place / "flows", label_names=("calm",)).samples[0].emotion == "calm"
