"""Reads the files of a plain repository: their text as it can be parsed, and what each of them is."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping, Set
from functools import cache, lru_cache, partial

from contract_gate.core.facts import read, written
from contract_gate.core.faults import contained
from contract_gate.core.relation import Column
from contract_gate.core.remembering import Facts
from contract_gate.core.values import dataclass, replace
from contract_gate.sql.comments import without_noise
from contract_gate.sql.parsing.chunks import opened, unknown_runs
from contract_gate.sql.parsing.executed import executed
from contract_gate.sql.parsing.packages import unpacked
from contract_gate.sql.parsing.running import runs_texts, sent_back
from contract_gate.sql.scan import ScriptScan, scan_script
from contract_gate.workspace.documents import BadYamlError
from contract_gate.workspace.files import Files, decode
from contract_gate.workspace.memo import Memo
from contract_gate.workspace.plain.fold import MOST_ROWS
from contract_gate.workspace.plain.placeholders import Filled, fill, has_placeholders
from contract_gate.workspace.plain.planned import Plans, run_order, without_idle_changesets
from contract_gate.workspace.plain.scripts import ScriptFile
from contract_gate.workspace.plain.sequences import Step, forward
from contract_gate.workspace.tableschema import read_table_schema

LARGEST = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFile:
    """A file that is one query, or that nobody can read: its path names its relation."""

    path: str
    text: str
    dialect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFiles:
    """What was read. `texts`: every file's text, for the words in it; `notes`, `refused`: path → what a reader should know;
    `told_apart`: path → a name for all its placeholders; `open`: those whose placeholders may read any column.
    """

    texts: Mapping[str, str]
    queries: tuple[QueryFile, ...]
    scripts: Mapping[str, ScriptFile]
    notes: Mapping[str, tuple[str, ...]]
    told_apart: Mapping[str, str]
    open: Set[str]
    refused: Mapping[str, str]
    problems: Mapping[str, str]


def read_files(
    files: Files,
    paths: Collection[str],
    dialect_of: Callable[[str], str],
    plans: Plans,
    facts: Facts | None = None,
) -> ReadFiles:
    """Read every `.sql` file among the paths, without templates of other programs (see `made_elsewhere`).

    `facts`: what earlier runs made of their texts.
    """
    reading = _FilesRead(dialect_of, plans)
    for path, content in files.read(sorted(paths)).items():
        with contained(reading.problems, path):
            reading.prepare(path, content)
    reading.recall(facts)
    for each in reading.prepared:
        with contained(reading.problems, each.path):
            reading.take(each)
    return ReadFiles(
        texts=reading.texts, queries=tuple(reading.queries), scripts=reading.scripts, notes=reading.notes, told_apart=reading.told_apart,
        open=reading.open, refused=reading.refused, problems=reading.problems,
    )  # fmt: skip


class _FilesRead:
    def __init__(self, dialect_of: Callable[[str], str], plans: Plans) -> None:
        self._dialect_of, self._plans = dialect_of, plans
        self.texts: dict[str, str] = {}
        self.queries: list[QueryFile] = []
        self.scripts: dict[str, ScriptFile] = {}
        self.notes: dict[str, tuple[str, ...]] = {}
        self.told_apart: dict[str, str] = {}
        self.open: set[str] = set()
        self.refused: dict[str, str] = {}
        self.problems: dict[str, str] = {}
        self.prepared: list[_Prepared] = []

    def prepare(self, path: str, content: bytes | str) -> None:
        text = _text(content)
        if isinstance(text, _Reason):
            self.problems[path] = text.why
            return
        text = self._plans.written.get(path, text)
        step = self._plans.step(path, text)
        text = self._plans.filled(text) if path in self._plans.steps else text
        if step is not None and step.undoes:
            return
        dialect = self._dialect_of(path)
        text = unpacked(executed(without_idle_changesets(text, dialect), dialect), dialect)
        self.prepared.append(_Prepared(path=path, text=text, dialect=dialect, step=step))

    def recall(self, facts: Facts | None) -> None:
        """Take from earlier runs what the texts are."""
        kinds: dict[tuple[str, bool], list[tuple[str, str]]] = {}
        for each in self.prepared:
            kinds.setdefault((each.dialect, each.step is not None), []).append((each.path, each.text))
        for kind, texts in kinds.items():
            _looks(*kind).take(texts, facts)

    def take(self, prepared: "_Prepared") -> None:
        path, dialect, step = prepared.path, prepared.dialect, prepared.step
        seen = _seen(prepared.text, dialect, step is not None)
        filled = seen.filled or Filled(text=prepared.text)
        self.texts[path] = filled.text
        if filled.notes:
            self.notes[path] = filled.notes
            self.told_apart[path] = filled.told_apart
        if filled.reads_any:
            self.open.add(path)
        if filled.problem is not None:
            self.refused[path] = filled.problem
        if seen.scan is not None:
            script = ScriptFile(
                path=path, text=opened(filled.text, dialect), dialect=dialect, scan=seen.scan, step=step,
                turns=run_order(filled.text) if step is not None else (),
                unknown=(*unknown_runs(filled.text, dialect), *sent_back(prepared.text, dialect)) if step is not None else (),
            )  # fmt: skip
            self.scripts[path] = script
            if runs_texts(filled.text):
                self.texts[path] = script.text  # whose names the script may put together
            self.problems.update(_unread(script))
        elif seen.is_query:
            self.queries.append(QueryFile(path=path, text=filled.text, dialect=dialect))


def read_schemas(
    files: Files, paths: Collection[str], problems: MutableMapping[str, str]
) -> Mapping[str, tuple[Column, ...]]:
    """Read the `schema.yaml` files that stand beside a query: folder → columns. What can't be read goes into `problems`."""
    wanted = [path for path in paths if path.endswith(("/schema.yaml", "/schema.yml"))]
    found: dict[str, tuple[Column, ...]] = {}
    for path, content in files.read(wanted).items():
        columns: tuple[Column, ...] = ()
        with contained(problems, path):
            try:
                columns = _schema(content) if isinstance(content, bytes) else ()
            except BadYamlError as error:
                problems[path] = str(error)
        if columns:
            found[path.rpartition("/")[0]] = columns
    return found


