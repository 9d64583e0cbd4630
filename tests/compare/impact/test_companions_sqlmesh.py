"""Columns that a SQLMesh project names outside of a SELECT: kinds, partitions, audits, statements, tests."""

import pytest

from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess

PROJECT = {
    "config.yaml": "gateways: {local: {connection: {type: duckdb}}}\nmodel_defaults: {dialect: duckdb}\n",
    "audits/own.sql": (
        "AUDIT (name is_positive);\nSELECT * FROM @this_model WHERE @column < 0;\n\n"
        "AUDIT (name above, defaults (least = day));\nSELECT * FROM @this_model WHERE @column < @least;\n"
    ),
}


def _breaks(found: Assessment) -> set[str]:
    return {
        impact.consumer.name.rpartition(".")[2] for impact in found.impacts if impact.effect is Effect.BREAKS
    }


NAMED = [
    ("kind INCREMENTAL_BY_UNIQUE_KEY (unique_key nm)", True),
    ("kind INCREMENTAL_BY_UNIQUE_KEY (unique_key (id, nm))", True),
    ("kind INCREMENTAL_BY_UNIQUE_KEY (unique_key (id, COALESCE(nm, '')))", True),
    ("kind INCREMENTAL_BY_UNIQUE_KEY (unique_key id, merge_filter source.nm > target.nm)", True),
    ("kind INCREMENTAL_BY_UNIQUE_KEY (unique_key id, merge_filter source.day > target.day)", False),
    ("kind INCREMENTAL_BY_UNIQUE_KEY (unique_key id, when_matched (WHEN MATCHED THEN UPDATE SET target.nm = source.nm))", True),
    ("kind INCREMENTAL_BY_UNIQUE_KEY (unique_key id)", False),
    ("kind INCREMENTAL_BY_TIME_RANGE (time_column nm)", True),
    ("kind INCREMENTAL_BY_TIME_RANGE (time_column (day, 'nm'))", False),
    ("kind INCREMENTAL_BY_PARTITION, partitioned_by (nm)", True),
    ("kind SCD_TYPE_2_BY_TIME (unique_key id, updated_at_name nm)", True),
    ("kind SCD_TYPE_2_BY_COLUMN (unique_key id, columns [day, nm])", True),
    ("kind SCD_TYPE_2_BY_COLUMN (unique_key id, columns *, forward_only false)", False),
    ("kind FULL, partitioned_by (day, nm)", True),
    ("kind FULL, partitioned_by day", False),
    ("kind FULL, clustered_by (nm)", True),
    ("kind FULL, grain nm", None),
    ("kind FULL, grains (id, (id, nm))", None),
    ("kind FULL, grain id, description 'nm', tags (nm)", False),
    ("kind FULL, references (nm AS label)", None),
    ("kind FULL, audits (not_null(columns := (id, nm)))", True),
    ("kind FULL, audits (not_null(columns := (id)), unique_values(columns := (nm)))", True),
    ("kind FULL, audits [accepted_values(column := nm, is_in := ('a'))]", True),
    ("kind FULL, audits (accepted_values(column := id, is_in := ('nm')))", False),
    ("kind FULL, audits (forall(criteria := (id > 0, nm IS NOT NULL)))", True),
    ("kind FULL, audits (forall(criteria := (id > 0, day <> 'nm')))", False),
    ("kind FULL, audits (not_null(columns := (id), condition := nm = 'a'))", True),
    ("kind FULL, audits (number_of_rows(threshold := 10))", False),
    ("kind FULL, audits (is_positive(column := nm))", True),
    ("kind FULL, audits (is_positive_non_blocking(column := nm))", True),
    ("kind FULL, audits (is_positive(column := day))", False),
    ("kind FULL, audits (above(column := id))", False),
    ("kind FULL, audits (above(column := id, least := nm))", True),
]  # fmt: skip


