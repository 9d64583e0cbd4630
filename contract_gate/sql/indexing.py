"""What an index, a key, a check or a clustering names of its table: where a column of it goes it can't be made."""

from collections.abc import Iterable, Iterator

from sqlglot import exp

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.binding import Binding
from contract_gate.sql.place import Place
from contract_gate.sql.scope import Scope
from contract_gate.sql.sources import add_source
from contract_gate.sql.terms import to_term


def read_index(binding: Binding, node: exp.Index) -> None:
    """Hold the columns that an index names against its table."""
    table, parameters = node.args.get("table"), node.args.get("params")
    if isinstance(table, exp.Table) and isinstance(parameters, exp.Expr):
        _read(binding, table, _of_index(parameters))


def read_constrained(binding: Binding, node: exp.Alter, table: exp.Table, action: exp.Expr) -> None:
    """Hold the columns that a constraint or a clustering names against the table that gets it."""
    added = {binding.name(each.this) for each in node.args["actions"] if isinstance(each, exp.ColumnDef)}
    named = [item for item in _constrained(action) if not _names_any(binding, item, added)]
    if not named:
        return
    count = len(binding.reads)
    _read(binding, table, named)
    if binding.existing(table) in binding.made:
        # The script itself makes the table: it reads nothing of others.
        del binding.reads[count:]


def check_keys(binding: Binding, schema: exp.Schema, columns: Iterable[Column], target: RelationName) -> None:
    """Say which columns the keys of a CREATE TABLE name that it does not declare."""
    if any(not isinstance(item, (exp.ColumnDef, *_CONSTRAINTS)) for item in schema.expressions):
        return  # a column in a form that nobody knows may be among them
    there = {column.name for column in columns}
    for part in (part for item in schema.expressions for part in _constrained(item)):
        named = part.this if isinstance(part, exp.Column) and not part.table else part
        if isinstance(named, exp.Identifier) and binding.name(named) not in there:
            name = binding.name(named)
            message = f"`{name}` is not a column of `{target}`"
            binding.report("unknown-column", message, named, True, name, (target,))


_CONSTRAINTS = (
    exp.Constraint,
    exp.PrimaryKey,
    exp.ForeignKey,
    exp.UniqueColumnConstraint,
    exp.CheckColumnConstraint,
    exp.IndexColumnConstraint,
)
_CLUSTERED = (exp.ClusteredColumnConstraint, exp.NonClusteredColumnConstraint)


def _read(binding: Binding, table: exp.Table, items: Iterable[exp.Expr]) -> None:
    place = Place(binding, {}, Scope(binding.dialect))
    add_source(table, "from", place)
    binding.scanned.clear()  # it reads no rows that a lineage could show
    for item in items:
        to_term(exp.Column(this=item.copy()) if isinstance(item, exp.Identifier) else item, place)


def _of_index(parameters: exp.Expr) -> Iterator[exp.Expr]:
    for slot in ("columns", "include", "where"):
        given = parameters.args.get(slot)
        for item in given if isinstance(given, list) else [given]:
            inner = item.this if isinstance(item, exp.Where) else item
            if isinstance(inner, exp.Expr):
                yield _part(inner)


def _constrained(item: exp.Expr) -> Iterator[exp.Expr]:
    match item:
        case exp.AddConstraint() | exp.Constraint() | exp.Schema() | exp.AlterSet() | exp.Properties():
            for inner in item.expressions:
                yield from _constrained(inner)
        case exp.PrimaryKey() | exp.ForeignKey() | exp.ClusterProperty() | exp.AlterSortKey():
            yield from map(_part, item.expressions)
        case exp.IndexColumnConstraint():
            over = item.args.get("expression")
            yield from map(_part, [over] if isinstance(over, exp.Expr) else item.expressions)
        case exp.UniqueColumnConstraint() if isinstance(item.this, exp.Schema):
            yield from map(_part, item.this.expressions)
        case exp.UniqueColumnConstraint() if isinstance(item.this, _CLUSTERED):
            yield from map(_part, item.this.this)
        case exp.ExcludeColumnConstraint() if isinstance(item.this, exp.Expr):
            yield from _of_index(item.this)
        case exp.AlterDistStyle() if isinstance(item.this, exp.Column):
            yield item.this
        case exp.PartitionedByProperty() if isinstance(item.this, exp.Schema):
            yield from map(_part, item.this.expressions)
        case exp.AlterModifySqlSecurity():
            # ClickHouse: MODIFY ORDER BY and MODIFY TTL
            for clause in item.expressions:
                if isinstance(clause, (exp.Order, exp.MergeTreeTTL)):
                    yield from map(_part, clause.expressions)
        case exp.CheckColumnConstraint() if isinstance(item.this, exp.Expr):
            yield item.this
        case _:
            return


def _part(item: exp.Expr) -> exp.Expr:
    """Give the column or expression of a key: it may have an order, an operator, or a length that MySQL indexes."""
    if isinstance(item, (exp.Ordered, exp.ColumnPrefix, exp.WithOperator, exp.Opclass)):
        return _part(item.this)
    if isinstance(item, exp.Anonymous) and [part.is_int for part in item.expressions] == [True]:
        # `kind(3)` in CREATE INDEX is a prefix: MySQL asks for parentheses around a call.
        return exp.column(exp.to_identifier(item.name))
    return item


def _names_any(binding: Binding, item: exp.Expr, names: set[str]) -> bool:
    return any(binding.name(part) in names for part in item.find_all(exp.Identifier))
