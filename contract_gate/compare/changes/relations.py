"""Whole relations between two worlds: which model of the base is which of the head, and what became of the others."""

from collections.abc import Collection, Iterator

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Change, Kind
from contract_gate.compare.changes.columns import retyped
from contract_gate.compare.changes.compare import compare
from contract_gate.compare.changes.construction import change_of, placed, undecided
from contract_gate.compare.changes.contracts import removed_with_contract, with_breaches
from contract_gate.compare.changes.increments import of_increments, stored
from contract_gate.compare.changes.kinds import describe
from contract_gate.compare.changes.origin import HiddenEdit, Origins
from contract_gate.compare.changes.sources import source_changes
from contract_gate.compare.changes.twins import kind_of_rename
from contract_gate.compare.changes.writing import writing_changes
from contract_gate.core.paths import is_sql
from contract_gate.core.relation import Column, RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import HoleKind, Model, ModelKind, RefusedDeclaration, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Keys of base and head. `same`: base key → head key. `removed`, `added`: without a partner. `unread`: those of
    the base whose file at the head can't be read, so that nobody knows whether they are still made, and why. `origins`:
    what may have changed a model from outside of its file, by its key (at the head, where it is there). `refused`: what keeps
    a whole project of the head from being built. `written`: what edited files that are no models do to the rows of one, by its key at the head.
    """

    same: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]
    unread: tuple[tuple[str, str], ...] = ()
    origins: tuple[tuple[str, Origins], ...] = ()
    hidden: tuple[HiddenEdit, ...] = ()
    refused: tuple[RefusedDeclaration, ...] = ()
    written: tuple[tuple[str, Change], ...] = ()

    def known_as(self, base: World, head: World) -> dict[RelationName, RelationName]:
        """Map the head's names of renamed or moved relations to those of the base: to compare readers by."""
        names = {}
        for before, after in self.same:
            old, new = base.models[before].relation, head.models[after].relation
            if old is not None and new is not None and old != new:
                names[new] = old
        return names


def pair(base: World, head: World, candidates: Collection[str]) -> Pairing:
    """Match the candidates by key; what is left by the relation that it makes (a file that moved)."""
    gone = [key for key in sorted(candidates) if key in base.models and key not in head.models]
    unread = [
        (key, head.problems[base.models[key].path]) for key in gone if base.models[key].path in head.problems
    ]
    unread += [(key, reason) for key in gone if (reason := _maker(base.models[key], base, head)) is not None]
    # Where a whole project can't be read, the file that sets it up says so, once.
    removed = [
        key for key in gone if not head.is_unreadable(base.models[key].path) and key not in dict(unread)
    ]
    added = [key for key in sorted(candidates) if key in head.models and key not in base.models]
    same = [(key, key) for key in sorted(candidates) if key in base.models and key in head.models]
    for before in list(removed):
        after = _partner(base.models[before], head, added) or _same_file(base, head, before, removed, added)
        if after is not None:
            same.append((before, after))
            removed.remove(before)
            added.remove(after)
    return Pairing(same=tuple(same), removed=tuple(removed), added=tuple(added), unread=tuple(unread))


def _maker(model: Model, base: World, head: World) -> str | None:
    """Say what may make a model's relation now. Code that stood beside the model made others: a name is taken once."""
    if model.relation is None:
        return None
    files = head.perhaps_made_by(model.relation) - base.perhaps_made_by(model.relation)
    paths = sorted(path for path, _ in files)
    return f"{paths[0]} may make it: {head.problems[paths[0]]}" if paths else None


def relation_changes(before: BoundModel | None, after: BoundModel | None) -> tuple[Change, ...]:
    """Tell what became of the relation as a whole, and of its columns and rows where both sides are there.

    A declaration that makes no relation (a test, an exposure) is a reader, never a change.
    """
    changes = _changes(before, after)
    if any(side is not None and side.model.kind is ModelKind.FUNCTION for side in (before, after)):
        return tuple(replace(change, of_routine=True) for change in changes)
    return changes


