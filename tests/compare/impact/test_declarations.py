"""What a table declares of itself and of others: foreign keys, NOT NULL, and the steps of migrations over them."""

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact.impact import Effect
from tests.compare.impact.conftest import Assess

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
