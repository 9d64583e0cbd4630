"""Functions in FROM, bound: those that the repository makes, and the rows and columns that others give."""

from dataclasses import replace
from itertools import takewhile, zip_longest

from sqlglot import exp

from contract_gate.core.relation import Column
from contract_gate.sql.algebra import Scan, Source, TableFunction, Term
from contract_gate.sql.families import TRINO
from contract_gate.sql.functions import SPREADING, UNNESTING
from contract_gate.sql.given import is_closed, output_columns
from contract_gate.sql.query.binding import respelled
from contract_gate.sql.query.calls import called_name, find_routine
from contract_gate.sql.query.fields import element, fields_of, of_values
from contract_gate.sql.query.outputs import rename_outputs
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Visible
from contract_gate.sql.query.tablefunctions import SEARCHING, function_columns
from contract_gate.sql.query.terms import to_term
from contract_gate.sql.query.visibles import alias_columns, alias_name, renamed, seen, with_modifier


def bind_called(node: exp.Expr, kind: str, place: Place) -> Visible | None:
    """A function of the script or the repository that gives rows: read like the relation that it gives."""
    binding = place.binding
    if not isinstance(node, (exp.Table, exp.Lateral, exp.TableFromRows)) or not isinstance(
        node.this, exp.Expr
    ):
        return None
    if isinstance(node.this, exp.Window):
        # Snowflake calls a function once for each partition of its rows.
        for part in node.this.args.get("partition_by") or ():
            to_term(part, place)
        bare = node.copy()
        bare.set("this", node.this.this.copy())
        return bind_called(bare, kind, place)
    name = called_name(node, binding)
    call = node.this.expression if isinstance(node.this, exp.Dot) else node.this
    routine = find_routine(name, call, binding) if name is not None else None
    if routine is None or not routine.is_table:
        return None
    alias = alias_name(node, binding) or routine.name.name
    # PostgreSQL calls the one column of SETOF int as the function is called here.
    of_values = [column.name for column in routine.columns] == [routine.name.name]
    names = alias_columns(node, binding) or (alias,) * of_values
    arguments = tuple(to_term(item, place) for item in call.expressions)
    number = binding.next_id()
    if routine.query is not None:
        query = rename_outputs(binding, routine.query, names, node)
        visible = seen(Source(id=number, relation=query, join=kind, lateral=True, alias=alias), alias, query)
        if not arguments:
            return visible
        return with_modifier(visible, Term("arguments", arguments, ("this",) * len(arguments)))
    known = respelled(routine.columns, binding.dialect)
    scan = Scan(name=routine.name, known=known, closed=routine.closed, modifiers=arguments)
    binding.read(routine.name, None, node)
    source = Source(id=number, relation=scan, join=kind, lateral=True, alias=alias)
    visible = Visible(source, alias, (), {column.name: column for column in known}, scan.closed)
    return renamed(visible, names)


def bind_function(node: exp.Expr, kind: str, place: Place) -> Visible:
    """Give the rows of a function that nobody here makes, with its columns where they are known."""
    binding = place.binding
    inner = node.this if isinstance(node, (exp.Table, exp.Lateral, exp.TableFromRows)) else node
    alias = alias_name(node, binding) or ""
    term = _function_term(node, inner, place)
    names = alias_columns(node, binding)
    known, closed = function_columns(inner, node, alias, names, binding)
    known, closed = _of_elements(term, known, closed, alias, names, place)
    known, closed = _of_history(term, known, closed, binding.dialect)
    _check_names(term, names, place, node)
    relation = TableFunction(term=term, known=known, closed=closed)
    source = Source(id=binding.next_id(), relation=relation, join=kind, lateral=True, alias=alias)
    return Visible(source, alias, (), {column.name: column for column in known}, closed)


