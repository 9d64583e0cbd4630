"""What a child process does first: see that it ends with its parent, and within its processor time.

A parent that is killed can't end its children, and one that loops does not see its input close. So the child looks for its parent itself:
a thread asks, and an alarm that needs no interpreter lock ends the process where that thread no longer gets to run.
"""

import os
import signal
import threading
import time

_BETWEEN_LOOKS = 0.5
_WITHOUT_LOOKING = 60
GONE = 3
"""The exit code of a child whose parent is gone."""


def end_with_parent(parent: int) -> None:
    """End this process soon after the process `parent` is gone. Call it before limits forbid to start a thread."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGALRM,))
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def limit_processor(seconds: float) -> None:
    """Let this process use so many more seconds of processor time, where the system can count them."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def _watch(parent: int) -> None:
    while _is_there(parent):
        time.sleep(_BETWEEN_LOOKS)
    os._exit(GONE)


def _is_there(parent: int) -> bool:
    # No watchdog of faulthandler: each is a thread, and a user's process whose limits forbid to start one would lose both watches.
    signal.alarm(_WITHOUT_LOOKING)
    return os.getppid() == parent
