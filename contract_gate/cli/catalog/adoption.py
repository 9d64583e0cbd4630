"""`contract-gate catalog adoption`: who answers questions in the catalog."""

from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.cli.catalog.session import with_secoda
from contract_gate.core.printable import escaped, json_text

if TYPE_CHECKING:
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.catalogs.secoda.questions import Adoption


@click.command()
@options.form
def adoption(form: str) -> None:
    """Count the replies to questions by owner, and how many are accepted answers."""
    from contract_gate.core.errors import CatalogError

    async def ask(secoda: "Secoda") -> "Adoption":
        return await secoda.questions.adoption()

    found = with_secoda(ask)
    if form == "json":
        click.echo(json_text(_content(found)), nl=False)
    else:
        for one in found.people:
            counts = f"{len(one.replies):>6,} replies  {one.accepted:>6,} accepted"
            click.echo(f"{counts}  {escaped(f'{one.name}  {one.id or str()}'.rstrip())}")
        click.echo(f"{found.replies:,} replies in all, {found.accepted:,} accepted")
    if found.missing:
        raise CatalogError(f"the replies were listed only in part: {found.missing}", "try again later")


def _content(found: "Adoption") -> dict[str, object]:
    people = [
        {
            "id": one.id,
            "name": one.name,
            "replies": len(one.replies),
            "accepted": one.accepted,
            "reply_ids": [
                {"id": reply.id, "url": reply.url, "accepted": reply.is_accepted} for reply in one.replies
            ],
        }
        for one in found.people
    ]
    return {"people": people, "replies": found.replies, "accepted": found.accepted, "missing": found.missing}
