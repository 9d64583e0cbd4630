"""Whether a run may write to the shared catalog: nothing of what is not merged, and nothing from a hook."""

import json
from pathlib import Path

import pytest

from contract_gate.app.sync.occasion import is_default_branch, obstacle

MAIN = {"repository": {"default_branch": "main"}}
MERGED = {"pull_request": {"merged": True}, **MAIN}
CI = {"CI_DEFAULT_BRANCH": "main"}


@pytest.mark.parametrize(
    ("name", "ref", "payload", "says", "is_default"),
    [
        ("pull_request", "refs/pull/1/merge", {"pull_request": {}, **MAIN}, "the pull request is not merged", False),
        ("pull_request", "refs/heads/main", MERGED, None, True),
        ("merge_group", "refs/heads/queue", {"merge_group": {}, **MAIN}, "the merge group is not merged", False),
        ("push", "refs/heads/work", MAIN, "'work' is not the default branch", False),
        ("push", "refs/heads/main", MAIN, None, True),
        ("push", "refs/heads/main", {}, None, None),
        ("workflow_dispatch", "refs/heads/main", MAIN, None, True),
    ],
)  # fmt: skip
def test_on_github(
    tmp_path: Path, name: str, ref: str, payload: dict[str, object], says: str | None, is_default: bool | None
) -> None:
    """Only what is merged, and a push to the default branch, may write."""
    (tmp_path / "event.json").write_text(json.dumps(payload))
    environment = {
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REF": ref,
    }
    assert (obstacle(environment), is_default_branch(environment)) == (says, is_default)


@pytest.mark.parametrize(
    ("environment", "says", "is_default"),
    [
        ({"PRE_COMMIT": "1"}, "this is a pre-commit hook", None),
        ({**CI, "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_BRANCH": "main"}, "the merge request is not merged", False),
        ({**CI, "CI_COMMIT_BRANCH": "work"}, "'work' is not the default branch", False),
        ({**CI, "CI_COMMIT_BRANCH": "main"}, None, True),
        ({}, None, None),
    ],
)  # fmt: skip
def test_elsewhere(environment: dict[str, str], says: str | None, is_default: bool | None) -> None:
    """A hook and an open merge request write nothing; a person's machine says nothing of the branch."""
    assert (obstacle(environment), is_default_branch(environment)) == (says, is_default)
