"""The child process: reads one JSON line a request, answers with one, and can be killed at any time.

Run as `python -I -m contract_gate.witness.child PARENT`. It limits its own memory and processor time before it reads SQL;
the parent (`process`) keeps the clock, from the line on that says that the child is ready. Each answer tells the seconds of the processor that were `used` for it, the start included.
"""

import json
import os
import resource
import sys
import time
from importlib import import_module

from contract_gate.edge.confined import end_with_parent, limit_processor
from contract_gate.witness.question import Budget, Found, NotPossible, Reader, RowQuestion
from contract_gate.witness.wire import Wire, pack, pack_answer, unpack

_ADDRESS_SPACE = 3 * 2**30


def main() -> None:
    """Answer requests from standard input until it ends."""
    end_with_parent(int(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # macOS refuses a limit below what is mapped already
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    # Loaded here: after the limits are set, and only in the child.
    for name in ("playback", "trials"):
        import_module(f"contract_gate.witness.{name}")
    _say({"ready": True})
    told = 0.0
    for line in sys.stdin:
        request = json.loads(line)
        limit_processor(float(request["budget"]["seconds"]) * 2 + 10)
        answer = _answer(request)
        used = time.process_time()
        _say({**answer, "used": used - told})
        told = used
    os._exit(0)


def _say(answer: Wire) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _answer(request: Wire) -> Wire:
    from contract_gate.witness.playback import play
    from contract_gate.witness.trials import find_rows

    question, budget = unpack(RowQuestion, request["question"]), unpack(Budget, request["budget"])
    try:
        if request["ask"] == "search":
            return pack_answer(find_rows(question, budget))
        found = unpack(Found, request["found"], question=question)
        readers = tuple(unpack(Reader, reader) for reader in request["readers"])
        return {"replayed": pack(play(found, readers, budget))}
    except (RecursionError, MemoryError) as error:
        return pack_answer(NotPossible(reason=f"it is too large to search ({type(error).__name__})"))


if __name__ == "__main__":
    main()
