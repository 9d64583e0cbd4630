"""Readers that dbt does not build for what a project declares: a contract that the SQL does not keep, a ref that is refused."""

from collections.abc import Collection, Iterator, Mapping

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Kind
from contract_gate.compare.changes.construction import place_in
from contract_gate.compare.changes.contracts import mismatch, told_mismatch
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.impact.propagation import Arrival, lost_names
from contract_gate.core.relation import Location


def of_own_declaration(
    before: BoundModel | None, after: BoundModel, arriving: Collection[Arrival]
) -> Iterator[tuple[str, Location]]:
    """Say why an edited model does not build, where neither a change upstream nor the base explains it."""
    names = _new_mismatch(before, after)
    if names and _cause(names, arriving) is None:
        yield told_mismatch(names.values()), place_in(after, 1, 1)
    narrowed = {arrival.key for arrival in arriving if arrival.change.kind is Kind.ACCESS_NARROWED}
    for key, reason in _new_refusals(before, after).items():
        if key not in narrowed:
            yield reason, _place(after, key)


def by_declarations(
    before: BoundModel | None, after: BoundModel, arriving: Collection[Arrival]
) -> Iterator[tuple[Arrival, Location, str]]:
    """Give the changes upstream that keep a reader from being built by its contract, or by who may refer to whom."""
    names = _new_mismatch(before, after)
    cause = _cause(names, arriving)
    if cause is not None:
        yield cause, place_in(after, 1, 1), told_mismatch(names.values())
    refusals = _new_refusals(before, after)
    for arrival in arriving:
        if arrival.change.kind is Kind.ACCESS_NARROWED and arrival.key in refusals and not arrival.stopped:
            yield arrival, _place(after, arrival.key), refusals[arrival.key]


def _new_mismatch(before: BoundModel | None, after: BoundModel) -> dict[str, str]:
    now = mismatch(after)
    known = mismatch(before) if now and before is not None else {}
    return {name: side for name, side in now.items() if known.get(name) != side}


def _cause(names: Mapping[str, str], arriving: Collection[Arrival]) -> Arrival | None:
    """A star passes columns on: the change upstream of a column that the contract does not have, or has alone."""
    for arrival in arriving:
        change = arrival.change
        if (
            has(change.kind, Trait.RESHAPES)
            and not arrival.stopped
            and not set(names).isdisjoint(lost_names(change))
        ):
            return arrival
    return None


def _new_refusals(before: BoundModel | None, after: BoundModel) -> dict[str, str]:
    known = dict(before.rendered.refused) if before is not None else {}
    return {key: reason for key, reason in after.rendered.refused if key not in known}


def _place(after: BoundModel, key: str) -> Location:
    name = key.split(".")[2] if key.count(".") > 1 else key
    read = next((read for read in after.reads if read.relation.name.startswith(name)), None)
    return place_in(after, read.line, read.column) if read is not None else place_in(after, 1, 1)
