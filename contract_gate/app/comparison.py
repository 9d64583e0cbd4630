"""The two sides of a pull request: the worlds of base and head, their models paired and ready to be asked.

What differs between the pairs, and whom it hits, is for `changes` and `impact` to say.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType

from contract_gate.catalogs.names import CatalogNames
from contract_gate.compare.bound import BoundWorld
from contract_gate.compare.changes.relations import Pairing, pair, renamed
from contract_gate.compare.impact.propagation import is_untouched
from contract_gate.core.errors import UsageError
from contract_gate.core.progress import step
from contract_gate.core.world import ModelKind
from contract_gate.edge.config import Config
from contract_gate.edge.git import ChangedFile, EntryKind, Repository, Revision, Revisions
from contract_gate.workspace.artifacts import adopt, learned_from, match
from contract_gate.workspace.candidates import candidates
from contract_gate.workspace.dbt.packages import PROJECT_FILE
from contract_gate.workspace.dbt.project import DbtProject
from contract_gate.workspace.dialects import sqlglot_dialect
from contract_gate.workspace.layout import Layout
from contract_gate.workspace.manifests import NamedManifest, find_left
from contract_gate.workspace.origins import origins
from contract_gate.workspace.readers.kinds import KINDS
from contract_gate.workspace.repository import Reading, RepositoryWorld, layout_at, read_repository
from contract_gate.workspace.tree import Tree


@contextmanager
def worlds(
    repository: Repository,
    revisions: Revisions,
    config: Config,
    manifests: Iterable[NamedManifest] = (),
    consumers: Mapping[str, bytes] = MappingProxyType({}),
) -> Iterator[tuple[RepositoryWorld, RepositoryWorld]]:
    """Open the worlds of base and head, as the configuration says to read them, with what dbt's artifacts tell of them.

    GitError where git fails, UsageError for a manifest that is not of its side and a dialect that nobody knows.
    """
    reading = replace(reading_of(config), consumers=consumers)
    with ExitStack() as stack:
        layouts: dict[Revision, Layout] = {}
        if revisions.authority is not None:
            layouts[revisions.authority] = layout_at(Tree(repository, revisions.authority), reading)

        def read(side: Revision, how: Reading) -> RepositoryWorld:
            elder = revisions.base if side == revisions.head else revisions.authority
            by = replace(how, base=layouts.get(elder) if elder is not None else None)
            world = stack.enter_context(read_repository(Tree(repository, side), side.id, by))
            layouts[side] = world.read_as
            return world

        step("reading the base", 1, 2)
        base = read(revisions.base, reading)
        step("reading the head", 2, 2)
        head = read(revisions.head, reading)
        step("finding what changed")
        left = find_left(repository, revisions, head.dbt)
        matched = match(base, head, manifests, left, reading)
        learned = learned_from(matched, base, head)
        if learned is not None:
            stack.close()
            base, head = learned.read(reading, revisions, read)
        if matched.roots or matched.notes:
            changed = repository.changed_files(revisions.base, revisions.head)
            adopt(base, head, matched, {path for file in changed for path in file.paths})
        head.refuse(
            {
                **_not_followed(repository, revisions, base),
                **_left_out(base, head),
                **_turned_off(base, head),
                **_left_lying(base, head),
            }
        )
        yield base, head


def _not_followed(repository: Repository, revisions: Revisions, base: RepositoryWorld) -> dict[str, str]:
    """Give what is not followed: submodules that change, and what stands in the place of the base's models or above them."""
    old, new = repository.files(revisions.base), repository.files(revisions.head)
    links = [path for side in (old, new) for path, entry in side.items() if entry.kind is EntryKind.SUBMODULE]
    found = {
        path: "it is a submodule, whose files are not read: nobody knows what this changes"
        for path in links
        if old.get(path) != new.get(path)
    }
    odd = {path: str(entry.kind) for path, entry in new.items() if entry.kind is not EntryKind.FILE}
    for path in {model.path for model in base.models.values()} if odd else ():
        above = [path, *(parent.as_posix() for parent in PurePosixPath(path).parents)]
        kind = next((odd[each] for each in above if each in odd), None)
        if kind is not None:
            found[path] = f"it is behind a {kind} now, which is not followed"
    return found


def _left_out(base: RepositoryWorld, head: RepositoryWorld) -> dict[str, str]:
    """Give the files that take models of the base out of their project's sight, though these lie where they lay."""
    now = {(project.kind, project.root): project for project in head.projects}
    taken: dict[str, list[str]] = {}
    for project in base.projects:
        after = now.get((project.kind, project.root))
        says = after.left_out if after is not None else {}
        for path in sorted({model.path for model in project.models.values()} & says.keys()):
            taken.setdefault(says[path], []).append(path)
    return {
        file: f"it takes {', '.join(paths[:3])} out of sight: {len(paths):,} in all, not read"
        for file, paths in taken.items()
    }


