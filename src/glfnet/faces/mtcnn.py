"""MTCNN's three networks: propose faces, refine them, place five points.

Zhang, Zhang, Li, Qiao: "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", IEEE
Signal Processing Letters 23(10), 2016. The weights are those of the `mtcnn` 1.0.0 package (MIT; its licence is in
`weights/mtcnn.NOTICE.txt`), turned into safetensors by `scripts/convert_mtcnn.py`. How windows become faces is in
`detector.py`.

All three take RGB pictures as (value - 127.5) / 128. For each window they give the probability of a face, and how far
to move the window's left, top, right and bottom edge to fit the face, in units of the window's side.
"""

import hashlib
from pathlib import Path

from safetensors.torch import load
from torch import Tensor, nn

from glfnet.errors import InputError, reason

WEIGHTS = Path(__file__).parents[1] / "weights" / "mtcnn.safetensors"
WEIGHTS_SHA256 = "d7aa90699343a9e4eaca8e1be74259ba9bf52783b27a00c043b56ec4ed5fc400"

PROPOSAL_SIDE_PX = 12  # a window of the first network
PROPOSAL_STRIDE_PX = 2
REFINE_SIDE_PX = 24
OUTPUT_SIDE_PX = 48


class ProposalNet(nn.Module):
    """The first network: slides over a whole picture, window by window."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(*_convolution(3, 10), _pool(2), *_convolution(10, 16), *_convolution(16, 32))
        self.edges = nn.Conv2d(32, 4, 1)
        self.is_face = nn.Conv2d(32, 2, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return what each window of 12 pixels holds; windows are 2 pixels apart.

        Args:
            pictures: (N, 3, H, W), H and W at least 12.

        Returns:
            Probability (N, h, w) of a face in the window whose top left pixel is (2x, 2y), and edges (N, 4, h, w).
        """
        x = self.features(pictures)
        return self.is_face(x).softmax(dim=1)[:, 1], self.edges(x)


class RefineNet(nn.Module):
    """The second network: looks at one square window and corrects it."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_convolution(3, 28),
            _pool(3),  # 22 -> 11
            *_convolution(28, 48),
            nn.MaxPool2d(3, stride=2),  # 9 -> 4
            *_convolution(48, 64, kernel=2),  # -> 3
        )
        self.hidden = nn.Sequential(nn.Linear(3 * 3 * 64, 128), nn.PReLU(128))
        self.edges = nn.Linear(128, 4)
        self.is_face = nn.Linear(128, 2)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Windows (N, 3, 24, 24) -> probability (N,) of a face, edges (N, 4)."""
        x = self.hidden(_flat(self.features(windows)))
        return self.is_face(x).softmax(dim=1)[:, 1], self.edges(x)


class OutputNet(nn.Module):
    """The third network: the final say, and the five points."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_convolution(3, 32),
            _pool(3),  # 46 -> 23
            *_convolution(32, 64),
            nn.MaxPool2d(3, stride=2),  # 21 -> 10
            *_convolution(64, 64),
            _pool(2),  # 8 -> 4
            *_convolution(64, 128, kernel=2),  # -> 3
        )
        self.hidden = nn.Sequential(nn.Linear(3 * 3 * 128, 256), nn.PReLU(256))
        self.edges = nn.Linear(256, 4)
        self.points = nn.Linear(256, 10)
        self.is_face = nn.Linear(256, 2)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Windows (N, 3, 48, 48) -> probability (N,) of a face, edges (N, 4), points (N, 5, 2) as (x, y).

        Points are in units of the window, (0, 0) its top left corner, in the order image-left eye, image-right eye,
        nose, image-left and image-right corner of the mouth.
        """
        x = self.hidden(_flat(self.features(windows)))
        points = self.points(x).unflatten(1, (2, 5)).transpose(1, 2)  # the weights give five x, then five y
        return self.is_face(x).softmax(dim=1)[:, 1], self.edges(x), points


class Mtcnn(nn.Module):
    """The three networks together, as their weights lie in one file."""

    def __init__(self) -> None:
        super().__init__()
        self.proposal = ProposalNet()
        self.refine = RefineNet()
        self.output = OutputNet()


def read_mtcnn(path: Path = WEIGHTS) -> Mtcnn:
    """Read the three networks, in eval mode, on the CPU; nothing is unpickled or downloaded.

    Args:
        path: the converted weights; those of this package unless told otherwise.

    Raises:
        InputError: if the file is missing, damaged, or not the weights that this version of glfnet comes with.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _bad(path, f"no readable file ({reason(error)})") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise _bad(path, f"SHA-256 {digest[:12]}… of {len(content):,} bytes")
    network = Mtcnn()
    network.load_state_dict(load(content))
    return network.eval().requires_grad_(False)


def _convolution(channels: int, filters: int, kernel: int = 3) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(channels, filters, kernel), nn.PReLU(filters)


def _pool(kernel: int) -> nn.Module:
    return nn.MaxPool2d(kernel, stride=2, ceil_mode=True)  # Keras' "same": a last, incomplete window counts


def _flat(x: Tensor) -> Tensor:
    return x.permute(0, 3, 2, 1).flatten(1)  # (N, C, H, W) -> (N, W * H * C): the weights' order


def _bad(path: Path, found: str) -> InputError:
    return InputError(
        file=path,
        found=found,
        expected=f"MTCNN's converted weights, SHA-256 {WEIGHTS_SHA256[:12]}…",
        remedy="Install glfnet again, or make the file anew with scripts/convert_mtcnn.py.",
    )
