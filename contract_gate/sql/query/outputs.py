"""The select list: output columns in order, stars expanded as far as the columns are known."""

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.relation import Column, Fields
from contract_gate.sql.algebra import Output, Query, Term
from contract_gate.sql.families import MYSQL, POSTGRES, SPARK, TRINO, TSQL
from contract_gate.sql.given import is_closed
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.fields import column_fields, field_path, fields_of, output_fields
from contract_gate.sql.query.nullability import is_nullable
from contract_gate.sql.query.patterns import is_like
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Visible
from contract_gate.sql.query.spreading import PICKING, spread
from contract_gate.sql.query.terms import output_type, star_text, to_term


def bind_outputs(node: exp.Select, place: Place) -> tuple[Output, ...]:
    """Bind the select list; each alias is in sight of the projections after it where the dialect has it so."""
    outputs: list[Output] = []
    for projection in spread(node.expressions, place):
        star = _star_of(projection)
        if star is not None and (place.scope.sources or not isinstance(projection, exp.Star)):
            outputs.extend(_expand(projection, star, place))
            place.scope.projected += [projection] * (len(outputs) - len(place.scope.projected))
            continue
        if _stands_for_columns(projection, place.binding):
            outputs.append(Output(name="*", term=Term("star", (to_term(projection, place),), ("this",))))
            place.scope.projected.append(projection)
            continue
        own = place.binding.name(projection.args["alias"]) if isinstance(projection, exp.Alias) else ""
        place.scope.hidden.add(own)
        found = tuple(_projection(projection, place, len(outputs)))
        place.scope.hidden.discard(own)
        for output in found:
            outputs.append(output)
            if isinstance(projection, (exp.Alias, exp.Aliases)):
                place.scope.aliases.setdefault(output.name, output.term)
            else:
                place.scope.implicit.setdefault(output.name, output.term)
        place.scope.projected += [projection] * len(found)
    if str(node.args.get("kind") or "").upper() == "VALUE" and len(outputs) == 1:
        # BigQuery's SELECT AS VALUE: the struct's fields are the columns.
        if not isinstance(node.parent, exp.Array):
            return tuple(_struct_star(outputs[0].term, (), exp.Star(), place))
        return (replace(outputs[0], name="*", term=Term("star", (outputs[0].term,), ("this",)), type=None),)
    return tuple(outputs)


def rename_outputs(binding: Binding, query: Query, names: tuple[str, ...], node: exp.Expr) -> Query:
    """Apply `AS t(a, b)`: the names go to the outputs by position."""
    if not names or not query.outputs:
        return query
    if (is_closed(query) and len(names) > len(query.outputs)) or (
        is_closed(query) and len(names) < len(query.outputs) and _needs_all(binding, node)
    ):
        _report_names(binding, len(names), query, node)
    outputs = [
        replace(output, name=names[index]) if index < len(names) and output.term.op != "star" else output
        for index, output in enumerate(query.outputs)
    ]
    if not is_closed(query):
        # Which columns the names belong to is not known: they are all that a reader may use.
        outputs += [
            Output(name=name, term=Term("any_column", value=name))
            for index, name in enumerate(names)
            if index >= len(query.outputs) or query.outputs[index].term.op == "star"
        ]
    return replace(query, outputs=tuple(outputs))


_ALL_NAMED = TSQL | MYSQL | SPARK | TRINO | {"oracle", "sqlite"}
"""Where a list of names must have one for each column; PostgreSQL and DuckDB leave the rest as they are."""
_ALL_NAMED_IN_VIEWS = _ALL_NAMED | {"snowflake", "bigquery"}


def _needs_all(binding: Binding, node: exp.Expr) -> bool:
    if isinstance(node, exp.Create):
        return str(node.args.get("kind")).upper() == "VIEW" and binding.dialect in _ALL_NAMED_IN_VIEWS
    return isinstance(node, (exp.CTE, exp.Subquery)) and binding.dialect in _ALL_NAMED


def _report_names(binding: Binding, count: int, query: Query, node: exp.Expr) -> None:
    message = f"{count} column names for {len(query.outputs)} columns"
    binding.report("column-count", message, node.args.get("alias") or node, True)


def _star_of(projection: exp.Expr) -> exp.Star | None:
    if isinstance(projection, exp.Star):
        return projection
    if isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
        return projection.this
    if isinstance(projection, exp.Dot) and isinstance(projection.expression, exp.Star):
        return projection.expression
    return None


