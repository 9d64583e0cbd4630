"""Which revisions are compared: flags, the index, pre-commit, GitHub's events, and a clone on a desk."""

import copy
import json
import shutil

import pytest

from contract_gate.core.errors import GitError, UsageError
from contract_gate.edge.git import INDEX, WORKING_TREE
from contract_gate.edge.git.choice import push_range
from contract_gate.edge.git.compared import choose_revisions

ZERO = "0" * 40
GONE = "1" * 40


class Hosted:
    """A pull request as GitHub would serve it: main moved on, a head branch, and the merge commit of the two."""

    def __init__(self, sandbox):
        """Build the repositories in `sandbox`; `again` gives the same ones elsewhere."""
        self.sandbox = sandbox
        self.origin = sandbox.make("origin", {"a.sql": "1", "b.sql": "1"})
        self.stale = sandbox.git(self.origin, "rev-parse", "HEAD")
        sandbox.git(self.origin, "checkout", "-q", "-b", "change")
        sandbox.commit(self.origin, {"a.sql": "first"})
        self.head = sandbox.commit(self.origin, {"a.sql": "2"})
        sandbox.git(self.origin, "checkout", "-q", "main")
        for number in range(60):
            self.main = sandbox.commit(self.origin, {"b.sql": f"main {number}"}, message=str(number))
        sandbox.git(self.origin, "checkout", "-q", "-b", "merge")
        sandbox.git(self.origin, "merge", "-q", "--no-ff", "-m", "merge", "change")
        self.merge = sandbox.git(self.origin, "rev-parse", "HEAD")
        sandbox.git(self.origin, "update-ref", "refs/pull/7/head", self.head)
        sandbox.git(self.origin, "update-ref", "refs/pull/7/merge", self.merge)
        sandbox.git(self.origin, "checkout", "-q", "main")
        sandbox.git(self.origin, "branch", "-q", "-D", "merge")

    def again(self, sandbox):
        other = copy.copy(self)
        other.sandbox = sandbox
        other.origin = sandbox.directory / "origin"
        shutil.copytree(self.origin, other.origin)
        return other

    def checkout(self, ref, depth):
        """Fetch one ref and detach on it, as actions/checkout does."""
        work = self.sandbox.directory / f"checkout-{depth}"
        work.mkdir()
        self.sandbox.git(work, "init", "-q", "-b", "main")
        self.sandbox.git(work, "remote", "add", "origin", f"file://{self.origin}")
        limit = [f"--depth={depth}"] if depth else []
        self.sandbox.git(work, "fetch", "-q", "--no-tags", *limit, "origin", ref)
        self.sandbox.git(work, "checkout", "-q", "--detach", "FETCH_HEAD")
        return work

    def pull_request(self, **changed):
        pull = {
            "base": {"sha": self.stale, "ref": "main", "repo": {"full_name": "o/r"}},
            "head": {"sha": self.head, "ref": "change", "repo": {"full_name": "o/r"}},
            "merge_commit_sha": None,
        }
        return {"number": 7, "pull_request": pull | changed, "repository": {"default_branch": "main"}}


@pytest.fixture(scope="module")
def built(sandboxes, tmp_path_factory):
    return Hosted(sandboxes(tmp_path_factory.mktemp("hosted")))


@pytest.fixture
def hosted(built, sandbox):
    return built.again(sandbox)


def runner(sandbox, name, payload, sha, ref="refs/pull/7/merge", **more):
    file = sandbox.directory / "event.json"
    file.write_text(json.dumps(payload))
    # git's own protection against file:// is for submodules; fetching from it here is like fetching from GitHub.
    return {
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(file),
        "GITHUB_SHA": sha,
        "GITHUB_REF": ref,
        **more,
    }


def paths(repository, chosen):
    return [each.path for each in repository.changed_files(chosen.base, chosen.head)]


