"""The comment on a pull request, against GitHub's REST API as documented."""

import json

import httpx
import pytest

from contract_gate.edge.github.comment import (
    LARGEST_COMMENT,
    Comment,
    CommentPlace,
    Posted,
    place,
    post,
    post_failure,
    shortened,
)

API = "https://api.github.test"
WHERE = CommentPlace(api_url=API, token="t0ken", repository="o/r", number=7, key="gate")
ISSUES = f"{API}/repos/o/r/issues"


def listed(page=1):
    return f"{ISSUES}/7/comments?per_page=100&page={page}"


def comment(identity, body, login="github-actions[bot]", kind="Bot"):
    return {"id": identity, "body": body, "html_url": f"u{identity}", "user": {"login": login, "type": kind}}


def test_the_first_comment_is_created(httpx_mock):
    """Where there is none of ours, one is written, with the marker in its first line and the token in its header."""
    httpx_mock.add_response(url=listed(), json=[comment(1, "hello", "ada", "User")])
    httpx_mock.add_response(method="POST", url=f"{ISSUES}/7/comments", json={"html_url": "u2"})
    assert post(WHERE, "# blocked") == Comment(posted=Posted.CREATED, url="u2")
    sent = httpx_mock.get_requests()[-1]
    assert json.loads(sent.content) == {"body": f"{WHERE.marker}\n# blocked"}
    assert sent.headers["Authorization"] == "Bearer t0ken"


def test_ours_is_found_on_a_later_page_and_updated(httpx_mock):
    """All pages are read; a marker that a person copied, and one of another gate, are left alone."""
    other = CommentPlace(api_url=API, token="t", repository="o/r", number=7, key="other").marker
    first = [comment(1, f"{WHERE.marker}\ncopied", "mallory", "User"), comment(2, f"{other}\nx")]
    httpx_mock.add_response(url=listed(), json=first + [comment(n, "x") for n in range(10, 108)])
    httpx_mock.add_response(url=listed(2), json=[comment(300, f"{WHERE.marker}\nold")])
    httpx_mock.add_response(url=f"{API}/user", status_code=403, json={})
    httpx_mock.add_response(method="PATCH", url=f"{ISSUES}/comments/300", json={"html_url": "u300"})
    assert post(WHERE, "new") == Comment(posted=Posted.UPDATED, url="u300")


def test_a_persons_token_updates_that_persons_comment(httpx_mock):
    """Where the token tells its user, the author is that one, and no bot."""
    marked = [comment(1, f"{WHERE.marker}\nx"), comment(2, f"{WHERE.marker}\nx", "ada", "User")]
    httpx_mock.add_response(url=listed(), json=marked)
    httpx_mock.add_response(url=f"{API}/user", json={"login": "ada"})
    httpx_mock.add_response(method="PATCH", url=f"{ISSUES}/comments/2", json={"html_url": "u2"})
    assert post(WHERE, "new").url == "u2"


def test_the_same_text_is_not_sent_again(httpx_mock):
    """A comment that says it already stays, whatever line ends GitHub gave it."""
    httpx_mock.add_response(url=listed(), json=[comment(1, f"{WHERE.marker}\r\nsame\r\n")])
    httpx_mock.add_response(url=f"{API}/user", status_code=403)
    assert post(WHERE, "same\n").posted is Posted.UNCHANGED


def test_where_nothing_is_to_be_said_no_comment_is_created(httpx_mock):
    """A run without findings writes no first comment."""
    httpx_mock.add_response(url=listed(), json=[])
    assert post(WHERE, "passed", needed=False).posted is Posted.NOT_NEEDED


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500, 301])
def test_a_refusal_becomes_a_note(httpx_mock, status):
    """Whatever GitHub answers, the run goes on and is told why there is no comment; the token is not in it."""
    httpx_mock.add_response(url=listed(), status_code=status, json={})
    refused = post(WHERE, "x")
    assert refused.posted is Posted.REFUSED
    assert str(status) in refused.note
    assert "t0ken" not in refused.note


def test_a_fork_may_read_but_not_write(httpx_mock):
    """A read-only token finds no comment of ours, is refused to write, and the note says what it needs."""
    httpx_mock.add_response(url=listed(), json=[])
    httpx_mock.add_response(method="POST", url=f"{ISSUES}/7/comments", status_code=403, json={})
    assert "pull-requests: write" in post(WHERE, "x").note


@pytest.mark.parametrize("answer", ["<html>", "{}", "[3]"])
def test_an_answer_that_is_none_becomes_a_note(httpx_mock, answer):
    """A proxy's page or another shape is told as not understood."""
    httpx_mock.add_response(url=listed(), text=answer)
    assert "not understood" in post(WHERE, "x").note


def test_no_network_becomes_a_note(httpx_mock):
    """A time-out is told by its name."""
    httpx_mock.add_exception(httpx.ConnectTimeout("no"))
    assert "ConnectTimeout" in post(WHERE, "x").note


def test_a_long_comment_is_cut_and_says_so_first():
    """The marker stays in front, the note comes before the text, and the limit holds."""
    body = shortened(f"{WHERE.marker}\n" + "| row | x |\n" * 10_000, WHERE.marker)
    assert len(body) <= LARGEST_COMMENT
    assert body.startswith(f"{WHERE.marker}\n> Shortened")
    assert body.endswith("| row | x |")
    assert len(shortened("x" * 200_000, WHERE.marker)) <= LARGEST_COMMENT


def test_where_to_comment_is_found_in_the_environment():
    """Without a token, a number or a sane repository it is said why not."""
    outer = {"GITHUB_TOKEN": "t", "GITHUB_API_URL": "https://ghe.test/api/v3", "GITHUB_WORKFLOW": "w"}
    found = place(outer, "o/r", 7)
    assert isinstance(found, CommentPlace)
    assert found.api_url == "https://ghe.test/api/v3"
    assert found.marker != place({**outer, "GITHUB_WORKFLOW": "v"}, "o/r", 7).marker
    assert place({}, "o/r", 7) == "there is no GITHUB_TOKEN"
    for repository, number in (("o/r", None), ("o/../x", 7), (None, 7)):
        assert place(outer, repository, number) == "this run belongs to no pull request"


def test_a_run_without_a_verdict_keeps_the_last_one(httpx_mock):
    """The comment is never emptied: it says what failed, and the verdict before is below."""
    httpx_mock.add_response(url=listed(), json=[comment(1, f"{WHERE.marker}\r\n### blocked\r\n")])
    httpx_mock.add_response(url=f"{API}/user", status_code=403)
    httpx_mock.add_response(method="PATCH", url=f"{ISSUES}/comments/1", json={"html_url": "u1"})
    assert post_failure(WHERE, "`git failed`").posted is Posted.UPDATED
    body = json.loads(httpx_mock.get_requests()[-1].content)["body"]
    assert body.index(WHERE.marker) < body.index("git failed") < body.index("### blocked")


def test_a_first_run_without_a_verdict_is_told(httpx_mock):
    """Where there is no comment yet, one says what failed."""
    httpx_mock.add_response(url=listed(), json=[])
    httpx_mock.add_response(method="POST", url=f"{ISSUES}/7/comments", json={"html_url": "u2"})
    assert post_failure(WHERE, "`git failed`").posted is Posted.CREATED
