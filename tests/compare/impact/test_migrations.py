"""A migration that moved rows once has bound when it ran: a later step that drops what it read does not break it."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess, AssessIn

FIRST = "create table x (id int primary key, a int);\ncreate table y (x_id int references x (id), a int);\n"
BASE = {
    "db/migration/V1__first.sql": FIRST,
    "db/migration/V2__move.sql": "insert into y select id, a from x;\n",
}
DROP = "alter table x drop column a;\n"


def broken(assess: Assess, base: dict[str, str], head: dict[str, str]) -> list[str]:
    found = assess(base, head)
    return sorted({i.consumer.name for i in found.impacts if i.effect is Effect.BREAKS})


@pytest.mark.parametrize(
    "moved",
    [
        "insert into y select id, a from x;\n",
        "update y set a = x.a from x where x.id = y.x_id;\n",
        "update y set a = (select max(x.a) from x);\n",
        "create table z as select id, a from x;\n",
        "create table if not exists z as\nselect id, a from x;\n",
        "insert into y select id, a from x;\ninsert into y select id, a + 1 from x;\n",
    ],
)
def test_a_later_step_drops_a_column_that_rows_were_moved_from(assess: Assess, moved: str) -> None:
    """The statement has run, and will not run again where the column is not there."""
    base = {**BASE, "db/migration/V2__move.sql": moved}
    assert broken(assess, base, {**base, "db/migration/V3__drop.sql": DROP}) == []


def test_a_later_step_drops_a_table_that_rows_were_moved_from(assess: Assess) -> None:
    """As with a column; but what is declared on the table breaks with it."""
    free = {**BASE, "db/migration/V1__first.sql": FIRST.replace(" references x (id)", "")}
    assert broken(assess, free, {**free, "db/migration/V3__drop.sql": "drop table x;\n"}) == []


@pytest.mark.parametrize(
    ("step", "readers"),
    [
        ("alter foreign table r drop column a;\n", ["v"]),
        ("alter foreign table if exists r rename column a to b;\n", ["v"]),
        ("alter foreign table r drop column server;\n", []),
        ("alter foreign table r options (set table_name 'other');\n", []),
    ],
)
def test_a_foreign_table_is_altered(assess: Assess, step: str, readers: list[str]) -> None:
    """PostgreSQL's table of another server loses columns as any other does."""
    table = "create foreign table r (a int options (column_name 'q)') not null, server text) server s options (table_name 'r');\n"
    base = {"db/migration/V1__r.sql": table, "v.sql": "create view v as select a from r;\n"}
    assert broken(assess, base, {**base, "db/migration/V2__step.sql": step}) == readers


def test_a_view_of_the_past_breaks(assess: Assess) -> None:
    """It is no copy: the engine refuses to drop the column that it reads, or it fails when it is read."""
    base = {**BASE, "db/migration/V2__move.sql": "create view z as select id, a from x;\n"}
    assert broken(assess, base, {**base, "db/migration/V3__drop.sql": DROP}) == ["x", "z"]


@pytest.mark.parametrize(
    ("edit", "reader"),
    [
        # Whoever builds the schema afresh runs the second step without the column.
        ({"db/migration/V1__first.sql": FIRST.replace(", a int);", ");", 1)}, "y"),
        # A step of the pull request itself.
        (
            {
                "db/migration/V3__drop.sql": DROP,
                "db/migration/V4__more.sql": "insert into y select id, a + 2 from x;\n",
            },
            "y",
        ),
    ],
)
def test_a_step_that_is_edited_or_new_breaks(assess: Assess, edit: dict[str, str], reader: str) -> None:
    """Only what ran before the loss is past."""
    assert reader in broken(assess, BASE, {**BASE, **edit})


