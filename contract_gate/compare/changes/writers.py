"""What edited files that are no models (Python, notebooks, shell, R) do to the rows of one: their INSERTs and MERGEs are compared."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from contract_gate.compare.bound import BoundModel, BoundWorld
from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.compare.changes.compare import compare
from contract_gate.compare.changes.construction import change_of
from contract_gate.core.models import outlines
from contract_gate.core.relation import Location
from contract_gate.core.world import Model, ModelKind
from contract_gate.sql.statement.definition import Definition, definitions

_OF_CONTENT = frozenset({ChangeClass.ROWS, ChangeClass.VALUES, ChangeClass.UNDECIDED})


def written_elsewhere(
    before: BoundWorld, after: BoundWorld, paths: Collection[str]
) -> Iterator[tuple[str, Change]]:
    """Give the changes of models' rows by the keys of these at the head. `paths`: the edited files."""
    keys = {
        one.key
        for side in (before, after)
        for one in outlines(side.world.models)
        if one.kind is ModelKind.READER and one.path in paths
    }
    for key in sorted(keys):
        old, new = _written(before, key), _written(after, key)
        for target in sorted(old.keys() | new.keys()):
            model = after.world.models.get(target)
            if model is not None and target in before.world.models:
                for change in _changes(old.get(target), new.get(target), model):
                    yield target, change


_Writes = tuple[BoundModel, Definition]


def _written(side: BoundWorld, key: str) -> Mapping[str, _Writes]:
    """Give what a file makes of each model's relation that it writes."""
    if key not in side.world.models:
        return {}
    bound = side.bound(key)
    found = {}
    for name, definition in definitions(bound.script).items():
        model = side.world.find(name, key)
        if model is not None and not model.kind.is_declared and (definition.query or definition.effects):
            found[model.key] = bound, definition
    return found


def _changes(old: _Writes | None, new: _Writes | None, model: Model) -> Iterator[Change]:
    there = new or old
    assert there is not None  # noqa: S101 - the target is of one of the two
    bound, definition = there
    line = bound.rendered.source_line(definition.line) if new is not None else 1
    place = Location(path=bound.model.path, line=line)
    if old is None or new is None:
        verb = "writes" if old is None else "no longer writes"
        text = f"`{bound.model.path}` {verb} `{model.name}`"
        yield replace(change_of(model, Kind.ROWS_SOURCE_CHANGED, text), location=place)
        return
    told = compare(old[1], new[1])
    of_content = [change for change in told if change.change_class in _OF_CONTENT]
    for change in of_content:
        certainty = Certainty.POSSIBLE if change.certainty is Certainty.PROVEN else change.certainty
        yield replace(change, relation=model.relation, location=place, certainty=certainty)
    if told and not of_content:
        text = f"`{bound.model.path}` writes `{model.name}` in another way: {told[0].message}"
        yield replace(change_of(model, Kind.ROWS_SOURCE_CHANGED, text), location=place)
