import cv2
import numpy as np

from depth_nodes.runtime.feature_track import FeatureTrack


def texture(shift_px=0.0):
    random = np.random.default_rng(0)
    noise = cv2.GaussianBlur(random.integers(0, 256, (160, 240)).astype(np.float32), (0, 0), 2)
    noise = cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX)
    matrix = np.float32([[1, 0, shift_px], [0, 1, 0]])
    return cv2.warpAffine(noise, matrix, (240, 160), borderMode=cv2.BORDER_REFLECT).astype(
        np.uint8
    )


def test_features_move_with_the_image():
    track = FeatureTrack(texture())
    num_features = len(track.start_px)
    kept = [track.follow(texture(shift_px)) for shift_px in (1.5, 3.0, 4.5)]
    assert [len(one) for one in kept] == [num_features, kept[0].sum(), kept[1].sum()]
    assert len(track.start_px) == kept[2].sum() > 0.8 * num_features
    moved = track.current_px - track.start_px
    np.testing.assert_allclose(np.median(moved, axis=0), [4.5, 0], atol=0.05)


def test_what_does_not_lead_back_is_lost():
    track = FeatureTrack(texture())
    other = cv2.flip(texture(), -1)
    assert track.follow(other).mean() < 0.3


def test_an_image_without_corners():
    flat = np.full((100, 100), 128, np.uint8)
    track = FeatureTrack(flat)
    assert len(track.follow(flat)) == len(track.start_px) == 0
