"""What stands in a schema as migrations run, and what an engine holds of it: columns by keys, indexes and storage, keys by the
foreign keys that need them. Tried in PostgreSQL 15, DuckDB and SQLite; the others as their documentation says.
"""

import re
from collections.abc import Iterable, Iterator

from contract_gate.core.relation import Column, RelationName
from contract_gate.core.values import dataclass, field
from contract_gate.sql.algebra import Select, TableFunction
from contract_gate.sql.families import SPARK
from contract_gate.sql.keys import TableConstraint, is_called, is_key, primary_key
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.types import can_refer, is_of_one_kind, is_same_type, is_wider, stored_type


@dataclass(slots=True, kw_only=True)
class SchemaRelation:
    """A relation that is there. `reads`: the columns that a view holds (None: the relation itself); `types`: the names of the types that it may be made with; `keyed`: the columns that its rows are
    stored by; `indexes`: their columns, by their names. `is_told_whole`: no other table's keys, and no constraint of an unknown
    name, may be among its own. `has_rows`: a step has put some there.
    """

    name: RelationName
    columns: tuple[Column, ...] = ()
    closed: bool = False
    is_view: bool = False
    reads: set[tuple[RelationName, str | None]] = field(default_factory=set)
    types: set[RelationName] = field(default_factory=set)
    constraints: tuple[TableConstraint, ...] = ()
    indexes: dict[str, TableConstraint] = field(default_factory=dict)
    keyed: frozenset[str] = frozenset()
    is_told_whole: bool = True
    has_rows: bool = False


def brings_rows(statement: BoundStatement) -> bool:
    """Tell whether an INSERT surely brings rows: those of VALUES."""
    query = statement.query
    if not isinstance(query, Select) or query.where is not None:
        return False
    return all(isinstance(source.relation, TableFunction) for source in query.sources)


def is_unfilled(there: SchemaRelation, column: Column | None, dialect: str) -> bool:
    """Tell whether a new column may not be NULL where rows that are there would have no value for it."""
    if column is None or column.nullable is not False or dialect == "bigquery":
        return column is not None and column.nullable is False
    return not column.computed and (dialect == "sqlite" or (there.has_rows and dialect in CHECKING_KEYS))


def dropped_column(
    there: SchemaRelation, name: str, live: Iterable[SchemaRelation], dialect: str
) -> Iterator[str]:
    """Give what keeps a column from being dropped, beside the views that read it."""
    if dialect in _BY_INDEX:
        yield from (f"the index `{index}`" for index, each in there.indexes.items() if name in each.columns)
    for constraint in there.constraints:
        is_kept = constraint.text.startswith(_BY_CONSTRAINT.get(dialect, ()))
        if is_kept and name in constraint.columns and not _goes_along(constraint, name, dialect):
            yield f"{constraint.text}"
    if dialect == "tsql" and there.is_told_whole and _has_default(there, name):
        yield "its default, a constraint"
    if dialect in _BY_STORAGE and name in there.keyed:
        yield "what its rows are stored by"
    if dialect in _BY_FOREIGN_KEY:
        yield from (f"a foreign key of `{each.name}`" for each in _referring(there, live, {name}))


_BY_INDEX = frozenset({"tsql", "sqlite", "duckdb"})
_BY_CONSTRAINT = {
    "tsql": ("PRIMARY KEY", "UNIQUE", "CHECK", "FOREIGN KEY"), "sqlite": ("PRIMARY KEY", "UNIQUE", "CHECK", "FOREIGN KEY"), "duckdb": ("PRIMARY KEY", "UNIQUE", "CHECK", "FOREIGN KEY"),
    "mysql": ("FOREIGN KEY",),
}  # fmt: skip
_BY_STORAGE = SPARK | {"clickhouse", "bigquery", "redshift"}
_BY_FOREIGN_KEY = frozenset({"postgres", "tsql", "mysql", "oracle", "redshift"})


def _goes_along(constraint: TableConstraint, name: str, dialect: str) -> bool:
    """Tell whether a check or a foreign key goes with its column."""
    if dialect == "sqlite":
        return constraint.of == name and not is_key(constraint)
    return dialect == "duckdb" and constraint.text.startswith("CHECK") and constraint.columns == {name}


def made_of(name: str, columns: tuple[Column, ...]) -> str | None:
    """Give a column that the table computes from another; a default is made of none."""
    word = re.compile(rf"(?<![\w.]){re.escape(name)}\b", re.IGNORECASE)
    computed = (each for each in columns if each.computed and not each.computed.upper().startswith("DEFAULT"))
    return next(
        (each.name for each in computed if each.name != name and word.search(each.computed or "")), None
    )


def _has_default(there: SchemaRelation, name: str) -> bool:
    return any(c.name == name and (c.computed or "").startswith("DEFAULT") for c in there.columns)


def _bare(kind: str) -> str:
    """Leave out the length of a type, which T-SQL changes under a default or a check.

    https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
    """
    return kind.partition("(")[0]


