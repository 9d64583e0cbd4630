"""The repository's own models as a graph of who reads whom, so that the walk over a catalog's lineage answers without one."""

from collections.abc import Sequence
from dataclasses import replace

from contract_gate.app.lineage_report import FileLineage
from contract_gate.app.statements import model_lineage, own_lineage
from contract_gate.catalogs.catalog import Asset, Way
from contract_gate.catalogs.graph import Graph, key_of
from contract_gate.compare.bound import BoundModel, BoundWorld, is_declared
from contract_gate.core.relation import RelationName
from contract_gate.core.world import Model, is_called, meant
from contract_gate.sql.algebra import Problem
from contract_gate.sql.stack import deep_stack
from contract_gate.workspace.repository import RepositoryWorld


def own_graph(world: RepositoryWorld, way: Way = Way.DOWNSTREAM) -> tuple[Graph, tuple[str, ...]]:
    """Bind every model and reader, and give who reads whom (upstream: who is made from whom), with those that can't be read.

    Readers in files of other kinds (scripts, notebooks, dashboards) are looked for under every relation's name. One that can't be read is a reader of every relation that its text names: it may be more than it is, never less.
    """
    return deep_stack(lambda: _Builder(world).graph(way))


def lineage_of_models(world: RepositoryWorld, names: Sequence[str]) -> tuple[FileLineage, ...]:
    """Give what the models that a person means read and make, one file each: rendered, and with the columns that others tell."""
    bound = BoundWorld(world)
    world.watch_columns(bound.columns)
    with_sql = {key: model for key, model in world.models.items() if not is_declared(model)}
    return deep_stack(lambda: tuple(_lineage(key, bound) for key in meant(names, with_sql)))


def _lineage(key: str, world: BoundWorld) -> FileLineage:
    bound = world.bound(key)
    lineage = replace(model_lineage(key, bound, world), path=bound.model.path)
    problems = tuple(replace(one, line=bound.rendered.source_line(one.line)) for one in lineage.problems)
    if bound.reason is not None and not problems:
        problems = (Problem(kind="unsupported", message=bound.reason, line=bound.line or 1),)
    made = bound.model.relation
    if made is None or lineage.targets:
        return replace(lineage, problems=problems)
    # A bare query: what runs the model makes the relation of it.
    statements = tuple(
        replace(one, targets=(made,), columns=tuple(replace(edge, target=made) for edge in one.columns))
        for one in lineage.statements
    )
    return replace(lineage, targets=(made,), statements=statements, problems=problems)


