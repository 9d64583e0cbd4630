"""Name resolution: which source a column's name means, clause by clause, and what can be proven where none has it."""

import re
from collections.abc import Callable, Iterable, Iterator

from sqlglot import exp

from contract_gate.core.relation import Column, Fields, RelationName, caseless
from contract_gate.core.values import dataclass, field
from contract_gate.sql.algebra import Scan, Source, TableFunction, Term
from contract_gate.sql.families import MYSQL, POSTGRES, SPARK, TRINO
from contract_gate.sql.given import behind_stars
from contract_gate.sql.query.pseudocolumns import is_bare_word, is_made_by_clause, is_pseudo_column

# Engines that let a select list use the aliases before it (`select a + 1 as b, b * 2 as c`).
LATERAL_ALIAS_DIALECTS = frozenset({
    "snowflake", "redshift", "databricks", "spark", "duckdb", "clickhouse", "teradata", "dremio", "exasol", "",
})  # fmt: skip
# Engines where WHERE sees the select list's aliases.
WHERE_ALIAS_DIALECTS = frozenset(
    {"snowflake", "duckdb", "clickhouse", "teradata", "exasol", "redshift", "sqlite", ""}
)
# GROUP BY x means the alias x even where a source has a column x. Not MySQL: it searches FROM first.
# https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#group_by_col_ordinals
GROUP_ALIAS_FIRST_DIALECTS = frozenset({"bigquery", "clickhouse"})
# HAVING x means the alias x even where a source has a column x, unless that is a key of GROUP BY.
# https://dev.mysql.com/doc/refman/8.4/en/select.html
HAVING_ALIAS_FIRST_DIALECTS = MYSQL | {"bigquery"}
# Inside an expression of ORDER BY a name means a column of FROM before an alias; alone it means the alias.
# https://www.postgresql.org/docs/current/queries-order.html (run in DuckDB and SQLite)
ORDER_COLUMN_FIRST_DIALECTS = POSTGRES | {"duckdb", "sqlite"}
# A name that two sources have is not refused but means the left one's.
_LEFT_WINS_DIALECTS = frozenset({"clickhouse", ""})


@dataclass(slots=True)
class Visible:
    """A source as the clauses see it: its alias, the longer names it answers to, and its columns.

    `lacking`: what it does not have although nobody lists all its columns; `doubled`: names that two of its columns have.
    """

    source: Source
    alias: str
    qualifiers: tuple[tuple[str, ...], ...]
    columns: dict[str, Column]
    closed: bool
    assumed: set[str] = field(default_factory=set)
    hidden_by_semi_join: bool = False
    padded_with_nulls: bool = False
    lacking: frozenset[str] = frozenset()
    doubled: frozenset[str] = frozenset()

    def may_have(self, name: str) -> bool:
        """Tell whether the source has the column, or nobody can tell."""
        return self.has(name) or (not self.closed and name not in self.lacking)

    def has(self, name: str) -> bool:
        """Tell whether the source has the column, by declaration or because a name before could mean nothing else."""
        return name in self.columns or name in self.assumed

    @property
    def id(self) -> int:
        return self.source.id

    @property
    def stored(self) -> Scan | None:
        """Give the stored relation that is read directly."""
        return self.source.relation if isinstance(self.source.relation, Scan) else None

    def reference(self, name: str) -> Term:
        """Give the term that reads a column; a renamed column of a stored relation by the name it is compared by."""
        column = self.columns.get(name)
        return Term("column", value=(column.known_as if column else None) or name, source=self.id)

    def declared(self, name: str) -> Column | None:
        """Give what is known of a column, also of one that comes through `*` of a relation that may have others."""
        return self.columns.get(name) or behind_stars(self.source.relation, name)

    @property
    def is_function(self) -> bool:
        return isinstance(self.source.relation, TableFunction)


