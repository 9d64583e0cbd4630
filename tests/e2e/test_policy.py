"""The project's own rules, read from the base, over owners and tags of every kind of project."""

import pytest

from tests.e2e.project import DBT, PLAIN, Project, edited

RULE = '[[policy]]\nlevel = "{level}"\nbecause = "we say so"\n[policy.{of}]\n{condition}\n'
DROPPED = edited(PLAIN, "warehouse/orders.sql", ",\n    cents / 100.0 as amount", "")


def rule(level: str, of: str, condition: str) -> str:
    return RULE.format(level=level, of=of, condition=condition)


def test_a_rule_of_the_base_decides_and_is_told(empty: Project) -> None:
    """A broken reader that the base calls a note passes, and the report says which rule did it."""
    config = PLAIN["contract-gate.toml"] + rule("note", "reader", 'names = ["marts.weekly"]')
    ran = empty.commit({**PLAIN, "contract-gate.toml": config}).pull_request(DROPPED).check()
    assert ran.code == 0
    (finding,) = ran.report["findings"]
    assert (finding["level"], finding["level_without"]) == ("note", "error")
    assert finding["policy"] == [{"level": "note", "because": "we say so"}]
    assert "by the policy (we say so) 1 finding is note, not error" in ran.report["coverage"]["notes"]


def test_a_change_can_not_loosen_its_own_policy(empty: Project) -> None:
    """The pull request's rules do not count, where the base has a configuration and where it has none."""
    own = PLAIN["contract-gate.toml"] + rule("note", "reader", 'kinds = ["model"]')
    assert empty.commit(PLAIN).pull_request({**DROPPED, "contract-gate.toml": own}).check().code == 1
    empty.git("checkout", "--quiet", "main")
    empty.commit({"contract-gate.toml": None})
    ran = empty.pull_request({**DROPPED, "contract-gate.toml": own}).check()
    assert ran.code == 1
    assert any("until it is merged policy is not used" in note for note in ran.report["coverage"]["notes"])


DATAFORM = {
    "workflow_settings.yaml": "defaultProject: shop\ndefaultDataset: marts\ndataformCoreVersion: 3.0.0\n",
    "definitions/orders.sqlx": 'config { type: "table", tags: ["finance"] }\nselect 1 as order_id, 2 as amount\n',
    "definitions/weekly.sqlx": 'config { type: "table" }\nselect sum(amount) as revenue from ${ref("orders")}\n',
}
SQLMESH = {
    "config.yaml": "model_defaults:\n  dialect: duckdb\n",
    "models/orders.sql": "MODEL (name marts.orders, tags (finance, x), owner ada);\nselect 1 as order_id, 2 as amount\n",
    "models/weekly.sql": "MODEL (name marts.weekly);\nselect order_id from marts.orders\n",
}
DBT_TAGGED = {
    **DBT,
    "models/orders.sql": "{{ config(tags=['finance']) }}\nselect 1 as order_id, 2 as amount\n",
}


@pytest.mark.parametrize(
    ("files", "model", "old", "new"),
    [
        (DBT_TAGGED, "models/orders.sql", "{{ config(tags=['finance']) }}\nselect 1", "select 7"),
        (DATAFORM, "definitions/orders.sqlx", ', tags: ["finance"] }\nselect 1', " }\nselect 7"),
        (SQLMESH, "models/orders.sql", ", tags (finance, x), owner ada);\nselect 1", ");\nselect 7"),
    ],
    ids=["dbt", "dataform", "sqlmesh"],
)
def test_a_tag_of_the_changed_model_counts_also_when_the_change_drops_it(
    empty: Project, files: dict[str, str], model: str, old: str, new: str
) -> None:
    """Only the values change, which passes; of what the base tags finance it is an error."""
    change = edited(files, model, old, new)
    assert empty.commit(files).pull_request(change).check().code == 0
    empty.git("checkout", "--quiet", "main")
    empty.commit({"contract-gate.toml": rule("error", "change", 'tags = ["finance"]')})
    ran = empty.pull_request(change).check()
    assert ran.code == 1, ran
    assert "finance" in ran.report["changes"][0]["tags"]


