"""A view that a later statement says anew, and one in a comment that MySQL runs."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import AssessIn

BASE = {
    "a.sql": "create view s.a as select id, amount from s.raw;\n",
    "b.sql": "create view s.b as select id, amount from s.a;\n",
}


@pytest.mark.parametrize(
    ("dialect", "said"),
    [
        ("tsql", "go\nalter view s.a as select id from s.raw\ngo\n"),
        ("tsql", "go\nalter view [s].[a] (id) with schemabinding as with c as (select id from s.raw) select id from c\n"),
        ("tsql", "exec('alter view s.a as select id from s.raw')\n"),
        ("mysql", "alter view s.a as select id from s.raw;\n"),
        ("mysql", "alter algorithm=merge definer=`x`@`%` sql security invoker view s.a as select id from s.raw;\n"),
        ("databricks", "alter view s.a as select id from s.raw;\n"),
    ],
)  # fmt: skip
def test_alter_view(assess_in: AssessIn, dialect: str, said: str) -> None:
    """What the view was before is not what it is."""
    found = assess_in(dialect, BASE, {**BASE, "a.sql": BASE["a.sql"] + said})
    assert [change.column for change in found.changes if change.kind is Kind.COLUMN_REMOVED] == ["amount"]
    assert {impact.consumer.name: impact.effect for impact in found.impacts} == {"s.b": Effect.BREAKS}


def test_alter_view_that_says_nothing_of_its_query(assess_in: AssessIn) -> None:
    """An option of a view leaves it as it is."""
    said = "alter view s.a set options (description = 'as select id from s.raw');\n"
    assert not assess_in("bigquery", BASE, {**BASE, "a.sql": BASE["a.sql"] + said}).impacts


DUMP = (
    "/*!50001 CREATE VIEW `s`.`a` AS SELECT 1 AS `id`, 1 AS `amount`*/;\n/*!50001 DROP VIEW IF EXISTS `s`.`a`*/;\n"
    "/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`r`@`%` SQL SECURITY DEFINER */\n"
    "/*!50001 VIEW `s`.`a` AS select `r`.`id` AS `id`,`r`.`amount` AS `amount` from `s`.`raw` `r` */;\n"
)


def test_a_view_of_a_dump(assess_in: AssessIn) -> None:
    """It loses what its last statement loses, and breaks where a column of its table goes."""
    base = {**BASE, "a.sql": DUMP, "raw.sql": "create table s.raw (id int, amount int);\n"}
    less = DUMP.replace(",`r`.`amount` AS `amount`", "")
    for head, broken in (
        ({"a.sql": less}, {"s.b"}),
        ({"raw.sql": "create table s.raw (id int);\n"}, {"s.a", "s.b"}),
    ):
        found = assess_in("mysql", base, {**base, **head})
        assert {one.consumer.name for one in found.impacts if one.effect is Effect.BREAKS} == broken


def test_a_column_in_a_comment_that_is_run(assess_in: AssessIn) -> None:
    """It is a column, and its name without the comment is the same view."""
    base = {**BASE, "a.sql": "create view s.a as select id /*!50000 , amount */ from s.raw;\n"}
    gone = assess_in("mysql", base, {**base, "a.sql": "create view s.a as select id from s.raw;\n"})
    assert {one.consumer.name for one in gone.impacts if one.effect is Effect.BREAKS} == {"s.b"}
    assert not assess_in("mysql", base, {**base, "a.sql": BASE["a.sql"]}).changes
