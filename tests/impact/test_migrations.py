"""A migration that moved rows once has bound when it ran: a later step that drops what it read does not break it."""

import pytest

from contract_gate.impact import Effect
from tests.impact.conftest import Assess

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


def test_a_view_is_not_past(assess: Assess) -> None:
    """It reads the column each time that it is asked."""
    base = {**BASE, "db/migration/V2__move.sql": "create view v as select id, a from x;\n"}
    assert broken(assess, base, {**base, "db/migration/V3__drop.sql": DROP}) == ["v"]


def test_numbered_scripts_run_again(assess: Assess) -> None:
    """Without a word of migrations they may be run from the first to the last each night."""
    base = {"etl/01_first.sql": FIRST, "etl/02_move.sql": "insert into y select id, a from x;\n"}
    assert broken(assess, base, {**base, "etl/03_drop.sql": DROP}) == ["y"]
