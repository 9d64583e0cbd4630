"""What Secoda reads from the SQL of changed relations: which table each makes, and where its lineage is another than ours.

Three views are compared: the sources that we read from the SQL, those that Secoda's preview reads, and the lineage that
it holds. A preview that fails is a limit, and decides nothing.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from contract_gate.catalogs.catalog import Asset, NotInCatalog, Text, agrees
from contract_gate.catalogs.graph import Found, key_of
from contract_gate.catalogs.secoda.errors import SecodaError
from contract_gate.catalogs.secoda.lookup import Lookup
from contract_gate.catalogs.secoda.preview import (
    Preview,
    PreviewAnswer,
    PreviewStatement,
    PreviewUnavailable,
    read_preview,
)
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.core.coverage import Drift
from contract_gate.core.relation import RelationName, caseless

AT_ONCE = 4
"""How many previews are asked for at once: the look-ups that decide the verdict keep the other connections."""


Upstream = Mapping[str, tuple[Asset, bool]]
"""The tables upstream of a relation, by key, and whether people alone made the lineage."""


class Previews:
    """Asks for previews beside everything else. Use `start`, then `settle` and `compare`."""

    def __init__(self, transport: Transport, dialect_of: Callable[[str], str]) -> None:
        self._transport, self._dialect_of = transport, dialect_of
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: dict[RelationName, asyncio.Task[PreviewAnswer]] = {}
        self._texts: dict[RelationName, Text] = {}
        self.limits: list[str] = []

    @property
    def asked(self) -> Collection[RelationName]:
        """Give the relations whose previews are under way."""
        return self._tasks

    def start(self, texts: Mapping[RelationName, Text]) -> None:
        """Begin to ask, in the order given; what the transport's limit of previews leaves out is said."""
        self._texts = dict(texts)
        sent = [name for name, text in texts.items() if text.problem is None and text.sql]
        for name, text in texts.items():
            if text.problem is not None:
                self.limits.append(f"lineage of {name} was not previewed: {text.problem}")
        limit = self._transport.limits.previews
        if len(sent) > limit:
            self.limits.append(
                f"{len(sent) - limit:,} of {len(sent):,} changed relations were not previewed: the limit is {limit:,}"
            )
        for name in sent[:limit]:
            self._tasks[name] = asyncio.create_task(self._ask(texts[name]))

    async def settle(self, found: Mapping[RelationName, Found], lookup: Lookup) -> dict[RelationName, Found]:
        """Give the tables, those that no name could identify by the preview's target."""
        settled = dict(found)
        for name, one in found.items():
            if isinstance(one, Asset) or name not in self._tasks:
                continue
            target = await self._target(name)
            if target is None:
                continue
            entities = await lookup.entities([target])
            asset = entities.assets[key_of(target)]
            if asset.kind == "table" and (asset.relation is None or agrees(name, asset.relation)):
                settled[name] = asset
        return settled

    async def compare(
        self,
        found: Mapping[RelationName, Found],
        stored: Mapping[RelationName, Upstream],
    ) -> tuple[Drift, ...]:
        """Wait for every preview, and tell where the views of a relation differ. `stored` are the tables upstream of it."""
        drifts: list[Drift] = []
        for name in self._tasks:
            preview = await self._answer(name)
            if preview is not None:
                said = _differences(self._texts[name], found.get(name), preview, stored.get(name))
                drifts += [Drift(relation=str(name), said=one) for one in said]
        return tuple(drifts)

    async def _target(self, name: RelationName) -> str | None:
        preview = await self._answer(name)
        return preview.reply.target.id if preview is not None and preview.reply.target is not None else None

    async def _answer(self, name: RelationName) -> Preview | None:
        answer = await self._tasks[name]
        if isinstance(answer, Preview):
            return answer
        limit = f"lineage of {name} was not previewed: {answer.reason}"
        if limit not in self.limits:
            self.limits.append(limit)
        return None

    async def _ask(self, text: Text) -> PreviewAnswer:
        statement = PreviewStatement(
            sql=text.sql or "",
            dialect=self._dialect_of(text.dialect),
            default_database=text.default_database,
            default_schema=text.default_schema,
            skeleton=text.skeleton,
        )
        async with self._slots:
            try:
                return await read_preview(self._transport, statement)
            except SecodaError as error:
                return PreviewUnavailable(reason=error.message)


def _differences(text: Text, found: Found | None, preview: Preview, stored: Upstream | None) -> Sequence[str]:
    """Say how the three views of one relation differ, once a difference."""
    said: list[str] = []
    target = preview.reply.target
    if isinstance(found, Asset) and target is not None and key_of(target.id) != key_of(found.id):
        said.append(
            f"its SQL makes {target.name} by the catalog's reading, and its name is that of {found.shown}"
        )
    elif isinstance(found, NotInCatalog) and target is None:
        return said  # nothing of it is in the catalog: that is told already
    read = {key_of(table.id): _name(table.name) for table in preview.reply.sources}
    lacking = [str(name) for name in text.sources if not any(agrees(name, other) for other in read.values())]
    if lacking:
        said.append(
            f"the catalog reads no {', '.join(lacking)} from its SQL: not in the catalog, or not for this key"
        )
    if stored is None or text.sources_before is None:
        return said
    both = [key for key, name in read.items() if any(agrees(one, name) for one in text.sources_before)]
    unrecorded = [str(read[key]) for key in both if key not in stored]
    if unrecorded:
        said.append(f"the catalog has no lineage from {', '.join(sorted(unrecorded))}, which its SQL reads")
    known = (*text.sources, *text.sources_before)
    stale = [
        asset.shown
        for key, (asset, is_manual) in stored.items()
        if key not in read
        and not is_manual
        and (asset.relation is None or not any(agrees(name, asset.relation) for name in known))
    ]
    if stale:
        said.append(f"the catalog has lineage from {', '.join(sorted(stale))}, which its SQL does not read")
    return said


def _name(title: str) -> RelationName:
    return RelationName(tuple(caseless(part) for part in title.split(".")[-3:]))
