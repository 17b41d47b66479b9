"""The bar says how the training stands and how long it goes on."""

from depth_nodes.training.progress_bar import ProgressBar


def test_loss_step_and_minutes_left_are_shown(capsys):
    with ProgressBar('small') as bar:
        bar.show(0.25, 0.1234, 500, 300.0)
    line = capsys.readouterr().err.split('\r')[-1]
    assert line.startswith(' 25%|')
    assert '| small: loss 0.123, step 500, 15.0 min left' in line


def test_other_processes_show_nothing(capsys):
    with ProgressBar('small', is_shown=False) as bar:
        bar.show(0.5, 0.1, 1, 1.0)
    assert capsys.readouterr().err == ''
