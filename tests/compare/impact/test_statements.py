"""Statements that make no relation, or are not understood: they read what they name, and none is passed over."""

from collections.abc import Mapping

import pytest

from contract_gate.app.gate import compare
from contract_gate.compare.changes.change import Certainty
from contract_gate.compare.impact.assess import Assessment
from contract_gate.compare.impact.impact import Effect
from contract_gate.edge.git import ChangedFile, FileStatus
from tests.compare.impact.conftest import AssessIn, world

TABLES = "create table ev (id int, kind varchar(9), spare int);\ncreate table other (kind varchar(9));\n"


def gate(dialect: str, base: Mapping[str, str], edit: Mapping[str, str]) -> Assessment:
    head = {**base, **edit}
    changed = [ChangedFile(path=path, status=FileStatus.MODIFIED, old_path=path) for path in edit]
    with world(base, "base", dialect) as before, world(head, "head", dialect) as after:
        return compare(before, after, changed)[0]


def lose(dialect: str, statement: str, column: str) -> dict[str | None, tuple[Effect, Certainty]]:
    """Give what the file with the statement feels when the table loses the column."""
    gone = {
        "kind": TABLES.replace(" kind varchar(9), spare", " spare"),
        "spare": TABLES.replace(", spare int", ""),
    }
    found = gate(dialect, {"t.sql": TABLES, "r.sql": statement}, {"t.sql": gone[column]})
    return {i.consumer.path: (i.effect, i.certainty) for i in found.impacts}


BROKEN = (Effect.BREAKS, Certainty.PROVEN)
UNKNOWN = (Effect.UNKNOWN, Certainty.UNDECIDED)


