"""What the catalog's consumers feel: every change of a relation, asked once, as impacts."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence

from contract_gate.catalogs.catalog import Answer, Catalog, Downstream, Evidence, OwnModels, Question, Reached
from contract_gate.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.impact import Consumer, Effect, Impact
from contract_gate.relation import RelationName

_GONE = frozenset({Kind.RELATION_REMOVED, Kind.RELATION_RENAMED, Kind.RELATION_MOVED})
_GONE_COLUMN = frozenset({Kind.COLUMN_REMOVED, Kind.COLUMN_RENAMED})
_SILENT = frozenset({Kind.MATERIALIZATION_CHANGED, Kind.RELATION_ADDED})


def catalog_impacts(
    catalog: Catalog, changes: Sequence[Change], own: Collection[RelationName]
) -> tuple[Impact, ...]:
    """Ask who reads what changed. `own` are the repository's relations: their readers are found by binding.

    Consumers that the catalog's column lineage ties to other columns alone are left in peace.
    """
    asked = [change for change in changes if _is_felt(change) and change.relation is not None]
    questions = _questions(asked)
    if not questions:
        return ()
    answers = asyncio.run(catalog.downstream(questions, own=own))
    models = OwnModels(own)
    return tuple(impact for change in asked for impact in _impacts(change, answers, models))


def _is_felt(change: Change) -> bool:
    return change.change_class is not ChangeClass.ADDITIVE and change.kind not in _SILENT


def _questions(changes: Sequence[Change]) -> list[Question]:
    columns: dict[RelationName, dict[str, None]] = {}
    for change in changes:
        if change.relation is not None:
            asked = columns.setdefault(change.relation, {})
            name = _column(change)
            if name is not None:
                asked[name] = None
    return [Question(relation=relation, columns=tuple(names)) for relation, names in columns.items()]


def _column(change: Change) -> str | None:
    """Give the column as the catalog knows it: by its name before the pull request."""
    return change.before if change.kind is Kind.COLUMN_RENAMED else change.column


def _impacts(change: Change, answers: Mapping[RelationName, Answer], own: OwnModels) -> Iterator[Impact]:
    answer = answers.get(change.relation) if change.relation is not None else None
    if not isinstance(answer, Downstream):
        return
    for reached, evidence in answer.readers(_column(change)):
        if evidence is not Evidence.OTHER_COLUMNS and own.find(reached.asset) is None:
            yield _impact(change, reached, evidence)


def _impact(change: Change, reached: Reached, evidence: Evidence) -> Impact:
    asset = reached.asset
    effect = _effect(change, evidence)
    return Impact(
        change=change.id,
        consumer=Consumer(
            kind=asset.kind, name=asset.shown, url=asset.url, owners=asset.owners, usage=asset.usage
        ),
        effect=effect,
        certainty=Certainty.UNDECIDED if effect is Effect.UNKNOWN else Certainty.POSSIBLE,
        column=reached.into[0] if reached.into else None,
        via=(str(change.relation), *reached.via),
        distance=reached.distance,
        by=evidence.value,
    )


def _effect(change: Change, evidence: Evidence) -> Effect:
    if change.kind is Kind.UNDECIDED:
        return Effect.UNKNOWN
    if change.kind in _GONE or (change.kind in _GONE_COLUMN and evidence is Evidence.COLUMNS):
        return Effect.BREAKS
    return Effect.UNKNOWN if change.kind in _GONE_COLUMN else Effect.CHANGES
