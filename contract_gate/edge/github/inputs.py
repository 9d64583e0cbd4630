"""Reads the container action's inputs and turns them into the command line of `contract-gate`.

A runner hands an input as `INPUT_<NAME>`: upper case, blanks as `_`, hyphens kept, an empty text where it was not
given. `required: true` is not enforced by the runner.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from contract_gate.core.errors import UsageError
from contract_gate.core.values import dataclass

_COMMANDS = ("check", "sync")
_OF_SYNC = ("json", "markdown")
_TRUE = {"true": True, "1": True, "yes": True, "on": True}
_FALSE = {"false": False, "0": False, "no": False, "off": False, "": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What `with:` said; None and () where it said nothing.

    `formats` are pairs of a format and the workspace's file that it is written to.
    """

    command: str = "check"
    base: str | None = None
    head: str | None = None
    config: str | None = None
    fail_on: str | None = None
    dialect: str | None = None
    snapshot: str | None = None
    manifests: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    also_open: bool = False
    formats: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    comment: bool = False
    approvals: bool = False
    dry_run: bool = False
    everything: bool = False
    state: str | None = None
    with_docs: bool = False
    with_exposures: bool = False
    report: str = "contract-gate.json"

    @property
    def files(self) -> tuple[str, ...]:
        """Give the workspace's files that formats are written to, in their order."""
        return tuple(file for _, file in self.formats)


# An input that has a name in the environment too; the input wins where it was given.
_SETTINGS = {
    "secoda-api-key": "SECODA_API_KEY",
    "secoda-api-url": "SECODA_API_URL",
    "github-token": "GITHUB_TOKEN",
}


def read_inputs(environment: Mapping[str, str]) -> Inputs:
    """Read the inputs; UsageError for a value that an input does not take."""
    command = _given(environment, "command") or "check"
    if command not in _COMMANDS:
        raise UsageError(f"the input command is {command!r}", "it is check or sync")
    return Inputs(
        command=command,
        base=_given(environment, "base"),
        head=_given(environment, "head"),
        config=_given(environment, "config"),
        fail_on=_given(environment, "fail-on"),
        dialect=_given(environment, "dialect"),
        snapshot=_given(environment, "snapshot"),
        manifests=_lines(environment, "manifest"),
        consumers=_lines(environment, "consumers"),
        also=_lines(environment, "also"),
        also_open=_switch(environment, "also-open"),
        formats=tuple(_format(line) for line in _lines(environment, "format")),
        paths=_lines(environment, "paths"),
        comment=_switch(environment, "comment"),
        approvals=_switch(environment, "approvals"),
        dry_run=_switch(environment, "dry-run"),
        everything=_switch(environment, "all"),
        state=_given(environment, "state"),
        with_docs=_switch(environment, "with-docs"),
        with_exposures=_switch(environment, "with-exposures"),
        report=_given(environment, "report") or "contract-gate.json",
    )


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Give the environment variables that inputs stand for, where they were given."""
    return {name: value for key, name in _SETTINGS.items() if (value := _given(environment, key))}


def arguments(
    inputs: Inputs, written: Mapping[str, Path], others: Sequence[Path], approvals: Path | None = None
) -> list[str]:
    """Give the arguments of `contract-gate`. `approvals`: the file of what people allowed.

    `written` names the formats that the action reads back and their private files; `others` are the private files
    that stand in for `inputs.files`, in the same order.
    """
    if inputs.command == "sync":
        values = {
            "--before": inputs.base,
            "--after": inputs.head,
            "--config": inputs.config,
            "--state": inputs.state,
        }
        switches = {
            "--all": inputs.everything,
            "--with-docs": inputs.with_docs,
            "--with-exposures": inputs.with_exposures,
            "--dry-run": inputs.dry_run,
        }
        kept = [f"--format={name}={file}" for name, file in written.items() if name in _OF_SYNC]
        given = [name for name, is_set in switches.items() if is_set]
        return ["sync", *_options(values), *given, "--format=terminal", *kept]
    options = {
        "--base": inputs.base,
        "--head": inputs.head,
        "--config": inputs.config,
        "--fail-on": inputs.fail_on,
        "--dialect": inputs.dialect,
        "--snapshot": inputs.snapshot,
        "--approvals": None if approvals is None else str(approvals),
    }
    asked = [f"{name}={private}" for (name, _), private in zip(inputs.formats, others, strict=True)]
    formats = ["terminal", *(f"{name}={file}" for name, file in written.items()), *asked]
    named = [f"--manifest={each}" for each in inputs.manifests]
    named += [f"--consumers={each}" for each in inputs.consumers]
    named += [f"--also={each}" for each in inputs.also]
    return [
        "check",
        *_options(options),
        *named,
        *(f"--format={each}" for each in formats),
        "--",
        *inputs.paths,
    ]


def _options(values: Mapping[str, str | None]) -> list[str]:
    """Write `--name=value` in one word: a value that starts with a hyphen stays a value."""
    return [f"{name}={value}" for name, value in values.items() if value is not None]


def _given(environment: Mapping[str, str], name: str) -> str | None:
    return environment.get(f"INPUT_{name.replace(' ', '_').upper()}", "").strip() or None


def _lines(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    text = _given(environment, name) or ""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _format(line: str) -> tuple[str, str]:
    name, _, file = (part.strip() for part in line.partition("="))
    if not name or not file:
        raise UsageError(
            f"the input format has the line {line!r}", "write FORMAT=FILE, as in sarif=contract-gate.sarif"
        )
    return name, file


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = _given(environment, name) or ""
    value = (_TRUE | _FALSE).get(text.lower())
    if value is None:
        raise UsageError(f"the input {name} is {text!r}", "it is true or false")
    return value
