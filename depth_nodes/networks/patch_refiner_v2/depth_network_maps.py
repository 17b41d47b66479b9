"""Coarse maps of the depth networks of this package, such as SmallDepth."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.depth_network import DepthNetwork, IMAGE_MEAN, IMAGE_STD
from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps


def coarse_maps_from_depth_network(
    network: DepthNetwork,
    image: Float[Tensor, 'image 3 height width'],
    canonical: CanonicalCamera,
) -> CoarseMaps:
    """The decoder's features, the encoder's where the decoder begins, and canonical depth [m].

    The image takes the place of features at stride 1, for `PatchRefinerConfig.has_coarse_image`.
    Metres of a camera are a factor on the depth, before the refiner or after it.

    Args:
        network: in evaluation mode where it does not learn.
        image: RGB in [0, 1]; sides are multiples of 32, at least 96.
        canonical: the camera that the network predicts for.
    """
    prediction = network.predict(image)
    features = prediction.features
    depth = 1 / canonical.inverse_depth_from_sigmoid(prediction.output.full)
    normalised = (image - IMAGE_MEAN) / IMAGE_STD
    return CoarseMaps((normalised, *features.decoder[1:], features.encoder[-1]), depth)
