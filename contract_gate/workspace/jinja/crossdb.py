"""dbt's cross-database macros (`dbt.date_trunc`, `dbt.type_string`, …) as templates by adapter.

What they must write is https://docs.getdbt.com/reference/dbt-jinja-functions/cross-database-macros; the words are
our own. Parameters are the documented ones, so calls with keywords work. Adapters inherit as in dbt
(`FAMILY`), `default` is the end of every chain.
"""

from collections.abc import Callable, Mapping

FAMILY: Mapping[str, tuple[str, ...]] = {
    "redshift": ("redshift", "postgres", "default"),
    "risingwave": ("risingwave", "postgres", "default"),
    "materialize": ("materialize", "postgres", "default"),
    "databricks": ("databricks", "spark", "default"),
    "synapse": ("synapse", "fabric", "sqlserver", "default"),
    "fabric": ("fabric", "sqlserver", "default"),
    "glue": ("glue", "spark", "default"),
    "greenplum": ("greenplum", "postgres", "default"),
    "sqlserver": ("sqlserver", "fabric", "default"),
}
_MISSING = object()

TYPES: Mapping[str, Mapping[str, str]] = {
    "type_string": {
        "default": "TEXT", "bigquery": "string", "spark": "STRING", "trino": "varchar", "athena": "varchar",
        "clickhouse": "String", "sqlserver": "VARCHAR(8000)", "redshift": "VARCHAR",
    },
    "type_timestamp": {
        "default": "timestamp", "bigquery": "timestamp", "postgres": "timestamp without time zone",
        "redshift": "TIMESTAMP", "sqlserver": "datetime2(6)", "trino": "timestamp(3)", "clickhouse": "DateTime",
        "snowflake": "timestamp_ntz",
    },
    "type_float": {"default": "FLOAT", "duckdb": "float", "bigquery": "float64", "trino": "double", "athena": "double",
                   "clickhouse": "Float64", "spark": "FLOAT"},
    "type_numeric": {"default": "numeric(28, 6)", "bigquery": "numeric", "spark": "decimal(28, 6)",
                     "snowflake": "numeric(38, 0)", "clickhouse": "Decimal(28, 6)", "trino": "decimal(28, 6)"},
    "type_bigint": {"default": "bigint", "bigquery": "int64", "clickhouse": "Int64"},
    "type_int": {"default": "INT", "duckdb": "integer", "bigquery": "int64", "clickhouse": "Int32"},
    "type_boolean": {"default": "BOOLEAN", "duckdb": "boolean", "bigquery": "bool", "sqlserver": "bit", "clickhouse": "Bool"},
}  # fmt: skip

# Each entry: the parameters (with defaults), then adapter → text. `{x}` are the arguments.
_Entry = tuple[tuple[tuple[str, object], ...], Mapping[str, str]]


def _of(*names: str, **defaults: object) -> tuple[tuple[str, object], ...]:
    return (*((name, _MISSING) for name in names), *defaults.items())


