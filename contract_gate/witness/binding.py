"""Which tables and columns both sides read: names resolved far enough to make tables of the right shape.

Where a column's table isn't written and nothing declares it, a home is chosen, the same for both sides, and said
in `notes`. The trees are changed in place: tables get local names, columns their table. Types come later
(`inference`).
"""

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from contract_gate.core.relation import Column, RelationName
from contract_gate.core.values import dataclass, field
from contract_gate.core.world import Constraint
from contract_gate.witness.question import TableShape
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.sources import (
    aliases,
    in_projection_of,
    is_element,
    listed,
    outputs,
    selected,
    star_sources,
    starred_tables,
    using,
    visible,
)

EXTRA = "other_column"


@dataclass(slots=True, kw_only=True)
class BaseTable:
    """A base table of the search. `columns`: those that the SQL uses, filled while it is bound.

    Both `known` and `columns` go from a column's name to its declared type, None where there is none.
    """

    local: str
    relation: RelationName
    columns: dict[str, str | None] = field(default_factory=dict)
    known: dict[str, str | None] = field(default_factory=dict)
    declared: tuple[Column, ...] = ()
    closed: bool = False
    starred: bool = False
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """A column of a base table."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class BoundOutput:
    """An output of a subquery or CTE: the expressions that make it (one a branch), each with its scope."""

    made_by: tuple[tuple[Scope, exp.Expr], ...]


Origin = Base | BoundOutput | None


@dataclass(slots=True)
class Bound:
    """Both sides with their tables. `origins` goes from a column node's id to where it comes from."""

    sides: tuple[exp.Query, exp.Query]
    scopes: list[Scope]
    tables: dict[str, BaseTable]
    origins: dict[int, Origin]
    notes: list[str]

    def bases(self, column: exp.Column) -> set[Base]:
        """Give every base column that feeds this one, through subqueries."""
        found: set[Base] = set()
        seen: set[int] = set()
        pending = [column]
        while pending:
            node = pending.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            origin = self.origins.get(id(node))
            if isinstance(origin, Base):
                found.add(origin)
            elif isinstance(origin, BoundOutput):
                for _, made in origin.made_by:
                    pending.extend(made.find_all(exp.Column))
        return found


def bind(before: exp.Query, after: exp.Query, shapes: tuple[TableShape, ...]) -> Bound:
    """Resolve the tables and columns of both sides. Raises `Refusal` where a name can't be resolved."""
    sides = (_lowered(before), _lowered(after))
    try:
        groups = tuple(traverse_scope(side) for side in sides)
    except (SqlglotError, RecursionError) as error:
        raise Refusal(f"its tables can't be told apart: {str(error)[:200]}") from error
    scopes = [scope for group in groups for scope in group]
    bound = Bound(sides, scopes, {}, {}, [])
    _name_tables(bound, shapes)
    _Columns(bound).resolve()
    for table in bound.tables.values():
        if table.starred:
            table.columns = {**table.known, **table.columns}
    for scope in scopes:
        _stack_stars(bound, scope)
    for table in bound.tables.values():
        if table.starred and not table.closed and not table.declared:
            table.columns.setdefault(EXTRA, None)
        if not table.columns:
            table.columns.update(dict(list(table.known.items())[:1]) or {EXTRA: None})
    return bound


def _stack_stars(bound: Bound, scope: Scope) -> None:
    """Give tables that `SELECT * … UNION ALL SELECT *` puts on top of each other the same columns."""
    if not isinstance(scope.expression, exp.SetOperation):
        return
    stacked = [bound.tables[table.name] for table in starred_tables(scope) if table.name in bound.tables]
    together = {name: kind for table in stacked for name, kind in table.columns.items()}
    for table in stacked:
        if not table.closed:
            table.columns = {name: table.columns.get(name, kind) for name, kind in together.items()}


def _lowered(query: exp.Query) -> exp.Query:
    for identifier in query.find_all(exp.Identifier):
        identifier.set("this", identifier.name.lower())
    return query


def _name_tables(bound: Bound, shapes: tuple[TableShape, ...]) -> None:
    nodes = [
        source
        for scope in bound.scopes
        for source in selected(scope).values()
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)
    ]
    names = sorted({_relation(node) for node in nodes}, key=lambda n: (-len(n.parts), n))
    taken = {cte.alias.lower() for side in bound.sides for cte in side.find_all(exp.CTE)}
    homes: dict[RelationName, BaseTable] = {}
    for name in names:
        homes[name] = _home(name, homes, shapes, taken)
    for table in homes.values():
        bound.tables[table.local] = table
    for node in nodes:
        _rename(node, homes[_relation(node)].local)


