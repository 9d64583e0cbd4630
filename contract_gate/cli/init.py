"""`contract-gate init`: look at a repository, write a configuration, a CI job and a hook, and show what they would have said."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.core.errors import UsageError

if TYPE_CHECKING:
    from contract_gate.app.survey import RepositorySurvey
    from contract_gate.cli.installed import Installation
    from contract_gate.cli.progress import Say
    from contract_gate.cli.scaffold import Ci
    from contract_gate.edge.git import Repository

_CIS = ("github", "gitlab", "bitbucket", "azure", "circleci", "jenkins", "buildkite")
_SECONDS = 60.0


@click.command()
@click.option("--dialect", help="The SQL dialect of the models, as sqlglot calls it.")
@click.option(
    "--ci", "chosen", type=click.Choice(_CIS), multiple=True, help="The CI to write a job for (default: the one in use)."
)  # fmt: skip
@click.option(
    "--from",
    "source",
    metavar="ADDRESS@REVISION",
    help="The git address that CI and hook install contract-gate from (default: where this one is from).",
)
@click.option("--force", is_flag=True, help="Replace a configuration and a workflow that exist.")
@click.option(
    "--preview",
    "count",
    type=click.IntRange(0, 100),
    default=5,
    show_default=True,
    help="Of how many merged changes to show what the gate would have said.",
)
def init(dialect: str | None, chosen: tuple[str, ...], source: str | None, force: bool, count: int) -> None:
    """Look at the repository and write contract-gate.toml, the job of its CI and a pre-commit hook; what exists is kept."""
    from contract_gate.cli.installed import origin
    from contract_gate.cli.progress import shown
    from contract_gate.cli.scaffold import Ci, cis_in_use
    from contract_gate.edge.git import WORKING_TREE, Repository

    top = Path.cwd()
    if not (top / ".git").exists():
        raise UsageError(
            "nothing was written: this folder is not the top of a git repository",
            "cd to the top, or run git init",
        )
    if dialect is not None and not dialect.isidentifier():
        raise UsageError(
            f"nothing was written: {dialect!r} is no name of a dialect", "try --dialect snowflake"
        )
    installed = origin(source)
    with Repository.open(top, os.environ) as repository, shown(os.environ) as say:
        paths = repository.files(WORKING_TREE)
        used = tuple(map(Ci, chosen)) or cis_in_use(paths, _remote_url(repository))
        found = _survey(repository, dialect)
        branch = repository.default_branch()
        for line in (
            *_seen(found, used, branch),
            "",
            *_written(top, found, used, branch, installed, dialect, force),
        ):
            say(line)
        if count:
            _show(repository, branch, count, say)
    click.echo("\nNext: look through contract-gate.toml, run `contract-gate doctor`, and commit.")


def _survey(repository: "Repository", dialect: str | None) -> "RepositorySurvey":
    from contract_gate.app.survey import survey
    from contract_gate.edge.config import Config
    from contract_gate.edge.git import WORKING_TREE

    return survey(repository, WORKING_TREE, Config(dialect=dialect))


def _seen(found: "RepositorySurvey", used: "tuple[Ci, ...]", branch: str | None) -> list[str]:
    """Say what was found, so that a person sees what is wrong before they read a file."""
    from contract_gate.cli.scaffold import SETUPS
    from contract_gate.core.printable import printable
    from contract_gate.edge.git import shown_ref

    lines = [
        printable(f"{one.place}: {one.models:,} models, {one.told_dialects}") for one in found.projects
    ] or [
        "no SQL model was found here: `paths` in contract-gate.toml names files that are not tracked as .sql"
    ]
    lines += [printable(f"not read: {path}: {why}") for path, why in sorted(found.problems.items())[:_MOST]]
    if len(found.problems) > _MOST:
        lines.append(
            f"+{len(found.problems) - _MOST} more files are not read: `contract-gate doctor` lists them"
        )
    for root, names in found.absent.items():
        lines.append(printable(
            f"packages of {root or 'the dbt project'} that are not in the repository: {', '.join(names)}"
            " (what their macros make is known in part; `dbt compile` in the job and --manifest tell it whole)"
        ))  # fmt: skip
    named = ", ".join(SETUPS[one].name for one in used)
    lines.append(f"CI: {named or 'none found, GitHub Actions is taken (--ci names another)'}")
    lines.append(
        f"default branch: {shown_ref(branch)}"
        if branch
        else "default branch: not known here; `git remote set-head origin --auto` asks the remote"
    )
    return lines


_MOST = 5


def _written(
    top: Path,
    found: "RepositorySurvey",
    used: "tuple[Ci, ...]",
    branch: str | None,
    installed: "Installation",
    dialect: str | None,
    force: bool,
) -> list[str]:
    from contract_gate.cli.scaffold import Answers, Ci, scaffold, write
    from contract_gate.edge.git import branch_of

    dialects = {name for project in found.projects for name in project.dialects}
    answers = Answers(
        origin=installed,
        dialect=dialect,
        read_as=dialects.pop() if len(dialects) == 1 else "",
        branch=branch_of(branch or "main"),
        unset=found.unset,
        ci=used or (Ci.GITHUB,),
    )
    lines = [write(top, file, force=force) for file in scaffold(answers)]
    told = installed.requirement()
    lines.append(
        f"CI and hook install {told}"
        + (f"; {installed.doubt}: --from names another" if installed.doubt else "")
    )
    return lines


def _show(repository: "Repository", branch: str | None, count: int, say: "Say") -> None:
    """Show the last merged changes as they would have been judged by the configuration that lies here now."""
    from contract_gate.cli.configuration import tried
    from contract_gate.cli.preview import preview

    line = branch or ("HEAD" if repository.find("HEAD") else None)
    if line is None:
        say("\nNothing is merged yet: there is no commit.")
        return
    config = tried(repository, None)
    say("\nWhat the gate would have said of the last merged changes, offline:")
    for text in preview(repository, line, config, count, _SECONDS):
        say(text)


def _remote_url(repository: "Repository") -> str | None:
    remote = repository.remote()
    return repository.git.line("remote", "get-url", remote) if remote else None
