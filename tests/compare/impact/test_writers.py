"""What writes into a table feels its columns: those that it names, and where it fills them by their places, all of them."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact.impact import Effect
from tests.compare.impact.conftest import AssessIn

TABLES = "create table ev (id int, kind varchar(9), spare int);\ncreate table other (kind varchar(9));\n"
EDITS = {
    "kind": TABLES.replace(" kind varchar(9), spare", " spare"),
    "spare": TABLES.replace(", spare int", ""),
    "extra": TABLES.replace("spare int", "spare int, extra int"),
}
NAMED = ("breaks", "silent", "silent")
WIDTH = ("breaks", "breaks", "breaks")
FILES = ("unknown", "unknown", "unknown")
NONE = ("silent", "silent", "silent")


def felt(assess_in: AssessIn, dialect: str, statement: str) -> tuple[str, ...]:
    """Give the worst that the writer feels where `kind` goes, where `spare`, the last, does, and where one comes."""
    found = []
    for head in EDITS.values():
        assessment = assess_in(
            dialect, {"t.sql": TABLES, "w.sql": statement}, {"t.sql": head, "w.sql": statement}
        )
        effects = [
            i.effect for i in assessment.impacts if i.location is not None and i.location.path == "w.sql"
        ]
        found.append(min(effects, key=lambda effect: effect.rank, default="silent"))
    return tuple(map(str, found))


@pytest.mark.parametrize(
    ("dialect", "statement", "wanted"),
    [
        # Run in PostgreSQL 15, SQLite and DuckDB.
        ("postgres", "insert into ev (id) values (1) on conflict (kind) do nothing;", NAMED),
        ("postgres", "insert into ev (id) values (1) on conflict (lower(kind)) where kind is not null do nothing;", NAMED),
        ("postgres", "insert into ev (id) values (1) on conflict (kind) do update set id = excluded.id;", NAMED),
        ("sqlite", "insert into ev (id) values (1) on conflict (kind) do nothing;", NAMED),
        ("duckdb", "insert into ev (id) values (1) on conflict (kind) do nothing;", NAMED),
        ("postgres", "insert into ev (id) values (1) on conflict on constraint u do nothing;", NONE),
        ("postgres", "insert into ev (id) values (1) on conflict (id) do nothing;", NONE),
        ("postgres", "insert into ev (id) values (1) returning kind;", NAMED),
        ("postgres", "insert into ev (id) values (1) returning *;", NONE),
        ("postgres", "update ev e set id = 1 returning e.kind as k;", NAMED),
        ("postgres", "delete from ev using other o where ev.id = 2 returning o.kind, ev.id;", NONE),
        ("tsql", "update ev set id = 1 output deleted.kind where id = 2;", NAMED),
        ("tsql", "update ev set id = 1 output inserted.id where id = 2;", NONE),
        ("snowflake", "merge into ev using other o on ev.id = 1 when not matched then insert values (1, o.kind, 2);", WIDTH),
        ("bigquery", "merge into ev using other o on ev.id = 1 when not matched then insert values (1, o.kind, 2);", WIDTH),
        ("bigquery", "merge into ev using other o on ev.id = 1 when not matched then insert row;", NONE),
        ("snowflake", "merge into ev using other o on ev.id = 1 when not matched then insert (id, kind) values (1, o.kind);", NAMED),
        # PostgreSQL fills the columns to the right with their defaults.
        ("postgres", "merge into ev using other o on ev.id = 1 when not matched then insert values (1, o.kind, 2);",
         ("breaks", "breaks", "silent")),
        ("mysql", "replace into ev (id, kind) values (1, 'x');", NAMED),
        ("mysql", "replace low_priority into ev (id, kind) values (1, 'x');", NAMED),
        ("mysql", "replace into ev values (1, 'x', 2);", WIDTH),
        ("mysql", "replace into ev set id = 1, kind = 'x';", NAMED),
        ("sqlite", "replace into ev select 1, kind, 2 from other;", WIDTH),
        ("sqlite", "insert or replace into ev (id, kind) values (1, 'x');", NAMED),
        ("sqlite", "insert into other select replace(kind, 'a', 'b') from ev;", NAMED),
        ("clickhouse", "insert into ev select 1, kind, 2 from other;", WIDTH),
        # Nobody sees the files.
        ("postgres", "copy ev from '/x.csv' csv;", FILES),
        ("postgres", "copy ev (id, kind) from '/x.csv' csv;", NAMED),
        ("redshift", "copy ev from 's3://x' iam_role default csv;", FILES),
        ("redshift", "copy ev from 's3://x' iam_role default format parquet;", FILES),
        ("redshift", "copy ev from 's3://x' iam_role default format json 'auto';", NONE),
        ("snowflake", "copy into ev from @st/x;", FILES),
        ("snowflake", "copy into ev from @st/x file_format = (type = parquet) match_by_column_name = case_insensitive;", NONE),
        ("duckdb", "copy ev from 'x.csv';", FILES),
        ("databricks", "copy into ev from '/x' fileformat = csv;", NONE),
        ("mysql", "load data infile 'x.csv' into table ev fields terminated by ',';", FILES),
        ("mysql", "load data local infile 'x.csv' replace into table ev fields terminated by ',' (id, kind);", NAMED),
        ("mysql", "load data infile 'x.csv' into table ev (id, @k) set kind = upper(@k);", NAMED),
        ("tsql", "bulk insert ev from 'x.csv' with (format = 'CSV');", FILES),
        ("hive", "load data inpath '/x' into table ev;", FILES),
        ("bigquery", "load data into ev from files (format = 'CSV', uris = ['gs://x']);", FILES),
        ("bigquery", "load data into ev from files (format = 'JSON', uris = ['gs://x']);", NONE),
        ("clickhouse", "insert into ev from infile 'x.csv' format CSV;", FILES),
        ("clickhouse", "insert into ev from infile 'x.csv' format CSVWithNames;", NONE),
        ("clickhouse", "insert into ev (id, kind) from infile 'x.csv' format CSV;", NAMED),
    ],
)  # fmt: skip
def test_a_writer_feels_what_it_fills(
    assess_in: AssessIn, dialect: str, statement: str, wanted: tuple[str, str, str]
) -> None:
    """A column that goes breaks who names it; another width breaks who fills by places, or is said where files do."""
    assert felt(assess_in, dialect, statement) == wanted


def test_files_of_the_past_are_copied_no_more(assess_in: AssessIn) -> None:
    """A migration that copied a file once has run: a later column is nothing to it."""
    steps = {
        "migrations/001_t.sql": "create table ev (id int, kind text);",
        "migrations/002_fill.sql": "copy ev from '/x.csv' csv;",
    }
    later = {**steps, "migrations/003_more.sql": "alter table ev add column extra int;"}
    assert not assess_in("postgres", steps, later).impacts


@pytest.mark.parametrize(
    ("statement", "effect"),
    [
        ("update d.a set s.y = 1 where true;", "breaks"),
        ("update d.a set s.x = 1 where true;", "silent"),
        ("merge d.a t using d.b u on t.id = u.id when matched then update set s.y = u.n;", "breaks"),
        ("merge d.a t using d.b u on t.id = u.id when matched then update set s.x = u.n;", "silent"),
    ],
)
def test_a_field_that_goes_breaks_who_writes_it(assess_in: AssessIn, statement: str, effect: str) -> None:
    """BigQuery's UPDATE and MERGE write one field of a struct; another field that goes is not theirs."""
    base = {"t.sql": "create table d.a (id int64, s struct<x int64, y int64>);", "w.sql": statement}
    found = assess_in("bigquery", base, {**base, "t.sql": base["t.sql"].replace(", y int64", "")})
    felt = [i.effect for i in found.impacts if i.location is not None and i.location.path == "w.sql"]
    assert str(min(felt, key=lambda each: each.rank, default="silent")) == effect


