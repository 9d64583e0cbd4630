"""Edits of a model that break its readers, or change what they read."""

from collections.abc import Mapping

from projects import family
from sites import Mutator, Site, columns_of, cores_of, explicit_cores, parse, swap
from sqlglot import exp

TYPES = {
    "int": ("VARCHAR", "BIGINT", "DOUBLE"),
    "number": ("VARCHAR", "DOUBLE", "INTEGER"),
    "text": ("VARCHAR(50)", "BOOLEAN", "DATE"),
    "time": ("VARCHAR", "DATE", "TIMESTAMP"),
    "flag": ("VARCHAR", "INTEGER"),
    "other": ("VARCHAR",),
}


def _drop(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    cores = explicit_cores(tree)
    if not cores or len(cores[0].expressions) < 2:
        return None
    at = site.rng.randrange(len(cores[0].expressions))
    for core in cores:
        core.set("expressions", [e for i, e in enumerate(core.expressions) if i != at])
    return tree


def _rename(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    cores = explicit_cores(tree)
    if not cores:
        return None
    at = site.rng.randrange(len(cores[0].expressions))
    shown = cores[0].expressions[at]
    new = exp.alias_(shown.unalias().copy(), f"{shown.output_name}_{site.rng.choice(('new', 'v2', 'x'))}")
    shown.replace(new)
    return tree


def _retype(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    cores = explicit_cores(tree)
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
    tree = parse(site.sql)
    cores = explicit_cores(tree)
    if not cores or len(cores[0].expressions) < 2:
        return None
    at = site.rng.randrange(1, len(cores[0].expressions))
    for core in cores:
        shown = core.expressions
        core.set("expressions", [*shown[at:], *shown[:at]])
    return tree


def _add_constant(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    cores = explicit_cores(tree)
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
    tree = parse(site.sql)
    cores = explicit_cores(tree)
    if not cores or len(cores) > 1 or cores[0].args.get("group"):
        return None
    table = cores[0].find(exp.Table)
    upstream = columns_of(site, tree, table)
    unused = [c for c, _ in upstream if c not in cores[0].named_selects]
    if not unused or not table:
        return None
    column = exp.column(site.rng.choice(unused), table=table.alias_or_name)
    cores[0].select(column, copy=False)
    return tree


def _first_column(site: Site, tree: exp.Query, core: exp.Select, *families: str) -> exp.Column | None:
    source = core.args["from_"].this
    if not isinstance(source, exp.Table):
        return None
    names = [c for c, kind in columns_of(site, tree, source) if not families or family(kind) in families]
    return exp.column(site.rng.choice(names), table=source.alias_or_name) if names else None


def _filter_add(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    core = site.rng.choice(cores_of(tree))
    column = _first_column(site, tree, core, "int", "number")
    if column is None:
        return None
    core.where(exp.GT(this=column, expression=exp.Literal.number(site.rng.randint(1, 3))), copy=False)
    return tree


def _filter_remove(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    wheres = list(tree.find_all(exp.Where, exp.Having, exp.Qualify))
    if not wheres:
        return None
    site.rng.choice(wheres).pop()
    return tree


def _filter_change(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
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
    tree = parse(site.sql)
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
    tree = parse(site.sql)
    spots = [a for w in tree.find_all(exp.Where, exp.Join) for a in w.find_all(exp.And)]
    if not spots:
        return None
    spot = site.rng.choice(spots)
    spot.replace(exp.Paren(this=exp.Or(this=spot.this.copy(), expression=spot.expression.copy())))
    return tree


def _join_kind(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
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
    tree = parse(site.sql)
    joins = [join for join in tree.find_all(exp.Join) if join.args.get("on")]
    if not joins:
        return None
    join = site.rng.choice(joins)
    test = join.args["on"].find(exp.EQ)
    if not test or not isinstance(test.expression, exp.Column):
        return None
    names = [
        c
        for c, kind in columns_of(site, tree, join.this)
        if family(kind) == "int" and c != test.expression.name
    ]
    if not names:
        return None
    test.set("expression", exp.column(site.rng.choice(names), table=test.expression.table))
    return tree


def _join_add(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    core = site.rng.choice(cores_of(tree))
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
    tree = parse(site.sql)
    groups = [core for core in cores_of(tree) if core.args.get("group")]
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
    tree = parse(site.sql)
    groups = [core for core in cores_of(tree) if core.args.get("group")]
    column = _first_column(site, tree, groups[0]) if groups else None
    if column is None or column in groups[0].args["group"].expressions:
        return None
    groups[0].group_by(column, copy=False)
    return tree


def _distinct_toggle(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    cores = cores_of(tree)
    if len(cores) > 1 or cores[0].args.get("group"):
        return None
    cores[0].set("distinct", None if cores[0].args.get("distinct") else exp.Distinct())
    return tree


def _set_operation(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    operation = tree.find(exp.SetOperation)
    if operation is None:
        return None
    left, right = operation.this.copy(), operation.expression.copy()
    if isinstance(operation, exp.Union):
        turned: exp.Expr = exp.Union(this=left, expression=right, distinct=not operation.args.get("distinct"))
    else:
        other = exp.Except if isinstance(operation, exp.Intersect) else exp.Intersect
        turned = other(this=left, expression=right, distinct=True)
    return swap(tree, operation, turned)


def _branch_remove(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    operation = tree.find(exp.SetOperation)
    return None if operation is None else swap(tree, operation, operation.this.copy())


def _branch_columns(site: Site) -> exp.Expr | None:
    """Let two columns of one type change places in the later branch."""
    tree = parse(site.sql)
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
    tree = parse(site.sql)
    spots = [lit for core in cores_of(tree) for e in core.expressions for lit in e.find_all(exp.Literal)]
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
    tree = parse(site.sql)
    turn = {exp.Sum: exp.Max, exp.Max: exp.Min, exp.Min: exp.Max, exp.Upper: exp.Lower, exp.Lower: exp.Upper}
    turn |= {exp.Add: exp.Sub}
    spots = [spot for core in cores_of(tree) for e in core.expressions for spot in e.find_all(*turn)]
    if not spots:
        return None
    spot = site.rng.choice(spots)
    arguments = {key: value.copy() for key, value in spot.args.items() if isinstance(value, exp.Expr)}
    spot.replace(turn[type(spot)](**arguments))
    return tree


def _window_part(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    window = tree.find(exp.Window)
    if window is None:
        return None
    window.set("partition_by", None)
    return tree


def _column_swapped(site: Site) -> exp.Expr | None:
    """Show another column of the same type under the old name."""
    tree = parse(site.sql)
    cores = explicit_cores(tree)
    if not cores or cores[0].args.get("group"):
        return None
    upstream = dict(columns_of(site, tree, cores[0].args["from_"].this))
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
    tree = parse(site.sql)
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
    tree = parse(site.sql)
    return tree.limit(2, copy=False)


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
