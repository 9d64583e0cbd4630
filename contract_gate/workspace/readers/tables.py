"""Tables of a semantic layer: named fields over one relation or query, each written as SQL that the binder reads.

LookML, Lightdash and Cube say the same in three spellings: a field is an expression over its table's columns and over other
fields. Their modules bring the spelling to `${TABLE}`, `${field}` and `${table.field}`; what those stand for is told here once.
"""

import re
from collections.abc import Callable

from contract_gate.core.values import dataclass
from contract_gate.core.world import PLACEHOLDER, Hole, HoleKind
from contract_gate.sql.comments import on_one_line
from contract_gate.workspace.readers.queries import ANY_SCHEMA
from contract_gate.workspace.readers.values import ReaderQuery

OWN = "TABLE"
"""`${TABLE}`: the table that the expression belongs to; `${users.TABLE}` another one."""
MOST_STEPS = 200
DEEPEST = 20
_SOURCES = ("SQL_TABLE_NAME", "sql()")
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_WORD = re.compile(r"[\w$-]+")
_OWN_COLUMN = re.compile(r"\$\{TABLE\}\.([A-Za-z_]\w*|\"[^\"]+\"|`[^`]+`)|^\s*([A-Za-z_]\w*)\s*$")
"""What an expression reads of its own table: `${TABLE}.column`, or a column alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticField:
    """A dimension, measure or metric: its expressions with their lines, the one that other fields mean by its name first.

    `path` is the file that it stands in, "" for the reader's own.
    """

    name: str
    line: int
    expressions: tuple[tuple[str, int], ...]
    path: str = ""
    is_group: bool = False
    """Other fields mean it by its name and a unit of time: `created_date` of `created`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticTable:
    """A relation by its name (`source`), or what a query gives (`derived`: its texts and the lines where they begin), and fields
    over it. Where neither is known nothing is read of it.
    """

    name: str
    line: int
    source: str = ""
    derived: tuple[tuple[str, int], ...] = ()
    fields: tuple[SemanticField, ...] = ()
    path: str = ""
    has_columns: bool = False
    """Its columns are meant as fields are, where no field has their name."""

    def field(self, name: str) -> SemanticField | None:
        """Give the field that a name means; None where there is none."""
        groups = (field for field in self.fields if field.is_group and name.startswith(field.name + "_"))
        exact = next((field for field in self.fields if field.name == name), None)
        return exact or max(groups, key=lambda field: len(field.name), default=None)


Tables = Callable[[str], SemanticTable | None]
"""Gives the table that an expression means by a name; None where there is none."""


def field_queries(table: SemanticTable, tables: Tables) -> tuple[ReaderQuery, ...]:
    """Write each field of a table as a query of its own, so that one that can't be read spares the others."""
    if not table.source:
        return table_queries(table, tables)
    found = (query_of(field, table, tables) for field in table.fields)
    # With nothing but a count of its rows it reads the relation all the same.
    return tuple(query for query in found if query is not None) or table_queries(table, tables)


def table_queries(table: SemanticTable, tables: Tables) -> tuple[ReaderQuery, ...]:
    """Write a table with all columns that its fields name as one query; one for each text that a derived table may have."""
    if table.source:
        return (_named_columns(table, table.source, (table.line,), ()),)
    found = []
    for sql, line in table.derived:
        writing = _ExpandedField(tables)
        inner = f"(\n{writing.expanded(sql, table, ())}\n)"
        lines = (line, *(line + at for at in range(inner.count("\n"))))
        found.append(_named_columns(table, inner, lines, tuple(writing.holes.values())))
    return tuple(found)


def _named_columns(
    table: SemanticTable, source: str, lines: tuple[int, ...], holes: tuple[Hole, ...]
) -> ReaderQuery:
    alias = _alias(table.name)
    read: dict[str, int] = {}
    for field in table.fields:
        for sql, line in field.expressions:
            for found in _OWN_COLUMN.finditer(sql):
                read.setdefault(found[1] or found[2], line)
    columns = ",\n".join(f"{alias}.{name}" for name in read) or "1"
    return ReaderQuery(
        sql=f"SELECT\n{columns}\nFROM {source} AS {alias}", line=table.line, path=table.path,
        lines=(table.line, *(read.values() or (table.line,)), *lines), holes=holes,
    )  # fmt: skip


