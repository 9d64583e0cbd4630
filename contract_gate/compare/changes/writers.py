"""What edited files that are no models (Python, notebooks, shell, R, scripts of SQL) do to one, and hooks of whole runs: their INSERTs and MERGEs are compared, their ALTERs and DROPs told.

Nobody here knows when such a file runs, nor what a run has made when a hook does, so that what they take away is undecided.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from contract_gate.compare.bound import BoundModel, BoundWorld
from contract_gate.compare.changes.change import Change, Kind
from contract_gate.compare.changes.compare import compare
from contract_gate.compare.changes.construction import at_most_possible, change_of, place_in
from contract_gate.core.deadline import OutOfTimeError, checkpoint
from contract_gate.core.model_keys import is_of_file
from contract_gate.core.models import outlines
from contract_gate.core.paths import is_sql
from contract_gate.core.relation import Location, RelationName
from contract_gate.core.values import dataclass
from contract_gate.core.world import Model, ModelKind
from contract_gate.sql.script import BoundStatement, ColumnStep
from contract_gate.sql.statement.definition import Definition, definitions
from contract_gate.sql.statement.schemasteps import SchemaStep

_Sides: TypeAlias = tuple[BoundWorld, BoundWorld]
"""The base and the head."""
_Texts: TypeAlias = tuple[Iterable[BoundModel], Iterable[BoundModel]]
"""What is there to compare of each: a file, or all hooks."""


@dataclass(frozen=True, slots=True)
class _OneText:
    """The one text of a file, bound when it is asked for; none where this side does not have it."""

    side: BoundWorld
    key: str

    def __iter__(self) -> Iterator[BoundModel]:
        if self.key in self.side.world.models:
            yield self.side.bound(self.key)


def written_elsewhere(
    before: BoundWorld, after: BoundWorld, paths: Collection[str]
) -> Iterator[tuple[str, Change]]:
    """Give the changes of models' rows by the keys of these at the head. `paths`: the edited files. Where the time is over the run says that it was cut."""
    try:
        yield from _by_files(before, after, paths)
        yield from _hooked((before, after), paths)
    except OutOfTimeError:
        return


def _by_files(before: BoundWorld, after: BoundWorld, paths: Collection[str]) -> Iterator[tuple[str, Change]]:
    edited = {
        one.key: one.kind
        for side in (before, after)
        for one in outlines(side.world.models)
        if one.path in paths and (one.kind.makes_nothing or is_of_file(one.key))
    }
    made = Counter(one.relation for one in outlines(after.world.models))
    for key, kind in sorted(edited.items()):
        checkpoint()
        is_code = kind is ModelKind.READER
        texts = _OneText(before, key), _OneText(after, key)
        if _says(_TAKES, after, key):
            yield from _taken((before, after), texts, _steps)
        if is_code and not any(_says(_WRITES, side, key) for side in (before, after)):
            continue
        # What a file of SQL made before as well is compared as its own.
        if is_code or (key not in before.world.models and _has_copies(after, key, made)):
            yield from _taken((before, after), texts, _left_out)
        if is_code:
            yield from _rewritten((before, after), texts)


def _hooked(sides: _Sides, paths: Collection[str]) -> Iterator[tuple[str, Change]]:
    """Compare what the hooks of whole runs do to models, where their own file was edited, or one of SQL that no model is of (a macro's)."""
    hooks = [
        [one for one in outlines(side.world.models) if one.kind is ModelKind.OPERATION] for side in sides
    ]
    own = {one.path for each in hooks for one in each}
    if not own:
        return
    models = {one.path for side in sides for one in outlines(side.world.models)}
    if any(path in own or (is_sql(path) and path not in models) for path in paths):
        bound = [
            [one.bound for hook in each for one in side.companions(hook.key)]
            for side, each in zip(sides, hooks, strict=True)
        ]
        yield from _taken(sides, (bound[0], bound[1]), _steps)
        yield from _rewritten(sides, (bound[0], bound[1]))


