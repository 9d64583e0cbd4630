"""Aggregates in normal form: FILTER as CASE, and what counts rows as COUNT(*)."""

from collections.abc import Callable
from dataclasses import replace

from contract_gate.sql.algebra import Term
from contract_gate.sql.canonical.conditions import NULL, is_null_test, is_strict_in
from contract_gate.sql.families import SPARK, TRINO
from contract_gate.sql.functions import LITERALS, SKIPS_NULL, is_volatile
from contract_gate.sql.walk import is_same, parts

Searched = Callable[[list[Term], Term], Term]
"""Makes CASE of conditions and results by turns and of the ELSE."""
_ONE = Term("number", value="1")
_SUMS_ONES_AS_COUNT = SPARK | TRINO | {"postgres", "redshift", "bigquery", "snowflake"}
"""Engines whose sum of small whole numbers has the type of COUNT (DuckDB's is a HUGEINT, MySQL's a decimal)."""
_OF_EQUAL_VALUES = frozenset({"min", "max", "anyvalue"})


def counted(term: Term) -> Term:
    """`COUNT(1)` counts rows, as `COUNT(*)` and `COUNT()` do: a literal is never NULL. `COUNT(x)` skips NULLs and stays.

    `COUNT(CASE WHEN x IS NOT NULL THEN 1 END)` is `COUNT(x)`; which literal the CASE gives says nothing.
    """
    if not term.args:
        return replace(term, args=(Term("star"),), slots=("this",))
    if len(term.args) != 1:
        return term
    tested = term.args[0]
    if tested.op in LITERALS:
        return replace(term, args=(Term("star"),))
    present = _of_present(term)
    if present is not None:
        return counted(present)
    if tested.op != "case" or len(tested.args) != 3 or tested.args[2].op != "null":
        return term
    when, then, _ = tested.args
    if then.op not in LITERALS:
        return term
    return replace(term, args=(replace(tested, args=(when, _ONE, NULL)),))


def _of_present(term: Term) -> Term | None:
    """`COUNT(CASE WHEN x IS NULL THEN NULL ELSE 1 END)` is `COUNT(x)`."""
    case = term.args[0]
    if (
        case.op != "case"
        or len(case.args) != 3
        or case.args[1].op != "null"
        or case.args[2].op not in LITERALS
    ):
        return None
    return replace(term, args=(case.args[0].args[0],)) if is_null_test(case.args[0]) else None


def count_if(term: Term, searched: Searched, dialect: str) -> Term:
    """`COUNT_IF(c)` counts the rows where c is true, as `COUNT(CASE WHEN c THEN 1 END)` does; DuckDB's is NULL where no c is known."""
    if len(term.args) != 1 or term.args[0].op == "distinct" or dialect == "duckdb":
        return term
    return counted(Term("count", (searched([term.args[0], _ONE], NULL),), ("this",)))


def without_distinct(term: Term) -> Term:
    """The least and the greatest of the distinct values are those of all values."""
    value = value_of(term)
    return term if value is None else term.over((value,))


def filtered(term: Term, searched: Searched, dialect: str) -> Term:
    """`SUM(x) FILTER (WHERE c)` is `SUM(CASE WHEN c THEN x END)` for aggregates that skip NULLs.

    ClickHouse's give 0 or '' of no rows, but NULL of NULLs alone: there only a count is the same.
    """
    aggregate, condition = term.argument("this"), term.argument("expression")
    if aggregate is None or condition is None or aggregate.op not in SKIPS_NULL:
        return term
    if dialect == "clickhouse" and aggregate.op != "count":
        return term
    if len(aggregate.args) != 1 and aggregate.op != "groupconcat":
        return term
    when = condition.args[0] if condition.op == "where" else condition
    inner = _in_case(aggregate.args[0], when, searched) if aggregate.args else _in_case(_ONE, when, searched)
    if inner is None:
        return term
    slots = aggregate.slots or ("this",)
    changed = replace(aggregate, args=(inner, *aggregate.args[1:]), slots=slots)
    return counted(changed) if changed.op == "count" else changed


