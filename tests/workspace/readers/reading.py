"""Readers of a few files, told short: who reads, by which SQL, at which lines of which file."""

from textwrap import dedent

from contract_gate.workspace.readers.queries import in_dialect
from contract_gate.workspace.readers.values import FileReader, ReaderKind
from tests.memory import MemoryFiles


def read(kind: ReaderKind, path: str, files: dict[str, str]) -> tuple[FileReader, ...]:
    """Read one of these files; the others lie beside it."""
    texts = {place: dedent(text) for place, text in files.items()}
    return kind.read(path, texts[path], MemoryFiles(texts))


def names(readers: tuple[FileReader, ...]) -> list[str]:
    return [f"{reader.noun} {reader.name}" for reader in readers]


def queries(readers: tuple[FileReader, ...]) -> list[str]:
    """Give the queries as ANSI writes them, each on one line."""
    return [in_dialect(" ".join(query.sql.split()), "") for reader in readers for query in reader.queries]
