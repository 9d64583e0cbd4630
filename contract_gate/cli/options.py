"""Options that several commands take, each told once."""

from pathlib import Path

import click

base = click.option(
    "--base", help="Compare with this revision, as it is (default: found from the event, or the merge base)."
)
head = click.option(
    "--head", help="The revision to judge (default: HEAD; `working-tree` for the files on disk)."
)
offline = click.option("--offline", is_flag=True, help="Ask no catalog.")
config_file = click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="Use this configuration, not the base's."
)
dialect = click.option("--dialect", help="The SQL dialect of all files.")
snapshot = click.option(
    "--snapshot", type=click.Path(path_type=Path), help="Ask this snapshot of the catalog instead of Secoda."
)
form = click.option(
    "--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True
)
staged = click.option("--staged", is_flag=True, help="Judge what is staged for the next commit.")
manifests = click.option(
    "--manifest",
    "manifests",
    multiple=True,
    metavar="SIDE=PATH",
    help="dbt's manifest.json, compiled from that side: base=PATH or head=PATH; repeatable.",
)
