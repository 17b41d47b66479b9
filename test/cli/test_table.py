from depth_nodes.cli.table import print_table

ROWS = [['name', 'frames'], ['corridor', '7'], ['a', '12']]


def test_columns_begin_at_one_place(capsys):
    print_table(ROWS)
    assert capsys.readouterr().out == 'name      frames\ncorridor  7\na         12\n'


def test_numbers_end_at_one_place(capsys):
    print_table(ROWS, are_numbers=True)
    assert capsys.readouterr().out == 'name      frames\ncorridor       7\na             12\n'
