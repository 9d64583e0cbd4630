"""CREATE FUNCTION and CREATE MACRO, bound: how the function is called, and the query or the text that says what it gives.

A function that gives rows is read like a relation; one that gives a value is a relation of one row and one column
(`RESULT`). A body in SQL is bound with its parameters as variables, called by their places; any other body is text.
"""

import re
from collections.abc import Iterator, Sequence

from sqlglot import exp

from contract_gate.core.relation import Column, RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.sql.algebra import (
    RESULT,
    Output,
    Parameter,
    Query,
    Routine,
    Select,
    Signature,
    Source,
    Term,
)
from contract_gate.sql.comments import blank, on_one_line
from contract_gate.sql.families import MYSQL, SPARK, TSQL
from contract_gate.sql.parsing.alterations import SETOF
from contract_gate.sql.parsing.chunks import is_block
from contract_gate.sql.parsing.functions import ANY_ARGUMENTS, TEXT, UNDER
from contract_gate.sql.parsing.parse import Parsed, parse
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.calls import find_named
from contract_gate.sql.query.fields import fields_of, fields_of_type
from contract_gate.sql.query.outputs import rename_outputs
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Scope
from contract_gate.sql.query.terms import output_type, to_term
from contract_gate.sql.query.typenames import columns_of_type, spelled_type
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.statement.constraints import properties_of
from contract_gate.sql.statement.triggers import row_names

WITHOUT_OVERLOADS = TSQL | MYSQL | SPARK | {"bigquery", "oracle", "clickhouse"}
ROUTINE_KINDS = frozenset({"FUNCTION", "MACRO"})


def bind_routine(binding: Binding, node: exp.Create) -> Iterator[BoundStatement]:
    """Bind the CREATE of a function; `create` is told as `function`, which makes no relation."""
    if isinstance(node.args.get("expression"), exp.MacroOverloads):
        for each in node.args["expression"].expressions:
            yield from bind_routine(binding, _alone(node, each))
        return
    holder = node.this
    table = holder.this if isinstance(holder, exp.UserDefinedFunction) else holder
    parameters = parameters_of(binding, node)
    returns = _returns(node)
    columns = _columns(binding, node, returns)
    outer = dict(binding.parameters)
    binding.parameters = {p.name: f"${index + 1}" for index, p in enumerate(parameters) if p.name is not None}
    body = _body(binding, node)
    binding.parameters = outer
    is_table = bool(columns) or _returns_rows(node, returns)
    columns = tuple(column for column in columns if column.name != SETOF)
    query, mode = body.query, body.text
    under = _under(node)
    if is_table and query is not None and columns:
        query = _declared(binding, query, columns, node)
    if is_table and under:
        mode = f"{mode} {under}".strip()
    if not is_table:
        query, mode = _value(binding, body, returns, under), ""
    yield BoundStatement(
        kind="function", targets=(binding.relation(table),), query=query, columns=columns, mode=mode,
        signature=Signature(
            parameters=parameters, is_table=is_table, of_row=row_names(binding, node, returns),
            is_only=binding.dialect in WITHOUT_OVERLOADS,
        ),
        materialization="function",
        temporary=is_temporary(node), overwrite=bool(node.args.get("replace")), is_late=not _is_bound_at_once(binding, node),
    )  # fmt: skip


def _is_bound_at_once(binding: Binding, node: exp.Create) -> bool:
    """PostgreSQL binds what is written in SQL when it is made, unless the session says otherwise, as pg_dump does.

    https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-CHECK-FUNCTION-BODIES
    """
    language = node.find(exp.LanguageProperty)
    checks = binding.settings.get("check_function_bodies", "").strip("'").lower()
    in_sql = language is None or language.this.name.lower() == "sql"
    return binding.dialect == "postgres" and in_sql and checks not in ("off", "false", "no", "0")


def _alone(node: exp.Create, overload: exp.Expr) -> exp.Create:
    """One form of a DuckDB macro that has several, as a macro."""
    alone = node.copy()
    body = overload.this.copy()
    alone.set("expression", body)
    alone.set(
        "this",
        exp.UserDefinedFunction(
            this=node.this.this.copy(),
            expressions=[each.copy() for each in overload.expressions],
            wrapped=True,
        ),
    )
    return alone