def _relation(node: exp.Table) -> RelationName:
    parts = [part.name.lower() for part in node.parts]
    parts = [piece for part in parts for piece in part.split(".")]
    if any("/" in part for part in parts):
        raise Refusal(f"it reads the file {'.'.join(parts)[:80]}")
    version = node.args.get("version") or node.args.get("when")
    if version is not None:
        moment = version.expression.sql() if isinstance(version.expression, exp.Expr) else version.sql()
        parts[-1] += (
            f" as of {''.join(c for c in moment if c in '0123456789-: ').strip() or moment[:40].lower()}"
        )
    return RelationName(tuple(parts[-3:]))


def _home(
    name: RelationName, homes: dict[RelationName, BaseTable], shapes: tuple[TableShape, ...], taken: set[str]
) -> BaseTable:
    """Find the table that this name means: `orders` and `shop.orders` are taken for the same one."""
    same = {table.local: table for other, table in homes.items() if other.matches(name)}
    if len(same) == 1:
        return next(iter(same.values()))
    shape = next((s for s in shapes if s.name == name), None)
    fitting = [s for s in shapes if s.name.matches(name)]
    shape = shape or (fitting[0] if len(fitting) == 1 else None)
    local = name.name
    for part in (name.schema, name.database):
        if local in taken and part:
            local = f"{part}_{local}"
    while local in taken:
        local += "_table"
    taken.add(local)
    table = BaseTable(local=local, relation=shape.name if shape else name)
    if shape:
        table.declared = shape.columns
        table.known = {column.name.lower(): column.type for column in shape.columns}
        table.closed = shape.closed and bool(shape.columns)
        table.constraints = shape.constraints
    return table


def _rename(node: exp.Table, local: str) -> None:
    if not node.alias and node.name != local:
        node.set("alias", exp.TableAlias(this=exp.to_identifier(node.parts[-1].name.split(".")[-1])))
    node.set("this", exp.to_identifier(local))
    for part in ("db", "catalog", "version", "when"):
        node.set(part, None)


