"""INSERT, UPDATE, MERGE and DELETE: the rows that they write, column by column, and what decides which."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Output, Query, Select, Source, Term
from contract_gate.sql.families import MYSQL
from contract_gate.sql.given import is_closed, output_columns
from contract_gate.sql.query.binding import Binding, Cte
from contract_gate.sql.query.calls import says_default
from contract_gate.sql.query.outputs import rename_outputs
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.queries import bind_ctes
from contract_gate.sql.query.scope import Scope, Visible
from contract_gate.sql.query.sources import add_source
from contract_gate.sql.query.terms import to_term
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.statement.altering import given_by_table
from contract_gate.sql.statement.creations import declared_names
from contract_gate.sql.statement.returning import read_conflict_key, read_returned
from contract_gate.sql.statement.widths import (
    check_given,
    check_listed,
    check_query_width,
    check_required,
    check_structs,
    check_targets,
    partition_names,
    report_given,
    shape_of_target,
)
from contract_gate.sql.walk import passed_on


def bind_insert(binding: Binding, node: exp.Insert) -> Iterator[BoundStatement]:
    """Bind an INSERT; what it does where a row is there already (ON CONFLICT) is an `update` after it. Into files it is a query."""
    table = _table_of(node)
    ctes = bind_ctes(binding, node, {}, None)
    if table is None and _is_into_files(node, binding.dialect):
        yield BoundStatement(kind="select", query=binding.subquery(node.expression, ctes, None))
        return
    if table is None:
        binding.report("unsupported", "this INSERT names no table", node)
        yield BoundStatement(kind="other")
        return
    source = node.args.get("expression")
    query = None
    if isinstance(source, (exp.Query, exp.Values, exp.Subquery, exp.Table, exp.Pivot)):
        query = binding.subquery(source, ctes, None)
    elif isinstance(source, exp.Expr):
        binding.report("unsupported", "what this INSERT takes its rows from is not understood", node)
    statement = _inserted(binding, node, table, query)
    conflict = node.args.get("conflict")
    if isinstance(conflict, exp.OnConflict) or node.args.get("returning"):
        place = Place(binding, ctes, Scope(binding.dialect))
        add_target(table, place)
        if isinstance(conflict, exp.OnConflict):
            read_conflict_key(conflict, place)
        read_returned(node, place)
    yield statement
    if isinstance(conflict, exp.OnConflict) and conflict.expressions:
        yield _on_conflict(binding, conflict, table, statement, ctes, source)


def bind_multitable(binding: Binding, node: exp.MultitableInserts) -> Iterator[BoundStatement]:
    """Bind `INSERT ALL` (Oracle, Snowflake) and Hive's `FROM … INSERT … INSERT …`: one query, several targets."""
    source = node.args["source"]
    is_query = isinstance(source, exp.Query)
    shared = binding.subquery(source, bind_ctes(binding, node, {}, None), None) if is_query else None
    for item in node.expressions:
        insert = item.this if isinstance(item, exp.ConditionalInsert) else item
        table = _table_of(insert) if isinstance(insert, exp.Insert) else None
        if table is None and not (isinstance(insert, exp.Insert) and _is_into_files(insert, binding.dialect)):
            binding.report("unsupported", "one of these INSERTs names no table", node)
            yield BoundStatement(kind="other")
            continue
        rows = insert.args.get("expression")
        if shared is None and isinstance(rows, exp.Select):
            if not rows.args.get("from_"):
                rows.set("from_", exp.From(this=source.copy()))
            query: Query | None = binding.subquery(rows, {}, None)
        else:
            condition = item.expression if isinstance(item, exp.ConditionalInsert) else None
            query = _branch(binding, shared, rows, condition) if shared is not None else None
        if table is not None:
            yield _inserted(binding, insert, table, query)
        else:
            yield BoundStatement(kind="select", query=query)


