"""Other looks at the same clips: whom a model learns from, and what each variant sees."""

import sys
from pathlib import Path

import linear_variants
import numpy as np
import pytest
import torch

from glfnet.evaluation.labelled_set import label_samples
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import FlowSet
from glfnet.settings_page import read_settings
from glfnet.synthetic.flow_maps import synthetic_flow_set


@pytest.fixture(scope="module")
def flow() -> FlowSet:
    return synthetic_flow_set(subjects=6, seed=3, size_px=28)


def test_no_model_sees_a_clip_of_the_person_it_answers_about(flow: FlowSet) -> None:
    data = label_samples(flow, read_settings("glfnet").protocol)
    subjects = np.array([str(sample.subject) for sample in flow.samples])
    asked: list[int] = []

    def answer(features, truth, train, test):  # type: ignore[no-untyped-def]
        assert not set(subjects[train]) & set(subjects[test])
        assert len(train) + len(test) == len(truth)
        asked.extend(test)
        return np.full((2, len(test), 3), 1 / 3)

    linear_variants.left_out(data, linear_variants.views(flow.maps), answer)
    assert sorted(asked) == list(range(len(flow)))


def test_a_databases_mean_is_taken_from_the_people_trained_on_alone(flow: FlowSet) -> None:
    features = linear_variants.views(flow.maps, 4)
    databases = np.array(["one", "two"] * len(flow))[: len(flow)]
    truth = label_samples(flow, read_settings("glfnet").protocol).truth
    train, test = np.arange(4, len(flow)), np.arange(4)
    answer = linear_variants.without_database_means(databases)
    moved = features.copy()
    moved[:, :4] += 100  # were the held-out clips in the mean, the others would be answered about otherwise
    others = answer(features, truth, train, train[:5])
    np.testing.assert_array_equal(answer(moved, truth, train, train[:5]), others)
    assert not np.array_equal(answer(moved, truth, train, test), answer(features, truth, train, test))


def test_weights_stay_where_they_were_as_the_penalty_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    features, truth = rng.normal(size=(60, 5)), rng.integers(0, 3, 60)
    about = torch.from_numpy(rng.normal(size=(3, 6)))
    away = []
    for pull in (1.0, 100.0, 1e6):
        monkeypatch.setattr(linear_variants, "PULL", pull)
        away.append(float((linear_variants.penalised(features, truth, about) - about)[:, :-1].abs().max()))
    assert away[0] > away[1] > away[2]
    assert away[2] < 1e-3


@pytest.mark.slow
def test_a_row_is_printed_for_each_variant_of_the_data_that_is_there(
    flow: FlowSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_flow_npz(tmp_path / "one.npz", flow)
    monkeypatch.setattr(linear_variants, "FIELDS", 60)
    given = ["linear_variants.py", str(tmp_path / "one.npz"), "--other", str(tmp_path / "one.npz")]
    monkeypatch.setattr(sys, "argv", given)
    linear_variants.main()
    names = [line.split("|")[2].strip() for line in capsys.readouterr().out.splitlines()]
    assert names[0] == "14 x 14"
    assert names[-1] == "both renditions side by side"
    assert len(names) == 6, "the file has no second phase"
