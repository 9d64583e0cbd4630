"""A stand-in for dbt_utils, written from its documentation: https://github.com/dbt-labs/dbt-utils#readme.

Where a macro asks the warehouse, the known columns answer, else a hole.
"""

# ruff: noqa: ARG002, S608 - the signatures are dbt's, and the SQL is never run

import re
from collections.abc import Iterable, Mapping, Sequence

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja import crossdb
from contract_gate.workspace.jinja.holes import HOLE, UnknownValue
from contract_gate.workspace.jinja.known import columns_of, known_columns
from contract_gate.workspace.jinja.relation import TemplateColumn, TemplateRelation
from contract_gate.workspace.jinja.standin import StandIn


class DbtUtils(StandIn):
    """The macros of dbt_utils."""

    aliases = {  # noqa: RUF012 - never changed
        "surrogate_key": "generate_surrogate_key",
        "_is_relation": "no_check",
        "_is_ephemeral": "no_check",
    }

    def do_no_check(self, *_args: object, **_kwargs: object) -> str:
        return ""

    def do_generate_surrogate_key(self, field_list: object, *more: object) -> str:
        fields = [field_list, *more] if more or isinstance(field_list, str) else field_list
        listed = [str(field) for field in fields] if isinstance(fields, Iterable) else [str(fields)]
        text = self._cross("type_string")
        is_empty = self._variable("surrogate_key_treat_nulls_as_empty_strings")
        null = "''" if is_empty else "'_dbt_utils_surrogate_key_null_'"
        parts = [f"coalesce(cast({field} as {text}), {null})" for field in listed]
        joined = [part for pair in zip(parts, ["'-'"] * len(parts), strict=True) for part in pair][:-1]
        return self._cross("hash", self._cross("concat", joined))

    def do_star(
        self,
        from_: object = None,
        relation_alias: object = False,
        except_: Sequence[object] = (),
        prefix: str = "",
        suffix: str = "",
        quote_identifiers: bool = True,
        **kwargs: object,
    ) -> object:
        relation = kwargs.get("from", from_)
        left_out = [str(name) for name in _listed(kwargs.get("except", except_))]
        columns = columns_of(self._rendering, relation)
        alias = f"{relation_alias}." if relation_alias else ""
        if columns is None:
            return self._open_star(alias, left_out, prefix, suffix, relation)
        lowered = {name.lower() for name in left_out}
        shown = []
        for column in columns:
            if column.column.lower() in lowered:
                continue
            name = self._quoted(column.column) if quote_identifiers else column.column
            renamed = f"{prefix}{column.column}{suffix}".strip()
            written = self._quoted(renamed) if quote_identifiers else renamed
            as_ = f" as {written}" if prefix or suffix else ""
            shown.append(f"{alias}{name}{as_}")
        return ",\n  ".join(shown) or "*"

    def _open_star(
        self, alias: str, left_out: list[str], prefix: str, suffix: str, relation: object
    ) -> object:
        if prefix or suffix:
            return self._hole(
                "star_columns", f"the columns of {relation} are not known, so that star() can't rename them"
            )
        # A star means the same as the list of columns that it stands for.
        return f"{alias}*" + (f" except ({', '.join(left_out)})" if left_out else "")

    def _quoted(self, name: str) -> str:
        mark = self._rendering.project.quoting.character
        return f"{mark}{name}{mark}"

    def do_get_filtered_columns_in_relation(
        self, from_: object = None, except_: object = (), **kwargs: object
    ) -> object:
        relation = kwargs.get("from", from_)
        lowered = {str(name).lower() for name in _listed(kwargs.get("except", except_))}
        columns = known_columns(self._rendering, relation)
        if not isinstance(columns, list):
            return columns
        return [column.column for column in columns if column.column.lower() not in lowered]

    def do_union_relations(
        self,
        relations: object,
        column_override: object = None,
        include: object = (),
        exclude: object = (),
        source_column_name: object = "_dbt_source_relation",
        where: object = None,
    ) -> str:
        listed = [relation for relation in _listed(relations) if isinstance(relation, TemplateRelation)]
        known = [columns_of(self._rendering, relation) for relation in listed]
        source = "" if source_column_name is None else str(source_column_name)
        condition = f"\nwhere {where}" if where else ""
        if not listed:
            return str(self._hole("union_relations", "the relations of union_relations() are not known"))
        complete = [columns for columns in known if columns is not None]
        if len(complete) < len(listed):
            self._rendering.holes.note(
                HoleKind.QUERY,
                "the columns of some relations of union_relations() are not known: taken by position",
            )
            # One whose columns nobody knows comes first: no column can be told missing from the whole.
            unknown_first = sorted(zip(known, listed, strict=True), key=lambda each: each[0] is not None)
            selects = [_select([_source(relation, source, self._cross("type_string")), "*"], relation, condition)
                       for _, relation in unknown_first]  # fmt: skip
            return "\n" + "\nunion all\n".join(selects)
        wanted = _superset(complete, _listed(include), _listed(exclude))
        overrides = column_override if isinstance(column_override, Mapping) else {}
        types = {name: str(overrides.get(name, "") or kind) for name, kind in wanted.items()}
        selects = []
        for relation, columns in zip(listed, complete, strict=True):
            own = {column.column.lower() for column in columns}
            shown = [_source(relation, source, self._cross("type_string"))]
            for name, kind in types.items():
                written = self._quoted(name)
                value = written if name.lower() in own else "null"
                shown.append(f"cast({value} as {kind}) as {written}" if kind else f"{value} as {written}")
            selects.append(_select(shown, relation, condition))
        return "\n" + "\nunion all\n".join(selects)

    def do_unpivot(
        self,
        relation: object = None,
        cast_to: str = "varchar",
        exclude: object = None,
        remove: object = None,
        field_name: str = "field_name",
        value_name: str = "value",
        quote_identifiers: bool = False,
        table: object = None,
    ) -> object:
        relation = relation if relation is not None else table
        columns = columns_of(self._rendering, relation)
        kept = [str(name) for name in _listed(exclude)]
        if columns is None:
            listed = ", ".join([*kept, f"'' as {field_name}", f"cast(null as {cast_to}) as {value_name}"])
            self._rendering.holes.note(
                HoleKind.QUERY, f"the columns that unpivot() turns to rows of {relation} are not known"
            )
            return f"select {listed} from {relation}"
        gone = {name.lower() for name in (*kept, *map(str, _listed(remove)))}
        selects = []
        for column in columns:
            if column.column.lower() not in gone:
                shown = [*kept, f"cast('{column.column}' as {self._cross('type_string')}) as {field_name}",
                         f"cast({column.column} as {cast_to}) as {value_name}"]  # fmt: skip
                selects.append(_select(shown, relation, ""))
        return "\n" + "\nunion all\n".join(selects)

    def do_get_column_values(
        self,
        table: object,
        column: object,
        order_by: object = "count(*) desc",
        max_records: object = None,
        default: object = None,
        where: object = None,
    ) -> object:
        condition = f" where {where}" if where else ""
        self._rendering.asks(f"select {column} from {table}{condition} group by {column} order by {order_by}")
        return self._hole(
            f"value_of_{column}", f"the values of {column} are asked for while the template renders"
        )

    def do_pivot(
        self,
        column: str,
        values: object,
        alias: bool = True,
        agg: str = "sum",
        cmp: str = "=",
        prefix: str = "",
        suffix: str = "",
        then_value: object = 1,
        else_value: object = 0,
        quote_identifiers: bool = True,
        distinct: bool = False,
    ) -> str:
        parts = []
        for value in _listed(values):
            text = str(value).replace("'", "''")
            once = "distinct " if distinct else ""
            case = f"case when {column} {cmp} '{text}' then {then_value} else {else_value} end"
            shown = (
                self._quoted(f"{prefix}{value}{suffix}")
                if quote_identifiers and not isinstance(value, UnknownValue)
                else _slug(f"{prefix}{value}{suffix}")
            )
            parts.append(f"{agg}({once}\n  {case}\n)" + (f" as {shown}" if alias else ""))
        return ",\n".join(parts)

    def do_date_spine(self, datepart: str, start_date: object, end_date: object) -> str:
        step = self._cross("dateadd", datepart, "row_number - 1", start_date)
        return (
            "\nwith rawdata as (\n  select row_number() over (order by 1) as row_number from "
            "(select 1 as n union all select 2) as numbers\n),\nall_periods as (\n  select (\n"
            f"    {step}\n  ) as date_{datepart} from rawdata\n),\nfiltered as (\n  select * from all_periods\n"
            f"  where date_{datepart} <= {end_date}\n)\nselect * from filtered"
        )

    def do_generate_series(self, upper_bound: object) -> str:
        return (
            "\nwith numbers as (select 0 as n union all select 1)\n"
            f"select n + 1 as generated_number from numbers where n < {upper_bound}"
        )

    def do_group_by(self, n: int) -> str:
        return "group by " + ",".join(str(number) for number in range(1, int(n) + 1))

    def do_deduplicate(
        self, relation: object, partition_by: object, order_by: object = None, relation_alias: object = None
    ) -> str:
        order = order_by or "1"
        number = f"row_number() over (partition by {partition_by} order by {order})"
        if self._adapter in ("snowflake", "databricks", "duckdb", "redshift", "bigquery", "clickhouse"):
            return f"\nselect *\nfrom {relation} as tt\nqualify {number} = 1"
        if "postgres" in crossdb.family(self._adapter):
            return (
                f"\nselect distinct on ({partition_by}) *\nfrom {relation}\norder by {partition_by}, {order}"
            )
        if self._adapter == "trino":
            # dbt_utils has nothing that Trino reads; trino_utils numbers the rows in a column that stays.
            return f"\nselect * from (\n  select *, {number} as rn\n  from {relation}\n)\nwhere rn = 1"
        return (
            f"\nwith row_numbered as (\n  select _inner.*, {number} as rn\n  from {relation} as _inner\n)\n"
            f"select distinct data.*\nfrom {relation} as data\nnatural join row_numbered\nwhere row_numbered.rn = 1"
        )

    def do_safe_divide(self, numerator: object, denominator: object) -> str:
        return f"( {numerator} ) / nullif( ( {denominator} ), 0)"

    def do_safe_add(self, field_list: object, *more: object) -> str:
        fields = [field_list, *more] if more or isinstance(field_list, str) else _listed(field_list)
        return " +\n".join(f"coalesce({field}, 0)" for field in fields)

    def do_safe_subtract(self, field_list: object) -> str:
        return " -\n".join(f"coalesce({field}, 0)" for field in _listed(field_list))

    def do_nullcheck(self, cols: object) -> str:
        return ",".join(
            f"nullif({column.name},'') as {column.name}" if column.is_string() else str(column.name)
            for column in _listed(cols)
            if isinstance(column, TemplateColumn)
        )

    def do_width_bucket(self, expr: object, min_value: object, max_value: object, num_buckets: object) -> str:
        return f"width_bucket({expr}, {min_value}, {max_value}, {num_buckets})"

    def do_haversine_distance(
        self, lat1: object, lon1: object, lat2: object, lon2: object, unit: str = "mi"
    ) -> str:
        factor = " * 1.60934" if unit == "km" else ""
        return (
            f"2 * 3961 * asin(sqrt(power((sin(radians(({lat2} - {lat1}) / 2))), 2) + cos(radians({lat1})) * "
            f"cos(radians({lat2})) * power((sin(radians(({lon2} - {lon1}) / 2))), 2))){factor}"
        )

    def do_get_url_parameter(self, field: object, url_parameter: object) -> str:
        first = self._cross("split_part", field, f"'{url_parameter}='", 2)
        return f"nullif({self._cross('split_part', first, chr(39) + '&' + chr(39), 1)},'')"

    def do_get_url_host(self, field: object) -> str:
        bare = f"replace(replace(replace({field}, 'android-app://', ''), 'http://', ''), 'https://', '')"
        first = self._cross("split_part", self._cross("split_part", bare, "'/'", 1), "'?'", 1)
        return self._cross("safe_cast", first, self._cross("type_string"))

    def do_get_url_path(self, field: object) -> str:
        bare = f"replace(replace({field}, 'http://', ''), 'https://', '')"
        slash = f"coalesce(nullif({self._cross('position', chr(39) + '/' + chr(39), bare)}, 0), 0)"
        path = self._cross("right", bare, f"length({bare}) - {slash}")
        return self._cross("safe_cast", self._cross("split_part", path, "'?'", 1), self._cross("type_string"))

    def do_slugify(self, string: object) -> str:
        return _slug(str(string))

    def do_pretty_time(self, format: str = "%H:%M:%S") -> str:  # noqa: A002 - the name that templates use
        return ""

    def do_pretty_log_format(self, message: object) -> str:
        return ""

    do_log_info = do_pretty_log_format

    def do_get_single_value(self, sql: object, default: object = None) -> object:
        self._rendering.asks(sql)
        return self._hole(
            "single_value", "a query is run while the template renders: its answer is not known"
        )

    def do_get_query_results_as_dict(self, query: object) -> object:
        self._rendering.asks(query)
        return self._hole(
            "query_result", "a query is run while the template renders: its answer is not known"
        )

    def do_get_relations_by_pattern(self, *args: object, **kwargs: object) -> object:
        return self._hole("relation", "relations are looked up by a pattern: which ones is not known")

    do_get_relations_by_prefix = do_get_relations_by_pattern

    def do_get_table_types_sql(self) -> str:
        return "case table_type when 'BASE TABLE' then 'table' else lower(table_type) end as \"table_type\""

    def _variable(self, name: str) -> bool:
        root = self._rendering.project.variables.get("", {})
        scoped = root.get("dbt_utils")
        value = scoped.get(name) if isinstance(scoped, dict) and name in scoped else root.get(name)
        return value is True


def _listed(value: object) -> list[object]:
    if isinstance(value, str | TemplateRelation) or value is None:
        return [value] if value else []
    return list(value) if isinstance(value, Iterable) else [value]


def _slug(text: str) -> str:
    if HOLE in text:
        return text
    return re.sub(r"[^a-z0-9_]+", "", re.sub(r"[ -]+", "_", text.lower()))


def _source(relation: TemplateRelation, column: str, kind: str) -> str:
    return f"cast('{relation}' as {kind}) as {column}" if column else ""


def _select(columns: list[str], relation: object, condition: str) -> str:
    listed = ",\n  ".join(column for column in columns if column)
    return f"(\n  select\n  {listed}\n  from {relation}{condition}\n)"


def _superset(
    tables: list[list[TemplateColumn]], include: list[object], exclude: list[object]
) -> dict[str, str]:
    wanted = {str(name).lower() for name in include}
    unwanted = {str(name).lower() for name in exclude}
    types: dict[str, str] = {}
    for column in (column for columns in tables for column in columns):
        name = column.column.lower()
        if name in unwanted or (wanted and name not in wanted):
            continue
        known = next((key for key in types if key.lower() == name), None)
        if known is None:
            types[column.column] = column.dtype
    return types