def test_tags_and_owners_of_an_exposure_are_a_readers(empty: Project) -> None:
    """A rule names readers by what the project itself says of them."""
    exposure = (
        "exposures:\n  - name: board\n    type: dashboard\n    owner: {email: cfo@example.com}\n"
        "    config: {tags: [finance]}\n    depends_on: [ref('orders')]\n"
    )
    files = {**DBT, "models/exposures.yml": exposure}
    change = edited(files, "models/orders.sql", "select 1", "select 7")
    for condition in ('tags = ["finance"]', 'owners = ["cfo@*"]'):
        config = {"contract-gate.toml": rule("error", "reader", condition)}
        assert empty.commit({**files, **config}).pull_request(change).check().code == 1, condition
        empty.git("checkout", "--quiet", "main")


@pytest.fixture
def history(empty: Project) -> Project:
    """Four commits of main: a start, a harmless edit, a page that is no model, and a column that a reader loses."""
    harmless = edited(PLAIN, "warehouse/dates.sql", "select distinct", "select distinct /* once */")
    return empty.commit(PLAIN).commit(harmless).commit({"README.md": "words\n"}).commit(DROPPED)


def test_a_policy_is_tried_on_what_was_merged(history: Project) -> None:
    """Each commit that touches models gets both verdicts; a rule that moves one is told, and so is one that matches nothing."""
    own = rule("note", "reader", 'names = ["marts.weekly"]') + rule("error", "change", 'tags = ["x"]')
    history.write({"contract-gate.toml": PLAIN["contract-gate.toml"] + own})
    ran = history.run("policy", "test", "--format", "json")
    assert ran.code == 0, ran
    told = ran.report
    assert [(one["verdict"], one["verdict_tried"]) for one in told["commits"]] == [
        ("blocked", "passed"),
        ("passed", "passed"),
    ]
    assert all(one["seconds"] > 0 and one["problem"] is None for one in told["commits"])
    assert [(one["findings"], one["moved"]) for one in told["rules"]] == [(1, 1), (0, 0)]
    shown = history.run("policy", "test")
    assert "2 of the last 3 commits of refs/heads/main touch what may be a model" in shown.out
    assert "blocked -> passed" in shown.out
    assert "error -> note" in shown.out
    assert "rule error (we say so): matched nothing" in shown.out


def test_the_last_commits_are_as_many_as_asked_for(history: Project) -> None:
    """The newest come first, those without a model are not counted, and another branch may be named."""
    ran = history.run("policy", "test", "--last", "1", "--branch", "main", "--format", "json")
    assert [one["sha"] for one in ran.report["commits"]] == [history.git("rev-parse", "main").strip()]
    ran = history.run("policy", "test", "--branch", "main~3")
    assert ran.code == 0
    assert "nothing was tried" in ran.out


def test_a_commit_that_can_not_be_judged_is_told(history: Project) -> None:
    """One commit without a verdict stops no other, and the exit code is 3."""
    history.commit({"contract-gate.toml": PLAIN["contract-gate.toml"] + 'snapshot = "catalog.json"\n'})
    ran = history.run("policy", "test", "--format", "json")
    assert ran.code == 3
    assert all("catalog.json" in one["problem"] for one in ran.report["commits"])


def test_what_is_tried_has_to_be_understood(history: Project) -> None:
    """A file that is misspelt or not there ends with 2 before anything is judged."""
    history.write({"try.toml": "fail_on = 'never'\n"})
    assert history.run("policy", "test", "--config", "try.toml").code == 2
    assert history.run("policy", "test", "--config", "gone.toml").code == 2
    assert history.run("policy", "test", "--branch", "gone").code == 3
