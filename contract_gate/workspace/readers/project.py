"""The readers in files that are no models, as a project of their own: looked for when something is asked who names it.

A file is read where it holds the last part of that relation's name, so that a change which nothing here names costs a search of
bytes and no more. Both sides of a comparison read the same files: what one side names, the other may not name any more.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from contract_gate.core.deadline import checkpoint
from contract_gate.core.faults import contained
from contract_gate.core.relation import RelationName
from contract_gate.core.world import Hole, HoleKind, Model, ModelKind, Rendered
from contract_gate.sql.scan import names_read
from contract_gate.workspace.files import Files, decode
from contract_gate.workspace.plain.placeholders import fill
from contract_gate.workspace.project import ModelsAlone, Project
from contract_gate.workspace.readers.kinds import KINDS
from contract_gate.workspace.readers.resolving import ReaderNames
from contract_gate.workspace.readers.values import FileReader, ReaderKind, ReaderQuery, UnreadableReaderError


@dataclass(slots=True)
class BothSides:
    """What the sides of a comparison share: the files that were opened, the names that were asked for, what files tell.

    `told`: the readers in a file by its path and bytes, or why it is not read.
    """

    opened: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    told: dict[tuple[str, bytes], tuple[FileReader, ...] | str] = field(default_factory=dict)


class ReaderFiles(ModelsAlone):
    """The readers of one side. `models` grows while relations are asked for; `paths` are those of no other project."""

    root = ""

    def __init__(
        self,
        files: Files,
        paths: Iterable[str],
        projects: Collection[Project],
        dialect: str | None,
        both: BothSides,
    ) -> None:
        self._files, self._both = files, both
        self._resolver = ReaderNames(projects)
        both.names.update(self._resolver.names)
        self._dialect = dialect or _commonest(projects)
        self._kinds = {path: kinds for path in paths if (kinds := _claiming(path))}
        self._contents: dict[str, bytes] | None = None
        self._opened: set[str] = set()
        self._rendered: dict[str, Rendered] = {}
        self._anywhere: set[str] = set()
        self.models: dict[str, Model] = {}
        self.problems: dict[str, str] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """Give the files that may hold readers and were not read."""
        return tuple(
            f"readers in {path} are not known: {reason}" for path, reason in sorted(self.problems.items())
        )

    def rendered(self, key: str) -> Rendered:
        """Give the reader's queries, one after the other."""
        return self._rendered[key]

    def prepare(self, keys: Collection[str]) -> None:
        """Do nothing: what a file tells is known when it is opened."""

    def readers(self, _keys: Collection[str]) -> set[str]:
        """Give who names anything that was asked for: no key here is a relation's, one that is gone has no name any more."""
        self._open(self._both.opened)
        return self._naming(self._both.asked)

    def naming(self, relation: RelationName) -> set[str]:
        """Give the readers whose queries name this relation."""
        name = relation.name.lower().strip('"')
        self._both.asked.add(name)
        wanted = name.encode()
        self._both.opened.update(path for path, content in self._held().items() if wanted in content)
        self._open(self._both.opened)
        return self._naming({name})

    def find(self, name: RelationName, reader: str | None) -> Model | None:
        """Give the model of any project that a name in a reader means; nobody else's names are looked up here."""
        if reader not in self.models:
            return None
        found = self._resolver.find(name, self.models[reader].dialect)
        return found or (self._resolver.alone(name) if reader in self._anywhere else None)

    def _naming(self, names: Collection[str]) -> set[str]:
        texts = {key: (rendered.sql or "").lower() for key, rendered in self._rendered.items()}
        return {key for key, text in texts.items() if any(name in text for name in names)}

    def _held(self) -> Mapping[str, bytes]:
        """Give the bytes of the files that may hold a reader, in lower case."""
        if self._contents is None:
            self._contents = {}
            for path, content in self._files.read(list(self._kinds)).items():
                checkpoint()
                if isinstance(content, str):
                    self.problems[path] = content
                    continue
                lowered = content.lower()
                if any(_is_marked(lowered, kind) for kind in self._kinds[path]):
                    self._contents[path] = lowered
        return self._contents

    def _open(self, paths: Collection[str]) -> None:
        there = [path for path in paths if path in self._held() and path not in self._opened]
        self._opened.update(there)
        for path, content in self._files.read(there).items():
            checkpoint()
            if isinstance(content, str):
                continue
            with contained(self.problems, path):
                for reader in self._told(path, content):
                    self._add(path, reader)

    def _told(self, path: str, content: bytes) -> tuple[FileReader, ...]:
        told = self._both.told
        if (path, content) not in told:
            try:
                told[path, content] = self._read(path, content)
            except UnreadableReaderError as error:
                told[path, content] = str(error)
        found = told[path, content]
        if isinstance(found, str):
            self.problems[path] = found
            return ()
        return found

    def _read(self, path: str, content: bytes) -> tuple[FileReader, ...]:
        """Ask the kinds that claim the file; the first that finds a reader in it has it."""
        text = decode(content).text
        for kind in self._kinds[path]:
            readers = kind.read(path, text, self._files) if _is_marked(content.lower(), kind) else ()
            if readers:
                return readers
        return ()

    def _add(self, path: str, reader: FileReader) -> None:
        dialect = self._dialect if reader.dialect is None else reader.dialect
        queries = [made for query in reader.queries for made in self._kept(query, dialect)]
        if not queries:
            return
        key = f"reader:{path}#{reader.noun}:{reader.name}"
        while key in self.models:
            key += "'"
        self.models[key] = Model(
            key=key, kind=ModelKind.READER, name=reader.name, path=path, line=reader.line, dialect=dialect,
            owners=reader.owners, url=reader.url, noun=reader.noun, held_to=reader.held_to,
        )  # fmt: skip
        self._rendered[key] = _joined(queries)
        if reader.is_anywhere:
            self._anywhere.add(key)

    def _kept(self, query: ReaderQuery, dialect: str) -> Iterator[ReaderQuery]:
        """Give a query with its placeholders filled in, if it reads anything that either side makes or declares."""
        filled = fill(query.sql)
        if filled.problem is not None:
            return
        holes = tuple(Hole(kind=HoleKind.CODE, told=note) for note in filled.notes)
        read = names_read(filled.text, dialect)
        if any(name.name.lower() in self._both.names for name in read):
            yield ReaderQuery(
                sql=filled.text,
                line=query.line,
                lines=query.lines,
                holes=(*query.holes, *holes),
                is_sql=query.is_sql,
            )


