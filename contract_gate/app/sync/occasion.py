"""Whether this is an occasion to write to the shared catalog: after a merge, or when a person asks; never before.

What is not merged must not reach the catalog, and hooks run on people's machines: both may plan (`--dry-run`), not write.
"""

from collections.abc import Mapping

from contract_gate.edge.github.event import Event, MergeGroup, PullRequest, Push, read_event


def obstacle(environment: Mapping[str, str]) -> str | None:
    """Say why nothing may be written from here; None where it may."""
    if environment.get("PRE_COMMIT"):
        return "this is a pre-commit hook"
    event = read_event(environment)
    if event is not None:
        return _of_event(event)
    if environment.get("CI_PIPELINE_SOURCE") == "merge_request_event":
        return "the merge request is not merged"
    branch, default = environment.get("CI_COMMIT_BRANCH"), environment.get("CI_DEFAULT_BRANCH")
    return _not_default(branch) if branch and default and branch != default else None


def is_default_branch(environment: Mapping[str, str]) -> bool | None:
    """Tell whether CI says that this run is of the default branch; None where it says nothing of it."""
    event = read_event(environment)
    if event is not None:
        if isinstance(event.subject, PullRequest | MergeGroup):
            return isinstance(event.subject, PullRequest) and event.subject.merged
        return event.is_default_branch if event.default_branch is not None else None
    branch, default = environment.get("CI_COMMIT_BRANCH"), environment.get("CI_DEFAULT_BRANCH")
    if environment.get("CI_PIPELINE_SOURCE") == "merge_request_event":
        return False
    return branch == default if branch and default else None


def _of_event(event: Event) -> str | None:
    match event.subject:
        case PullRequest(merged=False):
            return "the pull request is not merged"
        case MergeGroup():
            return "the merge group is not merged"
        case Push() if event.default_branch is not None and not event.is_default_branch:
            return _not_default(event.ref_name or "another branch")
        case _:
            return None


def _not_default(branch: str) -> str:
    return f"{branch!r} is not the default branch"