def query_of(field: SemanticField, table: SemanticTable, tables: Tables) -> ReaderQuery | None:
    """Write a field as a query; None where it reads no column, of this or of another table."""
    writing = _ExpandedField(tables)
    items = [(writing.expanded(sql, table, ()), line) for sql, line in field.expressions]
    if not writing.used and table.source:
        # A column without its table's name, if any.
        writing.used[table.name] = table
    if not writing.used or not items:
        return None
    sources = " CROSS JOIN ".join(f"{_named(used)} AS {_alias(used.name)}" for used in writing.used.values())
    select = ",\n".join(sql or "NULL" for sql, _ in items)
    lines = [line + at for sql, line in items for at in range((sql or "NULL").count("\n") + 1)]
    return ReaderQuery(
        sql=f"SELECT\n{select}\nFROM {sources}", line=field.line, path=field.path or table.path,
        lines=(field.line, *lines, lines[-1]), holes=tuple(writing.holes.values()),
    )  # fmt: skip


class _ExpandedField:
    """One expression on its way to SQL: the tables that it turned out to read, and what could not be known."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._steps = 0
        self.used: dict[str, SemanticTable] = {}
        self.holes: dict[str, Hole] = {}

    def expanded(self, sql: str, table: SemanticTable, above: tuple[tuple[str, str], ...]) -> str:
        return _REFERENCE.sub(lambda found: self._meant(found[1].strip(), table, above), sql)

    def _meant(self, name: str, table: SemanticTable, above: tuple[tuple[str, str], ...]) -> str:
        first, dot, last = name.partition(".")
        owner = self._tables(first) if dot else table
        if name == OWN:
            return self._alias_of(table)
        if owner is None:
            return self._unknown(name)
        if last == OWN:
            return self._alias_of(owner)
        if last in _SOURCES:
            return _named(owner)
        field = owner.field(last.partition("._")[0] if dot else first)
        if field is None and owner.has_columns:
            return f"{self._alias_of(owner)}.{last if dot else first}"
        if field is None and not dot and (other := self._tables(name)) is not None:
            return self._alias_of(other)
        self._steps += 1
        place = (owner.name, field.name if field is not None else "")
        if field is None or not field.expressions or place in above or self._is_too_much(above):
            return self._unknown(name)
        inner = self.expanded(field.expressions[0][0], owner, (*above, place))
        return f"({on_one_line(inner)})" if inner else "NULL"

    def _is_too_much(self, above: tuple[tuple[str, str], ...]) -> bool:
        return self._steps > MOST_STEPS or len(above) > DEEPEST

    def _alias_of(self, table: SemanticTable) -> str:
        self.used.setdefault(table.name, table)
        return _alias(table.name)

    def _unknown(self, name: str) -> str:
        told = f"`{name}` is no field that is known here"
        self.holes.setdefault(name, Hole(kind=HoleKind.VARIABLE, told=told, name=name))
        return PLACEHOLDER + re.sub(r"\W+", "_", name).strip("_").lower()


def known_name(text: str) -> str:
    """Give the name of a relation as far as it is known: what stands behind its last placeholder, under any schema. "": nothing."""
    text = text.strip()
    if "}" not in text:
        return text if not _WORD.fullmatch(text) else f"{ANY_SCHEMA}.{text}"
    rest = text.rpartition("}")[2].lstrip("`\"'")
    return ".".join((ANY_SCHEMA, *_WORD.findall(rest))) if rest.startswith(".") and len(rest) > 1 else ""


def _named(table: SemanticTable) -> str:
    """What stands for a derived table among others is a name that nobody knows: it is judged by its own query."""
    return table.source or PLACEHOLDER + _alias(table.name).lower()


def _alias(name: str) -> str:
    """A word that is no keyword of any dialect; what is told of a column names its relation and not this."""
    return re.sub(r"\W", "_", name) + "_"
