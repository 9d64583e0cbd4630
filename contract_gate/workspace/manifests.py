"""Manifests and catalogs as files: those that a person names, and those that dbt left in a project's target folder.

What is named must be readable and not the pull request's own; what lies about is read from the working tree alone, and only
where git does not have it. Whether it matches a revision is for `artifacts` to say.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from contract_gate.core.errors import UsageError
from contract_gate.core.values import dataclass, replace
from contract_gate.edge.disk import read_regular
from contract_gate.edge.git import Missing, MissingReason, Repository, Revisions
from contract_gate.workspace.dbt.artifacts import (
    CATALOG,
    LARGEST,
    BadArtifactError,
    CatalogFile,
    Manifest,
    read_catalog,
    read_manifest,
)
from contract_gate.workspace.dbt.project import DbtProject
from contract_gate.workspace.readers.kinds import CONSUMERS


class SideName(StrEnum):
    BASE = "base"
    HEAD = "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedManifest:
    """A manifest that was named for a side."""

    side: SideName
    manifest: Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What was found in the target folder of a dbt project at `root`: a manifest, or why there is none to use."""

    root: str
    path: str
    manifest: Manifest | str


def read_named(
    values: Iterable[str], repository: Repository, revisions: Revisions
) -> tuple[NamedManifest, ...]:
    """Read the manifests of `base=PATH` and `head=PATH`. Raises UsageError."""
    return tuple(_named(value, repository, revisions) for value in values)


def read_consumers(paths: Iterable[Path]) -> Mapping[str, bytes]:
    """Read the manifests of projects that read this one, by what they are called here. UsageError.

    Who hands one over adds readers, and takes none away: a pull request gains nothing by its own.
    """
    return {f"{CONSUMERS}{path}": _read(path) for path in paths}


def find_left(repository: Repository, revisions: Revisions, projects: Iterable[DbtProject]) -> Iterator[Left]:
    """Look into the target folders of the projects for what dbt left in the working tree."""
    for project in projects:
        folder = _target_folder(project)
        path = posixpath.join(folder, "manifest.json") if folder is not None else None
        if path is None or folder is None:
            continue
        content = repository.read_left(path, revisions, LARGEST)
        if isinstance(content, Missing):
            if content.reason is not MissingReason.ABSENT:
                yield Left(root=project.root, path=path, manifest=content.detail)
            continue
        try:
            manifest = read_manifest(content, path)
        except BadArtifactError as error:
            yield Left(root=project.root, path=path, manifest=str(error))
            continue
        catalog = _left_catalog(repository, revisions, posixpath.join(folder, CATALOG))
        is_of_one_run = catalog is not None and catalog.invocation == manifest.invocation
        yield Left(
            root=project.root,
            path=path,
            manifest=replace(manifest, catalog=catalog if is_of_one_run else None),
        )


def _target_folder(project: DbtProject) -> str | None:
    """Give the folder that dbt writes into, None where it is computed or leads out of the repository."""
    value = project.packages.root.settings.get("target-path") or "target"
    if not isinstance(value, str) or "{" in value or "\\" in value or value.startswith("/"):
        return None
    folder = posixpath.normpath(posixpath.join(project.root, value))
    return None if folder == ".." or folder.startswith("../") else folder


def _left_catalog(repository: Repository, revisions: Revisions, path: str) -> CatalogFile | None:
    content = repository.read_left(path, revisions, LARGEST)
    if isinstance(content, Missing):
        return None
    try:
        return read_catalog(content)
    except BadArtifactError:
        return None


def _named(value: str, repository: Repository, revisions: Revisions) -> NamedManifest:
    side, _, name = value.partition("=")
    if side not in set(SideName) or not name:
        raise UsageError(
            f"--manifest takes a side and a path, not {value!r}",
            "write --manifest base=PATH or --manifest head=PATH",
        )
    path = Path(name)
    content = _read(path)
    _check_not_brought(path, content, repository, revisions)
    beside = path.parent / CATALOG
    try:
        manifest = read_manifest(content, name)
    except BadArtifactError as error:
        raise UsageError(
            f"the manifest {name} was not read: {error}", "name a manifest.json of dbt 1.5 or later"
        ) from error
    if not beside.is_file():
        return NamedManifest(side=SideName(side), manifest=manifest)
    described = _read(beside)
    _check_not_brought(beside, described, repository, revisions)
    try:
        catalog = read_catalog(described)
    except BadArtifactError as error:
        raise UsageError(f"{beside} was not read: {error}", "remove it, or run dbt docs generate") from error
    return NamedManifest(side=SideName(side), manifest=replace(manifest, catalog=catalog))


def _read(path: Path) -> bytes:
    return read_regular(path, "the manifest", "name a manifest.json that is there", LARGEST)


def _check_not_brought(path: Path, content: bytes, repository: Repository, revisions: Revisions) -> None:
    """Refuse a manifest that the pull request commits, or committed for a while: it could say anything. UsageError."""
    inner = repository.inner(path)
    if inner is None or revisions.head.sha is None:
        return
    old, new = (
        repository.read(side, [inner], limit=LARGEST)[inner] for side in (revisions.trusted, revisions.head)
    )
    if isinstance(old, bytes) or isinstance(new, bytes):
        is_brought = new == content and old != new
    else:
        is_brought = repository.may_have_written(inner, revisions)
    if is_brought:
        raise UsageError(
            f"{inner} was not used: the pull request commits it, and could have written anything into it",
            "let the job compile the manifest",
        )
