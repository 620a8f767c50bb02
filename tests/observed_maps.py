"""Look at the maps inside a network while it runs; the network itself stays as it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn


@contextmanager
def observed(network: nn.Module, *names: str) -> Iterator[dict[str, Tensor]]:
    """Collect copies of what named sub-modules put out at their last call within the `with` block."""
    seen: dict[str, Tensor] = {}

    def keep(name: str, output: Tensor) -> None:
        seen[name] = output.detach().clone()  # a ReLU that works in place may follow and overwrite it

    hooks = [
        network.get_submodule(name).register_forward_hook(lambda _module, _maps, output, name=name: keep(name, output))
        for name in names
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
