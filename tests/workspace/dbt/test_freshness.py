"""What `dbt source freshness` asks of a source reads its columns."""

from pathlib import Path

import pytest

from tests.e2e.project import Project

LIMITS = "warn_after: {count: 1, period: day}"
DBT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: p, outputs: {p: {type: postgres, schema: mart, dbname: wh, host: h, user: u, password: p, port: 1}}}\n",
    "models/o.sql": "select id from {{ source('raw', 'orders') }}\n",
    "ddl/orders.sql": "create table raw.orders (id int, at timestamp, kind text);\n",
}  # fmt: skip


def effects(folder: Path, source: str, table: str) -> list[tuple[str, str]]:
    """Give who is told that `at` goes, with the effect."""
    declared = f"sources:\n  - name: raw\n    schema: raw\n{source}    tables:\n      - name: orders\n{table}"
    repository = Project(folder / "repository").start()
    repository.commit({**DBT, "models/s.yml": declared})
    repository.pull_request({"ddl/orders.sql": "create table raw.orders (id int, kind text);\n"})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    return [(one["consumer"]["name"], one["effect"]) for one in impacts]


@pytest.mark.parametrize(
    ("source", "table"),
    [
        ("", f"        loaded_at_field: at\n        freshness: {{{LIMITS}}}\n"),
        ("", f"        config: {{loaded_at_field: at, freshness: {{{LIMITS}}}}}\n"),
        (f"    loaded_at_field: at\n    freshness: {{{LIMITS}}}\n", ""),
        (f"    config: {{freshness: {{{LIMITS}}}}}\n", "        loaded_at_field: 'cast(at as date)'\n"),
        ("", f"        loaded_at_field: id\n        freshness: {{{LIMITS}, filter: \"at > '2024-01-01'\"}}\n"),
        ("", f"        freshness: {{{LIMITS}, filter: at is not null}}\n"),
        ("", f"        loaded_at_query: select max(at) from {{{{ this }}}}\n        freshness: {{{LIMITS}}}\n"),
    ],
)  # fmt: skip
def test_freshness_breaks(tmp_path: Path, source: str, table: str) -> None:
    """By the column that it is told by, of the table or of all of the source, by its query and by its filter."""
    ((name, effect),) = effects(tmp_path, source, table)
    assert (name.startswith("dbt_freshness_raw_orders"), effect) == (True, "breaks")


@pytest.mark.parametrize(
    ("source", "table"),
    [
        ("    loaded_at_field: at\n", ""),
        (f"    loaded_at_field: at\n    freshness: {{{LIMITS}}}\n", "        freshness: null\n"),
        (f"    loaded_at_field: at\n    freshness: {{{LIMITS}}}\n", "        loaded_at_field: id\n"),
        ("", f"        loaded_at_field: kind\n        freshness: {{{LIMITS}, filter: id > 1}}\n"),
    ],
)  # fmt: skip
def test_freshness_that_is_not_asked(tmp_path: Path, source: str, table: str) -> None:
    """Without limits, or where the table says otherwise, the column is read by nobody."""
    assert effects(tmp_path, source, table) == []