@pytest.mark.parametrize(
    ("dialect", "statement", "felt"),
    [
        ("postgres", "create index i on ev (kind);", BROKEN),
        ("postgres", "create unique index i on ev (lower(kind)) where kind is not null;", BROKEN),
        ("tsql", "create nonclustered index i on ev (id) include (kind);", BROKEN),
        ("databricks", "create or refresh live table r as select kind from live.ev;", BROKEN),
        ("bigquery", "assert (select count(*) from ev where kind is null) = 0 as 'none';", BROKEN),
        ("spark", "cache table r as select kind from ev;", BROKEN),
        ("postgres", "alter table ev add constraint u unique (kind);", BROKEN),
        ("postgres", "alter table only ev add primary key (id, kind);", BROKEN),
        ("postgres", "alter table ev add constraint c check (length(kind) > 1);", BROKEN),
        ("postgres", "alter table ev add constraint f foreign key (kind) references other (kind);", BROKEN),
        ("mysql", "alter table ev add unique index u (kind(3));", BROKEN),
        ("mysql", "alter table ev add index u (id, kind);", BROKEN),
        ("snowflake", "alter table ev cluster by (id, upper(kind));", BROKEN),
        ("databricks", "alter table ev cluster by (kind);", BROKEN),
        ("redshift", "alter table ev alter sortkey (kind);", BROKEN),
        ("redshift", "alter table ev alter distkey kind;", BROKEN),
        ("postgres", "alter table ev add constraint x exclude using gist (kind with =);", BROKEN),
        ("postgres", "create index i on ev using gin (kind gin_trgm_ops);", BROKEN),
        ("mysql", "alter table ev add fulltext index f (kind);", BROKEN),
        ("mysql", "create unique index i on ev (kind(3));", BROKEN),
        ("tsql", "alter table ev add constraint u unique nonclustered (kind);", BROKEN),
        ("oracle", "alter table ev add (constraint u unique (kind));", BROKEN),
        ("oracle", "alter table ev add (primary key (kind));", BROKEN),
        ("duckdb", "alter table ev set partitioned by (kind);", BROKEN),
        ("clickhouse", "alter table ev add index x kind type minmax granularity 1;", BROKEN),
        ("clickhouse", "alter table ev modify order by (id, kind);", BROKEN),
        ("clickhouse", "alter table ev modify ttl kind + interval 1 day;", BROKEN),
        ("duckdb", "copy (select kind from ev) to 'x.csv';", BROKEN),
        ("bigquery", "export data options (uri = 'gs://x') as select kind from ev;", BROKEN),
        ("redshift", "unload ('select kind from ev') to 's3://x' iam_role default;", BROKEN),
        ("snowflake", "copy into ev (id, kind) from @stage/x;", BROKEN),
        ("snowflake", "create view v as select kind from identifier('ev');", BROKEN),
        ("snowflake", "create view v as select e.kind from table('ev') e;", BROKEN),
        ("databricks", "create view v as select identifier('kind') from identifier('ev');", BROKEN),
        ("snowflake", "create task k schedule = '1 minute' as insert into l select kind from ev;", BROKEN),
        ("snowflake", "create stream s on table ev;\ncreate view v as select kind, metadata$action as a from s;", BROKEN),
        ("tsql", "create procedure p as begin insert into l (kind) select kind from ev; end", BROKEN),
        ("postgres", "create trigger g after update of kind on ev for each row execute function f();", BROKEN),
        ("postgres", "create trigger g before update on ev for each row when (new.kind > old.kind) execute function f();", BROKEN),
        ("postgres", "with d as (delete from ev where kind = 'a' returning id) insert into other (kind) select id from d;", BROKEN),
        ("postgres", "with u as (update ev set id = 1 returning kind) select kind from u;", BROKEN),
        ("postgres", "with i as (insert into other (kind) values ('a') returning kind as k) select k, ev.kind from i, ev;", BROKEN),
        ("postgres", "create recursive view v (kind) as select kind from ev;", BROKEN),
        ("postgres", "create view v with (security_barrier) as select kind from ev with check option;", BROKEN),
        ("postgres", "do $$ begin perform kind from ev; end $$;", BROKEN),
        ("mysql", "select kind from ev into outfile 'x' fields terminated by ',';", BROKEN),
        ("tsql", "select kind into #x from ev;", BROKEN),
        ("tsql", "delete from ev output deleted.id, deleted.kind into archive (a, b) where id = 1;", BROKEN),
        ("tsql", "delete top (5) from ev output deleted.kind;", BROKEN),
        ("tsql", "update e set id = 2 output inserted.id, deleted.kind into archive (a, b) from ev e where e.id = 1;", BROKEN),
        ("tsql", "insert into ev (id) output inserted.id, inserted.kind into @t (a, b) values (1);", BROKEN),
        ("tsql", "merge other as o using ev as e on o.kind = 'a' when matched then delete output $action, e.kind into archive;", BROKEN),
        ("tsql", "with q as (select top 1 id, kind from ev order by id) delete from q output deleted.kind into archive select 1 as one;", BROKEN),
        ("tsql", "update o set kind = e.kind from other o join ev e on e.id = len(o.kind);", BROKEN),
        ("tsql", "create procedure p as begin declare @s nvarchar(99) = N'select kind from ev'; exec sp_executesql @s; end", BROKEN),
        ("bigquery", "create model m options(model_type = 'linear_reg') as select kind, id from ev;", BROKEN),
        ("clickhouse", "alter table ev delete where kind = 'a';", BROKEN),
        ("clickhouse", "create dictionary d (id UInt64, kind String) primary key id source(clickhouse(table 'ev')) layout(flat());", BROKEN),
        ("clickhouse", "create dictionary d (id UInt64, kind String) primary key id source(clickhouse(query 'select id, kind from ev')) layout(flat());", BROKEN),
        ("clickhouse", "create dictionary d (id UInt64) primary key id source(clickhouse(table 'ev' where 'kind = 5')) layout(flat());", BROKEN),
        ("redshift", "unload ('select kind from ev where kind = ''a''') to 's3://x';", BROKEN),
        ("snowflake", "copy into @s from (select kind from ev);", BROKEN),
        ("postgres", "alter table ev alter column kind type text;", BROKEN),
        ("postgres", "alter table ev alter column kind set not null;", BROKEN),
        ("postgres", "alter table if exists ev rename kind to sort;", BROKEN),
        ("mysql", "alter table ev modify column kind varchar(20);", BROKEN),
        ("tsql", "alter table ev alter column kind varchar(20) not null;", BROKEN),
        ("tsql", "exec sp_rename 'ev.kind', 'sort', 'COLUMN';", BROKEN),
        ("oracle", "alter table ev modify (kind varchar2(20));", BROKEN),
        ("snowflake", "set v = 'ev';\ncreate view v as select kind from identifier($v);", BROKEN),
        ("snowflake", "set v = 'ev';\ncreate view v as select kind from table($v) x;", BROKEN),
        ("databricks", "declare n = 'ev';\ncreate view v as select kind from identifier(n);", BROKEN),
        ("snowflake", "create view v as select kind from identifier($s || '.ev');", UNKNOWN),
        ("snowflake", "create view v as select kind from identifier($given);", UNKNOWN),
        ("snowflake", "create view v as select kind from identifier('e' || $given);", UNKNOWN),
        ("snowflake", "create view v as select kind from identifier(lower('EV'));", UNKNOWN),
        ("databricks", "insert into ev replace where kind = 'a' table ev;", BROKEN),
        ("databricks", "insert into other replace where kind in (select kind from ev) select 'a' as kind;", BROKEN),
        ("databricks", "create view v as select kind from identifier(:given);", UNKNOWN),
        ("bigquery", "declare v string default 'ev';\nexecute immediate 'select kind from ' || v;", BROKEN),
        ("postgres", "analyze ev (kind);", UNKNOWN),
        ("postgres", "vacuum analyze ev (kind);", UNKNOWN),
        ("databricks", "optimize ev zorder by (kind);", UNKNOWN),
        ("databricks", "analyze table ev compute statistics for columns kind;", UNKNOWN),
        ("clickhouse", "optimize table ev deduplicate by kind;", UNKNOWN),
        ("postgres", "\\copy (select kind from ev) to 'x.csv' csv header", BROKEN),
        ("postgres", "\\copy ev (id, kind) from program 'cat x' csv null ''", BROKEN),
        ("postgres", "copy ev (id, kind) to '/x.csv' csv;", BROKEN),
        ("sqlite", "create trigger g after insert on ev begin insert into l values (new.kind); end;", BROKEN),
        ("snowflake", "create masking policy p as (v string) returns string -> (select max(kind) from ev);", BROKEN),
        ("snowflake", "create row access policy p as (x string) returns boolean -> exists (select 1 from ev where ev.kind = x) comment = 'a';", BROKEN),
        ("snowflake", "alter table ev modify column kind set masking policy p;", BROKEN),
        ("snowflake", "create row access policy p as (x string) returns boolean -> filter((select array_agg(kind) from ev), k -> k = x)[0] = 1;", BROKEN),
        ("bigquery", "create or replace row access policy p on ev grant to ('x') filter using (kind = 'a');", BROKEN),
        ("databricks", "alter table ev alter column kind set mask f using columns (id);", BROKEN),
        ("databricks", "alter table ev set row filter f on (id, kind);", BROKEN),
        ("tsql", "create security policy p add filter predicate f(kind) on ev, add block predicate f(id) on ev after insert with (state = on);", BROKEN),
        ("tsql", "create statistics s on ev (id, kind) with fullscan;", BROKEN),
        ("tsql", "alter table ev add constraint d default 'a' for kind;", BROKEN),
        ("tsql", "alter table ev add n int, constraint u unique nonclustered (kind asc);", BROKEN),
        ("mysql", "create definer = `r`@`localhost` event e on schedule every 1 day do insert into other select kind from ev", BROKEN),
        ("mysql", "create definer = `r`@`localhost` function f(x int) returns int deterministic begin declare n int; select max(kind) into n from ev where id = x; return n; end", BROKEN),
        ("postgres", "create function f() returns int language plpgsql as $$ declare a int[]; n int; r int; begin foreach n in array a loop select kind into r from ev where id = n; end loop; return r; end $$;", BROKEN),
        ("materialize", "\\timing on\ncreate view v as select kind from ev;", BROKEN),
        ("oracle", "create materialized view log on ev with rowid, sequence (id, kind) including new values;", BROKEN),
        ("oracle", "merge into other o using ev e on (o.kind = 'a') when matched then update set o.kind = 'b' where e.id > 1 delete where e.kind = 'a';", BROKEN),
        ("redshift", "create model m from (select kind, id from ev) target id function f iam_role default;", BROKEN),
        ("clickhouse", "alter table ev add projection p (select kind, count() group by kind);", BROKEN),
        ("snowflake", "alter table if exists ev alter column id set masking policy p using (id, kind);", BROKEN),
        ("snowflake", "alter view ev drop row access policy q, add row access policy p on (id, kind);", BROKEN),
        ("redshift", "create procedure p() as $$ begin execute 'insert into other select kind from ev'; end; $$ language plpgsql;", BROKEN),
        ("postgres", "do $$ begin execute 'update other set kind = e.kind from ev e where e.id = $1' using 1; end $$;", BROKEN),
        ("postgres", "do $$ begin execute 'select kind from ev where id = ' || 1; end $$;", BROKEN),
        ("postgres", "do $$ declare t text := 'e' || 'v'; begin execute format('select kind from %I', t); end $$;", BROKEN),
        ("postgres", "do $$ declare t text := 'e' || 'v'; begin execute 'select kind from ' || t; end $$;", BROKEN),
        ("postgres", "create policy p on ev using (kind = current_user);", BROKEN),
        ("postgres", "create rule r as on insert to ev do also insert into l values (new.kind);", BROKEN),
        ("postgres", "grant select (kind) on ev to reader;", BROKEN),
        ("postgres", "comment on column ev.kind is 'what it is';", BROKEN),
        ("mysql", "create fulltext index i on ev (kind);", UNKNOWN),
        ("redshift", "create rls policy p with (kind varchar(9)) using (kind = 'x');\nattach rls policy p on ev to role r;", BROKEN),
        ("redshift", "attach masking policy p on ev (kind) to role r;", BROKEN),
        ("mysql", "handler ev open;\nhandler ev read first where kind = 3;", UNKNOWN),
        ("teradata", "collect statistics column (kind) on ev;", UNKNOWN),
        ("teradata", "collect stats on ev column kind;", UNKNOWN),
        ("postgres", "alter table ev set (timescaledb.compress, timescaledb.compress_segmentby = 'id, kind');", UNKNOWN),
        ("postgres", "alter table ev set (timescaledb.compress_orderby = 'kind desc');", UNKNOWN),
        ("databricks", "alter table ev set tblproperties ('delta.dataSkippingStatsColumns' = 'id,kind');", UNKNOWN),
        ("databricks", "copy into other from (select kind from ev) fileformat = parquet;", BROKEN),
        ("snowflake", "create procedure p() returns int language python runtime_version = '3.9' packages = ('snowflake-snowpark-python') "
         "handler = 'f' as 'def f(s): return s.table(\"ev\").select(\"kind\").count()';", UNKNOWN),
    ],
)  # fmt: skip
def test_a_statement_feels_the_column_that_it_names(
    dialect: str, statement: str, felt: tuple[Effect, Certainty]
) -> None:
    """A column that goes breaks what is understood and names it, and is told to what is not; other columns are not."""
    there = {path for path in ("t.sql", "r.sql") if path in (told := lose(dialect, statement, "kind"))}
    assert {told[path] for path in there} == {felt}
    passed_on = {"r.sql": (Effect.CHANGES, Certainty.POSSIBLE)} if "stream" in statement else {}
    assert lose(dialect, statement, "spare") == passed_on


