import pytest

from contract_gate.core.world import ConstraintKind, ModelKind
from contract_gate.workspace.dataform.settings import dataform_roots
from contract_gate.workspace.sqlmesh.project import SqlmeshProject
from contract_gate.workspace.sqlmesh.settings import sqlmesh_roots
from tests.comparing import assessed

CONFIG = "model_defaults:\n  dialect: duckdb\nvariables:\n  region: eu\n  wanted: [a, b]\ngateways: {{ env_var('X') }}\n"


@pytest.fixture
def project(memory, bench):
    def build(files, root="", config=CONFIG):
        prefix = f"{root}/" if root else ""
        held = memory(
            {f"{prefix}config.yaml": config, **{prefix + path: text for path, text in files.items()}}
        )
        return bench(SqlmeshProject(held, root, held.paths()))

    return build


def test_projects_of_packages_are_nobodys(memory) -> None:
    """What somebody installed into the repository sets up no project, of SQLMesh or of Dataform."""
    files = {f"{folder}/config.yaml": CONFIG for folder in ("shop", "node_modules/x", "venv/lib")}
    assert sqlmesh_roots(memory(files), files) == ["shop"]
    assert dataform_roots(["a/dataform.json", "node_modules/@dataform/cli/dataform.json"]) == ["a"]


def test_names_in_audits_keep_their_case_where_columns_have_one(project) -> None:
    """ClickHouse tells `Id` from `id`, DuckDB does not."""
    text = "MODEL (name shop.a, dialect {}, audits (not_null(columns := (Id))));\nSELECT 1 AS Id;\n"
    for dialect, name in (("clickhouse", "Id"), ("duckdb", "id")):
        model = project({"models/a.sql": text.format(dialect)}).project.models["model.shop.a"]
        assert [each.columns for each in model.constraints] == [(name,)]


def test_a_bare_query_is_the_model_that_its_block_names(project) -> None:
    """The block gives name, kind and dialect; the query after it gives columns, at its own lines."""
    b = project({
        "models/a.sql": "MODEL (\n  name shop.a, -- a name\n  kind FULL,\n  owner ann,\n);\nSELECT id::int AS id, x FROM raw.s;\n",
        "external_models.yaml": "- name: raw.s\n  columns:\n    id: int\n    x: text\n",
    })  # fmt: skip
    model = b.project.models["model.shop.a"]
    assert (str(model.relation), model.dialect, model.materialization, model.owners) == (
        "shop.a",
        "duckdb",
        "table",
        ("ann",),
    )
    assert b.columns("shop.a") == ["id", "x"]
    assert b.uses("shop.a") == {"raw.s"}
    assert b.bound("shop.a").definition.outputs[0].line == 6


def test_external_models_are_closed(project) -> None:
    """A column that an external model does not list is unknown to its readers."""
    b = project({
        "models/a.sql": "MODEL (name shop.a);\nSELECT gone FROM raw.s",
        "external_models.yaml": "- name: raw.s\n  columns:\n    id: int\n",
    })  # fmt: skip
    assert b.project.models["external.raw.s"].kind is ModelKind.SOURCE
    assert any("gone" in message for message in b.problems("shop.a"))