def _under(node: exp.Create) -> str:
    """Give what else decides a function's value: NULL for a NULL, and the settings that it runs under."""
    is_strict = any(
        isinstance(each, exp.StrictProperty)
        or (isinstance(each, exp.ReturnsProperty) and bool(each.args.get("null")))
        for each in properties_of(node)
    )
    return ", ".join(text for text in ("strict" * is_strict, node.meta.get(UNDER, "")) if text)


def routine_of(statement: BoundStatement) -> Routine:
    """Give what the statements after it can call."""
    signature = statement.signature or Signature()
    query, body, columns = statement.query, None, statement.columns
    if not signature.is_table and isinstance(query, Select):
        columns = tuple(Column(name=RESULT, type=o.type, fields=o.fields) for o in query.outputs)
        body = query.outputs[0].term if not query.sources else Term("scalar", query=query)
    return Routine(
        name=statement.targets[0], signatures=(signature,), columns=columns,
        closed=bool(columns), query=query if signature.is_table else None, body=body,
        is_type=(statement.materialization or "").endswith("type"),
        has_attributes=statement.materialization == "composite type", constraints=statement.constraints,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """`text` says what no query does: the code of another language, the statements of a block."""

    query: Query | None = None
    value: Term | None = None
    type: str | None = None
    text: str = ""


def parameters_of(binding: Binding, node: exp.Create) -> tuple[Parameter, ...]:
    """Give the arguments that a routine takes; what a function gives by OUT is none."""
    body = node.args.get("expression")
    if isinstance(body, exp.Lambda):
        return tuple(Parameter(name=binding.name(each)) for each in body.expressions)
    holder = node.this
    if node.meta.get(ANY_ARGUMENTS):
        return (Parameter(variadic=True),)
    items = holder.expressions if isinstance(holder, (exp.UserDefinedFunction, exp.StoredProcedure)) else []
    is_procedure = str(node.args.get("kind")).upper() == "PROCEDURE"
    return tuple(_parameter(binding, item) for item in items if is_procedure or not _is_output(item))


def _is_output(item: exp.Expr) -> bool:
    way = item.find(exp.InOutColumnConstraint)
    return way is not None and bool(way.args.get("output")) and not way.args.get("input_")


def _parameter(binding: Binding, item: exp.Expr) -> Parameter:
    if isinstance(item, exp.Identifier):
        # A macro's parameter; where the dialect has types it is a type without a name.
        is_name = binding.dialect == "duckdb"
        name = binding.name(item)
        return Parameter(name=name if is_name else None, type=None if is_name else name.upper())
    kind = item.args.get("kind")
    way = item.find(exp.InOutColumnConstraint)
    named = item.this
    name = binding.name(named) if isinstance(named, exp.Identifier) else named.name.lower()
    return Parameter(
        name=name,
        type=spelled_type(binding, kind) if isinstance(kind, exp.DataType) else None,
        default=_default(binding, item),
        variadic=way is not None and bool(way.args.get("variadic")),
    )


def _default(binding: Binding, item: exp.Expr) -> str | None:
    constraint = item.find(exp.DefaultColumnConstraint)
    given = constraint.this if constraint is not None else item.args.get("default")
    return given.sql(dialect=binding.dialect or None) if isinstance(given, exp.Expr) else None


def _returns(node: exp.Create) -> exp.Expr | None:
    for found in properties_of(node):
        if isinstance(found, exp.ReturnsProperty) and isinstance(found.this, exp.Expr):
            return found.this
    given = _given_out(node)
    return given[0].args.get("kind") if len(given) == 1 else None


def _given_out(node: exp.Create) -> list[exp.Expr]:
    """Give the OUT parameters: a function with one gives its value, with several a row of them."""
    items = node.this.expressions if isinstance(node.this, exp.UserDefinedFunction) else []
    return [item for item in items if _is_output(item)]


def _returns_rows(node: exp.Create, returns: exp.Expr | None) -> bool:
    if returns is None:
        return _gives_rows(node)
    holder = returns.parent
    said = isinstance(holder, exp.ReturnsProperty) and bool(holder.args.get("is_table"))
    return said or isinstance(returns, exp.Schema) or returns.name.upper() == "TABLE"


def _columns(binding: Binding, node: exp.Create, returns: exp.Expr | None) -> tuple[Column, ...]:
    """Give the columns that a function declares to give: RETURNS TABLE (…), or its OUT parameters."""
    items = returns.expressions if isinstance(returns, exp.Schema) else []
    if not isinstance(returns, exp.Schema) and len(outs := _given_out(node)) > 1:
        items = outs
    found = []
    for item in items:
        if isinstance(item, exp.ColumnDef):
            kind = item.args.get("kind")
            spelled = spelled_type(binding, kind) if isinstance(kind, exp.DataType) else None
            found.append(Column(name=binding.name(item.this), type=spelled))
            if found[-1].name == SETOF and isinstance(kind, exp.DataType):
                is_named = kind.this is exp.DataType.Type.USERDEFINED
                value = Column(name=binding.name(node.this.this.this), type=spelled)
                found.extend(columns_of_type(binding, kind) if is_named else (value,))
    return tuple(found)


def _gives_rows(node: exp.Create) -> bool:
    body = node.args.get("expression")
    inner = body.this if isinstance(body, exp.Return) else body
    return isinstance(inner, exp.Query) and not isinstance(inner, exp.Subquery)


def is_temporary(node: exp.Create) -> bool:
    """Tell whether what is made ends with the session."""
    return any(isinstance(each, exp.TemporaryProperty) for each in properties_of(node))


def _declared(binding: Binding, query: Query, columns: Sequence[Column], node: exp.Create) -> Query:
    """Give the rows of the body under the names and types that the function says it gives."""
    names = tuple(column.name for column in columns)
    if any(output.term.op == "star" for output in query.outputs):
        number = binding.next_id()
        terms = [Term("column", value=name, source=number) for name in names]
        outputs = tuple(Output(name=c.name, term=t, type=c.type) for c, t in zip(columns, terms, strict=True))
        return Select(sources=(Source(id=number, relation=query, alias=""),), outputs=outputs)
    if len(names) != len(query.outputs):
        message = f"{len(names)} columns to give, and the body gives {len(query.outputs)}"
        binding.report("column-count", message, node.this, True)
        return query
    renamed = rename_outputs(binding, query, names, node)
    outputs = tuple(
        replace(output, type=column.type or output.type)
        for output, column in zip(renamed.outputs, columns, strict=True)
    )
    return replace(renamed, outputs=outputs)


def _value(binding: Binding, body: _Body, returns: exp.Expr | None, under: str) -> Query:
    """Write a function of one value as a query of one row: its callers read `RESULT`."""
    given = spelled_type(binding, returns) if isinstance(returns, exp.DataType) else body.type
    query = body.query
    if not under and isinstance(query, Select) and len(query.outputs) == 1:
        only = query.outputs[0]
        term = _as_type(only.term, returns, given)
        fields = only.fields or fields_of_type(given, binding.dialect)
        return replace(query, outputs=(replace(only, name=RESULT, term=term, type=given, fields=fields),))
    term = Term("scalar", query=query) if query is not None else body.value or Term("word", value=body.text)
    term = Term("under", (term,), ("this",), under) if under else term
    fields = fields_of_type(given, binding.dialect) or fields_of(term, Scope(binding.dialect))
    output = Output(
        name=RESULT, term=_as_type(term, returns, given), type=given, fields=fields, line=1, column=1
    )
    return Select(sources=(), outputs=(output,))


def _as_type(term: Term, returns: exp.Expr | None, given: str | None) -> Term:
    """A function gives its value in the type that it declares."""
    return term if given is None or returns is None else Term("cast", (term,), ("this",), given)


def _body(binding: Binding, node: exp.Create) -> _Body:
    body = node.args.get("expression")
    inner = body.this if isinstance(body, exp.Return) else body
    if node.find(exp.ExternalProperty) is not None and isinstance(inner, exp.Literal):
        return _Body(text=" ".join([inner.name, *_options(binding, node)]))
    match inner:
        case exp.Heredoc() | exp.RawString() | exp.Literal():
            return _text(binding, node, inner)
        case exp.Lambda():
            place = Place(binding, {}, Scope(binding.dialect))
            return _Body(value=to_term(_as_columns(inner), place))
        case exp.Subquery() if isinstance(inner.this, exp.Query):
            return _Body(query=binding.subquery(inner.this, {}, None))
        case exp.Query():
            return _Body(query=binding.subquery(inner, {}, None))
        case exp.Expr():
            return _expression(binding, inner)
        case _:
            return _Body(text=" ".join(["no body", *_options(binding, node)]))


def _as_columns(function: exp.Lambda) -> exp.Expr:
    """ClickHouse's `(x, k) -> k * x` with its parameters as columns, which is what other dialects write."""
    names = {each.name for each in function.expressions}
    body: exp.Expr = function.this.copy()
    for found in list(body.find_all(exp.Identifier)):
        if found.name in names and not isinstance(found.parent, exp.Column):
            found.replace(exp.Column(this=found.copy()))
    return body


def _expression(binding: Binding, node: exp.Expr) -> _Body:
    place = Place(binding, {}, Scope(binding.dialect))
    node = node.unnest()
    term = to_term(node, place)
    return _Body(value=term, type=output_type(node, binding.dialect))


_SQL = frozenset({"sql", "plpgsql", "tsql", ""})


def _text(binding: Binding, node: exp.Create, literal: exp.Expr) -> _Body:
    language = node.find(exp.LanguageProperty)
    name = language.this.name.lower() if language is not None else ""
    text = literal.name
    if name not in _SQL:
        said = " ".join([f"{name}:", text.strip(), *_options(binding, node)])
        called = (
            tuple(_support(binding, node, found) for found in _SUPPORT.findall(text)) if name == TEXT else ()
        )
        return _Body(value=Term("word", called, ("this",) * len(called), said))
    start = literal.meta.get("start")
    before = binding.text[:start] if isinstance(start, int) else ""
    parsed = parse(blank(before) + text, binding.dialect)
    if is_block(text) or len(parsed.statements) != 1 or parsed.problems:
        return _block(binding, text, parsed)
    only = parsed.statements[0]
    if isinstance(only, exp.Query):
        return _Body(query=binding.subquery(only, {}, None))
    if isinstance(only, (*_CHANGES, exp.Command, exp.Create)):
        return _block(binding, text, parsed)
    return _expression(binding, only)


_SUPPORT = re.compile(r"\b(?:\w*func)\s*=\s*(\w+(?:\s*\.\s*\w+)*)", re.IGNORECASE)
"""The functions that an aggregate is made of. https://www.postgresql.org/docs/current/sql-createaggregate.html"""


def _support(binding: Binding, node: exp.Create, name: str) -> Term:
    """An aggregate gives what the functions that it is made of give."""
    routine = find_named(RelationName(tuple(part.strip() for part in name.lower().split("."))), node, binding)
    if routine is None:
        return Term("word", value=name)
    body = () if routine.body is None else (routine.body,)
    return Term("anonymous", body, ("body",) * len(body), name, routine=None if body else routine.name)


_SAYING_NOTHING = frozenset({"description", "comment", "labels", "tags"})


def _options(binding: Binding, node: exp.Create) -> list[str]:
    """Libraries, packages, handlers and endpoints decide what a body in another language does."""
    items = properties_of(node)
    silent = (exp.ReturnsProperty, exp.LanguageProperty, exp.TemporaryProperty, exp.SchemaCommentProperty)
    said = [
        item for item in items if not isinstance(item, silent) and item.name.lower() not in _SAYING_NOTHING
    ]
    return sorted(item.sql(dialect=binding.dialect or None) for item in said)


def _block(binding: Binding, text: str, parsed: Parsed) -> _Body:
    """Bind the queries and changes of a procedural body for what they read; what it gives is the text of all of it."""
    declared = (sight.names for sight in parsed.sights)
    last: Query | None = None
    with binding.beside(_OF_TRIGGERS.union(*declared)):
        for node in parsed.statements:
            if isinstance(node, exp.Query):
                last = binding.subquery(node, {}, None)
            elif isinstance(node, _CHANGES):
                binding.subquery(node, {}, None)
            elif not isinstance(node, exp.Command):
                binding.read_subqueries(node)
    if last is not None and len(parsed.statements) == 1 and not _CONTROL.search(text):
        return _Body(query=last)
    return _Body(text=on_one_line(text))


_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
_OF_TRIGGERS = frozenset(
    {"new", "old", "found", "tg_op", "tg_name", "tg_table_name", "tg_table_schema", "tg_argv"}
)
"""https://www.postgresql.org/docs/current/plpgsql-trigger.html"""
_CONTROL = re.compile(r"\b(if|loop|while|for|exception|execute)\b", re.IGNORECASE)
