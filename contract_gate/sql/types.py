"""Types of columns as texts: what each is, when two are the same, and when one holds every value of the other."""

import re

from contract_gate.sql.families import MYSQL, POSTGRES, SPARK, TRINO, TSQL

_ANY_DECIMAL = POSTGRES - {"redshift"}
"""Where DECIMAL without digits has as many as a value needs."""
STRICT_DIALECTS = _ANY_DECIMAL | TRINO | {"bigquery"}
"""Engines that compare, combine and compute within one class of types alone, and fail otherwise (so that `x = true` is `x`). DuckDB is one for
computing and ordering, but makes text of both sides of a UNION."""
_SHAPE = re.compile(r"^([A-Z0-9_ ]+?)\s*(?:\(([^()]*)\))?(\s*(?:WITH|WITHOUT).*)?$")
_WRAPPED = re.compile(r"(?:NULLABLE|LOWCARDINALITY)\((.*)\)\Z", re.DOTALL)
_SAME = {
    "INTEGER": "INT", "INT4": "INT", "INT64": "BIGINT", "INT8": "TINYINT", "LONG": "BIGINT", "SHORT": "SMALLINT",
    "INT2": "SMALLINT", "BYTEINT": "TINYINT", "NUMERIC": "DECIMAL", "NUMBER": "DECIMAL", "DEC": "DECIMAL",
    "DOUBLE PRECISION": "DOUBLE", "FLOAT8": "DOUBLE", "FLOAT64": "DOUBLE", "REAL": "FLOAT4", "CHARACTER VARYING": "VARCHAR",
    "STRING": "TEXT", "VARCHAR2": "VARCHAR", "BOOL": "BOOLEAN", "CHARACTER": "CHAR", "INT32": "INT", "INT16": "SMALLINT", "INT128": "HUGEINT",
    "UINT8": "UTINYINT", "UINT16": "USMALLINT", "UINT32": "UINTEGER", "UINT64": "UBIGINT", "UINT128": "UHUGEINT",
}  # fmt: skip
# Types are spelled as their dialect does, so that INT8 is left in ClickHouse alone, where it has 8 bits. NVARCHAR is left
# where it holds what VARCHAR can not (T-SQL), and BPCHAR is CHAR only with a length: CHAR is CHAR(1), BPCHAR has no end.
_INTEGERS = ("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "HUGEINT")
_UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
_INTEGER_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 19}
_FLOATS = ("FLOAT4", "FLOAT", "DOUBLE")
_WHOLE = (
    *_INTEGERS, *_UNSIGNED,
    "SMALLSERIAL", "SERIAL", "BIGSERIAL",
)  # fmt: skip
_FRACTIONS = (*_FLOATS, "FLOAT32", "DECIMAL", "BIGNUMERIC", "BIGDECIMAL")
_TEXTS = ("VARCHAR", "TEXT", "CHAR", "NVARCHAR", "NCHAR", "BPCHAR", "VARCHAR2", "NVARCHAR2")
LOCAL_TIMES = frozenset({"TIMESTAMP", "DATETIME", "TIMESTAMPNTZ"})
"""Times without a zone: what a day begins with does not depend on who asks."""
_CLASSES = {
    "string": _TEXTS,
    "number": (*_WHOLE, *_FRACTIONS),
    "time": ("DATE", *LOCAL_TIMES, "TIMESTAMPTZ", "TIMESTAMPLTZ"),
    "boolean": ("BOOLEAN",),
}
_CLASS_OF = {name: of for of, names in _CLASSES.items() for name in names}


def type_class(spelled: str | None) -> str | None:
    """Give `string`, `number`, `time` or `boolean` for a type as it is spelled; None for any other."""
    name = _held(spelled or "")
    return _CLASS_OF.get(name) or _CLASS_OF.get(name.split(" ")[0])


def clash(one: str | None, other: str | None) -> bool:
    """Tell whether two classes can't be compared; booleans and numbers can by some of the engines."""
    return one is not None and other is not None and one != other and {one, other} != {"boolean", "number"}


