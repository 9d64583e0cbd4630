"""One hop of lineage, up and down, for any number of entities.

Secoda lists lineage in mirrored rows, behind filters that a deployment may not know and then silently ignores.
So no answer is taken at its word: rows must be about the ids asked for, and an id that is known to have
lineage (the *canary*) goes along with every batch: when its rows do not come back, the batch was not understood.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from urllib.parse import quote

from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.errors import FilterIgnored, Refused, SecodaError
from contract_gate.catalogs.secoda.paging import Check, Rows, in_batches, read_list
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import IsDone, Transport
from contract_gate.catalogs.secoda.wire import SecodaDirection, SecodaLineageRow, lineage_row, page
from contract_gate.core.values import dataclass, field

CREATE = "/lineage/"
LINEAGE = "/lineage/manual/"
"""https://docs.secoda.co/secoda-api: lists all lineage, in spite of its name. The slash is always sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A neighbour. `id` is as Secoda spells it; compare `key_of(id)`.

    `is_manual`: every row of it was made by hand; `has_manual`: one was. `rows` are the ids of all its rows.
    """

    id: str
    is_manual: bool = False
    has_manual: bool = False
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What one hop knows of an entity. `problem` says why more may exist, None when this is all of it."""

    upstream: tuple[Link, ...] = ()
    downstream: tuple[Link, ...] = ()
    problem: str | None = None


class _End(StrEnum):
    FROM = "from_entity"
    TO = "to_entity"


