"""`downstream` and `snapshot`, against an emulator on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contract_gate.cli.chosen import chosen_catalog
from contract_gate.cli.configuration import of_branch
from contract_gate.cli.connection import relation_argument
from contract_gate.cli.downstream import downstream
from contract_gate.cli.secoda import UnvouchedError, secoda_settings
from contract_gate.cli.snapshot import snapshot
from contract_gate.core.errors import CatalogError, UsageError
from contract_gate.edge.config import Config
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.seed import SHOP, load
from contract_gate.emulator.server import running
from contract_gate.emulator.switches import read_switches
from contract_gate.reports.report import CatalogStatus

ORDERS = "shop.marts.orders"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to stand in, with nothing of the machine's Secoda in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("SECODA_API_KEY", "SECODA_API_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def shop(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    with running(load(SHOP)) as server:
        monkeypatch.setenv("SECODA_API_KEY", "emulator-admin")
        monkeypatch.setenv("SECODA_API_URL", server.url)
        yield server


def invoke(command: object, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_downstream_of_secoda(shop: object) -> None:
    """Consumers are shown with their owners and views."""
    result = invoke(downstream, ORDERS)
    assert result.exit_code == 0
    assert (
        "chart Revenue by week in Weekly revenue  reads amount, order_date  owned by dana@example.com  198 views"
        in result.output
    )


def test_downstream_as_json(shop: object) -> None:
    """The JSON has the status, and each consumer in full."""
    content = json.loads(invoke(downstream, ORDERS, "--format", "json", "--column", "gone").output)
    assert (content["status"], content["unknown_columns"]) == ("known", ["gone"])
    assert {one["asset"]["kind"] for one in content["reached"]} == {"table", "chart", "dashboard"}


def test_not_in_the_catalog(shop: object) -> None:
    """A relation that the catalog does not have is an answer, and no error."""
    result = invoke(downstream, "shop.marts.nowhere")
    assert (result.exit_code, "does not list it" in result.output) == (0, True)


def test_part_of_an_answer(shop: object, here: Path) -> None:
    """What lost a page is shown, and is no success; a snapshot of it stays one in part."""
    shop.control.switches = read_switches(["page_size=5", "later_pages=404"])
    result = invoke(downstream, ORDERS)
    assert isinstance(result.exception, CatalogError)
    assert "there may be more consumers" in result.output
    assert "not fully asked" in invoke(snapshot, ORDERS, "--output", "s.json").output
    assert isinstance(invoke(downstream, ORDERS, "--snapshot", "s.json").exception, CatalogError)


def test_without_a_key(here: Path) -> None:
    """Without key and snapshot the question can't be answered."""
    result = invoke(downstream, ORDERS)
    assert isinstance(result.exception, CatalogError)
    assert isinstance(invoke(snapshot, ORDERS).exception, UsageError)


def test_snapshot_then_downstream(shop: object, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot answers without key and network what Secoda answered."""
    live = invoke(downstream, ORDERS).output
    taken = invoke(snapshot, ORDERS, "--output", "s.json")
    assert taken.exit_code == 0
    assert "1 of 1 relations" in taken.output
    monkeypatch.delenv("SECODA_API_KEY")
    assert invoke(downstream, ORDERS, "--snapshot", "s.json").output == live
    assert "emulator-admin" not in (here / "s.json").read_text()


def test_no_empty_snapshot(shop: object, here: Path) -> None:
    """When the catalog is out of order no snapshot is written over a good one."""
    (here / "s.json").write_text("good")
    shop.control.inject(Fault(kind=FaultKind.HTML))
    result = invoke(snapshot, ORDERS, "--output", "s.json")
    assert isinstance(result.exception, CatalogError)
    assert (here / "s.json").read_text() == "good"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Shop.Marts.Orders", ("shop", "marts", "orders")),
        ("orders", ("orders",)),
        ('shop."a.b".t', ("shop", "a.b", "t")),
        ("`shop`.t", ("shop", "t")),
    ],
)
def test_relation_argument(text: str, parts: tuple[str, ...]) -> None:
    """A name is read as people type it."""
    assert relation_argument(text).parts == parts


@pytest.mark.parametrize("text", ["", "a.b.c.d", "a..b", ".a", "a b", 'a."b', "a.b."])
def test_no_relation(text: str) -> None:
    """What is no name is a usage error."""
    with pytest.raises(UsageError):
        relation_argument(text)


def test_a_proposed_address() -> None:
    """An address that nobody vouches for takes no key, unless the environment names another."""
    config = Config(proposed_url="https://elsewhere.test")
    environ = {"SECODA_API_KEY": "k" * 20}
    with pytest.raises(UnvouchedError, match="sent nowhere"):
        secoda_settings(config, environ)
    settings = secoda_settings(config, {**environ, "SECODA_API_URL": "eu"})
    assert settings is not None
    assert settings.url == "https://eapi.secoda.co/api/v1"
    assert secoda_settings(config, {}) is None


def test_which_catalog(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key: none; a key: Secoda, unless the configuration says none or nobody vouches for the address."""
    proposed = Config(proposed_url="https://elsewhere.test")
    assert chosen_catalog(Config()).open().state().name == "none"
    monkeypatch.setenv("SECODA_API_KEY", "k" * 20)
    assert chosen_catalog(Config()).open().state().name == "secoda"
    assert chosen_catalog(Config(catalog="none")).open().state().name == "none"
    assert chosen_catalog(proposed).open().state().status is CatalogStatus.UNAVAILABLE


def test_unreadable_configuration(here: Path) -> None:
    """A configuration that is no text is a usage error."""
    (here / "contract-gate.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError):
        of_branch(here, {})
