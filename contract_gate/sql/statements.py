"""Statements: what each one makes or changes (its targets) and the query that gives the rows."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.relation import Column, RelationName
from contract_gate.sql.algebra import BoundStatement, Output, Query, Select, SetOperation, Shape, Term
from contract_gate.sql.binding import Binding, type_text
from contract_gate.sql.names import ONE_LEVEL
from contract_gate.sql.outputs import rename_outputs
from contract_gate.sql.queries import bind_ctes
from contract_gate.sql.scope import Scope, is_closed, output_columns
from contract_gate.sql.sources import add_source
from contract_gate.sql.terms import Place, to_term

_RELATION_KINDS = frozenset({"TABLE", "VIEW", "MATERIALIZED VIEW", "DYNAMIC TABLE", "STREAMING TABLE"})


def bind_statement(binding: Binding, node: exp.Expr) -> Iterator[BoundStatement]:
    """Bind one statement; gives several where it does several things (`DROP VIEW a, b`)."""
    binding.reads, binding.problems, binding.scanned = [], [], {}
    for bound in _bound(binding, node):
        line, column = binding.position(node)
        statement = replace(bound, line=bound.line if bound.line > 1 else max(line, 1), column=max(column, 1))
        statement = _with_findings(binding, statement)
        _remember(binding, statement)
        yield statement


def _bound(binding: Binding, node: exp.Expr) -> Iterator[BoundStatement]:
    handler = _HANDLERS.get(type(node))
    if handler is not None:
        yield from handler(binding, node)
    elif isinstance(node, exp.Query):
        yield from _query(binding, node)
    elif isinstance(node, exp.Command):
        binding.report("unsupported", f"`{node.name.upper()} …` is not understood", node)
        yield BoundStatement(kind="other")
    else:
        yield BoundStatement(kind="other")


def _with_findings(binding: Binding, statement: BoundStatement) -> BoundStatement:
    explicit = {read.relation for read in binding.reads}
    sources = tuple(name for name in binding.scanned if name in explicit and name not in binding.temporary)
    return replace(
        statement,
        sources=statement.sources or sources,
        reads=tuple(binding.reads),
        problems=tuple(binding.problems),
    )


def _remember(binding: Binding, statement: BoundStatement) -> None:
    """Let the following statements see what this one made."""
    for target in statement.targets:
        if statement.kind == "create" and statement.temporary and statement.query is not None:
            binding.temporary[target] = statement.query
        elif statement.kind == "create":
            binding.temporary.pop(target, None)
            columns, closed = _made_columns(statement)
            binding.made[target] = Shape(name=target, columns=columns, closed=closed)
        elif statement.kind == "insert" and target in binding.temporary and statement.query is not None:
            binding.temporary[target] = _appended(binding.temporary[target], statement.query)
        elif statement.kind == "drop":
            binding.temporary.pop(target, None)
            binding.made.pop(target, None)


def _made_columns(statement: BoundStatement) -> tuple[tuple[Column, ...], bool]:
    if statement.query is not None:
        return tuple(output_columns(statement.query).values()), is_closed(statement.query)
    return statement.columns, bool(statement.columns)


def _appended(before: Query, rows: Query) -> Query:
    """INSERT into a temporary table: its rows are those before and the new ones, by position."""
    outputs = tuple(
        Output(name=output.name, term=Term("column", value=str(index)), type=output.type)
        for index, output in enumerate(before.outputs)
    )
    return SetOperation(kind="union", all=True, left=before, right=rows, outputs=outputs)


def _query(binding: Binding, node: exp.Expr) -> Iterator[BoundStatement]:
    query = binding.subquery(node, {}, None)
    into = node.args.get("into")
    if isinstance(into, exp.Into) and isinstance(into.this, exp.Table):
        target = binding.relation(into.this)
        temporary = bool(into.args.get("temporary")) or into.this.name.startswith("#")
        yield BoundStatement(
            kind="create", targets=(target,), query=query, temporary=temporary, materialization="table"
        )
    else:
        yield BoundStatement(kind="select", query=query)


def _create(binding: Binding, node: exp.Create) -> Iterator[BoundStatement]:
    kind = str(node.args.get("kind") or "").upper()
    schema = node.this if isinstance(node.this, exp.Schema) else None
    table = schema.this if schema is not None else node.this
    if kind not in _RELATION_KINDS or not isinstance(table, exp.Table):
        yield BoundStatement(kind="other")
        return
    properties = node.args.get("properties")
    flags = (
        {type(item) for item in properties.expressions} if isinstance(properties, exp.Properties) else set()
    )
    query, columns = _created_rows(binding, node, schema, properties)
    yield BoundStatement(
        kind="create",
        targets=(binding.relation(table),),
        query=query,
        columns=columns,
        temporary=exp.TemporaryProperty in flags or table.name.startswith("#"),
        materialization="materialized view" if exp.MaterializedProperty in flags else kind.lower(),
        overwrite=bool(node.args.get("replace")),
    )


def _created_rows(
    binding: Binding, node: exp.Create, schema: exp.Schema | None, properties: exp.Expr | None
) -> tuple[Query | None, tuple[Column, ...]]:
    source = node.args.get("expression")
    names = _schema_names(binding, schema)
    columns = _declared(binding, schema)
    clone = node.args.get("clone")
    like = properties.find(exp.LikeProperty) if properties is not None else None
    if isinstance(source, (exp.Query, exp.Subquery, exp.Values)):
        query = binding.subquery(source, bind_ctes(binding, node, {}, None), None)
        return rename_outputs(binding, query, names, node), columns
    if clone is not None and isinstance(clone.this, exp.Table):
        return binding.subquery(clone.this, {}, None), columns
    if like is not None and isinstance(like.this, exp.Table):
        shape = binding.lookup(binding.relation(like.this))
        return None, shape.columns if shape is not None else columns
    return None, columns


def _schema_names(binding: Binding, schema: exp.Schema | None) -> tuple[str, ...]:
    names = []
    for item in schema.expressions if schema is not None else ():
        identifier = item.this if isinstance(item, exp.ColumnDef) else item
        if isinstance(identifier, exp.Identifier):
            names.append(binding.name(identifier))
    return tuple(names)


def _declared(binding: Binding, schema: exp.Schema | None) -> tuple[Column, ...]:
    columns = []
    for item in schema.expressions if schema is not None else ():
        if isinstance(item, exp.ColumnDef):
            columns.append(_column(binding, item))
    return tuple(columns)


def _column(binding: Binding, item: exp.ColumnDef) -> Column:
    kind = item.args.get("kind")
    constraints = {
        type(c.kind) for c in item.args.get("constraints") or () if isinstance(c, exp.ColumnConstraint)
    }
    required = constraints & {exp.NotNullColumnConstraint, exp.PrimaryKeyColumnConstraint}
    return Column(
        name=binding.name(item.this),
        type=type_text(kind, binding.dialect) if isinstance(kind, exp.DataType) else None,
        nullable=False if required else None,
    )


def _insert(binding: Binding, node: exp.Insert) -> Iterator[BoundStatement]:
    schema = node.this if isinstance(node.this, exp.Schema) else None
    table = schema.this if schema is not None else node.this
    if not isinstance(table, exp.Table):
        binding.report("unsupported", "this INSERT names no table", node)
        yield BoundStatement(kind="other")
        return
    ctes = bind_ctes(binding, node, {}, None)
    source = node.args.get("expression")
    query = (
        binding.subquery(source, ctes, None)
        if isinstance(source, (exp.Query, exp.Values, exp.Subquery))
        else None
    )
    yield _inserted(binding, node, table, _schema_names(binding, schema), query)


def _inserted(
    binding: Binding, node: exp.Insert, table: exp.Table, names: tuple[str, ...], query: Query | None
) -> BoundStatement:
    target = binding.relation(table)
    shape = binding.made.get(target) or binding.lookup(target)
    if shape is not None:
        target = shape.name
    if names and query is not None:
        _check_targets(binding, names, shape, node)
        if is_closed(query) and len(names) != len(query.outputs):
            message = f"{len(names)} columns to insert into, {len(query.outputs)} given"
            binding.report("column-count", message, node.this, True)
        query = rename_outputs(binding, query, names, node)
    elif query is not None and shape is not None and shape.closed and not node.args.get("by_name"):
        _check_width(binding, query, shape, node)
    return BoundStatement(
        kind="insert", targets=(target,), query=query, by_name=bool(node.args.get("by_name")) or bool(names),
        overwrite=bool(node.args.get("overwrite")),
    )  # fmt: skip


def _check_width(binding: Binding, query: Query, shape: Shape, node: exp.Expr) -> None:
    """INSERT without a list writes by position; PostgreSQL and DuckDB alike refuse more columns than there are."""
    if is_closed(query) and len(query.outputs) > len(shape.columns):
        message = f"`{shape.name}` has {len(shape.columns)} columns, {len(query.outputs)} are inserted"
        binding.report("column-count", message, node.this, True, relations=(shape.name,))


def _check_targets(binding: Binding, names: tuple[str, ...], shape: Shape | None, node: exp.Expr) -> None:
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


def _multitable(binding: Binding, node: exp.MultitableInserts) -> Iterator[BoundStatement]:
    source = node.args.get("source")
    for item in node.expressions:
        insert = item.this if isinstance(item, exp.ConditionalInsert) else item
        if not isinstance(insert, exp.Insert):
            continue
        query = insert.args.get("expression")
        if isinstance(query, exp.Select) and isinstance(source, exp.Expr) and not query.args.get("from_"):
            query.set("from_", exp.From(this=source.copy()))
        elif query is None and isinstance(source, exp.Query):
            insert.set("expression", source.copy())
        yield from _insert(binding, insert)


def _update(binding: Binding, node: exp.Update) -> Iterator[BoundStatement]:
    table = node.this
    if not isinstance(table, exp.Table):
        yield BoundStatement(kind="other")
        return
    place = Place(binding, bind_ctes(binding, node, {}, None), Scope(binding.dialect))
    from_ = node.args.get("from_")
    target_table = _target_of_update(table, from_)
    target = binding.relation(target_table)
    if target_table is table:
        _add_target(table, place)
    if isinstance(from_, exp.From):
        kind = "cross" if place.scope.sources else "from"
        add_source(from_.this, kind, place)
    assigns = tuple(_assignments(node.expressions, place))
    where = node.args.get("where")
    condition = to_term(where.this, place.within("where")) if isinstance(where, exp.Where) else None
    yield _changed("update", target, assigns, condition, place)


def _target_of_update(table: exp.Table, from_: exp.Expr | None) -> exp.Table:
    """`UPDATE a SET … FROM orders a JOIN …` (T-SQL): the target is what the alias stands for."""
    if isinstance(from_, exp.From) and not table.db:
        for other in from_.find_all(exp.Table):
            if other is not table and (other.alias or other.name).lower() == table.name.lower():
                return other
    return table


def _add_target(table: exp.Table, place: Place) -> None:
    """See the target's columns without counting it as read from storage: only what SET and WHERE name is."""
    reads, scanned = len(place.binding.reads), dict(place.binding.scanned)
    add_source(table, "from", place)
    del place.binding.reads[reads:]
    place.binding.scanned = {
        name: None for name in place.binding.scanned if name in scanned or name != binding_target(place)
    }


