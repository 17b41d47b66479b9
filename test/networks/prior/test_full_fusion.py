"""Laws of the faithful prior depth fusion."""

import pytest
import torch

from depth_nodes.networks.prior.bank import PriorBank
from depth_nodes.networks.prior.full_fusion import FullPriorFusion

CHANNELS, BANK_CHANNELS = 5, 6


def make_fusion(num_entries: int) -> FullPriorFusion:
    """With a bank of random entries."""
    torch.manual_seed(0)
    fusion = FullPriorFusion(
        CHANNELS,
        num_entries=num_entries,
        bank_channels=BANK_CHANNELS,
        key_channels=8,
        num_heads=2,
    )
    fusion.take_over(make_bank(num_entries))
    return fusion


def make_bank(num_entries: int) -> PriorBank:
    return PriorBank(
        features=torch.randn(num_entries, BANK_CHANNELS),
        log_depth=torch.randn(num_entries),
        log_count=torch.zeros(num_entries),
    )


@pytest.fixture
def features() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(2, CHANNELS, 3, 4)


def test_before_any_training_it_says_what_it_was_given(features):
    assert torch.equal(make_fusion(20)(features).features, features)


def test_one_entry_gives_every_pixel_its_depth(features):
    fusion = make_fusion(1)
    found = fusion(features).retrieved
    torch.testing.assert_close(found.log_depth, fusion.log_depth.expand(2, 1, 3, 4))
    expected = fusion.features[0, :, None, None].expand(2, BANK_CHANNELS, 3, 4)
    torch.testing.assert_close(found.features, expected)
    assert (found.entropy == 0).all()


def test_retrieved_depths_lie_within_those_of_the_bank(features):
    fusion = make_fusion(20)
    found = fusion(features).retrieved.log_depth
    assert fusion.log_depth.min() < found.min() < found.max() < fusion.log_depth.max()


def test_mass_is_what_both_branches_weigh(features):
    fusion = make_fusion(20)
    mass = fusion(features).mass
    assert mass.shape == (20,)
    assert (mass > 0).all()
    assert mass.sum().item() == pytest.approx(2, abs=1e-5)


def test_an_entry_that_no_pixel_is_like_has_no_mass_and_can_be_left_out(features):
    fusion = make_fusion(20)
    with torch.no_grad():
        fusion.merge.weight.normal_()
    fusion.log_count[7] = -50
    whole = fusion(features)
    assert whole.mass[7] < 1e-15
    kept = torch.arange(20) != 7
    smaller = make_fusion(19)
    weights = fusion.state_dict()
    for name in ('features', 'log_depth', 'log_count'):
        weights[name] = weights[name][kept]
    smaller.load_state_dict(weights)
    found = smaller(features)
    torch.testing.assert_close(found.features, whole.features)
    torch.testing.assert_close(found.mass, whole.mass[kept])


def test_pixels_are_looked_up_one_by_one(features):
    fusion = make_fusion(20)
    with torch.no_grad():
        fusion.merge.weight.normal_()
    one, all_of_them = fusion(features[1:, :, 2:, 3:]), fusion(features)
    torch.testing.assert_close(one.features, all_of_them.features[1:, :, 2:, 3:])
    entropy = all_of_them.retrieved.entropy[1:, :, 2:, 3:]
    torch.testing.assert_close(one.retrieved.entropy, entropy)


def test_the_prior_learns_although_it_says_nothing_at_first(features):
    """One step moves the filter, from the next on the gradient reaches every weight."""
    fusion = make_fusion(20)
    optimiser = torch.optim.SGD(fusion.parameters(), lr=0.1)
    for _ in range(2):
        optimiser.zero_grad()
        (fusion(features).features - 1).square().mean().backward()
        optimiser.step()
    # A common shift of all keys changes no softmax.
    unmoved = [name for name, one in fusion.named_parameters() if one.grad.abs().max() < 1e-7]
    assert unmoved == ['key.bias', 'hint.key.bias']
