"""SQLMesh and Dataform projects are judged like the others."""

from contract_gate.changes.change import Certainty
from contract_gate.impact import Effect
from tests.impact.conftest import Assess


def test_a_removed_column_breaks_a_sqlmesh_model(assess) -> None:
    """The reader of a MODEL file that loses a column breaks."""
    base = {
        "config.yaml": "gateways:\n  local: {connection: {type: duckdb}}\nmodel_defaults:\n  dialect: duckdb\n",
        "models/stg.sql": "MODEL (name app.stg, kind VIEW);\n\nSELECT id, amount FROM raw.orders",
        "models/mart.sql": "MODEL (name app.mart, kind FULL);\n\nSELECT SUM(amount) AS total FROM app.stg",
    }
    head = {**base, "models/stg.sql": "MODEL (name app.stg, kind VIEW);\n\nSELECT id FROM raw.orders"}
    found = assess(base, head)
    assert [(impact.consumer.path, impact.effect) for impact in found.impacts] == [
        ("models/mart.sql", Effect.BREAKS)
    ]


def test_a_removed_column_breaks_a_dataform_model(assess) -> None:
    """The reader of a .sqlx file that loses a column breaks."""
    base = {
        "workflow_settings.yaml": "defaultProject: shop\ndefaultDataset: app\n",
        "definitions/stg.sqlx": 'config { type: "view" }\nSELECT id, amount FROM raw.orders',
        "definitions/mart.sqlx": 'config { type: "table" }\nSELECT SUM(amount) AS total FROM ${ref("stg")}',
    }
    head = {**base, "definitions/stg.sqlx": 'config { type: "view" }\nSELECT id FROM raw.orders'}
    found = assess(base, head)
    assert [(impact.consumer.path, impact.effect) for impact in found.impacts] == [
        ("definitions/mart.sqlx", Effect.BREAKS)
    ]


def test_a_name_that_means_another_column_now(assess: Assess) -> None:
    """`b` in the subquery was the view's, and is the outer query's once the view has none: it runs, and is wrong."""
    base = {
        "t.sql": "create table t as select 1 as a, 2 as b;\n",
        "v.sql": "create view v as select b from t;\n",
        "reader.sql": "create view reader as select * from t where a in (select b from v);\n",
        "last.sql": "create view last as select a from reader;\n",
    }
    head = {**base, "v.sql": "create view v as select b as c from t;\n"}
    impacts = {impact.consumer.name: impact for impact in assess(base, head).impacts}
    assert (impacts["reader"].effect, impacts["reader"].certainty) == (Effect.BREAKS, Certainty.POSSIBLE)
    assert impacts["last"].effect is Effect.CHANGES
