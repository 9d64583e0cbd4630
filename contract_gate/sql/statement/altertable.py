"""ALTER TABLE, bound: renames of the relation, and what each action does to its columns and constraints."""

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Scan, Shape, Source, Term
from contract_gate.sql.families import TSQL
from contract_gate.sql.keys import TableConstraint
from contract_gate.sql.names import relation_name
from contract_gate.sql.parsing.alterations import may_lose
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Scope, Visible
from contract_gate.sql.query.terms import to_term
from contract_gate.sql.query.typenames import spelled_type
from contract_gate.sql.script import Alteration, BoundStatement, ColumnStep
from contract_gate.sql.statement.constraints import declared_constraints, key_columns
from contract_gate.sql.statement.creations import declared_column, declared_columns
from contract_gate.sql.statement.indexing import calls_function, read_constrained
from contract_gate.sql.statement.widths import shape_of_target


def bind_alter(binding: Binding, node: exp.Alter) -> Iterator[BoundStatement]:
    """Bind one ALTER: a `rename` for a new name of the relation, an `alter` for each other action."""
    table = next(node.this.find_all(exp.Table))
    target = binding.existing(table)
    _remember(binding, target)
    for action in node.args.get("actions") or ():
        if isinstance(action, exp.AlterRename) and isinstance(action.this, exp.Table):
            renamed = relation_name(action.this, binding.dialect).beside(target)
            yield BoundStatement(kind="rename", targets=(target,), renamed_to=renamed)
        elif isinstance(action, exp.SwapTable):
            yield BoundStatement(kind="rename", targets=(target,), renamed_to=binding.existing(action.this))
        elif isinstance(action, exp.DropPartition):
            read_constrained(binding, node, table, action)
            rows = Term("partition", value=action.sql(dialect=binding.dialect or None))
            yield BoundStatement(kind="delete", targets=(target,), condition=rows)
        else:
            read_constrained(binding, node, table, action)
            done = altered_by(binding, target, action)
            exists = bool(node.args.get("exists") or action.args.get("exists"))
            if not action.args.get("exists"):
                _check_steps(binding, done, action)
            yield replace(done, if_exists=exists, cascades=bool(action.args.get("cascade")))


def altered_by(binding: Binding, target: RelationName, action: exp.Expr) -> BoundStatement:
    number = binding.next_id()
    dropped = _dropped_constraints(binding, action)
    constraints = _constraints(binding, action)
    steps = tuple(_steps(binding, target, action, number))
    steps += tuple(
        Alteration(step=ColumnStep.REQUIRED, name=name) for name in sorted(key_columns(constraints))
    )
    if not steps and not dropped and not constraints and _may_lose(action):
        text = action.sql(dialect=binding.dialect or None)
        binding.report("unsupported", f"`ALTER TABLE … {text[:60]}` is not understood", action)
    return BoundStatement(
        kind="alter", targets=(target,), alterations=steps, number=number, constraints=constraints,
        dropped_constraints=dropped,
    )  # fmt: skip


def _remember(binding: Binding, target: RelationName) -> None:
    """Keep the columns of a table that others make, so that the statements after this one see what becomes of them."""
    if target not in binding.made and target not in binding.temporary and target not in binding.altered:
        shape = binding.lookup(target)
        if shape is not None and shape.closed:
            binding.altered[target] = shape


_OF_A_COLUMN = frozenset(
    {
        ColumnStep.RENAMED, ColumnStep.RETYPED, ColumnStep.REQUIRED, ColumnStep.OPTIONAL, ColumnStep.DEFAULTED, ColumnStep.DROPPED,
    }
)  # fmt: skip


def _check_steps(binding: Binding, done: BoundStatement, action: exp.Expr) -> None:
    """Hold the columns that an ALTER changes against a table that others make. Those of keys are held with the key."""
    shape = binding.altered.get(done.targets[0])
    if shape is None or isinstance(action, exp.AddConstraint):
        return
    there = {column.name for column in shape.columns}
    outside = binding.lookup(done.targets[0])
    named = {step.name for step in done.alterations if step.step in _OF_A_COLUMN and not step.within}
    if isinstance(action, exp.AlterColumn) and not done.alterations:
        named.add(binding.name(action.this))  # a comment, statistics, a policy of the column
    for name in sorted(named):
        if outside is not None and name in {column.name for column in outside.columns}:
            binding.read(shape.name, name, action)
        if name not in there:
            message = f"`{name}` is not a column of `{shape.name}`"
            binding.report("altered-column", message, action, True, name, (shape.name,))


def _may_lose(action: exp.Expr) -> bool:
    return isinstance(action, exp.Command) and may_lose(action.sql())


