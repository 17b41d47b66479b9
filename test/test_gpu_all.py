"""The measurements of a GPU machine in one command: what they need, and how long they may take."""

from pathlib import Path
import re
import subprocess
import sys
import tarfile

import pytest

from depth_nodes.runtime.gpu import find_gpu

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / 'benchmarks/gpu_all.sh'
MAX_S = 540
NEEDS_NO_GPU = pytest.mark.skipif(find_gpu() is not None, reason='needs a machine without a GPU')


def run(python: Path, *arguments: Path) -> subprocess.CompletedProcess[str]:
    environment = {'PATH': '/usr/bin:/bin', 'PYTHON': str(python), 'HOME': '/nonexistent'}
    command = ['bash', *(str(one) for one in (SCRIPT, *arguments))]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_the_limits_of_all_steps_add_up_to_less_than_nine_minutes():
    text = SCRIPT.read_text()
    steps = re.findall(r'^ *(?:step|benchmark) \S+ (\d+) ', text, re.M)
    kill_after = int(re.search(r'--kill-after=(\d+)', text)[1])
    assert len(steps) == len(re.findall(r'^ *(?:step|benchmark) (?!\(|\")', text, re.M)) == 8
    assert sum(map(int, steps)) + len(steps) * kill_after < MAX_S


@NEEDS_NO_GPU
def test_without_a_gpu_it_ends_at_once_and_says_so(tmp_path):
    done = run(Path(sys.executable), tmp_path / 'out')
    assert done.returncode == 1
    assert 'there is no GPU that torch' in done.stdout
    assert not (tmp_path / 'out').exists()


def test_a_step_that_fails_does_not_keep_the_others_from_running(tmp_path):
    """With an interpreter that finds a GPU, no pytest, and fails at one size."""
    python, output = tmp_path / 'python', tmp_path / 'out'
    python.write_text(
        '#!/bin/sh\ncase "$*" in\n'
        '*gpu_check*) echo some notes; echo nvidia-h200;;\n*"--size 128x416"*) exit 3;;\n'
        '-c*) exit 1;;\n*) echo "$@";;\nesac\n'
    )
    python.chmod(0o755)
    done = run(python, output)
    assert done.returncode == 1
    log = (output / 'gpu_nvidia-h200.log').read_text()
    assert re.findall(r'^== (\S+): status (\d+) ', log, re.M) == [
        ('check', '0'), ('192x640', '0'), ('128x416', '3'), ('480x640', '0'), ('192x640_fp32', '0')
    ]  # fmt: skip
    assert f'--size 192x640 --output {output}/gpu_nvidia-h200_192x640_fp32.json' in log


def test_a_missing_archive_is_one_line(tmp_path):
    done = run(Path(sys.executable), tmp_path / 'out', tmp_path / 'nowhere.tar.xz')
    assert done.returncode == 1
    assert done.stdout == ''
    assert done.stderr == f'realpath: {tmp_path}/nowhere.tar.xz: No such file or directory\n'


def test_what_the_machine_lacks_is_one_line_and_may_come_in_an_archive(tmp_path):
    """An interpreter without any packages, and an archive that holds all but one of them."""
    bare = tmp_path / 'python'
    bare.write_text(f'#!/bin/sh\nexec {sys._base_executable} -S "$@"\n')
    bare.chmod(0o755)
    assert 'missing: cv2, jaxtyping, numpy, safetensors, torch' in run(bare, tmp_path).stdout
    archive = tmp_path / 'site.tar.xz'
    with tarfile.open(archive, 'w:xz') as file:
        for name in ('cv2', 'jaxtyping', 'numpy', 'safetensors', 'torch', 'yaml'):
            (tmp_path / f'{name}.py').touch()
            file.add(tmp_path / f'{name}.py', f'{name}.py')
    done = run(bare, tmp_path / 'out', archive)
    assert done.returncode == 1
    assert 'missing: tqdm; add' in done.stdout
