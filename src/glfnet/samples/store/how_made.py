"""How was the flow made? For each clip of a store, all that a contact sheet says beside its pictures.

The frames themselves are not in a store: the index that `glfnet prepare` read says where they are, and its offsets. The
crop need not be kept, since the detector named here finds it again on the onset frame.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from glfnet.samples.store.folder import FlowStore, StoreEntry
from glfnet.samples.store.index import read_store_index

_EARLIER: Mapping[str, Any] = MappingProxyType({"scaling": "pixels", "apex": "flow"})  # before there was a choice


@dataclass(frozen=True, slots=True, kw_only=True)
class HowMade:
    """How one clip's map was made, or why it has none.

    Attributes:
        sample_id: database/subject/clip.
        onset_frame: the database's own number.
        apex_frame: the database's own number, or the estimate; None where the clip was excluded before it was known.
        apex_rule: the rule that estimated the apex, a name in `flow.apex.APEX_RULES`; empty where it is annotated.
        averaged: numbers of the frames whose flow from the onset is averaged; empty if it is the apex's alone.
        method: flow method.
        crop: name of the crop.
        crop_px: side of the crop in which flow was made.
        size_px: side of the map; 0 if there is none.
        scaling: `pixels`, or `stretched` before it was shrunk.
        rigid_correction: whether the movement of the head was taken out.
        detector: name of the face detector with its settings.
        excluded: why there is no map; empty if there is one.
    """

    sample_id: str
    onset_frame: int
    apex_frame: int | None
    apex_rule: str
    averaged: tuple[int, ...]
    method: str
    crop: str
    crop_px: int
    size_px: int
    scaling: str
    rigid_correction: bool
    detector: str
    excluded: str

    @property
    def sentence(self) -> str:
        """The same in words, such as `tvl1 from frame 12 to 25 (apex annotated), crop wide of 224 pixels`."""
        if self.excluded:
            return f"excluded: {self.excluded}"
        apex = f"apex estimated by {self.apex_rule}" if self.apex_rule else "apex annotated"
        to = f"frame {self.onset_frame} to {self.apex_frame}"
        if self.averaged:
            to = f"frame {self.onset_frame} to each of {', '.join(map(str, self.averaged))}, averaged"
        also = ["head taken out"] * self.rigid_correction + ["stretched, then shrunk"] * (self.scaling == "stretched")
        return ", ".join([f"{self.method} from {to} ({apex})", f"crop {self.crop} of {self.crop_px} pixels", *also])


def how_made(path: Path) -> tuple[HowMade, ...]:
    """Return how every clip of a finished store was made, the excluded ones too, in the order of its index.

    Raises:
        InputError: if `path` is no store or an unfinished one, or rows are not as written.
    """
    store = FlowStore(path)
    return tuple(_how(store.find_entry(row.sample.sample_id) or row.entry) for row in read_store_index(path))


def _how(entry: StoreEntry) -> HowMade:
    settings = {**_EARLIER, **json.loads(entry.settings)}
    return HowMade(
        sample_id=entry.sample_id,
        onset_frame=entry.onset_frame,
        apex_frame=entry.apex_frame,
        apex_rule=settings["apex"] if entry.apex_estimated else "",
        averaged=entry.averaged,
        method=settings["method"],
        crop=settings["crop"],
        crop_px=settings["crop_px"],
        size_px=entry.size_px,
        scaling=settings["scaling"],
        rigid_correction=settings["rigid_correction"],
        detector=settings["detector"],
        excluded=entry.excluded,
    )
