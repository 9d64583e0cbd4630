"""A side that has other SQL in some models is put together by the difference, and is what its files alone would give."""

from collections.abc import Collection, Mapping
from contextlib import ExitStack

import pytest

from contract_gate.workspace.dbt import opening
from contract_gate.workspace.reading import Reading, read_repository

SHOP = {
    "dbt_project.yml": "name: shop\nprofile: p\nvars: {of: [orders]}\n",
    "profiles.yml": "p: {target: ci, outputs: {ci: {type: postgres, dbname: d, schema: s}}}\n",
    "models/orders.sql": "select id, amount from {{ source('raw', 'events') }}",
    "models/late.sql": "{{ config(alias='later', unique_key='id') }}\nselect id from {{ ref('orders') }}",
    "models/many.sql": "select * from {% for one in var('of') %}{{ ref(one) }}{% endfor %}",
    "models/written.sql": "select * from s.orders",
    "models/tables.yml": "sources: [{name: raw, tables: [{name: events, columns: [{name: id, tests: [unique]}]}]}]\n"
    "models: [{name: orders, constraints: [{type: foreign_key, columns: [id], to: ref('late'), to_columns: [id]}], columns: [{name: id, tests: [not_null, {relationships: {to: ref('late'), field: id}}]}]}]\n"
    "exposures: [{name: board, type: dashboard, owner: {name: Ada}, depends_on: [\"ref('late')\"]}]\n",
    "macros/cents.sql": "{% macro cents(c) %}{{ c }} / 100{% endmacro %}\n{% macro loud() %}{{ config(alias='loud') }}{% endmacro %}",
}  # fmt: skip


class _Git:
    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files = files

    def paths(self) -> frozenset[str]:
        return frozenset(self._files)

    def read(self, paths: Collection[str]) -> dict[str, bytes | str]:
        texts = {path: self._files[path] for path in paths}
        return {path: text.encode() if isinstance(text, str) else text for path, text in texts.items()}

    def stamps(self) -> Mapping[str, str]:
        return {path: str(text) for path, text in self._files.items()}


SQL_ALONE = {
    "other columns": {"models/orders.sql": "select id from {{ source('raw', 'events') }}"},
    "another model is read": {"models/written.sql": "select * from {{ ref('late') }}"},
    "nothing is read": {"models/late.sql": SHOP["models/late.sql"].replace("{{ ref('orders') }}", "other")},
    "a name is computed": {"models/written.sql": "select * from {{ ref('ord' ~ 'ers') }}"},
    "no name is computed any more": {"models/many.sql": "select * from {{ ref('late') }}"},
    "a relation is written out no more": {"models/written.sql": "select 1 as x"},
    "a macro is used": {"models/orders.sql": "select {{ cents('amount') }} as id from x"},
    "the place of a setting": {"models/late.sql": "\n\n" + SHOP["models/late.sql"]},
    "two models": {
        "models/orders.sql": "select 1 as id",
        "models/late.sql": SHOP["models/late.sql"] + "\nlimit 1",
    },
}
MORE = {
    "a setting": {"models/late.sql": SHOP["models/late.sql"].replace("later", "latest")},
    "a setting that is computed": {"models/orders.sql": "{{ config(alias='a' ~ 'b') }} select 1 as id"},
    "a macro that sets": {"models/orders.sql": "{{ loud() }} select 1 as id"},
    "what YAML declares": {"models/tables.yml": SHOP["models/tables.yml"].replace("board", "other")},
    "SQL and a macro": {
        "models/orders.sql": "select {{ cents('a') }} as id",
        "macros/cents.sql": "{% macro cents(c) %}{{ c }}{% endmacro %}",
    },
    "a model that is new": {"models/new.sql": "select 1 as id", "models/orders.sql": "select 1 as id"},
    "another project": {"models/orders.sql": "select * from {{ ref('other', 'x') }}"},
    "a text that is empty": {"models/orders.sql": ""},
    "bytes that are no text": {"models/orders.sql": b"select '\xff' as id"},
    "the project file": {"dbt_project.yml": SHOP["dbt_project.yml"] + "models: {+schema: m}\n"},
}


