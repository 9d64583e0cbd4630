"""The two sides of a pull request: the worlds of base and head, their models paired and ready to be asked.

What differs between the pairs, and whom it hits, is for `changes` and `impact` to say.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from contract_gate.app.sight import out_of_sight
from contract_gate.catalogs.names import CatalogNames
from contract_gate.compare.bound import BoundWorld
from contract_gate.compare.changes.head import HeadWorld, matched_by_meaning
from contract_gate.compare.changes.relations import Pairing, pair
from contract_gate.compare.changes.writers import written_elsewhere
from contract_gate.compare.impact.propagation import is_untouched
from contract_gate.core.errors import UsageError
from contract_gate.core.models import outlines
from contract_gate.core.progress import step
from contract_gate.core.relation import RelationName
from contract_gate.core.world import ModelKind
from contract_gate.edge.config import Config
from contract_gate.edge.git import ChangedFile, Repository, Revision, Revisions
from contract_gate.workspace.artifacts import adopt, learned_from, match
from contract_gate.workspace.candidates import candidates
from contract_gate.workspace.dbt.adapters import Spot
from contract_gate.workspace.dialects import sqlglot_dialect
from contract_gate.workspace.jinja.replies import Replies
from contract_gate.workspace.layout import Layout
from contract_gate.workspace.manifests import NamedManifest, find_left
from contract_gate.workspace.origins import origins
from contract_gate.workspace.readers.kinds import KINDS
from contract_gate.workspace.reading import Reading, layout_at, read_repository
from contract_gate.workspace.refusals import refused
from contract_gate.workspace.repository import RepositoryWorld
from contract_gate.workspace.tree import Tree


@contextmanager
def worlds(
    repository: Repository,
    revisions: Revisions,
    config: Config,
    manifests: Iterable[NamedManifest] = (),
    consumers: Mapping[str, bytes] = MappingProxyType({}),
    replies: Replies | None = None,
) -> Iterator[tuple[RepositoryWorld, RepositoryWorld]]:
    """Open the worlds of base and head, as the configuration says to read them, with what dbt's artifacts tell of them.

    GitError where git fails, UsageError for a manifest that is not of its side and a dialect that nobody knows.
    """
    changed = repository.changed_files(revisions.base, revisions.head)
    edited = frozenset(path for file in changed for path in file.paths)
    reading = replace(reading_of(config), consumers=consumers, replies=replies or Replies(), edited=edited)
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
            adopt(base, head, matched, edited)
        head.refuse(out_of_sight(repository, revisions, base, head, changed))
        yield base, head


def bind(
    base: RepositoryWorld, head: RepositoryWorld, changed: Collection[ChangedFile]
) -> tuple[BoundWorld, HeadWorld, Pairing]:
    """Pair the models of two worlds and make both ready to be asked; the head's go by the names of the base."""
    paths = {path for file in changed for path in file.paths}
    pairing = pair(base, head, candidates(base, head, paths))
    before = BoundWorld(base)
    after = HeadWorld(head, before, pairing)
    for world, bound in ((base, before), (head, after)):
        world.watch_columns(bound.columns)
    after, pairing = matched_by_meaning(before, after, pairing, lambda side: head.watch_columns(side.columns))
    found, hidden = origins(base, head, pairing, paths)
    written = tuple(written_elsewhere(before, after, paths))
    known = {new for _, new in pairing.same}
    same = (*pairing.same, *((key, key) for key in dict(written) if key not in known and key in base.models))
    pairing = replace(pairing, same=same, written=written)
    return before, after, replace(pairing, origins=found, hidden=hidden, refused=refused(base, head, paths))


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
        spot=Spot(database=config.target.database, schema=config.target.schema),
        variables=config.vars,
        environment=config.env,
    )


def catalog_names(worlds_of: Sequence[RepositoryWorld], config: Config) -> CatalogNames:
    """Say what the catalog calls what the repository makes; of two worlds the first says more."""

    @cache
    def ids() -> Mapping[RelationName, str]:
        """A large repository has fifty thousand, and a run without a catalog asks for none."""
        of_dbt = {
            one.key: one
            for world in reversed(worlds_of)
            for project in reversed(world.dbt)
            for one in outlines(project.models)
            if one.kind is not ModelKind.FUNCTION
        }
        return {one.relation: key for key, one in of_dbt.items() if one.relation is not None}

    return CatalogNames(
        made_up=tuple(dict.fromkeys(word for world in worlds_of for word in world.made_up())),
        target=config.target,
        renamed={name.lower(): value for name, value in config.catalog_names.items()},
        id_of=lambda relation: ids().get(relation),
        given={f"env.{name}": value for name, value in config.env.items() if value},
    )