@pytest.mark.parametrize("depth", [1, 2, 0])
def test_a_merge_commit_is_compared_with_its_first_parent(sandbox, hosted, depth):
    """At any depth the base is the merge commit's first parent, however stale the event's base is."""
    work = hosted.checkout("refs/pull/7/merge", depth)
    outer = runner(sandbox, "pull_request", hosted.pull_request(), hosted.merge)
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert (chosen.base.sha, chosen.head.sha) == (hosted.main, hosted.merge)
        assert paths(repository, chosen) == ["a.sql"]
        assert "pull request #7" in chosen.how
    assert sandbox.git(work, "for-each-ref") == ""
    assert sandbox.git(work, "status", "--porcelain") == ""


def test_a_base_that_is_fetched_comes_with_its_contents(sandbox, hosted):
    """A partial clone of depth 1 gets the base whole: what it was fetched for can be read."""
    work = sandbox.directory / "partial"
    work.mkdir()
    sandbox.git(work, "init", "-q", "-b", "main")
    sandbox.git(work, "remote", "add", "origin", f"file://{hosted.origin}")
    sandbox.git(work, "fetch", "-q", "--depth=1", "--filter=blob:none", "origin", "refs/pull/7/merge")
    sandbox.git(work, "checkout", "-q", "--detach", "FETCH_HEAD")
    outer = runner(sandbox, "pull_request", hosted.pull_request(), hosted.merge)
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert repository.read(chosen.base, ["a.sql"]) == {"a.sql": b"1"}
        assert repository.read(chosen.head, ["a.sql"]) == {"a.sql": b"2"}


def test_a_merge_commit_whose_parent_cannot_be_had_is_an_error(sandbox, hosted):
    """Without a remote that answers, a depth of 1 is told with the way out, and nothing is compared."""
    work = hosted.checkout("refs/pull/7/merge", 1)
    sandbox.git(work, "remote", "set-url", "origin", f"file://{sandbox.directory}/gone")
    outer = runner(sandbox, "pull_request", hosted.pull_request(), hosted.merge)
    with sandbox.open(work) as repository, pytest.raises(GitError, match="fetching it failed") as caught:
        choose_revisions(repository, environment=outer)
    assert "fetch-depth: 2" in caught.value.hint


@pytest.mark.parametrize("depth", [1, 2, 0])
def test_a_head_that_was_checked_out_is_compared_with_the_merge_base(sandbox, hosted, depth):
    """Where HEAD is the pull request's head, a shallow clone is deepened until the merge base is found."""
    work = hosted.checkout("refs/pull/7/head", depth)
    payload = hosted.pull_request(base={"sha": hosted.main, "ref": "main"})
    outer = runner(sandbox, "pull_request", payload, hosted.merge)
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert chosen.base.sha == hosted.stale
        assert paths(repository, chosen) == ["a.sql"]


def test_pull_request_target_without_the_change_is_an_error(sandbox, hosted):
    """pull_request_target checks out the base: comparing it would find a change harmless that nobody looked at."""
    work = hosted.checkout("main", 2)
    outer = runner(sandbox, "pull_request_target", hosted.pull_request(), hosted.main, ref="refs/heads/main")
    with sandbox.open(work) as repository, pytest.raises(GitError, match="not the change"):
        choose_revisions(repository, environment=outer)


def test_pull_request_target_with_the_merge_commit_is_compared(sandbox, hosted):
    """A merge commit that was checked out on purpose is known by its second parent."""
    work = hosted.checkout("refs/pull/7/merge", 1)
    outer = runner(sandbox, "pull_request_target", hosted.pull_request(), hosted.main, ref="refs/heads/main")
    with sandbox.open(work) as repository:
        assert choose_revisions(repository, environment=outer).base.sha == hosted.main


