"""The triggers, policies, rules, tasks and events that migrations make: which of them are there after all steps."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from contract_gate.sql.pieces import NAME, Piece, StatementAction
from contract_gate.workspace.plain.scripts import ScriptFile, SequencePlace, migrations

_Place = tuple[str, int]
"""The file, and where in it the statement begins."""


def ended(scripts: Iterable[ScriptFile]) -> Mapping[str, Collection[int]]:
    """Give where in each file a migration makes a trigger or the like that a later step drops, with its table perhaps, or makes anew."""
    found: dict[str, set[int]] = defaultdict(set)
    parts: dict[_Place, set[int]] = defaultdict(set)
    for steps in migrations(scripts).values():
        live: dict[tuple[str, str], dict[str, _Place]] = defaultdict(dict)
        for script in steps:
            for piece in script.scan.pieces:
                made = _made(piece, script)
                if made is not None:
                    parts[script.path, made.start()].add(piece.start)
                for path, start in _ended_by(piece, script, made, live):
                    found[path] |= {start, *parts[path, start]}
    return found


def idle_functions(
    scripts: Collection[ScriptFile], over: Mapping[str, Collection[int]]
) -> frozenset[tuple[SequencePlace, str]]:
    """Give the functions of each sequence that triggers ran of which none is left, in no file: nothing calls them. `over`: see `ended`."""
    fired = Counter(_bare(name) for script in scripts for name in _FIRED.findall(script.text))
    gone = Counter[tuple[SequencePlace, str]]()
    for place, steps in migrations(scripts).items() if fired else ():
        for script in steps:
            for piece in script.scan.pieces:
                fires = _FIRED.search(script.text, piece.start, piece.end)
                if fires is not None and piece.start in over.get(script.path, ()):
                    gone[place, _bare(fires[1])] += 1
    return frozenset(function for function, number in gone.items() if number == fired[function[1]])


_FIRED = re.compile(r"\bexecute\s+(?:function|procedure)\s+([\w.\"]+)", re.IGNORECASE)


def _bare(name: str) -> str:
    return name.rpartition(".")[2].strip('"').lower()


def _made(piece: Piece, script: ScriptFile) -> re.Match[str] | None:
    """Give what a statement makes or drops, or whose part it is: what an event or a task does stands behind its head."""
    made = _MADE.match(script.text, piece.start, piece.end)
    if made is None and piece.is_called and piece.head is None:
        begins = script.text.lower().rfind("create", max(piece.start - _LONGEST_HEAD, 0), piece.start)
        made = _MADE.match(script.text, begins, piece.end) if begins >= 0 else None
    return made


def _ended_by(
    piece: Piece,
    script: ScriptFile,
    made: re.Match[str] | None,
    live: dict[tuple[str, str], dict[str, _Place]],
) -> list[_Place]:
    """Give what a statement ends; `live`: what is there, by its kind and name, then by its table."""
    if (
        piece.relation is not None
        and piece.action is StatementAction.DROP
        and not (piece.is_called or piece.is_routine)
    ):
        name = piece.relation.name.lower()
        return [tables.pop(name) for tables in live.values() if name in tables]
    if made is None:
        return []
    tables, place = live[made["kind"].lower(), made["name"].lower()], (script.path, made.start())
    if place in tables.values():
        return []  # another part of what it does
    table = (made["table"] or "").lower().rpartition(".")[2]
    over = [tables.pop(other) for other in list(tables) if table == other or "" in (table, other)]
    if made["action"].lower() == "create":
        tables[table] = place
    return over


_LONGEST_HEAD = 5000
_MADE = re.compile(
    r"\s*(?P<action>create|drop)\s+(?:or\s+(?:replace|alter)\s+)?(?:\w+\s+){0,2}?(?P<kind>trigger|policy|rule|task|event)\s+"
    rf"(?:if\s+(?:not\s+)?exists\s+)?{NAME}(?:\s+as(?=\s+on\b))?(?:(?:(?!\b(?:on|execute|begin|as|do)\b).)*\bon\s+(?:(?:select|insert|update|delete)\s+to\s+)?(?P<table>[\w.\"]+))?",
    re.IGNORECASE | re.DOTALL,
)
"""A trigger, a policy and a rule are of a table, of which some engines say nothing where they drop one."""
