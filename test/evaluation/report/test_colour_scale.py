from xml.etree import ElementTree

from depth_nodes.evaluation.report.colour_scale import depth_scale, error_scale


def numbers(markup: str) -> dict[str, float]:
    """Position by label."""
    texts = ElementTree.fromstring(markup).findall('text')[1:]
    return {text.text: float(text.get('x')) for text in texts}


def test_the_scale_of_depth_is_logarithmic():
    places = numbers(depth_scale((1.0, 16.0), 'a'))
    assert abs((places['2'] - places['1']) - (places['4'] - places['2'])) < 0.2


def test_numbers_do_not_touch():
    places = list(numbers(depth_scale((0.1, 100.0), 'a')).values())
    assert min(b - a for a, b in zip(places[:-1], places[1:], strict=True)) >= 26


def test_near_is_red_and_far_is_blue():
    stops = ElementTree.fromstring(depth_scale((1.0, 10.0), 'a')).iter('stop')
    colours = [tuple(map(int, stop.get('stop-color').strip('rgb()').split(','))) for stop in stops]
    assert colours[0][0] > colours[0][2]
    assert colours[-1][2] > colours[-1][0]


def test_each_scale_refers_to_its_own_colours():
    for markup in (depth_scale((1.0, 10.0), 'a'), error_scale('a')):
        svg = ElementTree.fromstring(markup)
        assert svg.find('rect').get('fill') == f'url(#{svg.find("linearGradient").get("id")})'
    assert depth_scale((1.0, 10.0), 'a') != depth_scale((1.0, 10.0), 'b')
    assert len(numbers(error_scale('a'))) == 5
