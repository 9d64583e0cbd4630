"""The kinds of files that readers are looked for in, each with a module of its own."""

from contract_gate.workspace.readers import datacontract, keys, notebook, pages, python, r, shell, soda
from contract_gate.workspace.readers.values import ReaderKind

KINDS: tuple[ReaderKind, ...] = (
    datacontract.KIND,
    notebook.KIND,
    python.KIND,
    r.KIND,
    pages.KIND,
    shell.KIND,
    soda.KIND,
    keys.KIND,
)
"""Of those that claim a file, the first that finds a reader in it reads it: what holds for any YAML or JSON is the last."""
