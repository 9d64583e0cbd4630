"""One pull request, top to bottom: the page to read first.

Two revisions make two worlds of models. What differs between them are changes; who reads what changed feels impacts:
the repository's own models by binding them, everyone else as the catalog knows them. The policy judges; a report says it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import MappingProxyType

from contract_gate.app.annotation import edited_texts, in_the_diff
from contract_gate.app.approving import approval_notes, counted, standing_approvals
from contract_gate.app.comparison import bind, catalog_names, touched, worlds
from contract_gate.app.marking import marked_changes, marked_readers, with_their_owners
from contract_gate.app.ownership import asked_for, of_changes, of_readers, ownership
from contract_gate.app.promised.changed import contract_changes
from contract_gate.app.setup_changes import setup_changes
from contract_gate.app.statements import texts
from contract_gate.app.together import breaks_together
from contract_gate.app.ways_out import with_ways_out
from contract_gate.app.windows import with_windows
from contract_gate.catalogs.catalog import Catalog, Text
from contract_gate.catalogs.impacts import catalog_impacts
from contract_gate.catalogs.names import CatalogNames, NamedCatalog
from contract_gate.catalogs.same import merged
from contract_gate.compare.bound import BoundWorld
from contract_gate.compare.changes.change import Change
from contract_gate.compare.changes.relations import Pairing
from contract_gate.compare.impact import Impact
from contract_gate.compare.impact.assess import Assessment, assess
from contract_gate.compare.impact.propagation import Stopped
from contract_gate.core.coverage import Coverage, NotAnalysed
from contract_gate.core.deadline import OutOfTimeError, checkpoint, current, whole_run
from contract_gate.core.progress import step
from contract_gate.core.relation import RelationName
from contract_gate.core.remembering import remembering
from contract_gate.core.values import dataclass, field, replace
from contract_gate.edge.approvals import Approvals
from contract_gate.edge.config import Config
from contract_gate.edge.git import ChangedFile, Repository, Revisions
from contract_gate.edge.git.beside import Beside
from contract_gate.edge.waivers import Allowance, standing, told
from contract_gate.policy.judge import judge, ruled
from contract_gate.reports.report import Report
from contract_gate.sql.stack import deep_stack
from contract_gate.workspace.jinja.replies import Replies
from contract_gate.workspace.manifests import NamedManifest
from contract_gate.workspace.repository import RepositoryWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What the job hands over beside the revisions.

    `consumers`: manifests of other repositories' dbt projects, by what they are called here. `also`: what may be merged beside
    this change. `replies`: what templates gave, in earlier runs too.
    """

    manifests: Sequence[NamedManifest] = ()
    waivers: Sequence[Allowance] = ()
    approvals: Approvals = field(default_factory=Approvals)
    consumers: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    also: Sequence[Beside] = ()
    replies: Replies = field(default_factory=Replies)


def check(
    repository: Repository,
    revisions: Revisions,
    config: Config,
    catalog: Catalog,
    handed: HandedOver | None = None,
) -> Report:
    """Judge what lies between two revisions. GitError where git fails; never an empty report instead."""
    with whole_run(config.time_limit, "the change was not judged"):
        handed = handed or HandedOver()
        with remembering(handed.replies.facts):
            return _judged(repository, revisions, config, catalog, handed)


