"""A quick look at a text: which relations it makes and names, before anything is bound."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter

from sqlglot import exp

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.sql.algebra import Problem
from contract_gate.sql.comments import COMMENT, STRING, blank
from contract_gate.sql.families import TSQL
from contract_gate.sql.names import (
    read_relation_name,
)
from contract_gate.sql.parsing.declaring import CalledBody, in_sight
from contract_gate.sql.parsing.parse import parse
from contract_gate.sql.pieces import NAME, Piece, PieceReader, StatementAction, relations_read
from contract_gate.sql.stack import deep_stack
from contract_gate.sql.statement.steps import FOLLOWING


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptScan:
    """`makes`: relations created or filled for good, creations first.

    `bare_select`: the text has a query and makes nothing. `pieces`: the statements in order, parts that can't be parsed
    among them. `problems`: why these can't be.
    """

    makes: tuple[RelationName, ...] = ()
    created: frozenset[RelationName] = frozenset()
    bare_select: bool = False
    pieces: tuple[Piece, ...] = ()
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=20_000)
def scan_script(sql: str, dialect: str) -> ScriptScan:
    """Read a text without binding it. Kept by content: base and head share most of their files."""
    simple = _simple(sql, dialect)
    return simple if simple is not None else deep_stack(lambda: _scanned(sql, dialect))


@lru_cache(maxsize=20_000)
def names_read(sql: str, dialect: str) -> frozenset[RelationName]:
    """Give every relation that a text names, targets among them."""
    nodes = deep_stack(lambda: parse(sql, dialect)).statements
    return frozenset(name for node in nodes for name in relations_read(node, dialect))


_NOISE = re.compile(rf"{COMMENT}|{STRING}|\"\"\".*?\"\"\"", re.DOTALL)
_COMMAND = re.compile(
    r"\b(create|insert|merge|update|delete|copy|truncate|alter|drop|into|use|declare|begin|go|call|execute)\b|;|#",
    re.IGNORECASE,
)
_SIMPLE = re.compile(
    rf"\s*create\s+(?P<replace>or\s+replace\s+)?(?:view|table)\s+(?P<missing>if\s+not\s+exists\s+)?{NAME}\s+"
    r"as\s*\(?\s*(?:select|with)\b(?P<query>.*?);?\s*",
    re.IGNORECASE | re.DOTALL,
)


def _simple(sql: str, dialect: str) -> ScriptScan | None:
    """Read the one statement of a text without a parser: `CREATE VIEW x AS SELECT …` and no other word of command."""
    found = _SIMPLE.fullmatch(_NOISE.sub(lambda noise: blank(noise[0]), sql))
    name = read_relation_name(found["name"], dialect) if found is not None else None
    if found is None or name is None or _COMMAND.search(found["query"]) is not None:
        return None
    action = (
        StatementAction.REPLACE
        if found["replace"]
        else StatementAction.CREATE_IF_MISSING
        if found["missing"]
        else StatementAction.CREATE
    )
    start = len(sql) - len(sql.lstrip())
    piece = Piece(action=action, relation=name, start=start, end=len(sql.rstrip().removesuffix(";")))
    return ScriptScan(makes=(name,), created=frozenset({name}), pieces=(piece,))


_MAKES = re.compile(r"\s*(?:create|alter|grant|revoke|deny)\b", re.IGNORECASE)
"""What begins so and is read as a query is what a trigger, policy or right asks of its table."""
_MAKER = re.compile(r"\s*(or\s+\w+\s+)?(\w+\s+){0,2}(table|view)\b", re.IGNORECASE)


def _scanned(sql: str, dialect: str) -> ScriptScan:
    parsed = parse(sql, dialect)
    pieces: list[Piece] = []
    place = PieceReader(dialect)
    for node, (start, end) in zip(parsed.statements, parsed.spans, strict=True):
        around = in_sight(parsed.sights, start)
        body = parsed.called_at(start)
        called = body is not None
        kept = body is not None and body.is_kept and dialect in FOLLOWING
        done = place.pieces(node, around)
        pieces.extend(
            replace(piece, start=start, end=end, variables=around, is_called=called, is_kept=kept)
            for piece in done
        )
    pieces.extend(
        Piece(
            action=StatementAction.UNREAD, start=start, end=end, is_called=parsed.called_at(start) is not None
        )
        for start, end in parsed.unread
    )
    for body in parsed.called if dialect in TSQL else ():
        pieces = _with_body(pieces, body.start, body.end)
    pieces.sort(key=lambda piece: (piece.start, piece.end))
    pieces = list(_with_heads(pieces, parsed.called))
    created, filled = _outcome(pieces)
    makes = tuple(dict.fromkeys([*created, *filled]))
    return ScriptScan(
        makes=makes, created=frozenset(created),
        bare_select=not makes and any(piece.action is StatementAction.QUERY and not _MAKES.match(sql, piece.start) for piece in pieces),
        pieces=tuple(pieces), problems=(*parsed.problems, *_unreadable_makers(parsed.statements)),
    )  # fmt: skip


def _with_heads(pieces: Iterable[Piece], called: Sequence[CalledBody]) -> Iterator[Piece]:
    """Say of what stands in the body of a procedure whose body it is. Both are in the text's order."""
    heads: dict[int, int] = {}
    for piece in pieces:
        place = bisect_right(called, piece.start, key=attrgetter("start")) - 1
        if piece.is_called and piece.is_routine:
            heads.setdefault(place, piece.start)
        yield replace(piece, head=heads.get(place)) if piece.is_called and not piece.is_routine else piece