def is_same_type(one: str, other: str, dialect: str = "") -> bool:
    """Tell whether two spellings mean one type, in some dialect that has both or in this one."""
    return stored_type(one, dialect) == stored_type(other, dialect)


def is_integer(text: str) -> bool:
    """Tell whether this is a whole number's type of any size."""
    return _held(text) in _WHOLE


def has_neighbours(text: str) -> bool:
    """Tell whether there is nothing between a value of this type and the next one: whole numbers and days."""
    return is_integer(text) or text.upper() == "DATE"


def is_float(text: str) -> bool:
    """Tell whether this is a binary fraction's type of any size."""
    return _held(text) in (*_FLOATS, "FLOAT32")


def is_exact(text: str) -> bool:
    """Tell whether two values of this type that are equal are the same in every respect."""
    kind, size = _parse(text)
    return (
        kind in _WHOLE
        or kind in ("DATE", "BOOLEAN", "UUID", *LOCAL_TIMES)
        or (kind == "DECIMAL" and len(size) == 2)
    )


def is_plain_text(text: str) -> bool:
    """Tell whether this is text of any length, without blanks that say nothing at its end."""
    return _parse(text)[0] in ("VARCHAR", "TEXT")


def is_of_one_kind(one: str, other: str) -> bool:
    """Tell whether both are whole numbers, both other numbers, or both texts, of whatever size and precision."""
    return any(_held(one) in kind and _held(other) in kind for kind in (_WHOLE, _FRACTIONS, _TEXTS))


def can_refer(own: str, to: str, dialect: str) -> bool:
    """Tell whether a foreign key of one type can name a key of another: T-SQL, DuckDB and MySQL ask for the same type, PostgreSQL
    for one that becomes the other by itself. https://www.postgresql.org/docs/current/ddl-constraints.html,
    https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html, https://learn.microsoft.com/sql/relational-databases/tables
    """
    kinds = type_class(own), type_class(to)
    if None in kinds or clash(*kinds):
        return not clash(*kinds)
    if dialect in TSQL | {"duckdb"} or (dialect == "mysql" and kinds != ("string", "string")):
        return is_same_type(own, to, dialect)
    return dialect != "postgres" or _span(own) <= _span(to)


def _span(text: str) -> int:
    """Order numbers by what each becomes by itself: whole numbers, decimals, floats."""
    name = _held(text).split(" ")[0]
    return 0 if name in _WHOLE else 2 if name in _FLOATS else 1


def _held(text: str) -> str:
    """Name the type without its size, and that inside of ClickHouse's NULLABLE(…) and LOWCARDINALITY(…)."""
    name = text.strip().upper()
    while (found := _WRAPPED.match(name)) is not None:
        name = found[1].strip()
    return _parse(name)[0].split("(")[0]


def is_wider(before: str, after: str, dialect: str = "") -> bool:
    """Tell whether every value of the old type is one of the new, and reads as the same."""
    (old, old_size), (new, new_size) = stored_type(before, dialect), stored_type(after, dialect)
    for row in _ROWS:
        if old != new and old in row and new in row:
            return row.index(old) < row.index(new)
    if (old, new) == ("DECIMAL", "BIGNUMERIC") and not new_size:
        return True
    if old == new == "DECIMAL" and old_size:
        return _decimal_fits(old_size, new_size) if new_size else dialect in _ANY_DECIMAL
    if old == new and old.startswith(("TIME", "DATETIME")) and old_size and new_size:
        return old_size < new_size
    if new == f"{old}(MAX)" or (old == new in ("NVARCHAR", "VARBINARY") and old_size and new_size):
        return not new_size or old_size < new_size
    if old in _INTEGER_DIGITS and new == "DECIMAL" and new_size:
        return new_size[0] - (new_size[1] if len(new_size) > 1 else 0) >= _INTEGER_DIGITS[old]
    if old in ("VARCHAR", "TEXT") and new in ("VARCHAR", "TEXT"):
        return bool(old_size) and (not new_size or new_size[0] > old_size[0])
    labels = _LABELS.findall(before), _LABELS.findall(after)
    if old.startswith("ENUM") and new.startswith("ENUM") and all(labels):
        return [label for label in labels[1] if label in labels[0]] == labels[0]
    return False


