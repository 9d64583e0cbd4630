"""What every route needs: the store, the control, who asks, and how to answer."""

import json
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from contract_gate.emulator.control import Control
from contract_gate.emulator.filters import read_json
from contract_gate.emulator.pages import page_of
from contract_gate.emulator.rows import entity_row
from contract_gate.emulator.store import Store
from contract_gate.emulator.switches import Switches
from contract_gate.emulator.values import Entity, User
from contract_gate.emulator.wire import ApiError, Json, spell_nulls


class RouteContext:
    """One store and its control, as the routes use them."""

    def __init__(self, store: Store, control: Control) -> None:
        self.store = store
        self.control = control
        self._rows: dict[str, tuple[Entity, dict[str, Json]]] = {}

    @property
    def switches(self) -> Switches:
        return self.control.switches

    def row(self, entity: Entity) -> dict[str, Json]:
        """Give the entity's row; it is made once, because a filter looks at all of them."""
        known = self._rows.get(entity.id)
        if known is None or known[0] is not entity:
            known = self._rows[entity.id] = (entity, entity_row(self.store, entity))
        return known[1]

    def visible(self, request: Request) -> Iterable[Entity]:
        """Give the entities that the person who asks may see."""
        user = asker(request)
        return (entity for entity in self.store.entities.values() if self.store.visible(entity, user))

    def find(self, request: Request, entity_id: str) -> Entity | None:
        """Give the entity, if it is there and the person who asks may see it."""
        entity = self.store.entities.get(entity_id)
        return entity if entity is not None and self.store.visible(entity, asker(request)) else None

    def answer(self, value: Json, status: int = 200) -> Response:
        """Write JSON, its nulls as the switch says."""
        body = json.dumps(spell_nulls(value, self.switches.nulls), ensure_ascii=False)
        return Response(body, status_code=status, media_type="application/json")

    def page(self, request: Request, rows: list[dict[str, Json]], limit: int | None = None) -> Response:
        """Write the page of these rows that the request asks for."""
        base = f"{request.url.scheme}://{request.url.netloc}"
        path = request.url.path.strip("/") + "/"
        return self.answer(dict(page_of(rows, request.query_params, base, path, self.switches, limit)))


def asker(request: Request) -> User:
    """Give the person whose key came with the request; the gateway put them there."""
    user: User = request.scope["state"]["user"]
    return user


async def body_of(request: Request) -> Mapping[str, Json]:
    """Read the body as a JSON object; raises `ApiError` 400."""
    return read_json(await request.body(), "the body")


def text_of(body: Mapping[str, Json], *names: str) -> str | None:
    """Give the first of these fields that holds a text; raises `ApiError` 400 where it holds something else."""
    for name in names:
        value = body.get(name)
        if isinstance(value, str) and value:
            return value
        if value not in (None, ""):
            raise ApiError(400, f"{name} is not a text")
    return None


def texts_of(body: Mapping[str, Json], name: str, default: Iterable[str] = ()) -> tuple[str, ...]:
    """Give the texts of a field, the default where it is not there; raises `ApiError` 400 where it holds something else."""
    value = body.get(name, list(default))
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ApiError(400, f"{name} is not a list of texts.")
    return tuple(str(one) for one in value)