def _says(words: re.Pattern[str], side: BoundWorld, key: str) -> bool:
    """Tell whether a file has any of these words: to bind it before others are looked at costs all that it reads."""
    if key not in side.world.models:
        return False
    # What a file says of one relation of thousands is nearly all blank.
    return words.search(" ".join((side.world.rendered(key).sql or "").split())) is not None


_TAKES = re.compile(r"alter|drop|rename|exchange", re.IGNORECASE)
_WRITES = re.compile(
    r"\b(?:create|replace|insert|into|merge|update|delete|truncate|copy|load|call|exec|execute|alter|rename|exchange)\b",
    re.IGNORECASE,
)


def _has_copies(side: BoundWorld, key: str, made: Mapping[RelationName | None, int]) -> bool:
    """Tell whether others make the relation too; `made`: how many make each."""
    model = side.world.models.get(key)
    return model is not None and model.relation is not None and made[model.relation] > 1


def _rewritten(sides: _Sides, texts: _Texts) -> Iterator[tuple[str, Change]]:
    """Give the changes of the rows that files or hooks write into models that both sides have."""
    old, new = (_written(side, bound) for side, bound in zip(sides, texts, strict=True))
    for target in sorted(old.keys() | new.keys()):
        model = sides[1].world.models.get(target)
        if model is not None and target in sides[0].world.models:
            for change in _changes(old.get(target), new.get(target), model):
                yield target, change


_Lost = tuple[str, str, str | None]
"""What a file takes: the model's key, what it does to it in words, and the column (None: all of the model)."""


def _taken(
    sides: _Sides, texts: _Texts, lost: Callable[[BoundModel, BoundWorld], dict[_Lost, int]]
) -> Iterator[tuple[str, Change]]:
    """Give what files or hooks take away by now from models that both sides have."""
    before, after = sides
    new = [(bound, each) for bound in texts[1] for each in lost(bound, after).items()]
    old = {each for bound in texts[0] for each in lost(bound, before)} if new else set()
    for bound, ((target, text, column), line) in new:
        if (target, text, column) in old or not _is_there(before, after, target, column):
            continue
        path, model = bound.model.path, after.world.models[target]
        is_hook = bound.model.kind is ModelKind.OPERATION
        when = "whether it is made anew after that is not known" if is_hook else "when it runs is not known"
        change = change_of(model, Kind.UNDECIDED, f"`{path}` {text}; {when}", column=column)
        yield target, replace(change, location=place_in(bound, line, 1))


def _left_out(bound: BoundModel, side: BoundWorld) -> dict[_Lost, int]:
    """Give the columns that models have and that a file leaves out which makes their relations too, and the lines of its text."""
    found: dict[_Lost, int] = {}
    for name, definition in definitions(bound.script).items():
        if definition.materialization is None or not definition.is_closed:
            continue
        given = {column.name for column in definition.columns}
        alike = (one.key for one in outlines(side.world.models) if one.relation == name)
        for model in map(side.world.models.__getitem__, alike):
            if _is_copy(model, bound.model) and (other := side.bound(model.key).definition) is not None:
                gone = {column.name for column in other.columns} - given if other.is_closed else set()
                for column in sorted(gone):
                    found[model.key, f"makes `{model.name}` too, without `{column}`", column] = (
                        definition.line
                    )
    return found


def _is_copy(model: Model, maker: Model) -> bool:
    """Tell whether a relation of one name is made by another file too, in the same dialect."""
    is_made = not model.kind.is_declared and model.path != maker.path
    return is_made and (maker.kind is ModelKind.READER or model.dialect == maker.dialect)