FUNCTIONS: Mapping[str, _Entry] = {
    "date_trunc": (_of("datepart", "date"), {
        "default": "date_trunc('{datepart}', {date})",
        "bigquery": "timestamp_trunc(\n  cast({date} as timestamp),\n  {datepart}\n)",
        "sqlserver": "datetrunc({datepart}, {date})",
    }),
    "dateadd": (_of("datepart", "interval", "from_date_or_timestamp"), {
        "default": "dateadd(\n  {datepart},\n  {interval},\n  {from_date_or_timestamp}\n)",
        "bigquery": "datetime_add(\n  cast( {from_date_or_timestamp} as datetime),\n  interval {interval} {datepart}\n)",
        "postgres": "{from_date_or_timestamp} + ((interval '1 {datepart}') * ({interval}))",
        "redshift": "dateadd(\n  {datepart},\n  {interval},\n  {from_date_or_timestamp}\n)",
        "duckdb": "({from_date_or_timestamp} + cast({interval} as bigint) * interval 1 {datepart})",
        "trino": "date_add('{datepart}', {interval}, {from_date_or_timestamp})",
        "athena": "date_add('{datepart}', {interval}, {from_date_or_timestamp})",
        "spark": "timestampadd({datepart}, {interval}, {from_date_or_timestamp})",
    }),
    "datediff": (_of("first_date", "second_date", "datepart"), {
        "default": "datediff(\n  {datepart},\n  {first_date},\n  {second_date}\n)",
        "bigquery": "datetime_diff(\n  cast({second_date} as datetime),\n  cast({first_date} as datetime),\n  {datepart}\n)",
        "postgres": "datediff('{datepart}', {first_date}, {second_date})",
        "redshift": "datediff(\n  {datepart},\n  {first_date},\n  {second_date}\n)",
        "duckdb": "(date_diff('{datepart}', {first_date}::timestamp, {second_date}::timestamp ))",
        "trino": "date_diff('{datepart}', {first_date}, {second_date})",
        "athena": "date_diff('{datepart}', {first_date}, {second_date})",
        "spark": "timestampdiff({datepart}, {first_date}, {second_date})",
    }),
    "safe_cast": (_of("field", "type"), {
        "default": "cast({field} as {type})",
        "bigquery": "safe_cast({field} as {type})",
        "snowflake": "try_cast({field} as {type})",
        "databricks": "try_cast({field} as {type})",
        "trino": "try_cast({field} as {type})",
        "athena": "try_cast({field} as {type})",
        "sqlserver": "try_cast({field} as {type})",
    }),
    "cast": (_of("field", "type"), {"default": "cast({field} as {type})"}),
    "cast_bool_to_text": (_of("field"), {"default": "cast({field} as {type_string})"}),
    "hash": (_of("field"), {
        "default": "md5(cast({field} as {type_string}))",
        "bigquery": "to_hex(md5(cast({field} as {type_string})))",
        "trino": "lower(to_hex(md5(to_utf8(cast({field} as {type_string})))))",
        "athena": "lower(to_hex(md5(to_utf8(cast({field} as {type_string})))))",
    }),
    "any_value": (_of("expression"), {"duckdb": "arbitrary({expression})", "default": "any_value({expression})", "postgres": "min({expression})"}),
    "bool_or": (_of("expression"), {
        "default": "bool_or({expression})", "bigquery": "logical_or({expression})",
        "snowflake": "boolor_agg({expression})",
    }),
    "concat": (_of("fields"), {"default": "{fields_piped}", "bigquery": "concat({fields_listed})",
                               "spark": "concat({fields_listed})"}),
    "split_part": (_of("string_text", "delimiter_text", "part_number"), {
        "default": "split_part(\n  {string_text},\n  {delimiter_text},\n  {part_number}\n)",
        "bigquery": "split(\n  {string_text},\n  {delimiter_text}\n)[safe_offset({part_number} - 1)]",
        "spark": "split_part({string_text}, {delimiter_text}, {part_number})",
        "duckdb": "string_split({string_text}, {delimiter_text})[ {part_number} ]",
    }),
    "string_literal": (_of("value"), {"default": "'{value}'"}),
    "position": (_of("substring_text", "string_text"), {
        "default": "position(\n  {substring_text} in {string_text}\n)",
        "bigquery": "strpos(\n  {string_text},\n  {substring_text}\n)",
    }),
    "replace": (_of("field", "old_chars", "new_chars"), {
        "default": "replace(\n  {field},\n  {old_chars},\n  {new_chars}\n)"}),
    "right": (_of("string_text", "length_expression"), {
        "default": "right(\n  {string_text},\n  {length_expression}\n)",
        "trino": "substr({string_text}, -{length_expression})", "athena": "substr({string_text}, -{length_expression})",
    }),
    "length": (_of("expression"), {"default": "length(\n  {expression}\n)"}),
    "last_day": (_of("date", "datepart"), {
        "default": "last_day({date}, '{datepart}')",
        "bigquery": "last_day(cast({date} as date), {datepart})",
    }),
    "listagg": (_of("measure", delimiter_text="','", order_by_clause=None, limit_num=None), {
        "default": "listagg(\n  {measure},\n  {delimiter_text}\n){within_group}",
        "bigquery": "string_agg(\n  {measure},\n  {delimiter_text}{ordered}\n)",
        "postgres": "string_agg(\n  {measure},\n  {delimiter_text}{ordered}\n)",
        "redshift": "listagg(\n  {measure},\n  {delimiter_text}\n){within_group}",
        "duckdb": "string_agg(\n  {measure},\n  {delimiter_text}{ordered}\n)",
        "spark": "array_join(collect_list({measure}), {delimiter_text})",
        "trino": "array_join(array_agg({measure}{ordered_inside}), {delimiter_text})",
    }),
    "array_construct": (_of(inputs=(), data_type="integer"), {
        "default": "array[ {inputs_listed} ]", "bigquery": "[ {inputs_listed} ]",
        "snowflake": "array_construct( {inputs_listed} )", "spark": "array( {inputs_listed} )",
    }),
    "array_append": (_of("array", "new_element"), {
        "default": "array_append({array}, {new_element})",
        "bigquery": "array_concat({array}, [{new_element}])",
        "spark": "concat({array}, array({new_element}))",
    }),
    "array_concat": (_of("array_1", "array_2"), {
        "default": "array_cat({array_1}, {array_2})", "bigquery": "array_concat({array_1}, {array_2})",
        "spark": "concat({array_1}, {array_2})", "trino": "concat({array_1}, {array_2})",
        "duckdb": "list_concat({array_1}, {array_2})",
    }),
    "current_timestamp": (_of(), {
        "default": "current_timestamp", "bigquery": "current_timestamp()", "spark": "current_timestamp()",
        "snowflake": "convert_timezone('UTC', current_timestamp())", "postgres": "now()", "redshift": "getdate()",
        "duckdb": "now()", "trino": "current_timestamp", "sqlserver": "sysdatetime()", "clickhouse": "now()",
    }),
    "current_timestamp_backcompat": (_of(), {"default": "current_timestamp::timestamp",
                                              "bigquery": "current_timestamp"}),
    "current_timestamp_in_utc_backcompat": (_of(), {"default": "current_timestamp::timestamp",
                                                     "bigquery": "current_timestamp"}),
    "escape_single_quotes": (_of("expression"), {"default": "{expression_doubled}",
                                                 "bigquery": "{expression_escaped}",
                                                 "spark": "{expression_escaped}"}),
    "except": (_of(), {"default": "except", "bigquery": "except distinct"}),
    "intersect": (_of(), {"default": "intersect", "bigquery": "intersect distinct"}),
    "date": (_of("year", "month", "day"), {
        "default": "to_date('{year}-{month}-{day}', 'YYYY-MM-DD')", "bigquery": "date({year}, {month}, {day})",
        "duckdb": "make_date({year}, {month}, {day})", "trino": "date('{year}-{month}-{day}')",
    }),
    "equals": (_of("expr1", "expr2"), {
        "default": "case when (({expr1} = {expr2}) or ({expr1} is null and {expr2} is null)) then 0 else 1 end = 0"}),
    "array_agg": (_of("expression"), {"default": "array_agg({expression})"}),
}  # fmt: skip