def test_a_block_that_names_a_column_that_goes(assess_project: Assess) -> None:
    """A model whose kind, partitions or audits name a column that it gives no longer fails; one that names others does not."""
    cases = {f"m{number}": case for number, case in enumerate(NAMED)}
    sides = [
        {
            f"models/{name}.sql": f"MODEL (\n  name app.{name},\n  {block}\n);\n\nSELECT {columns} FROM raw.t;\n"
            for name, (block, _) in cases.items()
        }
        for columns in ("id, nm, day", "id, day")
    ]
    found = assess_project({**PROJECT, **sides[0]}, {**PROJECT, **sides[1]})
    assert _breaks(found) == {name for name, (_, fails) in cases.items() if fails}
    unknown = {
        impact.consumer.name.rpartition(".")[2] for impact in found.impacts if impact.effect is Effect.UNKNOWN
    }
    # A model is built without its grain; what counts on it is not known.
    assert unknown == {name for name, (_, fails) in cases.items() if fails is None}
    places = {impact.location.line for impact in found.impacts if impact.location}
    assert places == {3}


@pytest.mark.parametrize(
    ("statement", "fails"),
    [
        ("DELETE FROM @this_model WHERE nm = 'x';", True),
        ("DELETE FROM @this_model WHERE day = 'nm';", False),
        ("CREATE INDEX i ON @this_model(nm);", True),
        ("CREATE INDEX nm ON @this_model (day);", False),
        ("ON_VIRTUAL_UPDATE_BEGIN;\nDELETE FROM @this_model WHERE nm = 'x';\nON_VIRTUAL_UPDATE_END;", True),
        ("@IF(@runtime_stage = 'evaluating', DELETE FROM @this_model WHERE day = 'x');", False),
        ("AUDIT (name inline_one);\nSELECT * FROM @this_model WHERE nm IS NULL;", True),
    ],
)  # fmt: skip
def test_statements_after_the_query(assess_project: Assess, statement: str, fails: bool) -> None:
    """A statement behind the query runs over the table that the query made."""
    text = f"MODEL (name app.m, kind FULL);\n\nSELECT id, nm, day FROM raw.t;\n\n{statement}\n"
    found = assess_project(
        {**PROJECT, "models/m.sql": text},
        {**PROJECT, "models/m.sql": text.replace("nm, day FROM", "day FROM")},
    )
    assert bool(_breaks(found)) is fails


def test_an_audit_of_another_model_is_read_by_its_own(assess_project: Assess) -> None:
    """An audit that reads a second model fails when that one loses the column."""
    base = {
        **PROJECT,
        "audits/same.sql": "AUDIT (name same);\nSELECT a.id FROM @this_model a JOIN app.other b ON a.id = b.nm;\n",
        "models/m.sql": "MODEL (name app.m, kind FULL, audits (same));\n\nSELECT id FROM raw.t;\n",
        "models/other.sql": "MODEL (name app.other, kind FULL);\n\nSELECT nm, day FROM raw.t;\n",
    }
    found = assess_project(
        base, {**base, "models/other.sql": base["models/other.sql"].replace("nm, day", "day")}
    )
    assert _breaks(found) == {"m"}


UNIT_TEST = """
test_m:
  model: app.m
  inputs:
    app.stg:
      rows:
      - id: 1
        nm: a
  outputs:
    query:
    - id: 1
      label: a
"""


@pytest.mark.parametrize(
    ("path", "old", "new", "fails"),
    [
        ("models/stg.sql", "id, nm, day", "id, day", True),
        ("models/stg.sql", "id, nm, day", "id, nm", False),
        ("models/m.sql", "id, 'a' AS label", "id", True),
        ("models/m.sql", "id, 'a' AS label", "id, 'b' AS label", False),
    ],
)
def test_rows_of_unit_tests(assess_project: Assess, path: str, old: str, new: str, fails: bool) -> None:
    """SQLMesh refuses rows with a column that the input or the model has no longer. Checked by running SQLMesh."""
    base = {
        **PROJECT,
        "models/stg.sql": "MODEL (name app.stg, kind VIEW);\n\nSELECT id, nm, day FROM raw.t;\n",
        "models/m.sql": "MODEL (name app.m, kind VIEW);\n\nSELECT id, 'a' AS label FROM app.stg;\n",
        "tests/test_m.yaml": UNIT_TEST,
    }
    found = assess_project(base, {**base, path: base[path].replace(old, new)})
    assert ("test_m" in _breaks(found)) is fails


