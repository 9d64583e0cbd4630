"""Collects what people allowed on a pull request: their comments, and the label that this run was started by.

A comment that was edited does not count: others with rights may edit it, and GitHub's list does not say who did. A label counts in the run that
its setting started, so never for what is pushed after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import httpx

from contract_gate.edge.approvals import Approval, Approvals, commands_in, is_addressed
from contract_gate.edge.github.api import GitHubApi, GitHubError, word
from contract_gate.edge.github.comment import CommentPlace
from contract_gate.edge.github.event import PullRequest


def collect(where: CommentPlace, subject: PullRequest, *, client: httpx.Client | None = None) -> Approvals:
    """Ask GitHub. It never raises for its answers: what can't be had is told, and then nothing counts."""
    with client or httpx.Client() as http:
        api = GitHubApi(http, where.api_url, where.token, where.repository)
        try:
            notes: list[str] = []
            said = [*_commented(api, where.number, notes), *_labelled(subject)]
            given = tuple(_with_rights(api, where.repository.partition("/")[0], said, notes))
        except GitHubError as error:
            return Approvals(author=subject.author, notes=(f"what people allowed was not read: {error}",))
    return Approvals(author=subject.author, given=given, notes=tuple(notes))


def _commented(api: GitHubApi, number: int, notes: list[str]) -> Iterator[Approval]:
    for comment in api.comments(number):
        body, url = word(comment, "body") or "", word(comment, "html_url") or ""
        author = comment.get("user")
        login = word(author, "login") if isinstance(author, dict) else None
        if (
            not is_addressed(body)
            or login is None
            or (isinstance(author, dict) and author.get("type") != "User")
        ):
            continue
        if comment.get("created_at") != comment.get("updated_at"):
            notes.append(f"what @{login} wrote ({url}) does not count: it was edited; write it again")
            continue
        commands = list(commands_in(body))
        if not commands:
            notes.append(
                f"what @{login} wrote ({url}) is not understood: `/contract-gate allow FINGERPRINT because …`, in a line of its own"
            )
        yield from (
            Approval(login=login, fingerprint=fingerprint, reason=reason, url=url)
            for fingerprint, reason in commands
        )


def _labelled(subject: PullRequest) -> Iterator[Approval]:
    if subject.label is not None and subject.sender is not None:
        yield Approval(login=subject.sender, label=subject.label, reason=f"labelled {subject.label}")


def _with_rights(
    api: GitHubApi, organisation: str, said: Sequence[Approval], notes: list[str]
) -> Iterator[Approval]:
    rights: dict[str, tuple[bool, tuple[str, ...]]] = {}
    for one in said:
        if one.login not in rights:
            teams = api.teams(organisation, one.login)
            if teams is None:
                notes.append(
                    f"the teams of @{one.login} are not known: the token may not read the members of {organisation}"
                )
            rights[one.login] = (api.may_write(one.login), teams or ())
        writes, teams = rights[one.login]
        yield replace(one, writes=writes, teams=teams)
