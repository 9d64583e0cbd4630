"""Changes that no query shows: how rows are merged into old ones, hooks that write, rows and code in files."""

from collections.abc import Iterator

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Change, Kind
from contract_gate.compare.changes.construction import change_of, undecided
from contract_gate.compare.changes.kinds import describe
from contract_gate.core.world import ModelKind


def writing_changes(before: BoundModel, after: BoundModel) -> Iterator[Change]:
    """Compare what decides the rows beside the query; where what it does can't be read, that is said."""
    old, new = before.model, after.model
    if old.merging != new.merging and old.materialization == new.materialization:
        kind = Kind.ROWS_MERGE_CHANGED
        text = describe(kind, relation=new.relation, before=old.merging, after=new.merging)
        yield change_of(new, kind, text, before=old.merging, after=new.merging)
    if old.content is not None and new.content is not None and old.content != new.content:
        yield from _contents(before, after)
    if old.hooks != new.hooks:
        yield undecided(new, "a hook that may change its rows was edited")


def _contents(before: BoundModel, after: BoundModel) -> Iterator[Change]:
    """Rows that are written in the file itself, or code that nobody reads here."""
    old, new = ([column.name for column in side.model.columns] for side in (before, after))
    model = after.model
    if model.kind is ModelKind.SEED and old == new:
        yield change_of(model, Kind.ROWS_SOURCE_CHANGED, f"the rows of `{model.name}` were edited")
    elif model.kind is not ModelKind.SEED and before.reason is None and after.reason is None:
        what = "its Python" if model.path.endswith(".py") else "the code that builds it"
        yield undecided(model, f"{what} was edited, and what it gives is not read")