@pytest.mark.parametrize(
    ("dialect", "statement"),
    [
        ("redshift", "create rls policy p with (kind varchar(9)) using (kind = 'x');\nattach rls policy p on other to role r;"),
        ("redshift", "create rls policy q with (kind varchar(9)) using (kind = 'x');\nattach rls policy p on ev to role r;"),
        ("mysql", "handler other read first where kind = 3;"),
        ("teradata", "collect statistics column (kind) on other;"),
        ("postgres", "alter table ev set (timescaledb.compress_segmentby = 'id');"),
        ("databricks", "alter table ev set tblproperties ('comment' = 'one kind of event');"),
        ("snowflake", "alter table ev set comment = 'one kind of event';"),
        ("snowflake", "alter table ev set tag kind = 'x';"),
        ("duckdb", "attach 'kind.db' as ev;"),
    ],
)  # fmt: skip
def test_a_statement_is_silent_about_what_only_looks_like_a_name(dialect: str, statement: str) -> None:
    """Another table's column, a policy that nobody attaches, a comment and a tag lose nothing."""
    assert lose(dialect, statement, "kind") == {}


@pytest.mark.parametrize(
    ("dialect", "statement"),
    [
        ("postgres", "refresh materialized view ev;"),
        ("postgres", "lock table ev in share mode;"),
        ("postgres", "cluster ev using i;"),
        ("mysql", "handler ev open;"),
        ("redshift", "attach rls policy p on ev to role r;"),
    ],
)
def test_a_file_of_statements_about_a_table_feels_that_it_goes(dialect: str, statement: str) -> None:
    """A file that holds nothing but a refresh, a lock or an attachment is a script, and reads what it names."""
    found = gate(dialect, {"t.sql": TABLES, "r.sql": statement}, {"t.sql": TABLES.partition("\n")[2]})
    assert "r.sql" in {impact.consumer.path for impact in found.impacts}


