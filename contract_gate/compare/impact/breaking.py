"""Why a reader breaks: what no longer binds, which change made it so, and the place in its text."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from contract_gate.compare.additions import Additions
from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.construction import place_in
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.impact.history import has_run
from contract_gate.compare.impact.propagation import Arrival, lost_names
from contract_gate.core.model_keys import is_migrated, is_same_sequence
from contract_gate.core.relation import Location, RelationName
from contract_gate.core.world import Hole, HoleKind
from contract_gate.sql.algebra import LooseName, Problem, Read, Select
from contract_gate.sql.keys import PRIMARY, UNIQUE, Need, is_key
from contract_gate.sql.script import ROW_CHANGES
from contract_gate.sql.statement.definition import Definition
from contract_gate.sql.types import is_wider
from contract_gate.sql.walk import children_first, own_terms, parts


def renderings(
    before: BoundModel | None, after: BoundModel
) -> Iterator[tuple[BoundModel | None, BoundModel]]:
    """Give the two sides of a model's full build, and of its incremental run where that has another text."""
    yield before, after
    if after.increment is not None:
        yield (before.increment if before is not None else None), after.increment


def new_problems(before: BoundModel | None, after: BoundModel) -> list[Problem]:
    """Give what is proven not to bind at the head, and was not so at the base."""
    known = {_signature(problem) for problem in before.problems} if before is not None else set()
    found = [
        problem
        for problem in after.problems
        if problem.kind != "unsupported" and _signature(problem) not in known and problem.proven
    ]
    return [
        problem for problem in found if problem.kind != "altered-column" or _was_there(problem, before, after)
    ]


def _was_there(problem: Problem, before: BoundModel | None, after: BoundModel) -> bool:
    """Tell whether the same ALTER saw the column at the base: a new one may be how the column went."""
    if before is None or _line_of(problem, after) not in (before.rendered.sql or ""):
        return False
    return any(
        read.relation in problem.relations and read.column_name == problem.name for read in before.reads
    )


def _line_of(place: Problem | Read, bound: BoundModel) -> str:
    lines = (bound.rendered.sql or "").split("\n")
    return lines[place.line - 1].strip() if place.line <= len(lines) else ""


def lost_words(after: BoundModel, arriving: Collection[Arrival]) -> Iterator[tuple[Problem, Arrival]]:
    """Give the names that may be a keyword of the function that takes them, where a column of that name went."""
    for problem in after.problems:
        for arrival in arriving if problem.keyword else ():
            gone = has(arrival.change.kind, Trait.GONE_COLUMN) and not arrival.stopped
            if (
                gone
                and arrival.change.column_at_base == problem.name
                and arrival.change.relation in problem.relations
            ):
                yield problem, arrival


def _signature(problem: Problem) -> tuple[str, str, tuple[RelationName, ...]]:
    return problem.kind, problem.name or problem.message, problem.relations


def cause_of(
    problem: Problem, before: BoundModel | None, after: BoundModel, arriving: Collection[Arrival]
) -> Arrival | None:
    """Tell which change upstream makes this text fail; None when its own edit does."""
    shape = [
        arrival for arrival in arriving if has(arrival.change.kind, Trait.RESHAPES) and not arrival.stopped
    ]
    exact = [f for f in shape if _names(problem, f.change)]
    direct = [f for f in exact if f.change.relation in problem.relations]
    called = [
        f for f in shape if f.change.kind is Kind.ARGUMENTS_CHANGED and f.change.relation in problem.relations
    ]
    if direct or exact or called:
        return (direct or exact or called)[0]
    same_text = before is not None and before.rendered.sql == after.rendered.sql
    return shape[0] if shape and same_text else None


def _names(problem: Problem, change: Change) -> bool:
    """Tell whether a problem is about the name that a change took: a nested field may be reached by another path."""
    lost = lost_names(change)
    return problem.name in lost or any(
        "." in name and name.rpartition(".")[2] == problem.name.rpartition(".")[2] for name in lost
    )


