"""dbt's artifacts of a run: which manifest belongs to which side and project, and what both worlds take from them.

A manifest that somebody names must match, or the run ends. One that lies in a project's `target/` folder is used where it
matches and left aside with a word where not; it must not be committed, because a pull request could then bring its own.
"""

import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from contract_gate.errors import UsageError
from contract_gate.git import Missing, MissingReason, Repository, Revision, Revisions
from contract_gate.models.candidates import candidates
from contract_gate.models.dbt.artifacts import (
    LARGEST,
    BadArtifactError,
    Catalog,
    Manifest,
    read_catalog,
    read_manifest,
)
from contract_gate.models.dbt.columns import with_catalog
from contract_gate.models.dbt.compiled import Compiled, Side, unrecorded, upgraded
from contract_gate.models.dbt.matching import Difference, differences
from contract_gate.models.dbt.project import DbtProject
from contract_gate.models.repository import Reading, RepositoryWorld, is_ignored

_CATALOG = "catalog.json"


class SideName(StrEnum):
    BASE = "base"
    HEAD = "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A manifest that was named for a side."""

    side: SideName
    manifest: Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What was found in the target folder of a dbt project at `root`: a manifest, or why there is none to use."""

    root: str
    path: str
    manifest: Manifest | str


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


def read_named(values: Iterable[str], repository: Repository, revisions: Revisions) -> tuple[Named, ...]:
    """Read the manifests of `base=PATH` and `head=PATH`. Raises UsageError."""
    return tuple(_named(value, repository, revisions) for value in values)


def dbt_projects(world: RepositoryWorld) -> tuple[DbtProject, ...]:
    """Give the dbt projects of a world."""
    return tuple(project for project in world.projects if isinstance(project, DbtProject))


def find_left(repository: Repository, revisions: Revisions, projects: Iterable[DbtProject]) -> Iterator[Left]:
    """Look into the target folders of the projects for what dbt left in the working tree."""
    sides = (revisions.base, revisions.head)
    for project in projects:
        folder = _target_folder(project)
        path = posixpath.join(folder, "manifest.json") if folder is not None else None
        if path is None or folder is None:
            continue
        content = repository.read_left(path, sides, LARGEST)
        if isinstance(content, Missing):
            if content.reason is not MissingReason.ABSENT:
                yield Left(root=project.root, path=path, manifest=content.detail)
            continue
        try:
            manifest = read_manifest(content, path)
        except BadArtifactError as error:
            yield Left(root=project.root, path=path, manifest=str(error))
            continue
        catalog = _left_catalog(repository, sides, posixpath.join(folder, _CATALOG))
        is_of_one_run = catalog is not None and catalog.invocation == manifest.invocation
        yield Left(
            root=project.root,
            path=path,
            manifest=replace(manifest, catalog=catalog if is_of_one_run else None),
        )


def match(
    base: RepositoryWorld,
    head: RepositoryWorld,
    named: Iterable[Named],
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


def told_by(matched: Matched, base: RepositoryWorld, head: RepositoryWorld) -> "Learned | None":
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
        known = {
            project.root: project.places for project in dbt_projects(first) if project.root in self.places
        }
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
            Side(project=each[root], manifest=one)
            for each, one in zip((olds, news), matched.of(root), strict=True)
        )
        compiled = Compiled(
            base=old, head=new, edited=frozenset(edited | upgraded(old, new)), unrecorded=unrecorded(old, new)
        )
        catalog = _newest(matched.of(root))
        if catalog is not None:
            for world, side in ((base, old), (head, new)):
                world.declare(side.project, with_catalog(side.project, catalog, compiled.stirred))
        compiled.adopt()
        told.projects += ((compiled, catalog),)


@dataclass(kw_only=True)
class _Told:
    """What the report says of the artifacts; how many models were asked for is known at the end alone."""

    notes: tuple[str, ...]
    projects: tuple[tuple[Compiled, Catalog | None], ...] = ()

    def all(self) -> tuple[str, ...]:
        found = [note for compiled, catalog in self.projects for note in _notes(compiled, catalog)]
        return (*self.notes, *found)


def _notes(compiled: Compiled, catalog: Catalog | None) -> Iterator[str]:
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
        yield f"columns of sources, seeds and models of `{name}` are those of the {_CATALOG} made at {catalog.made_at}"


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


def _root_of(named: Named, world: RepositoryWorld, reading: Reading) -> str:
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


def _differences(manifest: Manifest, project: DbtProject, reading: Reading) -> tuple[Difference, ...]:
    return differences(manifest, project, lambda path: is_ignored(path, reading))


def _told_of(differ: tuple[Difference, ...]) -> str:
    more = len(differ) - 1
    others = f" (and {more} more file{'s differ' if more > 1 else ' differs'})" if more else ""
    return f"{differ[0].path} {differ[0].why}{others}"


def _dbt(world: RepositoryWorld) -> dict[str, DbtProject]:
    return {project.root: project for project in dbt_projects(world)}


def _newest(manifests: Iterable[Manifest | None]) -> Catalog | None:
    found = [
        manifest.catalog for manifest in manifests if manifest is not None and manifest.catalog is not None
    ]
    return max(found, key=lambda catalog: catalog.made_at, default=None)


def _target_folder(project: DbtProject) -> str | None:
    """Give the folder that dbt writes into, None where it is computed or leads out of the repository."""
    value = project.packages.root.settings.get("target-path") or "target"
    if not isinstance(value, str) or "{" in value or "\\" in value or value.startswith("/"):
        return None
    folder = posixpath.normpath(posixpath.join(project.root, value))
    return None if folder == ".." or folder.startswith("../") else folder


def _left_catalog(repository: Repository, sides: Iterable[Revision], path: str) -> Catalog | None:
    content = repository.read_left(path, sides, LARGEST)
    if isinstance(content, Missing):
        return None
    try:
        return read_catalog(content)
    except BadArtifactError:
        return None


def _named(value: str, repository: Repository, revisions: Revisions) -> Named:
    side, _, name = value.partition("=")
    if side not in set(SideName) or not name:
        raise UsageError(
            f"--manifest takes a side and a path, not {value!r}",
            "write --manifest base=PATH or --manifest head=PATH",
        )
    path = Path(name)
    content = _read(path, name)
    _check_not_brought(path, content, repository, revisions)
    beside = path.parent / _CATALOG
    try:
        manifest = read_manifest(content, name)
    except BadArtifactError as error:
        raise UsageError(
            f"the manifest {name} was not read: {error}", "name a manifest.json of dbt 1.5 or later"
        ) from error
    if not beside.is_file():
        return Named(side=SideName(side), manifest=manifest)
    described = _read(beside, str(beside))
    _check_not_brought(beside, described, repository, revisions)
    try:
        catalog = read_catalog(described)
    except BadArtifactError as error:
        raise UsageError(f"{beside} was not read: {error}", "remove it, or run dbt docs generate") from error
    return Named(side=SideName(side), manifest=replace(manifest, catalog=catalog))


def _read(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{name} was not read: it is larger than {LARGEST // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{name} was not read: {error.strerror}", "name a manifest.json that is there"
        ) from error


def _check_not_brought(path: Path, content: bytes, repository: Repository, revisions: Revisions) -> None:
    """Refuse a manifest that the pull request commits: it could say anything. UsageError."""
    place = path.resolve()
    if not place.is_relative_to(repository.root) or revisions.head.sha is None:
        return
    inner = place.relative_to(repository.root).as_posix()
    old, new = (
        repository.read(side, [inner], limit=LARGEST)[inner] for side in (revisions.base, revisions.head)
    )
    if new == content and old != new:
        raise UsageError(
            f"{inner} was not used: the pull request commits it, and could have written anything into it",
            "let the job compile the manifest",
        )