@pytest.mark.parametrize(
    ("dialect", "statement", "fails"),
    [
        ("postgres", "create view v as select kind from public.ev;", True),
        ("postgres", "create index i on public.ev (kind);", True),
        ("postgres", "insert into public.ev (id, kind) select 1, 'x';", True),
        ("duckdb", "create view v as select kind from main.ev;", True),
        ("tsql", "create view v as select kind from dbo.ev;", True),
        ("tsql", "create view v as select kind from public.ev;", False),
        ("postgres", "create view v as select kind from app.ev;", False),
    ],
)
def test_a_table_made_without_a_schema_is_in_the_usual_one(dialect: str, statement: str, fails: bool) -> None:
    """`create table ev` makes what others call `public.ev`, and not the `ev` of another schema."""
    assert bool(lose(dialect, statement, "kind")) is fails


@pytest.mark.parametrize(
    ("statement", "fails"),
    [
        ("copy into ev from (select $1, $2, $3 from @stage/x);", True),
        ("copy into ev from (select $1, $2 from @stage/x);", False),
        ("copy into ev from (select * from @stage/x);", False),
    ],
)
def test_a_copy_of_a_query_fills_the_columns_by_position(statement: str, fails: bool) -> None:
    """A COPY whose query gives more columns than its table has left is refused; where nobody can count, nothing is said."""
    felt = set(lose("snowflake", statement, "kind").values())
    assert (BROKEN in felt) is fails