def test_a_merge_of_main_into_the_branch_is_no_merge_commit_of_the_pull_request(sandbox, hosted):
    """A head that is itself a merge (main into the branch) is compared with the merge base, not its first parent."""
    sandbox.git(hosted.origin, "checkout", "-q", "change")
    sandbox.git(hosted.origin, "merge", "-q", "-m", "catch up", "main")
    head = sandbox.git(hosted.origin, "rev-parse", "HEAD")
    work = hosted.checkout("refs/heads/change", 0)
    payload = hosted.pull_request(
        head={"sha": head, "ref": "change"}, base={"sha": hosted.main, "ref": "main"}
    )
    outer = runner(sandbox, "pull_request", payload, hosted.merge)
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert chosen.base.sha == hosted.main
        assert paths(repository, chosen) == ["a.sql"]


def test_an_event_without_its_payload_still_knows_the_merge_commit(sandbox, hosted):
    """The payload may be missing: the commit that the run is for has two parents, and the first is the base."""
    work = hosted.checkout("refs/pull/7/merge", 1)
    outer = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": hosted.merge}
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert chosen.base.sha == hosted.main
        assert chosen.how.endswith("GITHUB_EVENT_PATH is not set")


def test_a_merge_group_is_compared_with_its_base(sandbox, hosted):
    """The merge queue names its base; it is fetched where the clone is shallow."""
    work = hosted.checkout("refs/pull/7/merge", 1)
    payload = {"merge_group": {"base_sha": hosted.main, "head_sha": hosted.merge}}
    outer = runner(
        sandbox, "merge_group", payload, hosted.merge, ref="refs/heads/gh-readonly-queue/main/pr-7"
    )
    with sandbox.open(work) as repository:
        assert choose_revisions(repository, environment=outer).base.sha == hosted.main


def test_a_push_is_compared_with_what_was_there_before(sandbox, hosted):
    """The push's `before` is fetched alone where the clone is shallow."""
    work = hosted.checkout("main", 1)
    outer = runner(
        sandbox, "push", {"before": hosted.stale, "after": hosted.main}, hosted.main, "refs/heads/main"
    )
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert chosen.base.sha == hosted.stale
        assert paths(repository, chosen) == ["b.sql"]


def test_a_push_that_deletes_a_branch_compares_nothing(sandbox, hosted):
    """What is checked out is another branch, which did not change; the sentence says why nothing is compared."""
    work = hosted.checkout("main", 1)
    outer = runner(sandbox, "push", {"before": hosted.head, "after": ZERO}, hosted.main, "refs/heads/change")
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert "the push deleted a branch" in chosen.how
        assert paths(repository, chosen) == []


def test_a_new_branch_is_compared_with_the_merge_base(sandbox, hosted):
    """A push with 40 zeros before it is compared with the default branch."""
    work = sandbox.clone(hosted.origin, "work")
    sandbox.git(work, "checkout", "-q", "-b", "change", "origin/change")
    payload = {"before": ZERO, "after": hosted.head, "repository": {"default_branch": "main"}}
    outer = runner(sandbox, "push", payload, hosted.head, "refs/heads/change")
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert chosen.base.sha == hosted.stale


def test_a_new_branch_in_a_shallow_clone_without_main_is_fetched_for(sandbox, hosted):
    """Where the clone holds nothing of main, main is fetched and deepened until the histories meet."""
    work = hosted.checkout("refs/heads/change", 1)
    payload = {"before": ZERO, "after": hosted.head, "repository": {"default_branch": "main"}}
    outer = runner(sandbox, "push", payload, hosted.head, "refs/heads/change")
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert chosen.base.sha == hosted.stale
        assert paths(repository, chosen) == ["a.sql"]


def test_a_run_by_hand_is_compared_with_the_default_branch(sandbox, hosted):
    """workflow_dispatch names no revisions: a branch is compared with the remote's default; on main no base is known."""
    work = hosted.checkout("refs/heads/change", 1)
    outer = runner(sandbox, "workflow_dispatch", {}, hosted.head, "refs/heads/change")
    with sandbox.open(work) as repository:
        assert choose_revisions(repository, environment=outer).base.sha == hosted.stale
    work = sandbox.clone(hosted.origin, "main", "--depth=1")
    payload = {"repository": {"default_branch": "main"}}
    outer = runner(sandbox, "workflow_dispatch", payload, hosted.main, "refs/heads/main")
    with sandbox.open(work) as repository, pytest.raises(GitError, match="what was there before") as caught:
        choose_revisions(repository, environment=outer)
    assert "--base" in caught.value.hint


