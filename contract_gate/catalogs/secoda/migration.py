"""What people wrote about the tables of one source, moved to the same tables of another.

https://docs.secoda.co/api/examples, "Migrate Documentation". Tables are the same by schema and name, columns by name; the
database may be another, and the schema where that is said. Nothing that is written already is overwritten, and nothing is taken from the source.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.documentation import (
    DocumentationClient,
    DocumentationValue,
    differing,
    missing,
)
from contract_gate.catalogs.secoda.errors import FilterIgnored, SecodaError
from contract_gate.catalogs.secoda.lookup import CATALOG, COLUMNS, TABLES, columns_together, query_for
from contract_gate.catalogs.secoda.paging import Check, Rows, in_batches, read_either
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Query, Transport
from contract_gate.catalogs.secoda.wire import (
    Documentation,
    EntityRow,
    documented,
    entity,
    tells_documentation,
)
from contract_gate.core.errors import CatalogError, UsageError
from contract_gate.core.relation import caseless
from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCopy:
    """The fields of one asset that are written at `source` and empty at `target`.

    `kept` are those that are written at both, and differ.
    """

    source: EntityRow
    target: EntityRow
    values: tuple[tuple[str, DocumentationValue], ...]
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A documented asset of the source that has no place to go, and why."""

    source: EntityRow
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPlan:
    """What would be written. `matched` counts pairs of tables, `same` those assets whose documentation is there already."""

    copies: tuple[PlannedCopy, ...]
    unmatched: tuple[Unmatched, ...]
    matched: int
    same: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of one copy; `problem` is None where it was read back as planned."""

    copy: PlannedCopy
    problem: str | None


class Migration:
    """Plans and writes in one workspace."""

    def __init__(self, transport: Transport, documentation: DocumentationClient) -> None:
        self._transport, self._documentation = transport, documentation

    async def plan(self, source: str, target: str, schemas: Mapping[str, str] | None = None) -> MigrationPlan:
        """Plan the move from one integration's id to another's. `schemas`: what a schema of the old one is called in the new one.

        Raises SecodaError where a list is not whole, UsageError for a schema that the old one does not have.
        """
        old, new = await asyncio.gather(self._tables(source), self._tables(target))
        renamed = {caseless(name): caseless(other) for name, other in (schemas or {}).items()}
        _check_schemas(renamed, [_name(entity(row)) for row in old])
        pairs: list[tuple[Json, Json]] = []
        unmatched: list[Unmatched] = []
        by_name = _by_name(new)
        for row in old:
            *schema, name = _name(entity(row))
            found = by_name.get((*(renamed.get(part, part) for part in schema), name), [])
            if len(found) == 1:
                pairs.append((row, found[0]))
            elif _is_written(row):
                unmatched.append(Unmatched(source=entity(row), why=_why(found)))
        known = await self._columns_of([table for pair in pairs for table in pair])
        columns = [_matched(known[_key(before)], known[_key(after)]) for before, after in pairs]
        unmatched += [one for _, missing in columns for one in missing]
        return _planned([*pairs, *(pair for found, _ in columns for pair in found)], unmatched, len(pairs))

    async def write(self, plan: MigrationPlan) -> AsyncIterator[Written]:
        """Write copy by copy what is missing still, and read it back."""
        for copy in plan.copies:
            kind = "column" if copy.target.kind == "column" else "table"
            try:
                lost = await self._documentation.fill(copy.target.id, kind, dict(copy.values))
            except SecodaError as error:
                yield Written(copy=copy, problem=error.message)
                continue
            yield Written(
                copy=copy, problem=f"read back: {', '.join(lost)} is not what was written" if lost else None
            )

    async def _tables(self, integration: str) -> tuple[Json, ...]:
        def check(row: Json) -> None:
            if key_of(entity(row).integration or "") != key_of(integration):
                raise FilterIgnored(f"Secoda sent tables of other integrations than {integration}")

        typed = (("integration_id", integration),)
        query = query_for("table", {"integration_id": (integration,)})
        return await self._whole(TABLES, typed, query, check, f"the tables of the integration {integration}")

    async def _columns_of(self, tables: Sequence[Json]) -> Mapping[str, tuple[Json, ...]]:
        """Give the columns of tables, by `_key`: of many with one request, and one by one where that is not the whole."""
        size = self._transport.limits.batch
        found = await in_batches(tables, size, self._together)
        rest = [table for table in tables if _key(table) not in found]
        for table, columns in zip(rest, await asyncio.gather(*map(self._alone, rest)), strict=True):
            found[_key(table)] = columns
        return found

    async def _together(self, tables: Sequence[Json]) -> dict[str, tuple[Json, ...]]:
        """Ask for the columns of several tables in one list; a table that it lacks, or a list that is cut, is left out."""
        ids = {_key(table): entity(table).id for table in tables}
        if len(ids) < 2:
            return {}

        try:
            grouped = await columns_together(self._transport, ids)
        except SecodaError:
            # What is wrong is told when the tables are asked one by one.
            return {}
        # A list of short rows would look like columns that nobody wrote about.
        whole = all(tells_documentation(row) for rows in grouped.values() for row in rows)
        return {key: tuple(rows) for key, rows in grouped.items()} if whole else {}

    async def _alone(self, table: Json) -> tuple[Json, ...]:
        row = entity(table)

        def check(column: Json) -> None:
            if key_of(entity(column).parent or row.id) != key_of(row.id):
                raise FilterIgnored(f"Secoda sent columns of others than {row.title_full or row.shown}")

        query = query_for("column", {"parent_id": (row.id,)})
        what = f"the columns of {row.title_full or row.shown}"
        return await self._whole(COLUMNS, (("parent_id", row.id),), query, check, what)

    async def _whole(
        self, path: str, typed: Query, query: Query, check: Check, what: str
    ) -> tuple[Json, ...]:
        """Read a list to its end by the documented workflow's route, else by the one that replaces it."""
        return _all_of(await read_either(self._transport, (path, typed), (CATALOG, query), check), what)


