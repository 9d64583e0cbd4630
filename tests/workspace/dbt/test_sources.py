"""A table of a source is put together when it is asked for, and reads then as if it had been from the start."""

import pytest

from contract_gate.core.models import Models, differing, outlines
from contract_gate.workspace.dbt.project import read_dbt
from contract_gate.workspace.dbt.sources import PlainSource
from contract_gate.workspace.reading import Reading, read_repository

SHOP = {
    "dbt_project.yml": "name: shop\nprofile: p\nsources: {shop: {+tags: [raw]}}\n",
    "profiles.yml": "p: {target: ci, outputs: {ci: {type: snowflake, database: d, schema: s}}}\n",
    "models/orders.sql": "select id from {{ source('raw', 'orders') }}",
    "models/raw.yml": (
        "sources:\n"
        "  - name: raw\n"
        "    schema: landing\n"
        "    tables:\n"
        "      - name: orders\n"
        "        identifier: ORDERS_V2\n"
        "        columns: [{name: id, tests: [unique]}]\n"
        "      - {name: people, quoting: {identifier: true}}\n"
        "      - {name: computed, identifier: \"{{ 'a' ~ 'b' }}\"}\n"
        "      - {name: off, config: {enabled: false}}\n"
    ),
}


def _unmade(project) -> dict[str, PlainSource]:
    assert isinstance(project.models, Models)
    return {one.key: one for one in outlines(project.models) if isinstance(one, PlainSource)}


def test_plain_tables_are_unmade_and_say_what_their_models_say(memory):
    """What is told of a table before it is made is what its model tells; what a template names or switches off is no plain one."""
    with read_dbt(memory(SHOP)) as project:
        unmade = _unmade(project)
        assert set(unmade) == {"source.shop.raw.orders", "source.shop.raw.people"}
        for key, one in unmade.items():
            model = project.models[key]
            assert (one.kind, one.name, one.path, one.dialect) == (
                model.kind, model.name, model.path, model.dialect,
            )  # fmt: skip
            assert one.relation == model.relation
        assert str(project.models["source.shop.raw.computed"].relation).endswith("ab")
        assert "source.shop.raw.off" in project.disabled
        assert project.models["source.shop.raw.orders"].tags == ("raw",)


def test_templates_and_readers_find_an_unmade_table(memory):
    """A template prints its name, and the model is among its readers."""
    with read_dbt(memory(SHOP)) as project:
        assert "landing.ORDERS_V2".lower() in (project.rendered("model.shop.orders").sql or "").lower()
        assert "model.shop.orders" in project.readers(["source.shop.raw.orders"])


def test_a_table_that_is_declared_twice_is_refused_as_ever(memory):
    """Two declarations of one table name each other as the reason why dbt builds nothing."""
    again = "sources: [{name: raw, tables: [{name: people}]}]\n"
    with read_dbt(memory({**SHOP, "models/again.yml": again})) as project:
        assert "has the same name" in project.problems["models/again.yml"]
        assert "has the same name" in project.problems["models/raw.yml"]


@pytest.mark.parametrize(
    "tables", ["", "      - name: new\n"], ids=["nothing beside it", "a table beside it"]
)
def test_the_other_side_takes_the_very_same_table(memory_files, tables):
    """A table that both sides declare alike is one, and one that moved in its file is compared."""
    reading = Reading()
    head = {**SHOP, "models/raw.yml": SHOP["models/raw.yml"] + tables, "models/orders.sql": "select 1 as id"}
    with (
        read_repository(memory_files(SHOP), "base", reading) as before,
        read_repository(memory_files(head), "head", reading) as after,
    ):
        assert "source.shop.raw.people" not in differing(before.models, after.models)
        assert before.models["source.shop.raw.orders"] == after.models["source.shop.raw.orders"]
        assert ("source.shop.raw.new" in after.models) is bool(tables)


def test_a_table_whose_schema_moves_is_not_the_other_sides(memory_files):
    """What a declaration says differs: nothing is taken from the base."""
    reading = Reading()
    head = {**SHOP, "models/raw.yml": SHOP["models/raw.yml"].replace("landing", "elsewhere")}
    with (
        read_repository(memory_files(SHOP), "base", reading) as before,
        read_repository(memory_files(head), "head", reading) as after,
    ):
        key = "source.shop.raw.people"
        assert key in differing(before.models, after.models)
        assert before.models[key].relation != after.models[key].relation
