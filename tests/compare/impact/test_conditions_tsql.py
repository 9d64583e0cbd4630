"""T-SQL's `IF condition statement` without BEGIN … END: the statement counts as one in a block does."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact.assess import Assessment
from contract_gate.compare.impact.impact import Effect
from contract_gate.sql.scan import scan_script
from tests.compare.impact.conftest import AssessIn

BASE = {
    "db/V1__t.sql": "create table t (id int, a int)\nGO\n",
    "db/V2__v.sql": "create view v as select id, a from t\nGO\n",
}
STEPS = {
    "drop": ("if object_id('t') is not null{}drop table t", Kind.RELATION_REMOVED),
    "alter": ("if col_length('t', 'a') is not null{}alter table t drop column a", Kind.COLUMN_REMOVED),
    "exists": ("if exists (select 1 from sys.columns where name = 'a'){}alter table t drop column a", Kind.COLUMN_REMOVED),
    "else": ("if @@version = 'x' print 'old' else{}alter table t drop column a", Kind.COLUMN_REMOVED),
    "nested": ("if @@version <> 'x' if col_length('t', 'a') is not null{}alter table t drop column a", Kind.COLUMN_REMOVED),
    "block": ("if object_id('t') is not null begin{}drop table t end", Kind.RELATION_REMOVED),
}  # fmt: skip


def after(assess_in: AssessIn, step: str) -> Assessment:
    return assess_in("tsql", BASE, {**BASE, "db/V3__x.sql": step})


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("gap", [" ", "\n    "])
def test_a_conditional_step_counts(assess_in: AssessIn, step: str, gap: str) -> None:
    text, kind = STEPS[step]
    found = after(assess_in, text.format(gap) + "\nGO\n")
    assert kind in {change.kind for change in found.changes}
    assert [impact.effect for impact in found.impacts if impact.consumer.name == "v"] == [Effect.BREAKS]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("if (select max(a) from t) > 3 print 'x'", ["query"]),
        ("while exists (select 1 from t) delete top (10) from t", ["query", "change t"]),
        ("if (select count(*) from t) = 0 insert into u values (1) else update t set a = 2", ["query", "rows u", "change t"]),
        ("if update(a) or update(b) insert into u select a from inserted", ["fill u"]),
        ("if object_id('t') is null create table t (a int)", ["create-if-missing t"]),
        ("while @i < case when @j = 1 then 2 else 3 end set @i = @i + 1", ["context"]),
        ("select 1\nif @a = 1\nbegin\n  drop table t\nend\nselect 2", ["query", "drop t", "query"]),
        ("if @@error <> 0 and @x in (1, 2) goto done", ["other"]),
    ],
)  # fmt: skip
def test_a_condition_and_its_statement(text: str, pieces: list[str]) -> None:
    """What the condition asks is read, and each statement is one of its own."""
    found = [
        f"{p.action} {p.relation}" if p.relation else str(p.action) for p in scan_script(text, "tsql").pieces
    ]
    assert found == pieces


def test_a_view_that_is_dropped_first_where_it_is_there(assess_in: AssessIn) -> None:
    drop = "if exists (select 1 from sys.views where name = 'v')\n    drop view v\nGO\n"
    base = {
        "t.sql": "create table t (id int, a int)\nGO\n",
        "v.sql": f"{drop}create view v as select id from t\nGO\n",
    }
    found = assess_in("tsql", base, {**base, "v.sql": base["v.sql"].replace("select id", "select id, a")})
    assert [change.kind for change in found.changes] == [Kind.COLUMN_ADDED]


@pytest.mark.parametrize(
    "step",
    [
        "if col_length('t', 'a') is null alter table t add a int",
        "if not exists (select 1 from sys.columns where name = 'a')\n    alter table t add a int",
        "if object_id('t') is null create table t (id int)",
        "if object_id('w') is not null drop table w",
        "if col_length('t', 'a') is null begin alter table t add a int end",
        "if col_length('t', 'a') is null\nbegin\n    begin try alter table t add a int; end try begin catch throw; end catch\nend\nselect 2",
        "if col_length('t', 'a') is not null begin print 'x' end else begin alter table t add a int; print 'y' end",
        "if object_id('t') is null begin exec('create table t (id int)') end",
    ],
)
def test_a_step_that_asks_first_does_nothing_where_it_is_done(assess_in: AssessIn, step: str) -> None:
    """It is no step that its engine refuses, and takes nothing away."""
    found = after(assess_in, f"{step}\nGO\n")
    assert (found.changes, found.impacts) == ((), ())


@pytest.mark.parametrize(
    "step",
    [
        "if @@version <> 'x' begin alter table t add a int end",
        "if col_length('t', 'a') is null begin print 'x' end\nalter table t add a int",
        "if col_length('t', 'a') is null print 'x'\nalter table t add a int",
    ],
)
def test_a_block_is_behind_its_own_condition_alone(assess_in: AssessIn, step: str) -> None:
    """What asks no catalog, or stands behind the block, is refused where it is done."""
    assert Kind.DOES_NOT_BIND in {change.kind for change in after(assess_in, f"{step}\nGO\n").changes}


@pytest.mark.parametrize(
    "step",
    [
        "if col_length('t', 'a') is not null exec('alter table t drop column a')",
        "if @@version <> 'x'\n    execute (N'alter table t drop column a')\nselect 2",
        "begin try exec ('alter table t drop column a') end try begin catch print 'x' end catch",
        "if @@version <> 'x' exec sys.sp_executesql @stmt = N'alter table t drop column a'",
    ],
)
def test_a_text_that_is_run_behind_a_condition(assess_in: AssessIn, step: str) -> None:
    """What `EXEC ('…')` runs counts wherever it stands; what another server runs does not."""
    found = after(assess_in, f"{step}\nGO\n")
    assert [impact.effect for impact in found.impacts if impact.consumer.name == "v"] == [Effect.BREAKS]
    elsewhere = "if @@version <> 'x' exec('alter table t drop column a') at srv\nGO\n"
    assert after(assess_in, elsewhere).impacts == ()
