"""CREATE: the relation that it makes, the columns that it declares and the query that it holds."""

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.relation import Column
from contract_gate.sql.algebra import Query
from contract_gate.sql.families import POSTGRES
from contract_gate.sql.given import is_closed, output_columns
from contract_gate.sql.keys import NeedKind, TableConstraint
from contract_gate.sql.names import is_script_local
from contract_gate.sql.query.binding import Binding, type_text
from contract_gate.sql.query.fields import fields_of_node
from contract_gate.sql.query.outputs import rename_outputs
from contract_gate.sql.query.queries import bind_ctes
from contract_gate.sql.query.typenames import known_type
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.statement.constraints import (
    declared_constraints,
    key_columns,
    partitioning,
    properties_of,
)
from contract_gate.sql.statement.holding import SchemaRelation, unkeyed
from contract_gate.sql.statement.indexing import check_declared, read_index, stored_by
from contract_gate.sql.statement.procedures import bind_procedure
from contract_gate.sql.statement.routines import ROUTINE_KINDS, bind_routine
from contract_gate.sql.statement.triggers import TRIGGERS, bind_trigger
from contract_gate.sql.types import is_integer

RELATION_KINDS = frozenset(
    {"TABLE", "VIEW", "MATERIALIZED VIEW", "DYNAMIC TABLE", "STREAMING TABLE", "EXTERNAL TABLE"}
)
_ELSEWHERE = (exp.UsingTemplateProperty, exp.ExternalProperty)
"""Properties that bring columns which the statement does not list."""


_NUMBERING = (exp.GeneratedAsIdentityColumnConstraint, exp.AutoIncrementColumnConstraint)


def bind_create(binding: Binding, node: exp.Create) -> Iterator[BoundStatement]:
    """Bind a CREATE; what makes no relation is `other`, with what it reads."""
    kind = str(node.args.get("kind") or "").upper()
    table = node.this.this if isinstance(node.this, exp.Schema) else node.this
    if kind in ROUTINE_KINDS:
        yield from bind_routine(binding, node)
        return
    if kind == "PROCEDURE":
        yield from bind_procedure(binding, node)
        return
    if kind in TRIGGERS:
        yield from bind_trigger(binding, node)
        return
    if isinstance(node.this, exp.Index):
        yield read_index(
            binding, node.this, is_unique=bool(node.args.get("unique")), is_late=bool(node.args.get("exists"))
        )
        return
    if kind not in RELATION_KINDS or not isinstance(table, exp.Table):
        source = node.args.get("expression")
        # A model of BigQuery ML is trained on a query.
        query = binding.subquery(source, {}, None) if isinstance(source, exp.Query) else None
        yield BoundStatement(kind="other" if query is None else "select", query=query)
        return
    yield from _bound_relation(binding, node, kind, table)


def _bound_relation(
    binding: Binding, node: exp.Create, kind: str, table: exp.Table
) -> Iterator[BoundStatement]:
    schema = node.this if isinstance(node.this, exp.Schema) else None
    properties = node.args.get("properties")
    flags = {type(item) for item in properties_of(node)}
    query, columns, closed = _rows(binding, node, schema, properties)
    target = binding.relation(table) if exp.TemporaryProperty in flags else binding.creation(table)
    constraints = declared_constraints(binding, schema.expressions if schema is not None else ())
    constraints += partitioning(binding, properties)
    _ask_parent(binding, properties)
    lists_all = closed and not flags & set(_ELSEWHERE)
    made = tuple(output_columns(query).values()) if query is not None and is_closed(query) else columns
    if made and lists_all and (query is None or is_closed(query)):
        check_declared(binding, node, made, target)
    if lists_all and query is None:
        _check_itself(
            binding, node, SchemaRelation(name=target, columns=columns, closed=True, constraints=constraints)
        )
    yield BoundStatement(
        kind="create",
        targets=(target,),
        query=query,
        columns=_with_keys(columns, constraints, binding.dialect),
        constraints=constraints,
        closed=lists_all,
        temporary=exp.TemporaryProperty in flags or is_script_local(target, binding.dialect),
        materialization="materialized view" if exp.MaterializedProperty in flags else kind.lower(),
        overwrite=bool(node.args.get("replace")),
        if_exists=bool(node.args.get("exists")),
        is_late=kind.endswith("VIEW")
        and (binding.dialect == "sqlite" or bool(node.args.get("no_schema_binding"))),
        mode=_stored(node, query is not None, closed, binding.dialect),
        keyed=stored_by(binding, node),
        is_like=node.find(exp.LikeProperty, exp.InheritsProperty, exp.PartitionedOfProperty) is not None,
    )
    to = next((each for each in properties_of(node) if isinstance(each, exp.ToTableProperty)), None)
    if to is not None and isinstance(to.this, exp.Table) and query is not None:
        # ClickHouse: the view only moves rows; they are stored in the table that it names.
        yield BoundStatement(kind="insert", targets=(binding.relation(to.this),), query=query, by_name=True)


