"""What one run of the binder shares: the dialect, the look-up, the counter of sources, what was read and what failed."""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError

from contract_gate.core.relation import Column, RelationName, standing
from contract_gate.core.values import dataclass, field, replace
from contract_gate.sql.algebra import (
    Call,
    Lookup,
    LooseName,
    Mention,
    Problem,
    Query,
    Read,
    Routine,
    RoutineLookup,
    Shape,
)
from contract_gate.sql.families import MYSQL, POSTGRES, TSQL
from contract_gate.sql.keys import Need, NeedKind, is_held
from contract_gate.sql.names import column_name, looked_up, relation_name
from contract_gate.sql.parsing.disambiguation import DOUBLES
from contract_gate.sql.query.scope import Scope
from contract_gate.sql.types import upper_type

_LINE_END = re.compile("\n")


@dataclass(slots=True)
class Cte:
    """A named query that a FROM may read; `columns` renames its outputs."""

    query: Query


@dataclass(slots=True)
class Binding:
    """The state of binding one script. `temporary` and `made` hold what its own statements made, by name, `altered` what they altered
    of others; `views` are the temporary ones that are views, `declared` what columns the others list.

    `made_in`: the schema of what it makes under no other. `variables`: names that the script declares (BigQuery), which an expression may use like columns.
    `settings`: what the script last set each variable to, as text; `session`: the settings that decide what a query gives. `placeholder`: how names begin that stand for
    what a template could not fill in ("": there are none). `routines`: the functions that the script makes; `parameters`:
    those of the function whose body is bound, with what each is called by its place. `as_compared` gives what the script made
    under the names that its readers are compared by.
    """

    dialect: str
    lookup: Lookup
    text: str
    default_database: str | None = None
    default_schema: str | None = None
    made_in: str | None = None
    temporary: dict[RelationName, Query] = field(default_factory=dict)
    declared: dict[RelationName, tuple[Column, ...]] = field(default_factory=dict)
    views: set[RelationName] = field(default_factory=set)
    made: dict[RelationName, Shape] = field(default_factory=dict)
    altered: dict[RelationName, Shape] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    loose: list[LooseName] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    scanned: dict[RelationName, None] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    settings: dict[str, str] = field(default_factory=dict)
    session: dict[str, str] = field(default_factory=dict)
    placeholder: str = ""
    last_id: int = 0
    mention: Mention = lambda name: name
    lookup_routine: RoutineLookup = lambda _name: None
    as_compared: Callable[[Shape], Shape] = lambda shape: shape
    routines: dict[RelationName, Routine] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    bind_query: Callable[["Binding", exp.Expr, dict[str, Cte], Scope | None], Query] | None = None
    bind_change: Callable[["Binding", exp.Expr, dict[str, Cte]], Query] | None = None
    _line_starts: list[int] = field(default_factory=list)

    @contextmanager
    def beside(self, names: Collection[str]) -> Iterator[None]:
        """Let names mean variables for a while: those that the code around a statement declares."""
        before = self.variables
        self.variables = before | set(names)
        try:
            yield
        finally:
            self.variables = before | (self.variables - set(names))

    def next_id(self) -> int:
        """Give a number that no other source of this binding has."""
        self.last_id += 1
        return self.last_id

    def name(self, identifier: exp.Expr) -> str:
        """Fold an identifier that names a column, an alias or a CTE."""
        return column_name(identifier, self.dialect)

    def relation(self, table: exp.Table) -> RelationName:
        """Give the full name of a stored relation, as far as it is known, or the one by which the script made it."""
        name = relation_name(table, self.dialect).qualified(self.default_database, self.default_schema)
        return looked_up(name, self.dialect, self.made_in, self.temporary, self.made)

    def creation(self, table: exp.Table) -> RelationName:
        """Give the full name of a relation that is made to last, as far as it is known."""
        return self.relation(table).qualified(self.default_database, self.made_in)

    def existing(self, table: exp.Table) -> RelationName:
        """Give the name of a relation that must be there: what the script made, whatever parts either name leaves out."""
        name = self.relation(table)
        return name if name in self.temporary else standing(name, self.made)

    def stored(self, name: RelationName) -> Shape | None:
        """Give what is known of a stored relation: as the script made or altered it, or as others say."""
        return (
            self.made.get(name) or self.altered.get(name) or self.lookup(name) or self._without_schema(name)
        )

    def _without_schema(self, name: RelationName) -> Shape | None:
        """Give what another script makes under no schema: it may run under the same one that is set here."""
        if self.default_schema is None or name.parts[:-1] != (self.default_schema,):
            return None
        shape = self.lookup(RelationName(name.parts[-1:]))
        return shape if shape is not None and len(shape.name.parts) == 1 else None

    def read_as(self, name: RelationName) -> Shape | None:
        """Give what is known of a stored relation that is read, under the names that it is compared by."""
        shape = self.stored(name)
        return self.as_compared(shape) if shape is not None else None

    def position(self, node: exp.Expr | None) -> tuple[int, int]:
        """Give line and column (from 1) where a node is written: those of its first identifier; (0, 0) if unknown."""
        if node is None:
            return 0, 0
        if isinstance(node, (exp.Identifier, exp.Star, exp.Command)) and isinstance(
            node.meta.get("start"), int
        ):
            return self.at(node.meta["start"])
        # A star that nobody wrote (`FROM t`) stands at 0 with the parser, where no written one can stand.
        starts = [
            found.meta["start"]
            for found in node.find_all(exp.Identifier, exp.Star, bfs=False)
            if isinstance(found.meta.get("start"), int) and (found.meta["start"] or not found.is_star)
        ]
        return self.at(min(starts)) if starts else (0, 0)

    def at(self, offset: int) -> tuple[int, int]:
        """Turn an offset in the text into line and column, counting from 1."""
        if not self._line_starts:
            self._line_starts = [0, *(found.end() for found in _LINE_END.finditer(self.text))]
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def is_placeholder(self, name: str) -> bool:
        """Tell whether a name stands for something that is not known, in whole or in part."""
        return bool(self.placeholder) and self.placeholder in name.lower()

    def report(
        self,
        kind: str,
        message: str,
        node: exp.Expr | None = None,
        proven: bool = False,
        name: str = "",
        relations: tuple[RelationName, ...] = (),
        *,
        keyword: bool = False,
    ) -> None:
        """Note that something does not bind or is not understood."""
        line, column = self.position(node)
        self.problems.append(
            Problem(
                kind=kind, message=message, line=max(line, 1), column=max(column, 1),
                proven=proven and not self.is_placeholder(name), name=name, relations=relations, keyword=keyword,
            )
        )  # fmt: skip

    def read(
        self,
        relation: RelationName,
        column: str | None,
        node: exp.Expr | None,
        star: bool = False,
        reference: bool = False,
    ) -> None:
        """Note that the text reads a column of a stored relation (None: the relation itself)."""
        line, position = self.position(node)
        self.reads.append(
            Read(
                relation=relation, column_name=column, line=max(line, 1), column=max(position, 1), star=star,
                reference=reference,
            )
        )  # fmt: skip

    def ask(
        self,
        kind: NeedKind,
        relation: RelationName,
        node: exp.Expr | None,
        *,
        columns: Collection[str] = (),
        name: str = "",
        met: bool = False,
    ) -> None:
        """Note that the text asks for more of a table than its columns; `met`: it is known to have it, whatever it declares."""
        line, position = self.position(node)
        need = Need(
            kind=kind, relation=relation, columns=frozenset(columns), name=name, line=max(line, 1),
            column=max(position, 1),
        )  # fmt: skip
        shape = self.stored(relation)
        held = shape.constraints if shape is not None else ()
        self.needs.append(replace(need, met=met or is_held(need, held)))

    def assume(self, name: str, node: exp.Expr, outer: bool = False) -> None:
        """Note that no source of the block itself is known to have this column."""
        line, column = self.position(node)
        self.loose.append(LooseName(name=name, line=max(line, 1), column=max(column, 1), outer=outer))

    def forget(self) -> None:
        """Begin the notes of another statement."""
        self.reads, self.loose, self.problems, self.scanned = [], [], [], {}
        self.calls, self.needs = [], []

    def subquery(self, node: exp.Expr, ctes: dict[str, Cte], scope: Scope | None) -> Query:
        """Bind a query inside another."""
        assert self.bind_query is not None  # noqa: S101 - a Binding is made by bind.bind_script
        return self.bind_query(self, node, ctes, scope)

    def read_subqueries(self, node: exp.Expr) -> None:
        """Bind the outermost queries in a statement that is none of those known, for what they read."""
        for query in node.find_all(exp.Query, bfs=False):
            if query.find_ancestor(exp.Query) is None:
                self.subquery(query, {}, None)


