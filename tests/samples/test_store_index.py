import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import glfnet.samples.store
from glfnet.errors import InputError, SettingsError
from glfnet.flow.flow_map import normalised
from glfnet.flow.optical_flow import Flow
from glfnet.samples.flow_set import Sample
from glfnet.samples.store.folder import INDEX, FlowStore, StoreEntry, open_store
from glfnet.samples.store.index import COLUMNS, read_store, read_store_index, write_store_index
from glfnet.samples.subjects import SubjectId


def a_sample(clip: str, subject: str = "sub01", emotion: str = "happiness") -> Sample:
    return Sample(subject=SubjectId("casme2", subject), clip=clip, emotion=emotion)


def an_entry(sample: Sample, excluded: str = "") -> StoreEntry:
    return StoreEntry(
        sample_id=sample.sample_id,
        key="k",
        frames_digest="d",
        settings='{"crop": "wide", "method": "tvl1"}',
        onset_frame=46,
        apex_frame=None if excluded else 59,
        apex_estimated=True,
        eye_distance_px=50.0,
        excluded=excluded,
    )


def a_map(seed: int, size_px: int = 4) -> Flow:
    return np.random.default_rng(seed).normal(size=(3, size_px, size_px)).astype(np.float32)


SAMPLES = (a_sample("b", "sub02", "disgust"), a_sample("a"), a_sample('odd, "name"\nin two lines'))
EXCLUDED = a_sample("c", "sub02")


@pytest.fixture
def store(tmp_path: Path) -> FlowStore:
    """A finished store of three clips with maps and one without."""
    store = open_store(tmp_path / "store")
    for seed, sample in enumerate(SAMPLES):
        store.put(an_entry(sample), a_map(seed))
    store.put(an_entry(EXCLUDED, "no face found in frame 46"), None)
    write_store_index(store, [*SAMPLES, EXCLUDED])
    return store


def edit_index(store: FlowStore, old: str, new: str) -> None:
    file = store.path / INDEX
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_store_becomes_a_flow_set_sorted_by_sample_id_without_the_excluded_clips(store: FlowStore) -> None:
    data = read_store(store.path, normalisation="pixels")
    assert [s.sample_id for s in data.samples] == sorted(s.sample_id for s in SAMPLES)
    by_id = {s.sample_id: m for s, m in zip(data.samples, data.maps, strict=True)}
    for seed, sample in enumerate(SAMPLES):
        np.testing.assert_array_equal(by_id[sample.sample_id], a_map(seed))
    assert {s.sample_id: s.emotion for s in data.samples}["casme2/sub02/b"] == "disgust"
    ((clip, reason),) = data.without_map
    assert (clip.sample_id, clip.emotion, reason) == ("casme2/sub02/c", "happiness", "no face found in frame 46")


def test_one_store_serves_every_normalisation(store: FlowStore) -> None:
    pixels = read_store(store.path, normalisation="pixels")
    for how in ("min_max", "physical"):
        chosen = read_store(store.path, normalisation=how)
        np.testing.assert_array_equal(chosen.maps, normalised(pixels.maps, how, eye_distance_px=50.0))
        assert (chosen.normalisation, pixels.normalisation) == (how, "pixels")
    assert read_store(store.path).digest() == read_store(store.path, normalisation="min_max").digest()


def test_the_excluded_are_rows_with_their_reason(store: FlowStore) -> None:
    rows = read_store_index(store.path)
    assert len(rows) == 4
    reasons = {row.sample.sample_id: row.entry.excluded for row in rows if row.entry.excluded}
    assert reasons == {"casme2/sub02/c": "no face found in frame 46"}


def test_the_index_is_a_plain_table_of_the_documented_columns(store: FlowStore) -> None:
    with (store.path / INDEX).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert tuple(lines[0]) == COLUMNS
    assert [line["sample_id"] for line in lines] == sorted(line["sample_id"] for line in lines)
    first = lines[0]
    assert (first["onset_frame"], first["apex_frame"], first["apex_estimated"]) == ("46", "59", "true")
    assert (store.path / first["file"]).is_file()
    np.testing.assert_array_equal(np.load(store.path / first["file"]), a_map(1))


def test_entries_come_back_from_the_index_as_they_were_put(store: FlowStore) -> None:
    for row in read_store_index(store.path):
        assert row.entry == store.find(row.sample.sample_id, "k")


def test_every_documented_column_is_there_and_no_other() -> None:
    assert glfnet.samples.store.__doc__ is not None
    for column in COLUMNS:
        assert f"`{column}`" in glfnet.samples.store.__doc__


