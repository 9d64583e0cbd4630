"""Changes of rows that stand in WITH: what they give, and to whom."""

from collections.abc import Callable, Iterator

from sqlglot import exp

from contract_gate.sql.algebra import Query
from contract_gate.sql.query.binding import Binding, Cte
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.statement.merges import bind_merge
from contract_gate.sql.statement.rowchanges import bind_delete, bind_insert, bind_update


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
    using = node.args.get("using") or []
    others = [from_.this] if isinstance(from_, exp.From) else using if isinstance(using, list) else [using]
    rows = exp.Select(
        expressions=[each.copy() for each in given], from_=exp.From(this=target.copy()),
        joins=[exp.Join(this=other.copy()) for other in others],
    )  # fmt: skip
    query = binding.subquery(rows, ctes, None)
    binding.problems[known:] = problems  # they were read with the change already
    return query


_CHANGES: dict[type[exp.Expr], Callable[..., Iterator[BoundStatement]]] = {
    exp.Insert: bind_insert,
    exp.Update: bind_update,
    exp.Delete: bind_delete,
    exp.Merge: bind_merge,
}
