"""Changes of incremental models: what their incremental runs build, and what the table that is there makes of a change.

https://docs.getdbt.com/docs/build/incremental-models#what-if-the-columns-of-my-incremental-model-change
"""

from dataclasses import replace

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Change, Kind
from contract_gate.compare.changes.compare import compare
from contract_gate.compare.changes.construction import change_of, placed
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.core.world import Model
from contract_gate.sql.parsing.wording import says_the_same

_STORED = ("incremental", "table", "snapshot")


def of_increments(before: BoundModel, after: BoundModel, told: list[Change]) -> list[Change]:
    """Compare what incremental runs build; what the full builds differ in too is told once.

    Where one side writes nothing else in them, its incremental runs build what its full ones do.
    """
    if before.increment is None and after.increment is None:
        return []
    old, new = before.increment or before, after.increment or after
    if before.model.materialization != after.model.materialization:
        # One side has no incremental runs, whatever its template would write in them.
        return []
    if old.definition is None or new.definition is None:
        texts = old.rendered.sql or "", new.rendered.sql or ""
        is_same = old.rendered.unread == new.rendered.unread and says_the_same(*texts, new.model.dialect)
        return [] if is_same else [_unread(old, new)]
    known = {(change.kind, change.column) for change in told}
    changes = (placed(change, old, new) for change in compare(old.definition, new.definition))
    return [
        replace(change, message=f"in incremental runs {change.message}", increment=True)
        for change in changes
        if (change.kind, change.column) not in known
    ]


def _unread(old: BoundModel, new: BoundModel) -> Change:
    side, when = (new, "") if new.definition is None else (old, " at the base")
    text = f"what incremental runs of `{new.model.name}` build is not analysed{when}: {side.reason}"
    return replace(change_of(new.model, Kind.UNDECIDED, text, line=side.line), increment=True)


def is_kept(before: Model, after: Model) -> bool:
    """Tell whether the next run writes into the table that is there, with the columns that the base gave it."""
    return (
        after.on_schema_change is not None
        and before.materialization in _STORED
        and before.relation == after.relation
    )


def stored(change: Change, before: Model, model: Model) -> Change:
    """Add to a change what the table that is there makes of it, where the next run writes into that."""
    if not is_kept(before, model):
        return change
    policy, more, keeps = model.on_schema_change, "", False
    if change.kind is Kind.COLUMN_ADDED and policy == "ignore":
        more = "the table that is there gets it only by a full refresh (`on_schema_change` is ignore)"
    elif change.kind is Kind.COLUMN_ADDED and policy in ("append_new_columns", "sync_all_columns"):
        more = "rows of earlier runs have no value in it until a full refresh"
    elif keeps := has(change.kind, Trait.GONE_COLUMN) and policy == "append_new_columns":
        name = "it" if change.kind is Kind.COLUMN_REMOVED else f"`{change.column_at_base}`"
        more = f"the table that is there keeps {name}, without a value in new rows, until a full refresh"
    if not more or change.increment:
        return change
    if model.materialization == "snapshot":  # which dbt never builds anew
        more = more.removesuffix(" until a full refresh").removesuffix(",")
    return replace(change, message=f"{change.message}; {more}", kept=keeps)
