"""The small SQL reader: tokens, statements, sources and column origins."""

import subprocess
import sys

import pytest

from contract_gate.emulator.reading.columns import Answer, StoredTable, follow
from contract_gate.emulator.reading.script import read_script
from contract_gate.emulator.reading.tokens import UnreadableSqlError, tokenise

STORED = {"o": ("id", "customer", "amount", "day"), "c": ("id", "name", "first")}


def answer(sql: str, dialect: str = "postgresql") -> Answer:
    def find(name):
        columns = STORED.get(name[-1].lower())
        return StoredTable(id=name[-1].lower(), columns=columns) if columns else None

    (statement,) = read_script(sql, dialect)
    assert statement.query is not None
    return follow(statement.query, find, {})


def columns(sql: str, dialect: str = "postgresql") -> list[tuple[str | None, set[str]]]:
    return [(o.name, {".".join(origin) for origin in o.origins}) for o in answer(sql, dialect).outputs]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select id from o", [("id", {"o.id"})]),
        ("select o.id as x, amount y from o", [("x", {"o.id"}), ("y", {"o.amount"})]),
        ("select case when customer > 1 then amount end v from o", [("v", {"o.customer", "o.amount"})]),
        ("select count(*), max(amount) from o", [(None, set()), (None, {"o.amount"})]),
        ("select cast(amount as date) d, amount::numeric(10, 2) n from o", [("d", {"o.amount"}), ("n", {"o.amount"})]),
        ("select extract(day from x.day) d, date '2026-01-01' as f from o x", [("d", {"o.day"}), ("f", set())]),
        ("select a.amount is distinct from b.id as z from o a, c b", [("z", {"o.amount", "c.id"})]),
        ("select first from c", [("first", {"c.first"})]),
        ('select "id" "Ordered" from "o"', [("ordered", {"o.id"})]),
        ("select id from o union all select first from c", [("id", {"o.id", "c.first"})]),
        ("(select id from o) union (select id from c order by 1 limit 3)", [("id", {"o.id", "c.id"})]),
        ("(select id from o) union all (select id from c) order by 1, id desc", [("id", {"o.id", "c.id"})]),
        ("select s.k from (select id, name from c) as s(k, n)", [("k", {"c.id"})]),
        ("with t(k) as (select id from c) select k from t", [("k", {"c.id"})]),
        ("select amount as a, a + 1 as b from o", [("a", {"o.amount"}), ("b", {"o.amount"})]),
        ("select (select max(amount) from o where customer = c.id) m from c", [("m", {"o.amount"})]),
        ("select sum(amount) over (partition by customer) s from o", [("s", {"o.amount", "o.customer"})]),
        ("select id from o join c using (id)", [("id", {"o.id", "c.id"})]),
        ("select x.id from o left join lateral (select c.id from c where c.id = o.id) x on true", [("id", {"c.id"})]),
        ("with recursive r as (select id, customer p from o union all select o.id, r.p from o join r on true)"
         " select p from r", [("p", {"o.customer"})]),
        ("select s.o.id, day.hour h from s.o", [("id", {"o.id"}), ("h", {"o.day"})]),
        ("select cast(day as timestamp with time zone) t, amount::double precision n from o",
         [("t", {"o.day"}), ("n", {"o.amount"})]),
        ("select id as 'N', amount as x from o", [("n", {"o.id"}), ("x", {"o.amount"})]),
        ("with a as (select id from o), b as (select id from a) select id from b", [("id", {"o.id"})]),
        ("select distinct on (customer) id from o", [("id", {"o.id"})]),
        ("select top 3 id from o", [("id", {"o.id"})]),
        ("select id, from o", [("id", {"o.id"})]),
        ("select customer is null, id from o", [(None, {"o.customer"}), ("id", {"o.id"})]),
        ("insert into t (k) overriding system value select id from o", [("id", {"o.id"})]),
        ("update t set k = o.id from o", [("k", {"o.id"})]),
        ("merge into t using o on t.k = o.id when matched then delete when not matched then insert (k) row", []),
        ("merge into t using o on t.k = o.id when not matched then insert (k) values (o.id)", [("k", {"o.id"})]),
        ("select array_agg(id order by amount limit 1)[offset(0)] as f from o", [("f", {"o.id", "o.amount"})]),
    ],
)  # fmt: skip
def test_each_output_knows_its_stored_columns(sql, expected):
    """An output's origins are the stored columns that its expression names, through aliases and queries."""
    assert columns(sql) == expected


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("select 1 from o where exists (select 1 from c where c.id = o.id)", ("o", "c")),
        ("select 1 from o where id in (with q as (select id from c) select id from q)", ("o", "c")),
        ("select 1 from (o join c on o.id = c.id)", ("o", "c")),
        ("select 1 from generate_series(1, 3) g, o", ("o",)),
        ("with o as (select 1 as id) select id from o", ()),
        ("select 1 from db.s.o", ("o",)),
        ("select 'from c' -- from c\n /* from c */ from o", ("o",)),
        ("select 1 from o where left(x, 2) = 'a' and o.id in (select right(name, 1) from c)", ("o", "c")),
        ("select 1 from o join c on left(o.x, 2) = c.name", ("o", "c")),
        ("select 1 from o, unnest(tags) t with offset as i, c", ("o", "c")),
        ("select 1 from o for system_time as of day join c on true", ("o", "c")),
        ("select 1 from o at(offset => -60) x join c on true", ("o", "c")),
        ("select 1 from o tablesample (10 percent) join c on true", ("o", "c")),
        ("select 1 from db..o", ("o",)),
        ("select 1 from (values (1)) v(x), o", ("o",)),
        ("select 1 from values (1) as v, o", ("o",)),
        ("select 1 from table(flatten(tags)) f, o", ("o",)),
        ("select 1 from unnest(tags) with ordinality as t(x, n), o", ("o",)),
        ("select 1 from o, unnest(tags) t with offset, c", ("o", "c")),
        ("values (1)", None),
    ],
)
def test_sources_are_what_is_read_from_storage(sql, tables):
    """Tables are found in every clause; named queries, functions, strings and comments are none."""
    if tables is None:
        with pytest.raises(UnreadableSqlError):
            read_script(sql)
    else:
        assert answer(sql).tables == tables


