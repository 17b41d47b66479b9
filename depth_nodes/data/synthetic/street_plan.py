"""What decides a street's look: its kind, its line, lanes, parking and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.road_line import RoadLine

BEHIND_M = 60.0
AHEAD_M = 170.0


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of the road, from the kerb outwards [m].

    Attributes:
        sign: +1 the side of the oncoming traffic, -1 one's own.
        kerb_m: distance of the kerb from the line, along `sign`.
        is_green: grass behind the kerb instead of a pavement.
        parking: 'none', 'lane' (on the road), 'half' (half on the pavement) or 'bay' (across).
        parking_gap_m: mean gap between parked cars.
    """

    sign: int
    kerb_m: float
    kerb_height_m: float
    pavement_m: float
    parking: str
    parking_gap_m: float
    is_green: bool = False

    @property
    def outer_m(self) -> float:
        """Where private ground begins."""
        return self.kerb_m + self.pavement_m


@dataclass(frozen=True, kw_only=True)
class StreetPlan:
    """A street.

    Attributes:
        length_m: how far the camera may drive.
        own_lanes: middles of the lanes that run ahead [m across].
        other_lanes: those that come towards the camera.
        sides: the oncoming traffic's and one's own.
        traffic_gap_m: mean gap between moving cars.
        crossings: (along, width) of the streets that cross.
        end_m: where the road ends in front of a row of houses; None where it goes on.
    """

    kind: str
    length_m: float
    line: RoadLine
    lane_m: float
    own_lanes: tuple[float, ...]
    other_lanes: tuple[float, ...]
    sides: tuple[Side, Side]
    traffic_gap_m: float
    crossings: tuple[tuple[float, float], ...]
    end_m: float | None
    tree_spacing_m: float
    person_spacing_m: float
    camera_lane: float

    @classmethod
    def drawn(cls, draw: Draw, length_m: float) -> StreetPlan:
        """A random street."""
        return draw.choice(PLANS)(draw, length_m)

    @property
    def is_town(self) -> bool:
        """Whether there are kerbs, pavements and houses."""
        return self.kind in ('residential', 'city', 'avenue')

    @property
    def start_m(self) -> float:
        """Where the built street starts."""
        return -BEHIND_M

    @property
    def stop_m(self) -> float:
        """Where it stops."""
        return self.end_m if self.end_m is not None else self.length_m + AHEAD_M

    @property
    def half_width_m(self) -> float:
        """From the line to one's own kerb."""
        return self.sides[1].kerb_m

    @property
    def pavement_m(self) -> float:
        """Width of one's own pavement."""
        return self.sides[1].pavement_m

    def is_near(self, along: float) -> bool:
        """Whether things there need all their details."""
        return -15 < along < self.length_m + 35

    def is_middle(self, along: float) -> bool:
        """Whether things there need more than an outline."""
        return -25 < along < self.length_m + 55

    def intervals(self, margin_m: float) -> list[tuple[float, float]]:
        """Stretches (start, stop) between the crossing streets."""
        cuts = sorted(self.crossings)
        starts = [self.start_m, *[at + width / 2 + margin_m for at, width in cuts]]
        stops = [*[at - width / 2 - margin_m for at, width in cuts], self.stop_m]
        return [
            (start, stop) for start, stop in zip(starts, stops, strict=True) if stop > start + 1
        ]

    def is_open(self, along: float, margin_m: float = 1.0) -> bool:
        """Whether no crossing street is there."""
        return all(abs(along - at) > width / 2 + margin_m for at, width in self.crossings)


def _line(draw: Draw, length_m: float, bend: float, slope: float) -> RoadLine:
    """Bends come without slopes, so that ground beside the road never covers it."""
    span = (-BEHIND_M - 20, length_m + AHEAD_M + 20)
    if draw.chance(0.3):
        return RoadLine.drawn(draw, span, 0.0, slope)
    return RoadLine.drawn(draw, span, bend if draw.chance(0.65) else 0.0, 0.0)


