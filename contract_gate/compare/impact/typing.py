"""Whether a reader can still work with a column of another type: told only where its engine surely refuses.

Engines that convert by themselves (Snowflake, MySQL, Spark…) are left out, and so is every use whose other operand has
no known type: there the reader is told as changed, not as broken.
"""

from collections.abc import Iterator
from itertools import islice

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Change
from contract_gate.compare.changes.construction import place_in
from contract_gate.core.relation import Location, RelationName
from contract_gate.sql.algebra import Output, Query, Scan, Select, SetOperation, Source, Term
from contract_gate.sql.types import STRICT_DIALECTS, clash, type_class
from contract_gate.sql.walk import children_first, own_terms, parts

_ORDERINGS = frozenset({"gt", "gte", "lt", "lte", "between", "in_query"})
_COMPARISONS = _ORDERINGS | {"eq", "neq", "in"}
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "mod", "intdiv", "neg"})
_SCALING = frozenset({"mul", "div", "mod", "intdiv", "neg"})
_CHOICES = frozenset({"coalesce", "choice", "greatest", "least"})
_OF_NUMBERS = frozenset({"abs", "round", "floor", "ceil", "sqrt", "cbrt", "ln", "exp", "sign", "pow", "mod"})
_OF_TEXT = frozenset({
    "like", "ilike", "lower", "upper", "length", "trim", "substring", "replace", "startswith", "starts_with", "endswith",
    "splitpart", "split_part", "regexplike", "regexp_matches", "regexpreplace", "regexpextract", "initcap", "pad", "reverse",
})  # fmt: skip
_OF_LISTS = frozenset({"unnest", "explode", "explodeouter", "array_length", "arraysize", "list_sum"})
_SUMS = frozenset({"sum", "avg", "stddev", "stddevpop", "stddevsamp", "variance", "variancepop"})
_DATE_PARTS = frozenset({
    "extract", "datetrunc", "timestamptrunc", "datediff", "timestampdiff", "dateadd", "datesub", "year", "month", "day",
    "quarter", "week", "hour", "minute", "dayofweek", "dayofyear", "lastday", "date_part",
})  # fmt: skip


def refused_uses(change: Change, after: BoundModel) -> Iterator[tuple[Location, str]]:
    """Say of each statement how it uses the retyped column in a way that its engine refuses, and where it reads it."""
    if (
        after.definition is None
        or after.model.dialect not in STRICT_DIALECTS | {"duckdb"}
        or change.relation is None
    ):
        return
    new = type_class(change.after)
    if new is None or new == type_class(change.before) or change.column is None:
        return
    for statement in after.script.statements:
        queries = children_first(statement.query) if statement.query is not None else []
        uses = _Uses(queries, change.relation, change.column, new, after.model.dialect)
        for use in islice(uses.refused(), 1):
            reads = [
                read
                for read in statement.reads
                if (read.relation, read.column_name) == (change.relation, change.column)
            ]
            spot = (reads[0].line, reads[0].column) if reads else (statement.line, statement.column)
            yield place_in(after, *spot), use


class _Uses:
    """The terms of a reader in which the column is an operand, wherever derived tables pass it on by name."""

    def __init__(
        self,
        queries: list[Query],
        relation: RelationName,
        column: str,
        kind: str,
        dialect: str,
    ) -> None:
        self._queries, self._relation, self._column, self._kind = queries, relation, column, kind
        # DuckDB takes `=` of two classes as never equal, and refuses only an ordering of them.
        self._comparisons = _ORDERINGS if dialect == "duckdb" else _COMPARISONS
        self._sums = _SUMS - {"avg"} if dialect == "duckdb" and kind == "time" else _SUMS
        self._sources: dict[int, Source] = {
            source.id: source for query in queries if isinstance(query, Select) for source in query.sources
        }

    def refused(self) -> Iterator[str]:
        for query in self._queries:
            for term in parts(own_terms(query)):
                reason = self._refuses(term)
                if reason is not None:
                    yield reason

    def _refuses(self, term: Term) -> str | None:
        if term.op == "in_query" and term.query is not None:
            # What is looked for and what the subquery gives are the two operands.
            term = Term("in_query", (*term.args, *(output.term for output in term.query.outputs)))
        if term.op in ("case", "if"):
            term = _choice(term)
        mine = [arg for arg in term.args if self._is_it(arg)]
        if not mine:
            return None
        kinds = {self._class_of(arg) for arg in term.args if not self._is_it(arg)}
        other = next((kind for kind in sorted(k for k in kinds if k) if clash(self._kind, kind)), None)
        if term.op in self._comparisons:
            return f"a {self._kind} is compared with a {other} here" if other else None
        if term.op in _CHOICES:
            return f"a {self._kind} and a {other} are given for one value here" if other else None
        if term.op in _ARITHMETIC and self._kind == "string":
            return "a string is computed with here"
        if term.op in _SCALING and self._kind == "time":
            return "a date is multiplied or divided here"
        if term.op in _OF_NUMBERS and self._kind in ("string", "time"):
            return f"the {term.op} of a {self._kind} is taken here"
        if term.op in _OF_TEXT and self._kind != "string" and self._is_it(term.args[0]):
            return f"a {self._kind} is taken for text here"
        if term.op in _OF_LISTS and self._is_it(term.args[0]):
            return f"a {self._kind} is taken for a list here"
        if term.op in self._sums and self._kind in ("string", "time"):
            return f"the {term.op} of a {self._kind} is taken here"
        if term.op in _DATE_PARTS and self._kind in ("string", "number", "boolean"):
            return f"a part of a date is taken of a {self._kind} here"
        return None

    def _is_it(self, term: Term) -> bool:
        return self._origin(term) == (self._relation, self._column)

    def _origin(self, term: Term) -> tuple[RelationName, str] | None:
        """Follow a bare column down to the stored one that it is."""
        while term.op == "column" and term.source in self._sources:
            relation = self._sources[term.source].relation
            if isinstance(relation, Scan):
                return relation.name, term.value
            if not isinstance(relation, Select):
                return None
            output = _named(relation.outputs, term.value)
            if output is None:
                return None
            term = output.term
        return None

    def _class_of(self, term: Term) -> str | None:
        match term.op:
            case "number":
                return "number"
            case "boolean":
                return "boolean"
            case "cast":
                return type_class(term.value)
            case "column":
                return self._class_of_column(term)
            case _:
                return None

    def _class_of_column(self, term: Term) -> str | None:
        source = self._sources.get(term.source)
        relation = source.relation if source is not None else None
        if isinstance(relation, Scan):
            return next((type_class(c.type) for c in relation.known if c.name == term.value), None)
        if isinstance(relation, (Select, SetOperation)):
            output = _named(relation.outputs, term.value)
            return type_class(output.type) if output is not None else None
        return None


def _choice(term: Term) -> Term:
    """Give the values of a CASE or IF, which are of one type, without the conditions."""
    if term.op == "if":
        values = [arg for arg, slot in zip(term.args, term.slots, strict=True) if slot != "this"]
    else:
        values = [value for branch in term.arguments("ifs") if (value := branch.argument("true")) is not None]
        values += term.arguments("default")
    return Term("choice", tuple(values), ("this",) * len(values))


def _named(outputs: tuple[Output, ...], name: str) -> Output | None:
    return next((output for output in outputs if output.name == name), None)
