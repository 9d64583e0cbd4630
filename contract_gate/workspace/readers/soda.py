"""Soda's checks (https://docs.soda.io/soda-cl-overview): what they measure of a relation, written as the query that Soda runs.

A dataset is named without its schema, which the connection gives: it is a placeholder here.
"""

import re
from collections.abc import Iterator

from contract_gate.workspace.documents import Entry
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.keys import documents_of, pieced
from contract_gate.workspace.readers.literals import Pieced, as_queries, reading
from contract_gate.workspace.readers.queries import in_any_schema
from contract_gate.workspace.readers.values import FileReader, ReaderQuery

_CHECKS = re.compile(
    r"(?:checks|filter|discover columns|profile columns) for (?P<table>[\w.\"`$-]+)|filter (?P<other>[\w.\"`$-]+)"
)
_MEASURED = re.compile(r"\b[a-z_]+\(([^()]*)\)")
_REFERENCE = re.compile(r"values in \(([^()]*)\) must (?:not )?exist in ([\w.\"`$-]+) \(([^()]*)\)")
_COLUMN = re.compile(r"[A-Za-z_]\w*|\"[^\"]+\"|`[^`]+`")
_EXPRESSION = re.compile(r"fail condition|where|.* expression")
_QUERY = re.compile(r"fail query|query|.* query")
_LISTS = ("when required column missing", "when wrong column type", "when wrong column index")


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    found: list[FileReader] = []
    for document, above in documents_of(text):
        for title, checks in document.entries():
            table = _CHECKS.match(title)
            if table is None:
                continue
            name = table["table"] or table["other"]
            queries = sorted(_queries(_relation(name), checks, above), key=lambda query: query.line)
            line = checks.line + above
            whole = reading("1", _relation(name), Pieced("", (line,)))
            found.append(
                FileReader(noun="check", name=f"{title} ({path})", line=line, queries=(whole, *queries))
            )
    return tuple(found)


def _relation(name: str) -> str:
    return name if "." in name else in_any_schema(name)


def _queries(relation: str, checks: Entry, above: int) -> Iterator[ReaderQuery]:
    """Give what each check of a relation reads; keys are read down to where SQL or columns stand."""
    pending = [checks]
    while pending:
        value = pending.pop()
        line = value.line + above
        if value.scalar is not None:
            yield from _measured(relation, value.scalar, line)
        for item in reversed(value.items()):
            pending.append(item)
        for key, inner in reversed([*value.entries()]):
            if _EXPRESSION.fullmatch(key) and inner.scalar:
                made = pieced(inner, above)
                if "expression" in key:
                    yield reading(made.text.strip(), relation, made)
                else:
                    yield reading("1", relation, made, made.text.strip())
            elif _QUERY.fullmatch(key) and inner.scalar:
                yield from as_queries(pieced(inner, above))
            elif key in _LISTS:
                names = [name for name, _ in inner.entries()] or [each.scalar or "" for each in inner.items()]
                yield from _columns(relation, names, inner.line + above)
            else:
                yield from _measured(relation, key, line)
                pending.append(inner)


def _measured(relation: str, check: str, line: int) -> Iterator[ReaderQuery]:
    """`missing_count(amount) = 0` reads the column; a check of references reads both its sides."""
    reference = _REFERENCE.search(check)
    if reference is not None:
        yield from _columns(relation, reference[1].split(","), line)
        yield from _columns(_relation(reference[2]), reference[3].split(","), line)
    else:
        for found in _MEASURED.finditer(check):
            yield from _columns(relation, found[1].split(","), line)


def _columns(relation: str, names: list[str], line: int) -> Iterator[ReaderQuery]:
    known = [name.strip() for name in names if _COLUMN.fullmatch(name.strip())]
    if known:
        yield reading(", ".join(known), relation, Pieced("", (line,)))
