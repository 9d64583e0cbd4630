"""From text to sqlglot statements, one by one, with bounds: a statement that can't be parsed spares the others."""

import logging
import re
from bisect import bisect_right
from collections.abc import Iterable
from operator import attrgetter

from sqlglot import Dialect, exp
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.core.deadline import checkpoint
from contract_gate.core.faults import BEYOND_A_FILE, told
from contract_gate.core.values import dataclass
from contract_gate.core.world import PLACEHOLDER
from contract_gate.sql.algebra import Problem
from contract_gate.sql.families import MYSQL, TSQL
from contract_gate.sql.parsing.alterations import is_redefinition, may_lose, rewritten
from contract_gate.sql.parsing.carried import queries_in
from contract_gate.sql.parsing.chunks import (
    gives_no_rows,
    is_function_block,
    opened,
    quoted_bodies,
    split,
    split_unseparated,
    takes_what_follows,
    unfolded,
)
from contract_gate.sql.parsing.conditional import (
    asks_what_is_there,
    branched,
    guard,
    guarded,
    text_run,
    texts_to_prepare,
)
from contract_gate.sql.parsing.declaring import CalledBody, Sight, called_bodies, declared, names_in
from contract_gate.sql.parsing.disambiguation import mask, spelled_out, unmask
from contract_gate.sql.parsing.functions import (
    UNDER,
    as_text,
    head_text,
    is_function,
    plain_drops,
    without_clauses,
)
from contract_gate.sql.parsing.heads import (
    as_call,
    body_of,
    call_in,
    has_text,
    head_of,
    is_head,
)
from contract_gate.sql.parsing.output import parted
from contract_gate.sql.parsing.tokens import nesting

MAX_CHARACTERS = 5_000_000
MAX_NESTING = 500
"""Parentheses and CASEs within each other. The compiled parser does not check the stack: past some thousands it would
crash the process, so that the bound is set well below."""
MAX_TOKENS = 250_000
"""Words of one statement: what is longer would take minutes to compare."""

# sqlglot warns through logging of every statement it keeps as text; the statement's kind says so already.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())
logging.getLogger("sqlglot").propagate = False