_DISPLAY_WIDTH = re.compile(r"\b((?:SMALL|MEDIUM|BIG)?INT(?:EGER)?)\(\d+\)")
"""How wide MySQL's clients show a number says nothing of its values; TINYINT(1) is how it spells BOOLEAN.
https://dev.mysql.com/doc/refman/8.4/en/numeric-type-attributes.html"""


def type_text(node: exp.Expr, dialect: str) -> str:
    """Spell a type in the dialect, upper case but for the values of an enumeration."""
    if dialect in TSQL and isinstance(node, exp.DataType) and node.this is exp.DataType.Type.FLOAT:
        return "REAL"  # sqlglot writes FLOAT for both
    if dialect == "redshift" and isinstance(node.parent, exp.ColumnDef) and node.is_type("text"):
        # sqlglot writes VARCHAR(MAX): https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
        return "VARCHAR(256)"
    spelled = upper_type(node.sql(dialect=dialect or None))
    if dialect in _FLOATS and (bits := _BITS.fullmatch(spelled)) is not None:
        return _FLOATS[dialect][int(bits[1]) > _BITS_OF_REAL]
    return _DISPLAY_WIDTH.sub(r"\1", spelled) if dialect in MYSQL else spelled


_BITS = re.compile(r"(?:FLOAT|DOUBLE)\((\d+)\)")
_BITS_OF_REAL = 24
_FLOATS = {
    **dict.fromkeys(TSQL, ("REAL", "FLOAT")), **dict.fromkeys(MYSQL, ("FLOAT", "DOUBLE")),
    **dict.fromkeys(POSTGRES, ("REAL", "DOUBLE PRECISION")),
}  # fmt: skip
"""What FLOAT(n) is: a number of four bytes or of eight. https://www.postgresql.org/docs/current/datatype-numeric.html"""


