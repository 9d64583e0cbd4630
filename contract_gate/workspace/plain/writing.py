"""The statements of a relation as one text: what is bound, and the lines of the files that they are from."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from contract_gate.core.relation import caseless
from contract_gate.sql.comments import blank, without_comments, without_noise
from contract_gate.sql.pieces import Piece, StatementAction
from contract_gate.sql.statement.steps import FOLLOWING
from contract_gate.workspace.plain.fold import ROW_DEEDS, Made
from contract_gate.workspace.plain.scripts import ScriptFile, ScriptPart, sequences


def remainder(
    script: ScriptFile,
    *,
    is_whole: bool,
    ended: Collection[int] = (),
    strange: Collection[int] = (),
    heads: Collection[int] = (),
) -> str:
    """Give the statements of a file that make no relation and no function, where they stand; empty: there are none.

    `is_whole`: they are read with the relation (`is_kept_whole`); `ended`: where statements begin of which nothing is left; `strange`:
    see `strange_steps`; `heads`: where the procedures begin that are there after all steps. What a migration ran once is done; what it left behind that runs again (a trigger, a procedure, a task) is not.
    """
    if is_whole and script.step is None:
        return ""
    if script.step is None and not script.touched and not any(p.is_routine for p in script.scan.pieces):
        return script.text if len(_WORD.findall(without_comments(script.text))) > 1 else ""
    kept: list[str] = []
    position, said = 0, False
    touched, may_wait = frozenset(script.touched), _CONDITIONED.search(script.text) is not None
    last = max((p.start for p in script.scan.pieces if p.relation in touched), default=-1)
    for piece in script.scan.pieces:
        is_over = script.is_migration and piece.head is not None and piece.head not in heads
        if piece.start < position or piece.start in ended or is_over:
            continue
        around = _condition(script.text[position : piece.start]) if may_wait else ""
        if around:
            # What a task or an alert runs is the relation's, when it runs is its own.
            kept.append(blank(script.text[position : piece.start][: -len(around)]) + around + ";")
            position, said = piece.start, True
        own = (
            (
                piece.relation is None
                and piece.action in _MAKING_NOTHING
                and _says_something(piece, script, heads)
            )
            or _alters_another(piece, script, strange)
            or _runs_again(piece, script)
        )
        if own or piece.action is StatementAction.CONTEXT:
            kept.append(blank(script.text[position : piece.start]))
            kept.append(script.text[piece.start : piece.end] + ";")
            position = piece.end + script.text[piece.end : piece.end + 1].count(";")
            said = said or own or (piece.start > last and _reads(piece, script))
    return "".join(kept) if said else ""


_CONDITIONED = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:task|alert|event)\b(?=.*\b(?:when|if)\b).*", re.IGNORECASE | re.DOTALL
)


def _condition(gap: str) -> str:
    """Give the head of a task or an alert before the statement that it runs, where it names a condition."""
    found = _CONDITIONED.search(gap)
    return found[0] if found is not None else ""


def _reads(piece: Piece, script: ScriptFile) -> bool:
    """Tell whether a statement asks others for what a temporary table or a variable gets: behind all that the script makes
    it is what the script does.
    """
    return re.search(r"\bselect\b", script.text[piece.start : piece.end], re.IGNORECASE) is not None


_MAKING_NOTHING = frozenset({StatementAction.OTHER, StatementAction.QUERY, StatementAction.UNREAD})


_LASTING = re.compile(
    r"\s*(?:create|alter)\s+(?:or\s+(?:replace|alter)\s+)?(?:\w+\s+){0,2}"
    r"(?:trigger|procedure|proc|package|task|event|pipe|policy|rule|alert|stream)\b",
    re.IGNORECASE,
)


def strange_steps(scripts: Iterable[ScriptFile]) -> Mapping[str, Collection[int]]:
    """Give where in each file of a sequence a statement alters, renames or drops what no file of the sequence makes."""
    found: dict[str, set[int]] = defaultdict(set)
    for steps in sequences(scripts).values():
        pieces = [(script.path, piece) for script in steps for piece in script.scan.pieces]
        made = {name.name for script in steps for name in script.touched}
        made |= {piece.renamed_to.name for _, piece in pieces if piece.renamed_to is not None}
        for path, piece in pieces:
            if piece.relation is not None and _takes(piece) and piece.relation.name not in made:
                found[path].add(piece.start)
    return found


def _takes(piece: Piece) -> bool:
    return piece.action in _TAKING and not piece.is_routine


_TAKING = frozenset({StatementAction.ALTER, StatementAction.RENAME, StatementAction.DROP})


def strange_lines(script: ScriptFile, strange: Collection[int]) -> tuple[tuple[int, int], ...]:
    """Give the lines, first and last, of what a migration did once to what its sequence does not make."""
    if not script.is_migration:
        return ()
    pieces = (piece for piece in script.scan.pieces if piece.start in strange)
    return tuple((_line(script.text, piece.start), _line(script.text, piece.end)) for piece in pieces)


def _alters_another(piece: Piece, script: ScriptFile, strange: Collection[int]) -> bool:
    """Tell whether a statement alters, renames or drops a table that another file makes, and no sequence follows it: it names it, and its columns."""
    if not _takes(piece) or piece.relation in script.touched:
        return False
    is_cleaned_up = script.step is not None and not script.step.drops_count
    return (
        script.step is None
        or piece.start in strange
        or (is_cleaned_up and piece.action is StatementAction.DROP)
    )


def _runs_again(piece: Piece, script: ScriptFile) -> bool:
    """Tell whether a task or an event does something to rows: it is there when their table is not any more."""
    return script.is_migration and piece.is_called and piece.head is None and piece.action in ROW_DEEDS


def _says_something(piece: Piece, script: ScriptFile, heads: Collection[int]) -> bool:
    text = script.text[piece.start : piece.end]
    if script.is_migration and piece.head not in heads:
        return _LASTING.match(text) is not None
    return len(_WORD.findall(text)) > 1


_FILLS = re.compile(
    r"\b(?:select|merge|pivot|unpivot|clone|call|execute)\b|(?<!on )\bupdate\b|\bas\s*\(?\s*(?:from|table)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


def written(made: Made, scripts: Mapping[str, ScriptFile]) -> tuple[str, tuple[int, ...], str]:
    """Write the relation's statements as one text; give it, the line of `path` that each line is from, and `path`.

    `path` is the file that says last what the relation is. In a text of one file every statement stays where it is.
    """
    path = home(made)
    if len(made.paths) == 1:
        return _blanked(scripts[path], made), (), path
    text: list[str] = []
    lines: list[int] = []
    home_line = _line(scripts[path].text, next(p.piece.start for p in made.parts if p.path == path))
    for script, start, end in _sections(made, scripts):
        snippet = script.text[start:end].rstrip() + ";"
        first = _line(script.text, start)
        count = snippet.count("\n") + 1
        text.append(snippet)
        lines.extend(range(first, first + count) if script.path == path else [home_line] * count)
    return "\n".join(text), tuple(lines), path


def elsewhere(made: Made, scripts: Mapping[str, ScriptFile]) -> tuple[tuple[str, int] | None, ...]:
    """Give the file and line of each line of `written` that is from another file; of migrations the last one is shown."""
    if len(made.paths) == 1 or made.scope not in made.paths:
        return ()
    own = home(made)
    found: list[tuple[str, int] | None] = []
    for script, start, end in _sections(made, scripts):
        first = _line(script.text, start)
        for line in range(first, first + script.text[start:end].rstrip().count("\n") + 1):
            found.append(None if script.path == own else (script.path, line))
    return tuple(found)


def statements_about(made: Made, scripts: Mapping[str, ScriptFile]) -> str:
    """Give the statements that concern the relation, wherever they stand: what decides what it is, and whom it may name."""
    found: list[str] = []
    for path in made.paths:
        script = scripts[path]
        alone = len(made.paths) == 1 and len(script.touched) == 1 and not made.is_routine
        spans = [(0, len(script.text))] if alone else _spans(script, made)
        found.extend(script.text[start:end] for start, end in spans)
    return ";\n".join(found)


_ANEW = frozenset(
    {
        StatementAction.CREATE,
        StatementAction.CREATE_IF_MISSING,
        StatementAction.REPLACE,
        StatementAction.DROP,
    }
)


def fills(text: str) -> bool:
    """Tell whether statements take rows from somewhere, or may: a table's declaration alone does not."""
    return _FILLS.search(text) is not None


