"""What YAML declares: constraints, tests, exposures, semantic models, unit tests, owners."""

import pytest

from contract_gate.core.relation import RelationName
from contract_gate.core.world import ColumnRead, Constraint, ConstraintKind, ModelKind

MODELS = {
    "models/orders.sql": "select 1 as id, 2 as customer_id",
    "models/customers.sql": "select 1 as id",
}


def test_tests_that_hold_for_all_rows_are_constraints(dbt_project):
    """Both spellings, arguments nested or not, and combinations; filtered and warning tests promise nothing."""
    project = dbt_project(
        MODELS
        | {
            "models/s.yml": """
                models:
                  - name: orders
                    data_tests:
                      - dbt_utils.unique_combination_of_columns:
                          arguments: {combination_of_columns: [id, customer_id]}
                    columns:
                      - name: id
                        tests:
                          - unique
                          - not_null: {config: {severity: warn}}
                      - name: customer_id
                        data_tests:
                          - not_null: {where: "id > 3"}
                          - relationships: {to: ref('customers'), field: id}
                      - name: status
                        tests: [{accepted_values: {values: [new, paid]}}]
                """
        }
    )
    assert set(project.models["model.shop.orders"].constraints) == {
        Constraint(kind=ConstraintKind.UNIQUE, columns=("id", "customer_id")),
        Constraint(kind=ConstraintKind.UNIQUE, columns=("id",)),
        Constraint(
            kind=ConstraintKind.RELATIONSHIPS,
            columns=("customer_id",),
            to=(RelationName(("lake", "main", "customers")), "id"),
        ),
        Constraint(kind=ConstraintKind.ACCEPTED_VALUES, columns=("status",), values=("new", "paid")),
    }


def test_an_enforced_contract_closes_the_columns(dbt_project):
    """The columns are all there are, and one that takes no NULL has none."""
    project = dbt_project(
        MODELS
        | {
            "models/s.yml": """
                models:
                  - name: orders
                    config: {contract: {enforced: true}, materialized: table}
                    constraints: [{type: primary_key, columns: [id]}]
                    columns:
                      - {name: id, data_type: int, constraints: [{type: not_null}]}
                """
        }
    )
    model = project.models["model.shop.orders"]
    assert model.closed
    assert model.columns[0].nullable is False
    assert [c.kind for c in model.constraints] == [
        ConstraintKind.UNIQUE, ConstraintKind.NOT_NULL, ConstraintKind.NOT_NULL,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("adapter", "kind", "constraint", "nullable"),
    [
        ("postgres", "table", "not_null", False),
        ("snowflake", "incremental", "not_null", False),
        ("snowflake", "table", "primary_key", False),
        ("bigquery", "table", "not_null", False),
        ("bigquery", "table", "primary_key", None),
        ("postgres", "table", "unique", None),
        ("postgres", "view", "not_null", None),
        ("spark", "table", "not_null", None),
        ("athena", "table", "not_null", None),
    ],
)
def test_where_a_contract_keeps_null_out(dbt_project, adapter, kind, constraint, nullable):
    """A column has no NULL where the warehouse refuses one: not of a view, and not where a constraint is information."""
    project = dbt_project(
        MODELS
        | {
            "profiles.yml": f"shop: {{target: ci, outputs: {{ci: {{type: {adapter}, schema: ci}}}}}}",
            "models/s.yml": f"""
                models:
                  - name: orders
                    config: {{contract: {{enforced: true}}, materialized: {kind}}}
                    columns: [{{name: id, data_type: int, constraints: [{{type: {constraint}}}]}}]
                """,
        }
    )
    assert project.models["model.shop.orders"].columns[0].nullable is nullable


def test_a_test_reads_its_column_at_its_line(dbt_project):
    """A generic test is a reader of the columns that it names, of the parent's too."""
    project = dbt_project(
        MODELS
        | {
            "models/s.yml": """
                models:
                  - name: orders
                    columns:
                      - name: customer_id
                        tests:
                          - not_null
                          - relationships:
                              to: ref('customers')
                              field: id
                """
        }
    )
    tests = {model.name: model for model in project.models.values() if model.kind is ModelKind.TEST}
    assert tests["not_null_orders_customer_id"].reads == (
        ColumnRead(key="model.shop.orders", column="customer_id", line=6),
    )
    assert tests["relationships_orders_customer_id"].reads == (
        ColumnRead(key="model.shop.orders", column="customer_id", line=7),
        ColumnRead(key="model.shop.customers", column="id", line=7),
    )
    assert project.readers(["model.shop.customers"]) == {"test.shop.relationships_orders_customer_id"}


