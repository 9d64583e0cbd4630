"""What people allow on a pull request, against GitHub's API as documented."""

import pytest

from contract_gate.edge.approvals import Approval
from contract_gate.edge.github.approving import collect
from contract_gate.edge.github.comment import CommentPlace
from contract_gate.edge.github.event import PullRequest

API = "https://api.github.test"
WHERE = CommentPlace(api_url=API, token="t0ken", repository="acme/models", number=7)
COMMENTS = f"{API}/repos/acme/models/issues/7/comments?per_page=100&page=1"
WHOLE = "2f0c" * 8
SAID = f"/contract-gate allow {WHOLE} because finance moved"
THEIRS = PullRequest(number=7, author="bo")


def comment(body, login="ada", kind="User", updated="2026-01-01T00:00:00Z"):
    return {
        "id": 1, "body": body, "html_url": f"https://github.test/c/{login}", "created_at": "2026-01-01T00:00:00Z",
        "updated_at": updated, "user": {"login": login, "type": kind},
    }  # fmt: skip


def rights(httpx_mock, login, permission="write", teams=("data",)):
    url = f"{API}/repos/acme/models/collaborators/{login}/permission"
    if permission is None:
        httpx_mock.add_response(url=url, status_code=404, json={})
    else:
        httpx_mock.add_response(url=url, json={"permission": permission, "role_name": permission})
    listed = {"data": {"organization": {"teams": {"nodes": [{"slug": team} for team in teams]}}}}
    httpx_mock.add_response(method="POST", url=f"{API}/graphql", json=listed)


def test_a_comment_comes_with_the_rights_of_its_author(httpx_mock):
    """Who, what, why, where, whether they may write, and their teams; each person is asked about once."""
    httpx_mock.add_response(
        url=COMMENTS, json=[comment(SAID), comment("LGTM"), comment(SAID.replace("2f0c", "3f0c"))]
    )
    rights(httpx_mock, "ada")
    found = collect(WHERE, THEIRS)
    assert found.author == "bo"
    assert found.given[0] == Approval(
        login="ada", reason="finance moved", url="https://github.test/c/ada", fingerprint=WHOLE, writes=True,
        teams=("@acme/data",),
    )  # fmt: skip
    assert len(found.given) == 2
    assert found.notes == ()


def test_a_stranger_has_no_rights(httpx_mock):
    """Whom GitHub does not know as one of the repository's people may not write, and reading is not writing."""
    httpx_mock.add_response(url=COMMENTS, json=[comment(SAID, "eve"), comment(SAID, "rae")])
    rights(httpx_mock, "eve", None, ())
    rights(httpx_mock, "rae", "read", ())
    assert [one.writes for one in collect(WHERE, THEIRS).given] == [False, False]


def test_edited_comments_bots_and_other_words_do_not_count(httpx_mock):
    """Others may edit a comment, a bot copies what it is told; both the edit and a command that is not understood are told."""
    httpx_mock.add_response(
        url=COMMENTS,
        json=[
            comment(SAID, "ada", updated="2026-01-02T00:00:00Z"),
            comment(SAID, "helper[bot]", "Bot"),
            comment("/contract-gate allow it all", "cy"),
        ],
    )
    found = collect(WHERE, THEIRS)
    assert found.given == ()
    edited, unclear = found.notes
    assert "@ada" in edited
    assert "edited" in edited
    assert "@cy" in unclear


def test_teams_that_can_not_be_read_are_told(httpx_mock):
    """The token of a job may not read the members of an organisation: then nobody is in a team."""
    httpx_mock.add_response(url=COMMENTS, json=[comment(SAID)])
    httpx_mock.add_response(
        url=f"{API}/repos/acme/models/collaborators/ada/permission", json={"permission": "admin"}
    )
    httpx_mock.add_response(method="POST", url=f"{API}/graphql", status_code=403, json={})
    found = collect(WHERE, THEIRS)
    assert (found.given[0].teams, found.given[0].writes) == ((), True)
    assert "members of acme" in found.notes[0]


@pytest.mark.parametrize("status", [403, 500])
def test_nothing_counts_where_github_does_not_answer(httpx_mock, status):
    """A part of what was said could be the wrong part."""
    httpx_mock.add_response(url=COMMENTS, status_code=status, json={})
    found = collect(WHERE, THEIRS)
    assert (found.given, found.author) == ((), "bo")
    assert "was not read" in found.notes[0]


def test_a_label_counts_in_the_run_that_it_starts(httpx_mock):
    """It is the sender's word, with the sender's rights."""
    httpx_mock.add_response(url=COMMENTS, json=[])
    rights(httpx_mock, "ada", "maintain", ())
    (given,) = collect(WHERE, PullRequest(number=7, author="bo", label="meant", sender="ada")).given
    assert (given.label, given.login, given.writes) == ("meant", "ada", True)


def test_a_login_is_no_path(httpx_mock):
    """What could be no login is never put into an address."""
    httpx_mock.add_response(url=COMMENTS, json=[comment(SAID, "../../orgs/acme")])
    httpx_mock.add_response(method="POST", url=f"{API}/graphql", json={"data": None})
    assert [one.writes for one in collect(WHERE, THEIRS).given] == [False]
