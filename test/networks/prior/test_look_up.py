"""Looking up in chunks is looking up at once, forwards and backwards, in less memory."""

import pytest
import torch

from depth_nodes.networks.prior import look_up as module
from depth_nodes.networks.prior.affinity import affinity, entropy
from depth_nodes.networks.prior.look_up import look_up


@pytest.fixture
def numbers() -> list[torch.Tensor]:
    """Queries, keys, values and log counts."""
    torch.manual_seed(0)
    shapes = (30, 4), (11, 4), (11, 3), (11,)
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


@pytest.mark.parametrize('max_elements', [1, 11 * 7, 11 * 100])
def test_chunks_are_the_whole(numbers, max_elements, monkeypatch):
    monkeypatch.setattr(module, 'MAX_ROW_ELEMENTS', max_elements)
    queries, keys, values, log_count = numbers
    rows = affinity(queries, keys, log_count)
    found, expected = look_up(*numbers), rows @ values
    torch.testing.assert_close(found.values, expected)
    torch.testing.assert_close(found.entropy, entropy(rows.detach()))
    torch.testing.assert_close(found.mass, rows.detach().mean(dim=0))
    weight = torch.randn_like(expected)
    gradients = [
        torch.autograd.grad((one * weight).sum(), numbers) for one in (found.values, expected)
    ]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_mass_and_entropy_teach_nothing(numbers):
    found = look_up(*numbers)
    assert found.values.requires_grad
    assert not found.mass.requires_grad
    assert not found.entropy.requires_grad


def test_rows_are_never_there_all_at_once(monkeypatch):
    """Of a bank of 25,000 entries, neither forwards nor for the gradient."""
    num_points, num_entries, sizes = 2000, 25_000, []

    def watched(queries, keys, log_count):
        rows = affinity(queries, keys, log_count)
        sizes.append(rows.numel())
        return rows

    monkeypatch.setattr(module, 'affinity', watched)
    queries = torch.rand(num_points, 2, requires_grad=True)
    entries = torch.rand(num_entries, 2)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda value: kept.append(value.numel()) or value, lambda value: value
    ):
        found = look_up(queries, entries, entries[:, :1], torch.zeros(num_entries))
    assert max(sizes) <= module.MAX_ROW_ELEMENTS
    assert sum(sizes) == num_points * num_entries
    assert max(kept, default=0) <= queries.numel() + entries.numel()
    found.values.sum().backward()
    assert queries.grad.abs().max() > 0
