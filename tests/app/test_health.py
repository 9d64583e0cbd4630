"""What `doctor` says of a key, of what is installed, and of what a run did not see."""

import asyncio
from types import SimpleNamespace

import pytest

from contract_gate.app.health import repository, secoda
from contract_gate.app.health.check import Health
from contract_gate.core.coverage import Coverage, NotAnalysed
from contract_gate.edge.config import Config


@pytest.mark.parametrize(
    ("person", "said", "health"),
    [
        (None, "does not say whose it is", Health.NOTE),
        (SimpleNamespace(shown="ada", role="Admin"), "of ada, an admin: sees all lineage", Health.OK),
        (SimpleNamespace(shown="bo", role="viewer"), "of bo, whose role is viewer", Health.NOTE),
        (SimpleNamespace(shown="cy", role=None), "of cy, whose role is unknown", Health.NOTE),
    ],
)
def test_a_key_sees_what_its_owner_sees(person: object, said: str, health: Health) -> None:
    """Only an admin's key sees all lineage; any other is told to see less, or not known to see all."""

    class Asked:
        async def me(self) -> object:
            return person

    check = asyncio.run(secoda._key(Asked()))  # type: ignore[arg-type]
    assert said in check.said
    assert check.health == health


@pytest.mark.parametrize(("installed", "health"), [(True, Health.OK), (False, Health.NOTE)])
def test_what_is_not_installed_is_told(
    monkeypatch: pytest.MonkeyPatch, installed: bool, health: Health
) -> None:
    """Without the compiled parser a run is slower, without DuckDB it shows no rows: neither is silent."""
    monkeypatch.setattr(repository, "_is_installed", lambda _: installed)
    checks = (repository._parser(), repository._witness(Config()))
    assert [check.health for check in checks] == [health, health]
    assert all(bool(check.hint) is not installed for check in checks)


def test_files_that_were_not_seen_are_named_and_counted() -> None:
    """The first are named with the reason, the others counted."""
    missing = tuple(NotAnalysed(path=f"m{n}.sql", reason="odd") for n in range(repository._SHOWN + 3))
    coverage = Coverage(files_changed=9, models_changed=9, models_analysed=0, not_analysed=missing)
    said = [check.said for check in repository._unseen(coverage)]
    assert said[0] == "m0.sql was not analysed: odd"
    assert said[-1] == "+3 more were not analysed"
    assert len(said) == repository._SHOWN + 1
