"""dbt's contracts, versions and access: what a project promises of a model, and what a pull request breaks of it."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.project import Project, Ran, edited

HEAD = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: postgres, dbname: shop, schema: marts}\n",
}
COLUMNS = (
    "    columns:\n"
    "      - name: id\n        data_type: integer\n        constraints: [{type: not_null}, {type: unique}]\n"
    "      - name: amount\n        data_type: numeric\n"
)
ORDERS = HEAD | {
    "models/orders.sql": "select\n    1 as id,\n    2.5 as amount\n",
    "models/models.yml": (
        "models:\n  - name: orders\n    config:\n      materialized: table\n      contract: {enforced: true}\n"
        + COLUMNS
    ),
}
VERSIONED = HEAD | {
    "models/orders_v1.sql": "select\n    1 as id,\n    2.5 as amount\n",
    "models/models.yml": (
        "models:\n  - name: orders\n    latest_version: 1\n"
        "    config:\n      materialized: table\n      contract: {enforced: true}\n"
        + COLUMNS
        + "    versions:\n      - v: 1\n"
    ),
}
YAML = "models/models.yml"

Edit = Mapping[str, str | bytes | None]


def check(empty: Project, base: Edit, change: Edit) -> Ran:
    return empty.commit(base).pull_request(change).check("--no-witness")


def the_only(ran: Ran) -> Any:
    (finding,) = ran.report["findings"]
    return finding


def place(finding: Any) -> str:
    return "{path}:{line}".format(**finding["location"])


@pytest.mark.parametrize(
    ("files", "level", "code"), [(ORDERS, "warning", 0), (VERSIONED, "error", 1)], ids=["plain", "versioned"]
)
@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("enforced: true", "enforced: false", "contract-removed", "contract: {enforced"),
        (
            "{type: not_null}, {type: unique}",
            "{type: not_null}",
            "contract-constraint-removed",
            "{type: not_null}",
        ),
        ("data_type: integer", "data_type: text", "column-type-changed", "data_type: text"),
        ("materialized: table", "materialized: view", "materialization-changed", "materialized: view"),
    ],
    ids=["off", "constraint", "type", "materialization"],
)
def test_what_a_contract_promised(
    empty: Project, files: dict[str, str], level: str, code: int, old: str, new: str, rule: str, line: str
) -> None:
    """It is one finding at its line, a warning for a model and an error for a version of one, with no reader at all."""
    change = edited(files, YAML, old, new)
    ran = check(empty, files, change)
    finding = the_only(ran)
    assert (ran.code, finding["rule"], finding["level"]) == (code, rule, level)
    lines = change[YAML].splitlines()
    assert place(finding) == f"{YAML}:{next(i for i, text in enumerate(lines, 1) if line in text)}"
    assert finding["consumers"] == []
    (told,) = ran.report["changes"]
    assert told["breach"] == ("versioned" if files is VERSIONED else "unversioned")


@pytest.mark.parametrize(
    ("files", "model", "level"),
    [(ORDERS, "models/orders.sql", "warning"), (VERSIONED, "models/orders_v1.sql", "error")],
    ids=["plain", "versioned"],
)
def test_a_column_that_a_contract_promised(
    empty: Project, files: dict[str, str], model: str, level: str
) -> None:
    """It is told once, as a removed column, with the promise in the message."""
    both = edited(files, YAML, "      - name: amount\n        data_type: numeric\n", "")
    ran = check(empty, files, both | edited(files, model, ",\n    2.5 as amount", ""))
    finding = the_only(ran)
    assert (finding["rule"], finding["level"]) == ("column-removed", level)
    assert "the contract of `orders` promised it" in finding["message"]


def test_a_version_that_is_removed(empty: Project) -> None:
    """A version with a contract that goes is an error, even where nobody reads it; an announced one is a warning."""
    removed = {"models/orders_v1.sql": None, YAML: "models: []\n"}
    finding = the_only(check(empty, VERSIONED, removed))
    assert (finding["rule"], finding["level"]) == ("relation-removed", "error")


def test_a_version_that_was_announced_to_go(empty: Project) -> None:
    """Its removal is a warning."""
    announced = edited(
        VERSIONED,
        YAML,
        "    latest_version: 1\n",
        "    latest_version: 1\n    deprecation_date: 2024-01-01\n",
    )
    files = VERSIONED | announced
    finding = the_only(check(empty, files, {"models/orders_v1.sql": None, YAML: "models: []\n"}))
    assert (finding["rule"], finding["level"]) == ("relation-removed", "warning")


def test_a_reference_to_a_version_that_is_removed(empty: Project) -> None:
    """Who asks for it breaks, with the line; who asks for none reads the latest one that is left."""
    files = VERSIONED | edited(VERSIONED, YAML, "      - v: 1\n", "      - v: 1\n      - v: 2\n")
    files |= {
        "models/orders_v2.sql": VERSIONED["models/orders_v1.sql"],
        "models/pinned.sql": "select\n    amount\nfrom {{ ref('orders', v=1) }}\n",
        "models/follows.sql": "select id from {{ ref('orders') }}\n",
    }
    gone = edited(files, YAML, "      - v: 1\n", "")[YAML].replace("latest_version: 1", "latest_version: 2")
    ran = check(empty, files, {"models/orders_v1.sql": None, YAML: gone})
    assert ran.broken == {"shop.marts.pinned": "models/pinned.sql:3"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("data_type: numeric\n", "data_type: numeric\n        description: net\n"),
        ("data_type: integer", "data_type: int"),
        ("[{type: not_null}, {type: unique}]", "[{type: unique}, {type: not_null}]"),
        ("{type: unique}]", "{type: unique}, {type: check, expression: id > 0}]"),
    ],
    ids=["description", "spelling", "order", "one-more"],
)
def test_a_contract_that_is_kept(empty: Project, old: str, new: str) -> None:
    """Descriptions, another spelling of a type and further promises break nothing."""
    assert check(empty, ORDERS, edited(ORDERS, YAML, old, new)).report["findings"] == []


def test_a_constraint_that_the_warehouse_does_not_check(empty: Project) -> None:
    """Snowflake takes a unique key as information only: nobody could count on it."""
    files = ORDERS | {
        "profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: snowflake, account: a, database: shop, schema: marts}\n"
    }
    less = edited(files, YAML, "{type: not_null}, {type: unique}", "{type: not_null}")
    assert check(empty, files, less).report["findings"] == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (edited(ORDERS, "models/orders.sql", "2.5 as amount", "2.5 as amount,\n    3 as tax"), "gives `tax`"),
        (edited(ORDERS, "models/orders.sql", "    1 as id,\n", ""), "declares `id`"),
        (edited(ORDERS, YAML, "      - name: amount\n        data_type: numeric\n", ""), "gives `amount`"),
    ],
    ids=["more", "fewer", "declared"],
)
def test_sql_that_does_not_keep_its_contract(empty: Project, change: dict[str, str], text: str) -> None:
    """dbt does not build it: the model itself is told as broken, once."""
    ran = check(empty, ORDERS, change)
    finding = the_only(ran)
    assert (ran.code, finding["rule"]) == (1, "does-not-bind")
    assert text in finding["message"]


def test_a_contract_that_is_new(empty: Project) -> None:
    """Enforcing one that the SQL keeps is silent; one that it does not keep is no build."""
    off = edited(ORDERS, YAML, "enforced: true", "enforced: false")
    files = ORDERS | off
    wrong = edited(ORDERS, YAML, "name: amount", "name: amounts")
    assert check(empty, files, {YAML: ORDERS[YAML]}).report["findings"] == []
    empty.git("checkout", "--quiet", "main")
    ran = empty.pull_request(wrong).check("--no-witness")
    assert (the_only(ran)["rule"], ran.code) == ("does-not-bind", 1)
    assert "declares `amounts`" in the_only(ran)["message"]


def test_a_contract_that_a_star_can_not_keep(empty: Project) -> None:
    """A column that goes upstream breaks the model with the contract, and is told with the column."""
    files = ORDERS | {
        "models/stg.sql": "select\n    1 as id,\n    2.5 as amount\n",
        "models/orders.sql": "select * from {{ ref('stg') }}\n",
    }
    ran = check(empty, files, edited(files, "models/stg.sql", ",\n    2.5 as amount", ""))
    finding = the_only(ran)
    assert (finding["rule"], place(finding).partition(":")[0]) == ("column-removed", "models/stg.sql")
    assert ran.broken == {"shop.marts.orders": "models/orders.sql:1"}


def test_a_contract_that_was_not_kept_before(empty: Project) -> None:
    """What did not build at the base is not this pull request's."""
    files = ORDERS | edited(ORDERS, YAML, "name: amount", "name: amounts")
    ran = check(empty, files, edited(files, "models/orders.sql", "2.5", "3.5"))
    assert "does-not-bind" not in {finding["rule"] for finding in ran.report["findings"]}


