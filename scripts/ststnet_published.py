"""Score STSTNet's published weights: each clip predicted by the weights of its own held-out subject.

    python scripts/ststnet_published.py DATA WEIGHTS_DIR [--out FOLDER]

Nothing is trained. DATA is anything that `glfnet evaluate` reads, with 8-bit maps of 28 x 28 pixels; WEIGHTS_DIR holds
a file `<subject>.pth` for each of its subjects, as in the STSTNet repository. The table goes to standard output.

The weights are those which the authors' own procedure saved. How that procedure chose the epoch is the authors' matter:
nothing here shows whether the held-out subject had a part in it, so the score stands apart from our honest ones.
"""

import argparse
import hashlib
import pickle
import struct
import sys
import warnings
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path

import torch
from torch import Tensor, nn

from glfnet.config.settings import InputSettings, ProtocolSettings
from glfnet.errors import GlfnetError, InputError
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.evaluation.protocol import Fold, loso_folds
from glfnet.evaluation.run_folder import FoldResult, gather, open_run
from glfnet.files import write_whole
from glfnet.model.classifiers import NetworkClassifier
from glfnet.model.ststnet import STREAM_FILTERS, STSTNet
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.megc2019 import count_differences
from glfnet.samples.read import read_flow_set
from glfnet.scores.predictions import Predictions, to_csv
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.scores.run_scores import RunScores
from glfnet.scores.score_run import score_run

_AS_STORED = InputSettings(centre=False, scale="none")  # the weights were trained on raw maps
_SCOPES = {"full": "Full", "casme2": "CASME II", "samm": "SAMM", "smic": "SMIC"}
_REMEDY = "Download the file again from the STSTNet repository; it holds one .pth per held-out subject."

