"""`depth_nodes models`: what is shipped, and what is missing of it."""

from depth_nodes.cli.main import main

MANIFEST = """
models:
  small:
    onnx: {file: small.onnx, sha256: aa}
    safetensors: {file: gone.safetensors, sha256: bb}
    license: CC-BY-NC-4.0
    input_height_px: 96
    input_width_px: 128
    scores: {kitti: {abs_rel_metres: 0.25, d1_median: 0.6}, desk: {abs_rel_metres: 0.1}}
    num_parameters: 2354000
    summary: learnt from roads
  bare:
    license: MIT
"""


def test_the_table(tmp_path, capsys):
    (tmp_path / 'manifest.yaml').write_text(MANIFEST)
    (tmp_path / 'small.onnx').write_bytes(bytes(9_640_000))
    assert main(['models', '--models-dir', str(tmp_path)]) == 0
    head, small, bare, _, summary = capsys.readouterr().out.splitlines()
    assert head.split() == [
        'model',
        'input',
        'size',
        'parameters',
        'licence',
        'abs_rel,',
        'or',
        'F1',
        'of',
        'edges',
    ]
    for cell in (
        'small', '96x128', 'onnx 9.6 MB, safetensors missing', '2.35 M', 'CC-BY-NC-4.0',
        'kitti 0.25; desk 0.1',
    ):  # fmt: skip
        assert cell in small
    assert bare.split() == ['bare', '192x640', '-', '-', 'MIT', '-']
    assert summary == 'small: learnt from roads'
    starts = {line.index(word) for line, word in ((head, 'licence'), (small, 'CC'), (bare, 'MIT'))}
    assert len(starts) == 1


def test_a_folder_without_a_manifest_is_one_line(tmp_path, capsys):
    assert main(['models', '--models-dir', str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert 'manifest.yaml is missing' in message
    assert message.count('\n') == 1
