"""INSERT, UPDATE, MERGE and DELETE: the rows that they write, column by column, and what decides which."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import BoundStatement, Output, Query, Select, Shape, Source, Term
from contract_gate.sql.binding import Binding, Cte
from contract_gate.sql.creations import declared_names
from contract_gate.sql.outputs import rename_outputs
from contract_gate.sql.place import Place
from contract_gate.sql.queries import bind_ctes
from contract_gate.sql.returning import read_conflict_key, read_returned
from contract_gate.sql.scope import Scope, Visible, is_closed, output_columns
from contract_gate.sql.sources import add_source
from contract_gate.sql.terms import to_term


def bind_insert(binding: Binding, node: exp.Insert) -> Iterator[BoundStatement]:
    """Bind an INSERT; what it does where a row is there already (ON CONFLICT) is an `update` after it."""
    table = _table_of(node)
    if table is None:
        binding.report("unsupported", "this INSERT names no table", node)
        yield BoundStatement(kind="other")
        return
    ctes = bind_ctes(binding, node, {}, None)
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
        _add_target(table, place)
        if isinstance(conflict, exp.OnConflict):
            read_conflict_key(conflict, place)
        read_returned(node, place)
    yield statement
    if isinstance(conflict, exp.OnConflict) and conflict.expressions:
        yield _on_conflict(binding, conflict, table, statement, ctes, source)


def bind_multitable(binding: Binding, node: exp.MultitableInserts) -> Iterator[BoundStatement]:
    """Bind `INSERT ALL` (Oracle, Snowflake) and Hive's `FROM … INSERT … INSERT …`: one query, several targets."""
    source = node.args.get("source")
    if not isinstance(source, exp.Expr):
        binding.report("unsupported", "this INSERT has no source", node)
        return
    if isinstance(source, exp.Query):
        shared: Query | None = binding.subquery(source, bind_ctes(binding, node, {}, None), None)
    else:
        shared = None
    for item in node.expressions:
        insert = item.this if isinstance(item, exp.ConditionalInsert) else item
        table = _table_of(insert) if isinstance(insert, exp.Insert) else None
        if table is None:
            binding.report("unsupported", "one of these INSERTs names no table", node)
            continue
        rows = insert.args.get("expression")
        if shared is None and isinstance(rows, exp.Select):
            if not rows.args.get("from_"):
                rows.set("from_", exp.From(this=source.copy()))
            query: Query | None = binding.subquery(rows, {}, None)
        else:
            condition = item.expression if isinstance(item, exp.ConditionalInsert) else None
            query = _branch(binding, shared, rows, condition) if shared is not None else None
        yield _inserted(binding, insert, table, query)


def bind_update(binding: Binding, node: exp.Update) -> Iterator[BoundStatement]:
    """Bind an UPDATE: `assigns` are the columns that it sets, over the target and its FROM."""
    table = node.this
    if not isinstance(table, exp.Table):
        binding.report("unsupported", "this UPDATE names no table", node)
        yield BoundStatement(kind="other")
        return
    place = Place(binding, bind_ctes(binding, node, {}, None), Scope(binding.dialect))
    from_ = node.args.get("from_")
    target_table = target_of_update(table, from_)
    if target_table is table:
        _add_target(table, place)
    if isinstance(from_, exp.From):
        add_source(from_.this, "cross" if place.scope.sources else "from", place)
    target = binding.relation(target_table)
    changed = _visible_target(place, target_table)
    assigns = tuple(_assignments(node.expressions, place, changed))
    where = node.args.get("where")
    condition = to_term(where.this, place.within("where")) if isinstance(where, exp.Where) else None
    if changed is not None and changed.stored is not None:
        target = changed.stored.name
    read_returned(node, place)
    yield _changed("update", target, assigns, condition, place)


