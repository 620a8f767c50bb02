"""The published weights of STSTNet are read safely, and reach the layers that they are named after."""

import importlib.util
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from glfnet.errors import InputError

SCRIPT = Path(__file__).parents[2] / "scripts" / "ststnet_published.py"
spec = importlib.util.spec_from_file_location("ststnet_published", SCRIPT)
assert spec is not None
assert spec.loader is not None
script = importlib.util.module_from_spec(spec)
spec.loader.exec_module(script)

DATA = Path(__file__).parents[3] / "shared" / "data"
FLOWS = DATA / "flows" / "megc2019_dev_flow.npz"
WEIGHTS = DATA / "ststnet_weights"
PUBLISHED = pytest.mark.skipif(not (FLOWS.exists() and WEIGHTS.exists()), reason="needs ../shared/data (licensed)")


def published_layout(seed: int = 0) -> dict[str, Tensor]:
    """Made-up weights with the names and shapes of the published files, written out by hand."""
    draw = torch.Generator().manual_seed(seed)
    shapes: dict[str, tuple[int, ...]] = {"fc.weight": (3, 400), "fc.bias": (3,)}
    for i, filters in ((1, 3), (2, 5), (3, 8)):
        shapes |= {f"conv{i}.weight": (filters, 3, 3, 3), f"conv{i}.bias": (filters,)}
        shapes |= {f"bn{i}.{name}": (filters,) for name in ("weight", "bias", "running_mean", "running_var")}
    weights = {name: torch.rand(shape, generator=draw) + 0.1 for name, shape in shapes.items()}
    return weights | {f"bn{i}.num_batches_tracked": torch.tensor(7) for i in (1, 2, 3)}


def saved(tmp_path: Path, weights: object) -> Path:
    path = tmp_path / "sub01.pth"
    torch.save(weights, path)
    return path


def test_weights_come_back_under_their_published_names(tmp_path: Path) -> None:
    weights = published_layout()
    read = script.read_ststnet_weights(saved(tmp_path, weights))
    assert set(read) == set(weights)
    assert all(torch.equal(read[name], weights[name]) for name in weights)


def test_published_weights_reach_the_layers_they_are_named_after(tmp_path: Path) -> None:
    weights = published_layout()
    network = script.PublishedSTSTNet(script.read_ststnet_weights(saved(tmp_path, weights)))
    assert not network.training
    maps = torch.rand(2, 3, 28, 28)
    pooled = []
    for i in (1, 2, 3):
        x = torch.conv2d(255 * maps.flip(1), weights[f"conv{i}.weight"], weights[f"conv{i}.bias"], padding=2).relu()
        mean, var = weights[f"bn{i}.running_mean"], weights[f"bn{i}.running_var"]
        x = torch.batch_norm(x, weights[f"bn{i}.weight"], weights[f"bn{i}.bias"], mean, var, False, 0.1, 1e-5, False)
        pooled.append(torch.nn.functional.avg_pool2d(torch.max_pool2d(x, 3, stride=3, padding=1), 2))
    expected = torch.cat(pooled, dim=1).flatten(1) @ weights["fc.weight"].T + weights["fc.bias"]
    torch.testing.assert_close(network(maps), expected)


def test_a_file_that_would_run_code_is_refused_and_does_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "ran"

    class Harmful:
        def __reduce__(self) -> tuple[object, ...]:
            return trace.touch, ()

    for protocol in (2, 4):
        path = tmp_path / "s01.pth"
        path.write_bytes(pickle.dumps({"conv1.weight": Harmful()}, protocol=protocol))
        with pytest.raises(InputError, match="cannot be read as weights"):
            script.read_ststnet_weights(path)
    assert not trace.exists()


def test_a_missing_or_damaged_file_is_named_with_a_remedy(tmp_path: Path) -> None:
    whole = saved(tmp_path, published_layout()).read_bytes()
    for content in (b"", b"not weights", whole[: len(whole) // 2], whole[:-100]):
        path = tmp_path / "s03.pth"
        path.write_bytes(content)
        with pytest.raises(
            InputError, match=r"s03\.pth: found a file that cannot be read as weights \(\w+\); expected"
        ):
            script.read_ststnet_weights(path)
    with pytest.raises(InputError, match=r"\(FileNotFoundError\).*Download the file again from the STSTNet repository"):
        script.read_ststnet_weights(tmp_path / "s99.pth")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    weights = published_layout()
    wrong = {
        "found a list;": list(weights.values()),
        "found no tensor fc.bias;": {name: w for name, w in weights.items() if name != "fc.bias"},
        "found no tensor bn2.weight;": weights | {"bn2.weight": 1.0},
        "found an unknown entry fc2.bias;": weights | {"fc2.bias": torch.zeros(3)},
        "found fc.weight of shape (5, 400) instead of (3, 400);": weights | {"fc.weight": torch.zeros(5, 400)},
    }
    for message, content in wrong.items():
        with pytest.raises(InputError, match=re.escape(message)):
            script.read_ststnet_weights(saved(tmp_path, content))


@pytest.mark.slow
@PUBLISHED
def test_published_weights_reach_their_published_level_on_real_maps() -> None:
    with np.load(FLOWS) as flows:
        maps = torch.from_numpy(flows["flow"].transpose(0, 3, 1, 2) / np.float32(255))
        truth, subject = flows["label"], flows["subject"]
    prediction = np.full(len(truth), -1)
    for name in np.unique(subject):
        with torch.inference_mode():
            logits = script.PublishedSTSTNet(script.read_ststnet_weights(WEIGHTS / f"{name}.pth"))(
                maps[subject == name]
            )
        prediction[subject == name] = logits.argmax(1).numpy()
    hits = np.array([((prediction == k) & (truth == k)).sum() for k in range(3)])
    named = np.array([(prediction == k).sum() + (truth == k).sum() for k in range(3)])
    # Over all 68 subjects the authors report UF1 0.7209 and UAR 0.7250; these are 46 of them.
    assert np.mean(2 * hits / named) == pytest.approx(0.7050, abs=5e-4)
    assert np.mean(hits / np.bincount(truth)) == pytest.approx(0.7199, abs=5e-4)
