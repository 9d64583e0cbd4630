"""What an index, a key, a check, a computed column or a clustering names of its table: where that goes it can't be made."""

import re
from collections.abc import Iterable, Iterator

from sqlglot import exp

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Scan, Source
from contract_gate.sql.keys import INDEX, UNIQUE, TableConstraint
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Scope, Visible
from contract_gate.sql.query.sources import add_source
from contract_gate.sql.query.terms import to_term
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.statement.constraints import CLUSTERED, properties_of


def read_index(binding: Binding, node: exp.Index, *, is_unique: bool, is_late: bool) -> BoundStatement:
    """Hold the columns that an index names against its table; `is_late`: it is made only where there is none."""
    table, parameters = node.args["table"], node.args["params"]
    _read(binding, table, _of_index(parameters))
    name = binding.name(node.this) if isinstance(node.this, exp.Identifier) else None
    columns = frozenset(_names(binding, _of_index(parameters)))
    plain = all(
        isinstance(part_of_key(each), (exp.Column, exp.Identifier))
        for each in parameters.args.get("columns") or ()
    )
    where = parameters.args.get("where")
    of = f"({', '.join(sorted(_names(binding, _of_index(parameters, 'columns'))))})"
    if is_unique and not (plain and not where):
        of = f"INDEX {parameters.sql(dialect=binding.dialect or None).strip()}"
    made = TableConstraint(
        text=f"{UNIQUE if is_unique else INDEX} {of}",
        columns=columns,
        name=name,
        refers=binding.existing(table),
        keys=tuple(sorted(_names(binding, _of_index(parameters, "columns", "where")))),
    )
    return BoundStatement(kind="index", constraints=(made,), if_exists=is_late)


def stored_by(binding: Binding, node: exp.Create) -> frozenset[str]:
    """Give the columns that the rows of a table are partitioned, clustered, distributed or sorted by."""
    parts = [part for item in properties_of(node) for part in (*_constrained(item), *_declared_parts(item))]
    return frozenset(binding.name(found) for part in parts for found in part.find_all(exp.Identifier))


def _declared_parts(item: exp.Expr) -> list[exp.Expr]:
    """Hive and Spark list the columns that they partition by, some of them with a type."""
    if not isinstance(item, exp.PartitionedByProperty) or not isinstance(item.this, exp.Schema):
        return []
    return [each.this if isinstance(each, exp.ColumnDef) else each for each in item.this.expressions]


def read_constrained(binding: Binding, node: exp.Alter, table: exp.Table, action: exp.Expr) -> None:
    """Hold the columns that a constraint, a clustering or a new column names against the table that gets it."""
    added = {binding.name(each.this) for each in node.args["actions"] if isinstance(each, exp.ColumnDef)}
    named = [item for item in _constrained(action) if not _names_any(binding, item, added)]
    if isinstance(action, exp.ColumnDef) and isinstance(action.this, exp.Identifier):
        behind = action.args.get("position")
        parts = [
            *_of_column(binding, action),
            behind.this if isinstance(behind, exp.ColumnPosition) else None,
        ]
        named += [
            part for part in parts if isinstance(part, exp.Expr) and not _names_any(binding, part, added)
        ]
    if not named:
        return
    count = len(binding.reads)
    _read(binding, table, named)
    if binding.existing(table) in binding.made:
        # The script itself makes the table: it reads nothing of others.
        del binding.reads[count:]


def check_declared(
    binding: Binding, node: exp.Create, columns: Iterable[Column], target: RelationName
) -> None:
    """Say which columns the keys, checks, computed columns, clusterings and policies of a CREATE name that it does not have."""
    schema = node.this if isinstance(node.this, exp.Schema) else None
    items = schema.expressions if schema is not None else []
    if any(not isinstance(item, (exp.ColumnDef, exp.Identifier, *_CONSTRAINTS)) for item in items):
        return  # a column in a form that nobody knows may be among them
    named = [part for item in (*items, *properties_of(node)) for part in _constrained(item)]
    named += [part for item in items if isinstance(item, exp.ColumnDef) for part in _of_column(binding, item)]
    if named:
        _read_itself(binding, target, {column.name: column for column in columns}, named)


