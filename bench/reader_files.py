"""What the kinds of reader find in files by themselves, for repositories that hold dashboards and no models.

    python bench/reader_files.py --clones DIR [KIND…]            # the table of docs/readers.md
    python bench/reader_files.py --clones DIR --judged [KIND…]   # against the files that were read by eye
    python bench/reader_files.py --clones DIR --write N KIND…    # what the kinds find in N files each, to be read by eye

DIR holds bare clones named `owner/name.git`; which repository is read for which kind, at which commit, is `reader_files.txt`. Every
file that a kind claims and that holds its marks is read. A line a kind: files, files with readers in them, files that are refused (the
reasons follow), readers, queries, queries of which no parser reads anything, queries whose placeholders stand for clauses, relations and columns
that the others name, and seconds.

`reader_files.jsonl` has what a person found in files: the relations that each reads, with how many columns of each. `--judged` prints
how many of these are found, and what is found beside (a LookML file also tells the explores that join its views). Exits 1 where reading a file fails with anything but a reason.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from contract_gate.edge.git import Repository
from contract_gate.sql.bind import bind_script
from contract_gate.sql.stack import deep_stack
from contract_gate.workspace.files import Files, decode
from contract_gate.workspace.plain.placeholders import fill
from contract_gate.workspace.readers.kinds import KINDS
from contract_gate.workspace.readers.queries import APART, EXPORTED, in_dialect
from contract_gate.workspace.readers.values import FileReader, ReaderKind, ReaderQuery, UnreadableReaderError
from contract_gate.workspace.tree import Tree

HERE = Path(__file__).parent
COLUMNS = ("files", "with", "refused", "readers", "queries", "unparsed", "unfilled", "relations", "columns")
_DIALECTS = ("", "postgres", "bigquery", "snowflake", "mysql", "tsql", "clickhouse")
"""Tried in turn where neither a file nor a repository says which."""
Named = tuple[str, str]
"""A repository's name and a commit of it."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="all of the list where none is named")
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--judged", action="store_true")
    parser.add_argument("--write", type=int, default=0, metavar="N")
    options = parser.parse_args()
    listed = defaultdict(list)
    for line in (HERE / "reader_files.txt").read_text(encoding="utf-8").splitlines():
        name, commit, *kinds = line.split()
        for kind in kinds:
            listed[kind].append((name, commit))
    wanted = [kind for kind in KINDS if kind.name in listed and kind.name in (options.kinds or listed)]
    if options.judged:
        return judged(wanted, options.clones)
    if options.write:
        for kind in wanted:
            write(kind, listed[kind.name], options.clones, options.write)
        return 0
    print("| kind | " + " | ".join((*COLUMNS, "seconds")) + " |\n" + "|---" * (len(COLUMNS) + 2) + "|")
    return int(sum([measured(kind, listed[kind.name], options.clones) for kind in wanted]) > 0)


def measured(kind: ReaderKind, repositories: Sequence[Named], clones: Path) -> int:
    """Print a kind's line; give how many files could not be read for a fault of ours."""
    counts, started, faults = Counter[str](), time.process_time(), 0
    for named in repositories:
        with opened(clones, named) as tree:
            faults += deep_stack(lambda tree=tree: read(tree, kind, counts))
    seconds = time.process_time() - started
    cells = [f"`{kind.name}`", *(f"{counts[name]:,}" for name in COLUMNS), f"{seconds:.1f}"]
    print("| " + " | ".join(cells) + " |", flush=True)
    return faults


@contextmanager
def opened(clones: Path, named: Named) -> Iterator[Tree]:
    """Open a clone at a commit."""
    with Repository.open(clones / f"{named[0]}.git") as repository:
        yield Tree(repository, repository.resolve(named[1]))


def read(files: Files, kind: ReaderKind, counts: Counter[str]) -> int:
    """Read the files of one repository that a kind claims; give how many reading failed for."""
    faults = 0
    for path, text in claimed(files, kind).items():
        counts["files"] += 1
        try:
            readers = kind.read(path, text, files)
        except UnreadableReaderError as error:
            counts["refused"] += 1
            print(f"    refused: {path}: {error}", file=sys.stderr)
            continue
        except Exception as error:  # a fault of ours: counted, and told
            faults += 1
            print(f"    FAULT: {path}: {error!r}", file=sys.stderr)
            continue
        counts["with"] += bool(readers)
        for reader in readers:
            counts["readers"] += 1
            for query in reader.queries:
                count(reader, query, counts)
    return faults


def claimed(files: Files, kind: ReaderKind) -> Mapping[str, str]:
    """Give the texts of the files that a kind claims and that hold its marks."""
    paths: Collection[str] = sorted(path for path in files.paths() if kind.claims(path))
    read: dict[str, bytes] = {}
    for path, content in files.read(paths).items():
        if isinstance(content, bytes):
            try:
                read[path] = kind.unpack(path, content)
            except UnreadableReaderError as error:
                print(f"    refused: {path}: {error}", file=sys.stderr)
    return {
        path: decode(content).text
        for path, content in read.items()
        if any(mark in content.lower() for mark in kind.marks or (b"",))
    }


