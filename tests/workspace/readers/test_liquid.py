"""Liquid in SQL: which texts it may become."""

import pytest

from contract_gate.workspace.readers.liquid import MOST_BRANCHES, variants


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ["a"]),
        ("{% if x %}a{% elsif y %}b{% else %}c{% endif %}", ["a", "b", "c"]),
        ("{% if x %}a{% endif %}+{% if y %}b{% else %}c{% endif %}", ["a + b", "a + c"]),
        ("{% if x %}{% if y %}a{% else %}b{% endif %}{% else %}c{% endif %}", ["a", "b", "c"]),
        ("{% case x %}{% when 'a' %}1{% when 'b' %}2{% endcase %}", ["1", "2"]),
        ("{% condition f %} t.a {% endcondition %}", ["(( t.a ) IS NOT NULL)"]),
        ("{% parameter p %}.x", ["{{ p }}.x"]),
        ("{% comment %} x {% endcomment %}a", ["a"]),
        ("{% endif %}a{% if x %}", ["a"]),
    ],
)
def test_branches(text: str, expected: list[str]) -> None:
    """Each branch is in one of the texts; what is not closed spoils nothing before it."""
    assert [" ".join(each.split()) for each in variants(text)] == expected


def test_lines_stay() -> None:
    """What is taken out leaves its lines."""
    assert [each.count("\n") for each in variants("{% if x\n %}a\n{% else %}\nb{% endif %}")] == [3, 3]


def test_many_branches() -> None:
    """They are bounded."""
    text = "{% if a %}0" + "".join(f"{{% elsif a %}}{n}" for n in range(1_000)) + "{% endif %}"
    assert len(variants(text)) == MOST_BRANCHES
