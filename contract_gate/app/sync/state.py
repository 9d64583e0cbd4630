"""What a sync remembers for the next one: the commit that the catalog shows, what is left to do, and how far a run has come.

Values and their JSON; the file is the command line's. What an interrupted run settled is in the journal, which counts for a
run of the same range alone.
"""

import re
from collections.abc import Iterable, Mapping

from contract_gate.app.sync.values import MadeLink, SyncEntry
from contract_gate.core.errors import UsageError
from contract_gate.core.facts import Json
from contract_gate.core.json_fields import entries, flag, needed, optional, parse, table, tables, text, texts
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


def loads(content: bytes, where: str) -> SyncState:
    """Read the state from its file's content. UsageError where it is none: guessing would leave the catalog wrong."""
    try:
        return _state(parse(content))
    except ValueError as error:
        raise UsageError(f"the state of the last sync was not read: {where}: {error}", _HINT) from error


def _state(value: Json) -> SyncState:
    body = table(value, "the state")
    if body.get("schema_version") != 1:
        raise ValueError(f"its schema_version is {body.get('schema_version')!r}, not 1")
    needed(body, "commit", "pending", "journal", "made")
    commit, journal = optional(body, "commit"), body["journal"]
    if commit is not None and not _COMMIT.fullmatch(commit):
        raise ValueError("its commit is none")
    return SyncState(
        commit=commit,
        pending=tuple(map(_pending, tables(body, "pending"))),
        journal=None if journal is None else _journal(table(journal, "its journal")),
        made=tuple(map(_made, tables(body, "made"))),
    )


def _pending(body: Mapping[str, Json]) -> PendingModel:
    needed(body, "relation", "replaces", "removed")
    return PendingModel(
        relation=_relation(body["relation"]),
        replaces=tuple(map(_relation, entries(body, "replaces"))),
        removed=flag(body, "removed"),
        words=tuple(map(_word, tables(body, "words"))),
    )


def _word(body: Mapping[str, Json]) -> MadeUp:
    part = optional(body, "part")
    return MadeUp(
        word=text(body, "word"), setting=text(body, "setting"), part=None if part is None else NamePart(part)
    )


def _made(body: Mapping[str, Json]) -> MadeLink:
    needed(body, "relation", "rows")
    return MadeLink(
        exposure=text(body, "exposure"), relation=_relation(body["relation"]), rows=texts(body, "rows")
    )


def _journal(body: Mapping[str, Json]) -> Journal:
    needed(body, "settled")
    return Journal(range=text(body, "range"), settled=tuple(map(_relation, entries(body, "settled"))))


def _parts(relation: RelationName) -> list[str]:
    return list(relation.parts)


def _relation(value: Json) -> RelationName:
    parts = texts({"relation": value}, "relation")
    if not 1 <= len(parts) <= 3:
        raise ValueError("a relation's name has one to three parts")
    return RelationName(parts)
