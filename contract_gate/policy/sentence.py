"""The second half of a finding's message: who is hit, worst first, or why nobody is known."""

from collections.abc import Sequence

from contract_gate.compare.changes.change import Change, ChangeClass
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.impact import Effect, Impact, KnownBy
from contract_gate.core.coverage import CatalogState, CatalogStatus
from contract_gate.policy.levels import decided

NAMED = 3
"""How many consumers a message names; the report lists them all."""


def readers(reached: Sequence[tuple[Change, Impact]], after: str = ": ") -> str:
    """Name the first consumers with their place: `: shop.revenue breaks (models/revenue.sql:9), +2 more`."""
    named = [_reader(change, impact) for change, impact in reached[:NAMED]]
    more = [f"+{len(reached) - NAMED} more"] if len(reached) > NAMED else []
    return after + ", ".join([*named, *more])


def no_readers(change: Change, catalog: CatalogState) -> str:
    """Say that no reader is known, and who was asked."""
    if not has(change.kind, Trait.NEEDS_READERS):
        return ""
    if catalog.status is CatalogStatus.NOT_ASKED:
        return "; no reader in the repository, and no catalog was asked"
    if catalog.is_silent_about(str(change.relation)):
        return "; no reader in the repository, and the catalog could not say who else reads it"
    if str(change.relation) in catalog.not_in_catalog:
        return f"; no reader in the repository, and {catalog.name} does not have the relation"
    return f"; no reader in the repository or in {catalog.name}"


def hit(change: Change, impact: Impact) -> str:
    """Say what the change does to the consumer, as a verb with it as the subject."""
    if not decided(change, impact):
        return f"may {'break' if may_break(change, impact) else 'change'} (could not be decided)"
    if impact.effect is Effect.BREAKS:
        return "breaks"
    if impact.by is KnownBy.BINDING or not _schema(change):
        return "changes"
    return "reads it" if impact.by is KnownBy.COLUMNS else "reads the table"


def may_break(change: Change, impact: Impact) -> bool:
    """Tell whether it could not be decided that the consumer goes on."""
    return not decided(change, impact) and _schema(change)


def _reader(change: Change, impact: Impact) -> str:
    consumer = impact.consumer
    name = consumer.name if consumer.kind == "model" else f"{consumer.kind.replace('_', ' ')} {consumer.name}"
    place = (
        f" ({impact.location.path}:{impact.location.line})"
        if impact.location and impact.location.path
        else ""
    )
    return f"{name}{f' in {consumer.inside}' if consumer.inside else ''} {hit(change, impact)}{place}{_evidence(impact)}"


def _evidence(impact: Impact) -> str:
    """Say how much a consumer of the catalog is used, where the catalog counts it."""
    told = impact.consumer.standing.evidence
    return f" ({'; '.join(told)})" if told and impact.by.from_catalog else ""


def _schema(change: Change) -> bool:
    return change.change_class in (ChangeClass.SCHEMA, ChangeClass.UNDECIDED)
