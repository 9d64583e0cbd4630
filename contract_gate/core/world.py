"""A world: the repository's models as they stand at one revision. Values and the interface; `workspace/` fills it."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from contract_gate.core.relation import Column, Location, RelationName, caseless
from contract_gate.core.values import dataclass, field


class ModelKind(StrEnum):
    """What a declaration in the repository is. Sources have no SQL; exposures, tests and operations make no relation.

    A reader is what reads in a file of another kind (a notebook, a dashboard). A function's `relation` is the name that it is called by: it is found by `find_routine`, never read as a relation.
    """

    MODEL = "model"
    SEED = "seed"
    SNAPSHOT = "snapshot"
    SOURCE = "source"
    EXPOSURE = "exposure"
    TEST = "test"
    METRIC = "metric"
    OPERATION = "operation"
    FUNCTION = "function"
    SCRIPT = "script"
    READER = "reader"

    @property
    def noun(self) -> str:
        """Give what reports call a consumer of this kind."""
        return _NOUNS.get(self, "model")

    @property
    def makes_nothing(self) -> bool:
        """Tell whether it is statements that make no relation: they read, and nothing reads them."""
        return self in (ModelKind.SCRIPT, ModelKind.READER)

    @property
    def is_built(self) -> bool:
        """Tell whether its own query makes its relation."""
        return self in (ModelKind.MODEL, ModelKind.SNAPSHOT)

    @property
    def is_declared(self) -> bool:
        """Tell whether it stands in YAML or CSV, with no SQL of its own to bind."""
        return self in _DECLARED


_NOUNS = {
    ModelKind.EXPOSURE: "exposure", ModelKind.TEST: "test", ModelKind.METRIC: "metric",
    ModelKind.OPERATION: "script", ModelKind.SCRIPT: "script", ModelKind.FUNCTION: "function",
}  # fmt: skip
_DECLARED = frozenset(
    {ModelKind.SOURCE, ModelKind.SEED, ModelKind.EXPOSURE, ModelKind.METRIC, ModelKind.OPERATION}
)


class ConstraintKind(StrEnum):
    UNIQUE = "unique"
    NOT_NULL = "not_null"
    ACCEPTED_VALUES = "accepted_values"
    RELATIONSHIPS = "relationships"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What the project declares of its data (a dbt test, a contract's constraint, a primary key).

    `values`: the accepted values. `to`: the parent relation and its column, for relationships.
    """

    kind: ConstraintKind
    columns: tuple[str, ...]
    values: tuple[str, ...] = ()
    to: tuple[RelationName, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A constraint of a contract that the warehouse checks: dbt's type of it, its columns, a check's expression."""

    type: str
    columns: tuple[str, ...] = ()
    expression: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """How long something that goes out of use is promised: through the day `until` (ISO 8601). `column`: None for all of the relation.

    `said_at` is the file, and where it is known the line, that says so; `reason` why, or what to use instead.
    """

    until: str
    said_at: str
    column: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldColumn:
    """A column that a data contract promises, at `line` of its file. `is_logical`: the type is the contract's word, not an engine's."""

    name: str
    line: int
    type: str | None = None
    is_logical: bool = False
    required: bool = False
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract that dbt enforces; its columns are the model's declared ones.

    `checked`: its constraints that the warehouse refuses rows for. `has_constraints`: it has any at all. `version`: the
    model's, None where it has none. `retires`: it has a date from which on nobody may count on it.
    """

    checked: tuple[Promise, ...] = ()
    has_constraints: bool = False
    version: str | None = None
    retires: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRead:
    """A column that a declaration names in YAML (a test, a semantic model, a unit test): of which model, and where.

    `path` is the file of `line`, None where it is the declaration's own. `item` is the measure or dimension of a semantic
    model that reads it; where `key` is a semantic model's, `column` names one of those.
    """

    key: str
    column: str
    line: int
    path: str | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One declaration: a model, seed, snapshot, source table, exposure, test or metric.

    `key` stays the same between revisions while the thing is the same (`model.shop.orders`,
    `file:dataset/table/query.sql#dataset.table`). `relation` is None where nothing is materialised
    (exposures, tests). `columns` are the declared ones; `closed` tells that there are no others (a seed's
    header, an enforced contract). `depends_on` holds keys that are declared in YAML (an exposure's); what the SQL
    reads is found by binding it. `reads` are the columns that its YAML names. `line` is where it is declared in `path`.
    `merging` says how new rows are merged into those of earlier runs, None where it is built anew each time; `hooks` are
    statements that run beside it and may change rows. `content` is a digest of what decides its rows and can't be bound (a
    seed's rows, a Python model's code).
    `definitions` are the parts of a semantic model or metric: name ("" for all of it), what decides its values, line.
    `on_schema_change` is dbt's setting of an incremental model (None where it is not one); SQLMesh may `refuse` to lose a column. `access` and `group` say who may
    refer to it. `noun`: what a reader is called in reports, where its kind does not say it; `held_to`: the columns that it holds
    the relation to (a data contract). `declared_at` is the place of its YAML, which two models may differ in and be the same; so may
    they in `tags` and in `promised`, what is deprecated of them.
    """

    key: str
    kind: ModelKind
    name: str
    path: str
    line: int = 1
    dialect: str = ""
    relation: RelationName | None = None
    materialization: str | None = None
    columns: tuple[Column, ...] = ()
    closed: bool = False
    depends_on: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    owners: tuple[str, ...] = ()
    url: str | None = None
    reads: tuple[ColumnRead, ...] = ()
    on_schema_change: str | None = None
    merging: str | None = None
    hooks: tuple[str, ...] = ()
    content: str | None = None
    contract: Contract | None = None
    access: str | None = None
    group: str | None = None
    noun: str | None = None
    held_to: tuple[HeldColumn, ...] = ()
    definitions: tuple[tuple[str, str, int], ...] = ()
    declared_at: Location | None = field(default=None, compare=False)
    tags: tuple[str, ...] = field(default=(), compare=False)
    promised: tuple[Promised, ...] = field(default=(), compare=False)

    @property
    def makes_nothing(self) -> bool:
        """Tell whether it is statements that make no relation: a script, a reader in another file, an operation of Dataform."""
        return self.kind.makes_nothing or (self.kind is ModelKind.MODEL and self.relation is None)


PLACEHOLDER = "unknown_"
"""Begins each name that stands in rendered SQL for what a template could not fill in."""


class NamePart(StrEnum):
    """The parts of a relation's name."""

    DATABASE = "database"
    SCHEMA = "schema"
    NAME = "name"


PLACES = (NamePart.DATABASE, NamePart.SCHEMA, NamePart.NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """A word that stands in names of relations for what nobody knows, in lower case.

    `part` is the one part that it stands in, None for any. `setting` is the key of the configuration that says it.
    """

    word: str
    setting: str
    part: NamePart | None = None

    def stands_in(self, part: str, place: NamePart) -> bool:
        """Tell whether the word is in a part of a name: alone, or joined to what is known by `_`."""
        return (self.part is None or self.part is place) and f"_{self.word}_" in f"_{part}_"


class HoleKind(StrEnum):
    """What could not be known: a macro's output, what a call gives that does not fit its macro, a source or ref that nothing
    declares or that is computed, a variable's value, rows that only the warehouse has, code that is not run; or how the text
    of a file was read.
    """

    MACRO = "macro"
    CALL = "call"
    SOURCE = "source"
    REF = "ref"
    VARIABLE = "variable"
    QUERY = "query"
    CODE = "code"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """One thing that could not be known when SQL was made. Rules ask for `kind` and `name`; `told` is for people.

    `reads_any`: it stands where it may read any column that the query around it can, and nothing in the SQL says so.
    """

    kind: HoleKind
    told: str
    name: str = ""
    reads_any: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A model's SQL after its templates ran. `lines[i]` is the source line that rendered line `i + 1` is from.

    `problem` says why there is no SQL (then `sql` is None); `holes` are what could not be known and was rendered empty or
    as a placeholder. `reads` are relations the template named (`ref`, `source`), even where the
    SQL can't be parsed. `missing` are the names of models that it asked for and the repository does not have (any more):
    in dbt that is an error, unless a package brings them. `refused` are the models (by key) that it may not refer to, and why.
    """

    sql: str | None
    lines: tuple[int, ...] = ()
    holes: tuple[Hole, ...] = ()
    problem: str | None = None
    reads: tuple[RelationName, ...] = ()
    missing: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    past: tuple[tuple[int, int], ...] = ()
    """First and last lines of the statements that a migration ran once: they bound when it ran, and don't run again."""
    follows: str | None = None
    """The folder of the migrations whose renames it follows, because its engine keeps it by what it reads: a rule, a policy, BEGIN ATOMIC."""
    late: tuple[tuple[int, int], ...] = ()
    """First and last lines of what procedures do to rows: they run when they are called, behind all others."""
    elsewhere: tuple[tuple[str, int] | None, ...] = ()
    """The file and line that a rendered line is from, where it is another file than the model's own."""
    beside: frozenset[str] = frozenset()
    """The words of the code around a reader's queries, which handles what they give, or that writes parts of a model's, in lower case."""
    variables: tuple[tuple[int, frozenset[str]], ...] = ()
    """The names, in lower case, that code around a statement declares which does not stand in `sql`, by the statement's line (0: of all)."""
    unread: str = ""
    """A digest of the file that gave no SQL: where it differs the model was edited, though the problem is the same."""

    asks: str | None = None
    """A digest of the template's code, where that goes by answers of the warehouse: what renders alike may be other SQL."""

    @property
    def unfilled(self) -> tuple[Hole, ...]:
        """Give what code or a query would have filled in: what stands in for two of them may be alike."""
        return tuple(hole for hole in self.holes if hole.kind in (HoleKind.CODE, HoleKind.QUERY))

    @property
    def notes(self) -> tuple[str, ...]:
        """Give what people are told of the holes."""
        return tuple(hole.told for hole in self.holes)

    def source_line(self, line: int) -> int:
        """Translate a line of the rendered SQL to one of the model's file."""
        if not self.lines:
            return line
        return self.lines[min(max(line, 1), len(self.lines)) - 1]

    def from_elsewhere(self, line: int) -> tuple[str, int] | None:
        """Give the other file, and its line, that a line of the rendered SQL is from; None: it is the model's own."""
        return self.elsewhere[line - 1] if 1 <= line <= len(self.elsewhere) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """SQL that a declaration makes run beside its query, or a key that its settings name, written as a query.

    `what` says what it is in the words of a sentence (`its post-hook`, `its unique_key`), once a declaration. `line` of
    `path` is where it is written. `holes` and `missing` are those of `Rendered`. `runs`: the model does not build without
    it; otherwise the project only says it of the model, and something else may count on it. `builds`: it is the model's
    own query under other settings than those it is read by; `lines` are then those of `Rendered`. `variables`: names that code
    beside it declares.
    """

    what: str
    sql: str
    path: str
    line: int
    holes: tuple[Hole, ...] = ()
    missing: tuple[str, ...] = ()
    runs: bool = True
    builds: bool = False
    lines: tuple[int, ...] = ()
    variables: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedStep:
    """A statement of a migration that its engine refuses when it runs, why, and the relations that this is about."""

    path: str
    line: int
    message: str
    relations: tuple[RelationName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedDeclaration:
    """What keeps a whole project from being built: where it stands, why, and the declaration (`key`) that it is about, where it is of one.

    `project` is its name, `setup` the file that makes it one.
    """

    path: str
    line: int
    message: str
    key: str | None = None
    project: str = ""
    setup: str = ""


class World(Protocol):
    """The models at one revision; what is rendered is rendered when first asked for, and kept."""

    @property
    def revision(self) -> str:
        """Give the commit's SHA, `index` or `working-tree`."""

    @property
    def models(self) -> Mapping[str, Model]:
        """Give every declaration by its key."""

    @property
    def problems(self) -> Mapping[str, str]:
        """Give files that should declare models and could not be read: path → reason."""

    def is_unreadable(self, path: str) -> bool:
        """Tell whether nobody knows what a file declares: it, or the file that sets up its project, can't be read."""

    def has_file(self, path: str) -> bool:
        """Tell whether the revision has a file that is not ignored."""

    def perhaps_made_by(self, name: RelationName) -> frozenset[tuple[str, str]]:
        """Give the files of code that may make a relation, though nobody knows which ones they make: (path, digest)."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Give what a report should know of the reading; some of it is known only after rendering."""

    def limits(self, touched: Collection[str]) -> frozenset[str]:
        """Give those of the notes that may matter to a change of these keys, which another revision may have."""

    def is_of_dbt(self, key: str) -> bool:
        """Tell whether dbt makes it: its key is dbt's `unique_id`, and others refer to it by `ref` or `source`."""

    def rendered(self, key: str) -> Rendered:
        """Give the model's SQL. Never raises for what is in the repository: see `Rendered.problem`."""

    def incremental(self, key: str) -> Rendered | None:
        """Give the SQL of an incremental run where it differs from a full build's, else None."""

    def defines(self, key: str, path: str, hole: Hole) -> bool:
        """Tell whether the project of a declaration, or a package that is here, defines the macro or variable that a hole is of.

        Of a declaration that is not here it is the project of dbt that its path lies in.
        """

    def companions(self, key: str) -> tuple[Companion, ...]:
        """Give what names columns beside the declaration's query: its hooks, keys, audits, a test's expressions."""

    def placement(self, key: str) -> RelationName | None:
        """Give the model's relation with what the environment alone decides (a profile's target) taken out."""

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give the keys whose text names any of these models directly: may hold too many, never too few."""

    def naming(self, relation: RelationName) -> set[str]:
        """Give the keys whose text names a relation, whoever makes it: may hold too many, never too few."""

    def find(self, name: RelationName, reader: str | None = None) -> Model | None:
        """Give the model that makes this relation, as `reader` would resolve it; None for a foreign table."""

    def find_routine(self, name: RelationName, reader: str | None = None) -> Model | None:
        """Give the function that a text of `reader` calls by this name; None where the repository makes none."""

    def refused_steps(self, key: str) -> tuple[RefusedStep, ...]:
        """Give the steps of migrations about this relation that their engine refuses; none where nothing migrates."""

    def knows_reads(self, keys: Sequence[str]) -> bool:
        """Tell whether who builds these models, each of which reads the next, knows that it does: a circle of them can't be built."""

    def nameless(self) -> Collection[str]:
        """Give the keys of the models that work out which table they read: their text may not hold its name."""

    def rivals(self, name: RelationName, reader: str) -> Collection[str]:
        """Give the keys of the other models that the name may mean just as well."""


def meant(names: Sequence[str], models: Mapping[str, Model]) -> list[str]:
    """Give the keys of the models that a person means: of `names` (a name, relation or path each) the first that any has counts."""
    found = (
        [key for key, one in models.items() if is_called(name, str(one.relation), one.name, one.path, key)]
        for name in names
    )
    return next((keys for keys in found if keys), [])


def is_called(name: str, relation: str, *names: str) -> bool:
    """Tell whether a person means what has this relation, or one of these names; case and quotes are no matter, nor what stands before the last parts."""
    asked, whole = (".".join(map(caseless, each.strip().split("."))) for each in (name, relation))
    return whole == asked or whole.endswith(f".{asked}") or asked in map(str.lower, names)
