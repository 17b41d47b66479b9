"""Chromium without a window, driven over its DevTools protocol through two pipes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
import json
import os
from pathlib import Path
import select
import shutil
import subprocess
from typing import Any

import pytest

PATIENCE_S = 30.0
# The pipes that --remote-debugging-pipe reads from and writes to.
COMMANDS_FD, ANSWERS_FD = 3, 4


class Browser:
    """One tab; what it complains of and asks for is kept.

    Attributes:
        complaints: console messages, exceptions, and what the security policy blocked.
        requests: the addresses that pages asked for.
    """

    def __init__(self, commands_fd: int, answers_fd: int) -> None:
        self._commands_fd = commands_fd
        self._answers_fd = answers_fd
        self._pending = b''
        self._num_sent = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._loaded = False
        target = self.send('Target.createTarget', url='about:blank')['targetId']
        session = self.send('Target.attachToTarget', targetId=target, flatten=True)
        self._session = session['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.send(f'{domain}.enable')

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer."""
        self._num_sent += 1
        message = {'id': self._num_sent, 'method': method, 'params': parameters}
        if self._session:
            message['sessionId'] = self._session
        os.write(self._commands_fd, json.dumps(message).encode() + b'\0')
        while (answer := self._receive()).get('id') != self._num_sent:
            self._note(answer)
        assert 'error' not in answer, answer['error']
        return answer['result']

    def open(self, path: Path) -> None:
        """Opens a file and waits until it is loaded."""
        self._loaded = False
        self.send('Page.navigate', url=path.as_uri())
        while not self._loaded:
            self._note(self._receive())

    def show_as(self, width_px: int, *, scheme: str = 'light', media: str = 'screen') -> None:
        """Sets the width of the window, light or dark, screen or print."""
        self.send(
            'Emulation.setDeviceMetricsOverride',
            width=width_px, height=900, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        features = [{'name': 'prefers-color-scheme', 'value': scheme}]
        self.send('Emulation.setEmulatedMedia', media=media, features=features)

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives in the page."""
        answer = self.send('Runtime.evaluate', expression=expression, returnByValue=True)
        assert 'exceptionDetails' not in answer, answer['exceptionDetails']
        return answer['result'].get('value')

    def screenshot(self) -> bytes:
        """The whole page as PNG."""
        shot = self.send('Page.captureScreenshot', captureBeyondViewport=True)
        return base64.b64decode(shot['data'])

    def printed(self) -> bytes:
        """The page as PDF."""
        return base64.b64decode(self.send('Page.printToPDF', printBackground=True)['data'])

    def close(self) -> None:
        """Ends the browser."""
        self._session = None
        self.send('Browser.close')

    def _receive(self) -> dict[str, Any]:
        while b'\0' not in self._pending:
            ready, _, _ = select.select([self._answers_fd], [], [], PATIENCE_S)
            chunk = os.read(self._answers_fd, 1 << 20) if ready else b''
            assert chunk, f'Chromium said nothing for {PATIENCE_S:g} s, or ended'
            self._pending += chunk
        message, _, self._pending = self._pending.partition(b'\0')
        return json.loads(message)

    def _note(self, event: dict[str, Any]) -> None:
        method, details = event.get('method'), event.get('params', {})
        if method in ('Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded'):
            self.complaints.append(json.dumps(details))
        elif method == 'Network.requestWillBeSent':
            self.requests.append(details['request']['url'])
        elif method == 'Page.loadEventFired':
            self._loaded = True


@contextmanager
def open_browser(profile_dir: Path) -> Iterator[Browser]:
    """Starts Chromium; skips the test where there is none (Debian: apt install chromium)."""
    program = shutil.which('chromium') or shutil.which('chromium-browser')
    if program is None:
        pytest.skip('no Chromium here (Debian: apt install chromium)')
    commands_out, commands_in = os.pipe()
    answers_out, answers_in = os.pipe()
    # The shell gives the pipes the numbers that Chromium wants.
    redirect = f'exec "$@" {COMMANDS_FD}<&{commands_out} {ANSWERS_FD}>&{answers_in}'
    options = [
        '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
        '--remote-debugging-pipe', '--no-first-run', '--hide-scrollbars',
        f'--user-data-dir={profile_dir}',
    ]  # fmt: skip
    with (profile_dir / 'chromium.log').open('w') as log:
        process = subprocess.Popen(
            ['bash', '-c', redirect, 'bash', program, *options],
            pass_fds=(commands_out, answers_in), stdout=log, stderr=log,
        )  # fmt: skip
    os.close(commands_out)
    os.close(answers_in)
    try:
        browser = Browser(commands_in, answers_out)
        yield browser
        browser.close()
    finally:
        os.close(commands_in)
        os.close(answers_out)
        process.terminate()
        process.wait(PATIENCE_S)
