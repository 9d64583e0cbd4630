"""dbt's semantic models, metrics and saved queries: who of them breaks with a column, to the line of the YAML."""

import pytest

from tests.e2e.project import Project, edited

YAML = "models/semantic.yml"
SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: postgres, dbname: shop, schema: marts}\n",
    "models/orders.sql": (
        "select\n    1 as id,\n    2.5 as amount,\n    1 as tax,\n    current_date as placed,\n    'x' as status,\n"
        "    4 as weight\nwhere 1 = 1\n"
    ),
    YAML: (
        "semantic_models:\n"
        "  - name: sales\n    model: ref('orders')\n    defaults: {agg_time_dimension: day}\n"
        "    entities: [{name: order, type: primary, expr: id}]\n"
        "    dimensions:\n"
        "      - {name: day, type: time, expr: placed}\n"
        "      - {name: state, type: categorical, expr: status}\n"
        "    measures:\n"
        "      - {name: revenue, agg: sum, expr: amount - tax}\n"
        "      - {name: gross, agg: sum, expr: amount, create_metric: true}\n"
        "metrics:\n"
        "  - {name: net_sales, type: simple, type_params: {measure: revenue}}\n"
        "  - {name: open_gross, type: simple, type_params: {measure: gross},"
        " filter: \"{{ Dimension('order__state') }} = 'x'\"}\n"
        "  - {name: share, type: ratio, type_params: {numerator: net_sales, denominator: {name: gross}}}\n"
        "saved_queries:\n"
        "  - {name: daily, query_params: {metrics: [share]}}\n"
        "exposures:\n"
        "  - {name: board, type: dashboard, depends_on: [metric('share')], owner: {name: Ada}}\n"
    ),
}


@pytest.mark.parametrize(
    ("column", "broken"),
    [
        ("1 as tax", {"sales": 10, "net_sales": 13, "share": 15, "daily": 17, "board": 19}),
        ("'x' as status", {"sales": 8, "open_gross": 14}),
        ("1 as id", {"sales": 5}),
        (
            "current_date as placed",
            {"sales": 7, "net_sales": 13, "open_gross": 14, "share": 15, "daily": 17, "board": 19},
        ),
    ],
    ids=["measure", "dimension", "entity", "date"],
)
def test_a_column_that_goes(empty: Project, column: str, broken: dict[str, int]) -> None:
    """The semantic model breaks at the line that reads it, and with it what hangs on that measure or dimension alone."""
    ran = empty.commit(SHOP).pull_request(edited(SHOP, "models/orders.sql", f"    {column},\n", "")).check()
    assert (ran.code, ran.broken) == (1, {name: f"{YAML}:{line}" for name, line in broken.items()})
    kinds = {impact["consumer"]["name"]: impact["consumer"]["kind"] for impact in ran.report["impacts"]}
    assert kinds["sales"] == "semantic_model"


def test_a_column_that_nothing_reads(empty: Project) -> None:
    """The semantic layer is left in peace."""
    lost = edited(SHOP, "models/orders.sql", ",\n    4 as weight", "")
    ran = empty.commit(SHOP).pull_request(lost).check()
    assert (ran.code, ran.report["impacts"]) == (0, [])


@pytest.mark.parametrize(
    ("old", "new", "felt"),
    [
        ("1 as tax", "2 as tax", {"sales", "net_sales", "share", "daily", "board"}),
        ("where 1 = 1", "where 1 = 2", {"board"}),
    ],
    ids=["values", "rows"],
)
def test_people_behind_a_metric(empty: Project, old: str, new: str, felt: set[str]) -> None:
    """A dashboard on a metric sees other numbers, though nothing breaks."""
    ran = empty.commit(SHOP).pull_request(edited(SHOP, "models/orders.sql", old, new)).check("--no-witness")
    changes = {i["consumer"]["name"] for i in ran.report["impacts"] if i["effect"] == "changes"}
    assert (ran.code, ran.broken, changes) == (0, {}, felt)