def test_a_forced_push_to_main_whose_before_is_gone_is_an_error(sandbox, hosted):
    """A commit that nobody has any more can't be the base, and no other one is taken for it."""
    work = sandbox.clone(hosted.origin, "work")
    payload = {"before": GONE, "after": hosted.main, "forced": True, "repository": {"default_branch": "main"}}
    outer = runner(sandbox, "push", payload, hosted.main, "refs/heads/main")
    with sandbox.open(work) as repository, pytest.raises(GitError, match="forced push"):
        choose_revisions(repository, environment=outer)


def test_a_forced_push_to_a_branch_falls_back_to_the_merge_base(sandbox, hosted):
    """On a branch the merge base with main holds all of its changes."""
    work = sandbox.clone(hosted.origin, "work", "--branch=change")
    payload = {"before": GONE, "after": hosted.head, "repository": {"default_branch": "main"}}
    outer = runner(sandbox, "push", payload, hosted.head, "refs/heads/change")
    with sandbox.open(work) as repository:
        assert choose_revisions(repository, environment=outer).base.sha == hosted.stale


@pytest.mark.parametrize(
    "payload", ["", "[]", "{", '{"pull_request": 3}', '{"pull_request": {"base": {"sha": "-x"}}}']
)
def test_an_odd_payload_never_makes_an_empty_comparison(sandbox, hosted, payload):
    """A head without a base that can be told is an error, whatever the payload says."""
    work = hosted.checkout("refs/pull/7/head", 1)
    outer = runner(sandbox, "pull_request", {}, hosted.merge)
    (sandbox.directory / "event.json").write_text(payload)
    with sandbox.open(work) as repository, pytest.raises(GitError):
        choose_revisions(repository, environment=outer)


def test_an_explicit_base_is_used_as_it_is(sandbox, hosted):
    """`--base main` means main's own files, not those of a merge base; the head is HEAD."""
    work = sandbox.clone(hosted.origin, "work", "--branch=change")
    outer = runner(sandbox, "push", {"before": ZERO}, hosted.head)
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, "origin/main", environment=outer)
        assert (chosen.base.sha, chosen.head.sha) == (hosted.main, hosted.head)
        both = choose_revisions(repository, hosted.stale, "origin/main")
        assert (both.base.sha, both.head.sha) == (hosted.stale, hosted.main)


def test_a_head_alone_is_compared_with_the_merge_base(sandbox, hosted):
    """`--head change` compares that branch with main from where it left."""
    work = sandbox.clone(hosted.origin, "work")
    with sandbox.open(work) as repository:
        assert choose_revisions(repository, head="origin/change").base.sha == hosted.stale


def test_the_working_tree_can_be_the_head(sandbox, hosted):
    """`--head working-tree` compares what lies on the disk with the merge base, or with HEAD on main."""
    work = sandbox.clone(hosted.origin, "work", "--branch=change")
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, head="working-tree")
        assert (chosen.base.sha, chosen.head) == (hosted.stale, WORKING_TREE)
    sandbox.git(work, "checkout", "-q", "main")
    sandbox.write(work, {"new.sql": "x"})
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, head="working-tree")
        assert chosen.base.sha == hosted.main
        assert paths(repository, chosen) == ["new.sql"]


def test_staged_compares_head_with_the_index(sandbox):
    """`--staged` is what the next commit would change."""
    work = sandbox.make(files={"a.sql": "1"})
    sandbox.write(work, {"a.sql": "2"})
    sandbox.git(work, "add", "a.sql")
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, staged=True)
        assert chosen.head is INDEX
        assert paths(repository, chosen) == ["a.sql"]
        with pytest.raises(UsageError):
            choose_revisions(repository, head="HEAD", staged=True)


