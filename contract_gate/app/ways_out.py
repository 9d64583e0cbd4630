"""The way out of each change, with the model's own names: what its author can copy, as far as the two texts say it."""

from collections.abc import Sequence
from shlex import quote

from contract_gate.compare.bound import BoundModel, BoundWorld
from contract_gate.compare.changes.change import Change, ChangeClass, Kind
from contract_gate.compare.changes.kinds import PAGES
from contract_gate.compare.changes.relations import Pairing
from contract_gate.core.printable import printable_lines
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import ModelKind
from contract_gate.sql.edits import mending
from contract_gate.sql.names import read_relation_name

LINES, CHARACTERS = 12, 900
"""A longer way out is none that anybody copies from a report."""


def with_ways_out(
    changes: Sequence[Change], before: BoundWorld, after: BoundWorld, pairing: Pairing
) -> tuple[Change, ...]:
    """Give each change that nothing else caused the way out of it, where its model's texts make one."""
    writer = _WayOutWriter(before, after, pairing)
    return tuple(
        replace(change, instead=writer.way_out(change)) if _has_one(change) else change for change in changes
    )


def _has_one(change: Change) -> bool:
    quiet = change.change_class in (ChangeClass.ADDITIVE, ChangeClass.UNDECIDED)
    return change.caused_by is None and change.relation is not None and not (quiet or change.foreign)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snippet:
    text: str
    language: str = "sql"
    prose: str | None = None


class _WayOutWriter:
    def __init__(self, before: BoundWorld, after: BoundWorld, pairing: Pairing) -> None:
        self._before, self._after = before, after
        gone = ((key, None) for key in pairing.removed)
        self._pairs: dict[RelationName, tuple[str, str | None]] = {}
        for old, new in (*gone, *pairing.same):
            for world, key in ((after.world, new), (before.world, old)):
                relation = world.models[key].relation if key is not None else None
                if relation is not None:
                    self._pairs[relation] = (old, new)
        self._sides: dict[str, mending.Sides | None] = {}

    def way_out(self, change: Change) -> str | None:
        """Write it as Markdown whose prose is the kind's; names of the change stand in the code alone."""
        pair = self._pairs.get(change.relation) if change.relation is not None else None
        code = self._code(change, *pair) if pair is not None else None
        if code is None:
            return None
        lines = printable_lines(code.text)
        if len(lines) > LINES or len(code.text) > CHARACTERS or "```" in code.text:
            return None
        prose = code.prose or PAGES[change.kind].advice
        return "\n".join([f"{prose.rstrip('.:')}:", "", f"```{code.language}", *lines, "```"])

    def _code(self, change: Change, old: str, new: str | None) -> _Snippet | None:
        model = self._before.world.models[old]
        if change.kind is Kind.RELATION_REMOVED:
            return _Snippet(
                text=f"git checkout {self._before.world.revision[:10]} -- {quote(model.path)}",
                language="shell",
                prose="Move the readers first, and remove the relation in a later pull request. Until then keep its file",
            )
        if new is None:
            return None
        if change.kind in (Kind.RELATION_RENAMED, Kind.RELATION_MOVED):
            return self._old_name(old, new)
        if change.kind in (Kind.MATERIALIZATION_CHANGED, Kind.ROWS_MERGE_CHANGED):
            rebuilt = f"dbt build --full-refresh --select {quote(model.name)}"
            return _Snippet(text=rebuilt, language="shell") if self._after.world.is_of_dbt(new) else None
        both = self._both(old, new)
        text = self._query(change, both, old, new) if both is not None else None
        if both is None or text is None:
            return None
        back = change.kind is Kind.ROWS_JOIN_CHANGED and "(select" not in text
        prose = (
            "Keep the join as it was, and let the reader that wants other rows choose them" if back else None
        )
        return _Snippet(text=self._referring(text, both, new), prose=prose)

    def _query(self, change: Change, both: mending.Sides, old: str, new: str) -> str | None:
        column, block = change.column or "", change.edit.block if change.edit is not None else ""
        name = str(self._after.world.models[new].relation)
        match change.kind:
            case Kind.COLUMN_REMOVED:
                return mending.kept(both, column, self._type(old, column))
            case Kind.COLUMN_RENAMED:
                return mending.both_names(both, change.before or column, change.after or "")
            case Kind.COLUMN_TYPE_CHANGED | Kind.COLUMN_VALUES_CHANGED:
                return mending.both_values(both, column)
            case Kind.COLUMN_REORDERED:
                known, now = (
                    self._columns(world, key) for world, key in ((self._before, old), (self._after, new))
                )
                kept = [one for one in known if one in now]
                return mending.in_order(kept, [one for one in now if one not in known], both.dialect)
            case Kind.ROWS_FILTER_CHANGED:
                return mending.filtered(both, block, name)
            case Kind.ROWS_JOIN_CHANGED:
                return mending.joined(both, block)
            case Kind.ROWS_SOURCE_CHANGED:
                return mending.counted(both)
            case Kind.GRAIN_CHANGED:
                return mending.summed(both, block, name)
            case _:
                return None

    def _old_name(self, old: str, new: str) -> _Snippet | None:
        before, after = self._before.world.models[old], self._after.world.models[new]
        columns = self._columns(self._before, old)
        if self._after.world.is_of_dbt(new):
            listed = mending.in_order(columns, (), after.dialect) if columns else "select *"
            return _Snippet(text=f"-- {before.name}.sql\n{listed}\nfrom {{{{ ref('{after.name}') }}}}")
        return _Snippet(text=mending.view(str(before.relation), str(after.relation), columns, after.dialect))

    def _both(self, old: str, new: str) -> mending.Sides | None:
        if new not in self._sides:
            sides = [
                world.bound(key).rendered.sql for world, key in ((self._before, old), (self._after, new))
            ]
            first, second = sides
            dialect = self._after.world.models[new].dialect
            self._sides[new] = mending.sides(first, second, dialect) if first and second else None
        return self._sides[new]

    def _columns(self, world: BoundWorld, key: str) -> tuple[str, ...]:
        bound: BoundModel = world.bound(key)
        shape = world.shape(key)
        if shape is None or not shape.closed or bound.definition is None:
            return ()
        return tuple(column.name for column in bound.definition.columns)

    def _type(self, key: str, column: str) -> str | None:
        definition = self._before.bound(key).definition
        known = {one.name: one.type for one in definition.columns} if definition is not None else {}
        return known.get(column)

    def _referring(self, text: str, both: mending.Sides, reader: str) -> str:
        """Let SQL of a dbt model refer to others as its file does."""
        if not self._after.world.is_of_dbt(reader):
            return text
        own = self._after.world.models[reader].relation
        for name in (*mending.tables(both), *([str(own)] if own is not None else [])):
            meant = read_relation_name(name, both.dialect)
            found = self._after.world.find(meant, reader) if meant is not None else None
            if found is None:
                continue
            if found.kind is ModelKind.SOURCE:
                parts = found.key.split(".")[-2:]
                text = text.replace(name, f"{{{{ source('{parts[0]}', '{parts[-1]}') }}}}")
            else:
                text = text.replace(name, f"{{{{ ref('{found.name}') }}}}")
        return text
