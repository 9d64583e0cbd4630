"""From the statements of many files to the relations they make: which statements make which, in their order.

Migrations of one sequence are folded: what was created, altered, renamed and not dropped is there. Other files make
what they create or fill; a file that only fills a table belongs to the nearest that creates it. Copies of a table (in
another dialect's folder, another version's) stay apart. Binds nothing.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import takewhile

from contract_gate.core.relation import RelationName, standing
from contract_gate.core.values import dataclass, field, replace
from contract_gate.sql.names import DEFAULT_SCHEMA
from contract_gate.sql.pieces import Piece, StatementAction
from contract_gate.sql.scan import names_read
from contract_gate.sql.statement.routines import WITHOUT_OVERLOADS
from contract_gate.sql.statement.schemasteps import SchemaStep
from contract_gate.sql.statement.steps import HOLDING
from contract_gate.workspace.plain.calling import with_calls, with_packages
from contract_gate.workspace.plain.placeholders import is_all_marked
from contract_gate.workspace.plain.scripts import ScriptFile, ScriptPart, sequences

ROW_DEEDS = frozenset({StatementAction.FILL, StatementAction.ROWS, StatementAction.CHANGE})
"""What statements do to rows."""
MOST_ROWS = 50
"""More INSERT … VALUES than this into one table are data, not a model: they are left out, with a note."""


@dataclass(slots=True, kw_only=True)
class Made:
    """A relation and the statements that make it, in order. `scope` tells copies apart; `is_made`: not only changed.

    `is_routine`: it is a function, which stands in a space of names of its own; `following`: what procedures do that their engine keeps by
    what it is about, under the name that it has by then.
    """

    relation: RelationName
    dialect: str
    scope: str
    parts: list[ScriptPart] = field(default_factory=list)
    is_made: bool = True
    is_routine: bool = False
    skipped_rows: int = 0
    following: list[ScriptPart] = field(default_factory=list)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.path for part in self.parts))

    @property
    def is_migrated(self) -> bool:
        """Tell whether a sequence makes it: its scope is a folder, else a file."""
        return self.scope not in self.paths

    @property
    def late(self) -> list[ScriptPart]:
        """Give what procedures of migrations do to rows: they do so to the table as it is when they are called."""
        is_renamed = any(part.piece.action is StatementAction.RENAME for part in self.parts)
        if is_renamed or not self.is_migrated:
            return []
        called = [part for part in self.parts if part.piece.is_called and part.piece.action in ROW_DEEDS]
        return [part for part in called if part not in self.following]


def fold(scripts: Collection[ScriptFile], over: Mapping[str, Collection[int]]) -> list[Made]:
    """Give the relations that these files make, each with its statements; `over`: see `triggers.ended`."""
    alone = [script for script in scripts if script.step is None]
    made: list[Made] = []
    routines: list[Made] = []
    for (sequence, _), steps in sequences(scripts).items():
        live, bodies = _migrated(sequence, steps, over)
        made.extend(live)
        routines.extend(bodies.with_lost(_routines(steps, sequence)))
    for script in alone:
        routines.extend(_routines([script], script.path))
    return [_without_data(each) for each in [*_gathered(alone, made), *routines]]


def _routines(scripts: list[ScriptFile], scope: str) -> Iterator[Made]:
    """Give the functions that are there after these files, each with the statements that make it (overloads too)."""
    live: dict[RelationName, Made] = {}
    for script, piece in with_packages((each, piece) for each in scripts for piece in each.scan.pieces):
        if piece.relation is None or not piece.is_routine:
            continue
        there = live.get(piece.relation)
        if piece.action is StatementAction.DROP:
            kept = _other_forms(there, piece)
            if there is not None and kept:
                there.parts = [*kept, ScriptPart(path=script.path, piece=piece)]
            else:
                live.pop(piece.relation, None)
            continue
        if piece.action in (StatementAction.ALTER, StatementAction.RENAME):
            if there is not None:
                there.parts.append(ScriptPart(path=script.path, piece=piece))
            if there is not None and piece.renamed_to is not None:
                there.relation = piece.renamed_to
                live[piece.renamed_to] = live.pop(piece.relation)
            continue
        made = Made(relation=piece.relation, dialect=script.dialect, scope=scope, is_routine=True)
        made = live.setdefault(piece.relation, made)
        if piece.action is StatementAction.REPLACE:
            is_only = script.dialect in WITHOUT_OVERLOADS
            made.parts = [p for p in made.parts if p.piece.arguments != piece.arguments and not is_only]
        made.parts.append(ScriptPart(path=script.path, piece=piece))
    yield from live.values()


def _other_forms(there: Made | None, dropped: Piece) -> list[ScriptPart]:
    """Give what makes the other forms of a function; none where it is not known which of them goes."""
    parts = there.parts if there is not None and dropped.arguments is not None else []
    kept = [part for part in parts if part.piece.arguments != dropped.arguments]
    return kept if len(kept) < len(parts) else []


def _drop_readers(
    name: RelationName, dialect: str, texts: Mapping[str, str], live: dict[RelationName, Made]
) -> None:
    """CASCADE takes the views that read what is dropped, and those that read them."""
    for other, made in list(live.items()):
        creations = [
            part
            for part in made.parts
            if part.piece.action in (StatementAction.CREATE, StatementAction.REPLACE)
        ]
        last = creations[-1] if creations else None
        text = texts[last.path][last.piece.start : last.piece.end] if last is not None else ""
        reads = names_read(text, dialect) if _VIEW.match(text) else frozenset()
        if other in live and any(read.matches(name) and read != other for read in reads):
            live.pop(other)
            _drop_readers(other, dialect, texts, live)


_VIEW = re.compile(r"\s*create\s+(?:or\s+replace\s+)?(?:\w+\s+){0,2}view\b", re.IGNORECASE)


def _migrated(
    sequence: str, steps: list[ScriptFile], over: Mapping[str, Collection[int]]
) -> "tuple[list[Made], _Bodies]":
    """Run the steps in their order: give what is there in the end, and what its procedures do; `over`: see `ended`."""
    live: dict[RelationName, Made] = {}
    texts = {script.path: script.text for script in steps}
    pieces = [
        (script, piece)
        for script in steps
        for piece in script.scan.pieces
        if piece.start not in over.get(script.path, ())
    ]
    indexes: dict[str, RelationName] = {}
    bodies = _Bodies(live)
    for script, piece in with_packages(
        with_calls(sorted(pieces, key=lambda each: each[0].turn_of(each[1].start)))
    ):
        if piece.is_routine:
            bodies.end(piece, script)
        elif piece.action is StatementAction.OTHER:
            bodies.run(script.text[piece.start : piece.end])
        if piece.index and piece.relation is not None:
            indexes[piece.index] = piece.relation
        elif piece.index in indexes:
            piece = replace(piece, action=StatementAction.ALTER, relation=indexes[piece.index])
        if piece.of_schema and piece.relation is not None:
            _run_on_schema(piece, piece.relation, script, live)
        elif piece.relation is not None and not piece.is_routine:
            _run(piece, script, sequence, live, texts)
            bodies.note(piece, script)
        elif piece.cascades and piece.relation is not None:
            word = re.compile(rf"\b{re.escape(piece.relation.name)}\b", re.IGNORECASE)
            for made in live.values():  # columns of a type go with it
                if any(
                    word.search(texts[part.path][part.piece.start : part.piece.end]) for part in made.parts
                ):
                    made.parts.append(ScriptPart(path=script.path, piece=piece))
    bodies.settle()
    for made in live.values():
        made.following = list(_following(made, texts))
        made.parts = _with_late_last(made)
    return list(live.values()), bodies


def _following(made: Made, texts: Mapping[str, str]) -> Iterator[ScriptPart]:
    """Give what a rule or the like does to columns that a later step renames."""
    renamed: set[str] = set()
    for part in reversed(made.parts):
        text = texts[part.path][part.piece.start : part.piece.end]
        if part.piece.action is StatementAction.ALTER:
            renamed.update(name.lower() for name in _RENAMED.findall(text))
        elif part.piece.is_kept and not renamed.isdisjoint(_NAMES.findall(text.lower())):
            yield part


_RENAMED = re.compile(r"\brename\s+(?:column\s+)?\"?(\w+)\"?\s+to\b", re.IGNORECASE)
_NAMES = re.compile(r"\w+")


def _with_late_last(made: Made) -> list[ScriptPart]:
    late = {id(part) for part in made.late}
    return sorted(made.parts, key=lambda part: id(part) in late)


class _Bodies:
    """What the procedures that are there do to relations, by their names: no more once they are dropped or made anew."""

    def __init__(self, live: dict[RelationName, Made]) -> None:
        self._live = live
        self._heads: dict[tuple[str, int], Piece] = {}
        self._parts: dict[str, list[tuple[Piece, RelationName, Made, ScriptPart]]] = defaultdict(list)
        self._lost: list[tuple[Piece, ScriptPart]] = []

    def note(self, piece: Piece, script: ScriptFile) -> None:
        """Note a statement in the body of a procedure, which concerns a relation by now."""
        head = self._heads.get((script.path, piece.head)) if piece.head is not None else None
        if head is None or head.relation is None or piece.relation is None:
            return
        name = standing(piece.relation, self._live)
        if name in self._live:
            part = ScriptPart(path=script.path, piece=piece)
            self._parts[head.relation.name].append((head, name, self._live[name], part))

    def end(self, piece: Piece, script: ScriptFile) -> None:
        """Take what a procedure did away from what it did it to; its other forms (arguments) go on."""
        if piece.relation is None or piece.action not in _ENDING:
            return
        self._heads[script.path, piece.start] = piece
        kept = []
        for each in self._parts.pop(piece.relation.name, ()):
            head, _, made, part = each
            if not self._is_meant(piece, head, script.dialect):
                kept.append(each)
                continue
            made.parts = [one for one in made.parts if one != part]
            if not made.parts:
                self._live.pop(made.relation, None)
        if kept:
            self._parts[piece.relation.name] = kept

    def run(self, text: str) -> None:
        """Let what a procedure alters be altered for good once it is called, whatever becomes of the procedure."""
        called = _CALL.match(text)
        if called is None:
            return
        name = (called["called"] or called["name"]).rpartition(".")[2].strip('[]"`').lower()
        for key, each in self._parts.items():
            if key.lower() == name:
                each[:] = [one for one in each if one[3].piece.action is not StatementAction.ALTER]

    def settle(self) -> None:
        """Give each statement to what goes by the name that it says: a relation that got another one is not meant any more."""
        for head, name, made, part in (each for parts in self._parts.values() for each in parts):
            now = self._live.get(name)
            if now is made or (part.piece.is_kept and self._live.get(made.relation) is made):
                continue
            made.parts = [one for one in made.parts if one != part]
            if now is not None:
                now.parts.append(part)
            else:
                self._lost.append((head, part))

    def with_lost(self, routines: Iterable[Made]) -> Iterator[Made]:
        """Give the procedures with what they still do to relations that are no more."""
        lost = defaultdict[tuple[str, int], list[ScriptPart]](list)
        for head, part in self._lost:
            lost[part.path, head.start].append(part)
        for each in routines:
            each.parts += [
                part for one in list(each.parts) for part in lost.get((one.path, one.piece.start), ())
            ]
            yield each

    @staticmethod
    def _is_meant(piece: Piece, head: Piece, dialect: str) -> bool:
        is_only = dialect in WITHOUT_OVERLOADS or piece.arguments in (None, head.arguments)
        names = piece.relation, head.relation
        return is_only and names[0] is not None and names[1] is not None and names[0].matches(names[1])


_CALL = re.compile(
    r"\s*(?:(?:call|exec(?:ute)?)\s+(?:@\w+\s*=\s*)?(?P<called>[\w.\[\]\"`]+)|(?P<name>[\w.\"]+)\s*(?:\(.*\)\s*)?\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""PL/SQL calls a procedure by its name alone."""
