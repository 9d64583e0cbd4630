"""What the kinds of reader find in files by themselves, for repositories that hold dashboards and no models.

    python bench/reader_files.py [KIND…] --repositories GIT[@COMMIT]… [--show N]

Every file of the newest commit that one of these kinds claims and that holds its marks is read. A line a kind: files, files with
readers in them, files that are refused (the reasons follow), readers, queries, queries that no parser reads, queries whose
placeholders stand for clauses, relations and columns that the others name, and seconds. `--show` prints every N-th query, to be
held against its file by eye. Exits 1 where reading a file fails with anything but a reason.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from contract_gate.edge.git import Repository
from contract_gate.sql.bind import bind_script
from contract_gate.sql.parsing.parse import deep_stack
from contract_gate.workspace.files import Files, decode
from contract_gate.workspace.plain.placeholders import fill
from contract_gate.workspace.readers.kinds import KINDS
from contract_gate.workspace.readers.queries import in_dialect
from contract_gate.workspace.readers.values import FileReader, ReaderKind, ReaderQuery, UnreadableReaderError
from contract_gate.workspace.tree import Tree

COLUMNS = ("files", "with", "refused", "readers", "queries", "unparsed", "unfilled", "relations", "columns")
_DIALECTS = ("", "postgres", "bigquery", "snowflake", "mysql", "tsql", "clickhouse")
"""Tried in turn where neither a file nor a repository says which."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="all of them where none is named")
    parser.add_argument("--repositories", nargs="+", required=True)
    parser.add_argument("--show", type=int, default=0, help="print every N-th query")
    options = parser.parse_args()
    print(f"{'kind':<12}" + "".join(f"{name:>11}" for name in COLUMNS) + f"{'seconds':>11}")
    faults = 0
    for kind in (kind for kind in KINDS if not options.kinds or kind.name in options.kinds):
        counts, started = Counter[str](), time.process_time()
        for path, _, commit in (named.partition("@") for named in options.repositories):
            with Repository.open(Path(path)) as repository:
                tree = Tree(repository, repository.resolve(commit or "HEAD"))
                faults += deep_stack(
                    lambda tree=tree, kind=kind, counts=counts: read(tree, kind, counts, options.show)
                )
        seconds = time.process_time() - started
        print(f"{kind.name:<12}" + "".join(f"{counts[name]:>11}" for name in COLUMNS) + f"{seconds:>11.1f}")
    return int(faults > 0)


def read(files: Files, kind: ReaderKind, counts: Counter[str], show: int) -> int:
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
                if show and counts["queries"] % show == 0:
                    sql = in_dialect(query.sql, reader.dialect or "")
                    print(f"  {path} · {reader.noun} {reader.name} · line {query.line}\n    {sql}")
    return faults


def claimed(files: Files, kind: ReaderKind) -> Mapping[str, str]:
    """Give the texts of the files that a kind claims and that hold its marks."""
    paths: Collection[str] = sorted(path for path in files.paths() if kind.claims(path))
    read = {path: content for path, content in files.read(paths).items() if isinstance(content, bytes)}
    marked = (
        path
        for path in paths
        if path in read and any(mark in read[path].lower() for mark in kind.marks or (b"",))
    )
    return {path: decode(read[path]).text for path in marked}


def count(reader: FileReader, query: ReaderQuery, counts: Counter[str]) -> None:
    """Bind a query against nothing that is known, and count what it names."""
    counts["queries"] += 1
    for dialect in (reader.dialect,) if reader.dialect is not None else _DIALECTS:
        filled = fill(in_dialect(query.sql, dialect))
        if filled.problem is not None:
            counts["unfilled"] += 1
            return
        script = bind_script(filled.text, dialect, lambda _: None)
        if not script.problems and all(statement.query is not None for statement in script.statements):
            names = [
                (read.relation, read.column_name)
                for statement in script.statements
                for read in statement.reads
            ]
            counts["relations"] += len({relation for relation, _ in names})
            counts["columns"] += len({name for name in names if name[1] is not None})
            return
    counts["unparsed"] += 1


if __name__ == "__main__":
    raise SystemExit(main())
