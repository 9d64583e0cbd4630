"""Edits that people make to a model, on its syntax tree: breaking ones, changing ones, and refactors.

Each mutator takes a `Site` and gives the edited SQL, or None where it has nothing to edit. Whether the edit did what
its name says is not decided here: `truth.py` builds both sides and looks.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlglot
from projects import Relation, family
from sqlglot import exp

TYPES = {
    "int": ("VARCHAR", "BIGINT", "DOUBLE"),
    "number": ("VARCHAR", "DOUBLE", "INTEGER"),
    "text": ("VARCHAR(50)", "BOOLEAN", "DATE"),
    "time": ("VARCHAR", "DATE", "TIMESTAMP"),
    "flag": ("VARCHAR", "INTEGER"),
    "other": ("VARCHAR",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A model to edit: its SQL, its columns, and the relations that it may read."""

    sql: str
    relation: Relation
    relations: Mapping[str, Relation]
    rng: random.Random


Mutator = Callable[[Site], exp.Expr | str | None]


def mutate(kind: str, site: Site) -> str | None:
    """Edit the site's SQL by the mutator of this name; None where it does not apply or changes no text.

    An edit that names a column twice is none: what a table made of it holds is a data base's own affair.
    """
    edited = MUTATORS[kind](site)
    if edited is None:
        return None
    text = edited if isinstance(edited, str) else edited.sql(dialect="duckdb", pretty=True)
    names = _query(text).named_selects
    return text if text != site.sql and len(set(names)) == len(names) else None


