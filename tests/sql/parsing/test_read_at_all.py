"""Statements that no grammar reads as they stand: what they read is looked up all the same."""

import pytest

import contract_gate
from contract_gate.sql.bind import bind_script
from contract_gate.sql.declared import lookup_of, shapes_of
from contract_gate.sql.parsing.packages import unpacked
from contract_gate.sql.script import Script

SCHEMA = {"a": {"x": "INT", "id": "INT"}, "b": {"y": "INT", "id": "INT"}}


def read(dialect: str, sql: str) -> Script:
    return bind_script(sql, dialect, lookup_of(shapes_of(SCHEMA, dialect)))


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("databricks", "create streaming live table q as select x, zz from a"),
        ("databricks", "create or refresh streaming table if not exists q as select zz from a"),
        ("databricks", "create or refresh streaming table q (p, r comment 'x') as select x, zz from a"),
        ("clickhouse", "create materialized view if not exists q to d as select zz from a"),
        ("postgres", "create table q tablespace p as select zz from a"),
        ("tsql", "if exists (select 1 from a)\nbegin\nselect zz from a\nend"),
        ("postgres", "create function f() returns int language sql begin atomic; select zz from a; end"),
        ("postgres", "return with c as (select zz from a) select * from c"),
        ("postgres", "create function if not exists f(p int) returns int not leakproof as $$ select zz from a $$ language sql"),
        ("postgres", "create function f() returns int language sql as $$ with c as (select zz from a) insert into b select * from c $$"),
        ("postgres", "create statistics s (mcv) on id, zz from a"),
        ("oracle", "create materialized view log on a with rowid, sequence (id, zz)"),
        ("tsql", "merge b using a on a.id = b.id when matched then delete output deleted.zz;"),
        ("postgres", "create rule r as on insert to a do instead (insert into b values (new.zz, 1))"),
        ("mysql", "create trigger r before insert on a for each row set new.x = (select zz from b)"),
        ("oracle", "declare c cursor for select zz from a; begin select 1; end"),
        ("snowflake", "begin loop select 1; break; end loop; select zz from a; end"),
        ("postgres", "select (1, (2; select zz from a"),
        ("postgres", "create temporary view v as select x from a; insert into b (y) select zz from a; select x from v"),
        ("mysql", "create table q (p int, index (p)) partition by list (p) (partition p1 values in (5)) as select zz from a"),
        ("databricks", "create or refresh streaming table q (p, r) as select x, zz from a"),
        ("redshift", "unload ($$ select zz from a where x = 'b' $$) to 's3://x' iam_role default"),
        ("tsql", "begin tran\nselect zz from a\ncommit"),
        ("tsql", "begin transaction\nupdate a set x = 1\ncommit\nselect zz from a"),
        ("tsql", "begin tran\nif 1 = 1\nbegin\nselect zz from a\nend\ncommit tran"),
        ("tsql", "begin try\nselect zz from a\nend try\nbegin catch\nselect x from a\nend catch"),
        ("tsql", "with c as (select x from a)\ninsert into b (y) select x from c\ndelete from b where zz = 1"),
        ("tsql", "delete top (5) from a output deleted.zz where x = 1"),
        ("tsql", "create function f(@p int) returns table as return (select @p as n)\ninsert into b (y) select zz from a"),
        ("tsql", "create security policy p add filter predicate s.f(zz) on a, add block predicate s.f(id) on b after insert"),
        ("tsql", "create trigger r on a after insert as begin ; select zz from inserted ; ; end"),
        ("postgres", "create statistics s (mcv) on (zz + 1), x from a"),
        ("postgres", "do $$ begin execute $q$ select 1 $q$; perform zz from a; end $$"),
        ("bigquery", "begin declare zz int64; select zz, regexp_contains('b', r'a') from a; end; select zz from a"),
        ("bigquery", "for r in (select x from a) do for zz in (select 1 as y) do select r.x, zz.y; end for; end for; select zz from a"),
        ("postgres", "for zz; select zz from a; loop; end loop"),
        ("oracle", "create package body q is procedure r(n int); procedure r(n int) is begin delete from a where zz = n; end; end;"),
    ],
)  # fmt: skip
def test_an_unknown_column_is_told(dialect: str, sql: str) -> None:
    """Where it stands in a statement of another kind, behind words that the parser does not know, or after a broken one."""
    script = read(dialect, sql)
    problems = [problem for each in script.statements for problem in each.problems]
    assert ("unknown-column", "zz") in {(problem.kind, problem.name) for problem in problems}
    assert [*read(dialect, sql.replace("zz", "id")).statements][-1].problems == ()


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("tsql", "with c as (select x from a)\nselect * from c\nselect x from a"),
        ("oracle", "create materialized view log on a with rowid"),
        ("mysql", "rename user p to q"),
        ("oracle", "alter table a drop unused columns"),
        ("snowflake", "execute immediate 'select ' || f()"),
        ("bigquery", "from a |> set x"),
        ("bigquery", "from a |> set x + 1"),
        ("bigquery", "select date_add(x, 5) from a"),
        ("mysql", "alter table a change column x y bigint, change y"),
        ("mysql", "call p"),
        ("postgres", "create function 1 + 2"),
    ],
)
def test_what_is_not_read_is_said(dialect: str, sql: str) -> None:
    """A statement that is not understood is no statement that does nothing."""
    script = read(dialect, sql)
    problems = [*script.problems, *(problem for each in script.statements for problem in each.problems)]
    assert {problem.kind for problem in problems} <= {"unsupported", "syntax"}
    assert problems


