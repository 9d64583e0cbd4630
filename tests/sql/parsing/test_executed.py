"""What MySQL runs of its comments."""

import pytest

from contract_gate.sql.parsing.executed import executed

VIEW = "/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`r`@`%` SQL SECURITY DEFINER */\n/*!50001 VIEW `a` AS select 1 AS `id` */;"


def test_a_view_as_mysqldump_writes_it() -> None:
    """All of it is the statement that it is, at the same places."""
    said = executed(VIEW, "mysql")
    assert " ".join(said.split()) == (
        "CREATE ALGORITHM=UNDEFINED DEFINER=`r`@`%` SQL SECURITY DEFINER VIEW `a` AS select 1 AS `id` ;"
    )
    assert len(said) == len(VIEW)
    assert said.index("VIEW `a`") == VIEW.index("VIEW `a`")


@pytest.mark.parametrize(
    "text",
    [
        "/*!40101 SET NAMES utf8 */;",
        "/*!40000 ALTER TABLE `t` DISABLE KEYS */;",
        "create table t (a int /*!80023 INVISIBLE */) /*!50100 PARTITION BY HASH (a) */",
        "select /*!50100 STRAIGHT_JOIN */ a from t",
        "select a /*!99999 , b */ from t",
        "select a /*!100600 , b */ from t",
        "select '/*!50000 , b */', `/*!50000 , b */` from t -- /*!50000 , b */",
        "select a /* x /*!50000 , b */ from t",
    ],
)
def test_what_stays_a_comment(text: str) -> None:
    """Settings, hints and storage, what no server runs, and what stands in a text or another comment."""
    assert executed(text, "mysql") == text


@pytest.mark.parametrize("dialect", ["postgres", "snowflake", ""])
def test_other_dialects(dialect: str) -> None:
    """There it is a comment like any other."""
    assert executed(VIEW, dialect) == VIEW
