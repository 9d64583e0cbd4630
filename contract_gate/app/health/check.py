"""One thing looked at, as a value."""

from enum import StrEnum

from contract_gate.core.errors import ContractGateError
from contract_gate.core.values import dataclass


class Health(StrEnum):
    """`NOTE` is worth knowing and stops nothing."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at. `hint` says what to do where it is not well."""

    name: str
    health: Health
    said: str
    hint: str | None = None


def well(name: str, said: str) -> Check:
    """Say that a thing is as it has to be."""
    return Check(name=name, health=Health.OK, said=said)


def noted(name: str, said: str, hint: str | None = None) -> Check:
    """Say what is worth knowing."""
    return Check(name=name, health=Health.NOTE, said=said, hint=hint)


def failed(name: str, error: ContractGateError) -> Check:
    """Say what did not work, in the error's words."""
    return Check(name=name, health=Health.FAILED, said=error.message, hint=error.hint)
