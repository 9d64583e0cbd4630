"""A shop behind the emulator, asked without a socket."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from contract_gate.emulator.app import create_app
from contract_gate.emulator.control import Control
from contract_gate.emulator.seed import SHOP, load
from contract_gate.emulator.store import Store
from contract_gate.emulator.switches import Switches, read_switches


class Caller:
    """Asks an emulator over a store. `clock` is the seconds that the write limit sees."""

    def __init__(self, store: Store, *switches: str, key: str | None = "emulator-admin") -> None:
        self.store = store
        self.clock = 0.0
        self.control = Control(read_switches(switches, Switches()), clock=lambda: self.clock)
        self.app = create_app(store, control=self.control)
        self.headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    def __call__(self, method: str, path: str, **options: object) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://emulator/api/v1/") as client:
                return await client.request(method, path, headers=self.headers, **options)

        return asyncio.run(ask())

    def get(self, path: str, **query: object) -> httpx.Response:
        return self("GET", path, params=query)

    def rows(self, path: str, **query: object) -> list[dict[str, object]]:
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        return response.json()["results"]

    def titles(self, path: str, **query: object) -> list[str]:
        return [str(row["title"]) for row in self.rows(path, **query)]

    def edges(self) -> set[tuple[str, str]]:
        """Give all lineage as full names, upstream first."""
        name = {entity.id: ".".join(entity.path) for entity in self.store.entities.values()}
        rows = self.store.lineage()
        return {(name[row.from_id], name[row.to_id]) for row in rows if row.direction == "DOWNSTREAM"}


@pytest.fixture
def shop() -> Store:
    return load(SHOP)


@pytest.fixture
def call(shop: Store) -> Callable[..., Caller]:
    """Open the shop with these switches: `call("mirrored_rows=off", key=…)`."""
    return lambda *switches, key="emulator-admin": Caller(shop, *switches, key=key)


@pytest.fixture
def caller_over() -> Callable[..., Caller]:
    """Open any store: `caller_over(store, *switches, key=…)`."""
    return Caller
