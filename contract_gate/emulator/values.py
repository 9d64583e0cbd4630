"""What a catalog holds: users, integrations, entities and lineage edges. How they look on the wire is in `rows`."""

import uuid
from dataclasses import dataclass
from enum import StrEnum

NAMESPACE = uuid.UUID("5e0b7a52-5d0c-4f5e-9d58-7f0c3a1b2c4d")
"""Ids that a seed leaves out are made from their names, so they stay the same between runs."""


class Role(StrEnum):
    """What a person may do: viewers read; editors and viewers see only what their teams see."""

    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"
    GUEST = "guest"


class EntityType(StrEnum):
    DATABASE = "database"
    SCHEMA = "schema"
    TABLE = "table"
    COLUMN = "column"
    DASHBOARD = "dashboard"
    CHART = "chart"
    JOB = "job"


class Direction(StrEnum):
    """Which way a lineage row points, seen from its `from` end."""

    DOWNSTREAM = "DOWNSTREAM"
    UPSTREAM = "UPSTREAM"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person. `key` is the API key that acts as them, `None` where they have none."""

    id: str
    email: str
    first_name: str = ""
    last_name: str = ""
    role: Role = Role.EDITOR
    key: str | None = None
    teams: tuple[str, ...] = ()
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of users; `users` are their ids."""

    id: str
    name: str
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team. Users and entities name it by its `name`."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReply:
    """An answer to a question; `owners` are the ids of those who gave it."""

    id: str
    question: str
    text: str
    owners: tuple[str, ...]
    accepted: bool
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """Where metadata comes from. `last_run` is an ISO 8601 time in UTC; `credentials` are fakes that must not leak."""

    id: str
    name: str
    type: str
    last_run: str | None = None
    credentials: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A resource. `path` is its full name in display case, outermost part first; `owners` are user ids.

    `teams` are those that see it; none means that everybody does. `type` is a column's type. `position` is the
    place among its siblings. `unique_id` is dbt's, where a sync of dbt told it. `changed_at` is when the source changed it, "" when
    it was made, None where the source does not say.
    """

    id: str
    entity_type: EntityType
    path: tuple[str, ...]
    native_type: str
    created_at: str
    integration_id: str | None = None
    parent_id: str | None = None
    teams: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    url: str | None = None
    type: str | None = None
    position: int = 0
    verified: bool = False
    pii: bool = False
    archived: bool = False
    stale: bool = False
    external_usage: int | None = 0
    internal_usage: int | None = 0
    external_users: tuple[str, ...] = ()
    internal_users: tuple[str, ...] = ()
    description: str | None = None
    definition: str | None = None
    unique_id: str | None = None
    changed_at: str | None = ""

    @property
    def title(self) -> str:
        """Give the name as the catalog stores it: in lower case."""
        return self.path[-1].lower()

    @property
    def key(self) -> tuple[str, ...]:
        """Give the full name for comparing: in lower case."""
        return tuple(part.lower() for part in self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One dependency. It shows as one row a direction; `created_as` is the direction that was asked for.

    `removed` are directions whose row was deleted alone. `rows` holds the rows' ids, downstream first.
    """

    upstream: str
    downstream: str
    created_as: Direction
    is_manual: bool
    created_at: str
    rows: tuple[str, str]
    removed: tuple[Direction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageRow:
    """What the API lists: `from_id` has `to_id` on its `direction` side."""

    id: str
    from_id: str
    to_id: str
    direction: Direction
    is_manual: bool
    created_at: str


def stable_id(*names: str) -> str:
    """Make the id that goes with these names: a UUID, the same on every run."""
    return str(uuid.uuid5(NAMESPACE, "\n".join(names)))
