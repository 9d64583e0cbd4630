"""SQL in notebooks: cells of Python, and what magics hand to a warehouse (`%sql`, `%%sql`, `%%bigquery`). Read, never run.

Jupyter's files are JSON with a list of lines a cell; those of Databricks are Python with cells of other languages in comments.
"""

import re
from collections.abc import Iterator

from contract_gate.core.values import dataclass
from contract_gate.sql.comments import blank
from contract_gate.workspace.files import Files
from contract_gate.workspace.python_syntax import parse_python
from contract_gate.workspace.readers.code import queries_of_code
from contract_gate.workspace.readers.json_text import Json, JsonObject, read_json, texts_in
from contract_gate.workspace.readers.literals import Pieced, as_queries
from contract_gate.workspace.readers.python import queries_of
from contract_gate.workspace.readers.r import queries_of_r
from contract_gate.workspace.readers.shell import queries_of_shell
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, moved

_MAGIC = r"%{}(?:\w*sql\w*|bigquery|duckdb|athena|snowflake|redshift|trino|presto)\b"
_COMMENTS = r"(?:\s*#[^\n]*\n)*+\s*"
"""Colab lets comments stand before a magic."""
_CELL_MAGIC = re.compile(rf"{_COMMENTS}{_MAGIC.format('%')}[^\n]*\n?")
_LINE_MAGIC = re.compile(rf"\s*(?:\w+\s*=\s*)?{_MAGIC.format('')}[ \t]*(?:--?\w+[ \t]+)*")
_OTHER_CELL = re.compile(rf"{_COMMENTS}%%(\w+)[^\n]*\n?")
_NO_PYTHON = re.compile(r"^(\s*)(?:[\w, ]+=\s*)?[%!?]|^(\s*)[\w.]+\?{1,2}\s*$")
_PYTHONS = ("", "python", "time", "timeit", "capture", "prun", "spark", "pyspark")
_LANGUAGES = ("python", "ipython", "pyspark")
_PROSE = ("markdown", "md", "html", "latex", "svg")
_DATABRICKS = "# Databricks notebook source"
_COMMAND = re.compile(r"#\s*COMMAND -{5,}")
_HIDDEN = re.compile(r"# MAGIC ?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """A cell: its text, the file's line of each of its lines, and its language where that is not the notebook's."""

    text: str
    lines: tuple[int, ...]
    language: str = "python"


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    if path.endswith(".py"):
        return _read_databricks(path, text, files) if text.startswith(_DATABRICKS) else ()
    notebook = read_json(text)
    if not isinstance(notebook, JsonObject) or not (notebook.items("cells") or notebook.items("worksheets")):
        return ()
    language = notebook.text("metadata", "kernelspec", "language") or notebook.text(
        "metadata", "language_info", "name"
    )
    cells = [_jupyter(cell, language.lower()) for cell in _cells(notebook)]
    return _reader(path, [cell for cell in cells if cell.text.strip()], files)


def _read_databricks(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Read a notebook that Databricks keeps as Python: cells of other languages stand in comments, `# MAGIC %sql`."""
    cells: list[list[tuple[str, int]]] = [[]]
    for number, line in enumerate(text.split("\n"), 1):
        if _COMMAND.match(line):
            cells.append([])
        else:
            cells[-1].append((line, number))
    return _reader(path, [_databricks(cell) for cell in cells if cell], files)


def _databricks(lines: list[tuple[str, int]]) -> _Cell:
    hidden = [(line, number) for line, number in lines if _HIDDEN.match(line)]
    if not hidden:
        return _Cell(text="\n".join(line for line, _ in lines), lines=tuple(number for _, number in lines))
    text = "\n".join(_HIDDEN.sub("", line, count=1) for line, _ in hidden)
    # One percent sign is Databricks' for a whole cell.
    return _Cell(text=re.sub(r"\A\s*%(?=\w)", "%%", text), lines=tuple(number for _, number in hidden))


def _cells(notebook: JsonObject) -> Iterator[JsonObject]:
    """Give the cells of code; before version 4 they lie in worksheets."""
    for holder in (notebook, *notebook.nodes("worksheets")):
        yield from (cell for cell in holder.nodes("cells") if cell.text("cell_type") == "code")


def _jupyter(cell: JsonObject, language: str) -> _Cell:
    source: Json = cell.get("source") if cell.get("source") is not None else cell.get("input")
    pieces = texts_in(source)
    lines: list[int] = []
    for piece in pieces:
        lines.extend([piece.line] * (piece.text.count("\n") or len(pieces) == 1))
    text = "".join(piece.text for piece in pieces)
    last = pieces[-1].line if pieces else cell.line
    lines += [last] * (text.count("\n") + 1 - len(lines))
    own = cell.text("metadata", "language") or language or "python"
    # Databricks exports its own cells so.
    text = re.sub(r"\A\s*%(?=(?:sql|scala|r|sh|python|md)[ \t]*\n)", "%%", text)
    return _Cell(text=text, lines=tuple(lines), language=own)


def _reader(path: str, cells: list[_Cell], files: Files) -> tuple[FileReader, ...]:
    queries = (*_of_python(path, cells, files), *(query for cell in cells for query in _of_cell(cell)))
    ordered = sorted(queries, key=lambda query: query.line)
    return (FileReader(noun="notebook", name=path, queries=tuple(ordered)),) if ordered else ()


def _of_cell(cell: _Cell) -> Iterator[ReaderQuery]:
    """Give the queries of a cell that is no Python, and of the lines of one that are none."""
    magic = _CELL_MAGIC.match(cell.text)
    other = _OTHER_CELL.match(cell.text)
    own = blank(other[0]) + cell.text[other.end() :] if other is not None else cell.text
    if magic is not None or "sql" in cell.language:
        text = blank(magic[0]) + cell.text[magic.end() :] if magic is not None else cell.text
        yield from as_queries(Pieced(text, cell.lines))
    elif other is not None and other[1] in ("bash", "sh", "script"):
        yield from moved(queries_of_shell(own), cell.lines)
    elif (other is not None and other[1].lower() == "r") or cell.language in ("r", "ir"):
        yield from moved(queries_of_r(own), cell.lines)
    elif _is_python(cell):
        yield from _of_lines(cell)
        if _as_python(cell) is None:
            yield from moved(queries_of_code(cell.text), cell.lines)
    elif other is None or other[1].lower() not in _PROSE:
        # A magic that nobody knows may hand its cell to a warehouse.
        whole = tuple(as_queries(Pieced(own, cell.lines), is_sql=False))
        yield from whole or moved(queries_of_code(own), cell.lines)


def _of_lines(cell: _Cell) -> Iterator[ReaderQuery]:
    texts = cell.text.split("\n")
    for number, line in enumerate(texts):
        magic = _LINE_MAGIC.match(line)
        if magic is not None:
            end = number
            while texts[end].rstrip().endswith("\\") and end + 1 < len(texts):
                end += 1
            text = "\n".join([line[magic.end() :], *texts[number + 1 : end + 1]]).replace("\\\n", "\n")
            yield from as_queries(Pieced(text.strip("\"'"), cell.lines[number : end + 1]))
        elif line.lstrip().startswith("!"):
            yield from moved(queries_of_shell("\n" * number + line.lstrip()[1:]), cell.lines)


def _of_python(path: str, cells: list[_Cell], files: Files) -> Iterator[ReaderQuery]:
    """Read the cells of Python as one module: a constant of one cell is filled into the queries of another."""
    texts: list[str] = []
    lines: list[int] = []
    for cell in cells:
        text = _as_python(cell) if _is_python(cell) else None
        if text is not None:
            texts.append(text)
            lines.extend(cell.lines)
    yield from moved(queries_of("\n".join(texts), path, files), tuple(lines))


def _is_python(cell: _Cell) -> bool:
    other = _OTHER_CELL.match(cell.text)
    return cell.language in _LANGUAGES and (other is None or other[1].lower() in _PYTHONS)


def _as_python(cell: _Cell) -> str | None:
    """Give a cell's text without what only notebooks understand; None where it is no Python that this version reads.

    So a draft that is none takes nothing from the other cells.
    """
    plain = "\n".join(_NO_PYTHON.sub(r"\1\2pass #", line, count=1) for line in cell.text.split("\n"))
    return next((text for text in (cell.text, plain) if not isinstance(parse_python(text), str)), None)
