"""Where an edit is made: a model, and what its syntax tree says of it."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlglot
from projects import Relation
from sqlglot import exp


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A model to edit: its SQL, its columns, and the relations that it may read."""

    sql: str
    relation: Relation
    relations: Mapping[str, Relation]
    rng: random.Random


Mutator = Callable[[Site], exp.Expr | str | None]


def parse(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    return tree


def cores_of(tree: exp.Query) -> list[exp.Select]:
    """Give the SELECTs that write the output: through `select * from final`, one a branch of a set operation."""
    if isinstance(tree, exp.SetOperation):
        return [*cores_of(tree.left), *cores_of(tree.right)]
    assert isinstance(tree, exp.Select)
    ctes = {cte.alias: cte.this for cte in tree.ctes}
    source = tree.args["from_"].this
    if len(ctes) == 1 and tree.is_star and isinstance(source, exp.Table) and source.name in ctes:
        return cores_of(ctes[source.name]) if source.name == "final" else [tree]
    return [tree]


def explicit_cores(tree: exp.Query) -> list[exp.Select] | None:
    """Give the cores if each lists its columns."""
    cores = cores_of(tree)
    return None if any(core.is_star for core in cores) else cores


def columns_of(site: Site, tree: exp.Query, table: exp.Table | None) -> tuple[tuple[str, str], ...]:
    """Give the columns of a table that the model reads, also through an import CTE; none where not known."""
    if table is None:
        return ()
    for cte in tree.ctes:
        if cte.alias == table.name and not table.db:
            inner = cte.this.find(exp.Table)
            plain = isinstance(cte.this, exp.Select) and cte.this.is_star and len(cte.this.expressions) == 1
            return columns_of(site, tree, inner) if plain and inner and inner.db else ()
    relation = site.relations.get(f"{table.db}.{table.name}")
    return relation.columns if relation else ()


def swap(tree: exp.Query, old: exp.Expr, new: exp.Expr) -> exp.Expr:
    """Put `new` where `old` is, also at the top (its CTEs go along)."""
    if old is tree:
        new.set("with_", tree.args.get("with_"))
        return new
    old.replace(new)
    return tree