def _steps(binding: Binding, target: RelationName, action: exp.Expr, number: int) -> Iterator[Alteration]:
    match action:
        case exp.ColumnDef():
            within, column = _within(binding, action.this), declared_column(binding, action)
            if within:
                column = replace(column, name=binding.name(action.this.parts[-1]))
            yield Alteration(
                step=ColumnStep.ADDED,
                name=column.name,
                column=column,
                after=_place(binding, action),
                within=within,
            )
        case exp.RenameColumn():
            old, new = (binding.name(part.parts[-1]) for part in (action.this, action.args["to"]))
            within = _within(binding, action.this)
            yield Alteration(step=ColumnStep.RENAMED, name=old, column=Column(name=new), within=within)
        case exp.Drop() if _kind_of(action) == "COLUMN":
            for dropped in action.find_all(exp.Column):
                name, within = binding.name(dropped.parts[-1]), _within(binding, dropped)
                yield Alteration(step=ColumnStep.DROPPED, name=name, within=within)
        case exp.AlterColumn():
            yield from _of_column(binding, target, action, number)
        case exp.ReplaceColumns():
            columns = declared_columns(binding, exp.Schema(expressions=action.expressions))
            yield Alteration(step=ColumnStep.REPLACED, name="", columns=columns)
        case _:
            return


def _within(binding: Binding, node: exp.Expr) -> tuple[str, ...]:
    """Give the structs that a field is in: `s.geo.lat`; Spark calls what an array holds `element`."""
    # What stands first in a Dot is none of its `parts`.
    parts = (
        [node.this, *node.parts]
        if isinstance(node, exp.Dot) and isinstance(node.this, exp.Identifier)
        else ()
    )
    parts = node.parts if isinstance(node, exp.Column) else parts
    return tuple(binding.name(part) for part in parts[:-1] if isinstance(part, exp.Identifier))


_NULL_UNLESS_SAID = TSQL
"""ALTER COLUMN with a type and no word on NULL lets NULLs in.
https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql"""


def _place(binding: Binding, action: exp.ColumnDef) -> str | None:
    position = action.args.get("position")
    if not isinstance(position, exp.ColumnPosition):
        return None
    return binding.name(position.this.this) if isinstance(position.this, exp.Column) else ""


def _of_column(
    binding: Binding, target: RelationName, action: exp.AlterColumn, number: int
) -> Iterator[Alteration]:
    name = binding.name(action.this)
    kind = action.args.get("dtype")
    if isinstance(kind, exp.DataType):
        spelled = spelled_type(binding, kind)
        term = _retyped(binding, target, name, spelled, action.args.get("using"), number)
        yield Alteration(
            step=ColumnStep.RETYPED, name=name, column=Column(name=name, type=spelled), term=term
        )
    allows = action.args.get("allow_null")
    if allows is None and kind is not None and binding.dialect in _NULL_UNLESS_SAID:
        allows = True
    if allows is not None:
        yield Alteration(step=ColumnStep.OPTIONAL if allows else ColumnStep.REQUIRED, name=name)
    default = action.args.get("default")
    if isinstance(default, exp.Expr):
        if calls_function(default):
            to_term(default, Place(binding, {}, Scope(binding.dialect)))  # the functions that it calls
        text = exp.DefaultColumnConstraint(this=default.copy()).sql(dialect=binding.dialect or None)
        yield Alteration(step=ColumnStep.DEFAULTED, name=name, column=Column(name=name, computed=text))
    elif action.args.get("drop") and allows is None and kind is None:
        yield Alteration(step=ColumnStep.DEFAULTED, name=name, column=Column(name=name))


def _retyped(
    binding: Binding, target: RelationName, name: str, kind: str, using: object, number: int
) -> Term:
    """The values that rows which are there get: cast, or what USING says of them."""
    plain = Term("column", value=name, source=number)
    if not isinstance(using, exp.Expr):
        return Term("cast", (plain,), ("this",), kind)
    place = Place(binding, {}, Scope(binding.dialect, sources=[_itself(binding, target, number)]))
    return to_term(using, place)


def _itself(binding: Binding, target: RelationName, number: int) -> Visible:
    shape = shape_of_target(binding, target) or Shape(name=target)
    scan = Scan(name=shape.name, known=shape.columns, closed=shape.closed)
    source = Source(id=number, relation=scan, alias=target.name)
    columns = {column.name: column for column in shape.columns}
    return Visible(source, target.name, (target.parts, shape.name.parts), columns, shape.closed)


def _constraints(binding: Binding, action: exp.Expr) -> tuple[TableConstraint, ...]:
    match action:
        case exp.AddConstraint():
            return declared_constraints(binding, action.expressions)
        case exp.ColumnDef():
            return declared_constraints(binding, [action])
        case _:
            return ()


def _kind_of(action: exp.Expr) -> str:
    """Give what an action of an ALTER is about; in most dialects the parser takes `DROP PRIMARY KEY` for a column of that name."""
    named = [each.this for each in action.args.get("tables") or () if isinstance(each, exp.Column)]
    is_key = any(each.name.upper() == "PRIMARY KEY" and not each.args.get("quoted") for each in named)
    is_key = is_key or isinstance(action, exp.DropPrimaryKey)
    return "PRIMARY KEY" if is_key else str(action.args.get("kind") or "").upper()


_DROPPED_KINDS = frozenset({"CONSTRAINT", "INDEX", "KEY", "CHECK", "FOREIGN KEY"})


def _dropped_constraints(binding: Binding, action: exp.Expr) -> tuple[str, ...]:
    if _kind_of(action) == "PRIMARY KEY":
        return ("primary key",)
    if not isinstance(action, exp.Drop) or _kind_of(action) not in _DROPPED_KINDS:
        return ()
    return tuple(
        binding.name(table.this)
        for table in action.args.get("tables") or ()
        if isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier)
    )
