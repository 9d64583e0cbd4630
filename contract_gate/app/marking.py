"""What the base knows the changes and their readers by: nobody's change makes its own finding milder by what it says of itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from contract_gate.compare.changes.change import Change
from contract_gate.compare.impact import Consumer, Impact
from contract_gate.core.marks import Marks
from contract_gate.core.models import making
from contract_gate.core.paths import ending_of, is_sql
from contract_gate.core.relation import RelationName
from contract_gate.core.world import Model
from contract_gate.edge.git import ChangedFile
from contract_gate.workspace.repository import RepositoryWorld


def with_their_owners(changes: Sequence[Change], *sides: RepositoryWorld) -> tuple[Change, ...]:
    """Give each change the owners and tags that its model has on any side: nobody gets rid of them by the same change."""
    found = [_makers(changes, side) for side in sides]
    return tuple(
        replace(
            change,
            owners=tuple(dict.fromkeys(owner for model in made for owner in model.owners)),
            tags=tuple(dict.fromkeys(tag for model in made for tag in model.tags)),
        )
        for change in changes
        for made in [[model for makers in found for model in _of(change, makers)]]
    )


def marked_changes(
    changes: Sequence[Change], base: RepositoryWorld, changed: Collection[ChangedFile]
) -> tuple[Change, ...]:
    """Add to each change what the base knows its model by; to one of what is new there nothing."""
    makers, moved = _makers(changes, base), _moved(changed)
    return tuple(
        replace(change, at_base=_marks(change, made, base, moved))
        if (made := _of(change, makers))
        else change
        for change in changes
    )


def marked_readers(impacts: Sequence[Impact], changed: Collection[ChangedFile]) -> tuple[Impact, ...]:
    """Add to readers that stood in another file what that was called, where the base knows them by no model."""
    moved = _moved(changed)
    return tuple(replace(one, consumer=_reader(one.consumer, moved)) for one in impacts)


def _reader(consumer: Consumer, moved: Mapping[str, str]) -> Consumer:
    old = moved.get(consumer.path or "")
    if consumer.at_base is not None or old is None:
        return consumer
    return replace(
        consumer, at_base=Marks(name=consumer.name, paths=(old,), owners=consumer.owners, tags=consumer.tags)
    )


def _marks(change: Change, made: Sequence[Model], base: RepositoryWorld, moved: Mapping[str, str]) -> Marks:
    path = change.location.path if change.location is not None else None
    own = tuple(dict.fromkeys(file for model in made for file in base.files_of(model.key)))
    # What is changed in a file that defines no model (YAML, a contract) stands where that file stood.
    is_code = path is not None and (is_sql(path) or ending_of(path) == ".py")
    beside = () if path is None or path in own or is_code else (moved.get(path, path),)
    return Marks(
        name=str(change.relation),
        paths=beside or own,
        owners=tuple(dict.fromkeys(owner for model in made for owner in model.owners)),
        tags=tuple(dict.fromkeys(tag for model in made for tag in model.tags)),
    )


def _makers(changes: Sequence[Change], side: RepositoryWorld) -> Mapping[RelationName, list[Model]]:
    found: dict[RelationName, list[Model]] = {}
    for model in making(side.models, {one.relation for one in changes if one.relation is not None}):
        if model.relation is not None:
            found.setdefault(model.relation, []).append(model)
    return found


def _of(change: Change, makers: Mapping[RelationName, list[Model]]) -> Sequence[Model]:
    return makers.get(change.relation, []) if change.relation is not None else []


def _moved(changed: Collection[ChangedFile]) -> Mapping[str, str]:
    """Give what files that stand elsewhere now were called."""
    return {file.path: old for file in changed for old in file.paths if old != file.path}
