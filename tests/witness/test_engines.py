"""What engines do otherwise than DuckDB is no difference of the rows: in-process searches of pairs that are one in their dialect."""

import pytest

from contract_gate.core.relation import Column, RelationName
from contract_gate.witness import Budget, Found, NoDifference, NotPossible, RowQuestion, TableShape

trials = pytest.importorskip("contract_gate.witness.trials", reason="needs duckdb")

KINDS = {"id": "INT", "k": "INT", "s": "VARCHAR", "d": "DATE"}
OWN = {
    "clickhouse": {"id": "Int32", "k": "Int32", "s": "Nullable(String)", "d": "Date"},
    "bigquery": {"id": "INT64", "k": "INT64", "s": "STRING", "d": "DATE", "arr": "ARRAY<INT64>"},
    "spark": {"id": "INT", "k": "INT", "s": "STRING", "d": "DATE", "arr": "ARRAY<INT>"},
    "postgres": KINDS | {"arr": "INT[]"},
}


def _answer(dialect: str, before: str, after: str) -> Found | NoDifference | NotPossible:
    columns = tuple(Column(name=name, type=kind) for name, kind in OWN.get(dialect, KINDS).items())
    tables = tuple(TableShape(name=RelationName((name,)), columns=columns) for name in ("t", "u"))
    question = RowQuestion(before=before, after=after, dialect=dialect, tables=tables)
    return trials.find_rows(question, Budget(seconds=20, trials=120))


@pytest.mark.parametrize(
    ("dialect", "before", "after"),
    [
        ("clickhouse", "select id from t prewhere k > 1", "select id from t where k > 1 and id is not null"),
        ("clickhouse", "select k from t prewhere k > 1 where id > 2", "select k from t where k > 1 and id > 2"),
        ("clickhouse", "select k from t", "select coalesce(k, 0) as k from t"),
        ("clickhouse", "select id from t where k is not null", "select id from t"),
        ("mysql", "select id from t where s = 'a'", "select id from t where lower(s) = 'A'"),
        ("mysql", "select id from t where s like 'a%'", "select id from t where upper(s) like 'a%'"),
        ("tsql", "select id from t where s = 'a'", "select id from t where s = 'A '"),
        ("sqlite", "select id from t where s like 'a%'", "select id from t where lower(s) like 'a%'"),
        ("oracle", "select id from t where s is null", "select id from t where nvl(s, '') is null"),
        ("oracle", "select s || 'x' as a from t", "select nvl(s, '') || 'x' as a from t"),
        ("oracle", "select trim(s) as a from t", "select case when trim(s) is not null then trim(s) end as a from t"),
        ("oracle", "select replace(s, 'a', '') as a from t", "select nvl(replace(s, 'a', ''), '') as a from t"),
        (
            "oracle",
            "select k, listagg(s) within group (order by id) as a from t group by k",
            "select k, listagg(s, null) within group (order by id) as a from t group by k",
        ),
        ("postgres", "select array_length(arr, 1) as n from t", "select nullif(array_length(arr, 1), 0) as n from t"),
        (
            "spark",
            "select id, a from t lateral view outer explode(arr) e as a",
            "select id, explode_outer(arr) as a from t",
        ),
    ],
)  # fmt: skip
def test_what_is_one_there_is_one_here(dialect: str, before: str, after: str) -> None:
    """The search goes on to its end, or both are one statement: the rows are the same in their own engine."""
    answer = _answer(dialect, before, after)
    assert isinstance(answer, NoDifference), answer
    assert answer.trials == 120 or answer.notes == ("both sides are the same statement",)


@pytest.mark.parametrize(
    ("dialect", "before", "after"),
    [
        ("clickhouse", "select id from t prewhere k > 1", "select id from t prewhere k > 2"),
        ("clickhouse", "select s from t", "select coalesce(s, '') as s from t"),
        ("clickhouse", "select nullIf(k, 0) as k from t", "select k from t"),
        (
            "clickhouse",
            "select t.id, u.k from t left join u on u.id = t.id settings join_use_nulls = 1",
            "select t.id, u.k from t join u on u.id = t.id",
        ),
        ("clickhouse", "select count() as n from t where k > 1", "select count() as n from t where k > 2"),
        ("clickhouse", "select id, sum(k) as n from t group by id", "select id, max(k) as n from t group by id"),
        ("mysql", "select id from t where s = 'a'", "select id from t where s = 'b'"),
        ("tsql", "select id from t where s = 'a' or s = 'b'", "select id from t where s = 'B'"),
        ("snowflake", "select id from t where s = 'a'", "select id from t where lower(s) = 'a'"),
        ("oracle", "select s || 'x' as a from t", "select s || 'y' as a from t"),
        ("postgres", "select s from t", "select coalesce(s, '') as s from t"),
        ("snowflake", "select date_trunc('week', d) as w from t", "select date_trunc('month', d) as w from t"),
        ("postgres", "select extract(dow from d) as w from t", "select extract(day from d) as w from t"),
        (
            "spark",
            "select id, a from t lateral view outer explode(arr) e as a",
            "select id, a from t lateral view explode(arr) e as a",
        ),
    ],
)  # fmt: skip
def test_what_differs_there_differs_here(dialect: str, before: str, after: str) -> None:
    """Rows on which the two differ are found in what can be said in DuckDB's words."""
    assert isinstance(_answer(dialect, before, after), Found)


@pytest.mark.parametrize(
    ("dialect", "sql", "reason"),
    [
        ("clickhouse", "select t.id, u.k from t left join u on u.id = t.id", "a default, not NULL"),
        ("clickhouse", "select sum(k) as n from t", "of no rows"),
        ("clickhouse", "select k, count() as n from t group by rollup (k)", "of no rows"),
        ("clickhouse", "select k, count() as n from t group by k with rollup", "of no rows"),
        ("sqlite", 'select id from t where s = "blue"', "is text"),
        ("postgres", "select id from t order by k fetch first 2 rows with ties", "WITH TIES"),
        ("oracle", "select id from t order by k fetch first 5 percent rows only", "PERCENT"),
        ("bigquery", "select id, o from t, unnest(arr) as a with offset o", "counts from 0"),
        ("bigquery", "select date_trunc(d, week) as w from t", "another day"),
        ("tsql", "select datepart(week, d) as w from t", "another day"),
        ("bigquery", "select extract(dayofweek from d) as w from t", "counted otherwise"),
        ("databricks", "select dayofweek(d) as w from t", "counted otherwise"),
        ("spark", "select id from t lateral view outer json_tuple(s, 'a') e as a", "keeps rows"),
    ],
)
def test_what_duckdb_has_no_words_for_is_not_run(dialect: str, sql: str, reason: str) -> None:
    """A search that would compare something else says why there is none."""
    answer = _answer(dialect, sql, f"select * from ({sql}) as q where 1 = 0")
    assert isinstance(answer, NotPossible)
    assert reason in answer.reason