def _changes(before: BoundModel | None, after: BoundModel | None) -> tuple[Change, ...]:
    if all(side is None or side.model.relation is None for side in (before, after)):
        return ()
    if any(side is not None and side.model.kind is ModelKind.SOURCE for side in (before, after)):
        beside = writing_changes(before, after) if before is not None and after is not None else ()
        return (*source_changes(before, after), *beside)
    if before is None:
        assert after is not None  # noqa: S101 - one of the two makes a relation
        return (_new(after.model),)
    if after is None:
        if _is_only_filled(before):
            text = f"nothing here fills `{before.model.name}` any more, and what created it is not here"
            return (change_of(before.model, Kind.UNDECIDED, text),)
        return (removed_with_contract(before, _gone(before.model)),)
    unread = before.reason is not None or after.reason is not None
    # A file that can't be read may well make what it made before: its name here is only a guess by its path.
    found = [*(() if unread else _name_changes(before, after)), *_materialization(before, after)]
    found.extend(writing_changes(before, after))
    macros = [
        hole
        for hole in after.rendered.holes
        if hole.kind is HoleKind.MACRO and hole not in before.rendered.holes
    ]
    if macros:
        # What stands in for a macro says nothing of its rows and values.
        found.append(undecided(after.model, macros[0].told))
    elif before.definition is not None and after.definition is not None:
        found.extend(placed(change, before, after) for change in compare(before.definition, after.definition))
        found.extend(of_increments(before, after, found))
        found.extend(_behind_stars(before, after, found))
    else:
        found.extend(_declared_changes(before, after))
    if not found and (lost := _filled_otherwise(before, after)):
        found.append(undecided(after.model, lost))
    found.extend(_unrendered(before, after, found))
    found = [stored(change, before.model, after.model) for change in found]
    return with_breaches(before, after, found)


def _is_only_filled(bound: BoundModel) -> bool:
    """Tell whether a relation's statements bring rows alone (INSERT, MERGE, COPY): whoever created it may keep it."""
    makers = [each.kind for each in bound.script.statements if bound.model.relation in each.targets]
    return bool(makers) and _kept_as(bound) is None and "create" not in makers


def _filled_otherwise(before: BoundModel, after: BoundModel) -> str | None:
    """Say what could not be filled in where that is something else now: what stands in for both may be alike."""
    old, new = before.rendered.unfilled, after.rendered.unfilled
    others = [hole for hole in new if hole not in old] or [hole for hole in old if hole not in new]
    return others[0].told if others else None


def _unrendered(before: BoundModel, after: BoundModel, told: list[Change]) -> Iterator[Change]:
    """Tell of an edit of code that goes by the warehouse's answers, where the rendered SQL does not show what it does."""
    asked = (before.rendered.asks, after.rendered.asks)
    holes = [hole for hole in after.rendered.holes if hole.kind in (HoleKind.QUERY, HoleKind.CODE)]
    is_seen = any(change.change_class.is_of_content for change in told)
    if None not in asked and asked[0] != asked[1] and holes and not is_seen:
        yield undecided(after.model, f"its template was edited where it goes by an answer: {holes[0].told}")


def not_analysed(model: Model, reason: str) -> Change:
    """Say of a model that can't be read (any more), or for which there was no time, that nobody knows what it does."""
    return change_of(model, Kind.UNDECIDED, f"`{model.name}` is not analysed: {reason}")


def _partner(model: Model, head: World, added: list[str]) -> str | None:
    if model.relation is None:
        return None
    return next((key for key in added if _is_alike(head.models[key], model)), None)


def _is_alike(one: Model, other: Model) -> bool:
    """A function and a table may have one name, and are two things."""
    kinds = [model.kind is ModelKind.FUNCTION for model in (one, other)]
    return one.relation == other.relation and kinds[0] == kinds[1]


def _same_file(base: World, head: World, before: str, removed: list[str], added: list[str]) -> str | None:
    """A file that makes one relation, and another now, is one thing: renamed, or no longer readable."""
    path, kind = base.models[before].path, base.models[before].kind
    if kind is ModelKind.METRIC:
        return None  # whoever names it knows its name alone
    here = [key for key in added if head.models[key].path == path and head.models[key].kind is kind]
    gone = [key for key in removed if base.models[key].path == path]
    return here[0] if len(here) == 1 and len(gone) == 1 and is_sql(path) else None


def _gone(model: Model) -> Change:
    return change_of(model, Kind.RELATION_REMOVED, f"`{model.name}` is removed", before=model.name)


def _new(model: Model) -> Change:
    return change_of(model, Kind.RELATION_ADDED, f"`{model.name}` is new", after=model.name)


