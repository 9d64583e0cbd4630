"""Case rules: from an identifier as written to the canonical spelling of `contract_gate.core.relation`."""

import re
from collections.abc import Collection, Container
from functools import cache

from sqlglot import Dialect, exp
from sqlglot.dialects.dialect import NormalizationStrategy
from sqlglot.errors import SqlglotError

from contract_gate.core.relation import RelationName, standing_in
from contract_gate.sql.families import MYSQL, POSTGRES, SPARK, TRINO, TSQL

# Tables are case sensitive here although columns are not:
# https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#case_sensitivity
# https://dev.mysql.com/doc/refman/8.4/en/identifier-case-sensitivity.html
_CASE_SENSITIVE_TABLES = MYSQL | {"bigquery", "clickhouse"}
_CASE_SENSITIVE_COLUMNS = frozenset({"clickhouse"})
DEFAULT_SCHEMA = {
    **dict.fromkeys((*POSTGRES, "snowflake"), "public"), "duckdb": "main", "sqlite": "main", **dict.fromkeys(TSQL, "dbo"),
}  # fmt: skip
"""Where a name without a schema is made and looked up, until something says otherwise."""
PART = r"(?:\"[^\"]+\"|\[[^\]]+\]|`[^`]+`|[\w$]+)"
"""A part of a name as it is written, quoted or not, for a pattern."""
ONE_LEVEL = MYSQL | SPARK | TRINO | {"clickhouse"}
"""Where `USE x` names what stands right before the table's name."""