def test_statements_before_and_after_the_query_are_left_out(project) -> None:
    """Pre- and post-statements make no part of the model."""
    b = project({
        "models/a.sql": "MODEL (name shop.a);\nCREATE TABLE x (y INT);\nSELECT 1 AS a;\nDROP TABLE x;\n@IF(TRUE, VACUUM)",
    })  # fmt: skip
    assert b.columns("shop.a") == ["a"]
    assert b.bound("shop.a").rendered.sql.strip() == "SELECT 1 AS a"


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT @start_ds AS d, CAST(@end_date AS DATE) AS e FROM s", ["d", "e"]),
        ("@DEF(n, 3);\nSELECT @n AS n FROM s", ["n"]),
        ("SELECT @EACH(@wanted, x -> SUM(IF(k = x, 1, 0)) AS sum_@x) FROM s", ["sum_a", "sum_b"]),
        ("SELECT @EACH([p, q], x -> x AS @{x}_id) FROM s", ["p_id", "q_id"]),
        ("SELECT @IF('a' = 'b', 1 AS a, 2 AS b) FROM s", ["b"]),
        ("SELECT @VAR('region') AS r, @VAR('none', 5) AS n FROM s", ["r", "n"]),
        ("SELECT a FROM s WHERE @AND(a > 1, b > 2)", ["a"]),
        ("SELECT @my_python(a, b) AS c FROM s", ["c"]),
        ("SELECT 'an @ in a string' AS a -- @nothing(", ["a"]),
    ],
)  # fmt: skip
def test_macros_are_replaced_as_far_as_text_goes(project, query: str, columns: list[str]) -> None:
    """Macros that say what they do are run; a Python macro becomes a call that still reads its arguments."""
    b = project({"models/a.sql": f"MODEL (name shop.a);\n{query}"})
    assert b.columns("shop.a") == columns


DOUBLED = "".join(f"@DEF(n{i}, @n{i - 1} + @n{i - 1});\n" for i in range(1, 40))
NESTED = "@EACH(@wanted, a -> " * 25 + "a" + ")" * 25
CIRCLE = "@DEF(n0, @n1);\n@DEF(n1, @n0);\n"


@pytest.mark.parametrize(
    "query",
    [f"@DEF(n0, 1);\n{DOUBLED}SELECT @n39 AS n", f"SELECT {NESTED} FROM s", f"{CIRCLE}SELECT @n0 AS n"],
)
def test_macros_that_write_without_end_are_told(project, query: str) -> None:
    """What doubles at each step or means itself is cut, and its model is known as not known."""
    b = project(
        {
            "models/a.sql": f"MODEL (name shop.a);\n{query}",
            "models/b.sql": "MODEL (name shop.b); SELECT 1 AS x",
        }
    )
    rendered = b.bound("shop.a").rendered
    assert rendered.problem or "too deeply" in " ".join(rendered.notes)
    assert b.columns("shop.b") == ["x"]


def test_what_was_not_run_is_noted(project) -> None:
    """A Python macro and a variable without a value are noted."""
    b = project({"models/a.sql": "MODEL (name shop.a);\nSELECT @my_python(a) AS c, @nowhere AS d FROM s"})
    notes = " ".join(b.bound("shop.a").rendered.notes)
    assert "@my_python" in notes
    assert "@nowhere" in notes


def test_another_body_of_a_python_macro_gives_another_call(project) -> None:
    """When a macro's code changes, so does what is written for its calls, and nothing else."""

    def written(body: str) -> str:
        code = f"from sqlmesh import macro\n\n@macro()\ndef key(evaluator, x):\n    return {body}\n"
        b = project({"models/a.sql": "MODEL (name shop.a);\nSELECT @key(a) AS c FROM s", "macros/m.py": code})
        return b.bound("shop.a").rendered.sql

    assert written("1") == written("1")
    assert written("1") != written("2")


def test_blueprints_make_a_model_each(project) -> None:
    """One file makes as many models as it has blueprints, each with its own values."""
    text = (
        "MODEL (name shop.@name, kind FULL, blueprints ((name := one, col := a), (name := two, col := b)));\n"
        "SELECT @{col}_id AS @{col} FROM s"
    )
    b = project({"models/a.sql": text})
    assert (b.columns("shop.one"), b.columns("shop.two")) == (["a"], ["b"])


def test_seeds_have_the_columns_of_their_file(project) -> None:
    """A seed without declared columns has its header's."""
    b = project({
        "models/a.sql": "MODEL (name shop.a, kind SEED (path '../seeds/a.csv'));",
        "models/b.sql": "MODEL (name shop.b, kind SEED (path '$root/seeds/a.csv'), columns (x INT, y TEXT));",
        "seeds/a.csv": "id,name\n1,x\n",
    })  # fmt: skip
    assert b.columns("shop.a") == ["id", "name"]
    assert b.columns("shop.b") == ["x", "y"]
    assert b.project.models["model.shop.a"].kind is ModelKind.SEED
    assert b.project.touched(["seeds/a.csv"]) == {"model.shop.a", "model.shop.b"}