def test_a_materialized_view_fills_the_table_that_it_names() -> None:
    """ClickHouse: what a view moves TO a table are that table's rows, and reach its readers."""
    base = {
        "t.sql": "create table hits (day Date, n UInt64) engine = MergeTree order by day;\n"
        "create table daily (day Date, total UInt64) engine = SummingMergeTree order by day;",
        "mv.sql": "create materialized view mv to daily as select day, sum(n) as total from hits group by day;",
        "r.sql": "create view report as select day, total from daily;",
        "d.sql": "create view days as select day from daily;",
    }
    edit = {"mv.sql": base["mv.sql"].replace("sum(n)", "max(n)")}
    found = gate("clickhouse", base, edit)
    assert {i.consumer.path: i.effect for i in found.impacts} == {"r.sql": Effect.CHANGES}


def test_changed_rows_reach_what_only_reads() -> None:
    """An export of a view whose filter changed is told, and ends there."""
    base = {
        "a.sql": "create view a as select id from raw where id > 1;",
        "x.sql": "copy (select id from a) to 'x.csv';",
    }
    found = gate("duckdb", base, {"a.sql": base["a.sql"].replace("> 1", "> 2")})
    assert {(i.consumer.kind, i.consumer.path, i.effect) for i in found.impacts} == {
        ("script", "x.sql", Effect.CHANGES)
    }
    assert len(found.changes) == 1


@pytest.mark.parametrize(
    ("step", "fails"),
    [
        ("add unique (kind)", True),
        ("add constraint kind unique (id)", False),
        ("add unique (kind), add column kind text", False),
        ("drop constraint kind", False),
    ],
)
def test_a_key_that_a_file_gives_to_its_own_table(step: str, fails: bool) -> None:
    """A key of a column that the table is made without can't be made; its name is no column, nor is one that comes along."""
    base = {"t.sql": f"{TABLES}alter table ev {step};\n"}
    found = gate("postgres", base, {"t.sql": base["t.sql"].replace(" kind varchar(9), spare", " spare")})
    assert bool([i for i in found.impacts if i.effect is Effect.BREAKS]) is fails


@pytest.mark.parametrize(
    ("dialect", "items", "fails"),
    [
        ("postgres", "unique (kind)", True),
        ("postgres", "primary key (id, KIND)", True),
        ("postgres", "constraint f foreign key (kind) references other (kind)", True),
        ("mysql", "key k (kind)", True),
        ("postgres", "constraint kind unique (id)", False),
        ("postgres", "unique (kind), like other", False),
    ],
)
def test_a_key_of_a_created_table_names_its_columns(dialect: str, items: str, fails: bool) -> None:
    """A key of a column that CREATE TABLE lists no longer is refused, unless the column may come in another way."""
    base = {"t.sql": f"create table ev (id int, kind varchar(9), spare int, {items});\n"}
    found = gate(dialect, base, {"t.sql": base["t.sql"].replace(", kind varchar(9)", "", 1)})
    assert bool([i for i in found.impacts if i.effect is Effect.BREAKS]) is fails


