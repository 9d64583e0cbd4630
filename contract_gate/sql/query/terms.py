"""Expressions: from sqlglot's nodes to terms, every name resolved."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from sqlglot import exp
from sqlglot.errors import SqlglotError

from contract_gate.core.relation import Fields
from contract_gate.core.world import PLACEHOLDER
from contract_gate.sql.algebra import Query, Recursive, Routine, Term
from contract_gate.sql.families import SPARK
from contract_gate.sql.query.binding import type_node, type_text
from contract_gate.sql.query.calls import called_name, find_routine, named_like, operator_of, read_sequence
from contract_gate.sql.query.columns import (
    DATE_PARTS,
    bare_star,
    check_field,
    column_term,
    columns_term,
    set_to,
)
from contract_gate.sql.query.fields import element, fields_given, fields_of, has_keys
from contract_gate.sql.query.lambdas import arrays_of, of_parameters, scope_of_elements
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.rules import check_in, check_scalar
from contract_gate.sql.query.scope import resolve
from contract_gate.sql.query.tablearguments import given_table, table_argument
from contract_gate.sql.query.typenames import cast_type, is_json, spelled_type

_VOLATILE_ATTRIBUTES = frozenset(
    {"big_int", "copy", "quoted", "typed", "coerce", "requires_json", "over", "variant_extract"}
)
"""Flags of the parser that carry no meaning of the query (or that the dialect fixes alone)."""

_SAFE_BY_DIALECT = frozenset({"div", "dpipe", "concat"})
"""Where `safe` is the dialect's; elsewhere it is written: TRY_TO_DATE, SAFE_OFFSET, TRY_ELEMENT_AT give NULL for an error."""


def to_term(node: exp.Expr, place: Place) -> Term:
    """Turn an expression into a term. Marks the node's column types for `output_type`."""
    if isinstance(node, exp.Func) and (own := named_like(node, place.binding)) is not None:
        return _called(_generic(node, place), own)
    special = _SPECIAL.get(type(node))
    if special is not None:
        return special(node, place)
    if isinstance(node, exp.Query):
        return _scalar(node, place)
    if isinstance(node, (exp.Add, exp.And, exp.Or, exp.Mul, exp.DPipe, exp.Sub)):
        return _chain(node, place)
    return _generic(node, place)


def output_type(node: exp.Expr, dialect: str) -> str | None:
    """Infer the type of a projection whose columns `to_term` has marked; None where it can't be known."""
    # Imported here: it is a third of sqlglot's import time and `targets` alone does not need it.
    from sqlglot.optimizer.annotate_types import annotate_types

    node = node.unalias()
    try:
        annotated = annotate_types(node, dialect=dialect or None, overwrite_types=False)
    except SqlglotError:
        # annotate_types is written for whole, qualified queries; what it refuses for a part is an unknown type.
        return None
    kind = annotated.type
    if kind is None or kind.this in (exp.DataType.Type.UNKNOWN, exp.DataType.Type.NULL):
        return None
    if next(islice(kind.walk(), _MOST_PARTS, None), None) is not None:
        return None
    text = type_text(kind, dialect)
    return None if PLACEHOLDER.upper() in text else text


_MOST_PARTS = 5_000
"""Of a type that is known: a struct that holds itself twice in each of many CTEs is twice as large in the next."""


def star_text(excluded: tuple[str, ...]) -> str:
    """Spell what an open star leaves out, for `Term.value`."""
    return ",".join(sorted(excluded))


def _generic(node: exp.Expr, place: Place) -> Term:
    args: list[Term] = []
    slots: list[str] = []
    flags: list[str] = []
    for slot, value in node.args.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, exp.Expr):
                args.append(to_term(item, place))
                slots.append(slot)
            elif item is not None and item is not False and _says_something(node, slot):
                flags.append(f"{slot}={item}")
    return Term(node.key, tuple(args), tuple(slots), ",".join(flags))


def _says_something(node: exp.Expr, slot: str) -> bool:
    return slot not in _VOLATILE_ATTRIBUTES and not (slot == "safe" and node.key in _SAFE_BY_DIALECT)


