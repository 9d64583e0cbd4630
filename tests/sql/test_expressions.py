"""The columns that an expression in YAML names."""

import pytest

from contract_gate.sql.expressions import columns_in


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Amount", ("amount",)),
        ("a + b * a", ("a", "b")),
        ("a + (select max(c) from t)", ("a",)),
        (f"{'(' * 40}a{')' * 40}", ("a",)),
        (f"{'(' * 41}a{')' * 41}", None),
        (" + ".join(["a"] * 1000), ("a",)),
        (" + ".join(["a"] * 1001), None),
        ("a +", None),
    ],
)
def test_columns_of_an_expression(text: str, columns: tuple[str, ...] | None) -> None:
    """Each is given once; what is no expression, or too long or too deep to be read here, gives none."""
    assert columns_in(text, "postgres") == columns
