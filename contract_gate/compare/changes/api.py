"""`diff`: two SQL texts → what changed between them. Nothing is read, written or printed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind, Witness
from contract_gate.compare.changes.compare import compare
from contract_gate.compare.changes.kinds import class_of, describe
from contract_gate.compare.changes.twins import Meaning, kind_of_rename, twins
from contract_gate.core.relation import Location, RelationName
from contract_gate.sql.algebra import Script
from contract_gate.sql.bind import bind_script
from contract_gate.sql.declared import Schema, lookup_of, shapes_of
from contract_gate.sql.parsing.parse import deep_stack
from contract_gate.sql.parsing.words import same_words
from contract_gate.sql.statement.definition import Definition, define, definitions, routines


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What `diff` found: the changes, gravest first."""

    changes: tuple[Change, ...] = ()

    @property
    def change_class(self) -> ChangeClass:
        """Give the gravest class among the changes."""
        return gravest(self.changes)

    def to_dict(self) -> dict[str, object]:
        """Give the JSON of `contract-gate diff --format json`."""
        return {
            "schema_version": 1,
            "class": self.change_class.value,
            "changes": [_change(change) for change in self.changes],
        }


def gravest(changes: tuple[Change, ...]) -> ChangeClass:
    """Give the gravest class among these changes; `none` without changes."""
    return min(
        (change.change_class for change in changes), key=lambda one: one.rank, default=ChangeClass.NONE
    )


def diff(before: str, after: str, dialect: str | None = None, schema: Schema | None = None) -> Difference:
    """Compare two texts: the query that each ends with, and every relation that they make.

    `schema` declares tables completely; others are open: any column may exist there. Raises ValueError for a dialect
    that sqlglot does not know.
    """
    name = dialect or ""
    if same_words(before, after, name):
        return Difference()
    lookup = lookup_of(shapes_of(schema or {}, name))

    def work() -> tuple[Change, ...]:
        scripts = bind_script(before, name, lookup), bind_script(after, name, lookup)
        try:
            return tuple(_changes(*scripts))
        except RecursionError:
            return (_undecided("nested too deeply to be compared"),)

    changes = deep_stack(work)
    return Difference(changes=tuple(sorted(changes, key=lambda change: change.change_class.rank)))


def _changes(before: Script, after: Script) -> Iterator[Change]:
    old, new = define(before), define(after)
    if old is not None and new is not None:
        yield from compare(old, new)
    made = definitions(before), definitions(after)
    yield from _of_names(*made)
    called = routines(before), routines(after)
    yield from _of_names(*called)
    if old is None and new is None and not any((*made, *called)):
        yield _undecided("neither side has a query or makes a relation")
    elif (old is None) != (new is None):
        side = "base" if old is None else "head"
        if not any((*made, *called)):
            yield _undecided(f"the {side} has no query")


def _of_names(
    before: Mapping[RelationName, Definition], after: Mapping[RelationName, Definition]
) -> Iterator[Change]:
    """Compare what both sides make under one name; tell what went, came or got another name."""
    gone = [name for name in before if name not in after]
    fresh = [name for name in after if name not in before]
    pairs = (
        dict(zip(gone, fresh, strict=True))
        if len(gone) == len(fresh) == 1
        else _twins(gone, fresh, before, after)
    )
    for old, new in pairs.items():
        yield from _moved(before[old], after[new], old, new)
    yield from (_of_relation(Kind.RELATION_REMOVED, name, before[name]) for name in gone if name not in pairs)
    came = [name for name in fresh if name not in pairs.values()]
    yield from (_of_relation(Kind.RELATION_ADDED, name, after[name]) for name in came)
    for name, definition in after.items():
        if name in before:
            yield from _of_target(before[name], definition)


def _twins(
    gone: list[RelationName],
    fresh: list[RelationName],
    before: Mapping[RelationName, Definition],
    after: Mapping[RelationName, Definition],
) -> dict[RelationName, RelationName]:
    return twins(
        {name: Meaning(definition=before[name]) for name in gone},
        {name: Meaning(definition=after[name]) for name in fresh},
    )


def _of_target(old: Definition, new: Definition) -> Iterator[Change]:
    if None not in (old.materialization, new.materialization) and old.materialization != new.materialization:
        kind = Kind.MATERIALIZATION_CHANGED
        before, after = old.materialization, new.materialization
        yield Change(
            kind=kind, change_class=class_of(kind), certainty=Certainty.PROVEN, relation=new.relation,
            message=describe(kind, relation=new.relation, before=before, after=after),
            before=before, after=after, location=Location(line=new.line),
        )  # fmt: skip
    yield from compare(old, new)


def _moved(old: Definition, new: Definition, gone: RelationName, fresh: RelationName) -> Iterator[Change]:
    """One relation went and one came: it was renamed, or it moved where only the schema or database is another."""
    kind = kind_of_rename(gone, fresh)
    yield Change(
        kind=kind, change_class=class_of(kind), certainty=Certainty.PROVEN, relation=gone,
        message=describe(kind, relation=gone, before=str(gone), after=str(fresh)), before=str(gone), after=str(fresh),
    )  # fmt: skip
    yield from _of_target(old, new)


def _of_relation(kind: Kind, name: RelationName, definition: Definition) -> Change:
    return Change(
        kind=kind, change_class=class_of(kind), certainty=Certainty.PROVEN, relation=name,
        message=describe(kind, relation=name), before=str(name) if kind is Kind.RELATION_REMOVED else None,
        after=str(name) if kind is Kind.RELATION_ADDED else None, location=Location(line=definition.line),
    )  # fmt: skip


def _undecided(reason: str) -> Change:
    kind = Kind.UNDECIDED
    return Change(
        kind=kind,
        change_class=class_of(kind),
        certainty=Certainty.UNDECIDED,
        message=describe(kind, reason=reason),
    )


def _change(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind.value,
        "class": change.change_class.value,
        "certainty": change.certainty.value,
        "column": change.column,
        "before": change.before,
        "after": change.after,
        "location": _location(change.location),
        "message": change.message,
        "witness": _witness(change.witness),
    }


def _location(location: Location | None) -> dict[str, object] | None:
    return None if location is None else {"line": location.line, "column": location.column}


def _witness(witness: Witness | None) -> dict[str, object] | None:
    if witness is None:
        return None
    return {
        "tables": {name: list(rows) for name, rows in witness.tables},
        "before": list(witness.before),
        "after": list(witness.after),
        "assumes": list(witness.assumes),
    }
