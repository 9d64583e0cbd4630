"""EXCEPT, INTERSECT, grouping sets and PIVOT written out in plain blocks: what they are defined as.

Only for two queries of which one is written out by hand: elsewhere people read the short form.
"""

from collections.abc import Callable
from dataclasses import replace

from contract_gate.sql.algebra import (
    Output,
    Query,
    Reshape,
    Select,
    SetOperation,
    TableFunction,
    Term,
)
from contract_gate.sql.canonical.conditions import NULL, conjunction
from contract_gate.sql.canonical.projection import named_apart, numbered
from contract_gate.sql.canonical.shape import has_windows, is_limited
from contract_gate.sql.canonical.substitute import References, renumbered
from contract_gate.sql.functions import OF_ONE_ROW, SKIPS_NULL, is_volatile
from contract_gate.sql.given import is_closed
from contract_gate.sql.walk import is_same, own_terms, parts, replacing

_MAX_SETS = 8
_MAX_ROWS = 200
_AGGREGATES = SKIPS_NULL | {"filter"}
_WITHOUT_NULLS = frozenset({"clickhouse"})
"""A key that is in no set is not NULL there."""


def by_matches(operation: SetOperation, next_id: Callable[[], int]) -> Select | None:
    """`a EXCEPT b` is the distinct rows of a of which b has none, `a INTERSECT b` those of which it has one; NULLs are equal.

    https://www.postgresql.org/docs/current/queries-union.html
    """
    if operation.kind not in ("except", "intersect") or operation.all or not operation.outputs:
        return None
    sides = operation.left, operation.right
    if not all(map(is_closed, sides)):
        return None
    (own, keys), (other, members) = (named_apart(side, next_id()) for side in sides)
    pairs = list(zip(keys, members, strict=False))
    equal = conjunction(Term("nullsafeeq", pair, ("this", "expression")) for pair in pairs)
    there = Term("exists", query=Select(sources=(other,), outputs=(), where=equal))
    return Select(
        sources=(own,), group=keys,
        outputs=tuple(replace(o, term=key) for o, key in zip(operation.outputs, keys, strict=True)),
        where=there if operation.kind == "intersect" else Term("not", (there,), ("this",)),
    )  # fmt: skip


def as_union(rows: TableFunction) -> Query | None:
    """`VALUES (1, 'a'), (2, 'b')` is `SELECT 1, 'a' UNION ALL SELECT 2, 'b'`, but where a column counts the rows."""
    names = [column.name for column in rows.known]
    listed = [_values_of(row) for row in rows.term.args]
    if not lists_rows(rows) or any(len(row) != len(names) for row in listed) or len(listed) > _MAX_ROWS:
        return None
    blocks: list[Query] = [
        Select(
            sources=(),
            outputs=tuple(Output(name=name, term=term) for name, term in zip(names, row, strict=True)),
        )
        for row in listed
    ]
    return united(blocks, blocks[0].outputs) if blocks else None


def lists_rows(relation: object) -> bool:
    """Tell whether this is VALUES whose rows stand in no order that says something, and hang on nothing else."""
    if not isinstance(relation, TableFunction) or relation.term.op != "values" or relation.term.value:
        return False
    inside = list(parts([relation.term]))
    return (
        relation.closed and not is_volatile(inside) and not any(p.op == "column" or p.query for p in inside)
    )


def _values_of(row: Term) -> tuple[Term, ...]:
    if row.op == "tuple" and len(row.args) == 1 and row.args[0].op == "row":
        return row.args[0].args  # MySQL writes ROW(1, 2)
    return row.args if row.op == "tuple" else (row,)


