"""A template that loops holds no command longer than `time-limit`, and what there was no time for is no answer."""

import pytest

from tests.e2e.project import DBT, Project

LOOP = "select {% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %} 1 as order_id\n"
CONTRACT = (
    "apiVersion: v3.0.2\nkind: DataContract\nid: x\nversion: 1.0.0\n"
    "schema:\n  - name: weekly\n    physicalName: shop.marts.weekly\n    properties: [{name: revenue, logicalType: number}]\n"
)
FILES = DBT | {
    "contract-gate.toml": "time-limit = 2\n",
    "weekly.odcs.yaml": CONTRACT,
    **{f"models/loop{number}.sql": LOOP for number in range(3)},
}


@pytest.mark.parametrize(
    ("command", "undone"),
    [
        ("downstream shop.marts.orders --offline", "nobody was asked"),
        ("catalog upstream shop.marts.weekly --offline", "nobody was asked"),
        ("witness models/loop0.sql --base main --seconds 1", "no witness was looked for"),
        ("sync --before main --dry-run", "nothing was synced"),
    ],
)
def test_every_command_ends(repository: Project, command: str, undone: str) -> None:
    """Exit code 3, with what did not happen and the way out; nothing is written to the catalog."""
    repository.commit(FILES).pull_request({f"models/loop{number}.sql": LOOP + "--" for number in range(3)})
    key = {"SECODA_API_KEY": "x", "SECODA_API_URL": "http://127.0.0.1:9"} if "sync" in command else {}
    ran = repository.run(*command.split(" "), **key)
    assert ran.code == 3, ran
    seconds = 4 if "witness" in command else 2
    assert f"error: {undone}: the {seconds} seconds for the whole run were over" in ran.err
    assert "time-limit" in ran.err


def test_a_lineage_that_there_was_no_time_for(repository: Project) -> None:
    """It is a problem of that file, as what can't be read is."""
    ran = repository.commit(FILES).run("lineage", "models/loop0.sql")
    assert "line 1: the 2 seconds for the whole run were over" in ran.out


def test_what_a_check_had_no_time_for(repository: Project) -> None:
    """It is undecided, and names what was not analysed."""
    repository.commit(FILES).pull_request({"models/loop0.sql": LOOP + "--"})
    ran = repository.check()
    assert ran.code == 3
    assert any(
        "2 seconds for the whole run" in one["reason"] for one in ran.report["coverage"]["not_analysed"]
    )