def still_read(
    gone: Arrival,
    names: Collection[str],
    after: BoundModel,
    was_read: bool,
    sources: Collection[RelationName] = (),
) -> Iterator[Location]:
    """Give the places where a reader names a relation that nothing makes any more.

    `names` are those of the model that made it. `was_read`: at the base the reader read it, maybe under another
    schema than its path says, so its own name is enough to know it by. `sources` are declared, now as before, of what the model made.
    """
    change, follows = gone.change, _is_followed(gone, after)
    relation = change.relation
    for _, bound in renderings(None, after):
        missing = set(names) & set(bound.rendered.missing)
        found = []
        for read in (r for r in (*bound.reads, *_written(bound)) if not (follows and r.reference)):
            named = relation is not None and read.relation.name == relation.name
            by_name = relation is not None and read.relation.matches(relation)
            is_unmade = read.relation in bound.foreign or any(each.matches(read.relation) for each in sources)
            if is_unmade and (by_name or (was_read and named) or read.relation.name in missing):
                found.append(read)
        # What reads the relation by its new name is compared by the old one: only the text tells the two apart.
        for read in [read for read in found if _is_spelled(read, bound)] or found[:1]:
            yield place_in(bound, read.line, read.column)
        for call in bound.calls if change.of_routine else ():
            named = relation is not None and call.name.name == relation.name
            by_name = relation is not None and call.name.matches(relation)
            if not call.is_known and (by_name or (was_read and named)):
                yield place_in(bound, call.line, call.column)
        if missing:
            # Its template names it, though no text that it writes may do: dbt refuses that, too.
            yield place_in(bound, 1, 1)


def _written(bound: BoundModel) -> Iterator[Read]:
    """Give whose rows a text changes, as what it needs to be there."""
    for each in bound.script.statements:
        for target in each.targets if each.kind in ROW_CHANGES else ():
            yield Read(relation=target, column_name=None, line=each.line, column=each.column)


def called_instead(gone: Change, before: BoundModel | None, after: BoundModel) -> Location | None:
    """Give the place of a call that a function of the repository answered, and that by now only one of the engine's own can."""
    name = gone.relation
    if not gone.of_routine or name is None or before is None:
        return None
    was_called = any(call.is_known and call.name.matches(name) for call in before.calls)
    is_noted = any(call.name.matches(name) for call in after.calls)
    text = after.rendered.sql or ""
    found = re.search(rf"(?<![\w.]){re.escape(name.name)}\s*\(", text, re.IGNORECASE)
    if not was_called or is_noted or found is None:
        return None
    return place_in(
        after, text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
    )


def _is_spelled(read: Read, bound: BoundModel) -> bool:
    name = rf"(?<!\w){re.escape(read.relation.name)}(?!\w)"
    return re.search(name, _line_of(read, bound), re.IGNORECASE) is not None


def retyped_arguments(before: BoundModel, after: BoundModel, reader: BoundModel) -> Location | None:
    """Give where a reader calls a function whose parameters have other types: whether the call fits is not known."""
    old, new = before.definition, after.definition
    assert old is not None and new is not None  # noqa: S101, PT018 - their arguments were compared
    types = [[[p.type for p in s.parameters] for s in side.signatures] for side in (old, new)]
    is_alone = [len(side) for side in types] == [1, 1]  # of several forms another may be chosen
    takes = _takes if is_alone else is_beginning
    kept = all(any(takes(one, other) for other in types[1]) for one in types[0])
    call = next(
        (call for call in reader.calls if new.relation is not None and call.name.name == new.relation.name),
        None,
    )
    return None if kept or call is None else place_in(reader, call.line, call.column)


def is_of_another_form(
    change: Change,
    made: tuple[Definition | None, Definition | None],
    before: BoundModel | None,
    after: BoundModel,
) -> bool:
    """Tell whether a change of a function is of a form that the reader does not call: with another number of arguments.

    `made`: the function at base and head. Other arguments may be those that a call of the reader lacks.
    """
    if change.overload is None and has(change.kind, Trait.RESHAPES):
        return False
    forms = [form for side in made if side is not None for form in side.signatures]
    forms = [change.overload] if change.overload is not None else forms
    calls = [
        call
        for side in (before, after)
        if side is not None
        for call in side.calls
        if call.name == change.relation
    ]
    return bool(calls) and not any(
        call.count is None or any(f.takes(call.count) for f in forms) for call in calls
    )


def is_beginning(one: Sequence[str | None], other: Sequence[str | None]) -> bool:
    """Tell whether the types of the shorter list are the first of the longer."""
    shared = min(len(one), len(other))
    return list(one[:shared]) == list(other[:shared])


def _takes(one: Sequence[str | None], other: Sequence[str | None]) -> bool:
    """Tell whether each type of the shorter list is in its place in the longer one, or one that holds all its values."""
    return all(
        old == new or (old is not None and new is not None and is_wider(old, new))
        for old, new in zip(one, other, strict=False)
    )


