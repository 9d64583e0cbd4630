"""What type each base column has: declared, or inferred from how both sides use it.

Expressions that must have the same type (compared, joined, coalesced, stacked by a set operation) are put into one
class; evidence (literals, functions, casts) is gathered a class; names decide where no use does. Classes also tell
which columns should share values (join keys): `Types.group`.
"""

import re
from collections import Counter, defaultdict
from itertools import pairwise

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope

from contract_gate.core.values import dataclass, field
from contract_gate.witness.binding import EXTRA, Base, Bound, BoundOutput
from contract_gate.witness.paths import Nest, declared_nest, is_nested, nested_type, nests, place_of, places
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.sources import outputs, selected, using

INTEGER, DECIMAL, TEXT, DATE, TIMESTAMP, BOOLEAN, JSON = (
    "INTEGER", "DECIMAL(18,2)", "VARCHAR", "DATE", "TIMESTAMP", "BOOLEAN", "JSON",
)  # fmt: skip
ASSIGNMENTS = ("inferred", "text", "integers", "timestamps", "by use alone")

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}")
_NAMES = (
    (TEXT, re.compile(r"string|_name$|^name$|_type$|^type$|_code$|url|email")),
    (TIMESTAMP, re.compile(r"(_at|_ts|timestamp|_time|datetime)$|^(ts|time)$")),
    (DATE, re.compile(r"(^|_)(date|day|dt|month|week)$")),
    (BOOLEAN, re.compile(r"^(is|has|was)_|_flag$|^(active|deleted|enabled)$")),
    (DECIMAL, re.compile(r"amount|price|total|cost|revenue|rate|balance|fee|tax|discount|score|value|spend")),
    (
        INTEGER,
        re.compile(r"(^|_)(id|key|count|cnt|qty|quantity|number|num|rank|rn|year|age|n|size|seconds|days)$"),
    ),
)
_TEXT_FUNCTIONS = (exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Concat, exp.DPipe, exp.Like, exp.ILike,
                   exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace, exp.Replace, exp.SplitPart, exp.Left,
                   exp.Right, exp.Initcap, exp.StartsWith, exp.StrPosition, exp.Length, exp.Split,
                   exp.RegexpILike, exp.EndsWith, exp.Contains, exp.ConcatWs, exp.GroupConcat)  # fmt: skip
_NUMBER_FUNCTIONS = (exp.Sum, exp.Avg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs, exp.Round,
                     exp.Floor, exp.Ceil, exp.Sqrt, exp.Pow, exp.Ln, exp.Log, exp.Exp, exp.Stddev, exp.Variance,
                     exp.Sign, exp.SafeDivide, exp.IntDiv, exp.Median, exp.PercentileCont, exp.StddevSamp)  # fmt: skip
_TIME_FUNCTIONS = (exp.TimestampTrunc, exp.DateTrunc, exp.DatetimeTrunc, exp.Extract, exp.DateDiff, exp.DateAdd,
                   exp.DateSub, exp.TsOrDsAdd, exp.TsOrDsToDate, exp.TimestampDiff, exp.TimestampAdd, exp.Year,
                   exp.Month, exp.Day, exp.Quarter, exp.Week, exp.DayOfWeek, exp.TimeToStr, exp.Date, exp.LastDay,
                   exp.DatetimeDiff, exp.DatetimeAdd, exp.DatetimeSub, exp.TimestampSub, exp.TsOrDsDiff,
                   exp.DayOfMonth, exp.DayOfYear, exp.WeekOfYear, exp.AddMonths, exp.MonthsBetween)  # fmt: skip
_DATE_ONLY = (exp.DateAdd, exp.DateSub, exp.DateDiff, exp.DateTrunc)
_JSON_FUNCTIONS = (
    exp.JSONExtract,
    exp.JSONExtractScalar,
    exp.JSONBExtract,
    exp.JSONBExtractScalar,
    exp.ParseJSON,
)
_SAME_TYPE = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between,
              exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least)  # fmt: skip
_PASS = (exp.Paren, exp.Alias, exp.Max, exp.Min, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.AnyValue,
         exp.Window, exp.First, exp.Last, exp.Distinct, exp.Abs, exp.Neg, exp.IgnoreNulls, exp.Filter,
         exp.WithinGroup, exp.Ordered, exp.NthValue)  # fmt: skip

Key = Base | tuple[str, int]


