"""What a model's text says to a catalog: one statement that is fit to be sent, and the lineage that we read from it."""

from collections.abc import Collection, Mapping, Sequence

from contract_gate.app.lineage_report import FileLineage, lineage_of_script
from contract_gate.catalogs.catalog import UNKNOWN, Text
from contract_gate.catalogs.names import CatalogNames
from contract_gate.compare.bound import BoundModel, BoundWorld
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import Model, meant
from contract_gate.sql.algebra import Lookup, Shape
from contract_gate.sql.minimal import Upstream, making, minimal, skeleton
from contract_gate.workspace.repository import RepositoryWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatement:
    """A model as one statement that names its target, without comments.

    `sql` is None where `problem` says why the lineage is not known well enough. `skeleton` is a short statement with the same
    target, sources and column lineage. `sources` are what it reads, `columns` the sources' columns of each of its own; all by
    the repository's names, but for what `in_catalog_names` gives.
    """

    relation: RelationName
    dialect: str
    sql: str | None
    skeleton: str | None
    sources: tuple[RelationName, ...]
    columns: Mapping[str, Upstream]
    problem: str | None


def texts(
    base: RepositoryWorld, head: RepositoryWorld, relations: Collection[RelationName], names: CatalogNames
) -> dict[RelationName, Text]:
    """Give the SQL of relations for a catalog to read, by its `names`: as the head has it, and as the base had what the head has not."""
    sides: list[tuple[BoundWorld, Mapping[RelationName, str]]] = []
    for world in (head, base):
        # What is sent goes by each side's own names, not by those that the sides are compared by.
        bound = BoundWorld(world)
        world.watch_columns(bound.columns)
        made = {model.relation: key for key, model in world.models.items() if model.kind.is_built}
        sides.append((bound, {name: key for name, key in made.items() if name is not None}))
    found: dict[RelationName, Text] = {}
    for relation in relations:
        after, before = (
            statement_of(keys[relation], bound) if relation in keys else None for bound, keys in sides
        )
        text = _text(after, before, names)
        if text is not None:
            found[relation] = text
    return found


def _text(after: ModelStatement | None, before: ModelStatement | None, names: CatalogNames) -> Text | None:
    own = after or before
    if own is None:
        return None
    chosen = in_catalog_names(own, names)
    is_known = before is not None and before.problem is None
    return Text(
        sql=chosen.sql,
        dialect=chosen.dialect,
        skeleton=chosen.skeleton,
        sources=chosen.sources,
        sources_before=tuple(map(names.of, before.sources)) if before is not None and is_known else None,
        default_database=names.target.database,
        default_schema=names.target.schema,
        problem=chosen.problem,
    )


def statement_of(key: str, world: BoundWorld) -> ModelStatement | None:
    """Write a model's statement under the world's own names; None for what makes no relation."""
    bound = world.bound(key)
    relation = bound.model.relation
    if relation is None or is_inlined(bound.model):
        return None
    problem = _problem(bound)
    own = own_lineage(key, bound, relation, world)
    found = _through_inlined(key, own, world, frozenset({key}))
    columns, sources = found.columns, found.sources
    short = skeleton(relation, columns, sources, bound.model.dialect)
    # The text itself reads a relation that is in no database: its catalog would find nothing there.
    sql = short if found.inlined else _sql(bound, relation, short)
    problem = problem or found.problem
    if found.inlined and short is None:
        problem = (
            problem or f"what it reads through the ephemeral {found.inlined[0]} is not known column by column"
        )
    return ModelStatement(
        relation=relation,
        dialect=bound.model.dialect,
        sql=None if problem else sql,
        skeleton=short,
        sources=sources,
        columns=columns,
        problem=problem,
    )


def in_catalog_names(statement: ModelStatement, names: CatalogNames) -> ModelStatement:
    """Put a statement under the catalog's names. Where these are others, or words in it that nobody knows, its skeleton is sent."""
    read = (statement.relation, *statement.sources)
    asked = {name: names.of(name) for name in read}
    named = replace(statement, sources=tuple(asked[name] for name in statement.sources))
    words = dict.fromkeys(word for name in read for word in names.unknown(name))
    other = [name for name in read if names.is_renamed(name)]
    if statement.sql is None or not (words or other):
        return named
    still = [word for name in read for word in names.settings(name) if word in words]
    is_open = any(UNKNOWN in part for name in asked.values() for part in name.parts)
    short = None
    if not still and not is_open:
        columns = {
            column: sorted({(asked.get(name, name), part) for name, part in upstream})
            for column, upstream in statement.columns.items()
        }
        short = skeleton(asked[statement.relation], columns, named.sources, statement.dialect)
    if short is not None:
        return replace(named, sql=short, skeleton=short)
    problem = f"names in its SQL are not known here; what the catalog calls them is said by {', '.join(dict.fromkeys(still) or words)}"
    if not words:
        problem = (
            f"the catalog calls {other[0]} otherwise, and what its SQL reads is not known column by column"
        )
    return replace(named, sql=None, skeleton=None, problem=problem)