def bind_array(node: exp.Expr, kind: str, place: Place) -> Visible:
    """ClickHouse: `ARRAY JOIN a AS x` gives the elements of an array, under the name of the array where it has no other."""
    array = node.this if isinstance(node, exp.Alias) else node
    name = place.binding.name(node.args["alias"]) if isinstance(node, exp.Alias) else array.name
    term = Term("unnest", (to_term(array, place),), ("expressions",))
    column = Column(name=name, fields=element(fields_of(term.args[0], place.scope)))
    relation = TableFunction(term=term, known=(column,), closed=True)
    source = Source(id=place.binding.next_id(), relation=relation, join=kind, lateral=True, alias="")
    return Visible(source, "", (), {name: column}, True)


def _check_names(term: Term, names: tuple[str, ...], place: Place, node: exp.Expr) -> None:
    """Where the fields of the elements become columns, the alias must name each of them."""
    dialect = place.binding.dialect
    spreads = (term.op == "unnest" and dialect in TRINO) or term.op in SPREADING
    fields = element(fields_of(term.args[0], place.scope)) if spreads and len(term.args) == 1 else None
    if fields is None or not names or term.value:
        return
    if len(names) != len(fields.columns):
        text = f"{len(names)} names are given to {len(fields.columns)} columns"
        place.binding.report("column-count", text, node, True, "alias", place.scope.stored())


def _of_history(
    term: Term, known: tuple[Column, ...], closed: bool, dialect: str
) -> tuple[tuple[Column, ...], bool]:
    """BigQuery: `APPENDS(TABLE t, …)` and `CHANGES(…)` give the rows of t, and when they came."""
    query = term.args[0].query if term.op in ("appends", "changes") and term.args else None
    if query is None or dialect != "bigquery" or not is_closed(query):
        return known, closed
    own = tuple(Column(name=name) for name in ("_change_type", "_change_timestamp"))
    return (*output_columns(query).values(), *own), True


def _of_elements(
    term: Term, known: tuple[Column, ...], closed: bool, alias: str, names: tuple[str, ...], place: Place
) -> tuple[tuple[Column, ...], bool]:
    """What UNNEST makes of an array of structs: BigQuery and PostgreSQL a column for each field, others one that is a struct.

    Trino spreads the fields over the columns that the alias names, and they keep their names where it names none.
    """
    is_split = term.op in UNNESTING | SPREADING
    fields = element(fields_of(term.args[0], place.scope)) if is_split and term.args else None
    dialect = place.binding.dialect
    is_spread = term.op in SPREADING
    if fields is not None and (is_spread or dialect == "postgres"):
        pairs = zip_longest(fields.columns, names[: len(fields.columns)])
        own = tuple(replace(column, name=name or column.name) for column, name in pairs)
        return own, is_spread or (not term.value and len(term.args) == 1)
    first = 1 if term.op.startswith("posexplode") and len(known) > 1 else 0
    if fields is None and is_split and term.args and len(known) > first + 1:
        # The rows of a map are its keys and its values.
        values = of_values(term.args[0], place.scope)
        return (*known[: first + 1], replace(known[first + 1], fields=values), *known[first + 2 :]), closed
    if fields is not None and dialect in TRINO and not names:
        own = tuple(replace(column, known_as=column.name) for column in fields.columns)
        return own, not term.value and len(term.args) == 1
    if fields is not None and dialect in TRINO:
        spread = zip_longest(known, fields.columns[: len(known)])
        return tuple(replace(one, fields=own.fields if own else None) for one, own in spread), closed
    if fields is None or not (known or dialect == "bigquery"):
        return known, closed
    if dialect == "bigquery":
        rest = [column for column in known if column.name != alias]
        return (*(replace(column, known_as=column.name) for column in fields.columns), *rest), True
    return (*known[:first], replace(known[first], fields=fields), *known[first + 1 :]), closed