@dataclass(slots=True)
class Types:
    """The DuckDB type of each base column, and the class (a number) of columns that share values.

    Places inside a column count as columns here; `nested` says which columns have some.
    """

    of: dict[Base, str]
    group: dict[Base, int]
    nested: dict[Base, Nest]


@dataclass(slots=True)
class ColumnUse:
    """What the use of the columns says: built once, read for each way of assigning types."""

    bound: Bound
    dialect: str
    parent: dict[Key, Key] = field(default_factory=dict)
    weights: dict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def root(self, key: Key) -> Key:
        while (above := self.parent.get(key, key)) != key:
            key = above
        return key

    def join(self, one: Key | None, other: Key | None) -> None:
        if one is not None and other is not None and self.root(one) != self.root(other):
            self.parent[self.root(one)] = self.root(other)

    def say(self, key: Key | None, kind: str, weight: int) -> None:
        if key is not None:
            self.weights[key][kind] += weight


def gather(bound: Bound, dialect: str) -> ColumnUse:
    """Read both sides for evidence of types."""
    evidence = ColumnUse(bound, dialect)
    for side in bound.sides:
        for node in side.walk():
            _learn(evidence, node)
    for scope in bound.scopes:
        _learn_using(evidence, scope)
        if isinstance(scope.expression, exp.SetOperation):
            _learn_union(evidence, scope.expression)
    return evidence


def assign(evidence: ColumnUse, how: str) -> Types:
    """Give each base column a type; `how` is one of `ASSIGNMENTS`, tried in turn until DuckDB binds both sides."""
    columns = [Base(t.local, c) for t in evidence.bound.tables.values() for c in t.columns]
    known = {} if how == "by use alone" else _all_declared(evidence, columns)
    nested = {**nests(evidence.bound), **_declared_nests(known)}
    columns += [Base(base.table, path) for base, nest in nested.items() for path in places(nest)]
    columns = list(dict.fromkeys(columns))
    known |= {Base(base.table, place): kind for base, nest in nested.items() for place, kind in nest.known()}
    said = _all_said(evidence, {base: kind for base, kind in known.items() if base not in nested})
    types = {c: known.get(c) or _decide(said[evidence.root(c)], c.column, how) for c in columns}
    for base, nest in nested.items():
        types[base] = nested_type(nest, {c.column: types[c] for c in types if c.table == base.table})
    roots = {root: number for number, root in enumerate(dict.fromkeys(evidence.root(c) for c in columns))}
    return Types(types, {c: roots[evidence.root(c)] for c in columns}, nested)


def _all_said(evidence: ColumnUse, known: dict[Base, str]) -> dict[Key, Counter[str]]:
    said: dict[Key, Counter[str]] = defaultdict(Counter)
    for key, weights in evidence.weights.items():
        said[evidence.root(key)].update(weights)
    for column, kind in known.items():
        said[evidence.root(column)][kind] += 50
    return said


def _all_declared(evidence: ColumnUse, columns: list[Base]) -> dict[Base, str]:
    declared = {column: _declared(evidence, column) for column in columns}
    return {column: kind for column, kind in declared.items() if kind}


def _declared_nests(known: dict[Base, str]) -> dict[Base, Nest]:
    return {base: declared_nest(kind, base.column) for base, kind in known.items() if is_nested(kind)}


def _declared(evidence: ColumnUse, column: Base) -> str | None:
    text = evidence.bound.tables[column.table].columns.get(column.column)
    if not text:
        return None
    try:
        data_type = exp.DataType.build(text, dialect=evidence.dialect or None, udt=False)
    except (SqlglotError, ValueError):
        return None
    return duckdb_type(data_type)


def duckdb_type(data_type: exp.DataType) -> str | None:
    """Spell a type for DuckDB; times with a zone lose it (everything runs in UTC). None where there is none."""
    zoned = {exp.DataType.Type.TIMESTAMPTZ, exp.DataType.Type.TIMESTAMPLTZ, exp.DataType.Type.TIMESTAMPNTZ}
    data_type = data_type.copy()
    for inner in data_type.find_all(exp.DataType):
        if inner.this in zoned:
            inner.set("this", exp.DataType.Type.TIMESTAMP)
            inner.set("expressions", [])
        if inner.this in (exp.DataType.Type.VARIANT, exp.DataType.Type.OBJECT, exp.DataType.Type.JSONB):
            inner.set("this", exp.DataType.Type.JSON)
            inner.set("expressions", [])
    if data_type.this in (exp.DataType.Type.USERDEFINED, exp.DataType.Type.UNKNOWN, exp.DataType.Type.NULL):
        return None
    spelled = data_type.sql("duckdb").upper()
    spelled = {"INT": INTEGER, "TEXT": TEXT}.get(spelled, spelled)
    if spelled.startswith("TEXT("):
        return TEXT
    return "DECIMAL(18,3)" if spelled in ("DECIMAL", "NUMERIC") else spelled