def bind_merge(binding: Binding, node: exp.Merge) -> Iterator[BoundStatement]:
    """Bind a MERGE: `assigns` are what its branches write, in their order; their conditions are modifiers."""
    table = node.this
    if not isinstance(table, exp.Table):
        binding.report("unsupported", "this MERGE names no table", node)
        yield BoundStatement(kind="other")
        return
    place = Place(binding, bind_ctes(binding, node, {}, None), Scope(binding.dialect))
    _add_target(table, place)
    add_source(node.args["using"], "merge", place)
    condition = node.args.get("on")
    on = to_term(condition, place.within("on")) if isinstance(condition, exp.Expr) else None
    assigns: list[Output] = []
    guards: list[Term] = []
    branches: list[int] = []
    for when in node.args["whens"].expressions:
        given = tuple(_when(when, place, guards))
        assigns.extend(given)
        branches += [len(guards)] * len(given)
    last = place.scope.sources[-1]
    last.source = replace(last.source, on=on)
    target = binding_target(place) or binding.relation(table)
    read_returned(node, place)
    statement = _changed("merge", target, tuple(assigns), None, place)
    if isinstance(statement.query, Select):
        query = replace(statement.query, outputs=_of_branches(assigns, branches), modifiers=tuple(guards))
        statement = replace(statement, query=query)
    yield statement


def _of_branches(assigns: list[Output], branches: list[int]) -> tuple[Output, ...]:
    """Say with each value in which WHEN it is written: the same assignment elsewhere is of other rows."""
    return tuple(
        output
        if output.term.op == "star"
        else replace(output, term=Term("assigned", (output.term,), ("this",), str(branch)))
        for output, branch in zip(assigns, branches, strict=True)
    )


def bind_delete(binding: Binding, node: exp.Delete) -> Iterator[BoundStatement]:
    """Bind a DELETE: its condition reads the target and what USING or a join adds."""
    if not isinstance(node.this, exp.Table):
        binding.report("unsupported", "this DELETE names no table", node)
        yield BoundStatement(kind="other")
        return
    place = Place(binding, bind_ctes(binding, node, {}, None), Scope(binding.dialect))
    _add_target(node.this, place)
    for item in node.args.get("using") or ():
        add_source(item, "cross", place)
    where = node.args.get("where")
    condition = to_term(where.this, place.within("where")) if isinstance(where, exp.Where) else None
    target = binding_target(place) or binding.relation(node.this)
    read_returned(node, place)
    yield _changed("delete", target, (), condition, place)


def bind_change(binding: Binding, node: exp.Expr, ctes: dict[str, Cte]) -> Query:
    """Bind a change of rows that stands in WITH: what it gives is what RETURNING names of its target.

    https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
    """
    target = node.this.this if isinstance(node.this, exp.Schema) else node.this
    returning = node.args.get("returning")
    known = len(binding.problems)
    for _ in _CHANGES[type(node)](binding, node):
        pass
    problems = binding.problems[known:]
    given = returning.expressions if isinstance(returning, exp.Returning) else [exp.Literal.number(1)]
    from_ = node.args.get("from_")
    others = [from_.this] if isinstance(from_, exp.From) else list(node.args.get("using") or ())
    if isinstance(node, exp.Merge):
        others = [node.args["using"]]
    rows = exp.Select(
        expressions=[each.copy() for each in given], from_=exp.From(this=target.copy()),
        joins=[exp.Join(this=other.copy()) for other in others],
    )  # fmt: skip
    query = binding.subquery(rows, ctes, None)
    binding.problems[known:] = problems  # they were read with the change already
    return query


def binding_target(place: Place) -> RelationName | None:
    """Give the relation of the first source in sight: the target of an UPDATE, MERGE or DELETE."""
    stored = place.scope.sources[0].stored if place.scope.sources else None
    return stored.name if stored is not None else None


def _table_of(node: exp.Insert) -> exp.Table | None:
    table = node.this.this if isinstance(node.this, exp.Schema) else node.this
    return table if isinstance(table, exp.Table) and not isinstance(table.this, exp.Func) else None


def _inserted(binding: Binding, node: exp.Insert, table: exp.Table, query: Query | None) -> BoundStatement:
    target = binding.relation(table)
    shape = _shape(binding, target)
    if shape is not None:
        target = shape.name
    names = declared_names(binding, node.this if isinstance(node.this, exp.Schema) else None)
    by_name = bool(node.args.get("by_name"))
    positional: tuple[Column, ...] = ()
    if names:
        _check_targets(binding, names, shape, node)
        _check_required(binding, names, shape, node)
        if query is not None:
            _check_listed(binding, query, names, node)
            query = rename_outputs(binding, query, names, node)
    elif query is not None and shape is not None and shape.closed and not by_name:
        _check_width(binding, query, shape, node)
        positional = shape.columns
    elif query is not None and by_name and is_closed(query):
        _check_targets(binding, tuple(output.name for output in query.outputs), shape, node)
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