def _check_itself(binding: Binding, node: exp.Create, made: SchemaRelation) -> None:
    """A foreign key to the table itself needs a key that the same statement declares."""
    for each in made.constraints:
        text = unkeyed(each, made, binding.dialect) if each.refers == made.name else None
        if text is not None:
            binding.report("unkeyed", text, node, True, relations=(made.name,))


def _ask_parent(binding: Binding, properties: object) -> None:
    """PARTITION OF asks for a table that is partitioned, and by what its bounds are written for."""
    of = properties.find(exp.PartitionedOfProperty) if isinstance(properties, exp.Properties) else None
    if of is None or not isinstance(of.this, exp.Table):
        return
    bounds = of.args.get("expression")
    kinds = {"from_expressions": "RANGE", "this": "LIST"}
    named = (
        how
        for slot, how in kinds.items()
        if isinstance(bounds, exp.PartitionBoundSpec) and bounds.args.get(slot)
    )
    shape = binding.stored(binding.relation(of.this))
    relation = shape.name if shape is not None else binding.relation(of.this)
    binding.ask(NeedKind.PARTITION, relation, of.this, name=next(named, ""))


def _with_keys(
    columns: tuple[Column, ...], constraints: tuple[TableConstraint, ...], dialect: str
) -> tuple[Column, ...]:
    """A key's columns take no NULL. In SQLite they may, and one whole number is filled, whatever it is declared as.

    https://www.sqlite.org/lang_createtable.html#the_primary_key
    """
    keys = key_columns(constraints)
    if dialect == "sqlite":
        return tuple(
            replace(column, nullable=None, required=False)
            if {column.name} == keys and is_integer(column.type or "")
            else column
            for column in columns
        )
    return tuple(
        replace(column, nullable=False, required=True) if column.name in keys else column
        for column in columns
    )


def declared_names(binding: Binding, schema: exp.Expr | None) -> tuple[str, ...]:
    """Give the column names that a schema (or a column list) holds; anything else has none."""
    names = []
    for item in schema.expressions if isinstance(schema, exp.Schema) else ():
        identifier = item.this if isinstance(item, exp.ColumnDef) else item
        if isinstance(identifier, exp.Identifier):
            names.append(binding.name(identifier))
    return tuple(names)


def declared_columns(binding: Binding, schema: exp.Schema | None) -> tuple[Column, ...]:
    """Give the columns that a schema declares with their types."""
    items = schema.expressions if schema is not None else ()
    return tuple(declared_column(binding, item) for item in items if isinstance(item, exp.ColumnDef))


def declared_column(binding: Binding, item: exp.ColumnDef) -> Column:
    """Give one declared column."""
    kind = item.args.get("kind")
    # not `c.kind`: the compiled property raises TypeError for a foreign key that follows in the same ALTER
    constraints = [
        c.args.get("kind") for c in item.args.get("constraints") or () if isinstance(c, exp.ColumnConstraint)
    ]
    required = any(
        (isinstance(c, exp.PrimaryKeyColumnConstraint) and binding.dialect != "sqlite")
        or (isinstance(c, exp.NotNullColumnConstraint) and not c.args.get("allow_null"))
        for c in constraints
    )
    computed = item.find(exp.ComputedColumnConstraint, *_NUMBERING) or item.find(exp.DefaultColumnConstraint)
    meant = known_type(binding, kind) if isinstance(kind, exp.DataType) else None
    column = Column(
        name=binding.name(item.this),
        type=type_text(meant, binding.dialect) if meant is not None else None,
        fields=fields_of_node(meant, binding.dialect) if meant is not None else None,
        nullable=False if required else None,
        required=required,
        computed=computed.sql(dialect=binding.dialect or None) if computed is not None else None,
    )
    numbered = _SERIALS.get(column.type or "") if binding.dialect in POSTGRES else None
    if numbered is None:
        return column
    return replace(
        column, type=numbered, nullable=False, required=True, computed=column.computed or _NUMBERED
    )


_SERIALS = {"SMALLSERIAL": "SMALLINT", "SERIAL": "INT", "BIGSERIAL": "BIGINT"}
_NUMBERED = "GENERATED BY DEFAULT AS IDENTITY"
"""What SERIAL means, but for the name of its sequence. https://www.postgresql.org/docs/current/datatype-numeric.html"""


