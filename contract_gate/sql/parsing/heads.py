"""Procedures on tokens: the head of one, which is a statement before those of its body, and CALL, which sqlglot keeps as text."""

import re
from collections.abc import Collection, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.parsing.tokens import nesting

_BEFORE = frozenset({"OR", "REPLACE", "ALTER", "SECURE", "EDITIONABLE", "NONEDITIONABLE", "DEFINER"})
_MODES = frozenset({"IN", "OUT", "INOUT"})


def is_head(chunk: Sequence[Token], kinds: Collection[str] = ("PROCEDURE", "PROC")) -> bool:
    """Tell whether a chunk creates a procedure, or something else of these kinds."""
    words = [token.text.upper() for token in chunk[:9]]
    if words[:1] not in (["CREATE"], ["ALTER"]):
        return False
    at = next((i for i, word in enumerate(words) if word in kinds), 0)
    return at > 0 and (at == 1 or words[1] in _BEFORE)


def head_of(chunk: list[Token], sql: str) -> str:
    """Write the head of a procedure as sqlglot reads one, with a body that says nothing."""
    text = []
    for index, token in enumerate(chunk[: body_of(chunk)]):
        before = chunk[index - 1].text.upper() if index else ""
        following = chunk[index + 1].token_type if index + 1 < len(chunk) else TokenType.R_PAREN
        is_mode = token.text.upper() in _MODES and before in ("(", ",") and following != TokenType.COMMA
        gap = sql[chunk[index - 1].end + 1 : token.start] if index else ""
        word = "PROCEDURE" if token.text.upper() == "PROC" else sql[token.start : token.end + 1]
        text.append(gap + ("" if is_mode else word))
    whole = re.sub(r"^\s*alter\b", "CREATE OR REPLACE", "".join(text), flags=re.IGNORECASE)
    return whole + " as begin return 1"


def body_of(chunk: Sequence[Token]) -> int:
    """Give where the word before the body stands; what a procedure declares may follow it."""
    depth = 0
    for index, token in enumerate(chunk):
        depth += nesting(token)
        before = chunk[index - 1].text.upper() if index else ""
        if not depth and token.text.upper() in ("AS", "IS") and before not in ("EXECUTE", "EXEC"):
            return index
    return len(chunk)


def call_in(chunk: list[Token]) -> list[Token]:
    """Give what a CALL calls, without what becomes of its result."""
    end = next((i for i, token in enumerate(chunk) if token.text.upper() == "INTO"), len(chunk))
    return chunk[1:end]


def as_call(node: exp.Expr | None) -> exp.Execute | None:
    """Give `p(1)`, `s.p(1)` or a bare `p` as a call; None where it is none."""
    if isinstance(node, exp.Column):
        parts = {"this": node.this, "db": node.args.get("table"), "catalog": node.args.get("db")}
        return exp.Execute(this=exp.Table(**parts))
    called = node.expression if isinstance(node, exp.Dot) else node
    return exp.Execute(this=node) if isinstance(called, exp.Anonymous) else None


def has_text(node: exp.Expr) -> bool:
    """Tell whether the body of a routine is a text that is not read: code of another language."""
    body = node.args.get("expression")
    if isinstance(body, exp.Block) and len(body.expressions) == 1:
        body = body.expressions[0]
    return isinstance(body, (exp.Heredoc, exp.RawString, exp.Literal))
