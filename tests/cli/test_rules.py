"""`contract-gate rules` and the page that is made of the same catalog."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from contract_gate.cli.rules import rules
from contract_gate.compare.changes.change import Kind
from contract_gate.compare.changes.kinds import PAGES
from contract_gate.core.errors import UsageError

ROOT = Path(__file__).parents[2]


def test_rules_lists_every_kind() -> None:
    """Without an id, each kind has a line with its class and level; a title that goes on stands below itself, on 80 columns."""
    result = CliRunner().invoke(rules)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    begun = [line for line in lines if line and not line.startswith((" ", "`"))]
    assert [line.split()[0] for line in begun] == [kind.value for kind in Kind]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_rules_explains_a_kind(kind: Kind) -> None:
    """With an id, the page says what, why and what instead."""
    result = CliRunner().invoke(rules, [kind.value])
    page = PAGES[kind]
    assert result.exit_code == 0
    assert page.title in result.output
    assert " ".join(page.why.split()) in " ".join(result.output.split())
    assert "```" not in result.output


def test_rules_as_json_is_the_catalog() -> None:
    """The JSON has every field of every page."""
    result = CliRunner().invoke(rules, ["--format", "json"])
    assert json.loads(result.output)["rules"] == [page.to_dict() for page in PAGES.values()]
    one = CliRunner().invoke(rules, ["column-removed", "--format", "json"])
    assert [rule["id"] for rule in json.loads(one.output)["rules"]] == ["column-removed"]


@pytest.mark.parametrize(
    ("wrong", "hint"), [("column-remove", "did you mean column-removed?"), ("%%%", "lists them all")]
)
def test_an_unknown_id_names_the_nearest(wrong: str, hint: str) -> None:
    """A misspelt id is a usage error with advice."""
    result = CliRunner().invoke(rules, [wrong])
    assert isinstance(result.exception, UsageError)
    assert hint in str(result.exception.hint)


def test_the_rules_page_is_current() -> None:
    """docs/rules.md is what the catalog makes of it: run scripts/write_rules_page.py."""
    script = [sys.executable, str(ROOT / "scripts/write_rules_page.py"), "--check"]
    assert subprocess.run(script, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=False).returncode == 0
