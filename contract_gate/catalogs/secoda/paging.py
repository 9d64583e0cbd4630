"""Lists of Secoda's, read to their end: by page number, bounded, and honest about what is missing."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from contract_gate.catalogs.secoda.errors import FilterIgnored, Refused, SecodaError
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Query, Transport
from contract_gate.catalogs.secoda.wire import Page, page
from contract_gate.core.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a list. `missing` says what was not read, None when the list is whole."""

    rows: tuple[Json, ...]
    missing: str | None = None


_LONG, _LARGE = 200, 1_000
"""A list of more rows than the one is asked for in pages of the other, which Secoda does not document and obeys."""

Check = Callable[[Json], None]
"""Raises for a row that was not asked for, so an ignored filter is noticed on the first page, not the last."""


Item = TypeVar("Item")
Name = TypeVar("Name")
Found = TypeVar("Found")


async def in_batches(
    items: Sequence[Item], size: int, ask: Callable[[Sequence[Item]], Awaitable[Mapping[Name, Found]]]
) -> dict[Name, Found]:
    """Ask for so many at once, all batches at the same time, and put together what each gives."""
    batches = (items[start : start + size] for start in range(0, len(items), size))
    return {name: found for part in await asyncio.gather(*map(ask, batches)) for name, found in part.items()}


async def read_list(
    transport: Transport, path: str, query: Query = (), *, check: Check | None = None
) -> Rows:
    """Read every page of a list.

    A page that was promised and does not come (missing, empty, repeated, an error), a count that promises more rows
    and the limit of pages are told in `missing`, with the rows read so far. Raises what `Transport.get` raises for
    the first page, and what `check` raises.
    """
    reading = _PagesRead(path)
    number: int | None = 1
    while number is not None:
        if number > transport.limits.pages:
            return reading.cut(f"{path} has more than {transport.limits.pages} pages")
        try:
            current = page(await transport.get(path, _numbered(query, number)), number)
        except SecodaError as error:
            if number == 1:
                raise
            return reading.cut(f"page {number} of {path} did not come: {error.message}", error)
        if number == 1 and current.count is not None and current.count > _LONG:
            query, current = await _in_large_pages(transport, path, query, current)
        fresh = reading.fresh(current)
        if check is not None:
            for row in fresh:
                check(row)
        if number > 1 and not fresh:
            return reading.cut(f"page {number} of {path} was {'repeated' if current.results else 'empty'}")
        reading.take(current, fresh)
        number = _following(current.next_page, number)
    return reading.end()


async def read_either(
    transport: Transport, documented: tuple[str, Query], newer: tuple[str, Query], check: Check
) -> Rows:
    """Read a list by a route that is documented, else by the one that replaces it. Raises as `read_list` does.

    A key without rights has them on neither.
    """
    try:
        return await read_list(transport, *documented, check=check)
    except (FilterIgnored, Refused) as error:
        if isinstance(error, Refused) and error.status in (401, 403):
            raise
        return await read_list(transport, *newer, check=check)


async def _in_large_pages(transport: Transport, path: str, query: Query, first: Page) -> tuple[Query, Page]:
    """Ask for the first page anew, larger; give it with the query for those that follow, or what there is where that does not help."""
    wide = (*query, ("page_size", str(_LARGE)))
    if any(name == "page_size" for name, _ in query):
        return query, first
    try:
        larger = page(await transport.get(path, wide), 1)
    except SecodaError:
        return query, first
    return (wide, larger) if len(larger.results) > len(first.results) else (query, first)


@dataclass(slots=True)
class _PagesRead:
    """The pages read so far: their distinct rows, their sizes, and how many rows and pages there should be."""

    path: str
    rows: list[Json] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    count: int | None = None
    pages: int | None = None
    _seen: set[str] = field(default_factory=set)

    def fresh(self, current: Page) -> list[Json]:
        """Give the rows that no earlier page had."""
        return [row for row in current.results if _identity(row) not in self._seen]

    def take(self, current: Page, fresh: list[Json]) -> None:
        self.rows.extend(fresh)
        self._seen.update(map(_identity, fresh))
        self.sizes.append(len(current.results))
        self.count = max((n for n in (self.count, current.count) if n is not None), default=None)
        self.pages = current.total_pages

    def cut(self, why: str, error: SecodaError | None = None) -> Rows:
        """End before the last page. It is the end after all where every row that was counted is there."""
        is_end = error is None or (isinstance(error, Refused) and error.status == 404)
        if is_end and self.count is not None:
            return self.end()
        return Rows(rows=tuple(self.rows), missing=why)

    def end(self) -> Rows:
        return Rows(rows=tuple(self.rows), missing=self._lacking())

    def _lacking(self) -> str | None:
        if self.count is not None and len(self.rows) < self.count:
            return f"{self.path} gave {len(self.rows):,} of {self.count:,} rows"
        if self.pages is not None and len(self.sizes) < self.pages:
            return f"{self.path} gave {len(self.sizes):,} of {self.pages:,} pages"
        if self.count is None and any(size < max(self.sizes) for size in self.sizes[:-1]):
            return f"a page of {self.path} was cut short, and the rows are not counted"
        return None


def _identity(row: Json) -> str:
    """Tell rows apart: by their id, else by all that they hold."""
    identity = row.get("id") if isinstance(row, dict) else None
    return identity if isinstance(identity, str) else json.dumps(row, sort_keys=True)


def _numbered(query: Query, number: int) -> Query:
    """Leave the number of the first page out: a list that knows no pages may refuse it."""
    return query if number == 1 else (*query, ("page", str(number)))


def _following(claimed: int | None, number: int) -> int | None:
    """Give the next page's number; one that goes back would never end."""
    return claimed if claimed is not None and claimed > number else None
