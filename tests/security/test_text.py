"""Untrusted text acts nowhere: not in a terminal, nor in a log that a CI runner reads, in no command and no format."""

import json
import re
import unicodedata
from dataclasses import replace

import pytest

from contract_gate.catalogs.catalog import Asset, Downstream, Reached
from contract_gate.catalogs.presentation import answer_to_json, answer_to_text
from contract_gate.core.coverage import CatalogState, CatalogStatus
from contract_gate.core.printable import escaped, is_plain, json_text, printable
from contract_gate.core.relation import RelationName
from contract_gate.edge.github import commands
from contract_gate.reports import FORMATS
from tests.e2e.project import Project

EVIL = (
    "##[error]a",
    "##vso[task.setvariable variable=x]a",
    "##teamcity[buildStatus status='SUCCESS']",
    "###[group]a",
    "::error::a",
    "::stop-commands::a",
    "a\n::error::b",
    "a\r::error::b",
    "a\x0b::error::b",
    "a\u2028::error::b",
    "a\x85::error::b",
    "\x1b[2Ka",
    "\x1b]8;;https://x.test\x07a",
    "\x9b2Ka",
    "a\u202eb",
    "a\u2066b",
    "a\u200bb",
    "a\x00b",
    "a\udcffb",
)
RUNNER = re.compile(r"##\w*\[|(?:\A|[\n\r])[\s\ufeff]*::", re.ASCII)
ANNOTATION = re.compile(r"^::(?:error|warning|notice)[ :]", re.MULTILINE)


def acts(text: str) -> str | None:
    """Give what a runner or a terminal would obey."""
    found = RUNNER.search(text)
    if found is not None:
        return found[0]
    allowed = {"\n", "\u200b"}
    return next(
        (
            repr(c)
            for c in text
            if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in allowed
        ),
        None,
    )


@pytest.mark.parametrize("text", EVIL, ids=repr)
def test_one_line(text: str) -> None:
    """What is shown on a line acts nowhere in it, and is no line of its own; what was taken out shows as an escape."""
    for show in (printable, escaped):
        assert acts(show(text).replace("\u200b", "\x00")) is None
        assert len(show(text).splitlines()) == 1
    assert not is_plain(text)
    assert json.loads(json_text({text.replace("\udcff", ""): 1})) == {text.replace("\udcff", ""): 1}
    assert acts(json_text([text])) is None
    assert RUNNER.search(commands.defused(text)) is None


@pytest.mark.parametrize("text", ["a::int", "where a = 'x::y'", "# [a]", "## a [b]", "é ü 漢"])
def test_ordinary_text_stays(text: str) -> None:
    """SQL and names in any script are shown as they are."""
    assert printable(text) == text
    assert is_plain(text)


@pytest.mark.parametrize("text", EVIL, ids=repr)
def test_downstream(text: str) -> None:
    """A title of the catalog does not act in `downstream`, as text or as JSON."""
    asset = Asset(id="1", kind="chart", name=text, owners=(text,), inside=text)
    answer = Downstream(
        relation=RelationName(("s", "a")),
        as_asset=replace(asset, kind="table"),
        reached=(Reached(asset=asset, column=text, via=(text,)),),
        truncated=text,
        note=text,
        unknown_columns=(text,),
    )
    state = CatalogState(name="secoda", status=CatalogStatus.ANSWERED, note=text)
    assert acts(answer_to_text(answer)) is None
    assert acts(answer_to_json(answer, state)) is None


NAMES = ("##[error]t", "##vso[task.complete]t", "::error::t", "\x1b[31mt", "t\u202et")


def test_every_format(repository: Project) -> None:
    """Names of files, relations and columns act in no format of `check`, nor in `lineage`, `diff` and `witness`."""
    base = {
        f"{name}.sql": f'create view s."{name}" as select id, 1 as "{name}c", 2 as "##[x]{index}" from s.raw;\n'
        for index, name in enumerate(NAMES)
    }
    readers = {
        f"r{index}.sql": f'create view s.r{index} as select "{name}c" from s."{name}";\n'
        for index, name in enumerate(NAMES)
    }
    repository.commit({"contract-gate.toml": 'dialect = "postgres"\n', **base, **readers})
    repository.pull_request({path: re.sub(r', 1 as "[^"]*"', "", text) for path, text in base.items()})
    outputs: dict[str, str] = {}
    wanted = [f"--format={form}=../report.{form}" for form in FORMATS]
    outputs["stdout"] = repository.run(
        "check", "--base", "main", "--no-witness", *wanted, "--format=terminal"
    ).out
    outputs |= {form: (repository.directory.parent / f"report.{form}").read_text("utf-8") for form in FORMATS}
    (repository.directory / "old.sql").write_bytes(base[f"{NAMES[1]}.sql"].encode())
    for command in (("lineage",), ("diff", "old.sql")):
        for form in ("terminal", "json"):
            ran = repository.run(*command, f"./{NAMES[0]}.sql", "--dialect", "postgres", "--format", form)
            outputs[f"{command} {form}"] = ran.out + ran.err
    shown = repository.run("witness", NAMES[0], "--base", "main", "--seconds", "1", CI="1")
    outputs["witness"] = shown.out + shown.err
    outputs["error"] = repository.run("check", "--base", "##[x]::y").err
    for form, text in outputs.items():
        assert text, form
        told = ANNOTATION.sub("", text) if form == "github" else text
        assert acts(told) is None, (form, acts(told))


def test_a_path_that_is_printed() -> None:
    """Blanks in a path stay: `escaped` does not fold them."""
    assert escaped("a  b") == "a  b"
