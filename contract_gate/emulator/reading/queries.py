"""Queries: WITH, SELECT, set operations, FROM with its joins."""

from collections.abc import Sequence

from contract_gate.emulator.reading.cursor import Cursor
from contract_gate.emulator.reading.expressions import NOT_COLUMNS, read_expression
from contract_gate.emulator.reading.statements import FromItem, Item, Query, SelectBlock
from contract_gate.emulator.reading.tokens import TokenKind, UnreadableSqlError

_SET_OPERATIONS = ("UNION", "INTERSECT", "EXCEPT", "MINUS")
_AFTER_FROM = ("WHERE", "GROUP", "HAVING", "QUALIFY", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR")
_AFTER_ITEMS = ("WHERE", "GROUP", "HAVING", "QUALIFY", "ORDER", "LIMIT")
_AFTER_WRITTEN = ("WITH", "ON", "RETURNING", "OPTION")
_JOIN_WORDS = (
    "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "NATURAL", "SEMI", "ANTI", "ASOF", "STRAIGHT_JOIN",
    "LATERAL", "APPLY", "POSITIONAL",
)  # fmt: skip
_AFTER_SOURCE = (*_JOIN_WORDS, "ON", "USING", *_AFTER_FROM, *_SET_OPERATIONS)


def reads_as_query(cursor: Cursor) -> bool:
    """Tell whether a query starts here, in parentheses or not."""
    ahead = 0
    while cursor.symbol("(", ahead=ahead):
        ahead += 1
    return cursor.word("SELECT", "WITH", ahead=ahead) and not (
        # WITH (option = value) and WITH NO DATA are clauses of other statements
        cursor.word("WITH", ahead=ahead)
        and (cursor.symbol("(", ahead=ahead + 1) or cursor.word("NO", "DATA", ahead=ahead + 1))
    )


def read_query(cursor: Cursor, *, lenient: bool = False) -> Query:
    """Read one query; `lenient` passes over what CREATE and INSERT may say behind it."""
    named = _named(cursor) if cursor.accept("WITH") else ()
    if named and cursor.word("INSERT"):
        return Query(selects=(SelectBlock(items=(), sources=()),), named=named)
    selects = [_operand(cursor)]
    while cursor.accept(*_SET_OPERATIONS):
        cursor.accept("ALL", "DISTINCT")
        selects.append(_operand(cursor))
    if cursor.word("ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", *(_AFTER_WRITTEN if lenient else ())):
        cursor.until("INSERT")
    return Query(selects=tuple(selects), named=named)


def _named(cursor: Cursor) -> tuple[tuple[str, tuple[str, ...], Query], ...]:
    cursor.accept("RECURSIVE")
    found: list[tuple[str, tuple[str, ...], Query]] = []
    while True:
        name = cursor.name()[-1]
        columns = _names(cursor.inside()) if cursor.symbol("(") else ()
        if not cursor.accept("AS"):
            raise UnreadableSqlError(f"WITH {name} has no AS")
        cursor.accept("NOT")
        cursor.accept("MATERIALIZED")
        found.append((name, columns, read_query(cursor.inside())))
        if not cursor.accept_symbol(","):
            return tuple(found)


def _names(cursor: Cursor) -> tuple[str, ...]:
    names: list[str] = []
    while not cursor.done:
        part = cursor.until(comma=True)
        cursor.accept_symbol(",")
        names.append(part.take().text)
    return tuple(names)


def _operand(cursor: Cursor) -> SelectBlock | Query:
    if cursor.symbol("("):
        return read_query(cursor.inside())
    if not cursor.accept("SELECT"):
        raise UnreadableSqlError(f"SELECT was expected before {cursor.peek().text!r}")
    return _select(cursor)


def _select(cursor: Cursor) -> SelectBlock:
    if cursor.accept("DISTINCT") and cursor.accept("ON"):
        cursor.inside()
    cursor.accept("ALL")
    if cursor.accept("TOP"):
        cursor.inside() if cursor.symbol("(") else cursor.take()
    items = tuple(_items(cursor.until("FROM", "INTO", *_AFTER_ITEMS, *_SET_OPERATIONS)))
    into = cursor.name() if cursor.accept("INTO") else ()
    nested: list[Query] = []
    sources = tuple(_sources(cursor, nested)) if cursor.accept("FROM") else ()
    rest = cursor.until("FROM", "JOIN", *_SET_OPERATIONS)
    if cursor.word("FROM", "JOIN"):
        raise UnreadableSqlError(f"{cursor.peek().word} stands where none is expected")
    nested.extend(read_expression(rest, read_query)[1])
    return SelectBlock(items=items, sources=sources, nested=tuple(nested), into=into)


def _items(cursor: Cursor) -> list[Item]:
    items: list[Item] = []
    while not cursor.done:
        part = cursor.until(comma=True)
        cursor.accept_symbol(",")
        if not part.done:
            items.append(_star(part) or _item(part))
    return items


def _star(cursor: Cursor) -> Item | None:
    ahead = 0
    qualifier: list[str] = []
    while cursor.peek(ahead).is_name and cursor.symbol(".", ahead=ahead + 1):
        qualifier.append(cursor.peek(ahead).text)
        ahead += 2
    if not cursor.symbol("*", ahead=ahead):
        return None
    cursor.at += ahead + 1
    without = _excepted(cursor) if cursor.accept("EXCEPT", "EXCLUDE") else ()
    replaced = tuple(_items(cursor.inside())) if cursor.accept("REPLACE") else ()
    if not cursor.done:
        raise UnreadableSqlError(f"the select list goes on after * with {cursor.peek().text!r}")
    return Item(name=None, star=True, qualifier=tuple(qualifier), without=without, replaced=replaced)


def _excepted(cursor: Cursor) -> tuple[str, ...]:
    return _names(cursor.inside()) if cursor.symbol("(") else cursor.name()


def _item(cursor: Cursor) -> Item:
    start = cursor.at
    expression, alias = _split_alias(cursor)
    reads, scalars = read_expression(expression, read_query)
    plain = expression.stop - start == len(reads[0].parts) * 2 - 1 if len(reads) == 1 else False
    name = alias or (reads[0].parts[-1] if plain else None)
    return Item(name=name, reads=reads, scalars=scalars)


def _split_alias(cursor: Cursor) -> tuple[Cursor, str | None]:
    tokens, start, stop = cursor.tokens, cursor.at, cursor.stop
    last = tokens[stop - 1]
    before = tokens[stop - 2]
    if stop - start > 2 and before.word == "AS":  # MySQL's alias may be a string
        return Cursor(tokens, start, stop - 2), last.text.strip("'\"")
    if stop - start < 2 or not last.is_name or last.word in NOT_COLUMNS:
        return cursor, None
    ends_value = before.kind is not TokenKind.SYMBOL or before.text in (")", "]", "*")
    if ends_value and (before.word not in NOT_COLUMNS or before.word in ("END", "NULL", "TRUE", "FALSE")):
        # `count(*)` ends in a parenthesis; a bare `*` before a word is a product
        return (cursor, None) if before.text == "*" else (Cursor(tokens, start, stop - 1), last.text)
    return cursor, None


def _sources(cursor: Cursor, nested: list[Query]) -> list[FromItem]:
    sources: list[FromItem] = []
    while not cursor.done and not cursor.word(*_AFTER_FROM, *_SET_OPERATIONS):
        while cursor.accept(*_JOIN_WORDS) or cursor.accept_symbol(","):
            pass
        sources.extend(_source(cursor, nested))
        condition = _until_next_source(cursor)
        nested.extend(read_expression(condition, read_query)[1])
    return sources


def _until_next_source(cursor: Cursor) -> Cursor:
    """Take ON, USING, TABLESAMPLE, hints and PIVOT up to the next join, comma or clause."""
    return cursor.until(*_JOIN_WORDS, *_AFTER_FROM, *_SET_OPERATIONS, comma=True)


def _source(cursor: Cursor, nested: list[Query]) -> list[FromItem]:
    if cursor.symbol("("):
        if reads_as_query(cursor):
            query = read_query(cursor.inside())
            return [_aliased(cursor, FromItem(query=query))]
        inside = cursor.inside()
        if inside.word("VALUES"):
            return [_aliased(cursor, FromItem())]
        return _sources(inside, nested)
    if cursor.word("VALUES"):
        cursor.at += 1
        return [FromItem()]
    if cursor.word("TABLE") and cursor.symbol("(", ahead=1):
        cursor.at += 1
        cursor.inside()
        return [_aliased(cursor, FromItem())]
    name = cursor.name()
    if cursor.symbol("("):
        arguments = cursor.inside()
        nested.extend(read_expression(arguments, read_query)[1])
        return [_aliased(cursor, FromItem())]
    return [_aliased(cursor, FromItem(table=name))]


_NO_ALIAS = (
    *_AFTER_SOURCE, "TABLESAMPLE", "PIVOT", "UNPIVOT", "WITH", "AT", "BEFORE", "MATCH_RECOGNIZE", "SET", "WHEN",
    "VERSION", "TIMESTAMP", "SYSTEM_TIME", "SYSTEM_VERSION", "SAMPLE", "INSERT", "FORCE", "OPTION",
)  # fmt: skip


def _aliased(cursor: Cursor, source: FromItem) -> FromItem:
    alias = source.table[-1] if source.table else None
    columns: tuple[str, ...] = ()
    if cursor.word("AT", "BEFORE") and cursor.symbol("(", ahead=1):  # Snowflake's time travel
        cursor.at += 1
        cursor.inside()
    if cursor.word("WITH") and cursor.word("ORDINALITY", ahead=1):
        cursor.at += 2
    explicit = cursor.accept("AS")
    if cursor.peek().is_name and (explicit or not cursor.word(*_NO_ALIAS)):
        alias = cursor.take().text
        if cursor.symbol("("):
            columns = _names(cursor.inside())
    _pass_over_versions(cursor)
    if not cursor.done and not cursor.word(*_NO_ALIAS) and not cursor.symbol(","):
        raise UnreadableSqlError(f"FROM goes on with {cursor.peek().text!r}")
    return FromItem(alias=alias, table=source.table, query=source.query, columns=columns)


def _pass_over_versions(cursor: Cursor) -> None:
    """Step over BigQuery's `WITH OFFSET AS i` and the FOR of `FOR SYSTEM_TIME AS OF …`, which ends no FROM."""
    if cursor.word("WITH") and cursor.word("OFFSET", ahead=1):
        cursor.at += 2
        explicit = cursor.accept("AS")
        if cursor.peek().is_name and (explicit or not cursor.word(*_NO_ALIAS)):
            cursor.at += 1
    if cursor.word("FOR") and cursor.word("SYSTEM_TIME", "SYSTEM_VERSION", "VERSION", "TIMESTAMP", ahead=1):
        cursor.at += 1


def set_items(cursor: Cursor, names: Sequence[str] = ()) -> list[Item]:
    """Read `column = value, …`, or the values for these `names` by position."""
    items: list[Item] = []
    while not cursor.done:
        part = cursor.until(comma=True)
        cursor.accept_symbol(",")
        name = names[len(items)] if len(items) < len(names) else None
        if not names:
            name = part.name()[-1]
            part.accept_symbol("=")
        reads, scalars = read_expression(part, read_query)
        items.append(Item(name=name, reads=reads, scalars=scalars))
    return items
