"""Finding things in the catalog: tables by their names, columns by their table, anything by its id.

Secoda's filters find candidates; whether a candidate is the one meant is checked here, against `title_full`.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from contract_gate.catalogs.catalog import (
    UNKNOWN,
    Ambiguous,
    Asset,
    NotInCatalog,
    Unavailable,
    agreement,
)
from contract_gate.catalogs.graph import Found, key_of
from contract_gate.catalogs.secoda.errors import FilterIgnored, Refused, SecodaError, UnexpectedReply
from contract_gate.catalogs.secoda.fields import Owner
from contract_gate.catalogs.secoda.paging import Check, Rows, in_batches, read_either, read_list
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Query, Transport
from contract_gate.catalogs.secoda.wire import EntityRow, entity, page
from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.values import dataclass

CATALOG = "/resource/catalog/"
TABLES = "/table/tables/"
COLUMNS = "/table/columns/"
ANY = "/resource/all/"
"""https://docs.secoda.co/secoda-api. The typed lists are deprecated and serve as a second opinion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """Entities by `key_of(id)`. Each id asked for is there; `hidden` are those that could not be read.

    `failed` are those of them that this key may be allowed to see: Secoda did not say.
    """

    assets: Mapping[str, Asset]
    owners: Mapping[str, tuple[Owner, ...]]
    users: Mapping[str, tuple[Owner, ...]]
    hidden: Mapping[str, str]
    failed: Mapping[str, str]


class Lookup:
    """Looks things up in one workspace. `integration` pins table names to one source's id."""

    def __init__(self, transport: Transport, integration: str | None = None) -> None:
        self._transport = transport
        self._integration = integration
        self._id_filter_works = True
        self._parent_filter_works = True
        self._lists_anything: bool | None = None
        self._listing = asyncio.Lock()
        self.owners: dict[str, tuple[Owner, ...]] = {}
        """The owners of every table found so far, by `key_of(id)`; names are for `people`."""

    async def tables(
        self, names: Sequence[RelationName], ids: Mapping[RelationName, str] | None = None
    ) -> Mapping[RelationName, Found]:
        """Find each relation's table; every name gets an answer, and errors become `Unavailable`.

        `ids` are dbt's ids of relations: of tables with the name, the one that has the id in its metadata is meant.
        """
        unknown = {name for name in names if UNKNOWN in name.name}
        found: dict[RelationName, Found] = {
            name: Unavailable(relation=name, reason="the relation's own name is not known here")
            for name in unknown
        }
        wanted = tuple(dict.fromkeys(name for name in names if name not in unknown))
        size = self._transport.limits.batch
        return found | await in_batches(wanted, size, lambda names: self._tables(names, ids or {}))

    async def columns(self, table: Asset) -> tuple[Asset, ...]:
        """List all of a table's columns. Raises SecodaError when no list of them can be trusted."""
        listed, missing = await self.known_columns(table)
        if missing:
            raise FilterIgnored(missing)
        return listed

    async def known_columns(self, table: Asset) -> tuple[tuple[Asset, ...], str | None]:
        """Give the columns that can be listed, and why there may be more. Raises SecodaError when none can."""

        def check(row: Json) -> None:
            if not _is_column_of(entity(row), table):
                raise FilterIgnored(f"Secoda sent columns of others than {table.shown}")

        query = query_for("column", {"parent_id": (table.id,)})
        typed = (("parent_id", table.id),)
        listed = await read_either(self._transport, (COLUMNS, typed), (CATALOG, query), check)
        columns = tuple(_asset(row) for row in map(entity, listed.rows) if row.kind in ("column", "unknown"))
        missing = (
            f"the columns of {table.shown} are not all known: {listed.missing}" if listed.missing else None
        )
        return columns, missing

    async def columns_of(self, tables: Sequence[Asset]) -> Mapping[str, tuple[tuple[Asset, ...], str | None]]:
        """Give what `known_columns` gives, by `key_of(table.id)`, with few requests. Never raises: the reason is given."""
        size = self._transport.limits.batch
        found = await in_batches(tables, size, self._columns_together)
        rest = [table for table in tables if key_of(table.id) not in found]
        for table, one in zip(rest, await asyncio.gather(*map(self._columns_or_why, rest)), strict=True):
            found[key_of(table.id)] = one
        return found

    async def _columns_or_why(self, table: Asset) -> tuple[tuple[Asset, ...], str | None]:
        try:
            return await self.known_columns(table)
        except SecodaError as error:
            return (), error.message

    async def _columns_together(
        self, tables: Sequence[Asset]
    ) -> dict[str, tuple[tuple[Asset, ...], str | None]]:
        """Ask for the columns of several tables in one list; a table that it lacks, or where it is cut, is left out."""
        by_id = {key_of(table.id): table for table in tables}
        if len(tables) < 2 or not self._parent_filter_works:
            return {}
        try:
            grouped = await columns_together(self._transport, {key: table.id for key, table in by_id.items()})
        except SecodaError:
            # What is wrong is told when the tables are asked one by one.
            self._parent_filter_works = False
            return {}
        return {key: (tuple(_asset(entity(row)) for row in rows), None) for key, rows in grouped.items()}

    async def entities(self, ids: Iterable[str]) -> Entities:
        """Read entities by id; one that this key may not see stays in, of kind `unknown`. Never raises."""
        wanted = {key_of(identity): identity for identity in ids}
        rows, unread = await self._by_ids(tuple(wanted.values()))
        parents = {row.parent for row in rows.values() if row.parent and row.kind in ("column", "chart")}
        absent = tuple(sorted(parent for parent in parents if key_of(parent) not in rows))
        more, unread_parents = await self._by_ids(absent)
        known = {**rows, **more}
        wanted |= {key_of(parent): parent for parent in absent}
        unread |= unread_parents
        return Entities(
            assets={
                key: _asset(known[key], known) if key in known else _placeholder(identity)
                for key, identity in wanted.items()
            },
            owners={key: row.owners for key, row in known.items()},
            users={key: row.users for key, row in known.items()},
            hidden={key: error.message for key, error in unread.items()},
            failed={key: error.message for key, error in unread.items() if not _is_hidden(error)},
        )

    async def _tables(
        self, names: Sequence[RelationName], ids: Mapping[RelationName, str]
    ) -> dict[RelationName, Found]:
        try:
            rows, missing = await self._titled(names)
        except SecodaError as error:
            return {name: Unavailable(relation=name, reason=error.message, hint=error.hint) for name in names}
        found = {name: self._choose(name, rows, missing, ids.get(name)) for name in names}
        self.owners.update({key_of(row.id): row.owners for row in rows})
        return found

    async def _titled(self, names: Sequence[RelationName]) -> tuple[tuple[EntityRow, ...], str | None]:
        """Give the tables with these names' titles, and why there may be more.

        A search that finds nothing at all may be one that the deployment did not understand, and one that finds some
        may have been cut: what it lacks is asked for again, title by title and in the typed list too where need be.
        """
        titles = tuple(sorted({caseless(name.name) for name in names}))
        listed = await self._searched(titles)
        rows = _tables_of(listed)
        absent = tuple(title for title in titles if all(title != caseless(row.title) for row in rows))
        if listed.missing or not absent:
            return rows, listed.missing
        if rows and not (await self._searched(absent)).rows:
            return rows, None
        singles = await asyncio.gather(*map(self._one_title, absent))
        missing = next((single.missing for single in singles if single.missing), None)
        rows += tuple(row for single in singles for row in _tables_of(single))
        if any(single.rows for single in (listed, *singles)):
            self._lists_anything = True
        return rows, missing or (None if rows else await self._why_nothing())

    async def _searched(self, titles: Sequence[str]) -> Rows:
        """Search; a search that the deployment does not understand finds nothing."""
        try:
            return await self._search(titles)
        except (FilterIgnored, Refused) as error:
            if isinstance(error, Refused) and error.status in (401, 403):
                raise
            return Rows(rows=())

    async def _why_nothing(self) -> str | None:
        """Say why no table was found at all where the reason is not the names: the catalog lists nothing to this key."""
        async with self._listing:
            if self._lists_anything is None:
                anything = query_for(None, {"entity_type": ("table", "column", "chart", "dashboard")})
                self._lists_anything = await self._has_rows(CATALOG, anything) or await self._has_rows(
                    TABLES, ()
                )
        return None if self._lists_anything else "the catalog lists nothing at all for this key"

    async def _has_rows(self, path: str, query: Query) -> bool:
        return bool(page(await self._transport.get(path, query), 1).results)

    async def _one_title(self, title: str) -> Rows:
        """Ask the typed list, then the search; an error of one counts only when the other fails as well."""
        try:
            typed = await read_list(self._transport, TABLES, (("title", title),), check=_about((title,)))
        except (FilterIgnored, Refused):
            return await self._search((title,))
        if typed.rows or typed.missing:
            return typed
        try:
            return await self._search((title,))
        except (FilterIgnored, Refused):
            return typed

    async def _search(self, titles: Sequence[str]) -> Rows:
        query = query_for("table", {"title": titles})
        return await read_list(self._transport, CATALOG, query, check=_about(titles))

    def _choose(
        self, name: RelationName, rows: Sequence[EntityRow], missing: str | None, unique_id: str | None
    ) -> Found:
        alike = {
            key_of(row.id): row
            for row in rows
            if caseless(row.title) == caseless(name.name) and (not self._integration or self._is_pinned(row))
        }
        live = {key: row for key, row in alike.items() if not row.archived} or alike
        identified = [row for row in live.values() if unique_id and row.unique_id == unique_id]
        if len(identified) == 1:
            return _asset(identified[0])
        agreeing = [(agreement(name, row.title_full), row) for row in live.values()]
        best = max((rank for rank, _ in agreeing if rank is not None), default=0)
        chosen = [row for rank, row in agreeing if rank is not None and rank == best > 0]
        if len(chosen) == 1 and not missing:
            return _asset(chosen[0])
        if chosen:
            return Ambiguous(relation=name, candidates=_candidates(chosen), **_why(missing))
        unsure = [row for rank, row in agreeing if rank == 0]
        if unsure:
            reason = "a table of this name is in the catalog, without its database and schema to check"
            return Ambiguous(relation=name, candidates=_candidates(unsure), reason=reason)
        if missing:
            return Unavailable(relation=name, reason=f"the search for it was not finished: {missing}")
        return NotInCatalog(relation=name)

    def _is_pinned(self, row: EntityRow) -> bool:
        return row.integration is not None and key_of(row.integration) == key_of(self._integration or "")

    async def _by_ids(self, ids: Sequence[str]) -> tuple[dict[str, EntityRow], dict[str, SecodaError]]:
        """Read rows by id, in batches where the deployment can, and what hides the others."""
        size = self._transport.limits.batch
        rows = await in_batches(ids, size, self._batch)
        rest = [identity for identity in ids if key_of(identity) not in rows]
        unread: dict[str, SecodaError] = {}
        for identity, one in zip(rest, await asyncio.gather(*map(self._one, rest)), strict=True):
            if isinstance(one, EntityRow):
                rows[key_of(identity)] = one
            else:
                unread[key_of(identity)] = one
        return rows, unread

    async def _batch(self, ids: Sequence[str]) -> dict[str, EntityRow]:
        """Read what a batch gives; the ids that it lacks are read one by one, whatever the reason."""
        if len(ids) < 2 or not self._id_filter_works:
            return {}
        asked = {key_of(identity) for identity in ids}

        def check(row: Json) -> None:
            if key_of(entity(row).id) not in asked:
                raise FilterIgnored("Secoda sent entities of other ids than those asked for")

        try:
            listed = await read_list(self._transport, CATALOG, query_for(None, {"id": ids}), check=check)
        except SecodaError:
            self._id_filter_works = False
            return {}
        self._id_filter_works = bool(listed.rows)
        return {key_of(row.id): row for row in map(entity, listed.rows)}

    async def _one(self, identity: str) -> EntityRow | SecodaError:
        try:
            row = entity(await self._transport.get(f"{ANY}{quote(identity, safe='')}/"))
        except SecodaError as error:
            return error
        if key_of(row.id) != key_of(identity):
            return UnexpectedReply(f"Secoda sent another entity than {identity}")
        return row


