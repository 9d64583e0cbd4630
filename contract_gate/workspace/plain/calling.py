"""Functions and procedures that migrations make and call: what the body of one does to relations is done by then, or nobody knows what it does."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.sql.parsing.chunks import unknown_runs
from contract_gate.sql.pieces import NAME, Piece, StatementAction
from contract_gate.sql.scan import scan_script
from contract_gate.workspace.plain.scripts import ScriptFile, migrations


@dataclass(frozen=True, kw_only=True)
class CalledRoutine:
    """A function or procedure where a migration makes it. `body`: what stands in a string, and where that begins; `takes`: code of
    another language that may take something away.
    """

    script: ScriptFile
    head: Piece
    body: str = ""
    start: int = 0
    takes: bool = False

    @cached_property
    def steps(self) -> tuple[Piece, ...]:
        """Give what a body in a string alters, drops, renames or makes, as statements of the file."""
        pieces = scan_script(self.body, self.script.dialect).pieces if self.body else ()
        return tuple(
            replace(piece, start=piece.start + self.start, end=piece.end + self.start)
            for piece in pieces
            if piece.action in _STEPS and not piece.is_routine
        )

    @cached_property
    def is_unknown(self) -> bool:
        """Tell whether it runs a statement that nobody knows here and that may take something away."""
        own = any(_holder(self.script, place) is self.head for place in self.script.unknown)
        return own or self.takes or bool(unknown_runs(self.body, self.script.dialect))


_STEPS = frozenset({
    StatementAction.ALTER, StatementAction.DROP, StatementAction.RENAME, StatementAction.CREATE, StatementAction.REPLACE,
})  # fmt: skip
_BODY = re.compile(r"\bas\s+(?P<quote>\$\w*\$)(?P<body>.*?)(?P=quote)", re.IGNORECASE | re.DOTALL)
_OTHER_LANGUAGE = re.compile(r"\blanguage\s+(?!plpgsql|sql)\w", re.IGNORECASE)
_TAKES = re.compile(r"\b(?:drop|alter|rename)\s+\w", re.IGNORECASE)


def made_by(piece: Piece, script: ScriptFile) -> tuple[str, CalledRoutine] | None:
    """Give the routine that a statement makes, by its bare name; None where it makes none."""
    if not piece.is_routine or piece.relation is None or piece.action is StatementAction.DROP:
        return None
    text = script.text[piece.start : piece.end]
    name = piece.relation.name.lower()
    if _OTHER_LANGUAGE.search(text) is not None:
        return name, CalledRoutine(script=script, head=piece, takes=_TAKES.search(text) is not None)
    found = _BODY.search(text)
    body, start = (found["body"], piece.start + found.start("body")) if found is not None else ("", 0)
    return name, CalledRoutine(script=script, head=piece, body=body, start=start)


_CALLED = re.compile(
    r"(?P<word>\b(?:call|perform|exec(?:ute)?)\s+)?(?P<name>[\w.\[\]\"`#]+)(?P<given>\s*\()?", re.IGNORECASE
)


def called_in(
    piece: Piece, script: ScriptFile, routines: Mapping[str, CalledRoutine]
) -> Iterator[CalledRoutine]:
    """Give the routines that a statement of a migration calls when it runs."""
    if not routines or piece.is_called or piece.action not in _CALLING:
        return
    text = script.text[piece.start : piece.end]
    for found in _CALLED.finditer(text):
        routine = routines.get(found["name"].rpartition(".")[2].strip('[]"`').lower())
        if routine is not None and (found["word"] or found["given"] or text.strip(" ;") == found[0].strip()):
            yield routine


_CALLING = frozenset({StatementAction.QUERY, StatementAction.OTHER, StatementAction.CONTEXT})


def unknown_steps(scripts: Iterable[ScriptFile]) -> Iterator[tuple[str, str]]:
    """Give the migrations that run a statement which only their database knows, themselves or by what they call."""
    for steps in migrations(scripts).values():
        routines: dict[str, CalledRoutine] = {}
        for script in steps:
            line = _line_of_unknown(script, routines)
            if line:
                yield script.path, f"line {line}: it runs a statement that it puts together"


def _line_of_unknown(script: ScriptFile, routines: dict[str, CalledRoutine]) -> int:
    places = [place for place in script.unknown if _holder(script, place) is None]
    for piece in script.scan.pieces:
        if (made := made_by(piece, script)) is not None:
            routines[made[0]] = made[1]
        if any(each.is_unknown for each in called_in(piece, script, routines)):
            places.append(piece.start)
    return script.text.count("\n", 0, min(places)) + 1 if places else 0


def _holder(script: ScriptFile, place: int) -> Piece | None:
    """Give the head of the procedure in whose body a place is; of a task or a trigger that part of it."""
    pieces: Collection[Piece] = script.scan.pieces
    here = next((p for p in pieces if p.start <= place < p.end and (p.is_called or p.is_routine)), None)
    if here is None or here.head is None:
        return here
    return next((p for p in pieces if p.is_routine and p.start == here.head), here)


def with_calls(pieces: Iterable[tuple[ScriptFile, Piece]]) -> Iterator[tuple[ScriptFile, Piece]]:
    """Give the statements as they run, and behind one that calls functions what their bodies alter."""
    routines: dict[str, CalledRoutine] = {}
    for script, piece in pieces:
        yield script, piece
        if (made := made_by(piece, script)) is not None:
            routines[made[0]] = made[1]
        for routine in called_in(piece, script, routines):
            yield from ((routine.script, step) for step in routine.steps)


_PACKAGE = re.compile(
    rf"\s*(?:create\s+or\s+replace\s+(?:\w+\s+)?package\s+body|drop\s+package(?:\s+body)?)\s+{NAME}",
    re.IGNORECASE,
)


def with_packages(pieces: Iterable[tuple[ScriptFile, Piece]]) -> Iterator[tuple[ScriptFile, Piece]]:
    """Give the statements, and before one that makes a package of Oracle anew or drops it that all routines of it go."""
    made: dict[str, dict[RelationName, None]] = defaultdict(dict)
    for script, piece in pieces:
        found = _PACKAGE.match(script.text, piece.start, piece.end) if script.dialect == "oracle" else None
        for name in made.pop(found["name"].rpartition(".")[2].lower(), ()) if found is not None else ():
            yield script, replace(piece, action=StatementAction.DROP, relation=name, is_routine=True)
        if piece.is_routine and piece.relation is not None and len(piece.relation.parts) > 1:
            made[piece.relation.parts[-2].lower()][piece.relation] = None
        yield script, piece
