"""What Secoda sends, as typed values: the one place that knows its field names and their variants.

Each reader takes parsed JSON and gives a frozen value, or raises UnexpectedReply. Where deployments differ
(https://docs.secoda.co/secoda-api) every known form is read; nothing is guessed from a form that is not known.
"""

from enum import StrEnum
from urllib.parse import parse_qs

from contract_gate.catalogs.secoda.errors import UnexpectedReply
from contract_gate.catalogs.secoda.fields import (
    Owner,
    count_of,
    first_number,
    id_of,
    ids_of,
    number_of,
    object_of,
    owners_of,
    person_of,
    tags_of,
    text_of,
    time_of,
    users_of,
)
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.compare.impact import AssetUse
from contract_gate.core.values import dataclass, field

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
class Documentation:
    """What people wrote about an asset. `tags` and `owners` are ids; what is empty was written by nobody."""

    description: str = ""
    definition: str = ""
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    pii: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedRow:
    """How an entity is used. Counts of views are None where nobody counts; users are how many are frequent ones.

    `updated` is when the source changed it (ISO 8601, UTC), None where it does not say.
    """

    entity: EntityRow
    external_usage: int | None
    internal_usage: int | None
    external_users: int
    internal_users: int
    updated: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRow:
    """An answer to a question."""

    id: str
    url: str | None
    owners: tuple[Owner, ...]
    is_accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """A group or a team."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A person of the workspace; `groups` are ids, None where the reply does not tell."""

    id: str
    email: str
    role: str | None
    groups: tuple[str, ...] | None


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
    body = object_of(reply, "a list")
    results = body.get("results")
    if not isinstance(results, list):
        raise UnexpectedReply("Secoda sent a list without `results`")
    meta = body.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    if not results and any(body.get(name) for name in ("detail", "error", "errors")):
        # What it says is not repeated: it may echo the key, which this module does not know.
        raise UnexpectedReply("Secoda sent an error where a list was expected")
    count = first_number(meta.get("count"), body.get("count"))
    is_counted = count is None or count < UNCOUNTED
    return Page(
        results=tuple(results),
        next_page=_next_page(body, meta, number),
        count=count if is_counted else None,
        total_pages=first_number(meta.get("total_pages"), body.get("total_pages")) if is_counted else None,
    )


def lineage_row(row: Json) -> SecodaLineageRow:
    """Read a row of lineage, in the shape of new or of older deployments."""
    body = object_of(row, "a row of lineage")
    start = id_of(body.get("from_entity_id")) or id_of(body.get("from_entity"))
    end = id_of(body.get("to_entity_id")) or id_of(body.get("to_entity"))
    spoken = text_of(body.get("direction")) or ""
    if start is None or end is None or spoken.lower() not in tuple(SecodaDirection):
        raise UnexpectedReply(f"Secoda sent a row of lineage without ends or direction: {sorted(body)[:12]}")
    manual = body.get("is_manual")
    return SecodaLineageRow(
        from_id=start,
        to_id=end,
        direction=SecodaDirection(spoken.lower()),
        is_manual=manual is True or (isinstance(manual, str) and manual.lower() == "true"),
        id=text_of(body.get("id")),
    )


def entity(row: Json) -> EntityRow:
    """Read any entity. Its own `id` and a title are needed; all else may be absent."""
    body = object_of(row, "an entity")
    identity, title = _needed_id(body, "an entity"), text_of(body.get("title"))
    full = text_of(body.get("title_full"))
    title = title or (full or "").rpartition(".")[2] or identity
    return EntityRow(
        id=identity,
        kind=_kind(body),
        title=title.lower(),
        shown=text_of(body.get("title_cased")) or title,
        title_full=full or _joined(body, title),
        url=text_of(body.get("url")),
        parent=id_of(body.get("parent_id")) or id_of(body.get("parent")),
        integration=id_of(body.get("integration_id")) or id_of(body.get("integration")),
        owners=owners_of(body.get("owners")),
        usage=next(
            (
                n
                for n in map(count_of, (body.get("external_usage"), body.get("internal_usage")))
                if n is not None
            ),
            None,
        ),
        archived=body.get("archived") is True,
        unique_id=_unique_id(body),
        standing=_standing(body),
        users=users_of(body),
    )


def documented(row: Json) -> Documentation:
    """Read what is written about an entity; tags and owners come as ids, or as objects that have one."""
    body = object_of(row, "an entity")
    return Documentation(
        description=text_of(body.get("description")) or "",
        definition=text_of(body.get("definition")) or "",
        tags=ids_of(body.get("tags")),
        owners=ids_of(body.get("owners")),
        pii=body.get("pii") is True,
    )


def tells_documentation(row: Json) -> bool:
    """Tell whether a row of a list has what is written about its entity, if only that nothing is."""
    return {"description", "definition", "tags", "owners", "pii"} <= object_of(row, "an entity").keys()


def preview(reply: Json) -> PreviewReply:
    """Read a preview of lineage. `target_table` may be null or absent when Secoda can't tell the target."""
    body = object_of(reply, "a preview of lineage")
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
    body = object_of(row, "an integration")
    identity = text_of(body.get("id")) or ""
    return SecodaIntegration(
        id=identity,
        name=text_of(body.get("name")) or text_of(body.get("title")) or text_of(body.get("type")) or identity,
        last_run=time_of(body.get("scheduled_extractions_last_run")),
    )