_ENDING = frozenset({StatementAction.CREATE, StatementAction.REPLACE, StatementAction.DROP})


def _run_on_schema(
    piece: Piece, schema: RelationName, script: ScriptFile, live: dict[RelationName, Made]
) -> None:
    """A schema goes with all that is in it, or takes it along under another name."""
    step = SchemaStep(schema=schema, renamed_to=piece.renamed_to, dialect=script.dialect)
    for name in [name for name in live if step.holds(name)]:
        if script.step is not None and not script.step.drops_count:
            return
        made = live.pop(name)
        if piece.action is StatementAction.RENAME:
            made.relation = step.moved(name)
            made.parts.append(ScriptPart(path=script.path, piece=piece))
            live[made.relation] = made


def _run(
    piece: Piece, script: ScriptFile, sequence: str, live: dict[RelationName, Made], texts: Mapping[str, str]
) -> None:
    name = piece.relation
    if name is None:
        return
    name = standing(name, live)
    part = ScriptPart(path=script.path, piece=piece)
    there = live.get(name)
    match piece.action:
        case StatementAction.DROP:
            if script.step is None or script.step.drops_count:
                live.pop(name, None)
                if piece.cascades and script.dialect in HOLDING:
                    _drop_readers(name, script.dialect, texts, live)
        case StatementAction.CREATE_IF_MISSING if there is not None and there.is_made:
            return
        case StatementAction.CREATE | StatementAction.CREATE_IF_MISSING | StatementAction.REPLACE:
            live[name] = Made(relation=name, dialect=script.dialect, scope=sequence, parts=[part])
        case StatementAction.RENAME if piece.renamed_to is not None and there is not None:
            moved, new = live.pop(name), piece.renamed_to.beside(name)
            if piece.swaps and (other := live.pop(standing(new, live), None)) is not None:
                other.parts.append(part)
                live[name] = _named(other, name)
            moved.parts.append(part)
            live[new] = _named(moved, new)
        case StatementAction.ALTER if there is None:
            return
        case StatementAction.RENAME:
            return
        case _ if there is not None:
            there.parts.append(part)
            there.is_made = there.is_made or piece.action in (StatementAction.FILL, StatementAction.ROWS)
        case _:
            is_made = piece.action in (StatementAction.FILL, StatementAction.ROWS)
            live[name] = Made(
                relation=name, dialect=script.dialect, scope=sequence, parts=[part], is_made=is_made
            )