# What torch.load raises for a file that is missing, cut short, damaged, no weight file, or holding more than tensors.
_UNREADABLE = (
    OSError, EOFError, pickle.UnpicklingError, struct.error,
    AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


class PublishedSTSTNet(nn.Module):
    """STSTNet with published weights, in test mode: maps as they are read, u, v, strain in 0..1, to logits.

    The weights were trained on strain, v, u in 0..255, whose median was not subtracted.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        """Take one subject's weights, as `read_ststnet_weights` gives them."""
        super().__init__()
        self.network = STSTNet()
        self.network.load_state_dict(_renamed(weights))
        self.eval()

    def forward(self, maps: Tensor) -> Tensor:
        """(N, 3, 28, 28) -> (N, 3)."""
        logits: Tensor = self.network(maps.flip(1) * 255)
        return logits


def read_ststnet_weights(path: Path) -> dict[str, Tensor]:
    """Read one subject's published weights, under the names that the authors' port gives them.

    Only tensors are read: a file that would run code when unpickled is refused.

    Args:
        path: `<subject>.pth` of the STSTNet repository, for that held-out subject.

    Returns:
        Tensors on the CPU: `conv1` to `conv3`, `bn1` to `bn3` and `fc`, for three channels, 28 px, three classes.

    Raises:
        InputError: if the file is missing or unsafe, or a tensor is missing, unknown or of another shape.
    """
    try:
        with warnings.catch_warnings():  # torch remarks on odd pickles before it refuses them; the refusal is enough
            warnings.simplefilter("ignore", UserWarning)
            weights = torch.load(path, weights_only=True, map_location="cpu")
    except _UNREADABLE as error:
        raise _bad(path, f"a file that cannot be read as weights ({type(error).__name__})") from error
    _check_published(path, weights)
    return dict(weights)


def predict_published(data: LabelledSet, weights: Path) -> Predictions:
    """Return what the published weights say of every clip, each subject's clips by the weights that held it out.

    Args:
        data: three-class samples with maps (N, 3, 28, 28), channels u, v, strain, values in 0..1 as read.
        weights: the folder of `<subject>.pth`.

    Raises:
        InputError: if a subject has no weights file (all of them are named), or a file is not such weights.
        ShapeError: if the maps are not 28 by 28 pixels.
        SettingsError: if the data lacks a channel.
    """
    folds = loso_folds(data.flow.samples)
    files = {fold.name: weights / f"{data.flow.samples[fold.test[0]].subject.name}.pth" for fold in folds}
    _check_present(weights, sorted(files.values()))
    return gather([_predict_fold(data, fold, files[fold.name]) for fold in folds], data.classes)


def _predict_fold(data: LabelledSet, fold: Fold, file: Path) -> FoldResult:
    held_out, truth = data.flow.select(fold.test), data.truth[list(fold.test)]
    classifier = NetworkClassifier(PublishedSTSTNet(read_ststnet_weights(file)), _AS_STORED, mirror=False)
    probabilities = classifier.predict_probabilities(held_out)
    return FoldResult(
        fold=fold.name,
        seed=0,
        sample_ids=tuple(sample.sample_id for sample in held_out.samples),
        truth=tuple(truth.tolist()),
        probabilities=tuple(map(tuple, probabilities.tolist())),
        test_selected=tuple(probabilities.argmax(axis=1).tolist()),  # one state of the weights: nothing to select from
        looks=1,
        duration_s=0.0,
    )


def _check_present(folder: Path, files: Sequence[Path]) -> None:
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise InputError(
            file=folder,
            found=f"no {', '.join(missing)}",
            expected=f"a weights file for each of the {len(files)} subjects in the data",
            remedy="Copy the missing files from the STSTNet repository, or name the folder that holds them.",
        )


def _check_range(source: Path, flow: FlowSet) -> None:
    low, high = float(flow.maps.min()), float(flow.maps.max())
    if low < 0 or high > 1:
        raise InputError(
            file=source,
            found=f"values from {low:g} to {high:g}",
            expected="8-bit maps, each channel scaled to its own range",
            remedy="The published weights know no other input; name such maps.",
        )


def _published_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for i, filters in enumerate(STREAM_FILTERS, start=1):
        shapes[f"conv{i}.weight"] = (filters, 3, 3, 3)
        shapes[f"conv{i}.bias"] = (filters,)
        shapes |= {f"bn{i}.{name}": (filters,) for name in ("weight", "bias", "running_mean", "running_var")}
        shapes[f"bn{i}.num_batches_tracked"] = ()
    shapes |= {"fc.weight": (3, 400), "fc.bias": (3,)}
    return shapes


def _check_published(path: Path, weights: object) -> None:
    if not isinstance(weights, Mapping):
        raise _bad(path, f"a {type(weights).__name__}")
    expected = _published_shapes()
    for name in sorted({*map(str, weights), *expected}):
        found = weights.get(name)
        if name not in expected or not isinstance(found, Tensor):
            raise _bad(path, f"an unknown entry {name}" if name not in expected else f"no tensor {name}")
        if tuple(found.shape) != expected[name]:
            raise _bad(path, f"{name} of shape {tuple(found.shape)} instead of {expected[name]}")


def _renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return published weights under the names of our modules: conv2.bias is streams.1.0.bias."""
    ours = {"fc": "head"}
    for i in range(len(STREAM_FILTERS)):
        ours |= {f"conv{i + 1}": f"streams.{i}.0", f"bn{i + 1}": f"streams.{i}.2"}
    split = ((name.split(".", 1), tensor) for name, tensor in weights.items())
    return {f"{ours[layer]}.{entry}": tensor for (layer, entry), tensor in split}


def _bad(path: Path, found: str) -> InputError:
    return InputError(file=path, found=found, expected="the published weights of STSTNet", remedy=_REMEDY)


def score_table(scores: RunScores) -> str:
    """Return a Markdown table of UF1, UAR and accuracy with their intervals, a row for the whole and each database."""
    lines = ["| | clips | UF1 | UAR | accuracy |", "|---|---:|---|---|---|"]
    for scope, scored in scores.fixed.items():
        cells = " | ".join(_cell(score) for score in (scored.uf1, scored.uar, scored.accuracy))
        lines.append(f"| {_SCOPES.get(scope, scope)} | {scores.counts.of(scope).samples} | {cells} |")
    return "\n".join(lines)


def _cell(score: ConfidenceInterval) -> str:
    if not score.is_defined:
        return "undefined"
    return f"{score.mean:.4f}" if isnan(score.low) else f"{score.mean:.4f} [{score.low:.3f}, {score.high:.3f}]"


def _write(out: Path, data: LabelledSet, weights: Path, predictions: Predictions) -> Path:
    used = sorted({sample.subject.name for sample in data.flow.samples})
    digest = hashlib.sha256(b"".join((weights / f"{name}.pth").read_bytes() for name in used)).hexdigest()
    open_run(out, {"model": "STSTNet, published weights", "weights": digest, "data": data.flow.digest()})
    write_whole(out / "predictions.csv", to_csv(predictions))
    return out / "predictions.csv"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Score STSTNet's published weights, one file per held-out subject.")
    parser.add_argument("data", type=Path, help="folder of flow maps, .csv list, or .npz file")
    parser.add_argument("weights", type=Path, help="folder of <subject>.pth files")
    parser.add_argument("--out", type=Path, help="write predictions.csv into this folder")
    return parser.parse_args()


def _print_notes(data: LabelledSet) -> None:
    for line in count_differences(data.flow):
        print(f"note: {line}", file=sys.stderr)
    for sample_id, reason in data.exclusions:
        print(f"note: {sample_id} excluded: {reason}", file=sys.stderr)


def main() -> None:
    """Read, predict, print, and write where asked."""
    given = _arguments()
    flow = read_flow_set(given.data)
    _check_range(given.data, flow)
    data = label_samples(flow, ProtocolSettings())
    predictions = predict_published(data, given.weights)
    scores = score_run(predictions, looks=1)
    _print_notes(data)
    print(f"STSTNet, published weights on {given.data.name}; {scores.counts.subjects} subjects, each by the")
    print("weights of its own held-out fold; 95 % over subjects. How the epoch of these weights was chosen is the")
    print("authors' matter: whether the held-out subject had a part in it is not known here.\n")
    print(score_table(scores))
    for sentence in scores.undefined:
        print(f"\n{sentence}")
    if given.out is not None:
        print(f"\n{_write(given.out, data, given.weights, predictions)}")


if __name__ == "__main__":
    try:
        main()
    except GlfnetError as error:
        sys.exit(f"Error: {error}")
