"""A model of one's own is tried before anything is trained: is a network made anew for each fold, does it answer?"""

import inspect
from collections.abc import Callable, Iterator
from typing import cast

import torch
from torch import Tensor, nn

from glfnet.arguments import check_argument
from glfnet.errors import SettingsError
from glfnet.threads import processor_threads

_EXPECTED = (
    "a scikit-learn classifier, or a function (in_channels, n_classes, (height, width)) that builds a fresh nn.Module "
    "for each fold"
)
_REMEDY = "Build a new network within the function that you pass as model."


def is_classifier(model: object) -> bool:
    """Return whether a model of one's own is a scikit-learn classifier; else it is a function that builds networks.

    Raises:
        SettingsError: if it is neither: a trained network, a class of scikit-learn instead of an object, something that
            does not name classes, or a function that takes other arguments.
    """
    fits = hasattr(model, "fit") and hasattr(model, "predict")
    if fits and isinstance(model, type):
        raise SettingsError(f"model: found the class {model.__name__}; expected an object of it, {model.__name__}().")
    if fits:
        tags = getattr(model, "__sklearn_tags__", None)  # older estimators, and other people's, have none
        kind = None if tags is None else tags().estimator_type
        if kind not in (None, "classifier"):
            name = type(model).__name__
            raise SettingsError(f"model: found {name}, a {kind}; expected a classifier: it has to name a class.")
        return True
    check_argument("model", model, callable(model) and not isinstance(model, nn.Module), _EXPECTED)
    try:
        inspect.signature(cast(Callable[..., object], model)).bind(3, 3, (28, 28))
    except TypeError as error:
        raise SettingsError(f"model: the function takes other arguments ({error}); expected {_EXPECTED}.") from error
    except ValueError:  # a function that is not written in Python does not tell
        pass
    return False


def check_builds(first: object, second: object, in_channels: int, n_classes: int, size_px: tuple[int, int]) -> None:
    """Check two networks that one function has built, one after the other.

    What one fold trains must be nothing that another fold begins with: a network that goes through all folds has been
    trained on every held-out subject but the first.

    Args:
        first: what the first call returned; its mode and weights are left as they are.
        second: what the second call returned.
        in_channels: C of the maps.
        n_classes: K of the logits that are expected.
        size_px: height and width of the maps.

    Raises:
        SettingsError: if one of them is no network, both are one or share a tensor, or the first does not give finite
            (N, K) logits for (N, C, H, W) maps.
    """
    if not isinstance(first, nn.Module) or not isinstance(second, nn.Module):
        found = type(first if not isinstance(first, nn.Module) else second).__name__
        raise SettingsError(f"model: the function returned {found}; expected a torch nn.Module. {_REMEDY}")
    if first is second:
        raise SettingsError(
            "model: the function returned the same network twice; expected a new one each time, or every fold goes on "
            f"training what the folds before it have trained. {_REMEDY}"
        )
    others = _tensors(second)
    name = next((name for place, name in _tensors(first).items() if place in others), None)
    if name is not None:
        raise SettingsError(
            f"model: two networks that the function returned share {name}; expected nothing in common, or a fold "
            f"begins with what another fold has trained. {_REMEDY}"
        )
    _check_answer(first, in_channels, n_classes, size_px)


def _check_answer(network: nn.Module, in_channels: int, n_classes: int, size_px: tuple[int, int]) -> None:
    training = network.training
    maps = torch.linspace(-1, 1, 2 * in_channels * size_px[0] * size_px[1]).reshape(2, in_channels, *size_px)
    expected = f"logits of shape (2, {n_classes}) for maps of shape {tuple(maps.shape)}"
    try:
        with processor_threads(), torch.inference_mode():
            answer = network.eval()(maps)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise SettingsError(
            f"model: the network failed on a trial batch ({reason[0]}); expected {expected}."
        ) from error
    finally:
        network.train(training)
    if not isinstance(answer, Tensor):
        raise SettingsError(
            f"model: the network returned {type(answer).__name__}; expected {expected}, one tensor. "
            "Return the logits alone."
        )
    if answer.shape != (2, n_classes):
        raise SettingsError(
            f"model: the network returned shape {tuple(answer.shape)}; expected {expected}. Its last layer needs "
            "as many outputs as the second argument of your function says."
        )
    if not torch.isfinite(answer).all():
        raise SettingsError(f"model: the untrained network returned numbers that are not finite; expected {expected}.")


def _tensors(network: nn.Module) -> dict[int, str]:
    """Return where in memory each parameter and buffer lies, and its name."""
    return {tensor.data_ptr(): name for name, tensor in _named(network) if tensor.numel()}


def _named(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from network.named_parameters()
    yield from network.named_buffers()