@pytest.mark.parametrize(
    ("head", "fails"),
    [
        ("view v with row access policy p on (kind) as select id{} from ev", True),
        ("view v with row access policy p on (id) as select id{} from ev", False),
        ("view v (id, a with masking policy m using (a, kind){}) as select id, id as a{} from ev", True),
        ("table v (id int, a int masking policy m using (a, id){})", False),
        ("table v (id int{}) with row access policy p on (kind)", True),
    ],
)
def test_a_policy_names_columns_of_what_is_created(head: str, fails: bool) -> None:
    """Snowflake refuses a policy on a column that the view or table no longer has."""
    column = ", kind varchar" if head.startswith("table") else ", kind"
    made, again = (f"create or replace {head.replace('{}', each)};\n" for each in (column, ""))
    found = gate("snowflake", {"t.sql": TABLES, "r.sql": made}, {"r.sql": again})
    assert bool([i for i in found.impacts if i.effect is Effect.BREAKS]) is fails


def test_a_file_that_fills_the_table_of_another_is_shown_where_it_fails() -> None:
    """Rows for a column that the table has lost fail in the file that inserts them, at its line."""
    texts = {"t.sql": TABLES, "rows.sql": "-- rows\ninsert into ev (id, kind) values (1, 'x');"}
    found = gate("postgres", texts, {"t.sql": TABLES.replace(" kind varchar(9), spare", " spare")})
    places = [i.location for i in found.impacts if i.effect is Effect.BREAKS]
    assert [(place.path, place.line) for place in places if place is not None] == [("rows.sql", 2)]


SOURCE = "create table src as select id, a, b from raw_orders;\n"
WRITERS = {
    "etl/one.sql": "-- first\ninsert into tgt select id, b from src;\n",
    "etl/two.sql": "-- second\n\ninsert into tgt select id, b + 1 from src;\n",
    "etl/other.sql": "insert into tgt select id, a from src;\n",
}


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        ({"src.sql": SOURCE.replace(", b", "")}, {"etl/one.sql": 2, "etl/two.sql": 3}),
        (
            {"src.sql": SOURCE.replace(" b ", " cast(b as text) as b ")},
            {"etl/two.sql": 3},
        ),
        (
            {
                "src.sql": SOURCE.replace("table src", "table src_2"),
                "etl/other.sql": WRITERS["etl/other.sql"].replace("src", "src_2"),
            },
            {"etl/one.sql": 2, "etl/two.sql": 3},
        ),
        ({path: WRITERS[path].replace(" b", " bb") for path in ("etl/one.sql", "etl/two.sql")}, {"etl/one.sql": 2, "etl/two.sql": 3}),
    ],
    ids=["column-gone", "column-retyped", "relation-renamed", "own-edits"],
)  # fmt: skip
def test_each_file_that_fills_a_table_breaks_at_its_own_line(
    edit: dict[str, str], broken: dict[str, int]
) -> None:
    """Several files that write one relation fail one by one."""
    typed = SOURCE.replace(" b ", " cast(b as int) as b ")
    found = gate("postgres", {"src.sql": typed if "cast" in str(edit) else SOURCE, **WRITERS}, edit)
    told = {i.consumer.path: i.location for i in found.impacts if i.effect is Effect.BREAKS}
    assert {path: place.line for path, place in told.items() if place is not None} == broken
    assert all(place is not None and place.path == path for path, place in told.items())


TRIGGER = "create trigger g before insert on ev for each row execute function f('x');"
ROW_FUNCTION = (
    "create function f() returns trigger language plpgsql as $$ begin\n"
    "-- new.spare\n raise notice 'new.spare';\n new.kind := upper(new.kind); return new; end $$;"
)


@pytest.mark.parametrize(
    ("function", "column", "felt"),
    [
        (ROW_FUNCTION, "kind", BROKEN),
        (ROW_FUNCTION, "spare", None),
        (ROW_FUNCTION.replace("new.", "OLD."), "kind", BROKEN),
        (ROW_FUNCTION.replace("new.kind", 'new."kind"'), "kind", BROKEN),
    ],
)
def test_a_trigger_feels_what_its_function_names(
    function: str, column: str, felt: tuple[Effect, Certainty] | None
) -> None:
    """PostgreSQL's `record "new" has no field`: run in PostgreSQL 15. What a trigger gives its function is no argument."""
    files = {"t.sql": TABLES, "f.sql": function, "g.sql": TRIGGER}
    gone = {
        "kind": TABLES.replace(" kind varchar(9), spare", " spare"),
        "spare": TABLES.replace(", spare int", ""),
    }
    found = {
        i.consumer.path: (i.effect, i.certainty)
        for i in gate("postgres", files, {"t.sql": gone[column]}).impacts
    }
    assert found.get("g.sql") == felt


