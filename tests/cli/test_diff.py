"""`contract-gate diff` on files."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contract_gate.cli.diff import diff
from contract_gate.core.errors import UsageError

BEFORE = "select id, sum(amount) as amount from orders group by id"


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "before.sql").write_text(BEFORE)
    (tmp_path / "after.sql").write_text(BEFORE.replace("sum", "max"))
    (tmp_path / "same.sql").write_text(BEFORE.upper())
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(diff, [*arguments, "--dialect", "postgres"])


def test_terminal(pair: Path) -> None:
    """Each change has its kind, its certainty and a sentence; the class comes last."""
    result = invoke("before.sql", "after.sql", "--no-witness")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].split() == ["column-values-changed", "line", "1", "possible"]
    assert lines[-1] == "values: 1 change"


def test_rows_in_the_terminal(pair: Path) -> None:
    """The rows that show the difference stand as small tables under the change."""
    pytest.importorskip("duckdb")
    output = invoke("before.sql", "after.sql").output
    assert "orders.amount" in output or "`amount` goes from" in output
    assert "    with orders:\n      " in output


def test_json(pair: Path) -> None:
    """The JSON is that of the Python API."""
    found = json.loads(invoke("before.sql", "after.sql", "--format", "json", "--no-witness").output)
    assert (found["schema_version"], found["class"], found["changes"][0]["column"]) == (1, "values", "amount")


def test_no_change(pair: Path) -> None:
    """The same meaning is class none, with an empty list."""
    assert invoke("before.sql", "same.sql", "--no-witness").output == "none: no change of meaning\n"


def test_the_schema_closes_tables(pair: Path) -> None:
    """With a schema a star has columns, and a column that is gone is told."""
    (pair / "schema.json").write_text('{"orders": {"id": "int", "amount": "int"}}')
    (pair / "star.sql").write_text("select * from orders")
    (pair / "id.sql").write_text("select id from orders")
    result = invoke("star.sql", "id.sql", "--schema", "schema.json", "--format", "json", "--no-witness")
    assert [(c["kind"], c["column"]) for c in json.loads(result.output)["changes"]] == [
        ("column-removed", "amount")
    ]


@pytest.mark.parametrize(
    "arguments", [("before.sql", "gone.sql"), ("before.sql", "after.sql", "--schema", "before.sql")]
)
def test_what_can_not_be_read(pair: Path, arguments: tuple[str, ...]) -> None:
    """A file that is not there and a schema that is no JSON are errors of use."""
    assert isinstance(invoke(*arguments).exception, UsageError)