def _shape(binding: Binding, target: RelationName) -> Shape | None:
    made = binding.temporary.get(target)
    if made is not None:
        return Shape(name=target, columns=tuple(output_columns(made).values()), closed=is_closed(made))
    return binding.stored(target)


_WHOLE_ROW_DIALECTS = frozenset(
    {"duckdb", "bigquery", "snowflake", "trino", "presto", "athena", "mysql", "sqlite", "clickhouse"}
)
"""PostgreSQL and Redshift fill the columns to the right with their defaults; the rest is not known well enough."""


def _check_width(binding: Binding, query: Query, shape: Shape, node: exp.Insert | exp.Copy) -> None:
    """INSERT without a list writes by position; every engine refuses more columns than there are, most also fewer."""
    if is_closed(query) and not node.args.get("partition"):
        _check_count(binding, len(query.outputs), shape.name, shape.columns, node.this)


def _check_count(
    binding: Binding, given: int, target: RelationName, columns: Collection[Column], at: exp.Expr
) -> None:
    less = given < len(columns) and binding.dialect in _WHOLE_ROW_DIALECTS
    if given > len(columns) or (less and not any(column.computed for column in columns)):
        message = f"`{target}` has {len(columns)} columns, {given} are inserted"
        binding.report("column-count", message, at, True, relations=(target,))


_REFUSING_DIALECTS = frozenset({
    "postgres", "redshift", "snowflake", "bigquery", "tsql", "databricks", "duckdb", "trino",
})  # fmt: skip
"""Engines that put NULL into a column which an INSERT leaves out and refuse it where it is NOT NULL. MySQL may fill in a zero, SQLite
and ClickHouse do, and in Oracle triggers give the keys."""


def _check_required(binding: Binding, names: tuple[str, ...], shape: Shape | None, node: exp.Insert) -> None:
    """Say which column that takes no NULL and has no default an INSERT with a list leaves out."""
    if shape is None or not shape.closed or binding.dialect not in _REFUSING_DIALECTS:
        return
    for column in shape.columns:
        is_filled = column.computed is not None or "SERIAL" in (column.type or "") or column.name in names
        if column.nullable is False and not is_filled:
            text = f"`{column.name}` of `{shape.name}` takes no NULL, has no default and is left out"
            binding.report("required-column", text, node.this, True, column.name, (shape.name,))


def check_columns(binding: Binding, names: tuple[str, ...], target: RelationName, node: exp.Copy) -> None:
    """Say which of the columns that a COPY lists its table does not have."""
    _check_targets(binding, names, _shape(binding, target), node)


def check_width(
    binding: Binding, query: Query, target: RelationName, names: tuple[str, ...], node: exp.Copy
) -> None:
    """Say where the query of a COPY gives another number of columns than are filled."""
    shape = _shape(binding, target)
    if names:
        _check_listed(binding, query, names, node)
    elif shape is not None and shape.closed:
        _check_width(binding, query, shape, node)


def _check_listed(
    binding: Binding, query: Query, names: tuple[str, ...], node: exp.Insert | exp.Copy
) -> None:
    if is_closed(query) and len(names) != len(query.outputs):
        message = f"{len(names)} columns to insert into, {len(query.outputs)} given"
        binding.report("column-count", message, node.this, True)


def _check_targets(
    binding: Binding, names: tuple[str, ...], shape: Shape | None, node: exp.Insert | exp.Copy
) -> None:
    if shape is None or not shape.closed:
        return
    there = {column.name for column in shape.columns}
    for name in names:
        if name not in there:
            found = next(
                (i for i in node.this.find_all(exp.Identifier) if binding.name(i) == name), node.this
            )
            message = f"`{name}` is not a column of `{shape.name}`"
            binding.report("unknown-column", message, found, True, name, (shape.name,))


