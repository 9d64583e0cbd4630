"""Which dashboards nobody uses, by the fields that Secoda documents for it.

https://docs.secoda.co/api/examples, "Identify Stale Dashboards": where the counts, the users and the time of the last change are
null or 0, the dashboard may go. Null is what nobody counted, and is told apart from 0.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from contract_gate.catalogs.secoda.errors import FilterIgnored
from contract_gate.catalogs.secoda.lookup import CATALOG, query_for
from contract_gate.catalogs.secoda.paging import Rows, read_either
from contract_gate.catalogs.secoda.people import People
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.catalogs.secoda.wire import EntityRow, UsedRow, used
from contract_gate.core.values import dataclass

DASHBOARDS = "/dashboard/dashboards/"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleDashboard:
    """A dashboard that may go. `reasons` say why; `is_counted`: someone counts its use, and it is 0."""

    row: EntityRow
    use: UsedRow
    owners: tuple[str, ...]
    reasons: tuple[str, ...]
    is_counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleSurvey:
    """The dashboards that may go, of `seen`; `archived` were left out. `missing` says what was not read."""

    dashboards: tuple[StaleDashboard, ...]
    seen: int
    archived: int
    missing: str | None


class DashboardUse:
    """Asks one workspace how its dashboards are used."""

    def __init__(self, transport: Transport, people: People) -> None:
        self._transport, self._people = transport, people

    async def stale(self, now: datetime, unchanged_days: int | None = None) -> StaleSurvey:
        """List the dashboards that nobody uses; with `unchanged_days` those alone that were not changed for so long.

        Raises SecodaError.
        """
        listed = await self._listed()
        rows = [used(row) for row in listed.rows]
        live = [row for row in rows if not row.entity.archived]
        found = [row for row in live if _is_unused(row) and _is_unchanged(row, now, unchanged_days)]
        found.sort(
            key=lambda row: (not _is_counted(row), row.updated or "", row.entity.shown.lower(), row.entity.id)
        )
        return StaleSurvey(
            dashboards=tuple(await asyncio.gather(*(self._told(row, now) for row in found))),
            seen=len(rows),
            archived=len(rows) - len(live),
            missing=listed.missing,
        )

    async def _told(self, row: UsedRow, now: datetime) -> StaleDashboard:
        names = await self._people.names(row.entity.owners)
        return StaleDashboard(
            row=row.entity,
            use=row,
            owners=tuple(dict.fromkeys(names[owner.id] for owner in row.entity.owners)),
            reasons=tuple(_reasons(row, now)),
            is_counted=_is_counted(row),
        )

    async def _listed(self) -> Rows:
        """List the dashboards: by the list of the documented workflow, or by the one that replaces it."""
        query = query_for("dashboard", {"entity_type": ("dashboard",)})
        return await read_either(self._transport, (DASHBOARDS, ()), (CATALOG, query), _check)


def _check(row: Json) -> None:
    if used(row).entity.kind not in ("dashboard", "unknown"):
        raise FilterIgnored("Secoda sent other things than dashboards")


def _is_unused(row: UsedRow) -> bool:
    return not (row.external_usage or row.internal_usage or row.external_users or row.internal_users)


def _is_counted(row: UsedRow) -> bool:
    return row.external_usage is not None or row.internal_usage is not None


def _age(row: UsedRow, now: datetime) -> int | None:
    return None if row.updated is None else (now - datetime.fromisoformat(row.updated)).days


def _is_unchanged(row: UsedRow, now: datetime, days: int | None) -> bool:
    age = _age(row, now)
    return days is None or age is None or age >= days


def _reasons(row: UsedRow, now: datetime) -> Sequence[str]:
    """Say what of each documented field speaks for it, in the documentation's order."""
    external = "no views in the source in the 24 hours before its sync"
    internal = "no views in Secoda in 90 days"
    age = _age(row, now)
    changed = "the source does not say when it was changed" if age is None else f"unchanged for {age:,} days"
    found = [
        external if row.external_usage == 0 else "its views in the source are not counted",
        "no frequent user in the source",
        internal if row.internal_usage == 0 else "its views in Secoda are not counted",
        "no frequent user in Secoda",
        changed,
    ]
    return [*found, *(["marked as stale in Secoda"] if row.entity.standing.stale else [])]
