"""Write the depth of an image, a sequence folder, a video or a bag, as numbers and pictures."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
import math
from pathlib import Path

import numpy as np
from tqdm import tqdm

from depth_nodes.cli.bag_options import add_image_topic_arguments, refuse_bag_options
from depth_nodes.cli.predictor import add_model_arguments
from depth_nodes.data.sample import Sample
from depth_nodes.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument('--sequence', type=Path, metavar='DIR', help='a sequence folder')
    source.add_argument('--image', type=Path, metavar='FILE', help='an image that OpenCV reads')
    source.add_argument('--video', type=Path, metavar='FILE', help='a video that OpenCV reads')
    source.add_argument('--bag', type=Path, metavar='FILE', help='a rosbag2 recording')
    parser.add_argument(
        '--output',
        type=Path,
        required=True,
        metavar='DIR',
        help='gets NNNNNN.npy (float32 metres: NaN invalid, +Inf beyond range, -Inf too near) '
        'and NNNNNN.png to look at',
    )
    add_model_arguments(parser)
    add_image_topic_arguments(parser)
    parser.add_argument(
        '--fx-px',
        type=float,
        metavar='F',
        help="focal length in pixels of the images, in place of the source's own",
    )


def run(arguments: argparse.Namespace) -> int:
    """Predicts every frame of the source.

    Raises:
        DepthNodesError: the source, the model or the backend cannot be used.
    """
    from depth_nodes.cli.predictor import make_predictor
    from depth_nodes.evaluation.pictures import colour_depth, depth_range, write_picture

    if arguments.fx_px is not None and not 0 < arguments.fx_px < math.inf:
        raise ConfigError(f'--fx-px is {arguments.fx_px}; give a positive focal length in pixels')
    source = _open_source(arguments)
    predictor = make_predictor(
        arguments.model, arguments.backend, refine=arguments.refine, fx_px=arguments.fx_px
    )
    output: Path = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    limits = None
    count = 0
    for sample in tqdm(source, unit='frame', leave=False, disable=None):
        depth = predictor(sample)
        np.save(output / f'{sample.name}.npy', depth)
        limits = limits or depth_range([depth])  # one scale for all pictures
        write_picture(output / f'{sample.name}.png', colour_depth(depth, limits))
        count += 1
    predictor.close()
    print(f'{output}: depth of {count} frames by {predictor.model_name}')
    return 0


def _open_source(arguments: argparse.Namespace) -> Iterable[Sample]:
    if arguments.bag:
        from depth_nodes.data.bag import BagReader

        return BagReader(
            arguments.bag,
            image_topic=arguments.image_topic,
            camera_info_topic=arguments.camera_info_topic,
        )
    refuse_bag_options(arguments)
    if arguments.sequence:
        from depth_nodes.data.sequence import Sequence

        return Sequence(arguments.sequence)
    if arguments.video:
        from depth_nodes.data.video import VideoReader

        return VideoReader(arguments.video)
    from depth_nodes.data.image_file import read_rgb

    return [Sample(name='000000', image=read_rgb(arguments.image))]
