"""`contract-gate init`: write a configuration, a workflow and a pre-commit hook into a repository."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import click

from contract_gate import __version__
from contract_gate.core.errors import UsageError
from contract_gate.edge.disk import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaffoldFile:
    """A file to write. A `shared` one also belongs to other tools: it is never replaced."""

    path: str
    template: str
    shared: bool = False


TARGETS = (
    ScaffoldFile(path="contract-gate.toml", template="config.toml"),
    ScaffoldFile(path=".github/workflows/contract-gate.yml", template="workflow.yml"),
    ScaffoldFile(path=".pre-commit-config.yaml", template="pre-commit.yaml", shared=True),
)


@click.command()
@click.option("--dialect", help="The SQL dialect of the models, as sqlglot calls it.")
@click.option("--force", is_flag=True, help="Replace a configuration and a workflow that exist.")
def init(dialect: str | None, force: bool) -> None:
    """Write contract-gate.toml, a GitHub workflow and a pre-commit hook; what exists is kept."""
    top = Path.cwd()
    if not (top / ".git").exists():
        raise UsageError(
            "nothing was written: this folder is not the top of a git repository",
            "cd to the top, or run git init",
        )
    for target in TARGETS:
        click.echo(_write(top, target, _text(target, dialect) + _unset(top, target), force=force))
    click.echo(
        "\nNext: look through contract-gate.toml, and run `contract-gate doctor`.\n"
        "`contract-gate policy test --last 10` shows what the gate would have said about the last merged changes."
    )


def _write(top: Path, target: ScaffoldFile, text: str, *, force: bool) -> str:
    path = top / target.path
    exists = path.exists() or path.is_symlink()
    if exists and target.shared:
        return f"kept  {target.path}; add this under its `repos:` where it is not there yet:\n\n{_hook(text)}"
    if exists and not force:
        return f"kept  {target.path} (--force replaces it)"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text, target.path)
    return f"wrote {target.path}"


def _unset(top: Path, target: ScaffoldFile) -> str:
    """Give the lines of what nobody knows here, commented out, for a person to fill in."""
    if target.template != "config.toml":
        return ""
    from contract_gate.cli.unset import lines_to_fill_in, places, unset_here
    from contract_gate.edge.config import Config

    found = unset_here(top, Config())
    if not found:
        return ""
    where = "\n".join(f"# {one.setting}: {places(one)}" for one in found)
    lines = "\n".join(f"# {line}" for line in lines_to_fill_in(found))
    return f"\n# Variables that have no value here; names and SQL that hang on them are known in part.\n{where}\n{lines}\n"


def _hook(text: str) -> str:
    return text.partition("repos:\n")[2].rstrip()


def _text(target: ScaffoldFile, dialect: str | None) -> str:
    text = files("contract_gate.cli").joinpath("templates", target.template).read_text(encoding="utf-8")
    chosen = f"dialect = {_quoted(dialect)}" if dialect else '# dialect = "snowflake"'
    return text.replace("@VERSION@", __version__).replace("@DIALECT@", chosen)


def _quoted(dialect: str) -> str:
    if not dialect.isidentifier():
        raise UsageError(
            f"nothing was written: {dialect!r} is no name of a dialect", "try --dialect snowflake"
        )
    return f'"{dialect}"'