def _decide(said: Counter[str], name: str, how: str) -> str:
    strong = Counter({kind: weight for kind, weight in said.items() if weight > 0})
    if strong:
        kind = strong.most_common(1)[0][0]
        if kind == "number":
            by_name = _by_name(name)
            kind = by_name if by_name in (INTEGER, DECIMAL) else INTEGER
            kind = DECIMAL if strong.get(DECIMAL) else kind
        if kind == INTEGER and (strong.get(DECIMAL) or _by_name(name) == DECIMAL):
            kind = DECIMAL
        if kind == DATE and (strong.get(TIMESTAMP) or _by_name(name) == TIMESTAMP):
            kind = TIMESTAMP
        if kind == "moment":
            kind = DATE if _by_name(name) == DATE else TIMESTAMP
        return kind
    if how == "text":
        return TEXT
    if how == "integers":
        return INTEGER
    if how == "timestamps":
        return TIMESTAMP if _by_name(name) in (DATE, TIMESTAMP, TEXT) else _by_name(name)
    return _by_name(name)


def _by_name(name: str) -> str:
    name = re.split(r"[.\[]", name)[-1] if not name.endswith("]") else ""
    if name == EXTRA:
        return INTEGER
    return next((kind for kind, pattern in _NAMES if pattern.search(name)), TEXT)


def _learn(evidence: ColumnUse, node: exp.Expr) -> None:
    if isinstance(node, _SAME_TYPE):
        _same(evidence, [c for c in node.iter_expressions() if isinstance(c, exp.Expr)])
    elif isinstance(node, exp.In):
        inner = node.args.get("query")
        listed = (
            inner.this.selects[:1]
            if isinstance(inner, exp.Subquery) and isinstance(inner.this, exp.Query)
            else []
        )
        _same(evidence, [node.this, *node.expressions, *listed])
    elif isinstance(node, exp.Case):
        _learn_case(evidence, node)
    elif isinstance(node, exp.If):
        _truth(evidence, node.this)
        _same(evidence, [e for e in (node.args.get("true"), node.args.get("false")) if e is not None])
    elif isinstance(
        node, exp.Where | exp.Having | exp.Not | exp.And | exp.Or | exp.LogicalOr | exp.LogicalAnd
    ):
        for child in node.iter_expressions():
            _truth(evidence, child)
    elif isinstance(node, exp.Cast):
        _learn_cast(evidence, node)
    else:
        _learn_function(evidence, node)


def _learn_function(evidence: ColumnUse, node: exp.Expr) -> None:
    if isinstance(node, _TEXT_FUNCTIONS):
        for child in (node.this, node.expression, *node.expressions):
            if isinstance(child, exp.Expr):
                evidence.say(_key(evidence, child), TEXT, 3)
    elif isinstance(node, exp.Add | exp.Sub) and any(_is_moment(c) for c in (node.this, node.expression)):
        for child in (node.this, node.expression):
            evidence.say(_key(evidence, child), "moment", 3)
    elif isinstance(node, _NUMBER_FUNCTIONS):
        for child in (node.this, node.expression):
            if isinstance(child, exp.Expr):
                decimal = isinstance(child, exp.Literal) and "." in child.name
                evidence.say(_key(evidence, child), DECIMAL if decimal else "number", 2)
    elif isinstance(node, _TIME_FUNCTIONS):
        kind = DATE if isinstance(node, _DATE_ONLY) else "moment"
        for child in (node.this, node.expression):
            if isinstance(child, exp.Column | exp.Paren | exp.Cast | exp.Func):
                evidence.say(_key(evidence, child), kind, 3)
    elif (
        isinstance(node, exp.Anonymous)
        and node.name.lower().startswith(("json_", "jsonb_"))
        and node.expressions
    ):
        evidence.say(_key(evidence, node.expressions[0]), JSON, 5)
    elif isinstance(node, _JSON_FUNCTIONS):
        evidence.say(_key(evidence, node.this), JSON, 5)


