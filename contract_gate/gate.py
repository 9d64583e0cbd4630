"""One pull request, top to bottom: the page to read first.

Two revisions make two worlds of models. What differs between them are changes; who reads what changed feels impacts:
the repository's own models by binding them, everyone else as the catalog knows them. The policy judges; a report says it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from contract_gate.bound import BoundWorld, is_declared
from contract_gate.catalogs.catalog import Catalog
from contract_gate.catalogs.impacts import catalog_impacts
from contract_gate.changes.relations import Pairing, pair, renamed
from contract_gate.config import Config
from contract_gate.coverage import Coverage, NotAnalysed
from contract_gate.git import ChangedFile, Repository, Revisions
from contract_gate.impact.assess import Assessment, assess
from contract_gate.impact.felt import is_untouched
from contract_gate.models.candidates import candidates
from contract_gate.models.repository import Reading, RepositoryWorld, read_repository
from contract_gate.models.tree import Tree
from contract_gate.placing import in_the_diff
from contract_gate.policy import judge
from contract_gate.relation import RelationName
from contract_gate.report import Report
from contract_gate.sql.parse import deep_stack
from contract_gate.witness import Answer, Budget
from contract_gate.witnessing import confirm, look
from contract_gate.world import Model


def check(repository: Repository, revisions: Revisions, config: Config, catalog: Catalog) -> Report:
    """Judge what lies between two revisions. GitError where git fails; never an empty report instead."""
    changed = repository.changed_files(revisions.base, revisions.head)
    reading = reading_of(config)
    with (
        read_repository(Tree(repository, revisions.base), revisions.base.id, reading) as base,
        read_repository(Tree(repository, revisions.head), revisions.head.id, reading) as head,
    ):
        assessment, coverage = deep_stack(lambda: compare(base, head, changed, witness=config.witness))
        own = _relations(base, head)
    beyond = catalog_impacts(catalog, assessment.changes, assessment.stopped, own)
    impacts = (*assessment.impacts, *beyond.impacts)
    changes = in_the_diff(assessment.changes, repository, revisions, changed)
    coverage = replace(coverage, notes=(revisions.how, *coverage.notes, *beyond.notes))
    findings, verdict = judge(changes, impacts, coverage, catalog.state(), config.settings)
    return Report(
        verdict=verdict, base=revisions.base.id, head=revisions.head.id, catalog=catalog.state(), coverage=coverage,
        changes=changes, impacts=impacts, findings=findings,
    )  # fmt: skip


def compare(
    base: RepositoryWorld, head: RepositoryWorld, changed: Collection[ChangedFile], *, witness: bool = False
) -> tuple[Assessment, Coverage]:
    """Find the changes between two worlds and who feels them in the repository; `witness`: look for rows that show them."""
    before, after, pairing = bind(base, head, changed)
    assessment = assess(before, after, pairing)
    coverage = _coverage(before, after, pairing, changed)
    if not witness:
        return assessment, coverage
    assessment, notes = confirm(before, after, pairing, assessment)
    return assessment, replace(coverage, notes=(*coverage.notes, *notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a search about one model gave. `models`: those that the name may mean; the answer is there where it is one.

    `why` says why no search was made. `known` are the names that could have been given.
    """

    models: tuple[str, ...]
    known: tuple[str, ...]
    answer: Answer | None = None
    why: str | None = None


def look_at(
    repository: Repository, revisions: Revisions, config: Config, name: str, budget: Budget
) -> Looked:
    """Look for rows on which one model, named by its name, relation or path, differs between two revisions."""
    changed = repository.changed_files(revisions.base, revisions.head)
    reading = reading_of(config)
    with (
        read_repository(Tree(repository, revisions.base), revisions.base.id, reading) as base,
        read_repository(Tree(repository, revisions.head), revisions.head.id, reading) as head,
    ):
        return deep_stack(lambda: _look(base, head, changed, name, budget))