def test_history_adds_its_own_columns(project) -> None:
    """A slowly changing dimension has the two columns that SQLMesh adds."""
    b = project(
        {
            "models/a.sql": "MODEL (name shop.a, kind SCD_TYPE_2 (unique_key id, valid_to_name until));\nSELECT id FROM s"
        }
    )
    assert b.columns("shop.a") == ["id", "valid_from", "until"]


def test_python_models_are_read_and_never_run(project) -> None:
    """The decorator tells name and columns, the code what it reads."""
    code = (
        "raise SystemExit\nfrom sqlmesh import model\n\n@model('shop.p', columns={'id': 'int', 'n': 'text'})\n"
        "def execute(context, **kwargs):\n    return context.fetchdf('SELECT * FROM shop.a')\n"
    )
    b = project({"models/p.py": code, "models/a.sql": "MODEL (name shop.a);\nSELECT 1 AS a"})
    assert b.columns("shop.p") == ["id", "n"]
    assert b.project.models["model.shop.p"].depends_on == ("model.shop.a",)
    assert "model.shop.p" in b.project.readers(["model.shop.a"])


def test_audits_are_tests_and_constraints(project) -> None:
    """Built-in audits are constraints; an audit with a query is a test that reads the model."""
    text = (
        "MODEL (name shop.a, audits (not_null(columns := (id)), unique_values(columns = (id)), ok));\nSELECT id FROM s;\n"
        "AUDIT (name ok);\nSELECT id FROM @this_model WHERE id < 0;\n"
    )
    b = project({"models/a.sql": text})
    assert {c.kind for c in b.project.models["model.shop.a"].constraints} == {
        ConstraintKind.NOT_NULL,
        ConstraintKind.UNIQUE,
    }
    assert b.project.models["audit.ok.shop.a"].kind is ModelKind.TEST
    assert b.uses("ok") == {"shop.a"}


def test_disabled_models_and_jinja_are_told_apart(project) -> None:
    """A disabled model is not there; a Jinja query that needs rendering says so."""
    b = project({
        "models/off.sql": "MODEL (name shop.off, enabled false);\nSELECT 1 AS a",
        "models/j.sql": "MODEL (name shop.j);\nJINJA_QUERY_BEGIN;\nSELECT {{ f() }} FROM s;\nJINJA_END;",
        "models/k.sql": "MODEL (name shop.k);\nJINJA_QUERY_BEGIN;\nSELECT a FROM s WHERE d = '{{ start_ds }}'\nJINJA_END;",
    })  # fmt: skip
    assert "model.shop.off" not in b.project.models
    assert "Jinja" in (b.project.rendered("model.shop.j").problem or "")
    assert b.columns("shop.k") == ["a"]


@pytest.mark.parametrize(
    ("enabled", "is_there"),
    [("False", False), ("(1 = 0)", False), ("(\n    0 = 1\n  )", False), ("0", False), ("'no'", False),
     ("true", True), ("(1 = 1)", True), ("1", True), ("@IF(@gateway = 'x', false, true)", True)],
)  # fmt: skip
def test_enabled_is_read_as_sqlmesh_writes_it(project, enabled: str, is_there: bool) -> None:
    """A false value in any spelling disables a model, the comparison that stands for it in T-SQL included."""
    b = project({"models/off.sql": f"MODEL (name shop.off, enabled {enabled}, kind FULL);\nSELECT 1 AS a"})
    assert ("model.shop.off" in b.project.models) is is_there


def test_a_python_configuration_is_read_as_text(memory) -> None:
    """Dialect and variables of a config.py are found without running it."""
    config = (
        "import os\nfrom sqlmesh.core.config import Config, ModelDefaultsConfig\nos.abort()\nD = 'tsql'\n"
        "config = Config(model_defaults=ModelDefaultsConfig(dialect=D), variables={'x': 'y'})\n"
    )
    held = memory({"etl/config.py": config, "etl/models/a.sql": "MODEL (name s.a);\nSELECT @x AS [a b]"})
    project = SqlmeshProject(held, "etl", held.paths())
    assert sqlmesh_roots(held, held.paths()) == ["etl"]
    assert project.dialect == "tsql"
    assert "'y'" in (project.rendered("model.s.a").sql or "")


