"""`contract-gate publish`: show a report in the pull request of a CI that takes more than a file."""

import os
from pathlib import Path

import click


@click.command()
@click.argument("where", type=click.Choice(["gitlab", "bitbucket"]))
@click.argument("file", type=click.Path(path_type=Path))
def publish(where: str, file: Path) -> None:
    """Send FILE from a job: a page (`check --format markdown=FILE`) as the note of a GitLab merge request, which takes a token with the scope `api` in
    GITLAB_TOKEN; a report (`check --format bitbucket=FILE`) to Bitbucket's Code Insights, which takes none.

    A report that the host does not take is told and is no failure: the verdict is `check`'s.
    """
    from contract_gate.edge import bitbucket, gitlab
    from contract_gate.edge.disk import read_regular_text

    text = read_regular_text(file, "the report")
    send = gitlab.publish if where == "gitlab" else bitbucket.publish
    click.echo(send(text, os.environ))
