"""Names that nobody declares and every engine of a dialect knows: pseudo-columns, and functions written bare.

Kept by dialect: where `level` or `user` is no such word, it is a column like any other, and its loss is a break.
"""

from contract_gate.sql.families import SPARK, TRINO, TSQL

_POSTGRES = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"})
"""https://www.postgresql.org/docs/current/ddl-system-columns.html (`oid` up to version 11)"""
_ORACLE = frozenset({"rowid", "rownum", "level", "ora_rowscn", "connect_by_isleaf", "connect_by_iscycle"})
_SNOWFLAKE = frozenset({
    "level", "connect_by_root", "metadata$filename", "metadata$file_row_number", "metadata$file_last_modified",
    "metadata$file_content_key", "metadata$start_scan_time", "metadata$action", "metadata$isupdate", "metadata$row_id",
    "metadata$row_last_commit_time",
})  # fmt: skip
_SPARK = frozenset({"_metadata", "_change_type", "_commit_version", "_commit_timestamp", "input__file__name",
                    "block__offset__inside__file"})  # fmt: skip
_PRESTO = frozenset({"$path", "$file_size", "$file_modified_time", "$partition", "$bucket", "$row_id"})
_PSEUDO_COLUMNS = {
    "bigquery": frozenset({
        "_partitiontime", "_partitiondate", "_table_suffix", "_file_name", "_change_type", "_change_timestamp",
        "_change_sequence_number", "_commit_timestamp", "_colidentifier", "_metadata",
    }),
    "postgres": _POSTGRES,
    "redshift": _POSTGRES | {"$path", "$size"},
    "materialize": _POSTGRES,
    "risingwave": _POSTGRES | {"_row_id"},
    "oracle": _ORACLE,
    "snowflake": _SNOWFLAKE,
    **dict.fromkeys(SPARK, _SPARK),
    **dict.fromkeys(TRINO, _PRESTO),
    "sqlite": frozenset({"rowid", "oid", "_rowid_"}),
    "duckdb": frozenset({"rowid", "filename", "file_row_number", "merge_action"}),
    "clickhouse": frozenset({
        "_part", "_partition_id", "_partition_value", "_sample_factor", "_part_uuid", "_part_index", "_table",
        "_database", "_path", "_file", "_size", "_time", "_part_offset", "_row_exists", "_block_number",
    }),
    "tsql": frozenset({"$action", "$identity", "$rowguid", "$partition"}),
    "fabric": frozenset({"$action", "$identity"}),
}  # fmt: skip
_EVERYWHERE = frozenset({"current_date", "current_time", "current_timestamp", "current_user", "session_user",
                         "localtime", "localtimestamp"})  # fmt: skip
_BARE_WORDS = {
    # dbt declares the variable for an incremental model that names it.
    # https://docs.getdbt.com/reference/resource-configs/bigquery-configs#the-insert_overwrite-strategy
    "bigquery": frozenset({"current_datetime", "_dbt_max_partition"}),
    "oracle": frozenset(
        {"sysdate", "systimestamp", "user", "uid", "dbtimezone", "sessiontimezone", "nextval"}
    ),
    "postgres": frozenset({"user", "current_role", "current_catalog", "current_schema"}),
    "redshift": frozenset({"sysdate", "user", "current_user_id", "current_schema"}),
    "snowflake": frozenset({"current_role", "sysdate", "nextval"}),
    "teradata": frozenset({"user", "account", "session", "date", "time"}),
    **dict.fromkeys(TSQL, frozenset({"user", "system_user"})),
    "exasol": frozenset({"sysdate", "systimestamp", "user", "current_schema", "current_session", "rownum"}),
    "mysql": frozenset({"utc_date", "utc_time", "utc_timestamp", "sysdate"}),
    "databricks": frozenset({"current_catalog", "current_schema"}),
    # Numbers, which no column of that name hides.
    "clickhouse": frozenset({"nan", "inf", "infinity"}),
}


def is_pseudo_column(name: str, dialect: str) -> bool:
    """Tell whether every stored relation of the dialect answers to this name (in lower case), whoever lists its columns."""
    if not dialect:
        return any(name in words for words in _PSEUDO_COLUMNS.values())
    if dialect == "snowflake" and name.startswith("metadata$"):
        return True
    return name in _PSEUDO_COLUMNS.get(dialect, frozenset())


def is_made_by_clause(name: str, dialect: str, *, hierarchical: bool) -> bool:
    """Tell whether the block itself gives a name a value, whatever it reads: CONNECT BY its level, Oracle a row's number."""
    return (dialect == "oracle" and name == "rownum") or (
        hierarchical and name in ("level", "connect_by_isleaf", "connect_by_iscycle", "connect_by_root")
    )


def is_next_value(parts: tuple[str, ...], dialect: str) -> bool:
    """Tell whether `seq.nextval` asks a sequence: https://docs.snowflake.com/en/user-guide/querying-sequences."""
    return len(parts) > 1 and parts[-1] in ("nextval", "currval") and dialect in _SEQUENCE_COLUMNS


_SEQUENCE_COLUMNS = frozenset({"oracle", "snowflake", "exasol", "teradata", "db2", "mysql", ""})


def is_bare_word(name: str, dialect: str) -> bool:
    """Tell whether a name with no source is a function written without parentheses, which the parser takes for a column."""
    own = _BARE_WORDS.values() if not dialect else [_BARE_WORDS.get(dialect, frozenset())]
    return any(name.lower() in words for words in (_EVERYWHERE, *own))
