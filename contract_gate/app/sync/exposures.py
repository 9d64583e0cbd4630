"""Exposures that the repository declares and the catalog does not link: offered as lineage, made where that is asked for.

What is made counts as made by hand in the catalog, so the state remembers the rows that are ours: they go when the exposure no
longer declares them. A row that nobody remembers is a person's.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from contract_gate.app.sync.values import DeclaredExposure, ExposureLink, LinkOutcome, MadeLink
from contract_gate.catalogs.catalog import Downstream, OwnModels, Question
from contract_gate.catalogs.graph import Graph, answer, key_of
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.errors import SecodaError
from contract_gate.catalogs.secoda.wire import EntityRow
from contract_gate.core.relation import RelationName

Told = Callable[[Sequence[ExposureLink]], None]


async def link_exposures(
    exposures: Sequence[DeclaredExposure],
    declared: Collection[tuple[str, RelationName]],
    made: Sequence[MadeLink],
    client: Secoda,
    *,
    write: bool,
    told: Told = lambda _: None,
) -> tuple[ExposureLink, ...]:
    """Offer, or `write`, the lineage of these exposures that the catalog lacks, and take away what is declared no longer.

    `declared` is what all exposures of the repository read, by their keys; `made` what earlier runs made. Never raises for what
    Secoda does; `told` hears of each that was made or removed.
    """
    found: list[ExposureLink] = []
    for offer in await _offers(exposures, client):
        is_due = write and offer.outcome is LinkOutcome.OFFERED
        found.append(await _link(offer, client) if is_due else offer)
        # A row that is not remembered at once would be a person's after a crash.
        told(found[-1:] if is_due else ())
    for one in made:
        if (one.exposure, one.relation) not in declared:
            found.append(await _unlink(one, client) if write else _ended(one, LinkOutcome.OFFERED))
            told(found[-1:] if write else ())
    return tuple(found)


def remembered(made: Iterable[MadeLink], links: Iterable[ExposureLink]) -> tuple[MadeLink, ...]:
    """Give the rows that are ours after a run."""
    links = tuple(links)
    gone = {one.rows for one in links if one.ends and one.outcome is LinkOutcome.REMOVED}
    new = [
        MadeLink(exposure=one.key, relation=one.relation, rows=one.rows)
        for one in links
        if one.outcome is LinkOutcome.MADE
    ]
    return (*(one for one in made if one.rows not in gone), *new)


async def _offers(exposures: Sequence[DeclaredExposure], client: Secoda) -> Iterable[ExposureLink]:
    relations = list(dict.fromkeys(name for one in exposures for name, _ in one.reads))
    asked = {name: asked for one in exposures for name, asked in one.reads}
    if not relations:
        return ()
    graph = await client.explore([asked[name] for name in relations])
    assets = await asyncio.gather(*(_asset(one, client) for one in exposures))
    found: list[ExposureLink] = []
    for exposure, asset in zip(exposures, assets, strict=True):
        found += [_offer(exposure, name, asset, graph, asked) for name, _ in exposure.reads]
    return [one for one in found if one.outcome is not LinkOutcome.LINKED]


async def _asset(exposure: DeclaredExposure, client: Secoda) -> EntityRow | str | SecodaError:
    try:
        return await client.dashboards.find(exposure.name, exposure.url, exposure.owners)
    except SecodaError as error:
        return error


def _offer(
    exposure: DeclaredExposure,
    relation: RelationName,
    asset: EntityRow | str | SecodaError,
    graph: Graph,
    asked: Mapping[RelationName, RelationName],
) -> ExposureLink:
    link = ExposureLink(
        key=exposure.key,
        exposure=exposure.name,
        path=exposure.path,
        relation=relation,
        outcome=LinkOutcome.LEFT_ALONE,
    )
    if isinstance(asset, SecodaError):
        return replace(link, outcome=LinkOutcome.FAILED, reason=asset.message)
    if isinstance(asset, str):
        return replace(link, reason=asset)
    link = replace(link, asset_id=asset.id, asset=asset.shown, url=asset.url)
    answered = answer(graph, Question(relation=asked[relation]), OwnModels(()))
    if not isinstance(answered, Downstream):
        return replace(link, reason=answered.reason)
    ends = {end for one in answered.reached for end in (one.asset.id, one.asset.parent) if end is not None}
    if key_of(asset.id) in set(map(key_of, ends)):
        return replace(link, outcome=LinkOutcome.LINKED)
    if answered.truncated:
        return replace(link, reason=f"it may be linked already: {answered.truncated}")
    return replace(link, outcome=LinkOutcome.OFFERED, table_id=answered.as_asset.id)


async def _link(link: ExposureLink, client: Secoda) -> ExposureLink:
    if link.table_id is None or link.asset_id is None:
        return link
    table, asset = link.table_id, link.asset_id

    async def rows() -> tuple[str, ...]:
        near = (await client.lineage.neighbours([asset]))[key_of(asset)]
        return tuple(row for one in near.upstream if key_of(one.id) == key_of(table) for row in one.rows)

    async def is_done() -> bool:
        return bool(await rows())

    try:
        await client.lineage.add(table, asset, is_done)
        shown = await rows()
        if not shown:
            return replace(link, outcome=LinkOutcome.FAILED, reason="read back: it is not shown")
    except SecodaError as error:
        return replace(link, outcome=LinkOutcome.FAILED, reason=f"not written: {error.message}")
    return replace(link, outcome=LinkOutcome.MADE, rows=shown)


async def _unlink(made: MadeLink, client: Secoda) -> ExposureLink:
    try:
        for row in made.rows:
            await client.lineage.remove(row)
    except SecodaError as error:
        return _ended(made, LinkOutcome.FAILED, f"not removed: {error.message}")
    return _ended(made, LinkOutcome.REMOVED)


def _ended(made: MadeLink, outcome: LinkOutcome, reason: str | None = None) -> ExposureLink:
    return ExposureLink(
        key=made.exposure,
        exposure=made.exposure,
        path="",
        relation=made.relation,
        outcome=outcome,
        reason=reason or "the exposure declares it no longer",
        rows=made.rows,
        ends=True,
    )
