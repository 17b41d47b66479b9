"""A soak from its first frame to its last."""

import random
import time

from soak.accounts import FrameBalance, is_told, longest_silence_s, num_of_wrong_size, recovery_s
from soak.camera import SoakedCamera
from soak.injection import InjectionError, Injector
from soak.process import NodeProcess
from soak.report import MAX_RECOVERY_S, Soak, Survival
from soak.schedule import Injection, schedule
from soak.watcher import Watcher

SETTLING_S = 10.0  # memory may grow for so long: buffers of the middleware and the allocator
START_S = 60.0
STEP_S = 0.25


class NodeEndedError(Exception):
    """The node has ended by itself, or never started."""


class Run:
    """Injects faults into a running node, and watches it.

    Args:
        camera: not started yet.
        node: started, but not waited for.
        watcher: of the node.
    """

    def __init__(self, camera: SoakedCamera, node: NodeProcess, watcher: Watcher) -> None:
        self._camera = camera
        self._node = node
        self._watcher = watcher
        self._survivals: list[Survival] = []
        self._memory_mb: list[tuple[float, float]] = []
        self._started_s = 0.0

    def soak(self, duration_s: float, injector: Injector, rng: random.Random) -> Soak:
        """Injects faults for so long, each told when it is over, then has the node end."""
        try:
            self._start()
            for injection in schedule(duration_s, rng):
                self._wait_until(self._started_s + injection.at_s)
                self._survivals.append(self._survival(injection, injector))
                print(self._survivals[-1], flush=True)
            self._wait_until(self._started_s + duration_s)
            self._finish()
        except NodeEndedError as error:
            print(error)
        finally:
            self._camera.stop()
        return self._result()

    def _start(self) -> None:
        deadline_s = time.monotonic() + START_S
        while not (self._camera.is_seen and self._watcher.is_ready):
            if time.monotonic() > deadline_s:
                raise NodeEndedError(f'not everybody was there after {START_S:.0f} s')
            self._wait_until(time.monotonic() + STEP_S)
        self._wait_until(time.monotonic() + 1.0)  # until all have found each other
        self._started_s = time.monotonic()
        self._camera.start()

    def _wait_until(self, until_s: float) -> None:
        while (left_s := until_s - time.monotonic()) > 0:
            if self._node.exit_code is not None:
                raise NodeEndedError(f'the node has ended with {self._node.exit_code}')
            self._memory_mb.append((time.monotonic(), self._node.memory_mb))
            time.sleep(min(STEP_S, left_s))

    def _finish(self) -> None:
        """Until the counts are the last ones; not for ever, as the node may be stuck."""
        self._camera.stop()
        self._wait_until(time.monotonic() + 1.0)
        self._camera.send()  # which shows the node whether it has missed the one before
        sent_s = time.monotonic()
        self._wait_until(sent_s + MAX_RECOVERY_S)
        while not self._watcher.since(sent_s + 1.0) and time.monotonic() < sent_s + START_S:
            self._wait_until(time.monotonic() + STEP_S)

    def _survival(self, injection: Injection, injector: Injector) -> Survival:
        fault, before = injection.fault, self._watcher.statuses[-1]
        began_s = time.monotonic()
        moments_s = []
        try:
            with injector.inject(fault.name):
                moments_s.append(time.monotonic())
                self._wait_until(moments_s[0] + injection.lasts_s)
            if fault.is_lasting:
                moments_s.append(time.monotonic())
        except InjectionError as error:
            return Survival(fault=fault, at_s=injection.at_s, problem=str(error))
        self._wait_until(moments_s[-1] + MAX_RECOVERY_S)
        return Survival(
            fault=fault,
            at_s=injection.at_s,
            is_detected=is_told(fault.sign, before, self._watcher.since(began_s)),
            recovery_s=self._recovery_s(moments_s[1:] if fault.is_blinding else moments_s),
        )

    def _recovery_s(self, moments_s: list[float]) -> float:
        """Of the one who watches, and of the one who may have slept until the last moment."""
        # Copies, as other threads fill them.
        sent, heard_s = dict(self._camera.sent), dict(self._watcher.heard_s)
        arrived_s = {stamp: depth.at_s for stamp, depth in dict(self._watcher.arrived).items()}
        return max(
            recovery_s(moments_s, sent, arrived_s), recovery_s(moments_s[-1:], sent, heard_s)
        )

    def _result(self) -> Soak:
        statuses, arrived = self._watcher.statuses, self._watcher.arrived
        times_s = [status.at_s for status in statuses]
        silence_s = longest_silence_s(times_s, time.monotonic())
        exit_s = self._node.end()
        settled = [mb for at_s, mb in self._memory_mb if at_s >= self._started_s + SETTLING_S]
        return Soak(
            survivals=self._survivals,
            balance=FrameBalance(
                sent=len(self._camera.sent), counts=statuses[-1].counts if statuses else {}
            ),
            delivered=len(arrived),
            wrong_sizes=num_of_wrong_size(self._camera.sent, arrived),
            memory_growth_mb=max(settled) - settled[0] if settled else 0.0,
            silence_s=silence_s,
            exit_code=self._node.exit_code,
            exit_s=exit_s,
        )
