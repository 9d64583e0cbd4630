"""From two worlds to questions: which models are worth a search, and what their SQL reads."""

from collections.abc import Iterator, Sequence

from contract_gate.compare.bound import BoundModel, BoundWorld, is_declared
from contract_gate.compare.changes.change import Change, ChangeClass
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.changes.relations import Pairing
from contract_gate.core.relation import Column, RelationName, caseless
from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import Constraint, ModelKind
from contract_gate.sql.algebra import Shape
from contract_gate.sql.parsing.wording import says_the_same
from contract_gate.witness import NotPossible, Reader, Renamed, RowQuestion, TableShape

_SEARCHED = frozenset({ChangeClass.ROWS, ChangeClass.VALUES, ChangeClass.UNDECIDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A model whose SQL differs. `old`, `new`: its keys. `increment`: asked of its incremental runs.

    `targets` are its own changes that rows could show; without any it is called unchanged, which rows could refute.
    `holes`: its template could not be run in full.
    """

    old: str
    new: str
    name: str
    increment: bool = False
    targets: tuple[Change, ...] = ()
    holes: bool = False

    @property
    def model(self) -> tuple[str, bool]:
        """Name what is asked about, whatever the changes are."""
        return self.new, self.increment

    def without(self, ids: frozenset[str]) -> "Subject":
        """Leave out the changes that rows were found for."""
        return replace(self, targets=tuple(change for change in self.targets if change.id not in ids))


def subjects(
    before: BoundWorld,
    after: BoundWorld,
    pairing: Pairing,
    changes: Sequence[Change],
    *,
    every: bool = False,
) -> tuple[Subject, ...]:
    """Give the models to ask about, suspected ones first. `every`: whatever is told of them."""
    found = [
        subject
        for old, new in pairing.same
        if after.world.models[new].kind is not ModelKind.FUNCTION
        for subject in _of_model(before.bound(old), after.bound(new), changes, every)
    ]
    return tuple(sorted(found, key=lambda subject: not subject.targets))


def question_of(before: BoundWorld, after: BoundWorld, subject: Subject) -> RowQuestion | NotPossible:
    """Ask whether the two texts of the model give different rows, what they read being the same."""
    old = _side(before.bound(subject.old), increment=subject.increment)
    new = _side(after.bound(subject.new), increment=subject.increment)
    if old is None or new is None or old.rendered.sql is None or new.rendered.sql is None:
        return NotPossible(reason="there is no SQL of it on both sides")
    if old.rendered.holes != new.rendered.holes:
        return NotPossible(reason="its template could not be run in full, in another way on each side")
    if old.model.dialect != new.model.dialect:
        return NotPossible(reason="its dialect is another one at the head")
    tables = _Tables()
    for key in sorted(old.uses):
        if before.world.models[key].kind is ModelKind.FUNCTION:
            return NotPossible(reason="it calls a function that another file makes")
        tables.of_base(before.relation(key), before.shape(key), before.world.models[key].constraints)
    for key in sorted(new.uses):
        model = after.world.models[key]
        tables.of_head(model.relation, after.relation(key), after.shape(key), model.constraints)
    if tables.problem is not None:
        return NotPossible(reason=tables.problem)
    return RowQuestion(
        before=old.rendered.sql,
        after=new.rendered.sql,
        dialect=new.model.dialect,
        tables=tuple(map(_in_duckdb, tables.shapes.values())),
        relation=_bare_relation(new.model.relation) if new.model.relation is not None else None,
        renamed=tuple(
            Renamed(
                name=_bare_relation(one.name),
                known_as=_bare_relation(one.known_as),
                columns=tuple((caseless(now), caseless(then)) for now, then in one.columns),
            )
            for one in tables.renamed
        ),
    )


def _table_shapes(world: BoundWorld, bound: BoundModel) -> tuple[TableShape, ...]:
    """Describe what a model reads at one revision."""
    return tuple(
        _in_duckdb(
            TableShape(name=name, columns=shape.columns, closed=shape.closed, constraints=model.constraints)
        )
        for key in sorted(bound.uses)
        for model, name, shape in [(world.world.models[key], world.relation(key), world.shape(key))]
        if name is not None and shape is not None
    )


def reader_of(world: BoundWorld, key: str) -> Reader | None:
    """Describe a model as a reader that can be run; `Reader.name` is its key. None where it has no SQL."""
    bound = world.bound(key)
    if bound.rendered.sql is None:
        return None
    relation = bound.model.relation
    return Reader(
        name=key,
        sql=bound.rendered.sql,
        dialect=bound.model.dialect,
        relation=_bare_relation(relation) if relation is not None else None,
        tables=_table_shapes(world, bound),
    )


def _in_duckdb(table: TableShape) -> TableShape:
    return replace(
        table,
        name=_bare_relation(table.name),
        columns=tuple(replace(column, name=caseless(column.name)) for column in table.columns),
        constraints=tuple(
            replace(
                constraint,
                columns=tuple(map(caseless, constraint.columns)),
                to=(_bare_relation(constraint.to[0]), caseless(constraint.to[1])) if constraint.to else None,
            )
            for constraint in table.constraints
        ),
    )


def _bare_relation(name: RelationName) -> RelationName:
    return RelationName(tuple(map(caseless, name.parts)))


class _Tables:
    """What both sides read, by the names of the base."""

    def __init__(self) -> None:
        self.shapes: dict[RelationName, TableShape] = {}
        self.renamed: list[Renamed] = []
        self.problem: str | None = None

    def of_base(
        self, name: RelationName | None, shape: Shape | None, constraints: tuple[Constraint, ...]
    ) -> None:
        if name is not None and shape is not None:
            self.shapes[name] = TableShape(
                name=name, columns=shape.columns, closed=shape.closed, constraints=constraints
            )

    def of_head(
        self,
        own: RelationName | None,
        known: RelationName | None,
        shape: Shape | None,
        constraints: tuple[Constraint, ...],
    ) -> None:
        """Add what the head knows of a table; what it declares goes before what the base declared."""
        if own is None or known is None or shape is None:
            return
        names = _known_names(shape.columns)
        moved = any(now != then for now, then in names)
        if moved and not shape.closed:
            self.problem = f"a column of {own} is renamed, too, and its other columns are not known"
        if own != known or moved:
            self.renamed.append(Renamed(name=own, known_as=known, columns=names if moved else ()))
        then = dict(names)
        columns = tuple(replace(c, name=then[c.name], known_as=None) for c in shape.columns)
        told = tuple(
            replace(constraint, columns=tuple(then.get(name, name) for name in constraint.columns))
            for constraint in constraints
        )
        base = self.shapes.get(known)
        merged = _merged(base.columns, columns) if base is not None else columns
        closed = shape.closed and (base is None or base.closed)
        self.shapes[known] = TableShape(name=known, columns=merged, closed=closed, constraints=told)


def _known_names(columns: tuple[Column, ...]) -> tuple[tuple[str, str], ...]:
    """Pair each column's name at the head with the base's; a new one that took a name that went gets one of its own."""
    taken = {column.known_as for column in columns if column.known_as is not None}
    pairs = []
    for column in columns:
        then = column.known_as or (f"{column.name}_new" if column.name in taken else column.name)
        pairs.append((column.name, then))
    return tuple(pairs)


def _merged(base: tuple[Column, ...], head: tuple[Column, ...]) -> tuple[Column, ...]:
    """Give the columns of both, each as the head has it; never NULL only where both sides say so."""
    old = {column.name: column for column in base}
    now = {
        column.name: replace(
            column,
            type=column.type or (old[column.name].type if column.name in old else None),
            nullable=column.nullable if column.name not in old else _nullable(old[column.name], column),
        )
        for column in head
    }
    kept = [now.pop(column.name, column) for column in base]
    return (*kept, *now.values())


def _nullable(one: Column, other: Column) -> bool | None:
    return one.nullable if one.nullable == other.nullable else None


def _of_model(old: BoundModel, new: BoundModel, changes: Sequence[Change], every: bool) -> Iterator[Subject]:
    if new.model.relation is None or is_declared(new.model) or is_declared(old.model):
        return
    if set(new.rendered.missing) - set(old.rendered.missing):
        # What stands in for a model that is not there any more is not what the text meant.
        return
    mine = [change for change in changes if change.relation in (new.model.relation, old.model.relation)]
    for increment in (False, True):
        before, after = _side(old, increment=increment), _side(new, increment=increment)
        if before is None or after is None or before.rendered.sql == after.rendered.sql:
            continue
        subject = Subject(
            old=old.model.key, new=new.model.key, name=str(new.model.relation), increment=increment,
            targets=tuple(
                change for change in mine
                if change.caused_by is None and change.change_class in _SEARCHED and change.increment == increment
                and not has(change.kind, Trait.BESIDE_THE_QUERY)
            ),
            holes=bool(before.rendered.holes or after.rendered.holes),
        )  # fmt: skip
        if every or subject.targets or (not subject.holes and _is_called_unchanged(before, after, mine)):
            yield subject


def _is_called_unchanged(old: BoundModel, new: BoundModel, told: Sequence[Change]) -> bool:
    """Tell whether the comparison says so, and could be wrong: of another layout the text alone says it."""
    compared = old.definition is not None and new.definition is not None
    if not compared or not all(has(change.kind, Trait.KEEPS_ROWS) for change in told):
        return False
    return not says_the_same(old.rendered.sql or "", new.rendered.sql or "", new.model.dialect)


def _side(bound: BoundModel, *, increment: bool) -> BoundModel | None:
    return bound.increment if increment else bound
