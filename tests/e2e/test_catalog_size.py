"""Catalogs with thousands of readers and pull requests of many wide tables, through the whole command line."""

import json

import pytest

from contract_gate.emulator.seed import store_from_json
from contract_gate.emulator.server import running
from tests.e2e.project import Project, Ran

READERS = 3_000
LIMIT = 200


def check(project: Project, seed: dict[str, object]) -> Ran:
    people = [{"email": "ada@example.com", "role": "admin", "key": "emulator-admin"}]
    with running(store_from_json(json.dumps({"users": people, **seed}))) as server:
        return project.check(SECODA_API_KEY="emulator-admin", SECODA_API_URL=server.url)


def databases(*names: str, columns: int = 3) -> list[dict[str, object]]:
    tables = [{"name": name, "columns": [f"c{number}" for number in range(columns)]} for name in names]
    return [{"name": "db", "schemas": [{"name": "s", "tables": tables}]}]


def view(name: str, columns: int) -> str:
    return f"create view db.s.{name} as select {', '.join(f'c{n}' for n in range(columns))} from db.raw.{name};\n"


def test_three_thousand_readers(empty: Project) -> None:
    """The most used of 3,000 dashboards are shown, how many are left is said, and the lost column blocks."""
    config = f'dialect = "postgres"\nwitness = false\nmax-assets = {LIMIT}\n'
    empty.commit({"contract-gate.toml": config, "a.sql": view("a", 3)}).pull_request({"a.sql": view("a", 2)})
    boards = [
        {"name": f"board {number:04}", "external_usage": number if number % 7 else None}
        for number in range(READERS)
    ]
    edges = [{"from": "db.s.a.c2", "to": f"dashboard:{board['name']}"} for board in boards]
    ran = check(empty, {"databases": databases("a"), "dashboards": boards, "lineage": edges})
    assert (ran.code, ran.report["verdict"], ran.report["catalog"]["status"]) == (1, "blocked", "partial"), (
        ran.err
    )
    shown = {impact["consumer"]["name"] for impact in ran.report["impacts"]}
    looked_up = [board for board in boards if board["name"] in shown]
    assert len(shown) == len(looked_up) == LIMIT
    assert all(board["external_usage"] for board in looked_up)
    (finding,) = [one for one in ran.report["findings"] if one["rule"] == "column-removed"]
    assert finding["level"] == "error"
    told = json.dumps(ran.report)
    assert f"{READERS - LIMIT:,} more assets are downstream" in told


def test_wide_tables(empty: Project) -> None:
    """66 changed models of 30 columns show each of their 66 dashboards."""
    names = [f"t{number:02}" for number in range(66)]
    files = {f"{name}.sql": view(name, 30) for name in names}
    empty.commit({"contract-gate.toml": 'dialect = "postgres"\nwitness = false\n', **files})
    empty.pull_request({f"{name}.sql": view(name, 29) for name in names})
    boards = [{"name": f"of {name}"} for name in names]
    edges = [{"from": f"db.s.{name}.c29", "to": f"dashboard:of {name}"} for name in names]
    ran = check(empty, {"databases": databases(*names, columns=30), "dashboards": boards, "lineage": edges})
    assert (ran.code, ran.report["catalog"]["status"]) == (1, "answered"), ran.err
    assert {impact["consumer"]["name"] for impact in ran.report["impacts"]} == {
        f"of {name}" for name in names
    }


@pytest.mark.parametrize("way", ["downstream", "upstream"])
def test_many_neighbours(empty: Project, way: str) -> None:
    """`catalog downstream` and `upstream` show 3,000 neighbours where the limit allows them, and fail where it does not."""
    empty.commit({"contract-gate.toml": 'dialect = "postgres"\nmax-assets = 5000\n'})
    boards = [{"name": f"board {number:04}"} for number in range(READERS)]
    ends = [("db.s.a", f"dashboard:{board['name']}") for board in boards]
    edges = [
        {"from": start, "to": end} if way == "downstream" else {"from": end, "to": start}
        for start, end in ends
    ]
    people = [{"email": "ada@example.com", "role": "admin", "key": "emulator-admin"}]
    seed = {"users": people, "databases": databases("a"), "dashboards": boards, "lineage": edges}
    with running(store_from_json(json.dumps(seed))) as server:
        key = {"SECODA_API_KEY": "emulator-admin", "SECODA_API_URL": server.url}
        ran = empty.run("catalog", way, "db.s.a", "--format", "json", **key)
        assert (ran.code, len(ran.report["reached"])) == (0, READERS), ran.err