@pytest.mark.parametrize(
    ("dialect", "sql", "steps"),
    [
        ("mysql", "alter table a add column q int, add key k (q), drop column x", [("added", "q"), ("dropped", "x")]),
        ("mysql", "alter table a modify column x after id", []),
        ("postgres", "alter table a add q int, add check (q > 1), drop x cascade", [("added", "q"), ("dropped", "x")]),
        ("tsql", "exec sp_rename 'a.x', 'q', 'COLUMN'", [("renamed", "x")]),
        ("tsql", "exec sp_rename 'i', 'j', 'INDEX'", []),
        ("mysql", "alter table a change column x q bigint not null, drop column id",
         [("renamed", "x"), ("retyped", "q"), ("required", "q"), ("defaulted", "q"), ("dropped", "id")]),
        ("tsql", "alter table a drop constraint c, d, column x, id", [("dropped", "x"), ("dropped", "id")]),
        ("postgres", "alter table a add q int, , drop x", [("added", "q"), ("dropped", "x")]),
        ("oracle", "alter table a add (q int, r int)", [("added", "q"), ("added", "r")]),
        ("tsql", "alter table a add q int, constraint c unique (q), r int", [("added", "q"), ("added", "r")]),
    ],
)  # fmt: skip
def test_steps_of_an_alter(dialect: str, sql: str, steps: list[tuple[str, str]]) -> None:
    """Each action of a list, whatever stands beside it."""
    statements = read(dialect, sql).statements
    assert [(step.step.value, step.name) for each in statements for step in each.alterations] == steps


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("use s.p; select x from c", ["s.p.c"]),
        ("use schema p; select x from c", ["p.c"]),
        ("use role p; select x from c", ["c"]),
    ],
)
def test_names_after_use(sql: str, names: list[str]) -> None:
    """USE of a database and a schema completes the names behind it; of a role, none."""
    assert [str(name) for name in read("snowflake", sql).statements[-1].sources] == names


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("alter function f(int) set schema p", "p.f"),
        ("alter function s.f(int) set schema p", "p.f"),
        ("alter function s.f(int) rename to g", "s.g"),
    ],
)
def test_a_function_gets_another_name(sql: str, name: str) -> None:
    """By another schema or by a name of its own, which stays in its schema."""
    (statement,) = read("postgres", sql).statements
    assert (statement.kind, str(statement.renamed_to)) == ("rename-function", name)


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("alter table a drop constraint c, d", ["c", "d"]),
        ("alter table a drop column x, constraint c", ["c"]),
        ("alter table a drop constraint c, column x", ["c"]),
    ],
)
def test_constraints_that_are_dropped_in_a_list(sql: str, names: list[str]) -> None:
    """What follows DROP CONSTRAINT are constraints, and a constraint may follow a column."""
    assert [name for each in read("tsql", sql).statements for name in each.dropped_constraints] == names


def test_a_dictionary_has_the_columns_that_it_lists() -> None:
    """Whatever their types have in parentheses."""
    sql = "create dictionary d (id UInt64, x Array(Tuple(String, Int8)), {} Decimal(10, 2)) primary key id source(clickhouse(table 'a')) layout(flat())"
    (statement,) = read("clickhouse", sql.format("zz")).statements
    assert [column.name for column in statement.query.outputs if statement.query] == ["id", "x", "zz"]
    assert [problem.name for problem in statement.problems] == ["zz"]


@pytest.mark.parametrize(
    ("dialect", "sql", "name"),
    [
        ("tsql", "select sysdatetime() as n from a\nselect sysdatetime() as n from b", "sysdatetime"),
        ("tsql", "select sysdatetime() as n from a; select getdate() as n from b", "sysdatetime"),
    ],
)
def test_a_function_keeps_its_name_where_statements_are_parted(dialect: str, sql: str, name: str) -> None:
    """Two statements with nothing between are first read as one."""
    first, second = read(dialect, sql).statements
    assert first.query is not None
    assert second.query is not None
    assert (first.query.outputs[0].term.op, second.query.outputs[0].term.op == name) == (
        name,
        "getdate" not in sql,
    )


@pytest.mark.parametrize(
    ("dialect", "function"),
    [
        ("postgres", "create function f(a <> b) returns int language sql as $$ select 1 $$"),
        ("postgres", "create function f(((a) returns int language sql as $$ select 1 $$"),
        ("snowflake", "create function f(a <> b) returns int as '1'"),
    ],
)
def test_a_function_whose_parameters_are_not_read_takes_any(dialect: str, function: str) -> None:
    """It is there all the same; one that is read takes as many as it says."""
    call = "; select f(x, id) as n from a"
    *_, query = read(dialect, function + call).statements
    assert query.problems == ()
    *_, query = read(
        dialect, "create function f(a int) returns int language sql as $$ select 1 $$" + call
    ).statements
    assert [problem.kind for problem in query.problems] != []


