from depth_nodes.evaluation.public_network import PUBLIC_NETWORKS


def test_all_were_measured_on_the_same_sequences():
    first, *others = PUBLIC_NETWORKS
    assert len(others) == 2
    for network in others:
        assert list(network.scores) == list(first.scores)


def test_the_numbers_are_shares():
    for network in PUBLIC_NETWORKS:
        for score in network.scores.values():
            assert 0 < score.abs_rel < 1
            assert 0 < score.d1 < 1


def test_a_network_is_best_at_home():
    scores = {network.name: network.scores for network in PUBLIC_NETWORKS}
    on_roads = min(scores, key=lambda name: scores[name]['kitti_dense'].abs_rel)
    in_rooms = min(scores, key=lambda name: scores[name]['seven_scenes_kitchen'].abs_rel)
    assert (on_roads, in_rooms) == ('RT-MonoDepth-S', 'TCMonoDepth small')
