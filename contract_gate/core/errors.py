"""The errors that a person can mend, caught once at the rim (`contract_gate.cli`)."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says to CI. A crash is never 1 (see docs/exit-codes in the README)."""

    PASSED = 0
    BLOCKED = 1
    USAGE = 2
    UNDECIDED = 3
    INTERRUPTED = 130


class ContractGateError(Exception):
    """Say what did not happen and why (`message`), and what to do about it (`hint`)."""

    exit_code = ExitCode.UNDECIDED

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ContractGateError):
    """The command line, the configuration or an input file can't be understood: exit 2."""

    exit_code = ExitCode.USAGE


class GitError(ContractGateError):
    """git could not give a revision or a file: exit 3, never an empty diff."""


class CatalogError(ContractGateError):
    """The catalog refused or did not answer where the command can't go on without it: exit 3."""
