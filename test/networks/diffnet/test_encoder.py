"""The walk through timm's stages gives what timm's own walk gives."""

from tiny_networks import TINY_DIFFNET
import torch

from depth_nodes.networks.diffnet.encoder import HighResolutionEncoder


def test_the_last_stage_and_the_stem_are_those_of_timm():
    torch.manual_seed(0)
    encoder = HighResolutionEncoder(TINY_DIFFNET.backbone, is_pretrained=False).eval()
    image, net = torch.rand(1, 3, 96, 128), encoder.hrnet
    with torch.no_grad():
        found = encoder(image)
        stem = net.act1(net.bn1(net.conv1(image)))
        stages = net.stages(net.act2(net.bn2(net.conv2(stem))))
    assert torch.equal(found[0], stem)
    for features, last in zip(found[1:], stages, strict=True):
        assert torch.equal(features[:, -last.shape[1] :], last)
        assert features.std() > 0.1
