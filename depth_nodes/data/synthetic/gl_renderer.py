"""Draws a scene with OpenGL: who is seen, exact depth, ambient and sunlight, colours, mirrors.

The solids are not meshes: boxes around them are drawn, and the surface itself is computed for
every pixel, so that depth is exact to float32.
"""

from __future__ import annotations

from typing import Any

from jaxtyping import Float32, Float64
import numpy as np

from depth_nodes.data.synthetic.gl_context import gl_context, MAX_LAMPS, UNITS
from depth_nodes.data.synthetic.gl_draw import Perspective, SolidDrawer
from depth_nodes.data.synthetic.gl_pattern import PatternLayers
from depth_nodes.data.synthetic.gl_resource import GlResources
from depth_nodes.data.synthetic.gl_shadow import Bounds, Shadows
from depth_nodes.data.synthetic.gl_table import SolidTable
from depth_nodes.data.synthetic.scene import Lamp, Light, Scene
from depth_nodes.messages.camera import Camera

NEAREST_M, FARTHEST_NEAR_M = 1e-3, 0.3
ROOM_REACH_M, OUTDOOR_REACH_M = 0.5, 0.9  # of the ambient occlusion in the picture
PASSES = ('geometry', 'openness', 'shade', 'resolve')

Pose = Float64[np.ndarray, '4 4']


