"""Changes of the texts by which a model is built under other settings: another target, variable or flag.

The model's readers are bound to the text that it is read by. What another text gives is told of it, and proves nothing of them.
"""

from collections.abc import Sequence
from dataclasses import replace

from contract_gate.compare.bound import BoundCompanion, BoundModel
from contract_gate.compare.changes.change import Change, Kind
from contract_gate.compare.changes.compare import compare
from contract_gate.compare.changes.construction import at_most_possible, placed, undecided
from contract_gate.sql.parsing.wording import says_the_same

Companions = Sequence[BoundCompanion]


def of_deployments(
    sides: tuple[BoundModel, BoundModel], companions: tuple[Companions, Companions], told: Sequence[Change]
) -> list[Change]:
    """Compare each text with its like of the other side, or the one that the model is read by where there is none."""
    before, after = sides
    old, new = ({each.what: each for each in side if each.builds} for side in companions)
    known = {(change.kind, change.column) for change in told}
    found: list[Change] = []
    for what in dict.fromkeys((*old, *new)):
        texts = old[what].bound if what in old else before, new[what].bound if what in new else after
        where = what.removeprefix("its SQL ")
        for change in _between(*texts, where):
            if (change.kind, change.column) not in known:
                known.add((change.kind, change.column))
                found.append(change)
    return found


def _between(old: BoundModel, new: BoundModel, where: str) -> list[Change]:
    texts = [side.rendered.sql for side in (old, new)]
    dialect = new.model.dialect
    if texts[0] == texts[1] or (texts[0] and texts[1] and says_the_same(texts[0], texts[1], dialect)):
        return []
    if old.definition is None or new.definition is None:
        return [undecided(new.model, f"{where} it was edited, and can't be compared")]
    changes = (placed(change, old, new) for change in compare(old.definition, new.definition))
    return [
        replace(change, message=f"{where}, {change.message}", certainty=at_most_possible(change))
        for change in changes
        if change.kind is not Kind.COLUMN_ADDED
    ]
