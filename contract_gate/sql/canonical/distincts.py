"""DISTINCT, which is a grouping by all outputs: where it is needless, and what aggregates over it count."""

from collections.abc import Callable
from dataclasses import replace

from contract_gate.sql.algebra import Output, Query, Select, Term
from contract_gate.sql.canonical.blocks import is_about_keys
from contract_gate.sql.canonical.conditions import conjuncts, rejects
from contract_gate.sql.canonical.joins import keys_of
from contract_gate.sql.canonical.predicates import is_star
from contract_gate.sql.canonical.shape import has_windows, is_limited, only_groups, passes_keys
from contract_gate.sql.functions import OF_ONE_ROW, is_volatile
from contract_gate.sql.walk import is_same, own_terms, parts, replacing

_OF_DISTINCT = frozenset({"count", "sum", "avg"})
_OF_ANY = frozenset({"min", "max"})


def is_distinct(block: Select) -> bool:
    """Tell whether the block is SELECT DISTINCT: it groups by its outputs and computes nothing of the groups."""
    if not block.group or not passes_keys(block):
        return False
    outputs = [output.term for output in block.outputs]
    return all(any(is_same(term, key) for term in outputs) for key in block.group)


def computes_of_keys(block: Select) -> bool:
    """Tell whether the block groups, and gives what is computed of keys of the groups alone."""
    own = frozenset(source.id for source in block.sources)
    return only_groups(block) and all(is_about_keys(o.term, block.group or (), own) for o in block.outputs)


def without_needless_distinct(block: Select) -> Select:
    """Rows that differ already in a key need no DISTINCT: it groups by columns with a key among them."""
    if len(block.sources) != 1 or block.sources[0].join != "inner" or not is_distinct(block):
        return block
    columns = {output.term.value for output in block.outputs if output.term.op == "column"}
    relation = block.sources[0].relation
    if isinstance(relation, Select) and any(key <= columns for key in keys_of(relation, declared=False)):
        return replace(block, group=None)
    return block


def aggregated_once(block: Select, finished: Callable[[Select], Query]) -> Select:
    """`COUNT(x)` over `SELECT DISTINCT k, x`, by k, is `COUNT(DISTINCT x)` over all rows, by k; so are SUM and AVG.

    Of DISTINCT rows with one k each x is there once. The least and the greatest are those of all rows anyway.
    """
    inner = block.sources[0].relation if len(block.sources) == 1 else None
    if block.group is None or block.grouping is not None or block.where is not None or is_limited(block):
        return block
    if (
        not isinstance(inner, Select)
        or not passes_keys(inner)
        or has_windows(block)
        or block.distinct is not None
    ):
        return block
    if block.sources[0].join != "inner" or block.modifiers or is_volatile(parts(own_terms(inner))):
        return block
    once = _Once(block, inner)
    over_all = replacing(once.over_all)
    outputs = [over_all(output.term) for output in block.outputs]
    having = None if block.having is None else over_all(block.having)
    if once.fails:
        return block
    bare = replace(block.sources[0], relation=finished(replace(inner, group=None, outputs=once.outputs)))
    return replace(
        block, sources=(bare,), having=having,
        outputs=tuple(replace(o, term=term) for o, term in zip(block.outputs, outputs, strict=True)),
    )  # fmt: skip


class _Once:
    """Writes the terms of a block over groups, of which it reads keys, as terms over all rows; `fails` where it can't.

    `outputs` are those of the query that gave the groups, the one key that is no key of the block among them.
    """

    def __init__(self, block: Select, inner: Select) -> None:
        self._source = block.sources[0].id
        self._keys = {key.value for key in block.group or () if key.op == "column"}
        self.fails = any(key.op != "column" or key.source != self._source for key in block.group or ())
        terms = [output.term for output in inner.outputs if output.name in self._keys]
        rest = [key for key in inner.group or () if not any(is_same(key, term) for term in terms)]
        self._names = {
            output.name for output in inner.outputs if len(rest) == 1 and is_same(output.term, rest[0])
        }
        self.outputs = (*inner.outputs, *(Output(name=_COUNTED, term=key) for key in rest if len(rest) == 1))
        held = conjuncts(inner.where)
        self._is_there = len(rest) == 1 and any(rejects(condition, rest[0]) for condition in held)

    def over_all(self, term: Term) -> Term | None:
        """Write a term of the block; None where its arguments are to be written."""
        if term.op == "column":
            self.fails |= term.source == self._source and term.value not in self._keys
            return term
        if term.op in _OF_ANY and len(term.args) == 1:
            return term
        if term.op in _OF_DISTINCT and len(term.args) == 1:
            return self._distinct(term)
        self.fails |= term.op not in OF_ONE_ROW or term.query is not None
        return None

    def _distinct(self, term: Term) -> Term:
        inner = term.args[0]
        if inner.op == "distinct":
            return term
        counts_all = is_star(term) and term.op == "count" and self._is_there
        is_it = inner.op == "column" and inner.source == self._source and inner.value in self._names
        if not counts_all and not is_it:
            self.fails = True
            return term
        counted = Term("column", value=_COUNTED, source=self._source)
        return replace(term, args=(Term("distinct", (counted,), ("expressions",)),))


_COUNTED = "@counted"
