"""What conditions, CASE and COALESCE test of which terms, and what they give where all tests are decided.

A term that is tested is a *variable*. For `decisions`, which makes a table of the results.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from contract_gate.core.values import dataclass, field
from contract_gate.sql.algebra import Term
from contract_gate.sql.canonical.conditions import (
    NULL,
    QUANTIFIED,
    ROWS,
    is_boolean,
    is_null_test,
    is_strict_in,
    is_two_valued,
)
from contract_gate.sql.canonical.literals import Point, compared, point_of
from contract_gate.sql.canonical.naming import hashed
from contract_gate.sql.families import SPARK, TOTAL_ORDER
from contract_gate.sql.functions import LITERALS, NUMBERING, function_of, is_never_null
from contract_gate.sql.walk import parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What is known of terms: `name` names one by what it is made of, `is_whole` tells which hold whole numbers alone.

    `sizes` keeps how many parts each has, by its identity, with the term itself so that none takes its place.
    """

    name: Callable[[Term], str]
    is_whole: Callable[[Term], bool]
    dialect: str
    sizes: dict[int, tuple[Term, int]] = field(default_factory=dict)


Case = int | str
"""A place among the points of a variable (`Variable.cases`), or a word."""
TRUE, FALSE, UNKNOWN = "true", "false", "unknown"
_NOT = {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN}
_VALUES = {TRUE: Term("boolean", value="true"), FALSE: Term("boolean", value="false"), UNKNOWN: NULL}

_CONSTANTS = LITERALS | {"null"}
_DECIDED = frozenset({"boolean", "null"})
_READS_TEXT = SPARK | {""}
"""Engines that read a text as the type of what it is compared with, and as NULL where they can't."""
_NULL_CASE, _OTHER, _NO_NUMBER, _UNREAD = "null", "other", "nan", "unread"


def structural_names() -> Callable[[Term], str]:
    """Name terms of one pair of conditions by their operators and sources: an order of operands that says nothing tells them apart."""
    done: dict[int, tuple[Term, str]] = {}

    def name(term: Term) -> str:
        if id(term) not in done:
            query = "" if term.query is None else str(id(term.query))
            args = (f"{slot}:{name(arg)}" for slot, arg in zip(term.slots, term.args, strict=True))
            done[id(term)] = term, hashed(term.op, term.value, str(term.source), query, *args)
        return done[id(term)][1]

    return name


@dataclass(slots=True)
class Variable:
    """A term that is tested, or two that are compared.

    `points`: the literals that it is compared with. Where they are ordered, a case is a place among them: 1 is the first point, 0
    all below it, 2 what lies between it and the next. `is_sound`: all of its tests can be held together.
    `is_whole`: it has no values between two whole numbers.
    """

    term: Term
    other: Term | None
    name: str
    kind: str = ""
    points: dict[str, Point] = field(default_factory=dict)
    is_sound: bool = True
    is_whole: bool = False
    cases: tuple[Case, ...] = ()
    places: dict[str, int] = field(default_factory=dict)

    def called(self, cases: Sequence[Case]) -> str:
        """Call some of the cases by what they hold, whichever points were tried: spans that meet are one span."""
        words = sorted(case for case in cases if isinstance(case, str))
        if _OTHER in words or set(cases) | {_NULL_CASE} >= set(self.cases):
            return _OTHER  # all that no other set of cases holds
        order = [case for case in self.cases if isinstance(case, int)]
        if self.kind == "text":
            texts = list(self.points)
            return "|".join(
                [*words, *sorted(f"={texts[case // 2]}" for case in cases if isinstance(case, int))]
            )
        places = [order.index(case) for case in cases if isinstance(case, int)]
        for place in places:
            if place - 1 not in places:
                words.append(f"from {self._end(order[place], below=True) if place else ''}")
            if place + 1 not in places:
                words.append(f"to {self._end(order[place], below=False)}")
        return "|".join(words)

    def _end(self, case: int, below: bool) -> str:
        """Give where a case begins (`below`) or ends: at a point, or beside one, which for whole numbers is the next."""
        points = self.in_order()
        if case % 2:
            return f"={points[case // 2].value}"
        place = case // 2 - 1 if below else case // 2
        if not 0 <= place < len(points):
            return ""
        return f"={int(points[place].value) + (1 if below else -1)}" if self.is_whole else points[place].value

    def in_order(self) -> list[Point]:
        """Give the points from the least to the greatest; texts as they came."""
        points = list(self.points.values())
        return points if self.kind == "text" else sorted(points, key=lambda point: point.rank)


