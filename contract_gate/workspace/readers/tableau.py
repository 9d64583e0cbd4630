"""Tableau's workbooks and data sources: custom SQL, tables and the columns of them that worksheets use.

`.twb` and `.tds` are XML: https://tableau.github.io/document-api-python/. Read without entities and inside of bounds;
of the packed forms (`.twbx`, `.tdsx`: archives) the one document is taken out, and the data that lie beside it are not.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.files import Files
from contract_gate.workspace.markup import MAX_CHARACTERS, BadXmlError, Element, parse_xml
from contract_gate.workspace.readers.queries import of_columns, quoted, relation
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, UnreadableReaderError

_DOCUMENTS, _PACKED = (".twb", ".tds"), (".twbx", ".tdsx")
_BRACKETED = re.compile(r"\[((?:[^\]]|\]\])*)\]")
_NO_TABLE = re.compile(r"\$$|#(?:csv|txt|tsv|json|hyper)$|^(?:Extract|sqlproxy)$")
"""A sheet, a file, Tableau's own copy, a data source that is published elsewhere."""
_PARAMETER = re.compile(r"<\[?Parameters\]?\.\[([^\]]*)\]>")


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give the data sources of a workbook, each with the columns that it takes."""
    root = read_xml(text)
    used = _used(root)
    readers = []
    for source in root.walk("datasource") if root.name != "datasource" else (root,):
        queries = tuple(_queries(source, used))
        title = source.get("caption") or source.get("formatted-name") or source.get("name")
        if queries:
            sheets = ", ".join(f"`{sheet}`" for sheet in _sheets(root, source.get("name"))[:3])
            readers.append(
                FileReader(
                    noun="data source", name=f"{title} (worksheets {sheets})" if sheets else title or path, line=source.line,
                    queries=queries, dialect=_dialect(source),
                )
            )  # fmt: skip
    return tuple(readers)


def unpack(path: str, content: bytes) -> bytes:
    """Give the document of a packed file, other files as they are. Raises UnreadableReaderError."""
    if not path.endswith(_PACKED):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inner = next((each for each in archive.infolist() if each.filename.endswith(_DOCUMENTS)), None)
            if inner is None:
                raise UnreadableReaderError("no document is in the archive")
            with archive.open(inner) as opened:
                # Its own word on its size is not taken.
                document = opened.read(MAX_CHARACTERS + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        raise UnreadableReaderError(f"it is no archive that can be read: {error}") from error
    if len(document) > MAX_CHARACTERS:
        raise UnreadableReaderError(f"its document is longer than {MAX_CHARACTERS:,} characters")
    return document


def read_xml(text: str) -> Element:
    """Parse a document that declares nothing of its own. Raises UnreadableReaderError."""
    try:
        return parse_xml(text, _plain)
    except BadXmlError as error:
        raise UnreadableReaderError(str(error)) from error


def _plain(name: str) -> str:
    """Newer versions write `_.fcp.ObjectModelEncapsulateLegacy.true...relation` for `relation`."""
    return name.rpartition("...")[2]


def _dialect(source: Element) -> str | None:
    kinds = (each.get("class") or "" for each in source.walk("connection"))
    return next((found for kind in kinds if (found := product_dialect(kind)) is not None), None)


def _queries(source: Element, used: frozenset[tuple[str, str]]) -> Iterator[ReaderQuery]:
    """Give the SQL and the tables of a data source; a relation that is written twice counts once."""
    columns = _columns(source, used)
    seen: set[tuple[str, str]] = set()
    for each in source.walk("relation"):
        kind, name = each.get("type"), each.get("name")
        place = (kind, each.text.strip() or each.get("table"))
        if kind not in ("text", "table") or place in seen:
            continue
        seen.add(place)
        if kind == "text":
            # Tableau doubles what would begin a parameter.
            sql = _PARAMETER.sub(r"{{ \1 }}", each.text).replace("<<", "<").replace(">>", ">")
            yield ReaderQuery(sql=sql, line=each.line)
        elif (parts := _BRACKETED.findall(each.get("table"))) and _NO_TABLE.search(parts[-1]) is None:
            # BigQuery's project and dataset are one name here.
            outer = [piece for part in parts[:-1] for piece in part.split(".")]
            yield of_columns(relation(*outer, parts[-1]), columns.get(name, []), each.line)


def _columns(source: Element, used: frozenset[tuple[str, str]]) -> dict[str, list[tuple[str, int]]]:
    """The columns of each table that a worksheet takes; all that are known where no worksheet is here."""
    found: dict[str, list[tuple[str, int]]] = {}
    for record in source.walk("metadata-record"):
        if record.get("class") != "column":
            continue
        said = {child.name: (child.text.strip(), child.line) for child in record.children}
        column, local = said.get("remote-name"), said.get("local-name")
        parent = _BRACKETED.findall(said.get("parent-name", ("", 0))[0])
        if column is None or not parent or not column[0]:
            continue
        if not used or local is None or (source.get("name"), local[0]) in used:
            found.setdefault(parent[-1], []).append((quoted(column[0]), column[1]))
    for clause in source.walk("clause"):
        # What tables are joined by is read, whatever worksheets show.
        for each in clause.walk("expression"):
            if len(parts := _BRACKETED.findall(each.get("op"))) == 2:
                found.setdefault(parts[0], []).append((quoted(parts[1]), each.line))
    return found


def _used(root: Element) -> frozenset[tuple[str, str]]:
    """The columns that worksheets depend on, by the name of the data source; those in formulas count with them."""
    found: set[tuple[str, str]] = set()
    for part in root.walk("datasource-dependencies"):
        source = part.get("datasource")
        for column in part.walk("column", "column-instance"):
            found.add((source, column.get("name") if column.name == "column" else column.get("column")))
        for formula in part.walk("calculation"):
            found.update((source, f"[{name}]") for name in _BRACKETED.findall(formula.get("formula")))
    return frozenset(found)


def _sheets(root: Element, source: str) -> list[str]:
    return [
        sheet.get("name")
        for sheet in root.walk("worksheet")
        if any(part.get("datasource") == source for part in sheet.walk("datasource-dependencies"))
    ]
