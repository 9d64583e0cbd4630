"""Names of tables that a script works out: `IDENTIFIER($t)`, `TABLE($t)`, `identifier(v || '.orders')`.

What the script itself sets is put in their place; a name that it is given stays unknown, and is told as such.
https://docs.snowflake.com/en/sql-reference/identifier-literal
"""

import re

from sqlglot import exp

from contract_gate.sql.query.binding import Binding, expression_node

DYNAMIC = re.compile(
    r"\b(?:identifier\s*\(\s*(?!'[^']*'\s*\))|table\s*\(\s*[$:]\w|execute\s+immediate\b|prepare\s+\w+\s+from\s+@|sp_executesql\b|exec(?:ute)?\s*\(\s*@"
    r"|execute\s+(?:format\s*\(|(?:'(?:[^']|'')*'|\w+)\s*\|\|))",
    re.IGNORECASE,
)
"""How a text begins to name what it does not say."""
_DEPTH = 20


def name_tables(binding: Binding, node: exp.Expr) -> None:
    """Put the names that the script works out into its FROM and its targets, in place, as far as they are known."""
    for call in list(node.find_all(exp.Table, exp.TableFromRows)):
        given = _given(call)
        text = _text(given, binding, 0) if given is not None else None
        named = exp.maybe_parse(text, into=exp.Table, dialect=binding.dialect or None) if text else None
        if named is not None:
            for slot in ("alias", "joins", "pivots", "sample"):
                named.set(slot, call.args.get(slot))
            call.replace(named)


def is_dynamic(node: exp.Expr) -> bool:
    """Tell whether a statement still names a table, or is made of a text, that nobody here knows."""
    if isinstance(node, exp.Command):
        return node.name.upper() in ("EXECUTE", "EXEC", "PREPARE")
    if isinstance(node, exp.Execute):
        return isinstance(node, exp.ExecuteSql) or isinstance(node.this, exp.Subquery)
    return any(_given(call) is not None for call in node.find_all(exp.Table, exp.TableFromRows))


def _given(call: exp.Expr) -> exp.Expr | None:
    """Give what the name of a table is worked out from; None where it is written, or rows come from a function."""
    inner = call.this
    if isinstance(inner, exp.DynamicIdentifier):
        return inner.this if isinstance(inner.this, exp.Expr) else None
    if isinstance(inner, exp.Anonymous) and inner.name.lower() == "identifier" and inner.expressions:
        only = inner.expressions[0]
        return only if isinstance(only, exp.Expr) else None
    is_variable = isinstance(inner, (exp.Parameter, exp.Placeholder))
    return inner if isinstance(call, exp.TableFromRows) and is_variable else None


def _text(node: exp.Expr, binding: Binding, depth: int) -> str | None:
    """Work out a text; None where a part of it is not set by the script, or in a way that is not known here."""
    match node:
        case exp.Literal() if node.is_string:
            return node.name
        case exp.Paren():
            return _text(node.this, binding, depth)
        case exp.Parameter() | exp.Placeholder() | exp.Column() if depth < _DEPTH:
            value = binding.settings.get(node.name.lower())
            set_to = expression_node(value, binding.dialect) if value is not None else None
            return _text(set_to, binding, depth + 1) if set_to is not None else None
        case exp.DPipe() | exp.Add():
            return _joined([node.this, node.expression], binding, depth)
        case exp.Concat():
            return _joined(node.expressions, binding, depth)
        case _:
            return None


def _joined(parts: list[exp.Expr], binding: Binding, depth: int) -> str | None:
    texts = [_text(part, binding, depth) for part in parts]
    known = [text for text in texts if text is not None]
    return "".join(known) if len(known) == len(texts) else None
