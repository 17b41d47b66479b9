import pytest

from depth_nodes.cli.release_files import data_sets


@pytest.mark.parametrize(
    ('names', 'expected'),
    [
        (['yard_7', 'yard_8', 'tum'], ['rendered_yard', 'tum']),
        (['icl_livingroom1', 'room', 'old_street'], ['icl_livingroom1', 'rendered_room',
                                                     'rendered_street']),
        (['courtyard', 'room_a'], ['courtyard', 'room_a']),
    ],
)  # fmt: skip
def test_rendered_folders_of_one_domain_count_once(names, expected):
    assert data_sets(names) == expected