@lru_cache(maxsize=4096)
def type_node(text: str, dialect: str) -> exp.DataType | None:
    """Read a type in the dialect's spelling; None where it can't be read. Shared: copy before changing it."""
    try:
        node = exp.DataType.build(text, dialect=dialect or None, udt=True)
    except SqlglotError:
        return None
    if node.this is exp.DataType.Type.FLOAT and text.lower().startswith(tuple(DOUBLES.get(dialect, ()))):
        node.set("this", exp.DataType.Type.DOUBLE)
    return node


@lru_cache(maxsize=4096)
def expression_node(text: str, dialect: str) -> exp.Expr | None:
    """Read an expression in the dialect's spelling; None where it can't be read. Shared: copy before changing it."""
    try:
        return exp.maybe_parse(text, dialect=dialect or None)
    except SqlglotError:
        return None


def respelled(columns: tuple[Column, ...], dialect: str) -> tuple[Column, ...]:
    """Spell declared types as the dialect does, so that one type has one spelling (`INT` is `INT64` in BigQuery)."""
    return tuple(replace(column, type=_respelled(column.type, dialect)) for column in columns)


def _respelled(text: str | None, dialect: str) -> str | None:
    node = type_node(text, dialect) if text else None
    return text if node is None else type_text(node, dialect)
