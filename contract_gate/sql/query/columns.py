"""Names in expressions: what each means, which read it is, and what is reported where it means nothing."""

from sqlglot import exp

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Term
from contract_gate.sql.families import SPARK
from contract_gate.sql.names import fold_table
from contract_gate.sql.query.binding import type_node
from contract_gate.sql.query.calls import find_named, read_sequence, says_default
from contract_gate.sql.query.fields import has_keys, missing_field
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.pseudocolumns import is_next_value
from contract_gate.sql.query.scope import HAVING_ALIAS_FIRST_DIALECTS, Resolution, Scope, Visible, resolve

_PROBLEM_TEXT = {
    "unknown-column": "`{name}` is not a column of {where}",
    "ambiguous-column": "`{name}` is a column of several: {where}",
    "unknown-alias": "`{name}`: nothing in FROM has this name",
    "lateral-alias": "`{name}` is not a column of {where}; {dialect} does not let it mean the alias here",
}


_GIVING = (exp.Update, exp.Insert, exp.OnConflict, exp.Values)
"""Statements and clauses that give columns their values, each an equation or a part of a row."""


def _clause(node: exp.Column, place: Place) -> str:
    """Name the clause; `keys` is what stands in HAVING outside of aggregates, where that means an alias before a column."""
    if place.clause != "having" or place.binding.dialect not in HAVING_ALIAS_FIRST_DIALECTS:
        return place.clause
    holder = node.find_ancestor(exp.AggFunc, exp.Having, exp.Select)
    return place.clause if isinstance(holder, exp.AggFunc) else "keys"


def _is_given(node: exp.Expr) -> bool:
    """Tell whether an expression is all that a statement gives a column: elsewhere `default` may be a column's name."""
    holder = node.parent.parent if isinstance(node.parent, exp.Tuple) else node.parent
    return isinstance(holder.parent if isinstance(holder, exp.EQ) else holder, _GIVING)


def column_term(node: exp.Column, place: Place) -> Term:
    """Turn a column's name into a term, note what it reads and report where it means nothing."""
    if isinstance(node.this, exp.Star):
        return _star_argument(node, place)
    if isinstance(node.this, exp.Parameter):
        return _by_number(node, place)
    parts = tuple(place.binding.name(part) for part in node.parts)
    if is_next_value(parts, place.binding.dialect) and place.scope.named(parts[:-1]) is None:
        read_sequence(node, place.binding)
        return Term(parts[-1], value=".".join(parts[:-1]))
    if place.binding.dialect in SPARK and _is_of_spark(node, parts, place):
        return Term("variable", value=set_to(node.name, place))
    found = resolve(parts, place.scope, _clause(node, place), quoted=bool(node.parts[0].args.get("quoted")))
    if parts[0] in place.binding.parameters and not _is_declared(found):
        return _with_fields(Term("variable", value=place.binding.parameters[parts[0]]), parts[1:])
    if parts[0] in place.binding.variables and not _is_declared(found):
        return _with_fields(Term("variable", value=set_to(node.parts[0].name, place)), parts[1:])
    if found.problem == "unknown-column" and _is_text_if_unknown(node, place):
        return Term("string", value=node.name)
    if found.problem == "unknown-column" and _is_given(node) and says_default(node):
        return Term("word", value="default")
    if found.problem == "unknown-column" and (called := _called_by_point(node, place)) is not None:
        return called
    _note(node, found, place)
    _mark_type(node, found, place.binding.dialect)
    bare = found.term
    if bare.op == "row" and found.readable and not _is_kept_whole(node):
        bare = _row(found.readable[0], bare.value)
    fields = found.fields
    if fields and has_keys(bare, place.scope):
        fields = tuple(part.name for part in node.parts[-len(fields) :])
    term = _with_fields(bare, fields)
    check_field(term, node, place)
    if _is_text_if_unknown(node, place) and not _is_declared(found):
        term = Term("column_or_text", (term,), ("this",), node.name)
    return Term("padded", (term,), ("this",)) if node.args.get("join_mark") else term


def _by_number(node: exp.Column, place: Place) -> Term:
    """`t.$2` is the second column (Snowflake)."""
    visible = place.scope.named(tuple(place.binding.name(part) for part in node.parts[:-1]))
    number = node.this.name
    if visible is None or not visible.closed or not number.isdigit() or int(number) > len(visible.columns):
        return Term("positional", value=number, source=visible.id if visible is not None else 0)
    column = list(visible.columns)[int(number) - 1]
    if visible.stored is not None:
        place.binding.read(visible.stored.name, column, node)
    return visible.reference(column)