RICH = {
    **SHOP,
    "macros/names.sql": "{% macro generate_schema_name(n, node) %}{{ n or 's' }}_{{ node.meta.get('team', 'x') }}{% endmacro %}",
    "models/one.yml": "models: [{name: late, columns: [{name: id, tests: [not_null, not_null]}]}]\n",
    "models/two.yml": "models: [{name: many, meta: {team: a}, columns: [{name: id, tests: [not_null]}]}]\n",
    "models/same.yml": "models: [{name: written, group: g}]\n",
    "models/zame.yml": "models: [{name: written, group: g}]\n",
    "models/groups.yml": "groups: [{name: g, owner: {email: a@b.c}}]\n",
    "models/off.sql": "{{ config(enabled=false) }} select 1 as x",
    "models/perhaps.sql": "{{ config(enabled=(target.name == 'other')) }} select 1 as x",
    "models/sub/off.sql": "select 2 as x",
    "models/items_v1.sql": "select 1 as id",
    "models/items_v2.sql": "select 2 as id",
    "models/items.yml": "models: [{name: items, latest_version: 1, versions: [{v: 1}, {v: 2}]}]\n",
    "models/reads.sql": "select * from {{ ref('items') }} join {{ ref('kinds') }} using (id)",
    "models/set.sql": "{{ config(alias='a' ~ 'b') }} select 1 as x",
    "models/yam.yml": "models: [{name: reads, config: {alias: \"{{ 'r' ~ 1 }}\"}}]\n",
    "seeds/kinds.csv": "id,kind\n1,a\n",
    "seeds/kinds.yml": "seeds: [{name: kinds, columns: [{name: id, tests: [unique]}]}]\n",
    "snapshots/s.sql": "{% snapshot snap %}{{ config(unique_key='id', strategy='check', check_cols=['id'], target_schema='z') }} select 1 as id{% endsnapshot %}",
    "tests/t.sql": "select * from {{ ref('late') }} where id is null",
}  # fmt: skip
YAML = {
    "a test more": {"models/one.yml": RICH["models/one.yml"].replace("[not_null, not_null]", "[not_null, unique]")},
    "a test of a name before": {"models/late2.sql": "select 1 as id", "models/many.sql": "select 1 as id"},
    "a description": {"models/two.yml": RICH["models/two.yml"].replace("name: many,", "name: many, description: d,")},
    "what a macro names by": {"models/two.yml": RICH["models/two.yml"].replace("team: a", "team: b")},
    "the first of two alike": {"models/same.yml": "models: [{name: other}]\n"},
    "an owner": {"models/groups.yml": "groups: [{name: g, owner: {email: d@e.f}}]\n"},
    "another latest version": {"models/items.yml": RICH["models/items.yml"].replace("latest_version: 1", "latest_version: 2")},
    "one version less": {"models/items.yml": RICH["models/items.yml"].replace(", {v: 2}", "")},
    "off": {"models/late.sql": SHOP["models/late.sql"].replace("alias='later'", "enabled=false")},
    "on": {"models/off.sql": "select 1 as x"},
    "on elsewhere": {"models/perhaps.sql": "{{ config(enabled=(target.name == 'p')) }} select 3 as x"},
    "a setting of a setting": {"models/yam.yml": RICH["models/yam.yml"].replace("~ 1", "~ 2")},
    "a seed": {"seeds/kinds.csv": "id,kind,more\n1,a,b\n"},
    "a seed's test": {"seeds/kinds.yml": "seeds: [{name: kinds}]\n"},
    "a snapshot": {"snapshots/s.sql": RICH["snapshots/s.sql"].replace("1 as id", "2 as id")},
    "a test": {"tests/t.sql": "select 1 from {{ ref('many') }}"},
    "a source's test": {"models/tables.yml": RICH["models/tables.yml"].replace("tests: [unique]", "tests: [not_null]")},
    "a source's name": {"models/tables.yml": RICH["models/tables.yml"].replace("name: events", "identifier: e, name: events")},
    "whom a test names": {"models/tables.yml": RICH["models/tables.yml"].replace("ref('late'), field", "ref('many'), field")},
    "a macro of names": {"macros/names.sql": RICH["macros/names.sql"].replace("'x'", "'y'")},
    "the name of what a test names": {"models/late.sql": SHOP["models/late.sql"].replace("later", "latest")},
    "SQL": {"models/set.sql": "{{ config(alias='a' ~ 'b') }} select 2 as x", "models/reads.sql": "select 1 as x"},
    "a link of versions": {"models/items_v2.sql": "select id, 1 as b from {{ ref('items', v=1) }}"},
}  # fmt: skip


