from depth_nodes.data.synthetic.domain import BUILDERS
from depth_nodes.data.synthetic.scene import DOMAINS


def test_every_domain_has_a_builder() -> None:
    assert tuple(BUILDERS) == DOMAINS
