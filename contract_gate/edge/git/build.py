"""Reads what a CI other than GitHub's says of its build, from the variables that it documents.

Values only: `contract_gate.edge.git.choice` makes a base of them. Where a CI says nothing, nothing is guessed here.
"""

from collections.abc import Mapping

from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A CI's build. `target`: the branch that the pull request goes to; `branch`: the one that is built.

    `base` is the commit to compare with, where the CI names it. `source` is the second parent of a merge that the CI made;
    `target_commit` stands in for a target that can't be asked for. `before` is where the built branch stood.
    `deeper` is how this CI is told to clone more.
    """

    ci: str
    deeper: str
    base: str | None = None
    source: str | None = None
    target: str | None = None
    target_commit: str | None = None
    branch: str | None = None
    default: str | None = None
    before: str | None = None


def read_build(environment: Mapping[str, str]) -> Build | None:
    """Read the variables of the CI that runs this; None off CI. A variable that could be no name of a ref counts as unset."""
    given = {name: value for name, value in environment.items() if _is_name(value)}
    for marks, read in _READERS:
        if any(given.get(mark) for mark in marks):
            return read(given)
    if given.get("CI", "").lower() not in ("true", "1"):
        return None
    return Build(ci="this CI", deeper="clone the whole history")


def _gitlab(given: Mapping[str, str]) -> Build:
    """Read https://docs.gitlab.com/ci/variables/predefined_variables/.

    The source's SHA is there only in merged results pipelines, whose commit is a merge into the target.
    """
    return Build(
        ci="GitLab",
        deeper="set GIT_DEPTH: 0 for the job",
        base=given.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
        source=given.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
        target=given.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        branch=given.get("CI_COMMIT_BRANCH"),
        default=given.get("CI_DEFAULT_BRANCH"),
        before=_commit(given.get("CI_COMMIT_BEFORE_SHA")),
    )


def _bitbucket(given: Mapping[str, str]) -> Build:
    """Read https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/."""
    return Build(
        ci="Bitbucket",
        deeper="set clone: depth: full in bitbucket-pipelines.yml",
        target=given.get("BITBUCKET_PR_DESTINATION_BRANCH"),
        target_commit=given.get("BITBUCKET_PR_DESTINATION_COMMIT"),
        branch=given.get("BITBUCKET_BRANCH"),
    )


def _circleci(given: Mapping[str, str]) -> Build:
    """Read https://circleci.com/docs/reference/variables/: no variable names the branch that a pull request goes to."""
    return Build(
        ci="CircleCI",
        deeper="set method: full on the checkout step",
        branch=given.get("CIRCLE_BRANCH"),
    )


def _azure(given: Mapping[str, str]) -> Build:
    """Read https://learn.microsoft.com/azure/devops/pipelines/build/variables: branches come with and without refs/heads/."""
    return Build(
        ci="Azure Pipelines",
        deeper="set fetchDepth: 0 on the checkout step",
        target=_branch(given.get("SYSTEM_PULLREQUEST_TARGETBRANCH")),
        branch=_branch(given.get("BUILD_SOURCEBRANCH")),
    )


def _jenkins(given: Mapping[str, str]) -> Build:
    """Read the variables of multibranch projects and of the git plugin (https://plugins.jenkins.io/git/).

    The last commit that was built with success is where the branch stood: what came after it has not passed yet.
    """
    branch = given.get("BRANCH_NAME") or given.get("GIT_BRANCH", "").removeprefix("origin/") or None
    return Build(
        ci="Jenkins",
        deeper="let the checkout fetch the whole history (no shallow clone)",
        target=given.get("CHANGE_TARGET"),
        branch=None if branch in ("HEAD", "detached") else branch,
        default=branch if given.get("BRANCH_IS_PRIMARY") == "true" else None,
        before=given.get("GIT_PREVIOUS_SUCCESSFUL_COMMIT"),
    )


def _buildkite(given: Mapping[str, str]) -> Build:
    """Read https://buildkite.com/docs/pipelines/configure/environment-variables."""
    return Build(
        ci="Buildkite",
        deeper="take --depth out of BUILDKITE_GIT_CLONE_FLAGS",
        target=given.get("BUILDKITE_PULL_REQUEST_BASE_BRANCH"),
        branch=given.get("BUILDKITE_BRANCH"),
        default=given.get("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
    )


_READERS = (
    (("GITLAB_CI", "CI_MERGE_REQUEST_DIFF_BASE_SHA"), _gitlab),
    (("BITBUCKET_BUILD_NUMBER", "BITBUCKET_COMMIT", "BITBUCKET_PR_DESTINATION_BRANCH"), _bitbucket),
    (("CIRCLECI",), _circleci),
    (("TF_BUILD",), _azure),
    (("BUILDKITE",), _buildkite),
    (("JENKINS_URL", "CHANGE_TARGET"), _jenkins),
)


def _branch(ref: str | None) -> str | None:
    """Give a branch's short name; None for a tag's or a pull request's ref."""
    short = (ref or "").removeprefix("refs/heads/")
    return None if not short or short.startswith("refs/") else short


def _commit(sha: str | None) -> str | None:
    """Leave out the zeros that stand for no commit."""
    return sha if sha and sha.strip("0") else None


def _is_name(value: str) -> bool:
    return bool(value) and value.isprintable() and not value.startswith("-") and ".." not in value