@pytest.mark.parametrize("written", ["'allow'", "OnDestructiveChange.ALLOW"])
def test_a_python_configuration_says_what_a_plan_may_take(memory, written: str) -> None:
    """What YAML says in `model_defaults` is read of config.py too: a forward-only model that may lose a column refuses no plan."""
    config = (
        f"from sqlmesh.core.config import *\nM = ModelDefaultsConfig(dialect='duckdb', on_destructive_change={written})\n"
        "config = Config(model_defaults=M)\n"
    )
    model = "MODEL (name s.a, kind INCREMENTAL_BY_TIME_RANGE (time_column day, forward_only true));\nSELECT 1 AS day"
    for text, refused in ((config, False), (config.replace("_destructive", "_other"), True)):
        held = memory({"config.py": text, "models/a.sql": model})
        project = SqlmeshProject(held, "", held.paths())
        assert (project.models["model.s.a"].on_schema_change == "refuse") is refused


def test_macros_and_configuration_touch_every_model(project) -> None:
    """A change of macros or configuration may change any model; another file only its own."""
    b = project(
        {
            "models/a.sql": "MODEL (name s.a);\nSELECT 1 AS a",
            "models/b.sql": "MODEL (name s.b);\nSELECT 1 AS a",
        }
    )
    assert b.project.touched(["macros/m.py"]) == {"model.s.a", "model.s.b"}
    assert b.project.touched(["models/a.sql"]) == {"model.s.a"}


KEY = "'_sqlmesh_surrogate_key_null_'"


