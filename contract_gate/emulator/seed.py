"""Fill a store from a file: JSON (below), or SQL statements (`script_seed`).

The JSON is one object; every list may be missing:

```
{"workspace": "shop",
 "users": [{"email": "dana@example.com", "first_name": "Dana", "last_name": "Scott", "role": "admin",
            "key": "any-text", "teams": ["finance"]}],
 "groups": [{"name": "Data stewards", "users": ["dana@example.com"]}], "teams": [{"name": "finance"}],
 "replies": [{"question": "What is revenue?", "text": "After refunds.", "owners": ["dana@example.com"], "accepted": true}],
 "integrations": [{"name": "Warehouse", "type": "postgres", "scheduled_extractions_last_run": "2026-11-20T04:00:00Z",
                   "credentials": {"password": "a-fake"}}],
 "databases": [{"name": "shop", "integration": "Warehouse", "schemas": [{"name": "marts", "tables": [
     {"name": "orders", "native_type": "table", "owners": ["dana@example.com"], "columns": [
         "id", {"name": "amount", "type": "numeric"}]}]}]}],
 "dashboards": [{"name": "Weekly revenue", "integration": "BI", "owners": ["dana@example.com"],
                 "external_usage": 40, "charts": [{"name": "Revenue by week"}]}],
 "lineage": [{"from": "shop.marts.orders.amount", "to": "chart:Revenue by week",
              "direction": "DOWNSTREAM", "manual": false}]}
```

Databases, schemas, tables, columns, dashboards and charts take the fields of `FIELDS` too, and `id`, `owners` (e-mails
or ids) and `teams` (inherited from the parent). An id that is left out is made from the names, and is the same on every run.
In `lineage` an end is the dotted name of a table or column, `chart:TITLE`, `dashboard:TITLE`, or `id:…`; the direction
is the one from `from` to `to`.
"""

from dataclasses import dataclass
from pathlib import Path

from contract_gate.core.errors import UsageError
from contract_gate.core.json_fields import entries, flag, parse, text, texts, whole
from contract_gate.edge.disk import read_regular_text
from contract_gate.emulator.store import Store
from contract_gate.emulator.values import (
    Direction,
    Entity,
    EntityType,
    Group,
    Integration,
    QuestionReply,
    Role,
    User,
    stable_id,
)
from contract_gate.emulator.wire import Json

SHOP = Path(__file__).parent / "seeds" / "shop.json"
"""The seed of the demo: a small shop."""

DEMO_KEY = "emulator-admin"
"""The key of the administrator in the seeds that come with contract-gate. It opens nothing but an emulator."""

FIELDS = (
    "native_type", "url", "type", "tags", "verified", "pii", "archived", "stale", "external_usage", "internal_usage",
    "external_users", "internal_users", "description", "definition", "created_at", "unique_id", "external_updated_at",
)  # fmt: skip
_BESIDES = ("name", "id", "owners", "teams", "integration", "schemas", "tables", "columns", "charts")
_LISTS = ("users", "groups", "teams", "replies", "integrations", "databases", "dashboards", "lineage")

Item = dict[str, Json]


def load(path: Path) -> Store:
    """Read a seed file; raises `UsageError` where it can't be read or understood."""
    content = read_regular_text(path, "the seed", "give a JSON or SQL file")
    if path.suffix.lower() == ".sql":
        from contract_gate.emulator.script_seed import store_from_sql

        return store_from_sql(content)
    return store_from_json(content)


