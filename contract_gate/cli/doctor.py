"""`contract-gate doctor`: check what a run depends on, one line a check."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from contract_gate.app.health.check import Check
    from contract_gate.cli.configuration import Configured
    from contract_gate.edge.config import Config


@click.command()
@click.option(
    "--trial/--no-trial",
    default=True,
    help="Judge the last merged change that touches a model (default: on).",
)
def doctor(trial: bool) -> None:
    """Check git, the configuration, the models, and Secoda's key, rights and freshness; say how to mend what is not well."""
    from contract_gate.app.health.check import Health
    from contract_gate.cli.progress import shown
    from contract_gate.core.errors import ContractGateError

    found: list[Check] = []
    with shown(os.environ) as say:
        for check in _checks(Path.cwd(), trial):
            found.append(check)
            say("\n".join(_lines(check)))
    failed = dict.fromkeys(check.name for check in found if check.health is Health.FAILED)
    if failed:
        raise ContractGateError(f"not everything is well: {', '.join(failed)}", "see the lines above")


def _lines(check: "Check") -> "Iterator[str]":
    """Say what was found and how to mend it, in the width of the screen; a log has each on one line."""
    from contract_gate.cli.outputs import screen
    from contract_gate.core.printable import printable

    begin, rest = f"{check.health.value:<7}{check.name:<9}", " " * _INDENT
    for text in filter(None, (check.said, check.hint)):
        if sys.stdout.isatty():
            from contract_gate.reports.screen import Screen

            lines = Screen().wrapped(text, screen()[1] - _INDENT)
        else:
            lines = [printable(text)]
        for line in lines:
            yield begin + line
            begin = rest


_INDENT = 16


def _checks(directory: Path, trial: bool) -> "Iterator[Check]":
    from contract_gate.app.health.check import failed
    from contract_gate.cli.configuration import of_branch
    from contract_gate.core.errors import UsageError

    try:
        configured = of_branch(directory, os.environ)
    except UsageError as error:
        yield failed("config", error)
        configured = None
    yield from _repository_checks(directory, configured.config if configured else None, trial)
    if configured is not None:
        yield from _catalog_checks(configured)


def _repository_checks(directory: Path, config: "Config | None", trial: bool) -> "Iterator[Check]":
    """Look at the repository; without a configuration that can be read only at what does not hang on it."""
    from contract_gate.app.health import repository as health
    from contract_gate.app.health.check import failed
    from contract_gate.cli.configuration import tried
    from contract_gate.core.errors import ContractGateError, UsageError
    from contract_gate.edge.git import Repository

    try:
        repository = Repository.open(directory, os.environ)
    except ContractGateError as error:
        yield failed("git", error)
        return
    with repository:
        yield from health.history_checks(repository, os.environ)
        if config is None:
            return
        try:
            tried(repository, None)
        except UsageError as error:
            # Not what holds, which is read: what somebody writes, and would find out once it is merged.
            yield failed("config", error)
        yield from health.reading_checks(repository, config)
        yield from health.manifest_checks(repository, config)
        if trial:
            yield from health.trial_checks(repository, config)


def _catalog_checks(configured: "Configured") -> "Iterator[Check]":
    from contract_gate.app.health.check import failed, noted, well
    from contract_gate.app.health.secoda import check_secoda
    from contract_gate.catalogs.secoda.settings import KEY_VARIABLE
    from contract_gate.cli.secoda import secoda_settings
    from contract_gate.core.errors import UsageError

    try:
        settings = secoda_settings(configured.config)
    except UsageError as error:
        yield failed("config", error)
        return
    said = configured.config.source or "none: the defaults hold"
    yield noted("config", configured.note) if configured.note else well("config", said)
    if settings is None:
        yield noted("key", f"{KEY_VARIABLE} is not set: the repository's own models are judged alone")
        return
    yield from asyncio.run(check_secoda(settings))