def _same(evidence: ColumnUse, parts: list[exp.Expr]) -> None:
    keys = [key for key in (_key(evidence, part) for part in parts) if key is not None]
    for one, other in pairwise(keys):
        evidence.join(one, other)
    if not keys:
        return
    for part in parts:
        kind = _literal_kind(part)
        if kind:
            evidence.say(keys[0], kind, 4 if kind in (DATE, TIMESTAMP) else 3)
        elif _is_moment(part):
            evidence.say(keys[0], "moment", 3)


def _learn_case(evidence: ColumnUse, node: exp.Case) -> None:
    branches = [branch.args["true"] for branch in node.args["ifs"]]
    default = node.args.get("default")
    _same(evidence, [*branches, *([default] if default is not None else [])])
    if node.this is not None:
        _same(evidence, [node.this, *[branch.this for branch in node.args["ifs"]]])


def _learn_cast(evidence: ColumnUse, node: exp.Cast) -> None:
    to = node.to
    if to.is_type(exp.DataType.Type.DATE):
        evidence.say(_key(evidence, node.this), "moment", 1)
    elif to.is_type(*exp.DataType.TEMPORAL_TYPES):
        evidence.say(_key(evidence, node.this), TIMESTAMP, 1)
    elif to.is_type(*exp.DataType.NUMERIC_TYPES):
        evidence.say(_key(evidence, node.this), "number", 1)
    elif to.is_type(exp.DataType.Type.BOOLEAN):
        evidence.say(_key(evidence, node.this), BOOLEAN, 1)


def _learn_using(evidence: ColumnUse, scope: Scope) -> None:
    for name in using(scope):
        keys = [_output_key(evidence, source, name) for source in selected(scope).values()]
        for one, other in pairwise(key for key in keys if key is not None):
            evidence.join(one, other)


def _output_key(evidence: ColumnUse, source: exp.Table | Scope, name: str) -> Key | None:
    if isinstance(source, exp.Table):
        table = evidence.bound.tables.get(source.name)
        return Base(table.local, name) if table is not None and name in table.columns else None
    made = outputs(source).get(name)
    return _key(evidence, made[0][1]) if made else None


def _learn_union(evidence: ColumnUse, node: exp.SetOperation) -> None:
    left, right = node.left, node.right
    if isinstance(left, exp.Query) and isinstance(right, exp.Query):
        for one, other in zip(left.selects, right.selects, strict=False):
            _same(evidence, [one, other])


def _truth(evidence: ColumnUse, node: exp.Expr) -> None:
    if isinstance(node, exp.Column | exp.Paren):
        evidence.say(_key(evidence, node), BOOLEAN, 3)


def _key(evidence: ColumnUse, node: exp.Expr | None) -> Key | None:
    """Give the class member that an expression's type stands for; None where it tells nothing of a column."""
    for _ in range(50):
        place = place_of(evidence.bound, node)
        if place is not None:
            return place
        if isinstance(node, exp.Column):
            origin = evidence.bound.origins.get(id(node))
            if not isinstance(origin, BoundOutput):
                return None
            node = origin.made_by[0][1]
        elif isinstance(node, exp.Coalesce):
            node = node.this
        elif isinstance(node, _PASS):
            node = node.expressions[0] if isinstance(node, exp.Distinct) and node.expressions else node.this
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Select) and node.this.selects:
            node = node.this.selects[0]
        else:
            return None
    raise Refusal("its columns go round in a circle")


def _literal_kind(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Neg | exp.Paren):
        return _literal_kind(node.this)
    if isinstance(node, exp.Boolean):
        return BOOLEAN
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return DATE if _DATE.match(node.name) else TIMESTAMP if _STAMP.match(node.name) else TEXT
    return DECIMAL if "." in node.name else INTEGER


def _is_moment(node: exp.Expr | None) -> bool:
    if isinstance(node, exp.Paren):
        return _is_moment(node.this)
    if isinstance(node, exp.Cast):
        return node.to.is_type(*exp.DataType.TEMPORAL_TYPES)
    if isinstance(node, exp.Add | exp.Sub):
        return _is_moment(node.this) or _is_moment(node.expression)
    return isinstance(node, exp.Interval | exp.CurrentDate | exp.CurrentTimestamp | exp.TimestampTrunc)