@pytest.mark.parametrize(
    ("dialect", "new", "breaks"),
    [
        ("postgres", "need int not null", True),
        ("snowflake", "need int not null", True),
        ("tsql", "need int not null", True),
        ("duckdb", "need int not null", True),
        ("postgres", "need int not null default 0", False),
        ("postgres", "need int", False),
        ("postgres", "need serial primary key", False),
        ("postgres", "need int generated always as identity primary key", False),
        ("tsql", "need int identity(1, 1) not null", False),
        ("snowflake", "need int autoincrement not null", False),
        ("mysql", "need int not null", False),
        ("sqlite", "need int not null", True),
        ("materialize", "need int not null", True),
    ],
)
def test_an_insert_must_fill_what_takes_no_null(
    assess_in: AssessIn, dialect: str, new: str, breaks: bool
) -> None:
    """A new column without a default that takes no NULL breaks who lists the others; MySQL may fill in a zero."""
    base = {"t.sql": "create table z (id int);", "w.sql": "insert into z (id) select id from raw.q;"}
    found = assess_in(dialect, base, {**base, "t.sql": f"create table z (id int, {new});"})
    assert any(str(i.effect) == "breaks" for i in found.impacts) is breaks


@pytest.mark.parametrize(
    ("dialect", "column", "fails"),
    [("tsql", "c int", True), ("oracle", "c int", True), ("trino", "c int", True), ("tsql", "c rowversion", False), ("postgres", "c int", False)],
)  # fmt: skip
def test_values_by_position_must_fill_the_table(
    assess_in: AssessIn, dialect: str, column: str, fails: bool
) -> None:
    """Engines refuse fewer values than columns, but for those that the table fills and where the rest is NULL."""
    made = "create table t (a int, b int{});"
    base = {"t.sql": made.format(""), "w.sql": "insert into t values (1, 2);"}
    found = assess_in(dialect, base, {**base, "t.sql": made.format(f", {column}")})
    assert {i.consumer.path for i in found.impacts if i.effect is Effect.BREAKS} == (
        {"w.sql"} if fails else set()
    )


