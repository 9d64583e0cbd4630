"""The head's SQL in the names of the base: what was renamed upstream in the same pull request is no difference here."""

from sqlglot import exp

from contract_gate.core.relation import RelationName
from contract_gate.witness.question import Renamed


def as_known(query: exp.Query, renamed: tuple[Renamed, ...]) -> exp.Query:
    """Put the base's names where the query reads renamed tables; its own column names stay what they are."""
    own = {cte.alias.lower() for cte in query.find_all(exp.CTE)}
    for table in list(query.find_all(exp.Table)):
        if not isinstance(table.this, exp.Identifier) or (not table.db and table.name.lower() in own):
            continue
        name = RelationName(tuple(part.name.lower() for part in table.parts))
        fitting = [one for one in renamed if one.name.matches(name)]
        if fitting:
            _replace(table, fitting[0])
    return query


def _replace(table: exp.Table, renamed: Renamed) -> None:
    alias = exp.TableAlias(this=exp.to_identifier(table.alias or table.name))
    stored = _table(renamed.known_as)
    if not renamed.columns:
        stored.set("alias", alias)
        stored.set("joins", table.args.get("joins"))
        table.replace(stored)
        return
    columns = [exp.alias_(exp.column(then, quoted=True), now, quoted=True) for now, then in renamed.columns]
    made = exp.Subquery(this=exp.select(*columns).from_(stored), alias=alias)
    made.set("joins", table.args.get("joins"))
    table.replace(made)


def _table(name: RelationName) -> exp.Table:
    parts = [exp.to_identifier(part, quoted=True) for part in reversed(name.parts)]
    return exp.Table(**dict(zip(("this", "db", "catalog"), parts, strict=False)))
