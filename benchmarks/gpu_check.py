"""Says whether the GPU measurements can run here, and what file names call the GPU.

Prints one line on stdout, such as `nvidia-h200`; on stderr what is missing.
"""

from __future__ import annotations

from importlib.util import find_spec
import re
import sys

# What `depth_nodes benchmark --device cuda` imports, and what only parts of the run need.
NEEDED = ('cv2', 'jaxtyping', 'numpy', 'safetensors', 'torch', 'tqdm', 'yaml')
WELCOME = ('torch_tensorrt', 'timm', 'pytest', 'hypothesis', 'beartype')


def main() -> int:
    """Looks at the machine."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        print(f'missing: {", ".join(missing)}; add them to the archive', file=sys.stderr)
        return 1
    from depth_nodes.cli.machine import describe_gpu
    from depth_nodes.errors import BackendError

    try:
        gpu = describe_gpu()
    except BackendError as error:
        print(error, file=sys.stderr)
        return 1
    left_out = [name for name in WELCOME if find_spec(name) is None]
    print(f'not there, so left out: {", ".join(left_out) or "nothing"}', file=sys.stderr)
    print(re.sub('[^a-z0-9]+', '-', gpu['name'].lower()).strip('-'))
    return 0


if __name__ == '__main__':
    sys.exit(main())
