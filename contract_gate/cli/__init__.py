"""The command line: flags in, exit code out."""

import click


@click.group()
def main() -> None:
    """Tell who breaks before a SQL change is merged."""
