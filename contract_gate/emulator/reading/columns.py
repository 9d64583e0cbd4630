"""Follow each output column of a query to the stored columns that its value is made from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from contract_gate.emulator.reading.statements import ColumnName, FromItem, Item, Name, Query, SelectBlock

StoredColumn = tuple[str, str]
"""A stored table's id and a column's name in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """A stored table: its id and its columns' names in lower case."""

    id: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputColumn:
    """One output column, and what it is made from. `name` is in lower case."""

    name: str | None
    origins: frozenset[StoredColumn]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A query's output columns in order, and the ids of the stored tables that it reads, in order."""

    outputs: tuple[OutputColumn, ...] = ()
    tables: tuple[str, ...] = ()


Find = Callable[[Name], StoredTable | None]
Known = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class _SelectScope:
    """What the names in one SELECT stand for; `outer` is the query around it."""

    sources: tuple[tuple[str | None, tuple[OutputColumn, ...]], ...]
    outer: "_SelectScope | None" = None


def follow(query: Query, find: Find, known: Known) -> Answer:
    """Give the query's answer. `find` looks a name up in the store; `known` are queries with a name of their own."""
    return _query(query, find, known, None)


def _query(query: Query, find: Find, known: Known, outer: _SelectScope | None) -> Answer:
    named = dict(known)
    for name, columns, body in query.named:
        # A recursive query reads itself: its first branch says what that gives.
        first = Query(selects=body.selects[:1], named=body.named)
        named[name.lower()] = _renamed(_query(first, find, named, outer), columns)
        named[name.lower()] = _renamed(_query(body, find, named, outer), columns)
    answers = [
        _select(part, find, named, outer)
        if isinstance(part, SelectBlock)
        else _query(part, find, named, outer)
        for part in query.selects
    ]
    return _stacked(answers)


def _renamed(answer: Answer, names: tuple[str, ...]) -> Answer:
    outputs = tuple(
        OutputColumn(name=names[i].lower() if i < len(names) else output.name, origins=output.origins)
        for i, output in enumerate(answer.outputs)
    )
    return Answer(outputs=outputs, tables=answer.tables)


def _stacked(answers: list[Answer]) -> Answer:
    """Put the branches of a set operation over each other: names from the first, origins from all, by position."""
    first, *others = answers
    outputs = tuple(
        OutputColumn(
            name=output.name,
            origins=output.origins.union(*(o.outputs[i].origins for o in others if i < len(o.outputs))),
        )
        for i, output in enumerate(first.outputs)
    )
    return Answer(outputs=outputs, tables=_once(table for answer in answers for table in answer.tables))


def _select(select: SelectBlock, find: Find, known: Known, outer: _SelectScope | None) -> Answer:
    tables: list[str] = []
    sources: list[tuple[str | None, tuple[OutputColumn, ...]]] = []
    for source in select.sources:
        answer = _source(source, find, known, _SelectScope(tuple(sources), outer))
        tables.extend(answer.tables)
        sources.append((source.alias.lower() if source.alias else None, answer.outputs))
    scope = _SelectScope(tuple(sources), outer)
    outputs: list[OutputColumn] = []
    for item in select.items:
        made, read = _item(item, find, known, scope, outputs)
        outputs.extend(made)
        tables.extend(read)
    for query in select.nested:
        tables.extend(_query(query, find, known, scope).tables)
    return Answer(outputs=tuple(outputs), tables=_once(tables))


def _source(source: FromItem, find: Find, known: Known, scope: _SelectScope) -> Answer:
    if source.query is not None:
        return _renamed(_query(source.query, find, known, scope), source.columns)
    if len(source.table) == 1 and source.table[0].lower() in known:
        return _renamed(known[source.table[0].lower()], source.columns)
    table = find(source.table) if source.table else None
    if table is None:
        return Answer()
    outputs = tuple(OutputColumn(name=c, origins=frozenset({(table.id, c)})) for c in table.columns)
    return _renamed(Answer(outputs=outputs, tables=(table.id,)), source.columns)


def _item(
    item: Item, find: Find, known: Known, scope: _SelectScope, before: list[OutputColumn]
) -> tuple[list[OutputColumn], list[str]]:
    if item.star:
        without = {name.lower() for name in item.without}
        qualifier = item.qualifier[-1].lower() if item.qualifier else None
        sources = [outputs for alias, outputs in scope.sources if qualifier in (None, alias)]
        columns = [o for outputs in sources for o in outputs if o.name not in without]
        return _replaced(item, columns, find, known, scope)
    origins = {origin for read in item.reads for origin in _origins(read, scope, before)}
    tables: list[str] = []
    for query in item.scalars:
        answer = _query(query, find, known, scope)
        tables.extend(answer.tables)
        origins.update(origin for output in answer.outputs for origin in output.origins)
    return [OutputColumn(name=item.name.lower() if item.name else None, origins=frozenset(origins))], tables


def _replaced(
    item: Item, columns: list[OutputColumn], find: Find, known: Known, scope: _SelectScope
) -> tuple[list[OutputColumn], list[str]]:
    """Give the star's columns the values of its REPLACE."""
    values: dict[str | None, OutputColumn] = {}
    tables: list[str] = []
    for replacement in item.replaced:
        (value,), read = _item(replacement, find, known, scope, [])
        values[value.name] = value
        tables.extend(read)
    return [values.get(column.name, column) for column in columns], tables


def _origins(read: ColumnName, scope: _SelectScope, before: list[OutputColumn]) -> frozenset[StoredColumn]:
    parts = tuple(part.lower() for part in read.parts)
    current: _SelectScope | None = scope
    while current is not None:
        found = _in_scope(parts, current)
        if found is not None:
            return found
        current = current.outer
    # A lateral alias: an earlier item of the same list.
    earlier = [output for output in before if output.name == parts[0]]
    return earlier[-1].origins if earlier else frozenset()


def _in_scope(parts: Name, scope: _SelectScope) -> frozenset[StoredColumn] | None:
    """Try `alias.column` (also `schema.table.column`), then `column` (with fields of a struct behind it)."""
    for depth in range(len(parts) - 1):
        for alias, outputs in scope.sources:
            if alias == parts[depth]:
                return frozenset[StoredColumn]().union(
                    *(o.origins for o in outputs if o.name == parts[depth + 1])
                )
    matches = [o.origins for _, outputs in scope.sources for o in outputs if o.name == parts[0]]
    # Several: the column of a USING join, which has a value from either side.
    return frozenset[StoredColumn]().union(*matches) if matches else None


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
