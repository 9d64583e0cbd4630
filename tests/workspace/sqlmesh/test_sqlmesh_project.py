import pytest

from contract_gate.core.world import ConstraintKind, ModelKind
from contract_gate.workspace.sqlmesh.project import SqlmeshProject
from contract_gate.workspace.sqlmesh.settings import sqlmesh_roots

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
