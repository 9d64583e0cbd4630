"""Fields of Secoda's replies, each in every form that deployments give it: texts, ids, counts, times, people."""

from collections.abc import Sequence
from datetime import UTC, datetime

from contract_gate.catalogs.secoda.errors import UnexpectedReply
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An owner as a row gives it: an id to look up, unless `shown` (an e-mail address or a name) came along."""

    id: str
    shown: str | None = None


def object_of(value: Json, what: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise UnexpectedReply(f"Secoda sent {type(value).__name__} where {what} was expected")
    return value


def text_of(value: Json) -> str | None:
    """Read a text; null appears as `null`, `""` or the string `"None"`."""
    if not isinstance(value, str) or value.strip() in ("", "None"):
        return None
    return value.strip()


def id_of(value: Json) -> str | None:
    """Read an id given as a text, or as an object that has one."""
    return text_of(value.get("id")) if isinstance(value, dict) else text_of(value)


def ids_of(value: Json) -> tuple[str, ...]:
    return tuple(one for one in map(id_of, value if isinstance(value, list) else ()) if one is not None)


def first_number(*values: Json) -> int | None:
    return next((number for number in map(number_of, values) if number is not None), None)


def number_of(value: Json) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def count_of(value: Json) -> int | None:
    number = number_of(value)
    return number if number is not None and number >= 0 else None


def users_of(body: dict[str, Json]) -> tuple[Owner, ...]:
    """Read who uses an asset: in the source first, then in the catalog, each once."""
    return tuple(
        dict.fromkeys((*owners_of(body.get("external_users")), *owners_of(body.get("internal_users"))))
    )


def tags_of(value: Json) -> tuple[str, ...]:
    tags = value if isinstance(value, list) else ()
    named = (
        text_of(tag.get("name")) or text_of(tag.get("title")) if isinstance(tag, dict) else text_of(tag)
        for tag in tags
    )
    return tuple(name for name in named if name is not None)


def owners_of(value: Json) -> tuple[Owner, ...]:
    owners: Sequence[Json] = value if isinstance(value, list) else ()
    return tuple(owner for owner in map(_owner, owners) if owner is not None)


def _owner(value: Json) -> Owner | None:
    """Read an owner: an id, an address, or the person inline."""
    if isinstance(value, dict):
        shown = person_of(value)
        identity = text_of(value.get("id")) or shown
        return None if identity is None else Owner(id=identity, shown=shown)
    text = text_of(value)
    return None if text is None else Owner(id=text, shown=text if "@" in text else None)


def person_of(body: dict[str, Json]) -> str | None:
    names = (text_of(body.get("first_name")), text_of(body.get("last_name")))
    whole = " ".join(name for name in names if name)
    return text_of(body.get("email")) or whole or text_of(body.get("name")) or text_of(body.get("title"))


def time_of(value: Json) -> str | None:
    """Read a time; one without a zone is UTC, one that no calendar of UTC has is none."""
    text = text_of(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
