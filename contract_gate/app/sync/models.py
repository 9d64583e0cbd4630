"""From a merged range to what `sync` is given: each model whose lineage may differ, with SQL that is fit to be sent."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from contract_gate.app.comparison import bind, catalog_names, touched, worlds
from contract_gate.app.statements import in_catalog_names, is_inlined, statement_of
from contract_gate.app.sync.retired import Retired, waiting
from contract_gate.app.sync.state import PendingModel
from contract_gate.app.sync.values import DeclaredExposure, SyncModel, SyncRange
from contract_gate.catalogs.names import CatalogNames
from contract_gate.compare.bound import BoundWorld
from contract_gate.compare.changes.change import Change
from contract_gate.compare.changes.head import HeadWorld
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.changes.relations import Pairing
from contract_gate.compare.impact.assess import assess
from contract_gate.core.deadline import checkpoint, whole_run
from contract_gate.core.relation import RelationName
from contract_gate.core.world import ModelKind
from contract_gate.edge.config import Config
from contract_gate.edge.git import ChangedFile, Repository, Revisions
from contract_gate.sql.stack import deep_stack
from contract_gate.workspace.repository import RepositoryWorld


def changed_models(
    repository: Repository,
    revisions: Revisions,
    config: Config,
    *,
    everything: bool = False,
    pending: Collection[PendingModel] = (),
) -> SyncRange:
    """Give the models of a range, by relation: changed, added, removed, and readers whose columns follow a change.

    `everything`: all that the head makes, changed or not. `pending`: what earlier runs did not get to.
    """
    changed = repository.changed_files(revisions.base, revisions.head)
    with (
        whole_run(config.time_limit, "nothing was synced"),
        worlds(repository, revisions, config) as (base, head),
    ):
        earlier = {name: one.words for one in pending for name in (one.relation, *one.replaces) if one.words}
        names = replace(catalog_names((head, base), config), earlier=earlier)
        found = deep_stack(lambda: list(_models(base, head, changed, names, everything, pending)))
        exposures = tuple(_exposures(head, names))
        # A model that there was no time for would count as left alone, and never be synced again.
        checkpoint()
    return SyncRange(
        models=tuple(sorted(found, key=lambda model: (model.relation, model.removed))), exposures=exposures
    )


def _exposures(head: RepositoryWorld, names: CatalogNames) -> Iterator[DeclaredExposure]:
    """Give the exposures with the relations that they name; what they read through a metric is left to the catalog."""
    for key, model in sorted(head.models.items()):
        if model.kind is ModelKind.EXPOSURE:
            named = (head.models[other].relation for other in model.depends_on if other in head.models)
            reads = dict.fromkeys(relation for relation in named if relation is not None)
            yield DeclaredExposure(
                key=key,
                name=model.name,
                path=model.path,
                url=model.url,
                owners=model.owners,
                reads=tuple((relation, names.of(relation)) for relation in reads),
            )


def _models(
    base: RepositoryWorld,
    head: RepositoryWorld,
    changed: Collection[ChangedFile],
    names: CatalogNames,
    everything: bool,
    pending: Collection[PendingModel],
) -> Iterator[SyncModel]:
    before, after, pairing = bind(base, head, changed)
    keys = set(head.models) if everything else set(_touched(base, head, before, after, pairing))
    left = waiting(pending, head, names)
    keys |= set(left)
    found_again = [one for some in left.values() for one in some]
    retired = Retired(base, head, pairing, names, pending)
    keys |= set(retired.formers)
    # What is written goes by the names of the head, not by those that it is compared by.
    true_names = BoundWorld(head)
    head.watch_columns(true_names.columns)
    kept = [key for key in keys if key in head.models and head.models[key].kind.is_built]
    told: set[RelationName] = set()
    for key in sorted(kept):
        model = _model(key, true_names, names)
        if model is not None:
            formers = retired.formers.get(key, ())
            told |= {model.relation, *(former.relation for former in formers)}
            yield _named(replace(model, replaces=formers), names)
    gone = [model for model in retired.removed if model.relation not in told]
    yield from (_named(model, names) for model in gone)
    told |= {model.relation for model in gone}
    for one in pending:
        if one.relation not in told and one not in found_again and not one.removed:
            lost = SyncModel(
                relation=one.relation, path="", dialect="", problem="its file is not read any more"
            )
            yield _named(lost, names)


def _touched(
    base: RepositoryWorld, head: RepositoryWorld, before: BoundWorld, after: HeadWorld, pairing: Pairing
) -> Iterator[str]:
    keys = set(touched(before, after, pairing))
    keys |= _followers(assess(before, after, pairing).changes, after)
    yield from keys | _behind_inlined(keys, base, head)


def _followers(changes: Iterable[Change], after: BoundWorld) -> set[str]:
    """Give the readers whose columns changed without their text (`SELECT *`)."""
    relations = {
        change.relation
        for change in changes
        if change.caused_by is not None and has(change.kind, Trait.NAMES_COLUMNS)
    }
    return {key for key in after.world.models if after.relation(key) in relations}


def _behind_inlined(keys: Collection[str], base: RepositoryWorld, head: RepositoryWorld) -> set[str]:
    """Give the models that read changed ephemeral ones, however many are in between: their SQL holds the others' text."""

    def inlined(found: Iterable[str]) -> set[str]:
        sides = (base.models, head.models)
        return {key for key in found if any(key in side and is_inlined(side[key]) for side in sides)}

    reached: set[str] = set()
    asked = inlined(keys)
    while asked:
        new = head.readers(asked) - reached
        reached |= new
        asked = inlined(new)
    return reached


def _model(key: str, world: BoundWorld, names: CatalogNames) -> SyncModel | None:
    found = statement_of(key, world)
    if found is None:
        return None
    sent = in_catalog_names(found, names)
    return SyncModel(
        relation=found.relation,
        path=world.world.models[key].path,
        dialect=found.dialect,
        sql=sent.sql,
        skeleton=sent.skeleton,
        sources=sent.sources,
        default_database=names.target.database,
        default_schema=names.target.schema,
        problem=sent.problem,
    )


def _named(model: SyncModel, names: CatalogNames) -> SyncModel:
    """Say what the catalog calls a model."""
    own = (model.relation, *(former.relation for former in model.replaces))
    return replace(
        model,
        asked=names.of(model.relation),
        unique_id=names.id_of(model.relation),
        settings=names.settings(model.relation),
        words=tuple(dict.fromkeys(word for name in own for word in names.words(name))),
    )