def _on_conflict(
    binding: Binding,
    conflict: exp.OnConflict,
    table: exp.Table,
    statement: BoundStatement,
    ctes: dict[str, Cte],
    rows: object,
) -> BoundStatement:
    """`DO UPDATE SET a = excluded.a`: the row that is there is in sight, and the one that was to be inserted."""
    place = Place(binding, ctes, Scope(binding.dialect))
    _add_target(table, place)
    outer = Scope(binding.dialect)
    if statement.query is not None:
        source = Source(id=binding.next_id(), relation=statement.query, join="merge", alias="excluded")
        columns = output_columns(statement.query)
        for position, column in enumerate(statement.columns):
            if position < len(statement.query.outputs):
                output = statement.query.outputs[position]
                columns[column.name] = Column(name=column.name, type=output.type)
        new = Visible(source, "excluded", (("new",), ("excluded",)), columns, is_closed(statement.query))
        new.qualifiers += _alias_of_rows(binding, rows, columns)
        outer.sources.extend((new, *_named_in_from(binding, rows, source)))
    place.scope.parent = outer
    assigns = tuple(_assignments(conflict.expressions, place, place.scope.sources[0]))
    where = conflict.args.get("where")
    condition = to_term(where.this, place.within("where")) if isinstance(where, exp.Where) else None
    sources = tuple(visible.source for visible in (*place.scope.sources, *outer.sources))
    query = Select(sources=sources, outputs=assigns, where=condition)
    return BoundStatement(
        kind="update", targets=statement.targets, query=query, assigns=assigns, condition=condition
    )


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
        outputs = tuple(
            replace(
                output,
                term=Term("star", source=source.id)
                if output.term.op == "star"
                else Term("column", value=output.name, source=source.id),
            )
            for output in shared.outputs
        )
    where = to_term(condition, place.within("where")) if condition is not None else None
    return Select(sources=(source,), outputs=outputs, where=where)


def target_of_update(table: exp.Table, from_: exp.Expr | None) -> exp.Table:
    """Give the table that is updated: `UPDATE a SET … FROM orders a JOIN …` (T-SQL): the target is what the alias stands for."""
    if isinstance(from_, exp.From) and not table.db:
        for other in from_.find_all(exp.Table):
            if other is not table and (other.alias or other.name).lower() == table.name.lower():
                return other
    return table


def _visible_target(place: Place, table: exp.Table) -> Visible | None:
    name = table.alias_or_name.lower()
    return next((visible for visible in place.scope.sources if visible.alias.lower() == name), None)


def _add_target(table: exp.Table, place: Place) -> None:
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


def _assignments(nodes: list[exp.Expr], place: Place, target: Visible | None) -> Iterator[Output]:
    for node in nodes:
        if not isinstance(node, exp.EQ):
            continue
        term = to_term(node.expression, place)
        written = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
        for position, item in enumerate(written):
            part = _assigned(item, place, target)
            if part is None:
                continue
            name = place.binding.name(part)
            _check_assigned(name, part, target, place)
            _check_written(item, part, place)
            line, column = place.binding.position(part)
            value = _component(term, position) if isinstance(node.this, exp.Tuple) else term
            yield Output(name=name, term=value, line=line, column=column)


def _assigned(item: exp.Expr, place: Place, target: Visible | None) -> exp.Expr | None:
    """Give the column that is written: what follows the target's name, before any field of a struct."""
    if isinstance(item, exp.Identifier):
        return item
    if isinstance(item, exp.Dot):
        item = item.find(exp.Column) or item
    if not isinstance(item, exp.Column):
        return None
    parts = [part for part in item.parts if isinstance(part, exp.Identifier)]
    for length in range(len(parts) - 1, 0, -1):
        if place.scope.by_qualifier(tuple(place.binding.name(part) for part in parts[:length])) is not None:
            return parts[length]
    has_struct = target is not None and parts and target.has(place.binding.name(parts[0]))
    return parts[0] if has_struct else parts[-1] if parts else None


def _check_assigned(name: str, part: exp.Expr, target: Visible | None, place: Place) -> None:
    if target is None or target.stored is None or not target.closed or target.has(name):
        return
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


