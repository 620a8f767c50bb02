"""Trained weights with their card: reading them, writing them, and asking them for probabilities.

Weights are two files of one stem: `NAME.safetensors` holds the tensors of every member (networks of one kind, trained
from different seeds, whose probabilities are averaged), `NAME.json` the card. Nothing is unpickled or downloaded.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from glfnet.errors import InputError, SettingsError, ShapeError, faults, reason
from glfnet.files import write_whole
from glfnet.model.build import network_builder
from glfnet.model.inputs import input_maps, input_size, view_probabilities
from glfnet.path_kind import FILE, NOTHING, check_kind
from glfnet.path_kind import WEIGHTS as WEIGHTS_KIND
from glfnet.recognition.card import VERSION, Card, UnitCard, WeightsCard, card_digest
from glfnet.recognition.unit_weights import UnitWeights
from glfnet.samples.flow_set import CHANNELS
from glfnet.scores.calibration import calibrated
from glfnet.threads import processor_threads

C = TypeVar("C", bound=WeightsCard)

WEIGHTS = Path(__file__).parents[1] / "weights" / "glfnet.safetensors"
"""The weights that are used where none are named."""

PACKAGED: Mapping[str, Path] = MappingProxyType(
    {"research": WEIGHTS, "free": WEIGHTS.with_name("glfnet-free.safetensors")}
)
"""The weights that come with this package, by name: those trained on clips of the databases, for research only, and
those trained on made-up flow fields alone, under the licence of the code."""

_EXPECTED = "weights (.safetensors) or their card (.json), two files side by side"
_NAMED = 3  # faults of a card shown in an error
_REMEDY = "Copy both files again from where they came, or install glfnet again for the weights that come with it."


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """Weights ready for use.

    Attributes:
        card: what they are.
        networks: the members, on the CPU, in test mode.
        units: weights that see action units in the same maps; None if there are none.
    """

    card: Card
    networks: tuple[nn.Module, ...]
    units: UnitWeights | None = None

    def probabilities(self, maps: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return how probable each class is, calibrated.

        The maps are prepared as training maps were, except that those were rounded to 8 bits.

        Args:
            maps: (N, 3, size_px, size_px), in pixels, as `flow_map.flow_map` gives them for the card's features.

        Returns:
            (N, K), rows summing to 1.

        Raises:
            ShapeError: if the maps have another shape.
        """
        side = self.card.features.size_px
        if maps.ndim != 4 or maps.shape[1:] != (len(CHANNELS), side, side):
            raise ShapeError(f"maps must be (N, {len(CHANNELS)}, {side}, {side}), u, v, strain; got {maps.shape}.")
        if not len(maps):
            return np.empty((0, len(self.card.classes)))
        scaled = self.card.features.normalised(maps)
        with processor_threads(), torch.inference_mode():
            shown = input_maps(scaled, CHANNELS, self.card.settings.input)
            members = [self._member(network, shown) for network in self.networks]
        return calibrated(np.mean(members, axis=0), self.card.temperature)

    def _member(self, network: nn.Module, shown: Tensor) -> NDArray[np.float64]:
        mirror = self.card.settings.training.mirror_test
        out: NDArray[np.float64] = (
            view_probabilities(network, shown, self.card.settings.input, mirror=mirror).double().numpy()
        )
        return out


def read_trained(path: Path | None = None) -> Trained:
    """Read weights and their card, and the weights for action units that may lie beside them as `NAME-units`.

    Args:
        path: either of the two files, or a name in `PACKAGED`; None reads the research weights of the package.

    Raises:
        InputError: if one of the two is missing or damaged, they do not belong together, the card was changed in what
            decides an answer, or another version of glfnet wrote them.
    """
    path = WEIGHTS if path is None else PACKAGED.get(str(path), Path(path))
    check_kind(path, (WEIGHTS_KIND, FILE, NOTHING), _EXPECTED)
    card, networks = _read_networks(path, Card)
    return Trained(card, networks, _read_units(path, card))


def _read_units(path: Path, card: Card) -> UnitWeights | None:
    files = [path.with_name(f"{path.stem}-units{ending}") for ending in (".safetensors", ".json")]
    if not any(file.exists() for file in files):
        return None
    units = UnitWeights(*_read_networks(files[0], UnitCard))
    if units.card.features != card.features:
        expected = f"those of {path.with_suffix('.json').name}, beside which they lie"
        raise _bad(files[1], "weights for flow maps that are made in another way", expected)
    return units


def _read_networks(path: Path, kind: type[C]) -> tuple[C, tuple[nn.Module, ...]]:
    weights, card_file = _pair(path, "Name one of the two; or one of the package's own: free, research.")
    card = _read_card(card_file, kind)
    content = _read(weights, "the weights of a card")
    digest = hashlib.sha256(content).hexdigest()
    if digest != card.sha256:
        found = f"SHA-256 {digest[:12]}… of {len(content):,} bytes"
        raise _bad(weights, found, f"{card.sha256[:12]}…, which its card {card_file.name} names")
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise _bad(weights, f"no safetensors file ({error})", "one") from error
    return card, tuple(_members(weights, card, card_file, tensors))


