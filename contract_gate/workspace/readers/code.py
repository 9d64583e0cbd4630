"""SQL in programs of other languages: texts in quotes that are queries, and of what is written like a shell's script its heredocs too."""

from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.literals import queries_of_code
from contract_gate.workspace.readers.shell import queries_of_shell
from contract_gate.workspace.readers.values import FileReader, script

_LIKE_SHELL = (".tf", ".hcl", "akefile", ".mk")
"""Terraform's texts and a Makefile's recipes have the shell's quotes, variables, heredocs and comments."""


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give the file as one reader."""
    queries_of = queries_of_shell if path.endswith(_LIKE_SHELL) else queries_of_code
    return script(path, queries_of(text))