def _judged(
    repository: Repository,
    revisions: Revisions,
    config: Config,
    catalog: Catalog,
    handed: HandedOver,
) -> Report:
    today = datetime.now(UTC).date()
    changed = repository.changed_files(revisions.base, revisions.head)
    found = _found(repository, revisions, config, handed, changed, today, reads_sql=catalog.reads_sql)
    step("asking the catalog")
    catalog = NamedCatalog(catalog, found.names)
    downstream = catalog_impacts(
        catalog, found.made_here, found.stopped, found.filled, found.names, found.sent
    )
    state = catalog.state()
    known = ownership(repository, revisions, config)
    impacts = of_readers(known, merged(found.impacts, downstream.impacts, found.changes))
    changes = of_changes(known, in_the_diff(found.changes, repository, revisions, changed))
    notes = (revisions.how, *found.coverage.notes, *downstream.notes, *state.limits)
    coverage = replace(found.coverage, how=revisions.how, notes=notes)
    held = standing(handed.waivers, changes, today)
    approvals = counted(handed.approvals, config)
    approved = standing_approvals(approvals, known, changes, impacts)
    findings, verdict = judge(changes, impacts, coverage, state, config.settings, (*held, *approved))
    answered = (
        *told(handed.waivers, held, findings, today),
        *approvals.notes,
        *approval_notes(approved, findings),
    )
    coverage = replace(coverage, notes=(*coverage.notes, *ruled(findings), *answered))
    return Report(
        verdict=verdict, base=revisions.base.id, head=revisions.head.id, catalog=state, coverage=coverage,
        changes=changes, impacts=impacts, findings=findings,
        deleted=frozenset(path for file in changed for path in file.paths if path != file.path or file.new is None),
        texts=edited_texts(findings, repository, revisions, changed), mentions=asked_for(impacts, config),
        hears_comments=config.comment_waivers,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _FoundHere:
    """What the repository alone says of the change, and what a catalog is asked with.

    `changes` has all, those that only a merge with another branch brings and what contracts promise no longer among them; `made_here`
    are of relations that the repository makes. `filled`: those of the base whose readers are not the catalog's to tell.
    """

    changes: tuple[Change, ...]
    made_here: tuple[Change, ...]
    impacts: tuple[Impact, ...]
    stopped: tuple[Stopped, ...]
    coverage: Coverage
    filled: frozenset[RelationName]
    names: CatalogNames
    sent: Mapping[RelationName, Text]


def _found(
    repository: Repository, revisions: Revisions, config: Config, handed: HandedOver,
    changed: Collection[ChangedFile], today: date, *, reads_sql: bool,
) -> _FoundHere:  # fmt: skip
    """Compare the worlds of base and head; `reads_sql`: a catalog wants the SQL of what changed."""
    seconds = config.witness_seconds if config.witness else None
    given = handed.manifests, handed.consumers, handed.replies
    with worlds(repository, revisions, config, *given) as (base, head):
        assessment, coverage = deep_stack(lambda: compare(base, head, changed, witness=seconds))
        also = breaks_together(
            repository, revisions, handed.also, (assessment, coverage), lambda place, sides: _alone(place, sides, config, handed)
        )  # fmt: skip
        promises, reworded = contract_changes(repository, revisions, changed, config)
        owned = with_their_owners((*assessment.changes, *also.changes, *promises), base, head)
        owned, dated = with_windows(owned, base, repository, revisions, config, today)
        made_here = tuple(c for c in assessment.changes if not (c.foreign or c.of_routine))
        names = catalog_names((base, head), config)
        return _FoundHere(
            changes=marked_changes(owned, base, changed), made_here=made_here, stopped=assessment.stopped,
            impacts=marked_readers((*assessment.impacts, *also.impacts), changed),
            coverage=replace(
                coverage, setup=setup_changes(repository, revisions, base, head), cut_short=coverage.cut_short or also.cut_short,
                not_analysed=(*coverage.not_analysed, *also.not_analysed), notes=(*coverage.notes, *also.notes, *reworded, *dated),
            ),
            filled=base.filled(), names=names,
            sent=deep_stack(lambda: _texts(base, head, made_here, names)) if reads_sql else {},
        )  # fmt: skip


@contextmanager
def _alone(
    repository: Repository, revisions: Revisions, config: Config, handed: HandedOver
) -> Iterator[tuple[Assessment, Coverage]]:
    """Compare two sides without rows and without a catalog."""
    changed = repository.changed_files(revisions.base, revisions.head)
    given = handed.manifests, handed.consumers, handed.replies
    with worlds(repository, revisions, config, *given) as (base, head):
        yield deep_stack(lambda: compare(base, head, changed))


def compare(
    base: RepositoryWorld,
    head: RepositoryWorld,
    changed: Collection[ChangedFile],
    *,
    witness: float | None = None,
) -> tuple[Assessment, Coverage]:
    """Find the changes between two worlds and who feels them in the repository; `witness`: look so many seconds for rows that show them."""
    before, after, pairing = bind(base, head, changed)
    assessment = assess(before, after, pairing)
    deadline = current()
    cut_short = deadline.reason if deadline.is_over else None
    coverage = replace(
        _coverage(before, after, pairing, changed), cut_short=cut_short, searched=head.searched()
    )
    if cut_short:
        return assessment, coverage
    assessment = replace(assessment, changes=with_ways_out(assessment.changes, before, after, pairing))
    if witness is None:
        return assessment, coverage
    # Imported here: a hook looks for no rows.
    from contract_gate.app.confirmation import SearchLimits, confirm

    try:
        confirmed, notes = confirm(before, after, pairing, assessment, SearchLimits.within(witness))
        checkpoint()
    except OutOfTimeError as error:
        # What was compared in time stands as it was.
        confirmed, notes = assessment, (f"no rows show the changes: {error}",)
    return confirmed, replace(coverage, notes=(*coverage.notes, *notes))


def _texts(
    base: RepositoryWorld, head: RepositoryWorld, changes: Sequence[Change], names: CatalogNames
) -> dict[RelationName, Text]:
    """Give the SQL of what changed for the catalog to read; what time is left for: the verdict needs none of it."""
    relations = dict.fromkeys(one.relation for one in changes if one.relation is not None)
    try:
        return texts(base, head, relations, names)
    except OutOfTimeError:
        problem = "there was no time left to read its SQL for it"
        return {name: Text(sql=None, dialect="", problem=problem) for name in relations}


def _coverage(
    before: BoundWorld, after: BoundWorld, pairing: Pairing, changed: Collection[ChangedFile]
) -> Coverage:
    keys = set(touched(before, after, pairing))
    paths = {path for file in changed for path in file.paths}
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
    read = after.world.notes
    limits = after.world.limits(keys) | before.world.limits(keys)
    notes = dict.fromkeys((*read, *map(_circle, sorted(after.cycles))))
    return Coverage(
        files_changed=len(changed),
        models_changed=len(keys),
        models_analysed=len(keys) - len(failed),
        not_analysed=tuple(sorted(failed | files, key=lambda entry: (entry.path, entry.line or 0))),
        notes=tuple(notes),
        aside=tuple(note for note in read if note not in limits),
    )


def _circle(keys: tuple[str, ...]) -> str:
    return "models read each other in a circle, so their columns are not known: " + " → ".join(keys)