def test_a_trigger_needs_its_function() -> None:
    """A trigger's function that goes or is renamed breaks the trigger."""
    files = {"t.sql": TABLES, "f.sql": ROW_FUNCTION, "g.sql": TRIGGER}
    for edit in ("select 1;", ROW_FUNCTION.replace(" f()", " h()")):
        assert {i.consumer.path: i.effect for i in gate("postgres", files, {"f.sql": edit}).impacts} == {
            "g.sql": Effect.BREAKS
        }


@pytest.mark.parametrize(
    "step",
    [
        "alter table ev rename column kind to sort;",
        "alter table ev drop column if exists kind;",
        "alter table ev add column more int;\nalter table ev alter column more set not null;",
    ],
)
def test_the_step_that_brings_a_change_breaks_on_nothing(step: str) -> None:
    """An ALTER that comes with the new columns is how they came; what it adds is there for the statements after it."""
    base = {"t.sql": TABLES, "up.sql": "select 1;"}
    head = {"t.sql": TABLES.replace("kind varchar(9), spare", "sort varchar(9), spare"), "up.sql": step}
    assert not gate("postgres", base, head).impacts


@pytest.mark.parametrize(
    ("dialect", "tail", "felt"),
    [
        ("postgres", "drop table t cascade;\ncreate table t (a int);", {"r.sql": Effect.BREAKS}),
        ("postgres", "create table z (a int);\ndrop table z cascade;", {}),
        ("duckdb", "drop table t cascade;\ncreate table t (a int);", {}),
    ],
)
def test_cascade_takes_the_views_of_its_file(dialect: str, tail: str, felt: dict[str, Effect]) -> None:
    """DROP … CASCADE takes the views that read the table where the engine keeps them by what they read."""
    made = "create table t (a int);\ncreate view u as select a from t;\ncreate view v as select a from u;\n"
    files = {"t.sql": made, "r.sql": "create view r as select a from v;"}
    found = gate(dialect, files, {"t.sql": made + tail}).impacts
    assert {i.consumer.path: i.effect for i in found} == felt


def test_an_export_of_all_columns_changes_with_one_that_goes() -> None:
    """What a script gives out loses a column: it runs, and what it gives is another thing."""
    for dialect, export in (
        ("postgres", "copy ev to '/x.csv';"),
        ("redshift", "unload ('select * from ev') to 's3://x';"),
    ):
        assert lose(dialect, export, "spare") == {"r.sql": (Effect.CHANGES, Certainty.POSSIBLE)}


@pytest.mark.parametrize(
    ("dialect", "statement"),
    [
        ("postgres", "create table c () inherits (ev);\ncreate view v as select kind from c;"),
        ("postgres", "create table c partition of ev for values from (1) to (2);\ncreate view v as select kind from c;"),
        ("bigquery", "create snapshot table c clone ev;\ncreate view v as select kind from c;"),
        ("duckdb", "pivot ev on kind using sum(id);"),
        ("snowflake", "copy into @s from ev;"),
    ],
)  # fmt: skip
def test_a_copy_has_the_columns_of_what_it_copies(dialect: str, statement: str) -> None:
    """Who reads a column of a child, a partition, a clone or a whole table by them feels it when it goes."""
    assert set(lose(dialect, statement, "kind")) == {"r.sql"}
    assert {effect for effect, _ in lose(dialect, statement, "spare").values()} <= {Effect.CHANGES}


TEMPORARY = (
    "select id, kind into #a from ev where id > 1;\nselect a.id, o.kind into #b from #a a left join other o on o.kind = a.kind;\n"
    "select * from #b;"
)


@pytest.mark.parametrize(("column", "felt"), [("kind", BROKEN), ("spare", None)])
def test_a_script_that_ends_in_a_query(column: str, felt: tuple[Effect, Certainty] | None) -> None:
    """Temporary tables on the way to it are no other relation that the file would make."""
    assert lose("tsql", TEMPORARY, column).get("r.sql") == felt


