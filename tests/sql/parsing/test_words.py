"""`contract_gate.sql.parsing.words`: two texts that differ in layout and comments alone."""

import pytest

from contract_gate import diff
from contract_gate.sql.parsing.words import same_words


@pytest.mark.parametrize(
    ("one", "other", "dialect"),
    [
        ("select a,b from t", "select a , b -- both\nfrom /* the */ t\n", "postgres"),
        ("select count(*) from `t`", "select count( * )\nfrom `t`", "bigquery"),
        ("do $$ begin select 1; end $$", "do $$ begin\n select  1; end $$", "postgres"),
        ("select from from", "select  from from", "postgres"),
    ],
)
def test_another_layout(one: str, other: str, dialect: str) -> None:
    """White space and comments are no words, also in a text that does not parse; then nothing changed."""
    assert same_words(one, other, dialect)
    assert diff(one, other, dialect, witness=False).changes == ()


@pytest.mark.parametrize(
    ("one", "other", "dialect"),
    [
        ("select 'a b'", "select 'a  b'", "postgres"),
        ("select 'a'", 'select "a"', "postgres"),
        ("select 'a'", "select $$a$$", "postgres"),
        ("select A", "select a", "postgres"),
        ("select rb'x'", "select rb 'x'", "bigquery"),
        ("select 1.5f", "select 1.5 f", "bigquery"),
        ("select 1 /*! + 1 */", "select 1 /*! + 2 */", "mysql"),
        ("select --1\n2", "select 2", "mysql"),
        ("select 1\nGO\nselect 2", "select 1 GO select 2", "tsql"),
        ("create function f() as $$ a $$", "create function f() as $$ a  $$", "postgres"),
        ("select 'x", "select  'x", "postgres"),
    ],
)
def test_other_words(one: str, other: str, dialect: str) -> None:
    """What stands in a text, two words that were one, and comments that MySQL runs are no layout; nor is a text that never ends."""
    assert not same_words(one, other, dialect)
    assert not same_words(other, one, dialect)


def test_an_unknown_dialect() -> None:
    """It is told, also of one and the same text."""
    with pytest.raises(ValueError, match="Unknown dialect"):
        diff("select 1", "select 1", "klingon")