def test_columns_that_are_not_known(empty: Project) -> None:
    """A star over a table that nobody declares may give any column: nothing is proven."""
    files = ORDERS | {"models/orders.sql": "select * from lake.orders\n"}
    ran = check(empty, files, edited(files, YAML, "name: amount", "name: amounts"))
    assert "does-not-bind" not in {finding["rule"] for finding in ran.report["findings"]}


@pytest.mark.parametrize(
    ("columns", "sql", "kept"),
    [
        (
            "[{include: all}, {name: tax, data_type: integer}]",
            "select 1 as id, 2.5 as amount, 3 as tax\n",
            True,
        ),
        ("[{include: all, exclude: [amount]}]", "select 1 as id\n", True),
        ("[{include: [id]}, {name: tax, data_type: integer}]", "select 1 as id, 3 as tax\n", True),
        ("[{include: all, exclude: [amount]}]", "select 1 as id, 2.5 as amount\n", False),
    ],
    ids=["more", "fewer", "some", "wrong"],
)
def test_the_columns_of_a_version(empty: Project, columns: str, sql: str, kept: bool) -> None:
    """A version takes the columns of its model, leaves some out and adds its own: that is what its SQL has to give."""
    two = VERSIONED[YAML] + f"      - v: 2\n        columns: {columns}\n"
    ran = check(empty, VERSIONED, {YAML: two, "models/orders_v2.sql": sql})
    rules = [finding["rule"] for finding in ran.report["findings"]]
    assert rules == ([] if kept else ["does-not-bind"])


