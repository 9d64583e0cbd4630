"""The normal form of one term: rewrites that are right for every value, NULL among them, in the given dialect.

Each function below says why its rewrite is right. Orders of operands are not settled here but where names are
(`digest`). sqlglot's `simplify` is not used: it has folded terms together that differ under NULL.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from contract_gate.sql.algebra import Query, Term
from contract_gate.sql.canonical.aggregates import (
    combined,
    count_if,
    counted,
    filtered,
    of_no_rows,
    without_distinct,
)
from contract_gate.sql.canonical.branches import around, decoded, searched, with_null_last
from contract_gate.sql.canonical.conditions import (
    FLIPPED,
    NULL,
    OPPOSITE,
    OPPOSITE_DISTINCT,
    PREDICATES,
    QUANTIFIED,
    ROWS,
    TRUE,
    conjuncts,
    is_boolean,
    is_ordered,
    is_two_valued,
    kept,
    spelled_out,
)
from contract_gate.sql.canonical.decisions import kept_rows
from contract_gate.sql.canonical.missing import first_of_each, from_literal, null_test, with_default
from contract_gate.sql.canonical.moments import without_cast_to_day
from contract_gate.sql.canonical.operands import members
from contract_gate.sql.canonical.predicates import (
    among_rows,
    as_membership,
    asked_for_none,
    common_factor,
    dated,
    field_by_field,
    first_rank,
    grouping_sets,
    joined_within,
    like_each,
    of_distinct,
    quantified,
    sides_of_union,
    unnested,
    whole_bound,
)
from contract_gate.sql.canonical.single import (
    asked_for_any,
    cast_once,
    cut_once,
    field_of_made,
    is_always,
    joined,
    negative,
    nested_once,
    part_of_date,
    spine,
    twice_as_once,
)
from contract_gate.sql.canonical.sorting import ordered
from contract_gate.sql.canonical.spellings import folded, respelled
from contract_gate.sql.canonical.tested import FALSE, Names, structural_names
from contract_gate.sql.canonical.typed import (
    is_as_wide,
    joined_text,
    number_of_truth,
    timed,
    whole_numbers,
    without_wildcards,
)
from contract_gate.sql.canonical.windows import framed
from contract_gate.sql.families import MYSQL, TSQL
from contract_gate.sql.functions import NUMBERS_AND_TEXTS, STRICT, is_volatile
from contract_gate.sql.types import STRICT_DIALECTS, has_neighbours, is_same_type, type_class
from contract_gate.sql.walk import parts

MAX_EXPANDED = 100
"""A longer IN list of literals stays a list (sorted, each once): nobody writes so many ORs."""


class Simplifier:
    """Brings terms into normal form; remembers by identity, so that shared parts stay shared.

    `queries` gives what a subquery became (by identity): it was normalised before the term around it. `types` has those of
    stored columns, by the number of the source and the column's name.
    """

    def __init__(
        self,
        dialect: str,
        queries: Mapping[int, Query] | None = None,
        types: dict[int, dict[str, str]] | None = None,
    ) -> None:
        self.dialect = dialect
        self._types = types if types is not None else {}
        self._queries = queries if queries is not None else {}
        self._done: dict[int, Term] = {}
        self._kept: list[Term] = []

    def term(self, term: Term) -> Term:
        """Give the normal form."""
        done = self._done.get(id(term))
        if done is not None:
            return done
        result = self._simplified(term)
        self._done[id(term)] = self._done[id(result)] = result
        self._kept += (term, result)
        return result

    def _simplified(self, term: Term) -> Term:
        if term.op == "case" and "ifs" in term.slots:
            # A branch is written as IF is, but is no value of its own: the rules for IF must not change it.
            pairs = zip(term.args, term.slots, strict=True)
            branches = tuple(replace(arg, op="branch") if slot == "ifs" else arg for arg, slot in pairs)
            term = replace(term, args=branches)
        if term.op in ("and", "or", "dpipe") and len(term.args) == 2:
            args = tuple(self.term(arg) for arg in spine(term))
            term = Term(term.op, args, ("this",) * len(args), term.value)
        elif term.args:
            term = term.over(tuple(self.term(arg) for arg in term.args))
        if term.query is not None and id(term.query) in self._queries:
            term = replace(term, query=self._queries[id(term.query)])
        term = respelled(term, self.dialect)
        rule = _RULES.get(term.op)
        return term if rule is None else rule(self, term)

    def _is(self, term: Term) -> Term:
        """`x IS NOT y` is NOT (x IS y): neither is ever NULL. Not for rows, where PostgreSQL asks every field.

        `x IS FALSE` is `(NOT x) IS TRUE`.
        """
        tested = term.args[0]
        if tested.op in ROWS:
            return term
        if term.value == "negate=True":
            return self.term(Term("not", (replace(term, value=""),), ("this",)))
        if not term.value and is_boolean(term.args[1], "false"):
            negated = self.term(Term("not", (tested,), ("this",)))
            return self._is(replace(term, args=(negated, replace(term.args[1], value="true"))))
        if not term.value and is_boolean(term.args[1], "true") and is_two_valued(tested):
            return tested
        return self._renewed(term, null_test(term))

    def _strict(self, term: Term) -> Term:
        found = around(term) if term.op in STRICT else None
        return term if found is None else self._case(found)

    def conjuncts(self, term: Term | None) -> tuple[Term, ...]:
        """Split a condition at its ANDs; one that is always true gives nothing."""
        if term is None:
            return ()
        simple = kept(self.term(term), self.term)
        return tuple(
            spelled_out(as_membership(part)) for part in conjuncts(simple) if not is_always(part, "true")
        )

    def _flatten(self, term: Term) -> Term:
        """AND and OR are associative in three-valued logic.

        TRUE AND x is x and FALSE OR x is x, also where x is NULL.
        """
        if len(term.args) == 1:
            return term.args[0]
        args = list(members(term, term.op, term.value))
        if all(arg.op in PREDICATES for arg in args):
            neutral = "true" if term.op == "and" else "false"
            args = [arg for arg in args if not is_always(arg, neutral)] or args[:1]
            if len(args) == 1:
                return args[0]
        factor = common_factor(args) if term.op == "or" else None
        if factor is not None:
            common, rest = factor
            left = (self._flatten(Term("or", rest, ("this",) * len(rest))),) if rest else ()
            return self._flatten(Term("and", (*common, *left), ("this",) * (len(common) + len(left))))
        return Term(term.op, tuple(args), ("this",) * len(args))

    def _renewed(self, term: Term, found: Term | None) -> Term:
        return term if found is None else self.term(found)

    def _either(self, one: Term, other: Term) -> Term:
        return self._flatten(Term("or", (one, other), ("this", "this")))

    def _not(self, term: Term) -> Term:
        """NOT of a comparison is the opposite one (both are NULL together); De Morgan holds in three-valued logic."""
        inner = term.args[0]
        if inner.op == "not" and inner.args[0].op in PREDICATES:
            return inner.args[0]
        if inner.op in ("and", "or"):
            args = tuple(self.term(Term("not", (arg,), ("this",))) for arg in inner.args)
            return self._flatten(Term("or" if inner.op == "and" else "and", args, ("this",) * len(args)))
        if any(arg.op in QUANTIFIED for arg in inner.args):
            return term
        if inner.op in OPPOSITE_DISTINCT:
            return replace(inner, op=OPPOSITE_DISTINCT[inner.op])
        if inner.op in OPPOSITE and (inner.op in ("eq", "neq") or is_ordered(inner, self.dialect)):
            return self.term(replace(inner, op=OPPOSITE[inner.op]))
        if inner.op == "boolean":
            return replace(inner, value="false" if inner.value == "true" else "true")
        return term

    def _between(self, term: Term) -> Term:
        """`x BETWEEN a AND b` is defined as `x >= a AND x <= b` (ISO 9075-2, 8.3)."""
        tested, low, high = (term.argument(slot) for slot in ("this", "low", "high"))
        if tested is None or low is None or high is None or term.value or is_volatile(parts([tested])):
            return term
        above = self.term(Term("gte", (tested, low), ("this", "expression")))
        below = self.term(Term("lte", (tested, high), ("this", "expression")))
        return self._flatten(Term("and", (above, below), ("this", "this")))

    def _flip(self, term: Term) -> Term:
        """`a > b` is `b < a`."""
        return self._compared(replace(term, op=FLIPPED[term.op], args=(term.args[1], term.args[0])))

    def _type_of(self, term: Term) -> str | None:
        """Give a column's type; None where it is not known or, as in SQLite, keeps no other values out."""
        if term.op != "column" or self.dialect == "sqlite":
            return None
        return self._types.get(term.source, {}).get(term.value)

    def are_apart(self, one: Term, other: Term) -> bool:
        """Tell whether two conditions are true of no row together."""
        names = Names(name=structural_names(), is_whole=self._is_whole, dialect=self.dialect)
        return kept_rows((one, other), names) == [FALSE]

    def _is_whole(self, term: Term) -> bool:
        return has_neighbours(self._type_of(term) or "")

    def renumber(self, old: int, new: int) -> None:
        """Know the columns of a source by its new number too."""
        if old in self._types:
            self._types[new] = self._types[old]

    def _compared(self, term: Term) -> Term:
        found = with_default(term) or asked_for_none(term, self.dialect)
        if found is not None:
            return self.term(found)
        term = whole_numbers(dated(term, self.dialect), self._type_of)
        moved = timed(term, self.dialect, self._type_of)
        return whole_bound(term) if moved is term else self.term(moved)

    def _equal(self, term: Term) -> Term:
        """`x = TRUE` is x and `x = FALSE` is NOT x where only a boolean can be compared with one: NULL stays NULL."""
        for one, other in (term.args, term.args[::-1]):
            if one.op == "boolean" and self._is_boolean(other):
                return other if one.value == "true" else self.term(Term("not", (other,), ("this",)))
        fields = field_by_field(term, self.dialect)
        if fields is not None:
            each = tuple(self.term(field) for field in fields)
            return self._flatten(Term("and", each, ("this",) * len(each)))
        return self._unequal(first_rank(term))

    def _unequal(self, term: Term) -> Term:
        for one, other in (term.args, term.args[::-1]):
            if term.op == "neq" and one.op == "boolean" and self._is_boolean(other):
                return other if one.value == "false" else self.term(Term("not", (other,), ("this",)))
        found = quantified(term, self.dialect) or with_default(term) or asked_for_none(term, self.dialect)
        if found is not None:
            return self.term(found)
        term = dated(term, self.dialect)
        moved = timed(term, self.dialect, self._type_of)
        return term if moved is term else self.term(moved)

    def _is_boolean(self, term: Term) -> bool:
        """Tell whether a term that is compared with a boolean is one."""
        return term.op in PREDICATES or self.dialect in STRICT_DIALECTS or self._is_boolean_column(term)

    def _is_boolean_column(self, term: Term) -> bool:
        """Tell whether a column holds true, false and NULL alone: MySQL's BOOLEAN is a number and holds 2 as well."""
        return self.dialect not in MYSQL and type_class(self._type_of(term)) == "boolean"

    def _like(self, term: Term) -> Term:
        equal = without_wildcards(term, self.dialect, self._type_of)
        if equal is not None:
            return self.term(equal)
        found = like_each(term)
        if found is None or not found[1]:
            return term
        return self._flatten(Term(found[0], found[1], ("this",) * len(found[1])))

    def _in(self, term: Term) -> Term:
        """`x IN (a, b)` is defined as `x = a OR x = b`; literals of one type only, as a mixed list is coerced first."""
        term = unnested(term)
        rows = among_rows(term, self.dialect)
        if rows is not None:
            return self.term(rows)
        tested, members = term.argument("this"), term.arguments("expressions")
        if tested is None or not members or len(members) + 1 != len(term.args) or term.query is not None:
            return term
        alike = {member.op for member in members}
        if len(members) > 1 and (len(alike) != 1 or not alike <= NUMBERS_AND_TEXTS):
            return term
        distinct = {member.value: member for member in members}
        if len(members) > 1 and len(distinct) > MAX_EXPANDED:
            members = tuple(distinct[value] for value in sorted(distinct))
            return Term("in", (tested, *members), ("this",) + ("expressions",) * len(members))
        if is_volatile(parts([tested])):
            return term
        equal = [self.term(Term("eq", (tested, member), ("this", "expression"))) for member in members]
        return self._flatten(Term("or", tuple(equal), ("this",) * len(equal)))

    def _member(self, term: Term) -> Term:
        """`x IN (SELECT y … UNION SELECT z …)` is `x IN (SELECT y …) OR x IN (SELECT z …)`, NULL where that is."""
        term = joined_within(of_distinct(term), self.term)
        sides = sides_of_union(term.query)
        if sides is None or is_volatile(parts(term.args)):
            return term
        return self._either(*(self._member(replace(term, query=side)) for side in sides))

    def _case(self, term: Term) -> Term:
        """`CASE x WHEN a` is defined as `CASE WHEN x = a`; no ELSE is ELSE NULL; a CASE in ELSE goes on."""
        if "when" in term.slots:
            return self._of_branches(list(term.args[:-1]), term.args[-1])
        operand = term.argument("this")
        if operand is not None and is_volatile(parts([operand])):
            return term
        branches: list[Term] = []
        for branch in term.arguments("ifs"):
            when, then = branch.args[0], branch.args[1]
            if operand is not None:
                when = self.term(Term("eq", (operand, when), ("this", "expression")))
            branches += (when, then)
        return self._of_branches(branches, term.argument("default") or NULL)

    def _if(self, term: Term) -> Term:
        """`IF(c, a, b)` is `CASE WHEN c THEN a ELSE b END`: not true means b in both."""
        return self._of_branches([*term.args[:2]], term.args[2] if len(term.args) > 2 else NULL)

    def _decode(self, term: Term) -> Term:
        found = decoded(term, self.term)
        return term if found is None else self._of_branches(*found)

    def _safe_divide(self, term: Term) -> Term:
        """BigQuery's `SAFE_DIVIDE(x, y)` is `x / NULLIF(y, 0)`."""
        if len(term.args) != 2 or is_volatile(parts(term.args)):
            return term
        zero = Term("eq", (term.args[1], Term("number", value="0")), ("this", "expression"))
        return self._of_branches([self.term(zero), NULL], Term("div", term.args, ("this", "expression")))

    def _extract(self, term: Term) -> Term:
        return without_cast_to_day(part_of_date(term), self.dialect)

    def _of_branches(self, branches: list[Term], default: Term) -> Term:
        """A branch is taken where its condition is true, as a filter keeps a row."""
        branches = [kept(part, self.term) if place % 2 == 0 else part for place, part in enumerate(branches)]
        case = searched(branches, default, self._either)
        return with_null_last(case, lambda when: self.term(Term("not", (when,), ("this",))))

    def _cast(self, term: Term) -> Term:
        """A cast to the type that a column is declared with changes nothing."""
        once = cast_once(term)
        kind = self._type_of(once.args[0]) if once.op == "cast" and len(once.args) == 1 else None
        if kind is not None and is_same_type(kind, once.value, self.dialect):
            return once.args[0]
        return self._renewed(once, number_of_truth(once, self.dialect))

    def _nullif(self, term: Term) -> Term:
        """`NULLIF(a, b)` is defined as `CASE WHEN a = b THEN NULL ELSE a END` (ISO 9075-2, 6.12)."""
        if len(term.args) != 2 or is_volatile(parts(term.args)):
            return term
        equal = self.term(Term("eq", term.args, ("this", "expression")))
        return self._of_branches([equal, NULL], term.args[0])

    def _coalesce(self, term: Term) -> Term:
        """COALESCE is associative from the left and right; IFNULL and NVL are its two-place spellings."""
        if self.dialect in TSQL and term.value and not is_as_wide(term.args, self._type_of):
            return term  # ISNULL takes the type of its first argument
        args: list[Term] = []
        for arg in term.args:
            args.extend(arg.args if arg.op == "coalesce" and not arg.value else (arg,))
        args = of_no_rows(first_of_each(args), self.dialect)
        if len(args) == 1:
            return args[0]
        is_false_else = len(args) == 2 and is_boolean(args[1], "false")
        if is_false_else and (args[0].op in PREDICATES or self._is_boolean_column(args[0])):
            return self._is(Term("is", (args[0], TRUE), ("this", "expression")))
        return Term("coalesce", tuple(args), ("this",) * len(args))


