"""Random rows for random tables, and relations compared as bags: what the judges share.

The rows are made to tell queries apart: small domains, NULLs, duplicates, empty tables now and then, and the
literals of the queries at hand among the values. Nothing here knows the engine that is judged.
"""

import datetime
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import duckdb
import sqlglot
from sqlglot import exp

Tables = Mapping[str, Mapping[str, str]]
"""Table → column → type, in order."""

NULL_SHARE = 0.15
EMPTY_SHARE = 0.06
WORDS = ("a", "b", "x", "y", "ab", "Paid", "open")
DAYS = ("2023-12-31", "2024-01-01", "2024-01-02", "2024-01-15", "2024-02-01", "2024-02-29", "2025-01-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literals:
    """The constants that the queries compare with: a filter on 'paid' needs a row that is paid."""

    words: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a query gave: `columns` (name, type) and the bag of its rows, or `error`."""

    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    error: str | None = None
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(name.lower() for name, _ in self.columns))

    def bag(self, names: Sequence[str] | None = None) -> Counter[tuple[object, ...]]:
        """Count the rows, over these columns only where they are given (lower case)."""
        if names is None:
            return Counter(tuple(map(_plain, row)) for row in self.rows)
        at = [self.names.index(name) for name in names]
        return Counter(tuple(_plain(row[i]) for i in at) for row in self.rows)


def literals(queries: Iterable[str], dialect: str) -> Literals:
    """Give the constants of the queries; those that do not parse have none."""
    words: set[str] = set()
    numbers: set[int] = set()
    for query in queries:
        try:
            tree = sqlglot.parse_one(query, read=dialect)
        except sqlglot.errors.SqlglotError:
            continue
        for literal in tree.find_all(exp.Literal):
            if literal.is_string:
                words.add(literal.this.strip("%"))
            elif literal.is_int:
                numbers.add(int(literal.this))
    return Literals(words=tuple(sorted(words)), numbers=tuple(sorted(n for n in numbers if n < 1000)))


def fill(
    connection: duckdb.DuckDBPyConnection, tables: Tables, seed: int, known: Literals, rows: int = 9
) -> None:
    """Make the tables anew with up to `rows` random rows each."""
    rng = random.Random(seed)
    for name, columns in tables.items():
        spelled = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        connection.execute(f"CREATE OR REPLACE TABLE {name} ({spelled})")
        count = 0 if rng.random() < EMPTY_SHARE else rng.randint(1, rows)
        made = [tuple(_value(rng, kind, known) for kind in columns.values()) for _ in range(count)]
        if made:
            spelled_rows = ", ".join(f"({', '.join(map(_spelled, row))})" for row in made)
            connection.execute(f"INSERT INTO {name} VALUES {spelled_rows}")


def run(connection: duckdb.DuckDBPyConnection, query: str) -> Outcome:
    """Run a query and keep what it gave. Never raises for what is in the query."""
    try:
        cursor = connection.execute(query)
        columns = tuple((d[0], str(d[1])) for d in cursor.description or ())
        return Outcome(columns=columns, rows=tuple(cursor.fetchall()))
    except (duckdb.Error, OverflowError) as error:
        return Outcome(error=str(error).splitlines()[0])


def _value(rng: random.Random, kind: str, known: Literals) -> object:
    if rng.random() < NULL_SHARE:
        return None
    kind = kind.upper()
    if kind.startswith(("INT", "BIGINT")):
        pool = [*range(5), *(n + d for n in known.numbers if n < 50 for d in (-1, 0, 1))]
        return rng.choice(pool)
    if kind.startswith("DECIMAL"):
        return Decimal(rng.choice([*range(0, 28, 3), *(4 * n + 1 for n in known.numbers if n < 50)])) / 4
    if kind.startswith("DOUBLE"):
        return rng.randint(0, 27) / 4
    if kind.startswith("BOOL"):
        return rng.random() < 0.5
    if kind.startswith("TIMESTAMP"):
        day = datetime.datetime.fromisoformat(rng.choice(DAYS))
        return day + datetime.timedelta(hours=rng.choice((0, 0, 5, 23)))
    if kind.startswith("DATE"):
        return datetime.date.fromisoformat(rng.choice(DAYS))
    return rng.choice([*WORDS, *known.words, *(word.upper() for word in known.words)])


def _spelled(value: object) -> str:
    """Write a value as SQL: one INSERT of literals is far faster here than bound parameters."""
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int, float, Decimal)):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _plain(value: object) -> object:
    """Make a value hashable, and sums of floats equal whatever their order was."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, list):
        return tuple(map(_plain, value))
    if isinstance(value, dict):
        return tuple((key, _plain(item)) for key, item in value.items())
    return value
