"""INSERT, UPDATE, MERGE and DELETE: what each writes into which relation, and what is said of those that can't be read."""

import pytest

import contract_gate

SCHEMA = {
    "t": {"id": "INT", "v": "INT"},
    "b": {"y": "INT", "id": "INT"},
}
"""Further relations are known to nobody."""

WRITTEN = [
    ("postgres", "update t set v = default where id = 1", "update t: v"),
    ("postgres", "update t set (v, id) = (default, 1)", "update t: v id"),
    ("postgres", "update t set (v, id) = row(1, 2)", "update t: v id"),
    ("postgres", "update t set v = \"default\"", "update t: v ! `default` is not a column of `t`"),
    ("tsql", "update q set v = default from t q join b on b.id = q.id", "update t: v"),
    ("postgres", "insert into t (id, v) values (1, default) on conflict (id) do update set v = default",
     "insert t: id v; update t: v"),
    ("snowflake", "merge into t using b on b.id = t.id when matched then update set v = default "
     "when not matched then insert (id, v) values (b.id, default)", "merge t: v id<b.id"),
    ("spark", "insert into t (id, v) select y, default from b", "insert t: id<b.y v ! `default` is not a column of `b`"),
    ("spark", "update t set v = 1 where default = 2", "update t: v ! `default` is not a column of `t`"),
    ("spark", "update t set v = coalesce(default, 1)", "update t: v ! `default` is not a column of `t`"),
    ("mysql", "update t join b on b.id = t.id set t.v = b.y, b.y = 3", "update t: v<b.y; update b: y"),
    ("mysql", "update t, b set v = b.id, y = 3 where b.id = t.id", "update t: v<b.id; update b: y"),
    ("mysql", "update t join b on b.id = t.id set b.y = t.v", "update b: y<t.v"),
    ("mysql", "update t join b on b.id = t.id set b.v = 1", "update b: v ! `v` is not a column of `b`"),
    ("bigquery", "update t set s.a.b = v where true", "update t: b<t.v ! `b` is not a column of `t`"),
    ("oracle", "declare r t%rowtype; begin update t set row = r where id = 1; end;", "update t: row"),
    ("postgres", "delete from t using b where b.id = t.id", "delete t:"),
    ("postgres", "insert into t values (1, 2) on conflict (id) do update set v = excluded.v + 1", "insert t: id v; update t: v"),
    ("postgres", "insert into t default values", "insert t:"),
    ("sqlite", "insert or replace into t (id) values (1) returning id", "insert t: id"),
    ("hive", "from b insert into table n select y insert into table m select id", "insert n: y<b.y; insert m: id<b.id"),
    ("hive", "insert overwrite directory '/x' select y from b", "select : y<b.y"),
    ("hive", "insert overwrite directory '/x' select z from b", "select : z ! `z` is not a column of `b`"),
    ("spark", "with c as (select y from b) insert overwrite local directory '/x' using csv options ('sep' = ',', 'header' 'true') select y from c",
     "select : y<b.y"),
    ("databricks", "insert overwrite directory '/x' using text select y from b", "select : y<b.y"),
    ("hive", "from b insert overwrite directory '/x' select y insert into table m select id", "select : y<b.y; insert m: id<b.id"),
    ("clickhouse", "insert into function s3('x', 'CSV') select y from b", "select : y<b.y"),
    ("clickhouse", "insert into function s3('x', 'CSV') values (1)", "other : ! this INSERT names no table"),
    ("bigquery", "insert into function f() select 1", "other : ! this INSERT names no table"),
]  # fmt: skip


def _told(sql: str, dialect: str) -> str:
    file = contract_gate.lineage(sql, dialect, SCHEMA).to_dict()["files"][0]
    statements = (
        f"{each['kind']} {','.join(each['targets'])}:"
        + "".join(
            f" {column['column']}{'<' if column['upstream'] else ''}"
            + "+".join(f"{up['relation']}.{up['column']}" for up in column["upstream"])
            for column in each["columns"]
        )
        for each in file["statements"]
    )
    return "; ".join(statements) + "".join(f" ! {problem['message']}" for problem in file["problems"])


@pytest.mark.parametrize(("dialect", "sql", "told"), WRITTEN)
def test_what_is_written(dialect: str, sql: str, told: str) -> None:
    """The word DEFAULT is no column, and an UPDATE of a join writes the table whose column each is."""
    assert _told(sql, dialect) == told
