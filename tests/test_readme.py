"""The README says what the program does: its commands, options, codes and links are real."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import yaml

from contract_gate.cli import group
from contract_gate.core.errors import ExitCode
from contract_gate.edge.config_file import parse_config

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_CALL = re.compile(r"contract-gate ([^`\n#|&;]+)")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_commands_and_options() -> None:
    """Each command in code exists, with each of its options; each command that exists is listed, nested ones too."""
    code = "\n".join(re.findall(r"`([^`\n]+)`", README) + blocks("console"))
    assert unknown_calls(code) == []
    assert {_called(call)[0] for call in _CALL.findall(code)} >= set(_commands(group))


def unknown_calls(code: str) -> list[str]:
    """Give the calls in a text that name a command or an option that there is not."""
    calls = [call for call in _CALL.findall(code) if re.match(r"[a-z-]", call)]
    return [call for call in calls if not _called(call)[1]]


def _called(call: str) -> tuple[str, bool]:
    """Give the whole name of the command that is called, and tell whether it has all the options."""
    name, command = "", click.Command("")
    group_, words = group, call.split()
    while isinstance(group_, click.Group) and words and re.fullmatch(r"[a-z][\w-]*", words[0]):
        word = words.pop(0)
        found = group_.get_command(click.Context(group_), word)
        if found is None:
            return name, False
        name, command, group_ = f"{name} {word}".strip(), found, found
    options = {word.partition("=")[0] for word in words if word.startswith("-")}
    known = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    return name, options <= known | {"--version", "--help"}


def _commands(group_: click.Group, before: str = "") -> Iterator[str]:
    context = click.Context(group_)
    for name in group_.list_commands(context):
        command = group_.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name


def test_exit_codes() -> None:
    """The table has every code, and no other."""
    table = README.split("## Exit codes")[1].split("##")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == {
        code.value for code in ExitCode
    }


def test_the_configuration() -> None:
    """The example is a configuration."""
    (text,) = blocks("toml")
    assert tomllib.loads(text)["dialect"] == parse_config(text, "contract-gate.toml").dialect == "snowflake"


def test_the_action_and_the_hooks() -> None:
    """The inputs and the hooks of the examples exist."""
    action, hooks = (yaml.safe_load(text) for text in blocks("yaml"))
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    assert set(action[1]["with"]) <= set(inputs)
    known = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert {hook["id"] for hook in hooks[0]["hooks"]} == known


def test_links() -> None:
    """Each link of a page to a file leads to one, and to a heading that is there."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]*)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if target and "://" not in target:
                assert (page.parent / target).exists(), (page.name, target)


def test_make_targets() -> None:
    """Each `make` in the README is a target of the Makefile that explains itself."""
    told = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout
    targets = {line.split()[0] for line in told.splitlines() if line.strip()}
    named = set(
        re.findall(r"\bmake (\w[\w-]*)", "\n".join(re.findall(r"`([^`\n]+)`", README) + blocks("console")))
    )
    assert named
    assert named <= targets | {"help"}
