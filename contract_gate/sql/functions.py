"""What is known of functions by their name: which give rows, which say the time, which give another value at each call.

Names are those of terms: sqlglot's key, or the name as written (in lower case) where sqlglot has none.
"""

from collections.abc import Iterable, Iterator

from contract_gate.sql.algebra import Term
from contract_gate.sql.families import TRINO

EXPLODING = frozenset({"unnest", "explode", "explodeouter", "_explodeouter"})
"""Functions that give the elements of an array."""
UNNESTING = EXPLODING | {"posexplode", "posexplodeouter"}
"""Those that give them with their places, too."""
SPREADING = frozenset({"inline", "inlineouter", "inline_outer"})
"""Functions that give the fields of an array's elements."""
SET_RETURNING = UNNESTING | SPREADING | {
    "stack", "flatten", "generateseries", "generate_series",
    "generatesubscripts", "generate_subscripts", "explodinggenerateseries", "generatedatearray_table",
    "jsonb_array_elements", "json_array_elements", "jsonb_array_elements_text", "json_array_elements_text",
    "jsonb_each", "json_each", "jsonb_each_text", "json_each_text", "jsonb_object_keys", "json_object_keys",
    "jsonb_path_query", "jsonb_to_recordset", "json_to_recordset", "jsonb_populate_recordset",
    "regexp_split_to_table", "regexp_matches", "string_to_table", "unnestwithordinality", "arrayjoin", "array_join_rows",
    "json_tuple", "jsontable", "variant_explode", "variant_explode_outer", "splittotable", "strtoksplittotable", "table_rows", "range_rows", "dbms_rows", "pg_ls_dir", "xmltable",
}  # fmt: skip
"""Functions that, in a select list, make a row for each element. `regexp_matches` does in PostgreSQL with `g`."""

AGGREGATES = frozenset({
    "every", "approx_top_count", "approx_top_sum", "approx_quantiles", "hll", "hll_accumulate", "hll_combine", "hll_estimate",
    "minhash", "minhash_combine", "approx_percentile_accumulate", "approx_percentile_combine", "approx_top_k_accumulate",
    "approx_top_k_combine", "map_union", "set_union", "approx_set", "geometric_mean", "json_arrayagg", "json_objectagg",
    "json_group_array", "json_group_object", "stdev", "stdevp", "varp", "count_big", "sumkahan", "kahan_sum", "favg",
    "approx_quantile", "reservoir_quantile", "quantile_cont", "quantile_disc", "quantile", "st_union_aggregate",
    "percentile_approx", "group_concat", "variance", "regr_count", "numeric_histogram", "sketch_count", "theta_sketch",
})  # fmt: skip
"""Aggregates that sqlglot does not know as such; names that end in `agg` are too."""