def _chain(node: exp.Expr, place: Place) -> Term:
    """Convert a left-deep chain (`a + b + …`) without recursing along it."""
    spine: list[exp.Expr] = []
    while isinstance(node, exp.Binary) and type(node) is type(spine[0] if spine else node):
        spine.append(node)
        node = node.args["this"]
    term = to_term(node, place) if isinstance(node, exp.Expr) else Term("word", value=str(node))
    for step in reversed(spine):
        flags = [
            f"{slot}={value}"
            for slot, value in step.args.items()
            if slot not in ("this", "expression")
            and value not in (None, False)
            and _says_something(step, slot)
            and not isinstance(value, (exp.Expr, list))
        ]
        term = Term(
            step.key, (term, to_term(step.args["expression"], place)), ("this", "expression"), ",".join(flags)
        )
        if isinstance(step, exp.DPipe) and any(map(is_json, (step.args["this"], step.args["expression"]))):
            term = replace(
                term, op="jsonconcat"
            )  # not associative: `[1] || {} || {}` appends, `{} || {}` merges
            step.type = exp.DataType.build("JSON")
    return term


def _parameter(node: exp.Parameter, place: Place) -> Term:
    if node.name and (given := place.binding.parameters.get(node.name.lower())) is not None:
        return Term("variable", value=given)
    term = _generic(node, place)
    return replace(term, value=set_to(node.name, place)) if node.name else term


def _dot(node: exp.Dot, place: Place) -> Term:
    """Struct access beyond four parts, or on an expression; a method call stays generic."""
    if isinstance(node.expression, exp.Identifier):
        inner = to_term(node.this, place)
        keyed = has_keys(inner, place.scope)
        name = node.expression.name if keyed else place.binding.name(node.expression)
        term = Term("field", (inner,), ("this",), name)
        check_field(term, node, place)
        return term
    called = called_name(node, place.binding)
    if called is not None and isinstance(node.expression, exp.Expr):
        routine = find_routine(called, node.expression, place.binding)
        if routine is not None:
            return _called(_generic(node, place), routine)
    return _generic(node, place)


def _by_key(node: exp.Expr, place: Place) -> Term:
    """`s['a']` and `struct_extract(s, 'a')` are `s.a` where s is a struct."""
    return _of_key(_generic(node, place), node, place)


def _of_key(term: Term, node: exp.Expr, place: Place) -> Term:
    key = term.args[1] if len(term.args) == 2 else None
    if key is None or key.op != "string":
        return term
    fields = fields_of(term.args[0], place.scope)
    if fields is None or fields.repeated:
        return term
    field = Term("field", term.args[:1], ("this",), key.value.lower())
    check_field(field, node, place)
    return field


def _literal(node: exp.Literal, _place: Place) -> Term:
    return Term("string" if node.is_string else "number", value=node.name)


def _raw(node: exp.RawString, _place: Place) -> Term:
    """`r'\\d'` is `'\\\\d'`: one string."""
    return Term("string", value=node.name)


def _word(node: exp.Expr, _place: Place) -> Term:
    return Term("word", value=node.name.lower())


def _identifier(node: exp.Expr, place: Place) -> Term:
    """A bare name is a word; in a lambda it can be one of its parameters, whatever they are called."""
    name = place.binding.name(node)
    for level in place.scope.chain():
        bound = level.merged.get(name)
        if bound is not None and bound.op == "word":
            return bound
    return Term("word", value=name)


def _null(_node: exp.Expr, _place: Place) -> Term:
    return Term("null")


def _boolean(node: exp.Boolean, _place: Place) -> Term:
    return Term("boolean", value="true" if node.this else "false")


def _inside(node: exp.Expr, place: Place) -> Term:
    return to_term(node.this, place)


def _cast(node: exp.Cast, place: Place) -> Term:
    flags = [cast_type(place.binding, node, node.to)]
    args = [to_term(node.this, place)]
    slots = ["this"]
    for slot in ("format", "action", "default"):
        extra = node.args.get(slot)
        if isinstance(extra, exp.Expr):
            args.append(to_term(extra, place))
            slots.append(slot)
    op = "trycast" if isinstance(node, exp.TryCast) else "cast"
    if op == "trycast" and place.binding.dialect in SPARK and not node.args.get("safe"):
        op = "cast"  # sqlglot reads CAST here as one that gives NULL, which a session's ANSI mode may change
    return Term(op, tuple(args), tuple(slots), flags[0])


def _convert(node: exp.Convert, place: Place) -> Term:
    """`CONVERT(type, x)` without a style is `CAST(x AS type)` (T-SQL)."""
    if isinstance(node.this, exp.DataType) and node.args.get("style") is None and node.expression is not None:
        op = "trycast" if node.args.get("safe") else "cast"
        text = cast_type(place.binding, node, node.this)
        return Term(op, (to_term(node.expression, place),), ("this",), text)
    return _generic(node, place)