@pytest.mark.parametrize(
    ("dialect", "clause", "head", "fails"),
    [
        ("databricks", "when matched then update set *", "a int", True),
        ("databricks", "when not matched then insert *", "a int", True),
        ("databricks", "when matched then update set *", "a int, b int, c int", False),
        ("bigquery", "when not matched then insert row", "a int, b int, c int", True),
        ("bigquery", "when not matched then insert (a) values (s.a)", "a int, b int, c int", False),
    ],
)
def test_a_merge_of_whole_rows(
    assess_in: AssessIn, dialect: str, clause: str, head: str, fails: bool
) -> None:
    """Databricks asks the source for each column of the target, BigQuery for as many as it has."""
    base = {
        "s.sql": "create table s (a int, b int);",
        "t.sql": "create table t (a int, b int);",
        "m.sql": f"merge into t using s on t.a = s.a {clause};",
    }
    found = assess_in(dialect, base, {**base, "s.sql": f"create table s ({head});"})
    broken = {i.location.path for i in found.impacts if i.effect is Effect.BREAKS and i.location}
    assert broken == ({"m.sql"} if fails else set())


@pytest.mark.parametrize("rows", ["select x from a", "select * from a"])
def test_an_insert_of_fewer_columns_leaves_the_others_to_their_defaults(
    assess_in: AssessIn, rows: str
) -> None:
    """In PostgreSQL the table keeps its columns, and those to the right have other values. Run in PostgreSQL 15."""
    made = "create table l (k int, b int default 7);\ninsert into l {};\n"
    base = {
        "a.sql": "create view a as select x, y from src.z;\n",
        "l.sql": made.format("select x, y from a"),
        "v.sql": "create view v as select b from l;\n",
    }
    head = {**base, "l.sql": made.format(rows)}
    if "*" in rows:
        base, head = (
            {**side, "l.sql": made.format(rows), "a.sql": text}
            for side, text in ((base, base["a.sql"]), (head, base["a.sql"].replace(", y", "")))
        )
    found = assess_in("postgres", base, head)
    changed = {
        (change.kind, change.column)
        for change in found.changes
        if change.relation and change.relation.name == "l"
    }
    assert changed == {(Kind.COLUMN_VALUES_CHANGED, "b")}
    assert {each.effect for each in found.impacts if each.consumer.path == "v.sql"} == {Effect.CHANGES}