class Tests:
    """Notes what terms test (`note`), and tells results where each variable is in one of its cases (`suppose`)."""

    def __init__(self, names: Names) -> None:
        self._name = names.name
        self._is_whole = names.is_whole
        self._dialect = names.dialect
        self.variables: dict[object, Variable] = {}
        self._at: dict[object, Case] = {}
        self._made: dict[tuple[str, int, int], Term] = {}
        self._points: dict[int, Point | None] = {}
        self._strict: dict[int, list[object]] = {}
        self._keys: dict[int, tuple[str, tuple[int, ...]]] = {}

    def note_condition(self, term: Term) -> None:
        """Note the variables of a condition: a number or a text is one too, because engines read them in their own ways."""
        self.note(term)
        for leaf in _leaves(term):
            if leaf.op not in _DECIDED:
                self._as_condition(leaf)

    def note(self, term: Term) -> None:
        """Note the variables of a term that is asked for its value."""
        if is_null_test(term):
            self._note_missing(term.args[0])
        elif _is_truth_test(term):
            self.note_condition(term.args[0])
        elif term.op in ("and", "or", "not"):
            for arg in term.args:
                self.note_condition(arg)
        elif not is_decision(term):
            return
        elif term.op == "case":
            for slot, arg in zip(term.slots, term.args, strict=True):
                (self.note_condition if slot == "when" else self.note)(arg)
        elif term.op == "coalesce":
            for arg in term.args[:-1]:
                self._note_missing(arg)
            self.note(term.args[-1])
        else:
            for side in term.args:
                self.note(side)
            for one in _leaves(term.args[0]):
                for other in _leaves(term.args[1]):
                    self._note_pair(term.op, one, other)

    def settled(self) -> list[Variable] | None:
        """Give the variables with their cases; None where one is tested in ways that do not go together."""
        for variable in self.variables.values():
            variable.cases = self._cases(variable)
            variable.places = {point.value: 2 * n + 1 for n, point in enumerate(variable.in_order())}
            told = [point.told_apart for point in variable.points.values()]
            if not variable.is_sound or None in told or len(set(told)) < len(told):
                return None
        return list(self.variables.values())

    def suppose(self, choice: Sequence[Case]) -> None:
        """Let the variables, in their order, be in these cases."""
        self._at = dict(zip(self.variables, choice, strict=True))

    def value(self, term: Term) -> str:
        """Name the value of a term."""
        return self._name(self._leaf(term))

    def keeps(self, conditions: Sequence[Term]) -> str:
        """Tell whether all of the conditions are true."""
        return TRUE if all(self._truth(condition) == TRUE for condition in conditions) else FALSE

    # What is tested

    def _variable(self, term: Term, other: Term | None = None) -> Variable:
        key, turned = self._key(term, other)
        if key not in self.variables:
            one, two = (other, term) if turned and other is not None else (term, other)
            name = self._name(one) if two is None else f"{self._name(one)}?{self._name(two)}"
            self.variables[key] = Variable(one, two, name)
        return self.variables[key]

    def _key(self, term: Term, other: Term | None = None) -> tuple[object, bool]:
        """Terms of two sources are two variables, even where their names do not tell which source is which."""
        one = self._own_key(term)
        if other is None:
            return one, False
        two = self._own_key(other)
        return ((two, one), True) if two < one else ((one, two), False)

    def _own_key(self, term: Term) -> tuple[str, tuple[int, ...]]:
        if id(term) not in self._keys:
            self._keys[id(term)] = self._name(term), tuple(sorted({part.source for part in parts([term])}))
        return self._keys[id(term)]

    def _as_condition(self, term: Term) -> None:
        variable = self._variable(term)
        variable.is_sound &= variable.kind in ("", "condition")
        variable.kind = "condition"

    def _note_missing(self, term: Term) -> None:
        self.note(term)
        for leaf in _leaves(term):
            if leaf.op not in _CONSTANTS:
                self._variable(leaf)

    def _note_pair(self, op: str, one: Term, other: Term) -> None:
        if "null" in (one.op, other.op):
            return
        points = self._point(one), self._point(other)
        if points[0] is not None and points[1] is not None:
            if compared(op, one, other) is None:
                self._as_condition(self._comparison(op, one, other))
        elif points[0] is None and points[1] is None:
            self._variable(one, other).kind = "pair"
        else:
            self._note_point(op, one, other)

    def _note_point(self, op: str, one: Term, other: Term) -> None:
        tested, point = (one, self._point(other)) if self._point(one) is None else (other, self._point(one))
        assert point is not None  # noqa: S101 - one of the two is a literal
        if (
            point.kind == "boolean"
            or (point.kind == "text" and op in ("lt", "lte"))
            or self._dialect == "sqlite"
        ):
            self._as_condition(self._comparison(op, one, other))
            return
        variable = self._variable(tested)
        variable.is_sound &= variable.kind in ("", point.kind)
        variable.kind = point.kind
        variable.is_whole = point.kind in ("whole", "DATE") and self._is_whole(tested)
        variable.points[point.value] = point

    def _point(self, term: Term) -> Point | None:
        if id(term) not in self._points:
            self._points[id(term)] = point_of(term)
        return self._points[id(term)]

    def _comparison(self, op: str, one: Term, other: Term) -> Term:
        key = op, id(one), id(other)
        return self._made.setdefault(key, Term(op, (one, other), ("this", "expression")))

    def _cases(self, variable: Variable) -> tuple[Case, ...]:
        missing: tuple[Case, ...] = () if is_never_null(variable.term) else (_NULL_CASE,)
        odd: tuple[Case, ...] = () if self._dialect in TOTAL_ORDER else (_NO_NUMBER,)
        unread: tuple[Case, ...] = (_UNREAD,) if self._dialect in _READS_TEXT else ()
        match variable.kind:
            case "condition":
                return (TRUE, FALSE) if is_two_valued(variable.term) else (TRUE, FALSE, _NULL_CASE)
            case "pair":
                return ("lt", "eq", "gt", _NULL_CASE, *odd)
            case "text":
                return (*range(1, 2 * len(variable.points), 2), _OTHER, *missing, *unread)
            case "":
                return (_OTHER, *missing)
            case _:
                return (*_places(variable), *missing, *odd, *unread)

    # What comes of it

    def _truth(self, term: Term) -> str:
        if is_null_test(term):
            return TRUE if self._leaf(term.args[0]).op == "null" else FALSE
        if _is_truth_test(term):
            return TRUE if self._truth(term.args[0]) == TRUE else FALSE
        match term.op:
            case "and" | "or":
                given = {self._truth(arg) for arg in term.args}
                strong, weak = (FALSE, TRUE) if term.op == "and" else (TRUE, FALSE)
                return strong if strong in given else UNKNOWN if UNKNOWN in given else weak
            case "not":
                return _NOT[self._truth(term.args[0])]
            case "eq" | "neq" | "lt" | "lte" if is_decision(term):
                return self._compared(term.op, *map(self._leaf, term.args))
            case "boolean":
                return term.value
            case "null":
                return UNKNOWN
            case "case" | "coalesce" if is_decision(term):
                return self._truth(self._leaf(term))
            case _:
                return self._at_condition(term)

    def _compared(self, op: str, one: Term, other: Term) -> str:
        if "null" in (one.op, other.op):
            return UNKNOWN
        points = self._point(one), self._point(other)
        if points[0] is not None and points[1] is not None:
            told = compared(op, one, other)
            if told is None:
                return self._at_condition(self._comparison(op, one, other))
            return TRUE if told else FALSE
        if points[0] is None and points[1] is None:
            key, turned = self._key(one, other)
            return _by_order(op, self._at[key], turned)
        made = self._made.get((op, id(one), id(other)))
        if made is not None:
            return self._at_condition(made)
        tested, point = (other, points[0]) if points[0] is not None else (one, points[1])
        key = self._key(tested)[0]
        case, variable = self._at[key], self.variables[key]
        if point is None or (isinstance(case, str) and case != _OTHER):
            return _of_no_number(op) if case == _NO_NUMBER else UNKNOWN
        place = variable.places[point.value]
        if case == _OTHER:
            return _by_order(op, "lt", False) if op in ("eq", "neq") else UNKNOWN
        order = "eq" if case == place else "lt" if int(case) < place else "gt"
        return _by_order(op, order, tested is other)

    def _at_condition(self, term: Term) -> str:
        case = self._at[self._key(term)[0]]
        return TRUE if case == TRUE else FALSE if case == FALSE else UNKNOWN

    def _leaf(self, term: Term) -> Term:
        """Give the term that CASE and COALESCE come to, a literal where that is known."""
        if term.op == "case" and is_decision(term):
            pairs = zip(term.args[:-1:2], term.args[1::2], strict=True)
            return self._leaf(next((t for w, t in pairs if self._truth(w) == TRUE), term.args[-1]))
        if term.op == "coalesce" and is_decision(term):
            return next((leaf for leaf in map(self._leaf, term.args) if leaf.op != "null"), NULL)
        if is_decision(term):
            return _VALUES[self._truth(term)]
        if term.op in _CONSTANTS:
            return term
        if id(term) not in self._strict:
            tested = ((key, v.term) for key, v in self.variables.items() if v.other is None)
            self._strict[id(term)] = [key for key, of in tested if is_strict_in(term, of)]
        return NULL if any(self._at[key] == _NULL_CASE for key in self._strict[id(term)]) else term


