"""Joins in normal form, and what can be proven of them: which reject NULLs, which add no row.

A source in FROM is a function from a row to rows: an inner or cross join extends the row by each match, a left join
by each match or else by NULLs. Two such functions commute, as bags, when neither reads what the other adds; and a
condition commutes with every source that it does not read. So a block whose joins are inner, cross and left ones is
a *set* of sources and a set of conditions: the ON of an inner join is a condition like those of WHERE, the ON
of a left join belongs to its source. Which reads which orders them as far as order matters.

Any other join (full, a right join of several sources, asof, positional…) keeps its written order.
"""

from collections.abc import Iterable
from dataclasses import replace

from contract_gate.sql.algebra import (
    INNER,
    Recursive,
    Reshape,
    Scan,
    Select,
    SelfReference,
    SetOperation,
    Source,
    TableFunction,
    Term,
)
from contract_gate.sql.canonical.comparable import keeps_apart
from contract_gate.sql.canonical.conditions import conjunction, conjuncts, rejected, strict_parts
from contract_gate.sql.canonical.shape import has_one_row, is_set
from contract_gate.sql.canonical.terms import Simplifier
from contract_gate.sql.functions import set_returning
from contract_gate.sql.walk import Relation, is_same, own_references, parts, replacing

Key = frozenset[str]
_PADS_WITH_DEFAULTS = frozenset({"clickhouse"})
"""An outer join pads with 0 and '' unless a setting says NULL: https://clickhouse.com/docs/operations/settings/settings#join_use_nulls"""


def pads_with_nulls(dialect: str) -> bool:
    """Tell whether an outer join fills rows without a match with NULLs."""
    return dialect not in _PADS_WITH_DEFAULTS


def arranged(query: Select, simplifier: Simplifier) -> tuple[tuple[Source, ...], tuple[Term, ...]]:
    """Give the sources, each `inner` or `left` where they commute, and all conditions on the joined rows."""
    query = _with_marks_joined(query, simplifier)
    conditions = simplifier.conjuncts(query.where)
    sources = _left_for_right(query.sources, simplifier)
    if pads_with_nulls(simplifier.dialect):
        sources = _left_for_right(_without_full(sources, conditions), simplifier)
    if not all(source.join in INNER or source.join in ("left", "semi", "anti") for source in sources):
        kept = (replace(s, on=None if s.on is None else simplifier.term(s.on)) for s in sources)
        return tuple(kept), conditions
    kept_sources: list[Source] = []
    for source in sources:
        if source.join in INNER:
            conditions += simplifier.conjuncts(source.on)
            kept_sources.append(replace(source, join="inner", on=None))
        elif source.join == "left":
            on = conjunction(simplifier.conjuncts(source.on))
            needless = on is None and has_one_row(source.relation)
            kept_sources.append(replace(source, join="inner" if needless else "left", on=on))
        else:
            conditions += (_exists(source, simplifier),)
    return tuple(kept_sources), conditions


def _with_marks_joined(query: Select, simplifier: Simplifier) -> Select:
    """Oracle's `WHERE a.x = b.y (+)` is `a LEFT JOIN b ON a.x = b.y`, with every condition that marks a column of b.

    https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/Joins.html
    """
    held = simplifier.conjuncts(query.where)
    marked = [(c, {p.args[0].source for p in parts([c]) if p.op == "padded"}) for c in held]
    padded: set[int] = set().union(*(sources for _, sources in marked))
    if not padded or any(len(sources) > 1 for _, sources in marked):
        return query
    if any(source.join not in INNER or (source.id in padded and source.on) for source in query.sources):
        return query

    plain = replacing(lambda term: term.args[0] if term.op == "padded" else None)

    def joined(source: Source) -> Source:
        if source.id not in padded:
            return source
        own = tuple(plain(condition) for condition, sources in marked if source.id in sources)
        return replace(source, join="left", on=conjunction(own))

    sources = sorted(map(joined, query.sources), key=lambda source: source.join == "left")
    rest = tuple(condition for condition, sources in marked if not sources)
    return replace(query, sources=tuple(sources), where=conjunction(rest))