def store_from_json(content: str) -> Store:
    """Make a store from a seed's text; raises `UsageError`."""
    try:
        return _Sower(_object(parse(content))).sow()
    except (ValueError, LookupError) as error:
        raise UsageError(
            f"the seed is not understood: {error}", "docs/emulator.md describes its format"
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parent:
    """What children inherit."""

    id: str | None
    path: tuple[str, ...]
    integration_id: str | None
    teams: tuple[str, ...]


class _Sower:
    """Walks over a seed and fills a store."""

    def __init__(self, seed: Item) -> None:
        _refuse_others(seed, ("workspace", *_LISTS))
        self.seed = seed
        self.store = Store(workspace=text(seed, "workspace", "emulator"))
        self.people: dict[str, str] = {}
        self.systems: dict[str, str] = {}

    def sow(self) -> Store:
        for user in _list(self.seed, "users"):
            self._user(user)
        for group in _list(self.seed, "groups"):
            name = text(group, "name")
            members = tuple(self._person(user) for user in texts(group, "users"))
            self.store.add_group(
                Group(id=text(group, "id", stable_id("group", name)), name=name, users=members)
            )
        for team in _list(self.seed, "teams"):
            self.store.add_team(text(team, "name"))
        for reply in _list(self.seed, "replies"):
            self._reply(reply)
        for integration in _list(self.seed, "integrations"):
            self._integration(integration)
        for database in _list(self.seed, "databases"):
            self._database(database)
        for dashboard in _list(self.seed, "dashboards"):
            parent = self._entity(EntityType.DASHBOARD, dashboard, self._root(dashboard))
            for position, chart in enumerate(_list(dashboard, "charts")):
                self._entity(EntityType.CHART, chart, parent, position)
        for edge in _list(self.seed, "lineage"):
            self._edge(edge)
        return self.store

    def _user(self, item: Item) -> None:
        email = text(item, "email")
        user = User(
            id=text(item, "id", stable_id("user", email)),
            email=email,
            first_name=text(item, "first_name", ""),
            last_name=text(item, "last_name", ""),
            role=Role(text(item, "role", Role.EDITOR)),
            key=text(item, "key", "") or None,
            teams=texts(item, "teams"),
            disabled=flag(item, "disabled"),
        )
        self.people[email] = self.store.add_user(user).id
        for team in user.teams:
            self.store.add_team(team)

    def _reply(self, item: Item) -> None:
        question = text(item, "question")
        self.store.add_reply(
            QuestionReply(
                id=text(item, "id", stable_id("reply", question, str(len(self.store.replies)))),
                question=question,
                text=text(item, "text", ""),
                owners=tuple(self._person(owner) for owner in texts(item, "owners")),
                accepted=flag(item, "accepted"),
                created_at=self.store.now(),
            )
        )

    def _integration(self, item: Item) -> None:
        name = text(item, "name")
        integration = Integration(
            id=text(item, "id", stable_id("integration", name)).lower(),
            name=name,
            type=text(item, "type"),
            last_run=text(item, "scheduled_extractions_last_run", "") or None,
            credentials=tuple(
                (key, str(value)) for key, value in _object(item.get("credentials", {})).items()
            ),
        )
        self.systems[name] = self.store.add_integration(integration).id

    def _database(self, item: Item) -> None:
        database = self._entity(EntityType.DATABASE, item, self._root(item))
        for schema_item in _list(item, "schemas"):
            schema = self._entity(EntityType.SCHEMA, schema_item, database)
            for table_item in _list(schema_item, "tables"):
                table = self._entity(EntityType.TABLE, table_item, schema)
                for position, column in enumerate(_list(table_item, "columns")):
                    self._entity(EntityType.COLUMN, column, table, position)

    def _root(self, item: Item) -> _Parent:
        name = text(item, "integration", "")
        if name and name not in self.systems:
            raise ValueError(f"there is no integration {name!r}")
        return _Parent(id=None, path=(), integration_id=self.systems.get(name), teams=())

    def _entity(self, kind: EntityType, item: Item, parent: _Parent, position: int = 0) -> _Parent:
        _refuse_others(item, (*FIELDS, *_BESIDES))
        path = (*parent.path, text(item, "name"))
        system = parent.integration_id
        entity = Entity(
            id=text(item, "id", stable_id(kind, system or "", *path)).lower(),
            entity_type=kind,
            path=path,
            native_type=text(item, "native_type", kind),
            created_at=text(item, "created_at", "") or self.store.now(),
            integration_id=system,
            parent_id=parent.id,
            teams=texts(item, "teams") or parent.teams,
            owners=tuple(self._person(owner) for owner in texts(item, "owners")),
            tags=texts(item, "tags"),
            url=text(item, "url", "") or None,
            type=text(item, "type", "") or None,
            position=position,
            verified=flag(item, "verified"),
            pii=flag(item, "pii"),
            archived=flag(item, "archived"),
            stale=flag(item, "stale"),
            external_usage=_number(item, "external_usage"),
            internal_usage=_number(item, "internal_usage"),
            external_users=texts(item, "external_users"),
            internal_users=tuple(self._person(user) for user in texts(item, "internal_users")),
            description=text(item, "description", "") or None,
            definition=text(item, "definition", "") or None,
            unique_id=text(item, "unique_id", "") or None,
            changed_at=_changed(item),
        )
        self.store.add(entity)
        return _Parent(id=entity.id, path=path, integration_id=system, teams=entity.teams)

    def _person(self, name: str) -> str:
        if name in self.store.users:
            return name
        group = next((one.id for one in self.store.groups.values() if one.name == name), None)
        if group is not None:
            return group
        if name not in self.people:
            raise ValueError(f"there is no user {name!r}")
        return self.people[name]

    def _edge(self, item: Item) -> None:
        self.store.link(
            find_end(self.store, text(item, "from")).id,
            find_end(self.store, text(item, "to")).id,
            Direction(text(item, "direction", Direction.DOWNSTREAM).upper()),
            is_manual=flag(item, "manual"),
        )


def find_end(store: Store, name: str) -> Entity:
    """Give what a `lineage` end of a seed names; raises `LookupError`."""
    kind, _, title = name.partition(":")
    if kind == "id" and title.lower() in store.entities:
        return store.entities[title.lower()]
    if title and kind in tuple(EntityType):
        return store.named(EntityType(kind), title)
    if store.tables_named(tuple(name.split("."))):
        return store.table(name)
    table, _, column = name.rpartition(".")
    return store.column(table, column) if table else store.table(name)


def _refuse_others(item: Item, known: tuple[str, ...]) -> None:
    """Refuse a field that would be ignored: a typing error in a seed is hard to find otherwise."""
    if others := sorted(set(item) - set(known)):
        raise ValueError(f"there is no field {others[0]!r}")


def _object(value: Json) -> Item:
    if isinstance(value, str):
        return {"name": value}
    if not isinstance(value, dict):
        raise ValueError(f"an object was expected instead of {value!r}")
    return value


def _list(item: Item, name: str) -> list[Item]:
    return [_object(one) for one in entries(item, name)]


def _changed(item: Item) -> str | None:
    """Read when the source changed it; null is a source that does not say. Without the field it is when it was made."""
    if item.get("external_updated_at", "") is None:
        return None
    return text(item, "external_updated_at", "")


def _number(item: Item, name: str) -> int | None:
    """Read a count; null is one that nobody counts."""
    return whole(item, name) if name in item else 0