@dataclass(slots=True)
class Scope:
    """The names that one SELECT block sees; `parent` is the block around a correlated subquery.

    `aliases` are the select list's AS names, `implicit` the names of its bare columns (for ORDER BY and GROUP BY).
    """

    dialect: str
    parent: "Scope | None" = None
    sources: list[Visible] = field(default_factory=list)
    merged: dict[str, Term] = field(default_factory=dict)
    aliases: dict[str, Term] = field(default_factory=dict)
    implicit: dict[str, Term] = field(default_factory=dict)
    windows: dict[str, Term] = field(default_factory=dict)
    projected: list[exp.Expr] = field(default_factory=list)
    """For each output the projection that it is from; a star gives several."""
    written: dict[str, Callable[[], Term]] = field(default_factory=dict)
    """ClickHouse: the expressions that the block names, in sight everywhere in it, before columns and before they stand."""
    named_around: dict[str, Callable[[], Term]] = field(default_factory=dict)
    """ClickHouse: what WITH names in the queries around the block, in sight where no source is known to have such a column."""
    named_later: dict[str, Callable[[], Term]] = field(default_factory=dict)
    """Snowflake: what the select list calls its expressions, in sight in the joins' conditions after columns."""
    hidden: set[str] = field(default_factory=set)
    """Those of both that are just being read: inside itself a name means a column."""
    hierarchical: bool = False
    """It has CONNECT BY."""
    elements: dict[str, Fields | None] = field(default_factory=dict)
    """The parameters of a lambda, by what its body calls them, with the fields of the elements that they stand for."""
    keys: frozenset[str] = frozenset()
    """The columns that the block groups by."""
    opened: int = 0
    """Where the join begins that is just being bound, among the sources: more than 0 within brackets."""
    merges_within: bool = False
    """A join in brackets, to the right of another, has USING."""
    merges_unknown: bool = False
    """A NATURAL JOIN whose common columns are not all known: a name that two sources have may be one."""

    def expression(self, name: str) -> Term | None:
        """Give the expression that the block calls by this name, where such names go before columns."""
        if name in self.written and name not in self.hidden and name not in self.aliases:
            self.aliases[name] = self._read(name, self.written[name])
        return self.aliases[name] if name in self.written and name not in self.hidden else None

    def around(self, name: str) -> Term | None:
        """Give the expression that WITH names around the block."""
        make = self.named_around.get(name)
        return self._read(name, make) if make is not None and name not in self.hidden else None

    def later(self, name: str) -> Term | None:
        """Give the expression that the select list calls by this name, before the select list is bound."""
        make = self.named_later.get(name)
        return self._read(name, make) if make is not None and name not in self.hidden else None

    def is_being_read(self, name: str) -> bool:
        """Tell whether a block around this one is just reading what it calls by this name: inside itself it means a column."""
        around = self.parent
        while around is not None and name not in around.hidden:
            around = around.parent
        return around is not None

    def _read(self, name: str, make: Callable[[], Term]) -> Term:
        self.hidden.add(name)
        try:
            return make()
        finally:
            self.hidden.discard(name)

    def source(self, number: int) -> Visible | None:
        """Find the source of this number, in this block or around it."""
        return next((v for level in self.chain() for v in level.sources if v.id == number), None)

    def by_qualifier(self, parts: tuple[str, ...]) -> Visible | None:
        """Find the source that `alias.` or `schema.table.` means in this block."""
        if len(parts) == 1:
            for visible in self.sources:
                if visible.alias == parts[0]:
                    return visible
        lowered = tuple(part.lower() for part in parts)
        for visible in self.sources:
            if any(name[-len(lowered) :] == lowered for name in visible.qualifiers):
                return visible
        return None

    def named(self, parts: tuple[str, ...]) -> Visible | None:
        """Find the source that a qualifier means, in this block or one around it."""
        return next((found for level in self.chain() if (found := level.by_qualifier(parts))), None)

    def stored(self) -> tuple[RelationName, ...]:
        """Give the stored relations that are read directly, here and in the blocks around, each once."""
        return stored_names(visible for level in self.chain() for visible in level.sources)

    def chain(self) -> Iterator["Scope"]:
        """Yield this block and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def with_column(self, name: str) -> list[Visible]:
        """Give the sources that are known to have the column."""
        return [v for v in self.sources if v.has(name) and not v.hidden_by_semi_join]

    def open_sources(self, name: str) -> list[Visible]:
        """Give the sources that may have a column of this name which nobody declared."""
        return [
            v for v in self.sources if not v.closed and not v.hidden_by_semi_join and name not in v.lacking
        ]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a name means. `problem`: None, `unknown-column`, `ambiguous-column`, `unknown-alias`, `lateral-alias`.

    `term` is the column (or `unresolved`/`any_column`); `fields` the parts that are struct access on top;
    `readable` the sources the name may read.
    """

    term: Term
    fields: tuple[str, ...] = ()
    readable: tuple[Visible, ...] = ()
    column: str = ""
    problem: str | None = None
    proven: bool = False
    relations: tuple[RelationName, ...] = ()


def resolve(parts: tuple[str, ...], scope: Scope, clause: str, *, quoted: bool = False) -> Resolution:
    """Resolve `a`, `t.a`, `s.t.a` or `a.field` as the given clause sees it. `quoted`: it is no word of the language."""
    if len(parts) > 1:
        qualified = _resolve_qualified(parts, scope)
        if qualified is not None:
            return qualified
    found = _resolve_bare(parts[0], scope, clause, quoted=quoted)
    if len(parts) == 1:
        return found
    if found.problem == "unknown-column":
        return _unknown_alias(parts, scope)
    return Resolution(
        found.term, parts[1:], found.readable, found.column, found.problem, found.proven, found.relations
    )