def write_trained(path: Path, card: C, networks: Sequence[nn.Module]) -> C:
    """Write weights and their card, each file whole or not at all; equal networks and cards give equal bytes.

    Args:
        path: either of the two files.
        card: what to write; its `members`, `sha256` and `digest` are set here.
        networks: the members, all built by `card.settings.model`.

    Returns:
        the card as written.

    Raises:
        InputError: if the name has another ending, or the files cannot be written.
    """
    weights, card_file = _pair(Path(path))
    tensors = {
        f"{_member_name(number)}.{name}": tensor.detach().cpu().contiguous()
        for number, network in enumerate(networks)
        for name, tensor in network.state_dict().items()
    }
    content = save(tensors)
    card = card.model_copy(update={"members": len(networks), "sha256": hashlib.sha256(content).hexdigest()})
    card = card.model_copy(update={"digest": card_digest(card.document())})
    text = json.dumps(card.document(), indent=1, ensure_ascii=False) + "\n"
    for file, data in ((weights, content), (card_file, text.encode())):
        write_whole(file, data)
    return card


def _pair(path: Path, remedy: str = "Name one of the two.") -> tuple[Path, Path]:
    if path.suffix not in (".safetensors", ".json"):
        found = f"a name ending in {path.suffix!r}" if path.suffix else "a name without an ending"
        raise InputError(file=path, found=found, expected=_EXPECTED, remedy=remedy)
    return path.with_suffix(".safetensors"), path.with_suffix(".json")


def _read(file: Path, what: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _bad(file, f"no readable file ({reason(error)})", what) from error


def _read_card(file: Path, kind: type[C]) -> C:
    content = _read(file, "the card of weights, beside them")
    try:
        found = json.loads(content)
    except ValueError as error:
        raise _bad(file, f"no JSON ({reason(error)})", "a card") from error
    if not isinstance(found, dict) or found.get("version") != VERSION:
        version = found.get("version") if isinstance(found, dict) else None
        raise InputError(
            file=file,
            found=f"card version {version}",
            expected=f"version {VERSION}",
            remedy="Use the version of glfnet that these weights were made for, or train them again with this one.",
        )
    try:
        card = kind.model_validate(found)
    except ValidationError as error:
        found = "; ".join(fault.rstrip(".") for fault in faults(error, Card)[:_NAMED])
        raise _bad(file, found, f"a card of version {VERSION}") from error
    if card.digest and card.digest != card_digest(found):
        features = ", ".join(f"{name} {value}" for name, value in card.features.model_dump().items())
        raise InputError(
            file=file,
            found=f"a card that was changed after its weights were made (it now says {features})",
            expected="classes, features, settings and temperature as they were written with the weights",
            remedy="Maps made in another way need weights trained on such maps. " + _REMEDY,
        )
    return card


def _members(file: Path, card: WeightsCard, card_file: Path, tensors: Mapping[str, Tensor]) -> Iterator[nn.Module]:
    left = dict(tensors)
    for number in range(card.members):
        try:
            network = _empty_network(card)
        except SettingsError as error:
            raise _bad(card_file, str(error).rstrip("."), "a network that can be built") from error
        member = {name: left.pop(f"{_member_name(number)}.{name}", None) for name in network.state_dict()}
        for name, expected in network.state_dict().items():
            _check_tensor(file, f"{_member_name(number)}.{name}", member[name], expected)
        network.load_state_dict(member)
        yield network.eval().requires_grad_(False)
    if left:
        raise _bad(file, f"tensor {min(left)}", f"{card.members} members of {card.settings.model.kind} and no more")


def _empty_network(card: WeightsCard) -> nn.Module:
    side = card.features.size_px
    with torch.random.fork_rng(devices=[]):  # fresh weights are drawn, and a caller's random numbers stay as they were
        build = network_builder(card.settings.model)
        return build(len(card.settings.input.channels), card.n_outputs, input_size((side, side), card.settings.input))


def _check_tensor(file: Path, name: str, found: Tensor | None, expected: Tensor) -> None:
    if found is None:
        raise _bad(file, f"no tensor {name}", f"{_form(expected)}, as its card says")
    if found.shape != expected.shape or found.dtype != expected.dtype:
        raise _bad(file, f"tensor {name} {_form(found)}", f"{_form(expected)}, as its card says")


def _form(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def _member_name(number: int) -> str:
    return f"member-{number}"


def _bad(file: Path, found: str, expected: str) -> InputError:
    return InputError(file=file, found=found, expected=expected, remedy=_REMEDY)
