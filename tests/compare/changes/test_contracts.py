"""What the declarations of a dbt model promise and no longer do: its constraints, and who may refer to it."""

import pytest

from contract_gate.compare.changes.change import Change, Kind
from contract_gate.compare.impact import Effect
from tests.comparing import assessed

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, schema: ci, dbname: d}}}\n",
    "models/groups.yml": (
        "groups:\n  - {name: finance, owner: {email: a@example.com}}\n  - {name: sales, owner: {email: b@example.com}}\n"
    ),
}
SQL = "select cast(1 as int) as id, cast(2 as int) as day"


def changes(base: str, head: str, sql: str = SQL, other: str | None = None) -> tuple[Change, ...]:
    """Compare two declarations of the model `orders`, which stands in YAML as `{name: orders, …}`."""
    sides = [
        PROJECT | {"models/orders.sql": text, "models/orders.yml": "models:\n  - {name: orders, " + more + "}\n"}
        for more, text in ((base, sql), (head, other or sql))
    ]  # fmt: skip
    return assessed(*sides, None).changes


def access(value: str, group: str = "finance") -> str:
    return f"config: {{access: {value}, group: {group}}}"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (access("public"), access("protected"), ("public", "protected")),
        (access("public"), access("private"), ("public", "private to the group finance")),
        (access("protected"), access("private"), ("protected", "private to the group finance")),
        (access("private"), access("private", "sales"), ("private to the group finance", "private to the group sales")),
    ],
    ids=["fewer projects", "one group", "one group of a project", "another group"],
)  # fmt: skip
def test_fewer_may_refer_to_it(before: str, after: str, told: tuple[str, str]) -> None:
    """Access that narrows says who might refer to the model, and who still may."""
    (change,) = changes(before, after)
    assert change.kind is Kind.ACCESS_NARROWED
    assert (change.before, change.after) == told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (access("private"), access("private") + ", description: theirs"),
        (access("private"), access("protected")),
        (access("protected"), access("public", "sales")),
        (access("protected"), access("protected", "sales")),
    ],
    ids=["as it was", "the project", "everybody", "a group that keeps nobody out"],
)
def test_as_many_may_refer_to_it(before: str, after: str) -> None:
    """Access that stays or widens is no change."""
    assert changes(before, after) == ()


def contract(constraints: str, of_model: str = "") -> str:
    columns = f"columns: [{{name: id, data_type: int, constraints: [{constraints}]}}, {{name: day, data_type: int}}]"
    return (
        f"config: {{materialized: table, contract: {{enforced: true}}}}, constraints: [{of_model}], {columns}"
    )


@pytest.mark.parametrize(
    ("before", "after", "column", "told"),
    [
        (contract("{type: unique}"), contract(""), "id", "unique (id)"),
        (contract("{type: not_null}, {type: unique}"), contract("{type: not_null}"), "id", "unique (id)"),
        (contract("{type: not_null}"), contract(""), "id", "not_null (id)"),
        (contract("", "{type: primary_key, columns: [id, day]}"), contract(""), None, "primary_key (id, day)"),
    ],
    ids=["the only one", "one of two", "that no value is NULL", "of the model"],
)  # fmt: skip
def test_a_constraint_is_taken_back(before: str, after: str, column: str | None, told: str) -> None:
    """A constraint that the warehouse checked and does no more is told, at its column where it is of one."""
    (change,) = changes(before, after)
    assert change.kind is Kind.CONTRACT_CONSTRAINT_REMOVED
    assert (change.column, change.before) == (column, told)