def count(reader: FileReader, query: ReaderQuery, counts: Counter[str]) -> None:
    """Count what a query names."""
    counts["queries"] += 1
    named = reads(reader, query)
    if isinstance(named, str):
        counts[named] += 1
        return
    counts["relations"] += len(named)
    counts["columns"] += sum(len(columns) for columns in named.values())


def reads(reader: FileReader, query: ReaderQuery) -> dict[str, set[str]] | str:
    """Bind a query against nothing that is known; give its relations with their columns, or why there are none."""
    return _reads(reader.dialect, query.sql)


@cache
def _reads(known: str | None, sql: str) -> dict[str, set[str]] | str:
    """What an explore and what joins it have in common is bound once. Of a script in which not all is read, what is."""
    partly: dict[str, set[str]] = {}
    for dialect in (known,) if known is not None else _DIALECTS:
        filled = fill(in_dialect(sql, dialect), is_program=True)
        if filled.problem is not None:
            return "unfilled"
        script = bind_script(filled.text, dialect, lambda _: None)
        found: dict[str, set[str]] = {}
        for read in (read for statement in script.statements for read in statement.reads):
            parts = read.relation.parts
            name = ".".join(parts[1:] if parts[0] in (APART, EXPORTED) else parts)
            columns = found.setdefault(name, set())
            columns.update([read.column_name] if read.column_name is not None else [])
        if not script.problems:
            return found
        partly = partly or found
    return partly or "unparsed"


def found_in(kind: ReaderKind, path: str, text: str, files: Files) -> dict[str, int]:
    """Give the relations that a file reads, with how many columns of each are named."""
    found: dict[str, set[str]] = {}
    for reader in kind.read(path, text, files):
        for query in reader.queries:
            named = reads(reader, query)
            for relation, columns in named.items() if not isinstance(named, str) else ():
                found.setdefault(relation, set()).update(columns)
    return {relation: len(columns) for relation, columns in sorted(found.items())}


def write(kind: ReaderKind, repositories: Sequence[Named], clones: Path, most: int) -> None:
    """Print what is found in some files of a kind, as lines of `reader_files.jsonl`; chosen by a fixed seed, from all repositories alike."""
    chosen = random.Random(7)
    lines: list[list[str]] = []
    for named in repositories:
        with opened(clones, named) as tree:
            texts = claimed(tree, kind)
            paths = chosen.sample(sorted(texts), min(len(texts), 6 * most))
            lines.append([])
            for path in paths:
                try:
                    relations = found_in(kind, path, texts[path], tree)
                except UnreadableReaderError:
                    continue
                row = {"kind": kind.name, "repo": named[0], "sha": named[1], "path": path, "reads": relations}
                # One in ten that reads nothing: these are to be right as well.
                if relations or chosen.random() < 0.1:
                    lines[-1].append(json.dumps(row, ensure_ascii=False))
                if len(lines[-1]) == most:
                    break
    spread = [line for place in range(most) for group in lines for line in group[place : place + 1]]
    print(*spread[:most], sep="\n")


def judged(kinds: Sequence[ReaderKind], clones: Path) -> int:
    """Hold what is found against what a person found, a line a kind."""
    rows = [json.loads(line) for line in (HERE / "reader_files.jsonl").read_text("utf-8").splitlines()]
    print("| kind | files | read as by eye | relations | of | columns | of | beside |\n" + "|---" * 8 + "|")
    for kind in kinds:
        counts = Counter[str]()
        for row in (row for row in rows if row["kind"] == kind.name):
            with opened(clones, (row["repo"], row["sha"])) as tree:
                text = claimed(tree, kind).get(row["path"], "")
                found = deep_stack(
                    lambda kind=kind, row=row, text=text, tree=tree: found_in(kind, row["path"], text, tree)
                )
            expected = row["reads"]
            counts["files"] += 1
            is_right = all(found.get(name, -1) >= number for name, number in expected.items())
            counts["right"] += is_right and (bool(expected) or not found)
            counts["relations"] += len(expected.keys() & found.keys())
            counts["of"] += len(expected)
            counts["columns"] += sum(min(found.get(name, 0), number) for name, number in expected.items())
            counts["of columns"] += sum(expected.values())
            counts["beside"] += len(found.keys() - expected.keys())
            if not is_right:
                print(f"    {row['repo']} {row['path']}: {found}, not {expected}", file=sys.stderr)
        names = ("files", "right", "relations", "of", "columns", "of columns", "beside")
        print(f"| `{kind.name}` | " + " | ".join(f"{counts[name]:,}" for name in names) + " |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
