"""Keeps one note on a GitLab merge request up to date: https://docs.gitlab.com/api/notes/#merge-requests.

A job's own token (CI_JOB_TOKEN) may not write notes (https://docs.gitlab.com/ci/jobs/ci_job_token/), so that this takes one of the project
with the scope `api`, in GITLAB_TOKEN. It goes to the address that the runner names and nowhere else.
"""

import re
from collections.abc import Iterator, Mapping

import httpx

from contract_gate.core.errors import UsageError
from contract_gate.core.values import dataclass
from contract_gate.edge.github.record import following
from contract_gate.edge.waiting import in_time

MARKER = "<!-- contract-gate-note -->"
LARGEST = 900_000
"""GitLab refuses a note of more than a million characters."""
SECONDS = 20
ALL_SECONDS = 60
"""For all that is asked."""
_MOST_PAGES = 50
_PER_PAGE = 100
_ACTION = re.compile(r"^(\s*)/(?=\w)", re.MULTILINE)
"""A line that begins so is an order to GitLab, which it carries out with the rights of the token: `/merge`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    id: int
    body: str
    author: int


def publish(page: str, environment: Mapping[str, str], *, client: httpx.Client | None = None) -> str:
    """Write our note, or write it anew, and say what was done. UsageError outside of a merge request's pipeline."""
    names = ("CI_API_V4_URL", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID")
    api, project, number = (environment.get(name, "") for name in names)
    if not (api and project.isdecimal() and number.isdecimal()):
        raise UsageError(
            "nothing was published: this is no pipeline of a merge request",
            f"GitLab tells {', '.join(names)} in one",
        )
    token = environment.get("GITLAB_TOKEN", "")
    if not token:
        return "no note was written: GITLAB_TOKEN is not set, and a job's own token may not write notes; code quality and the page need none"
    try:
        with client or httpx.Client(timeout=SECONDS) as http:
            place = f"/projects/{project}/merge_requests/{number}/notes"
            notes = _Notes(http, api.rstrip("/"), place, token)
            return in_time(ALL_SECONDS, lambda: notes.write(page))
    except TimeoutError:
        return f"no note was written: GitLab did not answer within {ALL_SECONDS} s"
    except (httpx.HTTPError, ValueError) as error:
        return f"no note was written: {_explained(error)}"


class _Notes:
    def __init__(self, http: httpx.Client, api: str, notes: str, token: str) -> None:
        self._http, self._api, self._notes = http, api, f"{api}{notes}"
        self._headers = {"PRIVATE-TOKEN": token}

    def write(self, page: str) -> str:
        ours = self._ours()
        body = harmless(f"{MARKER}\n{following(page, ours.body if ours else None)}")
        if ours is None:
            self._ask("POST", self._notes, body)
            return "wrote a note"
        if ours.body.strip() == body.strip():
            return "the note says the same already"
        self._ask("PUT", f"{self._notes}/{ours.id}", body)
        return "wrote the note anew"

    def _ours(self) -> _Note | None:
        """Find our note among all: anyone can copy the marker."""
        marked = [note for note in self._each() if note.body.startswith(MARKER)]
        if not marked:
            return None
        us = self._ask("GET", f"{self._api}/user")
        return next((note for note in marked if isinstance(us, dict) and note.author == us.get("id")), None)

    def _each(self) -> Iterator[_Note]:
        for page in range(1, _MOST_PAGES + 1):
            listed = self._ask(
                "GET", f"{self._notes}?sort=asc&order_by=created_at&per_page={_PER_PAGE}&page={page}"
            )
            if not isinstance(listed, list):
                raise ValueError("its answer is no list of notes")
            for one in listed:
                author = one.get("author") if isinstance(one, dict) else None
                if (
                    isinstance(author, dict)
                    and isinstance(one.get("id"), int)
                    and isinstance(author.get("id"), int)
                ):
                    yield _Note(id=one["id"], body=str(one.get("body") or ""), author=author["id"])
            if len(listed) < _PER_PAGE:
                return
        raise ValueError(f"there are more than {_MOST_PAGES * _PER_PAGE} notes")

    def _ask(self, method: str, url: str, body: str | None = None) -> object:
        reply = self._http.request(
            method, url, headers=self._headers, json=None if body is None else {"body": body}
        )
        reply.raise_for_status()
        answer: object = reply.json()
        return answer


def harmless(page: str) -> str:
    """Let no line be an order to GitLab, and cut what it would refuse."""
    plain = _ACTION.sub("\\1\u200b/", page)
    return (
        plain
        if len(plain) <= LARGEST
        else f"{plain[:LARGEST].rpartition(chr(10))[0]}\n\n**Cut:** the page was too long."
    )


def _explained(error: httpx.HTTPError | ValueError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        hint = {
            401: "it does not know the token",
            403: "the token may not write notes: it takes the scope `api`",
            404: "the token does not see the merge request",
        }
        status = error.response.status_code
        return f"GitLab answered {status}" + (f", {hint[status]}" if status in hint else "")
    return (
        f"GitLab did not answer ({type(error).__name__})"
        if isinstance(error, httpx.HTTPError)
        else f"GitLab was not understood: {error}"
    )
