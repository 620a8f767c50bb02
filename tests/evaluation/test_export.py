"""What a protocol uses, as a folder for other programs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import glfnet
from glfnet.config.settings import ProtocolSettings
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import SubjectId

WORDS = ("happiness", "disgust", "repression", "surprise", "others")


def a_set() -> FlowSet:
    samples = [
        Sample(subject=SubjectId("casme2", f"sub{n:02d}"), clip=f"EP{k}", emotion=word)
        for n in (1, 2)
        for k, word in enumerate(WORDS)
    ]
    samples.append(Sample(subject=SubjectId("casme2", "sub04"), clip="EP12_01f", emotion="disgust"))
    maps = np.random.default_rng(0).random((len(samples), 3, 6, 6)).astype(np.float32)
    lost = (Sample(subject=SubjectId("casme2", "sub02"), clip="dark", emotion="surprise"), "no face found")
    return FlowSet(samples=tuple(samples), maps=maps, without_map=(lost,))


@pytest.mark.parametrize("classes", ["three", "five"])
def test_a_folder_has_the_clips_and_classes_of_the_protocol_and_names_the_others(tmp_path: Path, classes: str) -> None:
    settings = ProtocolSettings.model_validate({"classes": classes})
    written = glfnet.export_flow_folder(a_set(), tmp_path / "out", settings)
    back = glfnet.read_flow_set(tmp_path / "out", label_names=written.classes)
    expected = [(s.sample_id, written.classes[k]) for s, k in zip(written.flow.samples, written.truth, strict=True)]
    assert [(s.sample_id, s.emotion) for s in back.samples] == expected
    np.testing.assert_allclose(back.maps, written.flow.maps, atol=1 / 510 + 1e-6)
    left_out = dict(written.exclusions)
    assert left_out["casme2/sub02/dark"] == "no face found"
    assert ("casme2/sub04/EP12_01f" in left_out) == (classes == "three")
    assert len(back) + len(left_out) == len(a_set()) + 1


def test_a_fold_of_the_folder_is_that_of_the_flow_set(tmp_path: Path) -> None:
    flow = replace(a_set(), without_map=())
    glfnet.export_flow_folder(flow, tmp_path / "out")
    held_out = {path.name.strip() for path in (tmp_path / "out" / "sub01" / "u_test").rglob("*.png")}
    trained_on = {path.name for path in (tmp_path / "out" / "sub01" / "u_train").rglob("*.png")}
    assert held_out == {f"sub01_EP{k} .png" for k in range(4)}
    assert trained_on == {f"sub02_EP{k} .png" for k in range(4)}
