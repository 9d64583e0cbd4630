"""What base and head have alike is put together once, and what differs is not taken from the other side."""

from collections.abc import Collection, Mapping

import pytest

from contract_gate.workspace.dbt.project import DbtProject, Options, read_dbt
from contract_gate.workspace.reading import Reading, read_repository

SHOP = {
    "shop/dbt_project.yml": 'name: shop\nprofile: p\non-run-start: ["insert into a.log select 1 as x"]\n',
    "shop/profiles.yml": "p: {target: ci, outputs: {ci: {type: postgres, dbname: d, schema: s}}}\n",
    "shop/models/orders.sql": "select 1 as id",
    "shop/models/more/late.sql": "select id from {{ ref('orders') }}",
    "shop/models/tables.yml": "models: [{name: orders, columns: [{name: id}]}]\n",
    "shop/macros/cents.sql": "{% macro cents(c) %}{{ c }} / 100{% endmacro %}",
    "shop/seeds/kinds.csv": "kind\na\n",
}
TEAM = {
    "team/dbt_project.yml": "name: team\nprofile: p\n",
    "team/profiles.yml": "p: {target: ci, outputs: {ci: {type: postgres, dbname: d, schema: t}}}\n",
    "team/models/report.sql": "select * from {{ ref('shop', 'orders') }}",
}


def _both(memory_files, base: Mapping[str, str], head: Mapping[str, str], reading: Reading):
    before = read_repository(memory_files(base), "base", reading)
    return before, read_repository(memory_files(head), "head", reading)


def _facts(world):
    return [(project.models, project.macros.texts(), project.node_files()) for project in world.dbt]


def test_a_project_that_is_alike_is_put_together_once(memory_files):
    """A change of one project leaves the other's models the very same values, and only its own are made anew."""
    head = {**SHOP, **TEAM, "team/models/report.sql": "select 2 as id"}
    before, after = _both(memory_files, {**SHOP, **TEAM}, head, Reading())
    with before, after:
        shop, team = after.dbt
        assert shop.models["model.shop.orders"] is before.dbt[0].models["model.shop.orders"]
        assert team.rendered("model.team.report").sql == "select 2 as id"


CHANGES = {
    "a model": {"shop/models/orders.sql": "select 1 as id, 2 as b"},
    "a model below a folder": {"shop/models/more/late.sql": "select id as other from {{ ref('orders') }}"},
    "a new model": {"shop/models/more/new.sql": "select 1 as y"},
    "what YAML declares": {"shop/models/tables.yml": "models: [{name: orders, columns: [{name: other}]}]\n"},
    "a macro": {"shop/macros/cents.sql": "{% macro cents(c) %}{{ c }} / 10{% endmacro %}"},
    "a seed": {"shop/seeds/kinds.csv": "kind,more\na,b\n"},
    "the profile": {"shop/profiles.yml": SHOP["shop/profiles.yml"].replace("schema: s", "schema: other")},
    "a line above a hook": {"shop/dbt_project.yml": "# a word\n" + SHOP["shop/dbt_project.yml"]},
    "a setting": {"shop/dbt_project.yml": SHOP["shop/dbt_project.yml"] + "models: {+schema: x}\n"},
    "a model that is gone": {"shop/models/more/late.sql": None},
}


@pytest.mark.parametrize("edit", CHANGES.values(), ids=list(CHANGES))
def test_what_differs_is_read_as_if_alone(memory_files, edit):
    """After any edit the head's models, templates and readers are those of a head that no base was read before."""
    head = {path: text for path, text in {**SHOP, **TEAM, **edit}.items() if text is not None}
    before, after = _both(memory_files, {**SHOP, **TEAM}, head, Reading())
    alone = read_repository(memory_files(head), "head", Reading())
    with before, after, alone:
        assert _facts(after) == _facts(alone) != _facts(before)
        for key in ("model.shop.orders", "model.team.report"):
            assert after.rendered(key) == alone.rendered(key)
            assert after.readers([key]) == alone.readers([key])


