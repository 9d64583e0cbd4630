"""A query's outline: its SELECT blocks as they are written, clause by clause, by the names that the author gave them.

For telling people what was edited, never for deciding whether something changed: that is `canonical`'s.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from sqlglot import exp

from contract_gate.core.values import dataclass, field, replace
from contract_gate.sql.parsing.parse import parse

MAIN = ""
_SET = "branch "


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A part of a block. `text` is for people; clauses are the same where `key` is."""

    text: str
    key: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceClause:
    """What a block reads. `name` is the relation's or block's, `block` tells which; `join` as in `LEFT`, "FROM" for the first."""

    alias: str
    name: str
    block: bool
    join: str
    line: int
    on: tuple[Clause, ...] = ()
    using: bool = False
    """Whether `on` are the names of USING."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One SELECT, or a set operation over `branches` (the names of blocks)."""

    name: str
    sources: tuple[SourceClause, ...] = ()
    columns: tuple[tuple[str, Clause], ...] = ()
    stars: tuple[Clause, ...] = ()
    filters: tuple[Clause, ...] = ()
    group: tuple[Clause, ...] = ()
    limit: tuple[Clause, ...] = ()
    branches: tuple[str, ...] = ()
    operation: str = ""
    line: int = 1
    uses: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """Of each column, the columns that it is computed from: (alias or "", name)."""


_Read: TypeAlias = tuple[SourceClause, tuple[exp.Expr, ...]]
"""A source with the parts of its condition, which are spelled when all sources are known."""


