"""The command line: flags in, exit code out; one module a command, loaded when it is called."""

import atexit
import gc
import os
import sys
from collections.abc import Callable
from typing import ClassVar

import click

from contract_gate import __version__
from contract_gate.cli.commands import Commands
from contract_gate.core.errors import ContractGateError, ExitCode


class _Commands(Commands):
    package = __name__
    told: ClassVar = {
        "check": "judge a pull request: who breaks if it is merged?",
        "publish": "show a report in a GitLab or Bitbucket pull request",
        "explain": "one finding, and the whole way to each reader",
        "baseline": "waive what blocks a change, each finding by itself",
        "diff": "classify one pair of queries",
        "witness": "rows that show what changed in one model",
        "lineage": "targets, sources and column lineage of SQL files",
        "sync": "after the merge: make the catalog's lineage true",
        "downstream": "who reads a relation, in the catalog or here",
        "contract": "data contracts: held, compared, written",
        "catalog": "ask the catalog, and change its records",
        "snapshot": "save what the catalog knows, for runs without a key",
        "policy": "try a policy on what was merged",
        "rules": "the kinds of change, and what to do about each",
        "doctor": "test each thing that a run needs",
        "init": "write a configuration, a CI job and a hook",
        "emulator": "a Secoda-compatible server on loopback",
        "demo": "a breaking pull request, gated offline against the emulator",
    }


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="contract-gate")
def group() -> None:
    """Tell who breaks before a SQL change is merged.

    Exit codes: 0 passed, 1 blocked, 2 usage or configuration, 3 could not decide.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit. The one place where errors become words and exit codes."""
    _open_streams()
    # What is read of a repository lives until the end: to go through it for circles time and again cost a quarter of a run.
    gc.set_threshold(100_000, 50, 100)
    # And to look for circles in all of it when the process ends is a tenth of a run for nothing.
    atexit.register(gc.freeze)
    try:
        group.main(args=arguments, standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(ExitCode.INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except click.ClickException as error:
        _tell(error.show)
        sys.exit(ExitCode.USAGE)
    except ContractGateError as error:
        _complain(error.message, error.hint)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.UNDECIDED)
    except OSError as error:
        _complain(*_unwritten(error))
        sys.exit(ExitCode.UNDECIDED)
    except Exception as error:  # noqa: BLE001 - the boundary: a crash is 3, never 1, and says where to report it
        _complain(*_crash(error))
        sys.exit(ExitCode.UNDECIDED)


def _open_streams() -> None:
    """Let no character stop a message, and no shell that closed a stream (`>&-`): nobody wants what goes there."""
    if sys.stdout is None or sys.stderr is None:
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - as long as the process
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _complain(message: str, hint: str | None) -> None:
    from contract_gate.core.printable import printable

    said = f"error: {printable(message)}" + (f"\nhint: {printable(hint)}" if hint else "")
    _tell(lambda: click.echo(said, err=True))


def _tell(say: Callable[[], None]) -> None:
    """Say it where that can be heard: the exit code must not hang on it, and Python's own for a failure is 1."""
    try:
        say()
    except OSError:
        _drop(2)


def _drop(descriptor: int) -> None:
    """Forget what is still held for a stream that takes no more: it would fail again at the end, with another exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _unwritten(error: OSError) -> tuple[str, str]:
    from contract_gate.edge.disk import FULL

    if error.errno not in FULL:
        return _crash(error)
    _drop(1)
    return f"the output was not written: {error.strerror}", "make room there, and run it again"


def _crash(error: Exception) -> tuple[str, str]:
    import traceback

    if os.environ.get("CONTRACT_GATE_TRACEBACK"):
        traceback.print_exc()
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.filename.rpartition('contract_gate')[2].lstrip('/')}:{last.lineno}"
    return (
        f"the run crashed, so nothing was decided: {type(error).__name__}: {error} ({place})",
        "this is a fault of contract-gate: run it again with CONTRACT_GATE_TRACEBACK=1 and report what it prints",
    )
