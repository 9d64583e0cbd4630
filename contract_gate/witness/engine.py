"""DuckDB, locked: loads generated rows and runs queries over them. Runs only in the child process.

No files, no network, no extensions, no settings: see https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from contract_gate.witness.question import Shape
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.rules import Rows
from contract_gate.witness.values import literal

MOST_ROWS = 20_000
_QUERY_SECONDS = 1.0


class DataError(Exception):
    """These rows make the query fail (a cast, a range): says nothing about others."""


class TypeMismatch(Exception):  # noqa: N818 - an answer of the binder, met by trying other types
    """The query doesn't bind over tables of these types."""


class Engine:
    """One locked in-memory database with the tables of a search."""

    def __init__(self, memory_mb: int) -> None:
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
        self._connection.execute("SET lock_configuration = true")
        self._loaded: Rows = {}
        self._shapes: dict[str, Shape] = {}

    def close(self) -> None:
        """Give the database's memory back."""
        self._connection.close()

    def create(self, shapes: tuple[Shape, ...]) -> None:
        """Make empty tables in place of all that were there."""
        for name in self._shapes:
            self._connection.execute(f"DROP TABLE {quoted(name)}")
        self._shapes = {shape.name: shape for shape in shapes}
        self._loaded = {}
        for shape in shapes:
            columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in shape.columns)
            try:
                self._connection.execute(f"CREATE TABLE {quoted(shape.name)} ({columns})")
            except duckdb.Error as error:
                raise TypeMismatch(_first_line(error)) from error
            self._loaded[shape.name] = []

    def load(self, rows: Rows) -> None:
        """Put these rows in the tables, in this order."""
        for name, held in rows.items():
            if self._loaded.get(name) == held:
                continue
            self._connection.execute(f"TRUNCATE {quoted(name)}")
            self._loaded[name] = []
            if held:
                kinds = [kind for _, kind in self._shapes[name].columns]
                values = ", ".join(
                    "(" + ", ".join(literal(v, k) for v, k in zip(row, kinds, strict=True)) + ")"
                    for row in held
                )
                try:
                    self._connection.execute(f"INSERT INTO {quoted(name)} VALUES {values}")  # noqa: S608 - quoted
                except (
                    duckdb.ConversionException,
                    duckdb.OutOfRangeException,
                    duckdb.ConstraintException,
                ) as error:
                    raise DataError(_first_line(error)) from error
            self._loaded[name] = list(held)

    def check(self, sql: str) -> Shape:
        """Bind a query over the tables: the shape of its result. Raises `TypeMismatch` or `Refusal`."""
        try:
            statements = self._connection.extract_statements(sql)
        except duckdb.Error as error:
            raise Refusal(f"DuckDB can't parse it: {_first_line(error)}") from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise Refusal("it is not a single query")
        try:
            with self._bounded():
                described = self._connection.execute(f"DESCRIBE {sql}").fetchall()
        except (duckdb.BinderException, duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise TypeMismatch(_first_line(error)) from error
        except duckdb.InterruptException as error:
            raise Refusal("it takes too long to plan") from error
        except duckdb.Error as error:
            raise Refusal(f"DuckDB can't run it: {_first_line(error)}") from error
        return Shape(name="", columns=tuple((row[0], row[1]) for row in described))

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """Run a checked query over the loaded rows. Raises `DataError`; `Refusal` where it doesn't end."""
        try:
            with self._bounded():
                rows = self._connection.execute(sql).fetchmany(MOST_ROWS + 1)
        except duckdb.InterruptException as error:
            raise Refusal(f"it ran for more than {_QUERY_SECONDS:g} s on a handful of rows") from error
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise Refusal("it needs too much memory on a handful of rows") from error
        except duckdb.Error as error:
            raise DataError(_first_line(error)) from error
        if len(rows) > MOST_ROWS:
            raise Refusal(f"it makes more than {MOST_ROWS} rows from a handful")
        return rows

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        timer = threading.Timer(_QUERY_SECONDS, self._connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0][:240] if text else type(error).__name__
