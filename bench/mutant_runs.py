"""Run the tests on many mutants without collecting them for each: a part of mutants.py.

    python bench/mutant_runs.py MUTANTS RESULTS ROOM TEST…

pytest collects once. A first fork runs every test, with a mark in every function of the room, and tells which test gets to which function.
Each mutant gets a fork in which the functions of its module have the mutant's code, and the tests that get there are run. Where more than the
code of functions differs (a constant, a default, a class), the fork starts pytest anew on the files whose tests get to the module. The file on
disk is the mutant's meanwhile, for children. A mutant is killed when a test fails, when the tests take four minutes of CPU, or when it
ends the process; which of them it was is written down. Nothing runs before the forks, so no cache holds what the sound code said.
"""

import ast
import builtins
import gc
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from types import CodeType, FunctionType

import pytest

CPU_SECONDS = 240
"""A clock on the wall would count a busy machine's mutants too; it is there for tests that wait, and much longer."""
LOOK_SECONDS = 3600
"""For all the tests of a room, with a mark in each function."""

Place = tuple[str, str, int]
"""Path of the module, qualified name and first line of a function that lies in no other; of the module's own code too."""
Codes = dict[Place, CodeType]


class Runs:
    """Takes the place of pytest's own loop over the tests."""

    def __init__(self, mutants: Path, results: Path, room: Path, options: list[str]) -> None:
        self.mutants = [json.loads(line) for line in mutants.read_text().splitlines()]
        self.results, self.reached = results, results.with_suffix(".reached")
        self.said = results.with_suffix(".said")
        self.room, self.options = room, options

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            with self.said.open("a") as stream:
                stream.write(f"\nFAILED {report.nodeid}\n{report.longreprtext}\n")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if not self.reached.exists() and (why := self._failure(lambda: self._look(session), LOOK_SECONDS)):
            print(self.said.read_text()[-4000:], file=sys.stderr)
            raise pytest.UsageError(f"the tests fail before anything is broken: {why}")
        reached = {
            test: {(path, name, line) for path, name, line in places}
            for test, places in json.loads(self.reached.read_text()).items()
        }
        lines = self.results.read_text().splitlines() if self.results.exists() else []
        done = {json.loads(line)["index"] for line in lines}
        for index, mutant in enumerate(self.mutants):
            if index in done:
                continue
            started = time.monotonic()
            by = self._killer(session, mutant, reached)
            with self.results.open("a") as stream:
                stream.write(json.dumps({"index": index, "killed": bool(by), "by": by}) + "\n")
            told = f"{'killed' if by else 'SURVIVED'} {mutant['path']}:{mutant['row']} {by}"
            print(f"{told} {time.monotonic() - started:.0f} s", file=sys.stderr)
        return True

    def _killer(self, session: pytest.Session, mutant: dict, reached: dict[str, set[Place]]) -> str:
        path = Path(mutant["path"])
        sound = path.read_text()
        path.write_text(mutant["text"])
        try:
            return self._failure(lambda: self._test(session, path, sound, mutant["text"], reached))
        finally:
            path.write_text(sound)

    def _look(self, session: pytest.Session) -> int:
        """Run every test, and write down where each gets to."""
        hit: set[Place] = set()
        places: list[Place] = []
        builtins._hit = lambda number: hit.add(places[number])  # type: ignore[attr-defined]
        for path in sorted(self.room.rglob("*.py")):
            tree = ast.parse(path.read_text())
            marked = _codes(_marked(tree, path, places))
            for place, function in _living(marked):
                function.__code__ = marked[place]
        reached = {}
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            hit.clear()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
            reached[item.nodeid] = sorted(hit)
        self.reached.write_text(json.dumps(reached))
        return 0

    def _test(
        self, session: pytest.Session, path: Path, sound: str, broken: str, reached: dict[str, set[Place]]
    ) -> int:
        name = str(path.absolute())
        before, after = (_codes(compile(text, name, "exec")) for text in (sound, broken))
        changed = {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}
        living = _living(changed)
        if {place for place, _ in living} != changed:
            there = [test for test, places in reached.items() if any(place[0] == name for place in places)]
            files = dict.fromkeys(test.partition("::")[0] for test in there)
            command = [sys.executable, "-m", "pytest", "-q", "-x", "-rfE", *self.options, *files]
            return os.execv(sys.executable, command) if files else 0
        for place, function in living:
            function.__code__ = after[place]
        # A test written since may get anywhere.
        items = [item for item in session.items if reached.get(item.nodeid, changed) & changed]
        for item, following in zip(items, [*items[1:], None], strict=True) if items else ():
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
        return 0

    def _failure(self, run: Callable[[], int], seconds: int = CPU_SECONDS) -> str:
        """Run it in a fork; give the test that failed there, or how else it ended, and nothing where all is well."""
        self.said.write_text("")
        ended = _ended(run, self.said, seconds)
        if ended == 0:
            return ""
        lines = self.said.read_text(errors="replace").splitlines()
        failed = (line for line in lines if line.startswith(("FAILED ", "ERROR ")))
        return next(failed, f"ended with {ended}")


def _ended(run: Callable[[], int], said: Path, seconds: int) -> int:
    """Run it in a fork that writes to a file, and give its exit code, or less than 0 for the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            output = os.open(said, os.O_WRONLY | os.O_APPEND)
            os.dup2(output, 1)
            os.dup2(output, 2)
            code = run()
        except BaseException:
            with said.open("a") as stream:
                stream.write(f"\nERROR beside the tests\n{traceback.format_exc()}\n")
            raise
        finally:
            os._exit(code)
    ends = time.monotonic() + 4 * seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > ends:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return -signal.SIGKILL
        time.sleep(0.05)


def _marked(tree: ast.Module, path: Path, places: list[Place]) -> CodeType:
    """Compile a module in which each function first says that it was reached; what lies in a function belongs to it."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting.append(node)
                continue
            mark = ast.parse(f"_hit({len(places)})").body[0]
            node.body.insert(0, ast.fix_missing_locations(ast.copy_location(mark, node)))
            line = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            places.append((str(path.absolute()), node.name, line))
    return compile(tree, str(path.absolute()), "exec")


def _living(places: Iterable[Place]) -> list[tuple[Place, FunctionType]]:
    wanted = set(places)
    every = [each for each in gc.get_objects() if isinstance(each, FunctionType)]
    return [(place, each) for each in every if (place := _place(each.__code__)) in wanted]


def _place(code: CodeType) -> Place:
    return code.co_filename, code.co_name, code.co_firstlineno


def _codes(module: CodeType) -> Codes:
    """Give the code of a module, its classes and its functions by place."""
    found = {}
    waiting = [module]
    while waiting:
        code = waiting.pop()
        inner = [each for each in code.co_consts if isinstance(each, CodeType)]
        if not code.co_flags & 0x2:  # no function (CO_NEWLOCALS)
            waiting += inner
            constants = tuple("" if each in inner else each for each in code.co_consts)
            code = code.replace(co_consts=constants, co_linetable=b"")
        found[_place(code)] = code
    return found


def main() -> int:
    mutants, results, room, *tests = sys.argv[1:]
    options = ["-p", "no:cacheprovider", f"--basetemp={Path(results).absolute()}.tmp"]
    runs = Runs(Path(mutants), Path(results), Path(room), options)
    return 0 if pytest.main([*options, *tests], plugins=[runs]) == pytest.ExitCode.OK else 1


if __name__ == "__main__":
    sys.exit(main())
