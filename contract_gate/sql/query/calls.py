"""Calls of functions that the repository or the script makes: which one a name means, and whether the arguments fit."""

from collections.abc import Iterator

from sqlglot import exp

from contract_gate.core.relation import RelationName
from contract_gate.sql.algebra import Call, Routine
from contract_gate.sql.families import TRINO, TSQL
from contract_gate.sql.names import fold_table, read_relation_name
from contract_gate.sql.query.binding import Binding


def kinds(of: type[exp.Expr]) -> Iterator[type[exp.Expr]]:
    """Give the kinds of sqlglot's nodes that are of this one."""
    for inner in of.__subclasses__():
        yield inner
        yield from kinds(inner)


OPERATORS = frozenset(kind.key for kind in kinds(exp.Expr) if not issubclass(kind, exp.Func)) | {
    "any_column", "any_query", "all_query", "assigned", "branch", "every_row", "field", "in_query", "jsonconcat", "keep", "keyset",
    "named", "number", "padded", "scalar", "set_returning", "string", "unpivot", "unresolved", "variable", "word",
}  # fmt: skip
"""What is no function: sqlglot's operators and clauses, and what the binder makes besides them."""


def operator_of(function: str) -> str:
    """Give the operator of a function by its name: `add(x, y)` of somebody's own is no sum, and BigQuery's STRING(x) no literal."""
    return f"{function}()" if function in OPERATORS else function


def called_name(node: exp.Expr, binding: Binding) -> RelationName | None:
    """Give the name that an expression calls a function by: `f(…)`, `s.f(…)`, `p.s.f(…)`; None where it calls none."""
    parts: list[str] = []
    if isinstance(node, exp.Table):
        outer = (node.args.get("catalog"), node.args.get("db"))
        parts = [*(_part(part, binding) for part in outer if part is not None), _part(node.this, binding)]
        return _named(parts, binding)
    if isinstance(node, (exp.Lateral, exp.TableFromRows)) and isinstance(node.this, exp.Expr):
        node = node.this
    while isinstance(node, exp.Dot):
        parts.insert(0, _part(node.expression, binding))
        node = node.this
    parts.insert(0, _part(node, binding))
    return _named(parts, binding)


def _named(parts: list[str], binding: Binding) -> RelationName | None:
    """BigQuery quotes a name as a whole, too: `d.f`(x)."""
    if binding.dialect == "bigquery":
        parts = [word for part in parts for word in part.split(".")]
    return RelationName(tuple(parts)) if all(parts) else None


_OF_SEQUENCES = frozenset({"nextval", "currval", "setval"})


def read_sequence(node: exp.Expr, binding: Binding) -> None:
    """Note which sequence a call asks: `nextval('s.seq')`, MariaDB's `nextval(seq)`, `NEXT VALUE FOR seq`, `seq.nextval`."""
    given: object = node
    if isinstance(node, exp.Anonymous):
        asks = node.name.lower() in _OF_SEQUENCES and node.expressions
        given = node.expressions[0] if asks else None
    elif isinstance(node, exp.NextValueFor):
        given = node.this
    given = given.this if isinstance(given, exp.Cast) else given
    name = None
    if isinstance(given, exp.Literal):
        name = read_relation_name(given.name, binding.dialect)
    elif isinstance(given, exp.Column):
        parts = given.parts[:-1] if given is node else given.parts
        name = RelationName(tuple(_part(part, binding) for part in parts))
    if name is not None:
        find_named(name, node, binding)


def find_routine(name: RelationName, call: exp.Expr, binding: Binding) -> Routine | None:
    """Look a called function up, in the script and then in the repository, and check that the arguments fit."""
    written = _placed(call, binding)
    routine = find_named(name, written, binding, _count(call))
    if routine is not None:
        _check_arguments(routine, call, written, binding)
    return routine


