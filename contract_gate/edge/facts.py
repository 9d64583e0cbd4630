"""What runs worked out of content, kept for later runs: one SQLite file that several processes use at once.

A fact is bytes under a key that holds all that it hangs on; the program is put into each key here. So nothing kept is ever
out of date, and what can't be read is worked out again. Who writes the file decides what is believed: it belongs to the person
or the job, lies outside of the repository, and is never one that a pull request brings.
"""

import hashlib
import os
import sqlite3
import sys
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from contract_gate.core.errors import UsageError

USER = "user"
"""The folder's name that means the person's own cache folder."""
MOST_BYTES = 256 * 1024 * 1024
MOST_DAYS = 30
_WAIT = 2.0
_DAY = 86_400
_SUM = 16
_TABLE = "CREATE TABLE facts (key BLOB PRIMARY KEY, fact BLOB NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID"
_ENDINGS = ("", "-wal", "-shm")
_LARGEST = 64 * 1024 * 1024
"""Bytes of a fact. A larger one is worked out anew by each run."""
_ENGINES = ("Jinja2", "MarkupSafe", "PyYAML", "sqlglot")


class FactFile:
    """The facts in a folder. What is kept is written when it is closed; `problem` says why nothing is read or written.

    At most `most_bytes` stay in the file (what was not used for longest goes first), and nothing that was not used for `MOST_DAYS`.
    """

    def __init__(
        self, folder: Path, *, most_bytes: int = MOST_BYTES, today: int | None = None, program: bytes = b""
    ) -> None:
        self._path = folder / "facts.sqlite"
        self._most_bytes, self._program = most_bytes, program or program_digest()
        self._today = int(time.time()) // _DAY if today is None else today
        self._fresh: dict[bytes, bytes] = {}
        self._used: set[bytes] = set()
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self.problem = _untrusted(folder)
        if self.problem is None:
            self._open()

    def get(self, key: bytes) -> bytes | None:
        """Give a fact, None where there is none."""
        own = self._own(key)
        if own in self._fresh:
            return self._fresh[own]
        with self._lock:
            if self._connection is None:
                return None
            try:
                row = self._connection.execute(
                    "SELECT fact, used FROM facts WHERE key = ? AND length(fact) <= ?", (own, _LARGEST)
                ).fetchone()
            except sqlite3.Error as error:
                self._give_up(error)
                return None
        if row is None:
            return None
        if row[1] != self._today:
            self._used.add(own)
        return _whole(own, row[0])

    def keep(self, key: bytes, fact: bytes) -> None:
        """Keep a fact, unless it is too large."""
        if self._connection is not None and len(fact) <= _LARGEST:
            self._fresh[self._own(key)] = fact

    def close(self) -> None:
        """Write what is new, and let go of what is old or too much."""
        with self._lock:
            if self._connection is None:
                return
            try:
                self._write(self._connection)
                self._connection.close()
            except sqlite3.Error as error:
                self._give_up(error)
            self._connection = None

    def _own(self, key: bytes) -> bytes:
        return hashlib.blake2b(self._program + key, digest_size=20).digest()

    def _open(self) -> None:
        try:
            # To let go of so much takes longer than to work it out.
            if _size(self._path) > 2 * self._most_bytes:
                raise sqlite3.DatabaseError(f"it is larger than {2 * self._most_bytes:,} bytes")
            self._connection = _connected(self._path)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _write(self, connection: sqlite3.Connection) -> None:
        if not self._fresh and not self._used:
            return
        rows = ((key, _packed(key, fact), self._today) for key, fact in self._fresh.items())
        with connection:
            connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)
            connection.executemany(
                "UPDATE facts SET used = ? WHERE key = ?", ((self._today, key) for key in self._used)
            )
            connection.execute("DELETE FROM facts WHERE used < ?", (self._today - MOST_DAYS,))
            while _bytes_in(connection) > self._most_bytes:
                connection.execute(
                    "DELETE FROM facts WHERE key IN "
                    "(SELECT key FROM facts ORDER BY used, key LIMIT (SELECT COUNT(*) / 4 + 1 FROM facts))"
                )
        connection.execute("PRAGMA incremental_vacuum").fetchall()

    def _give_up(self, error: Exception) -> None:
        """Go on without the file. One that is no database any more is taken away, so that the next run begins anew."""
        self.problem = f"{self._path}: {error}"
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
        is_busy = isinstance(error, sqlite3.OperationalError)
        if isinstance(error, sqlite3.DatabaseError) and not is_busy:
            self.problem += "; it is begun anew"
            for ending in _ENDINGS:
                with suppress(OSError):
                    Path(f"{self._path}{ending}").unlink(missing_ok=True)


