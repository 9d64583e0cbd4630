"""`diff`: two SQL texts → what changed between them. Nothing is read, written or printed."""

from collections.abc import Callable, Iterator, Mapping

from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind, Witness
from contract_gate.compare.changes.compare import compare
from contract_gate.compare.changes.kinds import class_of, describe
from contract_gate.compare.changes.twins import Meaning, kind_of_rename, twins
from contract_gate.core.relation import Location, RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.sql.algebra import Shape
from contract_gate.sql.bind import bind_script
from contract_gate.sql.declared import Schema, lookup_of, shapes_of
from contract_gate.sql.parsing.wording import says_the_same
from contract_gate.sql.script import Script
from contract_gate.sql.stack import deep_stack
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
    if says_the_same(before, after, name):
        return Difference()
    lookup = lookup_of(shapes_of(schema or {}, name))

    def work() -> tuple[Change, ...]:
        old = bind_script(before, name, lookup)
        try:
            return _settled(old, lambda known: bind_script(after, name, lookup, as_compared=known))
        except RecursionError:
            return (_undecided("nested too deeply to be compared"),)

    changes = deep_stack(work)
    return Difference(changes=tuple(sorted(changes, key=lambda change: change.change_class.rank)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Former:
    """What the relations of the head, and the columns of each, were called at the base."""

    relations: Mapping[RelationName, RelationName]
    columns: Mapping[RelationName, Mapping[str, str]]

    def name(self, shape: Shape) -> Shape:
        """Give a relation under its former names."""
        then = self.columns.get(shape.name, {})
        columns = (
            tuple(replace(each, known_as=then.get(each.name)) for each in shape.columns)
            if then
            else shape.columns
        )
        return replace(shape, name=self.relations.get(shape.name, shape.name), columns=columns)

    def is_read(self, script: Script) -> bool:
        """Tell whether a statement reads what has other names now."""
        return any(
            name in self.relations or name in self.columns for s in script.statements for name in s.sources
        )


def _settled(before: Script, bind: Callable[[Callable[[Shape], Shape]], Script]) -> tuple[Change, ...]:
    """Compare until nothing more is found to be renamed: what reads it is bound again, by the former names."""
    former = _Former(relations={}, columns={})
    while True:
        after = bind(former.name)
        pairs = _renamed(definitions(before), definitions(after))
        changes = tuple(_changes(before, after, pairs))
        columns: dict[RelationName, dict[str, str]] = {}
        for each in changes:
            if each.kind is Kind.COLUMN_RENAMED and each.relation is not None and each.before and each.after:
                columns.setdefault(each.relation, {})[each.after] = each.before
        more = _Former(relations={new: old for old, new in pairs.items()}, columns=columns)
        if not (more.is_read(after) and _grows(former, more)):
            return changes
        former = more


def _grows(former: _Former, more: _Former) -> bool:
    """Tell whether more is known to be renamed; so the search ends."""
    sizes = [(len(one.relations), sum(map(len, one.columns.values()))) for one in (former, more)]
    return sizes[0] < sizes[1]


def _changes(before: Script, after: Script, renamed: Mapping[RelationName, RelationName]) -> Iterator[Change]:
    old, new = define(before), define(after)
    if old is not None and new is not None:
        yield from compare(old, new)
    made = definitions(before), definitions(after)
    yield from _of_names(*made, renamed)
    called = routines(before), routines(after)
    yield from _of_names(*called, _renamed(*called))
    if old is None and new is None and not any((*made, *called)):
        yield _undecided("neither side has a query or makes a relation")
    for side, query, other, names in (("base", old, new, made[1]), ("head", new, old, made[0])):
        # What makes a relation is told by its name.
        if query is None and other is not None and not names:
            yield _undecided(f"the {side} has no query")


def _renamed(
    before: Mapping[RelationName, Definition], after: Mapping[RelationName, Definition]
) -> dict[RelationName, RelationName]:
    """Match what went with what came in its place: one with one whatever it is, of several those that mean the same."""
    gone = {name: Meaning(definition=each) for name, each in before.items() if name not in after}
    fresh = {name: Meaning(definition=each) for name, each in after.items() if name not in before}
    return dict(zip(gone, fresh, strict=True)) if len(gone) == len(fresh) == 1 else twins(gone, fresh)


def _of_names(
    before: Mapping[RelationName, Definition],
    after: Mapping[RelationName, Definition],
    renamed: Mapping[RelationName, RelationName],
) -> Iterator[Change]:
    """Compare what both sides make under one name; tell what went, came or got another name."""
    for old, new in renamed.items():
        yield from _moved(before[old], after[new], old, new)
    gone = [name for name in before if name not in after and name not in renamed]
    yield from (_of_relation(Kind.RELATION_REMOVED, name, before[name]) for name in gone)
    came = [name for name in after if name not in before and name not in renamed.values()]
    yield from (_of_relation(Kind.RELATION_ADDED, name, after[name]) for name in came)
    for name, definition in after.items():
        if name in before:
            yield from _of_target(before[name], definition)


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