@pytest.mark.parametrize(
    ("query", "sql"),
    [
        ("@UNION(s, t)", "SELECT * FROM s UNION ALL SELECT * FROM t"),
        ("@UNION('distinct', s, t)", "SELECT * FROM s UNION DISTINCT SELECT * FROM t"),
        ("@UNION(TRUE, 'all', s, t)", "SELECT * FROM s UNION ALL SELECT * FROM t"),
        ("@UNION(1 = 0, 'all', s, t)", "SELECT * FROM s"),
        ("@UNION('a' = 'b', s, t)", "SELECT * FROM s"),
        ("SELECT @STAR(s) FROM s", "SELECT * FROM s"),
        ("SELECT @STAR(s, t, [a]) FROM s AS t", "SELECT t.* EXCLUDE (a) FROM s AS t"),
        ("SELECT @STAR(s, alias := t, exclude := (a, b)) FROM s AS t", "SELECT t.* EXCLUDE (a, b) FROM s AS t"),
        ("SELECT @SAFE_ADD(a, b) AS c FROM s",
         "SELECT CASE WHEN a IS NULL AND b IS NULL THEN NULL ELSE COALESCE(a, 0) + COALESCE(b, 0) END AS c FROM s"),
        ("SELECT @SAFE_SUB(a, b) AS c FROM s",
         "SELECT CASE WHEN a IS NULL AND b IS NULL THEN NULL ELSE COALESCE(a, 0) - COALESCE(b, 0) END AS c FROM s"),
        ("SELECT @SAFE_DIV(a, b) AS c FROM s", "SELECT a / NULLIF(b, 0) AS c FROM s"),
        ("SELECT @GENERATE_SURROGATE_KEY(a, hash_function := 'SHA256') AS c FROM s",
         f"SELECT SHA256(CONCAT(COALESCE(CAST(a AS TEXT), {KEY}))) AS c FROM s"),
        ("SELECT a FROM s WHERE @AND(a, NULL, b) AND @OR()", "SELECT a FROM s WHERE (a AND b) AND TRUE"),
        ("SELECT @EACH(p, q, x -> x + 1 AS x) FROM s", "SELECT p + 1 AS p, q + 1 AS q FROM s"),
        ("SELECT @EACH([(p, 1), (q, 2)], (x, y) -> x + y AS @{x}_y) FROM s", "SELECT p + 1 AS p_y, q + 2 AS q_y FROM s"),
        ("SELECT @EACH(p, q) FROM s", "SELECT p, q FROM s"),
        ("SELECT @EACH(@names, x -> x) FROM s", "SELECT p FROM s"),
        ("SELECT @IF(TRUE, a, b) AS c, @IF(NULL, a, b) AS d, @IF(0, a) AS e FROM s", "SELECT a AS c, b AS d, AS e FROM s"),
        ("SELECT @IF('x' <> 'x', a, b) AS c, @IF(1.5 = 1.5, a, b) AS d FROM s", "SELECT b AS c, a AS d FROM s"),
        ("SELECT @VAR('gone') AS c FROM s", "SELECT NULL AS c FROM s"),
        ("SELECT @'x_@{region}' AS c, @{region}_id FROM s", "SELECT 'x_eu' AS c, eu_id FROM s"),
        ("SELECT a FROM s @WHERE(TRUE) a > 1", "SELECT a FROM s WHERE a > 1"),
        ("@DEF(n);\nSELECT @this_model AS a, @runtime_stage AS b, @execution_epoch AS c", "SELECT shop.a AS a, 'runtime_stage' AS b, 0 AS c"),
        ("SELECT @region.b FROM @region", "SELECT eu.b FROM eu"),
        ("SELECT f(@open( AS c FROM s", "SELECT f(@open( AS c FROM s"),
    ],
)  # fmt: skip
def test_macros_write_what_sqlmesh_writes(project, query: str, sql: str) -> None:
    """What each macro of SQLMesh's own gives: https://sqlmesh.readthedocs.io/en/stable/concepts/macros/sqlmesh_macros/"""
    b = project({"models/a.sql": f"MODEL (name shop.a, blueprints ((names := p)));\n{query}"})
    written = b.project.rendered("model.shop.a").sql
    assert written
    assert " ".join(written.split()) == sql


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT a FROM s @WHERE(FALSE) a > 1", "@WHERE is switched off"),
        ("SELECT @IF(a > b, 1, 2) AS c FROM s", "is taken as true"),
        ("SELECT @STAR(s, prefix := 'x_') FROM s", "names are not known"),
        ("SELECT @{gone}_id FROM s", "@gone has no value"),
        ("SELECT a FROM @gone_table", "@gone_table has no value"),
    ],
)
def test_what_a_macro_leaves_open_is_noted(project, query: str, told: str) -> None:
    """Where a macro's text does not say what it gives, the model says so."""
    b = project({"models/a.sql": f"MODEL (name shop.a);\n{query}"})
    assert told in " ".join(b.project.rendered("model.shop.a").notes)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SELECT @STAR(raw.s, exclude := [a]) FROM raw.s", "SELECT @STAR(raw.s, exclude := [a, b]) FROM raw.s"),
        ("SELECT @STAR(raw.s, suffix := '_x') FROM raw.s", "SELECT @STAR(raw.s, suffix := '_y') FROM raw.s"),
        ("@UNION(TRUE, raw.s, raw.t)", "@UNION(FALSE, raw.s, raw.t)"),
        ("@UNION(raw.s, raw.t)", "@UNION('distinct', raw.s, raw.t)"),
        ("SELECT a + b AS c FROM raw.s", "SELECT @SAFE_ADD(a, b) AS c FROM raw.s"),
        ("SELECT a / b AS c FROM raw.s", "SELECT @SAFE_DIV(a, b) AS c FROM raw.s"),
        ("SELECT @GENERATE_SURROGATE_KEY(a) AS c FROM raw.s",
         "SELECT @GENERATE_SURROGATE_KEY(a, hash_function := 'SHA256') AS c FROM raw.s"),
    ],
)  # fmt: skip
def test_another_argument_of_a_macro_is_a_change(before: str, after: str) -> None:
    """What SQLMesh would write otherwise is no change of nothing."""
    files = {
        "config.yaml": CONFIG,
        "external_models.yaml": "- name: raw.s\n  columns: {a: int, b: int}\n- name: raw.t\n  columns: {a: int, b: int}\n",
    }
    one, other = (
        {**files, "models/m.sql": f"MODEL (name shop.m, kind FULL);\n{query}"} for query in (before, after)
    )
    assert assessed(one, other, None).changes
    assert not assessed(one, one, None).changes


