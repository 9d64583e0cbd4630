"""The open pull requests that may be merged beside this one, as refs that git can fetch: of a fork's too."""

from collections.abc import Sequence

import httpx

from contract_gate.core.values import dataclass
from contract_gate.edge.github.api import PAGE, GitHubApi, GitHubError
from contract_gate.edge.github.comment import CommentPlace
from contract_gate.edge.github.event import PullRequest

MOST = 20
"""So many are judged together with a change, the last updated first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPulls:
    """The refs of the pull requests' heads, and what is to be said about those that are left out."""

    refs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def open_pulls(where: CommentPlace, subject: PullRequest, *, client: httpx.Client | None = None) -> OpenPulls:
    """Ask GitHub for those that go to the same branch. It never raises for its answers: what can't be had is told."""
    if subject.base_ref is None:
        return unknown("the event names no base")
    with client or httpx.Client() as http:
        try:
            api = GitHubApi(http, where.api_url, where.token, where.repository)
            listed = api.open_pulls(subject.base_ref)
        except GitHubError as error:
            return unknown(str(error))
    others = [pull for pull in listed if pull.get("number") != where.number]
    ready = [pull["number"] for pull in others if pull.get("draft") is not True]
    numbers = [number for number in ready if isinstance(number, int) and not isinstance(number, bool)]
    return OpenPulls(
        refs=tuple(f"refs/pull/{number}/head" for number in numbers[:MOST]),
        notes=tuple(_left_out(numbers, len(others) - len(ready), len(listed))),
    )


def _left_out(numbers: Sequence[int], drafts: int, listed: int) -> list[str]:
    notes = []
    if len(numbers) > MOST or listed >= PAGE:
        many = f"{len(numbers)}" if listed < PAGE else f"{PAGE} or more"
        notes.append(
            f"of {many} open pull requests the {min(MOST, len(numbers))} last updated ones are judged together with this one"
        )
    if drafts:
        notes.append(f"not judged together with this one: {drafts} draft{'s' if drafts > 1 else ''}")
    return notes


def unknown(why: str) -> OpenPulls:
    """Say why none is judged together with this one."""
    return OpenPulls(notes=(f"open pull requests are not judged together with this one: {why}",))
