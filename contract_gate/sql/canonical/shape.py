"""What one SELECT block does beside reading and filtering rows: questions that its own fields answer."""

from collections.abc import Iterable
from dataclasses import replace

from contract_gate.sql.algebra import Select, Source
from contract_gate.sql.functions import is_volatile, set_returning
from contract_gate.sql.walk import Relation, is_same, own_terms, parts

MAX_SOURCES = 64
"""A block that would have more sources stays nested: CTEs that read each other twice double at every level."""


def is_set(sources: Iterable[Source]) -> bool:
    """Tell whether the sources commute (see `joins`); otherwise their written order stays."""
    return all(source.join in ("inner", "left") for source in sources)


def without_source(block: Select, source: Source) -> Select:
    """Give the block without one of its sources."""
    return replace(block, sources=tuple(other for other in block.sources if other is not source))


def reads_whole(block: Select, source: Source) -> bool:
    """Tell whether the block has whole rows of a source, or columns of it that no name says."""
    return any(part.op in ("star", "row") and part.source == source.id for part in parts(own_terms(block)))


def has_windows(query: Select) -> bool:
    """Tell whether the block computes a window function anywhere."""
    terms = [output.term for output in query.outputs] + [*query.order]
    if query.qualify is not None:
        terms.append(query.qualify)
    return any(part.op == "window" for part in parts(terms))


def makes_rows(query: Select) -> bool:
    """Tell whether outputs of the block make rows (or did, before nobody read them)."""
    return any(True for output in query.outputs for _ in set_returning(output.term)) or any(
        modifier.op == "set_returning" for modifier in query.modifiers
    )


def is_limited(query: Select) -> bool:
    """Tell whether the block keeps some of its rows by number."""
    return query.limit is not None or query.offset is not None


def filters_alone(query: Select) -> bool:
    """Tell whether the block gives each row of its sources that passes WHERE, once: its terms may be windows."""
    return (
        query.group is None
        and query.having is None
        and query.qualify is None
        and query.distinct is None
        and not is_limited(query)
        and not query.modifiers
        and not makes_rows(query)
    )


def is_plain(query: Select) -> bool:
    """Tell whether the block is sources, conditions and terms of one row alone, the same whenever asked."""
    return filters_alone(query) and not has_windows(query) and not is_volatile(parts(own_terms(query)))


def is_projection(query: Select) -> bool:
    """Tell whether the block passes each row of its one source, with terms of that row."""
    one = len(query.sources) == 1 and query.sources[0].join == "inner"
    return one and query.where is None and filters_alone(query)


def has_one_row(relation: Relation) -> bool:
    """Tell whether a query always has one row: aggregates over all rows, so that a left join ON TRUE pads nothing."""
    if not isinstance(relation, Select) or relation.group != () or relation.grouping is not None:
        return False
    return filters_alone(replace(relation, group=None))


def groups_plainly(block: Select) -> bool:
    """Tell whether the block groups in the plain way, without windows, limits and options."""
    if block.group is None or block.grouping is not None or has_windows(block):
        return False
    return filters_alone(replace(block, group=None, having=None))


def passes_keys(block: Select) -> bool:
    """Tell whether the block groups and gives keys of the groups alone, not necessarily all of them."""
    group = block.group or ()
    return only_groups(block) and all(any(is_same(o.term, key) for key in group) for o in block.outputs)


def only_groups(block: Select) -> bool:
    """Tell whether the block groups and does nothing with the groups."""
    if not block.group or block.grouping is not None or block.having is not None or block.qualify is not None:
        return False
    return not block.modifiers and block.limit is None and block.offset is None and block.distinct is None
