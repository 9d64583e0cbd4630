"""A witness and the readers of its model: who is run, in which order, and what it says of their impacts."""

from collections.abc import Collection, Iterator, Sequence

from contract_gate.app.confirmation.questions import reader_of
from contract_gate.compare.bound import BoundWorld, is_declared
from contract_gate.compare.changes.change import Certainty
from contract_gate.compare.impact import Consumer, Effect, Impact, Witnessed
from contract_gate.compare.impact.propagation import consumer_of
from contract_gate.core.values import dataclass, replace
from contract_gate.witness import Reader, Replayed, WitnessEffect

_REACHES = {
    WitnessEffect.AFFECTED: Witnessed.AFFECTED,
    WitnessEffect.NOT_AFFECTED: Witnessed.NOT_AFFECTED,
    WitnessEffect.NOT_RUNNABLE: Witnessed.NOT_RUNNABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replays:
    """The readers of a changed model (`root`), each after what it reads. `declared`: those that have no SQL."""

    root: str
    readers: tuple[Reader, ...]
    declared: tuple[str, ...]
    keys: tuple[tuple[Consumer, str], ...]

    def first(self, number: int) -> "Replays":
        """Keep the nearest readers."""
        return replace(self, readers=self.readers[:number])


def readers_of(after: BoundWorld, root: str, changes: Collection[str], impacts: Sequence[Impact]) -> Replays:
    """Gather who feels the changes in the repository and goes on; `Reader.name` is the model's key."""
    models = {consumer_of(model): key for key, model in after.world.models.items()}
    distances: dict[str, int] = {}
    for impact in impacts:
        key = models.get(impact.consumer)
        if impact.change in changes and key is not None and impact.effect is not Effect.BREAKS:
            distances[key] = min(impact.distance, distances.get(key, impact.distance))
    plain = [key for key in distances if not is_declared(after.world.models[key])]
    readers = []
    for key in _in_order(after, sorted(plain, key=lambda key: (distances[key], key))):
        reader = reader_of(after, key)
        if reader is not None:
            readers.append(reader)
    return Replays(
        root=root,
        readers=tuple(readers),
        declared=tuple(key for key in distances if key not in plain),
        keys=tuple((consumer, key) for consumer, key in models.items() if key in distances),
    )


def replayed(
    after: BoundWorld,
    replays: Replays,
    played: Sequence[Replayed],
    changes: Collection[str],
    impacts: Sequence[Impact],
) -> tuple[Impact, ...]:
    """Put on each impact of these changes what the rows did to its consumer."""
    reached = {answer.name: (_REACHES[answer.reach], answer.reason) for answer in played}
    for key in replays.declared:
        reach = _of_declared(after.world.models[key].depends_on, replays.root, reached)
        if reach is not None:
            reached[key] = reach, None
    keys = dict(replays.keys)
    return tuple(
        _reached(impact, *reached[keys[impact.consumer]])
        if impact.change in changes and keys.get(impact.consumer) in reached
        else impact
        for impact in impacts
    )


def _in_order(after: BoundWorld, keys: Sequence[str]) -> Iterator[str]:
    """Give each key after the keys that it reads; between others the order given stays."""
    left = list(keys)
    while left:
        free = (key for key in left if not (after.bound(key).uses - {key}) & set(left))
        key = next(free, left[0])
        left.remove(key)
        yield key


def _of_declared(
    reads: Sequence[str], root: str, reached: dict[str, tuple[Witnessed, str | None]]
) -> Witnessed | None:
    """An exposure is reached by what it names; nothing is known of it where one of those was not run."""
    reaches = [reached[key][0] for key in reads if key in reached]
    if root in reads or Witnessed.AFFECTED in reaches:
        return Witnessed.AFFECTED
    return Witnessed.NOT_AFFECTED if reaches and set(reaches) == {Witnessed.NOT_AFFECTED} else None


def _reached(impact: Impact, reach: Witnessed, reason: str | None) -> Impact:
    certainty = impact.certainty
    if reach is Witnessed.AFFECTED and certainty is Certainty.POSSIBLE and impact.effect is Effect.CHANGES:
        certainty = Certainty.WITNESSED
    told = f"the rows could not be run through it, because {reason}" if reason is not None else None
    return replace(impact, witnessed=reach, certainty=certainty, reason=impact.reason or told)