async def columns_together(transport: Transport, tables: Mapping[str, str]) -> dict[str, list[Json]]:
    """Ask for the columns of several tables (by `key_of(id)`) in one list; nothing where it is cut. Raises SecodaError."""

    def check(row: Json) -> None:
        if key_of(entity(row).parent or "") not in tables:
            raise FilterIgnored("Secoda sent columns of others than the tables asked for")

    query = (*query_for("column", {"parent_id": tuple(tables.values())}), ("page_size", "1000"))
    listed = await read_list(transport, CATALOG, query, check=check)
    grouped: dict[str, list[Json]] = {}
    for row in listed.rows if not listed.missing else ():
        grouped.setdefault(key_of(entity(row).parent or ""), []).append(row)
    return grouped


def _is_hidden(error: SecodaError) -> bool:
    """Tell whether the key's owner may not see the entity, or it is gone: asking again says no more."""
    return isinstance(error, Refused) and error.status in (403, 404)


def _why(missing: str | None) -> dict[str, str]:
    return {"reason": f"another table of this name may exist: {missing}"} if missing else {}


def query_for(kind: str | None, wanted: Mapping[str, Sequence[str]]) -> Query:
    """Write a filter in Secoda's grammar: `exact` for one value, `in` for several, `and` over several fields."""
    leaves: list[object] = [
        {
            "operator": "exact" if len(values) == 1 else "in",
            "field": name,
            "value": values[0] if len(values) == 1 else list(values),
            "operands": [],
        }
        for name, values in wanted.items()
    ]
    tree = leaves[0] if len(leaves) == 1 else {"operator": "and", "operands": leaves}
    query = (("filter", json.dumps(tree, separators=(",", ":"))),)
    return (*query, ("entity_type", kind)) if kind else query


