"""The base on CIs other than GitHub's: from their documented variables, in the clones that they make."""

import pytest

from contract_gate.core.errors import GitError
from contract_gate.edge.git.build import read_build
from contract_gate.edge.git.compared import choose_revisions


class Remote:
    """A repository whose main moved on after a branch of two commits left it: the first breaks, the second does not."""

    def __init__(self, sandbox):
        """Build it in `sandbox`."""
        self.sandbox = sandbox
        self.origin = sandbox.make("origin", {"a.sql": "1", "b.sql": "1"})
        self.left = sandbox.git(self.origin, "rev-parse", "HEAD")
        sandbox.git(self.origin, "checkout", "-q", "-b", "change")
        sandbox.commit(self.origin, {"a.sql": "2"})
        self.head = sandbox.commit(self.origin, {"c.sql": "1"})
        sandbox.git(self.origin, "checkout", "-q", "-b", "release", self.left)
        self.release = sandbox.commit(self.origin, {"d.sql": "1"})
        sandbox.git(self.origin, "checkout", "-q", "main")
        self.main = sandbox.commit(self.origin, {"b.sql": "2"})
        sandbox.git(self.origin, "checkout", "-q", "-b", "merged", "main")
        sandbox.git(self.origin, "merge", "-q", "--no-ff", "-m", "merge", "change")
        sandbox.git(self.origin, "checkout", "-q", "main")

    def checkout(self, branch, depth=1):
        """Clone one branch only and detach, as CIs do: no other branch, and no word of the default one."""
        work = self.sandbox.directory / f"{branch}-{depth}"
        work.mkdir()
        self.sandbox.git(work, "init", "-q", "-b", "main")
        self.sandbox.git(work, "remote", "add", "origin", f"file://{self.origin}")
        self.sandbox.git(work, "fetch", "-q", "--no-tags", f"--depth={depth}", "origin", branch)
        self.sandbox.git(work, "checkout", "-q", "--detach", "FETCH_HEAD")
        return work

    def choose(self, work, environment):
        with self.sandbox.open(work) as repository:
            chosen = choose_revisions(repository, environment=environment)
            changed = [each.path for each in repository.changed_files(chosen.base, chosen.head)]
            return chosen, changed


@pytest.fixture
def remote(sandbox):
    return Remote(sandbox)