def is_decision(term: Term) -> bool:
    """Tell whether a term is a condition, CASE or COALESCE, whose result comes of tests."""
    match term.op:
        case "and" | "or" | "not":
            return True
        case "case":
            return "when" in term.slots
        case "coalesce":
            return not term.value
        case "eq" | "neq" | "lt" | "lte":
            return len(term.args) == 2 and not any(arg.op in ROWS | QUANTIFIED for arg in term.args)
        case _:
            return is_null_test(term) or _is_truth_test(term)


def _places(variable: Variable) -> Iterator[int]:
    """Yield the points and what lies between them; there is nothing between two neighbours."""
    ranks = [point.rank for point in variable.in_order()]
    least = _least(variable.term)
    for place in range(2 * len(ranks) + 1):
        low = ranks[place // 2 - 1] if place > 1 else None
        high = ranks[place // 2] if place < 2 * len(ranks) else None
        if variable.is_whole and isinstance(high, Decimal):
            between = not place % 2
            if between and isinstance(low, Decimal) and high - low == 1:
                continue
            if least is not None and high - between < least:
                continue
        yield place


def _least(term: Term) -> int | None:
    """Give the least value that a count or a number of a row can have."""
    counted = function_of(term)
    return 1 if counted.op in NUMBERING else 0 if counted.op == "count" else None


def _is_truth_test(term: Term) -> bool:
    return term.op == "is" and not term.value and len(term.args) == 2 and is_boolean(term.args[1], "true")


def _leaves(term: Term) -> Iterator[Term]:
    """Yield what a term can come to."""
    if term.op == "case" and is_decision(term):
        for slot, arg in zip(term.slots, term.args, strict=True):
            if slot != "when":
                yield from _leaves(arg)
    elif term.op == "coalesce" and is_decision(term):
        for arg in term.args:
            yield from _leaves(arg)
    elif is_decision(term):
        yield from _VALUES.values()
    else:
        yield term


def _by_order(op: str, order: Case, turned: bool) -> str:
    """Compare what stands in this order: `turned`, the second with the first."""
    if order == _NO_NUMBER:
        return _of_no_number(op)
    if order == _NULL_CASE:
        return UNKNOWN
    if turned:
        order = {"lt": "gt", "gt": "lt"}.get(str(order), order)
    true_of = {"eq": ("eq",), "neq": ("lt", "gt"), "lt": ("lt",), "lte": ("lt", "eq")}[op]
    return TRUE if order in true_of else FALSE


def _of_no_number(op: str) -> str:
    return TRUE if op == "neq" else FALSE