def _left_lying(base: RepositoryWorld, head: RepositoryWorld) -> dict[str, str]:
    """Give the base's models that lie where they lay, in directories that their dbt project reads no longer."""
    found: dict[str, str] = {}
    now = {project.root: project for project in head.dbt}
    for project in base.dbt:
        after = now.get(project.root)
        paths = {model.path for model in project.models.values() if project.holds(model.path)}
        lying = [
            path
            for path in sorted(paths)
            if head.has_file(path) and after is not None and not after.holds(path)
        ]
        if lying:
            setup = _setup_of(project)
            found[setup] = (
                f"it names the directories of {', '.join(lying[:3])} no longer: {len(lying):,} in all, not read"
            )
            found.update(dict.fromkeys(lying, f"{setup} names its directory no longer"))
    return found


def _turned_off(base: RepositoryWorld, head: RepositoryWorld) -> dict[str, str]:
    """Give the files that set up a dbt project and leave it no model, though the files of its models are there."""
    found: dict[str, str] = {}
    now = {project.root: project for project in head.dbt}
    for project in base.dbt:
        after = now.get(project.root)
        paths = {model.path for model in project.models.values() if model.kind is ModelKind.MODEL}
        lying = [path for path in paths if head.has_file(path)]
        if lying and after and all(model.kind is not ModelKind.MODEL for model in after.models.values()):
            found[_setup_of(project)] = f"it turns off all of the project's models: {len(lying):,}, not read"
    return found


def _setup_of(project: DbtProject) -> str:
    return f"{project.root}/{PROJECT_FILE}".lstrip("/")


def bind(
    base: RepositoryWorld, head: RepositoryWorld, changed: Collection[ChangedFile]
) -> tuple[BoundWorld, BoundWorld, Pairing]:
    """Pair the models of two worlds and make both ready to be asked; the head's go by the names of the base."""
    paths = {path for file in changed for path in file.paths}
    pairing = pair(base, head, candidates(base, head, paths))
    before = BoundWorld(base)
    after = BoundWorld(head, pairing.known_as(base, head))
    for world, bound in ((base, before), (head, after)):
        world.watch_columns(bound.columns)
    pairing = renamed(before, after, pairing)
    after = BoundWorld(head, pairing.known_as(base, head))
    head.watch_columns(after.columns)
    found, hidden = origins(base, head, pairing, paths)
    return before, after, replace(pairing, origins=found, hidden=hidden)


def touched(before: BoundWorld, after: BoundWorld, pairing: Pairing) -> Iterator[str]:
    """Give the keys whose own text or declaration differs, by their key at the head where they are there."""
    yield from pairing.added
    yield from pairing.removed
    for old, new in pairing.same:
        if not is_untouched(before.worded(old), after.worded(new)):
            yield new


def reading_of(config: Config) -> Reading:
    """Take from the configuration what says how to read the repository. Raises UsageError for a kind of reader that there is not."""
    names = [kind.name for kind in KINDS]
    unknown = [name for name in config.readers.off if name not in names]
    if unknown:
        raise UsageError(
            f"nothing was judged: `readers.off` names {unknown[0]!r}, which is no kind of reader",
            f"the kinds are {', '.join(names)}",
        )
    return Reading(
        dialect=sqlglot_dialect(config.dialect) if config.dialect else None,
        dialects=config.dialects,
        paths=config.paths,
        ignore=config.ignore,
        readers=config.readers,
        variables=config.vars,
        environment=config.env,
    )


def catalog_names(worlds_of: Sequence[RepositoryWorld], config: Config) -> CatalogNames:
    """Say what the catalog calls what the repository makes; of two worlds the first says more."""
    models = {key: model for world in reversed(worlds_of) for key, model in world.models.items()}
    made_by_dbt = (ModelKind.MODEL, ModelKind.SEED, ModelKind.SNAPSHOT, ModelKind.SOURCE)
    return CatalogNames(
        made_up=tuple(dict.fromkeys(word for world in worlds_of for word in world.made_up())),
        target=config.target,
        renamed={name.lower(): value for name, value in config.catalog_names.items()},
        ids={
            model.relation: key
            for key, model in models.items()
            if model.relation is not None and model.kind in made_by_dbt and not key.startswith("file:")
        },
    )
