"""Put every .sql file of bare repositories through `contract_gate.lineage`, in children with bounds.

    python bench/corpus.py REPOSITORY… [--dialect D] [--seconds 20] [--memory-mb 2000] [--details FILE]

The engine may say that it can't read a file (a problem: templates are not rendered here), but it may never raise,
hang or end its process. Printed by repository: files, statements, problems, crashes, time-outs, time. Exits 1 on a
crash, an exception or a time-out.
"""

import argparse
import json
import multiprocessing
import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

CONTEXT = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a repository's newest commit."""

    repository: str
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """How a file was read. `state`: columns, tables, problem, raised, crashed, stopped."""

    repository: str
    path: str
    state: str
    seconds: float
    statements: int = 0
    said: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--dialect", help="the SQL dialect of all files")
    parser.add_argument("--seconds", type=float, default=20, help="stop a file after this long")
    parser.add_argument("--memory-mb", type=int, default=2000, help="address space of a child")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--details", type=Path, help="write every file's outcome here, as JSON lines")
    options = parser.parse_args()
    files = [file for repository in options.repositories for file in sql_files(repository)]
    started = time.monotonic()
    shares = [files[i :: options.processes] for i in range(options.processes)]
    with ThreadPoolExecutor(max_workers=options.processes) as workers:
        reads = [
            read for part in workers.map(lambda share: read_share(share, options), shares) for read in part
        ]
    if options.details:
        options.details.write_text("".join(json.dumps(asdict(r)) + "\n" for r in reads), encoding="utf-8")
    return print_table(reads, time.monotonic() - started)


def sql_files(repository: Path) -> Iterator[File]:
    """Give the .sql files of HEAD (or the one branch there is); those that git does not hold are left out."""
    git = ["git", "-C", str(repository)]
    listed = subprocess.run([*git, "ls-tree", "-r", "-z", "HEAD"], capture_output=True, check=True).stdout
    entries = [entry.split("\t", 1) for entry in listed.decode("utf-8", "replace").split("\0") if entry]
    wanted = [(meta.split()[2], path) for meta, path in entries if path.endswith(".sql")]
    asked = "".join(f"{sha}\n" for sha, _ in wanted).encode()
    out = subprocess.run([*git, "cat-file", "--batch"], input=asked, capture_output=True, check=True).stdout
    at = 0
    name = repository.name if repository.name != "repo" else repository.parent.name
    for _, path in wanted:
        end = out.index(b"\n", at)
        header = out[at:end].split()
        at = end + 1
        if header[-1] == b"missing":
            continue
        size = int(header[2])
        yield File(repository=name, path=path, text=out[at : at + size].decode("utf-8", "replace"))
        at += size + 1


class Reader:
    """A child process that reads files until one of them ends it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._start()

    def _start(self) -> None:
        self._pipe, far = CONTEXT.Pipe()
        self._child = CONTEXT.Process(
            target=read_files, args=(far, self._options.dialect, self._options.memory_mb), daemon=True
        )
        self._child.start()
        far.close()
        self._pipe.recv()

    def read(self, file: File) -> Read:
        """Read one file; a child that hangs or ends is replaced."""
        started = time.monotonic()
        self._pipe.send(file.text)
        state, statements, said = "stopped", 0, ""
        try:
            if self._pipe.poll(self._options.seconds):
                state, statements, said = self._pipe.recv()
            else:
                self._renew()
        except EOFError:
            self._child.join()
            state, said = "crashed", f"exit {self._child.exitcode}"
            self._renew()
        return Read(
            repository=file.repository,
            path=file.path,
            state=state,
            seconds=round(time.monotonic() - started, 3),
            statements=statements,
            said=said,
        )

    def _renew(self) -> None:
        self.close()
        self._start()

    def close(self) -> None:
        self._child.kill()
        self._child.join()
        self._pipe.close()


_STARTING = threading.Lock()


def read_share(files: Sequence[File], options: argparse.Namespace) -> list[Read]:
    """Read files one after the other in one child."""
    with _STARTING:
        reader = Reader(options)
    reads = [reader.read(file) for file in files]
    reader.close()
    return reads


def read_files(pipe: Connection, dialect: str | None, memory_mb: int) -> None:
    """Be the child: answer (state, statements, what was said) for each text."""
    limit = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    import contract_gate

    lineage = contract_gate.lineage
    pipe.send("ready")
    while True:
        text = pipe.recv()
        try:
            told = lineage(text, dialect=dialect).to_dict()["files"][0]
        except Exception as error:
            pipe.send(("raised", 0, f"{type(error).__name__}: {error}"[:300]))
            continue
        statements, problems = told["statements"], told["problems"]
        if problems:
            pipe.send(("problem", len(statements), problems[0]["message"][:300]))
        else:
            pipe.send(("columns" if any(s["columns"] for s in statements) else "tables", len(statements), ""))


def print_table(reads: Sequence[Read], seconds: float) -> int:
    """Print the counts by repository and what went wrong; exit code 1 if the engine failed anywhere."""
    states = ("columns", "tables", "problem", "raised", "crashed", "stopped")
    tally = Counter((read.repository, read.state) for read in reads)
    print(
        f"{'repository':<46}{'files':>8}"
        + "".join(f"{state:>9}" for state in states)
        + f"{'seconds':>9}{'slowest':>9}"
    )
    for repository in sorted({read.repository for read in reads}):
        times = [read.seconds for read in reads if read.repository == repository]
        counts = "".join(f"{tally[repository, state] or '·':>9}" for state in states)
        print(f"{repository:<46}{len(times):>8}{counts}{sum(times):>9.1f}{max(times):>9.2f}")
    failed = [read for read in reads if read.state in {"raised", "crashed", "stopped"}]
    for read in failed[:40]:
        print(f"  {read.state}: {read.repository} {read.path}: {read.said or f'{read.seconds} s'}")
    if len(failed) > 40:
        print(f"  … and {len(failed) - 40} more (see --details)")
    print(f"{len(reads)} files in {seconds:.0f} s; {len(failed)} failures")
    return int(bool(failed) or not reads)


if __name__ == "__main__":
    sys.exit(main())
