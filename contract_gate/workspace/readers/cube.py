"""Cube's data models: cubes in YAML and in literal JavaScript.

https://cube.dev/docs/reference/data-model/cube. `{CUBE}` is the cube's own table, `{users.id}` a member of another cube.
JavaScript is parsed and never run: what a cube computes is not read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from contract_gate.core.values import dataclass, replace
from contract_gate.workspace.dataform.syntax import SyntaxNode, parse_script
from contract_gate.workspace.dataform.tokens import NotRead
from contract_gate.workspace.documents import Entry
from contract_gate.workspace.files import Files, read_texts
from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.literals import word_of
from contract_gate.workspace.readers.queries import of_yaml, parsed
from contract_gate.workspace.readers.tables import SemanticField, SemanticTable, field_queries, known_name
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, UnreadableReaderError

_FIELDS = ("dimensions", "measures", "segments", "joins")
_BRACES = re.compile(r"(?<![\w{$])\{\s*([\w.]+)\s*\}(?!\})")
_PATHS = ("join_path", "joinPath")
_OPENING = re.compile(r"^[ \t]*(?:cubes|views)[ \t]*:|\b(?:cube|view)\s*\(", re.MULTILINE)
_STATEMENTS = re.compile(r"\{%(?:(?!\{%).){0,2000}?%\}|\{#(?:(?!\{#).){0,2000}?#\}", re.DOTALL)
_WRITTEN = re.compile(r"\{\{((?:(?!\{\{).){0,2000}?)\}\}", re.DOTALL)
_CUBE = re.compile(r"\$\{\s*CUBE(?:\.(\w+))?\s*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A cube, or one of its members: its texts with their lines, and the members that are in it."""

    name: str
    line: int
    texts: Mapping[str, tuple[str, int]]
    parts: Mapping[str, tuple["Spec", ...]]
    is_view: bool = False


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Give the cubes of a file, and the views that show their members, whichever file those are in."""
    specs = _specs(path, text)
    own = {spec.name: _table(spec) for spec in specs if not spec.is_view}
    if not own:
        return ()
    beside = _beside(files, path)
    others = {spec.name: replace(_table(spec), path=place) for place, spec in beside if not spec.is_view}
    tables = {**others, **own}
    views = (*((path, spec) for spec in specs), *beside)
    return (
        *(
            FileReader(noun="cube", name=name, line=table.line, queries=field_queries(table, tables.get))
            for name, table in own.items()
        ),
        *(
            reader
            for place, spec in views
            if spec.is_view
            for reader in _of_view(spec, place, own, tables, path)
        ),
    )


@lru_cache(maxsize=4096)
def _specs(path: str, text: str) -> tuple["Spec", ...]:
    return tuple(_in_javascript(text) if path.endswith(".js") else _in_yaml(text))


def _beside(files: Files, path: str) -> tuple[tuple[str, "Spec"], ...]:
    """Give the cubes and views of the model's other files, each with its path; a file that can't be read is told by itself."""
    root = path.rpartition("/")[0].rpartition("/")[0] + "/" if path.count("/") > 1 else ""
    claims = kind("cube").claims
    places = [each for each in files.paths() if each.startswith(root) and claims(each) and each != path]
    found: list[tuple[str, Spec]] = []
    for place, text in read_texts(files, places).items():
        if _OPENING.search(text) is None:
            continue
        found += ((place, spec) for spec in _readable(place, text))
    return tuple(found)


@lru_cache(maxsize=4096)
def _readable(path: str, text: str) -> tuple["Spec", ...]:
    try:
        return _specs(path, text)
    except UnreadableReaderError:
        return ()


def _of_view(
    view: "Spec", place: str, own: Mapping[str, SemanticTable], tables: Mapping[str, SemanticTable], path: str
) -> Iterator[FileReader]:
    """Give a view as a reader of the members that it shows of these cubes; older views name them one by one, as `Orders.total`."""
    queries: list[ReaderQuery] = []
    for part in view.parts.get("cubes", ()):
        joined = next((part.texts[key][0] for key in _PATHS if key in part.texts), "")
        table = own.get(joined.rpartition(".")[2])
        if table is None:
            continue
        shown = [each.name for each in part.parts.get("includes", ())]
        hidden = {each.name for each in part.parts.get("excludes", ())}
        fields = [
            field for field in table.fields if (not shown or field.name in shown) and field.name not in hidden
        ]
        queries += (
            replace(query, path=query.path or path)
            for query in field_queries(replace(table, fields=tuple(fields)), tables.get)
        )
    if queries:
        yield FileReader(noun="view", name=view.name, path=place, line=view.line, queries=tuple(queries))


def _table(cube: Spec) -> SemanticTable:
    named, query = cube.texts.get("sql_table") or cube.texts.get("sqlTable"), cube.texts.get("sql")
    return SemanticTable(
        name=cube.name, line=cube.line, source=known_name(named[0]) if named is not None else "",
        derived=((_spelled(query[0]), query[1]),) if query is not None and query[0].strip() and named is None else (),
        fields=tuple(_field(part) for key in _FIELDS for part in cube.parts.get(key, ())),
    )  # fmt: skip


def _field(spec: Spec) -> SemanticField:
    expressions = tuple((_spelled(sql), line) for sql, line in _sqls(spec))
    return SemanticField(name=spec.name, line=spec.line, expressions=expressions)


def _sqls(spec: Spec) -> Iterator[tuple[str, int]]:
    """Give a member's own expression, then those of its filters and cases."""
    yield from ([spec.texts["sql"]] if "sql" in spec.texts else [])
    for parts in spec.parts.values():
        for part in parts:
            yield from _sqls(part)