def _read_itself(
    binding: Binding, target: RelationName, columns: dict[str, Column], named: Iterable[exp.Expr]
) -> None:
    """Read expressions over a table that is just being made; it reads nothing of others, but the functions that it calls."""
    scan = Scan(name=target, known=tuple(columns.values()), closed=True)
    source = Source(id=binding.next_id(), relation=scan, alias=target.name)
    visible = Visible(source, target.name, (target.parts,), columns, closed=True)
    reads, problems = len(binding.reads), len(binding.problems)
    place = Place(binding, {}, Scope(binding.dialect, sources=[visible]))
    read_expressions(named, place)
    del binding.reads[reads:]
    found = binding.problems[problems:]
    binding.problems[problems:] = [each for each in found if each.name or each.kind == "argument-count"]


_CONSTRAINTS = (
    exp.Constraint,
    exp.PrimaryKey,
    exp.ForeignKey,
    exp.UniqueColumnConstraint,
    exp.CheckColumnConstraint,
    exp.IndexColumnConstraint,
)


def _read(binding: Binding, table: exp.Table, items: Iterable[exp.Expr]) -> None:
    place = Place(binding, {}, Scope(binding.dialect))
    add_source(table, "from", place)
    binding.scanned.clear()  # it reads no rows that a lineage could show
    read_expressions(items, place)


def read_expressions(items: Iterable[exp.Expr], place: Place) -> None:
    """Read expressions for the names in them; a name alone is a column."""
    for item in items:
        to_term(exp.Column(this=item.copy()) if isinstance(item, exp.Identifier) else item, place)


def _names(binding: Binding, parts: Iterable[exp.Expr]) -> set[str]:
    return {binding.name(found) for part in parts for found in part.find_all(exp.Identifier)}


def _of_index(parameters: exp.Expr, *slots: str) -> Iterator[exp.Expr]:
    for slot in slots or ("columns", "include", "where"):
        given = parameters.args.get(slot)
        for item in given if isinstance(given, list) else [given]:
            inner = item.this if isinstance(item, exp.Where) else item
            if isinstance(inner, exp.Expr):
                yield part_of_key(inner)


_OF_COLUMNS = frozenset({
    "sorted_by", "partitioned_by", "partitioning", "bucketed_by", "orc_bloom_filter_columns", "parquet_bloom_filter_columns",
})  # fmt: skip
_FIRST_NAME = re.compile(r"\s*(?:\w+\s*\(\s*)?(?:\"([^\"]+)\"|(\w+))")


def _written_names(item: exp.Expr) -> list[exp.Expr]:
    """Trino names columns in texts: `sorted_by = ARRAY['day DESC']`, `partitioning = ARRAY['bucket(id, 10)']`."""
    is_partitions = isinstance(item, exp.PartitionedByProperty)
    value = item.this if is_partitions else item.args.get("value")
    if not isinstance(value, exp.Array) or not (is_partitions or item.name.lower() in _OF_COLUMNS):
        return []
    texts = (_FIRST_NAME.match(each.name) for each in value.expressions if isinstance(each, exp.Literal))
    return [
        exp.column(exp.to_identifier(found[1] or found[2], quoted=bool(found[1]))) for found in texts if found
    ]


