"""The two revisions that a run compares where no flag says them. An empty comparison is never a way out: GitError says what to do.

The first rule that applies: pre-commit's pre-push range; the GitHub event; another CI's build; the merge base with the default
branch. On a CI the last commit is never taken for the whole change.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from contract_gate.core.errors import GitError
from contract_gate.edge.git.authority import with_authority
from contract_gate.edge.git.build import Build, read_build
from contract_gate.edge.git.history import History, HistoryReach
from contract_gate.edge.git.repository import Repository
from contract_gate.edge.git.revision import Revision, RevisionKind, Revisions, branch_of, display, shown_ref
from contract_gate.edge.github.event import Event, MergeGroup, PullRequest, Push, read_event

_DEEPER = "set fetch-depth: 2 on actions/checkout (0 for all of the history), or name the base with --base"


def found_around(
    repository: Repository, head: tuple[str, Revision] | None, outer: Mapping[str, str]
) -> Revisions:
    """Choose what is compared where no flag names the base. `head`: the one that a flag names, and how it names it."""
    if head is not None:
        return _against_default(repository, head[1], head[0], _gentle(repository))
    if (pushed := _pre_push(repository, outer)) is not None:
        return pushed
    if (event := read_event(outer)) is not None:
        found = _of_event(repository, event)
        return replace(found, how=f"{found.how}; {event.problem}") if event.problem else found
    if (build := read_build(outer)) is not None:
        return _of_build(repository, build)
    return _local(repository)


def push_range(
    repository: Repository,
    before: str | None = None,
    after: str | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    synced: str | None = None,
    everything: bool = False,
    guess: bool = False,
) -> Revisions:
    """Choose what `sync` brings to the catalog: from `before` to `after`.

    Without flags: from the commit that was `synced` last; else the push event's range (all files on a branch's first push), a merged
    pull request's, another CI's push. For `everything` a commit that was synced before is a help and no need. Where nothing says what was synced last the last commit is taken if a `guess` will do. GitError where it will not, and where
    `before` can't be had: a range that is too short would leave the catalog wrong.
    """
    outer = environment or {}
    event, build = read_event(outer), read_build(outer)
    push = event.subject if event is not None and isinstance(event.subject, Push) else None
    is_local = event is None and build is None
    history = History(repository, HistoryReach.LOCAL if is_local else HistoryReach.FETCH)
    end = repository.resolve(after or "HEAD")
    if before is not None:
        start = history.commit(before, display(before)) if _is_sha(before) else repository.resolve(before)
        how = f"{display(before)} as given, to {end}"
    elif everything:
        start = history.commit(synced, "synced last") if synced is not None else None
        start, how = start or repository.empty_tree(), f"everything at {end}"
    elif synced is not None:
        start, how = history.commit(synced, "synced last"), f"what was synced last, {synced[:10]}, to {end}"
    elif push is not None and after is None and push.before is not None:
        start, how = history.commit(push.before, "before the push"), "the push"
    elif push is not None and after is None and push.created:
        start, how = repository.empty_tree(), "the branch's first push: all of its files"
    elif event is not None and isinstance(event.subject, PullRequest) and after is None:
        return _of_pull_request(repository, event, event.subject)
    elif event is None and build is not None and after is None and build.before is not None:
        start, how = history.commit(build.before, "before the push"), f"{build.ci}: the push"
    elif guess:
        start = _parent(repository, history, end)
        how = f"the last commit, {end}, alone: nothing says what was synced before it"
    else:
        raise GitError(
            "nothing was synced: nothing says which commit was synced last",
            "give it with --before, keep it with --state FILE, or run sync --all",
        )
    if start is None:
        hint = "give --before the last commit that was synced (on GitHub fetch-depth: 0 may bring it), or run sync --all"
        raise GitError(f"the push was not synced: the commit before it can't be had{_why(history)}", hint)
    return Revisions(base=start, head=end, how=how)


def _pre_push(repository: Repository, outer: Mapping[str, str]) -> Revisions | None:
    """Read pre-commit's range; it is not set when the push holds the root commit (https://pre-commit.com/#pre-push)."""
    start, end = outer.get("PRE_COMMIT_FROM_REF"), outer.get("PRE_COMMIT_TO_REF")
    if not start or not end:
        return None
    remote, pushed = repository.resolve(start), repository.resolve(end)
    base = repository.merge_base(remote, pushed) or remote
    found = Revisions(base=base, head=pushed, how=f"what is pushed: {base.id[:10]} to {pushed.id[:10]}")
    history = _gentle(repository)
    default = history.default_name() or repository.usual_branch()
    return with_authority(repository, history, found, None, default)


