"""One thing that both the repository and the catalog know: an exposure of dbt is often a dashboard of the catalog."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from contract_gate.compare.changes.change import Change
from contract_gate.compare.impact import Impact
from contract_gate.core.people import in_common
from contract_gate.policy.cause import roots


def merged(
    declared: Sequence[Impact], known: Sequence[Impact], changes: Iterable[Change]
) -> tuple[Impact, ...]:
    """Put impacts on exposures and on the dashboards that they are together, by the worse of what is known.

    They are the same where their addresses are, or their names and an owner. What is said of it keeps the place in the
    repository and gains what the catalog knows.
    """
    root_of = roots(changes)
    exposures = [one for one in declared if one.consumer.kind == "exposure" and _is_the_bases(one)]
    gone: set[int] = set()
    better: dict[int, Impact] = {}
    for exposure in exposures:
        for twin in known:
            if root_of.get(twin.change) == root_of.get(exposure.change) and _is_same(exposure, twin):
                gone.add(id(twin))
                better[id(exposure)] = _together(better.get(id(exposure), exposure), twin)
    kept = [one for one in known if id(one) not in gone]
    return (*(better.get(id(one), one) for one in declared), *kept)


def _is_the_bases(exposure: Impact) -> bool:
    """What a change itself declares, or calls otherwise, takes no dashboard's place: rules of the project may mean that one."""
    mine, known = exposure.consumer, exposure.consumer.at_base
    return known is not None and (known.name, known.url, known.owners) == (mine.name, mine.url, mine.owners)


def _is_same(exposure: Impact, twin: Impact) -> bool:
    mine, theirs = exposure.consumer, twin.consumer
    if mine.url and theirs.url:
        return address(mine.url) == address(theirs.url)
    return words(mine.name) == words(theirs.name) and in_common(mine.owners, theirs.owners)


def address(url: str) -> tuple[str, str, str]:
    """Give what of an address names a page: https or not and a slash at the end do not."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ("", url, "")
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query


def words(name: str) -> str:
    """Exposures are called by identifiers, dashboards by titles: `weekly_revenue` is `Weekly revenue`."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _together(exposure: Impact, twin: Impact) -> Impact:
    mine, theirs = exposure.consumer, twin.consumer
    consumer = replace(
        mine,
        url=mine.url or theirs.url,
        owners=(*mine.owners, *(one for one in theirs.owners if not in_common((one,), mine.owners))),
        usage=theirs.usage if mine.usage is None else mine.usage,
        id=mine.id or theirs.id,
        inside=mine.inside or theirs.inside,
        standing=theirs.standing,
    )
    worse = min(exposure, twin, key=lambda one: (one.effect.rank, one.certainty.rank))
    return replace(worse, consumer=consumer, change=worse.change, location=exposure.location)
