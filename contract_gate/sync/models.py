"""From a merged range to what `sync` is given: each model whose lineage may differ, with SQL that is fit to be sent."""

from collections.abc import Collection, Iterable, Iterator

from contract_gate.bound import BoundModel, BoundWorld
from contract_gate.changes.change import Change
from contract_gate.changes.kinds import Trait, has
from contract_gate.changes.relations import Pairing
from contract_gate.config import Config
from contract_gate.git import ChangedFile, Repository, Revisions
from contract_gate.impact.assess import assess
from contract_gate.lineage_report import FileLineage, lineage_of_script
from contract_gate.models.repository import RepositoryWorld
from contract_gate.relation import RelationName
from contract_gate.sides import bind, touched, worlds
from contract_gate.sql.algebra import Lookup, Shape
from contract_gate.sql.minimal import Upstream, making, minimal, skeleton
from contract_gate.sql.parse import deep_stack
from contract_gate.sync.values import SyncModel
from contract_gate.world import ModelKind

_WITH_SQL = frozenset({ModelKind.MODEL, ModelKind.SNAPSHOT})
_UNREAD = frozenset({"syntax", "unsupported"})


def changed_models(repository: Repository, revisions: Revisions, config: Config) -> tuple[SyncModel, ...]:
    """Give the models of a range, by relation: changed, added, removed, and readers whose columns follow a change."""
    changed = repository.changed_files(revisions.base, revisions.head)
    with worlds(repository, revisions, config) as (base, head):
        found = deep_stack(lambda: list(_models(base, head, changed, config)))
    return tuple(sorted(found, key=lambda model: (model.relation, model.removed)))


def _models(
    base: RepositoryWorld, head: RepositoryWorld, changed: Collection[ChangedFile], config: Config
) -> Iterator[SyncModel]:
    before, after, pairing = bind(base, head, changed)
    keys = set(touched(before, after, pairing))
    keys |= _followers(assess(before, after, pairing).changes, after)
    # What is written goes by the names of the head, not by those that it is compared by.
    true_names = BoundWorld(head)
    head.watch_columns(true_names.columns)
    kept = [key for key in keys if key in head.models and head.models[key].kind in _WITH_SQL]
    made = set()
    for key in sorted(kept):
        model = _model(key, true_names, config)
        if model is not None:
            made.add(model.relation)
            yield model
    yield from (model for model in _removed(before, pairing, head) if model.relation not in made)


def _followers(changes: Iterable[Change], after: BoundWorld) -> set[str]:
    """Give the readers whose columns changed without their text (`SELECT *`)."""
    relations = {
        change.relation
        for change in changes
        if change.caused_by is not None and has(change.kind, Trait.NAMES_COLUMNS)
    }
    return {key for key in after.world.models if after.relation(key) in relations}


def _removed(before: BoundWorld, pairing: Pairing, head: RepositoryWorld) -> Iterator[SyncModel]:
    made = {model.relation for model in head.models.values()}
    gone = [*pairing.removed, *(old for old, _ in pairing.same)]
    for key in gone:
        model = before.world.models[key]
        if model.kind in _WITH_SQL and model.relation is not None and model.relation not in made:
            yield SyncModel(relation=model.relation, path=model.path, dialect=model.dialect, removed=True)


def _model(key: str, world: BoundWorld, config: Config) -> SyncModel | None:
    bound = world.bound(key)
    relation = bound.model.relation
    if relation is None or bound.model.materialization == "ephemeral":
        return None
    problem = _problem(bound)
    lineage = lineage_of_script(bound.script, _lookup(world, key))
    columns, sources = _columns(lineage, relation), _sources(lineage, relation)
    short = skeleton(relation, columns, sources, bound.model.dialect)
    return SyncModel(
        relation=relation,
        path=bound.model.path,
        dialect=bound.model.dialect,
        sql=None if problem else _sql(bound, relation, short),
        skeleton=short,
        sources=sources,
        default_database=config.target.database,
        default_schema=config.target.schema,
        problem=problem,
    )


def _problem(bound: BoundModel) -> str | None:
    """Say why the lineage of this model is not known well enough to replace what the catalog has."""
    if bound.reason is not None:
        return bound.reason
    if bound.rendered.notes:
        return f"its templates were not all run: {bound.rendered.notes[0]}"
    unread = next((problem for problem in bound.problems if problem.kind in _UNREAD), None)
    unread = unread or next(iter(bound.script.problems), None)
    return f"line {bound.rendered.source_line(unread.line)}: {unread.message}" if unread is not None else None


def _sql(bound: BoundModel, relation: RelationName, short: str | None) -> str | None:
    """Give one statement: the text's own where it is one, else the skeleton of what they do together."""
    dialect = bound.model.dialect
    if len(bound.script.statements) > 1 and short is not None:
        return short
    text = minimal(bound.rendered.sql or "", dialect)
    names_target = any(statement.targets for statement in bound.script.statements)
    return text if names_target or text is None else making(relation, text, dialect)


def _columns(lineage: FileLineage, relation: RelationName) -> dict[str, Upstream]:
    found: dict[str, set[tuple[RelationName, str]]] = {}
    for statement in lineage.statements:
        for edge in statement.columns:
            if edge.target is None or _is(edge.target, relation):
                upstream = found.setdefault(edge.column, set())
                upstream.update(end for end in edge.upstream if not _is(end[0], relation))
    return {column: sorted(upstream) for column, upstream in found.items()}


def _sources(lineage: FileLineage, relation: RelationName) -> tuple[RelationName, ...]:
    """Give what the statements that make this relation read, itself left out."""
    making_it = [s for s in lineage.statements if not s.targets or any(_is(t, relation) for t in s.targets)]
    read = dict.fromkeys(name for statement in making_it for name in statement.sources)
    # Temporary tables of the script are no sources: what they are made from is.
    return tuple(name for name in read if name in lineage.sources and not _is(name, relation))


def _is(name: RelationName, relation: RelationName) -> bool:
    return name.matches(relation)


def _lookup(world: BoundWorld, key: str) -> Lookup:
    def look_up(name: RelationName) -> Shape | None:
        model = world.world.find(name, key)
        return None if model is None else world.shape(model.key)

    return look_up