def only_makes(made: Made, text: str) -> bool:
    """Tell whether statements name their relation nowhere but where they make it anew: several files may, and read nothing of each other."""
    pieces = [part.piece for part in made.parts]
    if any(piece.action not in _ANEW or piece.cascades for piece in pieces):
        return False
    counts = Counter(_WORD.findall(text.lower()))
    return min((counts[word] for word in _WORD.findall(caseless(made.relation.name))), default=0) == len(
        pieces
    )


def lines_of_the_past(
    made: Made, scripts: Mapping[str, ScriptFile], text: str
) -> tuple[tuple[int, int], ...]:
    """Give the lines, first and last, of the statements of a written text that migrations ran once to move rows."""
    once = [part for part in made.parts if not part.piece.is_called]
    return tuple(
        (_line(text, start), _line(text, end))
        for part, start, end in _stands_at(once, scripts, text)
        if scripts[part.path].is_migration
        and (part.piece.action in ROW_DEEDS or _COPIES.match(text, start) is not None)
    )


def late_lines(made: Made, scripts: Mapping[str, ScriptFile], text: str) -> tuple[tuple[int, int], ...]:
    """Give the lines, first and last, of the statements of a written text that run when procedures are called."""
    called = [part for part in made.parts if part.piece.is_called and part.piece.action in ROW_DEEDS]
    found = _stands_at(called if made.is_migrated else (), scripts, text)
    return tuple((_line(text, start), _line(text, end)) for _, start, end in found)


