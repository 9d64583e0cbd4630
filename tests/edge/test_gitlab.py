"""The note on a merge request, against GitLab's REST API as documented."""

import json
from typing import Any

import httpx
import pytest

from contract_gate.core.errors import UsageError
from contract_gate.edge import gitlab
from contract_gate.edge.gitlab import LARGEST, MARKER, harmless, publish
from tests.host import answering, endless

API = "https://gitlab.test/api/v4"
NOTES = f"{API}/projects/42/merge_requests/7/notes"
GIVEN = {"CI_API_V4_URL": API, "CI_PROJECT_ID": "42", "CI_MERGE_REQUEST_IID": "7", "GITLAB_TOKEN": "t0ken"}


def listed(page: int = 1) -> str:
    return f"{NOTES}?sort=asc&order_by=created_at&per_page=100&page={page}"


def note(identity: int, body: str, author: int = 1) -> dict[str, Any]:
    return {"id": identity, "body": body, "author": {"id": author, "username": "gate"}, "system": False}


def test_the_first_run_writes_a_note(httpx_mock: Any) -> None:
    """It has our marker, and the token goes in the header that GitLab documents."""
    httpx_mock.add_response(url=listed(), json=[note(1, "hello", 2)])
    httpx_mock.add_response(method="POST", url=NOTES, status_code=201, json={"id": 9})
    assert publish("# blocked", GIVEN) == "wrote a note"
    sent = httpx_mock.get_requests()[-1]
    assert json.loads(sent.content) == {"body": f"{MARKER}\n# blocked"}
    assert sent.headers["PRIVATE-TOKEN"] == "t0ken"


def test_the_second_run_writes_ours_anew_wherever_it_stands(httpx_mock: Any) -> None:
    """A copy of the marker by somebody else is left alone; all pages are read."""
    copied = note(1, f"{MARKER}\ncopied", 2)
    httpx_mock.add_response(url=listed(), json=[copied, *(note(n, "x", 3) for n in range(10, 109))])
    httpx_mock.add_response(url=listed(2), json=[note(300, f"{MARKER}\nold")])
    httpx_mock.add_response(url=f"{API}/user", json={"id": 1})
    httpx_mock.add_response(method="PUT", url=f"{NOTES}/300", json={"id": 300})
    assert publish("new", GIVEN) == "wrote the note anew"


def test_a_note_that_says_the_same_is_left(httpx_mock: Any) -> None:
    """Nobody is told twice."""
    httpx_mock.add_response(url=listed(), json=[note(3, f"{MARKER}\nsame")])
    httpx_mock.add_response(url=f"{API}/user", json={"id": 1})
    assert publish("same", GIVEN) == "the note says the same already"


@pytest.mark.parametrize(
    ("status", "why"), [(401, "does not know the token"), (403, "the scope `api`"), (500, "answered 500")]
)
def test_what_gitlab_refuses_is_said_without_the_token(httpx_mock: Any, status: int, why: str) -> None:
    """The verdict is the check's: a note that can't be written is a sentence."""
    httpx_mock.add_response(url=listed(), status_code=status, json={"message": "no"})
    said = publish("page", GIVEN)
    assert said.startswith("no note was written: ")
    assert why in said
    assert "t0ken" not in said


def test_without_a_token_nothing_is_asked() -> None:
    """The sentence says why the job's own token does not do."""
    assert "a job's own token may not write notes" in publish("page", {**GIVEN, "GITLAB_TOKEN": ""})


def test_outside_of_a_merge_request_it_is_a_usage_error() -> None:
    """A branch pipeline has no merge request to write to."""
    with pytest.raises(UsageError, match="no pipeline of a merge request"):
        publish("page", {**GIVEN, "CI_MERGE_REQUEST_IID": ""})


def test_no_line_is_an_order_to_gitlab() -> None:
    """GitLab carries out `/merge` at the start of a line with the rights of whose token it is."""
    assert harmless("/merge\n  /approve\na /b") == "\u200b/merge\n  \u200b/approve\na /b"


def test_a_page_that_is_too_long_is_cut_and_says_so() -> None:
    """GitLab would refuse it."""
    text = harmless("line\n" * LARGEST)
    assert len(text) <= LARGEST + 100
    assert text.endswith("the page was too long.")


@pytest.mark.parametrize(
    ("answer", "why"), [({}, "its answer is no list of notes"), ([note(1, "x")] * 100, "more than 100 notes")]
)
def test_an_answer_that_is_not_understood(
    httpx_mock: Any, monkeypatch: pytest.MonkeyPatch, answer: object, why: str
) -> None:
    """What is no list, or has no end, leads to no second note beside ours."""
    monkeypatch.setattr("contract_gate.edge.gitlab._MOST_PAGES", 1)
    httpx_mock.add_response(url=listed(), json=answer)
    said = publish("page", GIVEN)
    assert said.startswith("no note was written: GitLab was not understood")
    assert why in said


def test_a_gitlab_that_does_not_answer(httpx_mock: Any) -> None:
    """A host that can't be reached is a sentence, too."""
    httpx_mock.add_exception(httpx.ConnectError("refused"))
    assert publish("page", GIVEN) == "no note was written: GitLab did not answer (ConnectError)"


def test_notes_of_another_shape_are_passed_over(httpx_mock: Any) -> None:
    """A note without an author, or with another kind of id, is not ours, and hides none."""
    odd = [1, {"id": "x", "author": {"id": 1}}, {"id": 2, "author": None}]
    httpx_mock.add_response(url=listed(), json=[*odd, note(3, f"{MARKER}\nsame")])
    httpx_mock.add_response(url=f"{API}/user", json={"id": 1})
    assert publish("same", GIVEN) == "the note says the same already"


def test_headers_that_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked ends in time, however little by little a host answers."""
    monkeypatch.setattr(gitlab, "ALL_SECONDS", 0.5)
    with answering(lambda method, path: endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")) as host:
        said = publish("page", {**GIVEN, "CI_API_V4_URL": host.url})
    assert said == "no note was written: GitLab did not answer within 0.5 s"