def combined(term: Term) -> Term:
    """ClickHouse's `sumIf(x, c)` is `SUM(x) FILTER (WHERE c)`: https://clickhouse.com/docs/sql-reference/aggregate-functions/combinators"""
    plain = {"sumIf": "sum", "avgIf": "avg", "minIf": "min", "maxIf": "max"}.get(
        term.value.removeprefix("this=")
    )
    if plain is None or len(term.args) != 2:
        return term
    where = Term("where", (term.args[1],), ("this",))
    return Term("filter", (Term(plain, (term.args[0],), ("this",)), where), ("this", "expression"))


def _in_case(value: Term, when: Term, searched: Searched) -> Term | None:
    """Put what is aggregated into a CASE, below DISTINCT and below the order in which it is joined."""
    if value.op == "star":
        return searched([when, _ONE], NULL)
    if value.op in ("distinct", "order"):
        if value.op == "distinct" and len(value.args) != 1:
            return None
        inner = _in_case(value.args[0], when, searched)
        return None if inner is None else replace(value, args=(inner, *value.args[1:]))
    return searched([when, value], NULL)


def skips_nulls_of(term: Term, tested: Term) -> bool:
    """Tell whether an aggregate leaves out the rows in which this term is NULL."""
    value = value_of(term) if term.op in SKIPS_NULL else None
    return value is not None and is_strict_in(value, tested)


def value_of(aggregate: Term) -> Term | None:
    """Give the one value that an aggregate takes of each row, DISTINCT or not; None where it takes others or none."""
    held = aggregate.args[0] if len(aggregate.args) == 1 else None
    return held.args[0] if held is not None and held.op == "distinct" and len(held.args) == 1 else held


def of_groups(term: Term, keys: tuple[Term, ...], dialect: str) -> Term | None:
    """Say more plainly what an aggregate gives for a group that has rows; None where it stays.

    The least, the greatest or any of a key's values is the key. A sum of ones and zeros counts the ones, one that takes NULL
    for 0 is 0 where there is nothing else.
    """
    if term.op == "ignorenulls" and term.args[0].op == "anyvalue":
        return of_groups(term.args[0], keys, dialect)
    if term.op in _OF_EQUAL_VALUES and len(term.args) == 1:
        key = next((key for key in keys if is_same(key, term.args[0])), None)
        return key if key is not None and not is_volatile(parts([key])) else None
    if term.op == "sum" and len(term.args) == 1 and term.args[0].op == "coalesce" and not term.args[0].value:
        value, *rest = term.args[0].args
        if [(part.op, part.value) for part in rest] == [("number", "0")] and not is_volatile(parts([value])):
            return Term("coalesce", (replace(term, args=(value,)), *rest), ("this", "this"))
    return ones_counted(term, dialect)


def ones_counted(term: Term, dialect: str) -> Term | None:
    """Give the COUNT that a sum of ones and zeros is for rows that there are; None for another sum."""
    if term.op != "sum" or len(term.args) != 1 or dialect not in _SUMS_ONES_AS_COUNT:
        return None
    value = term.args[0]
    if (value.op, value.value) == ("number", "1"):
        return counted(Term("count", (value,), ("this",)))
    ends = [(part.op, part.value) for part in value.args[1:]] if value.op == "case" else []
    if ends == [("number", "1"), ("number", "0")]:
        ones = replace(value, args=(value.args[0], _ONE, NULL))
        return counted(Term("count", (ones,), ("this",)))
    return None


def of_no_rows(args: list[Term], dialect: str) -> list[Term]:
    """`COALESCE(SUM(CASE WHEN c THEN 1 ELSE 0 END), 0)` is a COUNT, of no rows too."""
    is_zero = len(args) == 2 and (args[1].op, args[1].value) == ("number", "0")
    found = ones_counted(args[0], dialect) if is_zero else None
    return args if found is None else [found]
