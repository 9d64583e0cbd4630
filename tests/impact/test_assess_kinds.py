"""SQLMesh and Dataform projects are judged like the others."""

from contract_gate.impact import Effect


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
