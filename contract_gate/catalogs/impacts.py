"""What the catalog's consumers feel: every change of a relation, asked once, as impacts."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from contract_gate.catalogs.catalog import (
    Answer,
    Catalog,
    Downstream,
    Evidence,
    OwnModels,
    Question,
    Reached,
    Text,
)
from contract_gate.catalogs.names import CatalogNames
from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.impact import Consumer, Effect, Impact, KnownBy
from contract_gate.compare.impact.propagation import Stopped
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogImpacts:
    """What the catalog's consumers feel; `notes` say what was left out."""

    impacts: tuple[Impact, ...] = ()
    notes: tuple[str, ...] = ()


def catalog_impacts(
    catalog: Catalog,
    changes: Sequence[Change],
    stopped: Sequence[Stopped],
    own: Collection[RelationName],
    names: CatalogNames | None = None,
    texts: Mapping[RelationName, Text] | None = None,
) -> CatalogImpacts:
    """Ask who reads what changed, and who reads what no longer builds (`stopped`).

    `own` are the repository's relations: their readers are found by binding. Consumers that the catalog's column
    lineage ties to other columns alone are left in peace, and counted. `names` say what the catalog calls the relations,
    `texts` are the SQL of those that changed.
    """
    asked = [change for change in changes if _reaches_readers(change) and change.relation is not None]
    questions = _questions(asked, stopped, texts or {})
    if not questions:
        return CatalogImpacts()
    answers = asyncio.run(catalog.downstream(questions, own=own))
    models = OwnModels(map(names.of, own) if names is not None else own)
    impacts = [impact for change in asked for impact in _impacts(change, answers, models)]
    impacts += [impact for relation in stopped for impact in _behind(relation, answers, models)]
    return CatalogImpacts(impacts=tuple(_worst_each(impacts)), notes=tuple(_left_out(asked, answers, models)))


def _reaches_readers(change: Change) -> bool:
    return change.change_class is not ChangeClass.ADDITIVE and not has(change.kind, Trait.SILENT_OUTSIDE)


def _questions(
    changes: Sequence[Change], stopped: Sequence[Stopped], texts: Mapping[RelationName, Text]
) -> list[Question]:
    """Ask about each relation once, first about those that lose something: a deadline or limit cuts the others."""
    about: dict[RelationName, list[Change]] = {relation.relation: [] for relation in stopped}
    for change in changes:
        if change.relation is not None:
            about.setdefault(change.relation, []).append(change)
    questions = [
        Question(
            relation=relation,
            columns=_columns(of_it),
            gone=_columns(change for change in of_it if has(change.kind, Trait.GONE_COLUMN)),
            goes=any(has(change.kind, Trait.GONE_RELATION) for change in of_it),
            text=texts.get(relation),
        )
        for relation, of_it in about.items()
    ]
    return sorted(questions, key=lambda one: (not one.goes, not one.gone))


def _columns(changes: Iterable[Change]) -> tuple[str, ...]:
    names = (change.column_at_base for change in changes)
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _impacts(change: Change, answers: Mapping[RelationName, Answer], own: OwnModels) -> Iterator[Impact]:
    answer = answers.get(change.relation) if change.relation is not None else None
    if not isinstance(answer, Downstream):
        return
    for reached, evidence in answer.readers(change.column_at_base):
        if evidence is not Evidence.OTHER_COLUMNS and own.find(reached.asset) is None:
            yield _impact(change, reached, evidence)


def _behind(stopped: Stopped, answers: Mapping[RelationName, Answer], own: OwnModels) -> Iterator[Impact]:
    """Who reads a relation that can't be built sees no new data; behind one that can't be read nobody knows."""
    answer = answers.get(stopped.relation)
    if not isinstance(answer, Downstream):
        return
    for reached, _ in answer.readers(None):
        if own.find(reached.asset) is None:
            yield Impact(
                change=stopped.change,
                consumer=_consumer(reached),
                effect=Effect.UNKNOWN if stopped.unread else Effect.CHANGES,
                certainty=Certainty.UNDECIDED if stopped.unread else Certainty.POSSIBLE,
                via=(*stopped.path, *reached.via),
                distance=len(stopped.path) + reached.distance - 1,
                by=KnownBy.TABLE,
                reason=f"{stopped.relation} {'may pass it on' if stopped.unread else 'is no longer built'}",
            )


def _worst_each(impacts: Sequence[Impact]) -> Iterator[Impact]:
    """Keep for each change and consumer the worst of what was found, in the order found."""
    worst: dict[tuple[str, str], Impact] = {}
    for impact in impacts:
        key = (impact.change, impact.consumer.id or "")
        known = worst.get(key)
        if known is None or impact.effect.rank < known.effect.rank:
            worst[key] = impact
    yield from worst.values()


def _left_out(
    changes: Sequence[Change], answers: Mapping[RelationName, Answer], own: OwnModels
) -> Iterator[str]:
    for change in changes:
        answer = answers.get(change.relation) if change.relation is not None else None
        if not isinstance(answer, Downstream):
            continue
        others = [
            reached
            for reached, evidence in answer.readers(change.column_at_base)
            if evidence is Evidence.OTHER_COLUMNS and own.find(reached.asset) is None
        ]
        if others:
            readers = f"{len(others)} consumers" if len(others) > 1 else "one consumer"
            yield (
                f"left out, by the catalog's column lineage: {readers} of other columns of {change.relation} than "
                f"{change.column_at_base}; that lineage seldom covers filters"
            )


def _consumer(reached: Reached) -> Consumer:
    asset = reached.asset
    return Consumer(
        kind=asset.kind,
        name=asset.shown,
        url=asset.url,
        owners=asset.owners,
        usage=asset.usage,
        id=asset.id,
        inside=asset.inside,
        standing=asset.standing,
    )


def _impact(change: Change, reached: Reached, evidence: Evidence) -> Impact:
    effect = _effect(change, evidence)
    return Impact(
        change=change.id,
        consumer=_consumer(reached),
        effect=effect,
        certainty=Certainty.UNDECIDED if effect is Effect.UNKNOWN else Certainty.POSSIBLE,
        column=reached.into[0] if reached.into else None,
        via=(str(change.relation), *reached.via),
        distance=reached.distance,
        by=KnownBy(evidence),
    )


def _effect(change: Change, evidence: Evidence) -> Effect:
    if change.kind is Kind.UNDECIDED:
        return Effect.UNKNOWN
    column_goes = has(change.kind, Trait.GONE_COLUMN)
    if has(change.kind, Trait.GONE_RELATION) or (column_goes and evidence is Evidence.COLUMNS):
        return Effect.BREAKS
    return Effect.UNKNOWN if column_goes else Effect.CHANGES
