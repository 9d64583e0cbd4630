"""A script, bound: what each of its statements makes, changes and reads, in terms of the algebra."""

from enum import StrEnum

from contract_gate.core.relation import Column, RelationName
from contract_gate.core.values import dataclass, field
from contract_gate.sql.algebra import Call, LooseName, Output, Problem, Query, Read, Signature, Term
from contract_gate.sql.keys import Need, TableConstraint


class ColumnStep(StrEnum):
    """What one action of ALTER TABLE does to a column."""

    ADDED = "added"
    DROPPED = "dropped"
    RENAMED = "renamed"
    RETYPED = "retyped"
    REQUIRED = "required"
    OPTIONAL = "optional"
    DEFAULTED = "defaulted"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """One action on the column `name`. `column` is what it is after it, as far as the action says: the one added, the
    new name, type or default (`computed`). `after`: the column that it stands behind ("": first, None: at the end).
    `term`: the values of a retyped column over source `number` of the statement. `columns`: those of a REPLACE COLUMNS.
    `within`: the column and the fields of it that hold what is altered, where that is a field.
    """

    step: ColumnStep
    name: str
    column: Column | None = None
    after: str | None = None
    term: Term | None = None
    columns: tuple[Column, ...] = ()
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundStatement:
    """One statement. `kind`: create, function, insert, merge, update, delete, truncate, copy, alter, drop, rename, select, index,
    drop-index, drop-type, drop-function, rename-function, other.

    `assigns`: for INSERT, MERGE, UPDATE, CREATE: the target's columns in order, each with the terms written to it
    over `query`'s sources (None: the query's outputs by position). `columns`: declared ones (CREATE TABLE; not `closed`: there
    may be others), or those of the target that an INSERT fills by position. `temporary`: the target lives only in this
    script. `mode`: what an INSERT or COPY does beside adding the rows of `query` (replaces a partition, skips
    conflicts, reads files; `by_name`: by the names of the columns), or where else a created table has its rows from (its location, an engine that merges rows), as text. `renamed_to`: for ALTER … RENAME and swaps.
    `alterations`: what an ALTER TABLE does to columns, in order, over source `number`. `constraints`: those that a CREATE or
    ALTER declares; `dropped_constraints` their names. `table`: all columns of an INSERT's target, where they are known.
    `if_exists`: it does nothing where what it makes is there, or what it changes is not (IF [NOT] EXISTS); `cascades`: what
    hangs on what it drops goes too; `of_schema`: the schema with which a relation goes (of `other`: that goes or gets another name); `keyed`: the
    columns that a table is stored by; `is_like`: it takes columns, and perhaps keys, of another table; `is_late`: its names are looked up when it is read, called or, in the body of a procedure, run. `signature`: of a `function`, whose `query` gives its rows or the one row of its value; of a DROP the arguments of the form that goes, None where it says none. `calls`: the functions that the
    statement calls by name; `needs`: what it asks of tables beside their columns.
    """

    kind: str
    targets: tuple[RelationName, ...] = ()
    sources: tuple[RelationName, ...] = ()
    query: Query | None = None
    assigns: tuple[Output, ...] | None = None
    columns: tuple[Column, ...] = ()
    by_name: bool = False
    overwrite: bool = False
    mode: str = ""
    temporary: bool = False
    closed: bool = True
    materialization: str | None = None
    renamed_to: RelationName | None = None
    condition: Term | None = None
    alterations: tuple[Alteration, ...] = ()
    number: int = 0
    constraints: tuple[TableConstraint, ...] = ()
    dropped_constraints: tuple[str, ...] = ()
    table: tuple[Column, ...] = ()
    if_exists: bool = False
    cascades: bool = False
    of_schema: RelationName | None = None
    keyed: frozenset[str] = frozenset()
    is_like: bool = False
    is_late: bool = False
    signature: Signature | None = None
    calls: tuple[Call, ...] = ()
    reads: tuple[Read, ...] = ()
    needs: tuple[Need, ...] = ()
    loose: tuple[LooseName, ...] = ()
    problems: tuple[Problem, ...] = ()
    line: int = 1
    column: int = 1

    @property
    def is_of_view(self) -> bool:
        """Tell whether what it makes is kept as a query."""
        return "view" in (self.materialization or "")


ROW_CHANGES = frozenset({"insert", "update", "delete", "merge", "truncate", "copy"})
"""The kinds of statements after which a relation that is there has other rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opaque:
    """What of a text is not followed, by its words in lower case.

    `only_names`: it reads no rows of what it names; `of_relations`: its columns are bound, and it is about a relation that
    goes alone; `is_dynamic`: it reads a table whose name is not known.
    """

    words: frozenset[str]
    line: int = 1
    only_names: bool = False
    is_dynamic: bool = False
    of_relations: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """All statements of a text, bound in order, so that a temporary table made by one is resolved in the next.

    `opaque` are those of which only the words are known.
    """

    statements: tuple[BoundStatement, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    dialect: str = ""
    opaque: tuple[Opaque, ...] = ()
