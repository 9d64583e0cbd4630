"""DuckDB, locked: loads generated rows and runs queries over them. Runs only in the child process.

No files, no network, no extensions, no settings: see https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from contract_gate.witness.question import ResultShape
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.rules import Row, Rows
from contract_gate.witness.values import first_line, literal, quoted

MOST_ROWS = 20_000
_QUERY_SECONDS = 1.0


class DataError(Exception):
    """These rows make the query fail (a cast, a range): says nothing about others."""


class TypeMismatch(Exception):  # noqa: N818 - an answer of the binder, met by trying other types
    """The query doesn't bind over tables of these types."""


class Database:
    """One locked in-memory database with the tables of a search.

    `ignores_case`: texts are compared so. `functions`: the names of DuckDB's functions. `reserved`: the words that must be quoted as names.
    """

    def __init__(self, memory_mb: int, *, ignores_case: bool = False) -> None:
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "threads": 1,
                "memory_limit": f"{memory_mb}MB",
                "enable_external_access": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_community_extensions": "false",
                "python_enable_replacements": "false",
            },
        )
        self._connection.execute("SET TimeZone = 'UTC'")
        if ignores_case:
            self._connection.execute("SET default_collation = 'nocase'")
        self.functions = frozenset(
            self._names("SELECT DISTINCT lower(function_name) FROM duckdb_functions()")
        )
        self.reserved = frozenset(
            self._names(
                "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
            )
        )
        self._plan_little()
        self._connection.execute("SET lock_configuration = true")
        self._loaded: Rows = {}
        self._shapes: dict[str, ResultShape] = {}
        self._prepared: dict[str, str] = {}
        self._open = False
        self._watch = _Watch(self._connection)

    def _names(self, sql: str) -> list[str]:
        return [row[0] for row in self._connection.execute(sql).fetchall()]

    def close(self) -> None:
        """Give the database's memory back."""
        self._watch.stop()
        self._connection.close()

    def create(self, shapes: tuple[ResultShape, ...]) -> None:
        """Make empty tables in place of all that were there."""
        self._roll_back()
        for name in self._loaded:
            self._connection.execute(f"DROP TABLE {quoted(name)}")
        self._shapes = {shape.name: shape for shape in shapes}
        self._loaded = {}
        for shape in shapes:
            try:
                self._connection.execute(f"CREATE TABLE {shape.declaration}")
            except duckdb.Error as error:
                raise TypeMismatch(first_line(error)) from error
            self._loaded[shape.name] = []

    def load(self, rows: Rows) -> None:
        """Put these rows in the tables, in this order. Raises `DataError`."""
        if not self._open:
            self._connection.execute("BEGIN")
            self._open = True
        for name, held in rows.items():
            if self._loaded.get(name) == held:
                continue
            self._connection.execute(f"TRUNCATE {quoted(name)}")
            if held:
                self._insert(self._shapes[name], held)
            self._loaded[name] = list(held)

    def _insert(self, shape: ResultShape, held: list[Row]) -> None:
        kinds = [kind for _, kind in shape.columns]
        rows = ("(" + ", ".join(map(literal, row, kinds)) + ")" for row in held)
        try:
            self._connection.execute(f"INSERT INTO {quoted(shape.name)} VALUES {', '.join(rows)}")  # noqa: S608
        except duckdb.Error as error:
            self._roll_back()
            raise DataError(first_line(error)) from error

    def _plan_little(self) -> None:
        """Turn the optimizer off, but for filters over joins: planning costs more than running on a few rows."""
        names = self._names("SELECT name FROM duckdb_optimizers()")
        needless = ",".join(name for name in names if not name.startswith("filter_"))
        self._connection.execute(f"SET disabled_optimizers = '{needless}'")

    def _roll_back(self) -> None:
        """End the transaction of the trials: the tables are empty again."""
        if self._open:
            self._connection.execute("ROLLBACK")
            self._open = False
        self._loaded = {name: [] for name in self._loaded}

    def check(self, sql: str) -> ResultShape:
        """Bind a query over the tables: the shape of its result. Raises `TypeMismatch` or `Refusal`."""
        try:
            statements = self._connection.extract_statements(sql)
        except duckdb.Error as error:
            raise Refusal(f"DuckDB can't parse it: {first_line(error)}") from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise Refusal("it is not a single query")
        try:
            with self._watch.bounding():
                described = self._connection.execute(f"DESCRIBE {sql}").fetchall()
        except (duckdb.BinderException, duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise TypeMismatch(first_line(error)) from error
        except duckdb.InterruptException as error:
            raise Refusal("it takes too long to plan") from error
        except duckdb.Error as error:
            raise Refusal(f"DuckDB can't run it: {first_line(error)}") from error
        return ResultShape(name="", columns=tuple((row[0], row[1]) for row in described))

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """Run a checked query over the loaded rows. Raises `DataError`; `Refusal` where it doesn't end."""
        try:
            with self._watch.bounding():
                rows = self._connection.execute(f"EXECUTE {self._name(sql)}").fetchmany(MOST_ROWS + 1)
        except duckdb.InterruptException as error:
            raise Refusal(f"it ran for more than {_QUERY_SECONDS:g} s on a handful of rows") from error
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise Refusal("it needs too much memory on a handful of rows") from error
        except duckdb.Error as error:
            self._roll_back()
            raise DataError(first_line(error)) from error
        if len(rows) > MOST_ROWS:
            raise Refusal(f"it makes more than {MOST_ROWS} rows from a handful")
        return rows

    def _name(self, sql: str) -> str:
        if sql not in self._prepared:
            name = f"side_{len(self._prepared)}"
            self._connection.execute(f"PREPARE {name} AS {sql}")
            self._prepared[sql] = name
        return self._prepared[sql]


class _Watch:
    """Interrupts a query that runs too long: one thread for all queries, because a timer each costs as much as they."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._deadline: float | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    @contextmanager
    def bounding(self) -> Iterator[None]:
        self._deadline = time.monotonic() + _QUERY_SECONDS
        try:
            yield
        finally:
            self._deadline = None

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stopped.wait(0.1):
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                self._connection.interrupt()