def _stands_for_columns(projection: exp.Expr, binding: Binding) -> bool:
    """Tell whether a projection is a mere placeholder: what a template would write there may be several columns.

    So may one whose very name is not known: a loop over what is not known is run once; and a `COLUMNS(…)` that nobody can spread.
    """
    if projection.find(exp.Columns) is not None and binding.dialect in PICKING:
        return True
    if isinstance(projection, exp.Alias):
        return binding.is_placeholder(projection.alias)
    return isinstance(projection, (exp.Column, exp.Anonymous, exp.Dot)) and binding.is_placeholder(
        projection.name
    )


def _projection(projection: exp.Expr, place: Place, position: int) -> Iterator[Output]:
    term = to_term(projection, place)
    line, column = _written_at(projection, place.binding)
    if isinstance(projection, exp.Aliases):
        for alias in projection.aliases:
            yield Output(name=place.binding.name(alias), term=term, line=line, column=column)
        return
    yield Output(
        name=_output_name(projection, place.binding, position),
        term=term,
        type=_type_of(projection, term, place.binding.dialect),
        fields=output_fields(term, place.scope),
        nullable=is_nullable(term, place.scope),
        line=line,
        column=column,
    )


def _type_of(projection: exp.Expr, term: Term, dialect: str) -> str | None:
    """A subquery gives what it gives: the parser would take the fields of an UNNEST in it for the whole elements."""
    if term.op == "scalar" and term.query is not None and len(term.query.outputs) == 1:
        return term.query.outputs[0].type
    return output_type(projection, dialect)


def _written_at(projection: exp.Expr, binding: Binding) -> tuple[int, int]:
    alias = projection.args.get("alias") if isinstance(projection, exp.Alias) else None
    if isinstance(alias, exp.Identifier) and "start" in alias.meta:
        return binding.position(alias)
    if isinstance(projection, exp.Column) and "start" in projection.this.meta:
        return binding.position(projection.this)
    return binding.position(projection)


def _output_name(projection: exp.Expr, binding: Binding, position: int) -> str:
    if isinstance(projection, exp.Alias):
        return binding.name(projection.args["alias"])
    inner = projection
    while isinstance(inner, (exp.Paren, exp.Cast)):
        inner = inner.this
    if isinstance(inner, (exp.Column, exp.Dot)) and isinstance(inner.parts[-1], exp.Identifier):
        return binding.name(inner.parts[-1])
    return f"_{position + 1}"


def _expand(projection: exp.Expr, star: exp.Star, place: Place) -> Iterator[Output]:
    chosen = _sources_of(projection, place)
    excluded = _names(star.args.get("except_"), place)
    if isinstance(chosen, Term):
        yield from _struct_star(chosen, excluded, star, place)
        return
    replaced = {
        place.binding.name(a.args["alias"]): a
        for a in star.args.get("replace") or ()
        if isinstance(a, exp.Alias)
    }
    renamed = {
        place.binding.name(a.this.parts[-1]): place.binding.name(a.args["alias"])
        for a in star.args.get("rename") or ()
        if isinstance(a, exp.Alias) and isinstance(a.this, (exp.Column, exp.Dot))
    }
    place.read_whole(chosen, projection)
    _check_named((*excluded, *replaced, *renamed), chosen, star, place)
    ilike = star.args.get("ilike")
    pattern = None if ilike is None else ilike.name.lower()
    done: set[str] = set()
    for name, both in _merged_first(projection, chosen, place).items():
        visible = next(v for v in chosen if name in v.columns)
        done.add(name)
        if name not in excluded and (pattern is None or is_like(name.lower(), pattern)):
            yield _expanded(visible.columns[name], visible, both, replaced, renamed, place)
    for visible in chosen:
        skip = set(excluded)
        for column in visible.columns.values() if visible.closed else ():
            merged = place.scope.merged.get(column.name) if isinstance(projection, exp.Star) else None
            if column.name in skip or (merged is not None and column.name in done):
                continue
            done.add(column.name)
            if pattern is not None and not is_like(column.name.lower(), pattern):
                continue
            yield _expanded(column, visible, merged, replaced, renamed, place)
        if not visible.closed:
            yield from _open_star(visible, excluded, replaced, renamed, place)


_MERGED_FIRST_DIALECTS = POSTGRES | SPARK | TRINO | {"bigquery", "mysql", "oracle"}
"""Where `*` gives the columns of USING before all others, as the standard says; DuckDB and SQLite leave them in place.
https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-JOIN"""


