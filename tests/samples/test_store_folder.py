import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glfnet.errors import InputError, ShapeError
from glfnet.flow.optical_flow import Flow
from glfnet.samples.store.folder import INDEX, FlowStore, StoreEntry, open_store


def an_entry(sample_id: str = "casme2/sub01/EP02_01f", key: str = "k", excluded: str = "") -> StoreEntry:
    return StoreEntry(
        sample_id=sample_id,
        key=key,
        frames_digest="d",
        frames_stamp="s",
        settings='{"crop": "wide"}',
        onset_frame=46,
        apex_frame=59,
        eye_distance_px=71.68,
        excluded=excluded,
    )


def a_map(seed: int = 0, size_px: int = 6) -> Flow:
    return np.random.default_rng(seed).normal(size=(3, size_px, size_px)).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> FlowStore:
    return open_store(tmp_path / "store")


def files_of(store: FlowStore) -> dict[str, tuple[bytes, int]]:
    return {
        str(p.relative_to(store.path)): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in sorted(store.path.rglob("*"))
        if p.is_file()
    }


def test_what_was_put_is_found_and_read_back(store: FlowStore) -> None:
    kept = store.put(an_entry(), a_map())
    assert store.find(kept.sample_id, "k") == kept
    assert store.condition(kept.sample_id, "k") == "whole"
    assert kept.size_px == 6
    np.testing.assert_array_equal(store.read(kept), a_map())


def test_other_tools_can_read_a_map(store: FlowStore) -> None:
    kept = store.put(an_entry(), a_map())
    loaded = np.load(store.path / kept.file, allow_pickle=False)
    assert loaded.dtype == np.dtype("<f4")
    np.testing.assert_array_equal(loaded, a_map())


def test_an_exclusion_is_kept_with_its_reason(store: FlowStore) -> None:
    kept = store.put(an_entry(excluded="no face found in frame 46"), None)
    found = store.find(kept.sample_id, "k")
    assert found is not None
    assert found.excluded == "no face found in frame 46"
    assert found.file == ""
    with pytest.raises(InputError, match="found no map of casme2/sub01/EP02_01f: no face found in frame 46"):
        store.read(found)


def test_a_clip_that_is_missing_or_was_made_otherwise_must_be_made(store: FlowStore) -> None:
    assert store.find("casme2/sub01/EP02_01f", "k") is None
    assert store.condition("casme2/sub01/EP02_01f", "k") == "missing"
    store.put(an_entry(), a_map())
    assert store.find("casme2/sub01/EP02_01f", "another key") is None
    assert store.condition("casme2/sub01/EP02_01f", "another key") == "outdated"


@pytest.mark.parametrize("kind", ["maps", "records"])
@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "gone"])
def test_damage_is_noticed_and_mended_by_putting_the_clip_again(store: FlowStore, kind: str, damage: str) -> None:
    kept = store.put(an_entry(), a_map())
    (file,) = (store.path / kind).iterdir()
    data = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        middle = len(data) // 2
        flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        file.write_bytes({"cut": data[:-3], "flip": flipped, "empty": b""}[damage])
    assert store.find(kept.sample_id, "k") is None
    expected = "missing" if (kind, damage) == ("records", "gone") else "damaged"
    assert store.condition(kept.sample_id, "k") == expected
    store.put(an_entry(), a_map())
    assert store.find(kept.sample_id, "k") == kept


def test_a_map_of_another_shape_than_recorded_is_damage(store: FlowStore) -> None:
    kept = store.put(an_entry(), a_map())
    with pytest.raises(InputError, match=r"found a map of \(3, 6, 6\) float32; expected \(3, 7, 7\) float32"):
        store.read(replace(kept, size_px=7))


