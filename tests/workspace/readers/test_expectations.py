"""Great Expectations: what a suite is run on, in the words of each of its versions, and which columns it names."""

import json

import pytest

from contract_gate.workspace.readers.kinds import kind
from tests.workspace.readers.reading import names, queries, read

EXPECTATIONS = [
    {"expectation_type": "expect_column_values_to_not_be_null", "kwargs": {"column": "amount"}},
    {
        "expectation_type": "expect_column_pair_values_to_be_equal",
        "kwargs": {"column_A": "id", "column_B": "order id"},
    },
    {"expectation_type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}},
]
SELECT = 'SELECT read_.amount, read_.id, read_."order id" FROM '


def suite(**more: object) -> str:
    return json.dumps(
        {"expectation_suite_name": "orders.warning", "expectations": EXPECTATIONS, **more}, indent=1
    )


@pytest.mark.parametrize(
    ("path", "said", "source"),
    [
        ("gx/checkpoints/a.yml", "validations:\n- batch_request: {data_asset_name: shop.orders}\n  expectation_suite_name: orders.warning\n", "shop.orders"),
        ("gx/checkpoints/a.yml", "expectation_suite_name: orders.warning\nvalidations:\n- batch_request: {data_asset_name: orders}\n", "__ph_schema__.orders"),
        ("gx/checkpoints/a.yml", "expectation_suite_name: orders.warning\nbatch_request:\n  data_asset_name: x\n  runtime_parameters:\n    query: select * from shop.orders\n", "( select * from shop.orders )"),
        ("gx/validation_definitions/a.json", '{"data": {"asset": {"name": "orders"}, "batch_definition": {}}, "suite": {"name": "orders.warning"}}', "__ph_schema__.orders"),
    ],
)  # fmt: skip
def test_what_a_suite_is_run_on(path: str, said: str, source: str) -> None:
    """A checkpoint or validation definition is read for its suites, and a suite for what they say; columns are at the suite's lines."""
    files = {path: said, "gx/expectations/orders.json": suite()}
    (by_suite,) = read(kind("great-expectations"), "gx/expectations/orders.json", files)
    (by_other,) = read(kind("great-expectations"), path, files)
    assert names((by_suite, by_other)) == ["expectation suite orders.warning"] * 2
    assert [query.split(" AS read_")[0] for query in queries((by_suite, by_other))] == [
        f"{SELECT}{source}"
    ] * 2
    assert (by_other.path, by_other.queries[0].path) == ("gx/expectations/orders.json",) * 2
    assert suite().split("\n")[by_suite.queries[0].lines[1] - 1].strip() == '"column": "amount"'


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("type: table\n        table_name: orders\n        schema_name: shop", "shop.orders"),
        ("type: query\n        query: select * from shop.orders", "( select * from shop.orders )"),
    ],
)
def test_an_asset_of_another_name(said: str, source: str) -> None:
    """What an asset stands for is said where the sources of data are."""
    settings = f"fluent_datasources:\n  wh:\n    assets:\n      all_orders:\n        {said}\nexpectations_store_name: x\n"
    files = {
        "gx/great_expectations.yml": settings,
        "gx/checkpoints/a.yml": "expectation_suite_name: orders.warning\nbatch_request: {data_asset_name: all_orders}\n",
        "gx/expectations/orders.json": suite(),
    }
    readers = read(kind("great-expectations"), "gx/great_expectations.yml", files)
    assert [query.split(" AS read_")[0] for query in queries(readers)] == [f"{SELECT}{source}"]


def test_assets_in_a_list() -> None:
    """Assets may be listed with their names; one that says neither table nor query stands for its own name."""
    files = {
        "gx/great_expectations.yml": "expectations_store_name: x\nassets:\n- {name: odd}\n- {name: all_orders, table_name: orders, schema_name: shop}\n",
        "gx/checkpoints/a.yml": "expectation_suite_name: orders.warning\nbatch_request: {data_asset_name: all_orders}\n",
        "gx/expectations/orders.json": suite(meta={"citations": [{"comment": "by hand"}]}),
    }
    readers = read(kind("great-expectations"), "gx/great_expectations.yml", files)
    assert [query.split(" AS read_")[0] for query in queries(readers)] == [f"{SELECT}shop.orders"]


@pytest.mark.parametrize(
    ("more", "source"),
    [
        ({"meta": {"citations": [{"batch_request": {"data_asset_name": "shop.orders"}}]}}, "shop.orders"),
        ({"meta": {"citations": [{"batch_kwargs": {"table": "orders"}}]}}, "__ph_schema__.orders"),
        ({"data_asset_name": "shop.orders"}, "shop.orders"),
        ({}, "__ph_schema__.orders"),
    ],
)
def test_what_a_suite_says_itself(more: dict[str, object], source: str) -> None:
    """Where nothing runs it its own record counts, and in the end its name."""
    readers = read(
        kind("great-expectations"),
        "gx/expectations/orders.json",
        {"gx/expectations/orders.json": suite(**more)},
    )
    assert [query.split(" AS read_")[0] for query in queries(readers)] == [f"{SELECT}{source}"]


@pytest.mark.parametrize(
    "text", ['{"expectations": "none"}', '{"expectations": []}', "expectation: [", "a: expectation\n"]
)
@pytest.mark.parametrize("path", ["a.json", "a.yml"])
def test_other_files(path: str, text: str) -> None:
    """What is no suite and names none has no reader."""
    assert read(kind("great-expectations"), path, {path: text}) == ()


def test_words_of_a_package_of_dbt_are_no_mark() -> None:
    """A dbt file with tests of `dbt_expectations` is not read for suites, nor is all of its project beside it."""
    text = b"models:\n- name: a\n  tests:\n  - dbt_expectations.expect_table_row_count_to_be_between: {min_value: 1}\n"
    assert not any(mark in text for mark in kind("great-expectations").marks)