_SEARCHES = re.compile(
    r"(?:set|alter\s+session\s+set|reset)\s+(?:(?:session|local)\s+)?(?P<word>search_path|current_schema|schema)\b\s*(?:=|\bto\b)?\s*(?P<path>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SEARCHING = POSTGRES | {"", "duckdb"}
"""Where SET of a search path or a schema decides what names mean; in Snowflake `schema` is a variable like any other."""
_NOWHERE = frozenset({"$user", "pg_catalog", "pg_temp"})
"""Parts of a search path that hold no relation of anybody's."""
_PLAIN = re.compile(r"(?P<quote>\"?)(?P<name>\w+)(?P=quote)")


def used(
    node: exp.Expr, database: str | None, schema: str | None, dialect: str
) -> tuple[str | None, str | None]:
    """Give the database and the schema that names are completed with after USE, or SET of a search path, of those that it finds."""
    if (path := _search_path(node, dialect)) is not None:
        # A path of several schemas says of no name in which it is, and so does one that is not known.
        return database, path[0] if len(path) == 1 else None
    if not isinstance(node, exp.Use) or not isinstance(node.this, exp.Table):
        return database, schema
    parts = relation_name(node.this, dialect).parts
    kind = str(node.args["kind"].name).upper() if isinstance(node.args.get("kind"), exp.Expr) else ""
    if len(parts) > 1:
        return parts[-2], parts[-1]
    if kind == "SCHEMA" or (not kind and dialect in ONE_LEVEL):
        return database, parts[-1]
    return (parts[-1], schema) if kind in ("", "DATABASE", "CATALOG") else (database, schema)


def made_in(node: exp.Expr, schema: str | None, dialect: str) -> str | None:
    """Give the schema in which a statement after this one makes what it names without one: the first of a search path, else the one before."""
    path = _search_path(node, dialect)
    return (path[0] if path else None) if path is not None else schema


def _search_path(node: exp.Expr, dialect: str) -> tuple[str, ...] | None:
    """Give the schemas that names are looked up in from here on, none where they are the usual ones or not known; None where it says nothing of them."""
    if not isinstance(node, exp.Set | exp.Command):
        return None
    found = _SEARCHES.fullmatch(node.sql(dialect=dialect or None).strip())
    if found is None or (dialect not in _SEARCHING and (dialect, found["word"].lower()) != _OF_ORACLE):
        return None
    items = (each.strip() for each in found["path"].strip().removesuffix(";").replace("'", "").split(","))
    named = [each for each in items if each.strip('"').lower() not in _NOWHERE]
    plain = [each for name in named if (each := _PLAIN.fullmatch(name)) is not None]
    is_usual = not plain or plain[0]["name"].lower() in ("default", DEFAULT_SCHEMA.get(dialect))
    if is_usual or len(plain) < len(named):
        return ()
    return tuple(fold_table(each["name"], bool(each["quote"]), dialect) for each in plain)


_OF_ORACLE = ("oracle", "current_schema")


def fold_column(text: str, quoted: bool, dialect: str) -> str:
    """Fold a column's name, an alias or a CTE's name."""
    if dialect in _CASE_SENSITIVE_COLUMNS:
        return text
    strategy = strategy_of(dialect)
    if not quoted or strategy in (
        NormalizationStrategy.CASE_INSENSITIVE,
        NormalizationStrategy.CASE_INSENSITIVE_UPPERCASE,
        NormalizationStrategy.CASE_SENSITIVE,
    ):
        return text.lower()
    if strategy is NormalizationStrategy.UPPERCASE:
        # "ORDERS" is what unquoted orders folds to; any other quoted spelling is a name of its own.
        return text.lower() if text == text.upper() else f'"{text}"'
    return text


def stored_spelling(part: str, dialect: str) -> str:
    """Give a column's name as the engine itself has it and tells it, from its canonical spelling: `AMOUNT` in Snowflake for `amount`."""
    if len(part) > 2 and part.startswith('"') and part.endswith('"'):
        return part[1:-1]
    return part.upper() if strategy_of(dialect) is NormalizationStrategy.UPPERCASE else part


def keeps_case(dialect: str) -> bool:
    """Tell whether a quoted name keeps its case where one without quotes is folded to lower case."""
    return strategy_of(dialect) is NormalizationStrategy.LOWERCASE


def has_case(dialect: str) -> bool:
    """Tell whether two names may differ in case alone though nothing is quoted."""
    return dialect in _CASE_SENSITIVE_TABLES or dialect in _CASE_SENSITIVE_COLUMNS


def fold_table(text: str, quoted: bool, dialect: str) -> str:
    """Fold one part of a stored relation's name."""
    if dialect in _CASE_SENSITIVE_TABLES:
        return text
    return fold_column(text, quoted, dialect)


def looked_up(
    name: RelationName,
    dialect: str,
    made_in: str | None,
    local: Container[RelationName],
    made: Collection[RelationName],
) -> RelationName:
    """Give the name by which a script `made` what a name means: as it is in the schemas that are looked in. What is `local` has its own."""
    for schema in filter(None, (made_in, DEFAULT_SCHEMA.get(dialect))):
        name = name if name in local else standing_in(schema, name, made)
    return name


def column_name(identifier: exp.Expr, dialect: str) -> str:
    """Fold an identifier node that names a column, an alias or a CTE."""
    return fold_column(identifier.name, bool(identifier.args.get("quoted")), dialect)


def relation_name(table: exp.Table, dialect: str) -> RelationName:
    """Give the name of a table node, as far as it is written; a quoted `a.b.c` in BigQuery counts as its parts."""
    parts = [
        _sigil(part) + fold_table(part.name, bool(part.args.get("quoted")), dialect) for part in table.parts
    ]
    if dialect == "bigquery" and "$" in parts[-1]:
        # A partition decorator picks rows of the table before it:
        # https://cloud.google.com/bigquery/docs/managing-partitioned-table-data
        parts[-1] = parts[-1].partition("$")[0] or parts[-1]
    if dialect in ("databricks", "spark") and len(parts) == 2 and parts[0] == "live":
        # What the pipeline itself makes: https://docs.databricks.com/aws/en/ldp/live-schema
        parts = parts[1:]
    return RelationName(tuple(parts))


_WITH_LOCALS = TSQL | {"", "redshift"}
"""Dialects in which a sign before a name makes it the session's own; elsewhere it is a letter of a quoted name."""


def is_script_local(name: RelationName, dialect: str) -> bool:
    """Tell whether a name is that of a temporary table (`#t`, `##t`) or a table variable (`@t`)."""
    return dialect in _WITH_LOCALS and name.name.startswith(("#", "@"))


def _sigil(part: exp.Expr) -> str:
    """The parser keeps the `#` of T-SQL and the `@` apart from the name."""
    if isinstance(part, exp.Parameter):
        return "@"
    if part.args.get("temporary"):
        return "#"
    return "##" if part.args.get("global_") or part.args.get("global") else ""


def parse_relation_name(text: str, dialect: str) -> RelationName:
    """Read `db.schema.name`, quoted or not, as written in the dialect."""
    return relation_name(exp.to_table(text, dialect=dialect or None), dialect)


def read_relation_name(text: str, dialect: str) -> RelationName | None:
    """Read a name that may be none: None where the dialect can't read it as one."""
    try:
        return parse_relation_name(text, dialect)
    except SqlglotError:
        return None


@cache
def strategy_of(dialect: str) -> NormalizationStrategy:
    """Tell how a dialect folds names."""
    return Dialect.get_or_raise(dialect or None).normalization_strategy
