"""The event's payload, whole, missing and odd."""

import json

import pytest

from contract_gate.edge.github.event import MergeGroup, PullRequest, Push, read_event

SHA = "a" * 40
OTHER = "b" * 40
ZERO = "0" * 40


def read(tmp_path, name, payload, **more):
    file = tmp_path / "event.json"
    file.write_text(payload if isinstance(payload, str) else json.dumps(payload))
    return read_event({"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(file), **more})


def test_outside_of_github_there_is_no_event():
    """Without GITHUB_EVENT_NAME this is no GitHub run."""
    assert read_event({}) is None


def test_a_payload_too_large_is_not_read(tmp_path, monkeypatch):
    """It says so, and the event names nothing to compare with."""
    monkeypatch.setattr("contract_gate.edge.github.event._LARGEST_PAYLOAD", 10)
    event = read(tmp_path, "push", {"before": SHA, "after": OTHER})
    assert event.problem == "the event's payload is too large"
    assert event.subject == Push(before=None, after=None, created=False, deleted=False)


def test_a_pull_request_is_read(tmp_path):
    """Number, both ends and the merge commit."""
    pull = {
        "base": {"sha": SHA, "ref": "main", "repo": {"full_name": "o/r"}},
        "head": {"sha": OTHER, "ref": "change", "repo": {"full_name": "fork/r"}},
        "merge_commit_sha": SHA,
    }
    event = read(
        tmp_path, "pull_request", {"number": 7, "pull_request": pull, "repository": {"full_name": "o/r"}}
    )
    assert event.subject == PullRequest(
        number=7, base_sha=SHA, base_ref="main", head_sha=OTHER, merge_commit_sha=SHA
    )
    assert event.repository == "o/r"
    assert event.problem is None


def test_a_merge_group_and_a_push_are_read(tmp_path):
    """Their ends are read, and zeros mean that there was nothing."""
    group = read(tmp_path, "merge_group", {"merge_group": {"base_sha": SHA, "head_sha": OTHER}})
    assert group.subject == MergeGroup(base_sha=SHA, head_sha=OTHER)
    assert read(tmp_path, "push", {"before": ZERO, "after": SHA}).subject == Push(after=SHA, created=True)
    assert read(tmp_path, "push", {"before": SHA, "after": ZERO}).subject == Push(before=SHA, deleted=True)
    main = read(tmp_path, "push", {"repository": {"default_branch": "main"}}, GITHUB_REF="refs/heads/main")
    assert main.is_default_branch
    assert read(tmp_path, "schedule", {}).subject is None


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "null",
        "[1]",
        "{",
        "[" * 100_000,
        {"pull_request": []},
        {
            "number": True,
            "pull_request": {"base": {"sha": "--upload-pack=x", "ref": "-x"}, "head": {"sha": 3}},
        },
        {"pull_request": {"base": {"sha": SHA[:10], "ref": "a..b"}, "head": {"sha": SHA.upper()}}},
        {"pull_request": {"base": {"sha": SHA + "\n", "ref": "a\nb"}}},
    ],
)
def test_an_odd_payload_gives_nothing_to_git(tmp_path, payload):
    """Whatever is no full commit id or no safe ref is left out, and nothing is raised."""
    assert read(tmp_path, "pull_request", payload).subject == PullRequest()


def test_an_unreadable_payload_is_told(tmp_path):
    """A missing file, a missing variable and a payload that is no object have their problem."""
    gone = read_event({"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(tmp_path / "gone")})
    assert "could not be read" in gone.problem
    assert read_event({"GITHUB_EVENT_NAME": "push"}).problem == "GITHUB_EVENT_PATH is not set"
    assert "no JSON" in read(tmp_path, "push", "{").problem