DEFAULTS = {
    "config.yaml": "model_defaults:\n  dialect: duckdb\n  audits:\n    - not_null(columns := (id))\n    - is_positive(column := nm)\n",
    "config.py": (
        "from sqlmesh.core.config import Config, ModelDefaultsConfig\n"
        "config = Config(model_defaults=ModelDefaultsConfig(dialect='duckdb', audits=['not_null(columns := (id, nm))']))\n"
    ),
}


@pytest.mark.parametrize("config", DEFAULTS)
def test_audits_of_every_model_name_its_columns(assess_project: Assess, config: str) -> None:
    """What the configuration audits of all models fails where one of them loses the column, beside its own audits."""
    base = {
        config: DEFAULTS[config],
        "audits/own.sql": PROJECT["audits/own.sql"],
        "models/a.sql": "MODEL (name s.a, audits (unique_values(columns := (id))));\nSELECT 1 AS id, 2 AS nm, 3 AS day",
        "models/b.sql": "MODEL (name s.b);\nSELECT 1 AS id, 2 AS nm, 3 AS day",
    }
    lost = base["models/b.sql"].replace("2 AS nm, ", "")
    assert _breaks(assess_project(base, {**base, "models/b.sql": lost})) == {"b"}
    kept = base["models/b.sql"].replace(", 3 AS day", "")
    assert _breaks(assess_project(base, {**base, "models/b.sql": kept})) == set()


@pytest.mark.parametrize(
    ("kind", "before", "after", "refused"),
    [
        # Run in SQLMesh 0.236.4 with DuckDB: "Plan requires a destructive change to a forward-only model."
        ("SCD_TYPE_2_BY_TIME (unique_key id)", "id, nm", "id", True),
        ("INCREMENTAL_BY_TIME_RANGE (time_column day, forward_only true)", "id, nm, day", "id, day", True),
        ("INCREMENTAL_BY_TIME_RANGE (time_column day, forward_only true)", "id, nm::varchar as nm, day", "id, nm::int as nm, day", True),
        ("INCREMENTAL_BY_TIME_RANGE (time_column day, forward_only true)", "id, day", "id, nm, day", False),
        ("INCREMENTAL_BY_TIME_RANGE (time_column day, forward_only true, on_destructive_change allow)", "id, nm, day", "id, day", False),
        ("INCREMENTAL_BY_TIME_RANGE (time_column day)", "id, nm, day", "id, day", False),
        ("INCREMENTAL_UNMANAGED", "id, nm", "id", True),
        ("INCREMENTAL_UNMANAGED (forward_only false)", "id, nm", "id", False),
        ("FULL", "id, nm", "id", False),
    ],
)  # fmt: skip
def test_a_forward_only_model_keeps_its_columns(
    assess_project: Assess, kind: str, before: str, after: str, refused: bool
) -> None:
    """SQLMesh refuses the plan that would take what the table has, unless the model allows it."""
    sides = [
        {"models/m.sql": f"MODEL (name app.m, kind {kind});\n\nSELECT {columns} FROM raw.t;\n"}
        for columns in (before, after)
    ]
    found = assess_project({**PROJECT, **sides[0]}, {**PROJECT, **sides[1]})
    assert (_breaks(found) == {"m"}) is refused