@dataclass(slots=True)
class _OutlineReader:
    dialect: str
    blocks: dict[str, Block] = field(default_factory=dict)
    """Each after those that it reads."""
    _given: Counter[str] = field(default_factory=Counter)
    """How often each name was given to a block."""

    def query(self, node: exp.Expr, name: str, scope: dict[str, str]) -> None:
        """Read a query and what is written inside of it; `scope` maps visible CTEs to their blocks. What is no query makes none."""
        scope = dict(scope)
        limits: list[Clause] = []
        for part in _layers(node):
            limits += self._limits(part)
            for cte in _ctes(part):
                block = self._free(cte.alias)
                self.query(cte.this, block, scope)
                if block in self.blocks:
                    scope[cte.alias.lower()] = block
            if isinstance(part, exp.SetOperation):
                whole = self._set_operation(part, name, scope, tuple(limits))
                self.blocks |= {name: whole} if whole is not None else {}
            elif isinstance(part, exp.Select):
                self.blocks[name] = self._select(part, name, scope, tuple(limits))

    def _free(self, name: str) -> str:
        self._given[name] += 1
        return f"{name} #{self._given[name]}" if self._given[name] > 1 else name

    def _set_operation(
        self, node: exp.SetOperation, name: str, scope: dict[str, str], limits: tuple[Clause, ...]
    ) -> Block | None:
        """Read each branch; None where one is no query: VALUES, a table, or what is written as none."""
        branches: list[str] = []
        for number, branch in enumerate(_branches(node), start=1):
            own = self._free(f"{name} {_SET}{number}".strip())
            self.query(branch, own, scope)
            if own not in self.blocks:
                return None
            branches.append(own)
            self.blocks[own] = _called_as(self.blocks[own], self.blocks[branches[0]])
        operation = node.key.upper() + ("" if node.args.get("distinct") is not False else " ALL")
        return Block(name=name, branches=tuple(branches), operation=operation, line=_line(node), limit=limits)

    def _select(
        self, node: exp.Select, name: str, scope: dict[str, str], limits: tuple[Clause, ...]
    ) -> Block:
        read = tuple(self._sources(node, name, scope))
        names = _marks([source for source, _ in read])
        alone = len(read) == 1
        sources = tuple(
            replace(
                source, on=tuple(self._clause(part, names, alone) for part in on),
                using=any(isinstance(part, exp.Identifier) for part in on),
            )
            for source, on in read
        )  # fmt: skip
        columns: list[tuple[str, Clause]] = []
        stars: list[Clause] = []
        uses: list[tuple[str, tuple[tuple[str, str], ...]]] = []
        for item in node.expressions:
            if isinstance(item, exp.Star) or (
                isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
            ):
                stars.append(self._clause(item, names, alone))
                continue
            called = item.alias_or_name or f"_{len(columns)}"
            value = _value(item)
            columns.append((called.lower(), self._clause(value, names, alone, line=_line(item))))
            uses.append((called.lower(), tuple(_uses(value))))
        conditions = [node.args.get(key) for key in ("where", "having", "qualify")]
        return Block(
            name=name, sources=sources, columns=tuple(columns), stars=tuple(stars), uses=tuple(uses),
            filters=tuple(
                self._clause(part, names, alone)
                for condition in conditions if isinstance(condition, exp.Expr)
                for part in _conjuncts(condition.this)
            ),
            group=tuple(self._grouping(node, names, alone)), limit=limits, line=_line(node),
        )  # fmt: skip

    def _sources(self, node: exp.Select, name: str, scope: dict[str, str]) -> Iterator[_Read]:
        start = node.args.get("from_")
        if isinstance(start, exp.From):
            yield from self._grouped(start.this, "FROM", (), name, scope)
        for join in node.args.get("joins") or ():
            yield from self._join(join, name, scope)
        for lateral in node.args.get("laterals") or ():
            yield self._source(lateral, "LATERAL", name, scope), ()

    def _join(self, join: exp.Expr, name: str, scope: dict[str, str]) -> Iterator[_Read]:
        words = [str(join.args.get(key) or "") for key in ("method", "side", "kind")]
        kind = " ".join(word.upper() for word in words if word and word.upper() != "OUTER") or "INNER"
        on = join.args.get("on")
        conditions = tuple(_conjuncts(on)) if isinstance(on, exp.Expr) else ()
        yield from self._grouped(join.this, kind, (*conditions, *(join.args.get("using") or ())), name, scope)

    def _grouped(
        self, node: exp.Expr, join: str, on: tuple[exp.Expr, ...], name: str, scope: dict[str, str]
    ) -> Iterator[_Read]:
        """Read a source, and what is joined to it alone: in parentheses, or where FROM comes first."""
        inner = node.this if isinstance(node, exp.Subquery) and not node.alias else None
        if isinstance(inner, exp.Table | exp.Subquery):
            yield from self._grouped(inner, join, on, name, scope)
        else:
            yield self._source(node, join, name, scope), on
        for each in node.args.get("joins") or ():
            yield from self._join(each, name, scope)

    def _source(self, node: exp.Expr, join: str, name: str, scope: dict[str, str]) -> SourceClause:
        alias, line = node.alias_or_name, _line(node)
        if isinstance([*_layers(node)][-1], exp.Query):
            block = self._free(alias or f"{name} subquery".strip())
            self.query(node, block, scope)
            return SourceClause(alias=alias, name=block, block=True, join=join, line=line)
        called = _table_name(node) if isinstance(node, exp.Table) else self._text(node)
        block = scope.get(called.lower(), "") if isinstance(node, exp.Table) else ""
        return SourceClause(
            alias=alias or called, name=block or called, block=bool(block), join=join, line=line
        )

    def _grouping(self, node: exp.Select, names: dict[str, str], alone: bool) -> Iterator[Clause]:
        group = node.args.get("group")
        if isinstance(group, exp.Group):
            for key in group.expressions:
                yield self._clause(_of_ordinal(key, node), names, alone)
        distinct = node.args.get("distinct")
        if isinstance(distinct, exp.Distinct):
            yield Clause(text=self._text(distinct), key=self._key(distinct, names, alone), line=_line(node))

    def _limits(self, node: exp.Expr) -> Iterator[Clause]:
        for key in ("limit", "offset"):
            part = node.args.get(key)
            if isinstance(part, exp.Expr):
                yield self._clause(part, {}, False)

    def _clause(self, node: exp.Expr, names: dict[str, str], alone: bool, line: int = 0) -> Clause:
        return Clause(text=self._text(node), key=self._key(node, names, alone), line=line or _line(node))

    def _text(self, node: exp.Expr) -> str:
        return node.sql(self.dialect or None, comments=False)

    def _key(self, node: exp.Expr, names: dict[str, str], alone: bool) -> str:
        """Spell the part without what renames nothing: the aliases of sources and the case of bare names."""
        copy = node.copy()
        for column in list(copy.find_all(exp.Column)):
            only = next(iter(names.values()), None) if alone and not column.table else None
            name = names.get(column.table.lower(), only)
            if name is not None:
                column.set("table", exp.to_identifier(name, quoted=True))
        for word in copy.find_all(exp.Identifier):
            if not word.args.get("quoted"):
                word.set("this", word.name.lower())
        return copy.sql(self.dialect or None, comments=False)


