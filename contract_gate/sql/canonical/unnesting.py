"""Subqueries that give one aggregate for each row: as a left join of groups, however they are spelled.

`(SELECT MAX(x) FROM u WHERE u.k = t.k)`, the same in a LATERAL source, and `LEFT JOIN (SELECT k, MAX(x) FROM u GROUP BY k)`
give one value: where no row of u has the key (or the key is NULL), the aggregate over no rows is what the join pads
with, NULL, but for COUNT, which is 0 there.
"""

from collections.abc import Callable

from contract_gate.core.relation import Column
from contract_gate.core.values import dataclass, replace
from contract_gate.sql.algebra import Output, Scan, Select, Source, TableFunction, Term
from contract_gate.sql.canonical.blocks import with_terms
from contract_gate.sql.canonical.conditions import conjunction, conjuncts
from contract_gate.sql.canonical.predicates import tie
from contract_gate.sql.canonical.shape import (
    has_one_row,
    has_windows,
    is_limited,
    is_set,
    reads_whole,
    without_source,
)
from contract_gate.sql.canonical.substitute import References, Substitution, renumbered
from contract_gate.sql.families import SPARK
from contract_gate.sql.functions import NULL_OF_NO_ROWS, is_volatile, set_returning
from contract_gate.sql.walk import is_same, own_terms, parts, replacing

_ZERO = Term("number", value="0")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Groups:
    """A subquery as groups: the query by key, and what its keys are compared with outside.

    `values` gives each of its outputs, written over the columns of the query, whose source has the number `id`.
    """

    id: int
    query: Select
    outside: tuple[Term, ...]
    values: tuple[Term, ...]


def unnested_aggregates(block: Select, references: References, next_id: Callable[[], int]) -> Select:
    """Write correlated aggregates in the block's terms, and lateral sources of one row, as left joins of groups."""
    for source in block.sources:
        if source.lateral and source.on is None and isinstance(source.relation, Select):
            groups = _groups(source.relation, references, next_id)
            if groups is not None and not reads_whole(block, source):
                return _with(_without_lateral(block, source, groups, references), groups)
    for term in parts(_own_terms(block)):
        if term.op == "scalar" and isinstance(term.query, Select) and not term.args:
            groups = _groups(term.query, references, next_id)
            if groups is not None:
                return _with(_put(block, term, groups.values[0]), groups)
    return block


def with_rows_joined(block: Select, dialect: str, next_id: Callable[[], int]) -> Select:
    """`SELECT a, UNNEST(l) FROM t` is `SELECT a, x FROM t, UNNEST(l) AS u (x)`, and EXPLODE is a LATERAL VIEW.

    One that stands several times, whose fields are columns, goes through its rows once.
    """
    made = [part for output in block.outputs for part in set_returning(output.term)]
    if not made or any(part != made[0] for part in made) or not (dialect in SPARK or dialect in _UNNESTS):
        return block
    if block != Select(sources=block.sources, outputs=block.outputs, where=block.where) or has_windows(block):
        return block
    term = made[0]
    joins = {"explode": "inner", "unnest": "inner", **(_OUTER if dialect in SPARK else {})}
    if term.op not in joins or len(term.args) != 1 or not is_set(block.sources):
        return block
    made_of = (
        Term("explode", term.args, ("this",))
        if dialect in SPARK
        else Term("unnest", term.args, ("expressions",))
    )
    rows = TableFunction(term=made_of, known=(Column(name="@row"),), closed=True)
    source = Source(id=next_id(), relation=rows, join=joins[term.op], lateral=True)
    value = Term("column", value="@row", source=source.id)
    for each in made:
        block = _put(block, each, value)
    return replace(block, sources=(*block.sources, source))


_UNNESTS = frozenset({"postgres", "duckdb"})
_OUTER = {"explodeouter": "left", "_explodeouter": "left"}


def _own_terms(block: Select) -> list[Term]:
    """List the terms that `_put` looks at."""
    found = [output.term for output in block.outputs] + [*(block.group or ()), *block.order]
    return found + [step for step in (block.where, block.having, block.qualify) if step is not None]


def _without_lateral(block: Select, source: Source, groups: _Groups, references: References) -> Select:
    relation = source.relation
    assert isinstance(relation, Select)  # noqa: S101 - only those become groups
    names = {o.name: value for o, value in zip(relation.outputs, groups.values, strict=True)}
    others = without_source(block, source)
    return Substitution(lambda term: names.get(term.value), frozenset({source.id}), references).select(others)