def _called_by_point(node: exp.Column, place: Place) -> Term | None:
    """PostgreSQL: `t.g` is `g(t)` where t has no such column and g takes a row of it.

    https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-USAGE
    """
    parts = [part for part in node.parts if isinstance(part, exp.Identifier)]
    if place.binding.dialect != "postgres" or len(parts) < 2:
        return None
    row = place.scope.named(tuple(place.binding.name(part) for part in parts[:-1]))
    name = RelationName((fold_table(parts[-1].name, bool(parts[-1].args.get("quoted")), "postgres"),))
    routine = (
        find_named(name, node, place.binding, count=1) if row is not None and row.stored is not None else None
    )
    if routine is None or row is None or row.stored is None:
        return None
    of_row = {row.stored.name.name.lower(), *_ANY_ROW}
    taken = [s.parameters[0].type or "record" for s in routine.signatures if len(s.parameters) == 1]
    if not any(kind.lower().rpartition(".")[2].strip('"') in of_row for kind in taken):
        return None
    place.binding.read(row.stored.name, None, node, star=True)
    return Term(name.name, (Term("row", source=row.id),), ("expressions",), routine=routine.name)


_ANY_ROW = frozenset({"record", "anyelement"})


def _is_text_if_unknown(node: exp.Column, place: Place) -> bool:
    """In SQLite a double-quoted word that is no column's name is text: https://sqlite.org/quirks.html#dblquote.

    Where nobody says which dialect it is, `""` is one: no dialect has a name without characters.
    """
    dialect = place.binding.dialect
    return _is_quoted_alone(node) and (dialect == "sqlite" or not (dialect or node.name))


def _may_be_text(node: exp.Column, dialect: str) -> bool:
    """Where nobody says which dialect it is, a double-quoted word may be a text, as in BigQuery, MySQL and Spark."""
    return not dialect and _is_quoted_alone(node)


def _is_quoted_alone(node: exp.Column) -> bool:
    return bool(node.this.args.get("quoted")) and not node.table


_OF_SESSION = (("session",), ("system", "session"))
"""Where the variables of a session live. https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-variables"""
_WINDOWS = ("window", "session_window")
"""What a block that groups by such a window calls it. https://docs.databricks.com/aws/en/sql/language-manual/functions/window"""


def _is_of_spark(node: exp.Column, parts: tuple[str, ...], place: Place) -> bool:
    """Tell whether a name that no table answers to is a variable of the session, or the window that the block groups by."""
    if place.scope.named(parts[:-1] or parts) is not None:
        return False
    block = node.find_ancestor(exp.Select)
    group = block.args.get("group") if block is not None else None
    calls = group.find_all(exp.Anonymous) if isinstance(group, exp.Group) else ()
    grouped = {call.name.lower() for call in calls}
    return parts[:-1] in _OF_SESSION or (parts[0] in _WINDOWS and parts[0] in grouped)


def set_to(name: str, place: Place) -> str:
    """Name a variable by what the script set it to, where it did."""
    value = place.binding.settings.get(name.lower())
    return name if value is None else f"{name} := {value}"


def _is_declared(found: Resolution) -> bool:
    return found.problem is None and any(visible.declared(found.column) for visible in found.readable)


def _note(node: exp.Column, found: Resolution, place: Place) -> None:
    for visible in found.readable:
        if visible.stored is not None:
            star = found.term.op == "row"
            place.binding.read(
                visible.stored.name,
                None if star else found.column,
                node.this if not node.table else node,
                star,
            )
    _note_if_loose(node, found, place)
    if found.problem is not None:
        text = _PROBLEM_TEXT[found.problem].format(
            name=found.column, where=_where(found, place.scope), dialect=place.binding.dialect
        )
        loose = _may_be_keyword(node, place.binding.dialect) or _may_be_text(node, place.binding.dialect)
        proven = found.proven and not loose
        place.binding.report(found.problem, text, node, proven, found.column, found.relations, keyword=loose)


def _may_be_keyword(node: exp.Column, dialect: str) -> bool:
    """A bare name that a function which nobody knows takes may be a word of its own: `f(days, x)`.

    ClickHouse writes such words as strings. Where nobody says which dialect it is, any function may take a part of a date.
    """
    if node.table or node.this.args.get("quoted") or dialect == "clickhouse":
        return False
    if isinstance(node.parent, (exp.Anonymous, exp.AnonymousAggFunc)):
        return True
    is_word = node.name.lower() in DATE_PARTS and isinstance(node.parent, exp.Func)
    return not dialect and (is_word or node.name.startswith("$"))


DATE_PARTS = frozenset({
    "year", "quarter", "month", "week", "isoweek", "day", "hour", "minute", "second", "millisecond", "microsecond",
    "nanosecond", "dayofweek", "dayofyear", "epoch", "date", "isoyear", "decade", "century", "years", "months", "weeks",
    "days", "hours", "minutes", "seconds", "dow", "doy", "mm", "yyyy", "dd", "yy", "qq", "ww", "hh", "mi", "ss", "ms",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
})  # fmt: skip


