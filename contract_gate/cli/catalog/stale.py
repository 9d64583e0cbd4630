"""`contract-gate catalog stale`: dashboards that nobody uses."""

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from contract_gate.cli.catalog.session import with_secoda
from contract_gate.core.printable import escaped, json_text

if TYPE_CHECKING:
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.catalogs.secoda.use import StaleDashboard, StaleSurvey


@click.command()
@click.option(
    "--unchanged-days",
    type=click.IntRange(min=1),
    help="Only those not changed for so long, or for nobody knows how long.",
)
@click.option("--format", "form", type=click.Choice(["terminal", "csv", "json"]), default="terminal")
def stale(unchanged_days: int | None, form: str) -> None:
    """List the dashboards that nobody uses, with the reasons: views and frequent users are 0, or not counted at all.

    Archived ones are left out. Nothing is changed.
    """
    from contract_gate.cli.connection import tell
    from contract_gate.core.errors import CatalogError

    async def ask(secoda: "Secoda") -> "StaleSurvey":
        return await secoda.use.stale(datetime.now(UTC), unchanged_days)

    found = with_secoda(ask)
    if not found.seen:
        tell(
            "the catalog lists no dashboard at all for this key: there may be some that its owner may not see"
        )
    match form:
        case "json":
            content = {
                "dashboards": [_content(one) for one in found.dashboards],
                "seen": found.seen,
                "archived": found.archived,
                "missing": found.missing,
            }
            click.echo(json_text(content), nl=False)
        case "csv":
            click.echo(_csv(found), nl=False)
        case _:
            for one in found.dashboards:
                click.echo(escaped(_line(one)))
                click.echo("  " + escaped("; ".join(one.reasons)))
            archived = f", {found.archived:,} archived left out" if found.archived else ""
            click.echo(f"{len(found.dashboards):,} of {found.seen:,} dashboards may go{archived}")
    if found.missing:
        raise CatalogError(f"the dashboards were listed only in part: {found.missing}", "try again later")


def _line(one: "StaleDashboard") -> str:
    owners = f"owned by {', '.join(one.owners)}" if one.owners else "owned by nobody"
    known = "unused" if one.is_counted else "not counted"
    return f"{known}  {one.row.shown}  {owners}  {one.row.id}  {one.row.url or ''}".rstrip()


def _content(one: "StaleDashboard") -> dict[str, object]:
    return {
        "id": one.row.id,
        "name": one.row.shown,
        "url": one.row.url,
        "owners": list(one.owners),
        "use": "unused" if one.is_counted else "not-counted",
        "external_usage": one.use.external_usage,
        "external_users": one.use.external_users,
        "internal_usage": one.use.internal_usage,
        "internal_users": one.use.internal_users,
        "external_updated_at": one.use.updated,
        "stale": one.row.standing.stale,
        "reasons": list(one.reasons),
    }


def _csv(found: "StaleSurvey") -> str:
    """Write a table; a cell that a spreadsheet would run as a formula is quoted as text."""
    rows = [_content(one) for one in found.dashboards]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in _COLUMNS])
    return text.getvalue()


_COLUMNS = (
    "id", "name", "url", "owners", "use", "external_usage", "external_users", "internal_usage", "internal_users",
    "external_updated_at", "stale", "reasons",
)  # fmt: skip


def _cell(value: object) -> str:
    text = escaped(
        "; ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    )
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
