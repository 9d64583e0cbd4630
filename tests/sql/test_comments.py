"""Where a text of SQL has comments and strings."""

import pytest

from contract_gate.sql.comments import on_one_line, without_comments, without_noise


def test_two_dashes_in_a_string_begin_no_comment() -> None:
    """Words behind them are words of the statement."""
    assert without_comments("select '--', secret from t -- and more").rstrip() == "select '--', secret from t"


def test_a_lone_apostrophe_hides_no_code() -> None:
    """What stands on the lines below is read."""
    assert "from t" in without_noise("it's\nselect a\nfrom t where b = 'x'")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return 'x  y';", "return 'x y';"),
        ("return '-- a';", "return '-- b';"),
        ("return '/* a */';", "return '';"),
        ("return 'a\n  b';", "return 'a b';"),
    ],
)
def test_what_a_string_says_is_no_layout(before: str, after: str) -> None:
    """White space and dashes in a string are its value."""
    assert on_one_line(before) != on_one_line(after)


def test_layout_and_comments_say_nothing() -> None:
    """Lines, blanks and comments between the words make no other text."""
    assert on_one_line("begin  -- why\n\treturn 'a';\nend") == on_one_line("begin return /* how */ 'a'; end")
