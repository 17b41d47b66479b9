from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / 'shared'


@pytest.fixture(scope='session')
def shared_dir() -> Path:
    """Recorded frames beside the repository; developers and CI have them, users have not."""
    if not SHARED.is_dir():
        pytest.skip('no recorded frames beside the repository (../shared)')
    return SHARED
