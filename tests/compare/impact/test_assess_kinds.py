"""SQLMesh and Dataform projects are judged like the others."""

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import Assess


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


CODE = """
from sqlmesh import model

NAMES = [{"name": line} for line in open("names.txt")]

@model("bags.@{name}", blueprints=NAMES, columns={"id": "int"}, is_sql=True)
def entrypoint(evaluator):
    return "SELECT 1 AS id"
"""


@pytest.mark.parametrize(
    ("schema", "older", "effect"),
    [
        ("bags", False, Effect.UNKNOWN),
        ("unreadable", False, Effect.UNKNOWN),
        # It would make another schema's models, or had made this one's name twice: the removed one is gone.
        ("sacks", False, Effect.BREAKS),
        ("bags", True, Effect.BREAKS),
    ],
)
def test_a_removed_model_that_code_may_make_now(
    assess: Assess, schema: str, older: bool, effect: Effect
) -> None:
    """Python that works out the names of its models may make the one whose file went: that can't be decided."""
    base = {
        "config.yaml": "model_defaults:\n  dialect: duckdb\n",
        f"models/{schema}.sql": f"MODEL (name {schema}.orders, kind VIEW);\n\nSELECT id FROM raw.orders",
        "models/mart.sql": f"MODEL (name app.mart, kind FULL);\n\nSELECT id FROM {schema}.orders",
    }
    head = {path: text for path, text in base.items() if path != f"models/{schema}.sql"}
    broken = CODE.replace("bags", schema).replace("def", "deaf")
    code = {"models/bags.py": broken if schema == "unreadable" else CODE}
    found = assess({**base, **(code if older else {})}, {**head, **code})
    felt = [impact for impact in found.impacts if impact.consumer.path == "models/mart.sql"]
    assert [impact.effect for impact in felt] == [effect]
    if effect is Effect.UNKNOWN:
        assert "models/bags.py may make it" in found.changes[0].message


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


def test_two_lost_columns_that_come_from_one(assess: Assess) -> None:
    """What broke a reader is the column that it reads, not one that was computed from a column of that name."""
    base = {
        "raw.sql": "create table raw as select 1 as id, 2 as tax;\n",
        "stg.sql": "create view stg as select id, tax as cents, tax / 100 as tax from raw;\n",
        "orders.sql": "create view orders as select stg.* from stg;\n",
        "cust.sql": "create view cust as select sum(tax) as total from orders;\n",
    }
    found = assess(base, {**base, "stg.sql": "create view stg as select id from raw;\n"})
    lost = {change.id: change.column for change in found.changes}
    broken = [impact for impact in found.impacts if impact.effect is Effect.BREAKS]
    assert [(impact.consumer.name, lost[impact.change]) for impact in broken] == [("cust", "tax")]


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


@pytest.mark.parametrize(
    ("refers", "more", "kinds"),
    [
        ("${ref('nowhere')}", {}, [Kind.DOES_NOT_BIND]),
        ("${ref('app', 'nowhere')}", {}, [Kind.DOES_NOT_BIND]),
        # What `resolve` names may be made elsewhere, and a script that is not read may make anything.
        ("${resolve('nowhere')}", {}, []),
        ("${ref('nowhere')}", {"definitions/all.js": "while (true) { publish(name()); }"}, []),
    ],
)
def test_a_dataform_ref_of_an_action_that_is_nowhere(
    assess: Assess, refers: str, more: dict[str, str], kinds: list[Kind]
) -> None:
    """A `ref` of an action that the project does not have does not compile; one that nobody can be sure of is not refused."""
    base = {
        "workflow_settings.yaml": "defaultProject: shop\ndefaultDataset: app\n",
        "definitions/a.sqlx": "config { type: 'view' }\nSELECT id FROM ${ref('b')}",
        "definitions/b.sqlx": "config { type: 'view' }\nSELECT 1 AS id",
        **more,
    }
    head = {**base, "definitions/a.sqlx": f"config {{ type: 'view' }}\nSELECT id FROM {refers}"}
    found = assess(base, head)
    assert [change.kind for change in found.changes if change.kind is Kind.DOES_NOT_BIND] == kinds
