"""What Secoda sends, as typed values: the one place that knows its field names and their variants.

Each reader takes parsed JSON and gives a frozen value, or raises UnexpectedReply. Where deployments differ
(https://docs.secoda.co/secoda-api) every known form is read; nothing is guessed from a form that is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from contract_gate.catalogs.secoda.errors import UnexpectedReply
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.compare.impact import AssetUse

UNCOUNTED = 999_999
"""`count` says this when counting timed out."""


class SecodaDirection(StrEnum):
    """Which way a lineage row points, seen from its `from` end."""

    DOWNSTREAM = "downstream"
    UPSTREAM = "upstream"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecodaLineageRow:
    """A row of lineage. `id` is the row's own, None where a deployment does not give it."""

    from_id: str
    to_id: str
    direction: SecodaDirection
    is_manual: bool
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list. `count` is the number of all rows, `total_pages` of pages, None where that is not known."""

    results: tuple[Json, ...]
    next_page: int | None
    count: int | None
    total_pages: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An owner as a row gives it: an id to look up, unless `shown` (an e-mail address or a name) came along."""

    id: str
    shown: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRow:
    """Any entity: table, column, chart, dashboard… `title` is in lower case, `shown` as people write it.

    `unique_id` is dbt's id, where a sync of dbt put it into the metadata. `users` are who uses it.
    """

    id: str
    kind: str
    title: str
    shown: str
    title_full: str | None
    url: str | None
    parent: str | None
    integration: str | None
    owners: tuple[Owner, ...]
    usage: int | None
    archived: bool
    unique_id: str | None = None
    standing: AssetUse = field(default_factory=AssetUse)
    users: tuple[Owner, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedRow:
    """What people wrote about an entity; `tags` and `owners` are ids."""

    id: str
    description: str
    definition: str
    tags: tuple[str, ...]
    owners: tuple[str, ...]
    pii: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewTable:
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewColumn:
    """A column of a preview. Secoda names no table in it: that takes a look-up by id."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewReply:
    sources: tuple[PreviewTable, ...]
    columns: tuple[tuple[PreviewColumn, PreviewColumn], ...]
    target: PreviewTable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecodaIntegration:
    """A source of the catalog. `last_run` is ISO 8601 in UTC. Its `credentials` are never read from the reply."""

    id: str
    name: str
    last_run: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecodaUser:
    shown: str
    role: str | None


def page(reply: Json, number: int) -> Page:
    """Read a page of a list; a reply without `results` is not an empty one."""
    body = _object(reply, "a list")
    results = body.get("results")
    if not isinstance(results, list):
        raise UnexpectedReply("Secoda sent a list without `results`")
    meta = body.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    if not results and any(body.get(name) for name in ("detail", "error", "errors")):
        # What it says is not repeated: it may echo the key, which this module does not know.
        raise UnexpectedReply("Secoda sent an error where a list was expected")
    count = _first_number(meta.get("count"), body.get("count"))
    is_counted = count is None or count < UNCOUNTED
    return Page(
        results=tuple(results),
        next_page=_next_page(body, meta, number),
        count=count if is_counted else None,
        total_pages=_first_number(meta.get("total_pages"), body.get("total_pages")) if is_counted else None,
    )


def lineage_row(row: Json) -> SecodaLineageRow:
    """Read a row of lineage, in the shape of new or of older deployments."""
    body = _object(row, "a row of lineage")
    start = _id(body.get("from_entity_id")) or _id(body.get("from_entity"))
    end = _id(body.get("to_entity_id")) or _id(body.get("to_entity"))
    spoken = _text(body.get("direction")) or ""
    if start is None or end is None or spoken.lower() not in tuple(SecodaDirection):
        raise UnexpectedReply(f"Secoda sent a row of lineage without ends or direction: {sorted(body)[:12]}")
    manual = body.get("is_manual")
    return SecodaLineageRow(
        from_id=start,
        to_id=end,
        direction=SecodaDirection(spoken.lower()),
        is_manual=manual is True or (isinstance(manual, str) and manual.lower() == "true"),
        id=_text(body.get("id")),
    )


def entity(row: Json) -> EntityRow:
    """Read any entity. Its own `id` and a title are needed; all else may be absent."""
    body = _object(row, "an entity")
    identity, title = _text(body.get("id")), _text(body.get("title"))
    if identity is None:
        raise UnexpectedReply(f"Secoda sent an entity without an id: {sorted(body)[:12]}")
    full = _text(body.get("title_full"))
    title = title or (full or "").rpartition(".")[2] or identity
    return EntityRow(
        id=identity,
        kind=_kind(body),
        title=title.lower(),
        shown=_text(body.get("title_cased")) or title,
        title_full=full or _joined(body, title),
        url=_text(body.get("url")),
        parent=_id(body.get("parent_id")) or _id(body.get("parent")),
        integration=_id(body.get("integration_id")) or _id(body.get("integration")),
        owners=_owners(body.get("owners")),
        usage=next(
            (
                n
                for n in map(_count, (body.get("external_usage"), body.get("internal_usage")))
                if n is not None
            ),
            None,
        ),
        archived=body.get("archived") is True,
        unique_id=_unique_id(body),
        standing=_standing(body),
        users=_users(body),
    )


def documented(row: Json) -> DocumentedRow:
    """Read what is written about an entity; tags and owners come as ids, or as objects that have one."""
    body = _object(row, "an entity")
    identity = _text(body.get("id"))
    if identity is None:
        raise UnexpectedReply(f"Secoda sent an entity without an id: {sorted(body)[:12]}")
    return DocumentedRow(
        id=identity,
        description=_text(body.get("description")) or "",
        definition=_text(body.get("definition")) or "",
        tags=_ids(body.get("tags")),
        owners=_ids(body.get("owners")),
        pii=body.get("pii") is True,
    )


def preview(reply: Json) -> PreviewReply:
    """Read a preview of lineage. `target_table` may be null or absent when Secoda can't tell the target."""
    body = _object(reply, "a preview of lineage")
    tables, pairs = body.get("source_tables"), body.get("column_lineages")
    if not isinstance(tables, list) or not isinstance(pairs, list):
        raise UnexpectedReply("Secoda sent a preview without `source_tables` or `column_lineages`")
    target = body.get("target_table")
    return PreviewReply(
        sources=tuple(_preview_table(table) for table in tables),
        columns=tuple(_preview_pair(pair) for pair in pairs),
        target=_preview_table(target) if target not in (None, "", "None", {}) else None,
    )


def integration(row: Json) -> SecodaIntegration:
    """Read a source of the catalog, and nothing that could hold a secret."""
    body = _object(row, "an integration")
    identity = _text(body.get("id")) or ""
    return SecodaIntegration(
        id=identity,
        name=_text(body.get("name")) or _text(body.get("title")) or _text(body.get("type")) or identity,
        last_run=_time(body.get("scheduled_extractions_last_run")),
    )


def user(reply: Json) -> SecodaUser:
    """Read a person: the e-mail address, else the name; the role where the reply has one."""
    body = _object(reply, "a user")
    shown = _person(body)
    if shown is None:
        raise UnexpectedReply("Secoda sent a user without an address or a name")
    return SecodaUser(shown=shown, role=_text(body.get("role")))


def _object(value: Json, what: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise UnexpectedReply(f"Secoda sent {type(value).__name__} where {what} was expected")
    return value


def _text(value: Json) -> str | None:
    """Read a text; null appears as `null`, `""` or the string `"None"`."""
    if not isinstance(value, str) or value.strip() in ("", "None"):
        return None
    return value.strip()


def _id(value: Json) -> str | None:
    """Read an id given as a text, or as an object that has one."""
    return _text(value.get("id")) if isinstance(value, dict) else _text(value)


def _ids(value: Json) -> tuple[str, ...]:
    return tuple(one for one in map(_id, value if isinstance(value, list) else ()) if one is not None)


def _first_number(*values: Json) -> int | None:
    return next((number for number in map(_number, values) if number is not None), None)


def _number(value: Json) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _next_page(body: dict[str, Json], meta: dict[str, Json], number: int) -> int | None:
    """Give the next page's number: `meta.next_page`, else the number (alone) in `links.next`, else by counting."""
    if "next_page" in meta:
        return _number(meta["next_page"])
    links = body.get("links")
    following = _text(links.get("next")) if isinstance(links, dict) else None
    if following is not None:
        return _first_number(*parse_qs(urlsplit(following).query).get("page", ())) or number + 1
    total = _first_number(meta.get("total_pages"), body.get("total_pages"))
    return number + 1 if total is not None and number < total else None


def _standing(body: dict[str, Json]) -> AssetUse:
    return AssetUse(
        external_usage=_count(body.get("external_usage")),
        internal_usage=_count(body.get("internal_usage")),
        people_count=len(_users(body)),
        tags=_tags(body.get("tags")),
        certified=body.get("verified") is True,
        pii=body.get("pii") is True,
        stale=body.get("stale") is True,
    )


def _count(value: Json) -> int | None:
    number = _number(value)
    return number if number is not None and number >= 0 else None


def _users(body: dict[str, Json]) -> tuple[Owner, ...]:
    """Read who uses an asset: in the source first, then in the catalog, each once."""
    return tuple(dict.fromkeys((*_owners(body.get("external_users")), *_owners(body.get("internal_users")))))


def _tags(value: Json) -> tuple[str, ...]:
    tags = value if isinstance(value, list) else ()
    named = (
        _text(tag.get("name")) or _text(tag.get("title")) if isinstance(tag, dict) else _text(tag)
        for tag in tags
    )
    return tuple(name for name in named if name is not None)


def _unique_id(body: dict[str, Json]) -> str | None:
    """Read dbt's id. The reference gives the metadata as an open object: where the id stands in it is inferred."""
    for holder in (body, body.get("search_metadata"), body.get("metadata")):
        if isinstance(holder, dict) and (
            found := _text(holder.get("unique_id")) or _text(holder.get("dbt_unique_id"))
        ):
            return found
    return None


def _kind(body: dict[str, Json]) -> str:
    """Give the entity type; a row that only has the source's own word for it may still be a table or a view."""
    native = (_text(body.get("native_type")) or "unknown").lower()
    kind = _text(body.get("entity_type"))
    return kind.lower() if kind else "table" if "view" in native or "table" in native else native


def _joined(body: dict[str, Json], title: str) -> str | None:
    """Put a qualified title together where the row gives the parts, as a preview's tables do."""
    database, schema = _text(body.get("database_name")), _text(body.get("schema_name"))
    return ".".join(part for part in (database, schema, title) if part) if schema else None


def _owners(value: Json) -> tuple[Owner, ...]:
    owners: Sequence[Json] = value if isinstance(value, list) else ()
    return tuple(owner for owner in map(_owner, owners) if owner is not None)


def _owner(value: Json) -> Owner | None:
    """Read an owner: an id, an address, or the person inline."""
    if isinstance(value, dict):
        shown = _person(value)
        identity = _text(value.get("id")) or shown
        return None if identity is None else Owner(id=identity, shown=shown)
    text = _text(value)
    return None if text is None else Owner(id=text, shown=text if "@" in text else None)


def _person(body: dict[str, Json]) -> str | None:
    names = (_text(body.get("first_name")), _text(body.get("last_name")))
    whole = " ".join(name for name in names if name)
    return _text(body.get("email")) or whole or _text(body.get("name")) or _text(body.get("title"))


def _preview_table(value: Json) -> PreviewTable:
    row = entity(value)
    return PreviewTable(id=row.id, name=row.title_full or row.shown)


def _preview_pair(value: Json) -> tuple[PreviewColumn, PreviewColumn]:
    body = _object(value, "a pair of columns")
    source, target = entity(body.get("from_column")), entity(body.get("to_column"))
    return PreviewColumn(id=source.id, name=source.title), PreviewColumn(id=target.id, name=target.title)


def _time(value: Json) -> str | None:
    """Read a time; one without a zone is UTC."""
    text = _text(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
