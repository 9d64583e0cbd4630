"""Fill a store from SQL: CREATE TABLE and CREATE VIEW make tables, their queries (and INSERT, MERGE) make lineage.

Names without a schema or a database are in `public` and `main`. There is one administrator, with the key `DEMO_KEY`,
and one integration. A source that no statement before it creates is not in the catalog, as a table that Secoda never saw.
"""

from contract_gate.core.errors import UsageError
from contract_gate.emulator.preview import PreviewRequest, described, finder
from contract_gate.emulator.reading.columns import Answer, follow
from contract_gate.emulator.reading.script import read_script
from contract_gate.emulator.reading.statements import Statement
from contract_gate.emulator.reading.tokens import UnreadableSqlError
from contract_gate.emulator.seed import DEMO_KEY
from contract_gate.emulator.store import Store
from contract_gate.emulator.values import Entity, EntityType, Integration, Role, User, stable_id

DATABASE, SCHEMA = "main", "public"
_DIALECT = "postgresql"


def store_from_sql(text: str) -> Store:
    """Make a store from a script's text; raises `UsageError` where it can't be read."""
    store = Store()
    now = store.now()
    store.add_user(
        User(id=stable_id("user", "admin"), email="admin@example.com", role=Role.ADMIN, key=DEMO_KEY)
    )
    warehouse = store.add_integration(
        Integration(id=stable_id("integration", "warehouse"), name="Warehouse", type=_DIALECT, last_run=now)
    )
    question = PreviewRequest(sql=text, dialect=_DIALECT, default_database=DATABASE, default_schema=SCHEMA)
    try:
        statements = read_script(text, _DIALECT)
    except UnreadableSqlError as error:
        raise UsageError(
            f"the seed is not understood: {error}", "docs/emulator.md describes its format"
        ) from error
    _Replay(store, warehouse.id, question).run(statements)
    return store


class _Replay:
    """Runs statements against a store, one after the other."""

    def __init__(self, store: Store, integration_id: str, question: PreviewRequest) -> None:
        self.store = store
        self.integration_id = integration_id
        self.question = question
        self.known: dict[str, Answer] = {}

    def run(self, statements: tuple[Statement, ...]) -> None:
        find = finder(self.store, self.question)
        for statement in statements:
            answer = follow(statement.query, find, self.known) if statement.query is not None else Answer()
            if statement.temporary:
                self.known[statement.target[-1].lower()] = answer
                continue
            if statement.creates and find(statement.target) is None:
                self._create(statement, answer)
            self._link(statement, answer)

    def _create(self, statement: Statement, answer: Answer) -> None:
        defaults = (DATABASE, SCHEMA)
        path = (*defaults[: max(0, 3 - len(statement.target))], *statement.target)[-3:]
        database = self._entity(EntityType.DATABASE, path[:1], None)
        schema = self._entity(EntityType.SCHEMA, path[:2], database)
        table = self._entity(EntityType.TABLE, path, schema, "view" if statement.is_view else "table")
        names = statement.declared or tuple(
            (output.name or f"column_{i}", "") for i, output in enumerate(answer.outputs)
        )
        for position, (name, type_) in enumerate(names):
            self._entity(EntityType.COLUMN, (*path, name), table, "column", type_ or None, position)

    def _entity(
        self,
        kind: EntityType,
        path: tuple[str, ...],
        parent: str | None,
        native_type: str | None = None,
        type_: str | None = None,
        position: int = 0,
    ) -> str:
        entity = Entity(
            id=stable_id(kind, self.integration_id, *path),
            entity_type=kind,
            path=path,
            native_type=native_type or kind,
            created_at=self.store.now(),
            integration_id=self.integration_id,
            parent_id=parent,
            type=type_,
            position=position,
        )
        return entity.id if entity.id in self.store.entities else self.store.add(entity).id

    def _link(self, statement: Statement, answer: Answer) -> None:
        found = described(self.store, self.question, statement, answer)
        if found.target is None:
            return
        for table in found.sources:
            self.store.link(table.id, found.target.id)
        for start, end in found.columns:
            self.store.link(start.id, end.id)