def _about(titles: Sequence[str]) -> Check:
    def check(row: Json) -> None:
        # A looser filter than asked for (`contains`) is harmless: the names are compared again below.
        if not any(title in entity(row).title for title in titles):
            raise FilterIgnored("Secoda sent tables of other titles than those asked for")

    return check


def _tables_of(listed: Rows) -> tuple[EntityRow, ...]:
    return tuple(row for row in map(entity, listed.rows) if row.kind in ("table", "unknown"))


def _is_column_of(row: EntityRow, table: Asset) -> bool:
    if row.parent is not None:
        return key_of(row.parent) == key_of(table.id)
    prefix = f"{table.title_full}.".lower()
    return bool(table.title_full and row.title_full) and (row.title_full or "").lower().startswith(prefix)


def _candidates(rows: Iterable[EntityRow]) -> tuple[Asset, ...]:
    return tuple(_asset(row) for row in sorted(rows, key=lambda row: (row.title_full or "", row.id)))


def _asset(row: EntityRow, holders: Mapping[str, EntityRow] | None = None) -> Asset:
    holder = (holders or {}).get(key_of(row.parent)) if row.parent else None
    return Asset(
        id=row.id,
        kind=row.kind,
        name=row.shown,
        title_full=row.title_full,
        url=row.url,
        usage=row.usage,
        integration=row.integration,
        parent=row.parent,
        inside=None if holder is None else holder.shown,
        archived=row.archived,
        standing=row.standing,
    )


def _placeholder(identity: str) -> Asset:
    return Asset(id=identity, kind="unknown", name=f"asset {identity} (its name can't be read)")
