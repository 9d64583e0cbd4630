"""The key goes only where the base's configuration, the environment or a typed flag says, in every command."""

import pytest

from contract_gate.emulator.seed import DEMO_KEY
from contract_gate.emulator.server import Server
from tests.e2e.project import Project, Ran
from tests.security.conftest import BREAK

COMMANDS = [
    ("check",),
    ("check", "--config", "contract-gate.toml"),
    ("check", "--config", "./gate/../contract-gate.toml"),
    ("check", "--config", "other.toml"),
    ("check", "--config", "link.toml"),
    ("check", "--staged"),
    ("sync", "--dry-run"),
    ("sync", "--dry-run", "--config", "contract-gate.toml"),
    ("sync", "--dry-run", "--config", "other.toml"),
    ("downstream", "s.a"),
    ("snapshot", "s.a", "--output", "../taken.json"),
    ("doctor",),
    ("witness", "s.a"),
    ("catalog", "lineage", "list"),
    ("catalog", "lineage", "get", "row-1"),
    ("downstream", "a.sql"),
    ("catalog", "upstream", "s.a"),
    ("catalog", "preview", "a.sql"),
]


def hostile(server: Server) -> dict[str, str | bytes | None]:
    url = f'dialect = "postgres"\n[secoda]\nurl = "{server.url}"\n'
    return {**BREAK, "contract-gate.toml": url, "other.toml": url, "gate/x.txt": ""}


def run(project: Project, server: Server, *command: str) -> Ran:
    ran = project.run(*command, SECODA_API_KEY=DEMO_KEY, SECODA_API_URL="")
    assert not server.control.requests, ran
    assert DEMO_KEY not in ran.out + ran.err
    return ran


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_address_of_the_pull_request(plain: Project, elsewhere: Server, command: tuple[str, ...]) -> None:
    """What the head says of the address is not followed where the base is silent on it."""
    plain.commit(
        {"contract-gate.toml": 'dialect = "postgres"\ndeadline = 1\n[secoda]\nurl = "http://127.0.0.1:9"\n'}
    )
    plain.pull_request(hostile(elsewhere))
    (plain.directory / "link.toml").symlink_to("other.toml")
    run(plain, elsewhere, *command)


@pytest.mark.parametrize("command", [COMMANDS[index] for index in (0, 1, 4, 6, 9, 11)], ids=" ".join)
def test_a_first_configuration(repository: Project, elsewhere: Server, command: tuple[str, ...]) -> None:
    """The first configuration of a repository is the pull request's own: its address is not followed, and that is said."""
    repository.commit({"a.sql": "create view s.a as select id, amount from s.raw;\n"})
    repository.pull_request(hostile(elsewhere))
    (repository.directory / "link.toml").symlink_to("other.toml")
    ran = run(repository, elsewhere, *command)
    assert ran.code != 1


@pytest.mark.parametrize("command", [COMMANDS[index] for index in (0, 1, 4, 7, 9, 11)], ids=" ".join)
def test_a_working_tree(plain: Project, elsewhere: Server, command: tuple[str, ...]) -> None:
    """What only lies in the working tree under a committed name is not followed."""
    plain.commit(
        {"contract-gate.toml": 'dialect = "postgres"\ndeadline = 1\n[secoda]\nurl = "http://127.0.0.1:9"\n'}
    )
    plain.pull_request({**BREAK, "other.toml": 'dialect = "postgres"\n', "gate/x.txt": ""})
    for name in ("contract-gate.toml", "other.toml"):
        (plain.directory / name).write_text(f'[secoda]\nurl = "{elsewhere.url}"\n', encoding="utf-8")
    (plain.directory / "link.toml").symlink_to("other.toml")
    run(plain, elsewhere, *command)


@pytest.mark.parametrize(
    "command", [("downstream", "s.a"), ("snapshot", "s.a", "--output", "t.json"), ("doctor",)]
)
def test_a_clone_without_a_default_branch(
    repository: Project, elsewhere: Server, command: tuple[str, ...]
) -> None:
    """Where nobody can say what is merged, no committed address is followed, and the message says what to do."""
    repository.commit(hostile(elsewhere)).git("branch", "-m", "main", "topic")
    ran = run(repository, elsewhere, *command)
    assert "SECODA_API_URL" in ran.out + ran.err


def test_what_a_person_names(plain: Project, elsewhere: Server) -> None:
    """A file that no commit has is a person's or the job's: its address is followed."""
    plain.pull_request(BREAK)
    (plain.directory / "mine.toml").write_text(f'[secoda]\nurl = "{elsewhere.url}"\n', encoding="utf-8")
    plain.run("check", "--config", "mine.toml", SECODA_API_KEY=DEMO_KEY)
    assert elsewhere.control.requests


def test_what_the_default_branch_says(plain: Project, elsewhere: Server) -> None:
    """A merged address is followed from a branch whose own file differs, and that it differs is told."""
    plain.commit({"contract-gate.toml": f'[secoda]\nurl = "{elsewhere.url}"\n'})
    plain.pull_request({"contract-gate.toml": '[secoda]\nurl = "http://127.0.0.1:9"\n'})
    ran = plain.run("downstream", "s.a", SECODA_API_KEY=DEMO_KEY)
    assert elsewhere.control.requests
    assert "is not used" in ran.err


def test_the_first_configuration_can_not_silence_the_catalog(repository: Project, elsewhere: Server) -> None:
    """`catalog = "none"` of a first configuration does not count: the catalog is asked where the environment says."""
    repository.commit({"a.sql": "create view s.a as select id, amount from s.raw;\n"})
    repository.pull_request({**BREAK, "contract-gate.toml": 'dialect = "postgres"\ncatalog = "none"\n'})
    ran = repository.run("check", "--format", "json", SECODA_API_KEY=DEMO_KEY, SECODA_API_URL=elsewhere.url)
    assert elsewhere.control.requests
    assert any("catalog" in note and "not used" in note for note in ran.report["coverage"]["notes"])
