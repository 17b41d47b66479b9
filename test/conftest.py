from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path
import re
import sys
from typing import Any

import jaxtyping
import pytest

SHARED = Path(__file__).resolve().parents[2] / 'shared'
EXPORTING = re.compile(r'\b(random_model|random_multi_frame_model|random_refiner_graphs)\(')


@pytest.fixture(scope='session')
def shared_dir() -> Path:
    """Recorded frames beside the repository; developers and CI have them, users have not."""
    if not SHARED.is_dir():
        pytest.skip('no recorded frames beside the repository (../shared)')
    return SHARED


@pytest.fixture(scope='session', autouse=True)
def _untraced_exporter() -> Iterator[None]:
    """Takes coverage off torch's exporter, which it would slow down by half, and shape checks.

    What is exported as a branch must not do anything beside; a check does.
    """
    with pytest.MonkeyPatch.context() as patch:
        if torch := sys.modules.get('torch'):
            for module in (torch.export, torch.onnx):
                patch.setattr(module, 'export', untraced(module.export))
        yield


def untraced(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        tracer = sys.gettrace()
        sys.settrace(None)
        jaxtyping.config.update('jaxtyping_disable', True)
        try:
            return function(*arguments, **options)
        finally:
            jaxtyping.config.update('jaxtyping_disable', False)
            sys.settrace(tracer)

    return call


WATCHED = set[str]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Coverage watches one case of each test: to watch the others takes long and shows little."""
    tracer = sys.gettrace()
    if item.config.pluginmanager.hasplugin('_cov') and _without_case(item) in WATCHED:
        sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    result = yield
    WATCHED.add(_without_case(item))  # one that was skipped shows nothing
    return result


def _without_case(item: pytest.Item) -> str:
    return item.nodeid.partition('[')[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of slow tests first, then those of many, so that none keeps the others waiting."""
    slow = {item.path for item in items if item.get_closest_marker('slow')}
    counts = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in slow, -counts[item.path]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files stay whole, and those that export share a process, and with it what was exported."""
    from xdist.scheduler import LoadFileScheduling

    @cache
    def is_exporting(file: str) -> bool:
        return bool(EXPORTING.search((config.rootpath / file).read_text()))

    class FileScheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return 'exporting' if is_exporting(file) else file

    return FileScheduling(config, log)