def _left_for_right(sources: tuple[Source, ...], simplifier: Simplifier) -> tuple[Source, ...]:
    """`a RIGHT JOIN b` is `b LEFT JOIN a`: the same rows, as columns are told apart by source.

    `a LEFT JOIN x ON p RIGHT JOIN b ON q` is `b LEFT JOIN a ON q LEFT JOIN x ON p`, where q reads no x and p is not true
    of NULLs for what it reads of a (or of another x): with a, all of them are NULL.
    """
    for place, source in enumerate(sources):
        if source.join != "right":
            continue
        first, padded = sources[0], sources[1:place]
        if source.lateral or any(s.lateral or s.join != "left" for s in padded) or first.lateral:
            return sources
        on = None if source.on is None else simplifier.term(source.on)
        flat = pads_with_nulls(simplifier.dialect) and are_padded_with(first, padded, on, simplifier)
        if padded and not flat:
            return sources
        turned = (replace(source, join="from", on=None), replace(first, join="left", on=on), *padded)
        return _left_for_right((*turned, *sources[place + 1 :]), simplifier)
    return sources


def are_padded_with(
    first: Source, others: tuple[Source, ...], on: Term | None, simplifier: Simplifier
) -> bool:
    """Tell whether left joins behind one meet nothing where it is padded, and `on`, by which all are joined, reads none of them."""
    if on is None or any(number in {other.id for other in others} for number, _ in own_references([on])):
        return False
    if any(
        part.query is not None
        for other in (on, *(o.on for o in others))
        for part in parts([other] if other else [])
    ):
        return False
    gone = {first.id}
    for other in others:
        if other.on is None or not rejects_null(simplifier.term(other.on)) & gone:
            return False
        gone.add(other.id)
    return True


def _without_full(sources: tuple[Source, ...], conditions: tuple[Term, ...]) -> tuple[Source, ...]:
    """Make a full join one-sided where a condition can't be true of the rows that it pads on the other side."""
    rejected: set[int] = set().union(*(rejects_null(condition) for condition in conditions))
    found = list(sources)
    for place, source in enumerate(found):
        if source.join != "full" or place == 0:
            continue
        if any(s.join == "cross" for s in found[1:place]):
            return sources  # a comma joins last: what stands before it is not padded
        before = {s.id for s in found[:place] if s.join in INNER}
        keeps_left, keeps_right = bool(before & rejected), source.id in rejected
        if not all(s.join in INNER or s.join == "left" for s in found[:place]):
            return sources
        if keeps_left and keeps_right:
            found[place] = replace(source, join="inner")
        elif keeps_left or (keeps_right and place == 1):
            found[place] = replace(source, join="left" if keeps_left else "right")
        else:
            return sources
    return tuple(found)


def _exists(source: Source, simplifier: Simplifier) -> Term:
    """A semi join keeps the rows that have a match, an anti join the others: EXISTS and NOT EXISTS."""
    inner = replace(source, join="inner", on=None)
    where = None if source.on is None else simplifier.term(source.on)
    exists = Term("exists", query=Select(sources=(inner,), outputs=(), where=where))
    return exists if source.join == "semi" else Term("not", (exists,), ("this",))


def rejects_null(condition: Term, also: frozenset[str] = frozenset()) -> set[int]:
    """Give the sources that the condition can't be true of when all of their columns are NULL.

    `also`: functions of one argument that are NULL where it is, besides those of every row.
    """
    return rejected(condition, lambda term: strict_in(term, also))


def strict_in(term: Term, also: frozenset[str] = frozenset()) -> set[int]:
    """Give the sources of which the term is NULL when all of their columns are."""
    return {part.source for part in strict_parts(term, also) if part.op == "column"}


def is_null_transparent(term: Term) -> bool:
    """Tell whether the term is NULL when the columns in it are, and reads at least one."""
    return bool(strict_in(term))