def binding_target(place: Place) -> RelationName | None:
    """Give the relation of the first source in sight: the target of an UPDATE, MERGE or DELETE."""
    stored = place.scope.sources[0].stored if place.scope.sources else None
    return stored.name if stored is not None else None


def _assignments(nodes: list[exp.Expr], place: Place) -> Iterator[Output]:
    for node in nodes:
        if isinstance(node, exp.EQ) and isinstance(node.this, (exp.Column, exp.Dot, exp.Identifier)):
            last = node.this.parts[-1] if isinstance(node.this, (exp.Column, exp.Dot)) else node.this
            term = to_term(node.expression, place)
            line, column = place.binding.position(last)
            yield Output(name=place.binding.name(last), term=term, line=line, column=column)
        elif isinstance(node, exp.EQ) and isinstance(node.this, exp.Tuple):
            yield from _tuple_assignment(node, place)


def _tuple_assignment(node: exp.EQ, place: Place) -> Iterator[Output]:
    term = to_term(node.expression, place)
    for target in node.this.expressions:
        yield Output(
            name=place.binding.name(target.parts[-1] if isinstance(target, exp.Column) else target), term=term
        )


def _changed(
    kind: str, target: RelationName, assigns: tuple[Output, ...], condition: Term | None, place: Place
) -> BoundStatement:
    sources = tuple(visible.source for visible in place.scope.sources)
    query = Select(sources=sources, outputs=assigns, where=condition)
    return BoundStatement(kind=kind, targets=(target,), query=query, assigns=assigns, condition=condition)