def _crossings(draw: Draw, length_m: float, chance: float) -> tuple[tuple[float, float], ...]:
    found = []
    along = draw.uniform(-40, 30)
    while along < length_m + AHEAD_M - 30:
        if draw.chance(chance):
            found.append((along, draw.uniform(5.5, 11)))
        along += draw.uniform(45, 110)
    return tuple(found)


def _residential(draw: Draw, length_m: float) -> StreetPlan:
    lane = draw.uniform(2.4, 3.7)
    modes = draw.choice(
        [('lane', 'lane'), ('half', 'half'), ('lane', 'half'), ('half', 'none'), ('none', 'lane')]
    )
    modes = modes if draw.chance(0.8) else draw.choice([('none', 'none'), ('bay', 'lane')])
    sides = tuple(
        Side(
            sign=sign,
            kerb_m=lane * draw.uniform(0.95, 1.15)
            + (draw.uniform(2.0, 2.5) if modes[i] == 'lane' else 0.0),
            kerb_height_m=draw.uniform(0.04, 0.14),
            pavement_m=draw.uniform(1.3, 3.6),
            parking=modes[i],
            parking_gap_m=draw.log_uniform(1.0, 35),
        )
        for i, sign in enumerate((1, -1))
    )
    end = length_m + draw.uniform(16, 70) if draw.chance(0.25) else None
    return StreetPlan(
        kind='residential',
        length_m=length_m,
        line=_line(draw, length_m, draw.log_uniform(1 / 250, 1 / 22), 0.06),
        lane_m=lane,
        own_lanes=(-lane / 2,),
        other_lanes=(lane / 2,),
        sides=(sides[0], sides[1]),
        traffic_gap_m=draw.log_uniform(25, 200),
        crossings=_crossings(draw, length_m if end is None else -200, 0.6),
        end_m=end,
        tree_spacing_m=draw.log_uniform(7, 60),
        person_spacing_m=draw.log_uniform(12, 80),
        camera_lane=-lane / 2 * draw.uniform(0.1, 1.0),
    )


def _city(draw: Draw, length_m: float) -> StreetPlan:
    lane, num = draw.uniform(2.8, 3.4), draw.choice([1, 1, 1, 2])
    sides = tuple(
        Side(
            sign=sign,
            kerb_m=lane * num + draw.uniform(0, 1.0) + (2.1 if mode == 'lane' else 0.3),
            kerb_height_m=draw.uniform(0.06, 0.16),
            pavement_m=draw.uniform(2.2, 6.0),
            parking=mode,
            parking_gap_m=draw.log_uniform(0.8, 12),
        )
        for sign, mode in (
            (1, draw.choice(['lane', 'lane', 'half', 'none', 'bay'])),
            (-1, draw.choice(['lane', 'lane', 'half', 'none', 'bay'])),
        )
    )
    lanes = tuple(lane * (i + 0.5) for i in range(num))
    end = length_m + draw.uniform(20, 90) if draw.chance(0.15) else None
    return StreetPlan(
        kind='city',
        length_m=length_m,
        line=_line(draw, length_m, draw.log_uniform(1 / 300, 1 / 50), 0.03),
        lane_m=lane,
        own_lanes=tuple(-at for at in lanes),
        other_lanes=lanes,
        sides=(sides[0], sides[1]),
        traffic_gap_m=draw.log_uniform(5, 60),
        crossings=_crossings(draw, length_m if end is None else -200, 0.8),
        end_m=end,
        tree_spacing_m=draw.log_uniform(7, 70),
        person_spacing_m=draw.log_uniform(4, 40),
        camera_lane=-draw.choice(lanes) + draw.normal(0, 0.2),
    )


