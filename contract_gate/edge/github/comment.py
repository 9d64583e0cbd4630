"""One comment on the pull request, made once and then updated. It is a courtesy: no answer of GitHub fails the run.

What the comment says is rendered by `contract_gate.reports`. A fork's token may not write, so refusals become notes.
https://docs.github.com/en/rest/issues/comments
"""

import hashlib
from collections.abc import Callable, Mapping
from enum import StrEnum

import httpx

from contract_gate.core.values import dataclass
from contract_gate.edge.github.api import REPOSITORY, GitHubApi, GitHubError, word
from contract_gate.edge.github.record import following, stale

LARGEST_COMMENT = 60_000
_SHORTENED = "> Shortened to fit into a comment: the job's summary has all of it.\n\n"


class Posted(StrEnum):
    """What became of the comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NOT_NEEDED = "not-needed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """The outcome: `url` where there is a comment, `note` a sentence for a person where there is none."""

    posted: Posted
    url: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPlace:
    """Where comments go: `repository` is `owner/name`, `key` keeps two gates in one repository apart."""

    api_url: str
    token: str
    repository: str
    number: int
    key: str = ""

    @property
    def marker(self) -> str:
        """Give the hidden line by which the next run knows its comment."""
        digest = hashlib.sha256(self.key.encode("utf-8", "backslashreplace")).hexdigest()[:12]
        return f"<!-- contract-gate {digest} -->"


def place(environment: Mapping[str, str], repository: str | None, number: int | None) -> CommentPlace | str:
    """Find where to comment from the runner's environment, or say why it can't be done."""
    token = environment.get("GITHUB_TOKEN")
    if number is None or not repository or not REPOSITORY.fullmatch(repository):
        return "this run belongs to no pull request"
    if not token:
        return "there is no GITHUB_TOKEN"
    return CommentPlace(
        api_url=environment.get("GITHUB_API_URL") or "https://api.github.com",
        token=token,
        repository=repository,
        number=number,
        key=f"{environment.get('GITHUB_WORKFLOW', '')}/{environment.get('GITHUB_JOB', '')}",
    )


def post(
    where: CommentPlace, markdown: str, *, needed: bool = True, client: httpx.Client | None = None
) -> Comment:
    """Create or update our comment. Where it is not `needed`, one is only updated, never created.

    What the comment told before and this run does not find any more is told as resolved.
    """
    return _posted(where, lambda earlier: following(markdown, earlier), needed, client)


def post_failure(where: CommentPlace, said: str, *, client: httpx.Client | None = None) -> Comment:
    """Say in our comment why there is no verdict, in escaped Markdown, and keep the last one below as stale."""
    return _posted(where, lambda earlier: stale(said, earlier), True, client)


def _posted(
    where: CommentPlace, page: Callable[[str | None], str], needed: bool, client: httpx.Client | None
) -> Comment:
    with client or httpx.Client() as http:
        try:
            return _post(GitHubApi(http, where.api_url, where.token, where.repository), where, page, needed)
        except GitHubError as error:
            return refused(_explained(error))


def shortened(body: str, marker: str) -> str:
    """Keep a comment below the limit: cut at a line's end, and say so at the top, where no table can swallow it."""
    if len(body) <= LARGEST_COMMENT:
        return body
    text = body.removeprefix(f"{marker}\n")
    room = LARGEST_COMMENT - len(marker) - len(_SHORTENED) - 1
    kept, line_end, _ = text[:room].rpartition("\n")
    return f"{marker}\n{_SHORTENED}{kept if line_end else text[:room]}"


def _post(api: GitHubApi, where: CommentPlace, page: Callable[[str | None], str], needed: bool) -> Comment:
    ours = _ours(api, where)
    if ours is None:
        if not needed:
            return Comment(posted=Posted.NOT_NEEDED, note="there is nothing to comment on")
        body = shortened(f"{where.marker}\n{page(None)}", where.marker)
        return Comment(posted=Posted.CREATED, url=word(api.create(where.number, body), "html_url"))
    identity, earlier, url = ours
    told = earlier.replace("\r\n", "\n").removeprefix(where.marker).lstrip("\n")
    body = shortened(f"{where.marker}\n{page(told)}", where.marker)
    if earlier.replace("\r\n", "\n").strip() == body.strip():
        return Comment(posted=Posted.UNCHANGED, url=url)
    return Comment(posted=Posted.UPDATED, url=word(api.update(identity, body), "html_url"))


def _ours(api: GitHubApi, where: CommentPlace) -> tuple[int, str, str | None] | None:
    """Find the first comment with our marker that we wrote: anyone can copy the marker."""
    marked = [
        each for each in api.comments(where.number) if (word(each, "body") or "").startswith(where.marker)
    ]
    login = api.login() if marked else None
    for each in marked:
        author = each.get("user")
        identity = each.get("id")
        if isinstance(author, dict) and isinstance(identity, int) and _is_us(author, login):
            return identity, word(each, "body") or "", word(each, "html_url")
    return None


def _is_us(author: dict[str, object], login: str | None) -> bool:
    return author.get("type") == "Bot" if login is None else author.get("login") == login


def _explained(error: GitHubError) -> str:
    match error.status:
        case 401:
            return "GitHub does not know the token (401)"
        case 403 | 404:
            return f"the token may not write comments ({error.status}): give the job pull-requests: write; forks never may"
        case _:
            return str(error)


def refused(why: str) -> Comment:
    """Say why there is no comment."""
    return Comment(posted=Posted.REFUSED, note=f"no comment was written: {why}")