@pytest.mark.parametrize(
    ("edited", "is_broken"),
    [
        ("insert into y values (1, 2);\ninsert into y\nselect id, a from x;\n", False),
        ("insert into y (x_id, a)\nselect id, a from x;\n", True),
    ],
)
def test_a_step_that_ran_is_told_by_all_of_its_lines(assess: Assess, edited: str, is_broken: bool) -> None:
    """Another first line is another statement; the statement above it is not its own."""
    base = {**BASE, "db/migration/V2__move.sql": "insert into y\nselect id, a from x;\n"}
    head = {**base, "db/migration/V2__move.sql": edited, "db/migration/V3__drop.sql": DROP}
    assert bool(broken(assess, base, head)) is is_broken


def test_a_view_is_not_past(assess: Assess) -> None:
    """It reads the column each time that it is asked, and holds it against the step that drops it."""
    base = {**BASE, "db/migration/V2__move.sql": "create view v as select id, a from x;\n"}
    assert broken(assess, base, {**base, "db/migration/V3__drop.sql": DROP}) == ["v", "x"]


def test_numbered_scripts_run_again(assess: Assess) -> None:
    """Without a word of migrations they may be run from the first to the last each night."""
    base = {"etl/01_first.sql": FIRST, "etl/02_move.sql": "insert into y select id, a from x;\n"}
    assert broken(assess, base, {**base, "etl/03_drop.sql": DROP}) == ["y"]


@pytest.mark.parametrize(
    ("step", "is_broken"),
    [
        ("alter table x rename column a to b;\n", False),
        ("alter table x rename to z;\n", False),
        ("alter table x rename a to b;\nalter table x rename to z;\n", False),
        ("alter table x rename to z;\nalter table z drop column a;\n", True),
        ("alter table x rename to z;\ncreate table x (id int);\n", False),
        ("alter table x rename to z;\ncreate table x (id int);\nalter table z drop column a;\n", True),
        ("alter table x alter column a type text;\n", True),
        ("drop table x;\n", True),
        ("create or replace view v as select a, id from x;\n", True),
        ("create or replace view v as select id, a, 1 as more from x;\n", False),
        ("create view w as select b from x;\nalter table x rename column a to b;\n", True),
        ("alter table x rename column a to b;\ncreate view w as select b from x;\n", False),
    ],
)
def test_a_view_of_the_migrations_follows_a_rename_and_holds_what_it_reads(
    assess: Assess, step: str, is_broken: bool
) -> None:
    """PostgreSQL keeps a view by what it reads, and refuses a step that takes that away or moves the view's columns."""
    base = {
        "db/migration/V1__first.sql": "create table x (id int, a int);\n",
        "db/migration/V2__view.sql": "create view v as select id, a from x;\n",
    }
    assert bool(broken(assess, base, {**base, "db/migration/V3__next.sql": step})) is is_broken


@pytest.mark.parametrize(("dialect", "is_broken"), [("sqlite", False), ("mysql", True)])
def test_a_new_table_of_the_old_name(assess_in: AssessIn, dialect: str, is_broken: bool) -> None:
    """SQLite's views follow the old table; MySQL's read whatever has the name."""
    base = {
        "migrations/V1__a.sql": "create table x (id int, a int);\ncreate view v as select id, a from x;\n"
    }
    step = "alter table x rename to z;\ncreate table x (id int);\n"
    found = assess_in(dialect, base, {**base, "migrations/V2__b.sql": step})
    assert any(impact.effect is Effect.BREAKS for impact in found.impacts) is is_broken


@pytest.mark.parametrize(("again", "breaks"), [("id", False), ("id, a", True)])
def test_a_view_is_dropped_and_made_again_round_a_drop(assess: Assess, again: str, breaks: bool) -> None:
    """The ALTER by which the column goes is no reader of it, in whichever file the view is made by now."""
    base = {"db/migration/V1__first.sql": FIRST + "create view v as select id, a from x;\n"}
    step = f"drop view v;\nalter table x drop column a;\ncreate view v as select {again} from x;\n"
    assert broken(assess, base, {**base, "db/migration/V2__drop.sql": step}) == (["v"] if breaks else [])