def is_inlined(model: Model) -> bool:
    """Tell whether a model makes no relation: what reads it gets its text."""
    return model.materialization == "ephemeral"


def statement_of_file(
    world: RepositoryWorld, paths: Sequence[str], names: CatalogNames
) -> ModelStatement | RelationName | None:
    """Give what the one model of a file (the first of `paths` that is one's) says to a catalog, or its relation where it is inlined.

    None where no model is there, or several.
    """
    built = {key: one for key, one in world.models.items() if one.kind.is_built and one.relation}
    keys = meant(paths, built)
    if len(keys) != 1:
        return None
    bound = BoundWorld(world)
    world.watch_columns(bound.columns)
    found = statement_of(keys[0], bound)
    return in_catalog_names(found, names) if found is not None else world.models[keys[0]].relation


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLineage:
    """What a model reads. `inlined` are the ephemeral relations that it was followed through."""

    columns: Mapping[str, Upstream]
    sources: tuple[RelationName, ...]
    inlined: tuple[RelationName, ...] = ()
    problem: str | None = None


def own_lineage(key: str, bound: BoundModel, relation: RelationName, world: BoundWorld) -> OwnLineage:
    """Tell what the statements that make a relation read, and what each of its columns is made from; ephemeral models as they are."""
    lineage = model_lineage(key, bound, world)
    return OwnLineage(columns=_columns(lineage, relation), sources=_sources(lineage, relation))


def model_lineage(key: str, bound: BoundModel, world: BoundWorld) -> FileLineage:
    """Tell what each statement of a model reads and makes, as it is rendered."""
    return lineage_of_script(bound.script, _lookup(world, key))


def _through_inlined(key: str, own: OwnLineage, world: BoundWorld, passed: frozenset[str]) -> OwnLineage:
    """Follow what is read through ephemeral models to what is stored: no catalog has lineage of the former."""
    inlined: dict[RelationName, OwnLineage] = {}
    for name in own.sources:
        model = world.world.find(name, key)
        if model is not None and is_inlined(model):
            inlined[name] = _inlined(model.key, name, world, passed)
    if not inlined:
        return own
    sources = dict.fromkeys(
        end for name in own.sources for end in (inlined[name].sources if name in inlined else (name,))
    )
    columns: dict[str, Upstream] = {}
    problems = [read.problem for read in inlined.values() if read.problem]
    for column, upstream in own.columns.items():
        ends: set[tuple[RelationName, str]] = set()
        for name, part in upstream:
            if name not in inlined:
                ends.add((name, part))
            elif part in inlined[name].columns:
                ends.update(inlined[name].columns[part])
            else:
                problems.append(f"it is not known what `{part}` of the ephemeral {name} is made from")
        columns[column] = sorted(ends)
    return OwnLineage(
        columns=columns, sources=tuple(sources), inlined=tuple(inlined), problem=next(iter(problems), None)
    )


def _inlined(key: str, name: RelationName, world: BoundWorld, passed: frozenset[str]) -> OwnLineage:
    if key in passed:
        return OwnLineage(columns={}, sources=(), problem=f"the ephemeral {name} reads itself in a circle")
    bound = world.bound(key)
    own = own_lineage(key, bound, bound.model.relation or name, world)
    found = _through_inlined(key, own, world, passed | {key})
    problem = _problem(bound)
    return replace(found, problem=f"the ephemeral {name}: {problem}") if problem else found


def _problem(bound: BoundModel) -> str | None:
    """Say why the lineage of this model is not known well enough to replace what the catalog has."""
    if bound.reason is not None:
        return bound.reason
    if bound.rendered.notes:
        return f"its templates were not all run: {bound.rendered.notes[0]}"
    unread = next((problem for problem in bound.problems if problem.is_unread), None)
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
            if edge.target is None or edge.target.matches(relation):
                upstream = found.setdefault(edge.column, set())
                upstream.update(end for end in edge.upstream if not end[0].matches(relation))
    return {column: sorted(upstream) for column, upstream in found.items()}


def _sources(lineage: FileLineage, relation: RelationName) -> tuple[RelationName, ...]:
    """Give what the statements that make this relation read, itself left out."""
    making_it = [
        s for s in lineage.statements if not s.targets or any(t.matches(relation) for t in s.targets)
    ]
    read = dict.fromkeys(name for statement in making_it for name in statement.sources)
    # Temporary tables of the script are no sources: what they are made from is.
    return tuple(name for name in read if name in lineage.sources and not name.matches(relation))


def _lookup(world: BoundWorld, key: str) -> Lookup:
    def look_up(name: RelationName) -> Shape | None:
        model = world.world.find(name, key)
        return None if model is None else world.shape(model.key)

    return look_up
