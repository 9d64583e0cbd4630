"""Relations whose names templates print where no `ref` stands: who may read one is found among them."""

import pytest

from contract_gate.workspace.reading import Reading, read_repository
from tests.memory import MemoryFiles

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: p\nvars: {orders_table: d.s.orders, prefix: ord}\n",
    "profiles.yml": "p: {target: ci, outputs: {ci: {type: postgres, dbname: d, schema: s}}}\n",
    "models/orders.sql": "select 1 as id",
    "macros/names.sql": "{% macro the_orders() %}\n  d.s.orders\n{% endmacro %}\n"
    "{% macro all_of(relation) %}select * from {{ relation }}{% endmacro %}",
}
PRINTS = {
    "a macro's": "select * from {{ the_orders() }}",
    "a text": "{% set t = 'd.s.orders' %}select * from {{ t }}",
    "a variable": "select * from {{ var('orders_table') }}",
    "the last part": "select * from d.s.{{ 'orders' }}",
    "texts joined": "select * from {{ target.schema }}.{{ 'ord' ~ 'ers' }}",
    "a part of a name": "select * from {{ target.schema }}.{{ var('prefix') }}{{ 'ers' }}",
    "a relation that is made": "select * from {{ api.Relation.create(database='d', schema='s', identifier='orders') }}",
    "a relation that is looked for": "{% set r = adapter.get_relation('d', 's', 'orders') %}select * from {{ r }}",
    "another case": "select * from {{ 'D.S.ORDERS' }}",
    "what a macro is given": "{{ all_of('d.s.orders') }}",
}
OTHERS = {
    "another text": "select * from {{ 'd.s.users' }}",
    "another's reference": "select * from {{ ref('users') }} where kind = 'orders'",
    "a column": "select {{ 'orders' }} from d.s.users",
}


def readers(text: str) -> set[str]:
    files = {**PROJECT, "models/users.sql": "select 2 as id", "models/late.sql": text}
    with read_repository(MemoryFiles(files), "head", Reading()) as world:
        return world.readers(["model.shop.orders"])


@pytest.mark.parametrize("text", PRINTS.values(), ids=list(PRINTS))
def test_a_name_that_is_printed(text):
    """However a template comes by the name, its model may read the relation."""
    assert readers(text) == {"model.shop.late"}


@pytest.mark.parametrize("text", OTHERS.values(), ids=list(OTHERS))
def test_another_name(text):
    """A template that can't spell the name where a relation stands is no reader."""
    assert readers(text) == set()