def bind_update(binding: Binding, node: exp.Update) -> Iterator[BoundStatement]:
    """Bind an UPDATE: `assigns` are the columns that it sets, over the target and its FROM.

    MySQL's sets columns of several tables of a join: one statement for each.
    """
    table = node.this
    if not isinstance(table, exp.Table):
        binding.report("unsupported", "this UPDATE names no table", node)
        yield BoundStatement(kind="other")
        return
    place = Place(binding, bind_ctes(binding, node, {}, None), Scope(binding.dialect))
    from_ = node.args.get("from_")
    target_table = target_of_update(table, from_)
    if target_table is table:
        add_target(table, place)
    if isinstance(from_, exp.From):
        add_source(from_.this, "cross" if place.scope.sources else "from", place)
    changed = _visible_target(place, target_table)
    written = [
        (each, tuple(assignments(nodes, place, each)))
        for each, nodes in _by_target(node.expressions, changed, place)
    ]
    where = node.args.get("where")
    condition = to_term(where.this, place.within("where")) if isinstance(where, exp.Where) else None
    read_returned(node, place)
    for each, assigns in written:
        stored = each.stored if each is not None else None
        target = stored.name if stored is not None else binding.relation(target_table)
        yield rows_changed("update", target, assigns, condition, place)


def bind_delete(binding: Binding, node: exp.Delete) -> Iterator[BoundStatement]:
    """Bind a DELETE: its condition reads the target and what USING or a join adds."""
    if not isinstance(node.this, exp.Table):
        binding.report("unsupported", "this DELETE names no table", node)
        yield BoundStatement(kind="other")
        return
    place = Place(binding, bind_ctes(binding, node, {}, None), Scope(binding.dialect))
    add_target(node.this, place)
    for item in node.args.get("using") or ():
        add_source(item, "cross", place)
    where = node.args.get("where")
    condition = to_term(where.this, place.within("where")) if isinstance(where, exp.Where) else None
    target = binding_target(place) or binding.relation(node.this)
    read_returned(node, place)
    yield rows_changed("delete", target, (), condition, place)


def binding_target(place: Place) -> RelationName | None:
    """Give the relation of the first source in sight: the target of an UPDATE, MERGE or DELETE."""
    stored = place.scope.sources[0].stored if place.scope.sources else None
    return stored.name if stored is not None else None


def _table_of(node: exp.Insert) -> exp.Table | None:
    table = node.this.this if isinstance(node.this, exp.Schema) else node.this
    return table if isinstance(table, exp.Table) and not isinstance(table.this, exp.Func) else None


def _is_into_files(node: exp.Insert, dialect: str) -> bool:
    """Tell whether the rows of a query go where no relation is: Hive's `OVERWRITE DIRECTORY`, ClickHouse's `INTO FUNCTION s3(…)`."""
    is_function = dialect == "clickhouse" and isinstance(node.this, exp.Func)
    return (isinstance(node.this, exp.Directory) or is_function) and isinstance(node.expression, exp.Query)


def _inserted(binding: Binding, node: exp.Insert, table: exp.Table, query: Query | None) -> BoundStatement:
    target = binding.relation(table)
    shape = shape_of_target(binding, target)
    if shape is not None:
        target = shape.name
    names = declared_names(binding, node.this)
    check_targets(binding, partition_names(binding, node), shape, node)
    if isinstance(node.args.get("where"), exp.Expr):
        binding.read_subqueries(node.args["where"])
    by_name = bool(node.args.get("by_name"))
    positional: tuple[Column, ...] = ()
    if names:
        check_targets(binding, names, shape, node)
        check_required(binding, names, shape, node)
        check_given(binding, names, shape, node)
        if query is not None:
            check_listed(binding, query, names, node)
            query = rename_outputs(binding, query, names, node)
    elif query is not None and shape is not None and shape.closed and not by_name:
        check_query_width(binding, query, shape, node)
        if is_closed(query) and len(query.outputs) == len(shape.columns):
            check_given(binding, (), shape, node)
        positional = shape.columns
    elif query is not None and by_name and is_closed(query):
        check_targets(binding, tuple(output.name for output in query.outputs), shape, node)
    if query is not None and shape is not None:
        by_column = bool(names) or by_name
        check_structs(binding, query, shape, node, by_name=by_column)
    return BoundStatement(
        kind="insert", targets=(target,), query=query, by_name=by_name or bool(names), columns=positional,
        overwrite=bool(node.args.get("overwrite")), mode=_mode(node, table, binding.dialect),
        table=shape.columns if shape is not None and shape.closed else (),
    )  # fmt: skip


