"""`contract-gate check`: the gate."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.errors import UsageError, why_unread

if TYPE_CHECKING:
    from contract_gate.catalogs.catalog import Catalog
    from contract_gate.config import Config
    from contract_gate.git import Repository, Revisions
    from contract_gate.report import Report


@click.command()
@click.option(
    "--base", help="Compare with this revision, as it is (default: found from the event, or the merge base)."
)
@click.option("--head", help="The revision to judge (default: HEAD; `working-tree` for the files on disk).")
@click.option("--staged", is_flag=True, help="Judge what is staged for the next commit.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="F[=FILE]",
    help="terminal, github, markdown, sarif, json, html or gitlab; repeatable.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write the (last) format without a file of its own here.",
)
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="Use this configuration, not the base's."
)
@click.option("--dialect", help="The SQL dialect of all files.")
@click.option(
    "--snapshot", type=click.Path(path_type=Path), help="Ask this snapshot of the catalog instead of Secoda."
)
@click.option(
    "--manifest",
    "manifests",
    multiple=True,
    metavar="SIDE=PATH",
    help="dbt's manifest.json, compiled from that side: base=PATH or head=PATH; repeatable.",
)
@click.option(
    "--fail-on", type=click.Choice(["breaking", "impact", "never"]), help="What blocks (default: breaking)."
)
@click.option("--strict/--no-strict", default=None, help="What could not be decided exits with 3.")
@click.option("--offline", is_flag=True, help="Ask no catalog.")
@click.option(
    "--witness/--no-witness",
    default=None,
    help="Look for rows that show the changes (needs DuckDB; default: on).",
)
@click.argument("paths", nargs=-1)
def check(
    base: str | None,
    head: str | None,
    staged: bool,
    formats: tuple[str, ...],
    output: Path | None,
    config_file: Path | None,
    dialect: str | None,
    snapshot: Path | None,
    manifests: tuple[str, ...],
    fail_on: str | None,
    strict: bool | None,
    offline: bool,
    witness: bool | None,
    paths: tuple[str, ...],
) -> None:
    """Judge a pull request: who breaks if it is merged?

    PATHS limits the plain SQL files that are read, counted from the top of the repository; the models of a dbt, SQLMesh
    or Dataform project are always read whole.
    """
    from contract_gate.cli.outputs import destinations, write_report
    from contract_gate.git import Repository, choose_revisions
    from contract_gate.policy import exit_code

    wanted = destinations(formats, output)
    with Repository.open(Path.cwd(), os.environ) as repository:
        revisions = choose_revisions(repository, base, head, staged, os.environ)
        config, note = read_config(repository, revisions, config_file)
        named = _named_paths(repository, revisions, paths)
        config = overridden(config, dialect, fail_on, strict, named, witness)
        report = _judged(repository, revisions, config, note, snapshot, offline, manifests)
    for target in wanted:
        write_report(report, target)
    sys.exit(exit_code(report.verdict))


def read_config(
    repository: "Repository", revisions: "Revisions", config_file: Path | None
) -> tuple["Config", str | None]:
    """Read the configuration of the base revision; of the head where the base has none, and say so."""
    from contract_gate.config import FILES, Config, find_config, parse_config

    if config_file is not None:
        try:
            return parse_config(config_file.read_text(encoding="utf-8"), str(config_file)), None
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"the configuration was not read: {config_file}: {why_unread(error)}",
                "name a TOML file that is there",
            ) from error
    for revision, note in (
        (revisions.base, None),
        (revisions.head, "the configuration is the pull request's own: the base has none"),
    ):
        found = repository.read(revision, FILES)
        texts = {
            name: content.decode("utf-8", "replace")
            for name, content in found.items()
            if isinstance(content, bytes)
        }
        try:
            config = find_config(texts)
        except UsageError as error:
            hint = error.hint if note else _mended(error.hint)
            raise UsageError(f"{error.message} (at {revision})", hint) from error
        if config.source is not None:
            return config, note
    return Config(), None


def _mended(hint: str | None) -> str:
    """Add the way out to a hint: the base's configuration counts, also for the pull request that mends it."""
    way = "until that is merged, --config FILE names another"
    return f"{hint}; {way}" if hint else way


def overridden(
    config: "Config",
    dialect: str | None,
    fail_on: str | None,
    strict: bool | None,
    paths: tuple[str, ...],
    witness: bool | None = None,
) -> "Config":
    """Let the command line's flags go before the configuration."""
    from dataclasses import replace

    from contract_gate.policy import FailOn

    return replace(
        config,
        dialect=dialect or config.dialect,
        fail_on=FailOn(fail_on) if fail_on else config.fail_on,
        strict=config.strict if strict is None else strict,
        paths=paths or config.paths,
        witness=config.witness if witness is None else witness,
    )


def _named_paths(repository: "Repository", revisions: "Revisions", paths: tuple[str, ...]) -> tuple[str, ...]:
    """Bring PATHS into git's form; UsageError for one that no file is at: nothing would be judged, and that passes."""
    if not paths:
        return ()
    from posixpath import normpath

    from contract_gate.models.repository import matching_nothing
    from contract_gate.models.tree import Tree

    named = tuple("*" if path == "." else path for path in map(normpath, paths))
    sides = (Tree(repository, side) for side in (revisions.base, revisions.head))
    missing = matching_nothing(named, *sides)
    if missing:
        raise UsageError(
            f"nothing was checked: neither side has a file at {', '.join(missing)}",
            "paths count from the top of the repository",
        )
    return named


def _judged(
    repository: "Repository",
    revisions: "Revisions",
    config: "Config",
    note: str | None,
    snapshot: Path | None,
    offline: bool,
    manifests: tuple[str, ...],
) -> "Report":
    from dataclasses import replace

    from contract_gate.relevance import concerns_models, quiet_report

    changed = repository.changed_files(revisions.base, revisions.head)
    catalog = _catalog(config, snapshot, offline, trusted=note is None)
    if not concerns_models(changed):
        return quiet_report(revisions, len(changed), catalog.state())
    # Imported here: a pull request without a model is let through before sqlglot is loaded.
    from contract_gate.gate import check as judge_pull_request
    from contract_gate.models.manifests import read_named

    named = read_named(manifests, repository, revisions)
    report = judge_pull_request(repository, revisions, config, catalog, named)
    if note is None:
        return report
    return replace(report, coverage=replace(report.coverage, notes=(*report.coverage.notes, note)))


def _catalog(config: "Config", snapshot: Path | None, offline: bool, *, trusted: bool) -> "Catalog":
    from contract_gate.catalogs.catalog import NoCatalog

    if offline or config.catalog == "none":
        return NoCatalog("the run is offline" if offline else "the configuration asks no catalog")
    from contract_gate.cli.connection import open_catalog

    return open_catalog(config, snapshot, trust_url=trusted)
