"""A model that gives no SQL at either side, for the same reason: whether it was edited is told by its file."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact.impact import Effect
from tests.comparing import assessed

DBT = {"dbt_project.yml": "name: shop\nprofile: shop\n", "models/r.sql": "select b from {{ ref('m') }}"}
SQLMESH = {"config.yaml": "model_defaults:\n  dialect: duckdb\n"}
ETL = {
    "sql/p/d/made_v1/metadata.yaml": "friendly_name: b\n",
    "sql/p/d/r/query.sql": "select b from p.d.made_v1 join p.d.daily_events using (b)",
}
FILES = {
    "a template that fails": (DBT, "models/m.sql", "select {{ 1 / 0 }} as a, b from raw.t"),
    "an incremental run that fails": (
        DBT,
        "models/m.sql",
        "{{ config(materialized='incremental') }} select b from raw.t {% if is_incremental() %} where {{ 1 / 0 }} > a, b {% endif %}",
    ),
    "a macro that fails": (
        {**DBT, "models/m.sql": "select {{ columns() }} from raw.t"},
        "macros/columns.sql",
        "{% macro columns() %} a, b, {{ 1 / 0 }} {% endmacro %}",
    ),
    "Jinja that is not rendered": (
        SQLMESH,
        "models/m.sql",
        "MODEL (name s.a, kind FULL);\nJINJA_QUERY_BEGIN;\nselect {{ 1/0 }} as a, b from t\nJINJA_END;\n",
    ),
    "Python that makes a table": (ETL, "sql/p/d/made_v1/query.py", "frame.to_gbq('a, b from x')"),
    "Python that makes a table of declared columns": (
        {**ETL, "sql/p/d/made_v1/schema.yaml": "fields: [{name: b, type: INTEGER}]"},
        "sql/p/d/made_v1/query.py",
        "frame.to_gbq('a, b from x')",
    ),
    "a template of SQL": (ETL, "gen/templates/daily_events.template.sql", "select a, b from {{ x }}"),
    "a template of another ending": (ETL, "gen/daily_events.sql.mustache", "select a, b from {{ x }}"),
}


PLAIN = "create view s.v as select a from t where x = {}"
MANY = PLAIN.format("1") + " and y in (" + ", ".join(f"${{p{number}}}" for number in range(14)) + ")"
STATEMENT = "{% call statement('m', fetch_result=True) %}select max(a) from t{% endcall %}{% set m = load_result('m') %}"
STAND_INS = {
    "a placeholder": ({}, "v.sql", PLAIN.format("${a}"), PLAIN.format("${b}")),
    "a placeholder behind ten others": ({}, "v.sql", MANY, MANY.replace("p9}", "q}")),
    "a placeholder's sixtieth sign": (
        {},
        "v.sql",
        PLAIN.format("${" + "a" * 60 + "b}"),
        PLAIN.format("${" + "a" * 60 + "c}"),
    ),
    "two placeholders in each other's place": (
        {},
        "v.sql",
        PLAIN.format("${a} and y = ${b}"),
        PLAIN.format("${b} and y = ${a}"),
    ),
    "the answer of a statement block": (
        DBT,
        "models/m.sql",
        STATEMENT + "select b from raw.t where a > '{{ m['data'][0][0] }}'",
        STATEMENT.replace("max", "min") + "select b from raw.t where a > '{{ m['data'][0][0] }}'",
    ),
    "Jinja in plain SQL": ({}, "v.sql", PLAIN.format("{{a}}"), PLAIN.format("{{b}}")),
    "a query's answer": (
        DBT,
        "models/m.sql",
        "select {{ run_query('select max(a) from t') }} as b from raw.t",
        "select {{ run_query('select max(b) from t') }} as b from raw.t",
    ),
    "JavaScript that is not known": (
        {"workflow_settings.yaml": "defaultDataset: x\n"},
        "definitions/m.sqlx",
        'config { type: "table" }\nselect ${f("a")} as b from t',
        'config { type: "table" }\nselect ${f("b")} as b from t',
    ),
}


@pytest.mark.parametrize(("project", "path", "before", "after"), STAND_INS.values(), ids=STAND_INS)
def test_what_stands_in_for_what_is_not_known(
    project: dict[str, str], path: str, before: str, after: str
) -> None:
    """Where what stands in is alike at both sides, and what it stands for is not, it is undecided what the edit does."""
    found = told(project, path, before, after)
    assert found[0] == (Kind.UNDECIDED, path)
    assert told(project, path, before, before) == []


@pytest.mark.parametrize("name", FILES)
def test_layout_and_comments_of_what_gives_no_sql(name: str) -> None:
    """Blank lines and comments are no edit of a text that nobody can read, though the place of its fault moves."""
    files, path, text = FILES[name]
    if path.endswith(".py"):
        moved = f"# new\n\n{text}\n"
    else:
        moved = text.replace("{% macro", "{# new #}\n\n{% macro").replace(" from ", "\n\n   from ")
        moved = moved if path.startswith("macros/") else moved.replace("select", "-- new\n\nselect", 1)
    assert moved != text
    assert told(files, path, text, moved) == []


def test_the_layout_of_a_placeholder() -> None:
    """Blanks within Jinja's braces are no edit."""
    assert told({}, "v.sql", PLAIN.format("{{a}}"), PLAIN.format("{{ a }}")) == []


def told(project: dict[str, str], path: str, before: str, after: str) -> list[tuple[Kind, str | None]]:
    found = assessed({**project, path: before}, {**project, path: after}, None)
    return [(change.kind, change.location.path if change.location else None) for change in found.changes]


