"""The configuration's keys, their types, and which file wins."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from contract_gate.core.errors import ExitCode, UsageError
from contract_gate.edge.config import Config, SecodaConfig, TargetConfig, find_config, parse_config
from contract_gate.edge.waivers import parse_waivers
from contract_gate.policy import CatalogUnavailable, FailOn, Level, Settings, Usage

DOCS = (Path(__file__).parents[2] / "docs/configuration.md").read_text(encoding="utf-8")
FULL = """
dialect = "snowflake"
catalog = "none"
fail-on = "impact"
strict = true
catalog-unavailable = "warn"
catalog-drift = "warning"
paths = ["sql/**"]
ignore = ["scratch/**", "x.sql"]
snapshot = ".contract-gate/catalog.json"
snapshot-max-age = 7
max-hops = 2
max-assets = 50
deadline = 9
time-limit = 90
witness = false
[dialects]
"legacy/" = "redshift"
[vars]
start = 2024
names = ["a", "b"]
[env]
DBT_ENV = "prod"
[target]
database = "analytics"
schema = "marts"
[usage]
unused = "note"
busy = "error"
busy-views = 7
[catalog-names]
dev = "prod"
[secoda]
url = "eu"
integration = "id"
dialects = { postgres = "postgresql" }
"""


def keys(config: type = Config, prefix: str = "") -> set[str]:
    """Name every key as it is written in a file."""
    found = set()
    for field in fields(config):
        nested = {"target": TargetConfig, "secoda": SecodaConfig, "usage": Usage}.get(
            field.name if not prefix else ""
        )
        name = prefix + field.name.replace("_", "-")
        found |= keys(nested, f"{name}.") if nested else {name}
    return found - {"source", "proposed_url", "proposed-url"}


def test_everything_can_be_set() -> None:
    """A file that sets every key gives every value, and none is left at its default."""
    config = parse_config(FULL, "contract-gate.toml")
    assert config == Config(
        dialect="snowflake",
        dialects={"legacy/": "redshift"},
        catalog="none",
        fail_on=FailOn.IMPACT,
        strict=True,
        catalog_unavailable=CatalogUnavailable.WARN,
        catalog_drift=Level.WARNING,
        usage=Usage(unused=Level.NOTE, busy=Level.ERROR, busy_views=7),
        paths=("sql/**",),
        ignore=("scratch/**", "x.sql"),
        vars={"start": 2024, "names": ["a", "b"]},
        env={"DBT_ENV": "prod"},
        target=TargetConfig(database="analytics", schema="marts"),
        secoda=SecodaConfig(url="eu", integration="id", dialects={"postgres": "postgresql"}),
        snapshot=".contract-gate/catalog.json",
        snapshot_max_age=7,
        max_hops=2,
        max_assets=50,
        deadline=9,
        time_limit=90,
        catalog_names={"dev": "prod"},
        witness=False,
        source="contract-gate.toml",
    )
    default = Config()
    assert all(
        getattr(config, field.name) != getattr(default, field.name)
        for field in fields(Config)
        if field.name != "proposed_url"
    )
    assert config.settings == Settings(
        fail_on=FailOn.IMPACT,
        strict=True,
        catalog_unavailable=CatalogUnavailable.WARN,
        catalog_drift=Level.WARNING,
        usage=config.usage,
    )


def test_an_empty_file_gives_the_defaults() -> None:
    """Defaults are the same with an empty file and without one, but for the source."""
    assert parse_config("", "contract-gate.toml") == Config(source="contract-gate.toml")
    assert find_config({}) == Config()


def test_pyproject_has_a_table_of_its_own() -> None:
    """In pyproject.toml the keys stand under [tool.contract-gate]; other tools are left alone."""
    text = '[project]\nname = "x"\n[tool.ruff]\nline-length = 1\n[tool.contract-gate]\ndialect = "duckdb"\n'
    text += '[tool.contract-gate.secoda]\nurl = "eu"\n'
    config = find_config({"pyproject.toml": text})
    assert (config.dialect, config.secoda.url, config.source) == ("duckdb", "eu", "pyproject.toml")


@pytest.mark.parametrize(
    "text", ["", "[tool.ruff]\n", '[project]\nname = "contract-gate"\n', "[tool.poetry]\n"]
)
def test_a_pyproject_without_the_table_is_no_configuration(text: str) -> None:
    """A pyproject.toml of other tools configures nothing."""
    assert find_config({"pyproject.toml": text}).source is None


def test_another_tools_pyproject_is_not_judged() -> None:
    """A pyproject.toml that is not for us does not stop the gate, TOML or not."""
    assert find_config({"pyproject.toml": "this is no TOML"}) == Config()


def test_two_configurations_are_an_error() -> None:
    """Which of two holds is not guessed."""
    files = {"contract-gate.toml": "", "pyproject.toml": "[tool.contract-gate]\n"}
    with pytest.raises(UsageError, match="both contract-gate"):
        find_config(files)
    assert find_config({**files, "pyproject.toml": ""}).source == "contract-gate.toml"


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("fail_on = 'never'", "fail-on"),
        ("failon = 'never'", "fail-on"),
        ("ignores = []", "ignore"),
        ("[secoda]\nintegrations = 'x'", "secoda.integration"),
        ("[target]\ndatabse = 'x'", "target.database"),
    ],
)
def test_an_unknown_key_names_the_nearest(line: str, near: str) -> None:
    """A misspelt key never passes in silence."""
    with pytest.raises(UsageError, match="not known") as caught:
        parse_config(line, "contract-gate.toml")
    assert caught.value.hint == f"did you mean {near}?"
    assert caught.value.exit_code is ExitCode.USAGE


def test_an_unknown_key_like_no_other_lists_them() -> None:
    """A key that is nothing like a known one is answered with the list."""
    with pytest.raises(UsageError) as caught:
        parse_config("zzz = 1", "contract-gate.toml")
    assert "fail-on" in str(caught.value.hint)


@pytest.mark.parametrize(
    "line",
    [
        "dialect = 1",
        "dialect = ''",
        "catalog = 'openmetadata'",
        "fail-on = 'always'",
        "strict = 'yes'",
        "strict = 1",
        "ignore = 'x'",
        "ignore = [1]",
        "vars = 1",
        "env = {A = 1}",
        "dialects = ['x']",
        "max-hops = 0",
        "max-hops = true",
        "deadline = 1.5",
        "target = 'prod'",
        "secoda = {url = 1}",
        "secoda = {dialects = {a = 1}}",
        "dialect = ",
        "a" * 10 + "[" * 5000,
    ],
)
def test_a_wrong_value_is_a_usage_error(line: str) -> None:
    """What can't be understood ends with exit code 2, a message that names the file, and advice."""
    with pytest.raises(UsageError) as caught:
        parse_config(line, "contract-gate.toml")
    assert "contract-gate.toml" in caught.value.message
    assert "was not read" in caught.value.message


def test_secrets_have_no_key() -> None:
    """A key in the configuration is refused: it would be in the repository's history."""
    with pytest.raises(UsageError, match="not known"):
        parse_config("[secoda]\nkey = 'secret'", "contract-gate.toml")


def test_the_docs_list_every_key() -> None:
    """docs/configuration.md and the code name the same keys."""
    documented = set(re.findall(r"^\| `([\w.-]+)` \| .* \| .* \| .* \|$", DOCS, re.MULTILINE))
    assert documented == keys()


def test_the_docs_example_is_valid() -> None:
    """The examples in the docs parse, and set what they show."""
    example, waivers = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    config = parse_config(example, "contract-gate.toml")
    assert config.secoda.integration == tomllib.loads(example)["secoda"]["integration"]
    assert config.target == TargetConfig(database="analytics", schema="marts")
    assert [one.by for one in parse_waivers(waivers)] == ["dana"]