def _of_event(repository: Repository, event: Event) -> Revisions:
    match event.subject:
        case PullRequest():
            return _of_pull_request(repository, event, event.subject)
        case MergeGroup():
            return _of_merge_group(repository, event, event.subject)
        case Push():
            return _of_push(repository, event, event.subject)
        case None:
            return _against_event_default(repository, event, History(repository, HistoryReach.FETCH))
        case _:
            assert_never(event.subject)


def _of_pull_request(repository: Repository, event: Event, pull: PullRequest) -> Revisions:
    """Compare the merge commit with its first parent. The event's `base.sha` goes stale and is a last resort."""
    history = History(repository, HistoryReach.FETCH)
    head = repository.resolve("HEAD")
    parents = history.parents(head.treeish)
    what = f"pull request #{pull.number}" if pull.number else "the pull request"
    is_merge = len(parents) == 2 and (
        parents[1] == pull.head_sha
        or (event.name == "pull_request" and head.sha == event.sha)
        or head.sha == pull.merge_commit_sha
    )
    if is_merge:
        base = history.commit(parents[0], "HEAD^1")
        found = Revisions(
            base=_had(base, history, what), head=head, how=f"{what}: its merge commit's first parent"
        )
        # A merge that the author made of their own commits looks the same: only the commit that GitHub names is its own.
        goes_to = pull.base_ref if head.sha in (event.sha, pull.merge_commit_sha) else None
        return with_authority(repository, history, found, goes_to, event.default_branch)
    if event.name == "pull_request_target" and head.sha in (event.sha, pull.base_sha):
        hint = "run the gate on the pull_request event, which checks out the merge commit and needs no secrets of yours"
        raise GitError(
            f"{what} was not checked: pull_request_target checks out the base, not the change", hint
        )
    target = _target(history, pull)
    shared = None if target is None else history.merge_base(target, head, _refs(pull))
    how = f"{what}: HEAD is not its merge commit, so from the merge base with {display(pull.base_ref or 'its base')}"
    found = Revisions(base=_had(shared, history, what), head=head, how=how)
    return with_authority(repository, history, found, pull.base_ref, event.default_branch)


def _target(history: History, pull: PullRequest) -> Revision | None:
    """Find the branch that a pull request goes to: its tip, else the commit that the event names."""
    tip = history.branch(pull.base_ref) if pull.base_ref else None
    if tip is not None or pull.base_sha is None:
        return tip
    return history.commit(pull.base_sha, "the event's base")


def _refs(pull: PullRequest) -> tuple[str, ...]:
    names = (f"refs/heads/{pull.base_ref}" if pull.base_ref else "", f"refs/pull/{pull.number}/head")
    return tuple(name for name in names if name and "None" not in name)


def _of_merge_group(repository: Repository, event: Event, group: MergeGroup) -> Revisions:
    history = History(repository, HistoryReach.FETCH)
    head = repository.resolve("HEAD")
    if group.base_sha:
        base = history.commit(group.base_sha, "the merge group's base")
    else:
        base = _parent(repository, history, head)
    found = Revisions(
        base=_had(base, history, "the merge group"), head=head, how="the merge group, from its base"
    )
    return with_authority(repository, history, found, None, event.default_branch)


