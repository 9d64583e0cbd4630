"""The bound query: relational algebra with every name resolved, free of sqlglot.

`bind` makes it from a parsed statement; `lineage` and `canonical` read it. Aliases, qualification, ordinals,
stars and CTE names are gone: a column is a reference to a *source* (one occurrence of a relation in a FROM
clause) by its number, unique in one binding. A query used twice (a CTE) is one shared object.
"""

from collections.abc import Callable, Collection, Iterator

from contract_gate.core.relation import Column, Fields, RelationName
from contract_gate.core.values import dataclass, field, replace
from contract_gate.sql.keys import TableConstraint


@dataclass(frozen=True, slots=True)
class Term:
    """An expression. `slots` names the argument that each of `args` is, in sqlglot's words (`this`, `expression`…).

    Leaves and special operators:

    * `column`: `value` is the column's name, `source` the source's number
    * `unresolved`: a name that no source is known to have (`value`); see `Problem`
    * `any_column`: a name that one of several open sources has, unknown which (`value`)
    * `star`: all columns of `source` that are not known by name; `value` lists exceptions; with an argument it is
      all fields of that struct; a bare `star` with source 0 is the `*` of `count(*)`
    * `row`: a whole row of `source` as one value
    * `string`, `number`, `null`, `boolean`, `word` (a bare keyword such as a date part): `value` is the text
    * `scalar`, `exists`, `in_query`, `array_query`…: a subquery, in `query` (its operands in `args`)
    * `window`: `args` in slots `this`, `partition_by`*, `order`*, `spec`
    * `aggregate_filter`, `case`, `cast` (`value` is the type), `field` (struct access, `value` is the name)
    * any other: the operator's or function's name in lower case, `value` holding its flags. `routine`: the function of the
      repository that it calls, whose value it has; `fields`: those of a called function's value, where they are known
    """

    op: str
    args: tuple["Term", ...] = ()
    slots: tuple[str, ...] = ()
    value: str = ""
    source: int = 0
    query: "Query | None" = None
    routine: RelationName | None = field(default=None, compare=False)
    fields: Fields | None = field(default=None, compare=False)

    def argument(self, slot: str) -> "Term | None":
        """Give the first argument in this slot."""
        return next((arg for arg, name in zip(self.args, self.slots, strict=True) if name == slot), None)

    def arguments(self, slot: str) -> tuple["Term", ...]:
        """Give all arguments in this slot, in order."""
        return tuple(arg for arg, name in zip(self.args, self.slots, strict=True) if name == slot)

    def walk(self) -> Iterator["Term"]:
        """Yield this term and all below it, outermost first, without entering subqueries."""
        stack = [self]
        while stack:
            term = stack.pop()
            yield term
            stack.extend(reversed(term.args))

    def over(self, args: tuple["Term", ...]) -> "Term":
        """Give this term over other arguments; itself where they are the very same."""
        same = all(new is old for new, old in zip(args, self.args, strict=True))
        return self if same else replace(self, args=args)

    def slotted(self) -> list[tuple["Term", str]]:
        """Give the arguments, each with its slot."""
        return list(zip(self.args, self.slots, strict=True))

    def of_slotted(self, pairs: Collection[tuple["Term", str]]) -> "Term":
        """Give this term with other arguments in other slots."""
        return replace(self, args=tuple(arg for arg, _ in pairs), slots=tuple(slot for _, slot in pairs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output column. An open star is one output with the name `*` and a `star` term.

    `line`, `column`: where it is written, in the bound text, counting from 1 (0: not written, from a star). `required`: a
    table declares it NOT NULL.
    """

    name: str
    term: Term
    type: str | None = None
    fields: Fields | None = None
    nullable: bool | None = None
    required: bool = False
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A stored relation is read. `known` are its columns if known; `closed`: there are no others; `lacking`: nor these;
    `written`: those whose very spelling is known; `primary`: its primary key, where one is declared.

    `keys`: sets of columns of which each value occurs once, as declared. `modifiers`: TABLESAMPLE, time travel,
    partition: whatever picks rows.
    """

    name: RelationName
    known: tuple[Column, ...] = ()
    closed: bool = False
    keys: frozenset[frozenset[str]] = frozenset()
    modifiers: tuple[Term, ...] = ()
    lacking: frozenset[str] = field(default=frozenset(), compare=False)
    written: frozenset[str] = field(default=frozenset(), compare=False)
    primary: frozenset[str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFunction:
    """Rows made by an expression: UNNEST, FLATTEN, generate_series, LATERAL VIEW, VALUES (op `values`).

    Its terms may read sources to its left. `known`: its columns; not `closed` where they can't be known.
    """

    term: Term
    known: tuple[Column, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshape:
    """PIVOT, UNPIVOT, MATCH_RECOGNIZE: a relation made of another's rows. Terms refer to `input` by its number.

    `passed` are the input's columns that keep their value (the implicit group of a pivot): the first of `known`, in
    order. The term's arguments in slot `made` say what each of the others is, where that is known.
    """

    input: "Source"
    term: Term
    known: tuple[Column, ...] = ()
    closed: bool = False
    passed: tuple[str, ...] = ()

    def origin(self, name: str) -> "str | Term | None":
        """Tell which column of the input a column is, or which term makes it; None where that is not known."""
        names = [column.name for column in self.known]
        place = names.index(name) if name in names else len(names)
        if place < len(self.passed):
            return self.passed[place]
        made = self.term.arguments("made")
        place -= len(self.passed)
        return made[place] if name in names and place < len(made) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfReference:
    """A recursive CTE reads itself. `id` is that of the `Recursive`."""

    id: int
    known: tuple[Column, ...] = ()


BRACKETED, INSIDE = " bracketed", " inside"
"""See `Source`; brackets in brackets have one for each pair."""
INNER = frozenset({"from", "inner", "cross"})
"""Joins that pad no row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One occurrence of a relation in FROM. `join`: `from`, `inner`, `cross`, `left`, `right`, `full`, `semi`,
    `anti`, or any other kind as written (`asof left`, `positional`, `natural …` is resolved to an ON).

    `on` is the condition (USING and NATURAL are already equalities). Of an outer join in brackets the first source has the
    kind by which all are joined with BRACKETED behind it, the others their own with INSIDE.
    """

    id: int
    relation: "Scan | TableFunction | Reshape | SelfReference | Query"
    join: str = "from"
    on: Term | None = None
    lateral: bool = False
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """One SELECT block. Conditions are conjunctions as written (one term each for WHERE, HAVING, QUALIFY).

    `group`: None without GROUP BY and without aggregates; `()` for an aggregate over all rows. `grouping`: the extra
    form (`rollup`, `cube`, `grouping sets`) as a term over the keys. `distinct`: None, `()` for DISTINCT, the
    terms for DISTINCT ON. `modifiers`: what else decides the rows (SAMPLE, CONNECT BY, LIMIT BY, a VALUES kind…).
    """

    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]
    where: Term | None = None
    group: tuple[Term, ...] | None = None
    grouping: Term | None = None
    having: Term | None = None
    qualify: Term | None = None
    distinct: tuple[Term, ...] | None = None
    order: tuple[Term, ...] = ()
    limit: Term | None = None
    offset: Term | None = None
    modifiers: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOperation:
    """UNION, INTERSECT, EXCEPT. `outputs`: the names; each term is a `column` of source 0 with the position as value.

    `by_name`: columns are matched by name and `columns[i]` gives, for each output, its position in left and right
    (None: NULL); otherwise all positions are alike.
    """

    kind: str
    all: bool
    left: "Query"
    right: "Query"
    outputs: tuple[Output, ...]
    by_name: bool = False
    columns: tuple[tuple[int | None, int | None], ...] = ()
    order: tuple[Term, ...] = ()
    limit: Term | None = None
    offset: Term | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recursive:
    """A recursive CTE: `query` (a SetOperation) reads itself through `SelfReference`s with this `id`."""

    id: int
    query: "Query"
    outputs: tuple[Output, ...]


Query = Select | SetOperation | Recursive


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a statement that does not bind, or is not understood.

    `kind`: `syntax`, `unsupported`, `unknown-column`, `ambiguous-column`, `unknown-alias`, `column-count`, `type-mismatch`,
    `ungrouped-column`, `misplaced-aggregate`, `misplaced-order`, `doubled-column`, `lateral-alias`, `cycle`, `required-column`, `given-column`, `altered-column`
    (an ALTER names one that is not there: it may have run, so that only who saw it there feels it). `proven`: in every engine of the dialect the statement fails (all relations that it
    could have come from are closed). `relations`, `name`: the candidates and the column that is missing. `keyword`: it
    may be no column at all but a word that a function takes.
    """

    kind: str
    message: str
    line: int = 1
    column: int = 1
    proven: bool = False
    name: str = ""
    relations: tuple[RelationName, ...] = ()
    keyword: bool = False

    @property
    def is_unread(self) -> bool:
        """Tell whether it is of a part that is not understood, so that nobody knows what that does."""
        return self.kind in ("syntax", "unsupported")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A place where the text reads a column of a stored relation (`column` is None: the relation, or `*`).

    `star`: read through `*`, so a new column would be read too. `reference`: a foreign key names it, and reads no row.
    """

    relation: RelationName
    column_name: str | None
    line: int
    column: int
    star: bool = False
    reference: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseName:
    """A place where a column's name binds, and no source of its own FROM is known to have it.

    `outer`: a query around it has it. Otherwise only a relation whose columns nobody lists may.
    """

    name: str
    line: int
    column: int
    outer: bool = False


RESULT = "result"
"""The name of the one column of a function that gives a value: what its callers read of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """An argument that a function takes. `name` is None where it has none; `default`: what a call that leaves it out gives."""

    name: str | None = None
    type: str | None = None
    default: str | None = None
    variadic: bool = False

    def __str__(self) -> str:
        words = ("VARIADIC" if self.variadic else "", self.name or "", self.type or "")
        given = f" = {self.default}" if self.default is not None else ""
        return " ".join(word for word in words if word) + given


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How a function is called, and whether it gives rows or one value.

    `of_row`: the columns that a trigger's function names of the row that fires it; `is_only`: none of the same name can stand beside it.
    """

    parameters: tuple[Parameter, ...] = ()
    is_table: bool = False
    of_row: frozenset[str] = field(default=frozenset(), compare=False)
    is_only: bool = field(default=False, compare=False)

    def takes(self, count: int, named: Collection[str] = ()) -> bool:
        """Tell whether a call with so many arguments, some of them by these names, fits."""
        names = {parameter.name for parameter in self.parameters}
        if named and not set(named) <= names:
            return False
        by_place = count - len(named)
        left = [p for p in self.parameters[by_place:] if p.default is None and not p.variadic]
        most = len(self.parameters)
        fits = count <= most or any(p.variadic for p in self.parameters)
        return fits and all(p.name in named for p in left)

    @property
    def types(self) -> tuple[str | None, ...]:
        """Give the types of the arguments, by which functions of one name are told apart."""
        return tuple(parameter.type for parameter in self.parameters)

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.parameters))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """A function that a text may call: its full name, the ways to call it and what it gives.

    `query` (rows) or `body` (a value) say how, where the script itself makes it; elsewhere both are None. `is_type`: it is a
    type, with attributes or (`has_attributes` is false) of a single value; `constraints` are a domain's.
    """

    name: RelationName
    signatures: tuple[Signature, ...] = ()
    columns: tuple[Column, ...] = ()
    closed: bool = False
    query: "Query | None" = None
    body: Term | None = None
    is_type: bool = False
    has_attributes: bool = False
    constraints: "tuple[TableConstraint, ...]" = ()

    @property
    def is_table(self) -> bool:
        """Tell whether it gives rows."""
        return any(signature.is_table for signature in self.signatures)

    @property
    def value_fields(self) -> Fields | None:
        """Give the fields of its value: those of the one that it gives, or of a whole row of it."""
        if len(self.signatures) != 1 or self.is_type:
            return None
        if self.is_table or len(self.columns) > 1:
            return Fields(self.columns) if self.closed and self.columns else None
        return self.columns[0].fields if len(self.columns) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A place where a text calls a function by name. `is_known`: the repository or the script makes it; `count`: with so many
    arguments, None where that is not said.
    """

    name: RelationName
    line: int
    column: int
    is_known: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is known of a stored relation: its full name, its columns in order, and whether these are all (`closed`).

    `lacking`: columns that it surely does not have, where these may not be all; `written`: those that a statement of the same
    dialect names itself, so that their quotes and their case are known.
    """

    name: RelationName
    columns: tuple[Column, ...] = ()
    closed: bool = False
    keys: frozenset[frozenset[str]] = frozenset()
    lacking: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    primary: frozenset[str] | None = None
    constraints: tuple[TableConstraint, ...] = ()


Lookup = Callable[[RelationName], Shape | None]
"""Find a stored relation by the name a text gives it; None: nobody knows it (an open relation)."""

RoutineLookup = Callable[[RelationName], Routine | None]
"""Find a function by the name that a text calls it by; None: nobody knows it."""

Mention = Callable[[RelationName], RelationName]
"""Give the full name of a relation that a text names without reading it: its columns are not asked for."""
