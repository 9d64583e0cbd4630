"""What a sync remembers for the next one: the commit that the catalog shows, what is left to do, and how far a run has come.

Values and their JSON; the file is the command line's. What an interrupted run settled is in the journal, which counts for a
run of the same range alone.
"""

import re
from collections.abc import Iterable

from contract_gate.app.sync.values import MadeLink, SyncEntry
from contract_gate.core.errors import UsageError
from contract_gate.core.printable import json_text
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import MadeUp, NamePart

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_HINT = "delete the file, and run `contract-gate sync --all` once"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingModel:
    """A model that was left alone or failed: later runs try it again, whether it changes or not.

    `words` stand in its names for what nobody knew: what the repository calls it once that is known is another name.
    """

    relation: RelationName
    replaces: tuple[RelationName, ...] = ()
    removed: bool = False
    words: tuple[MadeUp, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """How far a run of one range has come: what it wrote, or found in step."""

    range: str
    settled: tuple[RelationName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """`commit` is the last one that was synced, None before the first; what of it is not done is `pending`.

    `made` is the lineage of exposures that is ours, though the catalog counts it as made by hand.
    """

    commit: str | None = None
    pending: tuple[PendingModel, ...] = ()
    journal: Journal | None = None
    made: tuple[MadeLink, ...] = ()

    def settled(self, range_: str) -> frozenset[RelationName]:
        """Give what an interrupted run of this range has done already."""
        return frozenset(self.journal.settled if self.journal and self.journal.range == range_ else ())

    def noted(self, range_: str, entries: Iterable[SyncEntry]) -> "SyncState":
        """Write outcomes into the journal; what is not settled is not in it."""
        done = self.journal.settled if self.journal and self.journal.range == range_ else ()
        settled = (*done, *(entry.relation for entry in entries if entry.is_settled))
        return replace(self, journal=Journal(range=range_, settled=settled))

    def finished(self, commit: str, entries: Iterable[SyncEntry]) -> "SyncState":
        """Give the state after a run that came to its end."""
        left = (
            PendingModel(
                relation=entry.relation, replaces=entry.replaces, removed=entry.removed, words=entry.words
            )
            for entry in entries
            if not entry.is_settled
        )
        return SyncState(commit=commit, pending=tuple(left), made=self.made)


def dumps(state: SyncState) -> str:
    """Write the state as JSON."""
    pending = [
        {
            "relation": _parts(one.relation),
            "replaces": list(map(_parts, one.replaces)),
            "removed": one.removed,
            "words": [{"word": w.word, "setting": w.setting, "part": w.part} for w in one.words],
        }
        for one in state.pending
    ]
    made = [
        {"exposure": one.exposure, "relation": _parts(one.relation), "rows": list(one.rows)}
        for one in state.made
    ]
    journal = state.journal and {
        "range": state.journal.range,
        "settled": list(map(_parts, state.journal.settled)),
    }
    return json_text(
        {"schema_version": 1, "commit": state.commit, "pending": pending, "journal": journal, "made": made}
    )


def loads(value: object, where: str) -> SyncState:
    """Read the state from parsed JSON. UsageError where it is none: guessing would leave the catalog wrong."""
    try:
        return _state(value)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the state of the last sync was not read: {where}: {error}", _HINT) from error


def _state(value: object) -> SyncState:
    body = _object(value)
    if body.get("schema_version") != 1:
        raise ValueError(f"its schema_version is {body.get('schema_version')!r}, not 1")
    commit, journal = body["commit"], body["journal"]
    if commit is not None and not (isinstance(commit, str) and _COMMIT.fullmatch(commit)):
        raise ValueError("its commit is none")
    return SyncState(
        commit=commit,
        pending=tuple(_pending(_object(one)) for one in _list(body["pending"])),
        journal=None if journal is None else _journal(_object(journal)),
        made=tuple(_made(_object(one)) for one in _list(body["made"])),
    )


def _pending(body: dict[str, object]) -> PendingModel:
    return PendingModel(
        relation=_relation(body["relation"]),
        replaces=tuple(map(_relation, _list(body["replaces"]))),
        removed=body["removed"] is True,
        words=tuple(_word(_object(one)) for one in _list(body.get("words", []))),
    )


def _word(body: dict[str, object]) -> MadeUp:
    part = body["part"]
    return MadeUp(
        word=str(body["word"]),
        setting=str(body["setting"]),
        part=None if part is None else NamePart(str(part)),
    )


def _made(body: dict[str, object]) -> MadeLink:
    return MadeLink(
        exposure=str(body["exposure"]),
        relation=_relation(body["relation"]),
        rows=tuple(map(str, _list(body["rows"]))),
    )


def _journal(body: dict[str, object]) -> Journal:
    return Journal(range=str(body["range"]), settled=tuple(map(_relation, _list(body["settled"]))))


def _parts(relation: RelationName) -> list[str]:
    return list(relation.parts)


def _relation(value: object) -> RelationName:
    parts = tuple(part for part in _list(value) if isinstance(part, str))
    if not 1 <= len(parts) <= 3:
        raise ValueError("a relation's name has one to three parts")
    return RelationName(parts)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("an object was expected")
    return {str(key): each for key, each in value.items()}
