"""Lists of Secoda's, read to their end: by page number, bounded, and honest about what is missing."""

from collections.abc import Callable
from dataclasses import dataclass

from contract_gate.catalogs.secoda.errors import Refused
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Query, Transport
from contract_gate.catalogs.secoda.wire import page


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a list. `missing` says what was not read, None when the list is whole."""

    rows: tuple[Json, ...]
    missing: str | None = None


Check = Callable[[Json], None]
"""Raises for a row that was not asked for, so an ignored filter is noticed on the first page, not the last."""


async def read_list(
    transport: Transport, path: str, query: Query = (), *, check: Check | None = None
) -> Rows:
    """Read every page of a list.

    Ends at the last page, at an empty, a repeated or a missing (404) one, and at the limit of pages. Rows that
    `count` promises and that did not come are told in `missing`. Raises what `Transport.get` and `check` raise.
    """
    rows: list[Json] = []
    before: tuple[Json, ...] = ()
    count: int | None = None
    number: int | None = 1
    while number is not None:
        if number > transport.limits.pages:
            return Rows(rows=tuple(rows), missing=f"{path} has more than {transport.limits.pages} pages")
        try:
            current = page(await transport.get(path, _numbered(query, number)), number)
        except Refused as error:
            if error.status != 404 or number == 1:
                raise
            break
        if not current.results or current.results == before:
            break
        for row in current.results:
            if check:
                check(row)
        rows.extend(current.results)
        before, count = current.results, current.count
        number = _following(current.next_page, number)
    if count is not None and len(rows) < count:
        return Rows(rows=tuple(rows), missing=f"{path} gave {len(rows):,} of {count:,} rows")
    return Rows(rows=tuple(rows))


def _numbered(query: Query, number: int) -> Query:
    """Leave the number of the first page out: a list that knows no pages may refuse it."""
    return query if number == 1 else (*query, ("page", str(number)))


def _following(claimed: int | None, number: int) -> int | None:
    """Give the next page's number; one that goes back would never end."""
    return claimed if claimed is not None and claimed > number else None
