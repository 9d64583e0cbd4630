"""`contract-gate rules [ID]`: show the catalog of kinds of change."""

import json
from collections.abc import Iterator
from textwrap import indent

import click

from contract_gate.cli import options
from contract_gate.core.errors import UsageError
from contract_gate.core.nearest import did_you_mean


@click.command()
@click.argument("rule_id", metavar="[ID]", required=False)
@options.form
def rules(rule_id: str | None, form: str) -> None:
    """Explain what the gate reports: all kinds of change, or the one of this ID."""
    from contract_gate.compare.changes.kinds import PAGES

    pages = {page.kind.value: page for page in PAGES.values()}
    if rule_id is not None and rule_id not in pages:
        hint = did_you_mean(rule_id, pages, "`contract-gate rules` lists them all")
        raise UsageError(f"no kind of change is called {rule_id!r}", hint)
    chosen = [pages[rule_id].to_dict()] if rule_id else [page.to_dict() for page in pages.values()]
    if form == "json":
        click.echo(json.dumps({"schema_version": 1, "rules": chosen}, indent=2))
    elif rule_id:
        click.echo("\n".join(_page(chosen[0])))
    else:
        click.echo("\n".join(_list(chosen)))


def _list(pages: list[dict[str, str]]) -> Iterator[str]:
    from contract_gate.cli.outputs import screen
    from contract_gate.reports.screen import Screen

    across, text = screen()[1], Screen()
    width = max(len(page["id"]) for page in pages)
    for page in pages:
        name = click.style(page["id"].ljust(width), bold=True)
        begin = f"{name}  {page['class']:<9}  {page['level']:<7}  "
        for line in text.wrapped(page["title"], across - width - 22):
            yield begin + line
            begin = " " * (width + 22)
    yield "\n`contract-gate rules ID` says why a kind matters and what to do instead."


def _page(page: dict[str, str]) -> Iterator[str]:
    from contract_gate.cli.outputs import screen
    from contract_gate.reports.prose import parts
    from contract_gate.reports.screen import Screen

    across, text = screen()[1], Screen()
    yield f"{click.style(page['id'], bold=True)}  {page['title']}"
    yield f"class {page['class']}, level {page['level']}\n"
    yield from text.wrapped(page["why"], across)
    yield f"\nbefore\n{indent(page['before'], '    ')}\nafter\n{indent(page['after'], '    ')}"
    yield "\ninstead"
    for part in parts(page["instead"]):
        yield (indent(part.text, "    ") if part.code else "\n".join(text.wrapped(part.text, across)))
