"""A Secoda to talk to: settings with a key that must never show, and time that passes only when slept."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import httpx
import pytest

from contract_gate.catalogs.catalog import Answer, Question
from contract_gate.catalogs.secoda.downstream import SecodaCatalog
from contract_gate.catalogs.secoda.settings import Limits, SecodaSettings, settings_from
from contract_gate.core.relation import RelationName
from contract_gate.emulator.app import create_app
from contract_gate.emulator.control import Control
from contract_gate.emulator.seed import DEMO_KEY, SHOP, load, store_from_json
from contract_gate.emulator.switches import read_switches

KEY = "sk-7f3a-do-not-show-9c1e"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def passing() -> Time:
    return Time()


@pytest.fixture
def settings() -> SecodaSettings:
    found = settings_from({"SECODA_API_KEY": KEY, "SECODA_API_URL": "https://secoda.test"})
    assert found is not None
    return replace(found, limits=Limits(deadline=300.0))


class Emulated:
    """The emulator in this process, behind the client's transport."""

    def __init__(self, switches: Sequence[str] = (), seed: str | None = None) -> None:
        self.store = load(SHOP) if seed is None else store_from_json(seed)
        self.control = Control(read_switches(switches))
        self.server = httpx.ASGITransport(create_app(self.store, control=self.control))

    def settings(self, key: str = DEMO_KEY, **limits: float) -> SecodaSettings:
        found = settings_from({"SECODA_API_KEY": key, "SECODA_API_URL": "http://127.0.0.1:9"})
        assert found is not None
        return replace(found, limits=replace(found.limits, **limits))

    def catalog(self, key: str = DEMO_KEY, time: Time | None = None, **limits: float) -> SecodaCatalog:
        chosen = time or Time()
        return SecodaCatalog(
            self.settings(key, **limits), server=self.server, clock=chosen.clock, sleep=chosen.sleep
        )

    def ask(
        self, *names: str, columns: tuple[str, ...] = (), own: Sequence[str] = (), **limits: float
    ) -> list[Answer]:
        questions = [Question(relation=relation(name), columns=columns) for name in names]
        owned = [relation(name) for name in own]
        answers = asyncio.run(self.catalog(**limits).downstream(questions, own=owned))
        return [answers[question.relation] for question in questions]


def relation(text: str) -> RelationName:
    return RelationName(tuple(text.split(".")))


@pytest.fixture
def emulate() -> Callable[..., Emulated]:
    return Emulated


@pytest.fixture(name="named")
def named_fixture() -> Callable[[str], RelationName]:
    return relation