class GlRenderer:
    """Pictures and depth of one scene from one camera; `release` gives the memory back."""

    def __init__(self, scene: Scene, camera: Camera, bounds: Bounds, oversampling: int) -> None:
        """Draws the shadows, which fall inside the box between the two corners of `bounds`.

        Raises:
            BackendError: there is no OpenGL.
        """
        self._gl = gl_context()
        self._context = self._gl.context
        self._scene, self._camera, self._oversampling = scene, camera, oversampling
        if 'patterns' not in self._gl.cache:
            self._gl.cache['patterns'] = PatternLayers(self._gl)
        layers: PatternLayers = self._gl.cache['patterns']
        self._table = SolidTable(scene.primitives, layers)
        layers.build_mipmaps()
        self._resources = GlResources(self._context)
        self._drawer = self._resources.keep(SolidDrawer(self._gl, self._table))
        self._screens = {
            name: self._resources.keep(self._context.vertex_array(self._gl.programs[name], []))
            for name in PASSES
        }
        self._textures = {
            'noise': self._gl.noise,
            'patterns': layers.texture,
            'solids': self._resources.table(self._table.solids),
            'materials': self._resources.table(self._table.materials),
            'offsets': self._resources.table(self._table.offsets(np.zeros(3))[:, None]),
        }
        self._make_targets()
        self._shadows = Shadows(scene, self._table, bounds, self._resources)
        self._bind_textures()
        self._shadows.draw(self._context, self._drawer, self._textures['offsets'])
        self._textures['sun_map'] = self._shadows.sun_map
        self._textures['ambient_map'] = self._shadows.ambient_map

    def release(self) -> None:
        """Gives textures and buffers back."""
        self._resources.release()

    def frame(
        self, pose: Pose
    ) -> tuple[Float32[np.ndarray, 'height width'], Float32[np.ndarray, 'height width 3']]:
        """Depth at the pixel centres (0 in the sky), and linear light averaged over the pixels."""
        eye = pose[:3, 3]
        self._textures['offsets'].write(self._table.offsets(eye).tobytes())
        near = min(max(self._table.clearance(eye) * 0.35, NEAREST_M), FARTHEST_NEAR_M)
        coarse, fine = (
            Perspective(
                camera=self._camera, world_from_camera=pose, oversampling=count, near_m=near
            )
            for count in (1, self._oversampling)
        )
        self._bind_textures()
        uniforms = self._scene_uniforms() | self._pose_uniforms(pose) | self._shadows.uniforms(eye)
        self._see(coarse, 'coarse_seen')
        self._pass('geometry', coarse, uniforms)
        self._pass('openness', coarse, uniforms)
        self._see(fine, 'fine_seen')
        self._pass('shade', fine, uniforms)
        self._pass('resolve', coarse, uniforms)
        return self._read('geometry', 1)[..., 0], self._read('resolve', 4)[..., :3]

    def _make_targets(self) -> None:
        """One pixel each for depth, openness and result; `oversampling` squared for colours."""
        make, size = self._resources, (self._camera.width_px, self._camera.height_px)
        fine = (size[0] * self._oversampling, size[1] * self._oversampling)
        self._textures |= {
            'depth': make.picture(size, 1, 'f4'),
            'normals': make.picture(size, 4, 'f2'),
            'openness': make.picture(size, 1, 'f1', is_smooth=True),
            'samples': make.picture(fine, 4, 'f2', is_smooth=True),
        }
        near_textures = [self._textures[name] for name in ('depth', 'normals')]
        seen, fine_seen = make.picture(size, 1, 'f4'), make.picture(fine, 1, 'f4')
        self._targets = {
            'coarse_seen': make.target(size, [seen], has_depth=True),
            'fine_seen': make.target(fine, [fine_seen], has_depth=True),
            'geometry': make.target(size, near_textures),
            'openness': make.target(size, [self._textures['openness']]),
            'shade': make.target(fine, [self._textures['samples']]),
            'resolve': make.target(size, [make.picture(size, 4, 'f4')]),
        }

    def _bind_textures(self) -> None:
        """Another renderer of the same context may have drawn since the last frame."""
        for name, texture in self._textures.items():
            texture.use(UNITS[name])

    def _see(self, view: Perspective, target: str) -> None:
        """Fills a target with the row of the primitive at every pixel, -1 in the sky."""
        framebuffer = self._targets[target]
        framebuffer.use()
        framebuffer.clear(-1.0, depth=1.0)
        self._drawer.draw(view, view.is_seen(self._table))
        framebuffer.color_attachments[0].use(UNITS['seen'])

    def _pass(self, name: str, view: Perspective, uniforms: dict[str, Any]) -> None:
        """Runs a program for every pixel of the target of the same name."""
        self._targets[name].use()
        self._context.disable(self._context.DEPTH_TEST | self._context.CULL_FACE)
        self._gl.set_uniforms(name, view.rays() | uniforms)
        self._screens[name].render(self._context.TRIANGLES, vertices=3)

    def _scene_uniforms(self) -> dict[str, Any]:
        light, sky, camera = self._scene.light, self._scene.sky, self._camera
        is_interior = self._scene.interior is not None
        up, down = np.array(light.ambient_up), np.array(light.ambient_down)
        return {
            'is_interior': is_interior,
            'near_reach_m': ROOM_REACH_M if is_interior else OUTDOOR_REACH_M,
            'towards_sun': light.towards_sun,
            'sun_colour': light.sun,
            'ambient_up': up,
            'ambient_down': down,
            'head_light': light.head_light,
            # What a mirror sees where the picture does not show it.
            'around_low': 0.5 * down if is_interior else 0.35 * down + 0.1 * np.array(light.sun),
            'around_high': 0.6 * up,
            'horizon': sky.horizon,
            'zenith': sky.zenith,
            'cloud_cover': sky.cloud_cover,
            'cloud_offset': sky.offset,
            'haze_m': min(sky.haze_m, 1e9),
            'pixels_per_slope': (camera.fx_px, camera.fy_px),
            'principal': (camera.cx_px + 0.5, camera.cy_px + 0.5),
            'oversampling': self._oversampling,
            'pixel_angle': 1 / (camera.fx_px * self._oversampling),
        }

    def _pose_uniforms(self, pose: Pose) -> dict[str, Any]:
        eye = pose[:3, 3]
        low, high = self._scene.interior or (eye, eye)
        lamps = _nearest_lamps(self._scene.light, eye)
        position, light = np.zeros((MAX_LAMPS, 4)), np.zeros((MAX_LAMPS, 3))
        for i, lamp in enumerate(lamps):
            position[i] = (*(np.array(lamp.position) - eye), lamp.reach_m)
            light[i] = np.array(lamp.colour) * lamp.strength
        return {
            'eye': eye,
            'forward': pose[:3, 2],
            'camera_from_world': pose[:3, :3].T,
            'interior_low': np.array(low) - eye,
            'interior_high': np.array(high) - eye,
            'num_lamps': len(lamps),
            'lamp_position': position,
            'lamp_light': light,
        }

    def _read(self, target: str, components: int) -> Float32[np.ndarray, 'height width channel']:
        data = self._targets[target].color_attachments[0].read()
        shape = (self._camera.height_px, self._camera.width_px, components)
        return np.frombuffer(data, np.float32).reshape(shape)


def _nearest_lamps(light: Light, eye: Float64[np.ndarray, ' 3']) -> list[Lamp]:
    """Those that give most light around the eye."""

    def weakness(lamp: Lamp) -> float:
        squared = float(np.sum((np.array(lamp.position) - eye) ** 2))
        return (1 + squared / lamp.reach_m**2) / max(lamp.strength, 1e-6)

    return sorted(light.lamps, key=weakness)[:MAX_LAMPS]