def retyped_column(there: SchemaRelation, name: str, kind: str | None, dialect: str) -> Iterator[str]:
    """Give why a column can't be given a type."""
    if dialect == "postgres" and (computed := made_of(name, there.columns)) is not None:
        yield f"`{computed}` is computed from it"
    if dialect == "clickhouse" and name in there.keyed:
        yield "its rows are stored by it"
    old = next((column.type for column in there.columns if column.name == name), None)
    if dialect == "tsql" and old is not None and kind is not None and _bare(old) != _bare(kind):
        yield from (f"{each.text} holds it" for each in there.constraints if name in each.columns)
        if there.is_told_whole and _has_default(there, name):
            yield "its default, a constraint, holds it"
    if dialect == "redshift" and old is not None and kind is not None and not _is_text(old, kind):
        yield "only the length of a VARCHAR can change"
    takes = _TAKING.get(dialect)
    if takes is None or old is None or kind is None or is_same_type(old, kind, dialect):
        return
    if not takes(old, kind):
        yield f"{old} can't become {kind}"


def _takes_in_bigquery(old: str, kind: str) -> bool:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules"""
    return is_wider(old, kind) or (old, kind) in _COERCED


def _takes_in_snowflake(old: str, kind: str) -> bool:
    """A text gets no shorter, a number no other scale; less precision is asked of the rows that are there.
    https://docs.snowflake.com/en/sql-reference/sql/alter-table-column
    """
    (one, size), (other, wanted) = (stored_type(each, "snowflake") for each in (old, kind))
    if one != other or one not in ("VARCHAR", "VARBINARY", "DECIMAL"):
        return is_wider(old, kind) or (is_of_one_kind(old, kind) and not is_wider(kind, old))
    return size[1:] == wanted[1:] if one == "DECIMAL" else size <= wanted


_TAKING = {"bigquery": _takes_in_bigquery, "snowflake": _takes_in_snowflake}
"""Where a type may become few others."""
_WHOLE = "INT64"
_COERCED = frozenset({
    (_WHOLE, "NUMERIC"), (_WHOLE, "BIGNUMERIC"), (_WHOLE, "FLOAT64"), ("NUMERIC", "BIGNUMERIC"), ("NUMERIC", "FLOAT64"),
    ("BIGNUMERIC", "FLOAT64"),
})  # fmt: skip


def _is_text(*kinds: str) -> bool:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html"""
    return all(kind.startswith(("VARCHAR", "CHARACTER VARYING", "NVARCHAR", "TEXT")) for kind in kinds)


def dropped_key(
    there: SchemaRelation, names: tuple[str, ...], live: Iterable[SchemaRelation], dialect: str
) -> Iterator[str]:
    """Give the foreign keys that need a key which an ALTER drops."""
    if dialect not in _NEEDING_KEYS:
        return
    for constraint in there.constraints:
        if is_called(constraint, names, there.name.name) and is_key(constraint):
            others = [
                each for each in _keys(there) if each.columns == constraint.columns and each is not constraint
            ]
            for each in () if others else _referring(there, live, set(constraint.columns), whole=True):
                yield f"a foreign key of `{each.name}` needs it"


_NEEDING_KEYS = frozenset({"postgres", "redshift", "tsql", "oracle", "mysql", "snowflake", "materialize"})


def _keys(there: SchemaRelation) -> list[TableConstraint]:
    return [each for each in (*there.constraints, *there.indexes.values()) if is_key(each)]


def _referring(
    there: SchemaRelation, live: Iterable[SchemaRelation], columns: set[str], *, whole: bool = False
) -> Iterator[SchemaRelation]:
    for each in live:
        for constraint in each.constraints:
            if constraint.refers is None or not constraint.refers.matches(there.name):
                continue
            named = set(constraint.keys) or set(primary_key(there.constraints) or ())
            if each.name != there.name and (named == columns if whole else named & columns):
                yield each


def unkeyed(constraint: TableConstraint, there: SchemaRelation | None, dialect: str) -> str | None:
    """Say which columns a foreign key names that no key of the other table is made of; None where there may be one."""
    if (
        there is None
        or constraint.refers is None
        or not (there.closed and there.is_told_whole)
        or there.is_view
        or dialect not in CHECKING_KEYS
    ):
        return None
    named = set(constraint.keys) or set(primary_key(there.constraints) or ())
    if named and any(key.columns == named for key in _keys(there)):
        return None
    what = ", ".join(constraint.keys) or "the primary key"
    return f"there is no key of `{there.name}` for {what}, which a foreign key names"


def columns_at(statement: BoundStatement, there: SchemaRelation | None) -> tuple[Column, ...]:
    """Give the columns that a table has with a statement: those that it declares or adds, and those that are there."""
    added = (each.column for each in statement.alterations if each.column is not None)
    return (*statement.columns, *added, *(there.columns if there is not None else ()))