@pytest.mark.parametrize("edit", YAML.values(), ids=list(YAML))
def test_what_is_taken_from_the_other_side_is_what_its_files_give(edit):
    """Whatever is declared, set or named otherwise: nothing that hangs on it is the other side's, the order of all things included."""
    head, reading = {**RICH, **edit}, Reading()
    with (
        read_repository(_Git(head), "head", Reading()) as alone,
        read_repository(_Git(RICH), "base", reading),
        read_repository(_Git(head), "head", reading) as after,
    ):
        assert _seen(after) == _seen(alone)
        assert list(after.models) == list(alone.models)
        assert after.dbt[0].disabled == alone.dbt[0].disabled


def _both(edit, files=_Git):
    reading = Reading()
    before = read_repository(files(SHOP), "base", reading)
    return before, read_repository(files({**SHOP, **edit}), "head", reading)


def _seen(world):
    (project,) = world.dbt
    keys = sorted(world.models)
    return {
        "models": dict(world.models),
        "problems": dict(world.problems),
        "nodes": {key: project.node(key) for key in keys},
        "files": project.node_files(),
        "rendered": {key: world.rendered(key) for key in keys},
        "companions": {key: world.companions(key) for key in keys},
        "readers": {key: world.readers([key]) for key in keys},
        "texts": {key: project.graph.texts(key) for key in keys},
        "users": project.graph.users(["cents"], ["var"]),
        "named": project.named,
    }


@pytest.mark.parametrize("edit", (SQL_ALONE | MORE).values(), ids=list(SQL_ALONE | MORE))
def test_it_is_what_its_files_give(edit):
    """Models, nodes, SQL, readers and what stands beside a query are those of the side read for itself."""
    with read_repository(_Git({**SHOP, **edit}), "head", Reading()) as alone, _both(edit)[1] as after:
        assert _seen(after) == _seen(alone)


@pytest.mark.parametrize("edit", SQL_ALONE.values(), ids=list(SQL_ALONE))
def test_other_sql_puts_nothing_together_anew(edit, monkeypatch):
    """Where the SQL of models is all that differs, the files of the project are not collected for the head."""
    reading = Reading()
    with read_repository(_Git(SHOP), "base", reading) as before:
        monkeypatch.setattr(opening, "collect", None)
        with read_repository(_Git({**SHOP, **edit}), "head", reading) as after:
            assert not after.problems
            assert after.models.keys() == before.models.keys()


def test_the_other_side_stays_as_it_was():
    """What the head is put together of leaves the base its own SQL and its own readers."""
    before, after = _both(SQL_ALONE["another model is read"])
    with before, after, read_repository(_Git(SHOP), "base", Reading()) as alone:
        assert _seen(after) != _seen(before) == _seen(alone)


def test_a_third_side_is_none_of_the_two():
    """What was put together by a difference is compared with a later side by all its files."""
    reading = Reading()
    two = {**SHOP, "models/orders.sql": "select 2 as id"}
    sides = (
        {**SHOP, "models/orders.sql": "select 1 as id"},
        two,
        {**two, "models/written.sql": "select 3 as id"},
    )
    with ExitStack() as stack:
        worlds = [stack.enter_context(read_repository(_Git(side), "side", reading)) for side in sides]
        found = [
            [world.rendered(f"model.shop.{name}").sql for name in ("orders", "written")] for world in worlds
        ]
    assert found[1:] == [["select 2 as id", "select * from s.orders"], ["select 2 as id", "select 3 as id"]]