def outlined(sql: str, dialect: str) -> dict[str, Block]:
    """Give the blocks, by their names, of the query that a text ends with (the main one's is `MAIN`): bare, or what a table or view is made of; none where it has none."""
    found = None
    for statement in parse(sql, dialect).statements:
        inner = statement.expression if isinstance(statement, exp.Create | exp.Insert) else statement
        if isinstance(inner, exp.Query):
            found = inner
    reader = _OutlineReader(dialect)
    if found is not None:
        reader.query(found, MAIN, {})
    return reader.blocks if MAIN in reader.blocks else {}


def mark(source: str) -> str:
    """Give what stands for a source in the keys of clauses, whatever its alias is."""
    return f"\u27e8{source.lower()}\u27e9"


def _marks(sources: Iterable[SourceClause]) -> dict[str, str]:
    """Map each alias to its source's mark; the second occurrence of a source has one of its own."""
    seen: Counter[str] = Counter()
    marks = {}
    for source in sources:
        name = source.name.lower()
        seen[name] += 1
        marks[source.alias.lower()] = mark(name if seen[name] == 1 else f"{name} {seen[name]}")
    return marks


def _called_as(branch: Block, first: Block) -> Block:
    """Call the columns of a further branch as those of the first, whose names the whole has."""
    if branch.stars or first.stars or len(branch.columns) != len(first.columns):
        return branch
    names = [name for name, _ in first.columns]
    return replace(
        branch,
        columns=tuple((name, clause) for name, (_, clause) in zip(names, branch.columns, strict=True)),
        uses=tuple((name, used) for name, (_, used) in zip(names, branch.uses, strict=True)),
    )


def _layers(node: exp.Expr) -> Iterator[exp.Expr]:
    """Give what stands around a query, and at last the query."""
    yield node
    while isinstance(node, exp.Subquery | exp.Lateral):
        node = node.this
        yield node


def _ctes(node: exp.Expr) -> tuple[exp.CTE, ...]:
    with_ = node.args.get("with_")
    found: Iterable[exp.Expr] = with_.expressions if isinstance(with_, exp.With) else ()
    return tuple(one for one in found if isinstance(one, exp.CTE))


def _branches(node: exp.SetOperation) -> Iterator[exp.Expr]:
    """Flatten `a UNION b UNION c` of one kind, from the left."""
    left, branches = node, [node.expression]
    while isinstance(left.this, exp.SetOperation) and type(left.this) is type(node) and not _ctes(left.this):
        left = left.this
        branches.append(left.expression)
    yield left.this
    yield from reversed(branches)


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    stack = [node]
    while stack:
        one = stack.pop()
        inner = one.this if isinstance(one, exp.Paren) else one
        if isinstance(inner, exp.And):
            stack.extend((inner.expression, inner.this))
        else:
            yield one


def _of_ordinal(key: exp.Expr, node: exp.Select) -> exp.Expr:
    if isinstance(key, exp.Literal) and not key.is_string and key.name.isdigit():
        place = int(key.name) - 1
        if 0 <= place < len(node.expressions):
            item: exp.Expr = node.expressions[place]
            return _value(item)
    return key


def _uses(node: exp.Expr) -> Iterator[tuple[str, str]]:
    for column in node.find_all(exp.Column):
        yield column.table.lower(), "*" if isinstance(column.this, exp.Star) else column.name.lower()


def _table_name(node: exp.Table) -> str:
    return ".".join(part.name for part in node.parts)


def _line(node: exp.Expr) -> int:
    """Find the first line that the part stands on, as the parser marks names and literals alone."""
    lines = (one.meta.get("line") for one in node.walk())
    return min((line for line in lines if isinstance(line, int)), default=1)


def _value(item: exp.Expr) -> exp.Expr:
    return item.this if isinstance(item, exp.Alias) and isinstance(item.this, exp.Expr) else item
