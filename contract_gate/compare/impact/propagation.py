"""A change on its way to the readers, and how the models on that way are described."""

import re

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Change, ChangeClass, Kind
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.impact.impact import Consumer
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import Hole, Model, ModelKind
from contract_gate.sql.lineage import QueryLineage, trace
from contract_gate.sql.parsing.wording import says_the_same

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A relation of the repository that the root change keeps from being built, so that its readers elsewhere feel it.

    `unread`: it is built, by a text that nobody can read here or behind one: what it passes on is not known.
    """

    relation: RelationName
    change: str
    path: tuple[str, ...]
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """A change as it arrives at a model's readers: from which root, by which path, and of which model (`key`).

    `stopped`: the model does not build because of it, whatever the change was. `declared`: it comes from a semantic
    model or a metric; `change.column` is then the measure or dimension that feels it, None for all of it.
    """

    change: Change
    root: str
    path: tuple[str, ...]
    key: str
    stopped: bool = False
    declared: bool = False


def consumer_of(model: Model) -> Consumer:
    """Describe a model of the repository as a consumer."""
    kind = _of_the_semantic_layer(model) if model.kind is ModelKind.METRIC else model.noun or model.kind.noun
    name = str(model.relation) if model.relation is not None else model.name
    return Consumer(
        kind=kind, name=name, path=model.path, url=model.url, owners=model.owners, tags=model.tags
    )


def _of_the_semantic_layer(model: Model) -> str:
    prefix = model.key.partition(".")[0]
    return prefix if prefix in ("semantic_model", "saved_query") else model.kind.noun


def is_untouched(old: BoundModel, new: BoundModel) -> bool:
    """Tell whether nothing of the model's own differs: then all that differs comes from upstream."""
    return not (old.is_cut or new.is_cut) and (
        _is_worded_alike(old, new)
        and _problems(old) == _problems(new)
        and old.rendered.asks == new.rendered.asks
        and set(new.rendered.missing) <= set(old.rendered.missing)
        and _unplaced(old.model) == replace(_unplaced(new.model), key=old.model.key)
    )


def _unplaced(model: Model) -> Model:
    """A declaration that only moved, because lines before it were added, is the same."""
    return replace(
        model, path="", line=1, reads=tuple(replace(read, line=1) for read in model.reads),
        definitions=tuple((name, spelled, 1) for name, spelled, _ in model.definitions),
    )  # fmt: skip


def _is_worded_alike(old: BoundModel, new: BoundModel) -> bool:
    """Tell whether the texts differ in format alone, which no grammar has to read."""
    dialects = {old.model.dialect, new.model.dialect}
    for one, other in zip(_texts(old), _texts(new), strict=True):
        if one != other and (
            one is None or other is None or len(dialects) > 1 or not says_the_same(one, other, *dialects)
        ):
            return False
    return True


def _texts(bound: BoundModel) -> tuple[str | None, str | None]:
    return bound.rendered.sql, bound.increment.rendered.sql if bound.increment is not None else None


def _problems(bound: BoundModel) -> list[tuple[str, str, frozenset[Hole]]]:
    """Say of the full build, and of an incremental run, why it gives no SQL and of which text, or what could not be filled in.

    The line is no part of it: an edit above moves it.
    """
    sides = [bound.rendered, *([bound.increment.rendered] if bound.increment is not None else [])]
    return [(_NUMBER.sub("", side.problem or ""), side.unread, frozenset(side.unfilled)) for side in sides]


def shown(change: Change, key: str) -> str:
    """Name the relation that changed; a declaration that makes none by its key."""
    return str(change.relation) if change.relation is not None else key


def aspect(change: Change) -> tuple[ChangeClass | Kind, str | None]:
    """Name what of a relation a change is about: its rows as a whole, or one kind of change of one column."""
    return (ChangeClass.ROWS if change.change_class is ChangeClass.ROWS else change.kind), change.column


def lost_names(change: Change) -> tuple[str, ...]:
    """Give the names that a change may take from its readers. Of other kinds `before` is an expression or a type."""
    is_name = change.kind is Kind.COLUMN_RENAMED or has(change.kind, Trait.GONE_RELATION)
    names = (change.column, change.before if is_name else None)
    return tuple(name for name in names if name is not None)


def name_of(bound: BoundModel) -> str:
    """Give the name that the model has in reports."""
    return consumer_of(bound.model).name


def lineage_of(bound: BoundModel) -> QueryLineage | None:
    """Trace the model's query; None where it has none. Of a script that makes nothing: all that its statements read."""
    if bound.model.makes_nothing:
        found = [
            trace(statement.query) for statement in bound.script.statements if statement.query is not None
        ]
        return QueryLineage(
            columns=(), rows=frozenset(row for each in found for row in each.rows)
            | frozenset(up for each in found for column in each.columns for up in column.upstream),
            sources=frozenset(name for each in found for name in each.sources),
        )  # fmt: skip
    query = bound.definition.query if bound.definition is not None else None
    return trace(query) if query is not None else None
