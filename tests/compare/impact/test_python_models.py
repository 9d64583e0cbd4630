"""Python models of dbt and SQLMesh: columns that their code names of the frames that it is given."""

import pytest

from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import Assess

DBT = {
    "dbt_project.yml": "name: shop\nversion: '1'\nprofile: shop\nmodel-paths: [models]\n",
    "profiles.yml": "shop:\n  target: p\n  outputs:\n    p: {type: snowflake, schema: mart, database: wh, account: x}\n",
}
SQLMESH = {
    "config.yaml": "model_defaults: {dialect: duckdb}\ngateways: {local: {connection: {type: duckdb}}}\n"
}
BREAKS, UNKNOWN = {Effect.BREAKS}, {Effect.UNKNOWN}
ORDERS = 'df = dbt.ref("orders").to_pandas()'


def dbt_model(code: str) -> str:
    lines = "\n".join(f"    {line}" for line in code.split("\n"))
    return f"from snowflake.snowpark import functions as F\ndef model(dbt, session):\n{lines}\n"


def sqlmesh_model(code: str) -> str:
    lines = "\n".join(f"    {line}" for line in code.split("\n"))
    return f"from sqlmesh import model\n@model('s.p', columns={{'id': 'int'}})\ndef execute(context, start, **kwargs):\n{lines}\n"


@pytest.mark.parametrize(
    ("code", "felt"),
    [
        (f'{ORDERS}\ndf["x"] = df["amount"] * 2\nreturn df', BREAKS),
        ('df = dbt.ref("orders")\nreturn df[["id", "amount"]]', BREAKS),
        ('out = dbt.ref("orders").select("id", "amount")\nreturn out', BREAKS),
        ('return dbt.ref("orders").select(F.col("id"), F.col("amount").alias("z"))', BREAKS),
        (f"{ORDERS}\nreturn df[df.amount > 1]", BREAKS),
        ('df = dbt.ref("orders")\nreturn df.filter(F.col("amount") > 1).limit(3)', BREAKS),
        (f'{ORDERS}\nif True:\n    df = df.sort_values(by=["amount"])\nreturn df', BREAKS),
        ("return session.sql(f\"select id, amount from {dbt.ref('orders')}\")", BREAKS),
        # What the code makes itself, and what nobody follows.
        (f'{ORDERS}\ndf["amount"] = 1\nreturn df[["id", "amount"]]', UNKNOWN),
        ('df = dbt.ref("orders").with_column("amount", F.lit(1))\nreturn df.select("amount")', UNKNOWN),
        (f'{ORDERS}\ndf = df.rename(columns={{"amount": "z"}})\nreturn df[["id"]]', UNKNOWN),
        (f"{ORDERS}\ndf.columns = [c.lower() for c in df.columns]\nreturn df[['amount']]", UNKNOWN),
        (f"{ORDERS}\nprint(df.shape, df.head())\nreturn df", UNKNOWN),
        (f'{ORDERS}\nreturn lookup(df)["amount"]', UNKNOWN),
    ],
)  # fmt: skip
def test_a_dbt_model_names_a_column(assess_project: Assess, code: str, felt: set[Effect]) -> None:
    """Code that takes a column of its frame by name raises where it goes; else nobody knows. Other columns break nothing."""
    made = {
        **DBT,
        "models/orders.sql": "select 1 as id, 2 as amount, 3 as spare",
        "models/p.py": dbt_model(code),
    }
    for orders, wanted in (("select 1 as id, 3 as spare", felt), ("select 1 as id, 2 as amount", UNKNOWN)):
        found = assess_project(made, {**made, "models/orders.sql": orders})
        assert {i.effect for i in found.impacts if i.consumer.path == "models/p.py"} == wanted, orders


@pytest.mark.parametrize(
    ("code", "felt"),
    [
        ('t = context.resolve_table("s.a")\nreturn context.fetchdf(f"SELECT amount FROM {t} WHERE id > \'{start}\'")', BREAKS),
        ('t = context.resolve_table("s.a")\ndf = context.fetchdf(f"SELECT * FROM {t}")\nreturn df[["amount"]]', BREAKS),
        ('t = context.resolve_table("s.a")\nreturn context.fetchdf(f"SELECT * FROM {t}")', UNKNOWN),
        ('return context.fetchdf("SELECT id, amount FROM s.a")', BREAKS),
    ],
)  # fmt: skip
def test_a_sqlmesh_model_names_a_column(assess_project: Assess, code: str, felt: set[Effect]) -> None:
    """SQL and frames of a model's code are read over what its context resolves."""
    made = {
        **SQLMESH,
        "models/a.sql": "MODEL (name s.a);\nselect 1 as id, 2 as amount, 3 as spare",
        "models/p.py": sqlmesh_model(code),
    }
    for rows, wanted in (("1 as id, 3 as spare", felt), ("1 as id, 2 as amount", UNKNOWN)):
        found = assess_project(made, {**made, "models/a.sql": f"MODEL (name s.a);\nselect {rows}"})
        assert {i.effect for i in found.impacts if i.consumer.path == "models/p.py"} == wanted, rows
