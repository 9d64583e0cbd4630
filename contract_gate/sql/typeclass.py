"""Classes of types: within one, engines compare and compute; between two, the strict ones refuse."""

STRICT_DIALECTS = frozenset(
    {"postgres", "bigquery", "trino", "presto", "athena", "materialize", "risingwave"}
)
"""Engines that compare, combine and compute within one class of types alone, and fail otherwise. DuckDB is one for
computing and ordering, but makes text of both sides of a UNION."""
_CLASSES = {
    "string": ("VARCHAR", "TEXT", "STRING", "CHAR", "NVARCHAR", "BPCHAR"),
    "number": (
        "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "HUGEINT", "DECIMAL", "NUMERIC", "BIGNUMERIC", "FLOAT", "DOUBLE",
        "REAL", "INT64", "FLOAT64", "UBIGINT", "UINTEGER",
    ),
    "time": ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "DATETIME"),
    "boolean": ("BOOLEAN", "BOOL"),
}  # fmt: skip
_CLASS_OF = {name: kind for kind, names in _CLASSES.items() for name in names}


def type_class(spelled: str | None) -> str | None:
    """Give `string`, `number`, `time` or `boolean` for a type as it is spelled; None for any other."""
    word = (spelled or "").upper().split("(")[0].split("<")[0].strip()
    return _CLASS_OF.get(word.split(" ")[0])


def clash(one: str | None, other: str | None) -> bool:
    """Tell whether two classes can't be compared; booleans and numbers can by some of the engines."""
    return one is not None and other is not None and one != other and {one, other} != {"boolean", "number"}