CLOCK = frozenset({
    "now", "getdate", "sysdate", "systimestamp", "statement_timestamp", "transaction_timestamp", "localtimestamp",
    "current_localtimestamp", "getutcdate", "sysdatetime", "sysutcdatetime", "currenttimestamp", "currentdatetime",
    "clock_timestamp", "now64",
})  # fmt: skip
"""Functions that say what time it is; those that are not `VOLATILE` say one time a statement."""
RANDOM_NUMBERS = frozenset({
    "rand", "random", "randn", "uniform", "normal", "zipf", "random_normal", "rand32", "rand64", "randcanonical",
    "randuniform", "randnormal", "randexponential",
})  # fmt: skip
RANDOM_IDS = frozenset({
    "uuid", "uuid4", "uuid7", "uuidv4", "uuidv7", "generate_uuid", "gen_random_uuid", "uuid_generate_v4", "uuid_generate_v1",
    "uuid_string", "newid", "newsequentialid", "generateuuidv4", "generateuuidv7", "random_uuid", "sys_guid", "uuid_short",
})  # fmt: skip
_OTHER_VOLATILE = frozenset({
    "clock_timestamp", "timeofday", "randstr", "randomblob", "randomstring", "randomprintableascii", "crypt_gen_random",
    "gen_random_bytes", "generaterandomuuid", "generatesnowflakeid", "setseed", "nextval", "nextvalueof", "nextvaluefor",
    "seq1", "seq2", "seq4", "seq8", "monotonically_increasing_id", "rownumberinallblocks", "shuffle",
})  # fmt: skip
NUMBERS_AND_TEXTS = frozenset({"number", "string"})
LITERALS = NUMBERS_AND_TEXTS | {"boolean"}
TWO_VALUED = frozenset({"is", "exists", "nullsafeeq", "nullsafeneq", "boolean"})
"""True or false, never NULL."""
RANKING = frozenset({"rownumber", "rank", "denserank"})
NUMBERING = RANKING | {"ntile"}
"""Window functions that count from one."""
NEVER_NULL = LITERALS | TWO_VALUED | NUMBERING | {"count", "array"}
SEPARATORS = {
    **dict.fromkeys(("mysql", "duckdb", "sqlite", "bigquery", "singlestore"), ","),
    **dict.fromkeys(("snowflake", "redshift", "oracle", "databricks", *TRINO), ""),
}
"""What stands between texts that GROUP_CONCAT, STRING_AGG or LISTAGG joins, unless it is told; in Oracle '' is NULL."""
STRICT = frozenset({
    "cast", "neg", "add", "sub", "mul", "div", "mod", "upper", "lower", "abs", "length", "round", "floor", "ceil",
    "extract", "substring", "datetrunc", "timestamptrunc",
})  # fmt: skip
"""NULL in, NULL out, in every dialect."""
TOTAL = frozenset({
    "neg", "add", "sub", "mul", "upper", "lower", "abs", "length", "round", "datetrunc", "timestamptrunc", "eq", "neq", "gt",
    "gte", "lt", "lte", "and", "or", "not", "trim", "concat", "dpipe", "paren",
})  # fmt: skip
"""Not NULL where no argument is. A cast may fail to a NULL, a division by zero give one."""
NULL_OF_NO_ROWS = frozenset({
    "sum", "avg", "min", "max", "median", "stddevsamp", "variance", "logicalor", "logicaland", "groupconcat",
})  # fmt: skip
SKIPS_NULL = NULL_OF_NO_ROWS | {"count", "stddev", "stddevpop", "variancepop", "approxdistinct"}
"""Aggregates that skip NULLs in every dialect (not those that make arrays)."""
OF_ONE_ROW = LITERALS | {
    "eq", "neq", "lt", "lte", "and", "or", "not", "is", "in", "like", "ilike", "nullsafeeq", "nullsafeneq", "coalesce",
    "case", "cast", "add", "sub", "mul", "div", "neg", "round", "lower", "upper", "dpipe", "concat", "null", "word",
}  # fmt: skip
"""Operators that make one value of those of their row, the same each time."""
VOLATILE = RANDOM_NUMBERS | RANDOM_IDS | _OTHER_VOLATILE
"""Functions whose two calls in one statement differ."""


def function_of(term: Term) -> Term:
    """Give the function that a window calls, or else the term itself."""
    return term.args[0] if term.op == "window" else term


def is_never_null(term: Term) -> bool:
    """Tell whether a term gives a value in every row, by its operator."""
    return function_of(term).op in NEVER_NULL


def is_aggregate(name: str) -> bool:
    """Tell whether a function that sqlglot has no node for makes one value of many rows, by its name."""
    folded = name.lower()
    return folded in AGGREGATES or folded.endswith("agg")


def set_returning(term: Term) -> Iterator[Term]:
    """Yield the operators in an output that make rows; `x IN UNNEST(a)` does not."""
    stack = [term]
    seen: set[int] = set()
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if part.op in SET_RETURNING:
            yield part
        if part.args:
            stack.extend(
                a for a, slot in zip(part.args, part.slots, strict=True) if slot not in ("unnest", "field")
            )


def is_volatile(parts: Iterable[Term]) -> bool:
    """Tell whether one of these operators gives another value each time it is asked."""
    return any(part.op in VOLATILE for part in parts)