def unmade(
    before: BoundModel | None, after: BoundModel, lost: Collection[str]
) -> Iterator[tuple[str, Location]]:
    """A ref or source that the project does not have does not compile; `lost` are told with the model that went."""
    known = set(before.rendered.missing) if before is not None else set()
    for name in after.rendered.missing:
        if name not in known and name not in lost:
            read = next((read for read in after.reads if read.relation.name == name.rpartition(".")[2]), None)
            place = place_in(after, read.line, read.column) if read is not None else place_in(after, 1, 1)
            yield f"there is no model `{name}` to refer to", place
    for hole in new_holes(before, after):
        if hole.kind is HoleKind.SOURCE and hole.name:
            yield hole.told, place_in(after, 1, 1)


def lost_macros(
    before: BoundModel | None, after: BoundModel, is_defined: Callable[[Hole], bool]
) -> Iterator[tuple[str, Location]]:
    """A macro or variable that the base had (`is_defined`) and that is still asked for does not compile, nor does a call that can't be."""
    for hole in new_holes(before, after):
        if hole.kind is HoleKind.CALL:
            yield hole.told, place_in(after, 1, 1)
        if hole.kind in (HoleKind.MACRO, HoleKind.VARIABLE) and is_defined(hole):
            is_macro = hole.kind is HoleKind.MACRO
            text = (
                f"there is no macro `{hole.name}` to call"
                if is_macro
                else f"the variable `{hole.name}` has no value any more"
            )
            yield text, place_in(after, 1, 1)


def new_holes(before: BoundModel | None, after: BoundModel) -> tuple[Hole, ...]:
    """Give what could not be known of the text at the head and could at the base."""
    known = set(before.rendered.holes) if before is not None else set()
    return tuple(hole for hole in after.rendered.holes if hole not in known)


def lost_reads(
    before: BoundModel | None, after: BoundModel, arriving: Collection[Arrival]
) -> Iterator[tuple[Arrival, LooseName, str]]:
    """The text is the same, and a name in it that meant a removed column binds to nothing that is known to have it.

    What lists no columns does not have it: the name was not ambiguous at the base. Where another source of the same
    FROM or the select list is known to have it, the reader runs, with other values: that is for the comparison.
    """
    if before is None or before.rendered.sql != after.rendered.sql:
        return
    held = _held(before, after)
    for arrival in arriving:
        change = arrival.change
        if not has(change.kind, Trait.GONE_COLUMN) or arrival.stopped:
            continue
        name, relation = change.column_at_base, change.relation
        if any(read.relation == relation and read.column_name == name for read in after.reads):
            continue
        was = {
            (read.line, read.column)
            for read in before.reads
            if read.relation == relation and read.column_name == name
        }
        surely = held if change.certainty is Certainty.PROVEN else set()
        lost = [
            loose
            for loose in after.loose
            if loose.name == name and ((loose.line, loose.column) in was or loose in surely)
        ]
        lost.sort(key=lambda loose: has_run(loose.line, before, after))
        for loose in lost:
            yield arrival, loose, f"`{name}` was read from `{relation}` here"


def _held(before: BoundModel, after: BoundModel) -> set[LooseName]:
    """Give the names that a source was known to have at the base and none is at the head."""
    places = {(name.name, name.line, name.column) for name in before.loose}
    return {name for name in after.loose if (name.name, name.line, name.column) not in places}


def lost_references(after: BoundModel, arriving: Collection[Arrival]) -> Iterator[tuple[Arrival, Read, str]]:
    """A foreign key names a column, or a relation, that is not there any more: the table can't be made.

    One that a migration made before the column got another name follows it, in every engine.
    """
    named = [read for read in after.reads if read.reference]
    for arrival in arriving if named else ():
        change = arrival.change
        if (
            arrival.stopped
            or _is_followed(arrival, after)
            or not has(change.kind, Trait.GONE_COLUMN)
            or change.certainty is not Certainty.PROVEN
        ):
            continue
        for read in named:
            if read.relation == change.relation and read.column_name == change.column_at_base:
                yield arrival, read, f"a foreign key names `{read.column_name}` of `{read.relation}` here"


def _is_followed(arrival: Arrival, after: BoundModel) -> bool:
    """Tell whether a foreign key follows a rename that a later migration of the same sequence makes."""
    is_same = is_same_sequence(after.model.key, arrival.key)
    return is_same and has(arrival.change.kind, Trait.RENAMES)