def _named(made: Made, name: RelationName) -> Made:
    made.relation = name
    return made


def _gathered(scripts: list[ScriptFile], migrated: list[Made]) -> list[Made]:
    found = list(migrated)
    creators: dict[tuple[str, RelationName], list[Made]] = defaultdict(list)
    for each in migrated:
        creators[each.dialect, _bare(each.relation, each.dialect)].append(each)
    rest: list[tuple[ScriptFile, RelationName]] = []
    for script in sorted(scripts, key=lambda script: script.path):
        for name in script.touched:
            if name in script.scan.created:
                made = _made(script, name, script.path)
                creators[script.dialect, _bare(name, script.dialect)].append(made)
                found.append(made)
            else:
                rest.append((script, name))
    for script, name in rest:
        _attach(script, name, creators[script.dialect, _bare(name, script.dialect)], found)
    return found


def _bare(name: RelationName, dialect: str) -> RelationName:
    """Leave out the schema that a name without one is looked up in."""
    is_usual = name.parts[:-1] == (DEFAULT_SCHEMA.get(dialect),)
    return RelationName(name.parts[1:]) if is_usual else name


def _made(script: ScriptFile, name: RelationName, scope: str) -> Made:
    parts = [ScriptPart(path=script.path, piece=piece) for piece in script.concerning(name)]
    return Made(relation=name, dialect=script.dialect, scope=scope, parts=parts, is_made=name in script.makes)


def _attach(script: ScriptFile, name: RelationName, there: list[Made], found: list[Made]) -> None:
    """Add a file that only fills or changes a table to the nearest that makes it; else it stands for itself."""
    own = _made(script, name, script.path)
    if not there or is_all_marked(name.name):
        there.append(own)
        found.append(own)
        return
    nearest = max(there, key=lambda made: (made.is_made, _shared(made.parts[0].path, script.path)))
    if nearest.is_made or not own.is_made:
        nearest.parts.extend(own.parts)
    else:
        there.append(own)
        found.append(own)


def _shared(one: str, other: str) -> int:
    pairs = zip(one.split("/")[:-1], other.split("/")[:-1], strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _without_data(made: Made) -> Made:
    rows = [part for part in made.parts if part.piece.action is StatementAction.ROWS]
    if len(rows) > MOST_ROWS:
        made.parts = [part for part in made.parts if part.piece.action is not StatementAction.ROWS] or rows[
            :1
        ]
        made.skipped_rows = len(rows)
    return made