def unfit(
    constraint: TableConstraint, columns: Iterable[Column], there: SchemaRelation | None, dialect: str
) -> str | None:
    """Say why a foreign key of a table with these columns can't be made; None where it may be."""
    text = unkeyed(constraint, there, dialect)
    return text if text is not None or there is None else _unlike(constraint, columns, there, dialect)


def _unlike(
    constraint: TableConstraint, columns: Iterable[Column], there: SchemaRelation, dialect: str
) -> str | None:
    """Say of a foreign key of one column that its type can't be compared with that of the key which it names.

    https://www.postgresql.org/docs/current/sql-createtable.html
    """
    named = constraint.keys or tuple(primary_key(there.constraints) or ())
    if dialect not in CHECKING_KEYS | {"mysql"} or len(named) != 1 or len(constraint.columns) != 1:
        return None
    mine, theirs = (
        next((column.type for column in side if column.name in names), None)
        for side, names in ((columns, constraint.columns), (there.columns, named))
    )
    if mine is None or theirs is None or can_refer(mine, theirs, dialect):
        return None
    own = next(iter(constraint.columns))
    return f"a foreign key can't join `{own}`, which is {mine}, with `{named[0]}` of `{there.name}`, which is {theirs}"


CHECKING_KEYS = frozenset({"postgres", "tsql", "oracle", "duckdb"})
"""Engines that look for the table and the key which a foreign key names, and keep the table; MySQL's dumps switch that off."""


def added_constraint(constraint: TableConstraint, there: SchemaRelation, dialect: str) -> str | None:
    """Say why a constraint can't be added: a second primary key, or a name that is taken."""
    if dialect not in CHECKING_KEYS or not there.closed:
        return None
    if constraint.text.startswith("PRIMARY KEY") and primary_key(there.constraints):
        return f"`{there.name}` has a primary key already"
    if dialect == "duckdb" or constraint.name is None:
        return None
    if any(each.name == constraint.name for each in there.constraints):
        return f"`{there.name}` has a constraint `{constraint.name}` already"
    return None


_GIVEN = ("_pkey", "_key", "_fkey", "_check", "_excl", "_idx", "_not_null", "_key1", "_fkey1", "_check1")


def missing_constraint(there: SchemaRelation, names: tuple[str, ...], dialect: str) -> str | None:
    """Say which constraint an ALTER drops that PostgreSQL's table does not have."""
    if dialect != "postgres" or not (there.closed and there.is_told_whole) or there.is_view:
        return None
    for name in names:
        known = any(is_called(each, (name,), there.name.name) for each in there.constraints)
        # Names that PostgreSQL gives outlive the names of the table and the columns that they were made of.
        is_index = "idx" in name or name.startswith("ix_")  # it may have got its name by ALTER INDEX
        if not known and not is_index and name != "primary key" and not name.endswith(_GIVEN):
            return f"`{there.name}` has no constraint `{name}` at this step"
    return None


def has_type(there: SchemaRelation, name: RelationName, kind: str, made: BoundStatement | None) -> bool:
    """Tell whether something there is of a type, or calls a function; a column that got another, or went, holds its old one no more.

    `made`: the statement that makes the type, None where that is not known.
    """
    if kind == "function" and not there.is_view:
        texts = [column.computed or "" for column in there.columns] + [c.text for c in there.constraints]
        word = re.compile(rf"\b{re.escape(name.name)}\b", re.IGNORECASE)
        return any(word.search(text) for text in texts)
    only = made.columns[0].type if made is not None and made.materialization == "type" else None
    has_any = only is None or there.is_view or any(only in (column.type or "") for column in there.columns)
    return has_any and any(each.matches(name) for each in there.types)


def replaced_function(before: BoundStatement, after: BoundStatement) -> str | None:
    """Say why PostgreSQL does not let a function take the place of one that is called alike with arguments of the same types.

    https://www.postgresql.org/docs/current/sql-createfunction.html
    """
    name = after.targets[0]
    if not after.overwrite:
        return f"the function `{name}` is there already"
    if _given(before) != _given(after):
        return f"the function `{name}` can't be given another return type: it has to be dropped first"
    names = [[p.name for p in s.signature.parameters] if s.signature else [] for s in (before, after)]
    if any(old is not None and old != new for old, new in zip(*names, strict=False)):
        return f"the parameters of the function `{name}` can't be renamed: it has to be dropped first"
    return None


def _given(function: BoundStatement) -> list[tuple[str, str | None]]:
    if function.columns:
        return [(column.name, column.type) for column in function.columns]
    is_table = function.signature is not None and function.signature.is_table
    outputs = function.query.outputs if function.query is not None and not is_table else ()
    return [(output.name, output.type) for output in outputs]


def argument_types(function: BoundStatement) -> tuple[str | None, ...]:
    """Give the types by which PostgreSQL tells functions of one name apart."""
    return (
        tuple(each.type for each in function.signature.parameters) if function.signature is not None else ()
    )
