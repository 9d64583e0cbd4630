"""A pull request as its people see it: the action runs with the real gate, and talks to a GitHub that remembers."""

import json
import re
import runpy
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from contract_gate.edge.github import action
from tests.e2e.project import PLAIN, Project, edited

ROOT = Path(__file__).parents[2]
BASE = PLAIN | {
    "contract-gate.toml": 'dialect = "postgres"\ncomment-waivers = true\nlabel-waiver = "meant"\n',
    "CODEOWNERS": "/warehouse/weekly.sql @reader\n",
}
DROPPED = edited(PLAIN, "warehouse/orders.sql", ",\n    cents / 100.0 as amount", "")


@dataclass
class Conversation:
    """A pull request of `bo`, and what stands on it."""

    project: Project
    fake: Any
    api: str
    pushed: list[str] = field(default_factory=list)

    def push(self, files: dict[str, str | bytes | None]) -> None:
        """Add a commit to the pull request; HEAD is then its merge with main, as a runner checks it out."""
        self.project.git("checkout", "--quiet", "change")
        self.project.commit(files)
        self.pushed.append(self.project.git("rev-parse", "HEAD").strip())
        self.project.git("checkout", "--quiet", "--detach", "main")
        self.project.git("merge", "--quiet", "--no-ff", "-m", "merge", "change")

    def run(self, what: str = "synchronize", *, by: str = "bo", label: str = "", **inputs: str) -> int:
        """Let the workflow run for an event; its exit code."""
        git = self.project.git
        event = {
            "action": what, "number": 7, "sender": {"login": by, "type": "User"}, "label": {"name": label},
            "pull_request": {
                "number": 7, "user": {"login": "bo"}, "head": {"sha": self.pushed[-1]},
                "base": {"ref": "main", "sha": git("rev-parse", "main").strip()},
            },
        }  # fmt: skip
        file = self.project.directory.parent / "event.json"
        file.write_text(json.dumps(event))
        return action.act(self.project.environment | {
            "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(file), "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SHA": git("rev-parse", "HEAD").strip(), "GITHUB_API_URL": self.api, "GITHUB_TOKEN": "t0ken",
            "GITHUB_WORKSPACE": str(self.project.directory), "INPUT_COMMENT": "true", "INPUT_APPROVALS": "true", **inputs,
        })  # fmt: skip

    def say(self, login: str, text: str) -> None:
        """Let a person comment."""
        self.fake.add(login, text)

    @property
    def page(self) -> str:
        """Give the gate's comment; there is one."""
        (page,) = (one["body"] for one in self.fake.comments if one["user"]["type"] == "Bot")
        return str(page)


@pytest.fixture
def conversation(empty: Project) -> Iterator[Conversation]:
    judges = runpy.run_path(str(ROOT / "scripts/judges/github_calls.py"))
    fake = judges["Fake"]()
    server = judges["served"](fake)
    try:
        talk = Conversation(empty.commit(BASE), fake, f"http://127.0.0.1:{server.server_port}")
        talk.project.git("branch", "change")
        talk.push(DROPPED)
        yield talk
    finally:
        server.shutdown()
        server.server_close()


def test_an_owner_says_yes_in_a_comment(conversation: Conversation) -> None:
    """The page gives the words to write; the author's own count for nothing, the owner's let the change through, in one comment."""
    assert conversation.run("opened") == 1
    assert "blocked" in conversation.page
    (command,) = re.findall(r"^/contract-gate allow \w{32} because …$", conversation.page, re.MULTILINE)
    conversation.say("bo", command.replace("…", "I know"))
    assert conversation.run() == 1
    assert "own pull request" in conversation.page
    conversation.say("reader", command.replace("…", "weekly goes on Monday"))
    assert conversation.run() == 0
    assert "weekly goes on Monday" in conversation.page
    assert "passed" in conversation.page.splitlines()[1]


def test_what_was_mended_is_told_as_resolved_and_a_failed_run_empties_nothing(
    conversation: Conversation,
) -> None:
    """The finding is struck out after the push that mends it; without a verdict the last one stays, with its commit, as stale."""
    assert conversation.run("opened") == 1
    conversation.push({name: PLAIN[name] for name in DROPPED})
    assert conversation.run() == 0
    assert "- ~~column amount of orders was removed~~" in conversation.page
    judged = conversation.pushed[-1]
    conversation.push(DROPPED)
    assert conversation.run(INPUT_CONFIG="nowhere.toml") == 2
    assert "nowhere.toml" in conversation.page
    told, _, last = conversation.page.partition(f"**The last verdict, of commit {judged[:10]}, is below")
    assert "no verdict" in told
    assert "passed" in last


def test_an_owner_sets_a_label(conversation: Conversation) -> None:
    """It counts in the run that it starts, from an owner; the author's does not, and what is pushed afterwards is judged anew."""
    assert conversation.run("labeled", by="bo", label="meant") == 1
    assert conversation.run("labeled", by="reader", label="other") == 1
    assert conversation.run("labeled", by="reader", label="meant") == 0
    assert "labelled meant" in conversation.page
    assert conversation.run() == 1
