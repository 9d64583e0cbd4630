"""What a change does to declarations in YAML: exposures, tests, and semantic models with the metrics that hang on them.

A semantic model passes on what it reads item by item (a measure, a dimension): a metric fails with its own measure, and
not with its neighbour's. A metric passes on all that it feels, to the exposures and saved queries that name it.
"""

from collections.abc import Iterator
from dataclasses import replace

from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.compare.changes.construction import change_of
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.impact.impact import Effect
from contract_gate.compare.impact.propagation import Arrival
from contract_gate.core.relation import Location
from contract_gate.core.world import ColumnRead, Model, ModelKind

FoundEffect = tuple[Effect, Certainty, Location]


def effect_on(model: Model, arrival: Arrival) -> FoundEffect | None:
    """Tell what a change does to a declaration that depends on what changed, and where; None where it does nothing."""
    reads = _reads(model, arrival)
    effect = (
        _of_the_semantic_layer(model, arrival)
        if arrival.declared
        else _effect(model, arrival.change, named=bool(reads))
    )
    if effect is None:
        return None
    place = Location(path=model.path, line=model.line)
    if reads:
        place = Location(path=reads[0].path or model.path, line=reads[0].line)
    return *effect, place


def passes_on(model: Model, arrival: Arrival) -> Iterator[Arrival]:
    """Give what the readers of a semantic model or a metric feel of a change; nothing else passes any on."""
    if model.kind is not ModelKind.METRIC:
        return
    known = effect_on(model, arrival)
    broken = known is not None and known[0] is Effect.BREAKS
    path = (*arrival.path, model.name)
    items = {read.item for read in _reads(model, arrival) if read.item is not None}
    if items:
        for item in sorted(items):
            change = replace(arrival.change, column=item, before=item)
            yield Arrival(change, arrival.root, path, model.key, stopped=broken, declared=True)
    elif known is not None or arrival.change.change_class is ChangeClass.ROWS:
        whole = replace(arrival.change, column=None, before=None)
        yield Arrival(whole, arrival.root, path, model.key, stopped=broken, declared=True)


def own_changes(before: Model, after: Model | None) -> Iterator[tuple[Change, bool]]:
    """Tell what was edited of a semantic model or metric, and whether it is gone: who names what is gone is refused."""
    if after is None:
        text = f"`{before.name}` is no longer defined"
        yield change_of(before, Kind.RELATION_REMOVED, text, before=before.name), True
        return
    new = {name: (spelled, line) for name, spelled, line in after.definitions}
    for name, old, _ in before.definitions:
        spelled, line = new.get(name, (None, after.line))
        if spelled == old:
            continue
        what = f"`{name}` of `{after.name}`" if name else f"`{after.name}`"
        kind = Kind.COLUMN_VALUES_CHANGED if spelled is not None else Kind.COLUMN_REMOVED
        how = "is defined in another way" if spelled is not None else "is no longer defined"
        change = change_of(
            after, kind, f"{what} {how}", column=name or None, before=old, after=spelled, line=line
        )
        yield (
            replace(change, certainty=Certainty.PROVEN if spelled is None else change.certainty),
            spelled is None,
        )


def _reads(model: Model, arrival: Arrival) -> list[ColumnRead]:
    """Give the places where a declaration names the column that changed."""
    name = arrival.change.column_at_base
    return [
        read for read in model.reads if name is not None and read.column == name and read.key == arrival.key
    ]


def _effect(model: Model, change: Change, *, named: bool) -> tuple[Effect, Certainty] | None:
    lost = has(change.kind, Trait.GONE_COLUMN)
    if named and change.certainty is Certainty.UNDECIDED:
        return Effect.UNKNOWN, Certainty.UNDECIDED
    if named and not (lost or change.kind is Kind.RELATION_REMOVED):
        return Effect.CHANGES, Certainty.POSSIBLE
    if named or change.kind is Kind.RELATION_REMOVED:
        return Effect.BREAKS, Certainty.PROVEN
    if model.kind is not ModelKind.EXPOSURE or change.kind is Kind.ACCESS_NARROWED:
        return None
    if lost or change.kind is Kind.UNDECIDED:
        return Effect.UNKNOWN, Certainty.UNDECIDED
    return Effect.CHANGES, Certainty.POSSIBLE


def _of_the_semantic_layer(model: Model, arrival: Arrival) -> tuple[Effect, Certainty] | None:
    """Tell what a metric, saved query or exposure feels of a semantic model (by its items) or a metric (as a whole)."""
    if arrival.change.column is not None and not _reads(model, arrival):
        return None
    if arrival.stopped:
        return Effect.BREAKS, Certainty.PROVEN
    if arrival.change.certainty is Certainty.UNDECIDED:
        return Effect.UNKNOWN, Certainty.UNDECIDED
    if arrival.change.change_class is ChangeClass.ROWS and model.kind is not ModelKind.EXPOSURE:
        return None
    return Effect.CHANGES, Certainty.POSSIBLE
