"""CREATE PROCEDURE and the calls of one, bound: a routine whose body is read where it stands."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp

from contract_gate.core.values import dataclass, replace
from contract_gate.sql.algebra import Output, Query, Scan, Select, Signature, Source, Term
from contract_gate.sql.names import read_relation_name
from contract_gate.sql.parsing.heads import has_text
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.calls import called_name, find_named, find_routine
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.statement.routines import parameters_of


def bind_procedure(binding: Binding, node: exp.Create) -> Iterator[BoundStatement]:
    """Bind the head of a procedure: who calls it needs its name and its parameters."""
    if has_text(node):
        binding.report("unsupported", "the body of this procedure is not read", node)
    table = node.this if isinstance(node.this, exp.Table) else node.this.this
    yield BoundStatement(
        kind="function", targets=(binding.relation(table),), materialization="procedure",
        signature=Signature(parameters=parameters_of(binding, node)), overwrite=bool(node.args.get("replace")),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyStatement:
    """A statement in a body: its number among the bound ones, its node, and the text before it."""

    number: int
    node: exp.Expr
    before: str


def with_rows(statements: Sequence[BoundStatement], bodies: Iterable[BodyStatement]) -> list[BoundStatement]:
    """Give the heads of T-SQL's procedures the rows of the one query in their body that goes to the caller.

    https://learn.microsoft.com/en-us/sql/t-sql/statements/insert-transact-sql
    """
    found = list(statements)
    rows = defaultdict[int, list[BodyStatement]](list)
    head = -1
    for each in bodies:
        if statements[each.number].materialization == "procedure":
            head = each.number
        elif head >= 0 and _may_give_rows(each):
            rows[head].append(each)
    for number, given in rows.items():
        query = statements[given[0].number].query
        signature = statements[number].signature
        if (
            len(given) == 1
            and query is not None
            and signature is not None
            and not _is_one_text(given[0].node)
        ):
            signature = replace(signature, is_table=True)
            found[number] = replace(statements[number], query=query, signature=signature)
    return found


_WITHIN = re.compile(r"(?:\(|\bfor)\s*$", re.IGNORECASE)


def _may_give_rows(each: BodyStatement) -> bool:
    """Tell whether rows go to the caller: a query that is no assignment, no condition and no cursor's, another call, or what is not understood."""
    if not isinstance(each.node, exp.Query):
        return (
            not isinstance(each.node, _WITHOUT_ROWS)
            and _ASKS.search(each.node.sql(dialect="tsql")) is not None
        )
    is_assigned = any(
        isinstance(item, exp.EQ) and isinstance(item.this, exp.Parameter) for item in each.node.selects
    )
    is_made = each.node.args.get("into") is not None
    return not is_assigned and not is_made and _WITHIN.search(each.before) is None


_ASKS = re.compile(r"\b(?:select|exec(?:ute)?)\b", re.IGNORECASE)
_WITHOUT_ROWS = (
    exp.Set, exp.Declare, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.TruncateTable,
    exp.Transaction, exp.Commit, exp.Rollback, exp.Return,
)  # fmt: skip


def _is_one_text(node: exp.Expr) -> bool:
    """FOR JSON and FOR XML give all rows as one text."""
    return bool(node.args.get("for_"))


def rows_of_procedure(binding: Binding, name: str, node: exp.Expr) -> Query | None:
    """Give what INSERT … EXEC puts into its table, where all columns are known that the procedure gives."""
    called = read_relation_name(name, binding.dialect)
    routine = find_named(called, node, binding) if called is not None else None
    if routine is None or not routine.is_table or routine.query is not None or not routine.closed:
        return routine.query if routine is not None else None
    binding.read(routine.name, None, node)
    scan = Scan(name=routine.name, known=routine.columns, closed=True)
    source = Source(id=binding.next_id(), relation=scan, alias="")
    outputs = (
        Output(name=each.name, term=Term("column", value=each.name, source=source.id), type=each.type)
        for each in routine.columns
    )
    return Select(sources=(source,), outputs=tuple(outputs))


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
    binding.read_subqueries(node)
    yield BoundStatement(kind="other")


def _argument(item: exp.Expr) -> exp.Expr:
    """T-SQL gives an argument by its name as `@a = 1`."""
    item = item.unalias()
    if isinstance(item, exp.EQ) and isinstance(item.this, exp.Parameter):
        return exp.Kwarg(this=exp.var(item.this.name), expression=item.expression.copy())
    return item.copy()
