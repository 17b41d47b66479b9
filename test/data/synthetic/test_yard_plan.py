import pytest
from solids import seeded

from depth_nodes.data.synthetic.yard_plan import KINDS, YardPlan


def test_kinds_come_by_their_shares_and_sizes() -> None:
    source = seeded(0)
    plans = [YardPlan.drawn(source) for _ in range(600)]
    total = sum(kind.share for kind in KINDS.values())
    for kind in KINDS.values():
        mine = [plan for plan in plans if plan.kind is kind]
        assert len(mine) / len(plans) == pytest.approx(kind.share / total, abs=0.06)
        for plan in mine:
            spans = (kind.length_m, kind.width_m)
            for half, (least, most) in zip(plan.half_m, spans, strict=True):
                assert least <= 2 * half <= most
            assert kind.spacing_m[0] <= plan.spacing_m <= kind.spacing_m[1]
