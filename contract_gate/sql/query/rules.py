"""What engines refuse in a query although every name binds: ungrouped columns, aggregates in WHERE, widths, doubled names.

Told only where each engine of the dialect refuses it, and where all that it hangs on is known.
"""

from collections.abc import Iterator

from sqlglot import exp

from contract_gate.sql.algebra import Problem, Query, Scan, Select, SetOperation, Term
from contract_gate.sql.families import MYSQL, ONE_NAME, POSTGRES, SPARK, TRINO, TSQL
from contract_gate.sql.functions import AGGREGATES
from contract_gate.sql.given import is_closed
from contract_gate.sql.keys import UNIQUE, NeedKind
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.calls import OPERATORS, kinds
from contract_gate.sql.query.scope import Scope
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.walk import is_same, parts

_GROUPING_DIALECTS = (
    POSTGRES | SPARK | TRINO | TSQL | {"duckdb", "bigquery", "snowflake", "oracle", "clickhouse"}
)
"""Where a column beside aggregates must be grouped by. MySQL's mode decides; SQLite takes any row's value."""
_BY_KEY_DIALECTS = frozenset({"postgres"}) | MYSQL
"""Where a table's key groups all of its columns: https://www.postgresql.org/docs/current/sql-select.html#SQL-GROUPBY,
https://dev.mysql.com/doc/refman/8.4/en/group-by-functional-dependence.html (there a unique key of columns that are never NULL, too)"""
_TUPLES_AS_VALUES = frozenset({"clickhouse", "bigquery", ""})


AGGREGATES_OF_TERMS = AGGREGATES | {kind.key for kind in kinds(exp.AggFunc)} | {
    "aggregate_filter", "filter", "withingroup", "grouping", "grouping_id", "keep",
}  # fmt: skip
_KNOWN = OPERATORS - {"any_column"} | {kind.key for kind in kinds(exp.Func)}
"""What computes as it is known to; a name that several relations may have may be none of a column."""


def check_select(binding: Binding, node: exp.Select, query: Select, scope: Scope) -> None:
    """Report what is refused of a block."""
    _check_grouping(binding, node, query)
    where = node.args.get("where")
    if isinstance(where, exp.Where) and scope.parent is None:
        _check_where(binding, where)
    if binding.dialect == "postgres":
        _check_distinct_on(binding, node, query)


def _check_grouping(binding: Binding, node: exp.Select, query: Select) -> None:
    refuses = binding.dialect in _GROUPING_DIALECTS
    if query.group is None or not (refuses or binding.dialect in _BY_KEY_DIALECTS):
        return
    keys = list(_flat((*query.group, *(query.grouping.args if query.grouping is not None else ()))))
    if any(key.op in ("ordinal", "star", "any_column", "unresolved", "row") for key in keys):
        return
    own = {source.id for source in query.sources}
    terms = [output.term for output in query.outputs]
    for term in (*terms, *((query.having,) if query.having is not None else ())):
        loose = _ungrouped(term, keys, own, set())
        if loose is not None and not _may_be_keyed(binding, loose, keys, query, node) and refuses:
            relations = tuple(s.relation.name for s in query.sources if isinstance(s.relation, Scan))
            text = f"`{loose.value}` is neither grouped by nor aggregated"
            binding.report("ungrouped-column", text, node, True, loose.value, relations)
            return


def _flat(terms: tuple[Term, ...]) -> Iterator[Term]:
    for term in terms:
        if term.op in ("tuple", "rollup", "cube", "grouping_sets", "groupingsets", "grouping", "paren"):
            yield from _flat(term.args)
            if term.op == "tuple":
                yield term
        else:
            yield term


def _ungrouped(term: Term, keys: list[Term], own: set[int], seen: set[int]) -> Term | None:
    """Find a column of the block's own that stands outside of the keys and of aggregates."""
    if id(term) in seen or any(key.op == term.op and is_same(term, key) for key in keys):
        return None
    seen.add(id(term))
    if term.op == "column":
        return term if term.source in own else None
    if term.op == "window":
        called = _called(term.args[0])
        inner = (*called.args, *term.args[1:])
    elif term.op in AGGREGATES_OF_TERMS or term.op.endswith("agg") or term.op not in _KNOWN:
        return None  # a function that nobody knows may aggregate
    elif term.query is not None and any(part.query is not None for part in parts(keys)):
        return None  # two subqueries that are written alike are no one object
    else:
        inner = term.args
    return next((found for arg in inner if (found := _ungrouped(arg, keys, own, seen))), None)


def _called(term: Term) -> Term:
    while term.op in ("ignorenulls", "respectnulls", "filter", "aggregate_filter") and term.args:
        term = term.args[0]
    return term


def _may_be_keyed(binding: Binding, column: Term, keys: list[Term], query: Select, node: exp.Select) -> bool:
    """Tell whether the column may hang on a key of its table that is grouped by; that is asked of the table."""
    source = next(source for source in query.sources if source.id == column.source)
    scan = source.relation
    if binding.dialect not in _BY_KEY_DIALECTS or not isinstance(scan, Scan):
        return False
    grouped = {key.value for key in keys if key.op == "column" and key.source == source.id}
    if not grouped:
        return False
    shape = binding.stored(scan.name) if binding.dialect in MYSQL else None
    never_null = {each.name for each in scan.known if each.required}
    unique = (each.columns for each in (shape.constraints if shape else ()) if each.text.startswith(UNIQUE))
    met = any(columns <= grouped & never_null for columns in unique)
    binding.ask(NeedKind.GROUP, scan.name, node, columns=grouped, met=met)
    return scan.primary is None or scan.primary <= grouped