def _data_type(node: exp.DataType, place: Place) -> Term:
    return Term("word", value=spelled_type(place.binding, node))


def _scalar(node: exp.Query, place: Place) -> Term:
    query = place.binding.subquery(node, place.ctes, place.scope)
    if (
        isinstance(node.parent, exp.Array)
        and not isinstance(query, Recursive)
        and query.limit is None
        and query.order
    ):
        query = replace(query, limit=Term("every_row"))  # the order is that of the array's elements
    check_scalar(place.binding, node, query)
    _mark_scalar(node, query, place.binding.dialect)
    return Term("scalar", query=query)


def _mark_scalar(node: exp.Expr, query: Query, dialect: str) -> None:
    kinds = [output.type for output in query.outputs]
    spelled = type_node(kinds[0], dialect) if len(kinds) == 1 and kinds[0] is not None else None
    if spelled is not None:
        node.type = spelled.copy()


def _subquery(node: exp.Subquery, place: Place) -> Term:
    if isinstance(node.this, exp.Query):
        return _scalar(node, place)
    return to_term(node.this, place)


def _exists(node: exp.Exists, place: Place) -> Term:
    if isinstance(node.this, exp.Query):
        return Term("exists", query=place.binding.subquery(node.this, place.ctes, place.scope))
    # Spark's function of an array and a lambda is NULL where no element is known to be such: it is not the predicate.
    return replace(_generic(node, place), op="exists()")


def _in(node: exp.In, place: Place) -> Term:
    query = node.args.get("query")
    if isinstance(query, exp.Query):
        bound = place.binding.subquery(query.unnest(), place.ctes, place.scope)
        check_in(place.binding, node, bound)
        return Term("in_query", (to_term(node.this, place),), ("this",), query=bound)
    return _generic(node, place)


def _any(node: exp.Any, place: Place) -> Term:
    """`x = ANY (query)` is held to as many columns as `x IN (query)` is."""
    term = _quantified("any_query")(node, place)
    if term.query is not None and isinstance(node.parent, exp.EQ):
        tested = exp.In(this=node.parent.this.copy(), query=node.this.copy())
        check_in(place.binding, tested, term.query)
    return term


def _quantified(op: str) -> Callable[[exp.Expr, Place], Term]:
    def convert(node: exp.Expr, place: Place) -> Term:
        inner = node.this.unnest() if isinstance(node.this, exp.Expr) else node.this
        if isinstance(inner, exp.Query):
            return Term(op, query=place.binding.subquery(inner, place.ctes, place.scope))
        return _generic(node, place)

    return convert


def _window(node: exp.Window, place: Place) -> Term:
    named = node.args.get("alias")
    term = _generic(_without(node, "alias", "this"), place)
    term = replace(term, args=(to_term(node.this, place), *term.args), slots=("this", *term.slots))
    if isinstance(named, exp.Identifier):
        base = place.scope.windows.get(place.binding.name(named))
        if base is not None:
            pairs = [*term.slotted(), *base.slotted()]
            pairs.sort(key=lambda pair: pair[1] == "spec")  # as where all is written in one place
            term = term.of_slotted(pairs)
    if str(node.args.get("over")).upper() == "KEEP":
        return replace(term, op="keep")  # Oracle: the aggregate of the rows that come first or last
    return replace(term, op="window")


def _without(node: exp.Expr, *slots: str) -> exp.Expr:
    bare = type(node)()
    for slot, value in node.args.items():
        if slot not in slots:
            bare.args[slot] = value
    return bare


def _anonymous(node: exp.Anonymous, place: Place) -> Term:
    name = node.this if isinstance(node.this, str) else node.this.name
    if (table := given_table(str(name).lower(), node, place)) is not None:
        return table
    args = tuple(_argument(arg, place) for arg in node.expressions)
    term = Term(operator_of(str(name).lower()), args, ("expressions",) * len(args))
    if term.op in _OF_SETTINGS and args and args[0].op == "string":
        given = place.binding.settings.get(args[0].value.lower())
        return term if given is None else replace(term, value=given)
    if term.op == "tupleelement":
        return _of_key(term, node, place)
    read_sequence(node, place.binding)
    is_qualified = isinstance(node.parent, exp.Dot) and node.parent.expression is node
    called = None if is_qualified else called_name(node, place.binding)
    routine = find_routine(called, node, place.binding) if called is not None else None
    return term if routine is None else _called(term, routine)


_OF_SETTINGS = frozenset({"getvariable", "current_setting", "session_context"})
"""Functions that give what the script set."""