@dataclass(frozen=True, slots=True)
class _Reason:
    why: str


def _text(content: bytes | str) -> "str | _Reason":
    if isinstance(content, str):
        return _Reason(content)
    if len(content) > LARGEST:
        return _Reason(f"larger than {LARGEST // 1_000_000} MB")
    text = decode(content).text
    if "\0" in text[:1000]:
        return _Reason("not a text file")
    return text


@lru_cache(maxsize=20_000)
def _schema(content: bytes) -> tuple[Column, ...]:
    return read_table_schema(decode(content).text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a text is: `scan` where it is a script; `is_query` where its path names what it makes.

    `filled`: the text with its placeholders filled in, None where it stands as it is.
    """

    filled: Filled | None = None
    scan: ScriptScan | None = None
    is_query: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    path: str
    text: str
    dialect: str
    step: Step | None


def _seen(text: str, dialect: str, is_step: bool) -> _Seen:
    """Look at a text once, whatever its path: base and head share most of their files."""
    return _looks(dialect, is_step)(text)


@cache
def _looks(dialect: str, is_step: bool) -> Memo[_Seen]:
    name = f"what a text of {dialect} is{', a step of migrations' if is_step else ''}"
    return Memo(name, lambda text: _looked_at(text, dialect, is_step), written, partial(read, _Seen), 20_000)


def _looked_at(text: str, dialect: str, is_step: bool) -> _Seen:
    thin = _without_rows(text) if len(text) > _MUCH else text
    filled = _filled(forward(thin) if is_step else thin, dialect)
    if thin != text:
        filled = replace(filled, notes=(*filled.notes, "its rows of data are not compared"))
    bare = without_noise(filled.text)
    told = filled if filled != Filled(text=text) else None
    is_call = is_step and (_ONE_CALL.match(bare) is not None or runs_texts(without_noise(text)))
    if _ONE_QUERY.match(bare) is not None and not is_call and not _COMMANDS.search(bare):
        return _Seen(filled=told, is_query=True)
    if not bare.strip():
        return _Seen(filled=told)
    seen = scan_script(filled.text, dialect)
    if any(piece.relation is not None for piece in seen.pieces):
        return _Seen(filled=told, scan=seen)
    # A file that nobody can read may be a query too; a migration is none unless it is read.
    if is_call:
        return _Seen(filled=told, scan=seen)
    may_be = seen.bare_select or (bool(seen.problems) and not is_step)
    is_query = may_be and _QUERY.search(bare) is not None
    return _Seen(filled=told, is_query=is_query, scan=None if is_query else seen)


_MUCH = 100_000
_ROW = re.compile(
    r"^[ \t]*insert\s+(?:into\s+)?([\w.\[\]\"`$-]+)\s*(?:\([^()\n]*\))?\s*values\s*(\([^\n]*\))"
    r"(?:;[ \t]*$|[ \t]*(?=\n\s*(?:go|insert|;|$)))",
    re.IGNORECASE | re.MULTILINE,
)
_ROW_LINES = re.compile(r"(?:^[ \t]*\([^\n]*\)[ \t]*,[ \t]*\n){50,}", re.MULTILINE)


def _without_rows(text: str) -> str:
    """Blank out the data of a large file: literal rows beyond those that `fold` would leave out anyway."""
    seen: Counter[str] = Counter()

    def keep(found: re.Match[str]) -> str:
        seen[found[1]] += 1
        return found[0] if seen[found[1]] <= MOST_ROWS + 1 or _may_be_more(found[2]) else ""

    return _ROW_LINES.sub(_without_lines, _ROW.sub(keep, text))


def _without_lines(found: re.Match[str]) -> str:
    if not _may_be_more(found[0]):
        return "\n" * found[0].count("\n")
    return "".join(line if _may_be_more(line) else "\n" for line in found[0].splitlines(keepends=True))


def _may_be_more(row: str) -> bool:
    """Tell whether a row may hold another statement or a query: quotes say nothing, they depend on what stands before."""
    return ";" in row or _COMMANDS.search(row) is not None or _QUERY.search(row) is not None


def _filled(text: str, dialect: str) -> Filled:
    """Fill placeholders in: always what is never SQL, the rest only where the text can't be parsed as it is."""
    if _TEMPLATE.search(text):
        return fill(text)
    if has_placeholders(without_noise(text)) and (before := scan_script(text, dialect).problems):
        filled = fill(text)
        return filled if len(scan_script(filled.text, dialect).problems) < len(before) else Filled(text=text)
    return Filled(text=text)


_TEMPLATE = re.compile(r"\$\{|\{\{|\{%|\$\(\w+\)|(?<![\w@])@\w+\.\w+\b(?!\s*\()|^\\[a-z]", re.MULTILINE)
_COMMANDS = re.compile(
    r"\b(create|insert|merge|update|delete|copy|truncate|alter|drop|into|rename|sp_rename|grant|comment|call"
    r"|exec|execute|declare|prepare|export|unload|analyze|analyse|vacuum|optimize|security|begin|assert|cache)\b",
    re.IGNORECASE,
)
_ONE_CALL = re.compile(
    r"\s*select\s+(?:\*\s+from\s+)?[\w.\"]+\s*\((?:(?!\bfrom\b).)*\)\s*;?\s*\Z", re.IGNORECASE | re.DOTALL
)
"""A step that calls a function, and makes nothing of what that gives."""
_ONE_QUERY = re.compile(r"[\s(]*(?:select|with|from|pivot|unpivot)\b[^;]*[;\s]*\Z", re.IGNORECASE)
"""A text that can be nothing but a query, where no word of a statement is in it: it need not be read to see that."""
_QUERY = re.compile(r"\bselect\b|\bfrom\b|\bpivot\b|\bunpivot\b", re.IGNORECASE)


def _unread(script: ScriptFile) -> Iterator[tuple[str, str]]:
    """A part that can't be read may make something that nobody knows of."""
    for problem in script.scan.problems[:1]:
        yield script.path, f"line {problem.line}: {problem.message}"