def test_a_drop_with_cascade_takes_the_views_that_read(assess: Assess) -> None:
    """They are gone too, and who reads them breaks."""
    base = {
        "db/migration/V1__first.sql": "create table x (id int, a int);\ncreate view v as select id, a from x;\n",
        "report.sql": "create table report as select a from v;\n",
    }
    assert broken(assess, base, {**base, "db/migration/V2__drop.sql": "drop table x cascade;\n"}) == [
        "report"
    ]


@pytest.mark.parametrize(
    "step",
    [
        "alter table y add constraint fk foreign key (gone) references x (id);\n",
        "alter table y add constraint uq unique (gone);\n",
        "drop table x;\n",
    ],
)
def test_a_step_that_breaks_a_key_is_told_once(assess: Assess, step: str) -> None:
    """That the table does not build and that the engine refuses the step are one thing."""
    base = {"db/migration/V1__first.sql": FIRST}
    found = assess(base, {**base, "db/migration/V2__next.sql": step})
    assert [i.consumer.name for i in found.impacts if i.effect is Effect.BREAKS] == ["y"]


@pytest.mark.parametrize(
    ("step", "is_broken"),
    [
        ("create index i on x (gone);\n", True),
        ("create unique index i on x (a) where id > 1;\n", False),
        ("create trigger g before update of gone on x for each row execute function f();\n", True),
    ],
)
def test_a_step_that_makes_no_relation_is_run_too(assess: Assess, step: str, is_broken: bool) -> None:
    """An index or a trigger of a column that is not there is refused. Run in PostgreSQL 15."""
    function = "create function f() returns trigger language plpgsql as $$ begin return new; end $$;\n"
    base = {"db/migration/V1__first.sql": "create table x (id int, a int);\n" + function}
    assert bool(broken(assess, base, {**base, "db/migration/V2__next.sql": step})) is is_broken


def test_a_column_is_added_behind_one_that_is_there(assess_in: AssessIn) -> None:
    """MySQL refuses AFTER of a column that is not there."""
    base = {"migrations/1_a.sql": "create table x (id int, a int);\n"}
    for place, effects in (("gone", {Effect.BREAKS}), ("a", set())):
        head = {**base, "migrations/2_b.sql": f"alter table x add column n int after {place};\n"}
        assert {i.effect for i in assess_in("mysql", base, head).impacts} == effects


@pytest.mark.parametrize(
    ("dialect", "first", "step", "reader", "breaks"),
    [
        ("snowflake", "create table t (a int, b int);", "create table u (a int); alter table t swap with u;", "t", True),
        ("snowflake", "create table t (a int, b int);", "create table u (a int, b int); alter table t swap with u;", "t", False),
        ("clickhouse", "create table t (a Int32, b Int32) engine = Memory;", "create table u (a Int32) engine = Memory; exchange tables t and u;", "t", True),
        ("clickhouse", "create table t (a Int32, b Int32) engine = Memory;", "create table u (a Int32, b Int32) engine = Memory; exchange tables t and u;", "t", False),
        ("postgres", "create table s.t (a int, b int);", "drop schema s cascade;", "s.t", True),
        ("postgres", "create table s.t (a int, b int);", "drop schema q cascade;", "s.t", False),
        ("mysql", "create table s.t (a int, b int);", "drop database s;", "s.t", True),
    ],
)  # fmt: skip
def test_tables_that_change_places_and_schemas_that_go(
    assess_in: AssessIn, dialect: str, first: str, step: str, reader: str, breaks: bool
) -> None:
    """Of two tables that are swapped each has the other's columns; with a schema goes what is in it."""
    base = {"db/V1__a.sql": first, "v.sql": f"create view v as select b from {reader};"}
    found = assess_in(dialect, base, {**base, "db/V2__b.sql": step})
    assert any(i.consumer.path == "v.sql" and i.effect is Effect.BREAKS for i in found.impacts) is breaks