def _stands_at(
    parts: Iterable[ScriptPart], scripts: Mapping[str, ScriptFile], text: str
) -> Iterator[tuple[ScriptPart, int, int]]:
    """Give where statements stand in a text that has them in this order, among others."""
    position = 0
    for part in parts:
        statement = scripts[part.path].text[part.piece.start : part.piece.end].rstrip()
        start = text.find(statement, position) if statement else -1
        if start >= 0:
            position = start + len(statement)
            yield part, start, position


def variables(made: Made, scripts: Mapping[str, ScriptFile]) -> tuple[tuple[int, frozenset[str]], ...]:
    """Give the first lines of the statements in the text that `written` gives, with the names that code around each declares."""
    if len(made.paths) == 1:
        return variables_beside(scripts[made.paths[0]])
    found = []
    line = 1
    around = {(path, p.start): p.variables for path in made.paths for p in scripts[path].scan.pieces}
    for script, start, end in _sections(made, scripts):
        found.append((line, around.get((script.path, start), frozenset())))
        line += script.text[start:end].rstrip().count("\n") + 1
    return tuple(each for each in found if each[1])


def variables_beside(script: ScriptFile) -> tuple[tuple[int, frozenset[str]], ...]:
    """Give the same of the statements of a file that stand where they stood."""
    pieces = (piece for piece in script.scan.pieces if piece.variables)
    return tuple((_line(script.text, piece.start), piece.variables) for piece in pieces)


