"""What FROM shows of a source: its alias, the names that it gives its columns, and what stands behind them."""

from dataclasses import replace

from sqlglot import exp

from contract_gate.sql.algebra import Output, Query, Reshape, Scan, Select, Source, Term
from contract_gate.sql.given import is_closed, lacking_columns, output_columns
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.rules import doubled_names
from contract_gate.sql.query.scope import Visible


def seen(source: Source, alias: str, query: Query) -> Visible:
    """Give a source that a query stands behind."""
    columns = output_columns(query)
    doubled = doubled_names(query) if len(columns) < len(query.outputs) else frozenset[str]()
    return Visible(
        source, alias, (), columns, is_closed(query), lacking=lacking_columns(query), doubled=doubled
    )


def with_modifier(visible: Visible, modifier: Term) -> Visible:
    """Give a source that something is done to before its rows are read: a sample, arguments."""
    relation = visible.source.relation
    if isinstance(relation, Scan):
        scan = replace(relation, modifiers=(*relation.modifiers, modifier))
        return replace(visible, source=replace(visible.source, relation=scan))
    inner = visible.source
    reshaped = Reshape(
        input=inner,
        term=modifier,
        known=tuple(visible.columns.values()),
        closed=visible.closed,
        passed=tuple(visible.columns),
    )
    return replace(visible, source=replace(inner, relation=reshaped))


def alias_name(node: exp.Expr, binding: Binding) -> str | None:
    """Give the name that FROM gives a source, None where it gives none."""
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias):
        if alias.this is not None:
            return binding.name(alias.this)
        columns = alias.columns
        return binding.name(columns[0]) if isinstance(node, exp.Unnest) and len(columns) == 1 else None
    return None


def alias_columns(node: exp.Expr, binding: Binding) -> tuple[str, ...]:
    """Give the names that `AS t(a, b)` gives the columns."""
    alias = node.args.get("alias")
    return (
        tuple(binding.name(column) for column in alias.columns) if isinstance(alias, exp.TableAlias) else ()
    )


def renamed(visible: Visible, names: tuple[str, ...]) -> Visible:
    """`t AS x(a, b)` over a stored relation: a select that renames, so that terms keep the stored names."""
    if not names or visible.stored is None:
        return visible

    scan = visible.stored
    inner = Source(id=visible.id, relation=scan)
    outputs = []
    for position, column in enumerate(scan.known):
        name = names[position] if position < len(names) else column.name
        outputs.append(
            Output(name=name, term=Term("column", value=column.name, source=inner.id), type=column.type)
        )
    if not scan.closed:
        outputs = [Output(name=name, term=Term("any_column", value=name)) for name in names]
    query = Select(sources=(inner,), outputs=tuple(outputs))
    source = replace(visible.source, id=-visible.id, relation=query)
    return Visible(source, visible.alias, (), output_columns(query), scan.closed)
