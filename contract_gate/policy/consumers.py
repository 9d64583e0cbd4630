"""Whom a cause reaches: each consumer once, by the worst that happens to it, worst first."""

from contract_gate.compare.changes.change import Change
from contract_gate.compare.impact import Consumer, Impact, Witnessed
from contract_gate.policy.cause import Cause
from contract_gate.policy.levels import decided, impact_level


def worst_first(cause: Cause) -> tuple[tuple[Change, Impact], ...]:
    """Give each consumer with the change that hits it hardest; between equals the most used one leads."""
    worst: dict[tuple[str | None, ...], tuple[Change, Impact]] = {}
    for change, impact in sorted(cause.impacts, key=_gravity):
        worst.setdefault(identity(impact.consumer), (change, impact))
    return tuple(worst.values())


def identity(consumer: Consumer) -> tuple[str | None, ...]:
    """Say which consumer it is: by the catalog's id, for two dashboards may have one name; else by its kind, name and place."""
    by_name = (consumer.kind, consumer.name, consumer.path, consumer.url)
    return by_name if consumer.id is None else (consumer.id,)


def _gravity(reached: tuple[Change, Impact]) -> tuple[object, ...]:
    change, impact = reached
    return (
        impact_level(change, impact).rank,
        not decided(change, impact),
        impact.effect.rank,
        impact.certainty.rank,
        impact.witnessed is Witnessed.NOT_AFFECTED,
        -(impact.consumer.usage or 0),
        impact.consumer.standing.weight,
        impact.distance,
        impact.consumer.name,
        impact.consumer.kind,
        impact.consumer.id or "",
        impact.column or "",
        change.id,
    )