def test_columns_of_a_function_may_be_called_as_its_clauses() -> None:
    """COST and ROWS are clauses where a number follows; what is given by OUT does not tell functions apart."""
    sql = "create function f(p int, out cost int, out rows int) language sql cost 5 rows 10 as $$ select id, x from a $$; "
    table = "create function f(p int) returns table (cost int, rows int) language sql cost 5 rows 10 as $$ select id, x from a $$; "
    for text in (sql, table):
        function, query = read("postgres", text + "select cost, rows from f(1)").statements
        assert [(column.name, column.type) for column in function.columns] == [
            ("cost", "INT"),
            ("rows", "INT"),
        ]
        assert query.problems == ()
    dropped = read("postgres", sql + "drop function f(int, out cost int, out rows int)").statements[-1]
    assert dropped.kind == "drop-function"
    assert dropped.problems == ()


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("databricks", "insert into a replace where zz = 1 select x, id from a"),
        ("databricks", "insert into a replace where x in (select zz from b) select x, id from a"),
        ("snowflake", "select zz from identifier('a' || '')"),
        ("snowflake", "select zz from identifier(('a'))"),
        ("databricks", "declare t string default 'a'; select zz from identifier(concat(t, ''))"),
        (
            "tsql",
            "create function f() returns @t table (n int, primary key (n)) as begin insert @t select zz from a return end",
        ),
        ("bigquery", "load data into a (x int64, zz int64) from files (uris = ['x'])"),
    ],
)
def test_a_column_that_a_statement_names_is_looked_up(dialect: str, sql: str) -> None:
    """In the condition by which rows are replaced, in a table whose name is put together, in what fills a function's rows."""
    problems = [problem for each in read(dialect, sql).statements for problem in each.problems]
    assert [(problem.kind, problem.name) for problem in problems] == [("unknown-column", "zz")]
    assert [
        problem for each in read(dialect, sql.replace("zz", "id")).statements for problem in each.problems
    ] == []


def test_a_package_gives_the_functions_that_have_a_body() -> None:
    """Not what is only declared in it, nor what is done with the package."""
    body = "create package body q is function f return int; function f return int is begin return 1; end; function g return int; end;"
    assert unpacked(f"drop package body p; {body}", "oracle") == (
        "drop package body p; create package body q is function f return int; ; create or replace function q.f return int is begin return 1; end; "
        "function g return int; end;"
    )
    assert unpacked("create package body q is function f", "oracle") == "create package body q is function f"


def test_a_merge_of_all_columns_of_an_unknown_table_may_write_any() -> None:
    """Those of a known one are told by their names."""
    merge = "merge into b using {} s on b.id = s.id when matched then update set *"
    (known,) = read("databricks", merge.format("a")).statements
    (unknown,) = read("databricks", merge.format("q")).statements
    assert [each.name for each in known.assigns or ()] == ["x", "id"]
    assert [each.name for each in unknown.assigns or ()] == ["*"]


def test_a_foreign_key_without_a_table_is_none() -> None:
    """As PostgreSQL says; one that names a table refers to it."""
    sql = "create table n (x int, foreign key (x){})"
    assert read("postgres", sql.format("")).statements[0].constraints == ()
    (key,) = read("postgres", sql.format(" references a (x)")).statements[0].constraints
    assert str(key.refers) == "a"


def test_labels_are_those_of_enumerations() -> None:
    """A type of several columns has none."""
    sql = "create type t as {}; alter type t add value 'b'"
    columns = read("postgres", sql.format("(x numeric(10, 2))")).statements[-1].columns
    assert [(column.name, column.type) for column in columns] == [("x", "DECIMAL(10, 2)")]
    columns = read("postgres", sql.format("enum ('a')")).statements[-1].columns
    assert [column.type for column in columns] == ["ENUM ('a', 'b')"]


def test_commands_in_the_body_of_a_function_are_passed_over() -> None:
    """What stands beside them is read."""
    body = "create function f() returns void language sql as $$ vacuum a; select {} from a $$"
    assert read("postgres", body.format("id")).statements[0].problems == ()
    (problem,) = read("postgres", body.format("zz")).statements[0].problems
    assert problem.name == "zz"


@pytest.mark.parametrize("word", ["alter", "create", "drop", "grant", "revoke", "attach", "masking", "exec"])
@pytest.mark.parametrize("dialect", ["tsql", "postgres", "snowflake", "oracle"])
def test_a_text_that_ends_with_the_first_word_of_a_statement(word: str, dialect: str) -> None:
    """It is told as not understood, and meets no fault."""
    table = "create table item (id int, n int)"
    found = contract_gate.diff(table, f"{table}; {word} ", dialect=dialect, witness=False)
    assert {change.kind.value for change in found.changes} <= {"undecided"}