_ROWS = (_INTEGERS, _UNSIGNED, _FLOATS, ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP"))
"""Types each of which holds all that the ones before it do."""


def upper_type(text: str) -> str:
    """Write a type in upper case but for the values of an enumeration, which have case."""
    return _OUTSIDE_QUOTES.sub(lambda found: found[0].upper(), text) if "'" in text else text.upper()


_OUTSIDE_QUOTES = re.compile(r"[^']+(?=(?:[^']*'[^']*')*[^']*$)")
_LABELS = re.compile(r"'(?:[^']|'')*'(?:\s*=\s*-?\d+)?")
"""The values of an enumeration; in ClickHouse with the numbers that stand for them."""


def _decimal_fits(old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    old_scale, new_scale = (size[1] if len(size) > 1 else 0 for size in (old, new))
    return new_scale >= old_scale and new[0] - new_scale >= old[0] - old_scale and new != old


def stored_type(text: str, dialect: str) -> tuple[str, tuple[int, ...]]:
    """Give a type's name and size as the dialect keeps it, with the size that it gives it where none is written."""
    name, size = _parse(_ARRAY_SIZE.sub("[]", text) if dialect in POSTGRES else text)
    if (stored := _STORED.fullmatch(name)) is not None:
        return stored_type(stored[1], dialect)
    if name in _CLICKHOUSE_DIGITS and len(size) == 1:
        return "DECIMAL", (_CLICKHOUSE_DIGITS[name], *size)
    if not size and (usual := _UNSIZED.get(dialect, {}).get(name)) is not None:
        return usual
    name = _SYNONYMS.get(dialect, {}).get(name, name)
    return name, (*size, 0) if name == "DECIMAL" and len(size) == 1 else size


_ARRAY_SIZE = re.compile(r"\[\d+\]")
"""PostgreSQL reads it and keeps it nowhere: https://www.postgresql.org/docs/current/arrays.html"""
_STORED = re.compile(r"LOWCARDINALITY\((.*)\)", re.DOTALL)
"""How ClickHouse stores a column says nothing of its values."""
_CLICKHOUSE_DIGITS = {"DECIMAL32": 9, "DECIMAL64": 18, "DECIMAL128": 38, "DECIMAL256": 76}
"""The digits of types that name their scale alone. https://clickhouse.com/docs/sql-reference/data-types/decimal"""
_SYNONYMS = {
    "snowflake": {
        **dict.fromkeys(("TEXT", "CHAR", "NCHAR", "NVARCHAR"), "VARCHAR"), "BINARY": "VARBINARY",
        **dict.fromkeys(("DATETIME", "TIMESTAMP_NTZ"), "TIMESTAMPNTZ"),
    },
    **{key: {"TIMESTAMP_LTZ": "TIMESTAMP", "TIMESTAMPLTZ": "TIMESTAMP"} for key in SPARK},
}  # fmt: skip
"""Other names of one type. https://docs.snowflake.com/en/sql-reference/intro-summary-data-types,
https://docs.databricks.com/aws/en/sql/language-manual/data-types/timestamp-type"""
_WHOLE_NUMBER = ("DECIMAL", (38, 0))
_UNSIZED: dict[str, dict[str, tuple[str, tuple[int, ...]]]] = {
    "snowflake": {
        **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL"), _WHOLE_NUMBER),
        **dict.fromkeys(("VARCHAR", "TEXT", "NVARCHAR"), ("VARCHAR", (16777216,))),
        **dict.fromkeys(("CHAR", "NCHAR"), ("VARCHAR", (1,))),
        **dict.fromkeys(("BINARY", "VARBINARY"), ("VARBINARY", (8388608,))),
        **dict.fromkeys(("FLOAT4", "FLOAT", "DOUBLE"), ("DOUBLE", ())),
        **{name: (name, (9,)) for name in ("TIMESTAMPNTZ", "TIMESTAMPLTZ", "TIMESTAMPTZ", "TIME")},
        **dict.fromkeys(("DATETIME", "TIMESTAMP_NTZ"), ("TIMESTAMPNTZ", (9,))),
    },
    "bigquery": {"DECIMAL": ("DECIMAL", (38, 9))},
    "oracle": {
        **dict.fromkeys(("SMALLINT", "INT"), _WHOLE_NUMBER), "CHAR": ("CHAR", (1,)), "TIMESTAMP": ("TIMESTAMP", (6,)),
    },
    "redshift": {
        **dict.fromkeys(("VARCHAR", "TEXT"), ("VARCHAR", (256,))),
        "VARCHAR(MAX)": ("VARCHAR", (65535,)),
        "CHAR": ("CHAR", (1,)),
        "BPCHAR": ("CHAR", (256,)),
        "DECIMAL": ("DECIMAL", (18, 0)),
    },
    "postgres": {
        "CHAR": ("CHAR", (1,)),
        "BIT": ("BIT", (1,)),
        **{name: (name, (6,)) for name in ("TIMESTAMP", "TIMESTAMPTZ", "TIME")},
    },
    **{key: {
        **{name: (name, (1,)) for name in ("CHAR", "VARCHAR", "NCHAR", "NVARCHAR")},
        "DECIMAL": ("DECIMAL", (18, 0)), "FLOAT": ("DOUBLE", ()), **{name: (name, (7,)) for name in ("DATETIME2", "TIME", "DATETIMEOFFSET")}, **{name: (name, (1,)) for name in ("BINARY", "VARBINARY")},
    } for key in TSQL},
    **{key: {
        "DECIMAL": ("DECIMAL", (10, 0)), "CHAR": ("CHAR", (1,)), "BOOLEAN": ("TINYINT", (1,)), "YEAR": ("YEAR", (4,)),
        **{name: (name, (0,)) for name in ("DATETIME", "TIMESTAMP", "TIME")}, **{name: (name, (1,)) for name in ("BINARY", "BIT")},
    } for key in ("mysql", "singlestore")},
    **{key: {"TIMESTAMP": ("TIMESTAMP", (3,)), "DECIMAL": _WHOLE_NUMBER, "CHAR": ("CHAR", (1,))} for key in TRINO},
    **{key: {"DECIMAL": ("DECIMAL", (10, 0))} for key in SPARK},
}  # fmt: skip
"""What a declaration without a size means. https://docs.snowflake.com/en/sql-reference/data-types-numeric,
https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html, https://www.postgresql.org/docs/current/datatype.html,
https://learn.microsoft.com/sql/t-sql/data-types, https://dev.mysql.com/doc/refman/8.4/en/data-types.html"""


UNSIZED_IN_CASTS = {
    **{
        key: {name: f"{name}(30)" for name in ("CHAR", "VARCHAR", "NCHAR", "NVARCHAR", "BINARY", "VARBINARY")}
        for key in TSQL
    },
    **{key: {"CHAR": "TEXT", "NCHAR": "TEXT", "BINARY": "BLOB"} for key in MYSQL},
}
"""What a type without a size means in a cast, where that is another one than in a declaration: of 30 signs in T-SQL, of any number in MySQL.
https://learn.microsoft.com/sql/t-sql/data-types/char-and-varchar-transact-sql, https://dev.mysql.com/doc/refman/8.4/en/cast-functions.html"""


def _parse(text: str) -> tuple[str, tuple[int, ...]]:
    match = _SHAPE.match(text.strip().upper())
    if match is None:
        return text.strip().upper(), ()
    inside = [part.strip() for part in (match.group(2) or "").split(",") if part.strip()]
    if "'" in text:
        return upper_type(text.strip()), ()
    if not all(part.isdigit() for part in inside):
        # ARRAY(BIGINT), STRUCT(a INT), NULLABLE(INT32), VARCHAR(MAX): what stands inside is no size, but says what it holds.
        return match.group(0), ()
    name = match.group(1).strip() + (match.group(3) or "")
    if name == "BPCHAR" and inside:
        name = "CHAR"
    return _SAME.get(name, name), tuple(int(part) for part in inside)