def _constrained(item: exp.Expr) -> Iterator[exp.Expr]:
    match item:
        case exp.Property() if written := _written_names(item):
            yield from written
        case exp.AddConstraint() | exp.Constraint() | exp.Schema() | exp.AlterSet() | exp.Properties():
            for inner in item.expressions:
                yield from _constrained(inner)
        case exp.DropPartition():
            named = (each.this for part in item.expressions for each in part.expressions)
            yield from (each for each in named if isinstance(each, exp.Column))
        case exp.PrimaryKey() | exp.ForeignKey() | exp.ClusterProperty() | exp.AlterSortKey() | exp.Order():
            yield from map(part_of_key, item.expressions)
        case exp.ClusteredByProperty() | exp.MergeTreeTTL() | exp.RowAccessProperty():
            yield from map(part_of_key, item.expressions)
        case exp.SampleProperty() if isinstance(item.this, exp.Expr):
            yield item.this
        case exp.DistKeyProperty() | exp.SortKeyProperty():
            yield from item.this if isinstance(item.this, list) else [item.this]
        case exp.PartitionByRangeProperty() | exp.PartitionByListProperty():
            yield from item.args.get("partition_expressions") or ()
        case exp.EngineProperty() if item.this.name.lower().endswith("mergetree"):
            # ClickHouse: the version, the sign or the sums of an engine that merges rows.
            yield from (each for each in item.this.expressions if isinstance(each, (exp.Column, exp.Tuple)))
        case exp.IndexColumnConstraint():
            over = item.args.get("expression")
            yield from map(part_of_key, [over] if isinstance(over, exp.Expr) else item.expressions)
        case exp.UniqueColumnConstraint() if isinstance(item.this, exp.Schema):
            yield from map(part_of_key, item.this.expressions)
        case exp.UniqueColumnConstraint() if isinstance(item.this, CLUSTERED):
            yield from map(part_of_key, item.this.this)
        case exp.ExcludeColumnConstraint() if isinstance(item.this, exp.Expr):
            yield from _of_index(item.this)
        case exp.AlterDistStyle() if isinstance(item.this, exp.Column):
            yield item.this
        case exp.PartitionedByProperty():
            # Hive declares here the columns that it partitions by.
            is_list = isinstance(item.this, exp.Schema) or item.this.name.lower() in ("range", "list", "hash")
            parts = [each.copy() for each in item.this.expressions] if is_list else [item.this]
            yield from (part_of_key(each) for each in parts if not isinstance(each, exp.ColumnDef))
        case exp.AlterModifySqlSecurity():
            # ClickHouse: MODIFY ORDER BY and MODIFY TTL
            for clause in item.expressions:
                yield from _constrained(clause)
        case exp.CheckColumnConstraint() if isinstance(item.this, exp.Expr):
            yield item.this
        case exp.Delete() if isinstance(item.args.get("where"), exp.Where):
            yield item.args["where"].this  # ClickHouse deletes by ALTER TABLE
        case _:
            return


def _of_column(binding: Binding, item: exp.ColumnDef) -> Iterator[exp.Expr]:
    """Give the expressions of one column: its check, and what its value is computed from."""
    for holder in item.args.get("constraints") or ():
        kind = holder.args.get("kind") if isinstance(holder, exp.ColumnConstraint) else None
        match kind:
            case exp.CheckColumnConstraint() | exp.ComputedColumnConstraint():
                yield kind.this
            case exp.MaskingPolicyColumnConstraint():
                yield from kind.expressions
            case exp.GeneratedAsIdentityColumnConstraint():
                given = kind.args.get("expression")
                yield from [given] if isinstance(given, exp.Expr) else []
            case exp.DefaultColumnConstraint() if binding.dialect == "clickhouse" or _calls(kind):
                yield kind.this
            case _:
                pass


def _calls(default: exp.Expr) -> bool:
    """A default reads no column of its table elsewhere; the functions that it calls must be there."""
    if default.find(exp.NextValueFor) is not None or (
        isinstance(default.this, exp.Column) and default.this.name.lower() == "nextval" and default.this.table
    ):
        return True
    return calls_function(default)


def calls_function(default: exp.Expr) -> bool:
    """Tell whether a column's default calls a function, and reads nothing."""
    return default.find(exp.Anonymous) is not None and default.find(exp.Column) is None


def part_of_key(item: exp.Expr) -> exp.Expr:
    """Give the column or expression of a key: it may have an order, an operator, or a length that MySQL indexes."""
    if isinstance(item, (exp.Ordered, exp.ColumnPrefix, exp.WithOperator, exp.Opclass)):
        return part_of_key(item.this)
    if isinstance(item, exp.Anonymous) and [part.is_int for part in item.expressions] == [True]:
        # `kind(3)` in CREATE INDEX is a prefix: MySQL asks for parentheses around a call.
        return exp.column(exp.to_identifier(item.name))
    return item


def _names_any(binding: Binding, item: exp.Expr, names: set[str]) -> bool:
    return any(binding.name(part) in names for part in item.find_all(exp.Identifier))
