"""What blocks today is written down as waivers, one for each finding; what comes after is judged."""

import tomllib

import pytest

from tests.e2e.project import DBT, PLAIN, Project, edited

FILE = "contract-gate-waivers.toml"
DROPPED = edited(PLAIN, "warehouse/orders.sql", ",\n    cents / 100.0 as amount", "")
WORDS = ("--because", 'we "start" today', "--by", "dana", "--until", "2999-01-31", "--base", "main")


@pytest.fixture
def project(empty: Project) -> Project:
    return empty.commit(PLAIN).pull_request(DROPPED)


def test_a_baseline_lets_pass_what_it_names_and_nothing_more(project: Project) -> None:
    """Once it is in the base the change passes; another break beside it blocks."""
    assert project.check().code == 1
    ran = project.run("baseline", *WORDS)
    assert (ran.code, "wrote 1 waiver " in ran.out) == (0, True)
    text = (project.directory / FILE).read_text()
    (entry,) = tomllib.loads(text)["waiver"]
    assert (entry["reason"], entry["by"], str(entry["until"])) == ('we "start" today', "dana", "2999-01-31")
    project.git("stash", "--quiet", "--include-untracked")
    project.git("checkout", "--quiet", "main")
    project.commit({FILE: text})
    project.git("checkout", "--quiet", "change")
    project.git("rebase", "--quiet", "main")
    assert project.check().code == 0
    more = DROPPED["warehouse/orders.sql"].replace("placed as order_date", "placed as day")
    assert project.commit({"warehouse/orders.sql": more}).check().code == 1


def test_what_is_there_is_kept_and_nothing_is_written_twice(project: Project) -> None:
    """A second run finds the first one's waivers where they count, and adds to what others wrote."""
    project.commit({"contract-gate.toml": PLAIN["contract-gate.toml"]})
    old = '# ours\n[[waiver]]\nfingerprint = "abc"\nreason = "r"\nby = "b"\nuntil = 2999-01-31\n'
    (project.directory / FILE).write_text(old)
    assert project.run("baseline", *WORDS).code == 0
    text = (project.directory / FILE).read_text()
    assert text.startswith(old)
    assert len(tomllib.loads(text)["waiver"]) == 2


def test_nothing_to_waive_writes_nothing(project: Project) -> None:
    """A harmless change needs no baseline; a file that is not understood is left as it is."""
    project.commit(PLAIN)
    ran = project.run("baseline", *WORDS)
    assert (ran.code, "nothing was written" in ran.out) == (0, True)
    assert not (project.directory / FILE).exists()
    project.commit(DROPPED)
    (project.directory / FILE).write_text("[[waiver]\n")
    ran = project.run("baseline", *WORDS)
    assert (ran.code, (project.directory / FILE).read_text()) == (2, "[[waiver]\n")


def test_what_was_not_read_can_not_be_meant(empty: Project) -> None:
    """A file without an answer is counted and not waived; that dbt refuses the project for it is a finding of its own."""
    project = empty.commit(DBT).pull_request({"models/schema.yml": "models: [\n"})
    ran = project.run("baseline", *WORDS, "--warnings")
    assert ran.code == 0
    assert "not waived: 1" in ran.out
    assert (project.directory / FILE).read_text().count("[[waiver]]") == 1
