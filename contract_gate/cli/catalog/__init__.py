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
    }


@click.group(cls=_Catalog)
def catalog() -> None:
    """Ask the catalog, and change its records. The key is SECODA_API_KEY's, and goes nowhere but to Secoda.

    What changes something shows it first, and asks or needs --yes.
    """
