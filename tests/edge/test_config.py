"""The configuration's keys, their types, and which file wins."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contract_gate.compare.changes.change import ChangeClass, Kind
from contract_gate.compare.impact import Effect
from contract_gate.core.errors import ExitCode, UsageError
from contract_gate.core.world import ModelKind
from contract_gate.edge.config import Config, ReadersConfig, SecodaConfig, TargetConfig, proposal
from contract_gate.edge.config_file import config_schema, find_config, parse_config
from contract_gate.edge.deprecations import DeprecatedRelation
from contract_gate.edge.waivers import parse_waivers, waivers_schema
from contract_gate.policy.level import Level
from contract_gate.policy.policy_rule import ChangePattern, PolicyRule, ReaderPattern
from contract_gate.policy.settings import CatalogUnavailable, FailOn, Settings, Usage
from contract_gate.workspace.readers.grafana import _NOUNS as GRAFANA
from contract_gate.workspace.readers.rill import _NOUNS as RILL

DOCS = (Path(__file__).parents[2] / "docs/configuration.md").read_text(encoding="utf-8")
CONFIG_SCHEMA, WAIVERS_SCHEMA = (
    Path(__file__).parents[2] / f"docs/{name}.schema.json" for name in ("config", "waivers")
)
FULL = """
dialect = "snowflake"
catalog = "none"
fail-on = "impact"
strict = true
catalog-unavailable = "warn"
catalog-drift = "warning"
own-waivers = true
comment-waivers = true
label-waiver = "meant"
mention-owners = true
paths = ["sql/**"]
ignore = ["scratch/**", "x.sql"]
snapshot = ".contract-gate/catalog.json"
snapshot-max-age = 7
max-hops = 2
max-assets = 50
deadline = 9
time-limit = 90
witness = false
witness-seconds = 20
[dialects]
"legacy/" = "redshift"
[vars]
start = 2024
names = ["a", "b"]
[env]
DBT_ENV = "prod"
[owners]
dana = "@dana"
[readers]
off = ["keys"]
paths = ["dags/**"]
ignore = ["dags/old"]

