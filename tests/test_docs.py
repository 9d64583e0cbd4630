"""The pages in docs/ say what the program does: each is found, and its examples are run."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.test_readme import ROOT, unknown_calls

PAGES = sorted((ROOT / "docs").glob("*.md"))
BY_NAME = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
LOADS = {"toml": tomllib.loads, "json": json.loads, "yaml": yaml.safe_load}


def examples(*languages: str) -> Iterator[Any]:
    """Give the blocks of code of these languages, each under its page and number."""
    for name, text in BY_NAME.items():
        for number, (language, code) in enumerate(re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)):
            if language in languages:
                yield pytest.param(language, code, id=f"{name}-{number}")


def test_each_page_is_in_the_table_of_contents() -> None:
    """A page that nobody links is one that nobody finds."""
    linked = set(re.findall(r"\]\(([\w.-]+\.md)\)", BY_NAME["README.md"]))
    assert linked == {*BY_NAME} - {"README.md"}


@pytest.mark.parametrize("name", [name for name in BY_NAME if name != "design.md"])
def test_each_command_exists_with_its_options(name: str) -> None:
    """In blocks of a shell and in the middle of a sentence alike."""
    consoles = re.findall(r"```(?:console|shell)\n(.*?)```", BY_NAME[name], re.DOTALL)
    inline = re.findall(
        r"`(contract-gate [^`\n]+)`", re.sub(r"```.*?```", "", BY_NAME[name], flags=re.DOTALL)
    )
    assert unknown_calls("\n".join([*consoles, *inline])) == []


@pytest.mark.parametrize(("language", "code"), [*examples("toml", "json", "yaml")])
def test_each_piece_of_data_can_be_read(language: str, code: str) -> None:
    """What is copied from a page is no error of its language."""
    assert LOADS[language](code) is not None


@pytest.mark.parametrize(("language", "code"), [*examples("python")])
def test_each_piece_of_python_runs(language: str, code: str) -> None:
    """As it stands, in an empty namespace."""
    exec(compile(code, language, "exec"), {})
