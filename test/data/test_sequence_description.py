"""sequence.json: every value that makes no sense is named, with its file."""

import json
import math

import pytest

from depth_nodes.data.sequence_description import read_description
from depth_nodes.errors import InputError

CAMERA = {'width': 8, 'height': 6, 'fx': 9, 'fy': 10.5, 'cx': 3.5, 'cy': None}


def described(folder, values):
    (folder / 'sequence.json').write_text(json.dumps(values))
    return read_description(folder)


def test_an_empty_object_has_defaults(tmp_path):
    description = described(tmp_path, {})
    assert (description.name, description.license) == (tmp_path.name, 'unknown')
    assert (description.rate_hz, description.depth_scale_m) == (10.0, 0.001)
    assert description.camera is description.num_frames is description.stereo_baseline_m is None
    assert not description.is_disparity


def test_null_is_as_good_as_absent(tmp_path):
    keys = ('name', 'license', 'rate_hz', 'depth_scale_m', 'camera', 'frames', 'depth_is')
    empty, null = described(tmp_path, {}), described(tmp_path, dict.fromkeys(keys))
    assert empty.rate_hz == null.rate_hz
    assert empty.camera is null.camera is None


def test_a_camera_fits_its_image(tmp_path):
    camera = described(tmp_path, {'camera': CAMERA}).camera.camera(8, 6)
    assert (camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px) == (9.0, 10.5, 3.5, 2.5)


@pytest.mark.parametrize(
    ('values', 'key'),
    [
        ({'rate_hz': 'fast'}, 'rate_hz'),
        ({'rate_hz': 0}, 'rate_hz'),
        ({'rate_hz': -5}, 'rate_hz'),
        ({'rate_hz': math.nan}, 'rate_hz'),
        ({'rate_hz': 1e-12}, 'rate_hz'),
        ({'rate_hz': 1e12}, 'rate_hz'),
        ({'rate_hz': 10**400}, 'rate_hz'),
        ({'depth_is': 'disparity'}, 'depth_is'),
        ({'rate_hz': True}, 'rate_hz'),
        ({'depth_scale_m': '1/256'}, 'depth_scale_m'),
        ({'depth_scale_m': 0}, 'depth_scale_m'),
        ({'stereo_baseline_m': [0.5]}, 'stereo_baseline_m'),
        ({'frames': 'all'}, 'frames'),
        ({'frames': 2.5}, 'frames'),
        ({'name': 7}, 'name'),
        ({'depth_is': {}}, 'depth_is'),
        ({'camera': [500, 500]}, 'camera'),
        ({'camera': CAMERA | {'fx': '500'}}, 'camera.fx'),
        ({'camera': CAMERA | {'fy': -500}}, 'camera.fy'),
        ({'camera': CAMERA | {'cx': []}}, 'camera.cx'),
        ({'camera': CAMERA | {'width': 'wide'}}, 'camera.width'),
        ({'camera': CAMERA | {'distortion': 0.1}}, 'camera.distortion'),
        ({'camera': CAMERA | {'distortion': ['a']}}, 'camera.distortion'),
        ({'camera': CAMERA | {'distortion_model': 5}}, 'camera.distortion_model'),
        ({'cameras': None}, 'cameras'),
        ({'cameras': [CAMERA]}, 'cameras'),
        ({'cameras': {'000000': 5}}, 'cameras.000000'),
        ({'cameras': {'000000': CAMERA | {'fx': 'x'}}}, 'cameras.000000.fx'),
    ],
)
def test_a_value_that_makes_no_sense_is_named_with_its_file(tmp_path, values, key):
    with pytest.raises(InputError) as caught:
        described(tmp_path, values)
    message = str(caught.value)
    assert message.startswith(f'{tmp_path}/sequence.json: "{key}" is ')
    assert '\n' not in message
