"""The two engines of a refiner: built once, kept, and held to torch's float32 at each start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
import logging
from typing import NamedTuple, TypeAlias

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.model_header import INPUT_NAME, MAP_NAMES, TILE_NAMES
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps, median_depth
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner
from depth_nodes.networks.patch_refiner_v2.region import sample_regions
from depth_nodes.networks.refiner_export import DeployedCoarse, EngineRefiner
from depth_nodes.runtime.engine_cache import EngineCache
from depth_nodes.runtime.engine_key import EngineKey
from depth_nodes.runtime.parity import Agreement, fixed_frames, require_agreement
from depth_nodes.runtime.tensorrt_compiler import build_plan, load_compiler, Profile
from depth_nodes.runtime.tensorrt_tensors import ANY, Shape, TensorsEngine
from depth_nodes.runtime.torch_network import without_tf32

# Tiles at once: one, what kernels are chosen for, and more than the 12 of 1920x1080.
TILES = Profile(least=1, usual=4, most=16, num_inputs=len(TILE_NAMES))

# Float32 tensors to float32 tensors, on one device.
Run: TypeAlias = Callable[..., list[Tensor]]

logger = logging.getLogger(__name__)


class RefinerNetworks(NamedTuple):
    """What the engines are made of, and compared with; on one device, in float32."""

    coarse: DepthNetwork
    canonical: CanonicalCamera
    refiner: PatchRefiner


class LoadedEngine(NamedTuple):
    """A plan, and what runs it."""

    plan: bytes
    run: Run


class RefinerEngines(NamedTuple):
    """Image to canonical depth [m] and features; tiles, boxes and these maps to residuals.

    The refiner's takes depth over its median, as `PatchRefiner.refine` does.
    """

    coarse: LoadedEngine
    refiner: LoadedEngine


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One of the two.

    Attributes:
        key: what it is kept under.
        graph: makes what is compiled.
        inputs: examples by name; where there is a profile, of the usual length.
        outputs: their shapes.
        profile: None: all lengths are those of the examples.
        check: raises EngineMismatchError where it says something else than torch.
    """

    key: EngineKey
    graph: Callable[[], nn.Module]
    inputs: Mapping[str, Tensor]
    outputs: Sequence[Shape]
    profile: Profile | None
    check: Callable[[Run], None]


@torch.no_grad()
def load_engines(
    networks: RefinerNetworks, coarse_key: EngineKey, refiner_key: EngineKey, cache: EngineCache
) -> RefinerEngines:
    """Loads both engines, or builds them, which takes minutes.

    Args:
        networks: their weights.
        coarse_key: its shape is 1, and height and width of the view.
        refiner_key: its shape is the most tiles at once, and the height and width of one.
        cache: where they are kept.

    Raises:
        BackendError: one cannot be built, or is not the network.
    """
    device = next(networks.refiner.parameters()).device
    image = fixed_frames(coarse_key.shape)['a texture'].to(device)
    with without_tf32():
        maps = DeployedCoarse(networks.coarse, networks.canonical)(image)
    coarse = _coarse_part(networks, coarse_key, image, maps)
    depth, *features = maps
    in_units = CoarseMaps(tuple(features), depth / median_depth(depth))
    refiner = _refiner_part(networks, refiner_key, in_units)
    return RefinerEngines(_loaded(coarse, cache), _loaded(refiner, cache))


def _coarse_part(
    networks: RefinerNetworks,
    key: EngineKey,
    image: Float[Tensor, '1 3 height width'],
    maps: tuple[Tensor, ...],
) -> _Part:
    def check(engine: Run) -> None:
        found = zip(MAP_NAMES, engine(image), maps, strict=True)
        pairs = {name: Agreement(said, expected, expected) for name, said, expected in found}
        require_agreement(pairs, key.precision)

    return _Part(
        key=key,
        graph=lambda: DeployedCoarse(networks.coarse, networks.canonical),
        inputs={INPUT_NAME: image},
        outputs=[tuple(one.shape) for one in maps],
        profile=None,
        check=check,
    )


def _refiner_part(networks: RefinerNetworks, key: EngineKey, coarse: CoarseMaps) -> _Part:
    _, height, width = key.shape
    maps = dict(zip(MAP_NAMES, (coarse.depth, *coarse.features), strict=True))

    def check(engine: Run) -> None:
        for number in (TILES.least, TILES.usual, TILES.most):
            tiles, boxes = _example_tiles((number, height, width), coarse.depth.device)
            with without_tf32():
                expected = networks.refiner.refine(tiles, boxes, coarse).residual
            (residual,) = engine(tiles, boxes, *maps.values())
            depth = sample_regions(coarse.depth, boxes, (height, width))
            pair = Agreement(residual, expected, depth)
            require_agreement({f'{number} tiles': pair}, key.precision)

    tiles, boxes = _example_tiles((TILES.usual, height, width), coarse.depth.device)
    return _Part(
        key=key,
        graph=lambda: EngineRefiner(networks.refiner, key.precision),
        inputs={**dict(zip(TILE_NAMES, (tiles, boxes), strict=True)), **maps},
        outputs=[(ANY, 1, height, width)],
        profile=TILES,
        check=check,
    )


def _loaded(part: _Part, cache: EngineCache) -> LoadedEngine:
    checked: list[Run] = []
    num_free = 0 if part.profile is None else part.profile.num_inputs
    shapes = {
        name: (ANY, *one.shape[1:]) if index < num_free else tuple(one.shape)
        for index, (name, one) in enumerate(part.inputs.items())
    }

    def build() -> bytes:
        what = f'the TensorRT engine of the {part.key.part}'
        logger.info('building %s: minutes, once', what)
        inputs = tuple(part.inputs.values())
        return build_plan(load_compiler(), part.graph(), inputs, what, part.profile)

    def check(plan: bytes) -> None:
        engine = TensorsEngine(plan, shapes, part.outputs)
        part.check(engine)
        checked.append(engine)

    plan = cache.load_or_build(part.key, build, check)
    return LoadedEngine(plan, checked[-1])


def _example_tiles(
    shape: tuple[int, int, int], device: torch.device
) -> tuple[Float[Tensor, 'tile 3 height width'], Float[Tensor, 'tile 4']]:
    """Textures, each from another part of the view."""
    first = torch.linspace(0.0, 0.5, shape[0])[:, None].repeat(1, 2)
    boxes = torch.cat((first, first + 0.5), dim=1)
    return fixed_frames(shape)['a texture'].to(device), boxes.to(device)
