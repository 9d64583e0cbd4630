"""JSON that somebody hands over (a snapshot, a seed, a state, approvals): parsed, and its fields with their types.

Whatever is of another type raises ValueError, which says what it is: to guess would mean something that nobody wrote.
"""

import json
from collections.abc import Mapping

from contract_gate.core.facts import Json


def parse(content: str | bytes) -> Json:
    """Parse a text, in UTF-8 where it is bytes. ValueError for what is no JSON, nested too deep, or no text."""
    try:
        parsed: Json = json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return parsed


def table(value: Json, what: str) -> dict[str, Json]:
    """Give an object; `what` names it where it is none."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no object")
    return value


def needed(body: Mapping[str, Json], *names: str) -> None:
    """Refuse an object that lacks one of these fields."""
    if lacking := [name for name in names if name not in body]:
        raise ValueError(f"it lacks {lacking[0]!r}")


def entries(body: Mapping[str, Json], name: str) -> list[Json]:
    """Give a list, an empty one where the field is missing."""
    value = body.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f"{name!r} is no list")
    return value


def tables(body: Mapping[str, Json], name: str) -> list[dict[str, Json]]:
    """Give a list of objects, an empty one where the field is missing."""
    return [table(each, f"an entry of {name!r}") for each in entries(body, name)]


def texts(body: Mapping[str, Json], name: str) -> tuple[str, ...]:
    """Give a list of texts, an empty one where the field is missing."""
    found = tuple(each for each in entries(body, name) if isinstance(each, str))
    if len(found) != len(entries(body, name)):
        raise ValueError(f"{name!r} holds what is no text")
    return found


def named_texts(body: Mapping[str, Json], name: str) -> dict[str, str]:
    """Give an object of texts, an empty one where the field is missing."""
    inner = table(body.get(name, {}), repr(name))
    return {key: text(inner, key) for key in inner}


def text(body: Mapping[str, Json], name: str, default: str | None = None) -> str:
    """Give a text; ValueError where the field is missing and there is no default."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is missing or no text in {json.dumps(body)[:120]}")
    return value


def optional(body: Mapping[str, Json], name: str) -> str | None:
    """Give a text, None where the field is missing or null."""
    return None if body.get(name) is None else text(body, name)


def whole(body: Mapping[str, Json], name: str) -> int | None:
    """Give a whole number, None where the field is missing or null."""
    value = body.get(name)
    if value is not None and type(value) is not int:
        raise ValueError(f"{name!r} is no whole number")
    return value


def flag(body: Mapping[str, Json], name: str) -> bool:
    """Give true or false; false where the field is missing."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"{name!r} is neither true nor false")
    return value