def _name_changes(before: BoundModel, after: BoundModel) -> list[Change]:
    old, new = before.model.relation, after.model.relation
    if old is None or new is None or old == new or before.placement == after.placement:
        return []
    kind = kind_of_rename(old, new)
    verb = "moves to" if kind is Kind.RELATION_MOVED else "is renamed to"
    change = change_of(after.model, kind, f"`{old}` {verb} `{new}`", before=str(old), after=str(new))
    return [replace(change, relation=old)]


def _materialization(before: BoundModel, after: BoundModel) -> list[Change]:
    old, new = _kept_as(before), _kept_as(after)
    if (
        old is not None
        and new is None
        and after.definition is not None
        and before.model.materialization is None
    ):
        return [
            undecided(after.model, f"nothing here creates the {old} any more, and statements still fill it")
        ]
    if old is None or new is None or old == new:
        return []
    if new == EPHEMERAL:
        text = f"`{after.model.name}` becomes an ephemeral model, which has no relation"
        return [change_of(after.model, Kind.RELATION_REMOVED, text, before=after.model.name)]
    text = f"`{after.model.name}` was {_with_article(old)} and becomes {_with_article(new)}"
    return [change_of(after.model, Kind.MATERIALIZATION_CHANGED, text, before=old, after=new)]


EPHEMERAL = "ephemeral"
"""What is written into its readers, and never built."""


def _with_article(stored: str) -> str:
    noun = f"{stored} model" if stored in ("incremental", EPHEMERAL) else stored
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _kept_as(bound: BoundModel) -> str | None:
    if bound.model.materialization is not None:
        return bound.model.materialization
    return bound.definition.materialization if bound.definition is not None else None


def _declared_changes(before: BoundModel, after: BoundModel) -> list[Change]:
    """Compare declared columns (seeds, sources) where no SQL says what they are."""
    unread = before.reason is not None or after.reason is not None
    if not (_columns_declared(before) and _columns_declared(after)):
        return [_undecided(before, after)] if unread else []
    found = _of_columns(_columns_of(before), _columns_of(after), after)
    return [*found, _rows_not_compared(before, after)] if unread else found


def _behind_stars(before: BoundModel, after: BoundModel, told: list[Change]) -> list[Change]:
    """Compare the declared columns where stars hide which columns the SQL gives."""
    if not (before.model.closed and after.model.closed and _is_open(before) and _is_open(after)):
        return []
    known = {(change.kind, change.column) for change in told}
    changes = _of_columns(before.model.columns, after.model.columns, after)
    return [change for change in changes if (change.kind, change.column) not in known]


def _is_open(bound: BoundModel) -> bool:
    outputs = bound.definition.outputs if bound.definition is not None else ()
    return any(output.term.op == "star" for output in outputs)


def _of_columns(before: tuple[Column, ...], after: tuple[Column, ...], bound: BoundModel) -> list[Change]:
    old, new = ({column.name: column.type for column in side} for side in (before, after))
    found = [_of_column(Kind.COLUMN_REMOVED, name, name, None, bound) for name in old if name not in new]
    found += [_of_column(Kind.COLUMN_ADDED, name, None, name, bound) for name in new if name not in old]
    for name in new:
        was, becomes = old.get(name), new[name]
        if (kind := retyped(was, becomes, bound.model.dialect)) is not None:
            found.append(_of_column(kind, name, was, becomes, bound))
    return found


def _of_column(kind: Kind, name: str, before: str | None, after: str | None, bound: BoundModel) -> Change:
    text = describe(kind, relation=bound.model.relation, column=name, before=before, after=after)
    return change_of(bound.model, kind, text, column=name, before=before, after=after)


def _columns_declared(bound: BoundModel) -> bool:
    return bound.model.closed or bound.definition is not None


def _columns_of(bound: BoundModel) -> tuple[Column, ...]:
    return bound.model.columns if bound.model.closed or bound.definition is None else bound.definition.columns


def _rows_not_compared(before: BoundModel, after: BoundModel) -> Change:
    """The columns are declared on both sides; how the rows are made is not known on one of them."""
    reason = after.reason or before.reason or ""
    text = f"the rows of `{after.model.name}` are made in another way and are not compared: {reason}"
    return change_of(after.model, Kind.ROWS_SOURCE_CHANGED, text, line=after.line)


def _undecided(before: BoundModel, after: BoundModel) -> Change:
    side = after if after.reason is not None else before
    when = "" if after.reason is not None else " at the base"
    text = f"`{after.model.name}` is not analysed{when}: {side.reason}"
    return change_of(after.model, Kind.UNDECIDED, text, line=after.line)
