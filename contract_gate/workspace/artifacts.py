"""dbt's artifacts of a run: which manifest belongs to which side and project, and what both worlds take from them.

A manifest that somebody names must match, or the run ends. One that lies in a project's `target/` folder is used where it
matches and left aside with a word where not; it must not be committed, because a pull request could then bring its own.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from contract_gate.core.errors import UsageError
from contract_gate.core.values import dataclass, field, replace
from contract_gate.edge.git import Revision, Revisions
from contract_gate.workspace.candidates import candidates
from contract_gate.workspace.dbt.artifacts import CATALOG, CatalogFile, Manifest
from contract_gate.workspace.dbt.columns import with_catalog
from contract_gate.workspace.dbt.compiled import Compiled, CompiledSide, unrecorded, upgraded
from contract_gate.workspace.dbt.matching import StaleFile, differences
from contract_gate.workspace.dbt.project import DbtProject
from contract_gate.workspace.manifests import Left, NamedManifest, SideName
from contract_gate.workspace.reading import Reading, is_ignored
from contract_gate.workspace.repository import RepositoryWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The manifests by the directory of their project, and what to say of those that were left aside."""

    base: Mapping[str, Manifest] = field(default_factory=dict)
    head: Mapping[str, Manifest] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def of(self, root: str) -> tuple[Manifest | None, Manifest | None]:
        return self.base.get(root), self.head.get(root)

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(sorted({*self.base, *self.head}))


def match(
    base: RepositoryWorld,
    head: RepositoryWorld,
    named: Iterable[NamedManifest],
    left: Iterable[Left],
    reading: Reading,
) -> Matched:
    """Give each manifest its side and project. Raises UsageError for a named one that does not match."""
    worlds = {SideName.BASE: base, SideName.HEAD: head}
    found: dict[SideName, dict[str, Manifest]] = {SideName.BASE: {}, SideName.HEAD: {}}
    for each in named:
        root = _root_of(each, worlds[each.side], reading)
        if root in found[each.side]:
            raise UsageError(
                f"two manifests are named for the {each.side} of one project", "name one of them"
            )
        found[each.side][root] = each.manifest
    notes = []
    for lying in left:
        free = [side for side in (SideName.HEAD, SideName.BASE) if lying.root not in found[side]]
        reason = lying.manifest if isinstance(lying.manifest, str) else None
        if not isinstance(lying.manifest, str) and free:
            reason = _place(lying.manifest, lying.root, free, worlds, found, reading)
        if reason is not None:
            notes.append(f"{lying.path} was left aside: {reason}")
    return Matched(base=found[SideName.BASE], head=found[SideName.HEAD], notes=tuple(notes))