_TOKEN = re.compile(r"<Token token_type: [^,]*, text: (.*?), line: .*?>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The statements of a text, in order, and those parts of it that could not be parsed.

    `spans`: where each statement stands in the text (from, to); `unread`: where each problem's part does; `sights`: where
    names are in sight that the code around declares; `called`: where something does whose body runs when it is called.
    """

    statements: tuple[exp.Expr, ...]
    problems: tuple[Problem, ...]
    spans: tuple[tuple[int, int], ...] = ()
    unread: tuple[tuple[int, int], ...] = ()
    sights: tuple[Sight, ...] = ()
    called: tuple[CalledBody, ...] = ()

    def called_at(self, start: int) -> CalledBody | None:
        """Give what is called that a statement which begins here is a part of; None where it is of nothing."""
        place = bisect_right(self.called, start, key=attrgetter("start")) - 1
        return self.called[place] if place >= 0 and start < self.called[place].end else None


def parse(sql: str, dialect: str) -> Parsed:
    """Parse every statement; see `Problem` for what could not be. Needs `deep_stack` around it for nested SQL."""
    if len(sql) > MAX_CHARACTERS:
        return Parsed(
            (), (Problem(kind="unsupported", message=f"longer than {MAX_CHARACTERS:,} characters"),)
        )
    checkpoint()
    engine = _engine(sql, dialect)
    quoted, sql = quoted_bodies(sql), opened(sql, dialect)
    try:
        tokens = spelled_out(
            unfolded(engine.tokenize(sql), engine.tokenize, sql, dialect), dialect, engine.tokenize
        )
    except TokenError as error:
        return Parsed(
            (), (Problem(kind="syntax", message=f"not readable as {dialect or 'SQL'}: {_first_line(error)}"),)
        )
    ends: dict[int, int] = {}
    parts = _read_all(split(tokens, dialect), engine, sql, dialect)
    read = [(node, part.span) for part in parts for node in part.statements]
    for start, end in guarded(tokens) if dialect in TSQL else ():
        guard(node for node, span in read if start < span[0] < end)
    failed = [(part.problem, part.span) for part in parts if part.problem is not None]
    return Parsed(
        tuple(node for node, _ in read), tuple(problem for problem, _ in failed),
        tuple(span for _, span in read), tuple(span for _, span in failed), declared(tokens, ends),
        called_bodies(tokens, dialect, sql, quoted, ends),
    )  # fmt: skip


def variables_in(sql: str, dialect: str) -> frozenset[str]:
    """Give the names that code declares in a text whose statements are parsed apart."""
    try:
        return (
            names_in(Dialect.get_or_raise(dialect or None).tokenize(sql))
            if _DECLARING.search(sql)
            else frozenset()
        )
    except TokenError:
        return frozenset()


_DECLARING = re.compile(r"\b(?:declare|for)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Part:
    span: tuple[int, int]
    statements: tuple[exp.Expr, ...] = ()
    problem: Problem | None = None

    @property
    def is_understood(self) -> bool:
        return self.problem is None and not any(_may_say_more(node) for node in self.statements)


def _may_say_more(node: exp.Expr) -> bool:
    """Tell whether sqlglot keeps as text, or in a form of its own, what `rewritten` can say plainly."""
    if isinstance(node, exp.Alter):
        # `RENAME a TO b` is read as a table's new name with an option.
        options = (isinstance(option, exp.ToTableProperty) for option in node.args.get("options") or ())
        return any(map(_is_half_read, node.args.get("actions") or ())) or any(options)
    if isinstance(node, exp.Create):
        return node.kind == "DICTIONARY"
    returning = node.args.get("returning")
    fills = isinstance(returning, exp.Returning) and isinstance(returning.args.get("into"), exp.Expr)
    return fills or isinstance(node, (exp.Command, exp.Execute))


def _is_half_read(action: exp.Expr) -> bool:
    match action:
        case exp.Drop():
            return any(isinstance(dropped, exp.Schema) for dropped in action.args.get("tables") or ())
        case exp.AlterColumn():
            return action.args.get("rename_to") is not None
        case exp.ColumnDef():
            # `ADD a INT, CONSTRAINT c UNIQUE (a)` is read as a column of that name.
            return action.name.upper() == "CONSTRAINT" and not action.this.args.get("quoted")
        case _:
            return isinstance(action, (exp.Schema, exp.ModifyColumn, exp.Command, exp.Query))


def _engine(sql: str, dialect: str) -> Dialect:
    """Give the dialect's parser; where a text has placeholders one may stand for a type, which not every dialect lets people name."""
    engine = Dialect.get_or_raise(dialect or None)
    if PLACEHOLDER in sql:
        engine.SUPPORTS_USER_DEFINED_TYPES = True
    return engine


def _read(chunk: list[Token], engine: Dialect, sql: str, dialect: str) -> list[_Part]:
    """Read one statement; where that fails, as several with nothing between, or in another spelling."""
    if is_function(chunk):
        return _read_function(chunk, engine, sql, dialect)
    if chunk[0].text.upper() == "CALL" and len(chunk) > 1:
        return [_call(chunk, engine, sql, dialect)]
    if dialect in TSQL and takes_what_follows(chunk) and len(several := split_unseparated(chunk)) > 1:
        return _read_all(several, engine, sql, dialect)
    if dialect in TSQL and (parts := _conditional(chunk, engine, sql, dialect)):
        return parts
    whole = _parse_chunk(chunk, engine, sql, dialect)
    if dialect in MYSQL and (texts := texts_to_prepare(chunk)):
        run = (node for text in texts for node in _respelled_as(text, chunk, engine, dialect))
        return [whole, _Part(whole.span, tuple(run))]
    if is_head(chunk) and not any(has_text(node) for node in whole.statements):
        return _read_head(chunk, whole, engine, sql, dialect)
    if whole.is_understood and not is_redefinition(chunk):
        return [whole]
    if dialect in TSQL and len(several := split_unseparated(chunk)) > 1:
        return _read_all(several, engine, sql, dialect)
    if dialect in TSQL and (both := parted(chunk)):
        return _read_all(both, engine, sql, dialect)
    if whole.problem is not None and len(chunk) > 1 and chunk[0].text.upper() in _KEPT:
        return [_Part(whole.span, (_command(chunk, sql),))]
    again = _respelled(chunk, engine, sql, dialect) or [
        node for text in plain_drops(chunk, sql) for node in _respelled_as(text, chunk, engine, dialect)
    ]
    kept = tuple(node for node in again if not isinstance(node, exp.Command))
    if kept and not any(isinstance(node, exp.Command) and may_lose(node.sql()) for node in again):
        return [_Part(whole.span, kept)]
    if gives_no_rows(chunk):
        return _read_all(queries_in(chunk), engine, sql, dialect)
    return [whole]


_KEPT = frozenset({
    "PREPARE", "EXECUTE", "EXEC", "DENY", "LOCK", "AUDIT", "NOAUDIT", "CHECK", "CLUSTER", "SECURITY", "FSCK",
})  # fmt: skip
"""What runs a text that is put together, or only names what it is about: statements of no grammar here."""


def _read_all(chunks: Iterable[list[Token]], engine: Dialect, sql: str, dialect: str) -> list[_Part]:
    return [part for chunk in chunks for part in _read(chunk, engine, sql, dialect)]


def _read_head(chunk: list[Token], whole: _Part, engine: Dialect, sql: str, dialect: str) -> list[_Part]:
    """Read the head of a procedure, and what it declares before its body."""
    heads = _respelled_as(head_of(chunk, sql), chunk, engine, dialect)
    made = tuple(node for node in heads if isinstance(node, exp.Create))
    if not made:
        return [whole]
    declared = chunk[body_of(chunk) + 1 :]
    return [_Part(whole.span, made), *_read_all([declared] if declared else (), engine, sql, dialect)]


def _conditional(chunk: list[Token], engine: Dialect, sql: str, dialect: str) -> list[_Part]:
    """Read T-SQL's IF or WHILE before a single statement, and a text that it runs; none where it is neither."""
    if len(parts := branched(chunk)) > 1:
        asked, done = (_read_all(some, engine, sql, dialect) for some in (queries_in(parts[0]), parts[1:]))
        if asks_what_is_there(parts[0]):
            firsts = {part[0].start for part in parts[1:]}
            guard(node for part in done if part.span[0] in firsts for node in part.statements)
        return [*asked, *done]
    text = text_run(chunk)
    if text and len(several := split_unseparated(chunk)) > 1:
        return _read_all(several, engine, sql, dialect)
    run = _respelled_as(text, chunk, engine, dialect) if text else []
    return [_Part((chunk[0].start, chunk[-1].end + 1), tuple(run))] if run else []


def _respelled_as(text: str, chunk: list[Token], engine: Dialect, dialect: str) -> list[exp.Expr]:
    """Read another text in a statement's place."""
    return _placed(_parse_text(text, engine, dialect), chunk[0].start)


def _read_function(chunk: list[Token], engine: Dialect, sql: str, dialect: str) -> list[_Part]:
    """Read a function; where no grammar does, by its name and parameters."""
    bare, settings = without_clauses(chunk, sql)
    part = _function(bare, engine, sql, dialect) if is_function_block(bare) else None
    part = part or _understood(bare, engine, sql, dialect)
    if part is None and dialect in TSQL and len(several := split_unseparated(chunk)) > 1:
        return _read_all(several, engine, sql, dialect)
    if (
        part is None
        and (kept := as_text(bare, sql, lambda text: _parse_text(text, engine, dialect))) is not None
    ):
        part = _Part((chunk[0].start, chunk[-1].end + 1), tuple(_placed([kept], chunk[0].start)))
    if part is None:
        return [_parse_chunk(chunk, engine, sql, dialect)]
    for node in part.statements if settings else ():
        node.meta[UNDER] = settings
    return [part]


def _understood(chunk: list[Token], engine: Dialect, sql: str, dialect: str) -> _Part | None:
    """Read a statement as it is, or in another spelling; None where neither can be."""
    part = _parse_chunk(chunk, engine, sql, dialect)
    if part.is_understood:
        return part
    again = _respelled(chunk, engine, sql, dialect)
    is_whole = again and not any(isinstance(node, exp.Command) for node in again)
    return _Part(part.span, tuple(again)) if is_whole else None


def _respelled(chunk: list[Token], engine: Dialect, sql: str, dialect: str) -> list[exp.Expr]:
    again = [
        node
        for text in rewritten(chunk, sql, dialect)
        for node in _placed(_parse_text(text, engine, dialect), chunk[0].start)
    ]
    for node in again:
        _place_body(node, chunk, sql)
    return again


def _call(chunk: list[Token], engine: Dialect, sql: str, dialect: str) -> _Part:
    part = _parse_chunk(call_in(chunk), engine, sql, dialect)
    called = as_call(part.statements[0]) if len(part.statements) == 1 else None
    span = (chunk[0].start, chunk[-1].end + 1)
    return _Part(span, (called or _command(chunk, sql),))


def _command(chunk: list[Token], sql: str) -> exp.Command:
    text = exp.Literal.string(sql[chunk[1].start : chunk[-1].end + 1])
    return exp.Command(this=chunk[0].text.upper(), expression=text)


class _TooLong(Exception):  # noqa: N818 - never leaves this module
    """A statement has more words than are read."""


def _parse_chunk(chunk: list[Token], engine: Dialect, sql: str, dialect: str) -> _Part:
    span = (chunk[0].start, chunk[-1].end + 1)
    try:
        _check_size(chunk)
        is_masked = mask(chunk, dialect)
        nodes = tuple(node for node in engine.parser().parse(chunk, sql) if node is not None)
        for node in nodes if is_masked else ():
            unmask(node)
        for node in nodes:
            _place_body(node, chunk, sql)
        return _Part(span, nodes)
    except SqlglotError as error:
        return _Part(span, problem=_problem(error, chunk, dialect))
    except _TooLong:
        message = f"longer than {MAX_TOKENS:,} words"
        return _Part(span, problem=_at(chunk[0], "unsupported", message))
    except RecursionError:
        return _Part(span, problem=_at(chunk[0], "unsupported", "nested too deeply to be read"))
    except BEYOND_A_FILE:
        raise
    except Exception as error:  # noqa: BLE001 - sqlglot's parser trips over some texts instead of refusing them
        return _Part(span, problem=_at(chunk[0], "syntax", told(error)))


def _place_body(node: exp.Expr, chunk: list[Token], sql: str) -> None:
    """Note where the text of a function's body stands: its statements are read from there."""
    body = node.args.get("expression") if isinstance(node, exp.Create) else None
    if not isinstance(body, (exp.Heredoc, exp.RawString, exp.Literal)):
        return
    for token in reversed(chunk):
        place = sql.find(body.name.strip()[:40], token.start, token.end + 1) if body.name.strip() else -1
        if token.text.strip() == body.name.strip() and place >= 0:
            body.meta["start"] = place - (len(body.name) - len(body.name.lstrip()))
            return


def _function(chunk: list[Token], engine: Dialect, sql: str, dialect: str) -> _Part | None:
    """Read a function whose body is a block: its head as a statement, the block as text."""
    words = [token.text.upper() for token in chunk]
    begin = words.index("BEGIN")
    depth = _outside(chunk)
    opening = next((i for i in range(begin) if words[i] in ("AS", "IS", "DECLARE") and depth[i]), begin)
    head = head_text(chunk[:opening], sql)
    for end in (" as begin return 1", " as 'x'", " as $$x$$", " return 1"):
        nodes = _parse_text(head + end, engine, dialect)
        if len(nodes) == 1 and isinstance(nodes[0], exp.Create):
            place = chunk[opening + 1].start if words[opening] in ("AS", "IS") else chunk[opening].start
            body = exp.Heredoc(this=sql[place : chunk[-1].end + 1])
            body.meta["start"] = place
            nodes[0].set("expression", body)
            _placed(nodes, chunk[0].start)
            return _Part((chunk[0].start, chunk[-1].end + 1), (nodes[0],))
    return None


def _outside(chunk: list[Token]) -> list[bool]:
    """Tell of each token whether it stands outside of parentheses."""
    found, depth = [], 0
    for token in chunk:
        depth += nesting(token)
        found.append(depth == 0)
    return found


def _parse_text(text: str, engine: Dialect, dialect: str) -> list[exp.Expr]:
    try:
        tokens = spelled_out(engine.tokenize(text), dialect, engine.tokenize)
        return [node for node in engine.parser().parse(tokens, text) if node is not None]
    except SqlglotError:
        return []


def _placed(nodes: list[exp.Expr], start: int) -> list[exp.Expr]:
    """Put what was read from another spelling where the statement begins."""
    for node in nodes:
        for identifier in node.find_all(exp.Identifier):
            identifier.meta["start"] = start
    return nodes


def _check_size(chunk: list[Token]) -> None:
    if len(chunk) > MAX_TOKENS:
        raise _TooLong
    depth = subscripts = 0
    before = None
    for token in chunk:
        # `a[1][1]…` is as deep as it is long, and the parser's time grows with the square of that.
        subscripts = subscripts + (before == TokenType.R_BRACKET and token.token_type == TokenType.L_BRACKET)
        before = token.token_type
        if token.token_type in (TokenType.L_PAREN, TokenType.CASE, TokenType.L_BRACKET):
            depth += 1
            if depth > MAX_NESTING or subscripts > MAX_NESTING:
                raise RecursionError
        elif token.token_type in (TokenType.R_PAREN, TokenType.END, TokenType.R_BRACKET):
            depth -= 1


def _problem(error: SqlglotError, chunk: list[Token], dialect: str) -> Problem:
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        line, column = first.get("line") or chunk[0].line, first.get("col") or 1
        near = str(first.get("highlight") or "").strip()
        what = _TOKEN.sub(r"`\1`", str(first.get("description") or "not understood")).rstrip(".")
        message = f"not readable as {dialect or 'SQL'}: {what}" + (f" near `{near[:60]}`" if near else "")
        return Problem(kind="syntax", message=message, line=int(line), column=int(column))
    return _at(chunk[0], "syntax", f"not readable as {dialect or 'SQL'}: {_first_line(error)}")


def _at(token: Token, kind: str, message: str) -> Problem:
    return Problem(
        kind=kind, message=message, line=token.line, column=max(token.col - len(token.text) + 1, 1)
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
