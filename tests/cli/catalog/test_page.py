"""docs/catalog.md: which command asks which endpoint, as these tests see the commands ask; where each is proven, in which shapes, and under
which switches of the emulator.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import partial
from pathlib import Path

import click
import httpx
import pytest
from starlette.routing import Match

from contract_gate.catalogs.secoda import client
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.cli import group
from contract_gate.emulator.app import create_app, routes_of
from contract_gate.emulator.context import RouteContext
from contract_gate.emulator.control import Control
from contract_gate.emulator.seed import SHOP, load
from contract_gate.emulator.server import Server, running
from contract_gate.emulator.switches import Switches, read_switches
from tests.catalogs.secoda.shapes import SHAPES
from tests.cli.running import Ran, compare_or_write, run
from tests.e2e.project import Project

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "catalog.md"
WORKSPACE = Path(__file__).parent / "workspace.json"
ORDERS = "create view shop.marts.orders as select order_id, amount from shop.staging.stg_payments;\n"
FILES = {"contract-gate.toml": 'dialect = "postgres"\nwitness = false\n', "orders.sql": ORDERS}

Arguments = Callable[[Server], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """What a person wants, the command that does it, how it is called here, and the tests that prove it."""

    wants: str
    command: str
    call: Arguments
    proof: str
    also: tuple[str, ...] = ()
    seed: Path = SHOP
    codes: tuple[int, ...] = (0,)


def fixed(*arguments: str) -> Arguments:
    return lambda _: arguments


def _two_tables(server: Server) -> tuple[str, ...]:
    ends = (server.store.table(name).id for name in ("shop.marts.orders", "shop.raw.raw_items"))
    return ("catalog", "lineage", "add", *ends)


def _first_row(*before: str) -> Arguments:
    return lambda server: (
        *before,
        next(iter(server.store.lineage())).id,
        *(["--yes"] if "delete" in before else []),
    )


CLI = "tests/cli/catalog/"
WORKFLOWS = (
    Workflow(
        wants="Data contracts: who is downstream of a change, before it is merged", command="check", codes=(1,),
        call=fixed("check", "--base", "main", "--format", "json"), proof="tests/e2e/test_catalog_scenarios.py",
    ),
    Workflow(
        wants="Lineage from queries: after the merge", command="sync",
        call=fixed("sync", "--before", "HEAD^", "--format", "json"), proof="tests/e2e/test_sync.py",
    ),
    Workflow(
        wants="A preview of a query's lineage", command="catalog preview",
        call=fixed("catalog", "preview", "orders.sql"), proof=f"{CLI}test_preview.py",
    ),
    Workflow(
        wants="Who reads a table or column, several hops far", command="catalog downstream",
        call=fixed("catalog", "downstream", "shop.raw.raw_payments.amount"), proof=f"{CLI}test_walk.py",
        also=("tests/cli/test_catalog_commands.py",),
    ),
    Workflow(
        wants="What a table or column is made from", command="catalog upstream",
        call=fixed("catalog", "upstream", "shop.marts.orders"), proof=f"{CLI}test_walk.py",
    ),
    Workflow(
        wants="Manual lineage: look", command="catalog lineage list",
        call=fixed("catalog", "lineage", "list"), proof=f"{CLI}test_lineage.py",
    ),
    Workflow(
        wants="Manual lineage: one row", command="catalog lineage get",
        call=_first_row("catalog", "lineage", "get"), proof=f"{CLI}test_lineage.py",
    ),
    Workflow(
        wants="Manual lineage: make it", command="catalog lineage add", call=_two_tables, proof=f"{CLI}test_lineage.py",
    ),
    Workflow(
        wants="Manual lineage: take it away", command="catalog lineage delete",
        call=_first_row("catalog", "lineage", "delete"), proof=f"{CLI}test_lineage.py",
    ),
    Workflow(
        wants="Identify stale dashboards", command="catalog stale", seed=WORKSPACE,
        call=fixed("catalog", "stale"), proof=f"{CLI}test_stale.py",
    ),
    Workflow(
        wants="Track adoption", command="catalog adoption", seed=WORKSPACE,
        call=fixed("catalog", "adoption"), proof=f"{CLI}test_adoption.py",
    ),
    Workflow(
        wants="Migrate documentation", command="catalog migrate-docs", seed=WORKSPACE,
        call=fixed("catalog", "migrate-docs", "--from", "Old", "--to", "New", "--yes"), proof=f"{CLI}test_migrate_docs.py",
    ),
    Workflow(
        wants="Add new users", command="catalog users add", seed=WORKSPACE,
        call=fixed("catalog", "users", "add", "people.json", "--yes"), proof=f"{CLI}test_users.py",
    ),
    Workflow(
        wants="What is known, for runs without a key", command="snapshot",
        call=fixed("snapshot", "shop.marts.orders", "--output", "taken.json"), proof="tests/cli/test_catalog_commands.py",
    ),
    Workflow(
        wants="Whether key, rights and sources are well", command="doctor",
        call=fixed("doctor", "--no-trial"), proof="tests/cli/test_doctor.py",
    ),
)  # fmt: skip

EITHER_WAY = ("--trial", "--no-trial")
"""A switch whose default is one of the two: the tests of `doctor` run it both ways."""
UNUSED = {
    "POST lineage/lineage_from_query": "it adds; `sync` replaces (PATCH), so that lineage that went goes",
    "POST lineage/manual": "`catalog lineage add` turns to it where a deployment has no `POST lineage`, as older ones",
    "GET database/databases": "the parts of `title_full` say the same",
    "GET database/schemas": "the parts of `title_full` say the same",
    "GET dashboard/charts": "charts are found by their ids, as lineage names them",
}
"""Endpoints of the documentation that no command asks here, and why."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A pull request that loses a column which a dashboard reads."""
    for name in ("GITHUB_EVENT_NAME", "GITHUB_ACTIONS", "GITHUB_BASE_REF", "GITLAB_CI", "CI"):
        monkeypatch.delenv(name, raising=False)
    project = Project(tmp_path / "repository").start().commit(FILES)
    project.pull_request({"orders.sql": ORDERS.replace(", amount", "")})
    people = [
        {"email": "new@example.com", "role": "editor", "groups": ["Data stewards"], "teams": ["support"]}
    ]
    (project.directory / "people.json").write_text(json.dumps(people))
    monkeypatch.chdir(project.directory)
    return project