def _merge(binding: Binding, node: exp.Merge) -> Iterator[BoundStatement]:
    table = node.this
    if not isinstance(table, exp.Table):
        yield BoundStatement(kind="other")
        return
    place = Place(binding, bind_ctes(binding, node, {}, None), Scope(binding.dialect))
    _add_target(table, place)
    add_source(node.args["using"], "merge", place)
    condition = node.args.get("on")
    on = to_term(condition, place.within("on")) if isinstance(condition, exp.Expr) else None
    assigns: list[Output] = []
    guards: list[Term] = []
    for when in node.args["whens"].expressions:
        assigns.extend(_when(when, place, guards))
    last = place.scope.sources[-1]
    last.source = replace(last.source, on=on)
    target = binding_target(place) or binding.relation(table)
    statement = _changed("merge", target, tuple(assigns), None, place)
    if isinstance(statement.query, Select):
        statement = replace(statement, query=replace(statement.query, modifiers=tuple(guards)))
    yield statement


def _when(when: exp.Expr, place: Place, guards: list[Term]) -> Iterator[Output]:
    condition, then = when.args.get("condition"), when.args.get("then")
    matched = "matched" if when.args.get("matched") else "not matched"
    if when.args.get("source"):
        matched += " by source"
    args = (to_term(condition, place),) if isinstance(condition, exp.Expr) else ()
    action = then.key if isinstance(then, exp.Expr) else str(then)
    action = then.name.lower() if isinstance(then, exp.Var) else action
    guards.append(Term("when", args, ("condition",) * len(args), f"{matched} {action}"))
    if isinstance(then, exp.Update):
        yield from _assignments(then.expressions, place)
        if any(isinstance(item, exp.Star) for item in then.expressions):
            yield from _all_by_name(place)
    elif isinstance(then, exp.Insert):
        yield from _merge_insert(then, place)