def family(adapter: str) -> tuple[str, ...]:
    """Give the adapter's prefixes for dispatch, nearest first."""
    return FAMILY.get(adapter, (adapter, "default") if adapter else ("default",))


def function(name: str, adapter: str) -> Callable[..., str] | None:
    """Give the cross-database macro of this name for an adapter, None where dbt has none."""
    if name in TYPES:
        written = _choose(TYPES[name], adapter)
        return lambda *_args, **_kwargs: written
    if name not in FUNCTIONS:
        return None
    parameters, templates = FUNCTIONS[name]
    template = _choose(templates, adapter)

    def write(*args: object, **kwargs: object) -> str:
        values = _bind(name, parameters, args, kwargs)
        return template.format_map(_derived(values, adapter))

    return write


def _choose(templates: Mapping[str, str], adapter: str) -> str:
    return next(templates[prefix] for prefix in family(adapter) if prefix in templates)


def _bind(
    name: str,
    parameters: tuple[tuple[str, object], ...],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
) -> dict[str, object]:
    values = dict(parameters)
    values.update(zip(values, args, strict=False))
    # The older packages name some parameters otherwise; what is left over is given to what is still missing.
    loose = [value for key, value in kwargs.items() if key not in values]
    values.update({key: value for key, value in kwargs.items() if key in values})
    for key, value in values.items():
        if value is _MISSING:
            if not loose:
                raise TypeError(f"{name}: the argument {key} is missing")
            values[key] = loose.pop(0)
    return values


def _derived(values: Mapping[str, object], adapter: str) -> dict[str, str]:
    text = {key: str(value) for key, value in values.items()}
    for key in ("fields", "inputs"):
        given = values.get(key)
        items = [str(item) for item in given] if isinstance(given, list | tuple) else [str(given)]
        text[f"{key}_piped"] = " || ".join(items)
        text[f"{key}_listed"] = ", ".join(items)
    order = values.get("order_by_clause")
    text["within_group"] = f"\nwithin group ({order})" if order else ""
    text["ordered"] = f"\n  {order}" if order else ""
    text["ordered_inside"] = f" {order}" if order else ""
    text["type_string"] = _choose(TYPES["type_string"], adapter)
    expression = text.get("expression", "")
    text["expression_doubled"] = expression.replace("'", "''")
    text["expression_escaped"] = expression.replace("'", "\\'")
    return text