def _note_if_loose(node: exp.Column, found: Resolution, place: Place) -> None:
    if not found.readable:
        return
    here = {visible.id for visible in place.scope.sources}
    outer = not any(visible.id in here for visible in found.readable)
    if found.problem or outer or not (found.term.op == "row" or _is_declared(found)):
        place.binding.assume(found.column, node.this if not node.table else node, outer)


def _where(found: Resolution, scope: Scope) -> str:
    """Name the relations that lack the column, or the sources that all have it."""
    if found.problem == "ambiguous-column":
        having = (str(v.stored.name) if v.stored is not None else v.alias for v in found.readable)
        return ", ".join(dict.fromkeys(f"`{name}`" for name in having if name)) or _searched(scope)
    return ", ".join(f"`{name}`" for name in found.relations) or _searched(scope)


def _searched(scope: Scope) -> str:
    aliases = [f"`{visible.alias}`" for level in scope.chain() for visible in level.sources if visible.alias]
    return ", ".join(aliases[:5]) or "this query: it has no FROM"


def _mark_type(node: exp.Column, found: Resolution, dialect: str) -> None:
    column = _column_value(found.readable, found.column)
    if column is None or column.type is None or found.fields:
        return
    spelled = type_node(column.type, dialect)
    if spelled is not None:
        node.type = spelled.copy()


def _column_value(readable: tuple[Visible, ...], name: str) -> Column | None:
    return next((column for v in readable if (column := v.declared(name)) is not None), None)


def _with_fields(term: Term, fields: tuple[str, ...]) -> Term:
    for name in fields:
        term = Term("field", (term,), ("this",), name)
    return term


def check_field(term: Term, node: exp.Expr, place: Place) -> None:
    """Report the first field on the way that the struct does not have."""
    chain = [term]
    while chain[-1].args and chain[-1].op == "field":
        chain.append(chain[-1].args[0])
    for access in reversed(chain):
        missing = missing_field(access, place.scope)
        if missing is not None:
            path, root = missing
            text = f"`{path}`: `{root.name or 'the value'}` has no such field"
            place.binding.report("unknown-column", text, node, True, path, place.scope.stored())
            return


def _star_argument(node: exp.Column, place: Place) -> Term:
    """`count(t.*)`, `struct(t.*)`: all columns of one source."""
    qualifier = tuple(place.binding.name(part) for part in node.parts[:-1])
    for level in place.scope.chain():
        visible = level.by_qualifier(qualifier)
        if visible is not None:
            place.read_whole([visible], node)
            return Term("row", value="*", source=visible.id) if _is_kept_whole(node) else _row(visible, "*")
    if qualifier[0] in place.binding.variables:
        return Term("variable", value=f"{qualifier[0]}.*")
    place.binding.report(
        "unknown-alias", f"`{'.'.join(qualifier)}`: nothing in FROM has this name", node, True
    )
    return Term("unresolved", value=".".join(qualifier))


def _row(visible: Visible, text: str) -> Term:
    """A whole row as a value is made of all its columns, by their names, where these are known."""
    columns = visible.columns if visible.closed else ()
    args = tuple(Term("named", (visible.reference(name),), ("this",), name) for name in columns)
    return Term("row", args, ("expressions",) * len(args), text, visible.id)


def _is_kept_whole(node: exp.Expr) -> bool:
    """Tell whether a row stays one whose fields are read by name, or is only counted: another column is none of its own."""
    around = node.parent
    while isinstance(around, (exp.Paren, exp.Order, exp.Limit, exp.IgnoreNulls, exp.HavingMax)):
        around = around.parent
    return isinstance(around, _KEEPING)


_KEEPING = (
    exp.Count,
    exp.Select,
    exp.Alias,
    exp.Dot,
    exp.ArrayAgg,
    exp.AnyValue,
    exp.First,
    exp.Last,
    exp.Array,
)


def columns_term(node: exp.Columns, place: Place) -> Term:
    """Turn a `COLUMNS(…)` that is not spread over the columns that it picks into a term over all that it may pick."""
    return Term("columns", (bare_star(exp.Star(), place),), ("this",), node.this.sql())


def bare_star(node: exp.Star, place: Place) -> Term:
    """Turn a star without a qualifier into a term: `count(*)`, `hash(*)`."""
    if isinstance(node.parent, exp.Count) or not place.scope.sources:
        return Term("star")
    place.read_whole(place.scope.sources, node)
    rows = tuple(_row(visible, "*") for visible in place.scope.sources)
    return Term("star", rows, ("this",) * len(rows))
