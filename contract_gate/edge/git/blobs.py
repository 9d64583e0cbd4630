"""Reads many objects through two long-lived `git cat-file` processes: one for sizes, one for bytes."""

import subprocess
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import IO

from contract_gate.core.errors import GitError
from contract_gate.edge.git.command import Git
from contract_gate.edge.git.revision import Missing, MissingReason, too_large

# A request must fit into the pipe whole, or git blocks on its answer while we block on our question: 60 SHA-256
# ids stay under the smallest pipe (4 KiB).
_AT_ONCE = 60
_NOT_FETCHED = Missing(
    reason=MissingReason.NOT_FETCHED,
    detail="its content is not in this partial clone (fetch it, or clone without --filter)",
)


class Blobs:
    """The bytes of objects by id. Safe to use from several threads; `close` ends the processes."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._lock = threading.Lock()
        self._processes: dict[str, _Process] = {}
        self._local: frozenset[str] | None = None
        self._partial: bool | None = None

    def read(self, ids: Sequence[str], limit: int) -> dict[str, bytes | Missing]:
        """Give each object's bytes; one over `limit` bytes is not read, one that was not fetched stays so."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        with self._lock:
            here = [each for each in wanted if self._is_local(each)]
            sizes = dict(self._sizes(here))
            small = [each for each in here if isinstance(size := sizes[each], int) and size <= limit]
            found: dict[str, bytes | Missing] = dict.fromkeys(wanted, _NOT_FETCHED)
            found |= {each: too_large(size) for each, size in sizes.items() if isinstance(size, int)}
            found |= {each: size for each, size in sizes.items() if isinstance(size, Missing)}
            found |= dict(self._contents(small))
        return found

    def close(self) -> None:
        """End the processes. The next read starts new ones."""
        with self._lock:
            for process in self._processes.values():
                process.close()
            self._processes.clear()

    def _is_local(self, each: str) -> bool:
        """Tell whether asking for the object is safe: in a partial clone git dies on one that it can't fetch."""
        if self._partial is None:
            pattern = r"^(extensions\.partialclone|remote\..*\.(promisor|partialclonefilter))$"
            self._partial = self._git.line("config", "--get-regexp", pattern) is not None
        if not self._partial:
            return True
        if self._local is None:
            listed = self._git.run(
                "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)"
            )
            self._local = frozenset(listed.decode("ascii").split())
        return each in self._local

    def _sizes(self, ids: Sequence[str]) -> Iterator[tuple[str, int | Missing]]:
        process = self._process("--batch-check")
        for some in _chunks(ids):
            process.ask(some)
            for each in some:
                yield each, _size(process.header(each), each)

    def _contents(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes | Missing]]:
        process = self._process("--batch")
        for some in _chunks(ids):
            process.ask(some)
            for each in some:
                size = _size(process.header(each), each)
                yield each, size if isinstance(size, Missing) else process.content(size)

    def _process(self, mode: str) -> "_Process":
        if mode not in self._processes:
            self._processes[mode] = _Process(self._git.start("cat-file", mode))
        return self._processes[mode]


class _Process:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        if process.stdin is None or process.stdout is None:
            raise GitError("git cat-file was started without pipes")
        self._stdin: IO[bytes] = process.stdin
        self._stdout: IO[bytes] = process.stdout
        self._end = weakref.finalize(self, _stop, process)

    def ask(self, ids: Sequence[str]) -> None:
        try:
            self._stdin.write(("\n".join(ids) + "\n").encode("ascii"))
            self._stdin.flush()
        except BrokenPipeError as error:
            raise _died() from error

    def header(self, asked: str) -> list[str]:
        words = self._stdout.readline().decode("ascii", "replace").split()
        if not words or words[0] != asked:
            raise _died()
        return words

    def content(self, size: int) -> bytes:
        body = self._stdout.read(size + 1)
        if len(body) != size + 1:
            raise _died()
        return body[:-1]

    def close(self) -> None:
        self._end()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:  # an unflushed question to a process that is gone: nothing is lost
                continue
    process.wait()


def _size(words: list[str], asked: str) -> int | Missing:
    match words:
        case [_, "blob", size]:
            return int(size)
        case [_, "missing"]:
            return _NOT_FETCHED
        case _:
            raise GitError(
                f"git object {asked} is no file", "git fsck tells whether the repository is damaged"
            )


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _died() -> GitError:
    return GitError("git stopped while files were read", "git fsck tells whether the repository is damaged")
