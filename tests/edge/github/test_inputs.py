"""The action's inputs and the command line that they become."""

from pathlib import Path

import pytest
import yaml

from contract_gate.core.errors import UsageError
from contract_gate.edge.github.inputs import Inputs, arguments, read_inputs, settings

WRITTEN = {"json": Path("/p/report.json"), "github": Path("/p/a.txt")}


def test_nothing_given_is_a_check():
    """Empty inputs, as the runner hands them, are no options."""
    inputs = read_inputs({"INPUT_BASE": "", "INPUT_FAIL-ON": " ", "INPUT_COMMENT": "false"})
    assert inputs == Inputs()
    assert arguments(inputs, WRITTEN, []) == [
        "check",
        "--format=terminal",
        "--format=json=/p/report.json",
        "--format=github=/p/a.txt",
        "--",
    ]


def test_every_input_reaches_the_command_line():
    """Options stay one word each, files are replaced by private ones, and paths come after `--`."""
    inputs = read_inputs(
        {
            "INPUT_BASE": "-evil",
            "INPUT_HEAD": "h",
            "INPUT_CONFIG": "c.toml",
            "INPUT_FAIL-ON": "impact",
            "INPUT_DIALECT": "bigquery",
            "INPUT_SNAPSHOT": "s.json",
            "INPUT_MANIFEST": "base=b/manifest.json\n\n head=target/manifest.json \n",
            "INPUT_ALSO": "origin/other\n--x\n",
            "INPUT_FORMAT": "\n sarif = out/x.sarif \ngitlab=g.json",
            "INPUT_PATHS": "models\n-x y",
        }
    )
    assert inputs.files == ("out/x.sarif", "g.json")
    given = arguments(inputs, {}, [Path("/p/0"), Path("/p/1")])
    assert given == [
        "check",
        "--base=-evil",
        "--head=h",
        "--config=c.toml",
        "--fail-on=impact",
        "--dialect=bigquery",
        "--snapshot=s.json",
        "--manifest=base=b/manifest.json",
        "--manifest=head=target/manifest.json",
        "--also=origin/other",
        "--also=--x",
        "--format=terminal",
        "--format=sarif=/p/0",
        "--format=gitlab=/p/1",
        "--",
        "models",
        "-x y",
    ]


def test_sync_takes_a_range():
    """base and head are the ends of the push."""
    inputs = read_inputs(
        {"INPUT_COMMAND": "sync", "INPUT_BASE": "a", "INPUT_HEAD": "b", "INPUT_DRY-RUN": "True"}
    )
    written = {**WRITTEN, "markdown": Path("/p/s.md")}
    assert arguments(inputs, written, []) == [
        "sync", "--before=a", "--after=b", "--dry-run",
        "--format=terminal", "--format=json=/p/report.json", "--format=markdown=/p/s.md",
    ]  # fmt: skip
    names = ("ALL", "WITH-DOCS", "WITH-EXPOSURES")
    whole = read_inputs(
        {"INPUT_COMMAND": "sync", "INPUT_STATE": "x.json", **{f"INPUT_{name}": "true" for name in names}}
    )
    switches = ["--all", "--with-docs", "--with-exposures"]
    assert arguments(whole, {}, []) == ["sync", "--state=x.json", *switches, "--format=terminal"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("COMMAND", "diff"), ("COMMENT", "maybe"), ("DRY-RUN", "2"), ("FORMAT", "html"), ("FORMAT", "=x")],
)
def test_a_wrong_value_is_a_usage_error(name, value):
    """The message names the input."""
    with pytest.raises(UsageError, match=name.lower()):
        read_inputs({f"INPUT_{name}": value})


def test_keys_work_as_inputs_and_from_the_environment():
    """An input wins over the variable; an empty one leaves it."""
    given = {"INPUT_SECODA-API-KEY": "k", "INPUT_SECODA-API-URL": "", "INPUT_GITHUB-TOKEN": "t"}
    assert settings(given) == {"SECODA_API_KEY": "k", "GITHUB_TOKEN": "t"}


def test_every_input_of_the_action_is_read():
    """action.yml and the code know the same inputs."""
    declared = yaml.safe_load((Path(__file__).parents[3] / "action.yml").read_text())["inputs"]

    asked = set()

    class Recorder(dict[str, str]):
        def get(self, key, default=None):
            asked.add(key)
            return default

    read_inputs(Recorder())
    settings(Recorder())
    assert asked == {f"INPUT_{name.upper()}" for name in declared}