def named_like(node: exp.Func, binding: Binding) -> Routine | None:
    """Look up a function that somebody here makes under a name for which sqlglot has a node of its own (`nvl`, `median`)."""
    if isinstance(node, (exp.Anonymous, exp.Cast, exp.Connector, exp.Case)):
        return None
    look_up = binding.lookup_routine if binding.dialect not in _CALLED_IN_FULL else binding.routines.get
    for name in _names_of(node, binding):
        if binding.routines.get(name) or look_up(name):
            return find_named(name, node, binding)  # the parser may have added arguments
    return None


_CALLED_IN_FULL = TRINO | TSQL | {"bigquery"}
"""Where what others make is called with its schema."""


def _names_of(node: exp.Func, binding: Binding) -> list[RelationName]:
    """Give the name that the call is written with, else those that sqlglot gives its node."""
    start, end = node.meta.get("start"), node.meta.get("end")
    names = node.sql_names()
    if isinstance(start, int) and isinstance(end, int):
        names = [binding.text[start : end + 1]]
    return [RelationName((name.lower(),)) for name in names if name.replace("_", "a").isalnum()]


def find_named(
    name: RelationName, written: exp.Expr, binding: Binding, count: int | None = None
) -> Routine | None:
    """Look up what is named like a function, in the script and then in the repository, and note that the text names it."""
    found = binding.routines.get(name) or _of_script(name, binding)
    known = binding.lookup_routine(name)
    line, column = binding.position(_placed(written, binding))
    told = known.name if known is not None else name
    binding.calls.append(
        Call(
            name=told,
            line=max(line, 1),
            column=max(column, 1),
            is_known=(found or known) is not None,
            count=count,
        )
    )
    # What a migration makes of a type in the end is what the tables of earlier ones have.
    return known if known is not None and known.is_type else found or known


def _placed(call: exp.Expr, binding: Binding) -> exp.Expr:
    """Give the call, or the nearest expression around it whose place is known: the parser drops that of a bare name."""
    node: exp.Expr = call
    while binding.position(node) == (0, 0) and node.parent is not None:
        node = node.parent
    return node


def _of_script(name: RelationName, binding: Binding) -> Routine | None:
    alike = [routine for made, routine in binding.routines.items() if made.matches(name)]
    return alike[0] if len(alike) == 1 else None


def _part(node: object, binding: Binding) -> str:
    match node:
        case exp.Anonymous():
            name = node.this if isinstance(node.this, str) else node.this.name
            quoted = isinstance(node.this, exp.Identifier) and bool(node.this.args.get("quoted"))
            return fold_table(str(name), quoted, binding.dialect)
        case exp.Identifier():
            return fold_table(node.name, bool(node.args.get("quoted")), binding.dialect)
        case _:
            return ""


def _given(call: exp.Expr) -> list[exp.Expr]:
    return list(call.expressions if not isinstance(call, exp.Dot) else call.expression.expressions)


def _count(call: exp.Expr) -> int | None:
    given = _given(call)
    is_open = any(
        isinstance(item, (exp.Star, exp.Kwarg, exp.PropertyEQ)) or says_default(item) for item in given
    )
    return None if is_open else len(given)


def says_default(value: exp.Expr) -> bool:
    """Tell whether a value is the word DEFAULT, which the parser takes for a column where it expects an expression."""
    return isinstance(value, (exp.Var, exp.Column)) and value.sql().upper() == "DEFAULT"


def _check_arguments(routine: Routine, call: exp.Expr, written: exp.Expr, binding: Binding) -> None:
    given = _given(call)
    if any(isinstance(item, exp.Star) or item.find(exp.Star) for item in given) or not routine.signatures:
        return
    named = [item.this.name.lower() for item in given if isinstance(item, (exp.Kwarg, exp.PropertyEQ))]
    if not any(signature.takes(len(given), named) for signature in routine.signatures):
        ways = " or ".join(map(str, routine.signatures))
        message = f"`{routine.name}` is called with {len(given)} arguments, and takes {ways}"
        binding.report("argument-count", message, written, True, "", (routine.name,))