@contextmanager
def facts_in(
    given: str | None, environment: Mapping[str, str], repository: Path
) -> Iterator[FactFile | None]:
    """Open the facts of a folder that the command line or the environment names; None where none is named.

    UsageError for a folder in the repository: whoever writes a pull request could put one there.
    """
    folder = _folder(given, environment) if given else None
    if folder is None:
        yield None
        return
    place, top = Path(os.path.realpath(folder)), Path(os.path.realpath(repository))
    if place.is_relative_to(top):
        raise UsageError(
            f"nothing was judged: the cache folder {folder} lies in the repository",
            f"name a folder outside of it, or `{USER}`: a pull request could bring what lies in it",
        )
    facts = FactFile(place)
    try:
        yield facts
    finally:
        facts.close()


@cache
def program_digest() -> bytes:
    """Name the program that works facts out: the sources of this package, Python, and what templates are run by."""
    hashed = hashlib.blake2b(sys.version.encode(), digest_size=20)
    for name in _ENGINES:
        hashed.update(f"{name} {version(name)}\n".encode())
    package = Path(__file__).parent.parent
    for path in sorted(package.rglob("*.py")):
        content = path.read_bytes()
        hashed.update(f"{path.relative_to(package).as_posix()} {len(content)}\n".encode() + content)
    return hashed.digest()


def _folder(given: str, environment: Mapping[str, str]) -> Path:
    if given != USER:
        return Path(given)
    home = environment.get("HOME") or Path("~").expanduser()
    below = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return Path(environment.get("XDG_CACHE_HOME") or f"{home}/{below}") / "contract-gate"


def _untrusted(folder: Path) -> str | None:
    """Make the folder; say why what others may have put there is not believed."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except OSError as error:
        return f"{folder}: {error.strerror}"
    if not hasattr(os, "getuid"):
        return None
    # Who is root reads what a runner's own user unpacked for it.
    if os.getuid() not in (0, state.st_uid):
        return f"{folder} belongs to another user"
    return f"{folder} can be written by every user" if state.st_mode & 0o002 else None


def _size(path: Path) -> int:
    parts = [Path(f"{path}{ending}") for ending in _ENDINGS]
    return sum(part.stat().st_size for part in parts if part.exists())


def _connected(path: Path) -> sqlite3.Connection:
    # The run's one thread with a deep stack reads, and the first thread opens and closes.
    connection = sqlite3.connect(path, timeout=_WAIT, check_same_thread=False)
    # A view or a trigger in their place would run what somebody wrote.
    there = connection.execute("SELECT sql FROM sqlite_master").fetchall()
    if there and there != [(_TABLE,)]:
        connection.close()
        raise sqlite3.DatabaseError("it holds something else than facts")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = OFF")
    if not there:
        connection.execute(_TABLE.replace("TABLE", "TABLE IF NOT EXISTS", 1))
    return connection


def _bytes_in(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    is_empty = connection.execute("SELECT 1 FROM facts LIMIT 1").fetchone() is None
    return 0 if is_empty else (pages - free) * size


def _packed(key: bytes, fact: bytes) -> bytes:
    return _sum(key, fact) + zlib.compress(fact, 1)


def _whole(key: bytes, packed: object) -> bytes | None:
    """A disk may give back other bytes than it took, or those of another key: what does not fit its own sum is no fact."""
    if not isinstance(packed, bytes):
        return None
    try:
        fact = zlib.decompressobj().decompress(packed[_SUM:], _LARGEST)
    except zlib.error:
        return None
    return fact if _sum(key, fact) == packed[:_SUM] else None


def _sum(key: bytes, fact: bytes) -> bytes:
    return hashlib.blake2b(fact, digest_size=_SUM, key=key).digest()