def _avenue(draw: Draw, length_m: float) -> StreetPlan:
    """A wide road with grass and trees on both sides, between parks, markets and car parks."""
    lane, num_own, num_other = draw.uniform(2.9, 3.5), draw.whole(1, 3), draw.whole(1, 2)
    sides = tuple(
        Side(
            sign=sign,
            kerb_m=lane * num + draw.uniform(0.2, 0.8),
            kerb_height_m=draw.uniform(0.06, 0.15),
            pavement_m=draw.uniform(2.5, 9.0),
            parking=draw.choice(['none', 'none', 'none', 'lane']) if num > 1 else 'none',
            parking_gap_m=draw.log_uniform(2, 30),
            is_green=draw.chance(0.85),
        )
        for sign, num in ((1, num_other), (-1, num_own))
    )
    own = tuple(-lane * (i + 0.5) for i in range(num_own))
    return StreetPlan(
        kind='avenue',
        length_m=length_m,
        line=_line(draw, length_m, draw.log_uniform(1 / 400, 1 / 60), 0.04),
        lane_m=lane,
        own_lanes=own,
        other_lanes=tuple(lane * (i + 0.5) for i in range(num_other)),
        sides=(sides[0], sides[1]),
        traffic_gap_m=draw.log_uniform(8, 120),
        crossings=_crossings(draw, length_m, 0.7),
        end_m=None,
        tree_spacing_m=draw.log_uniform(6, 22),
        person_spacing_m=draw.log_uniform(15, 120),
        camera_lane=draw.choice(own) + draw.normal(0, 0.2),
    )


def _country(draw: Draw, length_m: float) -> StreetPlan:
    lane = draw.uniform(2.4, 3.6)
    sides = tuple(
        Side(
            sign=sign,
            kerb_m=lane + draw.uniform(0.1, 0.7),
            kerb_height_m=-0.02,
            pavement_m=draw.uniform(1.0, 2.5),
            parking='none',
            parking_gap_m=100,
        )
        for sign in (1, -1)
    )
    return StreetPlan(
        kind='country',
        length_m=length_m,
        line=_line(draw, length_m, draw.log_uniform(1 / 500, 1 / 60), 0.06),
        lane_m=lane,
        own_lanes=(-lane / 2,),
        other_lanes=(lane / 2,),
        sides=(sides[0], sides[1]),
        traffic_gap_m=draw.log_uniform(18, 200),
        crossings=_crossings(draw, length_m, 0.15),
        end_m=None,
        tree_spacing_m=draw.log_uniform(6, 80),
        person_spacing_m=300,
        camera_lane=-lane / 2 + draw.normal(0, 0.15),
    )


def _motorway(draw: Draw, length_m: float) -> StreetPlan:
    lane, num = draw.uniform(3.4, 3.8), draw.choice([2, 2, 3, 3, 4])
    inner, outer = draw.uniform(0.6, 2.5), draw.uniform(0.5, 3.2)
    own = tuple(-lane * (i + 0.5) for i in range(num))
    sides = (
        Side(
            sign=1,
            kerb_m=inner,
            kerb_height_m=0.0,
            pavement_m=0.4,
            parking='none',
            parking_gap_m=100,
        ),
        Side(
            sign=-1,
            kerb_m=lane * num + outer,
            kerb_height_m=-0.02,
            pavement_m=draw.uniform(0.5, 2.5),
            parking='none',
            parking_gap_m=100,
        ),
    )
    return StreetPlan(
        kind='motorway',
        length_m=length_m,
        line=_line(draw, length_m, draw.log_uniform(1 / 1500, 1 / 250), 0.04),
        lane_m=lane,
        own_lanes=own,
        other_lanes=(),
        sides=sides,
        traffic_gap_m=draw.log_uniform(8, 80),
        crossings=(),
        end_m=None,
        tree_spacing_m=draw.log_uniform(6, 60),
        person_spacing_m=300,
        camera_lane=draw.choice(own) + draw.normal(0, 0.25),
    )


# As often as their shares of driving.
PLANS = (_residential,) * 8 + (_city,) * 4 + (_avenue,) * 3 + (_country,) * 3 + (_motorway,) * 5