def _key(row: Json) -> str:
    return key_of(entity(row).id)


def _matched(old: Sequence[Json], new: Sequence[Json]) -> tuple[list[tuple[Json, Json]], list[Unmatched]]:
    """Pair columns by their names."""
    named: dict[str, list[Json]] = {}
    for row in new:
        named.setdefault(caseless(entity(row).title), []).append(row)
    pairs, missing = list[tuple[Json, Json]](), list[Unmatched]()
    for row in old:
        found = named.get(caseless(entity(row).title), [])
        if len(found) == 1:
            pairs.append((row, found[0]))
        elif _is_written(row):
            missing.append(Unmatched(source=entity(row), why=_why(found)))
    return pairs, missing


def _check_schemas(renamed: Mapping[str, str], names: Sequence[tuple[str, ...]]) -> None:
    known = sorted({name[-2] for name in names if len(name) > 1})
    unknown = [schema for schema in renamed if schema not in known]
    if unknown:
        raise UsageError(
            f"nothing was planned: the old integration has no table in the schema {unknown[0]}",
            f"it has {', '.join(known[:10])}" if known else "the key sees none of its tables",
        )


def _all_of(listed: Rows, what: str) -> tuple[Json, ...]:
    if listed.missing:
        raise CatalogError(
            f"nothing was planned: {what} are not all known: {listed.missing}", "try again later"
        )
    return listed.rows


def _planned(
    pairs: Sequence[tuple[Json, Json]], unmatched: Sequence[Unmatched], tables: int
) -> MigrationPlan:
    copies: list[PlannedCopy] = []
    same = 0
    for before, after in pairs:
        old, new = documented(before), documented(after)
        if old == Documentation():
            continue
        values, kept = missing(new, old), differing(new, old)
        same += not values and not kept
        if values or kept:
            copies.append(
                PlannedCopy(
                    source=entity(before), target=entity(after), values=tuple(values.items()), kept=kept
                )
            )
    return MigrationPlan(copies=tuple(copies), unmatched=tuple(unmatched), matched=tables, same=same)


def _by_name(rows: Sequence[Json]) -> Mapping[tuple[str, ...], list[Json]]:
    found: dict[tuple[str, ...], list[Json]] = {}
    for row in rows:
        if not entity(row).archived:
            found.setdefault(_name(entity(row)), []).append(row)
    return found


def _name(row: EntityRow) -> tuple[str, ...]:
    """Give schema and name; a table without a qualified title has its name alone, and is the same as no other's."""
    parts = tuple(map(caseless, (row.title_full or row.title).split(".")))
    return parts[-2:]


def _is_written(row: Json) -> bool:
    return documented(row) != Documentation()


def _why(found: Sequence[Json]) -> str:
    if not found:
        return "the other integration has nothing of its name"
    return "it may be " + ", ".join(
        sorted(f"{entity(row).title_full} ({entity(row).id})" for row in found)[:5]
    )