def _merge_insert(then: exp.Insert, place: Place) -> Iterator[Output]:
    names, values = then.this, then.args.get("expression")
    if isinstance(names, exp.Star) or (names is None and values is None) or names.name.upper() == "ROW":
        yield from _all_by_name(place)
        return
    given = values.expressions if isinstance(values, exp.Tuple) else []
    targets = names.expressions if isinstance(names, exp.Tuple) else []
    for index, value in enumerate(given):
        term = to_term(value, place)
        if index < len(targets):
            part = targets[index].parts[-1] if isinstance(targets[index], exp.Column) else targets[index]
            line, column = place.binding.position(part)
            yield Output(name=place.binding.name(part), term=term, line=line, column=column)
        else:
            known = list(place.scope.sources[0].columns)
            yield Output(name=known[index] if index < len(known) else f"_{index + 1}", term=term)


def _all_by_name(place: Place) -> Iterator[Output]:
    """UPDATE SET * and INSERT *: the source's columns by name."""
    source = place.scope.sources[-1]
    if source.stored is not None:
        place.binding.read(source.stored.name, None, None, star=True)
    for name in source.columns if source.closed else ():
        yield Output(name=name, term=Term("column", value=name, source=source.id))
    if not source.closed:
        yield Output(name="*", term=Term("star", source=source.id))


def _delete(binding: Binding, node: exp.Delete) -> Iterator[BoundStatement]:
    if not isinstance(node.this, exp.Table):
        yield BoundStatement(kind="other")
        return
    place = Place(binding, bind_ctes(binding, node, {}, None), Scope(binding.dialect))
    _add_target(node.this, place)
    for item in node.args.get("using") or ():
        add_source(item, "cross", place)
    where = node.args.get("where")
    condition = to_term(where.this, place.within("where")) if isinstance(where, exp.Where) else None
    target = binding_target(place) or binding.relation(node.this)
    yield _changed("delete", target, (), condition, place)


def _truncate(binding: Binding, node: exp.TruncateTable) -> Iterator[BoundStatement]:
    for table in node.expressions:
        if isinstance(table, exp.Table):
            yield BoundStatement(kind="truncate", targets=(binding.relation(table),))