class _Columns:
    """Find where each column of each scope comes from."""

    def __init__(self, bound: Bound) -> None:
        self.bound = bound
        self.waiting: list[tuple[Scope, exp.Column]] = []
        self.aliased: list[tuple[Scope, exp.Column]] = []
        self.started: set[int] = set()

    def resolve(self) -> None:
        for scope in self.bound.scopes:
            self._note_stars(scope)
            self._note_using(scope)
        for scope in self.bound.scopes:
            for column in list(scope.find_all(exp.Column)):
                self._start(scope, column)
        for scope, column in self.waiting:
            self._settle(scope, column)
        for scope, column in self.aliased:
            self._settle_alias(scope, column)

    def _note_stars(self, scope: Scope) -> None:
        if not isinstance(scope.expression, exp.Select):
            return
        for select in scope.expression.selects:
            if not select.is_star:
                continue
            for name, source in selected(scope).items():
                whole = isinstance(select, exp.Star) or (
                    isinstance(select, exp.Column) and select.table == name
                )
                if whole and isinstance(source, exp.Table) and source.name in self.bound.tables:
                    self.bound.tables[source.name].starred = True

    def _note_using(self, scope: Scope) -> None:
        """Give every table of a join the columns that USING names, where it may have them."""
        for name in using(scope):
            for source in selected(scope).values():
                if self._has(source, name) or self._open(source):
                    self._origin(source, name)

    def _start(self, scope: Scope, column: exp.Column) -> None:
        if isinstance(column.this, exp.Star) or id(column) in self.started:
            return  # an inner query's free columns are listed again by the queries around it
        self.started.add(id(column))
        element = None if column.table else visible(scope).get(column.name)
        if element is not None and isinstance(element, Scope) and is_element(element, column.name):
            self.bound.origins[id(column)] = BoundOutput(((element, listed(element)),))
        elif column.table:
            self._qualified(scope, column)
        elif column.name in aliases(scope) and not in_projection_of(column, column.name):
            self.aliased.append((scope, column))
        else:
            self.waiting.append((scope, column))

    def _qualified(self, scope: Scope, column: exp.Column) -> None:
        seen = visible(scope)
        parts = [part.name for part in column.parts]
        known = next((place for place, part in enumerate(parts[:-1]) if part in seen), None)
        if known is None:
            self._reach_into(scope, column, parts, "")
        elif is_element(seen[parts[known]], parts[known]):
            self._reach_into(scope, column, parts[known:], "")
        elif known == len(parts) - 2:
            for part in ("db", "catalog"):
                column.set(part, None)
            self._take(column, seen[column.table])
        else:
            self._reach_into(scope, column, parts[known + 1 :], parts[known])

    def _reach_into(self, scope: Scope, column: exp.Column, parts: list[str], table: str) -> None:
        """Read `a.b.c` as fields of the column `a`, where `a` is no table."""
        inner = exp.column(parts[0], table=table or None)
        reached: exp.Expr = inner
        for part in parts[1:]:
            reached = exp.Dot(this=reached, expression=exp.to_identifier(part))
        column.replace(reached)
        scope.clear_cache()
        self._start(scope, inner)

    def _settle(self, scope: Scope, column: exp.Column) -> None:
        home = self._find(scope, column.name)
        if home is None:
            return
        name, source, sure = home
        self._take(column, source)
        if name and column.name not in using(scope):
            column.set("table", exp.to_identifier(name))
        if not sure and isinstance(source, exp.Table):
            self.bound.notes.append(f"{column.name} is taken for a column of {source.name}")

    def _settle_alias(self, scope: Scope, column: exp.Column) -> None:
        inside = column.find_ancestor(exp.Order, exp.Group, exp.Having, exp.Qualify, exp.Select)
        home = self._find(scope, column.name, only_known=True)
        if home is not None and (isinstance(inside, exp.Select) or not isinstance(inside, exp.Order)):
            self._take(column, home[1])
            if isinstance(inside, exp.Select) and home[0]:
                column.set("table", exp.to_identifier(home[0]))
        else:
            made = aliases(scope)[column.name]
            self.bound.origins[id(column)] = BoundOutput(((scope, made),))

    def _find(
        self, scope: Scope, name: str, *, only_known: bool = False
    ) -> tuple[str, exp.Table | Scope, bool] | None:
        """Find the source that has a column of this name, the innermost first: (alias, source, certain)."""
        guess: tuple[str, exp.Table | Scope, bool] | None = None
        level: Scope | None = scope
        while level is not None:
            sources = selected(level)
            if name in sources and not only_known and guess is None:
                return None
            certain = [item for item in sources.items() if self._has(item[1], name)]
            if certain:
                return (*certain[0], True)
            open_ = [item for item in sources.items() if self._open(item[1])]
            if open_ and guess is None:
                guess = (*_likeliest(open_, name), len(open_) == 1)
            if any(self._unknown(source) for source in sources.values()):
                break  # nothing speaks against the inner table, and SQL looks there first
            level = level.parent if level.is_subquery or level.is_udtf else None
        return None if only_known else guess

    def _has(self, source: exp.Table | Scope, name: str) -> bool:
        if isinstance(source, Scope):
            return name in outputs(source) or any(self._has(s, name) for s in star_sources(source))
        table = self.bound.tables.get(source.name)
        return table is not None and (name in table.columns or name in table.known)

    def _open(self, source: exp.Table | Scope) -> bool:
        if isinstance(source, Scope):
            return any(self._open(s) for s in star_sources(source))
        table = self.bound.tables.get(source.name)
        return table is not None and not table.closed

    def _unknown(self, source: exp.Table | Scope) -> bool:
        """Tell whether nobody declares any column of what the source reads."""
        if isinstance(source, Scope):
            return any(self._unknown(s) for s in star_sources(source))
        table = self.bound.tables.get(source.name)
        return table is not None and not table.known

    def _take(self, column: exp.Column, source: exp.Table | Scope) -> None:
        self.bound.origins[id(column)] = self._origin(source, column.name)

    def _origin(self, source: exp.Table | Scope, name: str) -> Origin:
        if isinstance(source, exp.Table):
            table = self.bound.tables.get(source.name)
            if table is None:
                return None
            if name not in table.columns:
                if table.closed and name not in table.known:
                    raise Refusal(f"{table.relation} has no column {name}")
                table.columns[name] = table.known.get(name)
            return Base(table.local, name)
        made = outputs(source).get(name)
        if made:
            return BoundOutput(made)
        stars = list(star_sources(source))
        for inner in sorted(stars, key=lambda s: not self._has(s, name)):
            if self._has(inner, name) or self._open(inner):
                return self._origin(inner, name)
        return None


def _likeliest(sources: list[tuple[str, exp.Table | Scope]], name: str) -> tuple[str, exp.Table | Scope]:
    """Choose a home for a column that may be of several tables: the one whose name begins the column's."""
    for alias, source in sources:
        stem = (source.name if isinstance(source, exp.Table) else alias).rstrip("s")
        if stem and name.startswith(f"{stem}_"):
            return alias, source
    return sources[0]
