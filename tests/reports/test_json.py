"""The JSON report keeps to its published schema, whatever is in it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.reports import json_
from contract_gate.reports.report import Report

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/report.schema.json").read_text())


def closed(schema: Any) -> Any:
    """Forbid fields that the schema does not name, so that none is added without being published."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {"additionalProperties": False, **inner} if isinstance(schema.get("properties"), dict) else inner


def test_the_schema_is_a_schema() -> None:
    """docs/report.schema.json is valid JSON Schema."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_names_every_kind() -> None:
    """A new kind has to be published."""
    assert SCHEMA["$defs"]["kind"]["enum"] == [kind.value for kind in Kind]


@pytest.mark.parametrize("name", ["rich", "empty", "hostile", "crowded"])
def test_reports_keep_to_the_schema(reports: dict[str, Report], name: str) -> None:
    """Every report is valid, and has no field that is not published."""
    value = json.loads(json_.render(reports[name]))
    jsonschema.Draft202012Validator(closed(SCHEMA)).validate(value)


def test_the_closed_schema_refuses_what_is_not_published(reports: dict[str, Report]) -> None:
    """The test above can fail."""
    value = json.loads(json_.render(reports["rich"]))
    value["findings"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(closed(SCHEMA)).validate(value)


def test_names_come_back_as_they_were(reports: dict[str, Report]) -> None:
    """Escapes lose nothing: a program reads the very names that the pull request chose."""
    report = reports["hostile"]
    text = json_.render(report)
    assert text.isascii()
    assert "##[" not in text
    value = json.loads(text)
    assert value["findings"][0]["consumers"] == list(report.findings[0].consumers)
    assert value["changes"][0]["column"] == report.changes[0].column


def test_findings_point_at_changes(reports: dict[str, Report]) -> None:
    """Every id that a finding, an impact or a cause names is the id of a change."""
    value = json.loads(json_.render(reports["rich"]))
    ids = {change["id"] for change in value["changes"]}
    named = {impact["change"] for impact in value["impacts"]}
    named |= {finding["change"] for finding in value["findings"]} - {None}
    named |= {change["caused_by"] for change in value["changes"]} - {None}
    assert named <= ids
    assert named
