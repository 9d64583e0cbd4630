"""SQLMesh's unit tests: the columns of their rows. SQLMesh refuses rows with a column that the model or its input has not.

https://sqlmesh.readthedocs.io/en/stable/concepts/tests/
"""

from collections.abc import Iterator

from contract_gate.core.values import dataclass
from contract_gate.workspace.content import csv_header
from contract_gate.workspace.documents import BadYamlError, Entry, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTest:
    """A test of a model: `reads` are (model, column, line) that its rows name."""

    name: str
    line: int
    reads: tuple[tuple[str, str, int], ...]


def unit_tests(text: str) -> list[UnitTest] | str:
    """Read a file of tests; a `str` says why it can't be read."""
    try:
        entry = read_yaml(text)
    except BadYamlError as error:
        return f"the YAML can't be read: {error}"
    found = []
    for name, body in entry.entries() if entry is not None else ():
        model = body.text("model")
        if model:
            reads = tuple(dict.fromkeys(_reads(model, body)))
            found.append(UnitTest(name=name, line=body.line, reads=reads))
    return found


def _reads(model: str, body: Entry) -> Iterator[tuple[str, str, int]]:
    for name, rows in body.fields("inputs"):
        yield from ((name, column, line) for column, line in _columns(rows))
    if (query := body.get("outputs", "query")) is not None:
        yield from ((model, column, line) for column, line in _columns(query))


def _columns(entry: Entry) -> Iterator[tuple[str, int]]:
    """Give the columns of rows, each once: a list of mappings, `rows` with one, or CSV."""
    rows = entry.get("rows") or entry
    if rows.scalar is not None and entry.text("format") == "csv":
        yield from ((name, rows.line) for name in csv_header(rows.scalar))
    seen = set()
    for row in rows.items():
        for name, value in row.entries():
            if name not in seen:
                seen.add(name)
                yield name, value.line
