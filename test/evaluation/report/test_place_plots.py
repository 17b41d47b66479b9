import re

from report_example import example_frames, example_sequence

from depth_nodes.evaluation.report.place_plots import place_plots


def test_distances_bias_regions_and_obstacles_are_shown():
    plots = list(place_plots(example_sequence(example_frames(20))))
    titles = [re.search('<b>(.*?)</b>', plot).group(1) for plot in plots]
    assert titles == [
        'Error by distance', 'Too near or too far?', 'Error by image region', 'Obstacles',
    ]  # fmt: skip
    assert 'Share of the truth: 40' in plots[0]


def test_the_worst_region_is_the_strongest():
    result = example_sequence(example_frames(20))
    regions = list(place_plots(result))[2]
    strengths = [int(part) for part in re.findall(r'orange\) (\d+)%', regions)]
    assert len(strengths) == 9
    assert strengths == sorted(strengths)
    assert strengths[-1] == 45


def test_a_region_without_truth_is_a_dash():
    result = example_sequence(example_frames(20))
    result['by_region']['top'] = dict.fromkeys(('abs_rel', 'd1')) | {'share': 0.0}
    assert '–<small>d1 –</small>' in list(place_plots(result))[2]
