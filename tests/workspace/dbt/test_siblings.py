"""A project knows the models of those projects beside it that its texts may name, and no others."""

import pytest

from contract_gate.workspace.dbt.siblings import named_projects
from contract_gate.workspace.reading import Reading, read_repository

NAMED = {
    "one argument": ("select * from {{ ref('orders') }}", frozenset()),
    "a version": ("{{ ref('orders', v=2) }}", frozenset({"orders"})),
    "two arguments": ("{{ ref( \"shop\" , 'orders') }}", frozenset({"shop"})),
    "in YAML": ("exposures: [{depends_on: [\"ref('shop', 'orders')\"]}]", frozenset({"shop"})),
    "a computed name": ("{% for m in models %}{{ ref(m) }}{% endfor %}", frozenset()),
    "joined texts": ("{{ ref('a' ~ b) }}", frozenset()),
    "a computed project": ("{{ ref(project, 'orders') }}", None),
    "a project by a filter": ("{{ ref(p | lower, 'orders') }}", None),
    "arguments that are handed on": ("{% macro ref() %}{{ builtins.ref(*varargs) }}{% endmacro %}", None),
    "an escape": (r"{{ ref('sh\x6fp', 'orders') }}", None),
    "the function as a value": ("{% set r = ref %}{{ r('shop', 'orders') }}", None),
    "a column of that name": ("select ref from a where ref = 1", frozenset()),
    "another word": ("{{ href('shop', 'orders') }} {{ prefer(1, 2) }}", frozenset()),
    "a value within a block": ("{% for a in refs %}{{ of(ref) }}{% endfor %}", None),
    "a value in a list": ("{% for f in [ref] %}{{ f('shop', 'orders') }}{% endfor %}", None),
    "a loop's variable of that name": ("{% for ref in refs %}{{ ref }}{% endfor %}", frozenset()),
    "a call behind a block in a block": ("{{ config(a='{{ x }}', b=ref(p, 'orders')) }}", None),
    "a call behind an end in a text": ("{{ '}}' ~ ref(p, 'orders') }}", None),
    "a call behind the end of a table": ("{% set x = [{'a': {'b': 1}}, ref(p, 'orders')] %}", None),
    "a comment of SQL": ("-- the first ref\n(values (1, 2)) {{ ref('orders') }}", frozenset()),
    "a word behind a block": ("{{ ref('a') }} as ref", frozenset()),
    "Python": ("def model(dbt, session): return dbt.ref('shop', 'orders')", frozenset({"shop"})),
}


@pytest.mark.parametrize(("text", "found"), NAMED.values(), ids=list(NAMED))
def test_what_projects_a_text_names(text, found, request):
    """The first of several arguments is a project; where it is computed, it may be any."""
    path = {"in YAML": "models/a.yml", "Python": "models/a.py"}.get(request.node.callspec.id, "models/a.sql")
    assert named_projects([("models/other.sql", "select 1"), (path, text)]) == found


@pytest.mark.parametrize("path", ["models/a.yml", "models/a.py"])
def test_in_yaml_and_python_a_call_is_one_wherever_it_stands(path):
    """What is run there stands in no block; in SQL the same words are text."""
    text = "to: ref(var('p'), 'orders')"
    assert named_projects([(path, text)]) is None
    assert named_projects([("models/a.sql", text)]) == frozenset()


HOSTILE = ("{{ ref " * 100_000, "{{" * 500_000 + " ref", "ref('" * 200_000, ("ref" + " " * 1_000) * 500)


@pytest.mark.parametrize("text", HOSTILE, ids=["blocks without an end", "openings", "quotes", "space"])
def test_a_long_text_ends(text):
    """No text makes the search go back and forth: these would take hours then."""
    assert named_projects([("models/a.sql", text)]) in (None, frozenset())


SHOP = {
    "shop/dbt_project.yml": "name: shop\n",
    "shop/models/orders.sql": "select 1 as id",
    "team/dbt_project.yml": "name: team\n",
    "team/models/own.sql": "select 1 as id",
    "team/models/report.sql": "select id from {{ ref('own') }}",
}


def _team(world):
    return next(project for project in world.dbt if project.name == "team")


@pytest.mark.parametrize("reference", ["ref('shop', 'orders')", "ref(var('p'), 'orders')"])
def test_a_project_that_may_name_another_reads_its_models(memory_files, reference):
    """A reference means the other project's model, whether the project's name is written or computed."""
    files = {
        **SHOP,
        "team/dbt_project.yml": "name: team\nvars: {p: shop}\n",
        "team/models/report.sql": f"select id from {{{{ {reference} }}}}",
    }
    with read_repository(memory_files(files), "head", Reading()) as world:
        assert "orders" in (world.rendered("model.team.report").sql or "")
        assert world.rendered("model.team.report").missing == ()
        assert "model.team.report" in world.readers(["model.shop.orders"])


def test_another_projects_new_model_renders_nothing_anew(memory_files):
    """What a project's templates gave at the base holds where only another one, which it never names, gains a model."""
    reading = Reading()
    asked = []
    get, keep = reading.replies.get, reading.replies.keep
    reading.replies.get = lambda key: asked.append(key) or get(key)
    kept = []
    reading.replies.keep = lambda key, reply: kept.append(key) or keep(key, reply)
    head = {**SHOP, "shop/models/new.sql": "select 2 as id"}
    with (
        read_repository(memory_files(SHOP), "base", reading) as before,
        read_repository(memory_files(head), "head", reading) as after,
    ):
        first = _team(before).rendered("model.team.report")
        rendered = len(kept)
        assert _team(after).rendered("model.team.report") == first
        assert len(kept) == rendered > 0
