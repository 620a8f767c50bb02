"""Turn the face finder's weights into the safetensors file that glfnet ships. Done once; here so that anyone can check.

    pip download --no-deps mtcnn==1.0.0
    pip install lz4
    python scripts/convert_mtcnn.py mtcnn-1.0.0-py3-none-any.whl [--out FOLDER]

The wheel holds three joblib pickles. A pickle can run code when it is read, so each is read only if its SHA-256 is the
one recorded here; the package itself never reads one. Written are `mtcnn.safetensors` and `mtcnn.NOTICE.txt`, the
wheel's own licence text. The same wheel gives the same bytes.
"""

import argparse
import hashlib
import io
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn

from glfnet.errors import GlfnetError, InputError
from glfnet.faces.mtcnn import WEIGHTS, WEIGHTS_SHA256, Mtcnn

WHEEL_SHA256 = "0a96b4868e56db9ae984449519642be6dba03240e608a67e928ebb47833e9144"
PICKLES = {
    "proposal": ("pnet.lz4", "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5"),
    "refine": ("rnet.lz4", "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee"),
    "output": ("onet.lz4", "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3"),
}
_REMEDY = "Download it again: pip download --no-deps mtcnn==1.0.0"
_LICENCE = "mtcnn-1.0.0.dist-info/LICENSE"
_NOTICE = """mtcnn.safetensors holds the weights of the Python package mtcnn 1.0.0 (https://github.com/ipazc/mtcnn),
files mtcnn/assets/weights/{pnet,rnet,onet}.lz4 of its wheel, with their axes put into PyTorch's order and nothing else
changed. They are used under the licence of that package, which follows word for word.

"""


def convert(wheel: Path) -> tuple[bytes, str]:
    """Return the safetensors file and the notice made from the wheel.

    Raises:
        InputError: if the wheel or a file in it is not the one whose SHA-256 is recorded here.
    """
    if not wheel.is_file():
        raise InputError(file=wheel, found="no such file", expected="the mtcnn 1.0.0 wheel", remedy=_REMEDY)
    _check_digest(wheel, wheel.read_bytes(), WHEEL_SHA256)
    network = Mtcnn()
    weights: dict[str, Tensor] = {}
    with zipfile.ZipFile(wheel) as archive:
        for part, (name, sha256) in PICKLES.items():
            content = archive.read(f"mtcnn/assets/weights/{name}")
            _check_digest(wheel / name, content, sha256)
            converted = torch_weights(network.get_submodule(part), joblib.load(io.BytesIO(content)))
            weights |= {f"{part}.{key}": tensor for key, tensor in converted.items()}
        notice = _NOTICE + archive.read(_LICENCE).decode()
    # One entry only: safetensors writes several in an order that differs from run to run.
    return save(weights, metadata={"source": "mtcnn 1.0.0, MIT licence"}), notice


def torch_weights(network: nn.Module, arrays: Sequence[np.ndarray[Any, Any]]) -> dict[str, Tensor]:
    """Return Keras' list of arrays under our names: both list the layers in the same order.

    Args:
        network: one of the three; only names and shapes are read.
        arrays: convolutions (h, w, in, out), dense layers (in, out), PReLU (1, 1, C) or (C,), biases (C,).
    """
    expected = network.state_dict()
    converted = {name: torch.from_numpy(_torch_order(array)) for name, array in zip(expected, arrays, strict=True)}
    for name, tensor in converted.items():
        assert tensor.shape == expected[name].shape, f"{name}: {tuple(tensor.shape)}"
    return converted


def _torch_order(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if array.ndim == 4:
        array = array.transpose(3, 2, 0, 1)
    elif array.ndim == 2:
        array = array.T
    elif array.ndim == 3:
        array = array.reshape(-1)
    return np.ascontiguousarray(array, dtype=np.float32)


def _check_digest(file: Path, content: bytes, sha256: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise InputError(file=file, found=f"SHA-256 {found}", expected=sha256, remedy=_REMEDY)


def main() -> None:
    """Convert and write, and say whether the result is what glfnet expects."""
    parser = argparse.ArgumentParser(description="Convert MTCNN's weights to safetensors.")
    parser.add_argument("wheel", type=Path, help="mtcnn-1.0.0-py3-none-any.whl")
    parser.add_argument("--out", type=Path, default=WEIGHTS.parent, help="folder to write to")
    given = parser.parse_args()
    content, notice = convert(given.wheel)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "mtcnn.safetensors").write_bytes(content)
    (given.out / "mtcnn.NOTICE.txt").write_text(notice, encoding="utf-8")
    digest = hashlib.sha256(content).hexdigest()
    verdict = "as glfnet expects" if digest == WEIGHTS_SHA256 else "NOT what glfnet expects"
    print(f"{given.out / 'mtcnn.safetensors'}: {len(content):,} bytes, SHA-256 {digest}, {verdict}")


if __name__ == "__main__":
    try:
        main()
    except GlfnetError as error:
        sys.exit(f"Error: {error}")
