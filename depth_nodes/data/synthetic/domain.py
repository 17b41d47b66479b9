"""The domains: what builds their scenes and leads the camera through them."""

from __future__ import annotations

from collections.abc import Callable

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.synthetic import room, room_path, street, street_path, yard, yard_path
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import Scene, SceneConfig
from depth_nodes.data.synthetic.street_plan import StreetPlan

SCATTER_LENGTH_M = 60.0

Poses = list[Float64[np.ndarray, '4 4']]
Builder = Callable[[SceneConfig, Draw, Draw], tuple[Scene, Poses]]


def build_scene(config: SceneConfig, scene_draw: Draw, path_draw: Draw) -> tuple[Scene, Poses]:
    """The scene and the camera's poses in it."""
    return BUILDERS[config.domain](config, scene_draw, path_draw)


def _room(config: SceneConfig, scene_draw: Draw, path_draw: Draw) -> tuple[Scene, Poses]:
    scene = room.build_room(scene_draw)
    if config.is_scattered:
        return scene, room_path.room_views(path_draw, scene, config.num_frames)
    return scene, room_path.room_path(path_draw, scene, config)


def _street(config: SceneConfig, scene_draw: Draw, path_draw: Draw) -> tuple[Scene, Poses]:
    speed = path_draw.uniform(3, 15)
    driven = speed * (config.num_frames - 1) / config.rate_hz
    if config.frame_spacing_m is not None:
        driven = config.frame_spacing_m * (config.num_frames - 1)
    plan = StreetPlan.drawn(scene_draw, SCATTER_LENGTH_M if config.is_scattered else driven)
    scene = street.build_street(scene_draw, plan)
    if config.is_scattered:
        return scene, street_path.street_views(path_draw, scene, plan, config.num_frames)
    return scene, street_path.street_path(path_draw, scene, plan, config.num_frames)


def _yard(config: SceneConfig, scene_draw: Draw, path_draw: Draw) -> tuple[Scene, Poses]:
    scene = yard.build_yard(scene_draw)
    if config.is_scattered:
        return scene, yard_path.yard_views(path_draw, scene, config.num_frames)
    return scene, yard_path.yard_path(path_draw, scene, config)


BUILDERS: dict[str, Builder] = {'room': _room, 'street': _street, 'yard': _yard}
