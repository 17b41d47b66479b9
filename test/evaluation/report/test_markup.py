from html.parser import HTMLParser

from depth_nodes.evaluation.report.markup import element, join, Markup, table, term_list

EVIL = '<script>alert("x")</script> & \'y\''


class Reader(HTMLParser):
    """What a browser would find."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names, self.attributes, self.text = [], {}, ''
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data):
        self.text += data


def test_text_stays_text_wherever_it_stands():
    for markup in (
        element('p', EVIL),
        join([EVIL]),
        table([EVIL], [[EVIL]], caption=EVIL),
        term_list([(EVIL, EVIL)]),
    ):
        read = Reader(markup)
        assert 'script' not in read.names
        assert EVIL in read.text


def test_attributes_are_read_as_they_were_given():
    read = Reader(element('a', 'x', href=EVIL, class_='c', aria_label='"l"', viewBox='0 0 1 1'))
    assert read.attributes == {
        'href': EVIL, 'class': 'c', 'aria-label': '"l"', 'viewbox': '0 0 1 1',
    }  # fmt: skip


def test_markup_is_escaped_once_only():
    inner = element('b', 'a & b')
    assert element('p', inner, 3) == '<p><b>a &amp; b</b>3</p>'
    # Adding strings gives text, which is escaped: never the reverse.
    assert '&lt;b&gt;' in element('p', inner + 'c')


def test_elements_without_contents_are_not_closed():
    assert element('img', src='x') == '<img src="x">'
    assert element('td') == '<td></td>'
    assert isinstance(element('td'), Markup)


def test_a_table_names_its_columns_and_rows():
    read = Reader(table(['name', 'value'], [['a', 1], ['b', 2]]))
    assert read.names.count('th') == 4
    assert read.names.count('td') == 2
    assert 'thead' not in Reader(table([], [['a', 1]])).names