def test_python_models_are_read_in_every_way_that_they_are_declared(project) -> None:
    """Names by constants, columns by a name, kinds as text, call or mapping, blueprints: as far as the code says it."""
    b = project({
        "models/a.py": (
            "from sqlmesh import model, ModelKindName\nimport typing as t\nCOLUMNS = {'id': 'int', 'x': TYPE}\nNAME = 'shop.b'\n"
            "@model('shop.a', columns=COLUMNS, kind='FULL', depends_on=['raw.s', NAME])\ndef one(context, **k):\n"
            "    '''Reads from docs only.'''\n    context.table(name)\n    return context.resolve_table('raw.t')\n"
            "@model(NAME, columns=listed(), kind=dict(name=ModelKindName.FULL))\nasync def two(): ...\n"
            "@model(name='shop.c', columns={key: 'int'}, kind={'name': ModelKindName.VIEW})\ndef three(): ...\n"
            "@model('shop.@{n}', blueprints=[{'n': 'd', 1: x, **more}, 5], kind=ModelKindName.FULL)\ndef four(): ...\n"
            "@model('shop.e', blueprints=[{'n': 'd'}], enabled=False)\ndef five(): ...\n"
            "@model(made())\ndef six(): ...\n@other\ndef seven(): ...\n@factory()()\ndef eight(): ...\n"
        ),
        "models/b.py": "# no decorator",
        "models/c.py": "@model('shop.z'\n",
        "macros/m.py": "@macro(\n",
    })  # fmt: skip
    names = {model.name for model in b.project.models.values()}
    assert {"shop.a", "shop.b", "shop.c", "shop.d"} <= names
    assert "shop.e" not in names
    assert b.columns("shop.a") == ["id", "x"]
    assert "no Python that can be read" in b.project.problems["models/c.py"]
    assert "made by code" in b.project.problems["models/a.py"]
    assert "models/b.py" not in b.project.problems


@pytest.mark.parametrize(
    ("config", "dialect", "value"),
    [
        ("gateways:\n  g: {connection: {type: bigquery}}\nvariables: {v: true}", "bigquery", "TRUE"),
        ("gateways: {g: 1, h: {connection: {type: snowflake}}}\nvariables: {v: 1.5}", "snowflake", "1.5"),
        ("gateways: {g: {connection: 1}}\nmodel_defaults: 1\nvariables: {v: [a, 1]}", "", "['a', 1]"),
        ("model_defaults: {dialect: nonsense}\nvariables: {v: it's}", "", "'it''s'"),
        (
            "model_defaults: {dialect: 'snowflake,normalization_strategy=x'}\nvariables: 5",
            "snowflake",
            "NULL",
        ),
    ],
)
def test_settings_are_read_in_every_form(project, config: str, dialect: str, value: str) -> None:
    """The dialect is the models' own or the connection's; variables are written as SQL would write them."""
    b = project({"models/a.sql": "MODEL (name shop.a);\nSELECT @v AS v"}, config=config)
    assert (b.project.dialect, b.project.rendered("model.shop.a").sql.strip()) == (
        dialect,
        f"SELECT {value} AS v",
    )


@pytest.mark.parametrize(
    ("config", "dialect", "value"),
    [
        ("V: dict = {'v': 1, 'w': W, **x}\nW = 'a'\nC = Config(variables=V, model_defaults=D(dialect=gone))\nDuckDBConnectionConfig()",
         "duckdb", "1"),
        ("C = {'variables': V, 'dialect': 'tsql', 'audits': [not_null], 'ignore_patterns': ['models/x*.sql']}\nV: dict\n", "tsql", "NULL"),
        ("W: str = 'a'\nC = Config(variables={'v': W, 'w': x()}, infer_names=True)\n", "", "'a'"),
    ],
)  # fmt: skip
def test_a_python_configuration_is_read_in_every_form(memory, config: str, dialect: str, value: str) -> None:
    """Keywords, keys and names of constants say the same; what is computed says nothing."""
    held = memory(
        {
            "config.py": f"import sqlmesh\n{config}",
            "models/a.sql": "MODEL (name s.a);\nSELECT @v AS v",
            "models/x1.sql": "MODEL ()",
        }
    )
    project = SqlmeshProject(held, "", held.paths())
    assert (project.dialect, project.rendered("model.s.a").sql.strip()) == (dialect, f"SELECT {value} AS v")