_RULES: Mapping[str, Callable[[Simplifier, Term], Term]] = {
    "paren": lambda _, term: term.args[0],
    "and": Simplifier._flatten,
    "or": Simplifier._flatten,
    "dpipe": lambda _, term: joined(term),
    "concat": lambda rules, term: rules._renewed(term, joined_text(term, rules.dialect, rules._type_of)),
    "field": lambda _, term: field_of_made(term),
    "not": Simplifier._not,
    "is": Simplifier._is,
    "nullsafeeq": lambda rules, term: rules._renewed(term, from_literal(term)),
    "nullsafeneq": lambda rules, term: rules._renewed(term, from_literal(term)),
    "window": lambda rules, term: framed(term, rules.dialect),
    "order": lambda _, term: ordered(term),
    "every": lambda _, term: Term("logicaland", term.args, ("this",) * len(term.args)),
    "extract": lambda rules, term: without_cast_to_day(term, rules.dialect),
    **dict.fromkeys(("year", "quarter", "month", "day"), Simplifier._extract),
    "between": Simplifier._between,
    "gt": Simplifier._flip,
    "gte": Simplifier._flip,
    "lt": Simplifier._compared,
    "lte": Simplifier._compared,
    "eq": Simplifier._equal,
    "neq": Simplifier._unequal,
    "in": Simplifier._in,
    "in_query": Simplifier._member,
    "like": Simplifier._like,
    "ilike": Simplifier._like,
    "neg": lambda rules, term: rules._strict(negative(term)),
    "add": lambda rules, term: rules._strict(folded(term)),
    "sub": lambda rules, term: rules._strict(folded(term)),
    "mul": lambda rules, term: rules._strict(folded(term)),
    "div": Simplifier._strict,
    "greatest": lambda _, term: nested_once(term),
    "least": lambda _, term: nested_once(term),
    "case": Simplifier._case,
    "if": Simplifier._if,
    "nullif": Simplifier._nullif,
    "coalesce": Simplifier._coalesce,
    "cast": Simplifier._cast,
    "lower": lambda _, term: twice_as_once(term),
    "upper": lambda _, term: twice_as_once(term),
    "trim": lambda _, term: twice_as_once(term),
    "abs": lambda _, term: twice_as_once(term),
    "datetrunc": lambda _, term: cut_once(term),
    "timestamptrunc": lambda _, term: cut_once(term),
    "count": lambda _, term: counted(term),
    "countif": lambda rules, term: count_if(term, rules._of_branches, rules.dialect),
    "min": lambda _, term: without_distinct(term),
    "max": lambda _, term: without_distinct(term),
    "filter": lambda rules, term: filtered(term, rules._of_branches, rules.dialect),
    "exists": lambda rules, term: joined_within(asked_for_any(term), rules.term),
    "combinedaggfunc": lambda _, term: combined(term),
    "decodecase": Simplifier._decode,
    # ClickHouse's `multiIf(c, x, d, y, z)` is CASE.
    "multiif": lambda rules, t: rules._of_branches(list(t.args[:-1]), t.args[-1]) if len(t.args) % 2 else t,
    "safedivide": Simplifier._safe_divide,
    "rollup": lambda rules, term: grouping_sets(term, rules.dialect),
    "cube": lambda rules, term: grouping_sets(term, rules.dialect),
    "groupingsets": lambda rules, term: grouping_sets(term, rules.dialect),
}
"""What a term of each operator becomes, its arguments being in normal form."""
