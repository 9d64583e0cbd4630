"""Two statements of T-SQL that are written as one: what OUTPUT gives of the rows that a statement changes, and INSERT … EXEC.

https://learn.microsoft.com/en-us/sql/t-sql/queries/output-clause-transact-sql, …/statements/insert-transact-sql
"""

from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.parsing.tokens import behind_name, closing, like, nesting, spread

_ENDS = frozenset({"INTO", "WHERE", "FROM", "VALUES", "SELECT", "WITH", "EXEC", "EXECUTE", "DEFAULT", "OPTION", "OUTPUT", ";"})  # fmt: skip
_VERBS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_CALLS = frozenset({"EXEC", "EXECUTE"})
_GO_ON = (["FROM"], ["WHERE"], ["OPTION"], ["OUTPUT"])
_CHANGED = frozenset({"INSERTED", "DELETED"})


def parted(chunk: Sequence[Token]) -> list[list[Token]]:
    """Give a statement without its OUTPUT, and a query of what that gives (INSERT where it goes into a table); none where it is one.

    Of INSERT … EXEC: the call, and rows that nobody sees. What stands behind without a `;` is a statement of its own.
    """
    words = [token.text.upper() for token in chunk]
    verb = _at_top(chunk, words, 0, _VERBS)
    start = _at_top(chunk, words, verb, frozenset({"OUTPUT"}))
    if verb and words[0] != "WITH":
        return []
    called = _at_top(chunk, words, verb, _CALLS)
    if words[verb : verb + 1] == ["INSERT"] and called < len(chunk):
        return [
            _spread(each, chunk)
            for each in (chunk[called:], _unseen(chunk[verb:called], chunk[called + 1 :]))
        ]
    if start >= len(chunk):
        return []
    end = behind = _at_top(chunk, words, start + 1, _ENDS)
    into: list[Token] = []
    if words[end : end + 1] == ["INTO"]:
        behind = _behind_table(chunk, end + 1)
        into = [like(chunk[end], TokenType.INSERT, "INSERT"), *chunk[end:behind]]
    is_over = words[verb] != "INSERT" and words[behind : behind + 1] not in _GO_ON
    whole, rest = (chunk[:behind], chunk[behind:]) if is_over else (chunk, ())
    rows, name = _rows(whole[verb:], words[verb:], start - verb, behind - verb)
    items = [_renamed(chunk, index, name) for index in range(start + 1, end)]
    query = [like(chunk[start], TokenType.SELECT, "SELECT"), *items, *rows]
    changed = [*whole[:start], *whole[behind:]]
    both = [_spread(each, whole) for each in (changed, [*whole[:verb], *into, *query])]
    return [*both, list(rest)] if rest else both


def _spread(statement: Sequence[Token], whole: Sequence[Token]) -> list[Token]:
    return spread(list(statement), whole[0], whole[-1])


def _unseen(head: Sequence[Token], called: Sequence[Token]) -> list[Token]:
    """Write `INSERT INTO t (a)` as a load of rows from elsewhere: from what is called, where that has a name."""
    first = head[0]
    name = "".join(token.text for token in called[: behind_name(called, 0)])
    rows = [like(first, TokenType.FROM, "FROM"), like(first, TokenType.STRING, name)]
    return [like(first, TokenType.COPY, "COPY"), *head[2 if head[1].text.upper() == "INTO" else 1 :], *rows]


def _rows(chunk: Sequence[Token], words: Sequence[str], start: int, behind: int) -> tuple[list[Token], Token]:
    """Give FROM and the conditions of the rows that are given, and the name that the target has among them."""
    at = closing(chunk, 2) + 1 if words[1] == "TOP" else 1
    at += words[at] in ("INTO", "FROM")
    target = chunk[at : behind_name(chunk, at)]
    from_ = like(chunk[start], TokenType.FROM, "FROM")
    match words[0]:
        case "MERGE":
            sources = list(chunk[at : _at_top(chunk, words, at, frozenset({"ON"}))])
            using = next((i for i, token in enumerate(sources) if token.text.upper() == "USING"), 0)
            sources[using] = like(sources[using], TokenType.COMMA, ",")
            return [from_, *sources], sources[using - 1]
        case "INSERT":
            return [from_, *target], target[-1]
        case _:
            rest = list(chunk[behind:])
            has_sources = words[behind : behind + 1] == ["FROM"]
            return (rest if has_sources else [from_, *target, *rest]), target[-1]


def _renamed(chunk: Sequence[Token], index: int, name: Token) -> Token:
    """Write the target's name for `inserted` and `deleted`, and a text for `$action`."""
    token = chunk[index]
    if token.text.upper() in _CHANGED and chunk[index + 1].token_type == TokenType.DOT:
        return like(token, name.token_type, name.text)
    return like(token, TokenType.STRING, "action") if token.text.lower() == "$action" else token


def _behind_table(chunk: Sequence[Token], start: int) -> int:
    """Give the place behind `@rows` or `schema.table (columns)`."""
    start += chunk[start].text == "@"
    end = behind_name(chunk, start)
    return closing(chunk, end) + 1 if end < len(chunk) and nesting(chunk[end]) > 0 else end


def _at_top(chunk: Sequence[Token], words: Sequence[str], start: int, wanted: frozenset[str]) -> int:
    """Give the place of the first of some words outside of parentheses, the end where there is none."""
    depth = 0
    for index in range(start, len(chunk)):
        depth += nesting(chunk[index])
        if depth == 0 and words[index] in wanted:
            return index
    return len(chunk)