def test_in_a_changed_project_what_is_alike_is_made_once(memory_files):
    """Of a model that did not change its value is the base's, unless what it hangs on beside its node did: its group's owner."""
    of = "groups: [{{name: g, owner: {{email: {}}}}}]\nmodels: [{{name: orders, group: g}}]\n"
    shop = {**SHOP, "shop/models/tables.yml": of.format("a@b.c")}
    late = {"shop/models/more/late.sql": "select 1 as other"}
    before, after = _both(memory_files, shop, {**shop, **late}, Reading())
    with before, after:
        models = [world.dbt[0].models["model.shop.orders"] for world in (before, after)]
        assert models[0] is models[1]
    edited = {**shop, "shop/models/tables.yml": of.format("d@e.f")}
    before, after = _both(memory_files, shop, edited, Reading())
    with before, after:
        owners = [world.dbt[0].models["model.shop.orders"].owners for world in (before, after)]
        assert owners == [("a@b.c",), ("d@e.f",)]


def test_a_project_that_is_alike_sees_the_siblings_of_its_own_side(memory_files):
    """A reference into another project means that project's model of the same side, though its reader is shared."""
    head = {path: text for path, text in {**SHOP, **TEAM}.items() if path != "shop/models/orders.sql"}
    before, after = _both(memory_files, {**SHOP, **TEAM}, head, Reading())
    with before, after:
        key = "model.shop.orders"
        assert "model.team.report" in before.readers([key])
        assert before.rendered("model.team.report").sql == 'select * from "d"."s"."orders"'
        assert after.rendered("model.team.report").missing
        assert before.rendered("model.team.report").missing == ()


def _stamped(memory_files, read: list[str]):
    """Make files that have stamps, as git's have, and tell which of them are read."""

    class Stamped(memory_files):
        def read(self, paths: Collection[str]) -> dict[str, bytes | str]:
            read.extend(paths)
            return super().read(paths)

        def stamps(self) -> dict[str, str]:
            return {path: content for path, content in self._files.items() if isinstance(content, str)}

    return Stamped


@pytest.mark.parametrize("edit", CHANGES.values(), ids=list(CHANGES))
def test_what_differs_is_found_by_stamps_too(memory_files, edit):
    """Where git says that two files are the same they are not read for it, and what differs is not taken from the other side."""
    head = {path: text for path, text in {**SHOP, **TEAM, **edit}.items() if text is not None}
    plain = _both(memory_files, {**SHOP, **TEAM}, head, Reading())[1]
    with plain, _both(_stamped(memory_files, []), {**SHOP, **TEAM}, head, Reading())[1] as after:
        assert _facts(after) == _facts(plain)


def test_what_bears_one_stamp_is_not_read_again(memory_files):
    """The head reads the models of the project that was edited, and none of the other's."""
    read: list[str] = []
    files, reading = _stamped(memory_files, read), Reading()
    with read_repository(files({**SHOP, **TEAM}), "base", reading):
        del read[:]
        head = {**SHOP, **TEAM, "team/models/report.sql": "select 2 as id"}
        with read_repository(files(head), "head", reading) as after:
            assert after.dbt
    assert "team/models/report.sql" in read
    assert not {path for path in read if path.startswith("shop/models/") and path.endswith(".sql")}


def test_other_options_are_another_project(memory_files):
    """What variables decide is worked out anew where they are others."""
    settled: dict = {}
    files = memory_files(
        {
            "dbt_project.yml": "name: shop\nmodels: {+enabled: \"{{ var('on') }}\"}\n",
            "models/a.sql": "select 1 as x",
        }
    )
    kept = [read_dbt(files, "", Options(variables={"on": on}), settled) for on in (True, False)]
    assert all(isinstance(project, DbtProject) for project in kept)
    assert ["model.shop.a" in project.models for project in kept] == [True, False]
    for project in kept:
        project.close()
