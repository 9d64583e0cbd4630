"""The columns that the rows of unit tests name: dbt looks each up in the model or its input, and refuses one that is not there.

https://docs.getdbt.com/reference/resource-properties/data-formats. Rows in SQL are columns of their own.
"""

from collections.abc import Callable, Iterator, Mapping

from contract_gate.core.paths import ending_of
from contract_gate.core.values import dataclass
from contract_gate.core.world import ColumnRead
from contract_gate.workspace.content import csv_header
from contract_gate.workspace.documents import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """A file of rows that unit tests name."""

    path: str
    text: str


Fixtures = Mapping[str, Fixture]


def is_fixture(path: str, test_folders: tuple[str, ...]) -> bool:
    """Tell whether a file is one of rows for unit tests, and no test."""
    return any(path.startswith(f"{folder}/fixtures/".lstrip("/")) for folder in test_folders)


def columns_of(
    key: str, entry: Entry | None, fixtures: Fixtures, fold: Callable[[str], str]
) -> Iterator[ColumnRead]:
    """Give the columns that the rows under `given` or `expect` name, each once."""
    if entry is None:
        return
    seen = set()
    for name, line, path in _named(entry, fixtures):
        if name not in seen:
            seen.add(name)
            yield ColumnRead(key=key, column=fold(name), line=line, path=path)


def _named(entry: Entry, fixtures: Fixtures) -> Iterator[tuple[str, int, str | None]]:
    fixture = fixtures.get(entry.text("fixture") or "")
    rows = entry.get("rows")
    if fixture is not None and ending_of(fixture.path) == ".csv":
        yield from ((name, 1, fixture.path) for name in csv_header(fixture.text))
    elif rows is not None and rows.scalar is not None and entry.text("format") == "csv":
        yield from ((name, rows.line, None) for name in csv_header(rows.scalar))
    for row in entry.list_of("rows"):
        for name, value in row.entries():
            yield name, value.line, None
