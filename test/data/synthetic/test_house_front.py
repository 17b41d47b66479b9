import pytest
from solids import extent, heights, seeded

from depth_nodes.data.synthetic import house_front
from depth_nodes.data.synthetic.house_front import WindowStyle


@pytest.mark.parametrize('seed', range(6))
def test_windows_fit_between_floors_and_neighbours(seed: int) -> None:
    draw = seeded(seed)
    style = WindowStyle.drawn(draw, storey_m=2.8, spacing_m=1.9)
    parts = house_front.window(draw, style, (3.0, 4.0), lit_chance=0.0)
    low, high = extent(parts)
    assert high[0] - low[0] < 1.95
    assert (low[0] + high[0]) / 2 == pytest.approx(3.0)
    assert 3.9 < heights(parts)[0] < 4.0
    assert heights(parts)[1] < 4.0 + 2.8 * 0.65
    assert high[1] < 0.15  # all of it is flat on the wall


@pytest.mark.parametrize(('lit_chance', 'is_lit'), [(0.0, False), (1.0, True)])
def test_light_is_seen_through_panes(lit_chance: float, is_lit: bool) -> None:
    draw = seeded(1)
    style = WindowStyle.drawn(draw, 2.8, 2.5)
    windows = [house_front.window(draw, style, (0.0, 1.0), lit_chance) for _ in range(8)]
    strongest = max(part.material.emission for parts in windows for part in parts)
    assert (strongest > 0.5) is is_lit


@pytest.mark.parametrize('base', [0.0, 0.54])
def test_steps_lead_from_the_ground_to_the_door(base: float) -> None:
    parts = house_front.door(seeded(2), 1.0, base)
    assert heights(parts)[0] == pytest.approx(0)
    steps = [part for part in parts if heights([part])[1] <= base and base]
    assert len(steps) == round(base / 0.18)


def test_shops_and_balconies_keep_to_their_part_of_the_front() -> None:
    for seed in range(4):
        shop = house_front.shop(seeded(seed), 6.0, 3.4)
        low, high = extent(shop)
        assert max(-low[0], high[0]) <= 6.0
        assert heights(shop)[1] <= 3.4
        balcony = house_front.balcony(seeded(seed), 2.0, 5.0, 1.2)
        low, high = extent(balcony)
        assert low[0] == pytest.approx(0.8, abs=0.03)
        assert high[0] == pytest.approx(3.2, abs=0.03)
        assert heights(balcony)[1] == pytest.approx(6.0, abs=0.03)
