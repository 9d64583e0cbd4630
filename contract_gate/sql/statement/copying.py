"""COPY, LOAD DATA and INSERT … FROM INFILE: rows from files, by the names of the columns or by their places."""

import re
from collections.abc import Iterator

from sqlglot import exp

from contract_gate.sql.families import TSQL
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.outputs import rename_outputs
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.statement.creations import declared_names
from contract_gate.sql.statement.procedures import rows_of_procedure
from contract_gate.sql.statement.rowchanges import bind_insert
from contract_gate.sql.statement.widths import check_columns, check_width, partition_names

_NAMING_FORMAT = re.compile(r"json|avro|withnames|match_by_column_name(?!\W+none)", re.IGNORECASE)
_NAMING_FILES = re.compile(r"parquet|orc\b|arrow|protobuf|bson", re.IGNORECASE)
_BY_NAME_DIALECTS = frozenset({"bigquery", "clickhouse"})
"""Where files that hold the names of their columns are read by them; Redshift and DuckDB read them by their places."""
_ALWAYS_BY_NAME = frozenset({"databricks", "spark"})


def bind_copy(binding: Binding, node: exp.Copy) -> Iterator[BoundStatement]:
    """Bind a COPY: into a table from files or a query, or out of a table or a query."""
    target = node.this.this if isinstance(node.this, exp.Schema) else node.this
    names = declared_names(binding, node.this)
    is_named = isinstance(target, exp.Table) and isinstance(target.this, exp.Identifier)
    if is_named:
        check_columns(binding, names, binding.relation(target), node)
    if isinstance(node.this, exp.Query):
        yield BoundStatement(kind="select", query=binding.subquery(node.this, {}, None))
    elif not is_named:
        # Into a stage: what it is filled from is read.
        for item in node.args.get("files") or ():
            yield BoundStatement(kind="select", query=binding.subquery(item, {}, None))
    elif node.args.get("kind"):
        yield _copied(binding, node, target, names)
    else:
        chosen: list[exp.Expr] = [exp.column(exp.to_identifier(name)) for name in names]
        query = exp.Select(expressions=chosen or [exp.Star()], from_=exp.From(this=target))
        yield BoundStatement(kind="select", query=binding.subquery(query, {}, None))


def bind_load(binding: Binding, node: exp.LoadData) -> Iterator[BoundStatement]:
    """Bind LOAD DATA (Hive, BigQuery), which brings rows from files."""
    table = node.this.this if isinstance(node.this, exp.Schema) else node.this
    target, names = binding.relation(table), declared_names(binding, node.this)
    check_columns(binding, (*names, *partition_names(binding, node)), target, node)
    text = node.sql(dialect=binding.dialect or None)
    yield BoundStatement(kind="copy", targets=(target,), mode=text, by_name=_is_by_name(text, binding))


def bind_insert_of(binding: Binding, node: exp.Insert) -> Iterator[BoundStatement]:
    """Bind an INSERT; ClickHouse's `FROM INFILE` brings rows from a file, which the parser takes for a table."""
    rows = node.args.get("expression")
    from_ = (
        rows.args.get("from_") if isinstance(rows, exp.Select) and binding.dialect == "clickhouse" else None
    )
    if not isinstance(from_, exp.From) or from_.this.name.lower() != "infile":
        yield from bind_insert(binding, node)
        return
    bare = node.copy()
    bare.set("expression", None)
    text = rows.sql(dialect="clickhouse") if isinstance(rows, exp.Select) else ""
    for statement in bind_insert(binding, bare):
        by_name = statement.by_name or isinstance(node.this, exp.Schema) or _is_by_name(text, binding)
        yield BoundStatement(kind="copy", targets=statement.targets, mode=text, by_name=by_name)


def _copied(binding: Binding, node: exp.Copy, target: exp.Table, names: tuple[str, ...]) -> BoundStatement:
    query = None
    for item in node.args.get("files") or ():
        if isinstance(item, exp.Subquery):
            query = binding.subquery(item, {}, None)
    if query is None and binding.dialect in TSQL:
        query = rows_of_procedure(
            binding, next((item.name for item in node.args.get("files") or ()), ""), node
        )
    if query is not None:
        check_width(binding, query, binding.relation(target), names, node)
        query = rename_outputs(binding, query, names, node) if len(names) == len(query.outputs) else query
    text = _told(node, binding)
    return BoundStatement(
        kind="copy", targets=(binding.relation(target),), query=query, mode=text,
        by_name=bool(names) or _is_by_name(text, binding),
    )  # fmt: skip


def _is_by_name(text: str, binding: Binding) -> bool:
    by_names = binding.dialect in _BY_NAME_DIALECTS and _NAMING_FILES.search(text)
    return binding.dialect in _ALWAYS_BY_NAME or bool(by_names or _NAMING_FORMAT.search(text))


def _told(node: exp.Copy, binding: Binding) -> str:
    """Name what a COPY brings: its files, and the options in any order. Credentials are left out, and never shown."""
    files = [f for f in node.args.get("files") or () if not isinstance(f, exp.Subquery)]
    options = node.args.get("params") or ()
    texts = [
        each.sql(dialect=binding.dialect or None, normalize_functions=False) for each in (*files, *options)
    ]
    return " ".join(["COPY", *texts[: len(files)], *sorted(texts[len(files) :])])
