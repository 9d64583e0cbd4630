"""The columns that an expression names, where it stands for itself: in YAML, beside no query."""

import re
from functools import lru_cache

from sqlglot import exp

from contract_gate.sql.names import fold_column
from contract_gate.sql.parsing.parse import parse

# It is read without a deep stack.
_LONGEST, _DEEPEST = 4_000, 40
_NAME = re.compile(r"[A-Za-z_]\w*")


@lru_cache(maxsize=4096)
def columns_in(text: str, dialect: str) -> tuple[str, ...] | None:
    """Give the columns, folded, each once, without those of subqueries; None where the text is no expression."""
    if _NAME.fullmatch(text.strip()):
        return (fold_column(text.strip(), False, dialect),)
    if len(text) > _LONGEST or text.count("(") > _DEEPEST:
        return None
    parsed = parse(f"SELECT {text}", dialect)
    if parsed.problems or len(parsed.statements) != 1 or not isinstance(parsed.statements[0], exp.Select):
        return None
    select = parsed.statements[0]
    found = [column for column in select.find_all(exp.Column, bfs=False) if column.parent_select is select]
    names = (column.this for column in found)
    return tuple(
        dict.fromkeys(
            fold_column(name.name, bool(name.args.get("quoted")), dialect)
            for name in names
            if isinstance(name, exp.Identifier)
        )
    )