def _merged_first(projection: exp.Expr, chosen: list[Visible], place: Place) -> dict[str, Term]:
    """Give the columns that `*` lists first: the last join's before those of the joins in it. Brackets keep theirs where they are."""
    merged = place.scope.merged
    if not isinstance(projection, exp.Star) or place.binding.dialect not in _MERGED_FIRST_DIALECTS:
        return {}
    if place.scope.merges_within or not all(visible.closed for visible in chosen):
        return {}
    return {name: term for name, term in merged.items() if any(name in v.columns for v in chosen)}


def _sources_of(projection: exp.Expr, place: Place) -> list[Visible] | Term:
    """Give the sources whose columns the star means, or the struct whose fields it means."""
    if isinstance(projection, exp.Star):
        return [visible for visible in place.scope.sources if not visible.hidden_by_semi_join]
    if not isinstance(projection, exp.Column):
        return to_term(projection.this, place)
    names = projection.parts[:-1]
    parts = tuple(place.binding.name(part) for part in names)
    for level in place.scope.chain():
        visible = level.by_qualifier(parts)
        if visible is not None:
            return [visible]
    return to_term(
        exp.Column(**dict(zip(("this", "table", "db", "catalog"), reversed(names), strict=False))), place
    )


def _struct_star(term: Term, excluded: tuple[str, ...], star: exp.Star, place: Place) -> Iterator[Output]:
    """`s.*` where s is a struct: columns that are not known by name, all read from s."""
    replaced = [alias for alias in star.args.get("replace") or () if isinstance(alias, exp.Alias)]
    gone = (*excluded, *(place.binding.name(alias.args["alias"]) for alias in replaced))
    fields = fields_of(term, place.scope)
    if fields is not None and not fields.repeated:
        by_name = {place.binding.name(alias.args["alias"]): alias for alias in replaced}
        _check_fields(gone, fields, term, star, place)
        for column in fields.columns:
            if column.name in by_name:
                yield next(_projection(by_name[column.name], place, 0))
            elif column.name not in excluded:
                value = Term("field", (term,), ("this",), column.name)
                nested = column_fields(column, place.binding.dialect)
                yield Output(name=column.name, term=value, type=column.type, fields=nested)
        return
    yield Output(name="*", term=Term("star", (term,), ("this",), star_text(gone)))
    for alias in replaced:
        yield next(_projection(alias, place, 0))


def _check_fields(names: tuple[str, ...], fields: Fields, term: Term, star: exp.Star, place: Place) -> None:
    """`s.* EXCEPT (f)` fails where s has no f."""
    there = {column.name for column in fields.columns}
    for name in names:
        if name not in there:
            path = f"{field_path(term)}.{name}"
            text = f"`{path}`: there is no such field"
            place.binding.report("unknown-column", text, star, True, path, place.scope.stored())


def _names(nodes: object, place: Place) -> tuple[str, ...]:
    if not isinstance(nodes, list):
        return ()
    found = []
    for node in nodes:
        part = node.parts[-1] if isinstance(node, (exp.Column, exp.Dot)) else node
        found.append(place.binding.name(part))
    return tuple(found)


def _check_named(names: tuple[str, ...], chosen: list[Visible], star: exp.Star, place: Place) -> None:
    """`* EXCEPT (c)` fails where there is no c. Snowflake and DuckDB fail too; Databricks does not say."""
    stored = [visible for visible in chosen if visible.closed]
    if len(stored) < len(chosen) or not chosen:
        return
    for name in names:
        if not any(name in visible.columns for visible in chosen):
            node = next((n for n in star.find_all(exp.Identifier) if place.binding.name(n) == name), star)
            place.report_unknown(name, chosen, "the query", node)


def _expanded(
    column: Column,
    visible: Visible,
    merged: Term | None,
    replaced: dict[str, exp.Alias],
    renamed: dict[str, str],
    place: Place,
) -> Output:
    if column.name in replaced:
        alias = replaced[column.name]
        return next(_projection(alias, place, 0))
    term = merged or visible.reference(column.name)
    return Output(
        name=renamed.get(column.name, column.name),
        term=term,
        type=column.type,
        fields=column_fields(column, place.binding.dialect),
        nullable=is_nullable(term, place.scope),
    )


def _open_star(
    visible: Visible,
    excluded: tuple[str, ...],
    replaced: dict[str, exp.Alias],
    renamed: dict[str, str],
    place: Place,
) -> Iterator[Output]:
    gone = (*excluded, *replaced, *renamed)
    yield Output(name="*", term=Term("star", value=star_text(gone), source=visible.id))
    for alias in replaced.values():
        yield next(_projection(alias, place, 0))
    for old, new in renamed.items():
        yield Output(name=new, term=Term("column", value=old, source=visible.id))
