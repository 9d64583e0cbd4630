"""`contract-gate catalog migrate-docs`: what people wrote about one source's tables, moved to another's."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.cli.catalog.session import YES, agree, configured, with_secoda
from contract_gate.core.nearest import nearest
from contract_gate.core.printable import escaped, json_text

if TYPE_CHECKING:
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.catalogs.secoda.documentation import DocumentationValue
    from contract_gate.catalogs.secoda.migration import MigrationPlan, PlannedCopy, Written
    from contract_gate.catalogs.secoda.wire import EntityRow, SecodaIntegration

_SHOWN = 60
"""Characters of a text that a plan shows; the JSON has it whole."""


@click.command("migrate-docs")
@click.option(
    "--from", "source", metavar="INTEGRATION", required=True, help="The old source: its id or its name."
)
@click.option(
    "--to", "target", metavar="INTEGRATION", required=True, help="The new source: its id or its name."
)
@click.option(
    "--schema",
    "schemas",
    multiple=True,
    metavar="OLD=NEW",
    help="What a schema of the old source is called in the new one; repeatable (default: the same).",
)
@click.option("--dry-run", is_flag=True, help="Show the plan, and write nothing.")
@YES
@options.form
def migrate_docs(
    source: str, target: str, schemas: tuple[str, ...], dry_run: bool, yes: bool, form: str
) -> None:
    """Copy description, definition, tags, owners and PII of tables and columns to those of the same schema and name.

    What is written already is kept. The plan is shown first; each write is read back, and a run that was cut goes on where it was.
    """
    from contract_gate.core.errors import CatalogError

    renamed = _renamed(schemas)
    config = configured()

    async def look(secoda: "Secoda") -> "MigrationPlan":
        old, new = _chosen(await secoda.integrations(), source, target)
        return await secoda.migration.plan(old.id, new.id, renamed)

    plan = with_secoda(look, config)
    if form == "terminal":
        _show(plan)
    written: tuple[Written, ...] = ()
    writes = [one for one in plan.copies if one.values]
    if writes and not dry_run:
        agree(
            f"write {_fields(plan):,} fields of {len(writes):,} tables and columns?",
            "nothing was written",
            yes=yes,
        )

        async def write(secoda: "Secoda") -> "tuple[Written, ...]":
            todo = replace(plan, copies=tuple(writes))
            return tuple([one async for one in secoda.migration.write(todo)])

        written = with_secoda(write, config, writes=len(writes))
    failed = [one for one in written if one.problem]
    if form == "json":
        click.echo(json_text(_content(plan, written, dry_run=dry_run)), nl=False)
    elif written:
        for one in failed:
            click.echo(escaped(f"failed  {_name(one.copy.target)}: {one.problem}"))
        click.echo(f"{len(written) - len(failed):,} written and read back, {len(failed):,} failed")
    if failed:
        raise CatalogError(
            f"{len(failed):,} of {len(written):,} were not written: {failed[0].problem}",
            "run it again: what is written already is left alone",
        )


def _renamed(schemas: "Sequence[str]") -> dict[str, str]:
    """Read `OLD=NEW`. Raises UsageError for what is not of the form, and for a schema that would have two names."""
    from contract_gate.core.errors import UsageError

    renamed: dict[str, str] = {}
    for given in schemas:
        old, equals, new = (part.strip() for part in given.partition("="))
        if not (old and equals and new) or renamed.get(old, new) != new:
            raise UsageError(
                f"nothing was planned: --schema {given} does not say what one schema is called now",
                "write --schema OLD=NEW, once for each schema of the old integration",
            )
        renamed[old] = new
    return renamed


def _chosen(
    known: "Sequence[SecodaIntegration]", source: str, target: str
) -> "tuple[SecodaIntegration, SecodaIntegration]":
    from contract_gate.core.errors import UsageError

    chosen = [_integration(known, name) for name in (source, target)]
    if chosen[0].id == chosen[1].id:
        raise UsageError("nothing was planned: both integrations are the same", "name two")
    return chosen[0], chosen[1]


def _integration(known: "Sequence[SecodaIntegration]", name: str) -> "SecodaIntegration":
    from contract_gate.catalogs.graph import key_of
    from contract_gate.core.errors import UsageError

    found = [one for one in known if key_of(one.id) == key_of(name)] or [
        one for one in known if one.name.casefold() == name.casefold()
    ]
    if len(found) == 1:
        return found[0]
    near = nearest(name, (one.name for one in known), most=3)
    told = found or [one for one in known if one.name in near] or list(known)[:10]
    raise UsageError(
        f"nothing was planned: {len(found)} integrations are called {name}",
        "one of " + ", ".join(f"{one.name} ({one.id})" for one in told) if told else "the key sees none",
    )


def _show(plan: "MigrationPlan") -> None:
    for one in plan.copies:
        click.echo(
            escaped(f"{'~' if one.values else '='} {_name(one.target)}  {one.target.url or ''}".rstrip())
        )
        click.echo("    " + escaped(f"from {_name(one.source)}"))
        for name, value in one.values:
            click.echo("    " + escaped(f"+ {name}: {_short(value)}"))
        for name in one.kept:
            click.echo("    " + escaped(f"  {name}: written there already, another; kept"))
    for missing in plan.unmatched:
        click.echo(escaped(f"? {_name(missing.source)}: {missing.why}"))
    click.echo(
        f"{plan.matched:,} tables matched; {_fields(plan):,} fields to write,"
        f" {sum(len(one.kept) for one in plan.copies):,} kept, {plan.same:,} the same already,"
        f" {len(plan.unmatched):,} without a place"
    )


def _fields(plan: "MigrationPlan") -> int:
    return sum(len(one.values) for one in plan.copies)


def _name(row: "EntityRow") -> str:
    return f"{row.kind} {row.title_full or row.shown}  {row.id}"


def _short(value: "DocumentationValue") -> str:
    text = ", ".join(value) if isinstance(value, tuple) else "yes" if value is True else str(value)
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _content(plan: "MigrationPlan", written: "Sequence[Written]", *, dry_run: bool) -> dict[str, object]:
    problems = {one.copy.target.id: one.problem for one in written}
    return {
        "dry_run": dry_run,
        "tables_matched": plan.matched,
        "same_already": plan.same,
        "copies": [_copy(one, problems) for one in plan.copies],
        "unmatched": [{**_row(one.source), "why": one.why} for one in plan.unmatched],
    }


def _copy(one: "PlannedCopy", problems: dict[str, str | None]) -> dict[str, object]:
    state = "planned" if one.values else "kept"
    if one.target.id in problems:
        state = "failed" if problems[one.target.id] else "written"
    return {
        "from": _row(one.source),
        "to": _row(one.target),
        "values": {name: list(value) if isinstance(value, tuple) else value for name, value in one.values},
        "kept": list(one.kept),
        "state": state,
        "problem": problems.get(one.target.id),
    }


def _row(row: "EntityRow") -> dict[str, object]:
    return {"id": row.id, "kind": row.kind, "name": row.title_full or row.shown, "url": row.url}
