"""A shop behind an emulator on loopback, and nothing of the machine's Secoda in the environment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_gate.emulator.seed import SHOP, load
from contract_gate.emulator.server import Server, running


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.chdir(tmp_path)
    with running(load(SHOP)) as server:
        monkeypatch.setenv("SECODA_API_KEY", "emulator-admin")
        monkeypatch.setenv("SECODA_API_URL", server.url)
        yield server


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Two integrations, of which the old one is documented; people, groups, replies and dashboards."""
    monkeypatch.chdir(tmp_path)
    with running(load(Path(__file__).parent / "workspace.json")) as server:
        monkeypatch.setenv("SECODA_API_KEY", "emulator-admin")
        monkeypatch.setenv("SECODA_API_URL", server.url)
        yield server
