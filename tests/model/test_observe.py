import pytest
import torch
from torch import nn

from glfnet.config import GLFNetSettings
from glfnet.model.glfnet import GLFNet
from glfnet.model.observe import observed


@pytest.fixture
def network() -> GLFNet:
    torch.manual_seed(0)
    return GLFNet(GLFNetSettings(width=4, stem_stride=1, local_block="unshared", grid=(2, 2))).eval()


def test_what_is_observed_is_what_the_module_put_out(network: GLFNet) -> None:
    maps = torch.randn(2, 3, 9, 8)
    with observed(network, "stem", "local_block.branches.3") as seen:
        network(maps)
    features = network.stem(maps)
    torch.testing.assert_close(seen["stem"], features)
    torch.testing.assert_close(seen["local_block.branches.3"], network.local_block(features)[:, :, 5:, 4:])


def test_a_module_followed_by_a_relu_in_place_is_observed_before_it(network: GLFNet) -> None:
    maps = torch.randn(2, 3, 9, 8)
    with observed(network, "stem.0") as seen:
        network(maps)
    assert seen["stem.0"].min() < 0
    torch.testing.assert_close(seen["stem.0"], network.stem[0](maps))


def test_what_is_observed_stays_when_the_caller_changes_the_output() -> None:
    network = nn.Sequential(nn.Identity())
    with observed(network, "0") as seen:
        network(torch.ones(2)).add_(1)
    assert seen["0"].tolist() == [1, 1]


def test_watching_changes_neither_the_output_nor_the_gradients(network: GLFNet) -> None:
    maps = torch.randn(2, 3, 9, 8)

    def outcome() -> list[torch.Tensor]:
        network.zero_grad()
        logits = network(maps)
        logits.square().sum().backward()
        return [logits, *(p.grad.clone() for p in network.parameters() if p.grad is not None)]

    alone = outcome()
    with observed(network, "stem.0", "fusion", "head") as seen:
        watched = outcome()
    assert all(torch.equal(a, b) for a, b in zip(alone, watched, strict=True))
    assert not any(m.requires_grad for m in seen.values())


def test_the_last_pass_within_the_block_counts_and_none_after_it(network: GLFNet) -> None:
    first, last, after = (torch.randn(1, 3, 8, 8) for _ in range(3))
    with observed(network, "head") as seen:
        assert seen == {}
        network(first)
        network(last)
    network(after)
    torch.testing.assert_close(seen["head"], network(last))


def test_the_network_itself_has_the_empty_name(network: GLFNet) -> None:
    with observed(network, "") as seen:
        logits = network(torch.zeros(1, 3, 8, 8))
    assert torch.equal(seen[""], logits)


def test_an_unknown_name_is_refused_and_nothing_goes_on_watching(network: GLFNet) -> None:
    with pytest.raises(AttributeError, match="has no attribute `fusoin`"), observed(network, "stem", "fusoin"):
        pass
    assert not any(m._forward_hooks for m in network.modules())


def test_nothing_goes_on_watching_after_an_error_within_the_block(network: GLFNet) -> None:
    with pytest.raises(ZeroDivisionError), observed(network, "stem", "head"):
        raise ZeroDivisionError
    assert not any(m._forward_hooks for m in network.modules())
