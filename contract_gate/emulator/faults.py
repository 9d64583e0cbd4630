"""Faults: what can be made to go wrong with a request."""

from dataclasses import dataclass
from enum import StrEnum

from contract_gate.core.errors import UsageError


class FaultKind(StrEnum):
    """What goes wrong: an error's status, a late reply, one cut off, an empty body, a page of HTML.

    `error-object` is an error's body with status 200, `no-rows` a list that has lost all of its rows.
    """

    STATUS_401 = "401"
    STATUS_403 = "403"
    STATUS_404 = "404"
    STATUS_429 = "429"
    STATUS_500 = "500"
    STATUS_503 = "503"
    SLOW = "slow"
    CUT = "cut"
    EMPTY = "empty"
    HTML = "html"
    ERROR_OBJECT = "error-object"
    NO_ROWS = "no-rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong. `route` is a glob over the path after `/api/v1/` (`lineage/*`), None for all.

    `times`: how often, `None` for always. `seconds`: how late a slow reply is.
    """

    kind: FaultKind
    route: str | None = None
    method: str | None = None
    times: int | None = None
    seconds: float = 1.0


def read_fault(text: str) -> Fault:
    """Read `KIND[:ROUTE[:TIMES]]`, such as `503:lineage/*:2`; raises `UsageError`."""
    kind, _, rest = text.partition(":")
    route, _, times = rest.partition(":")
    if kind not in tuple(FaultKind) or (times and not times.isdigit()):
        raise UsageError(
            f"there is no fault {text!r}",
            "write KIND:ROUTE:TIMES, with KIND one of " + ", ".join(FaultKind),
        )
    return Fault(kind=FaultKind(kind), route=route or None, times=int(times) if times else None)
