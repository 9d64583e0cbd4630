"""Hostile SQL: what is refused before DuckDB, what DuckDB refuses, and what is stopped by the clock."""

import time

import pytest

from contract_gate.sql.functions import CLOCK, VOLATILE
from contract_gate.witness import Budget, Found, NoDifference, NotPossible, RowQuestion, search, search_all
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.statement import read_query

duckdb = pytest.importorskip("duckdb")

HOSTILE = {
    "read a file": "select * from read_csv('/etc/passwd', header = false)",
    "read text": "select content from read_text('/etc/passwd')",
    "file as a table": "select * from '/etc/passwd'",
    "parquet over http": "select * from read_parquet('https://example.com/x.parquet')",
    "http as a table": "select * from 'https://example.com/x.csv'",
    "list files": "select * from glob('/etc/*')",
    "attach": "attach '/tmp/x.db' as x",
    "copy to": "copy (select 1 as a) to '/tmp/stolen.csv'",
    "install": "install httpfs",
    "load": "load httpfs",
    "pragma": "pragma database_list",
    "set": "set enable_external_access = true",
    "export": "export database '/tmp/x'",
    "call": "call pragma_version()",
    "two statements": "select 1 as a; select 2 as a",
    "a statement behind a query": "select 1 as a; copy (select 1) to '/tmp/stolen.csv'",
    "query as text": "select * from query('select 1')",
    "delete": "delete from orders",
    "settings": "select * from duckdb_settings()",
    "secrets": "select * from duckdb_secrets()",
}


def test_nothing_but_one_query_over_tables_is_run() -> None:
    """Files, the network, settings, extensions and second statements are refused, with a reason."""
    questions = [RowQuestion(before="select 1 as a", after=sql, dialect="duckdb") for sql in HOSTILE.values()]
    for name, answer in zip(HOSTILE, search_all(questions, Budget(seconds=2.0, trials=10)), strict=True):
        assert isinstance(answer, NotPossible), (name, answer)
        assert answer.reason


def test_the_database_itself_is_locked() -> None:
    """What the checks on the syntax tree would miss, DuckDB refuses: no file, no settings, no extension."""
    from contextlib import closing

    from contract_gate.witness.database import Database

    with closing(Database(64)) as database:
        connection = database._connection
        for sql in HOSTILE:
            if sql in ("two statements", "query as text", "delete", "call", "pragma", "settings", "secrets"):
                continue
            with pytest.raises(duckdb.Error):
                connection.execute(HOSTILE[sql].split(";")[-1]).fetchall()


def test_the_engine_takes_single_selects_only() -> None:
    """DuckDB's own parser has the last word on what kind of statement it is."""
    from contextlib import closing

    from contract_gate.witness.database import Database
    from contract_gate.witness.refusal import Refusal

    with closing(Database(64)) as database:
        for sql in (
            "select 1; select 2",
            "create table t (a int)",
            "set threads = 2",
            "attach ':memory:' as z",
        ):
            with pytest.raises(Refusal):
                database.check(sql)


def test_an_endless_recursion_is_stopped() -> None:
    """An endless recursive CTE ends in an answer within the budget, never in a hang."""
    endless = "with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) as n from t"
    started = time.monotonic()
    answer = search(
        RowQuestion(before="select 1 as n", after=endless, dialect="postgres"), Budget(seconds=2.0)
    )
    assert isinstance(answer, NotPossible)
    assert time.monotonic() - started < 60


def test_a_child_that_does_not_answer_is_killed_and_replaced() -> None:
    """A question that outlives its deadline or kills the child doesn't spoil the next one."""
    deep = "select " + "(" * 60_000 + "1" + ")" * 60_000 + " as a"
    huge = "select " + " + ".join(["repeat('x', 1000000000)"] * 1) + " as a"
    fine = RowQuestion(before="select 1 as a", after="select 2 as a", dialect="duckdb")
    questions = [RowQuestion(before="select 1 as a", after=sql, dialect="duckdb") for sql in (deep, huge)]
    first, second, third = search_all([*questions, fine], Budget(seconds=2.0))
    assert isinstance(first, NotPossible)
    assert isinstance(second, NotPossible)
    assert isinstance(third, Found)


def test_the_child_has_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No secret of the parent's environment is in reach of the SQL's process."""
    from pathlib import Path

    from contract_gate.witness.process import Child

    monkeypatch.setenv("SECODA_API_KEY", "very-secret")
    with Child() as child:
        child.ask({"ask": "search", "question": _question(), "budget": _budget()}, 10.0)
        process = child._process
        assert process is not None
        environment = Path(f"/proc/{process.pid}/environ")
        if environment.exists():
            assert b"very-secret" not in environment.read_bytes()


def test_a_volatile_function_is_held_still() -> None:
    """The clock and random numbers are the same on both sides."""
    sql = "select id, now() as t, random() as r, gen_random_uuid() as u, current_date as d from orders"
    answer = search(
        RowQuestion(before=sql, after=f"with o as ({sql}) select * from o", dialect="postgres"),
        Budget(trials=30),
    )
    assert isinstance(answer, NoDifference)


@pytest.mark.parametrize(
    ("dialect", "before", "after", "kind"),
    [
        ("postgres", 'select "Id" as v from t', "select id as v from t", NotPossible),
        ("snowflake", 'select "id" as v from t', "select id as v from t", NotPossible),
        ("postgres", 'select id from "T"', "select id from t", NotPossible),
        ("bigquery", "select `Id` as v from t", "select id as v from t", NoDifference),
        ("snowflake", 'select "ID" as v from t', "select id as v from t", NoDifference),
        ("postgres", 'select id as "Id" from t', 'select t.id as "Id" from t', NoDifference),
    ],
)
def test_names_that_differ_in_case_alone(dialect: str, before: str, after: str, kind: type) -> None:
    """DuckDB takes them for one: no search may then say that nothing differs. Where the dialect does so as well they are one."""
    answer = search(RowQuestion(before=before, after=after, dialect=dialect), Budget(trials=30))
    assert isinstance(answer, kind)


def _question() -> dict[str, object]:
    from contract_gate.witness.wire import pack

    return pack(RowQuestion(before="select 1 as a", after="select 1 as a", dialect="duckdb"))


def _budget() -> dict[str, object]:
    from contract_gate.witness.wire import pack

    return pack(Budget(seconds=1.0, trials=1))


@pytest.mark.parametrize("name", sorted(VOLATILE | CLOCK))
def test_what_differs_at_each_call_is_held_still_or_refused(name: str) -> None:
    """A report can be made again: no function that gives another value at each call is run."""
    try:
        text = read_query(f"select {name}() as v from t", "duckdb").sql("duckdb").lower()
    except Refusal:
        return
    assert f"{name}(" not in text
    assert "cast(" in text or "'" in text
