"""Walk from what changed to who feels it: two bound worlds in, changes (own and following) and impacts out.

Each affected model is looked at once, after everything it reads. A reader that no longer binds breaks; one whose
output differs carries changes of its own (`caused_by`) to its readers; one that can't be bound is unknown; all others
are left in peace. Consumers that only the catalog knows are added by the gate, not here.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from contract_gate.bound import BoundModel, BoundWorld, is_declared
from contract_gate.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.changes.compare import compare
from contract_gate.changes.relations import Pairing, placed, relation_changes
from contract_gate.impact.impact import Consumer, Effect, Impact
from contract_gate.relation import Location, RelationName
from contract_gate.sql.algebra import Problem
from contract_gate.sql.lineage import QueryLineage, trace
from contract_gate.world import ColumnRead, Model, ModelKind

_SHAPE_KINDS = frozenset({
    Kind.COLUMN_REMOVED, Kind.COLUMN_RENAMED, Kind.COLUMN_REORDERED, Kind.COLUMN_TYPE_CHANGED,
    Kind.COLUMN_TYPE_WIDENED, Kind.COLUMN_NULLABLE, Kind.COLUMN_ADDED, Kind.RELATION_RENAMED, Kind.RELATION_MOVED,
})  # fmt: skip
"""Kinds that can change a reader's own columns without changing its text."""
_VALUE_KINDS = frozenset({
    Kind.COLUMN_VALUES_CHANGED, Kind.COLUMN_TYPE_CHANGED, Kind.COLUMN_TYPE_WIDENED, Kind.COLUMN_NULLABLE,
})  # fmt: skip
_GONE = frozenset({Kind.RELATION_REMOVED, Kind.RELATION_RENAMED, Kind.RELATION_MOVED})
_ROW_CLASSES = frozenset({ChangeClass.ROWS})
_HARMLESS_TO_READERS = frozenset({Kind.MATERIALIZATION_CHANGED, Kind.RELATION_ADDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What changed and who feels it. `stopped`: the relations that no longer build, each with the root change's id
    and the path there: their readers beyond the repository feel it too. `looked_at`: the readers that were bound.
    """

    changes: tuple[Change, ...]
    impacts: tuple[Impact, ...]
    stopped: tuple["Stopped", ...] = ()
    looked_at: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A relation of the repository that the root change keeps from being built."""

    relation: RelationName
    change: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Felt:
    """A change as it arrives at a model's readers: from which root, by which path, and of which model (`key`)."""

    change: Change
    root: str
    path: tuple[str, ...]
    key: str


def assess(base: BoundWorld, head: BoundWorld, pairing: Pairing) -> Assessment:
    """Compare the paired models and follow every change to its readers, nearest first."""
    walk = _Walk(base, head, pairing)
    for key in walk.in_order():
        walk.visit(key)
    return Assessment(
        changes=tuple(walk.changes),
        impacts=tuple(walk.impacts.values()),
        stopped=tuple(walk.stopped.values()),
        looked_at=frozenset(walk.looked_at),
    )


class _Walk:
    def __init__(self, base: BoundWorld, head: BoundWorld, pairing: Pairing) -> None:
        self.base, self.head = base, head
        self.changes: list[Change] = []
        self.impacts: dict[tuple[str, str], Impact] = {}
        self.stopped: dict[tuple[str, str], Stopped] = {}
        self.looked_at: set[str] = set()
        self._edited: dict[str, str] = {after: before for before, after in pairing.same}
        self._added = set(pairing.added)
        self._removed = set(pairing.removed)
        self._felt: dict[str, list[_Felt]] = {}
        self._parents: dict[str, set[str]] = {}

    def in_order(self) -> list[str]:
        """Give what changed and all that reads it, each after what it reads."""
        start = {*self._edited, *self._added, *self._removed}
        parents = self._parents
        queue, seen = sorted(start), set(start)
        while queue:
            key = queue.pop()
            for reader in sorted(self._readers(key)):
                if reader != key:
                    parents.setdefault(reader, set()).add(key)
                if reader not in seen:
                    seen.add(reader)
                    queue.append(reader)
        return _topological(seen, parents)

    def visit(self, key: str) -> None:
        """Find what this model's own text changed, then what its upstream does to it."""
        arriving = list(self._arriving(key)) if key in self.head.world.models else []
        own = list(self._own_changes(key, arriving))
        self._remember_renames(key, own)
        felt = own
        if arriving:
            self.looked_at.add(key)
            felt = own + self._react(key, arriving, [felt.change for felt in own])
        if felt:
            self._felt[key] = felt

    def _remember_renames(self, key: str, own: list[_Felt]) -> None:
        """A reader that was mended to the new name reads what it read before."""
        renames = [felt.change for felt in own if felt.change.kind is Kind.COLUMN_RENAMED]
        known_as = {change.after: change.before for change in renames if change.after and change.before}
        if known_as:
            self.head.rename_columns(key, known_as)

    def _readers(self, key: str) -> set[str]:
        found: set[str] = set()
        for world, name in ((self.base.world, self._edited.get(key, key)), (self.head.world, key)):
            found |= world.readers((name,))
        return {reader for reader in found if reader in self.head.world.models}

    def _own_changes(self, key: str, arriving: list[_Felt]) -> Iterator[_Felt]:
        """Compare the model with itself; what upstream explains is told as following from it."""
        before = self._edited.get(key, key if key in self._removed else None)
        after = key if key in self.head.world.models and key not in self._removed else None
        if before is None and key not in self._added:
            return
        old = self.base.bound(before) if before is not None else None
        new = self.head.bound(after) if after is not None else None
        if old is not None and new is not None and _untouched(old, new):
            return
        for change in relation_changes(old, new):
            cause = None
            if old is not None and new is not None and arriving:
                cause = _exact_cause(change, _lineage(new), _lineage(old), arriving)
            if cause is None or new is None:
                numbered = self._numbered(change)
                yield _Felt(numbered, numbered.id, (_shown(change, key),), key)
            else:
                yield self._carried(key, new, change, cause)

    def _numbered(self, change: Change, caused_by: str | None = None) -> Change:
        numbered = replace(change, id=f"c{len(self.changes) + 1}", caused_by=caused_by)
        self.changes.append(numbered)
        return numbered

    def _arriving(self, key: str) -> Iterator[_Felt]:
        """Give the changes of everything that this model reads, at either revision.

        Nothing is bound for a model none of whose possible parents changed.
        """
        live = sorted(other for other in self._parents.get(key, ()) if other in self._felt and other != key)
        if not live:
            return
        used, relations = self._used(key, live)
        for other in live:
            side = self.head if other in self.head.world.models else self.base
            name = side.relation(other)
            if other in used or (name is not None and name in relations):
                yield from self._felt[other]

    def _used(self, key: str, live: list[str]) -> tuple[set[str], set[RelationName]]:
        """Give the keys and relations that the model reads; all that it may read where it can't be bound."""
        used: set[str] = set()
        relations: set[RelationName] = set()
        for side in (self.base, self.head):
            if key not in side.world.models:
                continue
            bound = side.bound(key)
            keys = bound.uses | set(bound.model.depends_on)
            if bound.definition is None and not is_declared(bound.model):
                keys |= set(live)
            used |= keys
            names = (side.relation(other) for other in keys if other in side.world.models)
            relations |= {name for name in names if name is not None}
        return used, relations

    def _react(self, key: str, arriving: list[_Felt], own: list[Change]) -> list[_Felt]:
        after = self.head.bound(key)
        before_key = self._edited.get(key, key)
        before = self.base.bound(before_key) if before_key in self.base.world.models else None
        arriving = [felt for felt in arriving if felt.change.kind not in _HARMLESS_TO_READERS]
        if not arriving:
            return []
        if is_declared(after.model):
            self._react_declared(after, arriving)
            return []
        if after.definition is None:
            self._unknown(key, after, arriving)
            return []
        broken = {felt.root: felt for felt in reversed(list(self._breaks(key, before, after, arriving)))}
        if broken:
            return list(broken.values())
        return list(self._follows(key, before, after, arriving, own))

    def _unknown(self, key: str, after: BoundModel, arriving: list[_Felt]) -> None:
        for felt in arriving:
            if felt.change.change_class is not ChangeClass.ADDITIVE:
                place = Location(path=after.model.path, line=after.line or after.model.line)
                self._impact(
                    key, after.model, felt, Effect.UNKNOWN, Certainty.UNDECIDED, None, place, after.reason
                )

    def _react_declared(self, after: BoundModel, arriving: list[_Felt]) -> None:
        """Exposures, tests and metrics: what they name in YAML is gone, or may differ."""
        model = after.model
        for felt in arriving:
            change = felt.change
            if change.change_class is ChangeClass.ADDITIVE:
                continue
            named = _named(model, felt)
            if change.kind is Kind.RELATION_REMOVED or named is not None:
                effect, certainty = Effect.BREAKS, Certainty.PROVEN
                if named is not None and change.kind not in (Kind.COLUMN_REMOVED, Kind.COLUMN_RENAMED):
                    effect, certainty = Effect.CHANGES, Certainty.POSSIBLE
            elif model.kind is ModelKind.EXPOSURE:
                gone = change.kind in (Kind.COLUMN_REMOVED, Kind.COLUMN_RENAMED)
                effect = Effect.UNKNOWN if gone or change.kind is Kind.UNDECIDED else Effect.CHANGES
                certainty = Certainty.UNDECIDED if effect is Effect.UNKNOWN else Certainty.POSSIBLE
            else:
                continue
            place = Location(path=model.path, line=model.line)
            if named is not None:
                place = Location(path=named.path or model.path, line=named.line)
            self._impact(model.key, model, felt, effect, certainty, None, place, None, by="declared")

    def _breaks(
        self, key: str, before: BoundModel | None, after: BoundModel, arriving: list[_Felt]
    ) -> Iterator[_Felt]:
        for old, new in _renderings(before, after):
            for problem in _new_problems(old, new):
                cause = self._cause_of(problem, old, new, arriving)
                if cause is not None:
                    place = _place(new, problem.line, problem.column)
                    yield self._broken(key, after, cause, place, problem.message, problem.proven)
        for felt in arriving:
            if felt.change.kind in _GONE:
                line = self._still_read(felt, after)
                if line is not None:
                    text = f"`{felt.change.before}` is read here and no longer made"
                    yield self._broken(key, after, felt, line, text, True)
            elif felt.change.kind is Kind.UNDECIDED and felt.change.message == _NOT_BUILT:
                yield self._broken(key, after, felt, self._first_read(felt, after), _NOT_BUILT, True)
        if before is not None and before.rendered.sql == after.rendered.sql:
            yield from self._lost_reads(key, before, after, arriving)

    def _lost_reads(
        self, key: str, before: BoundModel, after: BoundModel, arriving: list[_Felt]
    ) -> Iterator[_Felt]:
        """The text is the same, and a name in it that meant a removed column now means something else."""
        now = {(read.relation, read.column_name) for read in after.reads}
        for felt in arriving:
            change = felt.change
            if change.kind not in (Kind.COLUMN_REMOVED, Kind.COLUMN_RENAMED):
                continue
            name = change.column if change.kind is Kind.COLUMN_REMOVED else change.before
            for read in before.reads:
                gone = (read.relation, read.column_name)
                if read.column_name == name and read.relation == change.relation and gone not in now:
                    text = f"`{name}` was read from `{change.relation}` here"
                    yield self._broken(key, after, felt, _place(after, read.line, read.column), text, True)
                    break

    def _broken(
        self, key: str, after: BoundModel, felt: _Felt, place: Location, text: str, proven: bool
    ) -> _Felt:
        certainty = Certainty.PROVEN if proven else Certainty.POSSIBLE
        self._impact(key, after.model, felt, Effect.BREAKS, certainty, None, place, text)
        carried = Change(
            kind=Kind.UNDECIDED, change_class=ChangeClass.UNDECIDED, certainty=Certainty.PROVEN, message=_NOT_BUILT,
            relation=after.model.relation, id=felt.change.id, caused_by=felt.change.caused_by, location=place,
        )  # fmt: skip
        path = (*felt.path, _name(after))
        if after.model.relation is not None:
            self.stopped[felt.root, key] = Stopped(relation=after.model.relation, change=felt.root, path=path)
        return _Felt(carried, felt.root, path, key)

    def _cause_of(
        self, problem: Problem, before: BoundModel | None, after: BoundModel, arriving: list[_Felt]
    ) -> _Felt | None:
        """Tell which change upstream makes this text fail; None when its own edit does."""
        shape = [felt for felt in arriving if felt.change.kind in _SHAPE_KINDS]
        exact = [f for f in shape if problem.name in (f.change.column, f.change.before) and problem.name]
        direct = [f for f in exact if f.change.relation in problem.relations]
        if direct or exact:
            return (direct or exact)[0]
        same_text = before is not None and before.rendered.sql == after.rendered.sql
        return shape[0] if shape and same_text else None

    def _still_read(self, felt: _Felt, after: BoundModel) -> Location | None:
        """Give the place where a reader names a relation that nothing makes any more."""
        gone = felt.change.relation
        names = {model.name for model in (self._model_at_base(felt.key),) if model is not None}
        for _, bound in _renderings(None, after):
            missing = names & set(bound.rendered.missing)
            for read in bound.reads:
                by_name = gone is not None and _same_relation(read.relation, gone)
                if read.relation in bound.foreign and (by_name or read.relation.name in missing):
                    return _place(bound, read.line, read.column)
        return None

    def _model_at_base(self, key: str) -> Model | None:
        return self.base.world.models.get(self._edited.get(key, key))

    def _first_read(self, felt: _Felt, after: BoundModel) -> Location:
        read = next((r for r in after.reads if r.relation == felt.change.relation), None)
        return _place(after, read.line, read.column) if read else _place(after, 1, 1)

    def _follows(
        self, key: str, before: BoundModel | None, after: BoundModel, arriving: list[_Felt], own: list[Change]
    ) -> Iterator[_Felt]:
        """Tell what upstream changes in the output of a reader that still binds; each thing of it once."""
        lineage = _lineage(after)
        told = {_aspect(change) for change in own}
        shaped = any(felt.change.kind in _SHAPE_KINDS for felt in arriving)
        old = before.definition if before is not None else None
        if shaped and not own and before is not None and old is not None and after.definition is not None:
            for change in compare(old, after.definition):
                cause = _explains(change, lineage, _lineage(before), arriving)
                told.add(_aspect(change))
                yield self._carried(key, after, placed(change, before, after), cause)
        for felt in arriving:
            for change in _derived(felt.change, after, lineage):
                if _aspect(change) in told:
                    self._note(key, after, change, felt)
                else:
                    told.add(_aspect(change))
                    yield self._carried(key, after, change, felt)

    def _carried(self, key: str, after: BoundModel, change: Change, cause: _Felt) -> _Felt:
        numbered = self._numbered(change, cause.change.id)
        self._note(key, after, change, cause)
        return _Felt(numbered, cause.root, (*cause.path, _name(after)), key)

    def _note(self, key: str, after: BoundModel, change: Change, cause: _Felt) -> None:
        if change.change_class is ChangeClass.ADDITIVE:
            return
        unknown = change.kind is Kind.UNDECIDED
        effect = Effect.UNKNOWN if unknown else Effect.CHANGES
        certainty = Certainty.UNDECIDED if unknown else Certainty.POSSIBLE
        place = self._place_of_read(cause.change, after) or change.location
        self._impact(
            key,
            after.model,
            cause,
            effect,
            certainty,
            change.column,
            place,
            change.message if unknown else None,
        )

    def _place_of_read(self, change: Change, after: BoundModel) -> Location | None:
        exact = [r for r in after.reads if r.relation == change.relation and r.column_name == change.column]
        loose = [r for r in after.reads if r.relation == change.relation]
        read = next(iter(exact or loose), None)
        return _place(after, read.line, read.column) if read is not None else None

    def _impact(
        self,
        key: str,
        model: Model,
        felt: _Felt,
        effect: Effect,
        certainty: Certainty,
        column: str | None,
        place: Location | None,
        reason: str | None,
        by: str = "binding",
    ) -> None:
        impact = Impact(
            change=felt.root, consumer=consumer_of(model), effect=effect, certainty=certainty, column=column,
            via=felt.path, distance=len(felt.path), location=place, by=by, reason=reason,
        )  # fmt: skip
        known = self.impacts.get((felt.root, key))
        if known is None or _WORST.index(effect) < _WORST.index(known.effect):
            self.impacts[felt.root, key] = impact


_WORST = (Effect.BREAKS, Effect.CHANGES, Effect.UNKNOWN, Effect.UNAFFECTED)
_NOT_BUILT = "it reads a relation that does not build"


def consumer_of(model: Model) -> Consumer:
    """Describe a model of the repository as a consumer."""
    kind = {ModelKind.EXPOSURE: "exposure", ModelKind.TEST: "test", ModelKind.METRIC: "metric"}.get(
        model.kind, "model"
    )
    name = str(model.relation) if model.relation is not None else model.name
    return Consumer(kind=kind, name=name, path=model.path, url=model.url, owners=model.owners)


def _untouched(old: BoundModel, new: BoundModel) -> bool:
    """Tell whether nothing of the model's own differs: then all that differs comes from upstream."""
    return (
        old.rendered.sql == new.rendered.sql
        and _increment_sql(old) == _increment_sql(new)
        and old.rendered.problem == new.rendered.problem
        and replace(old.model, path="", line=1) == replace(new.model, path="", line=1, key=old.model.key)
    )


def _increment_sql(bound: BoundModel) -> str | None:
    return bound.increment.rendered.sql if bound.increment is not None else None


def _shown(change: Change, key: str) -> str:
    return str(change.relation) if change.relation is not None else key


def _aspect(change: Change) -> tuple[ChangeClass | Kind, str | None]:
    """Name what of a relation a change is about: its rows as a whole, or one kind of change of one column."""
    return (ChangeClass.ROWS if change.change_class is ChangeClass.ROWS else change.kind), change.column


def _name(bound: BoundModel) -> str:
    return consumer_of(bound.model).name


def _place(bound: BoundModel, line: int, column: int) -> Location:
    exact = not bound.rendered.lines
    return Location(
        path=bound.model.path, line=bound.rendered.source_line(line), column=column if exact else 1
    )


def _renderings(
    before: BoundModel | None, after: BoundModel
) -> Iterator[tuple[BoundModel | None, BoundModel]]:
    yield before, after
    if after.increment is not None:
        yield (before.increment if before is not None else None), after.increment


def _new_problems(before: BoundModel | None, after: BoundModel) -> list[Problem]:
    known = {_signature(problem) for problem in before.problems} if before is not None else set()
    return [
        problem
        for problem in after.problems
        if problem.kind != "unsupported" and _signature(problem) not in known and problem.proven
    ]


def _signature(problem: Problem) -> tuple[str, str, tuple[RelationName, ...]]:
    return problem.kind, problem.name or problem.message, problem.relations


def _lineage(bound: BoundModel) -> QueryLineage | None:
    query = bound.definition.query if bound.definition is not None else None
    return trace(query) if query is not None else None


def _same_relation(a: RelationName, b: RelationName) -> bool:
    return a == b or a.matches(b)


def _derived(change: Change, after: BoundModel, lineage: QueryLineage | None) -> Iterator[Change]:
    """Follow changed rows or values of one relation into the output of a reader whose columns stay."""
    if lineage is None or change.relation is None:
        return
    relation = change.relation
    if change.kind is Kind.UNDECIDED:
        yield _following(change, after, Kind.UNDECIDED, ChangeClass.UNDECIDED, None)
        return
    if change.change_class in _ROW_CLASSES:
        if relation in lineage.sources:
            yield _following(change, after, Kind.ROWS_SOURCE_CHANGED, ChangeClass.ROWS, None)
        return
    if change.kind not in _VALUE_KINDS or change.column is None:
        return
    if any(read == (relation, change.column) for read in lineage.rows):
        yield _following(change, after, Kind.ROWS_SOURCE_CHANGED, ChangeClass.ROWS, None)
    for column in lineage.columns:
        if (relation, change.column) in column.upstream or (relation, "*") in column.upstream:
            yield _following(change, after, Kind.COLUMN_VALUES_CHANGED, ChangeClass.VALUES, column.name)


def _following(
    cause: Change, after: BoundModel, kind: Kind, change_class: ChangeClass, column: str | None
) -> Change:
    what = {
        Kind.ROWS_SOURCE_CHANGED: "its rows differ",
        Kind.COLUMN_VALUES_CHANGED: f"the values of `{column}` differ",
        Kind.UNDECIDED: "it can't be told whether it differs",
    }[kind]
    source = f"`{cause.relation}.{cause.column}`" if cause.column else f"`{cause.relation}`"
    return Change(
        kind=kind,
        change_class=change_class,
        certainty=Certainty.UNDECIDED if kind is Kind.UNDECIDED else Certainty.POSSIBLE,
        message=f"{what}, because {source} does",
        relation=after.model.relation,
        column=column,
        location=Location(path=after.model.path, line=after.model.line),
    )


def _explains(
    change: Change, after: QueryLineage | None, before: QueryLineage | None, arriving: list[_Felt]
) -> _Felt:
    """Choose the change upstream that a reader's change follows from: by its column, else the first in shape."""
    exact = _exact_cause(change, after, before, arriving)
    if exact is not None:
        return exact
    shape = [felt for felt in arriving if felt.change.kind in _SHAPE_KINDS] or arriving
    named = [felt for felt in shape if felt.change.column == change.column]
    return (named or shape)[0]


def _exact_cause(
    change: Change, after: QueryLineage | None, before: QueryLineage | None, arriving: list[_Felt]
) -> _Felt | None:
    """Find the change of the same kind upstream, of a column that this column's value comes from."""
    upstream: set[tuple[RelationName, str]] = set()
    for lineage in (before, after):
        for column in lineage.columns if lineage is not None else ():
            if change.column is not None and column.name in (change.column, change.before):
                upstream |= column.upstream
    return next(
        (
            felt
            for felt in arriving
            if felt.change.kind == change.kind
            and felt.change.relation is not None
            and any(
                (felt.change.relation, name) in upstream for name in (felt.change.column, felt.change.before)
            )
        ),
        None,
    )


def _named(model: Model, felt: _Felt) -> ColumnRead | None:
    """Give the place where a declaration names the column that changed."""
    name = felt.change.before if felt.change.kind is Kind.COLUMN_RENAMED else felt.change.column
    return next((read for read in model.reads if read.column == name and read.key == felt.key), None)


def _topological(keys: Collection[str], parents: dict[str, set[str]]) -> list[str]:
    """Order the keys so that each comes after its parents; a circle is cut at its smallest key."""
    order: list[str] = []
    state: dict[str, int] = {}
    for start in sorted(keys):
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in state:
            state[start] = 1
            stack.append((start, iter(sorted(parents.get(start, ())))))
        while stack:
            key, above = stack[-1]
            parent = next(above, None)
            if parent is None:
                stack.pop()
                state[key] = 2
                order.append(key)
            elif parent not in state:
                state[parent] = 1
                stack.append((parent, iter(sorted(parents.get(parent, ())))))
    return order
