"""What a test does to a running emulator: change switches, inject faults, see what was asked.

It is a Python object, not a route: a client under test can't reach it.
"""

import fnmatch
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from contract_gate.emulator.faults import Fault
from contract_gate.emulator.switches import Switches

MINUTE = 60.0
REMEMBERED = 10_000
"""How many requests are remembered, so that a long-running emulator does not grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that came in; its headers are left out, so no key is kept. `path` starts after `/api/v1/`."""

    method: str
    path: str
    query: str


class Control:
    """The handle on an emulator. `clock` gives seconds and drives the write limit."""

    def __init__(self, switches: Switches, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.switches = switches
        self.clock = clock
        self.requests: deque[Seen] = deque(maxlen=REMEMBERED)
        self._faults = list(switches.faults)
        self._writes: dict[str, deque[float]] = {}

    def inject(self, *faults: Fault) -> None:
        """Let these go wrong from now on, after those that wait already."""
        self._faults.extend(faults)

    def clear_faults(self) -> None:
        self._faults.clear()

    def take_fault(self, method: str, path: str) -> Fault | None:
        """Give the first fault that is meant for this request, and count it."""
        for index, fault in enumerate(self._faults):
            if not _hits(fault, method, path):
                continue
            if fault.times is not None:
                left = fault.times - 1
                self._faults[index : index + 1] = [replace(fault, times=left)] if left > 0 else []
            return fault
        return None

    def seconds_until_write(self, caller: str) -> float:
        """Count a write of this caller: 0 when it may go on, else the seconds until the next one may."""
        now = self.clock()
        window = self._writes.setdefault(caller, deque())
        while window and now - window[0] >= MINUTE:
            window.popleft()
        if len(window) >= self.switches.write_limit:
            return MINUTE - (now - window[0]) if window else MINUTE
        window.append(now)
        return 0.0


def _hits(fault: Fault, method: str, path: str) -> bool:
    if fault.method is not None and fault.method.upper() != method:
        return False
    return fault.route is None or fnmatch.fnmatchcase(path.strip("/"), fault.route.strip("/"))
