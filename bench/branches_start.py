"""Begin to measure in a process, whichever it is: a part of branches.py, called from a `.pth` file of its environment.

The gate's children get no environment, may write no file, and are killed when they are done. Measured, they may write, and are asked to
end before they are killed.
"""

import contextlib
import resource
import subprocess
import sys

import coverage

_KILL, _LIMIT = subprocess.Popen.kill, resource.setrlimit


def start(settings: str) -> None:
    """Measure from here on; what was seen is written when the process ends."""
    measured = coverage.Coverage(config_file=settings, auto_data=True)
    is_child = _is_child(sys.orig_argv)
    measured.set_option("run:sigterm", is_child)
    measured.start()
    subprocess.Popen.kill = _ask_first
    if is_child:
        resource.setrlimit = _allow_files


def _is_child(arguments: object) -> bool:
    return isinstance(arguments, list) and any(
        isinstance(each, str) and each.startswith("contract_gate.") and each.endswith(".child")
        for each in arguments
    )


def _ask_first(process: subprocess.Popen) -> None:
    if _is_child(process.args):
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
    _KILL(process)


def _allow_files(kind: int, limits: tuple[int, int]) -> None:
    if kind != resource.RLIMIT_FSIZE:
        _LIMIT(kind, limits)