def _of_push(repository: Repository, event: Event, push: Push) -> Revisions:
    history = History(repository, HistoryReach.FETCH)
    head = repository.resolve("HEAD")
    if push.deleted:
        return Revisions(base=head, head=head, how="the push deleted a branch: there is nothing to compare")
    if push.before and (base := history.commit(push.before, "before the push")):
        found = Revisions(base=base, head=head, how="the push, from the commit before it")
        return with_authority(repository, history, found, event.ref_name, event.default_branch)
    if push.before and event.is_default_branch:
        raise _not_had(history, "the push", "the commit before a forced push is gone")
    return _against_event_default(repository, event, history)


def _against_event_default(repository: Repository, event: Event, history: History) -> Revisions:
    """Compare HEAD with the default branch that the event names; the remote's where it names none."""
    head = repository.resolve("HEAD")
    name = event.default_branch
    if event.is_default_branch:
        because = f"the run is on {display(name or '')}"
        return _last_commit(repository, history, head, head, because)
    tip = history.branch(name)
    if tip is None:
        raise _not_had(history, "the change", "the default branch is not in this clone")
    refs = (f"refs/heads/{name}",) if name else ()
    return _against(repository, history, tip, head, refs, is_on_tip=event.ref is None)


def _of_build(repository: Repository, build: Build) -> Revisions:
    """Compare a CI's build with what it names, else with the merge base with the target or the default branch."""
    history, head = History(repository, HistoryReach.FETCH), repository.resolve("HEAD")
    what, hint = f"{build.ci}'s build", f"{build.deeper}, or name the base with --base"
    parents = history.parents(head.treeish)
    if build.source is not None and parents[1:] == (build.source,):
        base, how = history.commit(parents[0], "HEAD^1"), "the merge request's merge commit's first parent"
    elif build.base is not None:
        base, how = history.commit(build.base, "the base"), "the merge request, from its base"
    elif build.target is not None:
        return _of_branch(repository, build, history, build.target)
    else:
        default = build.default or history.default_name()
        if default is None:
            raise _not_had(history, what, "it names no base, and the default branch is not known", hint)
        if build.branch != default:
            return _of_branch(repository, build, history, default)
        if build.before is None:
            why = f"it is on {display(default)}, and nothing says what was there before"
            raise _not_had(history, what, why, "name the commit before the push with --base")
        base, how = history.commit(build.before, "before the push"), "the push, from the commit before it"
    if base is None:
        raise _not_had(history, what, "its base is not in this clone", hint)
    found = Revisions(base=base, head=head, how=f"{build.ci}: {how}")
    return with_authority(repository, history, found, build.target or build.branch, build.default)


def _of_branch(repository: Repository, build: Build, history: History, name: str) -> Revisions:
    head = repository.resolve("HEAD")
    what, hint = f"{build.ci}'s build", f"{build.deeper}, or name the base with --base"
    tip = history.branch(name)
    if tip is None and build.target_commit is not None:
        tip = history.commit(build.target_commit, "the target's commit")
    if tip is None:
        raise _not_had(history, what, f"the branch {display(name)} is not in this clone", hint)
    base = history.merge_base(tip, head, (f"refs/heads/{name}",))
    if base is None:
        raise _not_had(history, what, f"HEAD and {tip.label} have no common commit here", hint)
    how = f"{build.ci}: the merge base with {tip.label}"
    if base.sha == head.sha:
        if build.target is None and build.branch is None:
            why = f"HEAD is on {tip.label}, and nothing says what was there before"
            raise _not_had(history, what, why, "name the base with --base")
        how += ", which is HEAD itself: the branch has no commit of its own"
    found = Revisions(base=base, head=head, how=how)
    return with_authority(repository, history, found, name, build.default)


