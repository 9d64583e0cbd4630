"""The keys, checks and foreign keys that a table declares, in one spelling, whether beside a column or on their own."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.sql.keys import INDEX, PARTITION, TableConstraint
from contract_gate.sql.query.binding import Binding


def properties_of(node: exp.Expr) -> list[exp.Expr]:
    """Give the properties of a CREATE."""
    given = node.args.get("properties")
    return given.expressions if isinstance(given, exp.Properties) else []


CLUSTERED = (exp.ClusteredColumnConstraint, exp.NonClusteredColumnConstraint)
"""How T-SQL stores a key."""


def declared_constraints(binding: Binding, items: Iterable[exp.Expr]) -> tuple[TableConstraint, ...]:
    """Give the constraints among the items of a CREATE TABLE or of an ALTER TABLE … ADD."""
    if binding.dialect == "clickhouse":
        return ()  # PRIMARY KEY is a sparse index there: it refuses no row
    return tuple(found for item in items for found in _of_item(binding, item, None))


def partitioning(binding: Binding, properties: object) -> tuple[TableConstraint, ...]:
    """Give how PostgreSQL's table is partitioned: only such a one takes partitions, and it takes no row that none of them does."""
    given = properties.find(exp.PartitionedByProperty) if isinstance(properties, exp.Properties) else None
    if given is None or binding.dialect != "postgres":
        return ()
    columns = frozenset(binding.name(column.this) for column in given.find_all(exp.Column))
    text = f"{PARTITION} {given.this.sql(dialect='postgres', normalize_functions='upper')}"
    return (TableConstraint(text=text, columns=columns),)


def key_columns(constraints: Iterable[TableConstraint]) -> frozenset[str]:
    """Give the columns of primary keys: they hold no NULL."""
    keys = (each.columns for each in constraints if each.text.startswith("PRIMARY KEY"))
    return frozenset[str]().union(*keys)


def _of_item(binding: Binding, item: exp.Expr, name: str | None) -> Iterator[TableConstraint]:
    match item:
        case exp.ColumnDef():
            column = binding.name(item.this)
            yield from (replace(each, of=column) for each in _of_column(binding, item))
        case exp.Constraint():
            named = binding.name(item.this) if isinstance(item.this, exp.Identifier) else None
            for inner in item.expressions:
                yield from _of_item(binding, inner, named)
        case exp.PrimaryKey():
            yield _key(binding, "PRIMARY KEY", item.expressions, name)
        case exp.UniqueColumnConstraint() if isinstance(item.this, exp.Schema):
            own = item.this.this
            given = binding.name(own) if isinstance(own, exp.Identifier) else name
            yield _key(binding, "UNIQUE", item.this.expressions, given)
        case exp.UniqueColumnConstraint() if isinstance(item.this, CLUSTERED):
            yield _key(binding, "UNIQUE", item.this.this, name)
        case exp.IndexColumnConstraint():
            own = binding.name(item.this) if isinstance(item.this, exp.Identifier) else name
            yield _key(binding, INDEX, item.expressions, own)
        case exp.CheckColumnConstraint():
            yield _check(binding, item, name)
        case exp.ForeignKey():
            yield from _foreign(binding, item.expressions, item.args.get("reference"), name)
        case exp.ExcludeColumnConstraint():
            columns = frozenset(binding.name(column.this) for column in item.find_all(exp.Column))
            yield TableConstraint(text=item.sql(dialect=binding.dialect or None), columns=columns, name=name)
        case _:
            return


def _of_column(binding: Binding, item: exp.ColumnDef) -> Iterator[TableConstraint]:
    for holder in item.args.get("constraints") or ():
        kind = holder.args.get("kind") if isinstance(holder, exp.ColumnConstraint) else None
        named = holder.this if isinstance(holder, exp.ColumnConstraint) else None
        name = binding.name(named) if isinstance(named, exp.Identifier) else None
        match kind:
            case exp.PrimaryKeyColumnConstraint():
                yield _key(binding, "PRIMARY KEY", [item.this], name)
            case exp.UniqueColumnConstraint():
                yield _key(binding, "UNIQUE", [item.this], name)
            case exp.CheckColumnConstraint():
                yield _check(binding, kind, name)
            case exp.Reference():
                yield from _foreign(binding, [item.this], kind, name)
            case exp.CollateColumnConstraint() | exp.CharacterSetColumnConstraint():
                # It decides which texts are equal, and their order.
                column = binding.name(item.this)
                word = "COLLATE" if isinstance(kind, exp.CollateColumnConstraint) else "CHARACTER SET"
                yield TableConstraint(text=f"{word} {kind.this.name} ({column})", columns=frozenset({column}))
            case _:
                pass


def _key(binding: Binding, word: str, items: Iterable[exp.Expr], name: str | None) -> TableConstraint:
    found = [binding.name(part) for item in items for part in item.find_all(exp.Identifier)]
    columns = sorted(dict.fromkeys(found))
    return TableConstraint(text=f"{word} ({', '.join(columns)})", columns=frozenset(columns), name=name)


def _check(binding: Binding, item: exp.Expr, name: str | None) -> TableConstraint:
    inner = item.this.unnest() if isinstance(item.this, exp.Expr) else item
    columns = frozenset(binding.name(column.this) for column in inner.find_all(exp.Column))
    text = inner.sql(dialect=binding.dialect or None, normalize=True)
    return TableConstraint(text=f"CHECK ({text})", columns=columns, name=name)


def _foreign(
    binding: Binding, items: Iterable[exp.Expr], reference: object, name: str | None
) -> Iterator[TableConstraint]:
    columns = [binding.name(part) for item in items for part in item.find_all(exp.Identifier)]
    target = reference.this if isinstance(reference, exp.Reference) else None
    table = target.this if isinstance(target, exp.Schema) else target
    if not isinstance(table, exp.Table):
        return
    relation = binding.mention(binding.relation(table))
    theirs = [
        part
        for item in (target.expressions if isinstance(target, exp.Schema) else ())
        for part in item.find_all(exp.Identifier)
    ]
    binding.read(relation, None, table, reference=True)
    for part in theirs:
        binding.read(relation, binding.name(part), part, reference=True)
    there = ", ".join(binding.name(part) for part in theirs)
    text = f"FOREIGN KEY ({', '.join(columns)}) REFERENCES {relation}" + (f" ({there})" if there else "")
    text += "".join(f" {option}" for option in _options(reference))
    keys = tuple(binding.name(part) for part in theirs)
    yield TableConstraint(text=text, columns=frozenset(columns), name=name, refers=relation, keys=keys)


def _options(reference: object) -> list[str]:
    """Give what a foreign key does when its parent's row goes or changes, where that is something."""
    given = reference.args.get("options") if isinstance(reference, exp.Reference) else None
    said = (str(option).upper() for option in given or ())
    return sorted(option for option in said if option.startswith("ON ") and not option.endswith("NO ACTION"))
