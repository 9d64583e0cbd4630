"""The way out of a change is made of the model itself, and followed it undoes the change."""

import pytest

from contract_gate.compare.changes.change import Change, Kind
from contract_gate.sql.parsing.parse import parse
from tests.comparing import assessed

CREATE = "create table shop.orders as\n"
RAW = "create table raw.o (id int, amount int, tax int, status varchar, day date);\n"
USERS = "create table raw.u (id int, country varchar);\n"


def change_of(before: str, after: str, kind: Kind, dialect: str = "postgres") -> Change:
    """Compare two texts of `shop.orders`, and give the only change of the kind."""
    files = {"raw/o.sql": RAW, "raw/u.sql": USERS}
    found = assessed(
        {**files, "orders.sql": CREATE + before}, {**files, "orders.sql": CREATE + after}, dialect
    )
    (change,) = [one for one in found.changes if one.kind is kind and str(one.relation) == "shop.orders"]
    return change


def code_of(change: Change) -> str:
    assert change.instead is not None
    return change.instead.split("```")[1].partition("\n")[2].rstrip("\n")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("select id, amount - tax as net, status from raw.o", "select id, status from raw.o", Kind.COLUMN_REMOVED),
        ("select id, amount - tax as net from raw.o", "select id, amount - tax as total from raw.o", Kind.COLUMN_RENAMED),
        (
            "with a as (select id, amount as net from raw.o) select * from a",
            "with a as (select id from raw.o) select * from a",
            Kind.COLUMN_REMOVED,
        ),
    ],
)  # fmt: skip
def test_the_item_put_into_the_list_brings_the_column_back(before: str, after: str, kind: Kind) -> None:
    """With the line that the way out gives, nothing goes any more."""
    item = code_of(change_of(before, after, kind))
    assert item.startswith("-- in the select list")
    mended = after.replace("select", f"select\n{item}\n", 1)
    files = {"raw/o.sql": RAW}
    left = assessed(
        {**files, "orders.sql": CREATE + before}, {**files, "orders.sql": CREATE + mended}, "postgres"
    )
    assert kind not in {change.kind for change in left.changes}


def test_a_column_that_nothing_computes_stays_as_a_null_of_its_type() -> None:
    """Where the block that made it is gone, its name and type are kept."""
    change = change_of(
        "select o.id, u.country from raw.o as o join raw.u as u on u.id = o.id",
        "select o.id from raw.o as o",
        Kind.COLUMN_REMOVED,
    )
    assert (
        code_of(change) == "-- deprecated: it is not computed any longer\ncast(null as VARCHAR) as country,"
    )


def test_a_new_meaning_gets_a_new_name() -> None:
    """The column as it was stands beside what it is now."""
    change = change_of(
        "select id, amount as net from raw.o",
        "select id, amount - tax as net from raw.o",
        Kind.COLUMN_VALUES_CHANGED,
    )
    assert code_of(change).splitlines()[1:] == ["amount as net,", "amount - tax as net_new,"]


def test_a_narrower_filter_is_the_readers() -> None:
    """A condition on what the readers can read is given to them, by the model's name."""
    change = change_of(
        "select id, status from raw.o",
        "select id, status from raw.o where status = 'done'",
        Kind.ROWS_FILTER_CHANGED,
    )
    assert code_of(change).endswith("select *\nfrom shop.orders\nwhere status = 'done'")


def test_a_filter_on_what_readers_lack_becomes_a_flag() -> None:
    """Where they can't ask for it, the model tells them."""
    change = change_of(
        "select id from raw.o", "select id from raw.o where status = 'done'", Kind.ROWS_FILTER_CHANGED
    )
    assert code_of(change).endswith("status = 'done' as is_wanted,")


