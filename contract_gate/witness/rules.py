"""What rows must respect: what the project declares, and what nobody declares but a reviewer would expect.

An undeclared rule that a witness has to break is told in `Witness.assumes`.
"""

import re
from collections.abc import Iterable
from enum import IntEnum

from sqlglot import exp

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.core.world import Constraint, ConstraintKind
from contract_gate.witness.binding import Base, BaseTable, Bound
from contract_gate.witness.engines import holds_no_null
from contract_gate.witness.values import Value

Row = tuple[Value, ...]
Rows = dict[str, list[Row]]


class Surprise(IntEnum):
    """How surprised a reviewer would be to see the rule broken, least first."""

    NULL = 0
    DANGLING = 1
    NULL_KEY = 2
    REPEATED = 3
    EMPTY = 4
    FOREIGN_VALUE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule for one table. `parent`: table and column that hold every value; `values`: the accepted ones."""

    kind: ConstraintKind | None
    table: str
    columns: tuple[str, ...]
    parent: tuple[str, str] | None = None
    values: tuple[str, ...] = ()
    surprise: Surprise = Surprise.FOREIGN_VALUE

    def __str__(self) -> str:
        name = f"{self.table}.{', '.join(self.columns)}" if self.columns else self.table
        match self.kind:
            case ConstraintKind.UNIQUE:
                return f"{name} repeats; no test declares it unique"
            case ConstraintKind.NOT_NULL:
                return f"{name} is NULL in a row; no test declares it not null"
            case ConstraintKind.RELATIONSHIPS if self.parent:
                return f"{name} has no match in {'.'.join(self.parent)}; no test declares the relationship"
            case None:
                return f"{name} has no rows"
            case _:
                return f"{name} holds a value that is not accepted"


def declared(bound: Bound, dialect: str) -> tuple[Rule, ...]:
    """Give the rules that the project declares of the tables of the search, or the engine that it is written for."""
    rules = []
    for table in bound.tables.values():
        for constraint in table.constraints:
            rule = _from_constraint(table, constraint, bound)
            if rule is not None:
                rules.append(rule)
        columns = {column.name.lower(): column for column in table.declared}
        for name in table.columns:
            column = columns.get(name)
            known = column is not None and column.nullable is False
            if known or holds_no_null(column.type if column is not None else None, dialect):
                rules.append(Rule(kind=ConstraintKind.NOT_NULL, table=table.local, columns=(name,)))
    return tuple(dict.fromkeys(rules))


def expected(bound: Bound, already: Iterable[Rule]) -> tuple[Rule, ...]:
    """Give the rules that nobody declares and that tidy data would respect, the least surprising break first."""
    known = {(r.kind, r.table, r.columns) for r in already}
    keys = _keys(bound)
    rules: list[Rule] = []
    for table in bound.tables.values():
        rules.append(Rule(kind=None, table=table.local, columns=(), surprise=Surprise.EMPTY))
        for column in table.columns:
            key = Base(table.local, column) in keys.columns
            rules.append(
                Rule(
                    kind=ConstraintKind.NOT_NULL,
                    table=table.local,
                    columns=(column,),
                    surprise=Surprise.NULL_KEY if key else Surprise.NULL,
                )
            )
    for base in sorted(keys.primary, key=lambda b: (b.table, b.column)):
        rules.append(
            Rule(
                kind=ConstraintKind.UNIQUE,
                table=base.table,
                columns=(base.column,),
                surprise=Surprise.REPEATED,
            )
        )
    for child, parent in keys.foreign:
        rules.append(
            Rule(
                kind=ConstraintKind.RELATIONSHIPS,
                table=child.table,
                columns=(child.column,),
                parent=(parent.table, parent.column),
                surprise=Surprise.DANGLING,
            )
        )
    fresh = [rule for rule in dict.fromkeys(rules) if (rule.kind, rule.table, rule.columns) not in known]
    return tuple(sorted(fresh, key=lambda rule: rule.surprise))


def broken(rules: Iterable[Rule], rows: Rows, columns: dict[str, list[str]]) -> tuple[Rule, ...]:
    """Give the rules that the rows break."""
    return tuple(rule for rule in rules if not _holds(rule, rows, columns))


def _holds(rule: Rule, rows: Rows, columns: dict[str, list[str]]) -> bool:
    held = rows[rule.table]
    if rule.kind is None:
        return bool(held)
    places = [columns[rule.table].index(name) for name in rule.columns]
    values = [tuple(row[place] for place in places) for row in held]
    match rule.kind:
        case ConstraintKind.NOT_NULL:
            return all(item is not None for value in values for item in value)
        case ConstraintKind.UNIQUE:
            whole = [repr(value) for value in values if None not in value]
            return len(set(whole)) == len(whole)
        case ConstraintKind.ACCEPTED_VALUES:
            return all(item is None or _text(item) in rule.values for value in values for item in value)
        case ConstraintKind.RELATIONSHIPS:
            if rule.parent is None:
                return True
            place = columns[rule.parent[0]].index(rule.parent[1])
            parents = {repr(row[place]) for row in rows[rule.parent[0]]}
            return all(value[0] is None or repr(value[0]) in parents for value in values)


@dataclass(slots=True)
class _Keys:
    primary: set[Base]
    columns: set[Base]
    foreign: list[tuple[Base, Base]]


def _keys(bound: Bound) -> _Keys:
    """Guess primary and foreign keys from names and from the equalities of joins."""
    keys = _Keys(set(), set(), [])
    for table in bound.tables.values():
        for column in table.columns:
            if _is_own_key(table, column):
                keys.primary.add(Base(table.local, column))
    for left, right in _joined(bound):
        child, parent = _direct(bound, left, right)
        keys.columns |= {child, parent}
        keys.primary.add(parent)
        both = child in keys.primary and _is_own_key(bound.tables[child.table], child.column)
        if not both and child.table != parent.table and (parent, child) not in keys.foreign:
            keys.foreign.append((child, parent))
    keys.columns |= keys.primary
    return keys


def _joined(bound: Bound) -> list[tuple[Base, Base]]:
    """Give the pairs of base columns that joins (or IN, or correlated equalities) equate; the joined table last."""
    pairs: list[tuple[Base, Base]] = []
    for side in bound.sides:
        for equal in side.find_all(exp.EQ):
            pairs += _pair(bound, equal.this, equal.expression)
        for inside in side.find_all(exp.In):
            query = inside.args.get("query")
            if isinstance(query, exp.Subquery) and isinstance(query.this, exp.Select) and query.this.selects:
                pairs += _pair(bound, inside.this, query.this.selects[0].unalias())
        for join in side.find_all(exp.Join):
            for name in join.args.get("using") or []:
                pairs += _using_pair(bound, join, name.name)
    return list(dict.fromkeys(pairs))


def _pair(bound: Bound, one: exp.Expr, other: exp.Expr) -> list[tuple[Base, Base]]:
    if not (isinstance(one, exp.Column) and isinstance(other, exp.Column)):
        return []
    lefts, rights = bound.bases(one), bound.bases(other)
    if len(lefts) != 1 or len(rights) != 1 or lefts == rights:
        return []
    join = one.find_ancestor(exp.Join, exp.Select)
    joined = join.this.alias_or_name if isinstance(join, exp.Join) else other.table
    left, right = lefts.pop(), rights.pop()
    return [(right, left)] if one.table == joined else [(left, right)]


def _using_pair(bound: Bound, join: exp.Join, name: str) -> list[tuple[Base, Base]]:
    select = join.find_ancestor(exp.Select)
    right = join.this.name
    start = select.args.get("from_") if select is not None else None
    left = start.this.name if start is not None else ""
    tables = bound.tables
    if left in tables and right in tables and name in tables[left].columns and name in tables[right].columns:
        return [(Base(left, name), Base(right, name))]
    return []


def _direct(bound: Bound, left: Base, right: Base) -> tuple[Base, Base]:
    """Tell child from parent: the parent's column is its table's own key; else the joined table is the parent."""
    left_own = _is_own_key(bound.tables[left.table], left.column)
    right_own = _is_own_key(bound.tables[right.table], right.column)
    return (right, left) if left_own and not right_own else (left, right)


def _is_own_key(table: BaseTable, column: str) -> bool:
    if any(c.kind is ConstraintKind.UNIQUE and c.columns == (column,) for c in table.constraints):
        return True
    stem = re.sub(r"^(stg|src|raw|dim|fct|int|base)_+", "", table.relation.name)
    stems = {stem, re.sub(r"s$", "", stem), re.sub(r"ies$", "y", stem), stem.split("_")[-1].rstrip("s")}
    return column in {"id", "uuid", "pk"} or column in {
        f"{s}_{end}" for s in stems for end in ("id", "key", "uuid")
    }


def _from_constraint(table: BaseTable, constraint: Constraint, bound: Bound) -> Rule | None:
    columns = tuple(name.lower() for name in constraint.columns)
    if not columns or any(name not in table.columns for name in columns):
        return None
    parent = None
    if constraint.to is not None:
        parent = _parent(bound, *constraint.to)
        if parent is None:
            return None
    return Rule(
        kind=constraint.kind, table=table.local, columns=columns, parent=parent, values=constraint.values
    )


def _parent(bound: Bound, relation: RelationName, column: str) -> tuple[str, str] | None:
    for table in bound.tables.values():
        if table.relation.matches(relation) and column.lower() in table.columns:
            return table.local, column.lower()
    return None


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