def _is_there(before: BoundWorld, after: BoundWorld, target: str, column: str | None) -> bool:
    """Tell whether a model, and its column, was there to be taken and is declared as it was.

    A file that undoes what this change adds takes nothing, and one that brings what is declared by now is the change itself.
    """
    if target not in before.world.models:
        return False
    old, new = (side.bound(target).definition for side in (before, after))
    if column is None or old is None or new is None:
        return True
    name = column.partition(".")[0]
    types = [{each.name: each.type for each in side.columns} for side in (old, new) if side.is_closed]
    return all(name in each for each in types) and (len(types) < 2 or types[0][name] == types[1][name])


def _steps(bound: BoundModel, side: BoundWorld) -> dict[_Lost, int]:
    """Give what a file drops or alters of models, and the lines of its text. What it makes itself is its own."""
    own = {target for each in bound.script.statements if each.kind == "create" for target in each.targets}
    found: dict[_Lost, int] = {}
    for statement in bound.script.statements:
        for name in statement.targets:
            model = side.world.find(name, bound.model.key) if name not in own else None
            if model is None or model.kind.is_declared:
                continue
            for text, column in _told(statement, model.name):
                found.setdefault((model.key, text, column), statement.line)
        for model in _in_schema(statement, side):
            if model.relation not in own:
                found.setdefault(
                    (model.key, f"drops or renames the schema of `{model.name}`", None), statement.line
                )
    return found


def _in_schema(statement: BoundStatement, side: BoundWorld) -> Iterator[Model]:
    """Give the models in a schema that a statement drops or renames."""
    if statement.kind != "other" or statement.of_schema is None:
        return
    step = SchemaStep(schema=statement.of_schema)
    for one in outlines(side.world.models):
        if one.relation is not None and step.holds(one.relation):
            model = side.world.models[one.key]
            if not model.kind.is_declared:
                yield model


def _told(statement: BoundStatement, name: str) -> Iterator[tuple[str, str | None]]:
    match statement.kind:
        case "drop":
            yield f"drops `{name}`", None
        case "rename":
            yield f"gives `{name}` another name or place", None
        case "alter":
            for each in statement.alterations:
                if each.step in _TAKING:
                    field = ".".join((*each.within, each.name)) if each.name else None
                    yield f"{_TAKING[each.step]} {f'`{field}` of ' if field else ''}`{name}`", field


_TAKING = {
    ColumnStep.DROPPED: "drops",
    ColumnStep.RENAMED: "renames",
    ColumnStep.RETYPED: "changes the type of",
    ColumnStep.REPLACED: "replaces the columns of",
}

_Writes = tuple[BoundModel, Definition]


def _written(side: BoundWorld, texts: Iterable[BoundModel]) -> Mapping[str, _Writes]:
    """Give what files or hooks make of each model's relation that they write."""
    found = {}
    for bound in texts:
        for name, definition in definitions(bound.script).items():
            model = side.world.find(name, bound.model.key)
            if model is not None and not model.kind.is_declared and (definition.query or definition.effects):
                found[model.key] = bound, definition
    return found


def _changes(old: _Writes | None, new: _Writes | None, model: Model) -> Iterator[Change]:
    there = new or old
    assert there is not None  # noqa: S101 - the target is of one of the two
    bound, definition = there
    place = (
        place_in(bound, definition.line, 1) if new is not None else Location(path=bound.model.path, line=1)
    )
    if old is None or new is None:
        verb = "writes" if old is None else "no longer writes"
        text = f"`{bound.model.path}` {verb} `{model.name}`"
        yield replace(change_of(model, Kind.ROWS_SOURCE_CHANGED, text), location=place)
        return
    told = compare(old[1], new[1])
    of_content = [change for change in told if change.change_class.is_of_content]
    for change in of_content:
        yield replace(change, relation=model.relation, location=place, certainty=at_most_possible(change))
    if told and not of_content:
        text = f"`{bound.model.path}` writes `{model.name}` in another way: {told[0].message}"
        yield replace(change_of(model, Kind.ROWS_SOURCE_CHANGED, text), location=place)