def _mode(node: exp.Insert, table: exp.Table, dialect: str) -> str:
    """Say what becomes of the rows that are there: replaced, all or a partition of them, or kept where keys meet."""
    words = [word for word in ("overwrite", "ignore", "replace") if node.args.get(word)]
    words += [str(node.args["alternative"]).lower()] if node.args.get("alternative") else []
    partitions = (node.args.get("partition"), table.args.get("partition"), node.args.get("where"))
    words += [part.sql(dialect=dialect or None) for part in partitions if isinstance(part, exp.Expr)]
    conflict = node.args.get("conflict")
    if isinstance(conflict, exp.OnConflict):
        keys = [key.sql(dialect=dialect or None) for key in conflict.args.get("conflict_keys") or ()]
        words += ["on conflict", *sorted(keys), "update" if conflict.expressions else "nothing"]
    return " ".join(words)


def _on_conflict(
    binding: Binding,
    conflict: exp.OnConflict,
    table: exp.Table,
    statement: BoundStatement,
    ctes: dict[str, Cte],
    given: object,
) -> BoundStatement:
    """`DO UPDATE SET a = excluded.a`: the row that is there is in sight, and the one that was to be inserted."""
    place = Place(binding, ctes, Scope(binding.dialect))
    add_target(table, place)
    outer = Scope(binding.dialect)
    given_rows = statement.query or Select(sources=(), outputs=())  # DEFAULT VALUES
    columns = output_columns(given_rows)
    for column, output in zip(statement.columns, given_rows.outputs, strict=False):
        columns[column.name] = Column(name=column.name, type=output.type)
    rows = _whole_rows(binding, given_rows, columns, place.scope.sources[0])
    source = Source(id=binding.next_id(), relation=rows, join="merge", alias="excluded")
    new = Visible(source, "excluded", (("new",), ("excluded",)), columns, is_closed(given_rows))
    new.qualifiers += _alias_of_rows(binding, given, columns)
    outer.sources.extend((new, *_named_in_from(binding, given, source)))
    place.scope.parent = outer
    assigns = tuple(assignments(conflict.expressions, place, place.scope.sources[0]))
    where = conflict.args.get("where")
    condition = to_term(where.this, place.within("where")) if isinstance(where, exp.Where) else None
    sources = tuple(visible.source for visible in (*place.scope.sources, *outer.sources))
    query = Select(sources=sources, outputs=assigns, where=condition)
    return BoundStatement(
        kind="update", targets=statement.targets, query=query, assigns=assigns, condition=condition
    )


def _whole_rows(binding: Binding, query: Query, columns: dict[str, Column], table: Visible) -> Query:
    """What an INSERT leaves out is in the row that was to be inserted, too, as the table gives it; adds those columns."""
    left_out = [column for name, column in table.columns.items() if name not in columns]
    if not left_out:
        return query
    inner = Source(id=binding.next_id(), relation=query)
    outputs = [*passed_on(query, inner.id)]
    outputs += [
        Output(name=each.name, term=given_by_table(each.computed), type=each.type) for each in left_out
    ]
    columns.update({column.name: column for column in left_out})
    return Select(sources=(inner,), outputs=tuple(outputs))


def _alias_of_rows(binding: Binding, rows: object, columns: dict[str, Column]) -> tuple[tuple[str, ...], ...]:
    """MySQL: `VALUES … AS new(a, b)` names the new rows; adds the names that it gives to their columns.

    https://dev.mysql.com/doc/refman/8.4/en/insert-on-duplicate.html
    """
    alias = rows.args.get("alias") if isinstance(rows, exp.Values) else None
    if not isinstance(alias, exp.TableAlias) or alias.this is None:
        return ()
    for name, column in zip(alias.columns, tuple(columns.values()), strict=False):
        columns.setdefault(binding.name(name), Column(name=binding.name(name), type=column.type))
    return ((binding.name(alias.this),),)


