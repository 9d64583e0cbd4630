"""Dashboards near and far, behind what can and what can't be read: each scenario with its right answer written first.

Every repository loses `amount` of `db.s.a` unless a scenario says otherwise; the catalog is built for it alone.
"""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pytest

from contract_gate.emulator.seed import store_from_json
from contract_gate.emulator.server import running
from tests.e2e.project import Project

CONFIG = {"contract-gate.toml": 'dialect = "postgres"\nwitness = false\n'}
A = "create view db.s.a as select id, amount from db.raw.r;\n"
WITHOUT = A.replace(", amount", "")
DBT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, dbname: db, schema: s}}}\n",
    "models/a.sql": "select 1 as id, 2 as amount\n",
}
DBT_WITHOUT = {"models/a.sql": "select 1 as id\n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Files and the pull request's edits, the catalog, and what is right: exit code, status, and who feels what.

    `tables` are `database.schema.name`, each with the columns id and amount; `boards` have the catalog's fields; `of_dbt` are
    dbt's ids in the metadata of tables of the first integration.
    """

    code: int
    feels: dict[str, str] = field(default_factory=dict)
    status: str = "answered"
    files: dict[str, str] = field(default_factory=lambda: {"a.sql": A})
    edits: dict[str, str | None] = field(default_factory=lambda: {"a.sql": WITHOUT})
    tables: tuple[str, ...] = ("db.s.a",)
    boards: tuple[dict[str, Any], ...] = ({"name": "board"},)
    lineage: tuple[tuple[str, str], ...] = ()
    config: str = ""
    twins: tuple[str, ...] = ()
    archived: tuple[str, ...] = ()
    of_dbt: dict[str, str] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    owners: dict[str, list[str]] = field(default_factory=dict)

    def seed(self) -> str:
        edges = [*self.lineage, ("db.s.other.id", "dashboard:elsewhere")]
        return json.dumps(
            {
                "users": [
                    {"email": "ada@example.com", "role": "admin", "key": "emulator-admin"},
                    {"email": "dana@example.com"},
                    {"email": "sam@example.com"},
                ],
                "groups": [{"name": "Stewards", "users": ["dana@example.com"]}],
                "integrations": [
                    {"name": name, "type": "postgres", "id": f"id-{name}"} for name in ("one", "two")
                ],
                "databases": [
                    *_databases("one", (*self.tables, "db.s.other"), self.archived, self.of_dbt),
                    *_databases("two", self.twins),
                ],
                "dashboards": [*self.boards, {"name": "elsewhere"}],
                "lineage": [{"from": start, "to": end} for start, end in edges],
            }
        )


def _databases(
    integration: str,
    tables: tuple[str, ...],
    archived: tuple[str, ...] = (),
    of_dbt: Mapping[str, str] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    places: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for full in tables:
        database, schema, name = full.split(".")
        table = {
            "name": name,
            "columns": ["id", "amount"],
            "id": f"{integration}-{full}",
            "archived": full in archived,
            **({"unique_id": of_dbt[full]} if full in of_dbt else {}),
        }
        places.setdefault(database, {}).setdefault(schema, []).append(table)
    return [
        {
            "name": database,
            "integration": integration,
            "schemas": [{"name": schema, "tables": inside} for schema, inside in schemas.items()],
        }
        for database, schemas in places.items()
    ]


def chain(length: int, column: str = ".amount") -> tuple[tuple[str, str], ...]:
    """Write the lineage of tables t1… behind `a`, with the board that many hops away."""
    ends = ["db.s.a", *(f"db.w.t{number}" for number in range(1, length))]
    hops = [(f"{one}{column}", f"{other}{column}") for one, other in itertools.pairwise(ends)]
    return (*hops, (f"{ends[-1]}{column}", "dashboard:board"))


def hops(length: int) -> Scenario:
    tables = ("db.s.a", *(f"db.w.t{number}" for number in range(1, length)))
    passed = {f"db.w.t{number}": "breaks" for number in range(1, length)}
    return Scenario(code=1, tables=tables, lineage=chain(length), feels={**passed, "board": "breaks"})


BOARD = ("db.s.a.amount", "dashboard:board")
BEHIND_B = {
    "tables": ("db.s.a", "db.s.b"),
    "lineage": (("db.s.a.amount", "db.s.b.amount"), ("db.s.b.amount", "dashboard:board")),
}
HOLE = {**DBT, "models/b.sql": "{{ some_package.pivot(ref('a')) }}\n"}
IN_SELECT = {**DBT, "models/b.sql": "select id, {{ some_package.columns(ref('a')) }} from {{ ref('a') }}\n"}
PYTHON = {**DBT, "models/b.py": "def model(dbt, session):\n    return dbt.ref('a')\n"}
BROKEN = {**DBT, "models/b.sql": "select id from {{ ref('a') }} where where\n"}
EPHEMERAL = {
    **DBT,
    "models/e.sql": "{{ config(materialized='ephemeral') }} select id, amount from {{ ref('a') }}\n",
    "models/b.sql": "select id, amount from {{ ref('e') }}\n",
}
UNKNOWN = {"db.s.b": "unknown", "board": "unknown"}
EXPOSURE = (
    "exposures:\n  - name: the_board\n    type: dashboard\n    url: https://bi.example.com/board/\n"
    "    owner: {email: dana@example.com}\n    depends_on: [ref('a')]\n"
)

SCENARIOS = {
    **{f"{length} hops away": hops(length) for length in range(1, 8)},
    "further than max-hops": Scenario(
        code=3, status="partial", config="max-hops = 2\n", tables=("db.s.a", "db.w.t1", "db.w.t2"),
        lineage=(("db.s.a", "db.w.t1"), ("db.w.t1", "db.w.t2"), ("db.w.t2", "dashboard:board")),
        feels={"db.w.t1": "unknown", "db.w.t2": "unknown"},
    ),
    "another column": Scenario(code=0, lineage=(("db.s.a.id", "dashboard:board"),), feels={}),
    "table-level lineage alone": Scenario(
        code=0, lineage=(("db.s.a", "dashboard:board"),), feels={"board": "unknown"}
    ),
    "a relation goes with table-level lineage": Scenario(
        code=1, edits={"a.sql": None}, lineage=(("db.s.a", "dashboard:board"),), feels={"board": "breaks"}
    ),
    "nobody reads it": Scenario(code=0, feels={}),
    "an owner and much use": Scenario(
        code=1, lineage=(BOARD,), feels={"board": "breaks"}, says=("1,200 views in its source in a day", "certified"),
        boards=({"name": "board", "owners": ["dana@example.com"], "external_usage": 1200, "verified": True},),
    ),
    "a chart, with its dashboard, a group, tags and personal data": Scenario(
        code=1, lineage=(("db.s.a.amount", "chart:revenue"),), feels={"revenue": "breaks"},
        says=("in board", "finance", "PII"), owners={"revenue": ["Stewards"]},
        boards=({"name": "board", "charts": [{"name": "revenue", "owners": ["Stewards"], "tags": ["finance"], "pii": True}]},),
    ),
    "a level by what the catalog marks": Scenario(
        code=0, lineage=(BOARD,), feels={"board": "breaks"},
        boards=({"name": "board", "stale": True},),
        config='[[policy]]\nlevel = "note"\nbecause = "nobody certified it"\nreader = { stale = true }\n',
    ),
    "one of a name in each of two databases": Scenario(
        code=3, status="partial", files={name: text for name, text in DBT.items() if name != "profiles.yml"}, edits=DBT_WITHOUT,
        tables=("db.s.a", "dev.s.a"), lineage=(BOARD,), feels={},
    ),
    "behind a model that renames it": Scenario(
        code=1, files={"a.sql": A, "b.sql": "create view db.s.b as select id, amount as total from db.s.a;\n"},
        tables=("db.s.a", "db.s.b"), feels={"db.s.b": "breaks", "board": "changes"},
        lineage=(("db.s.b.amount", "dashboard:board"),),
    ),
    "no use": Scenario(
        code=1, lineage=(BOARD,), feels={"board": "breaks"}, says=("no views in the catalog in 90 days", "stale"),
        boards=({"name": "board", "external_usage": None, "internal_usage": 0, "stale": True},),
    ),
    "archived": Scenario(
        code=0, lineage=(BOARD,), feels={}, boards=({"name": "board", "archived": True},)
    ),
    "two dashboards of one name": Scenario(
        code=1, feels={"board": "breaks"},
        boards=(
            {"name": "board", "id": "b1", "owners": ["dana@example.com"]},
            {"name": "board", "id": "b2", "owners": ["sam@example.com"]},
        ),
        lineage=(("db.s.a.amount", "id:b1"), ("db.s.a.amount", "id:b2")),
    ),
    "two integrations": Scenario(
        code=3, status="partial", twins=("db.s.a",), lineage=(("id:one-db.s.a", "dashboard:board"),), feels={}
    ),
    "two integrations, one is pinned": Scenario(
        code=0, twins=("db.s.a",), lineage=(("id:one-db.s.a", "dashboard:board"),), feels={"board": "unknown"},
        config='[secoda]\nintegration = "id-one"\n',
    ),
    "an archived table in between": Scenario(
        code=1, tables=("db.s.a", "db.w.t1"), feels={"board": "breaks"}, archived=("db.w.t1",),
        lineage=(("db.s.a.amount", "db.w.t1.amount"), ("db.w.t1.amount", "dashboard:board")),
    ),
    "a table that is missing in between": Scenario(
        code=1, files={"a.sql": A, "b.sql": "create view db.s.b as select id, amount from db.s.a;\n"},
        feels={"db.s.b": "breaks"}, tables=("db.s.a",),
    ),
    "views that nobody counts, none, and many": Scenario(
        code=1, feels={"uncounted": "breaks", "unused": "breaks", "used": "breaks"}, says=("900 views in its source in a day",),
        boards=(
            {"name": "uncounted", "external_usage": None, "internal_usage": None},
            {"name": "unused", "external_usage": 0}, {"name": "used", "external_usage": 900},
        ),
        lineage=tuple(("db.s.a.amount", f"dashboard:{name}") for name in ("uncounted", "unused", "used")),
    ),
    "the catalog's lineage is another than the SQL's": Scenario(
        code=1, tables=("db.s.a", "db.raw.r", "db.raw.old"), feels={"board": "breaks"},
        lineage=(("db.raw.old", "db.s.a"), BOARD), says=("db.raw.r", "db.raw.old"),
    ),
    "the other integration has the dashboard": Scenario(
        code=0, twins=("db.s.a",), lineage=(("id:two-db.s.a", "dashboard:board"),), feels={},
        config='[secoda]\nintegration = "id-one"\n',
    ),
    "a circle through a template hole": Scenario(
        code=0, files=HOLE, edits=DBT_WITHOUT, feels=UNKNOWN, tables=("db.s.a", "db.s.b"),
        lineage=(*BEHIND_B["lineage"], ("db.s.b.amount", "db.s.a.amount")),
    ),
    "names in another case": Scenario(
        code=1, tables=("DB.S.A",), lineage=(("DB.S.A.amount", "dashboard:board"),), feels={"board": "breaks"}
    ),
    "not in the catalog": Scenario(code=0, tables=("db.s.unrelated",), feels={}),
    "a circle": Scenario(
        code=1, tables=("db.s.a", "db.w.t1"), feels={"board": "breaks", "db.w.t1": "breaks"},
        lineage=(("db.s.a.amount", "db.w.t1.amount"), ("db.w.t1.amount", "db.s.a.amount"), ("db.w.t1.amount", "dashboard:board")),
    ),
    "behind a template hole": Scenario(code=0, files=HOLE, edits=DBT_WITHOUT, feels=UNKNOWN, **BEHIND_B),
    "behind a hole in a select list": Scenario(
        code=0, files=IN_SELECT, edits=DBT_WITHOUT, feels=UNKNOWN, **BEHIND_B
    ),
    "behind a Python model": Scenario(code=0, files=PYTHON, edits=DBT_WITHOUT, feels=UNKNOWN, **BEHIND_B),
    "behind what does not parse": Scenario(code=0, files=BROKEN, edits=DBT_WITHOUT, feels=UNKNOWN, **BEHIND_B),
    "behind an ephemeral model": Scenario(
        code=1, files=EPHEMERAL, edits=DBT_WITHOUT,
        feels={"db.s.e": "breaks", "db.s.b": "breaks", "board": "changes"}, **BEHIND_B,
    ),
    "an exposure behind a Python model": Scenario(
        code=0, files={**PYTHON, "models/e.yml": EXPOSURE.replace("'a'", "'b'")}, edits=DBT_WITHOUT,
        feels={"db.s.b": "unknown", "the_board": "unknown"}, tables=("db.s.a", "db.s.b"),
    ),
    "a model behind a Python model": Scenario(
        code=0, files={**PYTHON, "models/c.sql": "select id from {{ ref('b') }}\n"}, edits=DBT_WITHOUT,
        feels={"db.s.b": "unknown", "board": "unknown"}, tables=("db.s.a", "db.s.b", "db.s.c"),
        lineage=(("db.s.b.id", "db.s.c.id"), ("db.s.c.id", "dashboard:board")),
    ),
    "a database that nobody knows": Scenario(
        code=1, files={name: text for name, text in DBT.items() if name != "profiles.yml"}, edits=DBT_WITHOUT,
        lineage=(BOARD,), feels={"board": "breaks"},
    ),
    "two integrations, dbt's id in the metadata of one": Scenario(
        code=0, files=DBT, edits=DBT_WITHOUT, twins=("db.s.a",), of_dbt={"db.s.a": "model.shop.a"},
        lineage=(("id:one-db.s.a", "dashboard:board"),), feels={"board": "unknown"},
    ),
    "a dbt model that is renamed": Scenario(
        code=1, files=DBT, edits={"models/a.sql": None, "models/a2.sql": DBT["models/a.sql"]}, lineage=(BOARD,),
        feels={"board": "breaks"},
    ),
    "behind two holes": Scenario(
        code=0, files={**HOLE, "models/c.sql": "{{ some_package.pivot(ref('b')) }}\n"}, edits=DBT_WITHOUT, tables=("db.s.a", "db.s.b", "db.s.c"),
        lineage=(("db.s.b.amount", "db.s.c.amount"), ("db.s.c.amount", "dashboard:board")),
        feels={"db.s.b": "unknown", "board": "unknown"},
    ),
    "an exposure that is a dashboard by its name and owner": Scenario(
        code=1, files={**DBT, "models/e.yml": EXPOSURE.replace("url: https://bi.example.com/board/", "label: The board").replace("{email:", "{name: Dana, email:")},
        edits=DBT_WITHOUT, lineage=(("db.s.a.amount", "dashboard:The board"),), boards=({"name": "The board", "owners": ["dana@example.com"]},),
        feels={"The board": "breaks"}, owners={"The board": ["Dana <dana@example.com>"]},
    ),
    "an exposure that is a dashboard": Scenario(
        code=1, files={**DBT, "models/e.yml": EXPOSURE}, edits=DBT_WITHOUT, lineage=(BOARD,),
        boards=({"name": "board", "url": "https://bi.example.com/board"},), feels={"the_board": "breaks"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(empty: Project, name: str) -> None:
    """Who feels the change, how it is known, and what the gate says, are as written."""
    scenario = SCENARIOS[name]
    config = {"contract-gate.toml": CONFIG["contract-gate.toml"] + scenario.config}
    empty.commit({**config, **scenario.files}).pull_request(scenario.edits)
    with running(store_from_json(scenario.seed())) as server:
        ran = empty.check(SECODA_API_KEY="emulator-admin", SECODA_API_URL=server.url)
    report = ran.report
    felt = {impact["consumer"]["name"]: impact["effect"] for impact in report["impacts"]}
    assert (ran.code, report["catalog"]["status"], felt) == (
        scenario.code,
        scenario.status,
        scenario.feels,
    ), ran
    told = " ".join(finding["message"] for finding in report["findings"])
    assert [text for text in scenario.says if text not in told] == []
    owned = {impact["consumer"]["name"]: impact["consumer"]["owners"] for impact in report["impacts"]}
    assert {one: owned.get(one) for one in scenario.owners} == scenario.owners
    if name == "two dashboards of one name":
        owners = sorted(impact["consumer"]["owners"] for impact in report["impacts"])
        assert owners == [["dana@example.com"], ["sam@example.com"]]
        assert [len(one["consumers"]) for one in report["findings"] if one["rule"] == "column-removed"] == [2]