@dataclass(slots=True)
class _Knowledge:
    """What was found out about the deployment for one end of rows, once for all calls."""

    canary: str | None = None
    batches: bool = True
    form: str | None = None
    tried: set[str] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class LineageReader:
    """Reads hops from one workspace and remembers which filters it understands."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._known = {end: _Knowledge() for end in _End}
        self._listed = False
        self._listing = asyncio.Lock()
        self.hint: str | None = None
        """What to do about the first refusal, None where nothing was refused."""
        self._is_empty = False
        self._is_proven = False
        self._spared: set[str] = set()

    @property
    def doubt(self) -> str | None:
        """Say why empty answers prove nothing, None where some id is known to have lineage."""
        if self._is_empty:
            return "the catalog lists no lineage at all for this key"
        if self._listed and not self._is_proven and not any(known.canary for known in self._known.values()):
            return "the list of all lineage could not be read, and no answer had a row: that may be an error"
        return None

    def spare(self, ids: Iterable[str]) -> None:
        """Let other lineage than that into these entities prove things, if there is any: it is about to be rewritten. Call it before anything is asked."""
        self._spared.update(map(key_of, ids))

    def look_again(self) -> None:
        """Look once more for lineage that proves things, where there was none: some was written since."""
        self._listed = self._listed and all(known.canary for known in self._known.values())

    async def add(self, start: str, end: str, is_done: IsDone | None = None) -> None:
        """Make lineage from `start` down to `end`, as a person would. Raises SecodaError."""
        body = {"from_entity": start, "to_entity": end, "direction": "DOWNSTREAM"}
        try:
            await self._transport.post(CREATE, body, is_done)
        except Refused as error:
            if error.status not in (404, 405):
                raise
            # Where older deployments make lineage; their reference sends the flag as a text.
            await self._transport.post(LINEAGE, {**body, "is_manual": "true"}, is_done)

    async def remove(self, row: str) -> None:
        """Delete one row; raises SecodaError. A row that is gone already is no error."""
        await self._transport.delete(f"{LINEAGE}{quote(row, safe='')}/")

    async def neighbours(self, ids: Sequence[str]) -> Mapping[str, Neighbours]:
        """Give each id's neighbours, by `key_of(id)`. What failed is told in `problem`, never raised."""
        wanted = tuple({key_of(identity): identity for identity in ids}.values())
        outgoing, incoming = await asyncio.gather(self._rows(_End.FROM, wanted), self._rows(_End.TO, wanted))
        return {
            key_of(identity): _join(key_of(identity), outgoing[key_of(identity)], incoming[key_of(identity)])
            for identity in wanted
        }

    async def _rows(self, end: _End, ids: Sequence[str]) -> dict[str, "_Found"]:
        await self._find_canaries()
        size = self._transport.limits.batch if self._known[end].canary else 1
        return await in_batches(ids, size, partial(self._chunk, end))

    async def _chunk(self, end: _End, ids: Sequence[str]) -> dict[str, "_Found"]:
        known = self._known[end]
        while known.canary and known.batches:
            canary = known.canary
            try:
                rows = await self._batch(end, ids, canary)
            except SecodaError as error:
                problem = self._problem(error)
                return {key_of(identity): _Found(problem=problem) for identity in ids}
            if rows is not None:
                return rows
            if not await self._replaced(end, canary):
                known.batches = False
        parts = await asyncio.gather(*(self._one(end, identity) for identity in ids))
        return {key_of(identity): part for identity, part in zip(ids, parts, strict=True)}

    def _problem(self, error: SecodaError) -> str:
        if self.hint is None and isinstance(error, Refused):
            self.hint = error.hint
        return error.message

    async def _batch(self, end: _End, ids: Sequence[str], canary: str) -> dict[str, "_Found"] | None:
        """Ask for several ids at once; None when the deployment did not take them for several ids."""
        asked = {key_of(identity) for identity in (*ids, canary)}
        query = ((f"{end}__in", ",".join((*ids, canary))),)
        try:
            listed = await read_list(self._transport, LINEAGE, query, check=_only(end, asked))
        except FilterIgnored:
            return None
        except Refused as error:
            if error.status not in (400, 404, 414):
                raise
            return None
        by_id = _group(end, listed)
        if key_of(canary) not in by_id and not listed.missing:
            return None
        return {
            key_of(identity): by_id.get(key_of(identity), _Found(problem=listed.missing)) for identity in ids
        }

    async def _one(self, end: _End, identity: str) -> "_Found":
        try:
            form = await self._form(end, identity)
            query, check = ((form, identity),), _only(end, {key_of(identity)})
            listed = await read_list(self._transport, LINEAGE, query, check=check)
        except SecodaError as error:
            return _Found(problem=self._problem(error))
        self._is_proven = self._is_proven or bool(listed.rows)
        return _group(end, listed).get(key_of(identity), _Found(problem=listed.missing))

    async def _form(self, end: _End, identity: str) -> str:
        """Find the filter for one id that this deployment obeys: the `__in` form is the oldest.

        Raises FilterIgnored when every form is ignored: all rows would come, none of them an answer.
        """
        known = self._known[end]
        async with known.lock:
            if known.form is None:
                known.form = await self._try_forms(end, known.canary or identity, known.canary is not None)
            return known.form

    async def _try_forms(self, end: _End, probe: str, has_rows: bool) -> str:
        for form in (f"{end}__in", f"{end}_id", f"{end}"):
            try:
                check = _only(end, {key_of(probe)})
                listed = await read_list(self._transport, LINEAGE, ((form, probe),), check=check)
            except FilterIgnored:
                continue
            except Refused as error:
                if error.status != 400:
                    raise
                continue
            if listed.rows or not has_rows:
                return form
        raise FilterIgnored(
            f"Secoda ignores the filter `{end}` of {LINEAGE}: what it lists is no answer",
            "ask Secoda about this deployment's lineage API; a snapshot can be used instead",
        )

    async def _find_canaries(self) -> None:
        """Read one page of all lineage, once, and pick for each end the id that comes with the fewest rows."""
        async with self._listing:
            if self._listed:
                return
            self._listed = True
            rows = await self._first_page()
            self._is_empty = rows == ()
        for end, known in self._known.items():
            known.canary = self._rarest(end, rows or ())

    async def _replaced(self, end: _End, canary: str) -> bool:
        """Tell whether another id proves batches now: the lineage of the first may be gone, by `sync` or by someone else."""
        known = self._known[end]
        async with self._listing:
            if known.canary == canary and canary not in known.tried:
                known.tried.add(canary)
                rows = await self._first_page()
                if rows is not None:
                    known.canary = self._rarest(end, rows)
            return known.canary != canary

    async def _first_page(self) -> tuple[SecodaLineageRow, ...] | None:
        """Give the first page; None where it can't be had: the questions themselves will tell what is wrong."""
        try:
            first = page(await self._transport.get(LINEAGE), 1)
            return tuple(lineage_row(row) for row in first.results)
        except SecodaError:
            return None

    def _rarest(self, end: _End, rows: Iterable[SecodaLineageRow]) -> str | None:
        rows = tuple(rows)
        # What is about to be rewritten proves as much while it is there; it is looked for again when it goes.
        kept = [row for row in rows if key_of(_reader_of(row)) not in self._spared] or rows
        counts = Counter(_end_of(end, row) for row in kept)
        return min(counts, key=lambda identity: (counts[identity], identity), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    rows: tuple[SecodaLineageRow, ...] = ()
    problem: str | None = None


def _only(end: _End, asked: set[str]) -> Check:
    def check(row: Json) -> None:
        if key_of(_end_of(end, lineage_row(row))) not in asked:
            raise FilterIgnored(f"Secoda sent lineage of others than the `{end}` asked for")

    return check


def _end_of(end: _End, row: SecodaLineageRow) -> str:
    return row.from_id if end is _End.FROM else row.to_id


def _reader_of(row: SecodaLineageRow) -> str:
    return row.to_id if row.direction is SecodaDirection.DOWNSTREAM else row.from_id


def _group(end: _End, listed: Rows) -> dict[str, _Found]:
    grouped: dict[str, list[SecodaLineageRow]] = {}
    for row in map(lineage_row, listed.rows):
        grouped.setdefault(key_of(_end_of(end, row)), []).append(row)
    return {key: _Found(rows=tuple(rows), problem=listed.missing) for key, rows in grouped.items()}


def _join(key: str, outgoing: _Found, incoming: _Found) -> Neighbours:
    """Read the mirrored rows: a row from X that points UPSTREAM names a parent of X, not a reader."""
    readers = _links(key, outgoing, SecodaDirection.DOWNSTREAM, incoming, SecodaDirection.UPSTREAM)
    parents = _links(key, outgoing, SecodaDirection.UPSTREAM, incoming, SecodaDirection.DOWNSTREAM)
    return Neighbours(upstream=parents, downstream=readers, problem=outgoing.problem or incoming.problem)


def _links(
    key: str, outgoing: _Found, out_way: SecodaDirection, incoming: _Found, in_way: SecodaDirection
) -> tuple[Link, ...]:
    ends = [(row.to_id, row) for row in outgoing.rows if row.direction is out_way]
    ends += [(row.from_id, row) for row in incoming.rows if row.direction is in_way]
    return _merge(key, ends)


def _merge(key: str, ends: Iterable[tuple[str, SecodaLineageRow]]) -> tuple[Link, ...]:
    """Give each neighbour once, without the entity itself."""
    rows: dict[str, list[tuple[str, SecodaLineageRow]]] = {}
    for identity, row in ends:
        other = key_of(identity)
        if other != key:
            rows.setdefault(other, []).append((identity, row))
    return tuple(_link(rows[other]) for other in sorted(rows))


def _link(ends: Sequence[tuple[str, SecodaLineageRow]]) -> Link:
    by_hand = [row.is_manual for _, row in ends]
    rows = dict.fromkeys(row.id for _, row in ends if row.id is not None)
    return Link(id=ends[0][0], is_manual=all(by_hand), has_manual=any(by_hand), rows=tuple(rows))
