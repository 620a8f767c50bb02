import re
from pathlib import Path

import pytest
import torch

from glfnet.errors import InputError
from glfnet.faces.mtcnn import (
    OUTPUT_SIDE_PX,
    PROPOSAL_SIDE_PX,
    PROPOSAL_STRIDE_PX,
    REFINE_SIDE_PX,
    WEIGHTS,
    Mtcnn,
    read_mtcnn,
)


@pytest.fixture(scope="module")
def networks() -> Mtcnn:
    return read_mtcnn()


def rest_of(x: torch.Tensor) -> torch.Tensor:
    return torch.rand(x.shape, generator=torch.Generator().manual_seed(5)) * 2 - 1


@pytest.mark.parametrize(
    ("height", "width", "rows", "columns"),
    [(12, 12, 1, 1), (13, 12, 2, 1), (40, 57, 15, 24)],  # at an odd edge the last window lacks its last pixel
)
def test_the_proposal_net_slides_over_a_picture_of_any_size(
    networks: Mtcnn, height: int, width: int, rows: int, columns: int
) -> None:
    is_face, edges = networks.proposal(torch.zeros(2, 3, height, width))
    assert is_face.shape == (2, rows, columns)
    assert edges.shape == (2, 4, rows, columns)
    assert ((is_face >= 0) & (is_face <= 1)).all()


def test_a_proposal_sees_only_its_own_window(networks: Mtcnn) -> None:
    picture = torch.zeros(1, 3, 32, 40)
    x, y = 7, 4
    left, top = x * PROPOSAL_STRIDE_PX, y * PROPOSAL_STRIDE_PX
    changed = rest_of(picture)
    inside = (slice(None), slice(None), slice(top, top + PROPOSAL_SIDE_PX), slice(left, left + PROPOSAL_SIDE_PX))
    changed[inside] = picture[inside]
    alone = networks.proposal(picture[inside])
    for whole, window in zip(networks.proposal(changed), alone, strict=True):
        torch.testing.assert_close(whole[..., y, x], window[..., 0, 0])
    assert (networks.proposal(changed)[0] - networks.proposal(picture)[0]).abs().max() > 1e-3


def test_the_other_two_look_at_one_window_each(networks: Mtcnn) -> None:
    for n in (0, 1, 3):
        is_face, edges = networks.refine(torch.zeros(n, 3, REFINE_SIDE_PX, REFINE_SIDE_PX))
        assert (is_face.shape, edges.shape) == ((n,), (n, 4))
        is_face, edges, points = networks.output(torch.zeros(n, 3, OUTPUT_SIDE_PX, OUTPUT_SIDE_PX))
        assert (is_face.shape, edges.shape, points.shape) == ((n,), (n, 4), (n, 5, 2))


def test_a_batch_gives_what_its_windows_give_one_by_one(networks: Mtcnn) -> None:
    windows = rest_of(torch.empty(4, 3, OUTPUT_SIDE_PX, OUTPUT_SIDE_PX))
    together = networks.output(windows)
    for i, window in enumerate(windows):
        for whole, single in zip(together, networks.output(window[None]), strict=True):
            torch.testing.assert_close(whole[i], single[0], rtol=1e-4, atol=1e-5)


def test_the_networks_are_read_ready_for_use(networks: Mtcnn) -> None:
    assert not networks.training
    assert not any(parameter.requires_grad for parameter in networks.parameters())
    assert [sum(p.numel() for p in part.parameters()) for part in networks.children()] == [6632, 100178, 389040]


def test_the_weights_come_with_their_licence() -> None:
    notice = WEIGHTS.with_name("mtcnn.NOTICE.txt").read_text(encoding="utf-8")
    assert "MIT License" in notice
    assert "Copyright (c) 2019-2024 Iván de Paz Centeno" in notice


def test_missing_or_damaged_weights_are_named_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "mtcnn.safetensors"
    remedy = r"expected MTCNN's converted weights, SHA-256 \w{12}…\. Install glfnet again"
    with pytest.raises(InputError, match=r"mtcnn\.safetensors: found no readable file .*" + remedy):
        read_mtcnn(path)
    whole = WEIGHTS.read_bytes()
    for content in (b"", whole[:-1], whole[:-1] + b"\0"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=re.escape(f"of {len(content):,} bytes; ") + remedy):
            read_mtcnn(path)