@pytest.mark.parametrize(
    ("dialect", "statement"),
    [
        ("tsql", "create synonym sy for dbo.ev;\ngo\ncreate view r as select kind from sy;"),
        ("oracle", "create or replace public synonym sy for ev;\ncreate view r as select kind from sy;"),
        ("duckdb", "create table r as pivot ev on kind using sum(spare);"),
        ("duckdb", "create or replace table r as unpivot ev on kind, id into name n value v;"),
    ],
)
def test_what_is_read_under_another_name_or_turned_is_read(dialect: str, statement: str) -> None:
    """A synonym has the columns of its table, and DuckDB makes a table of a PIVOT like of any query."""
    assert lose(dialect, statement, "kind")["r.sql"] == BROKEN


@pytest.mark.parametrize(
    ("dialect", "statement", "effect"),
    [
        ("postgres", "select cron.schedule('nightly', '0 3 * * *', $$insert into log select gone from t$$);", Effect.UNKNOWN),
        ("postgres", "select create_hypertable('t', 'gone');", Effect.UNKNOWN),
        ("postgres", "select setval('t_gone_seq', 3);", None),
        ("postgres", "select cron.schedule('nightly', '0 3 * * *', $$insert into log select kept from t$$);", None),
        ("bigquery", "create view r as select * from vector_search(table t, 'gone', (select 1 as e), top_k => 3);", Effect.CHANGES),
        ("bigquery", "create view r as select gone from appends(table t, null);", Effect.BREAKS),
        ("trino", "create view r as select * from table(exclude_columns(input => table(t), columns => descriptor(gone)));", Effect.CHANGES),
        ("bigquery", "create view r as select * from ml.predict(model t, (select 1 as x));", None),
    ],
)  # fmt: skip
def test_what_a_call_is_given_is_read(
    assess_in: AssessIn, dialect: str, statement: str, effect: Effect | None
) -> None:
    """A statement in a string may run, and a table that a function takes is read with all of its columns."""
    base = {"t.sql": "create table t (kept int, gone int);", "r.sql": statement}
    found = assess_in(dialect, base, {**base, "t.sql": "create table t (kept int);"})
    felt = [i.effect for i in found.impacts if i.consumer.path == "r.sql"]
    assert felt == ([effect] if effect else [])


@pytest.mark.parametrize(
    ("dialect", "fields", "rest", "fails"),
    [
        ("bigquery", "struct<x int64>", "", True),
        ("spark", "struct<x:int,y:int,z:int>", "", True),
        ("trino", "row(x int)", "", True),
        ("duckdb", "struct(x int)", "", False),
        ("spark", "struct<x:int,y:int>", ", more int", False),
    ],
)
def test_an_inserted_struct_has_as_many_fields_as_its_column(
    assess_in: AssessIn, dialect: str, fields: str, rest: str, fails: bool
) -> None:
    """Fields are stored by their places: one more or less is refused, where the engine fits no struct to another by name."""
    whole = {
        "bigquery": ("struct<x int64, y int64>", "struct(1 as x, 2 as y)"),
        "spark": ("struct<x:int,y:int>", "named_struct('x', 1, 'y', 2)"),
        "trino": ("row(x int, y int)", "cast(row(1, 2) as row(x int, y int))"),
        "duckdb": ("struct(x int, y int)", "{'x': 1, 'y': 2}"),
    }
    type_, value = whole[dialect]
    base = {
        "t.sql": f"create table t (id int, s {type_});",
        "r.sql": f"insert into t (id, s) select 1, {value};",
    }
    found = assess_in(dialect, base, {**base, "t.sql": f"create table t (id int, s {fields}{rest});"})
    assert ("r.sql" in {i.consumer.path for i in found.impacts if i.effect is Effect.BREAKS}) is fails


@pytest.mark.parametrize(
    ("edit", "felt"), [({"p.sql": "-- gone"}, {"i.sql"}), ({"q.sql": "-- gone"}, set())]
)  # fmt: skip
def test_rows_that_a_procedure_gives_to_an_insert(edit: dict[str, str], felt: set[str]) -> None:
    """INSERT … EXEC needs its procedure, and no other."""
    made = "create procedure {0} as begin select kind from ev; end;\n"
    base = {
        "t.sql": TABLES,
        "p.sql": made.format("p"),
        "q.sql": made.format("q"),
        "i.sql": "insert into other (kind) exec p @a = 1;\n",
    }
    found = gate("tsql", base, edit)
    assert {impact.consumer.path for impact in found.impacts} == felt
