"""JSON as the emulator speaks it, and the errors that a route answers with."""

from contract_gate.core.facts import Json as Json
from contract_gate.emulator.switches import Nulls


class ApiError(Exception):
    """A reply that is not the answer: an HTTP status and what the body says. `wait` is for `Retry-After`."""

    def __init__(self, status: int, detail: str, *, wait: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.wait = wait


def spell_nulls(value: Json, nulls: Nulls) -> Json:
    """Write every null as the switch says."""
    match value:
        case None:
            return {Nulls.NULL: None, Nulls.EMPTY: "", Nulls.TEXT: "None"}[nulls]
        case dict():
            return {key: spell_nulls(inner, nulls) for key, inner in value.items()}
        case list():
            return [spell_nulls(inner, nulls) for inner in value]
        case _:
            return value