TO_MAIN = {
    "GitLab": {"GITLAB_CI": "true", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"},
    "Bitbucket": {"BITBUCKET_BUILD_NUMBER": "1", "BITBUCKET_PR_DESTINATION_BRANCH": "main"},
    "Azure Pipelines": {"TF_BUILD": "True", "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"},
    "Jenkins": {"JENKINS_URL": "https://ci.example.com/", "CHANGE_TARGET": "main", "BRANCH_NAME": "PR-7"},
    "Buildkite": {"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"},
}
ON_BRANCH = {
    "GitLab": {"GITLAB_CI": "true", "CI_COMMIT_BRANCH": "{}", "CI_DEFAULT_BRANCH": "main"},
    "Bitbucket": {"BITBUCKET_BUILD_NUMBER": "1", "BITBUCKET_BRANCH": "{}"},
    "CircleCI": {"CIRCLECI": "true", "CIRCLE_BRANCH": "{}"},
    "Azure Pipelines": {"TF_BUILD": "True", "BUILD_SOURCEBRANCH": "refs/heads/{}"},
    "Jenkins": {"JENKINS_URL": "https://ci.example.com/", "GIT_BRANCH": "origin/{}"},
    "Buildkite": {"BUILDKITE": "true", "BUILDKITE_BRANCH": "{}", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": ""},
    "this CI": {"CI": "true"},
}


def on(ci, branch):
    return {name: value.format(branch) for name, value in ON_BRANCH[ci].items()}


@pytest.mark.parametrize("ci", TO_MAIN)
def test_a_pull_request_is_compared_from_where_it_left_its_target(remote, ci):
    """In a shallow clone of the branch alone, the whole branch is compared, not its last commit."""
    chosen, changed = remote.choose(remote.checkout("change"), TO_MAIN[ci])
    assert (chosen.base.sha, chosen.head.sha) == (remote.left, remote.head)
    assert changed == ["a.sql", "c.sql"]
    assert chosen.how.startswith(f"{ci}: the merge base with origin/main")


@pytest.mark.parametrize("ci", ON_BRANCH)
def test_a_branch_is_compared_from_where_it_left_the_default_branch(remote, ci):
    """A build of a branch that names no target takes the remote's default branch, which it asks for."""
    chosen, changed = remote.choose(remote.checkout("change"), on(ci, "change"))
    assert chosen.base.sha == remote.left
    assert changed == ["a.sql", "c.sql"]


@pytest.mark.parametrize("ci", ON_BRANCH)
def test_the_default_branch_without_a_word_of_what_was_before_is_an_error(remote, ci):
    """The last commit is never taken for the whole push."""
    with pytest.raises(GitError, match="what was there before") as caught:
        remote.choose(remote.checkout("main", 2), on(ci, "main"))
    assert "--base" in caught.value.hint


@pytest.mark.parametrize("ci", ON_BRANCH)
def test_a_remote_that_does_not_answer_is_an_error(sandbox, remote, ci):
    """Where the base can't be had the way out is told, and nothing is compared."""
    work = remote.checkout("change", 2)
    sandbox.git(work, "remote", "set-url", "origin", f"file://{sandbox.directory}/gone")
    with pytest.raises(GitError, match="fetching it failed") as caught:
        remote.choose(work, on(ci, "change"))
    assert "--base" in caught.value.hint


def test_a_merge_that_the_ci_made_leaves_out_what_the_target_did(remote):
    """A merge of target and branch, as Bitbucket, Azure and Jenkins build it, is compared with the target."""
    chosen, changed = remote.choose(remote.checkout("merged"), TO_MAIN["Bitbucket"])
    assert chosen.base.sha == remote.main
    assert changed == ["a.sql", "c.sql"]


def test_gitlabs_merged_result_is_compared_with_its_first_parent(remote):
    """The stale merge base that GitLab names would hold the target's changes against the merge request."""
    environment = {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": remote.left,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": remote.head,
    }
    chosen, changed = remote.choose(remote.checkout("merged"), environment)
    assert chosen.base.sha == remote.main
    assert changed == ["a.sql", "c.sql"]


@pytest.mark.parametrize(
    ("ci", "before"), [("GitLab", "CI_COMMIT_BEFORE_SHA"), ("Jenkins", "GIT_PREVIOUS_SUCCESSFUL_COMMIT")]
)
def test_a_push_to_the_default_branch_starts_where_it_stood(remote, ci, before):
    """GitLab and Jenkins name the commit before; it is fetched where the clone lacks it."""
    environment = on(ci, "main") | {before: remote.left, "CHANGE_TARGET": ""}
    if ci == "Jenkins":
        environment |= {"BRANCH_NAME": "main", "BRANCH_IS_PRIMARY": "true"}
    chosen, changed = remote.choose(remote.checkout("main"), environment)
    assert chosen.base.sha == remote.left
    assert changed == ["b.sql"]


def test_a_target_that_went_is_taken_by_its_commit(remote):
    """Bitbucket names the destination's commit too."""
    environment = {
        "BITBUCKET_BUILD_NUMBER": "1",
        "BITBUCKET_PR_DESTINATION_BRANCH": "gone",
        "BITBUCKET_PR_DESTINATION_COMMIT": remote.release,
    }
    chosen, _ = remote.choose(remote.checkout("change"), environment)
    assert chosen.base.sha == remote.left


def test_a_tag_on_the_default_branch_is_an_error(remote):
    """A build that names no branch and has nothing of its own is not called unchanged."""
    with pytest.raises(GitError, match="HEAD is on origin/main"):
        remote.choose(remote.checkout("main"), {"GITLAB_CI": "true", "CI_DEFAULT_BRANCH": "main"})


def test_a_clone_that_knows_no_default_branch_is_an_error_off_ci_too(remote):
    """Without any word of a CI nobody is asked, and the last commit is not taken for the branch."""
    with pytest.raises(GitError, match="knows no default branch") as caught:
        remote.choose(remote.checkout("change", 2), {})
    assert "--base" in caught.value.hint


def test_a_variable_that_is_no_name_of_a_ref_counts_as_unset():
    """What could be an option or a range never reaches git."""
    build = read_build({"CIRCLECI": "true", "CIRCLE_BRANCH": "--upload-pack=x"})
    assert build is not None
    assert build.branch is None
    assert read_build({"CI": "false"}) is None