def _query(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    return tree


def _core(tree: exp.Query) -> list[exp.Select]:
    """Give the SELECTs that write the output: through `select * from final`, one a branch of a set operation."""
    if isinstance(tree, exp.SetOperation):
        return [*_core(tree.left), *_core(tree.right)]
    assert isinstance(tree, exp.Select)
    ctes = {cte.alias: cte.this for cte in tree.ctes}
    source = tree.args["from_"].this
    if len(ctes) == 1 and tree.is_star and isinstance(source, exp.Table) and source.name in ctes:
        return _core(ctes[source.name]) if source.name == "final" else [tree]
    return [tree]


def _explicit(tree: exp.Query) -> list[exp.Select] | None:
    """Give the cores if each lists its columns."""
    cores = _core(tree)
    return None if any(core.is_star for core in cores) else cores


def _drop(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    cores = _explicit(tree)
    if not cores or len(cores[0].expressions) < 2:
        return None
    at = site.rng.randrange(len(cores[0].expressions))
    for core in cores:
        core.set("expressions", [e for i, e in enumerate(core.expressions) if i != at])
    return tree


def _rename(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    cores = _explicit(tree)
    if not cores:
        return None
    at = site.rng.randrange(len(cores[0].expressions))
    shown = cores[0].expressions[at]
    new = exp.alias_(shown.unalias().copy(), f"{shown.output_name}_{site.rng.choice(('new', 'v2', 'x'))}")
    shown.replace(new)
    return tree


def _retype(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    cores = _explicit(tree)
    if not cores:
        return None
    at = site.rng.randrange(len(cores[0].expressions))
    kinds = dict(site.relation.columns)
    name = cores[0].expressions[at].output_name
    kind = site.rng.choice(TYPES[family(kinds.get(name, "VARCHAR"))])
    for core in cores:
        shown = core.expressions[at]
        cast = exp.cast(shown.unalias().copy(), kind, dialect="duckdb")
        shown.replace(exp.alias_(cast, shown.output_name))
    return tree


def _reorder(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    cores = _explicit(tree)
    if not cores or len(cores[0].expressions) < 2:
        return None
    at = site.rng.randrange(1, len(cores[0].expressions))
    for core in cores:
        shown = core.expressions
        core.set("expressions", [*shown[at:], *shown[:at]])
    return tree


def _add_constant(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    cores = _explicit(tree)
    if not cores:
        return None
    at = site.rng.randrange(len(cores[0].expressions) + 1)
    for core in cores:
        if core.args.get("group"):
            added = exp.alias_(exp.Count(this=exp.Star()), "added_n")
        else:
            added = exp.alias_(exp.Literal.string("eu"), "added_region")
        shown = core.expressions
        core.set("expressions", [*shown[:at], added, *shown[at:]])
    return tree


def _add_from_upstream(site: Site) -> exp.Expr | None:
    """Show one more column of what the model reads (under DISTINCT or in a set operation this makes rows)."""
    tree = _query(site.sql)
    cores = _explicit(tree)
    if not cores or len(cores) > 1 or cores[0].args.get("group"):
        return None
    table = cores[0].find(exp.Table)
    upstream = _columns_of(site, tree, table)
    unused = [c for c, _ in upstream if c not in cores[0].named_selects]
    if not unused or not table:
        return None
    column = exp.column(site.rng.choice(unused), table=table.alias_or_name)
    cores[0].select(column, copy=False)
    return tree


def _columns_of(site: Site, tree: exp.Query, table: exp.Table | None) -> tuple[tuple[str, str], ...]:
    """Give the columns of a table that the model reads, also through an import CTE; none where not known."""
    if table is None:
        return ()
    for cte in tree.ctes:
        if cte.alias == table.name and not table.db:
            inner = cte.this.find(exp.Table)
            plain = isinstance(cte.this, exp.Select) and cte.this.is_star and len(cte.this.expressions) == 1
            return _columns_of(site, tree, inner) if plain and inner and inner.db else ()
    relation = site.relations.get(f"{table.db}.{table.name}")
    return relation.columns if relation else ()


def _first_column(site: Site, tree: exp.Query, core: exp.Select, *families: str) -> exp.Column | None:
    source = core.args["from_"].this
    if not isinstance(source, exp.Table):
        return None
    names = [c for c, kind in _columns_of(site, tree, source) if not families or family(kind) in families]
    return exp.column(site.rng.choice(names), table=source.alias_or_name) if names else None


def _filter_add(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    core = site.rng.choice(_core(tree))
    column = _first_column(site, tree, core, "int", "number")
    if column is None:
        return None
    core.where(exp.GT(this=column, expression=exp.Literal.number(site.rng.randint(1, 3))), copy=False)
    return tree


def _filter_remove(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    wheres = list(tree.find_all(exp.Where, exp.Having, exp.Qualify))
    if not wheres:
        return None
    site.rng.choice(wheres).pop()
    return tree


def _filter_change(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    tests = [
        test
        for where in tree.find_all(exp.Where, exp.Having, exp.Qualify)
        for test in where.find_all(exp.GT, exp.NEQ, exp.GTE, exp.In, exp.Is, exp.Exists)
    ]
    if not tests:
        return None
    test = site.rng.choice(tests)
    turned = {exp.GT: exp.GTE, exp.NEQ: exp.EQ, exp.GTE: exp.LT}.get(type(test))
    if turned:
        test.replace(turned(this=test.this.copy(), expression=test.expression.copy()))
    else:
        test.replace(exp.Not(this=test.copy()))
    return tree


def _filter_constant(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    spots = [c for w in tree.find_all(exp.Where, exp.Having) for c in w.find_all(exp.Literal)]
    if not spots:
        return None
    spot = site.rng.choice(spots)
    if isinstance(spot.parent, exp.Cast):
        return None
    spot.replace(
        exp.Literal.string("open") if spot.is_string else exp.Literal.number(int(float(spot.this)) + 1)
    )
    return tree


def _and_to_or(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    spots = [a for w in tree.find_all(exp.Where, exp.Join) for a in w.find_all(exp.And)]
    if not spots:
        return None
    spot = site.rng.choice(spots)
    spot.replace(exp.Paren(this=exp.Or(this=spot.this.copy(), expression=spot.expression.copy())))
    return tree


def _join_kind(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    joins = list(tree.find_all(exp.Join))
    if not joins:
        return None
    join = site.rng.choice(joins)
    now = join.args.get("side") or "INNER"
    side = site.rng.choice([s for s in ("LEFT", "INNER", "FULL", "RIGHT") if s != now])
    join.set("side", None if side == "INNER" else side)
    join.set("kind", None)
    return tree


def _join_key(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    joins = [join for join in tree.find_all(exp.Join) if join.args.get("on")]
    if not joins:
        return None
    join = site.rng.choice(joins)
    test = join.args["on"].find(exp.EQ)
    if not test or not isinstance(test.expression, exp.Column):
        return None
    names = [
        c
        for c, kind in _columns_of(site, tree, join.this)
        if family(kind) == "int" and c != test.expression.name
    ]
    if not names:
        return None
    test.set("expression", exp.column(site.rng.choice(names), table=test.expression.table))
    return tree


def _join_add(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    core = site.rng.choice(_core(tree))
    column = _first_column(site, tree, core, "int")
    if column is None or core.args.get("group"):
        return None
    side = site.rng.choice(("left", "inner"))
    return_on = exp.EQ(this=column, expression=exp.column("id", table="extra"))
    core.join("raw.customers AS extra", on=return_on, join_type=side, copy=False, dialect="duckdb")
    return tree if not core.is_star or _qualified_star(core) else None


def _qualified_star(core: exp.Select) -> bool:
    return all(isinstance(e, exp.Column) for e in core.expressions if e.is_star)


def _group_key_remove(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    groups = [core for core in _core(tree) if core.args.get("group")]
    if not groups or len(groups[0].args["group"].expressions) < 2:
        return None
    core = groups[0]
    key = site.rng.choice(core.args["group"].expressions)
    for shown in core.expressions:
        if shown.unalias() == key:
            shown.replace(exp.alias_(exp.Max(this=key.copy()), shown.output_name))
    key.pop()
    return tree


def _group_key_add(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    groups = [core for core in _core(tree) if core.args.get("group")]
    column = _first_column(site, tree, groups[0]) if groups else None
    if column is None or column in groups[0].args["group"].expressions:
        return None
    groups[0].group_by(column, copy=False)
    return tree


def _distinct_toggle(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    cores = _core(tree)
    if len(cores) > 1 or cores[0].args.get("group"):
        return None
    cores[0].set("distinct", None if cores[0].args.get("distinct") else exp.Distinct())
    return tree


def _set_operation(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    operation = tree.find(exp.SetOperation)
    if operation is None:
        return None
    left, right = operation.this.copy(), operation.expression.copy()
    if isinstance(operation, exp.Union):
        turned: exp.Expr = exp.Union(this=left, expression=right, distinct=not operation.args.get("distinct"))
    else:
        other = exp.Except if isinstance(operation, exp.Intersect) else exp.Intersect
        turned = other(this=left, expression=right, distinct=True)
    return _swap(tree, operation, turned)


def _swap(tree: exp.Query, old: exp.Expr, new: exp.Expr) -> exp.Expr:
    """Put `new` where `old` is, also at the top (its CTEs go along)."""
    if old is tree:
        new.set("with_", tree.args.get("with_"))
        return new
    old.replace(new)
    return tree


def _branch_remove(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    operation = tree.find(exp.SetOperation)
    return None if operation is None else _swap(tree, operation, operation.this.copy())


def _branch_columns(site: Site) -> exp.Expr | None:
    """Let two columns of one type change places in the later branch."""
    tree = _query(site.sql)
    operation = tree.find(exp.SetOperation)
    if operation is None or not isinstance(operation.expression, exp.Select):
        return None
    branch = operation.expression
    kinds = [kind for _, kind in site.relation.columns]
    twins = [
        (i, j)
        for i in range(len(branch.expressions))
        for j in range(i)
        if len(kinds) == len(branch.expressions) and kinds[i] == kinds[j]
    ]
    if not twins:
        return None
    i, j = site.rng.choice(twins)
    shown = [e.copy() for e in branch.expressions]
    shown[i], shown[j] = shown[j], shown[i]
    branch.set("expressions", shown)
    return tree


def _constant(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    spots = [lit for core in _core(tree) for e in core.expressions for lit in e.find_all(exp.Literal)]
    spots = [
        lit for lit in spots if not isinstance(lit.parent, (exp.Cast, exp.DateTrunc, exp.TimestampTrunc))
    ]
    if not spots:
        return None
    spot = site.rng.choice(spots)
    spot.replace(
        exp.Literal.string(spot.this + "!")
        if spot.is_string
        else exp.Literal.number(int(float(spot.this)) + 1)
    )
    return tree


def _function(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    turn = {exp.Sum: exp.Max, exp.Max: exp.Min, exp.Min: exp.Max, exp.Upper: exp.Lower, exp.Lower: exp.Upper}
    turn |= {exp.Add: exp.Sub}
    spots = [spot for core in _core(tree) for e in core.expressions for spot in e.find_all(*turn)]
    if not spots:
        return None
    spot = site.rng.choice(spots)
    arguments = {key: value.copy() for key, value in spot.args.items() if isinstance(value, exp.Expr)}
    spot.replace(turn[type(spot)](**arguments))
    return tree


def _window_part(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    window = tree.find(exp.Window)
    if window is None:
        return None
    window.set("partition_by", None)
    return tree


def _column_swapped(site: Site) -> exp.Expr | None:
    """Show another column of the same type under the old name."""
    tree = _query(site.sql)
    cores = _explicit(tree)
    if not cores or cores[0].args.get("group"):
        return None
    upstream = dict(_columns_of(site, tree, cores[0].args["from_"].this))
    alias = cores[0].args["from_"].this.alias_or_name
    spots = [
        (shown, other)
        for shown in cores[0].expressions
        if isinstance(shown.unalias(), exp.Column) and shown.unalias().table == alias
        for other, kind in upstream.items()
        if kind == upstream.get(shown.unalias().name) and other != shown.unalias().name
    ]
    if not spots:
        return None
    shown, other = site.rng.choice(spots)
    shown.replace(exp.alias_(exp.column(other, table=alias), shown.output_name))
    return tree


def _cte_filter(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    stars = [cte.this for cte in tree.ctes if isinstance(cte.this, exp.Select) and cte.this.is_star]
    if not stars:
        return None
    inner = site.rng.choice(stars)
    table = inner.args["from_"].this
    relation = site.relations.get(f"{table.db}.{table.name}") if isinstance(table, exp.Table) else None
    numbers = relation.of("int", "number") if relation else []
    if not numbers:
        return None
    inner.where(f"{site.rng.choice(numbers)} > 1", copy=False, dialect="duckdb")
    return tree


def _limit(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    return tree.limit(2, copy=False)


# --- refactors: nothing that a reader can see may change


def _format(site: Site) -> str:
    style = site.rng.randrange(3)
    tree = _query(site.sql)
    if style == 0:
        return tree.sql(dialect="duckdb").lower() if "'" not in site.sql else tree.sql(dialect="duckdb")
    if style == 1:
        return "-- what this is for\n" + site.sql.replace("\nFROM", " -- shown\nFROM", 1)
    return tree.sql(dialect="duckdb", pretty=True, leading_comma=True, indent=6, pad=4)


def _alias_rename(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    for node in tree.find_all(exp.Table, exp.Subquery):
        if node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(f"{node.alias}_t")))
    for column in tree.find_all(exp.Column):
        if column.table:
            column.set("table", exp.to_identifier(f"{column.table}_t"))
    return tree


def _cte_rename(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    names = {cte.alias for cte in tree.ctes}
    if not names:
        return None
    for cte in tree.ctes:
        cte.set("alias", exp.TableAlias(this=exp.to_identifier(f"{cte.alias}_cte")))
    for table in tree.find_all(exp.Table):
        if table.name in names and not table.db:
            alias = table.args.get("alias")
            table.replace(exp.Table(this=exp.to_identifier(f"{table.name}_cte"), alias=alias))
    return tree


def _extract_cte(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    tables = [table for table in tree.find_all(exp.Table) if table.db and table.alias]
    if not tables:
        return None
    table = site.rng.choice(tables)
    if any(cte.this.find(exp.Table) is table for cte in tree.ctes):
        return None
    inner = exp.select("*").from_(exp.table_(table.name, db=table.db))
    alias = table.args["alias"].copy()
    table.replace(exp.Table(this=exp.to_identifier("picked"), alias=alias))
    edited = tree.with_("picked", as_=inner, copy=False)
    ctes = edited.args["with_"].expressions
    edited.args["with_"].set("expressions", [ctes[-1], *ctes[:-1]])
    return edited


def _inline_cte(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    for cte in tree.ctes:
        if cte.alias == "final" and isinstance(tree, exp.Select) and tree.is_star and len(tree.ctes) == 1:
            return cte.this.copy()
        plain = isinstance(cte.this, exp.Select) and cte.this.is_star and len(cte.this.expressions) == 1
        source = cte.this.args["from_"].this if plain else None
        extra = any(cte.this.args.get(part) for part in ("where", "joins", "qualify", "distinct", "limit"))
        if not plain or extra or not isinstance(source, exp.Table) or source.alias or not source.db:
            continue
        for table in list(tree.find_all(exp.Table)):
            if table.name == cte.alias and not table.db:
                alias = table.alias or table.name
                table.replace(exp.alias_(exp.table_(source.name, db=source.db), alias, table=True))
        rest = [other for other in tree.ctes if other is not cte]
        tree.args["with_"].set("expressions", rest)
        if not rest:
            tree.set("with_", None)
        return tree
    return None


def _wrap(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    if not isinstance(tree, exp.Select) or tree.ctes or tree.is_star:
        return None
    names = [exp.column(name, table="wrapped") for name in tree.named_selects]
    return exp.select(*names).from_(tree.subquery("wrapped"))


def _commute_and(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    spots = list(tree.find_all(exp.And))
    if not spots:
        return None
    spot = spots[-1]
    spot.replace(exp.And(this=spot.expression.copy(), expression=spot.this.copy()))
    return tree


def _commute(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    spots = list(tree.find_all(exp.Add, exp.Mul, exp.EQ))
    if not spots:
        return None
    spot = site.rng.choice(spots)
    one, two = spot.this.copy(), spot.expression.copy()
    spot.replace(type(spot)(this=two, expression=one))
    return tree


def _flip(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    spots = list(tree.find_all(exp.GT, exp.GTE))
    if not spots:
        return None
    spot = site.rng.choice(spots)
    turned = exp.LT if isinstance(spot, exp.GT) else exp.LTE
    spot.replace(turned(this=spot.expression.copy(), expression=spot.this.copy()))
    return tree


def _in_list(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    lists = [test for test in tree.find_all(exp.In) if len(test.expressions) > 1]
    if not lists:
        return None
    lists[0].set("expressions", [e.copy() for e in reversed(lists[0].expressions)])
    return tree


def _join_swap(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    cores = _core(tree)
    core = cores[0]
    joins = core.args.get("joins") or []
    if len(joins) != 1 or joins[0].args.get("side") or core.is_star:
        return None
    first, second = core.args["from_"].this.copy(), joins[0].this.copy()
    core.args["from_"].set("this", second)
    joins[0].set("this", first)
    return tree


def _union_swap(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    operation = tree.find(exp.Union, exp.Intersect)
    if operation is None or not all(isinstance(b, exp.Select) for b in (operation.left, operation.right)):
        return None
    names = operation.left.named_selects
    if operation.right.named_selects != names:
        return None
    left, right = operation.this.copy(), operation.expression.copy()
    turned = type(operation)(this=right, expression=left, distinct=operation.args.get("distinct"))
    return _swap(tree, operation, turned)


def _unused_cte(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    return tree.with_("not_used", as_="SELECT id, name FROM raw.customers", copy=False, dialect="duckdb")


def _dead_column(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    cores = _core(tree)
    if any(core.is_star for core in cores) or isinstance(tree, exp.SetOperation):
        return None
    for cte in tree.ctes:
        if isinstance(cte.this, exp.Select) and cte.this is not cores[0] and not cte.this.args.get("group"):
            cte.this.select("1 + 1 AS never_read", copy=False, dialect="duckdb")
            return tree
    return None


def _star_expanded(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    for select in tree.find_all(exp.Select):
        source = select.args["from_"].this if select.args.get("from_") else None
        if not select.is_star or select.args.get("joins") or not isinstance(source, exp.Table):
            continue
        star = select.expressions[0]
        if (star.this if isinstance(star, exp.Column) else star).args.get("except_"):
            continue
        upstream = _columns_of(site, tree, source)
        if not upstream:
            continue
        alias = source.alias_or_name
        listed = [exp.column(name, table=alias) for name, _ in upstream]
        select.set("expressions", [*listed, *select.expressions[1:]])
        return tree
    return None


def _ordinals(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    for core in _core(tree):
        group = core.args.get("group")
        if group is None:
            continue
        shown = [e.unalias() for e in core.expressions]
        if all(key in shown for key in group.expressions):
            group.set("expressions", [exp.Literal.number(shown.index(key) + 1) for key in group.expressions])
            return tree
    return None


def _unqualified(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    if tree.find(exp.Join) or tree.find(exp.Subquery) or len(list(tree.find_all(exp.Select))) > 1:
        return None
    for column in tree.find_all(exp.Column):
        if not column.is_star:
            column.set("table", None)
    return tree


def _using(site: Site) -> exp.Expr | None:
    tree = _query(site.sql)
    for join in tree.find_all(exp.Join):
        on = join.args.get("on")
        same = (
            isinstance(on, exp.EQ)
            and isinstance(on.this, exp.Column)
            and isinstance(on.expression, exp.Column)
        )
        if same and on.this.name == on.expression.name and not _core(tree)[0].is_star:
            join.set("using", [exp.to_identifier(on.this.name)])
            join.set("on", None)
            return tree
    return None


def _spelling(site: Site) -> str | None:
    tree = _query(site.sql)
    for node in list(tree.find_all(exp.Coalesce)):
        if len(node.expressions) == 1:
            node.replace(
                exp.Anonymous(this="IFNULL", expressions=[node.this.copy(), node.expressions[0].copy()])
            )
    text = tree.sql(dialect="duckdb", pretty=True)
    return text.replace(" <> ", " != ").replace("COUNT(*)", "COUNT(1)")


BREAKING: Mapping[str, Mutator] = {
    "column-drop": _drop,
    "column-rename": _rename,
    "column-retype": _retype,
    "column-reorder": _reorder,
}
CHANGING: Mapping[str, Mutator] = {
    "column-add": _add_constant,
    "column-add-upstream": _add_from_upstream,
    "filter-add": _filter_add,
    "filter-remove": _filter_remove,
    "filter-change": _filter_change,
    "filter-constant": _filter_constant,
    "filter-and-to-or": _and_to_or,
    "filter-in-cte": _cte_filter,
    "join-kind": _join_kind,
    "join-key": _join_key,
    "join-add": _join_add,
    "group-key-remove": _group_key_remove,
    "group-key-add": _group_key_add,
    "distinct-toggle": _distinct_toggle,
    "set-operation": _set_operation,
    "set-branch-remove": _branch_remove,
    "set-branch-columns": _branch_columns,
    "limit-add": _limit,
    "value-constant": _constant,
    "value-function": _function,
    "value-window": _window_part,
    "value-column": _column_swapped,
}
REFACTORS: Mapping[str, Mutator] = {
    "refactor-format": _format,
    "refactor-alias": _alias_rename,
    "refactor-cte-rename": _cte_rename,
    "refactor-cte-extract": _extract_cte,
    "refactor-cte-inline": _inline_cte,
    "refactor-subquery": _wrap,
    "refactor-and-order": _commute_and,
    "refactor-commute": _commute,
    "refactor-flip": _flip,
    "refactor-in-list": _in_list,
    "refactor-join-order": _join_swap,
    "refactor-branch-order": _union_swap,
    "refactor-unused-cte": _unused_cte,
    "refactor-dead-column": _dead_column,
    "refactor-star-expanded": _star_expanded,
    "refactor-ordinals": _ordinals,
    "refactor-unqualified": _unqualified,
    "refactor-using": _using,
    "refactor-spelling": _spelling,
}
MUTATORS: Mapping[str, Mutator] = {**BREAKING, **CHANGING, **REFACTORS}
