"""Fewer numbers for what a bank holds: fewer channels, and prototypes in place of pixels."""

from __future__ import annotations

from dataclasses import replace
import hashlib
from typing import NamedTuple

import cv2
from jaxtyping import Float
import numpy as np
import torch
from torch import Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.networks.prior.bank import PriorBank

MIN_VARIANCE = 1e-6  # of a component, over that of the largest
CHUNK = 65536
MAX_ITERATIONS, TOLERANCE = 30, 1e-3


class Whitened(NamedTuple):
    """Principal components of features, each of variance 1.

    `explained` is their share of the variance, `basis` names what they are components of.
    """

    features: Float[Tensor, 'entry component']
    explained: float
    basis: str


def whitened(features: Float[Tensor, 'entry channel'], num_channels: int) -> Whitened:
    """The components of most variance, so that no channel of a teacher outshouts the others."""
    chunks = [chunk.double() for chunk in features.split(CHUNK)]
    mean = torch.stack([chunk.sum(dim=0) for chunk in chunks]).sum(dim=0) / len(features)
    squares = torch.stack([(chunk - mean).T @ (chunk - mean) for chunk in chunks]).sum(dim=0)
    variances, directions = torch.linalg.eigh(squares / len(features))
    # From large to small; `eigh` leaves the signs open.
    variances, directions = variances.flip(0)[:num_channels], directions.flip(1)[:, :num_channels]
    largest = directions.gather(0, directions.abs().argmax(dim=0, keepdim=True))
    least = MIN_VARIANCE * variances[0].clamp(min=torch.finfo(torch.float64).tiny)
    basis = directions * largest.sign() / variances.clamp(min=least).sqrt()
    reduced = torch.cat([((chunk - mean) @ basis).float() for chunk in chunks])
    return Whitened(
        reduced,
        float(variances.sum() / squares.trace() * len(features)),
        hashlib.sha256(torch.cat([mean[:, None], basis], dim=1).numpy().tobytes()).hexdigest(),
    )


def prototypes(bank: PriorBank, number: int, seed: int) -> PriorBank:
    """Centres of clusters of the features (k-means), with the mean of ln D_r, and their counts.

    Raises:
        ConfigError: the bank has fewer entries.
    """
    if len(bank.features) < number:
        raise ConfigError(f'the bank has {len(bank.features)} entries; choose fewer prototypes')
    cv2.setRNGSeed(seed % 2**31)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, MAX_ITERATIONS, TOLERANCE)
    labels = np.zeros((len(bank.features), 1), np.int32)
    cv2.kmeans(bank.features.numpy(), number, labels, criteria, 1, cv2.KMEANS_PP_CENTERS)
    label = torch.from_numpy(labels[:, 0]).long()
    weight = bank.log_count.double().exp()
    count = torch.zeros(number, dtype=torch.float64).index_add(0, label, weight)
    centres = _means(bank.features, label, weight, count)
    log_depth = _means(bank.log_depth[:, None], label, weight, count)[:, 0]
    return replace(bank, features=centres, log_depth=log_depth, log_count=count.log().float())


def _means(
    values: Float[Tensor, 'entry channel'],
    label: Tensor,
    weight: Float[Tensor, ' entry'],
    count: Float[Tensor, ' cluster'],
) -> Float[Tensor, 'cluster channel']:
    sums = torch.zeros(len(count), values.shape[1], dtype=torch.float64)
    sums.index_add_(0, label, weight[:, None] * values.double())
    return (sums / count[:, None]).float()