@pytest.mark.parametrize(
    ("step", "kinds"),
    [
        ("alter schema s rename to q;", {Kind.RELATION_MOVED, Kind.RELATION_RENAMED}),
        ("alter schema s rename to q; alter table q.t add column c int;", {Kind.RELATION_MOVED}),
        ("alter schema r rename to q;", set()),
    ],
)
def test_a_schema_takes_its_tables_along_under_another_name(
    assess_in: AssessIn, step: str, kinds: set[Kind]
) -> None:
    """A table of it is called otherwise from there on, later steps find it, and no step is refused."""
    base = {"db/V1__a.sql": "create table s.t (a int, b int);"}
    found = assess_in("postgres", base, {**base, "db/V2__b.sql": step})
    assert bool({change.kind for change in found.changes} & kinds) is bool(kinds)
    assert not any(i.effect is Effect.BREAKS for i in found.impacts)


@pytest.mark.parametrize(
    ("step", "fails"),
    [
        ("drop trigger g on x;\ndrop function f();\n", False),
        ("drop trigger if exists g on public.x;\ndrop function f();\n", False),
        ("drop trigger g on y;\ndrop function f();\n", True),
        ("drop function f();\n", True),
    ],
)
def test_a_trigger_that_a_later_step_drops_needs_its_function_no_more(
    assess: Assess, step: str, fails: bool
) -> None:
    """One of the same name on another table still does. Run in PostgreSQL 15."""
    made = "create function f() returns trigger language plpgsql as $$ begin return new; end $$;\n"
    on = "create trigger g before insert or update of a on {0} for each row execute function f();\n"
    first = "create table x (id int, a int);\ncreate table y (id int, a int);\n" + made + on.format("x")
    base = {"db/migration/V1__first.sql": first}
    if "on y" in step:
        base["db/migration/V1__first.sql"] += on.format("y")
    assert bool(broken(assess, base, {**base, "db/migration/V2__next.sql": step})) is fails


PROCEDURES = {
    "tsql": "create procedure p as begin {} end\nGO\n",
    "mysql": "DELIMITER //\ncreate procedure p() begin {} end //\nDELIMITER ;\n",
    "oracle": "create or replace procedure p is begin {} end;\n/\n",
    "snowflake": "create or replace procedure p() returns int language sql as $$ begin {} return 1; end $$;\n",
    "databricks": "create or replace procedure p() language sql as begin {} end;\n",
    "bigquery": "create or replace procedure p() begin {} end;\n",
    "postgres": "create procedure p() language plpgsql as $$ begin {} end $$;\n",
}
IN_SQL = [
    "create procedure p() language sql as $$ {} $$;\n",
    "create procedure p() language sql begin atomic {} end;\n",
]


@pytest.mark.parametrize(
    ("dialect", "procedure"), [*PROCEDURES.items(), *(("postgres", each) for each in IN_SQL)]
)
@pytest.mark.parametrize(
    ("does", "fails"),
    [
        ("insert into t (id, a) values (1, 2);", True),
        ("update t set a = 1 where id = 2;", True),
        ("insert into t (id) values (1);", False),
    ],
)
def test_a_procedure_of_the_first_file_runs_when_a_later_one_has_dropped_a_column(
    assess_in: AssessIn, dialect: str, procedure: str, does: str, fails: bool
) -> None:
    """What it does comes behind the steps of all files, and what a file ran once does not."""
    base = {"db/V1__a.sql": "create table t (id int, a int);\n" + procedure.format(does)}
    head = {**base, "db/V2__b.sql": "alter table t drop column a;\n"}
    assert something_fails(assess_in(dialect, base, head)) is fails


