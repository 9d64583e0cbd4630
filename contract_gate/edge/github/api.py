"""GitHub's REST API, as far as it is asked here (https://docs.github.com/en/rest). Errors are httpx's, and ValueError for odd answers."""

import re
from collections.abc import Iterator, Mapping

import httpx

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_WRITERS = frozenset({"admin", "maintain", "write"})
_PER_PAGE = 100
_MOST_PAGES = 100
_TEAMS = """
query ($org: String!, $login: String!) {
  organization(login: $org) { teams(first: 100, userLogins: [$login]) { nodes { slug } } }
}
"""


class GitHubApi:
    """One repository, asked with one token."""

    def __init__(self, http: httpx.Client, api_url: str, token: str, repository: str) -> None:
        self._http = http
        self._root = api_url.rstrip("/")
        self._repository = f"{self._root}/repos/{repository}"
        self._headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    def login(self) -> str | None:
        """Give the token's user; None for an app's token (GITHUB_TOKEN is one), which may not ask."""
        response = self._http.get(f"{self._root}/user", headers=self._headers)
        if response.status_code == httpx.codes.FORBIDDEN:
            return None
        return word(_fields(response), "login")

    def comments(self, number: int) -> Iterator[dict[str, object]]:
        """Give the comments of an issue or a pull request, the oldest first."""
        for page in range(1, _MOST_PAGES + 1):
            query: dict[str, str | int] = {"per_page": _PER_PAGE, "page": page}
            response = self._http.get(
                f"{self._repository}/issues/{number}/comments", params=query, headers=self._headers
            )
            response.raise_for_status()
            listed: object = response.json()
            if not isinstance(listed, list):
                raise ValueError("not a list of comments")
            yield from (each for each in listed if isinstance(each, dict))
            if len(listed) < _PER_PAGE:
                return

    def create(self, number: int, body: str) -> dict[str, object]:
        """Write a comment."""
        sent = self._http.post(
            f"{self._repository}/issues/{number}/comments", json={"body": body}, headers=self._headers
        )
        return _fields(sent)

    def update(self, comment: int, body: str) -> dict[str, object]:
        """Write a comment anew."""
        sent = self._http.patch(
            f"{self._repository}/issues/comments/{comment}", json={"body": body}, headers=self._headers
        )
        return _fields(sent)

    def may_write(self, login: str) -> bool:
        """Tell whether a person may write to the repository; False where GitHub knows them as none of its people."""
        if not _LOGIN.fullmatch(login):
            return False
        asked = self._http.get(f"{self._repository}/collaborators/{login}/permission", headers=self._headers)
        if asked.status_code == httpx.codes.NOT_FOUND:
            return False
        told = _fields(asked)
        # `permission` folds maintain into write, and triage into read.
        return word(told, "permission") in _WRITERS or word(told, "role_name") in _WRITERS

    def teams(self, organisation: str, login: str) -> tuple[str, ...] | None:
        """Give a person's teams as `@org/team`; None where the token may not read the organisation's members."""
        variables = {"org": organisation, "login": login}
        asked = self._http.post(
            f"{self._graphql}", json={"query": _TEAMS, "variables": variables}, headers=self._headers
        )
        if asked.status_code in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND, httpx.codes.UNAUTHORIZED):
            return None
        listed = _inner(_inner(_inner(_fields(asked), "data"), "organization"), "teams").get("nodes")
        if not isinstance(listed, list):
            return None
        slugs = (word(each, "slug") for each in listed if isinstance(each, dict))
        return tuple(f"@{organisation}/{slug}" for slug in slugs if slug)

    @property
    def _graphql(self) -> str:
        """GitHub Enterprise Server has it beside its REST API: https://docs.github.com/en/enterprise-server@latest/graphql"""
        return f"{self._root.removesuffix('/v3')}/graphql"


def word(values: Mapping[str, object], key: str) -> str | None:
    """Give a text of an answer."""
    value = values.get(key)
    return value if isinstance(value, str) else None


def _inner(values: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = values.get(key)
    return {str(name): each for name, each in value.items()} if isinstance(value, dict) else {}


def _fields(response: httpx.Response) -> dict[str, object]:
    response.raise_for_status()
    found: object = response.json()
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
