"""dbt's enforced contracts between two worlds: what a model promised at the base and does not keep at the head.

The rules are those of dbt's `state:modified.contract`: https://docs.getdbt.com/reference/resource-configs/contract.
A versioned model may break its contract only by a new version; of others dbt warns.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Breach, Change, Kind
from contract_gate.compare.changes.columns import retyped
from contract_gate.compare.changes.construction import change_of
from contract_gate.compare.changes.kinds import Trait, describe, has
from contract_gate.core.relation import Column
from contract_gate.core.world import Contract, Model, Promise
from contract_gate.sql.algebra import Output
from contract_gate.sql.types import clash, is_integer, is_same_type, type_class

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
    return (*marked, *_released(before.model, after.model, old, new))


def removed_with_contract(before: BoundModel, change: Change) -> Change:
    """Mark the removal of a model that had a contract; one with a `deprecation_date` was announced."""
    contract = before.model.contract
    return change if contract is None else _breached(change, before.model, contract)


def mismatch(bound: BoundModel) -> dict[str, str]:
    """Give what the enforced contract and the SQL do not share: column → what is told of it.

    Empty where they agree, and where the SQL's columns are not known to the last: dbt compares names and types when it
    builds. Of types only those are compared that the SQL writes out, by their classes: what else an engine takes for one
    type it alone knows. https://docs.getdbt.com/docs/collaborate/govern/model-contracts
    """
    model, definition = bound.model, bound.definition
    if model.contract is None or not model.columns or definition is None or bound.rendered.holes:
        return {}
    if not definition.outputs or any(o.term.op == "star" or not o.name for o in definition.outputs):
        return {}
    declared = {_top(column.name, model.dialect): column.type for column in model.columns}
    given = {output.name: _written_type(output) for output in definition.outputs}
    return {
        **{name: f"the contract declares `{name}`, which the SQL does not give" for name in sorted(declared.keys() - given)},
        **{name: f"the SQL gives `{name}`, which the contract does not declare" for name in sorted(given.keys() - declared)},
        **{
            name: f"the contract declares `{name}` as {kind}, and the SQL gives {given[name]}"
            for name, kind in declared.items()
            if name in given and _differ(kind, given[name], model.dialect)
        },
    }  # fmt: skip


def _differ(declared: str | None, given: str | None, dialect: str) -> bool:
    if declared is None or given is None:
        return False
    if dialect in _SIZED and is_integer(declared) and is_integer(given):
        return not is_same_type(_driver_type(declared, dialect), _driver_type(given, dialect))
    return clash(type_class(declared), type_class(given))


_SIZED = frozenset({"postgres", "redshift", "duckdb", "databricks"})
"""Engines that tell integers of different sizes apart when dbt asks for a column's type."""


def _driver_type(kind: str, dialect: str) -> str:
    """PostgreSQL's driver, as dbt reads it, has one name for integers of two and of four bytes."""
    is_small = dialect in ("postgres", "redshift") and is_same_type(kind, "SMALLINT")
    return "INTEGER" if is_small else kind


def _written_type(output: Output) -> str | None:
    """Give the type of a column where the SQL itself says it: by a cast, or by a literal."""
    term = output.term
    if term.op == "cast":
        return term.value
    return {"string": "TEXT", "boolean": "BOOLEAN"}.get(term.op)


def _top(name: str, dialect: str) -> str:
    """BigQuery's contracts name the fields of a struct, too: `address.city` is a part of the column `address`."""
    return name.strip('"`').partition(".")[0] if dialect == "bigquery" else name


def told_mismatch(told: Collection[str]) -> str:
    """Say what the contract and the SQL do not share."""
    only = list(told)
    return ", and ".join(only[:_NAMED]) + (f" (+{len(only) - _NAMED} more)" if len(only) > _NAMED else "")


_NAMED = 3


def _marked(change: Change, before: BoundModel, after: BoundModel, contract: Contract) -> Change:
    promised = {column.name: column for column in before.model.columns}
    kept = {column.name for column in after.model.columns} if after.model.contract is not None else set()
    name = change.column_at_base
    if has(change.kind, Trait.GONE_COLUMN) and name in promised and name not in kept:
        return _breached(change, before.model, contract)
    if has(change.kind, Trait.RETYPED) and name in promised and _is_retyped(promised[name], after):
        return _breached(change, before.model, contract)
    if change.kind is Kind.MATERIALIZATION_CHANGED and _unchecks(change, contract):
        return _breached(
            change, before.model, contract, "the constraints of its contract are not checked any more"
        )
    if change.kind is Kind.RELATION_RENAMED and before.model.key != after.model.key:
        return _breached(change, before.model, contract)
    return change


def _is_retyped(promised: Column, after: BoundModel) -> bool:
    """Compare declared types as dbt does: in one case, without size, precision and scale (`_normalize_data_type_for_comparison`)."""
    kept = next((column.type for column in after.model.columns if column.name == promised.name), None)
    if promised.type is None:
        return False
    # Where the contract no longer says a type, or says the same, what the SQL gives is another matter.
    return kept is None or _bare(promised.type) != _bare(kept)


def _bare(kind: str) -> str:
    return kind.partition("(")[0].strip().lower()


def _unchecks(change: Change, contract: Contract) -> bool:
    return contract.has_constraints and change.before in _CHECKED and change.after not in _CHECKED


def _retyped(before: Model, after: Model, told: Sequence[Change]) -> Iterator[Change]:
    """An enforced contract makes the type, whatever the SQL gives; dbt compares how it is written."""
    known = {
        change.column
        for change in told
        if has(change.kind, Trait.RETYPED) or has(change.kind, Trait.GONE_COLUMN)
    }
    types = {column.name: column.type for column in before.columns}
    for column in after.columns:
        old, new = types.get(column.name), column.type
        kind = retyped(old, new, "") if column.name not in known else None
        if kind is not None:
            text = describe(kind, relation=after.relation, column=column.name, before=old, after=new)
            yield replace(_of(kind, after, text), column=column.name, before=old, after=new)


def _released(before: Model, after: Model, old: Contract, new: Contract) -> Iterator[Change]:
    """Give the constraints that the warehouse checked and that are not declared any more."""
    if before.materialization not in _CHECKED:
        return
    left = {column.name for column in after.columns}
    for promise in old.checked:
        if promise in new.checked or not set(promise.columns) <= left:
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