@pytest.mark.parametrize(("project", "path", "text"), FILES.values(), ids=FILES)
def test_an_edit(project: dict[str, str], path: str, text: str) -> None:
    """It is undecided what an edit does; beside another edit it is no change."""
    found = told(project, path, text, text.replace("a, b", "a"))
    assert {where for _, where in found[:1]} <= {path, "models/m.sql"}
    assert {kind for kind, _ in found} == {Kind.UNDECIDED}
    other = {**project, "x/other.sql": "create view s.o as select 1 as a"}
    assert told(other, path, text, text) == []


def test_the_layout_of_python() -> None:
    """Another layout of Python that makes a table is no edit of it."""
    project, path, text = FILES["Python that makes a table"]
    assert told(project, path, text, f"# said anew\n{text}\n") == []


@pytest.mark.parametrize(
    ("reader", "may"),
    [
        ("select a from {{ ref('m') }} where {{ lib.f() }}", True),
        ("select a from {{ ref('m') }} {{ lib.f() }}", True),
        ("select a from {{ ref('m') }} -- all of it\n{{ lib.f() }}", True),
        ("select a from {{ ref('m') }} where a > '{{ lib.f() }}' and {{ lib.f() }}", True),
        ("select a from {{ ref('m') }} where a > {{ lib.f() }}", True),
        ("select a from {{ ref('m') }} where a > '{{ lib.f() }}'", False),
        ("select a, '{{ lib.f() }}' as \"at\" from {{ ref('m') }}", False),
        ("select a from {{ ref('m') }} -- {{ lib.f() }}", False),
        ("{{ lib.f() }} select a from {{ ref('m') }}", False),
        ("-- the day\n{{ lib.f() }}\nselect a from {{ ref('m') }}", False),
    ],
)
def test_where_what_is_not_known_stands(reader: str, may: bool) -> None:
    """A macro that nobody has here may read any column where it stands among clauses or values, and none within a text or before the query."""
    base = {**DBT, "models/m.sql": "select a, b from raw.t", "models/r.sql": reader}
    found = assessed(base, {**base, "models/m.sql": "select a from raw.t"}, "postgres")
    told = [(impact.consumer.name, impact.effect) for impact in found.impacts]
    assert told == ([("shop.shop.r", Effect.UNKNOWN)] if may else [])


FORMS = {
    "SQLMesh": (SQLMESH, "models/{}.sql", "MODEL (name s.{});\n", "s.m"),
    "Dataform": ({"workflow_settings.yaml": "defaultDataset: x\n"}, "definitions/{}.sqlx", 'config {{ type: "table" }}\n', "${ref('m')}"),
    "plain SQL": ({}, "{}.sql", "create view {} as ", "m"),
}  # fmt: skip
PYTHON = "from sqlmesh import macro\n@macro()\ndef f(evaluator, *given):\n    return {}\n"


@pytest.mark.parametrize(
    ("form", "query", "may"),
    [
        ("SQLMesh", "select a from {} where @f()", True),
        ("SQLMesh", "select a, @f() as x from {}", True),
        ("SQLMesh", "select a from {} where a > '@{{f}}'", False),
        ("SQLMesh", "select a from {} where a > @v", False),
        ("Dataform", "select a from {} where ${{f()}}", True),
        ("Dataform", "select a from {} where a > 1 ${{f()}}", True),
        ("Dataform", "select a from {} where a > ${{f()}}", False),
        ("Dataform", "select a from {} where a > '${{f()}}'", False),
        ("plain SQL", "select a, ${{columns}} from {}", True),
        ("plain SQL", "select a from {} where {{{{ f() }}}}", True),
        ("plain SQL", "select a from {} ${{filter}}", True),
        ("plain SQL", "select a from {} as x ${{filter}}", True),
        ("plain SQL", "select a from {} where a = 'x' ${{filter}} group by a", True),
        ("plain SQL", "select a from {} where a > ${{day}} and a < ${{other}}", False),
        ("plain SQL", "select a from {} where a in (${{days}}) limit ${{some}}", False),
        ("plain SQL", "select a from {} join ${{table}} x using (a) where a = '${{day}}'", False),
    ],
)
def test_where_a_placeholder_stands(form: str, query: str, may: bool) -> None:
    """As an item, a condition or a clause it may read any column; as a value or in a text it reads none."""
    assert _reader_may(form, query, {}) is may


@pytest.mark.parametrize(("code", "may"), [("'b > 1'", True), ("exp.column('b')", True), ("'a > 1'", False)])
def test_python_that_is_not_run(code: str, may: bool) -> None:
    """A macro of SQLMesh's Python may write the columns that its file names."""
    assert _reader_may("SQLMesh", "select a from {} where @f()", {"macros/f.py": PYTHON.format(code)}) is may


def _reader_may(form: str, query: str, more: dict[str, str]) -> bool:
    """Tell whether a query over `m` may break when `m` gives no `b` any more; it never surely does."""
    project, path, head, model = FORMS[form]
    made = {
        path.format("r"): head.format("r") + query.format(model),
        path.format("m"): head.format("m") + "select a, b from raw.t",
    }
    base = {**project, **more, **made}
    now = {**base, path.format("m"): head.format("m") + "select a from raw.t"}
    found = assessed(base, now, "bigquery" if form == "Dataform" else None)
    assert {impact.effect for impact in found.impacts} <= {Effect.UNKNOWN}
    return bool(found.impacts)