def user(reply: Json) -> SecodaUser:
    """Read a person: the e-mail address, else the name; the role where the reply has one."""
    body = object_of(reply, "a user")
    shown = person_of(body)
    if shown is None:
        raise UnexpectedReply("Secoda sent a user without an address or a name")
    return SecodaUser(shown=shown, role=text_of(body.get("role")))


def used(row: Json) -> UsedRow:
    """Read how an entity is used: https://docs.secoda.co/api/examples, "Identify Stale Dashboards"."""
    body = object_of(row, "an entity")
    return UsedRow(
        entity=entity(row),
        external_usage=count_of(body.get("external_usage")),
        internal_usage=count_of(body.get("internal_usage")),
        external_users=len(owners_of(body.get("external_users"))),
        internal_users=len(owners_of(body.get("internal_users"))),
        updated=time_of(body.get("external_updated_at")),
    )


def question_reply(row: Json) -> ReplyRow:
    """Read an answer to a question. `accepted_answer` is a flag, or names the accepted answer: the reference gives no type."""
    body = object_of(row, "a reply to a question")
    identity = _needed_id(body, "a reply to a question")
    accepted = body.get("accepted_answer")
    spoken = text_of(accepted) or ""
    named_one = id_of(accepted) if isinstance(accepted, dict) else spoken
    return ReplyRow(
        id=identity,
        url=text_of(body.get("url")),
        owners=owners_of(body.get("owners")),
        is_accepted=accepted is True
        or spoken.lower() == "true"
        or (named_one is not None and named_one.lower() == identity.lower()),
    )


def named(row: Json) -> NamedRow:
    """Read a group or a team."""
    body = object_of(row, "a group or a team")
    identity = _needed_id(body, "a group or a team")
    return NamedRow(id=identity, name=text_of(body.get("name")) or text_of(body.get("title")) or identity)


def member(row: Json) -> MemberRow:
    """Read a person of the workspace."""
    body = object_of(row, "a user")
    groups = body.get("user_groups", body.get("groups"))
    return MemberRow(
        id=_needed_id(body, "a user"),
        email=text_of(body.get("email")) or "",
        role=text_of(body.get("role")),
        groups=ids_of(groups) if isinstance(groups, list) else None,
    )


def _needed_id(body: dict[str, Json], what: str) -> str:
    identity = text_of(body.get("id"))
    if identity is None:
        raise UnexpectedReply(f"Secoda sent {what} without an id: {sorted(body)[:12]}")
    return identity


def _next_page(body: dict[str, Json], meta: dict[str, Json], number: int) -> int | None:
    """Give the next page's number: `meta.next_page`, else the number (alone) in `links.next`, else by counting."""
    if "next_page" in meta:
        return number_of(meta["next_page"])
    links = body.get("links")
    following = text_of(links.get("next")) if isinstance(links, dict) else None
    if following is not None:
        query = following.partition("#")[0].partition("?")[2]
        return first_number(*parse_qs(query).get("page", ())) or number + 1
    total = first_number(meta.get("total_pages"), body.get("total_pages"))
    return number + 1 if total is not None and number < total else None


def _standing(body: dict[str, Json]) -> AssetUse:
    return AssetUse(
        external_usage=count_of(body.get("external_usage")),
        internal_usage=count_of(body.get("internal_usage")),
        people_count=len(users_of(body)),
        tags=tags_of(body.get("tags")),
        certified=body.get("verified") is True,
        pii=body.get("pii") is True,
        stale=body.get("stale") is True,
    )


def _unique_id(body: dict[str, Json]) -> str | None:
    """Read dbt's id. The reference gives the metadata as an open object: where the id stands in it is inferred."""
    for holder in (body, body.get("search_metadata"), body.get("metadata")):
        if isinstance(holder, dict) and (
            found := text_of(holder.get("unique_id")) or text_of(holder.get("dbt_unique_id"))
        ):
            return found
    return None


def _kind(body: dict[str, Json]) -> str:
    """Give the entity type; a row that only has the source's own word for it may still be a table or a view."""
    native = (text_of(body.get("native_type")) or "unknown").lower()
    kind = text_of(body.get("entity_type"))
    return kind.lower() if kind else "table" if "view" in native or "table" in native else native


def _joined(body: dict[str, Json], title: str) -> str | None:
    """Put a qualified title together where the row gives the parts, as a preview's tables do."""
    database, schema = text_of(body.get("database_name")), text_of(body.get("schema_name"))
    return ".".join(part for part in (database, schema, title) if part) if schema else None


def _preview_table(value: Json) -> PreviewTable:
    row = entity(value)
    return PreviewTable(id=row.id, name=row.title_full or row.shown)


def _preview_pair(value: Json) -> tuple[PreviewColumn, PreviewColumn]:
    body = object_of(value, "a pair of columns")
    source, target = entity(body.get("from_column")), entity(body.get("to_column"))
    return PreviewColumn(id=source.id, name=source.title), PreviewColumn(id=target.id, name=target.title)