def _check_where(binding: Binding, where: exp.Where) -> None:
    """WHERE picks rows before there are groups and windows."""
    for call in where.find_all(*_PLAIN, exp.Window):
        of_one_row = isinstance(call, (exp.Max, exp.Min)) and call.expressions  # SQLite's MAX of two
        if of_one_row or call.find_ancestor(exp.Select, exp.Where) is not where:
            continue
        what = "a window function" if isinstance(call, exp.Window) else f"`{call.key}`"
        binding.report("misplaced-aggregate", f"{what} can't stand in WHERE", where, True, call.key)
        return


_PLAIN = (
    exp.Sum, exp.Avg, exp.Count, exp.Max, exp.Min, exp.StddevSamp, exp.Variance, exp.ArrayAgg, exp.ApproxDistinct,
)  # fmt: skip


def _check_distinct_on(binding: Binding, node: exp.Select, query: Select) -> None:
    """DISTINCT ON keeps the first of each: ORDER BY must begin with its expressions."""
    if not query.distinct or not query.order:
        return
    left = list(query.distinct)
    for ordered in query.order:
        found = next((term for term in left if is_same(term, ordered.args[0])), None)
        if found is not None:
            left.remove(found)
        elif not any(is_same(term, ordered.args[0]) for term in query.distinct):
            break
    else:
        return
    if left:
        text = "ORDER BY does not begin with the expressions of DISTINCT ON"
        binding.report("misplaced-order", text, node.args["order"], True, "distinct on")


def check_scalar(binding: Binding, node: exp.Expr, query: Query) -> None:
    """Report a subquery of several columns that is used as one value."""
    if not is_closed(query) or len(query.outputs) < 2:
        return
    around = node.parent
    is_array = isinstance(around, exp.Array)
    is_free = binding.dialect == "duckdb" if is_array else binding.dialect in _TUPLES_AS_VALUES
    if is_free or node.args.get("kind") is not None:
        return  # `SELECT AS STRUCT` gives one value
    as_document = node.find(exp.QueryOption) or (isinstance(node, exp.Select) and node.args.get("for_"))
    is_set = isinstance(around, exp.EQ) and isinstance(around.this, exp.Column) and around.expression is node
    if (isinstance(around, _TAKING_ONE_VALUE) or is_set) and not as_document:
        text = f"a subquery of {len(query.outputs)} columns is used as one value"
        binding.report("column-count", text, node, True, "subquery")


_TAKING_ONE_VALUE = (
    exp.Select,
    exp.Alias,
    exp.Coalesce,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Div,
    exp.Cast,
    exp.Array,
)


def check_in(binding: Binding, node: exp.In, query: Query) -> None:
    """Report `x IN (query)` where the query has another number of columns than x."""
    tested = node.this.unnest()
    width = len(tested.expressions) if isinstance(tested, exp.Tuple) else 1
    is_row = isinstance(tested, (exp.Query, exp.Struct, exp.Anonymous, exp.Column)) and width == 1
    if (
        not is_closed(query)
        or len(query.outputs) == width
        or (is_row and binding.dialect in _TUPLES_AS_VALUES)
    ):
        return
    text = f"{width} value{'s' if width > 1 else ''} can't be IN a query of {len(query.outputs)} columns"
    binding.report("column-count", text, node, True, "in")


def report_doubled(binding: Binding, query: Query, node: exp.Expr) -> None:
    """Report that a relation is made of a query with two columns of one name."""
    name = doubled_name(query, binding.dialect)
    if name is not None:
        binding.report("doubled-column", f"two columns are called `{name}`", node, True, name)


_ONE_NAME_EVERYWHERE = TSQL | {"mysql"}
"""Where not even a CTE or a derived table may have two columns of one name."""


def report_doubled_inside(binding: Binding, query: Query, node: exp.Expr) -> None:
    """Report a CTE or derived table with two columns of one name, where none may be."""
    if binding.dialect in _ONE_NAME_EVERYWHERE:
        report_doubled(binding, query, node)


def doubled_column(statement: BoundStatement, dialect: str) -> Problem | None:
    """Refuse a bare query with two columns of one name, as what makes a relation of it does."""
    query = statement.query if statement.kind == "select" else None
    name = doubled_name(query, dialect) if query is not None else None
    if name is None:
        return None
    return Problem(
        kind="doubled-column", message=f"two columns are called `{name}`", line=statement.line,
        column=statement.column, proven=True, name=name,
    )  # fmt: skip


def doubled_name(query: Query, dialect: str) -> str | None:
    """Give a name that two columns of a query have, where no relation can be made of such a query."""
    return next(iter(sorted(doubled_names(query))), None) if dialect in ONE_NAME else None


def doubled_names(query: Query) -> frozenset[str]:
    """Give the names that two columns of a query have, each of a value of its own."""
    while isinstance(query, SetOperation) and not query.by_name:
        query = query.left
    seen: dict[str, Term] = {}
    found = set()
    for output in query.outputs:
        if output.term.op == "star" or output.name.startswith("_") or not output.name:
            continue
        other = seen.setdefault(output.name, output.term)
        # What stands in for a column of an open star is there for each source that may have it.
        if other is not output.term and not is_same(other, output.term):
            found.add(output.name)
    return frozenset(found)
