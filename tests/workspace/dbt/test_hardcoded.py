"""Relations that SQL names without a ref."""

import pytest

from contract_gate.workspace.dbt.hardcoded import RELATIONS


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("select 1 from marts.orders", {"orders"}),
        (
            'select 1 from "Shop"."Marts"."Orders" o join marts.customers as c on true',
            {"orders", "customers"},
        ),
        ("select 1 from {{ target.schema }}.orders", {"orders"}),
        ("select 1 from `project-1.marts`.`orders`", {"orders"}),
        ("select 1 from marts.orders o, marts.refunds", {"orders", "refunds"}),
        ("select 1 from orders", {"orders"}),
        (
            "select 1 from marts.orders join marts.customers on true JOIN marts.refunds on true",
            {"orders", "customers", "refunds"},
        ),
        (
            "insert into marts.orders select 1; update only marts.a set x = 1; truncate table marts.b",
            {"orders", "a", "b"},
        ),
        (
            "merge into marts.orders using marts.refunds r on true when matched then delete",
            {"orders", "refunds"},
        ),
        ("with orders as (select 1 from a.b) select 1 from orders", {"b"}),
        ("with orders as (select 1 from x.orders) select 1 from orders", {"orders"}),
        ('with "o" (a, b) AS NOT materialized(select 1 from x.y) select 1 from O', {"y"}),
        ("with f(g(a)) as (select 1) select 1 from g", {"g"}),
        ("with $as (select 1) select 1 from $as", {"$as"}),
        ("-- from marts.orders\nselect 1 /* join marts.orders */", set()),
        ("select '--', 'it''s' from marts.orders", {"orders"}),
        ("{# from marts.orders #} select '{{ ref('orders') }}' as x", set()),
    ],
)
def test_named_relations(text: str, names: set[str]) -> None:
    """Names behind FROM, JOIN, INTO and the like, with or without an alias, without CTEs, comments and what a template prints."""
    assert RELATIONS(text) - {"jinja"} == names


def test_hostile_text_ends_soon() -> None:
    """What looks like the beginning of many names costs no more than its length."""
    for piece in (
        "from a,",
        "from a b,",
        "a as (",
        "(" * 5,
        'from "',
        "{{",
        "from a. ",
        "into table ",
        "join a join ",
    ):
        assert RELATIONS(piece * 20_000) is not None
