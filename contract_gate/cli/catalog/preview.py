"""`contract-gate catalog preview`: the lineage that the catalog reads from a file's SQL."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.cli.catalog.session import configured, with_secoda
from contract_gate.core.printable import escaped, json_text

if TYPE_CHECKING:
    from contract_gate.app.statements import ModelStatement
    from contract_gate.catalogs.catalog import Asset
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.catalogs.secoda.preview import Preview
    from contract_gate.catalogs.secoda.wire import PreviewColumn
    from contract_gate.edge.config import Config


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dialect", help="The SQL dialect, by sqlglot's name (default: the configuration's).")
@click.option("--table-id", metavar="ID", help="The catalog's id of the table that the SQL makes.")
@click.option("--default-database", help="What a name without a database is completed with.")
@click.option("--default-schema", help="What a name without a schema is completed with.")
@options.form
def preview(
    file: Path,
    dialect: str | None,
    table_id: str | None,
    default_database: str | None,
    default_schema: str | None,
    form: str,
) -> None:
    """Show the target, the sources and the column lineage that the catalog reads from FILE's SQL. Nothing is written.

    Of a template in a project, what `sync` would send is read.
    """
    from contract_gate.catalogs.secoda.preview import PreviewStatement, PreviewUnavailable
    from contract_gate.cli.inputs import is_template, known_dialect, read_sql
    from contract_gate.core.errors import CatalogError
    from contract_gate.sql.minimal import minimal

    config = configured()
    text = read_sql(file)
    made = _of_template(file, config) if is_template(file, text) else None
    name = known_dialect(dialect or (made.dialect if made else None) or config.dialect or "")
    sql = made.sql if made else minimal(text, name)

    async def ask(secoda: "Secoda") -> None:
        statement = PreviewStatement(
            sql=sql or "",
            dialect=secoda.dialect(name),
            table_id=table_id,
            default_database=default_database or config.target.database,
            default_schema=default_schema or config.target.schema,
            skeleton=made.skeleton if made else None,
        )
        answer = await secoda.preview(statement)
        if isinstance(answer, PreviewUnavailable):
            raise CatalogError(f"the catalog did not read {file}: {answer.reason}", _HINT)
        ends = [one.id for pair in answer.reply.columns for one in pair]
        tables = [one.id for one in answer.reply.sources]
        target = answer.reply.target
        found = await secoda.lookup.entities([*tables, *ends, *([target.id] if target else [])])
        _show(form, str(file), answer, found.assets)

    with_secoda(ask, config)


_HINT = "contract-gate lineage FILE reads it without a catalog; --dialect names another dialect"


def _of_template(file: Path, config: "Config") -> "ModelStatement":
    """Give the statement of a project's model, by the catalog's names. UsageError where nothing is sent of it."""
    from contract_gate.app.comparison import catalog_names
    from contract_gate.app.statements import ModelStatement, statement_of_file
    from contract_gate.app.survey import working_tree
    from contract_gate.cli.places import places
    from contract_gate.core.errors import UsageError
    from contract_gate.edge.git import Repository
    from contract_gate.sql.stack import deep_stack

    with Repository.open(Path.cwd(), os.environ) as repository:
        paths = places(repository.root, str(file))
        with working_tree(repository, config, "the catalog was not asked") as world:
            names = catalog_names((world,), config)
            found = deep_stack(lambda: statement_of_file(world, paths, names))
    if isinstance(found, ModelStatement) and found.sql is not None:
        return found
    problem = "it is a template, and no project here makes one relation of it"
    if found is not None:
        problem = found.problem or "" if isinstance(found, ModelStatement) else f"{found} is ephemeral"
    raise UsageError(f"the catalog was not asked: {file}: {problem}", "give a model that is stored, or SQL")


def _show(form: str, file: str, answer: "Preview", assets: Mapping[str, "Asset"]) -> None:
    from contract_gate.catalogs.graph import key_of
    from contract_gate.cli.catalog.session import asset_content, asset_line

    target, sources = answer.reply.target, answer.reply.sources
    shown = [assets[key_of(one.id)] for one in sources]
    made = None if target is None else assets[key_of(target.id)]
    if form == "json":
        columns = [
            {"from": _column(start, assets), "to": _column(end, assets)}
            for start, end in answer.reply.columns
        ]
        content = {
            "file": file,
            "target": None if made is None else asset_content(made),
            "sources": [asset_content(one) for one in shown],
            "columns": columns,
        }
        click.echo(json_text(content), nl=False)
        return
    click.echo(escaped("makes " + (asset_line(made) if made else "nothing that the catalog knows")))
    for one in shown:
        click.echo("  " + escaped(f"reads {asset_line(one)}"))
    if not shown:
        click.echo("  reads nothing that the catalog knows")
    for start, end in answer.reply.columns:
        pair = (_column(one, assets) for one in (start, end))
        texts = [f"{one['name']}  {one['id']}  {one['url'] or ''}".rstrip() for one in pair]
        click.echo("  " + escaped(f"{texts[1]} ← {texts[0]}"))


def _column(column: "PreviewColumn", assets: Mapping[str, "Asset"]) -> dict[str, object]:
    from contract_gate.catalogs.graph import key_of
    from contract_gate.cli.catalog.session import asset_content

    return asset_content(assets[key_of(column.id)], column.id)