def _resolve_qualified(parts: tuple[str, ...], scope: Scope) -> Resolution | None:
    for level in scope.chain():
        for length in range(len(parts) - 1, 0, -1):
            visible = level.by_qualifier(parts[:length])
            if visible is not None:
                return _column_of(visible, parts[length], parts[length + 1 :], level.dialect)
    return None


def _column_of(visible: Visible, name: str, fields: tuple[str, ...], dialect: str) -> Resolution:
    term = visible.reference(name)
    if name in visible.doubled and dialect in _REFUSING_DOUBLED:
        return Resolution(term, fields, (visible,), name, "ambiguous-column", True, stored_names([visible]))
    if visible.may_have(name) or _is_unlisted(name, visible, dialect):
        if name not in visible.columns:
            visible.assumed.add(name)
        return Resolution(term, fields, (visible,), name)
    if visible.alias in visible.columns:
        # BigQuery: `unnest(items) as item` makes both an alias and a column of that name; then this is a field.
        return Resolution(
            Term("column", value=visible.alias, source=visible.id), (name, *fields), (visible,), visible.alias
        )
    respelled = _respelled(name, visible)
    if respelled is not None and not _is_written(respelled, visible):
        term = Term("column", value=respelled, source=visible.id)
        return Resolution(
            term, fields, (visible,), respelled, "unknown-column", False, stored_names([visible])
        )
    term = Term("unresolved", value=name, source=visible.id)
    return Resolution(term, fields, (visible,), name, "unknown-column", True, stored_names([visible]))


def _resolve_bare(name: str, scope: Scope, clause: str, *, quoted: bool) -> Resolution:
    if clause in ("order", "limit") or (clause == "group" and scope.dialect in GROUP_ALIAS_FIRST_DIALECTS):
        named = scope.aliases.get(name) or scope.implicit.get(name)
        if named is not None:
            return Resolution(named, column=name)
    if clause == "keys" and name not in scope.keys and name in scope.aliases:
        return Resolution(scope.aliases[name], column=name)
    for level in scope.chain():
        expression = level.expression(name)
        if expression is not None:
            return Resolution(expression, column=name)
        if is_made_by_clause(name, level.dialect, hierarchical=level.hierarchical):
            return Resolution(Term("word", value=name), column=name)
        found = _in_sources(name, level)
        if (
            found is not None
            and found.problem
            and level is scope
            and clause in ("group", "having", "keys", "qualify")
        ):
            # Two sources have it, and the select list says which one is meant.
            named = scope.aliases.get(name) or scope.implicit.get(name)
            return found if named is None else Resolution(named, column=name)
        if found is not None:
            return found
        alias = _in_aliases(name, level, clause if level is scope else "outer")
        if alias is not None:
            return alias
        around = level.around(name)
        if around is not None:
            # A column that nobody declared would go before it.
            return Resolution(around, (), tuple(level.open_sources(name)), name)
        if level.open_sources(name) and not _somewhere_known(name, level.parent):
            return _in_open(name, level)
        row = _whole_row(name, level)
        if row is not None:
            return row
    searched = [v for level in scope.chain() for v in level.sources]
    unlisted = [v for v in searched if _is_unlisted(name, v, scope.dialect)]
    if unlisted or (not quoted and is_bare_word(name, scope.dialect)):
        term = Term("column", value=name, source=unlisted[0].id) if unlisted else Term("word", value=name)
        return Resolution(term, (), tuple(unlisted), name)
    for visible in searched:
        respelled = None if visible.hidden_by_semi_join else _respelled(name, visible)
        if respelled is not None and not _is_written(respelled, visible):
            return _column_of(visible, name, (), scope.dialect)
    return Resolution(
        Term("unresolved", value=name), (), (), name, "unknown-column", True, stored_names(searched)
    )


def _in_sources(name: str, level: Scope) -> Resolution | None:
    if name in level.merged:
        readable = tuple(level.with_column(name)) or tuple(level.open_sources(name))
        return Resolution(level.merged[name], (), readable, name)
    having = level.with_column(name)
    if not having:
        return None
    if level.dialect == "bigquery":
        # `UNNEST(tags) AS tags` names its rows itself, which hides the array's column that it is made of.
        having = [visible for visible in having if visible.alias == name and visible.is_function] or having
    term = having[0].reference(name)
    if len(having) > 1:
        declared = all(name in visible.columns for visible in having)
        proven = declared and level.dialect not in _LEFT_WINS_DIALECTS and not level.merges_unknown
        return Resolution(term, (), tuple(having), name, "ambiguous-column", proven, stored_names(having))
    if name in having[0].doubled and level.dialect in _REFUSING_DOUBLED:
        return Resolution(term, (), (having[0],), name, "ambiguous-column", True, stored_names(having))
    return Resolution(term, (), (having[0],), name)