def _groups(query: Select, references: References, next_id: Callable[[], int]) -> _Groups | None:
    """Read a correlated query that aggregates all of its rows, tied to what is around it by equalities alone."""
    if not has_one_row(query) or has_windows(query) or not is_set(query.sources):
        return None
    if not references.free(query) or is_volatile(parts(own_terms(query))):
        return None
    query = replace(renumbered(query, next_id, references), order=())
    inside = {source.id for source in query.sources}
    held = [(condition, tie(condition, inside)) for condition in conjuncts(query.where)]
    ties = [found for _, found in held if found is not None]
    rest = replace(query, where=conjunction(condition for condition, found in held if found is None))
    if not ties or references.free(rest):
        return None
    number = next_id()
    aggregates: list[Term] = []
    values = _over_groups(query.outputs, number, aggregates)
    if values is None:
        return None
    keys = tuple(inner for inner, _ in ties)
    named = [(f"@k{i}", key) for i, key in enumerate(keys)] + [
        (f"@v{i}", a) for i, a in enumerate(aggregates)
    ]
    outputs = tuple(Output(name=name, term=term) for name, term in named)
    grouped = replace(rest, outputs=outputs, group=keys)
    return _Groups(id=number, query=grouped, outside=tuple(outer for _, outer in ties), values=values)


def _over_groups(outputs: tuple[Output, ...], number: int, aggregates: list[Term]) -> tuple[Term, ...] | None:
    """Write outputs over the columns of the groups; None where one computes more than aggregates that are known."""
    fails = False

    def change(term: Term) -> Term | None:
        nonlocal fails
        if term.op in NULL_OF_NO_ROWS or term.op == "count":
            place = next((i for i, one in enumerate(aggregates) if is_same(one, term)), len(aggregates))
            if place == len(aggregates):
                aggregates.append(term)
            column = Term("column", value=f"@v{place}", source=number)
            return Term("coalesce", (column, _ZERO), ("this", "this")) if term.op == "count" else column
        fails |= term.query is not None or term.op in _OF_ROWS
        return None

    values = tuple(map(replacing(change), (output.term for output in outputs)))
    return None if fails else values


_OF_ROWS = frozenset({"column", "star", "row", "window", "filter", "unresolved", "any_column"})


def _with(block: Select, groups: _Groups) -> Select:
    """Join the groups, once where the block has them already."""
    for source in block.sources:
        same = _same_groups(source, groups)
        if same is not None:
            extended, names = same
            sources = tuple(extended if s is source else s for s in block.sources)
            columns = Substitution(
                lambda term: replace(term, source=source.id, value=names[term.value]),  # noqa: B023 - used at once
                frozenset({groups.id}),
                References(),
            )
            return columns.select(replace(block, sources=sources))
    pairs = enumerate(groups.outside)
    on = conjunction(
        Term("eq", (Term("column", value=f"@k{i}", source=groups.id), outer), ("this", "expression"))
        for i, outer in pairs
    )
    joined = Source(id=groups.id, relation=groups.query, join="left", on=on)
    return replace(block, sources=(*block.sources, joined))


def _same_groups(source: Source, groups: _Groups) -> tuple[Source, dict[str, str]] | None:
    """Add what the groups aggregate to a left join of the same groups; None where the source is another thing."""
    query = source.relation
    if source.join != "left" or source.lateral or not isinstance(query, Select) or not query.group:
        return None
    mine = groups.query
    if len(query.sources) != len(mine.sources) or len(query.group) != len(mine.group or ()):
        return None
    if query.having or query.qualify or query.grouping or is_limited(query) or query.modifiers:
        return None
    numbers = iter([s.id for s in query.sources])
    if not all(isinstance(s.relation, Scan) for s in (*query.sources, *mine.sources)):
        return None
    mine = renumbered(mine, lambda: next(numbers), References())
    alike = all(
        (a.join, a.relation) == (b.join, b.relation) and _all_same(conjuncts(a.on), conjuncts(b.on))
        for a, b in zip(query.sources, mine.sources, strict=True)
    )
    if not alike or not _all_same(conjuncts(query.where), conjuncts(mine.where)):
        return None
    names, outputs = {}, list(query.outputs)
    for output in mine.outputs:
        name = next((o.name for o in outputs if is_same(o.term, output.term)), None)
        if name is None:
            name = f"@{len(outputs)}{output.name}"
            outputs.append(replace(output, name=name))
        names[output.name] = name
    wanted = [
        Term("eq", (Term("column", value=names[f"@k{i}"], source=source.id), outer), ("this", "expression"))
        for i, outer in enumerate(groups.outside)
    ]
    if not _all_same(conjuncts(source.on), wanted):
        return None
    return replace(source, relation=replace(query, outputs=tuple(outputs))), names


def _all_same(some: tuple[Term, ...], others: tuple[Term, ...] | list[Term]) -> bool:
    """Tell whether the conditions are the same, in any order; an equality either way round."""
    left = list(others)
    for one in some:
        found = next((other for other in left if _is_alike(one, other)), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _is_alike(one: Term, other: Term) -> bool:
    turned = replace(other, args=other.args[::-1]) if other.op == "eq" else other
    return is_same(one, other) or is_same(one, turned)


def _put(block: Select, old: Term, new: Term) -> Select:
    """Put a term in the place of another (by identity), everywhere in the block."""
    return with_terms(block, replacing(lambda term: new if term is old else None))
