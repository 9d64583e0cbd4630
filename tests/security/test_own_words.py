"""What a pull request says of itself, or moves, makes nothing milder: rules, waivers and owners go by what the base has."""

import json

import pytest

from contract_gate.emulator.seed import DEMO_KEY, store_from_json
from contract_gate.emulator.server import running
from tests.e2e.project import DBT, Project
from tests.security.conftest import BASE

RENAMED = "create view s.a as select id, amount as total from s.raw;\n"
NOTE = '[[policy]]\nlevel = "note"\nbecause = "scratch"\n'


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("column-renamed", RENAMED),
        ("relation-renamed", "create view s.other as select id, amount from s.raw;\n"),
        ("relation-moved", "create view t.a as select id, amount from s.raw;\n"),
    ],
)
@pytest.mark.parametrize("is_renamed", [False, True])
def test_what_moves_to_a_waiver(plain: Project, kind: str, made: str, is_renamed: bool) -> None:
    """A comment of the base means what its file makes there, not what the change puts into the file, whatever it is called then."""
    waived = f"-- contract-gate: allow {kind} until 2999-01-31 because it is scratch\n" + "-- pad\n" * 30
    waived += "create view s.x as select id, amount from s.raw;\n"
    plain.commit({"raw.sql": "create table s.raw (id integer, amount numeric);\n", "x.sql": waived})
    moved = {"x.sql": None, "y.sql": waived + made} if is_renamed else {"x.sql": waived + made}
    ran = plain.pull_request({"a.sql": None, **moved}).check()
    assert ran.code == 1, ran


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ('[policy.change]\npaths = ["scratch/**"]\n', {"a.sql": None, "scratch/a.sql": RENAMED}),
        ('[policy.reader]\npaths = ["scratch/**"]\n', {"a.sql": RENAMED, "b.sql": None, "scratch/b.sql": BASE["b.sql"]}),
    ],
)  # fmt: skip
def test_what_moves_to_a_milder_rule(plain: Project, rule: str, change: dict[str, str | None]) -> None:
    """A rule on files goes by where the base has the model and its reader, if that is graver."""
    plain.commit({"contract-gate.toml": BASE["contract-gate.toml"] + NOTE + rule})
    ran = plain.pull_request(change).check()
    assert ran.code == 1, ran


@pytest.mark.parametrize("name", ["orders", "weekly"])
@pytest.mark.parametrize(
    ("key", "config"), [("tags", "tags=['scratch']"), ("owners", "meta={'owner': 'scratch'}")]
)
def test_what_a_model_says_of_itself(repository: Project, name: str, key: str, config: str) -> None:
    """A tag or an owner that the change adds to a model or its reader fits no rule that makes it milder."""
    whom = "change" if name == "orders" else "reader"
    rule = f'{NOTE}[policy.{whom}]\n{key} = ["scratch"]\n'
    repository.commit({**DBT, "contract-gate.toml": rule})
    head = {**DBT, "models/orders.sql": "select 1 as order_id\n"}
    path = f"models/{name}.sql"
    ran = repository.pull_request(
        {"models/orders.sql": head["models/orders.sql"], path: f"{{{{ config({config}) }}}}\n" + head[path]}
    ).check()
    assert ran.code == 1, ran


def test_another_name_of_a_reader(repository: Project) -> None:
    """A name that the change gives to a reader fits no rule that makes it milder."""
    repository.commit({**DBT, "contract-gate.toml": f'{NOTE}[policy.reader]\nnames = ["tmp_*"]\n'})
    weekly = "{{ config(alias='tmp_weekly') }}\n" + DBT["models/weekly.sql"]
    ran = repository.pull_request(
        {"models/orders.sql": "select 1 as order_id\n", "models/weekly.sql": weekly}
    ).check()
    assert ran.code == 1, ran


def test_a_rule_that_fits_at_both_sides(plain: Project) -> None:
    """What was scratch before and is scratch now is weighed as the project says."""
    rule = f'{NOTE}[policy.reader]\npaths = ["scratch/**"]\n'
    plain.commit(
        {
            "contract-gate.toml": BASE["contract-gate.toml"] + rule,
            "b.sql": None,
            "scratch/b.sql": BASE["b.sql"],
        }
    )
    ran = plain.pull_request(
        {"a.sql": RENAMED, "scratch/b.sql": None, "scratch/old/b.sql": BASE["b.sql"]}
    ).check()
    assert ran.code == 0, ran
    assert ran.report["findings"][0]["level"] == "note"


@pytest.mark.parametrize("moved", ["b.sql", "a.sql"])
def test_another_owner(plain: Project, moved: str) -> None:
    """A reader, or a changed file without known readers' owners, that moves to somebody still needs the yes of whose it was."""
    owned = "" if moved == "a.sql" else "b.sql @dana\n"
    plain.commit(
        {
            "contract-gate.toml": BASE["contract-gate.toml"] + "comment-waivers = true\n",
            "CODEOWNERS": f"a.sql @ada\n{owned}theirs/ @mallory\n",
        }
    )
    head = {"a.sql": RENAMED, "b.sql": BASE["b.sql"]}
    plain.pull_request({**{"a.sql": RENAMED}, moved: None, f"theirs/{moved}": head[moved]})
    wanted = plain.check().report["findings"][0]["fingerprint"]
    answers = plain.directory.parent / "answers.json"

    def allowed_by(login: str) -> int:
        yes = {"login": login, "fingerprint": wanted, "reason": "r", "url": "", "writes": True, "teams": []}
        answers.write_text(json.dumps({"author": "eve", "approvals": [yes]}))
        return plain.check("--approvals", str(answers)).code

    assert allowed_by("mallory") == 1
    assert allowed_by("ada" if moved == "a.sql" else "dana") == 0