def test_a_singular_test_is_a_test_with_sql(dbt_project):
    """SQL in tests/ reads what it names; generic tests in SQL are macros and no declarations."""
    project = dbt_project(
        MODELS
        | {
            "tests/no_zero.sql": "select * from {{ ref('orders') }} where id = 0",
            "tests/generic/odd.sql": "{% test odd(model, column_name) %}select 1{% endtest %}",
        }
    )
    assert project.models["test.shop.no_zero"].relation is None
    assert project.readers(["model.shop.orders"]) == {"test.shop.no_zero"}
    assert "test.shop.odd" not in project.models


def test_exposures_name_what_they_read_who_owns_them_and_where_they_are(dbt_project):
    """References to what is gone keep the key that it had, so that the exposure is found."""
    project = dbt_project(
        MODELS
        | {
            "models/e.yml": """
                exposures:
                  - name: board
                    label: The board
                    type: dashboard
                    url: https://bi.example.com/1
                    owner: {name: Ada, email: ada@example.com}
                    depends_on: [ref('orders'), "source('raw', 'x')", ref('gone')]
                  - name: other
                    type: analysis
                    url: "javascript:alert(1)"
                """
        }
    )
    board = project.models["exposure.shop.board"]
    assert board.depends_on == ("model.shop.orders", "source.shop.raw.x", "model.shop.gone")
    assert (board.kind, board.name, board.url, board.owners, board.line) == (
        ModelKind.EXPOSURE, "The board", "https://bi.example.com/1", ("Ada <ada@example.com>",), 2,
    )  # fmt: skip
    assert project.models["exposure.shop.other"].url is None
    assert project.readers(["model.shop.gone"]) == {"exposure.shop.board"}


def test_the_semantic_layer_reads_columns(dbt_project):
    """Entities, dimensions and measures read the column of their name or those of their expression."""
    project = dbt_project(
        MODELS
        | {
            "models/sem.yml": """
                semantic_models:
                  - name: orders
                    model: ref('orders')
                    entities:
                      - {name: order, type: primary, expr: id}
                    dimensions:
                      - name: customer_id
                        type: categorical
                    measures:
                      - {name: orders, agg: sum, expr: 1}
                      - name: large
                        agg: sum
                        expr: "case when amount > 20 and status = 'x' then upper(tax) end"
                metrics:
                  - {name: large_orders, type: simple, type_params: {measure: large}}
                  - {name: share, type: ratio, type_params: {numerator: large_orders, denominator: {name: all_orders}}}
                saved_queries:
                  - {name: q, query_params: {metrics: [large_orders]}}
                """
        }
    )
    semantic = project.models["semantic_model.shop.orders"]
    assert [(read.column, read.line) for read in semantic.reads] == [
        ("id", 5), ("customer_id", 7), ("amount", 13), ("status", 13), ("tax", 13),
    ]  # fmt: skip
    assert project.models["metric.shop.large_orders"].depends_on == ("semantic_model.shop.orders",)
    assert project.models["metric.shop.share"].depends_on == (
        "metric.shop.large_orders",
        "metric.shop.all_orders",
    )
    assert project.models["saved_query.shop.q"].depends_on == ("metric.shop.large_orders",)


def test_a_unit_test_reads_the_columns_of_its_rows(dbt_project):
    """Given rows are columns of the input, expected rows of the tested model."""
    project = dbt_project(
        MODELS
        | {
            "models/u.yml": """
                unit_tests:
                  - name: sums
                    model: orders
                    given:
                      - input: ref('customers')
                        rows: [{id: 1}, {id: 2}]
                    expect:
                      rows:
                        - {customer_id: 1}
                """
        }
    )
    assert [(read.key, read.column, read.line) for read in project.models["unit_test.shop.sums"].reads] == [
        ("model.shop.orders", "customer_id", 9),
        ("model.shop.customers", "id", 6),
    ]


def test_a_model_has_its_own_owner_or_its_groups(dbt_project):
    """`meta.owner` wins over the group's owner."""
    project = dbt_project(
        MODELS
        | {
            "models/s.yml": """
                groups: [{name: money, owner: {email: money@example.com}}]
                models:
                  - {name: orders, group: money}
                  - {name: customers, group: money, meta: {owner: Grace}}
                """
        }
    )
    assert project.models["model.shop.orders"].owners == ("money@example.com",)
    assert project.models["model.shop.customers"].owners == ("Grace",)
