"""Rewrites of one operator by what stands directly in it, in every dialect."""

from dataclasses import replace

from contract_gate.sql.algebra import Select, Term
from contract_gate.sql.canonical.operands import members
from contract_gate.sql.canonical.predicates import have_rows
from contract_gate.sql.functions import NUMBERS_AND_TEXTS


def field_of_made(term: Term) -> Term:
    """A field of a struct that is made on the spot is the value that was put there."""
    made = term.args[0]
    found = [arg for arg in made.args if arg.op == "named" and arg.value.lower() == term.value.lower()]
    return found[0].args[0] if made.op in ("struct", "row") and len(found) == 1 else term


def spine(term: Term) -> list[Term]:
    """Give the operands of a left-deep chain `a AND b AND c …` without recursing along it."""
    operands: list[Term] = []
    while term.op in ("and", "or", "dpipe") and len(term.args) == 2:
        first, last = term.args
        operands.append(last)
        if first.op != term.op or first.value != term.value:
            operands.append(first)
            break
        term = first
    else:
        operands.append(term)
    operands.reverse()
    return operands


def is_always(term: Term, value: str) -> bool:
    """Tell whether the term is TRUE (or FALSE), or compares a literal with itself as `1 = 1` does."""
    if term.op == "boolean":
        return term.value == value
    literals = [arg for arg in term.args if arg.op in NUMBERS_AND_TEXTS]
    if term.op != {"true": "eq", "false": "neq"}[value] or len(literals) != 2:
        return False
    return (literals[0].op, literals[0].value) == (literals[1].op, literals[1].value)


def part_of_date(term: Term) -> Term:
    """`YEAR(x)` is `EXTRACT(YEAR FROM x)`; not so for weeks and seconds, which engines count in several ways."""
    value = term.args[0]
    if "default_date" in value.slots:
        value = value.args[0]  # as the parser reads T-SQL's YEAR(x), which is DATEPART(year, x)
    return Term("extract", (Term("word", value=term.op), value), ("this", "expression"))


def nested_once(term: Term) -> Term:
    """`GREATEST(a, GREATEST(b, c))` is `GREATEST(a, b, c)`, whatever it does with NULLs."""
    args = members(term, term.op, term.value)
    return replace(term, args=args, slots=("this",) + ("expressions",) * (len(args) - 1))


def joined(term: Term) -> Term:
    """`a || (b || c)` is `(a || b) || c` on strings, and NULL makes all of it NULL."""
    args = members(term, term.op, term.value)
    return Term(term.op, args, ("this",) * len(args), term.value)


def negative(term: Term) -> Term:
    """Write a negated literal as a negative one."""
    inner = term.args[0]
    if inner.op == "number" and not inner.value.startswith("-"):
        return Term("number", value=f"-{inner.value}")
    return term


def cast_once(term: Term) -> Term:
    """A cast to the type that the value was just cast to changes nothing, nor does cutting off the time before a cast to DATE."""
    inner = term.args[0]
    unit = inner.argument("unit")
    if inner.op in ("datetrunc", "timestamptrunc") and len(inner.args) == 2 and unit is not None:
        is_day = unit.value.upper() == "DAY" and term.value == "DATE" and len(term.args) == 1
        return replace(term, args=(inner.args[0],)) if is_day else term
    same = inner.op == "cast" and inner.value == term.value and len(inner.args) == len(term.args) == 1
    return inner if same else term


def twice_as_once(term: Term) -> Term:
    """`LOWER(LOWER(x))` is `LOWER(x)`, `ABS(-x)` is `ABS(x)`; blanks at the ends have no case: `TRIM(LOWER(x))` is `LOWER(TRIM(x))`."""
    inner = term.args[0]
    if len(term.args) != 1 or len(inner.args) != 1 or term.value or inner.value:
        return term
    if inner.op == term.op:
        return inner
    if term.op == "abs" and inner.op == "neg":
        return replace(term, args=inner.args)
    if term.op == "trim" and inner.op in ("lower", "upper"):
        return replace(inner, args=(replace(term, args=inner.args),))
    return term


_UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "QUARTER", "YEAR")


def cut_once(term: Term) -> Term:
    """What is cut off to the month needs not be cut off to the day before."""
    inner = term.args[0]
    units = [part.argument("unit") for part in (term, inner)]
    if inner.op != term.op or len(term.args) != 2 or len(inner.args) != 2 or None in units:
        return term
    outer, finer = (unit.value.upper() if unit is not None else "" for unit in units)
    if outer not in _UNITS or finer not in _UNITS or _UNITS.index(finer) > _UNITS.index(outer):
        return term
    return replace(term, args=(inner.args[0], *term.args[1:]))


def asked_for_any(term: Term) -> Term:
    """EXISTS asks for any row: LIMIT 1 leaves one if there is any, and so does grouping by keys without HAVING."""
    query = term.query
    if not isinstance(query, Select) or query.offset is not None or query.modifiers:
        return term
    if query.limit is not None and (query.limit.op != "number" or not query.limit.value.strip("0")):
        return term
    if query.limit is not None:
        query = replace(query, limit=None, order=())
    grouped = query.group and have_rows(query.group) and query.grouping is None
    if grouped and query.having is None and query.qualify is None:
        query = replace(query, group=None, distinct=None, order=(), outputs=())
    return term if query is term.query else replace(term, query=query)
