"""The values worth trying for each column: those at the edges of what either side says of it.

Candidates are ordered, the most telling first: literals that the column meets, their neighbours, then a few ordinary
values of its type. Columns of one class (join partners) share them.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from contract_gate.core.values import dataclass, field
from contract_gate.sql.types import is_integer, type_class
from contract_gate.witness.binding import Base, Bound
from contract_gate.witness.engines import told_apart
from contract_gate.witness.hits import passing
from contract_gate.witness.inference import Types
from contract_gate.witness.paths import nested_values, place_of, whole
from contract_gate.witness.statement import NOW
from contract_gate.witness.values import Json, Value

_MOST = 40
_LARGEST = 2**31
_MOMENTS = ("2024-01-31", "2024-02-01", "2024-02-29", "2023-12-31", "2024-01-01", "2024-03-31", "2024-04-01",
            "2024-03-15", "2024-03-14")  # fmt: skip
_UNITS = {"day": 1.0, "week": 7.0, "month": 30.0, "quarter": 91.0, "year": 365.0, "hour": 1 / 24,
          "minute": 1 / 1440, "second": 1 / 86400}  # fmt: skip
_BOUNDED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Like, exp.ILike, exp.If,
            exp.Case, exp.Coalesce, exp.Nullif, exp.Binary, exp.Func)  # fmt: skip
_STOP = (exp.Select, exp.Where, exp.Join, exp.Having, exp.Qualify, exp.SetOperation)
_COUNTED = (exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.CountIf, exp.ArraySize)


@dataclass(slots=True)
class Candidates:
    """`of`: column → values to try (NULL apart). `direct`: how many of them come from literals it meets.

    `plain`: the values that a reader would choose where the value doesn't matter. `passing`: class → values that
    get through the filters.

    `sizes`: numbers of rows that matter (LIMIT, HAVING count(*) > n, window frames).
    """

    of: dict[Base, list[Value]] = field(default_factory=dict)
    direct: dict[Base, int] = field(default_factory=dict)
    plain: dict[Base, list[Value]] = field(default_factory=dict)
    passing: dict[int, list[Value]] = field(default_factory=dict)
    sizes: tuple[int, ...] = ()


def fill(bound: Bound, types: Types, dialect: str) -> Candidates:
    """Give candidates for each base column of both sides."""
    met, loose = _literals(bound, types)
    paths = _json_paths(bound)
    listed = any(
        call.name.lower().endswith(("_array_elements", "_array_elements_text"))
        for side in bound.sides
        for call in side.find_all(exp.Anonymous)
    )
    candidates = Candidates(sizes=_sizes(bound))
    offsets = _offsets(bound)
    for column, kind in types.of.items():
        near = met.get(types.group[column], [])
        direct = _around(kind, near, offsets)
        ordinary = _lists() if listed and kind == "JSON" else _ordinary(kind, paths)
        rest = ordinary[:4] + _around(kind, loose, ()) + ordinary[4:]
        candidates.plain[column] = ordinary[:2]
        candidates.of[column] = told_apart(direct + rest, dialect)[:_MOST]
        candidates.direct[column] = min(len(told_apart(direct, dialect)), _MOST)
    for base, nest in types.nested.items():
        inside = {c.column: held_values for c, held_values in candidates.of.items() if c.table == base.table}
        candidates.of[base] = nested_values(nest, inside)
        candidates.direct[base] = 0
        candidates.plain[base] = candidates.of[base][:2]
    candidates.passing = passing(bound, types, candidates.of)
    return candidates


def _literals(bound: Bound, types: Types) -> tuple[dict[int, list[exp.Literal]], list[exp.Literal]]:
    """Give the literals that each class of columns meets in an expression, and all others."""
    met: dict[int, list[exp.Literal]] = {}
    loose: list[exp.Literal] = []
    for side in bound.sides:
        for literal in side.find_all(exp.Literal):
            loose.append(literal)
            for group in _groups_near(literal, bound, types):
                met.setdefault(group, []).append(literal)
    return met, loose


def _groups_near(literal: exp.Literal, bound: Bound, types: Types) -> set[int]:
    around: exp.Expr = literal
    node: exp.Expr | None = literal.parent
    columns: list[exp.Column] = []
    while node is not None and not isinstance(node, _STOP) and not columns:
        if isinstance(node, _BOUNDED):
            around = node
            columns = list(around.find_all(exp.Column))
        node = node.parent
    bases = {base for column in columns for base in (*bound.bases(column), place_of(bound, whole(column)))}
    return {types.group[base] for base in bases if base is not None and base in types.group}


def _around(kind: str, literals: list[exp.Literal], offsets: tuple[timedelta, ...]) -> list[Value]:
    if kind in ("DATE", "TIMESTAMP"):
        return _around_moments(kind, literals, offsets)
    if type_class(kind) == "number":
        return _around_numbers(kind, literals)
    if kind == "VARCHAR":
        return [text for literal in literals for text in _around_text(literal)]
    return []


def _around_numbers(kind: str, literals: list[exp.Literal]) -> list[Value]:
    numbers: list[Decimal] = []
    for literal in literals:
        try:
            number = Decimal(literal.name)
        except InvalidOperation:
            continue
        if abs(number) <= 10**8:
            numbers.append(-number if isinstance(literal.parent, exp.Neg) else number)
    numbers = list(dict.fromkeys(numbers))
    combined = [a * b for a in numbers[:5] for b in numbers[:5] if a != b]
    combined += [a - b for a in numbers[:5] for b in numbers[:5] if a != b]
    if is_integer(kind):
        near = [int(n) + step for step in (0, 1, -1) for n in numbers[:12]]
        return [n for n in (*near, *map(int, combined), *(int(-n) for n in numbers)) if abs(n) < _LARGEST]
    step = Decimal("0.01")
    spread = [n + delta for n in numbers for delta in (Decimal(0), step, -step, Decimal(1), Decimal("-0.5"))]
    return [_as_kind(n, kind) for n in [*spread, *combined]]


def _around_text(literal: exp.Literal) -> list[Value]:
    text = literal.name
    if len(text) > 200:
        return []
    if isinstance(
        literal.parent, exp.Like | exp.ILike | exp.RegexpLike | exp.RegexpExtract | exp.RegexpReplace
    ):
        core = re.sub(r"[%_^$\\]|\.\*|\.\+", "", text)
        filled = text.replace("%", "x").replace("_", "y")
        return [core, filled, f"x{core}", f"{core}x", core.upper(), core.swapcase()]
    return [text, text.upper(), text.lower(), f"{text}x", f" {text} ", f"a{text}b{text}c", text[:-1]]


def _around_moments(kind: str, literals: list[exp.Literal], offsets: tuple[timedelta, ...]) -> list[Value]:
    moments: list[datetime] = []
    for literal in literals:
        try:
            moments.append(datetime.fromisoformat(literal.name).replace(tzinfo=None))
        except ValueError:
            continue
    moments = list(dict.fromkeys(moments))[:6]
    moments += [moment + sign * offset for moment in moments[:2] for offset in offsets for sign in (-1, 1)]
    steps = [timedelta(0), timedelta(days=-1), timedelta(days=1)]
    if kind == "TIMESTAMP":
        steps += [timedelta(seconds=-1), timedelta(seconds=1), timedelta(hours=13)]
    near = [moment + step for moment in moments for step in steps]
    return [moment.date() for moment in near] if kind == "DATE" else list(near)


def _offsets(bound: Bound) -> tuple[timedelta, ...]:
    """Give the intervals that either side adds to or takes from a time."""
    days: list[float] = []
    for side in bound.sides:
        for interval in side.find_all(exp.Interval):
            unit = interval.text("unit").lower().rstrip("s") or "day"
            days += _days(interval.this, unit)
        for shift in side.find_all(
            exp.DateAdd, exp.DateSub, exp.TsOrDsAdd, exp.TimestampAdd, exp.TimestampSub
        ):
            days += _days(shift.expression, shift.text("unit").lower().rstrip("s"))
    return tuple(timedelta(days=d) for d in dict.fromkeys(days))[:4]


def _days(amount: exp.Expr | None, unit: str) -> list[float]:
    if isinstance(amount, exp.Neg | exp.Paren | exp.Interval):
        return _days(amount.this, unit)
    if isinstance(amount, exp.Literal) and re.fullmatch(r"-?\d{1,5}", amount.name):
        return [int(amount.name) * _UNITS.get(unit, 1.0)]
    return []


def _ordinary(kind: str, paths: list[list[str]]) -> list[Value]:
    if kind in ("DATE", "TIMESTAMP"):
        moments = [datetime.fromisoformat(text) for text in _MOMENTS]
        if kind == "DATE":
            return [moment.date() for moment in moments]
        halves = [moment + timedelta(hours=13, minutes=45) for moment in moments[:4]]
        return [*moments[:4], *halves, datetime.fromisoformat(NOW), *moments[4:]]
    if type_class(kind) == "number":
        return [_as_kind(Decimal(n), kind) for n in ("1", "2", "3", "0", "-1", "10", "7", "4", "5", "6")]
    if kind == "BOOLEAN":
        return [True, False]
    if kind == "JSON":
        return _documents(paths)
    if kind.endswith("[]"):
        inner = _ordinary(kind[:-2], paths)[:3]
        return [inner[:1], inner[:2], [], [*inner[1:2], *inner[1:2], None], inner[:3]]
    return ["a", "b", "c", "", "A", " a ", "abcdef", "1", "2", "a b", "x-y-z", "d", "e"]


def _documents(paths: list[list[str]]) -> list[Value]:
    """Give documents that hold the paths that are read, with a different leaf at each; some lack some."""
    documents: list[Value] = []
    for leaves in (
        ("1", "2", "3"),
        ('"a"', '"b"', '"c"'),
        ("1", "null", "2", "1"),
        ("true", "false"),
        ('"1"', '"2"'),
    ):
        for missing in (0, 2):
            tree: dict[str, object] = {}
            for number, path in enumerate(paths[:12]):
                if not missing or number % missing:
                    _plant(tree, path, leaves[number % len(leaves)])
            documents.append(Json(_spell(tree)))
    return [*documents, Json("{}"), Json("[1,2]"), Json("[]"), Json('[{"a":1},{"a":2}]')]


def _plant(tree: dict[str, object], path: list[str], leaf: str) -> None:
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        tree = inner
    tree.setdefault(path[-1], leaf)


def _lists() -> list[Value]:
    """Give the documents for a function that fails on everything that is not a list."""
    return [Json("[1,2]"), Json("[1]"), Json("[]"), Json('[{"a":1},{"a":2}]')]


def _spell(tree: object) -> str:
    if isinstance(tree, dict):
        return "{" + ",".join(f'"{key}":{_spell(value)}' for key, value in tree.items()) + "}"
    return str(tree)


def _json_paths(bound: Bound) -> list[list[str]]:
    paths: list[list[str]] = []
    for side in bound.sides:
        for path in side.find_all(exp.JSONPath):
            keys = _whole_path(path)
            if keys and keys not in paths:
                paths.append(keys)
    # A text at `a` would leave no room for `a.b`.
    return sorted(paths, key=len, reverse=True)


def _whole_path(path: exp.JSONPath) -> list[str]:
    """Give the keys of a path behind those of the one that it goes on from: `j -> 'a' ->> 'b'` reads `a.b`."""
    keys = [str(key.this) for key in path.find_all(exp.JSONPathKey) if isinstance(key.this, str)]
    source = path.parent.this if path.parent is not None else None
    while isinstance(source, exp.Paren | exp.Cast | exp.ParseJSON):
        source = source.this
    before = source.args.get("expression") if isinstance(source, exp.Expr) else None
    return [
        *(_whole_path(before) if isinstance(before, exp.JSONPath) else []),
        *(key for key in keys if '"' not in key and "\\" not in key),
    ]


def _sizes(bound: Bound) -> tuple[int, ...]:
    sizes: set[int] = set()
    for side in bound.sides:
        for literal in side.find_all(exp.Literal):
            if literal.is_string or not literal.name.isdigit() or not 2 <= int(literal.name) <= 400:
                continue
            above = literal.parent
            if isinstance(
                above, exp.Limit | exp.Offset | exp.Fetch | exp.WindowSpec | exp.Ntile | exp.Lag | exp.Lead
            ) or (isinstance(above, exp.Predicate) and _counts(above)):
                sizes.add(int(literal.name))
    return tuple(sorted(sizes))


def _counts(predicate: exp.Expr) -> bool:
    """Tell whether the predicate may be about a number of rows: it counts, or it reads a name made elsewhere."""
    return any(predicate.find_all(*_COUNTED)) or any(
        re.search(r"(^|_)(n|rn|cnt|count|num|rank|rownum|row_num|row_number)$", column.name)
        for column in predicate.find_all(exp.Column)
    )


def _as_kind(number: Decimal, kind: str) -> Value:
    if kind.startswith(("DECIMAL", "NUMERIC")):
        match = re.search(r"\((\d+), ?(\d+)\)", kind)
        scale = int(match[2]) if match else 3
        return number.quantize(Decimal(1).scaleb(-scale))
    return float(number) if kind in ("DOUBLE", "FLOAT", "REAL") else int(number)