def test_a_field_of_a_struct(empty: Project) -> None:
    """BigQuery's contracts name fields within a column: they are no columns that the SQL lacks."""
    files = HEAD | {
        "profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: bigquery, project: shop, dataset: marts}\n",
        "models/orders.sql": "select 1 as id, struct('x' as city) as address\n",
        YAML: (
            "models:\n  - name: orders\n    config:\n      materialized: table\n      contract: {enforced: false}\n"
            "    columns:\n      - {name: id, data_type: int64}\n      - {name: address.city, data_type: string}\n"
        ),
    }
    assert (
        check(empty, files, edited(files, YAML, "enforced: false", "enforced: true")).report["findings"] == []
    )


GROUPS = HEAD | {
    "models/models.yml": (
        "groups:\n  - name: finance\n    owner: {name: Ada}\n  - name: sales\n    owner: {name: Ben}\n"
        "models:\n"
        "  - name: orders\n    config: {group: finance, access: protected}\n"
        "  - name: ledger\n    config: {group: finance}\n"
        "  - name: board\n    config: {group: sales}\n"
    ),
    "models/orders.sql": "select 1 as id\n",
    "models/ledger.sql": "select id from {{ ref('orders') }}\n",
    "models/board.sql": "select\n    id\nfrom {{ ref('orders') }}\n",
    "models/loose.sql": "select 1 as id\n",
}


def test_a_model_that_becomes_private(empty: Project) -> None:
    """Readers out of its group do not compile any more; those in it do."""
    ran = check(empty, GROUPS, edited(GROUPS, YAML, "access: protected", "access: private"))
    finding = the_only(ran)
    assert (ran.code, finding["rule"], place(finding)) == (1, "access-narrowed", f"{YAML}:8")
    assert ran.broken == {"shop.marts.board": "models/board.sql:3"}


def test_a_new_reference_to_a_private_model(empty: Project) -> None:
    """The model that refers to it does not build."""
    files = GROUPS | edited(GROUPS, YAML, "access: protected", "access: private")
    files |= {"models/board.sql": "select 1 as id\n"}
    ran = check(empty, files, {"models/loose.sql": "select\n    id\nfrom {{ ref('orders') }}\n"})
    finding = the_only(ran)
    assert (ran.code, finding["rule"], place(finding)) == (1, "does-not-bind", "models/loose.sql:3")
    assert "private to the group finance" in finding["message"]


def test_a_reader_that_leaves_the_group(empty: Project) -> None:
    """It may not refer to the private model any more."""
    files = GROUPS | {"models/board.sql": "select 1 as id\n"}
    files |= edited(files, YAML, "access: protected", "access: private")
    ran = check(
        empty,
        files,
        edited(files, YAML, "ledger\n    config: {group: finance}", "ledger\n    config: {group: sales}"),
    )
    assert ran.broken == {"shop.marts.ledger": "models/ledger.sql:1"}


def test_a_model_that_opens(empty: Project) -> None:
    """More may refer to it: nothing to tell."""
    ran = check(empty, GROUPS, edited(GROUPS, YAML, "access: protected", "access: public"))
    assert ran.report["findings"] == []