@pytest.mark.parametrize(
    ("sql", "dialect", "target"),
    [
        ("create or replace table `p.d.t` as select 1 x", "bigquery", ("p", "d", "t")),
        ("insert overwrite table t partition (d) select id from o", "databricks", ("t",)),
        ("select id into #tmp from o", "mssql", ("#tmp",)),
        ("select id into [my t] from o", "mssql", ("my t",)),
        ("with q as (select id from o) insert into t select id from q", "mssql", ("t",)),
        ("create table t cluster by (a) as select id as a from o", "snowflake", ("t",)),
        ("create table t with (format = 'orc') as select id from o", "trino", ("t",)),
    ],
)
def test_targets_in_the_dialects_spelling(sql, dialect, target):
    """The target is found behind each dialect's clauses and quotes."""
    (statement,) = read_script(sql, dialect)
    assert statement.target == target
    assert statement.query is not None


def test_bigquery_strings_comments_and_names():
    """In BigQuery double quotes make strings, # starts a comment and a quoted name may hold dots."""
    sql = 'select "from c" as s, id # from c\nfrom `p.d.o`'
    assert columns(sql, "bigquery") == [("s", set()), ("id", {"o.id"})]


@pytest.mark.parametrize(
    "sql",
    ["select 'open", 'select "open', "select 1 /* open", "select (1", "select 1)", "pick 1", "select a from o b c d", "select * rename (a as b) from o",
     "select 1 from o where a join c on true",
     "with x select 1", "insert into", "insert into 5 select 1", "select 1 union values (1)", "(select 1) x", "select 1 from o join",
     "create view v as (select 1) x", "update t x where y", "select id from o union all by name select amount, id from o",
     "merge into t when matched then delete", "select " + "(" * 61 + "1" + ")" * 61],
)  # fmt: skip
def test_what_is_not_understood_is_refused(sql):
    """Open quotes and groups, unknown statements and too deep SQL raise instead of giving half an answer."""
    with pytest.raises(UnreadableSqlError):
        read_script(sql)


def test_statements_that_read_nothing_are_passed_over():
    """What deletes, drops and defines writes no lineage, and does not hide the statement after it."""
    script = "delete from o; drop table c; create function f() returns int as 'select 1'; insert into t select id from o"
    assert [statement.target for statement in read_script(script)] == [("t",)]


def test_deep_sql_within_the_bound_is_read():
    """Subqueries up to the bound are read without exhausting the stack."""
    sql = "select id from o"
    for _ in range(59):
        sql = f"select id from ({sql}) q"
    assert columns(sql) == [("id", {"o.id"})]


def test_a_star_leaves_out_and_replaces():
    """EXCEPT takes columns away, REPLACE gives them another value, at their place."""
    sql = "select * except (day) replace (customer + amount as amount) from o"
    expected = [("id", {"o.id"}), ("customer", {"o.customer"}), ("amount", {"o.customer", "o.amount"})]
    assert columns(sql, "bigquery") == expected


def test_tokens_keep_nothing_of_comments():
    """Comments and blanks vanish; dollar-quoted text is one string."""
    assert [t.text for t in tokenise("a--b\n$x$ 'c' $x$/*d*/.5")] == ["a", "$x$ 'c' $x$", ".5"]


def test_the_emulator_shares_no_parser_with_the_gate():
    """Importing the server loads neither sqlglot nor the gate's own reading of SQL."""
    code = (
        "import sys, contract_gate.emulator.server\n"
        "print([m for m in sys.modules if m.split('.')[0] == 'sqlglot' or m.startswith('contract_gate.sql')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
