"""Read a script: tokens in, `Statement`s out. What the names stand for is left to `columns`."""

from contract_gate.emulator.reading.cursor import Cursor
from contract_gate.emulator.reading.queries import read_query, reads_as_query, set_items
from contract_gate.emulator.reading.statements import FromItem, Item, Query, SelectBlock, Statement
from contract_gate.emulator.reading.tokens import Token, TokenKind, UnreadableSqlError, tokenise

DEEPEST = 60
"""Parentheses inside each other: deeper SQL is refused before it can exhaust the stack."""


def read_script(sql: str, dialect: str = "") -> tuple[Statement, ...]:
    """Read every statement; raises `UnreadableSqlError` for what has no structure this reader knows."""
    tokens = tokenise(sql, dialect.lower())
    _refuse_deep(tokens)
    return tuple(statement for part in _parts(tokens) if (statement := _statement(Cursor(part))) is not None)


def _refuse_deep(tokens: list[Token]) -> None:
    depth = 0
    for token in tokens:
        if token.kind is TokenKind.SYMBOL:
            depth += (token.text == "(") - (token.text == ")")
        if depth > DEEPEST or depth < 0:
            raise UnreadableSqlError("the parentheses are too deep or do not match")


def _parts(tokens: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind is TokenKind.SYMBOL and token.text == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _statement(cursor: Cursor) -> Statement | None:
    if reads_as_query(cursor):
        return _selected(cursor)
    if cursor.accept("CREATE", "REPLACE"):
        return _created(cursor)
    if cursor.accept("INSERT"):
        return _inserted(cursor, ())
    if cursor.accept("MERGE"):
        return _merged(cursor)
    if cursor.accept("UPDATE"):
        return _updated(cursor)
    if cursor.word(
        "DELETE", "TRUNCATE", "DROP", "ALTER", "SET", "USE", "GRANT", "BEGIN", "COMMIT", "COMMENT", "GO"
    ):
        return None
    raise UnreadableSqlError(f"the statement starts with {cursor.peek().text!r}")


def _selected(cursor: Cursor) -> Statement:
    query = read_query(cursor)
    if cursor.accept("INSERT"):  # WITH … INSERT INTO t SELECT …, as SQL Server writes it
        return _inserted(cursor, query.named)
    if not cursor.done:
        raise UnreadableSqlError(f"the query goes on with {cursor.peek().text!r}")
    into = _into(query)
    return Statement(target=into, query=query, temporary=bool(into) and into[-1].startswith("#"))


def _into(query: Query) -> tuple[str, ...]:
    first = query.selects[0]
    return first.into if isinstance(first, SelectBlock) else ()


def _created(cursor: Cursor) -> Statement | None:
    words: set[str] = set()
    while not cursor.done and not cursor.word("TABLE", "VIEW"):
        if cursor.symbol("(") or cursor.word(
            "FUNCTION", "PROCEDURE", "SCHEMA", "DATABASE", "INDEX", "ROLE", "TYPE"
        ):
            return None
        words.add(cursor.take().word)
    is_view = cursor.take().word == "VIEW"
    if cursor.accept("IF"):
        cursor.accept("NOT")
        cursor.accept("EXISTS")
    target = cursor.name()
    declared = _declared(cursor.inside()) if cursor.symbol("(") and not _opens_query(cursor) else ()
    while not cursor.done and not reads_as_query(cursor):
        if cursor.symbol("(") and not _opens_query(cursor):
            cursor.inside()
        else:
            cursor.at += 1
    query = None if cursor.done else _written(cursor)
    return Statement(
        target=target,
        query=query,
        target_columns=tuple(name for name, _ in declared) if query is not None else (),
        temporary=bool(words & {"TEMP", "TEMPORARY"}) or target[-1].startswith("#"),
        creates=True,
        is_view=is_view,
        declared=declared,
    )


def _written(cursor: Cursor) -> Query:
    query = read_query(cursor, lenient=True)
    if not cursor.done:
        raise UnreadableSqlError(f"the query goes on with {cursor.peek().text!r}")
    return query


def _opens_query(cursor: Cursor) -> bool:
    ahead = 0
    while cursor.symbol("(", ahead=ahead):
        ahead += 1
    return cursor.word("SELECT", "WITH", ahead=ahead)


def _declared(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    """Read the columns of CREATE TABLE: name and type; constraints between them are passed over."""
    found: list[tuple[str, str]] = []
    while not cursor.done:
        part = cursor.until(comma=True)
        cursor.accept_symbol(",")
        if part.word("CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "LIKE", "INDEX", "KEY"):
            continue
        name = part.take().text
        type_ = part.until("NOT", "NULL", "DEFAULT", "PRIMARY", "REFERENCES", "UNIQUE", "COMMENT", "OPTIONS")
        found.append((name, _spelled(type_)))
    return tuple(found)


def _spelled(cursor: Cursor) -> str:
    text = ""
    while not cursor.done:
        token = cursor.take()
        text += (" " if text and token.is_name and not text.endswith(("(", "<")) else "") + token.text.lower()
    return text


def _inserted(cursor: Cursor, named: tuple[tuple[str, tuple[str, ...], Query], ...]) -> Statement:
    cursor.accept("OVERWRITE")
    cursor.accept("INTO")
    cursor.accept("TABLE")
    target = cursor.name()
    if cursor.accept("PARTITION"):
        cursor.inside()
    listed = cursor.symbol("(") and not _opens_query(cursor)
    columns = tuple(name for name, _ in _declared(cursor.inside())) if listed else ()
    if cursor.accept("OVERRIDING"):
        cursor.until("SELECT", "WITH", "VALUES")
    query = _written(cursor) if reads_as_query(cursor) else None
    if query is not None and named:
        query = Query(selects=query.selects, named=(*named, *query.named))
    return Statement(target=target, query=query, target_columns=columns, by_position=not columns)


def _merged(cursor: Cursor) -> Statement:
    cursor.accept("INTO")
    target, alias = cursor.name(), None
    if not cursor.word("USING"):
        cursor.accept("AS")
        alias = cursor.take().text
    if not cursor.accept("USING"):
        raise UnreadableSqlError("MERGE has no USING")
    source = _source(cursor)
    cursor.until("WHEN")
    items: list[Item] = []
    while cursor.accept("WHEN"):
        cursor.until("THEN")
        items.extend(_merge_action(cursor))
    return _assigned(target, alias, items, (source,))


def _source(cursor: Cursor) -> FromItem:
    query = read_query(cursor.inside()) if cursor.symbol("(") else None
    table = () if query is not None else cursor.name()
    cursor.accept("AS")
    alias = table[-1] if table else None
    if cursor.peek().is_name and not cursor.word("ON", "SET", "WHERE"):
        alias = cursor.take().text
    return FromItem(alias=alias, table=table, query=query)


def _merge_action(cursor: Cursor) -> list[Item]:
    cursor.accept("THEN")
    if cursor.accept("UPDATE"):
        cursor.accept("SET")
        return set_items(cursor.until("WHEN"))
    if not cursor.accept("INSERT") or not cursor.symbol("("):
        cursor.until("WHEN")
        return []
    names = [name for name, _ in _declared(cursor.inside())]
    if not cursor.accept("VALUES") or not cursor.symbol("("):
        cursor.until("WHEN")
        return []
    values = cursor.inside()
    cursor.until("WHEN")
    return set_items(values, names)


def _updated(cursor: Cursor) -> Statement:
    target, alias = cursor.name(), None
    if not cursor.word("SET"):
        cursor.accept("AS")
        alias = cursor.take().text
    if not cursor.accept("SET"):
        raise UnreadableSqlError("UPDATE has no SET")
    items = set_items(cursor.until("FROM", "WHERE"))
    sources: list[FromItem] = []
    while cursor.accept("FROM", "JOIN") or (sources and cursor.accept_symbol(",")):
        sources.append(_source(cursor))
        while not (cursor.done or cursor.word("JOIN") or cursor.symbol(",")):
            cursor.at += 1
    return _assigned(target, alias, items, tuple(sources))


def _assigned(
    target: tuple[str, ...], alias: str | None, items: list[Item], sources: tuple[FromItem, ...]
) -> Statement:
    """Make the SELECT that gives the target's columns these values; the target's own columns are no source."""
    own = FromItem(alias=alias or target[-1])
    return Statement(
        target=target, query=Query(selects=(SelectBlock(items=tuple(items), sources=(own, *sources)),))
    )