def _copy(binding: Binding, node: exp.Copy) -> Iterator[BoundStatement]:
    into = bool(node.args.get("kind"))
    target = node.this.this if isinstance(node.this, exp.Schema) else node.this
    query = None
    files = node.args.get("files") or ()
    for item in files:
        if isinstance(item, exp.Subquery):
            query = binding.subquery(item, {}, None)
    if isinstance(target, exp.Table) and isinstance(target.this, exp.Identifier) and into:
        yield BoundStatement(kind="copy", targets=(binding.relation(target),), query=query)
    elif isinstance(node.this, exp.Query):
        yield BoundStatement(kind="select", query=binding.subquery(node.this, {}, None))
    else:
        yield BoundStatement(
            kind="other", sources=(binding.relation(target),) if isinstance(target, exp.Table) else ()
        )


def _alter(binding: Binding, node: exp.Alter) -> Iterator[BoundStatement]:
    table = node.this
    if not isinstance(table, exp.Table):
        yield BoundStatement(kind="other")
        return
    target = binding.relation(table)
    for action in node.args.get("actions") or ():
        if isinstance(action, exp.AlterRename) and isinstance(action.this, exp.Table):
            renamed = binding.relation(action.this)
            if len(renamed.parts) < len(target.parts):
                renamed = RelationName((*target.parts[: -len(renamed.parts)], *renamed.parts))
            yield BoundStatement(kind="rename", targets=(target,), renamed_to=renamed)
        elif isinstance(action, exp.SwapTable):
            yield BoundStatement(kind="rename", targets=(target,), renamed_to=binding.relation(action.this))
        else:
            yield _altered(binding, target, action)


def _altered(binding: Binding, target: RelationName, action: exp.Expr) -> BoundStatement:
    """One column added (`columns`), or a `assigns` entry: `renamed` (old → new), `dropped`, `retyped`."""
    match action:
        case exp.ColumnDef():
            return BoundStatement(kind="alter", targets=(target,), columns=(_column(binding, action),))
        case exp.RenameColumn():
            old, new = (binding.name(part.parts[-1]) for part in (action.this, action.args["to"]))
            term = Term("renamed", value=new)
            return BoundStatement(kind="alter", targets=(target,), assigns=(Output(name=old, term=term),))
        case exp.Drop() if str(action.args.get("kind") or "").upper() == "COLUMN":
            dropped = tuple(
                Output(name=binding.name(column.parts[-1]), term=Term("dropped"))
                for column in action.args.get("tables") or ()
                if isinstance(column, exp.Column)
            )
            return BoundStatement(kind="alter", targets=(target,), assigns=dropped)
        case exp.AlterColumn() if isinstance(action.args.get("dtype"), exp.DataType):
            spelled = type_text(action.args["dtype"], binding.dialect)
            output = Output(name=binding.name(action.this), term=Term("retyped", value=spelled), type=spelled)
            return BoundStatement(kind="alter", targets=(target,), assigns=(output,))
        case _:
            return BoundStatement(kind="alter", targets=(target,))


def _drop(binding: Binding, node: exp.Drop) -> Iterator[BoundStatement]:
    if str(node.args.get("kind") or "").upper() not in _RELATION_KINDS:
        yield BoundStatement(kind="other")
        return
    for table in node.args.get("tables") or ():
        if isinstance(table, exp.Table):
            yield BoundStatement(kind="drop", targets=(binding.relation(table),))


def _use(binding: Binding, node: exp.Use) -> Iterator[BoundStatement]:
    """USE changes what the following unqualified names mean."""
    if isinstance(node.this, exp.Table):
        parts = binding.relation_as_written(node.this)
        kind = str(node.args["kind"].name).upper() if isinstance(node.args.get("kind"), exp.Expr) else ""
        if len(parts) > 1:
            binding.default_database, binding.default_schema = parts[-2], parts[-1]
        elif kind == "SCHEMA" or (not kind and binding.dialect in ONE_LEVEL):
            binding.default_schema = parts[-1]
        elif kind in ("", "DATABASE", "CATALOG"):
            binding.default_database = parts[-1]
    yield BoundStatement(kind="other")


_HANDLERS: dict[type[exp.Expr], Callable[..., Iterator[BoundStatement]]] = {
    exp.Create: _create,
    exp.Insert: _insert,
    exp.MultitableInserts: _multitable,
    exp.Update: _update,
    exp.Merge: _merge,
    exp.Delete: _delete,
    exp.TruncateTable: _truncate,
    exp.Copy: _copy,
    exp.Alter: _alter,
    exp.Drop: _drop,
    exp.Use: _use,
}