def _spelled(sql: str) -> str:
    """Bring both of Cube's spellings to `${TABLE}` and `${member}`."""
    sql = _BRACES.sub(r"${\1}", sql)
    return _CUBE.sub(lambda found: "${" + (found[1] or "TABLE") + "}", sql)


def _in_yaml(text: str) -> Iterator[Spec]:
    if (root := _parsed(text)) is None:
        return
    for key in ("cubes", "views"):
        for entry in root.list_of(key):
            spec = _of_entry(entry, 4)
            if spec.name:
                yield replace(spec, is_view=key == "views")


def _parsed(text: str) -> Entry | None:
    """Read YAML; Jinja that is none has its loops' bodies once and placeholders for what it writes. Raises UnreadableReaderError."""
    try:
        return parsed(text)
    except UnreadableReaderError:
        plain = _STATEMENTS.sub(lambda found: "\n" * found[0].count("\n"), text)
        filled = _WRITTEN.sub(lambda found: f"${{{word_of(found[1])}}}", plain)
        if filled == text:
            raise
        return parsed(filled)


def _of_entry(entry: Entry, depth: int) -> Spec:
    texts: dict[str, tuple[str, int]] = {}
    parts: dict[str, tuple[Spec, ...]] = {}
    for key, value in entry.entries():
        if value.scalar is not None:
            texts[key] = of_yaml(value)[:2]
        elif depth:
            # A case is no list, but what is in it is.
            items = [value] if key == "case" else value.items()
            parts[key] = tuple(_of_entry(item, depth - 1) for item in items)
    # A member of a list may be its name alone: `includes: [total]`.
    name = entry.scalar if entry.scalar is not None else texts.get("name", ("", 0))[0]
    return Spec(name=name, line=entry.line, texts=texts, parts=parts)


def _in_javascript(text: str) -> Iterator[Spec]:
    try:
        statements = parse_script(text)
    except NotRead as error:
        raise UnreadableReaderError(str(error)) from error
    for node in (part for statement in statements for part in (statement, *statement.parts)):
        match node:
            case SyntaxNode(
                kind="call",
                parts=(
                    SyntaxNode(kind="name", value="cube" | "view" as called),
                    name,
                    SyntaxNode(kind="object") as body,
                ),
            ):
                yield replace(_of_node(_text(name) or "", body, 4), is_view=called == "view")


def _of_node(name: str, node: SyntaxNode, depth: int) -> Spec:
    texts: dict[str, tuple[str, int]] = {}
    parts: dict[str, tuple[Spec, ...]] = {}
    for pair in node.parts:
        value = pair.parts[0] if pair.kind == "pair" and pair.parts else pair
        key, written = str(pair.value), _text(value)
        if key in _PATHS:
            written = _called(value)
        if written is not None:
            texts[key] = (written, value.line)
        elif depth and value.kind == "object":
            one = _of_node("", value, depth - 1) if key == "case" else None
            parts[key] = (one,) if one is not None else tuple(_members(value.parts, depth - 1))
        elif depth and value.kind == "array":
            parts[key] = tuple(
                _of_node("", each, depth - 1)
                if each.kind == "object"
                else Spec(name=_called(each), line=each.line, texts={}, parts={})
                for each in value.parts
            )
    return Spec(name=name, line=node.line, texts=texts, parts=parts)


def _members(pairs: Sequence[SyntaxNode], depth: int) -> Iterator[Spec]:
    for pair in pairs:
        if pair.kind == "pair" and pair.parts and pair.parts[0].kind == "object":
            yield _of_node(str(pair.value), pair.parts[0], depth)


def _called(node: SyntaxNode) -> str:
    """Give the last name of `Orders.users`, as a text or as code."""
    return (_text(node) or str(node.value or "")).rpartition(".")[2]


def _text(node: SyntaxNode) -> str | None:
    """A string or a template with its holes as they are written; None for anything else."""
    if node.kind == "string":
        return str(node.value)
    if node.kind != "template":
        return None
    parts = ("${" + str(part.value) + "}" if part.kind == "hole" else str(part.value) for part in node.parts)
    return "".join(parts).replace("\\`", "`")
