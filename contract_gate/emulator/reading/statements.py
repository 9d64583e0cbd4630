"""The structure of a script: which statement writes which table, from which SELECTs, over which sources."""

from dataclasses import dataclass

Name = tuple[str, ...]
"""A dotted name, outermost part first, as it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnName:
    """A column that an expression names: `a.b.c` as its parts."""

    parts: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a select list. `star` items stand for all columns (of `qualifier`), `without` some of
    them, and with other values for those that are `replaced`.

    `name` is the output's name, `None` where the expression has none.
    """

    name: str | None
    reads: tuple[ColumnName, ...] = ()
    scalars: tuple["Query", ...] = ()
    star: bool = False
    qualifier: Name = ()
    without: tuple[str, ...] = ()
    replaced: tuple["Item", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FromItem:
    """One thing in FROM: a table's name, a query in parentheses, or neither (a function, VALUES)."""

    alias: str | None = None
    table: Name = ()
    query: "Query | None" = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectBlock:
    """One SELECT. `nested` are the queries in its WHERE, ON, HAVING…: they are read, and make no column. `into`: SELECT … INTO."""

    items: tuple[Item, ...]
    sources: tuple[FromItem, ...]
    nested: tuple["Query", ...] = ()
    into: Name = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """SELECTs under set operations (`selects`, by position), and the named queries before them."""

    selects: tuple["SelectBlock | Query", ...]
    named: tuple[tuple[str, tuple[str, ...], "Query"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. `target_columns` is its column list, by position; `by_position`: INSERT without a list.

    `creates`: CREATE; `temporary`: the target is gone after the script. `declared` are the columns of a CREATE TABLE, with types.
    """

    target: Name = ()
    query: Query | None = None
    target_columns: tuple[str, ...] = ()
    by_position: bool = False
    temporary: bool = False
    creates: bool = False
    is_view: bool = False
    declared: tuple[tuple[str, str], ...] = ()