def test_a_new_join_takes_one_row_a_key() -> None:
    """What multiplies rows is summed up by its own key first, with the columns that are read of it."""
    change = change_of(
        "select o.id from raw.o as o",
        "select o.id, u.country from raw.o as o left join raw.u as u on u.id = o.id",
        Kind.ROWS_JOIN_CHANGED,
    )
    assert code_of(change) == (
        "left join (select id, max(country) as country from raw.u group by id) as u on u.id = o.id"
    )


def test_a_join_that_keeps_other_rows_is_shown_as_it_was() -> None:
    """The author sees the join to keep."""
    texts = [
        f"select o.id, u.country from raw.o as o {kind} join raw.u as u on u.id = o.id"
        for kind in ("left", "inner")
    ]
    change = change_of(*texts, Kind.ROWS_JOIN_CHANGED)
    assert change.instead is not None
    assert change.instead.startswith("Keep the join as it was")
    assert code_of(change) == "left join raw.u as u on u.id = o.id"


def test_the_old_grain_is_a_summary_of_the_new_one() -> None:
    """A sum of sums by the old key, of the model itself."""
    change = change_of(
        "select id, sum(amount) as amount, count(*) as n from raw.o group by id",
        "select id, day, sum(amount) as amount, count(*) as n from raw.o group by id, day",
        Kind.GRAIN_CHANGED,
    )
    assert code_of(change) == ("select id, sum(amount) as amount, sum(n) as n\nfrom shop.orders\ngroup by id")


def test_a_removed_file_comes_back_by_git() -> None:
    """Nobody writes a removed model anew."""
    found = assessed({"a b.sql": CREATE + "select 1 as id"}, {}, "postgres")
    (change,) = found.changes
    assert code_of(change) == "git checkout base -- 'a b.sql'"


def test_a_renamed_dbt_model_keeps_its_name_in_a_file_that_refers_to_the_new_one() -> None:
    """dbt's own word for the relation stands there, with all its columns."""
    project = {"dbt_project.yml": "name: shop\nprofile: shop\n"}
    text = "select 1 as id, 2 as amount"
    found = assessed(
        {**project, "models/orders.sql": text}, {**project, "models/customer_orders.sql": text}, "postgres"
    )
    (change,) = [one for one in found.changes if one.kind is Kind.RELATION_RENAMED]
    assert code_of(change) == "-- orders.sql\nselect id, amount\nfrom {{ ref('customer_orders') }}"


@pytest.mark.parametrize("name", ['"Net Sum"', "net"])
@pytest.mark.parametrize("dialect", ["snowflake", "postgres", "duckdb"])
def test_names_are_spelled_for_the_dialect(dialect: str, name: str) -> None:
    """What is copied can be read by the engine it is for."""
    change = change_of(
        f"select id, amount as {name} from raw.o", "select id from raw.o", Kind.COLUMN_REMOVED, dialect
    )
    item = code_of(change)
    assert name.lower() in item.lower()
    assert not parse(f"select {item}\n id from raw.o", dialect).problems


def test_a_fence_in_the_sql_ends_no_code() -> None:
    """Text of a pull request that would close the block of code is shown in general words."""
    change = change_of(
        "select id, amount || '```' as net from raw.o", "select id from raw.o", Kind.COLUMN_REMOVED
    )
    assert change.instead is None


def test_a_model_of_sqlmesh_is_told_in_no_words_of_dbt() -> None:
    """Keys of both begin alike; only dbt refers by `ref` and builds with `dbt build`."""
    setup = {"config.yaml": "model_defaults:\n  dialect: postgres\n"}
    old = {
        **setup,
        "models/orders.sql": "MODEL (name shop.orders, kind FULL);\nselect id, amount from raw.o;\n",
    }
    new = {
        **setup,
        "models/orders.sql": "MODEL (name shop.sales, kind FULL);\nselect id, amount from raw.o;\n",
    }
    told = [one.instead for one in assessed(old, new, None).changes if one.kind is Kind.RELATION_RENAMED]
    assert len(told) == 1
    assert "ref(" not in (told[0] or "")
    assert "create view" in (told[0] or "").lower()