[[deprecated]]
relation = "marts.orders"
columns = ["amount"]
until = 2026-12-31
because = "use amount_eur"
[target]
database = "analytics"
schema = "marts"
[usage]
unused = "note"
busy = "error"
busy-views = 7
[[policy]]
level = "note"
because = "nobody looks"
[policy.change]
kinds = ["column-removed"]
classes = ["schema"]
paths = ["models/old/**"]
relations = ["old.*"]
owners = ["ada@*"]
tags = ["legacy"]
[policy.reader]
kinds = ["dashboard"]
names = ["Draft *"]
paths = ["models/*"]
owners = ["bo"]
tags = ["draft"]
effects = ["breaks"]
unused = true
certified = true
pii = true
stale = true
views-at-least = 3
people-at-least = 4
[catalog-names]
dev = "prod"
[secoda]
url = "eu"
integration = "id"
dialects = { postgres = "postgresql" }
"""


NESTED: dict[str, type] = {
    "deprecated": DeprecatedRelation,
    "target": TargetConfig,
    "secoda": SecodaConfig,
    "usage": Usage,
    "policy": PolicyRule,
    "policy.change": ChangePattern,
    "policy.reader": ReaderPattern,
    "readers": ReadersConfig,
}


def keys(config: type = Config, prefix: str = "") -> set[str]:
    """Name every key as it is written in a file."""
    found = set()
    for field in fields(config):
        nested = NESTED.get(prefix + field.name)
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
        policy=(
            PolicyRule(
                level=Level.NOTE,
                because="nobody looks",
                change=ChangePattern(
                    kinds=(Kind.COLUMN_REMOVED,),
                    classes=(ChangeClass.SCHEMA,),
                    paths=("models/old/**",),
                    relations=("old.*",),
                    owners=("ada@*",),
                    tags=("legacy",),
                ),
                reader=ReaderPattern(
                    kinds=("dashboard",),
                    names=("Draft *",),
                    paths=("models/*",),
                    owners=("bo",),
                    tags=("draft",),
                    effects=(Effect.BREAKS,),
                    unused=True,
                    certified=True,
                    pii=True,
                    stale=True,
                    views_at_least=3,
                    people_at_least=4,
                ),
            ),
        ),
        own_waivers=True,
        comment_waivers=True,
        label_waiver="meant",
        owners={"dana": "@dana"},
        deprecated=(
            DeprecatedRelation(
                relation="marts.orders",
                columns=("amount",),
                until=date(2026, 12, 31),
                because="use amount_eur",
            ),
        ),
        mention_owners=True,
        paths=("sql/**",),
        ignore=("scratch/**", "x.sql"),
        readers=ReadersConfig(off=("keys",), paths=("dags/**",), ignore=("dags/old",)),
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
        witness_seconds=20,
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
        policy=config.policy,
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
        (
            "[[policy]]\nlevel = 'note'\nbecuase = 'x'\nbecause = 'y'\n[policy.reader]\nunused = true",
            "policy[1].because",
        ),
        ("[[policy]]\nlevel = 'note'\nbecause = 'y'\n[policy.reader]\ntag = ['x']", "policy[1].reader.tags"),
    ],
)
def test_an_unknown_key_names_the_nearest(line: str, near: str) -> None:
    """A misspelt key never passes in silence; of a table the others are named as well, for the nearest may be another thing."""
    with pytest.raises(UsageError, match="not known") as caught:
        parse_config(line, "contract-gate.toml")
    hint = caught.value.hint or ""
    assert hint.startswith(f"did you mean {near}?")
    assert (" It has " in hint) == ("." in near)
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
        "policy = 'x'",
        "policy = ['x']",
        "[[policy]]\nbecause = 'x'\n[policy.reader]\nunused = true",
        "[[policy]]\nlevel = 'note'\n[policy.reader]\nunused = true",
        "[[policy]]\nlevel = 'note'\nbecause = 'x'",
        "[[policy]]\nlevel = 'off'\nbecause = 'x'\n[policy.reader]\nunused = true",
        "[[policy]]\nlevel = 'note'\nbecause = 'x'\n[policy.change]\nkinds = ['column-remove']",
        "[[policy]]\nlevel = 'note'\nbecause = 'x'\n[policy.reader]\nkinds = ['dashbord']",
        "[[policy]]\nlevel = 'note'\nbecause = 'x'\n[policy.reader]\nunused = false",
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
    example, policy, owners, deprecated, waivers = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    config = parse_config(example, "contract-gate.toml")
    assert config.secoda.integration == tomllib.loads(example)["secoda"]["integration"]
    assert config.target == TargetConfig(database="analytics", schema="marts")
    assert [rule.level for rule in parse_config(policy, "contract-gate.toml").policy] == [
        Level.ERROR,
        Level.NOTE,
    ]
    assert dict(parse_config(owners, "contract-gate.toml").owners) == tomllib.loads(owners)["owners"]
    assert [one.columns for one in parse_config(deprecated, "contract-gate.toml").deprecated] == [("amount",)]
    assert [one.by for one in parse_waivers(waivers)] == ["dana"]


def test_a_misspelt_value_of_a_rule_is_told_the_nearest() -> None:
    """A rule that would never match is no rule."""
    begin = "[[policy]]\nlevel = 'note'\nbecause = 'x'\n"
    for text, near in (
        ("[policy.change]\nkinds = ['column-remove']", "column-removed"),
        ("[policy.reader]\nkinds = ['dashbord']", "dashboard"),
    ):
        with pytest.raises(UsageError) as caught:
            parse_config(begin + text, "contract-gate.toml")
        assert caught.value.hint == f"did you mean {near}?"


def test_of_a_proposal_only_rules_that_make_errors_hold() -> None:
    """A pull request can make its own gate stricter, and no milder."""
    rule = "[[policy]]\nlevel = '{}'\nbecause = 'x'\n[policy.change]\ntags = ['{}']\n"
    text = rule.format("error", "a") + rule.format("note", "b")
    kept, left = proposal(parse_config(text, "contract-gate.toml"))
    assert [rule.change.tags for rule in kept.policy] == [("a",)]
    assert left == ("policy",)


@pytest.mark.parametrize(("path", "made"), [(CONFIG_SCHEMA, config_schema), (WAIVERS_SCHEMA, waivers_schema)])
def test_the_published_schema_is_what_the_parser_takes(
    path: Path, made: Callable[[], dict[str, object]]
) -> None:
    """Editors and the parser agree: same keys, same choices, and every key is described."""
    published = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(published)
    assert without_descriptions(published)["properties"] == made()["properties"]
    assert list(undescribed(published)) == []


def without_descriptions(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: without_descriptions(value) for key, value in schema.items() if key != "description"}
    return schema


def undescribed(schema: Any, name: str = "") -> Iterator[str]:
    for key, part in schema.get("properties", {}).items():
        inner = [part, part.get("items", {})]
        if any("properties" in one for one in inner):
            yield from (found for one in inner for found in undescribed(one, f"{name}{key}."))
        elif "description" not in part:
            yield name + key


def test_the_schema_takes_what_the_parser_takes() -> None:
    """The file that sets everything is valid; what the parser refuses for a key or a type is not."""
    validator = jsonschema.Draft7Validator(json.loads(CONFIG_SCHEMA.read_text(encoding="utf-8")))
    validator.validate(tomllib.loads(FULL))
    for text in (
        "fail_on = 'never'",
        "strict = 1",
        "[[policy]]\nlevel = 'off'\nbecause = 'x'",
        "[[policy]]\nlevel = 'note'",
    ):
        assert list(validator.iter_errors(tomllib.loads(text))), text


_NOUN = re.compile(r"""\bnoun(?:: str)? ?= ?"([a-z_ ]+)\"""")


def test_a_rule_may_name_every_kind_of_reader_that_reports_do() -> None:
    """None is taken for another one misspelt: an explore of LookML is no exposure."""
    workspace = Path(__file__).parents[2] / "contract_gate/workspace"
    texts = [path.read_text(encoding="utf-8") for path in workspace.rglob("*.py")]
    kinds = {noun for text in texts for noun in _NOUN.findall(text)} | {*RILL.values(), *GRAFANA.values()}
    assert len(kinds) > 20
    for kind in kinds | {one.noun for one in ModelKind}:
        text = f"[[policy]]\nlevel = 'note'\nbecause = 'x'\n[policy.reader]\nkinds = ['{kind}']"
        assert parse_config(text, "contract-gate.toml").policy[0].reader == ReaderPattern(kinds=(kind,))
