"""A shop whose catalog is brought in step, through the emulator."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from contract_gate.app.sync.exposures import link_exposures
from contract_gate.app.sync.sync import sync
from contract_gate.app.sync.values import (
    DeclaredExposure,
    ExposureLink,
    MadeLink,
    SyncEntry,
    SyncModel,
    SyncReport,
)
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.settings import settings_from
from contract_gate.core.relation import RelationName
from contract_gate.emulator.app import create_app
from contract_gate.emulator.control import Control
from contract_gate.emulator.seed import DEMO_KEY, SHOP, load, store_from_json
from contract_gate.emulator.switches import read_switches


class Shop:
    """The emulator's shop; its clock and the client's move by sleeping alone."""

    def __init__(self, *switches: str, seed: str | None = None) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.store = load(SHOP) if seed is None else store_from_json(seed)
        self.control = Control(read_switches(switches), clock=lambda: self.now)
        self.server: httpx.AsyncBaseTransport = httpx.ASGITransport(
            create_app(self.store, control=self.control)
        )

    def link(
        self, *exposures: DeclaredExposure, made: tuple[MadeLink, ...] = (), write: bool = False
    ) -> tuple[ExposureLink, ...]:
        declared = {(one.key, relation) for one in exposures for relation, _ in one.reads}

        async def whole() -> tuple[ExposureLink, ...]:
            async with self._open(lambda seconds: asyncio.sleep(0)) as client:
                return await link_exposures(exposures, declared, made, client, write=write)

        return asyncio.run(whole())

    def _open(self, pause: Callable[[float], Awaitable[None]], key: str = DEMO_KEY) -> Secoda:
        settings = settings_from({"SECODA_API_KEY": key, "SECODA_API_URL": "http://127.0.0.1:9"})
        assert settings is not None
        settings = replace(settings, limits=replace(settings.limits, deadline=3600.0))
        return Secoda(settings, server=self.server, clock=lambda: self.now, sleep=pause)

    def sync(
        self,
        *models: SyncModel,
        dry_run: bool = False,
        key: str = DEMO_KEY,
        with_docs: bool = False,
        told: Callable[[Sequence[SyncEntry]], None] = lambda _: None,
    ) -> SyncReport:
        async def pause(seconds: float) -> None:
            self.now += seconds
            self.slept.append(seconds)

        async def whole() -> SyncReport:
            async with self._open(pause, key) as client:
                return await sync(models, client, dry_run, with_docs=with_docs, pause=pause, told=told)

        return asyncio.run(whole())

    @property
    def writes(self) -> int:
        return sum(seen.method != "GET" for seen in self.control.requests)

    def edges(self, table: str) -> set[tuple[str, str]]:
        """Give the lineage into a table and its columns, as full names."""
        name = {entity.id: ".".join(entity.path) for entity in self.store.entities.values()}
        rows = [row for row in self.store.lineage() if row.direction == "DOWNSTREAM"]
        pairs = {(name[row.from_id], name[row.to_id]) for row in rows}
        return {pair for pair in pairs if pair[1] == table or pair[1].startswith(f"{table}.")}


@pytest.fixture
def shop() -> Callable[..., Shop]:
    return Shop


def build(relation: str, sql: str | None, *sources: str, **more: Any) -> SyncModel:
    return SyncModel(
        relation=RelationName(tuple(relation.split("."))),
        path=f"models/{relation}.sql",
        dialect="postgres",
        sql=sql,
        sources=tuple(RelationName(tuple(source.split("."))) for source in sources),
        **more,
    )


@pytest.fixture
def model() -> Callable[..., SyncModel]:
    return build
