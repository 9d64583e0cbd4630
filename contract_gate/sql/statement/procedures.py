"""CREATE PROCEDURE and the calls of one, bound: a routine that gives nothing, and whose body is read where it stands."""

from collections.abc import Iterator

from sqlglot import exp

from contract_gate.sql.algebra import Signature
from contract_gate.sql.parsing.heads import has_text
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.calls import called_name, find_routine
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.statement.routines import parameters_of


def bind_procedure(binding: Binding, node: exp.Create) -> Iterator[BoundStatement]:
    """Bind the head of a procedure: who calls it needs its name and its parameters."""
    if has_text(node):
        binding.report("unsupported", "the body of this procedure is not read", node)
    table = node.this if isinstance(node.this, exp.Table) else node.this.this
    if not isinstance(table, exp.Table):
        yield BoundStatement(kind="other")
        return
    yield BoundStatement(
        kind="function", targets=(binding.relation(table),), materialization="procedure",
        signature=Signature(parameters=parameters_of(binding, node)), overwrite=bool(node.args.get("replace")),
    )  # fmt: skip


def bind_call(binding: Binding, node: exp.Execute) -> Iterator[BoundStatement]:
    """Bind a call. A procedure that nobody here makes may do anything; T-SQL's own (`sp_…`) do not touch rows, but for
    dynamic SQL.
    """
    called = node.this.expression if isinstance(node.this, exp.Dot) else node.this
    name = called_name(node.this, binding) if isinstance(node.this, exp.Expr) else None
    given = node.expressions or (called.expressions if isinstance(called, exp.Anonymous) else [])
    call = exp.Anonymous(this="", expressions=[_argument(each) for each in given])
    call.parent = node
    if name is None or find_routine(name, call, binding) is None:
        word = name.name if name is not None else ""
        own = word.startswith(("sp_", "xp_")) and word != "sp_executesql"
        if not own:
            binding.report("unsupported", f"what `EXECUTE {word}` does is not known", node)
    for query in node.find_all(exp.Query, bfs=False):
        if query.find_ancestor(exp.Query) is None:
            binding.subquery(query, {}, None)
    yield BoundStatement(kind="other")


def _argument(item: exp.Expr) -> exp.Expr:
    """T-SQL gives an argument by its name as `@a = 1`."""
    item = item.unalias()
    if isinstance(item, exp.EQ) and isinstance(item.this, exp.Parameter):
        return exp.Kwarg(this=exp.var(item.this.name), expression=item.expression.copy())
    return item.copy()
