"""`contract-gate catalog`: the catalog's records and its documented workflows, from the command line."""

from typing import ClassVar

import click

from contract_gate.cli.commands import Commands


class _Catalog(Commands):
    package = __name__
    told: ClassVar = {
        "lineage": "list, show, add and delete rows of lineage",
        "downstream": "who reads a relation or one of its columns",
        "upstream": "what a relation or one of its columns is made from",
        "preview": "the lineage that the catalog reads from a file's SQL",
        "stale": "dashboards that nobody uses, with the reasons",
        "migrate-docs": "copy what is written about one source's tables to another's",
        "adoption": "who answers questions, and whose answers are accepted",
        "users": "add people with their groups and teams",
    }


@click.group(cls=_Catalog)
def catalog() -> None:
    """Ask the catalog, and change its records. The key is SECODA_API_KEY's, and goes nowhere but to Secoda.

    What changes something shows it first, and asks or needs --yes.
    """
