"""DIFFNet learns, without and with a bank, and its checkpoint predicts."""

from dataclasses import replace

from tiny_networks import TINY_DIFFNET
from tiny_training import CONFIG, make_source, make_trainer
import torch

from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.diffnet.diffnet import DiffNet
from depth_nodes.networks.prior.bank import PriorBank, save_bank
from depth_nodes.training.depth_learner import DepthLearner
from depth_nodes.training.prior.config import PriorConfig
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.sampler import BatchSampler

CONFIG = replace(CONFIG, view_sizes=((96, 96),), architecture='diffnet', diffnet=TINY_DIFFNET)


def test_a_step_moves_every_part_and_is_saved(tmp_path):
    trainer = make_trainer(tmp_path, replace(CONFIG, num_steps=1))
    network = trainer.learner.network
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    checkpoint = load_checkpoint(trainer.train())
    moved = {
        name.split('.')[0]
        for name, value in network.named_parameters()
        if not torch.equal(value, before[name])
    }
    assert moved == {'encoder', 'decoder', 'heads'}
    assert isinstance(checkpoint.network, DiffNet)
    assert checkpoint.network.config == TINY_DIFFNET
    image, averaged = torch.rand(1, 3, 96, 128), trainer.learner.averaged.eval()
    with torch.no_grad():
        predicted, expected = (one(image).full for one in (checkpoint.network, averaged))
    torch.testing.assert_close(predicted, expected, rtol=1e-4, atol=0)


def test_weights_of_the_hub_are_named():
    assert CONFIG.known_backbones == ()
    pretrained = replace(CONFIG, diffnet=replace(TINY_DIFFNET, is_pretrained=True))
    assert pretrained.known_backbones == (TINY_DIFFNET.backbone,)
    assert replace(pretrained, architecture='small_depth').known_backbones == ()
    prior = replace(pretrained, architecture='diffnet_prior', prior=PriorConfig(bank='bank'))
    assert prior.known_backbones == (TINY_DIFFNET.backbone,)


def test_with_a_bank_it_begins_as_diffnet_and_its_fusion_learns(tmp_path):
    torch.manual_seed(2)
    plain = DiffNet(TINY_DIFFNET)
    weights, bank_path = tmp_path / 'plain.safetensors', tmp_path / 'bank.safetensors'
    save_checkpoint(
        weights, Checkpoint(network=plain, network_name='diffnet', canonical=CONFIG.canonical)
    )
    bank = PriorBank(
        features=torch.randn(9, 5), log_depth=torch.randn(9), log_count=torch.zeros(9)
    )
    save_bank(bank_path, bank)
    config = replace(
        CONFIG,
        architecture='diffnet_prior',
        prior=PriorConfig(bank=str(bank_path), is_network_frozen=True),
        initial_checkpoint=str(weights),
    )
    learner = DepthLearner(config, ProcessGroup())
    network, image = learner.network, torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        torch.testing.assert_close(network.eval()(image).full, plain.eval()(image).full)
    assert network.config.num_entries == 9
    before = {name: one.clone() for name, one in network.state_dict().items()}
    batch = BatchSampler([make_source()], config).batch(0)
    for step in range(2):  # a query learns once the filter over what it finds is not zero
        learner.learn(batch, step, 0.5)
    moved = {
        name for name, one in network.state_dict().items() if not torch.equal(one, before[name])
    }
    assert moved
    assert all(name.startswith('fusion.') for name in moved)
    assert {'fusion.merge.weight', 'fusion.query.weight'} <= moved
    assert torch.equal(network.fusion.log_depth, bank.log_depth)
    (checkpoint,) = learner.checkpoints().values()
    path = tmp_path / 'trained.safetensors'
    save_checkpoint(path, checkpoint)
    assert load_checkpoint(path).network.config == network.config
