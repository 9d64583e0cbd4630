"""Models for which there was no time, or that met a fault: what their authors changed is undecided, what reaches them unknown."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from contract_gate.compare.changes.change import Certainty
from contract_gate.compare.changes.relations import not_analysed
from contract_gate.compare.impact.impact import Effect
from contract_gate.compare.impact.ledger import Ledger
from contract_gate.compare.impact.propagation import Arrival, shown
from contract_gate.core.relation import Location


class Uncompared:
    """Notes them in the ledger. `touched`: the keys of the models that the author changed, added or took away."""

    def __init__(self, ledger: Ledger, touched: Collection[str]) -> None:
        self._ledger, self._touched = ledger, touched

    def own(self, key: str, reason: str) -> Iterator[Arrival]:
        """Give the change of a model that was edited, about which nobody knows more."""
        if key in self._touched:
            there = self._ledger.head.world.models.get(key)
            model = there or self._ledger.base.world.models[self._ledger.edited.get(key, key)]
            numbered = self._ledger.numbered(not_analysed(model, reason))
            yield Arrival(numbered, numbered.id, (shown(numbered, key),), key)

    def reached(self, key: str, cause: Arrival, reason: str) -> Arrival:
        """Note that nobody knows what a change does to a model; give what it passes on."""
        model = self._ledger.head.world.models[key]
        place = Location(path=model.path, line=model.line)
        self._ledger.impact(key, cause, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=reason)
        return replace(cause, key=key, path=(*cause.path, model.name))

    def leave(
        self,
        keys: Collection[str],
        parents: Mapping[str, Collection[str]],
        arrivals: dict[str, list[Arrival]],
        reason: str,
    ) -> None:
        """Note all that are left when the run's time is over; what each passes on is added to the arrivals.

        Each hears of one change that may reach it by name. All that may would be every change at every reader.
        """
        below: dict[str, list[str]] = {}
        for key in sorted(keys):
            for parent in parents.get(key, ()):
                below.setdefault(parent, []).append(key)
            if own := list(self.own(key, reason)):
                arrivals[key] = own
        told: set[str] = set()
        waiting = sorted(arrivals)
        for parent in waiting:
            for key in below.get(parent, ()):
                if key in told or key not in self._ledger.head.world.models:
                    continue
                roots = {each.root for each in arrivals.get(key, ())}
                cause = next((each for each in arrivals[parent] if each.root not in roots), None)
                if cause is not None:
                    told.add(key)
                    arrival = self.reached(key, cause, reason)
                    if not roots:
                        arrivals[key] = [arrival]
                        waiting.append(key)
