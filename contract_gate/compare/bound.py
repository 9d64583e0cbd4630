"""A world whose models are bound when first asked for, each once: what a model's SQL means at one revision.

Looks a relation up in the same world, so that binding a model binds what it reads, as far as its columns are needed.
Says nothing of changes: `contract_gate.compare.changes` compares two of these.
"""

from collections.abc import Callable, Mapping

from contract_gate.compare.names import AskedName, NameLookup
from contract_gate.compare.outputs import Outputs, outputs_of
from contract_gate.core.deadline import OutOfTimeError, apart, checkpoint
from contract_gate.core.faults import BEYOND_A_FILE, told
from contract_gate.core.paths import ending_of, is_sql
from contract_gate.core.relation import Column, RelationName
from contract_gate.core.remembering import Facts, keep_trace, kept_facts, recalled
from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import PLACEHOLDER, Companion, ConstraintKind, Model, ModelKind, Rendered, World
from contract_gate.sql.algebra import Call, LooseName, Problem, Query, Read, Routine, Shape
from contract_gate.sql.bind import bind_script
from contract_gate.sql.keys import Need
from contract_gate.sql.query.rules import doubled_column
from contract_gate.sql.script import Script
from contract_gate.sql.statement.definition import OF_ROUTINES, Definition, define, routines

