"""Terms as short SQL-like text for people: in messages, never to be run."""

from collections.abc import Callable, Iterator
from itertools import count

from contract_gate.sql.algebra import Query, Scan, Select, SetOperation, Term
from contract_gate.sql.walk import Relation, StoredNames, relation_queries

Names = Callable[[Term], str]
"""Writes a column: with its source's name where there are several."""

MAX_DEPTH = 12
MAX_PARTS = 2_000
"""So many terms and subqueries of one text are written out; what comes after is written as `…`."""
_INFIX = {
    "and": ("AND", 1), "or": ("OR", 0), "eq": ("=", 3), "neq": ("<>", 3), "lt": ("<", 3), "lte": ("<=", 3),
    "gt": (">", 3), "gte": (">=", 3), "like": ("LIKE", 3), "ilike": ("ILIKE", 3), "is": ("IS", 3), "add": ("+", 4),
    "sub": ("-", 4), "mul": ("*", 5), "div": ("/", 5), "mod": ("%", 5), "dpipe": ("||", 4),
    "nullsafeeq": ("IS NOT DISTINCT FROM", 3), "nullsafeneq": ("IS DISTINCT FROM", 3),
}  # fmt: skip
_MIRRORED = {"lt": "gt", "lte": "gte", "eq": "eq", "neq": "neq"}
_FUNCTIONS = {
    "timestamptrunc": "date_trunc", "datetrunc": "date_trunc", "rownumber": "row_number", "denserank": "dense_rank",
    "countif": "count_if", "arrayagg": "array_agg", "approxdistinct": "approx_count_distinct", "tstimestampadd": "add",
    "jsonextract": "json_extract", "jsonextractscalar": "json_extract_scalar", "logicaland": "bool_and",
    "logicalor": "bool_or", "explodinggenerateseries": "generate_series", "percentilecont": "percentile_cont",
    "percentiledisc": "percentile_disc", "groupingsets": "grouping sets", "tsordstodate": "to_date",
    "generateseries": "generate_series", "currenttimestamp": "current_timestamp", "currentdate": "current_date",
}  # fmt: skip
_SILENT = frozenset({"coalesce", "is_var_len_args", "is_numeric", "nulls_excluded", "offset"})
"""Flags of the parser that a person did not write."""
_LITERALS = frozenset({"string", "number", "boolean", "null", "word"})


def term_text(
    term: Term, names: Names | None = None, depth: int = 0, stored: StoredNames | None = None
) -> str:
    """Write a term. What is nested deeper than `MAX_DEPTH`, or comes after `MAX_PARTS`, is written as `…`."""
    return _Writer(names or (lambda column: column.value), stored or StoredNames()).text(term, 0, depth)


def relation_text(relation: Relation, stored: StoredNames | None = None) -> str:
    """Name what a FROM reads: a relation's name, or those that a subquery is made of."""
    if isinstance(relation, Scan):
        return str(relation.name)
    stored = stored or StoredNames()
    names = dict.fromkeys(name for query in relation_queries(relation) for name in stored.of(query))
    return f"a subquery over {', '.join(names)}" if names else "a subquery"


def names_in(query: Select) -> Names:
    """Write columns as the block's readers know them: qualified where the block has several sources."""
    aliases = {source.id: _alias(source.alias, source.relation) for source in query.sources}
    relations = {source.id: source.relation for source in query.sources}

    def write(column: Term) -> str:
        relation = relations.get(column.source)
        if column.value.startswith("@") and relation is not None:
            return _inside(column, relation)
        alias = aliases.get(column.source, "")
        return f"{alias}.{column.value}" if alias and len(aliases) > 1 else column.value

    return write


def _alias(alias: str, relation: Relation) -> str:
    return relation.name.name if isinstance(relation, Scan) else alias


def _inside(column: Term, relation: Relation) -> str:
    """A column that has a name by position only is shown as what it is, in the first branch that has one."""
    query: Query | None = next(relation_queries(relation), None)
    outputs = query.outputs if query is not None else ()
    place = next((index for index, output in enumerate(outputs) if output.name == column.value), None)
    while isinstance(query, SetOperation) and place is not None:
        query = query.right if query.left.outputs[place].term.op == "null" else query.left
    if place is None or not isinstance(query, Select):
        return column.value if outputs and place is None else column.value.removeprefix("@")
    return term_text(query.outputs[place].term, names_in(query), 4)