def lost_keys(
    after: BoundModel, arriving: Collection[Arrival], parent: Callable[[str], BoundModel]
) -> Iterator[tuple[Arrival, Read, str]]:
    """A foreign key names columns that are no key any more: the table can't be made. Of migrations their steps are told."""
    foreign = [
        each for each in (after.definition.constraints if after.definition else ()) if each.refers is not None
    ]
    for arrival in arriving if foreign and after.model.dialect != "sqlite" else ():
        change = arrival.change
        if change.kind is not Kind.CONSTRAINT_REMOVED or arrival.stopped or is_migrated(arrival.key):
            continue
        kind, _, listed = (change.before or "").partition(" (")
        lost = {name.strip() for name in listed.rstrip(")").split(",")}
        for each in foreign if kind in (PRIMARY, UNIQUE) else ():
            named = set(each.keys) or (lost if kind == PRIMARY else set())
            if each.refers != change.relation or named != lost or _has_key(parent(arrival.key), lost):
                continue
            read = next(r for r in after.reads if r.reference and r.relation == change.relation)
            text = f"a foreign key names `{', '.join(sorted(lost))}` of `{change.relation}` here, which is no key"
            yield arrival, read, text


def lost_needs(
    sides: tuple[Additions, Additions], before: BoundModel | None, after: BoundModel
) -> Iterator[Need]:
    """Give what statements ask of tables beside their columns, found it at the base, and don't find it at the head."""
    known = {need: need.met for need in before.needs} if before is not None else {}
    base, head = sides
    for need in after.needs:
        was_met = need in known and (known[need] or base.meets(need))
        if was_met and not (need.met or head.meets(need)):
            yield need


def cause_of_need(need: Need, arriving: Collection[Arrival]) -> Arrival | None:
    """Give the change that takes from a table what a statement asks of it; None where nothing that arrives says so."""
    return next(
        (
            arrival
            for arrival in arriving
            if arrival.change.kind is Kind.CONSTRAINT_REMOVED
            and arrival.change.relation == need.relation
            and not arrival.stopped
        ),
        None,
    )


def _has_key(bound: BoundModel, columns: set[str]) -> bool:
    declared = bound.definition.constraints if bound.definition is not None else ()
    return any(is_key(each) and each.columns == columns for each in declared)


def sees_outer_columns(bound: BoundModel) -> bool:
    """Tell whether a name may mean a column of the query around its own: then it binds, to something else."""
    queries = [statement.query for statement in bound.script.statements if statement.query is not None]
    return any(
        any(term.query is not None for term in parts(own_terms(query)))
        or (isinstance(query, Select) and any(source.lateral for source in query.sources))
        for query in children_first(*queries)
    )


def lost_row_numbers(after: BoundModel, arriving: Collection[Arrival]) -> Iterator[tuple[Arrival, Read]]:
    """A table that becomes a view has no `rowid` (`ctid`…) any more."""
    names = _ROW_NUMBERS.get(after.model.dialect, frozenset())
    for arrival in arriving:
        change = arrival.change
        if change.kind is Kind.MATERIALIZATION_CHANGED and change.after == "view" and not arrival.stopped:
            for read in after.reads:
                if read.relation == change.relation and read.column_name in names:
                    yield arrival, read
                    break


_ROW_NUMBERS = {
    "duckdb": frozenset({"rowid"}),
    "postgres": frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}),
}


def undeclared_reads(
    after: BoundModel, arriving: Collection[Arrival]
) -> Iterator[tuple[Arrival, Location | None]]:
    """Who reads a column that a source no longer declares may break: where the table has lost it too.

    So may who reads one that a model no longer lists beside a star that may bring it.
    """
    for arrival in arriving:
        change = arrival.change
        read = (change.relation, change.column_at_base)
        lost = has(change.kind, Trait.GONE_COLUMN) and not arrival.stopped
        follows = _is_followed(arrival, after)
        if lost and any(
            (r.relation, r.column_name) == read and not (r.reference and follows) for r in after.reads
        ):
            yield arrival, place_of_read(change, after)


def place_of_read(change: Change, after: BoundModel) -> Location | None:
    """Give the place where the reader reads what changed: the column where it names it, else all columns, else the relation."""
    exact = [r for r in after.reads if r.relation == change.relation and r.column_name == change.column]
    loose = [r for r in after.reads if r.relation == change.relation]
    read = next(iter(exact or [r for r in loose if r.star] or loose), None)
    if read is not None:
        return place_in(after, read.line, read.column)
    call = next((c for c in after.calls if change.of_routine and c.name == change.relation), None)
    return place_in(after, call.line, call.column) if call is not None else None