def _named_in_from(binding: Binding, rows: object, source: Source) -> Iterator[Visible]:
    """MySQL: after INSERT … SELECT the names of its FROM are in sight."""
    if binding.dialect != "mysql" or not isinstance(rows, exp.Select):
        return
    from_ = rows.args.get("from_")
    items = [from_.this] if isinstance(from_, exp.From) else []
    for item in (*items, *(join.this for join in rows.args.get("joins") or ())):
        yield Visible(source, binding.name(exp.to_identifier(item.alias_or_name)), (), {}, False)


def _branch(binding: Binding, shared: Query, rows: exp.Expr | None, condition: exp.Expr | None) -> Query:
    """One INTO of an INSERT ALL: all columns of the query, or the VALUES written over them, where WHEN is true."""
    source = Source(id=binding.next_id(), relation=shared)
    visible = Visible(source, "", (), output_columns(shared), is_closed(shared))
    place = Place(binding, {}, Scope(binding.dialect, sources=[visible]))
    if isinstance(rows, exp.Values) and rows.expressions:
        first = rows.expressions[0]
        values = first.expressions if isinstance(first, exp.Tuple) else [first]
        outputs = tuple(
            Output(name=value.output_name or f"_{index + 1}", term=to_term(value, place))
            for index, value in enumerate(values)
        )
    else:
        outputs = passed_on(shared, source.id)
    where = to_term(condition, place.within("where")) if condition is not None else None
    return Select(sources=(source,), outputs=outputs, where=where)


def target_of_update(table: exp.Table, from_: exp.Expr | None) -> exp.Table:
    """Give the table that is updated: `UPDATE a SET … FROM orders a JOIN …` (T-SQL): the target is what the alias stands for."""
    if isinstance(from_, exp.From) and not table.db:
        for other in from_.find_all(exp.Table):
            beside = other.find_ancestor(exp.Select) is from_.find_ancestor(exp.Select)
            if beside and other is not table and (other.alias or other.name).lower() == table.name.lower():
                return other
    return table


def _by_target(
    nodes: list[exp.Expr], changed: Visible | None, place: Place
) -> list[tuple[Visible | None, list[exp.Expr]]]:
    """Part what an UPDATE sets by the source whose column it is: by its qualifier in MySQL, else where the table has no such column."""
    found: dict[int, tuple[Visible | None, list[exp.Expr]]] = {}
    for node in nodes:
        each = changed
        if place.binding.dialect in MYSQL and isinstance(node.this, exp.Column):
            *qualifier, name = (place.binding.name(part) for part in node.this.parts)
            others = (s for s in place.scope.sources if s.has(name) and not (changed and changed.has(name)))
            named = place.scope.by_qualifier(tuple(qualifier)) if qualifier else next(others, None)
            each = named or changed
        found.setdefault(each.id if each is not None else 0, (each, []))[1].append(node)
    return list(found.values())


def _visible_target(place: Place, table: exp.Table) -> Visible | None:
    name = table.alias_or_name.lower()
    return next((visible for visible in place.scope.sources if visible.alias.lower() == name), None)


def add_target(table: exp.Table, place: Place) -> None:
    """See the target's columns without counting it as read from storage: only what SET and WHERE name is."""
    reads, scanned = len(place.binding.reads), dict(place.binding.scanned)
    add_source(table, "from", place)
    target = binding_target(place)
    added = place.binding.reads[reads:]
    del place.binding.reads[reads:]
    place.binding.reads.extend(read for read in added if read.relation != target or read.column_name)
    place.binding.scanned = {
        name: None for name in place.binding.scanned if name in scanned or name != target
    }