def _look(
    base: RepositoryWorld, head: RepositoryWorld, changed: Collection[ChangedFile], name: str, budget: Budget
) -> Looked:
    both = {**base.models, **head.models}
    models = {key: m for key, m in both.items() if m.relation is not None and not is_declared(m)}
    meant = [key for key, model in models.items() if _means(name, model)]
    known = tuple(sorted(model.name for model in models.values()))
    shown = tuple(sorted(str(models[key].relation) for key in meant))
    if len(meant) != 1:
        return Looked(models=shown, known=known)
    key = meant[0]
    if key not in base.models or key not in head.models:
        side = "base" if key in base.models else "head"
        return Looked(models=shown, known=known, why=f"it is there at the {side} alone")
    before, after, pairing = bind(base, head, changed)
    answer = look(before, after, pairing, assess(before, after, pairing), key, budget)
    return Looked(models=shown, known=known, answer=answer)


def _means(name: str, model: Model) -> bool:
    asked = name.strip().lower()
    relation = str(model.relation)
    names = (model.name.lower(), model.path.lower(), model.key.lower(), relation)
    return asked in names or relation.endswith(f".{asked}")


def bind(
    base: RepositoryWorld, head: RepositoryWorld, changed: Collection[ChangedFile]
) -> tuple[BoundWorld, BoundWorld, Pairing]:
    """Pair the models of two worlds and make both ready to be asked; the head's go by the names of the base."""
    pairing = pair(base, head, candidates(base, head, _paths(changed)))
    before = BoundWorld(base)
    after = BoundWorld(head, pairing.known_as(base, head))
    for world, bound in ((base, before), (head, after)):
        world.watch_columns(bound.columns)
    pairing = renamed(before, after, pairing)
    after = BoundWorld(head, pairing.known_as(base, head))
    head.watch_columns(after.columns)
    return before, after, pairing


def touched(before: BoundWorld, after: BoundWorld, pairing: Pairing) -> Iterator[str]:
    """Give the keys whose own text or declaration differs, by their key at the head where they are there."""
    yield from pairing.added
    yield from pairing.removed
    for old, new in pairing.same:
        if not is_untouched(before.bound(old), after.bound(new)):
            yield new


def reading_of(config: Config) -> Reading:
    """Take from the configuration what says how to read the repository."""
    return Reading(
        dialect=config.dialect,
        dialects=config.dialects,
        paths=config.paths,
        ignore=config.ignore,
        variables=config.vars,
        environment=config.env,
    )


def _paths(changed: Collection[ChangedFile]) -> set[str]:
    return {path for file in changed for path in (file.path, file.old_path) if path is not None}


def _relations(base: RepositoryWorld, head: RepositoryWorld) -> frozenset[RelationName]:
    models = (*base.models.values(), *head.models.values())
    return frozenset(model.relation for model in models if model.relation is not None)


def _coverage(
    before: BoundWorld, after: BoundWorld, pairing: Pairing, changed: Collection[ChangedFile]
) -> Coverage:
    keys, paths = set(touched(before, after, pairing)), _paths(changed)
    failed = {
        NotAnalysed(path=bound.model.path, reason=bound.reason, line=bound.line)
        for key in keys
        for bound in [after.bound(key) if key in after.world.models else before.bound(key)]
        if bound.reason is not None
    }
    files = {
        NotAnalysed(path=path, reason=reason)
        for path, reason in after.world.problems.items()
        if path in paths
    }
    notes = dict.fromkeys((*after.world.notes, *map(_circle, sorted(after.cycles))))
    return Coverage(
        files_changed=len(changed),
        models_changed=len(keys),
        models_analysed=len(keys) - len(failed),
        not_analysed=tuple(sorted(failed | files, key=lambda entry: (entry.path, entry.line or 0))),
        notes=tuple(notes),
    )


def _circle(keys: tuple[str, ...]) -> str:
    return "models read each other in a circle, so their columns are not known: " + " → ".join(keys)