_COPIES = re.compile(
    r"create\s+(?:\w+\s+){0,4}table\s+(?:if\s+not\s+exists\s+)?[^\s(]+\s+as\b", re.IGNORECASE
)
"""A table that is made of rows keeps them, as no view does."""


def home(made: Made) -> str:
    """Choose the file that a finding points at: the last migration, or where the rows come from."""
    if made.scope not in made.paths:
        return made.paths[-1]
    queries = [part.path for part in made.parts if part.piece.action is StatementAction.FILL]
    return queries[0] if queries else made.paths[0]


def _sections(made: Made, scripts: Mapping[str, ScriptFile]) -> list[tuple[ScriptFile, int, int]]:
    """Give the statements of several files in the order in which they run: what a procedure does comes when it is called."""
    found = [(scripts[path], *span) for path in made.paths for span in _spans(scripts[path], made)]
    late = {(part.path, part.piece.start) for part in made.late}
    return sorted(found, key=lambda each: (each[0].path, each[1]) in late)


def _spans(script: ScriptFile, made: Made) -> list[tuple[int, int]]:
    """Give where a file speaks of the relation: its statements, what they need, and what nobody can read."""
    own = {(p.piece.start, p.piece.end) for p in made.parts if p.path == script.path}
    last = max(start for start, _ in own)
    words = {word.lower() for word in _WORD.findall(made.relation.name)}
    for piece in script.around:
        if piece.action is StatementAction.UNREAD:
            said = {word.lower() for word in _WORD.findall(script.text[piece.start : piece.end])}
            if words <= said:
                own.add((piece.start, piece.end))
        elif piece.start < last:
            own.add((piece.start, piece.end))
    return sorted(own)


def sequence_followed(script: ScriptFile) -> str | None:
    """Give the sequence whose renames all follow that a migration leaves behind in PostgreSQL or SQLite: rules, policies, triggers."""
    is_kept = script.dialect in FOLLOWING and all(p.is_kept for p in script.scan.pieces if p.is_called)
    return script.step.sequence if script.step is not None and script.is_migration and is_kept else None


def followed_by(made: Made, scripts: Mapping[str, ScriptFile]) -> str | None:
    """Give the sequence whose renames a function of PostgreSQL follows, whose body stands outside of a string."""
    heads = [
        (part.piece, scripts[part.path].text[part.piece.start : part.piece.end])
        for part in made.parts
        if part.piece.is_routine
    ]
    kept = [
        piece.is_kept or (_BOUND.search(without_noise(text)) and not _QUOTED.search(text))
        for piece, text in heads
    ]
    return made.scope if made.is_migrated and made.dialect == "postgres" and all(kept) else None


_BOUND = re.compile(r"\bbegin\s+atomic\b|\breturn\b", re.IGNORECASE)
_QUOTED = re.compile(r"\bas\s*(?:e?'|\$)", re.IGNORECASE)


def is_kept_whole(made: Made, script: ScriptFile) -> bool:
    """Tell whether all that a file says is read with the one relation that it makes, of which no other file says anything."""
    is_alone = made.paths == (script.path,) and len(script.touched) == 1
    runs_again = script.step is not None and any(piece.is_routine for piece in script.scan.pieces)
    is_beside = script.is_migration and any(
        p.relation != made.relation and p.action in _BESIDE for p in script.scan.pieces
    )
    return is_alone and not (runs_again or is_beside) and not made.skipped_rows and not made.is_routine


_BESIDE = _TAKING | _MAKING_NOTHING


def _blanked(script: ScriptFile, made: Made) -> str:
    """Keep the statements of one relation where they stand; a file that makes nothing else is kept as it is."""
    if is_kept_whole(made, script):
        return script.text
    kept: list[str] = []
    position = 0
    for start, end in _spans(script, made):
        if start < position:
            continue
        kept.append(blank(script.text[position:start]))
        kept.append(script.text[start:end] + ";")
        position = end + script.text[end : end + 1].count(";")
    return "".join(kept)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
