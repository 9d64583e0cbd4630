"""What a table declares of itself and of others: foreign keys, NOT NULL, and the steps of migrations over them."""

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact.impact import Effect
from tests.compare.impact.conftest import Assess, AssessIn

KEYED = {
    "a.sql": "create table a (id int primary key, code int unique);",
    "w.sql": "create table w (c int references a (code));",
    "x.sql": "create table x (c int, d int, foreign key (d) references a (id));",
}


def test_a_column_that_a_foreign_key_names_is_removed(assess: Assess) -> None:
    """The table with the foreign key can't be made any more; one that refers to another column can."""
    found = assess(KEYED, {**KEYED, "a.sql": "create table a (id int primary key);"})
    broken = [(i.consumer.path, i.effect, i.certainty) for i in found.impacts if i.effect is Effect.BREAKS]
    assert broken == [("w.sql", Effect.BREAKS, Certainty.PROVEN)]


def test_tables_that_refer_to_each_other_are_no_circle_of_readers(assess: Assess) -> None:
    """A foreign key reads no row: new rows in one table are nobody's concern in the other."""
    base = {
        "a.sql": "create table a (id int primary key, b_id int references b (id));",
        "b.sql": "create table b (id int primary key, a_id int references a (id));",
    }
    found = assess(
        base, {**base, "a.sql": "create table a (id int primary key, b_id int references b (id), n int);"}
    )
    assert found.impacts == ()
    assert {change.kind for change in found.changes} == {Kind.COLUMN_ADDED}


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("alter table a alter column n drop not null;", Kind.COLUMN_NULLABLE),
        ("alter table a alter column n type varchar(5);", Kind.COLUMN_TYPE_CHANGED),
        ("alter table a alter column n type text;", Kind.COLUMN_TYPE_WIDENED),
        ("alter table a drop constraint one;", Kind.CONSTRAINT_REMOVED),
        ("alter table a add constraint two check (id > 0);", Kind.CONSTRAINT_ADDED),
    ],
)
def test_a_migration_changes_what_a_table_declares(assess: Assess, step: str, kind: Kind) -> None:
    """A later step is told as the change of the declaration that it makes, and as nothing else."""
    base = {"db/V1__a.sql": "create table a (id int, n varchar(9) not null, constraint one unique (id));"}
    found = assess(base, {**base, "db/V2__b.sql": step})
    assert {change.kind for change in found.changes} == {kind}


@pytest.mark.parametrize(
    ("dialect", "before", "after", "kind"),
    [
        ("postgres", 'a text collate "C"', "a text", Kind.CONSTRAINT_REMOVED),
        ("snowflake", "a varchar collate 'en-ci'", "a varchar", Kind.CONSTRAINT_REMOVED),
        ("mysql", "a varchar(5) character set utf8mb4", "a varchar(5) character set latin1", Kind.CONSTRAINT_REMOVED),
        ("postgres", "a int, exclude using gist (a with =)", "a int", Kind.CONSTRAINT_REMOVED),
        ("postgres", "a int references p (id)", "a int references p (id) on delete cascade", Kind.CONSTRAINT_REMOVED),
        ("mysql", "a int primary key auto_increment", "a int primary key", Kind.COLUMN_VALUES_CHANGED),
        ("snowflake", "a int autoincrement", "a int", Kind.COLUMN_VALUES_CHANGED),
        ("oracle", "a varchar2(5)", "a varchar2(50)", Kind.COLUMN_TYPE_WIDENED),
        ("oracle", "a number, b number generated always as (a*2) virtual", "a number, b number generated always as (a*3) virtual", Kind.COLUMN_VALUES_CHANGED),
    ],
)  # fmt: skip
def test_what_a_column_is_declared_with_is_a_fact(
    assess_in: AssessIn, dialect: str, before: str, after: str, kind: Kind
) -> None:
    """What decides which texts are equal, which rows are refused and what a column is filled with."""
    files = [{"t.sql": f"create table t ({items});"} for items in (before, after)]
    assert kind in {change.kind for change in assess_in(dialect, *files).changes}


@pytest.mark.parametrize(
    ("dialect", "items", "step", "kind"),
    [
        ("mysql", "a int, constraint c check (a > 1)", "alter table t drop check c", Kind.CONSTRAINT_REMOVED),
        ("mysql", "a int, constraint f foreign key (a) references p (id)", "alter table t drop foreign key f", Kind.CONSTRAINT_REMOVED),
        ("oracle", "a number, constraint c check (a > 1)", "alter table t disable constraint c", Kind.CONSTRAINT_REMOVED),
        ("tsql", "a int, constraint c check (a > 1)", "alter table t nocheck constraint c", Kind.CONSTRAINT_REMOVED),
        ("postgres", "a int check (a > 1)", "alter table t drop constraint t_a_check", Kind.CONSTRAINT_REMOVED),
        ("postgres", "a int generated always as identity", "alter table t alter column a drop identity", Kind.COLUMN_VALUES_CHANGED),
        ("postgres", "a int, b int generated always as (a * 2) stored", "alter table t alter column b drop expression", Kind.COLUMN_VALUES_CHANGED),
    ],
)  # fmt: skip
def test_what_a_migration_no_longer_declares_is_told(
    assess_in: AssessIn, dialect: str, items: str, step: str, kind: Kind
) -> None:
    """In the words of each engine, and by the names that PostgreSQL gives where nobody gave one."""
    base = {"db/V1__a.sql": f"create table t ({items});"}
    found = assess_in(dialect, base, {**base, "db/V2__b.sql": f"{step};"})
    assert {change.kind for change in found.changes} == {kind}


@pytest.mark.parametrize(
    ("dialect", "before", "after", "named", "breaks"),
    [
        ("postgres", "id int, k int unique", "id int, k int", "(k)", True),
        ("postgres", "id int, k int unique", "id int, k int primary key", "(k)", False),
        ("postgres", "id int, k int unique", "id int, k int); create unique index i on p (k", "(k)", False),
        ("postgres", "id int unique, k int unique", "id int, k int unique", "(k)", False),
        ("postgres", "id int primary key", "id int", "", True),
        ("tsql", "id int, k int unique", "id int, k int", "(k)", True),
        ("duckdb", "id int, k int unique", "id int, k int", "(k)", True),
        ("sqlite", "id int, k int unique", "id int, k int", "(k)", False),
    ],
)
def test_a_key_that_goes_breaks_the_foreign_keys_that_name_it(
    assess_in: AssessIn, dialect: str, before: str, after: str, named: str, breaks: bool
) -> None:
    """A foreign key names columns that are a key; SQLite asks for that only when rows come."""
    base = {"p.sql": f"create table p ({before});", "c.sql": f"create table c (x int references p {named});"}
    found = assess_in(dialect, base, {**base, "p.sql": f"create table p ({after});"})
    assert ({i.consumer.path for i in found.impacts if i.effect is Effect.BREAKS} == {"c.sql"}) is breaks