def _with_body(pieces: list[Piece], start: int, end: int) -> list[Piece]:
    """A procedure that only gives rows to who calls it is one piece with its body, as a function is."""
    inner = [piece for piece in pieces if start <= piece.start < end]
    heads = [piece for piece in inner if piece.is_routine]
    only = {piece.action for piece in inner if not piece.is_routine}
    if len(heads) != 1 or StatementAction.QUERY not in only or not only <= _GIVING:
        return pieces
    return [*(piece for piece in pieces if piece not in inner), replace(heads[0], end=end)]


_GIVING = frozenset({StatementAction.QUERY, StatementAction.CONTEXT, StatementAction.OTHER})


def _unreadable_makers(statements: Iterable[exp.Expr]) -> Iterator[Problem]:
    """sqlglot keeps what it can't parse as text: where that text makes a table or view, which one is not known."""
    for node in statements:
        text = node.text("expression") if isinstance(node, exp.Command) else ""
        if isinstance(node, exp.Command) and node.name.upper() == "CREATE" and _MAKER.match(text):
            yield Problem(kind="unsupported", message="a CREATE statement that is not understood")


_CREATING = frozenset({StatementAction.CREATE, StatementAction.CREATE_IF_MISSING, StatementAction.REPLACE})
_TAKING = frozenset({StatementAction.DROP, StatementAction.RENAME})


def _outcome(pieces: list[Piece]) -> tuple[dict[RelationName, None], dict[RelationName, None]]:
    """Fold the actions of one text: what is created, and what is filled alone."""
    created: dict[RelationName, None] = {}
    filled: dict[RelationName, None] = {}
    stays = {piece.relation for piece in pieces if piece.action in _CREATING and not piece.is_called}
    for piece in pieces:
        name = piece.relation
        # A procedure or a task that drops what the script itself makes does so when it is called.
        is_later = piece.is_called and piece.action in _TAKING and name in stays
        if name is None or piece.is_routine or piece.of_schema or is_later:
            continue
        match piece.action:
            case action if action in _CREATING:
                created.setdefault(name)
            case StatementAction.FILL | StatementAction.ROWS:
                filled.setdefault(name)
            case StatementAction.DROP:
                created.pop(name, None)
                filled.pop(name, None)
            case StatementAction.RENAME if piece.renamed_to is not None and (
                name in created or name in filled
            ):
                for made in (created, filled):
                    if name in made:
                        made.pop(name)
                        made.setdefault(piece.renamed_to)
            case _:
                pass
    return created, filled
