"""The readers in files that are no models, as a project of their own: looked for when something is asked who names it.

A file is read where it holds the last part of that relation's name, so that a change which nothing here names costs one look for
words and no more. Both sides of a comparison read the same files: what one side names, the other may not name any more.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from contract_gate.core.coverage import NotAnalysed, SearchedFiles
from contract_gate.core.deadline import OutOfTimeError, apart, checkpoint, current
from contract_gate.core.faults import contained
from contract_gate.core.models import outlines
from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import PLACEHOLDER, Hole, HoleKind, MadeUp, Model, ModelKind, Rendered
from contract_gate.sql.scan import names_read
from contract_gate.workspace.files import Files, decode
from contract_gate.workspace.plain.placeholders import MARKED, fill
from contract_gate.workspace.project import ModelsAlone, Project
from contract_gate.workspace.readers.imports import Importers, imported_modules, names_alone
from contract_gate.workspace.readers.queries import in_any_schema, in_dialect, joined, with_references
from contract_gate.workspace.readers.resolving import ReaderNames
from contract_gate.workspace.readers.search import TextKey, WordSearch
from contract_gate.workspace.readers.values import FileReader, ReaderKind, ReaderQuery, UnreadableReaderError

READER_SECONDS = 10
"""So long may one file take: quotes and brackets without an end can make any reading long."""
_RECORDED = re.compile(r"(?:^|/)cassettes/[^/]")
"""What tests of HTTP have recorded (VCR's own name for the folder): answers of yesterday, megabytes of them, which nobody runs."""
_WORD = re.compile(r"\w+")
_QUOTES = re.compile(r"['\"`\[\]]")
_NAMED = re.compile(r"\b(?:from|join|into|update)\s+([\w`\"\[\]$.{}-]+)", re.IGNORECASE)
_FILLED_BEHIND = re.compile(r"(?<=\w)(?:\$?\{[^{}]*\}?)+$")
_OF_SCHEMA = re.compile(r"\s*(?:drop|alter)\s+(?:schema|database)\b", re.IGNORECASE)
_COLUMNS = re.compile(
    r"(\bselect\s+(?:distinct\s+)?)(?:\$\{[^{}]*\}|\{\{[^{}]*\}\}|%\(\w+\)s|%s)(?=\s+from\b|\s*,)",
    re.IGNORECASE,
)
"""A placeholder that stands for columns: any number of them."""
_HOLE = r"\s*(?:\$\{[^{}]*\}|\{\{[^{}]*\}\}|%\(\w+\)s|%s)"
_COLUMN = re.compile(
    rf",{_HOLE}(?=\s+as\b)|\b(?:select(?:\s+distinct)?|(?:order|group|partition)\s+by|(?:sum|avg|min|max|count|median|any_value)\s*\((?:\s*distinct\b)?)"
    rf"{_HOLE}(?=\s*(?:[,)]|$)|\s+(?:as|from|asc|desc|limit)\b)",
    re.IGNORECASE,
)
"""One that may stand for a column: an item, what is counted together, what rows are ordered or grouped by."""


@dataclass(slots=True)
class SharedReading:
    """What the sides of a comparison share: the files that were opened, the names that were asked for, what files tell.

    `resolvers`: what each side calls its relations. `marked`: whether a file may hold a reader. `imported`: the modules that it may import from. `told`: what a file tells, by its path and bytes; where other files have a say in it, by
    the side too.
    """

    opened: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    resolvers: list[ReaderNames] = field(default_factory=list)
    marked: dict[TextKey, bool] = field(default_factory=dict)
    imported: dict[TextKey, tuple[str, ...]] = field(default_factory=dict)
    search: WordSearch = field(default_factory=WordSearch)
    told: dict[tuple[str, bytes, int], "FileReading"] = field(default_factory=dict)

    def is_name(self, word: str) -> bool:
        """Tell whether a relation of either side is called so, in lower case and without quotes."""
        return any(word in one.names for one in self.resolvers)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """What a file tells: its readers and the kind that found them, or why it is not read."""

    kind: str
    readers: tuple[FileReader, ...] = ()
    problem: str | None = None


class ReaderFiles(ModelsAlone):
    """The readers of one side. `models` grows while relations are asked for; `paths` are those of no other project."""

    root = dialect = ""

    def __init__(
        self,
        files: Files,
        paths: Iterable[str],
        kinds: Collection[ReaderKind],
        projects: Collection[Project],
        dialect: str | None,
        both: SharedReading,
        made_up: Callable[[], Collection[MadeUp]],
    ) -> None:
        self._files, self._both = files, both
        self._resolver = ReaderNames(projects, made_up)
        both.resolvers.append(self._resolver)
        self._dialect = dialect or _commonest(projects)
        self._kinds = {path: claiming for path in paths if (claiming := _claiming(path, kinds))}
        self._marked: dict[str, TextKey] | None = None
        self._lenders: dict[str, TextKey] = {}
        self._importers = Importers(files.paths())
        self._opened: set[str] = set()
        self._edited: set[str] = set()
        self._kind_of: dict[str, str] = {}
        self._rendered: dict[str, Rendered] = {}
        self._texts: dict[str, str] = {}
        self._looked: dict[str, tuple[int, list[str]]] = {}
        self._anywhere: set[str] = set()
        self._of_models: set[str] = set()
        self.models: dict[str, Model] = {}
        self.problems: dict[str, str] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """Give the files that may hold readers and were not read, those with one reason together."""
        paths: dict[str, list[str]] = {}
        for path, reason in sorted(self.problems.items()):
            paths.setdefault(reason, []).append(path)
        return tuple(f"readers in {_some(each)} are not known: {reason}" for reason, each in paths.items())

    def limits(self, touched: Collection[str]) -> tuple[str, ...]:  # noqa: ARG002 - of the interface
        """Give the notes, whatever was touched: they are on the search for its readers."""
        return self.notes

    def searched(self) -> tuple[SearchedFiles, ...]:
        """Give how many files of each kind may hold a reader, and which of them were read; none where nobody asked for any."""
        held = [path for path in self._kinds if path in (self._marked or ()) or path in self.problems]
        kinds: dict[str, list[str]] = {}
        for path in held:
            kinds.setdefault(self._kind_of.get(path, self._kinds[path][-1].name), []).append(path)
        return tuple(
            SearchedFiles(
                kind=kind,
                files=len(paths),
                read=sum(path in self._opened and path not in self.problems for path in paths),
                not_read=tuple(
                    NotAnalysed(path=path, reason=self.problems[path])
                    for path in sorted(paths)
                    if path in self.problems
                ),
            )
            for kind, paths in sorted(kinds.items())
        )

    @property
    def read(self) -> Mapping[str, str]:
        """Give the files that were read, each with the kind that it is of."""
        return self._kind_of

    def rendered(self, key: str) -> Rendered:
        """Give the reader's queries, one after the other."""
        return self._rendered[key]

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give who names anything that was asked for, where a key is gone: it has no name any more, which the other side asked."""
        if all(self._resolver.knows(key) for key in keys):
            return set()
        self.open(self._both.opened)
        return self._naming(self._both.asked)

    def touched(self, paths: Collection[str]) -> set[str]:
        """Read the edited files that may hold a reader: what they write themselves is compared. As models nobody compares them."""
        self._edited.update(paths)
        edited = [path for path in paths if path in self._kinds and path not in self._opened]
        for path, content in self._files.read(edited).items():
            if isinstance(content, bytes):
                self._opened.add(path)
                with contained(self.problems, path):
                    self._take(path, self._unpacked(path, content))
        return set()

    def naming(self, relation: RelationName) -> set[str]:
        """Give the readers whose queries name this relation."""
        names = self._resolver.called(relation)
        self._both.asked.update(names)
        for name in names:
            self._both.opened.update(self._holding(name))
        self.open(self._both.opened)
        return self._naming(names)

    def find(self, name: RelationName, reader: str | None) -> Model | None:
        """Give the model of any project that a name in a reader means; nobody else's names are looked up here."""
        if reader not in self.models:
            return None
        models = self._resolver.named(name, self.models[reader].path) if reader in self._of_models else []
        if models:
            return models[0] if len(models) == 1 else None
        dialect = self.models[reader].dialect
        found = self._resolver.find(name, dialect)
        if found is not None or reader not in self._anywhere:
            return found
        # What one side has by that very name is nothing else on the other.
        is_placed = any(side.find(name, dialect) is not None for side in self._both.resolvers)
        return None if is_placed else self._resolver.alone(name)

    def rivals(self, name: RelationName, reader: str) -> Collection[str]:
        """Give the models that a name in a reader may mean just as well, or perhaps."""
        if reader in self._of_models:
            models = self._resolver.named(name, self.models[reader].path)
            return [model.key for model in models] if len(models) > 1 else ()
        return () if reader in self._anywhere else self._resolver.rivals(name, self.models[reader].dialect)

    def _naming(self, names: Collection[str]) -> set[str]:
        # Where the time is over the run says that it was cut.
        return {key for name in names for key in self._namers(name) if not current().is_over}

    def _namers(self, name: str) -> Collection[str]:
        """Give whose queries hold a name. Asked again, it looks only at what was read since."""
        looked, found = self._looked.get(name, (0, []))
        if looked < len(self._texts):
            found += [key for key, text in islice(self._texts.items(), looked, None) if name in text]
            self._looked[name] = (len(self._texts), found)
        return found

    def _holding(self, name: str) -> Iterable[str]:
        """Give the files that hold all words of a name; every file that may hold a reader where the words were not looked for."""
        words = [word.encode() for word in _WORD.findall(name)]
        held = self._held()
        if not words:
            return held
        return {*self._both.search.holding(held, words), *self._taking(words)}

    def _taking(self, words: Sequence[bytes]) -> set[str]:
        """Give the files that may take a name from another, which holds it as a text of its own."""
        found: set[str] = set()
        for path, content in self._files.read(self._both.search.holding(self._lenders, words)).items():
            if isinstance(content, bytes) and names_alone(content.lower(), words[-1]):
                found |= self._importers.importing(path)
        return found

    def _held(self) -> Mapping[str, TextKey]:
        """Give the files that may hold a reader."""
        if self._marked is None:
            stamps, known = self._files.stamps(), self._both.marked
            keys = {path: (path, stamps.get(path, "")) for path in self._kinds}
            # Most files are those of the other side, which has looked at them.
            seen = {path: key for path, key in keys.items() if key in known}
            self._marked = {path: key for path, key in seen.items() if known[key]}
            for path, content in self._files.read([path for path in self._kinds if path not in seen]).items():
                if isinstance(content, str):
                    self.problems[path] = content
                    continue
                try:
                    key = self._looked_at(keys[path], content)
                except UnreadableReaderError as error:
                    self.problems[path] = str(error)
                    continue
                if key is not None:
                    self._marked[path] = key
            self._look_behind(self._marked)
        return self._marked

    def _look_behind(self, marked: Mapping[str, TextKey]) -> None:
        """Take in the files that those which may hold a reader import from."""
        pending = {
            path: key for path, key in marked.items() if any(kind.imports for kind in self._kinds[path])
        }
        stamps, known = self._files.stamps(), self._both.imported
        while pending:
            behind = {each for path, key in pending.items() for each in self._importers.add(path, known[key])}
            new = [path for path in behind if path not in self._lenders]
            keys = {path: marked.get(path) or (path, stamps.get(path, "")) for path in new}
            for path, content in self._files.read([path for path in new if keys[path] not in known]).items():
                if isinstance(content, bytes):
                    keys[path] = (path, keys[path][1] or hashlib.sha256(content).hexdigest())
                    known[keys[path]] = imported_modules(content)
                    self._both.search.add(keys[path], content.lower())
            pending = {path: key for path, key in keys.items() if key in known}
            self._lenders |= pending

    def _looked_at(self, at: TextKey, content: bytes) -> TextKey | None:
        """Take in a file that may hold a reader; None of one that can't."""
        path, stamp = at
        key = (path, stamp or hashlib.sha256(content).hexdigest())
        if key not in self._both.marked:
            lowered = self._unpacked(path, content).lower()
            marks = _marks(self._kinds[path])
            self._both.marked[key] = marks is None or any(mark in lowered for mark in marks)
            if self._both.marked[key]:
                self._both.search.add(key, lowered)
                if any(kind.imports for kind in self._kinds[path]):
                    self._both.imported[key] = imported_modules(content)
        return key if self._both.marked[key] else None

    def _unpacked(self, path: str, content: bytes) -> bytes:
        for kind in self._kinds[path]:
            content = kind.unpack(path, content)
        return content

    def open(self, paths: Collection[str]) -> None:
        """Read these files, as far as they may hold a reader."""
        there = [path for path in paths if path in self._held() and path not in self._opened]
        self._opened.update(there)
        for path, content in self._files.read(there).items():
            if isinstance(content, str):
                continue
            try:
                checkpoint()
                with contained(self.problems, path):
                    self._take(path, self._unpacked(path, content))
            except OutOfTimeError as error:
                # What was found before stands; the run says that it was cut.
                self.problems[path] = str(error)

    def _take(self, path: str, content: bytes) -> None:
        told = self._told(path, content)
        self._kind_of[path] = told.kind
        if told.problem is not None:
            self.problems[path] = told.problem
        words = frozenset(_WORD.findall(decode(content).text.lower())) if told.readers else frozenset()
        for reader in told.readers:
            # A migration that nobody edits has run, and what it names may be gone since.
            if not reader.runs_once or path in self._edited:
                self._add(path, reader, words)

    def _told(self, path: str, content: bytes) -> FileReading:
        told = self._both.told
        side = id(self) if any(kind.looks_beside for kind in self._kinds[path]) else self._behind(path)
        if (path, content, side) not in told:
            told[path, content, side] = self._read(path, content)
        return told[path, content, side]

    def _behind(self, path: str) -> int:
        """Give what is the same for both sides where what a file imports from is."""
        behind = self._importers.behind(path)
        return hash(frozenset(self._lenders[each] for each in behind if each in self._lenders))

    def _read(self, path: str, content: bytes) -> FileReading:
        """Ask the kinds that claim the file; the first that finds a reader in it has it."""
        text, name = decode(content).text, self._kinds[path][-1].name
        for kind in self._kinds[path]:
            try:
                with apart(READER_SECONDS, f"it was not read within {READER_SECONDS} seconds"):
                    readers = kind.read(path, text, self._files) if _is_marked(content.lower(), kind) else ()
            except UnreadableReaderError as error:
                return FileReading(kind=kind.name, problem=str(error))
            except OutOfTimeError as error:
                checkpoint()  # where the run's time is not over, the file's was
                return FileReading(kind=kind.name, problem=str(error))
            if readers:
                return FileReading(kind=kind.name, readers=readers)
        return FileReading(kind=name)

    def _add(self, path: str, reader: FileReader, words: frozenset[str]) -> None:
        dialect = self._dialect if reader.dialect is None else reader.dialect
        queries = [made for query in reader.queries for made in self._kept(query, dialect)]
        if not queries:
            return
        place = reader.path or path
        key = f"reader:{place}#{reader.noun}:{reader.name}"
        # Told from each of the files that it reads through: what one says of it hangs on no other.
        key += f" of {path}" if place != path else ""
        while key in self.models:
            key += "'"
        self.models[key] = Model(
            key=key, kind=ModelKind.READER, name=reader.name, path=place, line=reader.line, dialect=dialect,
            owners=reader.owners, url=reader.url, noun=reader.noun, held_to=reader.held_to,
        )  # fmt: skip
        self._rendered[key] = replace(joined(queries, place, path), beside=words)
        self._texts[key] = (self._rendered[key].sql or "").lower()
        if reader.is_anywhere:
            self._anywhere.add(key)
        if reader.names_models:
            self._of_models.add(key)

    def _kept(self, query: ReaderQuery, dialect: str) -> Iterator[ReaderQuery]:
        """Give a query with its placeholders filled in, if it reads anything that either side makes or declares.

        One that can't be read is kept for its words, where it says what it reads: that it names what changed will be told.
        """
        query = replace(query, sql=with_references(in_dialect(query.sql, dialect), in_any_schema))
        sql, count = _COLUMNS.subn(rf"\1{PLACEHOLDER}columns", query.sql)
        filled = fill(sql, is_program=True)
        notes = [*filled.notes, *(["it is filled in which columns are read"] if count else [])]
        kind = HoleKind.QUERY if count else HoleKind.CODE
        reads_any = filled.reads_any or _COLUMN.search(sql) is not None
        read = names_read(filled.text, dialect) if filled.problem is None else frozenset()
        # By what it reads: the script's other queries are not meant.
        meant = " ".join(sorted(caseless(name.name) for name in read))
        holes = [Hole(kind=kind, told=note, name=meant, reads_any=reads_any) for note in reversed(notes)]
        if any(self._both.is_name(caseless(name.name)) for name in read) or _OF_SCHEMA.match(filled.text):
            yield replace(query, sql=filled.text, holes=(*query.holes, *holes))
        elif (not read or any(MARKED.search(name.name) for name in read)) and self._says_what_it_reads(query):
            # Behind a bracket that nothing opened no parser takes it for something else, and no quote runs into the next.
            yield replace(query, sql=") " + _QUOTES.sub(" ", query.sql))

    def _says_what_it_reads(self, query: ReaderQuery) -> bool:
        """Tell whether words of SQL stand before a relation that is known: with its schema, where they may be prose."""
        for found in _NAMED.finditer(query.sql):
            # What is put right behind a name ends it, or is a clause.
            name = _FILLED_BEHIND.sub("", _QUOTES.sub("", found[1])).rstrip(".").lower()
            is_known = self._both.is_name(name.rpartition(".")[2]) and (query.is_sql or "." in name)
            own = re.compile(rf"\b{re.escape(name)}\s+as\s*(?:(?:not\s+)?materialized\s*)?\(", re.IGNORECASE)
            if is_known and own.search(query.sql) is None:
                return True
        return False


def _some(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{len(paths):,} files ({', '.join(paths[:2])}…)"


def _claiming(path: str, kinds: Collection[ReaderKind]) -> tuple[ReaderKind, ...]:
    if _RECORDED.search(path):
        return ()
    return tuple(kind for kind in kinds if kind.claims(path))


@lru_cache(maxsize=256)
def _marks(kinds: tuple[ReaderKind, ...]) -> tuple[bytes, ...] | None:
    """Give the marks of several kinds, each once, the commonest first; None where one needs none."""
    if not all(kind.marks for kind in kinds):
        return None
    return tuple(dict.fromkeys(mark for kind in reversed(kinds) for mark in kind.marks))


def _is_marked(lowered: bytes, kind: ReaderKind) -> bool:
    return not kind.marks or any(mark in lowered for mark in kind.marks)


def _commonest(projects: Collection[Project]) -> str:
    """Give the dialect that most models are written in: a reader asks the same warehouse."""
    votes: dict[str, int] = {}
    for project in projects:
        for one in outlines(project.models):
            votes[one.dialect] = votes.get(one.dialect, 0) + 1
    return max(votes, key=lambda dialect: (votes[dialect], dialect), default="")