def _rows(
    binding: Binding, node: exp.Create, schema: exp.Schema | None, properties: exp.Expr | None
) -> tuple[Query | None, tuple[Column, ...], bool]:
    """Give the query, the declared columns, and whether these are all."""
    source = node.args.get("expression")
    columns = declared_columns(binding, schema)
    for asked in properties.find_all(exp.UsingTemplateProperty) if properties is not None else ():
        for inner in asked.find_all(exp.Query, bfs=False):
            if inner.find_ancestor(exp.Query) is None:
                binding.subquery(inner, {}, None)
    clone = node.args.get("clone")
    if isinstance(source, (exp.Query, exp.Subquery, exp.Values, exp.Pivot)):
        query = binding.subquery(source, bind_ctes(binding, node, {}, None), None)
        return rename_outputs(binding, query, declared_names(binding, schema), node), columns, True
    if isinstance(source, exp.Table):
        return binding.subquery(source, {}, None), columns, True
    if source is not None:
        binding.report("unsupported", "what this CREATE takes its rows from is not understood", node)
    if clone is not None and isinstance(clone.this, exp.Table):
        return binding.subquery(clone.this, {}, None), columns, True
    if properties is not None:
        for partition in properties.find_all(exp.PartitionedByProperty):
            # Hive: what a table is partitioned by are columns of their own.
            if isinstance(partition.this, exp.Schema):
                columns += declared_columns(binding, partition.this)
    return (None, *_with_likes(binding, node, columns))


_PLACES = (exp.LocationProperty, exp.ExternalProperty, exp.UsingTemplateProperty)
_FORMATS = (
    exp.FileFormatProperty,
    exp.RowFormatDelimitedProperty,
    exp.RowFormatSerdeProperty,
    exp.OptionsProperty,
)
_KEEPING = frozenset({"mergetree", "log", "stripelog", "tinylog", "memory"})
_NO_ROWS = frozenset({"description", "friendly_name", "labels", "comment", "tags"})


def _stored(node: exp.Create, has_query: bool, closed: bool, dialect: str) -> str:
    """Spell what else decides a table's rows and columns: files elsewhere, an engine that merges or fetches rows, and a
    pattern whose columns are not known.
    """
    items = properties_of(node)
    chosen = _merging(items) if dialect == "clickhouse" else []
    if not has_query:
        chosen += _outside(items)
        chosen += node.find_all(exp.LikeProperty) if not closed else []
    texts = sorted(item.sql(dialect=dialect or None).strip() for item in chosen)
    return f"a table {', '.join(texts)}" if texts else ""


def _outside(items: list[exp.Expr]) -> list[exp.Expr]:
    if not any(isinstance(item, _PLACES) or item.name.lower() == "external_location" for item in items):
        return []
    return [
        item
        for item in items
        if isinstance(item, (*_PLACES, *_FORMATS))
        or (type(item) is exp.Property and item.name.lower() not in _NO_ROWS)
    ]


def _merging(items: list[exp.Expr]) -> list[exp.Expr]:
    """ClickHouse: MergeTree and the logs keep every row as it was inserted; all others merge or fetch them.

    https://clickhouse.com/docs/engines/table-engines
    """
    engine = next(
        (item.this.name.lower() for item in items if isinstance(item, exp.EngineProperty)), "mergetree"
    )
    if engine.removeprefix("replicated").removeprefix("shared") in _KEEPING:
        return [item for item in items if isinstance(item, exp.MergeTreeTTL)]
    return [item for item in items if isinstance(item, (exp.EngineProperty, exp.MergeTreeTTL, exp.Order))]


def _with_likes(
    binding: Binding, node: exp.Create, columns: tuple[Column, ...]
) -> tuple[tuple[Column, ...], bool]:
    """`LIKE t`, `INHERITS (t)`, `PARTITION OF t`: the columns of t, as far as they are known."""
    closed = True
    for like in node.find_all(exp.LikeProperty, exp.InheritsProperty, exp.PartitionedOfProperty):
        for table in like.expressions if isinstance(like, exp.InheritsProperty) else [like.this]:
            name = binding.relation(table)
            shape = binding.stored(name)
            # What is added to a parent of the same script later is the child's, too.
            is_whole = isinstance(like, exp.LikeProperty) or name not in binding.made
            closed = closed and shape is not None and shape.closed and is_whole
            columns = (*(shape.columns if shape is not None else ()), *columns)
    return tuple({column.name: column for column in columns}.values()), closed