def _local(repository: Repository) -> Revisions:
    if repository.find("HEAD") is None:
        hint = "commit first, or check what is staged with --staged"
        raise GitError("nothing was checked: the repository has no commit yet", hint)
    branch = repository.git.line("symbolic-ref", "--quiet", "--short", "HEAD")
    chosen = _against_default(repository, repository.resolve("HEAD"), branch, _gentle(repository))
    if not repository.has_uncommitted_changes():
        return chosen
    left_out = "uncommitted changes are left out (--staged or --head working-tree compares them)"
    return Revisions(base=chosen.base, head=chosen.head, how=f"{chosen.how}; {left_out}")


def _against_default(
    repository: Repository, head: Revision, branch: str | None, history: History
) -> Revisions:
    """Compare with the default branch that this clone knows of.

    `branch` is the name that the head goes by, None when it is detached.
    """
    default = repository.default_branch()
    if default is None:
        start = repository.resolve("HEAD") if head.sha is None else head
        if head.sha is not None and (remote := repository.remote()) is not None:
            hint = (
                f"run `git remote set-head {remote} --auto`, fetch the branch, or name the base with --base"
            )
            raise GitError("the change was not checked: this clone knows no default branch", hint)
        return _last_commit(repository, history, start, head, "there is no default branch to compare with")
    tip = Revision(kind=RevisionKind.COMMIT, sha=repository.resolve(default).sha, label=shown_ref(default))
    return _against(
        repository, history, tip, head, (), is_on_tip=branch in (None, "HEAD", branch_of(default))
    )


def _against(
    repository: Repository,
    history: History,
    tip: Revision,
    head: Revision,
    refs: tuple[str, ...],
    *,
    is_on_tip: bool,
) -> Revisions:
    """Compare with the merge base; a commit of the default branch itself (`is_on_tip`) with the one before it."""
    start = repository.resolve("HEAD") if head.sha is None else head
    base = history.merge_base(tip, start, refs)
    if base is None:
        raise _not_had(history, "the change", f"HEAD and {tip.label} have no common commit here")
    if base.sha == start.sha == head.sha and is_on_tip:
        return _last_commit(repository, history, start, head, f"HEAD is on {tip.label}")
    how = f"the merge base with {tip.label}"
    if base.sha == head.sha:
        how += ", which is HEAD itself: the branch has no commit of its own"
    return Revisions(base=base, head=head, how=how)


def _last_commit(
    repository: Repository, history: History, start: Revision, head: Revision, because: str
) -> Revisions:
    if head.sha is None:
        return Revisions(base=start, head=head, how=f"{because}, so {head} against HEAD")
    if history.reach is HistoryReach.FETCH:
        why = f"{because}, and nothing says what was there before"
        raise _not_had(history, "the change", why, "name the commit before the change with --base")
    base = _had(_parent(repository, history, start), history, "the change")
    return Revisions(base=base, head=head, how=f"{because}, so the last commit against the one before it")


def _parent(repository: Repository, history: History, head: Revision) -> Revision | None:
    """Give the first parent, or the empty tree before a root commit; None where it can't be had."""
    parents = history.parents(head.treeish)
    return history.commit(parents[0], "the commit before") if parents else repository.empty_tree()


def _gentle(repository: Repository) -> History:
    """Look at what is here only: nobody's own clone is fetched into."""
    return History(repository, HistoryReach.LOCAL)


def _had(base: Revision | None, history: History, what: str) -> Revision:
    if base is None:
        raise _not_had(history, what, "its base is not in this clone")
    return base


def _not_had(history: History, what: str, why: str, hint: str = _DEEPER) -> GitError:
    return GitError(f"{what} was not checked: {why}{_why(history)}", hint)


def _why(history: History) -> str:
    return f" (fetching it failed: {history.trouble})" if history.trouble else ""


def _is_sha(text: str) -> bool:
    return len(text) in (40, 64) and all(char in "0123456789abcdef" for char in text)
