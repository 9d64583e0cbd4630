"""Check that the cases' labels are true: run both sides on generated rows in DuckDB.

    python bench/check_labels.py [--instances 80] [--show-unrun]

A `none` pair must give the same columns, types and rows on every instance; `rows`, `values`, `schema` and
`additive` must show what they claim. Pairs that DuckDB can't run (another dialect's functions, tables that nobody
declares) are counted, and listed with --show-unrun: their labels were read, not run. Exits 1 on a false label.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import duckdb
import sqlglot
from instances import Outcome, fill, literals, run

from tests.cases.cases import Case, load_cases, load_rewrites

Pair = tuple[Outcome, Outcome]
"""What base and head gave on one instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`false` says why the label is false, `unrun` why it could not be checked; both None: it holds."""

    false: str | None = None
    unrun: str | None = None


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--instances", type=int, default=80, help="random data sets a pair")
    parser.add_argument("--show-unrun", action="store_true")
    options = parser.parse_args()
    tally: Counter[tuple[str, str]] = Counter()
    cases = (*load_cases(), *load_rewrites())
    with ProcessPoolExecutor(max_workers=2) as workers:
        verdicts = tuple(workers.map(judge, cases, repeat(options.instances), chunksize=8))
    for case, judged in zip(cases, verdicts, strict=True):
        state = "false" if judged.false else "read" if judged.unrun else "true"
        tally[case.change_class, state] += 1
        if judged.false:
            print(f"FALSE {case.name}: {judged.false}")
        elif judged.unrun and options.show_unrun:
            print(f"read  {case.name}: {judged.unrun}")
    print(f"{'class':<10} {'true':>6} {'read':>6} {'false':>6}")
    for change_class in sorted({key[0] for key in tally}):
        counts = [tally[change_class, state] for state in ("true", "read", "false")]
        print(f"{change_class:<10} {counts[0]:>6} {counts[1]:>6} {counts[2]:>6}")
    return int(any(state == "false" and count for (_, state), count in tally.items()))


def judge(case: Case, instances: int) -> Judged:
    """Run a pair on many instances and compare what it shows with its label."""
    if case.truth == "read":
        return Judged(unrun="labelled by reading")
    try:
        before, after = (_for_duckdb(side, case.dialect) for side in (case.before, case.after))
    except sqlglot.errors.SqlglotError as error:
        return Judged(unrun=f"not translated: {str(error).splitlines()[0]}")
    known = literals((case.before, case.after), case.dialect)
    text = (case.before + case.after).lower()
    tables = {name: columns for name, columns in case.tables.items() if name in text}
    pairs: list[Pair] = []
    connection = duckdb.connect(config={"threads": "1"})
    for seed in range(instances):
        fill(connection, tables, seed, known)
        pair = run(connection, before), run(connection, after)
        for side in pair:
            if side.error:
                return Judged(unrun=side.error)
        pairs.append(pair)
    return Judged(false=_falsehood(case, pairs))


def _for_duckdb(query: str, dialect: str) -> str:
    if dialect == "duckdb":
        return query
    statements = sqlglot.transpile(
        query, read=dialect, write="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    return statements[0]


def _falsehood(case: Case, pairs: Sequence[Pair]) -> str | None:
    before, after = pairs[0]
    added = [name for name in after.names if name not in before.names]
    common = [name for name in before.names if name in after.names]
    same_shape = [(n.lower(), t) for n, t in before.columns] == [(n.lower(), t) for n, t in after.columns]
    match case.change_class:
        case "none":
            if not same_shape:
                return f"columns differ: {before.columns} {after.columns}"
            return None if _always(pairs, None) else "rows differ on some instance"
        case "additive":
            if not added or len(common) < len(before.names):
                return f"columns are not added: {before.columns} {after.columns}"
            return None if _always(pairs, common) else "the columns that stay differ on some instance"
        case "schema":
            return "columns and types are the same" if before.columns == after.columns else None
        case "rows":
            if any(name not in after.names for name in before.names):
                return f"a column is gone: {before.columns} {after.columns}"
            return "rows agree on every instance" if _always(pairs, common) else None
        case "values":
            return _values_falsehood(case, pairs, same_shape)
        case _:
            return "this class can't be run"


def _values_falsehood(case: Case, pairs: Sequence[Pair], same_shape: bool) -> str | None:
    if not same_shape:
        return f"columns differ: {pairs[0][0].columns} {pairs[0][1].columns}"
    if any(len(b.rows) != len(a.rows) for b, a in pairs):
        return "the number of rows differs"
    changed = [column.lower() for column in case.columns]
    untouched = [name for name in pairs[0][0].names if name not in changed]
    if changed and not _always(pairs, untouched):
        return "other columns differ too"
    silent = [name for name in changed if _always(pairs, [name])]
    if silent:
        return f"never differ: {', '.join(silent)}"
    return "values agree on every instance" if _always(pairs, None) else None


def _always(pairs: Sequence[Pair], names: Sequence[str] | None) -> bool:
    return all(before.bag(names) == after.bag(names) for before, after in pairs)


if __name__ == "__main__":
    sys.exit(main())
