"""dbt's enforced contracts between two worlds: what a model promised at the base and does not keep at the head.

The rules are those of dbt's `state:modified.contract`: https://docs.getdbt.com/reference/resource-configs/contract.
A versioned model may break its contract only by a new version; of others dbt warns.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from contract_gate.bound import BoundModel
from contract_gate.changes.change import Breach, Change, Kind
from contract_gate.changes.kinds import Trait, describe, has
from contract_gate.changes.making import change_of
from contract_gate.changes.types import is_same_type, is_wider
from contract_gate.world import Contract, Model, Promise

_CHECKED = frozenset({"table", "incremental"})
"""Materializations whose constraints the warehouse checks."""


def with_breaches(before: BoundModel, after: BoundModel, told: Sequence[Change]) -> tuple[Change, ...]:
    """Mark what the contract of the base promised otherwise, and add what only the declarations show."""
    old, new = before.model.contract, after.model.contract
    found = [*told, *_access(before.model, after.model)]
    if old is None:
        return tuple(found)
    if new is None:
        removed = _change(Kind.CONTRACT_REMOVED, after.model, old)
        return (*(_marked(change, before, after, old) for change in found), removed)
    found += _retyped(before.model, after.model, found)
    marked = [_marked(change, before, after, old) for change in found]
    return (*marked, *_released(before.model, after.model, old, new, marked))


def removed_with_contract(before: BoundModel, change: Change) -> Change:
    """Mark the removal of a model that had a contract; one with a `deprecation_date` was announced."""
    contract = before.model.contract
    return change if contract is None else _breached(change, before.model, contract)


def mismatch(bound: BoundModel) -> dict[str, str]:
    """Give the columns that the enforced contract and the SQL do not share: name → which of the two has it.

    Empty where they agree, and where the SQL's columns are not known to the last: dbt compares names when it builds.
    https://docs.getdbt.com/docs/collaborate/govern/model-contracts
    """
    model, definition = bound.model, bound.definition
    if model.contract is None or not model.columns or definition is None or bound.rendered.holes:
        return {}
    if not definition.outputs or any(o.term.op == "star" or not o.name for o in definition.outputs):
        return {}
    declared = {_top(column.name, model.dialect) for column in model.columns}
    given = {output.name for output in definition.outputs}
    return dict.fromkeys(sorted(declared - given), "contract") | dict.fromkeys(
        sorted(given - declared), "SQL"
    )


def _top(name: str, dialect: str) -> str:
    """BigQuery's contracts name the fields of a struct, too: `address.city` is a part of the column `address`."""
    return name.strip('"`').partition(".")[0] if dialect == "bigquery" else name


def told_mismatch(names: Iterable[tuple[str, str]]) -> str:
    """Say which columns the contract and the SQL do not share."""
    only = [
        f"the contract declares `{name}`, which the SQL does not give"
        if side == "contract"
        else f"the SQL gives `{name}`, which the contract does not declare"
        for name, side in names
    ]
    return ", and ".join(only[:_NAMED]) + (f" (+{len(only) - _NAMED} more)" if len(only) > _NAMED else "")


_NAMED = 3


def _marked(change: Change, before: BoundModel, after: BoundModel, contract: Contract) -> Change:
    promised = {column.name: column for column in before.model.columns}
    kept = {column.name for column in after.model.columns} if after.model.contract is not None else set()
    name = change.column_at_base
    if has(change.kind, Trait.GONE_COLUMN) and name in promised and name not in kept:
        return _breached(change, before.model, contract)
    if has(change.kind, Trait.RETYPED) and name in promised and promised[name].type is not None:
        return _breached(change, before.model, contract)
    if change.kind is Kind.MATERIALIZATION_CHANGED and _unchecks(change, contract):
        return _breached(
            change, before.model, contract, "the constraints of its contract are not checked any more"
        )
    if change.kind is Kind.RELATION_RENAMED and before.model.key != after.model.key:
        return _breached(change, before.model, contract)
    return change


def _unchecks(change: Change, contract: Contract) -> bool:
    return contract.has_constraints and change.before in _CHECKED and change.after not in _CHECKED


def _retyped(before: Model, after: Model, told: Sequence[Change]) -> Iterator[Change]:
    """An enforced contract makes the type, whatever the SQL gives."""
    known = {
        change.column
        for change in told
        if has(change.kind, Trait.RETYPED) or has(change.kind, Trait.GONE_COLUMN)
    }
    types = {column.name: column.type for column in before.columns}
    for column in after.columns:
        old, new = types.get(column.name), column.type
        if old and new and column.name not in known and old != new and not is_same_type(old, new):
            kind = Kind.COLUMN_TYPE_WIDENED if is_wider(old, new) else Kind.COLUMN_TYPE_CHANGED
            text = describe(kind, relation=after.relation, column=column.name, before=old, after=new)
            yield replace(_of(kind, after, text), column=column.name, before=old, after=new)


def _released(
    before: Model, after: Model, old: Contract, new: Contract, told: Sequence[Change]
) -> Iterator[Change]:
    """Give the constraints that the warehouse checked and that are not declared any more."""
    if before.materialization not in _CHECKED:
        return
    left = {column.name for column in after.columns}
    nullable = {change.column for change in told if change.kind is Kind.COLUMN_NULLABLE}
    for promise in old.checked:
        told_already = promise.type == "not_null" and set(promise.columns) <= nullable
        if promise in new.checked or told_already or not set(promise.columns) <= left:
            continue
        change = _change(Kind.CONTRACT_CONSTRAINT_REMOVED, after, old, _spelled(promise))
        yield replace(change, column=promise.columns[0] if len(promise.columns) == 1 else None)


def _spelled(promise: Promise) -> str:
    columns = f" ({', '.join(promise.columns)})" if promise.columns else ""
    return f"{promise.type}{columns}" + (f" {promise.expression}" if promise.expression else "")


def _access(before: Model, after: Model) -> Iterator[Change]:
    """Tell a model that fewer may refer to: https://docs.getdbt.com/docs/mesh/govern/model-access"""
    old, new = (_access_of(model) for model in (before, after))
    private = new == "private" and (old != "private" or before.group != after.group)
    if private or (old == "public" and new != "public"):
        was, becomes = _allowed(before), _allowed(after)
        kind = Kind.ACCESS_NARROWED
        text = describe(kind, relation=after.relation, before=was, after=becomes)
        yield replace(_of(kind, after, text), before=was, after=becomes)


def _access_of(model: Model) -> str:
    return model.access or "protected"


def _allowed(model: Model) -> str:
    access = _access_of(model)
    return f"{access} to the group {model.group}" if access == "private" and model.group else access


def _change(kind: Kind, model: Model, contract: Contract, before: str | None = None) -> Change:
    text = describe(kind, relation=model.relation, before=before)
    return replace(_of(kind, model, text), before=before, breach=_breach(contract))


def _of(kind: Kind, model: Model, message: str) -> Change:
    change = change_of(model, kind, message)
    return replace(change, location=model.declared_at or change.location)


def _breached(change: Change, model: Model, contract: Contract, why: str = "") -> Change:
    told = why or f"the contract of `{model.name}` promised it"
    refused = (
        ", and dbt refuses it without a new version" if contract.version and not contract.retires else ""
    )
    return replace(
        change, message=f"{change.message.rstrip('. ')}; {told}{refused}", breach=_breach(contract)
    )


def _breach(contract: Contract) -> Breach:
    return Breach.VERSIONED if contract.version and not contract.retires else Breach.UNVERSIONED