def adds_no_row(source: Source, sources: Iterable[Source]) -> bool:
    """Tell whether a left join, one of the sources, can neither add a row nor remove one: its keys meet at most one row.

    The ON has an equality for every column of a key; a NULL meets nothing.
    """
    if source.join != "left" or source.on is None or source.lateral:
        return False
    equal = equal_columns(source, conjuncts(source.on), sources)
    return any(key <= equal for key in keys_of(source.relation))


def equal_columns(source: Source, conditions: Iterable[Term], sources: Iterable[Source]) -> set[str]:
    """Give the columns of a source that the conditions hold equal to a value from outside of it."""
    columns: set[str] = set()
    for condition in conditions:
        for one, other in (condition.args, condition.args[::-1]) if condition.op == "eq" else ():
            reads_itself = any(read[0] == source.id for read in own_references([other]))
            has_query = any(part.query is not None for part in parts([other]))
            if one.op != "column" or one.source != source.id or reads_itself or has_query:
                continue
            if keeps_apart(one, other, sources):
                columns.add(one.value)
    return columns


def keys_of(relation: Relation, declared: bool = True) -> set[Key]:
    """Give sets of columns of which each value occurs in one row at most: declared, or made so by the query.

    A declared key may be NULL in many rows: no matter for a join, where NULL meets nothing, but for DISTINCT.
    """
    match relation:
        case Scan():
            return set(relation.keys) if declared else set()
        case Select():
            return _keys_of_select(relation, declared)
        case TableFunction() | Reshape() | SelfReference() | SetOperation() | Recursive():
            return set()


def _keys_of_select(query: Select, declared: bool) -> set[Key]:
    makes_rows = any(True for output in query.outputs for _ in set_returning(output.term))
    if query.modifiers or query.grouping is not None or makes_rows:
        return set()
    names: dict[tuple[str, int, str], str] = {}
    for output in query.outputs:
        if output.term.op == "column":
            names.setdefault(("column", output.term.source, output.term.value), output.name)
    found: set[Key] = set()
    if query.limit is not None and query.limit.op == "number" and query.limit.value == "1":
        found.add(frozenset())
    if query.group is not None:
        key = _named(query.group, query)
        return found | ({key} if key is not None else set())
    for condition in conjuncts(query.qualify):
        key = _first_of_partition(condition, query)
        if key is not None:
            found.add(key)
    return found | _inherited_keys(query, names, declared)


def _named(terms: Iterable[Term], query: Select) -> Key | None:
    """Give the output names of these terms, None where one of them is no output."""
    found = []
    for term in terms:
        name = next((output.name for output in query.outputs if is_same(output.term, term)), None)
        if name is None:
            return None
        found.append(name)
    return frozenset(found)


def _first_of_partition(condition: Term, query: Select) -> Key | None:
    """`ROW_NUMBER() OVER (PARTITION BY k …) = 1` leaves one row for each k."""
    for one, other in (condition.args, condition.args[::-1]) if condition.op == "eq" else ():
        if (
            other.op == "number"
            and other.value == "1"
            and one.op == "window"
            and one.args[0].op == "rownumber"
        ):
            return _named(one.arguments("partition_by"), query)
    return None


def _inherited_keys(query: Select, names: dict[tuple[str, int, str], str], declared: bool) -> set[Key]:
    """A selection of the rows of one source keeps its keys, also next to left joins that add no row."""
    if not is_set(query.sources) or not query.sources:
        return set()
    core = [source for source in query.sources if source.join == "inner"]
    if len(core) != 1 or not all(
        adds_no_row(source, query.sources) for source in query.sources if source.join == "left"
    ):
        return set()
    source = core[0]
    found = set()
    for key in keys_of(source.relation, declared):
        mapped = [names.get(("column", source.id, column)) for column in key]
        if all(name is not None for name in mapped):
            found.add(frozenset(name for name in mapped if name is not None))
    return found