@pytest.mark.parametrize("dialect", PROCEDURES)
def test_a_procedure_in_the_sequence_makes_nothing_fail_that_ran_before(
    assess_in: AssessIn, dialect: str
) -> None:
    made = "create table t (id int, a int);\ncreate table u (id int, a int);\n"
    made += PROCEDURES[dialect].format("insert into t (id) values (1);")
    base = {"db/V1__a.sql": made + "insert into u (id, a) select id, a from t;\n"}
    head = {**base, "db/V2__b.sql": "alter table t rename column a to b;\n"}
    assert not something_fails(assess_in(dialect, base, head))


def something_fails(found: Assessment) -> bool:
    is_broken = any(impact.effect is Effect.BREAKS for impact in found.impacts)
    return is_broken or any(change.kind is Kind.DOES_NOT_BIND for change in found.changes)


@pytest.mark.parametrize("folder", ["db", "schema.sql"])
def test_a_function_is_given_no_other_return_type_wherever_its_steps_lie(assess: Assess, folder: str) -> None:
    base = {f"{folder}/V1__a.sql": "create function f() returns int language sql as 'select 1';\n"}
    step = "create or replace function f() returns bigint language sql as 'select 1::bigint';\n"
    assert broken(assess, base, {**base, f"{folder}/V2__b.sql": step})


def test_another_engines_steps_of_the_same_folder_drop_no_trigger(assess_project: Assess) -> None:
    """Files that are named after their engines are a sequence for each of them."""
    made = "create function f() returns trigger language plpgsql as $$ begin return new; end $$;\n"
    first = "create table x (id int, a int);\n" + made
    first += "create trigger g before insert on x for each row execute function f();\n"
    base = {"db/migration/V1__first.postgres.sql": first}
    steps = {
        "db/migration/V2__next.mysql.sql": "drop trigger g;\n",
        "db/migration/V2__next.postgres.sql": "drop function f();\n",
    }
    assert broken(assess_project, base, {**base, **steps})


HELD = {
    "db/V1__a.sql": "create table x (id int, a int);\n",
    "db/R__v.sql": "create or replace view v as select id, a from x;\n",
}
AGAIN = {"db/R__v.sql": "drop view if exists v;\ncreate view v as select id from x;\n"}


@pytest.mark.parametrize(
    ("edit", "is_refused"),
    [
        ({"db/V2__b.sql": "alter table x drop column a;\n", **AGAIN}, True),
        ({"db/V2__b.sql": "drop view if exists v;\nalter table x drop column a;\n", **AGAIN}, False),
        ({"db/V2__b.sql": "alter table x drop column a cascade;\n", **AGAIN}, False),
        ({"db/V2__b.sql": "alter table x rename column a to b;\n", "db/R__v.sql": "create or replace view v as select id, b as a from x;\n"}, False),
        ({"db/V2__b.sql": "alter table x rename column a to b;\n", "db/R__v.sql": "create or replace view v as select id, b from x;\n"}, True),
        ({"db/R__v.sql": "create or replace view v as select a, id from x;\n"}, True),
        ({"db/R__v.sql": "create or replace view v as select id, a, 1 as n from x;\n"}, False),
        # An old version that is edited has run as it was, or nowhere yet.
        ({"db/V1__a.sql": "create table x (id int, a bigint);\n"}, False),
        # A version that comes late runs behind those of higher numbers.
        ({"db/V0__b.sql": "create table y (id int);\n"}, False),
    ],
)  # fmt: skip
def test_a_step_meets_the_views_that_repeatable_ones_have_left(
    assess: Assess, edit: dict[str, str], is_refused: bool
) -> None:
    """Flyway runs a repeatable again after all versions: a new version runs over what its former text made. Run in PostgreSQL 15."""
    assert bool(broken(assess, HELD, {**HELD, **edit})) is is_refused


def test_a_version_that_comes_late_runs_behind_the_others(assess: Assess) -> None:
    """From nothing it runs before a view that holds the column, in the database behind it."""
    base = {"db/V1__a.sql": HELD["db/V1__a.sql"], "db/V3__v.sql": HELD["db/R__v.sql"]}
    late = {"db/V2__b.sql": "alter table x alter column a type bigint;\n"}
    assert broken(assess, base, {**base, **late}) == ["x"]
    assert (
        broken(assess, {**base, **late}, {**base, **late, "db/V4__c.sql": "create table y (a int);\n"}) == []
    )