def _function_term(node: exp.Expr, inner: object, place: Place) -> Term:
    if isinstance(inner, exp.Values):
        rows = tuple(to_term(row, place) for row in inner.expressions)
        return Term(
            "values", rows, ("expressions",) * len(rows), "numbered" * bool(inner.args.get("numbered"))
        )
    if isinstance(inner, exp.Unnest):
        arrays = tuple(to_term(array, place) for array in inner.expressions)
        return Term(
            "unnest", arrays, ("expressions",) * len(arrays), "offset" if inner.args.get("offset") else ""
        )
    if isinstance(inner, exp.Expr):
        _name_server(inner)
        _name_options(inner)
        _name_searched(inner, place)
        _name_elsewhere(inner, place)
        if isinstance(inner, exp.SemanticView):
            _read_named(inner.this, (), place)
            return Term("semanticview", value=inner.sql(dialect=place.binding.dialect or None))
        term = to_term(inner, place)
        return replace(term, value=f"{term.value} ordinality") if node.args.get("ordinality") else term
    items: list[exp.Expr] = node.args.get("rows_from") or []
    together = tuple(
        _function_term(each, each if isinstance(each, exp.Unnest) else each.this, place) for each in items
    )
    return Term("rows_from", together, ("expressions",) * len(together))


def _name_server(function: exp.Expr) -> None:
    """`OPENQUERY(server, 'query')` (T-SQL) names a linked server by an identifier; it reads no column."""
    first = function.expressions[0] if function.expressions else None
    if function.name.lower() == "openquery" and isinstance(first, exp.Column) and not first.table:
        first.replace(exp.var(first.name))


def _name_searched(function: exp.Expr, place: Place) -> None:
    """`CONTAINSTABLE(t, (a, b), 'x')` (T-SQL) names a table and its columns, whatever else FROM reads."""
    given = function.expressions
    if function.name.lower() not in SEARCHING or len(given) < 2 or not isinstance(given[0], exp.Column):
        return
    parts = dict(zip(("this", "db", "catalog"), reversed(given[0].parts), strict=False))
    _read_named(exp.Table(**parts), tuple(given[1].find_all(exp.Column)), place)
    for item in given[:2]:
        item.replace(exp.var(item.sql()))


def _name_elsewhere(function: exp.Expr, place: Place) -> None:
    """ClickHouse's `cluster('c', d.t)` and `remote('h', d, t)` name a table, that of a cluster the one that is known here.

    https://clickhouse.com/docs/sql-reference/table-functions/cluster
    """
    name, given = function.name.lower(), function.expressions[1:3]
    if place.binding.dialect != "clickhouse" or name not in _ELSEWHERE:
        return
    named = list(takewhile(lambda each: isinstance(each, exp.Column), given))
    parts = [
        part for each in named[: 1 if named and named[0].args.get("table") else 2] for part in each.parts
    ]
    if parts and name in _OF_A_CLUSTER:
        _read_named(exp.Table(**dict(zip(("this", "db"), reversed(parts), strict=False))), (), place)
    for each in named:
        each.replace(exp.var(each.sql()))


_OF_A_CLUSTER = frozenset({"cluster", "clusterallreplicas"})
_ELSEWHERE = _OF_A_CLUSTER | {"remote", "remotesecure"}


def _read_named(table: exp.Table, columns: tuple[exp.Column, ...], place: Place) -> None:
    binding = place.binding
    full = binding.relation(table)
    shape = binding.read_as(full)
    name = shape.name if shape is not None else full
    there = {column.name for column in shape.columns} if shape is not None and shape.closed else None
    binding.scanned.setdefault(name)
    binding.read(name, None, table)
    for column in columns:
        named = binding.name(column.this)
        binding.read(name, named, column)
        if there is not None and named not in there:
            text = f"`{named}` is not a column of `{name}`"
            binding.report("unknown-column", text, column, True, named, (name,))


def _name_options(function: exp.Expr) -> None:
    """`read_csv('f', header = true)` names an option of the function; it compares no column."""
    for option in function.expressions:
        if isinstance(option, exp.EQ) and isinstance(option.this, exp.Column) and not option.this.table:
            option.replace(exp.Kwarg(this=option.this.this.copy(), expression=option.expression.copy()))
    if isinstance(function, (exp.ReadCSV, exp.ReadParquet)):
        plain = [each for each in function.expressions if not isinstance(each, exp.Kwarg)]
        named = [each for each in function.expressions if isinstance(each, exp.Kwarg)]
        function.set("expressions", [*plain, *sorted(named, key=lambda each: each.this.name.lower())])
