"""When what goes may go: what the base says of deprecated relations and columns, put on the changes that take them away."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from contract_gate.compare.changes.change import Change, Window
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.core.models import making
from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.world import Model, Promised
from contract_gate.edge.config import Config
from contract_gate.edge.deprecations import promised_in
from contract_gate.edge.git import Repository, Revisions
from contract_gate.edge.sql_comments import LARGEST
from contract_gate.workspace.repository import RepositoryWorld


def with_windows(
    changes: Sequence[Change],
    base: RepositoryWorld,
    repository: Repository,
    revisions: Revisions,
    config: Config,
    today: date,
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Give the changes with the time that was promised for what they take away, and what is to be told of marks.

    Of several marks the longest promise counts. YAML of a base that nobody vouches for can make a promise and end none.
    """
    going = [change for change in changes if change.relation is not None and _goes(change)]
    if not going:
        return tuple(changes), ()
    made = _made(base, {change.relation for change in going if change.relation is not None})
    paths = list(dict.fromkeys(model.path for models in made.values() for model in models))
    commented, problems = _comments(repository, revisions, paths)
    day, found = today.isoformat(), list[Change]()
    for change in changes:
        marks = list(_marks(change, made, commented, config, revisions, day)) if change in going else []
        longest = max(marks, key=lambda one: one.until, default=None)
        window = Window(
            until=longest.until, said_at=longest.said_at, is_over=longest.until < day, reason=longest.reason
        ) if longest is not None else None  # fmt: skip
        found.append(replace(change, window=window))
    return tuple(found), problems


def _goes(change: Change) -> bool:
    return has(change.kind, Trait.GONE_RELATION) or has(change.kind, Trait.GONE_COLUMN)


def _made(base: RepositoryWorld, relations: set[RelationName]) -> dict[RelationName, list[Model]]:
    found: dict[RelationName, list[Model]] = {}
    for model in making(base.models, relations):
        if model.relation is not None:
            found.setdefault(model.relation, []).append(model)
    return found


def _comments(
    repository: Repository, revisions: Revisions, paths: Sequence[str]
) -> tuple[dict[str, tuple[Promised, ...]], tuple[str, ...]]:
    contents = repository.read(revisions.trusted, paths, limit=LARGEST)
    read = {
        path: promised_in(content.decode("utf-8", "replace"), path)
        for path, content in contents.items()
        if isinstance(content, bytes)
    }
    told = tuple(problem for _, problems in read.values() for problem in problems)
    return {path: found for path, (found, _) in read.items()}, told


def _marks(
    change: Change,
    made: dict[RelationName, list[Model]],
    commented: dict[str, tuple[Promised, ...]],
    config: Config,
    revisions: Revisions,
    day: str,
) -> Iterator[Promised]:
    if change.relation is None:
        return
    models = made.get(change.relation, [])
    where = config.source or ""
    own = (one for entry in config.deprecated for one in entry.promised(change.relation, where))
    yield from _of(change, own)
    yield from _of(change, (one for model in models for one in commented.get(model.path, ())))
    declared = _of(change, (one for model in models for one in model.promised))
    yield from (one for one in declared if revisions.authority is None or one.until >= day)


def _of(change: Change, marks: Iterable[Promised]) -> Iterator[Promised]:
    """A relation's date is also that of its columns."""
    column = change.column_at_base
    for one in marks:
        if one.column is None or (column is not None and caseless(one.column) == caseless(column)):
            yield one
