from typing import Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from glfnet.model.local_block import LocalBlock, build_local_block, join_regions, split_regions

GRIDS = [(2, 2), (1, 1), (1, 3), (3, 2)]


@settings(deadline=None, max_examples=60)
@given(
    grid=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    size=st.tuples(st.integers(4, 13), st.integers(4, 13)),
)
def test_regions_tile_the_map(grid: tuple[int, int], size: tuple[int, int]) -> None:
    places = torch.arange(2.0 * 3 * size[0] * size[1]).reshape(2, 3, *size)  # every number once
    regions = split_regions(places, grid)
    assert (len(regions), {len(row) for row in regions}) == (grid[0], {grid[1]})
    seen = torch.cat([region.flatten() for row in regions for region in row])
    assert torch.equal(seen.sort().values, places.flatten())  # nothing lost, nothing twice
    assert torch.equal(join_regions(regions), places)


@settings(deadline=None, max_examples=60)
@given(
    grid=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    size=st.tuples(st.integers(4, 13), st.integers(4, 13)),
)
def test_regions_are_as_even_as_can_be_with_the_larger_ones_first(grid: tuple[int, int], size: tuple[int, int]) -> None:
    regions = split_regions(torch.zeros(1, 1, *size), grid)
    heights = [row[0].shape[2] for row in regions]
    widths = [region.shape[3] for region in regions[0]]
    for sides in (heights, widths):
        assert sides == sorted(sides, reverse=True)
        assert sides[0] - sides[-1] <= 1
    assert all(region.shape[2:] == (heights[r], widths[c]) for r, row in enumerate(regions) for c, region in _on(row))


def test_an_odd_map_splits_into_ceiling_and_floor() -> None:
    sizes = [[tuple(q.shape[2:]) for q in row] for row in split_regions(torch.zeros(1, 1, 5, 7), (2, 2))]
    assert sizes == [[(3, 4), (3, 3)], [(2, 4), (2, 3)]]


@pytest.mark.parametrize("size", [(8, 8), (7, 9)])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.slow
def test_a_change_in_one_region_reaches_that_region_only(
    grid: tuple[int, int], training: bool, shared: bool, size: tuple[int, int]
) -> None:
    block = LocalBlock(6, grid, 2, shared=shared).train(training)
    x = torch.randn(3, 6, *size)
    before = split_regions(block(x), grid)
    for r in range(grid[0]):
        for c in range(grid[1]):
            touched = x.clone()
            split_regions(touched, grid)[r][c].mul_(-3)  # regions are views
            after = split_regions(block(touched), grid)
            changed = [(i, j) for i, row in enumerate(before) for j, q in _on(row) if not torch.equal(q, after[i][j])]
            assert changed == [(r, c)]


@pytest.mark.parametrize("grid", GRIDS)
def test_branches_belong_to_regions_in_reading_order(grid: tuple[int, int]) -> None:
    block = LocalBlock(4, grid, 2).eval()
    x = torch.randn(2, 4, 7, 9)
    alone = [region for row in split_regions(x, grid) for region in row]
    out = [region for row in split_regions(block(x), grid) for region in row]
    assert len(block.branches) == len(alone)
    for branch, region, found in zip(block.branches, alone, out, strict=True):
        torch.testing.assert_close(found, branch(region))


def test_the_shared_block_has_one_branch_for_all_regions() -> None:
    own, shared = LocalBlock(4, (2, 3)), LocalBlock(4, (2, 3), shared=True)
    assert (len(own.branches), len(shared.branches)) == (6, 1)
    assert _size(own) == 6 * _size(shared)


def test_equal_regions_come_out_equal_only_where_the_branch_is_shared() -> None:
    x = torch.randn(1, 4, 4, 4).repeat(1, 1, 2, 2)
    for shared in (True, False):
        first, *others = [q for row in split_regions(LocalBlock(4, shared=shared).eval()(x), (2, 2)) for q in row]
        assert all(torch.allclose(first, other) == shared for other in others)


def test_a_branch_learns_from_its_own_region_only() -> None:
    block = LocalBlock(8, (2, 2), 2)
    torch.autograd.backward(split_regions(block(torch.randn(4, 8, 9, 9)), (2, 2))[1][0].square().sum())
    touched = [sum(float(p.grad.abs().sum()) for p in b.parameters() if p.grad is not None) for b in block.branches]
    assert touched[2] > 0
    assert touched[0] == touched[1] == touched[3] == 0


@pytest.mark.parametrize("kind", ["unshared", "shared"])
def test_gradients_reach_every_parameter(kind: Literal["unshared", "shared"]) -> None:
    block = build_local_block(kind, 8, (2, 2), 2)
    (block(torch.randn(4, 8, 9, 9)) * torch.randn(8, 9, 9)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in block.parameters())


@pytest.mark.parametrize("shared", [False, True])
def test_a_batch_gives_what_its_maps_give_one_by_one(shared: bool) -> None:
    block = LocalBlock(8, (2, 2), 2, shared=shared).eval()
    x = torch.randn(4, 8, 9, 6)
    torch.testing.assert_close(block(x), torch.cat([block(m[None]) for m in x]), rtol=1e-4, atol=1e-5)


def test_each_kind_builds_its_block() -> None:
    x = torch.randn(1, 4, 8, 8)
    assert build_local_block("none", 4, (2, 2), 4)(x) is x
    for kind, branches in (("unshared", 6), ("shared", 1)):
        block = build_local_block(kind, 4, (3, 2), 4)  # type: ignore[arg-type]
        assert isinstance(block, LocalBlock)
        assert (block.grid, len(block.branches)) == ((3, 2), branches)


def _on(row: list[torch.Tensor]) -> list[tuple[int, torch.Tensor]]:
    return list(enumerate(row))


def _size(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
