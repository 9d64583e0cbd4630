"""`contract-gate lineage`: targets, sources and column lineage of files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from contract_gate.app.lineage_report import FileLineage

from contract_gate.cli.inputs import known_dialect, read_schema, read_sql
from contract_gate.core.printable import json_text


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dialect", default="", help="The SQL dialect, by sqlglot's name.")
@click.option("--schema", "schema_file", type=click.Path(path_type=Path), help="JSON: table, column, type.")
@click.option("--default-database", help="What a name without a database is completed with.")
@click.option("--default-schema", help="What a name without a schema is completed with.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal")
def lineage(
    files: tuple[Path, ...],
    dialect: str,
    schema_file: Path | None,
    default_database: str | None,
    default_schema: str | None,
    form: str,
) -> None:
    """Tell for each FILE which relations it makes, from which, and where each column comes from."""
    from contract_gate.app.lineage_report import Lineage, lineage_of

    name = known_dialect(dialect)
    schema = read_schema(schema_file)
    found = Lineage(
        files=tuple(
            lineage_of(read_sql(file), name, schema, default_database, default_schema, str(file))
            for file in files
        )
    )
    if form == "json":
        click.echo(json_text(found.to_dict()), nl=False)
        return
    for one in found.files:
        _show(one)


def _show(file: "FileLineage") -> None:
    from contract_gate.core.printable import printable

    click.echo(printable(file.path or "-"))
    for problem in file.problems:
        click.echo(f"  line {problem.line}: {printable(problem.message)}")
    for statement in file.statements:
        made = ", ".join(printable(str(name)) for name in statement.targets) or "(a query)"
        read = ", ".join(printable(str(name)) for name in statement.sources) or "nothing"
        click.echo(f"  {statement.kind} {made} from {read}")
        for edge in statement.columns:
            upstream = ", ".join(f"{name}.{column}" for name, column in edge.upstream) or "no column"
            click.echo(f"    {printable(edge.column)} ← {printable(upstream)}")