def assignments(nodes: list[exp.Expr], place: Place, target: Visible | None) -> Iterator[Output]:
    for node in nodes:
        if isinstance(node.this, exp.Parameter) and isinstance(node.expression, exp.EQ):
            node = node.expression  # T-SQL's `SET @before = v = v + 1` sets both
        if not isinstance(node, exp.EQ):
            place.binding.report("unsupported", "what this UPDATE sets is not understood", node)
            continue
        term = to_term(node.expression, place)
        written = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this.unnest()]
        for position, item in enumerate(written):
            part = _assigned(item, place, target)
            if part is None:
                continue
            name = place.binding.name(part)
            check_assigned(name, part, target, place, node.expression)
            _check_written(item, part, place)
            line, column = place.binding.position(part)
            value = _component(term, position) if isinstance(node.this, exp.Tuple) else term
            yield Output(
                name=name, term=_put(value, item, part, place.binding.dialect), line=line, column=column
            )


def _put(value: Term, item: exp.Expr, part: exp.Expr, dialect: str) -> Term:
    """What is written into a field or an element is the value of a part of the column alone."""
    column = item.find(exp.Column)
    if column is None or (column is item and column.parts[-1] is part):
        return value
    qualifier = itertools.takewhile(lambda each: each is not part, column.parts)
    before = "".join(f"{each.sql(dialect=dialect or None)}." for each in qualifier)
    written = item.sql(dialect=dialect or None).removeprefix(before)
    return Term("put", (value,), ("this",), written)


def _assigned(item: exp.Expr, place: Place, target: Visible | None) -> exp.Expr | None:
    """Give the column that is written: what follows the target's name, before any field of a struct."""
    if isinstance(item, (exp.Dot, exp.Bracket)):
        item = item.find(exp.Column) or item
    if not isinstance(item, exp.Column):
        return None
    parts = [part for part in item.parts if isinstance(part, exp.Identifier)]
    for length in range(len(parts) - 1, 0, -1):
        if place.scope.by_qualifier(tuple(place.binding.name(part) for part in parts[:length])) is not None:
            return parts[length]
    has_struct = target is not None and parts and target.has(place.binding.name(parts[0]))
    return parts[0] if has_struct else parts[-1] if parts else None


def check_assigned(name: str, part: exp.Expr, target: Visible | None, place: Place, value: exp.Expr) -> None:
    """Say where an assignment names a column that the target does not have, or one that no statement may write."""
    if (
        target is not None
        and target.stored is not None
        and name in target.columns
        and not says_default(value)
    ):
        report_given(place.binding, target.columns[name], target.stored.name, part)
    if target is None or target.stored is None or not target.closed or target.has(name):
        return
    if name == "row" and place.binding.dialect == "oracle":
        return  # `SET ROW = r` writes all columns of a record; no column can have the reserved word for a name
    relation = target.stored.name
    message = f"`{name}` is not a column of `{relation}`"
    place.binding.report("unknown-column", message, part, True, name, (relation,))


def _check_written(item: exp.Expr, part: exp.Expr, place: Place) -> None:
    """Report a field that the column which is written does not have; the column itself is not read."""
    if item is part or (isinstance(item, exp.Column) and item.parts[-1] is part):
        return
    count = len(place.binding.reads)
    to_term(item, place)
    del place.binding.reads[count:]


def _component(term: Term, position: int) -> Term:
    """One of the values of `(a, b) = (SELECT x, y …)` or `(a, b) = (x, y)`."""
    if term.op == "tuple" and position < len(term.args):
        return term.args[position]
    if term.op == "scalar" and isinstance(term.query, Select) and position < len(term.query.outputs):
        return replace(term, query=replace(term.query, outputs=(term.query.outputs[position],)))
    return term


def rows_changed(
    kind: str, target: RelationName, assigns: tuple[Output, ...], condition: Term | None, place: Place
) -> BoundStatement:
    sources = tuple(visible.source for visible in place.scope.sources)
    query = Select(sources=sources, outputs=assigns, where=condition)
    return BoundStatement(kind=kind, targets=(target,), query=query, assigns=assigns, condition=condition)
