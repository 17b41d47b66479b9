"""Steady where nothing moves, at once where something does."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from depth_nodes.runtime.temporal_filter import GAIN, Steadied, TemporalFilter

SHAPE = (96, 160)
THING = (slice(30, 60), slice(60, 100))


def brightness(seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).random(SHAPE, np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0.1, 0.9, cv2.NORM_MINMAX)


def scene() -> np.ndarray:
    """Inverse depth [1/m] of a floor."""
    return np.repeat(np.linspace(0.1, 0.5, SHAPE[0], dtype=np.float32)[:, None], SHAPE[1], 1)


def flickering(num_frames: int, seed: int = 0) -> Iterator[np.ndarray]:
    """The scene with 2 % of blotches and 3 % of common scale, anew in every frame."""
    rng = np.random.default_rng(seed)
    for _ in range(num_frames):
        blotches = cv2.GaussianBlur(rng.standard_normal(SHAPE).astype(np.float32), (0, 0), 4)
        blotches *= np.float32(0.02) / blotches.std()
        yield scene() * np.exp(blotches + np.float32(0.03 * rng.standard_normal()))


def steadied(frames, pictures=None, gain: float = GAIN) -> list[Steadied]:
    one = TemporalFilter()
    pictures = pictures or [brightness()] * len(frames)
    return [
        one(frame.copy(), picture, gain=gain, goes_on=True)
        for frame, picture in zip(frames, pictures, strict=True)
    ]


def flicker(frames: list[np.ndarray]) -> float:
    return float(np.abs(np.diff(np.log(frames), axis=0)).mean())


def test_flicker_of_what_stands_still_is_less_than_half():
    frames = list(flickering(20))
    steady = [one.inverse_depth for one in steadied(frames)]
    assert flicker(steady[4:]) < 0.5 * flicker(frames[4:])
    noise, rest = (np.std(np.log(some[4:]), axis=0).mean() for some in (frames, steady))
    assert rest < 0.5 * noise
    np.testing.assert_allclose(np.mean(steady[4:], axis=0), scene(), rtol=0.05)


def test_a_thing_that_moves_in_is_there_at_once():
    before, after = scene(), scene()
    after[THING] = 0.9
    moved = brightness()
    moved[THING] = 1 - moved[THING]
    *_, last = steadied([before] * 5 + [after], [brightness()] * 5 + [moved])
    np.testing.assert_allclose(last.inverse_depth[THING], 0.9, rtol=1e-4)
    np.testing.assert_allclose(last.inverse_depth, after, rtol=1e-4)


def test_depth_that_jumps_passes_though_the_image_hides_it():
    """A grey thing before a grey wall."""
    before, after = scene(), scene()
    after[THING] *= 1.5
    *_, last = steadied([before] * 5 + [after])
    np.testing.assert_allclose(last.inverse_depth, after, rtol=1e-4)


def test_a_jump_of_the_scale_is_followed_slowly_and_by_all_pixels_alike():
    before, after = scene(), scene() * np.float32(1.2)
    after[THING] *= 2
    *_, last = steadied([before] * 5 + [after])
    expected = scene() * np.float32(1.2**GAIN)
    expected[THING] *= 2
    np.testing.assert_allclose(last.inverse_depth, expected, rtol=1e-3)


def test_a_camera_that_moves_sees_every_frame_as_it_is():
    """But for the few pixels that look as before by chance."""
    frames, pictures = list(flickering(6)), [brightness(seed) for seed in range(6)]
    for frame, one in zip(frames, steadied(frames, pictures), strict=True):
        assert np.isclose(one.inverse_depth, frame, rtol=1e-5).mean() > 0.8


def test_exposure_is_no_motion():
    frames, picture = list(flickering(20)), brightness()
    pictures = [picture + np.float32(0.05 * (i % 2)) for i in range(20)]
    same, changing = steadied(frames), steadied(frames, pictures)
    np.testing.assert_allclose(changing[-1].inverse_depth, same[-1].inverse_depth, rtol=1e-5)


@pytest.mark.parametrize('reason', ['a jump', 'another size'])
def test_a_new_start_knows_nothing_of_before(reason):
    one = TemporalFilter()
    one(scene(), brightness(), gain=GAIN, goes_on=True)
    frame, picture = 2 * scene(), brightness()
    if reason == 'another size':
        frame, picture = frame[:64], picture[:64]
    started = one(frame, picture, gain=GAIN, goes_on=reason != 'a jump')
    np.testing.assert_array_equal(started.inverse_depth, frame)
    assert not started.confidence.any()


def test_nan_stays_where_and_when_it_is():
    broken = scene()
    broken[10, 10] = np.nan
    _, second, third = steadied([scene(), broken, scene()])
    assert np.isnan(second.inverse_depth).sum() == 1
    assert second.confidence[10, 10] < second.confidence[80, 80]
    np.testing.assert_allclose(third.inverse_depth, scene(), rtol=1e-5)


def test_confidence_is_of_the_agreement_and_smooths_nothing_by_itself():
    changed = scene()
    changed[THING] *= np.float32(np.exp(0.1))
    first, second = steadied([scene(), changed], gain=1.0)
    assert not first.confidence.any()
    np.testing.assert_array_equal(second.inverse_depth, changed)
    assert second.confidence[45, 80] == pytest.approx(np.exp(-1), rel=1e-3)
    assert second.confidence[5, 5] == pytest.approx(1.0, rel=1e-3)
    assert 0 <= second.confidence.min() <= second.confidence.max() <= 1