def by_sets(block: Select, dialect: str, next_id: Callable[[], int], references: References) -> list[Select]:
    """`GROUP BY GROUPING SETS (a, ())` is `GROUP BY a`, UNION ALL `GROUP BY ()`: a key of other sets is NULL (ISO 9075-2, 7.13).

    None where it is no such block, or computes more of a group than can be followed.
    """
    forms = [key for key in block.group or () if key.op == "groupingsets"]
    if len(forms) != 1 or dialect in _WITHOUT_NULLS or len(forms[0].args) > _MAX_SETS:
        return []
    more = (block.qualify, block.grouping, block.distinct, *block.modifiers, *block.order)
    if any(part is not None for part in more) or is_limited(block) or has_windows(block):
        return []
    plain = tuple(key for key in block.group or () if key is not forms[0])
    sets = [(*plain, *_keys(one)) for one in forms[0].args]
    every = [key for keys in sets for key in keys]
    if any(key.op == "groupingsets" for key in every) or is_volatile(parts(own_terms(block))):
        return []
    found = []
    for keys in sets:
        one = _of_set(block, keys, [key for key in every if not any(is_same(key, own) for own in keys)])
        if one is None:
            return []
        found.append(renumbered(one, next_id, references))
    return found


_PIVOTED = frozenset({"sum", "min", "max", "avg"})
"""Aggregates that are NULL of no rows in every engine's PIVOT: DuckDB's gives 0 for a count of none."""


def by_groups(relation: Reshape) -> Select | None:
    """`PIVOT (SUM(x) FOR y IN ('a'))` groups by the other columns, and sums the rows of each value apart.

    https://docs.snowflake.com/en/sql-reference/constructs/pivot. None where a column is made in another way.
    """
    made = relation.term.arguments("made")
    cells = [_cell(term) for term in made]
    if relation.term.op != "pivot" or not relation.closed or not relation.passed or not cells:
        return None
    if None in cells or len(relation.passed) + len(cells) != len(relation.known):
        return None
    keys = tuple(Term("column", value=name, source=relation.input.id) for name in relation.passed)
    terms = (*keys, *(cell for cell in cells if cell is not None))
    outputs = tuple(
        Output(name=column.name, term=term) for column, term in zip(relation.known, terms, strict=True)
    )
    return Select(sources=(replace(relation.input, join="inner"),), outputs=outputs, group=keys)


def _cell(made: Term) -> Term | None:
    aggregate, where = made.argument("this"), made.argument("where")
    is_known = aggregate is not None and aggregate.op in _PIVOTED and len(aggregate.args) == 1
    if made.op != "pivoted" or where is None or aggregate is None or not is_known:
        return None
    if aggregate.args[0].op in ("distinct", "order", "star") or is_volatile(parts([aggregate])):
        return None
    return Term("filter", (aggregate, Term("where", (where,), ("this",))), ("this", "expression"))


def _keys(one: Term) -> tuple[Term, ...]:
    return one.args if one.op == "keyset" else (one,)


def _of_set(block: Select, keys: tuple[Term, ...], gone: list[Term]) -> Select | None:
    """Give the block of one set; None where an output is no term of keys and aggregates."""
    fails = False

    def change(term: Term) -> Term | None:
        nonlocal fails
        if any(is_same(term, key) for key in gone):
            return NULL
        if term.op in _AGGREGATES or any(is_same(term, key) for key in keys):
            return term
        fails |= term.op not in OF_ONE_ROW or term.query is not None
        return None

    put = replacing(change)
    outputs = tuple(replace(output, term=put(output.term)) for output in block.outputs)
    having = None if block.having is None else put(block.having)
    return None if fails else replace(block, group=keys, outputs=outputs, having=having)


def with_bare_nulls(block: Select) -> Select:
    """A NULL in a branch of a union has a type by the others, whether it is cast to it or not."""
    return replace(
        block,
        outputs=tuple(
            replace(output, term=NULL)
            if output.term.op == "cast" and output.term.args[0].op == "null"
            else output
            for output in block.outputs
        ),
    )


def united(blocks: list[Query], outputs: tuple[Output, ...]) -> Query:
    """Join blocks by UNION ALL."""
    whole = blocks[0]
    for block in blocks[1:]:
        whole = SetOperation(kind="union", all=True, left=whole, right=block, outputs=numbered(outputs))
    return whole
