"""Guided by coverage: python test/fuzz_atheris.py TARGET NUM_CASES; a crash or a hang ends it."""

import logging
import sys

import atheris

with atheris.instrument_imports(include=['depth_nodes', 'rosbags.rosbag2', 'yaml']):
    from fuzz_targets import FOLDER, seeds, TARGETS

HANG_S, MAX_MEMORY_MB, MAX_BYTES = 30, 4096, 1 << 16


def main() -> None:
    name, num_cases = sys.argv[1:]
    logging.disable()  # else a warning for each of thousands of damaged recordings
    corpus = FOLDER / f'{name}_seeds'
    corpus.mkdir()
    for index, data in enumerate(seeds(name)):
        (corpus / str(index)).write_bytes(data)
    limits = [f'-timeout={HANG_S}', f'-rss_limit_mb={MAX_MEMORY_MB}', f'-max_len={MAX_BYTES}']
    options = [f'-runs={num_cases}', '-seed=1', '-verbosity=0', *limits]
    atheris.Setup([sys.argv[0], *options, str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == '__main__':
    main()
