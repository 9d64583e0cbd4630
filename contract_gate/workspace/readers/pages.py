"""SQL in pages: chunks of R Markdown and Quarto, and the queries of Evidence's Markdown. Other Markdown is prose about SQL.

Evidence's blocks have a name, and may read each other by it, `${name}`: https://docs.evidence.dev/core-concepts/queries/. Where a project
has sources, its pages read what these gave, under the names of their files, and no warehouse: https://docs.evidence.dev/core-concepts/data-sources/
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

from contract_gate.core.relation import caseless
from contract_gate.core.values import dataclass
from contract_gate.sql.comments import on_one_line
from contract_gate.sql.scan import names_read
from contract_gate.workspace.files import Files, read_texts
from contract_gate.workspace.plain.naming import name_from_path
from contract_gate.workspace.plain.placeholders import fill
from contract_gate.workspace.readers.literals import Pieced, as_queries, looks_like_query
from contract_gate.workspace.readers.python import queries_of
from contract_gate.workspace.readers.queries import APART, EXPORTED
from contract_gate.workspace.readers.r import queries_of_r
from contract_gate.workspace.readers.shell import queries_of_shell
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, UnreadableReaderError, moved

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*(.*)")
_CHUNK = re.compile(r"\{\s*(\w+)")
_NAMED = re.compile(r"(?:sql\s+)?(\w+)$")
_REFERENCE = re.compile(r"\$\{\s*(\w+)\s*\}")
_TITLE = re.compile(r"\A---\n(?:.*\n)*?title:[ \t]*[\"']?(.*?)[\"']?[ \t]*\n")
_HEAD = re.compile(r"\A---\n.*?\n---", re.DOTALL)
_SHOWN = re.compile(r"^[ \t]*-[ \t]+(?:\w+:[ \t]*)?['\"]?([\w./-]+\.sql)\b", re.MULTILINE)
"""A file of `queries:` at the head of a page: https://docs.evidence.dev/reference/markdown/#sql-file-queries."""
_OPTION = re.compile(r"^[ \t]*#\|[^\n]*", re.MULTILINE)
"""An option of a chunk of Quarto: `#| connection: con`."""
_BOUND = re.compile(r"(?<![\w?])\?(?=[A-Za-z])(\w+)")
"""What knitr fills in from a variable of R: `?status`."""
_MOST_STEPS = 20
_LONGEST = 200_000
_READ = re.compile(r'(\b(?:from|join)\s+)("?\w+"?(?:\."?\w+"?)*)(?!\s*[.(])', re.IGNORECASE)
_FILE = re.compile(r"\b(?:from|join)\s+(?:read_\w+\s*\(\s*)?\[?'", re.IGNORECASE)
"""A file in the place of a table, as DuckDB reads it: what was exported there is perhaps the relation of its name."""
_EVIDENCE = ("evidence.config.yaml", "evidence.plugins.yaml", "evidence.config.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A fenced block: the words after its fence, and its text with the file's lines."""

    words: str
    made: Pieced


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    if not path.lower().endswith(".md"):
        queries = tuple(query for block in _blocks(text) for query in _chunk(block))
        return _named("notebook", path, text, queries)
    if not _is_evidence(path, files.paths()):
        return ()
    queries = (*_evidence(list(_blocks(text)), _sources(path, files)), *_files_shown(path, text, files))
    return _named("page", path, text, queries)


def _files_shown(path: str, text: str, files: Files) -> Iterator[ReaderQuery]:
    """Give the queries that a page takes from files, whole: its components name their columns."""
    head = _HEAD.match(text[:20_000])
    for found in _SHOWN.finditer(head[0]) if head is not None else ():
        at = posixpath.join(_root(path), "queries", found[1])
        if at in files.paths():
            line = text.count("\n", 0, found.start(1)) + 1
            made = ".".join((APART, *name_from_path(at, "duckdb")[0].parts[-2:]))
            yield ReaderQuery(sql=" ".join(("SELECT * FROM", made)), line=line)


def _named(noun: str, path: str, text: str, queries: tuple[ReaderQuery, ...]) -> tuple[FileReader, ...]:
    title = _TITLE.match(text[:5_000])
    name = f"{title[1]} ({path})" if title is not None and title[1] else path
    return (FileReader(noun=noun, name=name, queries=queries),) if queries else ()


def _blocks(text: str) -> Iterator[_Block]:
    """Give the fenced blocks of a page, https://spec.commonmark.org/0.31.2/#fenced-code-blocks."""
    fence, words, start = "", "", 0
    inside: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        found = _FENCE.match(line)
        if not fence and found is not None:
            fence, words, start = str(found[1]), str(found[2]).strip(), number + 1
            inside = []
        elif fence and found is not None and str(found[1]).startswith(fence) and not found[2]:
            yield _Block(
                words=words, made=Pieced("\n".join(inside), tuple(range(start, max(number, start + 1))))
            )
            fence = ""
        elif fence:
            inside.append(line)


def _chunk(block: _Block) -> Iterator[ReaderQuery]:
    """Give the queries of a chunk that runs; a block that is only shown has no braces."""
    language = _CHUNK.match(block.words)
    match language[1].lower() if language is not None else "":
        case "sql":
            text = _BOUND.sub(r"${\1}", _OPTION.sub("", block.made.text))
            yield from as_queries(block.made.with_text(text))
        case "r":
            yield from moved(queries_of_r(block.made.text), block.made.lines)
        case "bash" | "sh":
            yield from moved(queries_of_shell(block.made.text), block.made.lines)
        case "python":
            try:
                yield from moved(queries_of(block.made.text), block.made.lines)
            except UnreadableReaderError as error:
                raise UnreadableReaderError(f"{error} (the chunk at line {block.made.lines[0]})") from error
        case _:
            return


def _is_evidence(path: str, paths: frozenset[str]) -> bool:
    """Tell whether a page lies in a project of Evidence: one of its files stands above."""
    return any(posixpath.join(_root(path), name) in paths for name in _EVIDENCE)


def _root(path: str) -> str:
    return path[: f"/{path.lower()}".rindex("/pages/")].rstrip("/")


def _sources(path: str, files: Files) -> Mapping[str, str] | None:
    """Give what each source gives, by its name and by that of its folder too; None where the project has no sources."""
    folder = posixpath.join(_root(path), "sources/")
    below = [each for each in files.paths() if each.startswith(folder)]
    found: dict[str, str] = {}
    for at, text in read_texts(files, (each for each in below if each.endswith(".sql"))).items():
        made = name_from_path(at, "duckdb")[0]
        mark = EXPORTED if _FILE.search(on_one_line(text)) else APART
        given = ".".join((mark, *made.parts[-2:]))
        found[made.name] = f"{EXPORTED}.{made.name}" if made.name in found else given
        found[f"{at.removeprefix(folder).partition('/')[0].lower()}.{made.name}"] = given
    return found if below else None


def _through_sources(text: str, sources: Mapping[str, str]) -> str:
    """Name what a query reads by what the sources give. Of a bare name that none has nobody knows what it is."""

    def name(found: re.Match[str]) -> str:
        known = found[2].replace('"', "").lower()
        given = sources.get(known, found[2] if "." in known else f"{EXPORTED}.{known}")
        return f"{found[1]}{given}" if known in named else found[0]

    named = {".".join(map(caseless, each.parts)) for each in names_read(fill(text).text, "duckdb")}
    return _READ.sub(name, text)


def _evidence(blocks: list[_Block], sources: Mapping[str, str] | None) -> Iterator[ReaderQuery]:
    """Give the queries of a page; one that reads others of the page holds them as subqueries."""
    named: dict[str, str] = {}
    queries: list[tuple[_Block, str]] = []
    for block in blocks:
        name = _NAMED.match(block.words)
        if name is not None and (block.words.startswith("sql ") or "select" in block.made.text.lower()):
            named[name[1]] = block.made.text
            queries.append((block, name[1]))
    for block, own in queries:
        text = _with_others(block.made.text, {key: text for key, text in named.items() if key != own})
        if looks_like_query(text) and sources is not None:
            text = _through_sources(text, sources)
        yield from as_queries(block.made.with_text(text))


def _with_others(text: str, named: dict[str, str]) -> str:
    """Put the queries that are named in their place, each on one line, so that the lines stay those of the block."""
    for _ in range(_MOST_STEPS):
        known = [found for found in _REFERENCE.finditer(text) if found[1] in named]
        if not known or len(text) > _LONGEST:
            break
        text = _REFERENCE.sub(
            lambda found: f"({on_one_line(named[found[1]]).rstrip('; ')})" if found[1] in named else found[0],
            text,
        )
    return text