@pytest.mark.parametrize(
    ("first", "step", "is_refused"),
    [
        ("create table x (id int);\n", "drop table x;\ndrop table x;\n", True),
        ("create table x (id int);\n", "drop table x;\n", False),
        ("create schema a;\ncreate table a.t (id int);\n", "drop schema a;\ndrop table a.t;\n", True),
        ("create schema a;\ncreate table a.t (id int);\n", "drop table a.t;\ndrop schema a;\n", False),
    ],
)
def test_a_refused_step_of_which_nothing_is_left_is_told(
    assess: Assess, first: str, step: str, is_refused: bool
) -> None:
    """No relation of the sequence is there in the end, that it could be told of."""
    base = {"db/V1__a.sql": first}
    assert bool(broken(assess, base, {**base, "db/V2__b.sql": step})) is is_refused


PROCEDURE = "create procedure p as\nbegin\n  insert into audit (id, what) select id, nm from item;\nend\n"


@pytest.mark.parametrize(("body", "is_broken"), [(PROCEDURE, False), (PROCEDURE.replace("nm", "no"), True)])
def test_a_procedure_fills_a_column_that_a_later_step_adds(
    assess_in: AssessIn, body: str, is_broken: bool
) -> None:
    """Its body is bound when it is called: to the table as it is in the end."""
    base = {"db/V1__first.sql": "create table item (id int, nm varchar(9));\ncreate table audit (id int);\n"}
    head = {
        **base,
        "db/V2__fill.sql": body,
        "db/V3__more.sql": "alter table audit add what varchar(9);\n",
    }
    kinds = {change.kind for change in assess_in("tsql", base, head).changes}
    assert (Kind.DOES_NOT_BIND in kinds) is is_broken


@pytest.mark.parametrize(("between", "is_told"), [("\ngo\n", True), ("\n", False)])
def test_what_stands_behind_a_batch_runs_in_its_turn(
    assess_in: AssessIn, between: str, is_told: bool
) -> None:
    """A procedure of T-SQL goes on to GO, through the whole of a sequence; the next file is another batch."""
    base = {"db/V1__first.sql": "create table item (id int);\n"}
    more = f"create procedure p as\nprint 'x';{between}insert into audit (id) values (1);\n"
    head = {**base, "db/V2__more.sql": more, "db/V3__audit.sql": "create table audit (id int);\n"}
    kinds = {change.kind for change in assess_in("tsql", base, head).changes}
    assert (Kind.DOES_NOT_BIND in kinds) is is_told


@pytest.mark.parametrize(("body", "is_broken"), [("2 from x", False), ("max(a) from x", True)])
def test_a_function_that_a_later_step_replaces(assess: Assess, body: str, is_broken: bool) -> None:
    """Its former body is not there any more: that of the last CREATE OR REPLACE counts."""
    text = "create or replace function f() returns int language plpgsql as $$ begin return (select BODY); end $$;\n"
    base = {**BASE, "db/migration/V2__move.sql": text.replace("BODY", "max(a) from x")}
    head = {**base, "db/migration/V3__drop.sql": DROP + text.replace("BODY", body)}
    assert ("f" in broken(assess, base, head)) is is_broken


def test_what_a_migration_copied_once_may_have_been_read_of_another_table(assess: Assess) -> None:
    """A name without a table, beside a table whose columns nobody knows, is past as well."""
    copied = "insert into u (id, a) select t.id, a from t join o on o.id = t.id;\n"
    base = {"db/V1__a.sql": "create table t (id int, a int);\ncreate table u (id int, a int);\n" + copied}
    found = assess(base, {**base, "db/V2__b.sql": "alter table t drop column a;\n"})
    assert not something_fails(found)
