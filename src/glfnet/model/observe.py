"""Look at the maps inside a network while it runs; the network itself is left as it is."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from torch import Tensor, nn


@contextmanager
def observed(network: nn.Module, *names: str) -> Iterator[dict[str, Tensor]]:
    """Collect copies of what named sub-modules put out at their last call within the `with` block.

    Args:
        network: any network.
        names: dotted names of sub-modules, as `named_modules` has them: `global_attention.spatial_gate`,
            `fusion.gate`, `local_block.branches.0`.

    Raises:
        AttributeError: if there is no such sub-module.

    Example:
        >>> import torch
        >>> from glfnet.model.glfnet import GLFNet
        >>> network = GLFNet().eval()
        >>> with observed(network, "global_attention.spatial_gate") as maps:
        ...     _ = network(torch.zeros(1, 3, 28, 28))
        >>> tuple(maps["global_attention.spatial_gate"].shape)
        (1, 1, 7, 7)
    """
    seen: dict[str, Tensor] = {}

    def keeper(name: str) -> object:
        def keep(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            seen[name] = output.detach().clone()  # a ReLU that works in place may follow and overwrite it

        return keep

    with ExitStack() as hooks:
        for name in names:
            hooks.enter_context(_hook(network.get_submodule(name), keeper(name)))
        yield seen


@contextmanager
def _hook(module: nn.Module, keep: object) -> Iterator[None]:
    handle = module.register_forward_hook(keep)  # type: ignore[arg-type]
    try:
        yield
    finally:
        handle.remove()
