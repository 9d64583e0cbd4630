"""GitHub's REST API, as far as it is asked here (https://docs.github.com/en/rest): within bounds of time and size, and never at its word.

Nothing is tried twice: what is asked decides no more than what a person allowed and where the comment is, and the next run asks again.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from urllib.parse import quote

import httpx

from contract_gate.core.json_fields import parse
from contract_gate.core.values import dataclass
from contract_gate.edge.github.event import inner
from contract_gate.edge.waiting import in_time

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_WRITERS = frozenset({"admin", "maintain", "write"})
PAGE = 100
"""So many of a list are asked for at once: the most that GitHub gives."""
_MOST_PAGES = 100
_EACH = 15.0
SECONDS = 60.0
"""For all that is asked in one conversation."""
_LARGEST = 32 << 20
"""Bytes of an answer: a page of comments is at most a fifth of it."""
_MOVED = frozenset({301, 302, 303, 307, 308})
TEAMS = """
query ($org: String!, $login: String!) {
  organization(login: $org) { teams(first: 100, userLogins: [$login]) { nodes { slug } } }
}
"""
"""The one question that GitHub's REST API has no answer to for a job's token; `make judges` holds it against GitHub's schema."""


class GitHubError(Exception):
    """GitHub did not say what it was asked; the message says why. `status` is that of its answer, where there was one."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    body: bytes

    def fields(self) -> dict[str, object]:
        found = self.value()
        if not isinstance(found, dict):
            raise GitHubError("GitHub's answer was not understood: it is no object")
        return found

    def value(self) -> object:
        if self.status in _MOVED:
            raise GitHubError(f"GitHub answered {self.status}: the token is sent nowhere else", self.status)
        if not 200 <= self.status < 300:
            raise GitHubError(f"GitHub answered {self.status}", self.status)
        try:
            found: object = parse(self.body)
        except ValueError:
            raise GitHubError("GitHub's answer was not understood: it is no JSON") from None
        return found


class GitHubApi:
    """One repository, asked with one token. Whatever is asked raises GitHubError where it is not answered."""

    def __init__(self, http: httpx.Client, api_url: str, token: str, repository: str) -> None:
        """Start the clock."""
        self._http = http
        self._ends = time.monotonic() + SECONDS
        self._root = api_url.rstrip("/")
        self._repository = f"{self._root}/repos/{repository}"
        self._headers = {
            "Accept": "application/vnd.github+json",
            # What is packed could be far larger than it looks.
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    def login(self) -> str | None:
        """Give the token's user; None for an app's token (GITHUB_TOKEN is one), which may not ask."""
        asked = self._ask("GET", f"{self._root}/user")
        return None if asked.status == httpx.codes.FORBIDDEN else word(asked.fields(), "login")

    def comments(self, number: int) -> Iterator[dict[str, object]]:
        """Give the comments of an issue or a pull request, the oldest first."""
        seen: set[str] = set()
        for page in range(1, _MOST_PAGES + 1):
            query = f"per_page={PAGE}&page={page}"
            listed = self._ask("GET", f"{self._repository}/issues/{number}/comments?{query}").value()
            if not isinstance(listed, list):
                raise GitHubError("GitHub's answer was not understood: it is no list of comments")
            comments = [each for each in listed if isinstance(each, dict) and _is_of(each, number)]
            if len(comments) < len(listed):
                raise GitHubError("GitHub's answer was not understood: it lists what is no comment here")
            new = {str(each.get("id")) for each in comments} - seen
            if comments and not new:
                raise GitHubError("GitHub sent the same comments twice")
            seen |= new
            yield from comments
            if len(listed) < PAGE:
                return
        raise GitHubError(f"there are more than {_MOST_PAGES * PAGE:,} comments")

    def open_pulls(self, base: str) -> tuple[dict[str, object], ...]:
        """Give the open pull requests that go to a branch, the last updated first; a hundred, if there are more."""
        query = f"state=open&base={quote(base, safe='')}&sort=updated&direction=desc&per_page={PAGE}"
        listed = self._ask("GET", f"{self._repository}/pulls?{query}").value()
        pulls = listed if isinstance(listed, list) else [None]
        found = tuple(
            {str(key): each for key, each in pull.items()} for pull in pulls if isinstance(pull, dict)
        )
        if len(found) < len(pulls) or any(word(inner(pull, "base"), "ref") != base for pull in found):
            raise GitHubError(
                "GitHub's answer was not understood: it is no list of pull requests to that branch"
            )
        return found

    def create(self, number: int, body: str) -> dict[str, object]:
        """Write a comment."""
        return self._ask("POST", f"{self._repository}/issues/{number}/comments", {"body": body}).fields()

    def update(self, comment: int, body: str) -> dict[str, object]:
        """Write a comment anew."""
        return self._ask("PATCH", f"{self._repository}/issues/comments/{comment}", {"body": body}).fields()

    def may_write(self, login: str) -> bool:
        """Tell whether a person may write to the repository; False where GitHub knows them as none of its people."""
        if not _LOGIN.fullmatch(login):
            return False
        asked = self._ask("GET", f"{self._repository}/collaborators/{login}/permission")
        if asked.status == httpx.codes.NOT_FOUND:
            return False
        told = asked.fields()
        whose = word(inner(told, "user"), "login")
        if whose is not None and whose.casefold() != login.casefold():
            raise GitHubError(f"GitHub told the rights of somebody else than @{login}")
        # `permission` folds maintain into write, and triage into read.
        return word(told, "permission") in _WRITERS or word(told, "role_name") in _WRITERS

    def teams(self, organisation: str, login: str) -> tuple[str, ...] | None:
        """Give a person's teams as `@org/team`; None where the token may not read the organisation's members."""
        variables = {"org": organisation, "login": login}
        asked = self._ask("POST", self._graphql, {"query": TEAMS, "variables": variables})
        if asked.status in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND, httpx.codes.UNAUTHORIZED):
            return None
        listed = inner(inner(inner(asked.fields(), "data"), "organization"), "teams").get("nodes")
        if not isinstance(listed, list):
            return None
        slugs = (word(each, "slug") for each in listed if isinstance(each, dict))
        return tuple(f"@{organisation}/{slug}" for slug in slugs if slug)

    def _ask(self, method: str, url: str, body: Mapping[str, object] | None = None) -> _Answer:
        """Send once, and read the answer to its end as long as there is time and it is of a size."""
        try:
            return in_time(self._left(), lambda: self._sent(method, url, body))
        except TimeoutError:
            raise self._late() from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GitHubError(f"GitHub did not answer ({type(error).__name__})") from error
        except ValueError as error:
            raise GitHubError(f"GitHub was not asked: {type(error).__name__}") from error

    def _sent(self, method: str, url: str, body: Mapping[str, object] | None) -> _Answer:
        # Written here: half of a pair of UTF-16 in a text can be written as ASCII alone.
        content = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        waits = httpx.Timeout(min(_EACH, self._left()))
        with self._http.stream(
            method, url, content=content, headers={**self._headers, **kind}, timeout=waits
        ) as reply:
            return _Answer(status=reply.status_code, body=self._read(reply))

    def _read(self, reply: httpx.Response) -> bytes:
        if reply.headers.get("content-encoding", "identity").lower() != "identity":
            raise GitHubError("GitHub's answer was not understood: it is packed, which was not asked for")
        read = bytearray()
        for chunk in reply.iter_raw():
            read += chunk
            if len(read) > _LARGEST:
                raise GitHubError(f"GitHub's answer was longer than {_LARGEST >> 20} MB")
            self._left()
        return bytes(read)

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise self._late()
        return left

    def _late(self) -> GitHubError:
        return GitHubError(f"GitHub did not answer within the {SECONDS:g} s for all that is asked of it")

    @property
    def _graphql(self) -> str:
        """GitHub Enterprise Server has it beside its REST API: https://docs.github.com/en/enterprise-server@latest/graphql"""
        return f"{self._root.removesuffix('/v3')}/graphql"


def word(values: Mapping[str, object], key: str) -> str | None:
    """Give a text of an answer."""
    value = values.get(key)
    return value if isinstance(value, str) else None


def _is_of(comment: Mapping[object, object], number: int) -> bool:
    """Tell whether a comment is of this issue, as far as it says."""
    url = comment.get("issue_url")
    return not isinstance(url, str) or url.endswith(f"/issues/{number}")