def _called(term: Term, routine: Routine) -> Term:
    """A function that the script makes is read through to its body; of one that others make the name alone is known."""
    fields = fields_given(routine)
    if routine.body is not None:
        return replace(term, args=(*term.args, routine.body), slots=(*term.slots, "body"), fields=fields)
    return replace(term, routine=routine.name, fields=fields)


def _argument(node: exp.Expr, place: Place) -> Term:
    """An unknown function's argument: a bare date part is a word, not a column."""
    if isinstance(node, exp.Column) and not node.table and node.name.lower() in DATE_PARTS:
        known = resolve((place.binding.name(node.this),), place.scope, place.clause)
        if known.problem or not any(known.column in v.columns for v in known.readable):
            return Term("word", value=node.name.lower())
    return to_term(node, place)


def _lambda(node: exp.Lambda, place: Place) -> Term:
    names = [place.binding.name(arg) for arg in node.expressions]
    inner = scope_of_elements(names, _elements_of(node, place), place)
    body = to_term(node.this, replace(place, scope=inner))
    return Term("lambda", (body,), ("this",), str(len(names)))


def _elements_of(node: exp.Lambda, place: Place) -> list[Fields | None]:
    """Give the fields of the elements that the parameters of a lambda stand for, one by one."""
    known = len(place.binding.problems)
    found = [element(fields_of(to_term(each, place), place.scope)) for each in arrays_of(node)]
    del place.binding.problems[known:]  # each of them is read as an argument, too
    return of_parameters(node, found)


def _comprehension(node: exp.Comprehension, place: Place) -> Term:
    """`[f(x, i) FOR x, i IN list IF condition]` (DuckDB) names the elements, and where they stand."""
    given = [node.args.get("expression"), node.args.get("position")]
    names = [place.binding.name(name) for name in given if isinstance(name, exp.Expr)]
    array = node.args["iterator"]
    fields = (
        element(fields_of(to_term(array, place), place.scope))
        if array.find(exp.Comprehension) is None
        else None
    )
    inner = scope_of_elements(names, [fields], place)
    within = replace(place, scope=inner)
    args = [to_term(node.args["iterator"], place), to_term(node.this, within)]
    if isinstance(node.args.get("condition"), exp.Expr):
        args.append(to_term(node.args["condition"], within))
    return Term("comprehension", tuple(args), ("iterator", "this", "condition")[: len(args)])


def _next_value(node: exp.NextValueFor, place: Place) -> Term:
    read_sequence(node, place.binding)
    return Term("nextvaluefor", value=node.this.sql(dialect=place.binding.dialect or None).lower())


def _property_eq(node: exp.PropertyEQ, place: Place) -> Term:
    name = node.this.name if isinstance(node.this, exp.Expr) else str(node.this)
    # Snowflake's objects have keys, and those have case.
    is_key = place.binding.dialect == "snowflake" and isinstance(node.parent, exp.Struct)
    return Term("named", (to_term(node.expression, place),), ("this",), name if is_key else name.lower())


def _kwarg(node: exp.Kwarg, place: Place) -> Term:
    return Term("named", (to_term(node.expression, place),), ("this",), node.this.name.lower())


_SPECIAL: dict[type[exp.Expr], Callable[..., Term]] = {
    exp.Column: column_term,
    exp.Dot: _dot,
    exp.StructExtract: _by_key,
    exp.Bracket: _by_key,
    exp.Star: bare_star,
    exp.Columns: columns_term,
    exp.Literal: _literal,
    exp.RawString: _raw,
    exp.Var: _word,
    exp.Identifier: _identifier,
    exp.Null: _null,
    exp.Boolean: _boolean,
    exp.Paren: _inside,
    exp.Alias: _inside,
    exp.PivotAlias: _inside,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Convert: _convert,
    exp.Parameter: _parameter,
    exp.DataType: _data_type,
    exp.Subquery: _subquery,
    exp.Exists: _exists,
    exp.In: _in,
    exp.Any: _any,
    exp.All: _quantified("all_query"),
    exp.String: lambda node, place: replace(_generic(node, place), op=operator_of(node.key)),
    exp.Window: _window,
    exp.Anonymous: _anonymous,
    exp.AnonymousAggFunc: _anonymous,
    exp.Lambda: _lambda,
    exp.Comprehension: _comprehension,
    exp.NextValueFor: _next_value,
    exp.PropertyEQ: _property_eq,
    exp.Kwarg: _kwarg,
    exp.Table: table_argument,
}