SEED = {
    "workspace": "shop",
    "users": [{"email": "ada@example.com", "role": "admin", "key": DEMO_KEY}],
    "integrations": [{"name": "W", "type": "postgres", "scheduled_extractions_last_run": "2026-11-20T04:00:00Z"}],
    "databases": [{"name": "shop", "integration": "W", "schemas": [
        {"name": "marts", "tables": [{"name": "orders", "columns": ["order_id", "amount"]}]},
        {"name": "bi", "tables": [{"name": "finance", "columns": ["total"]}]},
    ]}],
    "lineage": [
        {"from": "shop.marts.orders.amount", "to": "shop.bi.finance.total"},
        {"from": "shop.marts.orders", "to": "shop.bi.finance"},
    ],
}  # fmt: skip
"""Somebody else makes `bi.finance` from the repository's `marts.orders`."""
SOURCE = "sources:\n  - name: bi\n    database: shop\n    schema: bi\n    tables: [{name: finance}]\n"
ORDERS = {"orders.sql": "create view shop.marts.orders as select order_id, amount from shop.raw.raw;\n"}


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ({}, {}),
        ({}, {"finance.sql": "create table if not exists shop.bi.finance as select 1 as total;\n"}),
        ({}, {"finance.sql": "insert into shop.bi.finance select 1 as total;\n"}),
        ({"finance.sql": "create table shop.bi.finance (total numeric);\n"}, {}),
    ],
)
def test_a_reader_of_the_catalog_that_is_declared_here(
    repository: Project, base: dict[str, str], head: dict[str, str]
) -> None:
    """A table that others fill is the catalog's to tell of, whatever the change, or a declaration alone, says of its name."""
    repository.commit({"contract-gate.toml": 'dialect = "postgres"\n', **ORDERS, **base})
    repository.pull_request({"orders.sql": ORDERS["orders.sql"].replace(", amount", ""), **head})
    with running(store_from_json(json.dumps(SEED))) as server:
        ran = repository.check(SECODA_API_KEY=DEMO_KEY, SECODA_API_URL=server.url)
    assert ran.code == 1, ran
    assert "shop.bi.finance" in ran.broken


@pytest.mark.parametrize("is_new", [True, False])
def test_a_reader_of_the_catalog_that_is_a_source_here(repository: Project, is_new: bool) -> None:
    """So is a table that a dbt project declares as a source, or that the change begins to."""
    source = {"models/sources.yml": SOURCE}
    repository.commit({**DBT, **({} if is_new else source)})
    repository.pull_request(
        {"models/orders.sql": "select 1 as order_id\n", "models/weekly.sql": None, **source}
    )
    with running(store_from_json(json.dumps(SEED))) as server:
        ran = repository.check(SECODA_API_KEY=DEMO_KEY, SECODA_API_URL=server.url)
    assert ran.code == 1, ran
    assert "shop.bi.finance" in ran.broken


BUILT = (
    "{% macro create_view_as(relation, sql) %}create view {{ relation }} as select order_id from ({{ sql }}) x{% endmacro %}",
    "{% macro postgres__create_view_as(relation, sql) %}create view {{ relation }} as select 1{% endmacro %}",
    "{% macro default__get_merge_sql(target, source, unique_key) %}select 1{% endmacro %}",
    "{% materialization view, default %}{{ return({'relations': []}) }}{% endmaterialization %}",
)


@pytest.mark.parametrize("macro", BUILT)
def test_another_way_to_build(repository: Project, macro: str) -> None:
    """A macro that stands in the place of dbt's own, and makes other relations of all queries, is told, and stops `--strict`."""
    repository.commit({**DBT, "macros/other.sql": "{% macro other() %}1{% endmacro %}"})
    ran = repository.pull_request({"macros/build.sql": macro}).check("--strict")
    assert ran.code == 3, ran
    assert [one["path"] for one in ran.report["coverage"]["not_analysed"]] == ["macros/build.sql"]
    assert repository.pull_request({"macros/build.sql": macro + "\n{# a comment #}"}).run(
        "check", "--base", "HEAD~1", "--strict"
    ).code == 0  # fmt: skip


def test_a_variable_by_a_macro(repository: Project) -> None:
    """A project's own `var` gives the variables."""
    switched = "select 1 as order_id{% if var('keep', true) %}, 2 as amount{% endif %}\n"
    repository.commit({**DBT, "models/orders.sql": switched})
    repository.pull_request({"macros/var.sql": "{% macro var(name) %}{{ return(false) }}{% endmacro %}"})
    assert repository.check().code == 1
