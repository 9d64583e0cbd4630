"""Columns that the conditions of inner joins make equal: of each such set one is read, whichever is written."""

from collections.abc import Iterable
from dataclasses import replace

from contract_gate.sql.algebra import Select, Source, Term
from contract_gate.sql.canonical.comparable import is_one_value
from contract_gate.sql.canonical.conditions import conjunction, conjuncts
from contract_gate.sql.canonical.labels import base_label
from contract_gate.sql.canonical.semijoins import meets_one
from contract_gate.sql.canonical.shape import is_set
from contract_gate.sql.canonical.substitute import References, Substitution
from contract_gate.sql.walk import Reference, StoredNames, own_terms


def equated(block: Select, references: References, dialect: str) -> Select:
    """`a JOIN b ON a.k = b.k`: where the rows go on, b.k is a.k, and a third column that equals one equals both.

    Only for columns of one type whose equal values are the same value. The same block where nothing changes.
    """
    ties = (
        [c for c in conjuncts(block.where) if _is_tie(c, block.sources, dialect)]
        if is_set(block.sources)
        else []
    )
    chosen = _chosen(ties, block)
    if not chosen:
        return block
    others = [c for c in conjuncts(block.where) if not any(c is tie for tie in ties)]
    rest = replace(block, where=conjunction(others))
    is_read = not references.of_block(own_terms(rest), rest.sources).isdisjoint(chosen)
    if not is_read and {_pair(tie) for tie in ties} == set(chosen.items()) and len(ties) == len(chosen):
        return block
    columns = {own: Term("column", value=name, source=source) for own, (source, name) in chosen.items()}
    ids = frozenset(source for source, _ in chosen)
    read_once = Substitution(lambda term: columns.get((term.source, term.value)), ids, references).select(
        rest
    )
    equal = (
        Term("eq", (Term("column", value=name, source=source), columns[source, name]), ("this", "expression"))
        for source, name in chosen
    )
    return replace(read_once, where=conjunction([*conjuncts(read_once.where), *equal]))


def _is_tie(condition: Term, sources: tuple[Source, ...], dialect: str) -> bool:
    inner = {source.id for source in sources if source.join == "inner"}
    if condition.op != "eq" or not all(arg.op == "column" and arg.source in inner for arg in condition.args):
        return False
    one, other = condition.args
    return one.source != other.source and is_one_value(one, other, sources, dialect)


def _chosen(ties: Iterable[Term], block: Select) -> dict[Reference, Reference]:
    """Map the columns that equal another to the one of them that is read: not of what is only looked up, if there is one."""
    sets: list[set[Reference]] = []
    for tie in ties:
        joined = {(arg.source, arg.value) for arg in tie.args}
        joined = joined.union(*(each for each in sets if not each.isdisjoint(joined)))
        sets = [*(each for each in sets if each.isdisjoint(joined)), joined]
    held, stored = list(conjuncts(block.where)), StoredNames()
    ranks = {
        source.id: (meets_one(source, held, block.sources), base_label(source.relation, stored), place)
        for place, source in enumerate(block.sources)
    } if sets else {}  # fmt: skip
    found: dict[Reference, Reference] = {}
    for each in sets:
        first = min(each, key=lambda read: (ranks[read[0]], read[1]))
        found.update({read: first for read in each if read != first})
    return found


def _pair(tie: Term) -> tuple[Reference, Reference]:
    one, other = ((arg.source, arg.value) for arg in tie.args)
    return one, other