class _Builder:
    def __init__(self, world: RepositoryWorld) -> None:
        self._world, self._bound = world, BoundWorld(world)
        world.watch_columns(self._bound.columns)
        self._assets: dict[str, Asset] = {}
        self._columns: dict[str, dict[str, None]] = {}
        self._edges: set[tuple[str, str]] = set()
        self._stars: set[tuple[str, str]] = set()
        """Statements that read a table through `*`, which means all columns that are known in the end."""

    def graph(self, way: Way) -> tuple[Graph, tuple[str, ...]]:
        self._world.readers(set(self._world.models))
        unread = {key: self._add(key) for key in sorted(self._world.models)}
        self._edges.update(
            (column, reader) for table, reader in self._stars for column in self._columns[table]
        )
        self._suspect({key for key, reason in unread.items() if reason})
        readers: dict[str, list[str]] = {key: [] for key in self._assets}
        for above, below in sorted(self._edges):
            start, end = (above, below) if way is Way.DOWNSTREAM else (below, above)
            readers[start].append(end)
        found = {
            one.relation: self._assets[self._asset(key)]
            for key, one in self._world.models.items()
            if one.relation is not None
        }
        graph = Graph(
            found=found,
            assets=self._assets,
            columns={key: tuple(columns) for key, columns in self._columns.items()},
            readers={key: tuple(ends) for key, ends in readers.items()},
            way=way,
        )
        problems = [f"{self._world.models[key].path}: {reason}" for key, reason in unread.items() if reason]
        return graph, tuple(dict.fromkeys(problems))

    def _add(self, key: str) -> str | None:
        """Add a model with what it reads; give why it can't be read, None where it can."""
        bound = self._bound.bound(key)
        reader = self._asset(key)
        shape = self._bound.shape(key)
        for column in shape.columns if shape is not None else ():
            self._column(reader, column.name)
        for other in bound.uses | set(bound.model.depends_on):
            if other in self._world.models:
                self._edges.add((self._asset(other), reader))
        if bound.model.relation is not None and bound.definition is not None:
            self._add_columns(key, bound, bound.model.relation, reader)
        else:
            self._edges.update((self._foreign(name), reader) for name in bound.foreign)
            if bound.model.makes_nothing:
                return self._add_reads(bound, reader)
        is_unread = bound.definition is None and not is_declared(bound.model)
        return (bound.reason or "it can't be read") if is_unread else None

    def _add_reads(self, bound: BoundModel, reader: str) -> str | None:
        """Add what statements that make nothing read; give why they can't be read, None where they can."""
        for read in bound.reads:
            table = self._foreign(read.relation)
            self._edges.add((table, reader))
            if read.column_name is not None:
                self._edges.add((self._column(table, read.column_name), reader))
            elif read.star:
                self._stars.add((table, reader))
        # A name in it may mean each of these.
        self._edges.update((self._asset(key), reader) for key in bound.rivals if key in self._world.models)
        problem = next(iter(bound.script.problems), None)
        return bound.rendered.problem or (problem.message if problem is not None else None)

    def _add_columns(self, key: str, bound: BoundModel, relation: RelationName, reader: str) -> None:
        lineage = own_lineage(key, bound, relation, self._bound)
        values: set[str] = set()
        for column, upstream in lineage.columns.items():
            for name, part in upstream:
                above = self._foreign(name)
                values.add(self._column(above, part) if part != "*" else above)
                ends = (
                    (self._column(above, part), self._column(reader, column))
                    if part != "*"
                    else (above, reader)
                )
                self._edges.add(ends)
        self._edges.update((self._foreign(name), reader) for name in lineage.sources)
        for read in bound.reads:
            if read.column_name is not None and read.relation in lineage.sources:
                source = self._column(self._foreign(read.relation), read.column_name)
                if source not in values:
                    # Filtered, joined or grouped by: whoever reads any column of the model reads this one too.
                    self._edges.add((source, reader))

    def _suspect(self, unread: set[str]) -> None:
        for key, model in self._world.models.items() if unread else ():
            if model.relation is not None:
                named = self._world.readers({key}) & unread
                self._edges.update((self._asset(key), self._asset(other)) for other in named - {key})

    def _asset(self, key: str) -> str:
        model = self._world.models[key]
        relation = self._bound.relation(key)
        identity = key if relation is None else str(relation)
        return self._keep(_asset(model, identity, relation))

    def _foreign(self, name: RelationName) -> str:
        """Give the relation of this name, which no model may make."""
        return self._keep(Asset(id=str(name), kind="table", name=name.name, title_full=str(name)))

    def _keep(self, asset: Asset) -> str:
        key = key_of(asset.id)
        known = self._assets.setdefault(key, asset)
        if known.inside is None and asset.inside is not None:
            self._assets[key] = asset
        if asset.kind == "table":
            self._columns.setdefault(key, {})
        return key

    def _column(self, table: str, name: str) -> str:
        key = f"{table}.{key_of(name)}"
        self._assets.setdefault(key, Asset(id=key, kind="column", name=name, parent=table))
        self._columns[table][key] = None
        return key


def _asset(model: Model, identity: str, relation: RelationName | None) -> Asset:
    made = Asset(
        id=identity,
        kind=model.noun or model.kind.noun,
        name=model.name,
        url=model.url,
        owners=model.owners,
        inside=model.path,
    )
    return made if relation is None else replace(made, kind="table", title_full=str(relation))


def named(graph: Graph, names: Sequence[str]) -> tuple[Asset, ...]:
    """Give what a person means: of `names` (a name, relation or path each) the first that any asset but a column has counts."""
    assets = [one for one in graph.assets.values() if one.kind != "column"]
    found = (
        tuple(one for one in assets if is_called(name, one.shown, one.name, one.id, one.inside or ""))
        for name in names
    )
    chosen = next((some for some in found if some), ())
    # What a model makes goes before what only others' SQL names.
    return tuple(one for one in chosen if one.inside is not None) or chosen
