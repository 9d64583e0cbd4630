"""The emulator's state: entities and lineage in plain values, with the indexes that the routes need.

It lives as long as the process; `seed` fills it. What a reply looks like, who may see what, and how far it strays
from the documentation is decided elsewhere (`rows`, `gateway`, `switches`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from contract_gate.emulator.values import (
    Direction,
    Edge,
    Entity,
    EntityType,
    Group,
    Integration,
    LineageRow,
    QuestionReply,
    Role,
    Team,
    User,
    stable_id,
)


def utc_now() -> str:
    """Give the time as Secoda writes it, `2026-11-20T12:00:00.000000Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Store:
    """A workspace. `now` gives the time that new rows are stamped with."""

    def __init__(self, *, workspace: str = "emulator", now: Callable[[], str] = utc_now) -> None:
        self.workspace_id = stable_id("workspace", workspace)
        self.now = now
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.teams: dict[str, Team] = {}
        self.replies: dict[str, QuestionReply] = {}
        self.integrations: dict[str, Integration] = {}
        self.entities: dict[str, Entity] = {}
        self._children: dict[str, list[str]] = {}
        self._titled: dict[tuple[EntityType, str], list[str]] = {}
        self._edges: dict[tuple[str, str], Edge] = {}
        self._edge_of_row: dict[str, tuple[str, str]] = {}
        self._upstream: dict[str, dict[str, None]] = {}
        self._downstream: dict[str, dict[str, None]] = {}

    def add_user(self, user: User) -> User:
        self.users[user.id] = user
        return user

    def add_group(self, group: Group) -> Group:
        self.groups[group.id] = group
        return group

    def add_team(self, name: str) -> Team:
        """Add the team of this name, unless it is there."""
        return self.teams.setdefault(stable_id("team", name), Team(id=stable_id("team", name), name=name))

    def add_reply(self, reply: QuestionReply) -> QuestionReply:
        self.replies[reply.id] = reply
        return reply

    def add_integration(self, integration: Integration) -> Integration:
        self.integrations[integration.id] = integration
        return integration

    def add(self, entity: Entity) -> Entity:
        """Add an entity below its parent, which must be there already."""
        if entity.id in self.entities:
            raise ValueError(f"two entities have the id {entity.id}")
        self.entities[entity.id] = entity
        if entity.parent_id is not None:
            self._children.setdefault(entity.parent_id, []).append(entity.id)
        self._titled.setdefault((entity.entity_type, entity.title), []).append(entity.id)
        return entity

    def user_of_key(self, key: str) -> User | None:
        """Give the active person that this API key acts as."""
        return next((u for u in self.users.values() if u.key == key and not u.disabled), None)

    def children(self, entity_id: str) -> list[Entity]:
        """Give the entities right below this one, in their order."""
        return [self.entities[child] for child in self._children.get(entity_id, ())]

    def tables_named(self, parts: tuple[str, ...]) -> list[Entity]:
        """Give the tables whose full name ends in these parts, without regard to case."""
        wanted = tuple(part.lower() for part in parts)
        tables = (self.entities[table] for table in self._titled.get((EntityType.TABLE, wanted[-1]), ()))
        return [table for table in tables if table.key[-len(wanted) :] == wanted]

    def table(self, name: str) -> Entity:
        """Give the one table of this dotted name; raises `LookupError` where there is none, or more than one."""
        found = self.tables_named(tuple(name.split(".")))
        if len(found) != 1:
            raise LookupError(f"{len(found)} tables are called {name}")
        return found[0]

    def column(self, table: str, name: str) -> Entity:
        """Give a column of the one table of this dotted name; raises `LookupError`."""
        tables = self.tables_named(tuple(table.split(".")))
        found = [c for parent in tables for c in self.children(parent.id) if c.title == name.lower()]
        if len(found) != 1:
            raise LookupError(f"{len(found)} columns are called {table}.{name}")
        return found[0]

    def named(self, entity_type: EntityType | str, title: str) -> Entity:
        """Give the one entity of this type and title; raises `LookupError`."""
        found = [self.entities[one] for one in self._titled.get((EntityType(entity_type), title.lower()), ())]
        if len(found) != 1:
            raise LookupError(f"{len(found)} {entity_type} entities are called {title}")
        return found[0]

    def visible(self, entity: Entity, user: User) -> bool:
        """Tell whether this person sees the entity: admins see all, others what no team or their team owns."""
        return user.role is Role.ADMIN or not entity.teams or bool(set(entity.teams) & set(user.teams))

    def link(
        self,
        from_id: str,
        to_id: str,
        direction: Direction = Direction.DOWNSTREAM,
        *,
        is_manual: bool = False,
    ) -> LineageRow:
        """Add the dependency (once: an edge that is there already is kept) and give the row asked for."""
        upstream, downstream = (from_id, to_id) if direction is Direction.DOWNSTREAM else (to_id, from_id)
        known = self._edges.get((upstream, downstream))
        edge = known or Edge(
            upstream=upstream,
            downstream=downstream,
            created_as=direction,
            is_manual=is_manual,
            created_at=self.now(),
            rows=(
                stable_id("lineage", upstream, downstream, "DOWNSTREAM"),
                stable_id("lineage", upstream, downstream, "UPSTREAM"),
            ),
        )
        if known is None or known.removed:
            self._put(replace(edge, removed=()))
        return _row(edge, direction)

    def unlink(self, row: LineageRow, *, with_mirror: bool) -> None:
        """Delete a row that is there, and its opposite `with_mirror`."""
        edge = self._edges[self._edge_of_row[row.id]]
        removed = (*edge.removed, row.direction)
        if with_mirror or len(removed) == len(Direction):
            self._drop(edge)
        else:
            self._put(replace(edge, removed=removed))

    def drop_upstream(self, entity_ids: Iterable[str]) -> None:
        """Drop the edges that nobody made by hand into these entities."""
        doomed = [
            edge
            for downstream in entity_ids
            for upstream in self._upstream.get(downstream, ())
            if not (edge := self._edges[upstream, downstream]).is_manual
        ]
        for edge in doomed:
            self._drop(edge)

    def lineage_row(self, row_id: str) -> LineageRow | None:
        """Give one row by its id."""
        pair = self._edge_of_row.get(row_id)
        if pair is None:
            return None
        rows = _rows(self._edges[pair], mirrored=True)
        return next((row for row in rows if row.id == row_id), None)

    def lineage(
        self, *, mirrored: bool = True, touching: Iterable[str] | None = None
    ) -> Iterator[LineageRow]:
        """Give the rows, or those with one of the ids `touching` at either end.

        Each edge shows in both directions, or as it was made where rows are not `mirrored`.
        """
        for edge in list(self._edges.values()) if touching is None else self._edges_at(touching):
            yield from _rows(edge, mirrored=mirrored)

    def _edges_at(self, ids: Iterable[str]) -> list[Edge]:
        pairs: dict[tuple[str, str], None] = {}
        for entity_id in sorted(ids):
            pairs.update(((up, entity_id), None) for up in self._upstream.get(entity_id, ()))
            pairs.update(((entity_id, down), None) for down in self._downstream.get(entity_id, ()))
        return [self._edges[pair] for pair in pairs]

    def _put(self, edge: Edge) -> None:
        pair = (edge.upstream, edge.downstream)
        self._edges[pair] = edge
        self._edge_of_row.update(dict.fromkeys(edge.rows, pair))
        self._upstream.setdefault(edge.downstream, {})[edge.upstream] = None
        self._downstream.setdefault(edge.upstream, {})[edge.downstream] = None

    def _drop(self, edge: Edge) -> None:
        del self._edges[edge.upstream, edge.downstream]
        for row_id in edge.rows:
            del self._edge_of_row[row_id]
        del self._upstream[edge.downstream][edge.upstream]
        del self._downstream[edge.upstream][edge.downstream]


def _rows(edge: Edge, *, mirrored: bool) -> list[LineageRow]:
    shown = tuple(Direction) if mirrored else (edge.created_as,)
    return [_row(edge, direction) for direction in shown if direction not in edge.removed]


def _row(edge: Edge, direction: Direction) -> LineageRow:
    down = direction is Direction.DOWNSTREAM
    return LineageRow(
        id=edge.rows[0] if down else edge.rows[1],
        from_id=edge.upstream if down else edge.downstream,
        to_id=edge.downstream if down else edge.upstream,
        direction=direction,
        is_manual=edge.is_manual,
        created_at=edge.created_at,
    )