@pytest.mark.parametrize(
    ("constraint", "adapter", "is_told"),
    [
        ("not_null", "snowflake", True), ("not_null", "hive", True), ("not_null", "spark", False), ("not_null", "glue", False),
        ("not_null", "fabricspark", False), ("not_null", "impala", False),
        ("unique", "sqlserver", True), ("unique", "oracle", True), ("unique", "snowflake", False),
    ],
)  # fmt: skip
def test_a_constraint_that_only_some_warehouses_check(constraint: str, adapter: str, is_told: bool) -> None:
    """What leaves an enforced contract is told where the warehouse holds a table to it: keys by few, NULL not by Spark's kin and Impala."""
    profile = {"profiles.yml": PROJECT["profiles.yml"].replace("postgres", adapter)}
    yaml = "models:\n  - {name: orders, " + contract(f"{{type: {constraint}}}") + "}\n"
    base = PROJECT | profile | {"models/orders.sql": SQL, "models/m.yml": yaml}
    found = assessed(base, base | {"models/m.yml": yaml.replace(f"{{type: {constraint}}}", "")}, None).changes
    assert [change.kind for change in found] == [Kind.CONTRACT_CONSTRAINT_REMOVED] * is_told


def test_constraints_that_stay_are_no_change() -> None:
    """The same constraints, in another order, are the same contract."""
    assert (
        changes(contract("{type: not_null}, {type: unique}"), contract("{type: unique}, {type: not_null}"))
        == ()
    )


PLAIN = contract("")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (contract("{type: not_null}"), "config: {materialized: table}", Kind.CONTRACT_REMOVED),
        (contract("{type: not_null}"), contract("{type: not_null}").replace(": table", ": view"), Kind.MATERIALIZATION_CHANGED),
        (PLAIN.replace("data_type: int, ", ""), PLAIN.replace("data_type: int, ", ""), Kind.COLUMN_TYPE_CHANGED),
    ],
    ids=["it is gone", "nothing checks it", "it says no type"],
)  # fmt: skip
def test_what_becomes_of_a_contract(before: str, after: str, told: Kind) -> None:
    """A contract that goes, or that a view can't keep, is broken; a type that it never said is not."""
    other = SQL.replace("1 as int", "1 as text") if told is Kind.COLUMN_TYPE_CHANGED else None
    (change,) = [each for each in changes(before, after, other=other) if each.kind is told]
    assert (change.breach is None) is (told is Kind.COLUMN_TYPE_CHANGED)


def test_a_model_with_a_contract_that_is_renamed() -> None:
    """The name was promised as well."""
    yaml = "models:\n  - {name: orders, " + contract("") + "}\n"
    base = PROJECT | {"models/orders.sql": SQL, "models/m.yml": yaml}
    head = PROJECT | {"models/sales.sql": SQL, "models/m.yml": yaml.replace("orders", "sales")}
    (change,) = assessed(base, head, None).changes
    assert (change.kind, change.breach is None) == (Kind.RELATION_RENAMED, False)
    assert "is renamed to" in change.message
    assert "the contract of `orders` promised it" in change.message


@pytest.mark.parametrize(
    ("head", "is_broken"),
    [("select cast(1 as int) as id", True), ("select cast(2 as int) as id, cast(2 as int) as day", False)],
)
def test_a_contract_that_a_star_does_not_keep_any_more(head: str, is_broken: bool) -> None:
    """A column that goes upstream goes through the star, and the contract of the reader promises it."""
    yaml = "models:\n  - {name: mid, " + contract("") + "}\n"
    base = PROJECT | {
        "models/orders.sql": SQL,
        "models/mid.sql": "select * from {{ ref('orders') }}",
        "models/m.yml": yaml,
    }
    found = assessed(base, base | {"models/orders.sql": head}, None)
    assert bool([each for each in found.impacts if each.effect is Effect.BREAKS]) is is_broken


def test_a_ref_that_is_refused_is_told_once() -> None:
    """A reader that was edited as well is refused by the change of access, not by its own edit."""
    sides = [
        PROJECT | {"models/orders.sql": SQL, "models/mid.sql": f"select {names} from {{{{ ref('orders') }}}}",
                   "models/orders.yml": "models:\n  - {name: orders, " + access(value) + "}\n"}
        for names, value in (("id", "protected"), ("id, day", "private"))
    ]  # fmt: skip
    found = assessed(*sides, None)
    kinds = {change.id: change.kind for change in found.changes}
    assert [kinds[each.change] for each in found.impacts if each.effect is Effect.BREAKS] == [
        Kind.ACCESS_NARROWED
    ]