def test_killed_between_map_and_record_the_clip_counts_as_damaged(
    store: FlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(an_entry(), a_map(0))
    replacing = Path.replace

    def killed_at_the_record(self: Path, target: Path) -> Path:
        if target.suffix == ".json":
            raise KeyboardInterrupt
        return replacing(self, target)

    monkeypatch.setattr(Path, "replace", killed_at_the_record)
    with pytest.raises(KeyboardInterrupt):
        store.put(an_entry(), a_map(1))
    monkeypatch.undo()
    assert store.condition("casme2/sub01/EP02_01f", "k") == "damaged"
    assert not (store.path / INDEX).exists()


def test_putting_a_clip_makes_the_store_unfinished(store: FlowStore) -> None:
    (store.path / INDEX).write_text("sample_id\n")
    store.put(an_entry(), a_map())
    assert not (store.path / INDEX).exists()


def test_looking_changes_nothing_on_disk(store: FlowStore) -> None:
    store.put(an_entry(), a_map())
    before = files_of(store)
    again = open_store(store.path)
    again.find("casme2/sub01/EP02_01f", "k")
    again.condition("casme2/sub01/EP02_01f", "other")
    again.find_digest("casme2/sub01/EP02_01f", "s")
    assert files_of(store) == before


def test_the_digest_of_frames_is_kept_as_long_as_their_stamp_is_the_same(store: FlowStore) -> None:
    store.put(an_entry(), a_map())
    store.put(replace(an_entry("own/p1/a"), frames_stamp=""), a_map())
    assert store.find_digest("casme2/sub01/EP02_01f", "s") == "d"
    assert store.find_digest("casme2/sub01/EP02_01f", "another") is None
    assert store.find_digest("own/p1/a", "") is None  # an unknown stamp equals no other
    assert store.find_digest("own/p1/b", "s") is None


def test_clips_whose_names_differ_little_have_files_of_their_own(store: FlowStore) -> None:
    ids = [
        "own/p1/a b",
        "own/p1/a-b",
        "own/p1/A-b",
        "own/p1/ä",
        "own/p1/" + "x" * 300,
        "own/p1/" + "x" * 299,
        "../../x",
    ]
    kept = [store.put(an_entry(sample_id), a_map(seed)) for seed, sample_id in enumerate(ids)]
    assert len({entry.file.lower() for entry in kept}) == len(ids)
    for seed, entry in enumerate(kept):
        np.testing.assert_array_equal(store.read(entry), a_map(seed))
        assert (store.path / entry.file).resolve().parent == (store.path / "maps").resolve()


def test_a_folder_of_other_things_and_a_store_of_another_format_are_refused(store: FlowStore, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(InputError, match=r"a folder with other files; expected a new .*, or a store to resume\. Name"):
        open_store(tmp_path)
    with pytest.raises(InputError, match="found a file; expected a new or empty folder"):
        open_store(tmp_path / "thesis.tex")
    (store.path / "store.json").write_text('{"format": "glfnet flow store", "version": 2}')
    with pytest.raises(InputError, match=r"store\.json: found .*\"version\": 2.*; expected .*\"version\": 1"):
        open_store(store.path)
    (store.path / "store.json").write_text("{")
    with pytest.raises(InputError, match=r"found no store; expected a folder with store\.json\. Name a folder that"):
        open_store(store.path)


def test_a_full_disk_is_an_error_that_says_what_to_do_and_keeps_what_was_there(
    store: FlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = store.put(an_entry(), a_map())

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\).* finished clips are kept"):
        store.put(an_entry(key="new"), a_map(1))
    assert store.find(kept.sample_id, "k") == kept
    assert not list(store.path.rglob("*.part"))


def test_wrong_maps_and_contradictions_are_refused(store: FlowStore) -> None:
    with pytest.raises(ShapeError, match=r"a map must be \(3, H, H\) finite numbers.* got \(3, 6, 5\)"):
        store.put(an_entry(), a_map()[:, :, :5])
    with pytest.raises(ShapeError, match="finite"):
        store.put(an_entry(), np.full((3, 4, 4), np.nan, dtype=np.float32))
    with pytest.raises(ValueError, match="give a map, or a reason for exclusion"):
        store.put(an_entry(), None)
    with pytest.raises(ValueError, match="give a map, or a reason for exclusion"):
        store.put(an_entry(excluded="no face"), a_map())


def test_averaged_frames_are_kept_and_records_without_them_stay_what_they_were(store: FlowStore) -> None:
    plain = store.put(an_entry(), a_map())
    averaged = store.put(replace(an_entry("casme2/sub01/EP02_02f"), averaged=(57, 58, 59)), a_map())
    assert store.find(averaged.sample_id, "k") == averaged
    with_them = [file.name for file in store.path.glob("records/*.json") if "averaged" in file.read_text()]
    assert len(with_them) == 1
    assert plain.averaged == ()
