"""Writes docs/licenses.md from the metadata of what is installed: `make docs` calls it.

python docs/write_licenses.py docs/licenses.md
"""

from __future__ import annotations

from importlib.metadata import distribution, metadata, PackageNotFoundError, requires
from pathlib import Path
import re
import sys

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NAME = 'depth_nodes'
HEADER = """# Licences of the dependencies

Made by `make docs` from the metadata of the installed versions; do not edit.

`robot` is what every installation has, with all that it brings along; the rest are the direct requirements of the extras of setup.py. depth_nodes itself is under Apache-2.0; the licences of the models are in `models/manifest.yaml`.

| package | licence | for |
|---|---|---|
"""  # noqa: E501
# What metadata says in words or not at all; from the projects' own LICENSE files.
SPDX = {
    '3-Clause BSD License': 'BSD-3-Clause',
    'Apache 2.0': 'Apache-2.0',
    'Apache License, Version 2.0': 'Apache-2.0',
    'Apache Software License': 'Apache-2.0',
    'MIT License': 'MIT',
    'Python Software Foundation License': 'PSF-2.0',
}
NOT_IN_METADATA = {
    'embreex': 'BSD-2-Clause',
    'lz4': 'BSD-3-Clause',
    'ros-kilted-common-interfaces': 'Apache-2.0',
    'ros-kilted-rclpy': 'Apache-2.0',
    'ros-kilted-rmw-fastrtps-cpp': 'Apache-2.0',
    'setuptools': 'MIT',
    'torch-tensorrt': 'BSD-3-Clause',
}
LONGEST_NAME = 120


def license_of(package: str) -> str:
    """SPDX expression of an installed package's licence; empty where its metadata has none."""
    about = metadata(package)
    classifiers = [
        one.split(' :: ')[-1]
        for one in about.get_all('Classifier') or []
        if one.startswith('License :: OSI Approved :: ')
    ]
    field = (about.get('License') or '').strip()
    said = about.get('License-Expression') or ''
    if not said and '\n' not in field and len(field) < LONGEST_NAME:
        said = field
    said = said or ' AND '.join(classifiers)
    return SPDX.get(said, said)


def packages() -> dict[str, str]:
    """Every package of the page, and what it is for."""
    found: dict[str, str] = {}
    for text in requires(NAME) or []:
        requirement = Requirement(text)
        extra = re.search(r'extra == [\'"](\w+)[\'"]', text)
        purpose = extra[1] if extra else 'robot'
        for name in _closure(requirement.name) if purpose == 'robot' else [requirement.name]:
            name = canonicalize_name(name)
            if 'robot' not in found.get(name, ''):
                known = found.get(name)
                found[name] = f'{known}, {purpose}' if known else purpose
    return found


def document() -> str:
    """The whole page."""
    rows = [
        f'| {name} | {_row_license(name)} | {purpose} |' for name, purpose in packages().items()
    ]
    return HEADER + '\n'.join(sorted(rows)) + '\n'


def _row_license(name: str) -> str:
    return NOT_IN_METADATA.get(name) or license_of(name)


def _closure(name: str) -> list[str]:
    """The package, and what it brings along where this runs."""
    names, waiting = [], [name]
    while waiting:
        one = canonicalize_name(waiting.pop())
        if one in names:
            continue
        try:
            needed = distribution(one).requires or []
        except PackageNotFoundError:
            continue
        names.append(one)
        wanted = [Requirement(text) for text in needed]
        waiting += [
            each.name for each in wanted if not each.marker or each.marker.evaluate({'extra': ''})
        ]
    return names


if __name__ == '__main__':
    Path(sys.argv[1]).write_text(document(), encoding='utf-8')