BIGQUERY = {
    "config.yaml": "gateways: {local: {connection: {type: bigquery}}}\nmodel_defaults: {dialect: bigquery}\n",
    "models/o.sql": "MODEL (name shop.o, kind FULL);\nSELECT 1 AS id, 2 AS v\n",
}


@pytest.mark.parametrize(
    ("script", "is_broken"),
    [
        ("DECLARE x, y INT64 DEFAULT 1;\nSELECT id, x + y AS w FROM shop.o", False),
        ("DECLARE x INT64;\nSET x = (SELECT MAX(id) FROM shop.o);\nSELECT id FROM shop.o WHERE id = x", False),
        ("FOR r IN (SELECT id FROM shop.o) DO SELECT r.id; END FOR;\nSELECT id FROM shop.o", False),
        ("SELECT id FROM shop.o;\nFOR r IN (SELECT id FROM shop.o) DO INSERT INTO log.x VALUES (r.id); END FOR;", False),
        ("SELECT id FROM shop.o;\nDECLARE x INT64 DEFAULT (SELECT MAX(id) FROM shop.o);\nINSERT INTO log.x SELECT x;", False),
        ("@DEF(f, (x, y) -> x * y);\nSELECT @f(v, id) AS w FROM shop.o", False),
        ("DECLARE x INT64 DEFAULT 1;\nSELECT id, y AS w FROM shop.o", True),
        ("FOR r IN (SELECT id FROM shop.o) DO SELECT q.id; END FOR;\nSELECT id FROM shop.o", True),
        ("@DEF(k, nope > 1);\nSELECT id FROM shop.o WHERE @k", True),
    ],
)  # fmt: skip
def test_names_that_statements_declare(assess_project: Assess, script: str, is_broken: bool) -> None:
    """A model's query and the statements beside it are one script: what one declares is no column of another."""
    model = {"models/n.sql": f"MODEL (name shop.n, kind FULL);\n{script}\n"}
    assert _breaks(assess_project(BIGQUERY, {**BIGQUERY, **model})) == ({"n"} if is_broken else set())


@pytest.mark.parametrize(
    ("beside", "effect"),
    [
        ("@IF(@runtime_stage = 'creating', INSERT INTO log SELECT nm FROM app.m);", Effect.BREAKS),
        ("@IF(@runtime_stage = 'runtime_stage', ANALYZE app.r, INSERT INTO log SELECT nm FROM app.m);", Effect.BREAKS),
        ("@IF(@runtime_stage = 'creating', INSERT INTO log SELECT id FROM app.m);", None),
        ("@logged(app.m, nm);", Effect.UNKNOWN),
        ("@logged(app.m, id);", None),
        ("JINJA_STATEMENT_BEGIN;\nINSERT INTO log SELECT nm FROM app.m;\nJINJA_END;", Effect.BREAKS),
        ("JINJA_STATEMENT_BEGIN;\n{% if x %}INSERT INTO log SELECT nm FROM app.m;{% endif %}\nJINJA_END;", Effect.UNKNOWN),
        ("JINJA_STATEMENT_BEGIN;\nINSERT INTO log SELECT id FROM app.m;\nJINJA_END;", None),
    ],
)  # fmt: skip
def test_statements_that_macros_and_jinja_write(
    assess_project: Assess, beside: str, effect: Effect | None
) -> None:
    """What stands in a condition of the run, in Jinja or in a macro of Python beside the query reads what it names."""
    base = {
        **PROJECT,
        "models/m.sql": "MODEL (name app.m, kind FULL);\nSELECT id, nm FROM raw.t;\n",
        "models/r.sql": f"MODEL (name app.r, kind FULL);\nSELECT id FROM app.m;\n{beside}\n",
    }
    head = {**base, "models/m.sql": "MODEL (name app.m, kind FULL);\nSELECT id FROM raw.t;\n"}
    found = assess_project(base, head)
    assert [each.effect for each in found.impacts if each.consumer.path == "models/r.sql"] == (
        [effect] if effect else []
    )
