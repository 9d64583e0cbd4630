"""Whose the changes and their readers are: what projects and the catalog say, the base's CODEOWNERS, and names on the host."""

from collections.abc import Sequence
from dataclasses import replace

from contract_gate.compare.changes.change import Change
from contract_gate.compare.impact import Effect, Impact
from contract_gate.core.marks import Marks
from contract_gate.edge.config import Config
from contract_gate.edge.git import Repository, Revisions
from contract_gate.edge.owners import FILES, LARGEST, Ownership, parse_codeowners


def ownership(repository: Repository, revisions: Revisions, config: Config) -> Ownership:
    """Read what the trusted side says of owners: the change gives away nothing of its own."""
    contents = repository.read(revisions.trusted, FILES, limit=LARGEST)
    found = ((name, content) for name in FILES if isinstance(content := contents[name], bytes))
    name, content = next(found, (FILES[0], b""))
    return Ownership(code=parse_codeowners(content.decode("utf-8", "replace"), name), names=config.owners)


def of_changes(known: Ownership, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Give each change the owners of its file as well."""
    return tuple(
        replace(
            change,
            owners=known.with_code(change.owners, change.location.path if change.location else None),
            at_base=_with_code(known, change.at_base),
        )
        for change in changes
    )


def of_readers(known: Ownership, impacts: Sequence[Impact]) -> tuple[Impact, ...]:
    """Give each consumer the owners of its file, and the names of all on the host."""
    return tuple(_owned(known, impact) for impact in impacts)


def asked_for(impacts: Sequence[Impact], config: Config) -> tuple[str, ...]:
    """Give whom a comment mentions, where the base asks for it: the owners of what breaks."""
    if not config.mention_owners:
        return ()
    broken = (impact.consumer for impact in impacts if impact.effect is Effect.BREAKS)
    return tuple(dict.fromkeys(name for consumer in broken for _, name in consumer.handles))


def _owned(known: Ownership, impact: Impact) -> Impact:
    consumer = impact.consumer
    owners = known.with_code(consumer.owners, consumer.path)
    handles = known.handles(owners, consumer.path)
    at_base = _with_code(known, consumer.at_base)
    return replace(impact, consumer=replace(consumer, owners=owners, handles=handles, at_base=at_base))


def _with_code(known: Ownership, marks: Marks | None) -> Marks | None:
    """Give what the base knows a thing by with the owners of its files."""
    if marks is None:
        return None
    owners, handles = marks.owners, marks.handles
    for path in marks.paths:
        owners = known.with_code(owners, path)
        handles = (*handles, *known.handles(owners, path))
    return replace(marks, owners=owners, handles=tuple(dict.fromkeys(handles)))