def learned_from(matched: Matched, base: RepositoryWorld, head: RepositoryWorld) -> "Learned | None":
    """Give what the repository has no profile for and a manifest tells; None where there is nothing of the kind."""
    olds, news = _dbt(base), _dbt(head)
    adapters: dict[str, str] = {}
    places: dict[str, Manifest] = {}
    first = SideName.BASE if matched.base else SideName.HEAD
    for root in matched.roots:
        manifest = matched.base.get(root) or matched.head.get(root)
        old, new = olds.get(root), news.get(root)
        # Without the same target on both sides the same place has two names.
        if manifest is None or old is None or new is None or old.target != new.target:
            continue
        if manifest.adapter and not old.target.has_profile:
            adapters[root] = manifest.adapter
            authority = matched.of(root)[0 if first is SideName.BASE else 1]
            places |= {root: authority} if authority is not None else {}
    return Learned(first=first, adapters=adapters, places=places) if adapters else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What to read both sides with. `first` is the side that the places are learned at."""

    first: SideName
    adapters: Mapping[str, str]
    places: Mapping[str, Manifest]

    def read(
        self, reading: Reading, revisions: Revisions, read: Callable[[Revision, Reading], RepositoryWorld]
    ) -> tuple[RepositoryWorld, RepositoryWorld]:
        """Read base and head again: the places are learned at the first side and hold for the other."""
        is_base = self.first is SideName.BASE
        one, other = (revisions.base, revisions.head) if is_base else (revisions.head, revisions.base)
        first = read(one, replace(reading, adapters=self.adapters, places=self.places))
        known = {project.root: project.places for project in first.dbt if project.root in self.places}
        places = {root: place for root, place in known.items() if place is not None}
        second = read(other, replace(reading, adapters=self.adapters, places=places))
        return (first, second) if is_base else (second, first)


def adopt(base: RepositoryWorld, head: RepositoryWorld, matched: Matched, paths: Collection[str]) -> None:
    """Let both worlds take from the manifests what is right on both sides, and say so. `paths` are the changed files."""
    olds, news = _dbt(base), _dbt(head)
    told = _Told(notes=matched.notes)
    head.told = told.all
    edited = candidates(base, head, paths) if matched.roots else set()
    for root in matched.roots:
        if root not in olds or root not in news:
            told.notes += (
                f"the manifest of {root or 'the project'} is not used: one side has no such project",
            )
            continue
        old, new = (
            CompiledSide(project=each[root], manifest=one)
            for each, one in zip((olds, news), matched.of(root), strict=True)
        )
        compiled = Compiled(
            base=old, head=new, edited=frozenset(edited | upgraded(old, new)), unrecorded=unrecorded(old, new)
        )
        catalog = _newest(matched.of(root))
        if catalog is not None:
            for world, side in ((base, old), (head, new)):
                world.declare(side.project, with_catalog(side.project, catalog, compiled.affected))
        compiled.adopt()
        told.projects += ((compiled, catalog),)


@dataclass(kw_only=True)
class _Told:
    """What the report says of the artifacts; how many models were asked for is known at the end alone."""

    notes: tuple[str, ...]
    projects: tuple[tuple[Compiled, CatalogFile | None], ...] = ()

    def all(self) -> tuple[str, ...]:
        found = [note for compiled, catalog in self.projects for note in _notes(compiled, catalog)]
        return (*self.notes, *found)


def _notes(compiled: Compiled, catalog: CatalogFile | None) -> Iterator[str]:
    name = compiled.head.project.name
    sides = (("base", compiled.base.manifest), ("head", compiled.head.manifest))
    given = [(side, manifest) for side, manifest in sides if manifest is not None]
    where = "; ".join(f"{side}: {manifest.name}, dbt {manifest.version}" for side, manifest in given)
    if not any(manifest.is_compiled for _, manifest in given):
        yield f"dbt's manifest of `{name}` holds no compiled SQL, so it gives names and columns alone ({where})"
    else:
        used, left = len(compiled.used), compiled.left
        asked = used + len(left)
        many = (
            f"is used for {used} of the {asked} models of `{name}` whose templates can't be run in full here"
        )
        none = f"of `{name}` was not needed: each template that was read can be run in full here"
        yield f"dbt's compiled SQL {many if asked else none} ({where})"
        for reason in sorted(set(left.values())):
            keys = sorted(key for key, why in left.items() if why == reason)
            more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
            yield f"dbt's compiled SQL of {keys[0]}{more} is not used: {reason}"
    if catalog is not None:
        yield f"columns of sources, seeds and models of `{name}` are those of the {CATALOG} made at {catalog.made_at}"


def _place(
    manifest: Manifest,
    root: str,
    free: list[SideName],
    worlds: Mapping[SideName, RepositoryWorld],
    found: Mapping[SideName, dict[str, Manifest]],
    reading: Reading,
) -> str | None:
    """Put a manifest that lies about to the first side that it matches; else give the reason why to none."""
    reasons = []
    for side in free:
        project = _dbt(worlds[side]).get(root)
        if project is None or not manifest.is_of(project.name):
            reasons.append("it is of another project")
            continue
        differ = _differences(manifest, project, reading)
        if not differ:
            found[side][root] = manifest
            return None
        reasons.append(f"it was not compiled from the {side}: {_told_of(differ)}")
    return reasons[0]


def _root_of(named: NamedManifest, world: RepositoryWorld, reading: Reading) -> str:
    manifest = named.manifest
    mine = {root: each for root, each in _dbt(world).items() if manifest.is_of(each.name)}
    if not mine:
        raise UsageError(
            f"{manifest.name} was not used: the {named.side} has no dbt project {manifest.project or 'of its name'}",
            "name the manifest of a project of this repository",
        )
    differ = {root: _differences(manifest, each, reading) for root, each in mine.items()}
    root = min(differ, key=lambda each: (len(differ[each]), each))
    if differ[root]:
        raise UsageError(
            f"{manifest.name} was not compiled from the {named.side}: {_told_of(differ[root])}",
            f"check out the {named.side}, run dbt compile, and name the manifest that it writes",
        )
    return root


def _differences(manifest: Manifest, project: DbtProject, reading: Reading) -> tuple[StaleFile, ...]:
    return differences(manifest, project, lambda path: is_ignored(path, reading))


def _told_of(differ: tuple[StaleFile, ...]) -> str:
    more = len(differ) - 1
    others = f" (and {more} more file{'s differ' if more > 1 else ' differs'})" if more else ""
    return f"{differ[0].path} {differ[0].why}{others}"


def _dbt(world: RepositoryWorld) -> dict[str, DbtProject]:
    return {project.root: project for project in world.dbt}


def _newest(manifests: Iterable[Manifest | None]) -> CatalogFile | None:
    found = [
        manifest.catalog for manifest in manifests if manifest is not None and manifest.catalog is not None
    ]
    return max(found, key=lambda catalog: catalog.made_at, default=None)
