"""`contract-gate lineage`: targets, sources and column lineage of files."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.cli.inputs import is_template, known_dialect, read_schema, read_sql
from contract_gate.core.printable import json_text

if TYPE_CHECKING:
    from contract_gate.app.lineage_report import FileLineage


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dialect", default="", help="The SQL dialect, by sqlglot's name.")
@click.option("--schema", "schema_file", type=click.Path(path_type=Path), help="JSON: table, column, type.")
@click.option("--default-database", help="What a name without a database is completed with.")
@click.option("--default-schema", help="What a name without a schema is completed with.")
@options.form
def lineage(
    files: tuple[Path, ...],
    dialect: str,
    schema_file: Path | None,
    default_database: str | None,
    default_schema: str | None,
    form: str,
) -> None:
    """Tell for each FILE which relations it makes, from which, and where each column comes from.

    What is no file, or one with templates, is a model of this repository (a name, relation or path), and is rendered.
    """
    from contract_gate.app.lineage_report import Lineage, lineage_of

    name = known_dialect(dialect)
    schema = read_schema(schema_file)
    texts = {file: read_sql(file) for file in files if file.exists()}
    of_models = _of_models([file for file in files if file not in texts or is_template(file, texts[file])])
    found: list[FileLineage] = []
    for file in files:
        if file in of_models:
            found += of_models[file]
        else:
            # A file that is not there says so when it is read.
            text = texts[file] if file in texts else read_sql(file)
            found.append(lineage_of(text, name, schema, default_database, default_schema, str(file)))
    lineages = Lineage(files=tuple(found))
    if form == "json":
        click.echo(json_text(lineages.to_dict()), nl=False)
        return
    for one in lineages.files:
        _show(one)


def _of_models(files: Sequence[Path]) -> "dict[Path, tuple[FileLineage, ...]]":
    """Give the lineage of those that are models of the repository here, under its own configuration; of none outside of one."""
    from contract_gate.app.own_graph import lineage_of_models
    from contract_gate.app.survey import working_tree
    from contract_gate.cli.configuration import of_default
    from contract_gate.cli.places import places
    from contract_gate.core.errors import GitError
    from contract_gate.edge.git import WORKING_TREE, Repository

    if not files:
        return {}
    try:
        repository = Repository.open(Path.cwd(), os.environ)
    except GitError:
        return {}
    with repository:
        config = of_default(repository, WORKING_TREE).config
        with working_tree(repository, config, "no lineage was told") as world:
            found = {
                file: lineage_of_models(world, (*places(repository.root, str(file)), str(file)))
                for file in files
            }
    return {file: lineages for file, lineages in found.items() if lineages}


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