def _claiming(path: str) -> tuple[ReaderKind, ...]:
    return tuple(kind for kind in KINDS if kind.claims(path))


def _is_marked(lowered: bytes, kind: ReaderKind) -> bool:
    return not kind.marks or any(mark in lowered for mark in kind.marks)


def _commonest(projects: Collection[Project]) -> str:
    """Give the dialect that most models are written in: a reader asks the same warehouse."""
    votes: dict[str, int] = {}
    for project in projects:
        for model in project.models.values():
            votes[model.dialect] = votes.get(model.dialect, 0) + 1
    return max(votes, key=lambda dialect: (votes[dialect], dialect), default="")


def _joined(queries: Iterable[ReaderQuery]) -> Rendered:
    """Write queries as one script; each keeps the lines of its file."""
    texts: list[str] = []
    lines: list[int] = []
    holes: dict[Hole, None] = {}
    for query in queries:
        text = query.sql.rstrip().rstrip(";") + "\n;"
        count = text.count("\n")
        known = query.lines or tuple(range(query.line, query.line + count))
        texts.append(text)
        lines.extend((*known, *(known[-1:] * (count + 1)))[: count + 1])
        holes.update(dict.fromkeys(query.holes))
    return Rendered(sql="\n".join(texts), lines=tuple(lines), holes=tuple(holes))
