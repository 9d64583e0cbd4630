"""A yes on the pull request: from owners of what breaks, never from its author, and only where the base lets it count."""

import json

import pytest

from tests.e2e.project import PLAIN, Project, Ran, edited

BASE = PLAIN | {
    "contract-gate.toml": 'dialect = "postgres"\ncomment-waivers = true\nlabel-waiver = "meant"\n',
    "CODEOWNERS": "/warehouse/orders.sql @maker\n/warehouse/weekly.sql @reader @acme/finance\n",
}
DROPPED = edited(PLAIN, "warehouse/orders.sql", ",\n    cents / 100.0 as amount", "")
RENAMED_DATE = edited(PLAIN, "warehouse/orders.sql", "as order_date", "as day")


def said(project: Project, *approvals: dict[str, object], author: str | None = "bo") -> Ran:
    """Check with what people said; it lies outside of the repository, as the job leaves it."""
    file = project.directory.parent / "approvals.json"
    file.write_text(
        json.dumps({"author": author, "approvals": [{"reason": "we moved", **one} for one in approvals]})
    )
    return project.check("--approvals", str(file))


@pytest.fixture
def project(empty: Project) -> Project:
    return empty.commit(BASE).pull_request(DROPPED)


@pytest.fixture
def fingerprint(project: Project) -> str:
    ran = project.check()
    assert ran.code == 1
    (finding,) = (one for one in ran.report["findings"] if one["level"] == "error")
    return str(finding["fingerprint"])


def test_an_owner_of_what_breaks_allows_it(project: Project, fingerprint: str) -> None:
    """The finding is waived with who, why and where, and the check passes."""
    ran = said(project, {"login": "Reader", "fingerprint": fingerprint, "url": "https://x.example/1"})
    assert ran.code == 0, ran.out
    (finding,) = (one for one in ran.report["findings"] if one["level"] == "error")
    assert finding["waiver"] == "@Reader: we moved (https://x.example/1)"


def test_a_team_is_an_owner(project: Project, fingerprint: str) -> None:
    """By what the host says of the person's teams."""
    assert said(project, {"login": "x", "teams": ["@acme/finance"], "fingerprint": fingerprint}).code == 0
    assert said(project, {"login": "x", "teams": ["@acme/data"], "fingerprint": fingerprint}).code == 1


@pytest.mark.parametrize(
    ("approval", "author", "told"),
    [
        ({"login": "reader"}, "Reader", "own pull request"),
        ({"login": "reader"}, None, "whose pull request"),
        ({"login": "maker", "writes": True}, "bo", "weekly belongs to @acme/finance, @reader"),
        ({"login": "stranger", "writes": True}, "bo", "weekly belongs to"),
        ({"login": "reader", "fingerprint": "f" * 32}, "bo", "no finding of this change"),
    ],
)
def test_nobody_else_allows_it(
    project: Project, fingerprint: str, approval: dict[str, object], author: str | None, told: str
) -> None:
    """Neither the author, though an owner, nor the owner of the changed file, nor anyone for something else; and that is said."""
    ran = said(project, {"fingerprint": fingerprint, **approval}, author=author)
    assert ran.code == 1
    assert told in "\n".join(ran.report["coverage"]["notes"])


def test_a_part_of_a_fingerprint_allows_nothing(project: Project, fingerprint: str) -> None:
    """A change can be written to fit eight digits."""
    ran = said(project, {"login": "reader", "fingerprint": fingerprint[:16]})
    assert ran.code == 1
    assert "32 digits" in "\n".join(ran.report["coverage"]["notes"])


def test_a_label_allows_all_that_its_setter_may(project: Project, fingerprint: str) -> None:
    """Of the name that the base gives, in the run that it started."""
    assert said(project, {"login": "reader", "label": "meant"}).code == 0
    assert said(project, {"login": "reader", "label": "other"}).code == 1
    assert said(project, {"login": "maker", "label": "meant"}).code == 1


def test_each_broken_reader_needs_an_owner(empty: Project) -> None:
    """Two readers of two owners need both; one who has no owner is the changed file's owner's to decide."""
    base = BASE | {"CODEOWNERS": "/warehouse/orders.sql @maker\n/warehouse/weekly.sql @reader\n"}
    project = empty.commit(base).pull_request(RENAMED_DATE)
    (finding,) = (one for one in project.check().report["findings"] if one["level"] == "error")
    assert len(finding["consumers"]) == 2
    reader = {"login": "reader", "fingerprint": finding["fingerprint"]}
    maker = {"login": "maker", "fingerprint": finding["fingerprint"], "writes": True}
    assert said(project, reader).code == 1
    assert said(project, maker).code == 1
    assert said(project, reader, maker | {"writes": False}).code == 1
    assert said(project, reader, maker).code == 0


def test_the_base_has_to_let_it_count(empty: Project) -> None:
    """Without its word no comment counts, and the change can't switch it on."""
    project = empty.commit(BASE | {"contract-gate.toml": 'dialect = "postgres"\n'})
    project.pull_request(DROPPED | {"contract-gate.toml": BASE["contract-gate.toml"]})
    (finding,) = (one for one in project.check().report["findings"] if one["level"] == "error")
    ran = said(project, {"login": "reader", "fingerprint": finding["fingerprint"]})
    assert ran.code == 1
    assert "comment-waivers" in "\n".join(ran.report["coverage"]["notes"])


def test_the_change_brings_no_answers_along(project: Project, fingerprint: str) -> None:
    """A file of approvals that is in git is refused: anybody's change can write one."""
    text = json.dumps(
        {"author": "x", "approvals": [{"login": "reader", "reason": "r", "fingerprint": fingerprint}]}
    )
    project.commit({"approvals.json": text})
    ran = project.check("--approvals", "approvals.json")
    assert ran.code == 2
    assert "is in git" in ran.err


def test_the_comment_says_how(project: Project, fingerprint: str) -> None:
    """The page of a blocked change has the whole command to copy, where comments count."""
    page = project.run("check", "--base", "main", "--format", "markdown").out
    assert f"\n/contract-gate allow {fingerprint} because …\n" in page
