"""SQL on its way out of a file: a block of YAML with its lines, a relation with the columns that are named of it."""

import re
from collections.abc import Callable, Iterable

from contract_gate.core.world import Hole, Rendered
from contract_gate.sql.minimal import quoted as quoted_in
from contract_gate.workspace.documents import Entry
from contract_gate.workspace.plain.placeholders import MARK
from contract_gate.workspace.readers.values import ReaderQuery

ANY_SCHEMA = f"{MARK}ph_schema{MARK}"
"""Stands before a name whose schema the tool's own connection decides: it agrees with any."""
APART, EXPORTED = f"{MARK}ph_apart{MARK}", f"{MARK}ph_exported{MARK}"
"""Stand before a name that is a tool's own: the relation that its file makes, and perhaps what was exported under that name."""
_NAME = re.compile(r"[A-Za-z_]\w*")
_OPENS, _CLOSES = "\ufdd0", "\ufdd1"
"""Around a name that needs quotes, until the dialect is known: no characters of any text."""
_MARKED = re.compile(f"{_OPENS}([^{_OPENS}{_CLOSES}]*){_CLOSES}")
_REFERENCE = re.compile(r"\{\{-?\s*(?:ref|source)\s*\(([^(){}]*)\)\s*-?\}\}")
_QUOTED = re.compile(r"""['"]([^'"]+)['"]""")
_QUERY = re.compile(r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(?:select|with)\b", re.IGNORECASE | re.DOTALL)


def is_query(text: str) -> bool:
    """Tell whether a text begins as a query does."""
    return _QUERY.match(text) is not None


def of_yaml(entry: Entry) -> tuple[str, int, tuple[int, ...]]:
    """Give the text of a scalar, the line where it begins and the line of each of its lines."""
    # Imported here and below: names are written without any YAML.
    from contract_gate.workspace.readers.keys import pieced

    made = pieced(entry, 0)
    return made.text, made.lines[0], made.lines


def query_of_yaml(entry: Entry) -> ReaderQuery:
    """Give the text of a scalar as a query."""
    sql, line, lines = of_yaml(entry)
    return ReaderQuery(sql=sql, line=line, lines=lines)


def of_columns(relation: str, columns: Iterable[tuple[str, int]], line: int) -> ReaderQuery:
    """Write a relation and the columns that are named of it, with their lines, as a query; with none it reads the relation."""
    read: dict[str, int] = {}
    for name, at in columns:
        read.setdefault(name, at)
    select = ",\n".join(f"read_.{name}" for name in read) or "1"
    lines = (line, *(read.values() or (line,)), line)
    return ReaderQuery(sql=f"SELECT\n{select}\nFROM {relation} AS read_", line=line, lines=lines)


def relation(*parts: str | None) -> str:
    """Write a relation's name, outermost part first; parts that nobody says are left out, a lone name has any schema."""
    known = [quoted(part) for part in parts if part]
    return ".".join(known if len(known) > 1 else (ANY_SCHEMA, *known))


def quoted(name: str) -> str:
    """Write a name for `in_dialect`: as it is where it is a plain word in one case, which no dialect takes for another."""
    plain = _NAME.fullmatch(name) is not None and name in (name.lower(), name.upper())
    return name if plain else f"{_OPENS}{name}{_CLOSES}"


def with_references(template: str, written: Callable[[str], str]) -> str:
    """Write dbt's references in a template by their last words, as `written` says them."""

    def write(found: re.Match[str]) -> str:
        words = _QUOTED.findall(found[1])
        return written(words[-1]) if words else found[0]

    return _REFERENCE.sub(write, template)


def in_any_schema(name: str) -> str:
    """Write a relation whose schema nobody says."""
    return f"${{schema}}.{name}"


def in_dialect(sql: str, dialect: str) -> str:
    """Put the quotes of a dialect around the names that were written by `quoted`: `"` is a text in some and a name in others."""
    return _MARKED.sub(lambda found: quoted_in(found[1], dialect), sql) if _OPENS in sql else sql


def parsed(text: str) -> Entry | None:
    """Read the first document of a YAML file. Raises UnreadableReaderError."""
    from contract_gate.workspace.readers.keys import documents_of

    documents = documents_of(text)
    return documents[0][0] if documents else None


def joined(queries: Iterable[ReaderQuery], place: str, path: str) -> Rendered:
    """Write queries as one script of the reader at `place`; each keeps the lines of its own file, else of the one that is read."""
    texts: list[str] = []
    lines: list[int] = []
    files: list[str] = []
    holes: dict[Hole, None] = {}
    for query in queries:
        text = query.sql.rstrip().rstrip(";") + "\n;"
        count = text.count("\n")
        known = query.lines or tuple(range(query.line, query.line + count))
        texts.append(text)
        lines.extend((*known, *(known[-1:] * (count + 1)))[: count + 1])
        files.extend([query.path or path] * (count + 1))
        holes.update(dict.fromkeys(query.holes))
    elsewhere = (None if file == place else (file, line) for file, line in zip(files, lines, strict=True))
    return Rendered(
        sql="\n".join(texts), lines=tuple(lines), holes=tuple(holes),
        elsewhere=tuple(elsewhere) if set(files) != {place} else (),
    )  # fmt: skip
