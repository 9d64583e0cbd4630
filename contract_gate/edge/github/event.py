"""Reads the event that started a workflow run. The payload is data from outside: any field may be missing or odd.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

import re
from collections.abc import Mapping
from pathlib import Path

from contract_gate.core.json_fields import parse
from contract_gate.core.values import dataclass

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LARGEST_PAYLOAD = 30_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request. `base_sha` goes stale: it is the base as it stood when the payload was made.

    `label` is the one whose setting started the run (None: something else did), and `sender` the person who set it.
    """

    number: int | None = None
    base_sha: str | None = None
    base_ref: str | None = None
    head_sha: str | None = None
    merge_commit_sha: str | None = None
    merged: bool = False
    author: str | None = None
    label: str | None = None
    sender: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeGroup:
    """A group of the merge queue."""

    base_sha: str | None = None
    head_sha: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A push. `before` is None on a new branch (GitHub says 40 zeros, and then `created` is true)."""

    before: str | None = None
    after: str | None = None
    created: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The event of this run. `subject` is None for an event that names no revisions (schedule, workflow_dispatch).

    `sha` and `ref` are what the run was started for; `repository` is `owner/name`; `problem` says why the payload
    could not be read.
    """

    name: str
    subject: PullRequest | MergeGroup | Push | None = None
    sha: str | None = None
    ref: str | None = None
    repository: str | None = None
    default_branch: str | None = None
    problem: str | None = None

    @property
    def ref_name(self) -> str | None:
        return self.ref.removeprefix("refs/heads/") if self.ref else None

    @property
    def is_default_branch(self) -> bool:
        return self.default_branch is not None and self.ref == f"refs/heads/{self.default_branch}"


def read_event(environment: Mapping[str, str]) -> Event | None:
    """Read GITHUB_EVENT_NAME and GITHUB_EVENT_PATH; None outside of GitHub Actions. Never raises for the payload."""
    name = environment.get("GITHUB_EVENT_NAME")
    if not name:
        return None
    payload, problem = _payload(environment.get("GITHUB_EVENT_PATH"))
    repository = inner(payload, "repository")
    return Event(
        name=name,
        subject=_subject(name, payload),
        sha=_sha(environment.get("GITHUB_SHA")),
        ref=_ref(environment.get("GITHUB_REF")),
        repository=environment.get("GITHUB_REPOSITORY") or _text(repository.get("full_name")),
        default_branch=_ref(repository.get("default_branch")),
        problem=problem,
    )


def _payload(path: str | None) -> tuple[Mapping[str, object], str | None]:
    if not path:
        return {}, "GITHUB_EVENT_PATH is not set"
    try:
        file = Path(path)
        if file.stat().st_size > _LARGEST_PAYLOAD:
            return {}, "the event's payload is too large"
        loaded = parse(file.read_bytes())
    except OSError as error:
        return {}, f"the event's payload could not be read: {error.strerror}"
    except ValueError:
        return {}, "the event's payload is no JSON"
    return (_object(loaded), None) if isinstance(loaded, dict) else ({}, "the event's payload is no object")


def _subject(name: str, payload: Mapping[str, object]) -> PullRequest | MergeGroup | Push | None:
    if name.startswith("pull_request"):
        return _pull_request(payload)
    if name == "merge_group":
        group = inner(payload, "merge_group")
        return MergeGroup(base_sha=_sha(group.get("base_sha")), head_sha=_sha(group.get("head_sha")))
    if name == "push":
        return Push(
            before=_sha(payload.get("before")),
            after=_sha(payload.get("after")),
            created=payload.get("created") is True or _is_zero(payload.get("before")),
            deleted=payload.get("deleted") is True or _is_zero(payload.get("after")),
        )
    return None


def _pull_request(payload: Mapping[str, object]) -> PullRequest:
    pull = inner(payload, "pull_request")
    base, head, sender = inner(pull, "base"), inner(pull, "head"), inner(payload, "sender")
    number = payload.get("number", pull.get("number"))
    return PullRequest(
        number=number if isinstance(number, int) and not isinstance(number, bool) else None,
        base_sha=_sha(base.get("sha")),
        base_ref=_ref(base.get("ref")),
        head_sha=_sha(head.get("sha")),
        merge_commit_sha=_sha(pull.get("merge_commit_sha")),
        merged=pull.get("merged") is True,
        author=_text(inner(pull, "user").get("login")),
        label=_text(inner(payload, "label").get("name")) if payload.get("action") == "labeled" else None,
        sender=_text(sender.get("login")) if sender.get("type") == "User" else None,
    )


def inner(values: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Give an object within one of GitHub's; an empty one where there is none."""
    return _object(values.get(key))


def _object(value: object) -> Mapping[str, object]:
    return {str(key): each for key, each in value.items()} if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _sha(value: object) -> str | None:
    """Give a full commit id; the zeros that stand for "none" are None."""
    text = _text(value)
    return text if text and _SHA.fullmatch(text) and text.strip("0") else None


def _is_zero(value: object) -> bool:
    text = _text(value)
    return text is not None and bool(_SHA.fullmatch(text)) and not text.strip("0")


def _ref(value: object) -> str | None:
    """Give a ref that is safe to hand to git: no option, no control character, no range."""
    text = _text(value)
    return text if text and text.isprintable() and not text.startswith("-") and ".." not in text else None