def test_staged_before_the_first_commit(sandbox):
    """Before the first commit the index is compared with no files at all."""
    work = sandbox.make()
    sandbox.write(work, {"a.sql": "1"})
    sandbox.git(work, "add", "a.sql")
    with sandbox.open(work) as repository:
        assert paths(repository, choose_revisions(repository, staged=True)) == ["a.sql"]
        with pytest.raises(GitError, match="no commit yet"):
            choose_revisions(repository)


def test_pre_commit_names_what_is_pushed(sandbox, hosted):
    """On pre-push pre-commit names both ends; after a rebase the range starts where the histories meet."""
    work = sandbox.clone(hosted.origin, "work", "--branch=change")
    outer = {"PRE_COMMIT_FROM_REF": hosted.main, "PRE_COMMIT_TO_REF": hosted.head}
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert (chosen.base.sha, chosen.head.sha) == (hosted.stale, hosted.head)


def test_a_pushed_commit_of_the_author_is_not_believed(sandbox, hosted):
    """On pre-push the base can be the author's own: what is on the usual branch counts where the clone knows no default."""
    work = sandbox.clone(hosted.origin, "work", "--branch=change")
    sandbox.git(work, "remote", "set-head", "origin", "--delete")
    own, more = (sandbox.commit(work, {f"{name}.sql": name}) for name in ("own", "more"))
    outer = {"PRE_COMMIT_FROM_REF": own, "PRE_COMMIT_TO_REF": more}
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment=outer)
        assert (chosen.base.sha, chosen.authority.sha) == (own, hosted.stale)
        sandbox.git(work, "update-ref", "-d", "refs/remotes/origin/main")
        unknown = choose_revisions(repository, environment=outer)
        assert unknown.authority.sha == repository.empty_tree().sha
        assert "the default branch can't be had" in unknown.doubt


def test_gitlab_names_its_base(sandbox, hosted):
    """GitLab's merge request pipelines name the merge base."""
    work = sandbox.clone(hosted.origin, "work", "--branch=change")
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository, environment={"CI_MERGE_REQUEST_DIFF_BASE_SHA": hosted.stale})
        assert chosen.base.sha == hosted.stale


def test_on_a_desk_a_branch_is_compared_from_where_it_left(sandbox, hosted):
    """Locally the base is the merge base with the default branch; what is not committed is told."""
    work = sandbox.clone(hosted.origin, "work", "--branch=change")
    with sandbox.open(work) as repository:
        assert repository.default_branch() == "refs/remotes/origin/main"
        chosen = choose_revisions(repository)
        assert (chosen.base.sha, chosen.head.sha) == (hosted.stale, hosted.head)
        assert "uncommitted" not in chosen.how
        sandbox.write(work, {"a.sql": "edited"})
        assert "uncommitted changes are left out" in choose_revisions(repository).how


def test_on_main_the_last_commit_is_compared(sandbox, hosted):
    """On the default branch itself it is what was not pushed, else the last commit."""
    work = sandbox.clone(hosted.origin, "work")
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository)
        assert chosen.base.sha == sandbox.git(work, "rev-parse", "HEAD^")
        sandbox.commit(work, {"a.sql": "3"})
        last = sandbox.commit(work, {"a.sql": "4"})
        chosen = choose_revisions(repository)
        assert (chosen.base.sha, chosen.head.sha) == (hosted.main, last)


def test_the_very_first_commit_is_compared_with_no_files(sandbox):
    """A repository of one commit adds all of its files."""
    work = sandbox.make(files={"a.sql": "1"})
    with sandbox.open(work) as repository:
        assert paths(repository, choose_revisions(repository)) == ["a.sql"]


def test_a_detached_head_is_compared(sandbox, hosted):
    """A detached commit of main is compared with the one before it; one beside main with the merge base."""
    work = sandbox.clone(hosted.origin, "work")
    sandbox.git(work, "checkout", "-q", "--detach", "HEAD~3")
    with sandbox.open(work) as repository:
        assert paths(repository, choose_revisions(repository)) == ["b.sql"]
        sandbox.git(work, "checkout", "-q", "--detach", hosted.head)
        assert choose_revisions(repository).base.sha == hosted.stale