_REFUSING_DOUBLED = POSTGRES | SPARK | TRINO | {"snowflake", "bigquery", "oracle"}
"""Where a name that two columns of a query have can't be read of it; DuckDB, SQLite and ClickHouse take one of them."""
_ALIAS_DIALECTS = {
    "select": LATERAL_ALIAS_DIALECTS,
    "where": WHERE_ALIAS_DIALECTS,
    "order expression": ORDER_COLUMN_FIRST_DIALECTS - {"postgres", "materialize", "risingwave"},
}


def _in_aliases(name: str, level: Scope, clause: str) -> Resolution | None:
    later = level.later(name) if clause == "on" else None
    if later is not None:
        return Resolution(later, column=name)
    if name not in level.aliases:
        return None
    term = level.aliases[name]
    allowing = _ALIAS_DIALECTS.get(clause)
    if allowing is not None and level.dialect not in allowing:
        if level.open_sources(name) or any(_is_unlisted(name, v, level.dialect) for v in level.sources):
            return None
        return Resolution(term, (), (), name, "lateral-alias", True, stored_names(level.sources))
    if clause == "on" or (clause == "outer" and level.dialect != "duckdb"):
        return None
    return Resolution(term, column=name)


def _in_open(name: str, level: Scope) -> Resolution:
    row = _whole_row(name, level, explicit_only=True)
    if row is not None:
        return row
    candidates = level.open_sources(name)
    relations = [v for v in candidates if not v.is_function]
    # A closed relation lacks it and only an UNNEST could have it: not proven, but worth telling.
    lacking = [v for v in level.sources if v.closed and v.stored is not None]
    unlisted = any(_is_unlisted(name, v, level.dialect) for v in lacking)
    problem = "unknown-column" if lacking and not relations and not unlisted else None
    if len(candidates) == 1 and problem is None:
        candidates[0].assumed.add(name)
    if len(candidates) == 1:
        term = Term("column", value=name, source=candidates[0].id)
    elif len(relations) == 1:
        term = Term("column", value=name, source=relations[0].id)
        candidates = relations
    else:
        term = Term(
            "any_column",
            tuple(Term("column", value=name, source=v.id) for v in candidates),
            ("this",) * len(candidates),
            name,
        )
    return Resolution(
        term, (), tuple(candidates), name, problem, False, stored_names(lacking) if problem else ()
    )


def _is_unlisted(name: str, visible: Visible, dialect: str) -> bool:
    """Tell whether the source may have the column although nobody lists it: the engine adds it, or it names an output."""
    lowered = caseless(name)
    if visible.stored is not None and is_pseudo_column(lowered, dialect):
        return True
    # Where an output has no name, the engine gives it one of its own: `count(*)`, `?column?`, `EXPR$0`.
    return any(_GENERATED.fullmatch(column) for column in visible.columns)


_GENERATED = re.compile(r"_\d+")


def _respelled(name: str, visible: Visible) -> str | None:
    """Find a stored column that differs in case only: who listed the columns may not have kept the quotes."""
    if visible.stored is None:
        return None
    bare = caseless(name)
    found = [column for column in visible.columns if caseless(column) == bare]
    return found[0] if len(found) == 1 else None


def _is_written(name: str, visible: Visible) -> bool:
    return visible.stored is not None and name in visible.stored.written


def _somewhere_known(name: str, scope: Scope | None) -> bool:
    return scope is not None and any(
        level.with_column(name) or name in level.merged for level in scope.chain()
    )


def _whole_row(name: str, level: Scope, explicit_only: bool = False) -> Resolution | None:
    for visible in level.sources:
        named_by_table = visible.stored is not None and visible.stored.name.name.lower() == visible.alias
        if visible.alias == name and not (explicit_only and named_by_table):
            if visible.is_function and not visible.columns:
                return Resolution(Term("column", value=name, source=visible.id), (), (visible,), name)
            return Resolution(Term("row", value=name, source=visible.id), (), (visible,), "*")
    return None


def _unknown_alias(parts: tuple[str, ...], scope: Scope) -> Resolution:
    text = ".".join(parts)
    searched = [v for level in scope.chain() for v in level.sources]
    proven = all(v.closed for v in searched)
    return Resolution(Term("unresolved", value=text), (), (), text, "unknown-alias", proven, ())


def stored_names(visibles: Iterable[Visible]) -> tuple[RelationName, ...]:
    """Give the stored relations that are read directly, each once."""
    return tuple(dict.fromkeys(v.stored.name for v in visibles if v.stored is not None))