def _changed(
    kind: str, target: RelationName, assigns: tuple[Output, ...], condition: Term | None, place: Place
) -> BoundStatement:
    sources = tuple(visible.source for visible in place.scope.sources)
    query = Select(sources=sources, outputs=assigns, where=condition)
    return BoundStatement(kind=kind, targets=(target,), query=query, assigns=assigns, condition=condition)


def _when(when: exp.Expr, place: Place, guards: list[Term]) -> Iterator[Output]:
    condition, then = when.args.get("condition"), when.args.get("then")
    matched = "matched" if when.args.get("matched") else "not matched"
    seen = place
    if when.args.get("source"):
        matched += " by source"
        seen = _seeing(place, place.scope.sources[0])
    elif matched == "not matched":
        seen = _seeing(place, place.scope.sources[-1])
    args = (to_term(condition, seen),) if isinstance(condition, exp.Expr) else ()
    action = then.key if isinstance(then, exp.Expr) else str(then)
    action = then.name.lower() if isinstance(then, exp.Var) else action
    guards.append(Term("when", args, ("condition",) * len(args), f"{matched} {action} {len(guards) + 1}"))
    if isinstance(then, exp.Update):
        starred = isinstance(then.args.get("expressions"), exp.Star) or any(
            isinstance(item, exp.Star) for item in then.expressions
        )
        if starred:
            yield from _all_by_name(place)
        else:
            yield from _assignments(then.expressions, seen, place.scope.sources[0])
    elif isinstance(then, exp.Insert):
        yield from _merge_insert(then, place, seen)


def _seeing(place: Place, visible: Visible) -> Place:
    """Where there is no row on the other side, a bare name can mean this side only."""
    return replace(place, scope=Scope(place.scope.dialect, parent=place.scope, sources=[visible]))


def _merge_insert(then: exp.Insert, place: Place, seen: Place) -> Iterator[Output]:
    names, values = then.this, then.args.get("expression")
    if isinstance(names, exp.Star) or (names is None and values is None) or _is_row(names, values):
        yield from _all_by_name(place)
        return
    given = values.expressions if isinstance(values, exp.Tuple) else []
    targets = names.expressions if isinstance(names, exp.Tuple) else []
    target = place.scope.sources[0]
    if not given and len(targets) == 1 and targets[0].name.upper() == "VALUES":
        targets, given = (
            [],
            targets[0].expressions,
        )  # the parser takes `INSERT VALUES (…)` for a list of columns
    if targets and len(targets) != len(given):
        text = f"{len(targets)} columns to insert into, {len(given)} given"
        place.binding.report("column-count", text, then, True)
    elif not targets and target.stored is not None and target.closed:
        _check_count(place.binding, len(given), target.stored.name, target.columns.values(), then)
    for index, value in enumerate(given):
        term = to_term(value, seen)
        if index < len(targets):
            part = targets[index].parts[-1] if isinstance(targets[index], exp.Column) else targets[index]
            name = place.binding.name(part)
            _check_assigned(name, part, target, place)
            line, column = place.binding.position(part)
            yield Output(name=name, term=term, line=line, column=column)
        else:
            known = list(target.columns)
            yield Output(name=known[index] if index < len(known) else f"_{index + 1}", term=term)


def _is_row(names: exp.Expr | None, values: exp.Expr | None) -> bool:
    """BigQuery's `INSERT ROW`."""
    return any(isinstance(part, exp.Expr) and part.name.upper() == "ROW" for part in (names, values))


def _all_by_name(place: Place) -> Iterator[Output]:
    """UPDATE SET * and INSERT *: the source's columns by name."""
    source = place.scope.sources[-1]
    if source.stored is not None:
        place.binding.read(source.stored.name, None, None, star=True)
    for name in source.columns if source.closed else ():
        yield Output(name=name, term=source.reference(name))
    if not source.closed:
        yield Output(name="*", term=Term("star", source=source.id))


_CHANGES: dict[type[exp.Expr], Callable[..., Iterator[BoundStatement]]] = {
    exp.Insert: bind_insert,
    exp.Update: bind_update,
    exp.Delete: bind_delete,
    exp.Merge: bind_merge,
}
