"""Which open pull requests are judged together with one, against GitHub's API as documented."""

import pytest

from contract_gate.edge.github.beside import MOST, OpenPulls, open_pulls
from contract_gate.edge.github.comment import CommentPlace
from contract_gate.edge.github.event import PullRequest

API = "https://api.github.test"
WHERE = CommentPlace(api_url=API, token="t0ken", repository="acme/models", number=7)
THEIRS = PullRequest(number=7, base_ref="release/1 x")
LISTED = (
    f"{API}/repos/acme/models/pulls?state=open&base=release%2F1%20x&sort=updated&direction=desc&per_page=100"
)


def pull(number, draft=False, base="release/1 x"):
    return {"number": number, "draft": draft, "base": {"ref": base}}


def test_the_others_to_the_same_branch(httpx_mock):
    """Not the one that is judged, and no drafts, which is told."""
    httpx_mock.add_response(url=LISTED, json=[pull(9), pull(7), pull(8, draft=True), pull(3)])
    assert open_pulls(WHERE, THEIRS) == OpenPulls(
        refs=("refs/pull/9/head", "refs/pull/3/head"), notes=("not judged together with this one: 1 draft",)
    )


@pytest.mark.parametrize(("count", "many"), [(MOST + 1, f"{MOST + 1}"), (100, "100 or more")])
def test_too_many_are_cut_and_told(httpx_mock, count, many):
    """The last updated ones are taken; how many there are is said."""
    httpx_mock.add_response(url=LISTED, json=[pull(number) for number in range(100, 100 + count)])
    found = open_pulls(WHERE, THEIRS)
    assert found.refs == tuple(f"refs/pull/{number}/head" for number in range(100, 100 + MOST))
    assert found.notes == (
        f"of {many} open pull requests the {MOST} last updated ones are judged together with this one",
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 403, "json": {}},
        {"json": {"message": "x"}},
        {"json": ["x"]},
        {"json": [pull(9, base="main")]},
        {"content": b"<html>"},
    ],
)
def test_what_can_not_be_had_is_told(httpx_mock, answer):
    """A refusal, another shape, other branches' pull requests: none is taken, and why is said."""
    httpx_mock.add_response(url=LISTED, **answer)
    found = open_pulls(WHERE, THEIRS)
    assert found.refs == ()
    (note,) = found.notes
    assert note.startswith("open pull requests are not judged together with this one: GitHub")


def test_an_event_without_a_base():
    """GitHub is not asked for the pull requests to nowhere."""
    assert "names no base" in open_pulls(WHERE, PullRequest(number=7)).notes[0]
