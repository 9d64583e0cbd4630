"""What a run of the demo has to show, read from its JSON report: the demo fails where it does not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from contract_gate.core.values import dataclass

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"

FORGOTTEN = "models/marts/payment_mix.sql"
"""The model that the pull request forgets."""
GONE = "payment_method"
DASHBOARD = "Weekly revenue"
OWNER = "dana@example.com"
PEACEFUL_NAMES = ("order_items", "Basket mix", "Items by product")
"""The model that the pull request only tidies up, though it reads one whose values change, and what reads it."""
CHANGED_VALUES = ("orders", "amount")
"""The column that is computed in another way."""
CHANGED = 3
"""How many models the pull request edits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPoint:
    """One thing that the run has to show, and whether it did."""

    text: str
    holds: bool


def blocked_points(report: Json, code: int, forgotten: str) -> list[DemoPoint]:
    """Judge the run on the pull request. `forgotten` is the text of the model that it forgets."""
    line = 1 + next(number for number, text in enumerate(forgotten.splitlines()) if GONE in text)
    verdict = _text(report, "verdict")
    readers = list(_list(report, "impacts"))
    analysed = _get(_get(report, "coverage"), "models_analysed")
    return [
        DemoPoint(
            text=f"it was blocked, and the exit code is {code}", holds=(verdict, code) == ("blocked", 1)
        ),
        DemoPoint(
            text=f"the forgotten reader is named, with the line that breaks: {FORGOTTEN}:{line}",
            holds=any(_breaks_at(impact, line) for impact in readers),
        ),
        DemoPoint(
            text=f"the dashboard {DASHBOARD}, which only the catalog knows, is reached, with its owner {OWNER}",
            holds=any(_is_dashboard(_get(impact, "consumer")) for impact in readers),
        ),
        DemoPoint(
            text=f"{PEACEFUL_NAMES[0]}, rewritten without another meaning, is left in peace, and so is its dashboard",
            holds=analysed == CHANGED and not any(name in str(_told(report)) for name in PEACEFUL_NAMES),
        ),
        *_witness_points(report),
    ]


def mended_points(report: Json, code: int) -> list[DemoPoint]:
    """Judge the run on the pull request after its author mended the reader."""
    errors = [finding for finding in _list(report, "findings") if _text(finding, "level") == "error"]
    passed = (_text(report, "verdict"), code, errors) == ("passed", 0, [])
    told = any(_is_dashboard(_get(impact, "consumer")) for impact in _list(report, "impacts"))
    return [
        DemoPoint(text="with the reader mended it passes; the owner is still told", holds=passed and told)
    ]


def _witness_points(report: Json) -> list[DemoPoint]:
    """The rows are asked for where DuckDB is installed; without it the report has said so."""
    notes = _get(_get(report, "coverage"), "notes")
    if isinstance(notes, Sequence) and any("no witness was looked for" in str(note) for note in notes):
        return []
    return [
        DemoPoint(
            text=f"the other values of {CHANGED_VALUES[0]}.{CHANGED_VALUES[1]} are shown on rows, before and after",
            holds=any(_shows_values(change) for change in _list(report, "changes")),
        )
    ]


def _shows_values(change: Json) -> bool:
    witness = _get(change, "witness")
    sides = [_get(witness, side) for side in ("before", "after")]
    name = _text(change, "relation").rpartition(".")[2], _text(change, "column")
    return name == CHANGED_VALUES and _text(change, "certainty") == "witnessed" and sides[0] != sides[1]


def _breaks_at(impact: Json, line: int) -> bool:
    place = _get(impact, "location")
    at = (_text(place, "path"), _get(place, "line"))
    return at == (FORGOTTEN, line) and (_text(impact, "effect"), _text(impact, "certainty")) == (
        "breaks",
        "proven",
    )


def _is_dashboard(consumer: Json) -> bool:
    return (_text(consumer, "kind"), _text(consumer, "name")) == ("dashboard", DASHBOARD) and OWNER in list(
        _list(consumer, "owners")
    )


def _told(report: Json) -> list[Json]:
    """Give all that the report says of changes and consumers."""
    return [_get(report, name) for name in ("changes", "impacts", "findings")]


def _get(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, Mapping) else None


def _text(value: Json, name: str) -> str:
    found = _get(value, name)
    return found if isinstance(found, str) else ""


def _list(value: Json, name: str) -> Iterator[Json]:
    found = _get(value, name)
    if isinstance(found, Sequence) and not isinstance(found, str):
        yield from found
