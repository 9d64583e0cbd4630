"""Readers that name by a bare name what moved into a schema: whether they find it there is for the search path to say."""

import re
from functools import partial

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.construction import place_in
from contract_gate.compare.impact.history import has_run
from contract_gate.compare.impact.impact import Effect
from contract_gate.compare.impact.ledger import Ledger
from contract_gate.compare.impact.propagation import Arrival
from contract_gate.core.model_keys import is_migrated, is_of_file
from contract_gate.core.relation import RelationName, caseless
from contract_gate.sql.names import DEFAULT_SCHEMA


def tell_bare_names(
    ledger: Ledger, key: str, before: BoundModel | None, after: BoundModel, arriving: list[Arrival]
) -> None:
    """Say that a reader may not find what is moved out of the schema in which bare names are looked up."""
    for arrival in arriving:
        find = _bare_name if is_migrated(arrival.key) else partial(_loose_name, ledger, arrival.key)
        line = find(arrival.change, after)
        if line is not None and not has_run(line, before, after):
            place = place_in(after, line, 1)
            reason = f"it names `{arrival.change.relation}` without a schema, which is `{arrival.change.after}` now"
            ledger.impact(key, arrival, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=reason)


def _bare_name(change: Change, after: BoundModel) -> int | None:
    old, schema = change.relation, _schema(change.after or "")
    usual = ("", DEFAULT_SCHEMA.get(after.model.dialect, ""))
    if (
        change.kind is not Kind.RELATION_MOVED
        or old is None
        or _schema(str(old)) not in usual
        or schema in usual
    ):
        return None
    text = after.rendered.sql or ""
    if re.search(rf"\b(?:search_path|current_schema|use)\b[^;]*\b{re.escape(schema)}\b", text, re.IGNORECASE):
        return None
    named = re.search(_NAMED.format(re.escape(caseless(old.name))), text, re.IGNORECASE)
    return text.count("\n", 0, named.start(1)) + 1 if named is not None else None


def _loose_name(ledger: Ledger, made: str, change: Change, after: BoundModel) -> int | None:
    """Give the first line where words that mean a project's model on both sides stand; a plain text says itself where it looks."""
    if change.kind is not Kind.RELATION_MOVED or is_of_file(made):
        return None
    sides = ((ledger.base.world, ledger.edited.get(made, made)), (ledger.head.world, made))
    key = after.model.key

    def is_meant(name: RelationName) -> bool:
        found = [side.find(name, key if key in side.models else None) for side, _ in sides]
        return [each and each.key for each in found] == [wanted for _, wanted in sides]

    return 1 if any(is_meant(each.name) for each in after.asked) else None


def _schema(name: str) -> str:
    return name.rpartition(".")[0].rpartition(".")[2].strip('"`[]').lower()


_NAMED = r"\b(?:from|join|into|update|using|table|truncate)\s+(?:only\s+)?([\"`\[]?{}[\"`\]]?)(?![\w.])"
