"""What a query says about the catalog: its target, its sources and its column lineage, as stored entities."""

from collections.abc import Callable
from dataclasses import dataclass

from contract_gate.emulator.reading.columns import Answer, OutputColumn, StoredTable, follow
from contract_gate.emulator.reading.script import read_script
from contract_gate.emulator.reading.statements import Name, Statement
from contract_gate.emulator.store import Store
from contract_gate.emulator.values import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewResult:
    """`columns` are pairs of column entities, from and to. Sources that the catalog does not have are left out."""

    target: Entity | None
    sources: tuple[Entity, ...]
    columns: tuple[tuple[Entity, Entity], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRequest:
    """What `lineage_from_query` is asked. `table_id` names the target, whatever the SQL says."""

    sql: str
    dialect: str
    table_id: str | None = None
    default_database: str | None = None
    default_schema: str | None = None


def preview(store: Store, question: PreviewRequest) -> PreviewResult:
    """Read the SQL against the store; raises `UnreadableSqlError`. `table_id` must be in the store."""
    find = finder(store, question)
    known: dict[str, Answer] = {}
    written: Statement | None = None
    answer = Answer()
    for statement in read_script(question.sql, question.dialect):
        if statement.query is None:
            continue
        result = follow(statement.query, find, known)
        if statement.temporary:
            known[statement.target[-1].lower()] = result
        else:
            written, answer = statement, result
    return described(store, question, written, answer)


def described(
    store: Store, question: PreviewRequest, written: Statement | None, answer: Answer
) -> PreviewResult:
    """Say which stored entities the answer of the statement `written` concerns."""
    target = _target(store, question, written)
    sources = tuple(store.entities[table] for table in answer.tables if target is None or table != target.id)
    return PreviewResult(target=target, sources=sources, columns=_columns(store, target, written, answer))


def find_table(store: Store, name: Name, question: PreviewRequest) -> Entity | None:
    """Give the one table of this name under the defaults; None where there is none, or more than one."""
    parts = name
    if len(parts) == 1 and question.default_schema:
        parts = (question.default_schema, *parts)
    if len(parts) == 2 and question.default_database:
        parts = (question.default_database, *parts)
    found = store.tables_named(parts[-3:])
    return found[0] if len(found) == 1 else None


def finder(store: Store, question: PreviewRequest) -> Callable[[Name], StoredTable | None]:
    """Give the look-up of a name's table and columns under the question's defaults."""

    def find(name: Name) -> StoredTable | None:
        entity = find_table(store, name, question)
        if entity is None:
            return None
        return StoredTable(id=entity.id, columns=tuple(column.title for column in store.children(entity.id)))

    return find


def _target(store: Store, question: PreviewRequest, written: Statement | None) -> Entity | None:
    if question.table_id:
        return store.entities[question.table_id]
    return find_table(store, written.target, question) if written is not None and written.target else None


def _columns(
    store: Store, target: Entity | None, written: Statement | None, answer: Answer
) -> tuple[tuple[Entity, Entity], ...]:
    if target is None or written is None:
        return ()
    columns = store.children(target.id)
    pairs = {
        (origin.id, to.id): (origin, to)
        for index, output in enumerate(answer.outputs)
        if (to := _written_column(index, output, written, columns)) is not None
        for origin in _origins(store, output)
        if origin.parent_id != target.id
    }
    return tuple(pairs.values())


def _written_column(
    index: int, output: OutputColumn, written: Statement, columns: list[Entity]
) -> Entity | None:
    """Give the target's column that this output fills: by the list, by position, or by name."""
    if written.by_position:
        return columns[index] if index < len(columns) else None
    listed = written.target_columns
    name = listed[index].lower() if index < len(listed) else output.name
    return next((column for column in columns if column.title == name), None)


def _origins(store: Store, output: OutputColumn) -> list[Entity]:
    stored = (
        (column, table, name) for table, name in sorted(output.origins) for column in store.children(table)
    )
    return [column for column, _, name in stored if column.title == name]
