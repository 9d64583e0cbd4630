"""Refactors: edits of a model that no reader can see."""

from collections.abc import Mapping

from sites import Mutator, Site, columns_of, cores_of, parse, swap
from sqlglot import exp


def _format(site: Site) -> str:
    style = site.rng.randrange(3)
    tree = parse(site.sql)
    if style == 0:
        return tree.sql(dialect="duckdb").lower() if "'" not in site.sql else tree.sql(dialect="duckdb")
    if style == 1:
        return "-- what this is for\n" + site.sql.replace("\nFROM", " -- shown\nFROM", 1)
    return tree.sql(dialect="duckdb", pretty=True, leading_comma=True, indent=6, pad=4)


def _alias_rename(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    for node in tree.find_all(exp.Table, exp.Subquery):
        if node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(f"{node.alias}_t")))
    for column in tree.find_all(exp.Column):
        if column.table:
            column.set("table", exp.to_identifier(f"{column.table}_t"))
    return tree


def _cte_rename(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
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
    tree = parse(site.sql)
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
    tree = parse(site.sql)
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
    tree = parse(site.sql)
    if not isinstance(tree, exp.Select) or tree.ctes or tree.is_star:
        return None
    names = [exp.column(name, table="wrapped") for name in tree.named_selects]
    return exp.select(*names).from_(tree.subquery("wrapped"))


def _commute_and(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    spots = list(tree.find_all(exp.And))
    if not spots:
        return None
    spot = spots[-1]
    spot.replace(exp.And(this=spot.expression.copy(), expression=spot.this.copy()))
    return tree


def _commute(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    spots = list(tree.find_all(exp.Add, exp.Mul, exp.EQ))
    if not spots:
        return None
    spot = site.rng.choice(spots)
    one, two = spot.this.copy(), spot.expression.copy()
    spot.replace(type(spot)(this=two, expression=one))
    return tree


def _flip(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    spots = list(tree.find_all(exp.GT, exp.GTE))
    if not spots:
        return None
    spot = site.rng.choice(spots)
    turned = exp.LT if isinstance(spot, exp.GT) else exp.LTE
    spot.replace(turned(this=spot.expression.copy(), expression=spot.this.copy()))
    return tree


def _in_list(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    lists = [test for test in tree.find_all(exp.In) if len(test.expressions) > 1]
    if not lists:
        return None
    lists[0].set("expressions", [e.copy() for e in reversed(lists[0].expressions)])
    return tree


def _join_swap(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    cores = cores_of(tree)
    core = cores[0]
    joins = core.args.get("joins") or []
    if len(joins) != 1 or joins[0].args.get("side") or core.is_star:
        return None
    first, second = core.args["from_"].this.copy(), joins[0].this.copy()
    core.args["from_"].set("this", second)
    joins[0].set("this", first)
    return tree


def _union_swap(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    operation = tree.find(exp.Union, exp.Intersect)
    if operation is None or not all(isinstance(b, exp.Select) for b in (operation.left, operation.right)):
        return None
    names = operation.left.named_selects
    if operation.right.named_selects != names:
        return None
    left, right = operation.this.copy(), operation.expression.copy()
    turned = type(operation)(this=right, expression=left, distinct=operation.args.get("distinct"))
    return swap(tree, operation, turned)


def _unused_cte(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    return tree.with_("not_used", as_="SELECT id, name FROM raw.customers", copy=False, dialect="duckdb")


def _dead_column(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    cores = cores_of(tree)
    if any(core.is_star for core in cores) or isinstance(tree, exp.SetOperation):
        return None
    for cte in tree.ctes:
        if isinstance(cte.this, exp.Select) and cte.this is not cores[0] and not cte.this.args.get("group"):
            cte.this.select("1 + 1 AS never_read", copy=False, dialect="duckdb")
            return tree
    return None


def _star_expanded(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    for select in tree.find_all(exp.Select):
        source = select.args["from_"].this if select.args.get("from_") else None
        if not select.is_star or select.args.get("joins") or not isinstance(source, exp.Table):
            continue
        star = select.expressions[0]
        if (star.this if isinstance(star, exp.Column) else star).args.get("except_"):
            continue
        upstream = columns_of(site, tree, source)
        if not upstream:
            continue
        alias = source.alias_or_name
        listed = [exp.column(name, table=alias) for name, _ in upstream]
        select.set("expressions", [*listed, *select.expressions[1:]])
        return tree
    return None


def _ordinals(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    for core in cores_of(tree):
        group = core.args.get("group")
        if group is None:
            continue
        shown = [e.unalias() for e in core.expressions]
        if all(key in shown for key in group.expressions):
            group.set("expressions", [exp.Literal.number(shown.index(key) + 1) for key in group.expressions])
            return tree
    return None


def _unqualified(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    if tree.find(exp.Join) or tree.find(exp.Subquery) or len(list(tree.find_all(exp.Select))) > 1:
        return None
    for column in tree.find_all(exp.Column):
        if not column.is_star:
            column.set("table", None)
    return tree


def _using(site: Site) -> exp.Expr | None:
    tree = parse(site.sql)
    for join in tree.find_all(exp.Join):
        on = join.args.get("on")
        same = (
            isinstance(on, exp.EQ)
            and isinstance(on.this, exp.Column)
            and isinstance(on.expression, exp.Column)
        )
        if same and on.this.name == on.expression.name and not cores_of(tree)[0].is_star:
            join.set("using", [exp.to_identifier(on.this.name)])
            join.set("on", None)
            return tree
    return None


def _spelling(site: Site) -> str | None:
    tree = parse(site.sql)
    for node in list(tree.find_all(exp.Coalesce)):
        if len(node.expressions) == 1:
            node.replace(
                exp.Anonymous(this="IFNULL", expressions=[node.this.copy(), node.expressions[0].copy()])
            )
    text = tree.sql(dialect="duckdb", pretty=True)
    return text.replace(" <> ", " != ").replace("COUNT(*)", "COUNT(1)")


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