MODEL_SECONDS = 60
"""So long may one model take to be bound, with what it reads; the others have the rest of the run's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundModel:
    """A model with its meaning. `reason` says why there is none. Lines are those of the rendered SQL.

    `uses`: the keys of the models that its SQL reads, and the relations it reads that no model makes (`foreign`).
    `rivals`: the keys of models that a name in it may mean as well. `refers`: those that it names and does not read (a
    foreign key's).
    `is_cut`: there was no time to bind it. `placement` is the relation's name without what a profile decides. `increment` is the same model as an incremental run builds it, where that is another query.
    """

    model: Model
    rendered: Rendered
    script: Script = field(default_factory=Script)
    definition: Definition | None = None
    reason: str | None = None
    line: int | None = None
    uses: frozenset[str] = frozenset()
    foreign: frozenset[RelationName] = frozenset()
    increment: "BoundModel | None" = None
    placement: RelationName | None = None
    is_cut: bool = False
    rivals: frozenset[str] = frozenset()
    refers: frozenset[str] = frozenset()
    asked: tuple[AskedName, ...] = field(default=(), compare=False)
    """The names that its SQL asked for, in that order."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Give what does not bind, in the order of the text."""
        found = [problem for statement in self.script.statements for problem in statement.problems]
        if self.model.relation is not None:
            # A bare query is what the tool that runs the model makes the relation of.
            found += filter(
                None, (doubled_column(each, self.model.dialect) for each in self.script.statements)
            )
        return tuple(found)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Give every place where a function is called by name."""
        return tuple(call for statement in self.script.statements for call in statement.calls)

    @property
    def reads(self) -> tuple[Read, ...]:
        """Give every place where a stored relation or its column is read."""
        return tuple(read for statement in self.script.statements for read in statement.reads)

    @property
    def needs(self) -> tuple[Need, ...]:
        """Give every place that asks for more of a table than its columns."""
        return tuple(need for statement in self.script.statements for need in statement.needs)

    @property
    def queries(self) -> tuple[Query, ...]:
        """Give the queries of all statements."""
        return tuple(s.query for s in self.script.statements if s.query is not None)

    @property
    def loose(self) -> tuple[LooseName, ...]:
        """Give the places whose names bind to nothing that is known to have such a column."""
        return tuple(name for statement in self.script.statements for name in statement.loose)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundCompanion:
    """A companion of a declaration with its meaning; see `Companion`. One that `builds` has a definition."""

    what: str
    bound: BoundModel
    runs: bool = True
    builds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerColumns:
    """What became of the columns that a model had: the names that new ones are compared by, and those that are surely `lost`."""

    known_as: Mapping[str, str]
    lost: frozenset[str] = frozenset()


AS_NAMED = FormerColumns(known_as={})
"""Nothing has another name than it had."""


class BoundWorld:
    """Bind models on demand. `known_as` maps a relation to the name it is compared by (that of the base).

    Not safe for use by two threads at once. Call it inside `deep_stack` where models are nested deeply.
    """

    def __init__(self, world: World, known_as: Mapping[RelationName, RelationName] | None = None) -> None:
        self.world = world
        self._known_as = known_as or {}
        self._bound: dict[str, BoundModel] = {}
        self._worded: dict[str, BoundModel] = {}
        self._recalled: dict[str, Outputs | None] = {}
        self._in_progress: list[str] = []
        self._wording: dict[str, BoundModel | None] = {}
        self.cycles: set[tuple[str, ...]] = set()
        self._companions: dict[str, tuple[BoundCompanion, ...]] = {}

    def bound(self, key: str) -> BoundModel:
        """Give the model with its meaning; a key that the world does not have raises KeyError."""
        if key not in self._bound:
            made = self._shared(key) or self._made(key, self._bind)
            self._bound[key] = replace(made, placement=self.world.placement(key))
        return self._bound[key]

    def _shared(self, key: str) -> BoundModel | None:  # noqa: ARG002 - one side alone has nobody to ask
        """Give the model's meaning where another side has it already."""
        return None

    def worded(self, key: str) -> BoundModel:
        """Give the model with its texts, and its meaning only where it is known: enough to tell whether it was edited."""
        if key not in self._bound and key not in self._worded:
            self._worded[key] = self._made(key, self._word)
        return self._bound.get(key) or self._worded[key]

    def _made(self, key: str, make: Callable[[str], BoundModel]) -> BoundModel:
        """Make what is known of a model; what the deadline cuts, or a fault, is not analysed and says so."""
        depth = len(self._in_progress)
        try:
            checkpoint()
            with apart(MODEL_SECONDS, f"it was not read within {MODEL_SECONDS} seconds"):
                return make(key)
        except OutOfTimeError as error:
            model = self.world.models[key]
            return BoundModel(
                model=model, rendered=Rendered(sql=None), reason=str(error), line=model.line, is_cut=True
            )
        except BEYOND_A_FILE:
            raise
        except Exception as error:  # noqa: BLE001 - a fault in one model spares the others, and is told
            del self._in_progress[depth:]
            return BoundModel(model=self.world.models[key], rendered=Rendered(sql=None), reason=told(error))

    def companions(self, key: str) -> tuple[BoundCompanion, ...]:
        """Give what names columns beside the declaration's query, bound; its own relation is there, as it is built."""
        if key not in self._companions:
            model = self.world.models[key]
            self._companions[key] = tuple(
                self._bind_companion(model, companion) for companion in self.world.companions(key)
            )
        return self._companions[key]

    def _bind_companion(self, model: Model, companion: Companion) -> BoundCompanion:
        lines = companion.lines or (companion.line,) * (companion.sql.count("\n") + 1)
        bound = self._script(
            replace(model, path=companion.path, line=companion.line),
            Rendered(
                sql=companion.sql,
                lines=lines,
                holes=companion.holes,
                missing=companion.missing,
                variables=((0, companion.variables),),
            ),
            is_beside=not companion.builds,
        )
        if companion.builds:
            bound = replace(bound, definition=_defined(bound.script, model, self.relation(model.key)))
        return BoundCompanion(what=companion.what, bound=bound, runs=companion.runs, builds=companion.builds)

    def former_columns(self, key: str) -> FormerColumns:  # noqa: ARG002 - one side alone has no former names
        """Say by which names readers of a bound model know its columns, and which they miss though a star may bring any."""
        return AS_NAMED

    def relation(self, key: str) -> RelationName | None:
        """Give the name that the model's relation is compared by."""
        name = self.world.models[key].relation
        return self._known_as.get(name, name) if name is not None else None

    def shape(self, key: str) -> Shape | None:
        """Give what readers of the model can know of its columns; None for what makes no relation."""
        model = self.world.models[key]
        name = self.relation(key)
        if name is None:
            return None
        if is_declared(model) or key in self._in_progress or key in self._wording:
            if key in self._in_progress:
                self.cycles.add((*self._in_progress[self._in_progress.index(key) :], key))
            return self._shaped(key, name, model.columns, model.closed)
        outputs = self.outputs(key)
        if outputs is None:
            return self._shaped(key, name, model.columns, model.closed)
        if not outputs.closed and model.closed:
            # What is declared is enforced (a contract, a table's schema): it says what a star over a foreign table can't.
            return self._shaped(key, name, self._as_before(key, model.columns), True)
        columns = _with_declared_types(outputs.columns, model)
        rendered = self.worded(key).rendered
        # What a template writes may come from a list without quotes.
        written = frozenset[str]() if rendered.lines or rendered.holes else outputs.named
        shape = replace(
            self._shaped(key, name, self._as_before(key, columns), outputs.closed), written=written,
            primary=outputs.primary, constraints=outputs.constraints,
        )  # fmt: skip
        if outputs.lacking is None:
            return shape
        lacking = outputs.lacking | self.former_columns(key).lost
        return replace(shape, lacking=lacking - {column.name for column in columns})

    def outputs(self, key: str) -> Outputs | None:
        """Give what readers can know of what a model's SQL gives, None where that is nothing.

        The model is not bound for it where an earlier run bound the same, and its names mean the same.
        """
        facts = kept_facts()
        if key not in self._bound and facts is not None:
            if key not in self._recalled:
                self._recalled[key] = self._recall(facts, key)
            return self._recalled[key]
        definition = self.bound(key).definition
        return outputs_of(definition) if definition is not None else None

    def _recall(self, facts: Facts, key: str) -> Outputs | None:
        worded, circles = self.worded(key), len(self.cycles)
        model, rendered = worded.model, worded.rendered
        given = (
            rendered.sql, model.dialect, bool(rendered.holes), rendered.variables, model.kind, model.makes_nothing,
            model.relation, self.relation(key),
        )  # fmt: skip
        self._in_progress.append(key)
        try:
            names = NameLookup(self, key)
            found = (
                recalled(facts, given, AskedName, names.answer, Outputs) if rendered.sql is not None else None
            )
        finally:
            self._in_progress.pop()
        if found is not None and len(self.cycles) == circles:
            return found
        bound = self.bound(key)
        made = outputs_of(bound.definition) if bound.definition is not None else None
        if made is not None and len(self.cycles) == circles:
            keep_trace(facts, given, bound.asked, NameLookup(self, key).answer, made)
        return made

    def _shaped(self, key: str, name: RelationName, columns: tuple[Column, ...], closed: bool) -> Shape:
        return Shape(name=name, columns=columns, closed=closed, keys=_keys(self.world.models[key]))

    def _as_before(self, key: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        known_as = self.former_columns(key).known_as
        return (
            tuple(replace(column, known_as=known_as.get(column.name)) for column in columns)
            if known_as
            else columns
        )

    def columns(self, key: str) -> tuple[Column, ...] | None:
        """Give a model's columns in order where all are known, else None: what macros that loop over columns ask."""
        if key not in self.world.models or key in self._in_progress:
            return None
        if key in self._wording:
            # An incremental run asks what the table that is there has: what the full build gave it.
            full = self._wording[key]
            return _closed_columns(self._read(full.model, full.rendered)) if full is not None else None
        shape = self.shape(key)
        return shape.columns if shape is not None and shape.closed else None

    def _word(self, key: str) -> BoundModel:
        model = self.world.models[key]
        if is_declared(model):
            return BoundModel(model=model, rendered=Rendered(sql=None), uses=frozenset(model.depends_on))
        self._wording[key] = None
        try:
            full = self._wording[key] = _unbound(model, self.world.rendered(key))
            increment = self.world.incremental(key) if full.rendered.sql is not None else None
        finally:
            del self._wording[key]
        return full if increment is None else replace(full, increment=_unbound(model, increment))

    def _bind(self, key: str) -> BoundModel:
        worded = self._worded.pop(key, None) or self._word(key)
        if worded.rendered.sql is None:
            return worded
        bound = self._read(worded.model, worded.rendered)
        if worded.increment is None:
            return bound
        again = worded.increment
        if again.rendered.sql is not None:
            again = self._read(worded.model, again.rendered)
        return replace(
            bound, increment=again, uses=bound.uses | again.uses, foreign=bound.foreign | again.foreign
        )

    def _read(self, model: Model, rendered: Rendered) -> BoundModel:
        self._in_progress.append(model.key)
        try:
            read = self._script(model, rendered)
        finally:
            self._in_progress.pop()
        return self._explained(
            replace(read, definition=_defined(read.script, model, self.relation(model.key)))
        )

    def _script(self, model: Model, rendered: Rendered, *, is_beside: bool = False) -> BoundModel:
        """Bind a text of the model; `is_beside`: it runs when the model's relation is there."""
        names = NameLookup(self, model.key, is_beside=is_beside)
        script = bind_script(
            rendered.sql or "",
            model.dialect,
            names.read,
            placeholder=PLACEHOLDER if rendered.holes else "",
            mention=names.mention,
            lookup_routine=names.call,
            variables=rendered.variables,
        )
        return BoundModel(
            model=model,
            rendered=rendered,
            script=script,
            uses=frozenset(names.uses),
            foreign=frozenset(names.foreign),
            rivals=frozenset(names.rivals),
            refers=frozenset(names.refers),
            asked=tuple(names.asked),
        )

    def routine(self, key: str, name: RelationName) -> Routine:
        """Give what callers of a function can know of it; `name` is what the text calls it."""
        full = self.relation(key) or name
        definition = self.bound(key).definition if key not in self._in_progress else None
        if definition is None:
            return Routine(name=full)
        return Routine(
            name=full, signatures=definition.signatures, columns=definition.columns,
            closed=definition.is_closed,
            is_type=(definition.materialization or "").endswith("type"),
            has_attributes=definition.materialization == "composite type",
        )  # fmt: skip

    def _explained(self, bound: BoundModel) -> BoundModel:
        definition = bound.definition
        if bound.model.kind.makes_nothing:
            return bound
        if bound.model.makes_nothing and bound.rendered.sql is not None and not bound.script.problems:
            # As readers its statements are bound; what they do to others is not compared, and told so where they are edited.
            return replace(bound, reason=_makes_nothing(bound.model))
        if definition is not None and (
            definition.query is not None or definition.outputs or definition.effects or definition.signatures
        ):
            return bound
        problem = next(iter(bound.script.problems), None) or next(iter(bound.problems), None)
        line = bound.rendered.source_line(problem.line) if problem is not None else None
        reason = problem.message if problem is not None else _makes_nothing(bound.model)
        return BoundModel(
            model=bound.model, rendered=bound.rendered, script=bound.script, reason=reason, line=line,
            uses=bound.uses, foreign=bound.foreign, refers=bound.refers,
        )  # fmt: skip


def is_declared(model: Model) -> bool:
    """Tell whether a model is a declaration in YAML or CSV, with no SQL of its own to bind."""
    return model.kind.is_declared or (
        model.kind is ModelKind.TEST and not (is_sql(model.path) or ending_of(model.path) == ".js")
    )


def _unbound(model: Model, rendered: Rendered) -> BoundModel:
    reason = None if rendered.sql is not None else rendered.problem or "it has no SQL"
    return BoundModel(model=model, rendered=rendered, reason=reason)


def _closed_columns(bound: BoundModel) -> tuple[Column, ...] | None:
    definition = bound.definition
    return (
        _with_declared_types(definition.columns, bound.model) if definition and definition.is_closed else None
    )


def _makes_nothing(model: Model) -> str:
    if model.relation is None:
        return "it makes no relation: what its statements do (a function, a grant) is not compared"
    return "it holds no statement that makes its relation"


def _defined(script: Script, model: Model, compared_as: RelationName | None) -> Definition | None:
    """Fold the script for the model's relation. Where rows are brought to what was renamed, its old name is the target."""
    if model.kind is ModelKind.FUNCTION and model.relation is not None:
        return routines(script).get(model.relation)
    if model.makes_nothing:
        return Definition(dialect=script.dialect)
    temporary = {name for s in script.statements if s.kind == "create" and s.temporary for name in s.targets}
    names_targets = any(set(s.targets) - temporary for s in script.statements if s.kind not in OF_ROUTINES)
    if not names_targets:
        return define(script)
    return define(script, model.relation) or (
        define(script, compared_as) if compared_as is not None else None
    )


def _keys(model: Model) -> frozenset[frozenset[str]]:
    unique = (each.columns for each in model.constraints if each.kind is ConstraintKind.UNIQUE)
    return frozenset(frozenset(columns) for columns in unique if columns)


def _with_declared_types(columns: tuple[Column, ...], model: Model) -> tuple[Column, ...]:
    """A declared type says what the SQL alone can't; where both are known, the SQL is what is built."""
    declared = {column.name: column.type for column in model.columns}
    return tuple(replace(each, type=each.type or declared.get(each.name)) for each in columns)
