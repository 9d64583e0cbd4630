"""Whose the readers are: CODEOWNERS of the base, dbt, and the table of names, in every report."""

import json

from tests.e2e.project import DBT, Project

OWNED = DBT | {
    "contract-gate.toml": 'mention-owners = true\n[owners]\n"dana@example.com" = "@dana"\n',
    ".github/CODEOWNERS": "/models/ @acme/data\n",
    "models/schema.yml": (
        "models:\n  - name: weekly\n    meta: {owner: dana@example.com}\n"
        "exposures:\n  - name: board\n    type: dashboard\n    owner: {name: Vera, email: vera@example.com}\n"
        "    depends_on: [ref('weekly')]\n"
    ),
}
GONE = {"models/orders.sql": "select 1 as order_id\n"}


def test_a_reader_comes_with_its_owners(empty: Project) -> None:
    """The owner that dbt knows, with the name that the base gives them, and the team of CODEOWNERS; in JSON, on the terminal, in the comment."""
    project = empty.commit(OWNED).pull_request(GONE)
    report = project.check().report
    readers = {impact["consumer"]["name"]: impact["consumer"] for impact in report["impacts"]}
    weekly = next(one for name, one in readers.items() if name.endswith("weekly"))
    assert weekly["owners"] == ["dana@example.com", "@acme/data"]
    assert weekly["handles"] == {"dana@example.com": "@dana", "@acme/data": "@acme/data"}
    assert readers["board"]["owners"] == ["Vera <vera@example.com>", "@acme/data"]
    (change,) = (one for one in report["changes"] if one["kind"] == "column-removed")
    assert change["owners"] == ["@acme/data"]
    screen = project.run("check", "--base", "main").out
    assert "owned by dana@example.com (@dana), @acme/data" in " ".join(screen.replace("│", " ").split())
    page = project.run("check", "--base", "main", "--format", "markdown").out
    assert "**Owners of what breaks:** @dana @acme/data" in page


def test_nobody_is_called_unasked(empty: Project) -> None:
    """Without `mention-owners` at the base, and for names that the change brings, no mention is alive in the comment."""
    quiet = OWNED | {"contract-gate.toml": '[owners]\n"dana@example.com" = "@dana"\n'}
    brought = GONE | {
        "contract-gate.toml": OWNED["contract-gate.toml"],
        ".github/CODEOWNERS": "* @everyone\n",
        "models/schema.yml": OWNED["models/schema.yml"].replace("dana@example.com", "'@acme/all'"),
    }
    project = empty.commit(quiet).pull_request(brought)
    page = project.run("check", "--base", "main", "--format", "markdown").out
    assert "Owners of what breaks" not in page
    assert "@dana" not in page
    assert "@acme" not in page
    report = json.dumps(project.check().report)
    assert "@everyone" not in report


def test_a_name_has_to_be_one(empty: Project) -> None:
    """What could be no name on a host is an error with the key."""
    ran = (
        empty.commit(OWNED | {"contract-gate.toml": '[owners]\ndana = "Dana!"\n'}).pull_request(GONE).check()
    )
    assert ran.code == 2
    assert "owners.dana" in ran.err
    assert "@dana" in ran.err
