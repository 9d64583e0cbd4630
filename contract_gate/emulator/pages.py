"""Pages: `links`, `meta`, `count`, `total_pages` and `results`, with all the ways in which they may go wrong."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from contract_gate.emulator.switches import LaterPages, NextLink, PastEnd, Switches
from contract_gate.emulator.values import stable_id
from contract_gate.emulator.wire import ApiError, Json

COUNT_TIMED_OUT = 999_999
"""What `count` says when counting took too long."""

LARGEST = 1000


def page_of(
    rows: Sequence[dict[str, Json]],
    query: Mapping[str, str],
    base: str,
    path: str,
    switches: Switches,
    limit: int | None = None,
) -> dict[str, Json]:
    """Cut the page that the query asks for. `base` is scheme and host; `limit` rows are reachable at most."""
    reachable = rows if limit is None else rows[:limit]
    size = _size(query, switches)
    number = _number(query)
    total = max(1, -(-len(reachable) // size))
    shown = min(number, total) if switches.endless_pages else number
    if shown > total and switches.past_end is PastEnd.MISSING:
        raise ApiError(404, "Invalid page.")
    if number > 1 and switches.later_pages is LaterPages.MISSING:
        raise ApiError(404, "Invalid page.")
    following = number + 1 if number < total or switches.endless_pages else None
    previous = number - 1 if number > 1 else None
    count = COUNT_TIMED_OUT if switches.count_sentinel else len(reachable)
    pages = -(-count // size) if switches.count_sentinel else total
    return {
        "links": {
            "next": _link(following, query, base, path, switches),
            "previous": _link(previous, query, base, path, switches),
        },
        "meta": {
            "page": number,
            "previous_page": previous,
            "next_page": following,
            "count": count,
            "total_pages": pages,
        },
        "count": count,
        "total_pages": pages,
        "results": _later(
            list(reachable[(shown - 1) * size : shown * size]), list(reachable[:size]), number, switches
        ),
    }


def _later(
    rows: list[dict[str, Json]], first: list[dict[str, Json]], number: int, switches: Switches
) -> list[Json]:
    """Give the rows of a page, or what a page after the first has instead."""
    if number == 1:
        return list(rows)
    others: dict[LaterPages, list[dict[str, Json]]] = {
        LaterPages.EMPTY: [],
        LaterPages.REPEATED: first,
        LaterPages.OTHERS: [_elsewhere(row) for row in rows],
    }
    return list(others.get(switches.later_pages, rows))


def _elsewhere(row: dict[str, Json]) -> dict[str, Json]:
    """Make a row of things that nobody asked about: each id is another one."""
    ids = {name: value for name, value in row.items() if name.endswith(("id", "_entity")) or name == "parent"}
    return row | {name: stable_id("elsewhere", str(value)) for name, value in ids.items()}


def _size(query: Mapping[str, str], switches: Switches) -> int:
    asked = query.get("page_size", "")
    if not switches.page_size_parameter or not asked.isdigit() or int(asked) < 1:
        return switches.page_size
    return min(int(asked), LARGEST)


def _number(query: Mapping[str, str]) -> int:
    asked = query.get("page", "1")
    if not asked.isdigit() or int(asked) < 1:
        raise ApiError(404, "Invalid page.")
    return int(asked)


def _link(page: int | None, query: Mapping[str, str], base: str, path: str, switches: Switches) -> str | None:
    if page is None:
        return None
    rest = f"{path}?{urlencode({**query, 'page': page})}"
    starts = {
        NextLink.RIGHT: f"{base}/api/v1",
        NextLink.SHORT: base,
        NextLink.FOREIGN: "https://pages.elsewhere.invalid/api/v1",
    }
    return f"{starts[switches.next_link]}/{rest}"
