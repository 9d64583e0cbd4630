"""Names that are made of the names of other queries: set operations, and draws of random values."""

from collections.abc import Sequence

from contract_gate.sql.algebra import Select, SetOperation
from contract_gate.sql.canonical.naming import Digest, hashed
from contract_gate.sql.functions import is_volatile
from contract_gate.sql.walk import own_terms, parts, row_terms


def of_two(left: Digest, right: Digest, query: SetOperation) -> Digest:
    """Name a set operation of two sides: columns in an order that their names give, the sides of INTERSECT in any order."""
    pairs = list(zip(left.columns, right.columns, strict=False))
    symmetric = query.kind == "intersect"
    named = [(min(pair), max(pair)) for pair in pairs] if symmetric else pairs
    order = sorted(range(len(pairs)), key=lambda index: named[index])
    sides = [hashed(side.rows, *(side.columns[i] for i in order)) for side in (left, right)]
    if symmetric:
        sides.sort()
    rows = hashed(query.kind, str(query.all), *sides)
    return Digest(rows, tuple(hashed(query.kind, *pair) for pair in named))


def union(branches: Sequence[Digest], query: SetOperation) -> Digest:
    """UNION ALL is a bag of branches. They are sorted, with the columns in an order that their names give."""
    if query.kind == "union_set":
        branches = list({branch.whole: branch for branch in branches}.values())
    width = min(len(branch.columns) for branch in branches)
    order = sorted(range(width), key=lambda i: sorted(branch.columns[i] for branch in branches))
    branches = sorted(branches, key=lambda branch: (branch.rows, [branch.columns[i] for i in order]))
    if len(branches) == 1:
        return branches[0]
    rows = hashed("union all", *(branch.rows for branch in branches))
    return Digest(rows, tuple(hashed("union", *(b.columns[i] for b in branches)) for i in range(width)))


def drawn(query: Select, digest: Digest, asked: dict[str, dict[int, int]]) -> Digest:
    """Two queries that draw random values give two draws, although they read the same; one read twice gives one.

    `asked` keeps which queries (by identity: who asks keeps them) drew under each name, and is added to.
    """
    if not is_volatile(parts(own_terms(query))):
        return digest
    rows = digest.rows
    if is_volatile(parts(row_terms(query))):
        rows = _draw(rows, query, asked)
    columns = (
        _draw(hashed(digest.rows, column), query, asked) if is_volatile(parts([output.term])) else column
        for output, column in zip(query.outputs, digest.columns, strict=True)
    )
    return Digest(rows, tuple(columns))


def _draw(name: str, query: Select, asked: dict[str, dict[int, int]]) -> str:
    places = asked.setdefault(name, {})
    return hashed("draw", name, str(places.setdefault(id(query), len(places))))
