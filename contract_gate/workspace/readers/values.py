"""What a file of another kind tells: who reads, and by which queries. The same values for every kind of file."""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from types import ModuleType

from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import HeldColumn, Hole
from contract_gate.workspace.files import Files


class UnreadableReaderError(ValueError):
    """The file is not what its name says, or more than what is read; the message is the end of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderQuery:
    """Something that is read, as SQL: a query out of a file, or a declaration that is written as one.

    `line` is the file's line of the first line of `sql`; `lines` those of all lines, where they don't follow each other.
    Placeholders of a template (`{{ x }}`, `${x}`, `%(x)s`) may stand in it; what else could not be known is a hole.
    `path` is the file where it stands, "" for the one that is read.
    `is_sql`: it is handed to something that runs SQL; otherwise it only looks like it, and counts where it parses.
    """

    sql: str
    line: int
    lines: tuple[int, ...] = ()
    holes: tuple[Hole, ...] = ()
    is_sql: bool = True
    path: str = ""

    def moved(self, lines: tuple[int, ...]) -> "ReaderQuery":
        """Give it by the lines of the file, where its own are those of a part: `lines` has the file's line of each of these."""
        own = self.lines or tuple(range(self.line, self.line + self.sql.count("\n") + 1))
        placed = tuple(lines[min(line, len(lines)) - 1] for line in own)
        return replace(self, line=placed[0], lines=placed)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReader:
    """One thing that people know by a name: an explore, a dashboard's panel, a notebook, a script.

    `noun` is what it is, in the words of a report. `dialect` is sqlglot's name, None for that of the repository.
    `line` is where the file declares it; `path` is that file, "" for the one that is read. `held_to` are the columns that it holds the
    relation to. `is_anywhere`: what it calls a relation may stand in another database or schema here than it says (production's).
    `runs_once`: it is a migration. `names_models`: what it calls a relation is dbt's name of the model, whatever the relation is called.
    """

    noun: str
    name: str
    queries: tuple[ReaderQuery, ...]
    line: int = 1
    dialect: str | None = None
    owners: tuple[str, ...] = ()
    url: str | None = None
    held_to: tuple[HeldColumn, ...] = ()
    is_anywhere: bool = False
    names_models: bool = False
    runs_once: bool = False
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderKind:
    """A kind of file with readers in it. `name` is its name in the configuration and in the coverage.

    `claims` tells by its path whether a file may be of this kind; `marks`: one that holds none of these bytes, in lower
    case, has no reader in it and is not read. `module`, below this package, is imported when a file
    is read: its `read` gives the readers of a file's text; it may look at the repository's other files, does nothing else, and
    raises UnreadableReaderError. `looks_beside`: what it gives hangs on other files too. `is_packed`: the module's `unpack` gives
    the bytes of the text, by path and the file's own; it raises UnreadableReaderError as well. `imports`: it may take the name of what it
    reads from other files of Python.
    """

    name: str
    module: str
    claims: Callable[[str], bool]
    marks: tuple[bytes, ...] = ()
    looks_beside: bool = False
    is_packed: bool = False
    imports: bool = False

    def read(self, path: str, text: str, files: Files) -> tuple[FileReader, ...]:
        """Give the readers of a file. Raises UnreadableReaderError."""
        read: Callable[[str, str, Files], tuple[FileReader, ...]] = self._module().read
        return read(path, text, files)

    def unpack(self, path: str, content: bytes) -> bytes:
        """Give the bytes of the text. Raises UnreadableReaderError."""
        if not self.is_packed:
            return content
        unpack: Callable[[str, bytes], bytes] = self._module().unpack
        return unpack(path, content)

    def _module(self) -> ModuleType:
        return import_module(f"{__package__}.{self.module}")


def moved(queries: Iterable[ReaderQuery], lines: tuple[int, ...]) -> Iterator[ReaderQuery]:
    """Give the queries of a part of a file by the lines of the file; see `ReaderQuery.moved`."""
    return (query.moved(lines) for query in queries)


def ending(*endings: str, within: str = "") -> Callable[[str], bool]:
    """Claim the paths that end so, in a folder of this name where there is one."""
    return lambda path: path.endswith(endings) and (not within or f"/{within}/" in f"/{path}")


def script(path: str, queries: Iterable[ReaderQuery]) -> tuple[FileReader, ...]:
    """Give a file in a language as one reader, if there are queries in it."""
    found = tuple(queries)
    return (FileReader(noun="script", name=path, queries=found),) if found else ()
