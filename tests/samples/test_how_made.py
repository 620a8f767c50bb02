import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glfnet.errors import InputError
from glfnet.samples.flow_set import Sample
from glfnet.samples.store.folder import StoreEntry, open_store
from glfnet.samples.store.how_made import how_made
from glfnet.samples.store.index import write_store_index
from glfnet.samples.subjects import SubjectId

EARLIER = {"crop": "wide", "crop_px": 224, "method": "tvl1", "size_px": 28, "rigid_correction": False, "detector": "d"}


def an_entry(clip: str, **settings: object) -> StoreEntry:
    return StoreEntry(
        sample_id=f"casme2/sub01/{clip}", key="k", frames_digest="d", settings=json.dumps({**EARLIER, **settings}),
        onset_frame=46, apex_frame=59, eye_distance_px=71.68,
    )  # fmt: skip


def test_each_clip_says_how_it_was_made(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    flow = np.ones((3, 28, 28), dtype=np.float32)
    entries = [
        an_entry("a"),
        replace(an_entry("b", apex="middle", scaling="stretched"), apex_estimated=True, averaged=(55, 59, 63)),
        replace(an_entry("c"), excluded="no face found in onset frame 46 (640 x 480 pixels)", apex_frame=None),
    ]
    for entry in entries:
        store.put(entry, None if entry.excluded else flow)
    person = SubjectId("casme2", "sub01")
    write_store_index(store, [Sample(subject=person, clip=name, emotion="happiness") for name in "abc"])
    found = how_made(store.path)
    assert [one.sentence for one in found] == [
        "tvl1 from frame 46 to 59 (apex annotated), crop wide of 224 pixels",
        "tvl1 from frame 46 to each of 55, 59, 63, averaged (apex estimated by middle), crop wide of 224 pixels, "
        "stretched, then shrunk",
        "excluded: no face found in onset frame 46 (640 x 480 pixels)",
    ]
    assert [(one.apex_rule, one.averaged, one.size_px) for one in found[:2]] == [
        ("", (), 28),
        ("middle", (55, 59, 63), 28),
    ]


def test_no_store_no_answer(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found no store"):
        how_made(tmp_path)