def asked(server: Server) -> Iterator[str]:
    """Give the endpoints that were asked, by their routes."""
    routes = routes_of(RouteContext(server.store, server.control))
    for seen in server.control.requests:
        scope = {"type": "http", "method": seen.method, "path": "/" + seen.path.strip("/") + "/"}
        route = next(one for one in routes if one.matches(scope)[0] is Match.FULL)
        yield f"{seen.method} {route.path.strip('/')}"


def test_the_page(repository: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each workflow works and asks what the page says; each endpoint is asked, or the page says why not."""
    by_endpoint: dict[str, dict[str, None]] = {}
    for one in WORKFLOWS:
        with running(load(one.seed)) as server:
            monkeypatch.setenv("SECODA_API_KEY", "emulator-admin")
            monkeypatch.setenv("SECODA_API_URL", server.url)
            if one.command == "sync":
                repository.git("checkout", "--quiet", "main")
                repository.git("merge", "--quiet", "--ff-only", "change")
            ran = run(*one.call(server))
            assert ran.code in one.codes, (one.command, ran)
            for endpoint in asked(server):
                by_endpoint.setdefault(endpoint, {})[one.command] = None
            routes = routes_of(RouteContext(server.store, server.control))
        assert (ROOT / one.proof).exists(), one.proof
    served = {
        f"{method} {route.path.strip('/')}"
        for route in routes
        for method in (route.methods or ())
        if method != "HEAD"
    }
    assert served - set(by_endpoint) == set(UNUSED)
    assert set(by_endpoint) <= {shape.endpoint for shape in SHAPES} <= served
    compare_or_write(PAGE, [*_workflows(), "", *_endpoints(by_endpoint)])


NOWHERE = "http://127.0.0.1:9"
"""The catalog's address where it answers in this process."""
NUMBERS = {"page_size": 2, "preview_limit": 200, "write_limit": 1000}
"""Other values of switches that are numbers; the rest of these say how a refusal looks, and have tests of their own."""
KNOWN = frozenset(
    {
        *(
            ("column_rows=off", command)
            for command in (
                "check",
                "catalog downstream",
                "catalog upstream",
                "catalog lineage list",
                "snapshot",
            )
        ),
        *(("mirrored_rows=off", f"catalog lineage {command}") for command in ("list", "add")),
        ("later_pages=others", "catalog lineage list"),
    }
)
"""Where another answer is the right one: rows are as the deployment has them, and of a list of all rows each was asked for."""


def alternatives() -> Iterator[str]:
    """Give every other value of every switch that is a choice."""
    for switch in fields(Switches):
        usual = getattr(Switches(), switch.name)
        match usual:
            case bool():
                yield f"{switch.name}={'off' if usual else 'on'}"
            case StrEnum():
                yield from (f"{switch.name}={other.value}" for other in type(usual) if other != usual)
            case int() if switch.name in NUMBERS:
                yield f"{switch.name}={NUMBERS[switch.name]}"


def answered(one: Workflow, switch: str | None, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Run a workflow against a catalog of its own, in this process; ids of what it made, and the order of lists, are left out."""
    store, control = load(one.seed), Control(read_switches([switch] if switch else []))
    app = httpx.ASGITransport(create_app(store, control=control))
    near = partial(Transport, server=app)
    monkeypatch.setattr(
        client, "Transport", lambda settings, clock, sleep, server: near(settings, clock=clock, sleep=sleep)
    )
    ran = run(*one.call(Server(url=NOWHERE, store=store, control=control)))
    ids = r"[0-9a-f]{8}-[0-9a-f-]{27}"
    out = sorted(line.strip(" ,") for line in re.sub(ids, "ID", ran.out).splitlines())
    return Ran(code=ran.code, out="\n".join(out), err=ran.err)


def test_the_switches(repository: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a deployment makes of filters, pages, rows and nulls, a workflow gives the same answer or says what is missing."""
    monkeypatch.setenv("SECODA_API_KEY", "emulator-admin")
    monkeypatch.setenv("SECODA_API_URL", NOWHERE)
    otherwise: dict[str, dict[str, Ran]] = {switch: {} for switch in alternatives()}
    for one in WORKFLOWS:
        if one.command == "sync":
            repository.git("checkout", "--quiet", "main")
            repository.git("merge", "--quiet", "--ff-only", "change")
        usual = answered(one, None, monkeypatch)
        assert usual.code in one.codes, (one.command, usual)
        for switch, told in otherwise.items():
            seen = answered(one, switch, monkeypatch)
            if (seen.code, seen.out) != (usual.code, usual.out):
                told[one.command] = seen
                assert seen.code == 3 or (switch, one.command) in KNOWN, (switch, one.command, seen)
    assert {(switch, command) for switch, told in otherwise.items() for command in told} >= KNOWN
    compare_or_write(PAGE, list(_switches(otherwise)), " under the switches")


def _switches(otherwise: dict[str, dict[str, Ran]]) -> Iterator[str]:
    same = [f"`{switch}`" for switch, told in otherwise.items() if not told]
    yield f"Each of the {len(WORKFLOWS)} commands above answers as ever under {', '.join(same)}."
    yield ""
    yield "| switch | as ever | otherwise |"
    yield "| --- | --- | --- |"
    for switch, told in otherwise.items():
        if told:
            said: dict[str, list[str]] = {}
            for command, ran in told.items():
                said.setdefault(_said(ran), []).append(f"`{command}`")
            texts = "; ".join(f"{', '.join(commands)}: {text}" for text, commands in said.items())
            yield f"| `{switch}` | {len(WORKFLOWS) - len(told)} commands | {texts} |"


def _said(ran: Ran) -> str:
    """Give the exit code with the error; of a report, that it is not whole."""
    if ran.code != 3:
        return f"{ran.code}, what such rows say"
    error = next((line for line in ran.err.splitlines() if line.startswith("error: ")), "")
    return f"3, `{error.removeprefix('error: ')}`" if error else "3, told in the report"


def options(command: str) -> tuple[str, ...]:
    """Give the options of a command, as its help has them."""
    found: click.Command = group
    for part in command.split():
        assert isinstance(found, click.Group)
        chosen = found.get_command(click.Context(found), part)
        assert chosen is not None
        found = chosen
    return tuple(
        name
        for one in found.params
        if isinstance(one, click.Option)
        for name in (*one.opts, *one.secondary_opts)
    )


@pytest.mark.parametrize(
    "one", [one for one in WORKFLOWS if one.command != "check"], ids=lambda one: one.command
)
def test_each_option_is_proven(one: Workflow) -> None:
    """What the page names as proof gives each option of the command. Those of `check` are the whole gate's."""
    texts = " ".join((ROOT / path).read_text(encoding="utf-8") for path in (one.proof, *one.also))
    assert [
        name for name in options(one.command) if f'"{name}"' not in texts and name not in EITHER_WAY
    ] == []


def _workflows() -> Iterator[str]:
    yield "| workflow | command | options | proven by |"
    yield "| --- | --- | --- | --- |"
    for one in WORKFLOWS:
        taken = (
            "those of the gate"
            if one.command == "check"
            else " ".join(f"`{name}`" for name in options(one.command)) or "none"
        )
        proofs = ", ".join(f"[`{path}`](../{path})" for path in (one.proof, *one.also))
        yield f"| {one.wants} | `contract-gate {one.command}` | {taken} | {proofs} |"


def _endpoints(by_endpoint: dict[str, dict[str, None]]) -> Iterator[str]:
    yield "| endpoint | asked by | shapes that are understood |"
    yield "| --- | --- | --- |"
    for endpoint in sorted({*by_endpoint, *UNUSED}, key=lambda one: (one.partition(" ")[2], one)):
        commands = ", ".join(f"`{command}`" for command in by_endpoint.get(endpoint, ()))
        shapes = "; ".join(shape.name for shape in SHAPES if shape.endpoint == endpoint)
        yield f"| `{endpoint}` | {commands or f'nobody here: {UNUSED[endpoint]}'} | {shapes} |"
