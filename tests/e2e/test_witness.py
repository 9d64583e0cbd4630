"""Rows that show a change: `check` with and without them, and `contract-gate witness`."""

import json
from pathlib import Path

import pytest
from jsonschema import validate

from tests.e2e.project import PLAIN, Project, edited

duckdb = pytest.importorskip("duckdb")

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/report.schema.json").read_text(encoding="utf-8"))
HALVED = edited(PLAIN, "warehouse/orders.sql", "cents / 100.0", "cents / 50.0")
SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\n",
    "profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: postgres, dbname: shop, schema: marts}\n",
    "models/sources.yml": (
        "version: 2\nsources:\n  - name: raw\n    tables:\n      - name: orders\n      - name: customers\n"
        "        columns:\n          - name: id\n            data_tests: [{TESTS}]\n"
    ),
    "models/orders.sql": (
        "select o.id, o.amount from {{ source('raw', 'orders') }} o\n"
        "left join {{ source('raw', 'customers') }} c on c.id = o.customer_id\n"
    ),
}
WITHOUT_JOIN = {"models/orders.sql": "select o.id, o.amount from {{ source('raw', 'orders') }} o\n"}


def with_tests(tests: str) -> dict[str, str]:
    return {**SHOP, "models/sources.yml": SHOP["models/sources.yml"].replace("TESTS", tests)}


def run_script(script: str) -> list[list[tuple]]:
    """Give what each statement of a script returns."""
    connection = duckdb.connect()
    return [connection.execute(one).fetchall() for one in duckdb.extract_statements(script)]


def test_check_shows_rows(plain: Project) -> None:
    """The change carries its rows, and a reader that they reach is witnessed."""
    ran = plain.pull_request(HALVED).check()
    assert ran.code == 0
    validate(ran.report, SCHEMA)
    change = next(one for one in ran.report["changes"] if one["kind"] == "column-values-changed")
    assert change["certainty"] == "witnessed"
    assert change["witness"]["before"] != change["witness"]["after"]
    (weekly,) = (one for one in ran.report["impacts"] if one["consumer"]["name"] == "shop.marts.weekly")
    assert (weekly["witnessed"], weekly["certainty"]) == ("affected", "witnessed")


@pytest.mark.parametrize("how", ["flag", "configuration"])
def test_check_without_rows(plain: Project, how: str) -> None:
    """A flag, or the base's configuration, leaves the search out."""
    if how == "configuration":
        plain.commit({"contract-gate.toml": 'dialect = "postgres"\nwitness = false\n'})
    ran = plain.pull_request(HALVED).check(*(["--no-witness"] if how == "flag" else []))
    change = next(one for one in ran.report["changes"] if one["kind"] == "column-values-changed")
    assert (change["certainty"], change["witness"]) == ("possible", None)


def test_the_rows_of_one_model_as_a_script(plain: Project) -> None:
    """What is printed runs in DuckDB, and its two queries differ."""
    ran = plain.pull_request(HALVED).run("witness", "orders", "--base", "main")
    assert ran.code == 0
    assert "shop.marts.orders" in ran.out.splitlines()[0]
    before, after = run_script(ran.out)[-2:]
    assert before != after


def test_a_model_that_is_the_same(plain: Project) -> None:
    """It is said, and is no failure; so is a model that only one side has."""
    plain.pull_request(HALVED | {"warehouse/new.sql": "create view shop.marts.fresh as select 1 as x;\n"})
    same = plain.run("witness", "warehouse/weekly.sql", "--base", "main")
    assert (same.code, same.out) == (0, "-- shop.marts.weekly: its SQL is the same on both sides\n")
    fresh = plain.run("witness", "fresh", "--base", "main")
    assert (fresh.code, fresh.out) == (0, "-- shop.marts.fresh: it is there at the head alone\n")


def test_a_model_that_nobody_has(plain: Project) -> None:
    """Exit 2, with the names that are near."""
    ran = plain.pull_request(HALVED).run("witness", "shop.marts.weekli", "--base", "main")
    assert ran.code == 2
    assert "neither side has a model" in ran.err
    assert "weekly" in ran.err


def test_what_a_difference_needs_is_said(empty: Project) -> None:
    """A join that is dropped matters where a key repeats: nobody declares that it does not."""
    ran = empty.commit(with_tests("")).pull_request(WITHOUT_JOIN).run("witness", "orders", "--base", "main")
    assert "the same unless customers.id repeats; no test declares it unique" in ran.out


def test_a_declared_key_is_respected(empty: Project) -> None:
    """With the test that the line asks for there are no such rows, and no change."""
    ran = (
        empty.commit(with_tests("unique"))
        .pull_request(WITHOUT_JOIN)
        .run("witness", "orders", "--base", "main")
    )
    assert "no rows that differ were found" in ran.out
    assert "CREATE" not in ran.out
