"""Which edit of a model's query made a change of it: by the kind of the change, then by the columns that an edit reaches."""

import re
from collections.abc import Sequence
from dataclasses import replace

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Change
from contract_gate.compare.changes.kinds import PAGES
from contract_gate.core.relation import caseless
from contract_gate.sql.edits.edit import Edit
from contract_gate.sql.edits.edits import edits

_WORD = re.compile(r"\w+")


def edits_between(before: BoundModel | None, after: BoundModel | None) -> tuple[Edit, ...]:
    """Give the edits between two renderings of a model, on the lines of its file; none where a side is not read."""
    if before is None or after is None or before.definition is None or after.definition is None:
        return ()
    old, new = before.rendered, after.rendered
    if old.sql is None or new.sql is None or old.sql == new.sql:
        return ()
    found = edits(old.sql, new.sql, after.model.dialect)
    return tuple(replace(edit, line=(old if edit.gone else new).source_line(edit.line)) for edit in found)


def edited(change: Change, found: Sequence[Edit]) -> Change:
    """Tell which of the edits made the change, if one did."""
    return replace(change, edit=_edit_of(change, found))


def _edit_of(change: Change, found: Sequence[Edit]) -> Edit | None:
    names = {caseless(name) for name in (change.column, change.column_at_base) if name is not None}
    kinds = PAGES[change.kind].edits
    for kind in kinds:
        fitting = [edit for edit in found if edit.kind is kind and _touches(edit, names)]
        if fitting:
            return _likeliest(change, fitting)
    # Which rows there are is decided in more ways than an outline follows: through EXISTS, or a scalar subquery.
    others = [edit for edit in found if edit.kind in kinds] if not names else []
    if others:
        return _likeliest(change, others)
    return found[0] if len(found) == 1 and kinds else None


def _likeliest(change: Change, fitting: Sequence[Edit]) -> Edit:
    """Choose the edit whose words are most of the change's own; between equals the one that reaches least."""
    words = set(_WORD.findall(f"{change.before} {change.after}"))
    return max(fitting, key=lambda edit: (len(words & set(_WORD.findall(edit.text))), -len(edit.reach)))


def _touches(edit: Edit, names: set[str]) -> bool:
    """Tell whether an edit reaches the column, or, for a change of no column, the rows."""
    return edit.rows if not names else not names.isdisjoint(edit.reach | set(edit.names))