def test_an_index_of_an_earlier_version_has_no_action_units(store: FlowStore) -> None:
    file = store.path / INDEX
    with file.open(encoding="utf-8", newline="") as opened:
        lines = list(csv.DictReader(opened))
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, [name for name in COLUMNS if name != "action_units"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(lines)
    assert {row.sample.action_units for row in read_store_index(store.path)} == {""}
    assert len(read_store(store.path)) == 3


def test_writing_the_same_index_again_leaves_the_file_alone(store: FlowStore) -> None:
    before = (store.path / INDEX).stat().st_mtime_ns
    write_store_index(store, [EXCLUDED, *SAMPLES[::-1]])
    assert (store.path / INDEX).stat().st_mtime_ns == before


def test_a_corrected_emotion_and_a_shorter_list_need_no_new_map(store: FlowStore) -> None:
    write_store_index(store, [replace(SAMPLES[0], emotion="surprise")])
    data = read_store(store.path)
    assert [s.emotion for s in data.samples] == ["surprise"]


def test_an_unfinished_store_is_not_read(store: FlowStore) -> None:
    store.put(an_entry(SAMPLES[0]), a_map(9))
    with pytest.raises(
        InputError, match=r"found an unfinished store \(no index\.csv\).*Run `glfnet prepare` on it again"
    ):
        read_store(store.path)


def test_all_damaged_maps_are_named_at_once(store: FlowStore) -> None:
    files = sorted((store.path / "maps").iterdir())
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-1])
    with pytest.raises(InputError) as caught:
        read_store(store.path)
    text = str(caught.value)
    assert "2 problems" in text
    assert f"{files[0].name}: found no readable file" in text
    assert f"{files[1].name}: found a damaged map of casme2/" in text
    assert "only what is missing or damaged is made" in text


def test_maps_made_in_different_ways_do_not_become_one_set(store: FlowStore) -> None:
    store.put(replace(an_entry(SAMPLES[0]), settings='{"crop": "tight"}'), a_map(0))
    write_store_index(store, SAMPLES)
    with pytest.raises(
        InputError, match=r"found maps made in 2 ways: .*tight.* at 4 pixels; .*wide.*; expected one way"
    ):
        read_store(store.path)
    store.put(an_entry(SAMPLES[0]), a_map(0, size_px=5))
    write_store_index(store, SAMPLES)
    with pytest.raises(InputError, match=r"2 ways: .* at 4 pixels; .* at 5 pixels"):
        read_store(store.path)


def test_rows_that_cannot_be_read_are_named_all_at_once(store: FlowStore) -> None:
    edit_index(store, ",true,", ",perhaps,")
    with pytest.raises(InputError, match=r"found 4 problems") as caught:
        read_store_index(store.path)
    sentence = "index.csv, row 2: found 'perhaps' in column apex_estimated; expected what `glfnet prepare` wrote."
    assert sentence in str(caught.value)


def test_an_index_without_a_column_is_refused(store: FlowStore) -> None:
    edit_index(store, ",sha256,", ",digest,")
    with pytest.raises(InputError, match=r"row 2: found no column sha256; expected the columns sample_id, d"):
        read_store_index(store.path)


def test_names_that_look_like_formulas_come_back_as_they_were(tmp_path: Path) -> None:
    sample = replace(a_sample("-1+2"), emotion="=joy")
    store = open_store(tmp_path / "s")
    store.put(replace(an_entry(sample), excluded="@nobody"), None)
    write_store_index(store, [sample])
    assert ",'-1+2,'=joy," in (store.path / INDEX).read_text(encoding="utf-8")
    (row,) = read_store_index(store.path)
    assert (row.sample.clip, row.sample.emotion, row.entry.excluded) == ("-1+2", "=joy", "@nobody")


def test_an_index_that_a_european_spreadsheet_program_saved_again_is_read(store: FlowStore) -> None:
    file = store.path / INDEX
    before = read_store_index(store.path)
    with file.open(encoding="utf-8", newline="") as opened:
        lines = list(csv.reader(opened))
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        csv.writer(opened, delimiter=";").writerows(lines)
    assert read_store_index(store.path) == before


def test_a_clip_twice_in_the_index_is_refused(store: FlowStore) -> None:
    file = store.path / INDEX
    text = file.read_text(encoding="utf-8")
    file.write_text(text + text.splitlines()[1] + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"found clip casme2/sub01/a 2 times \(row 2, row 6\)"):
        read_store_index(store.path)


def test_an_index_is_refused_where_clips_have_no_entry_or_are_named_twice(store: FlowStore) -> None:
    with pytest.raises(InputError, match="found no entry of clip casme2/sub01/new; expected one for each clip"):
        write_store_index(store, [*SAMPLES, a_sample("new")])
    with pytest.raises(InputError, match="found clip casme2/sub02/b 2 times"):
        write_store_index(store, [*SAMPLES, SAMPLES[0]])


def test_folders_that_are_no_store_and_stores_without_a_map_are_refused(store: FlowStore, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found no store; expected a folder with store"):
        read_store(tmp_path)
    write_store_index(store, [EXCLUDED])
    with pytest.raises(InputError, match="found no clip with a map; expected one or more"):
        read_store(store.path)


def test_an_unreadable_index_and_an_unknown_normalisation_are_refused(store: FlowStore) -> None:
    with pytest.raises(SettingsError, match="normalisation 'z': no such one; known are min_max, physical, pixels"):
        read_store(store.path, normalisation="z")
    (store.path / INDEX).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"found an unreadable file .*; expected a CSV file in UTF-8"):
        read_store(store.path)
