"""What a query's scope offers to names: its sources, its outputs, the elements that UNNEST makes. Reads, never changes."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope

from contract_gate.witness.refusal import Refusal

Made = tuple[tuple[Scope, exp.Expr], ...]


def selected(scope: Scope) -> dict[str, exp.Table | Scope]:
    """Give the sources in FROM and JOIN by the name that columns use for them."""
    try:
        pairs = scope.selected_sources
    except SqlglotError as error:
        raise Refusal(f"its tables can't be told apart: {str(error)[:200]}") from error
    return {name: source for name, (_, source) in pairs.items() if isinstance(source, exp.Table | Scope)}


def visible(scope: Scope) -> dict[str, exp.Table | Scope]:
    """Give the sources that a name in the scope may mean: its own and those of the queries around it."""
    found: dict[str, exp.Table | Scope] = {}
    level: Scope | None = scope
    while level is not None:
        found = {**selected(level), **found}
        level = level.parent
    return found


def aliases(scope: Scope) -> dict[str, exp.Expr]:
    """Give the names that a SELECT gives to its expressions."""
    if not isinstance(scope.expression, exp.Select):
        return {}
    return {s.alias: s.this for s in scope.expression.selects if isinstance(s, exp.Alias)}


def using(scope: Scope) -> tuple[str, ...]:
    """Give the column names that USING merges, in their order: a search that is made again makes the same tables."""
    joins = scope.expression.args.get("joins") or []
    return tuple(dict.fromkeys(name.name for join in joins for name in join.args.get("using") or []))


def in_projection_of(column: exp.Column, alias: str) -> bool:
    """Tell whether the column is inside the expression that the alias names (then it isn't the alias)."""
    node: exp.Expr | None = column
    while node is not None and not isinstance(node, exp.Select):
        if isinstance(node, exp.Alias) and node.alias == alias:
            return True
        if isinstance(node, exp.Where | exp.Join | exp.From):
            return True
        node = node.parent
    return False


def outputs(scope: Scope) -> dict[str, Made]:
    """Give the named outputs of a query: through set operations by position, names from the first branch."""
    if isinstance(scope.expression, exp.SetOperation):
        return _union_outputs(scope)
    if isinstance(scope.expression, exp.Unnest | exp.Lateral):
        return _element_outputs(scope, scope.expression)
    if not isinstance(scope.expression, exp.Select):
        return {}
    given = list(scope.outer_columns or ())
    made: dict[str, Made] = {}
    for position, select in enumerate(scope.expression.selects):
        if select.is_star:
            continue
        name = given[position].lower() if position < len(given) else select.alias_or_name
        made[name] = ((scope, select.unalias()),)
    return made


def _element_outputs(scope: Scope, node: exp.Expr) -> dict[str, Made]:
    """Give the columns that UNNEST or LATERAL EXPLODE makes: the elements of its first list."""
    return {name: ((scope, listed(scope)),) for name in _element_names(node)[:1]}


def _element_names(node: exp.Expr) -> list[str]:
    alias = node.args.get("alias")
    names = [name.name for name in alias.columns] if isinstance(alias, exp.TableAlias) else []
    return names or ([node.alias] if node.alias else [])


def _union_outputs(scope: Scope) -> dict[str, Made]:
    branches = [list(outputs(branch).items()) for branch in scope.set_operation_scopes]
    if not branches:
        return {}
    stacked = {}
    for position, (name, made) in enumerate(branches[0]):
        others = [branch[position][1] for branch in branches[1:] if position < len(branch)]
        stacked[name] = made + tuple(pair for other in others for pair in other)
    return stacked


def star_sources(scope: Scope) -> Iterator[exp.Table | Scope]:
    """Give the sources whose columns a `*` of the query hands on."""
    if isinstance(scope.expression, exp.SetOperation):
        for branch in scope.set_operation_scopes:
            yield from star_sources(branch)
    elif isinstance(scope.expression, exp.Select):
        for select in scope.expression.selects:
            if select.is_star:
                for name, source in selected(scope).items():
                    if isinstance(select, exp.Star) or select.find(exp.Column, bfs=False) is None or (
                        isinstance(select, exp.Column) and select.table == name
                    ):  # fmt: skip
                        yield source


def starred_tables(source: exp.Table | Scope) -> Iterator[exp.Table]:
    """Give the base tables whose columns the source hands on by `*`."""
    if isinstance(source, exp.Table):
        yield source
    else:
        for inner in star_sources(source):
            yield from starred_tables(inner)


def listed(scope: Scope) -> exp.Expr:
    """Give the expression that makes the elements: UNNEST or EXPLODE with its list."""
    return scope.expression.this if isinstance(scope.expression, exp.Lateral) else scope.expression


def is_element(source: exp.Table | Scope, name: str) -> bool:
    """Tell whether a name means the element itself that UNNEST makes, not a table with columns."""
    return (
        isinstance(source, Scope)
        and isinstance(source.expression, exp.Unnest | exp.Lateral)
        and _element_names(source.expression) == [name]
    )
