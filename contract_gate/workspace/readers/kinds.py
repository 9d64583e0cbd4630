"""The kinds of files that readers are looked for in, each with a module of its own."""

from contract_gate.workspace.readers import python
from contract_gate.workspace.readers.values import ReaderKind

KINDS: tuple[ReaderKind, ...] = (python.KIND,)
"""The first that claims a file reads it."""