class _Writer:
    def __init__(self, names: Names, stored: StoredNames, counted: Iterator[int] | None = None) -> None:
        self._names, self._stored = names, stored
        self._counted = counted or count()

    def text(self, term: Term, level: int = 0, depth: int = 0) -> str:
        if depth > MAX_DEPTH or next(self._counted) > MAX_PARTS:
            return "…"
        if term.op in ("and", "or") and len(term.args) > 1:
            listed = self._in_list(term, depth)
            if listed is not None:
                return listed
        if term.op in _INFIX and len(term.args) > 1 and term.query is None:
            return self._infix(term, level, depth)
        leaf = self._leaf(term)
        if leaf is not None:
            return leaf
        special = getattr(self, f"_write_{term.op}", None)
        if special is not None:
            return str(special(term, depth + 1))
        if term.query is not None:
            return self._subquery(term, term.query, depth)
        return self._call(term, depth)

    def _leaf(self, term: Term) -> str | None:
        match term.op:
            case "column":
                return self._names(term)
            case "star" | "row":
                return "*"
            case "null" | "boolean":
                return term.value.upper() or "NULL"
            case "bytestring" | "rawstring" | "hexstring" | "bitstring" | "national" | "unicodestring" if (
                not term.args
            ):
                return "'" + term.value.removeprefix("this=") + "'"
            case "string":
                return "'" + term.value.replace("'", "''") + "'"
            case "variable" | "parameter" if term.value:
                return f"@{term.value}"
            case "padded":
                return f"{self.text(term.args[0])}(+)"
            case "every_row":
                return "ALL"
            case "any_column" | "unresolved" | "number" | "word":
                return term.value
            case "windowspec":
                return " ".join(flag.partition("=")[2] for flag in term.value.split(",")).upper()
            case _:
                return None

    def _infix(self, term: Term, level: int, depth: int) -> str:
        op, args = term.op, term.args
        if op in _MIRRORED and args[0].op in _LITERALS and args[1].op not in _LITERALS:
            op, args = _MIRRORED[op], (args[1], args[0])
        word, own = _INFIX[op]
        parts = [
            self.text(args[0], own, depth + 1),
            *(self.text(a, own + (own > 2), depth + 1) for a in args[1:]),
        ]
        joined = f" {word} ".join(parts)
        return f"({joined})" if own < level else joined

    def _in_list(self, term: Term, depth: int) -> str | None:
        """Show `x = 1 OR x = 2` as IN, which it was most likely written as."""
        op = "eq" if term.op == "or" else "neq"
        pairs = [(a.args[0], a.args[1]) for a in term.args if a.op == op and a.args[1].op in _LITERALS]
        tested = {self.text(first, 3, depth + 1) for first, _ in pairs}
        if len(pairs) < len(term.args) or len(tested) != 1:
            return None
        word = "IN" if term.op == "or" else "NOT IN"
        return f"{tested.pop()} {word} ({', '.join(self.text(v, 0, depth + 1) for _, v in pairs)})"

    def _call(self, term: Term, depth: int) -> str:
        name = _FUNCTIONS.get(term.op, term.op.removesuffix("()"))
        shown = [self.text(arg, 0, depth + 1) for arg in term.args]
        flags = (flag.partition("=") for flag in term.value.split(",") if "=" in flag)
        shown += [f"{key} => {value.lower()}" for key, _, value in flags if key not in _SILENT]
        return f"{name}({', '.join(shown)})"

    def _subquery(self, term: Term, query: Query, depth: int) -> str:
        """Show what a subquery reads and keeps, in short."""
        if isinstance(query, Select):
            names = names_in(query)
            inner = _Writer(names, self._stored, self._counted)
            outputs = ", ".join(inner.text(o.term, 0, depth + 4) for o in query.outputs) or "1"
            sources = ", ".join(relation_text(source.relation, self._stored) for source in query.sources)
            shown = f"SELECT {outputs}" + (f" FROM {sources}" if sources else "")  # noqa: S608 - shown, never run
            if query.where is not None:
                shown += f" WHERE {inner.text(query.where, 0, depth + 4)}"
        else:
            shown = f"SELECT … FROM {', '.join(self._stored.of(query))}"  # noqa: S608 - shown, never run
        before = f"{self.text(term.args[0], 4, depth + 1)} IN " if term.op == "in_query" else ""
        word = {"exists": "EXISTS ", "any_query": "ANY ", "all_query": "ALL "}.get(term.op, "")
        return f"{before}{word}({shown})"

    def _write_not(self, term: Term, depth: int) -> str:
        inner = term.args[0]
        if inner.op == "is" and len(inner.args) == 2:
            return f"{self.text(inner.args[0], 3, depth)} IS NOT {self.text(inner.args[1], 3, depth)}"
        return f"NOT {self.text(inner, 3, depth)}"

    def _write_neg(self, term: Term, depth: int) -> str:
        return f"-{self.text(term.args[0], 5, depth)}"

    def _write_in(self, term: Term, depth: int) -> str:
        members = ", ".join(self.text(arg, 0, depth) for arg in term.args[1:])
        return f"{self.text(term.args[0], 3, depth)} IN ({members})"

    def _write_cast(self, term: Term, depth: int) -> str:
        return f"CAST({self.text(term.args[0], 0, depth)} AS {term.value})"

    def _write_trycast(self, term: Term, depth: int) -> str:
        return f"TRY_CAST({self.text(term.args[0], 0, depth)} AS {term.value})"

    def _write_field(self, term: Term, depth: int) -> str:
        return f"{self.text(term.args[0], 5, depth)}.{term.value}"

    def _write_distinct(self, term: Term, depth: int) -> str:
        return "DISTINCT " + ", ".join(self.text(arg, 0, depth) for arg in term.args)

    def _write_case(self, term: Term, depth: int) -> str:
        shown = "CASE"
        for arg, slot in zip(term.args, term.slots, strict=True):
            if slot == "ifs":
                shown += f" WHEN {self.text(arg.args[0], 0, depth)} THEN {self.text(arg.args[1], 0, depth)}"
            elif slot == "default" and arg.op == "null":
                continue
            else:
                shown += f" {'ELSE' if slot == 'default' else slot.upper()} {self.text(arg, 0, depth)}"
        return f"{shown} END"

    def _write_window(self, term: Term, depth: int) -> str:
        parts = []
        if keys := term.arguments("partition_by"):
            parts.append("PARTITION BY " + ", ".join(self.text(key, 0, depth) for key in keys))
        parts += [self.text(order, 0, depth) for order in term.arguments("order")]
        parts += [self.text(spec, 0, depth) for spec in term.arguments("spec")]
        return f"{self.text(term.args[0], 0, depth)} OVER ({' '.join(parts)})"

    def _write_order(self, term: Term, depth: int) -> str:
        return "ORDER BY " + ", ".join(self.text(arg, 0, depth) for arg in term.args)

    def _write_ordered(self, term: Term, depth: int) -> str:
        shown = ", ".join(self.text(arg, 0, depth) for arg in term.args)
        return f"{shown} DESC" if "desc" in term.value.replace("desc=False", "") else shown

    def _write_where(self, term: Term, depth: int) -> str:
        return self.text(term.args[0], 0, depth)

    _write_assigned = _write_set_returning = _write_where

    def _write_jsonpath(self, term: Term, _depth: int) -> str:
        steps = [part.value.partition("=")[2] for part in term.args[1:]]
        subscripts = [part.op == "jsonpathsubscript" for part in term.args[1:]]
        shown = (f"[{s}]" if sub else f".{s}" for s, sub in zip(steps, subscripts, strict=True))
        return f"'${''.join(shown)}'"

    def _write_bracket(self, term: Term, depth: int) -> str:
        keys = ", ".join(self.text(arg, 0, depth) for arg in term.args[1:])
        safe = "safe " if "safe=True" in term.value else ""
        return f"{self.text(term.args[0], 5, depth)}[{safe}{keys}]"

    def _write_interval(self, term: Term, depth: int) -> str:
        return "INTERVAL " + " ".join(self.text(arg, 5, depth) for arg in term.args)

    def _write_withingroup(self, term: Term, depth: int) -> str:
        group = ", ".join(self.text(arg, 0, depth) for arg in term.args[1:])
        return f"{self.text(term.args[0], 5, depth)} WITHIN GROUP ({group})"

    def _write_named(self, term: Term, depth: int) -> str:
        return f"{term.value} => {self.text(term.args[0], 0, depth)}"