def test_a_branch_without_a_commit_of_its_own_says_so(sandbox, hosted):
    """A new branch has nothing to compare, and `how` says that rather than nothing."""
    work = sandbox.clone(hosted.origin, "work")
    sandbox.git(work, "checkout", "-q", "-b", "new")
    with sandbox.open(work) as repository:
        chosen = choose_revisions(repository)
        assert chosen.base.sha == chosen.head.sha
        assert "no commit of its own" in chosen.how


def test_histories_that_never_meet_are_an_error(sandbox, hosted):
    """An orphan branch has no merge base with main, and is not called unchanged."""
    work = sandbox.clone(hosted.origin, "work")
    sandbox.git(work, "checkout", "-q", "--orphan", "lonely")
    sandbox.commit(work, {"a.sql": "x"})
    with sandbox.open(work) as repository, pytest.raises(GitError, match="no common commit"):
        choose_revisions(repository)


def test_a_persons_clone_is_never_fetched_into(sandbox, hosted):
    """Off CI a shallow clone stays as it is, and the error says what to do."""
    work = sandbox.clone(hosted.origin, "work", "--depth=1")
    before = sorted(path.name for path in (work / ".git/objects").rglob("*"))
    with sandbox.open(work) as repository, pytest.raises(GitError):
        choose_revisions(repository)
    assert sorted(path.name for path in (work / ".git/objects").rglob("*")) == before


def test_sync_takes_the_pushs_range(sandbox, hosted):
    """The event's `before` and HEAD, fetched where needed; flags win over it."""
    work = hosted.checkout("main", 1)
    outer = runner(
        sandbox, "push", {"before": hosted.stale, "after": hosted.main}, hosted.main, "refs/heads/main"
    )
    with sandbox.open(work) as repository:
        chosen = push_range(repository, environment=outer)
        assert (chosen.base.sha, chosen.head.sha) == (hosted.stale, hosted.main)
        flags = push_range(repository, before=hosted.head, environment=outer)
        assert flags.base.sha == hosted.head


def test_sync_of_a_first_push_takes_all_files(sandbox, hosted):
    """A branch's first push is compared with no files; where nothing says it, the last commit is a guess."""
    work = sandbox.clone(hosted.origin, "work")
    outer = runner(sandbox, "push", {"before": ZERO, "after": hosted.main}, hosted.main, "refs/heads/main")
    with sandbox.open(work) as repository:
        assert paths(repository, push_range(repository, environment=outer)) == ["a.sql", "b.sql"]
        assert paths(repository, push_range(repository, guess=True)) == ["b.sql"]
        with pytest.raises(GitError, match="nothing says which commit was synced last"):
            push_range(repository)
        gitlab = {
            "GITLAB_CI": "true",
            "CI": "true",
            "CI_COMMIT_BEFORE_SHA": sandbox.git(work, "rev-parse", "HEAD~2"),
        }
        pushed = push_range(repository, environment=gitlab)
        assert (pushed.base.sha, pushed.head.sha) == (gitlab["CI_COMMIT_BEFORE_SHA"], hosted.main)
        between = push_range(repository, before="HEAD~2", after="HEAD~1")
        assert between.base.sha == sandbox.git(work, "rev-parse", "HEAD~2")


def test_sync_does_not_shorten_a_range(sandbox, hosted):
    """A `before` that is gone is an error with the way out, not a shorter range."""
    work = sandbox.clone(hosted.origin, "work")
    outer = runner(sandbox, "push", {"before": GONE, "after": hosted.main}, hosted.main, "refs/heads/main")
    with sandbox.open(work) as repository, pytest.raises(GitError, match="can't be had") as caught:
        push_range(repository, environment=outer)
    assert "--before" in caught.value.hint
