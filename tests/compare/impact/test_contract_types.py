"""Types in dbt's contracts: against the contract of the base, and against the SQL. Both as dbt compares them."""

import pytest

from contract_gate.compare.changes.change import Breach, Kind
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess


def _project(adapter: str, kind: str, sql: str, versioned: bool = True) -> dict[str, str]:
    versions = "    latest_version: 1\n    versions: [{v: 1, defined_in: m}]\n" if versioned else ""
    return {
        "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
        "profiles.yml": f"shop:\n  target: dev\n  outputs:\n    dev: {{type: {adapter}, schema: mart, dbname: wh, database: wh, project: wh, dataset: mart}}\n",
        "models/m.sql": f"{{{{ config(materialized='table') }}}}\nselect {sql} as nm from raw.t",
        "models/s.yml": f"models:\n  - name: m\n    config: {{contract: {{enforced: true}}}}\n{versions}    columns: [{{name: nm, data_type: {kind}}}]\n",
    }  # fmt: skip


def _breaches(found: Assessment) -> set[Breach]:
    return {change.breach for change in found.changes if change.breach is not None}


@pytest.mark.parametrize(
    ("before", "after", "breach"),
    [
        ("varchar(50)", "varchar(5)", False),
        ("varchar(50)", "varchar", False),
        ("'numeric(10, 2)'", "'numeric(12,4)'", False),
        ("VARCHAR", "varchar(10)", False),
        ("varchar(50)", "integer", True),
        ("integer", "bigint", True),
        ("'numeric(10, 2)'", "float", True),
    ],
)
@pytest.mark.parametrize("versioned", [True, False])
def test_a_declared_type_that_changes(
    assess_project: Assess, before: str, after: str, breach: bool, versioned: bool
) -> None:
    """dbt drops everything from the parenthesis on: another size is no breach of a contract, another type is one."""
    base, head = (_project("snowflake", kind, "nm", versioned) for kind in (before, after))
    found = assess_project(base, head)
    expected = Breach.VERSIONED if versioned else Breach.UNVERSIONED
    assert _breaches(found) == ({expected} if breach else set())


@pytest.mark.parametrize(
    ("adapter", "kind", "sql", "refused"),
    [
        ("postgres", "integer", "cast(nm as varchar)", True),
        ("postgres", "varchar", "'x'", False),
        ("postgres", "integer", "'x'", True),
        ("postgres", "timestamp", "cast(nm as integer)", True),
        ("postgres", "text", "cast(nm as varchar(20))", False),
        ("postgres", "bigint", "cast(nm as integer)", True),
        ("postgres", "integer", "cast(nm as smallint)", False),
        ("duckdb", "integer", "cast(nm as smallint)", True),
        ("duckdb", "int", "nm::integer", False),
        # Snowflake has one type for all of them.
        ("snowflake", "bigint", "cast(nm as integer)", False),
        ("bigquery", "int64", "cast(nm as string)", True),
        # What the SQL does not say is not known.
        ("postgres", "integer", "nm", False),
        ("postgres", "integer", "nm || 'x'", False),
    ],
)
def test_a_type_that_the_sql_does_not_give(
    assess_project: Assess, adapter: str, kind: str, sql: str, refused: bool
) -> None:
    """dbt refuses to build a model whose SQL gives another type than its contract declares."""
    base, head = _project(adapter, kind, "nm"), _project(adapter, kind, sql)
    kinds = {change.kind for change in assess_project(base, head).changes}
    assert (Kind.DOES_NOT_BIND in kinds) is refused
    assert not assess_project(head, {**head, "models/other.sql": "select 1 as id"}).impacts