@pytest.mark.parametrize(
    ("files", "config", "path", "told"),
    [
        ({"models/a.sql": None}, CONFIG, "models/a.sql", "not in this clone"),
        ({"models/a.sql": "SELECT 1"}, CONFIG, "models/a.sql", "no MODEL or AUDIT block"),
        ({"models/a.sql": "MODEL (kind FULL);\nSELECT 1"}, CONFIG, "models/a.sql", "gives no name"),
        ({"models/a.sql": "MODEL (name shop.@{who});\nSELECT 1"}, CONFIG, "models/a.sql", "gives no name"),
        ({"models/a.sql": "MODEL (name shop.z"}, CONFIG, "models/a.sql", "gives no name"),
        ({"external_models.yaml": "- name: ["}, CONFIG, "external_models.yaml", "it is no YAML"),
        ({"external_models.yaml": "- 1\n- {name: 2}\n- {name: raw.x, columns: 3}\n"}, CONFIG, "external_models.yaml", None),
        ({"tests/t.yaml": "a: ["}, CONFIG, "tests/t.yaml", "the YAML can't be read"),
        ({"tests/t.py": "import x", "tests/u.yaml": "t: {inputs: {}}\nu: {model: shop.z, outputs: {}}\n"}, CONFIG, "tests/u.yaml", None),
        ({"metrics/m.sql": "METRIC (expression SUM(a));\nSELECT 1"}, CONFIG, "metrics/m.sql", None),
        ({}, "a: [", "config.yaml", "no YAML"),
        ({}, None, "config.yaml", "not in this clone"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_read_says_why(project, files, config, path: str, told: str | None) -> None:
    """A file or configuration that can't be read is told with the reason, and hides no other file."""
    b = project(files | {"models/z.sql": "MODEL (name shop.z);\n\nSELECT 1 AS id;"}, config=config)
    assert told in b.project.problems[path] if told else path not in b.project.problems
    assert b.columns("shop.z") == ["id"]


def test_names_are_inferred_where_the_configuration_says_so(project) -> None:
    """A model without a name has that of its folders; one with seeds, audits and columns keeps what its block says."""
    b = project(
        {
            "models/shop/a.sql": "SELECT 0;\nMODEL (kind FULL, dialect nonsense, columns (id int),\n audits (unique_combination_of_columns"
            "(columns := (id, x)), accepted_values(column := x, is_in := ('a', 'b')), unique_values(columns := (id)), odd, not_null())"
            ");\nJINJA_STATEMENT_BEGIN;\n{{ x }}\nJINJA_END;\nSELECT 1 AS id",
            "models/s.sql": "MODEL (name shop.s, kind SEED (path '$root/seeds/s.csv'));",
            "models/n.sql": "MODEL (name shop.n, , kind);\nDROP TABLE x",
            "seeds/s.csv": "k,v\n1,2\n",
        },
        config="model_naming: {infer_names: true}\nmodel_defaults: {dialect: duckdb, audits: [not_null(columns := id)]}\n",
    )
    model = b.project.models["model.shop.a"]
    kinds = [(constraint.kind, constraint.columns) for constraint in model.constraints]
    assert (ConstraintKind.UNIQUE, ("id", "x")) in kinds
    assert (ConstraintKind.UNIQUE, ("id",)) in kinds
    assert b.columns("shop.s") == ["k", "v"]
    assert "rows are in a file" in b.project.rendered("model.shop.s").problem
    assert "no query" in b.project.rendered("model.shop.n").problem
