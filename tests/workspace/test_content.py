"""Digests of what can't be bound."""

import pytest

from contract_gate.workspace.content import rows_digest


@pytest.mark.parametrize(
    ("one", "other", "delimiter", "same"),
    [
        ("a,b\n1,x\n2,y\n", 'a,b\n"1","x"\n"2","y"\n', ",", True),
        ("a,b\n1,x\n2,y\n", "a,b\r\n2,y\r\n1,x", ",", True),
        ("a;b\n1;x\n", 'a;b\n"1";x\n', ";", True),
        ("a,b\n1,x\n", "a,b\n1,z\n", ",", False),
        ("a,b\n1,x\n", "a,b\n1,x\n1,x\n", ",", False),
        ('a,b\n1,"x,y"\n', "a,b\n1,x,y\n", ",", False),
        ('a,b\n1,"x\ny"\n', "a,b\n1,x\ny\n", ",", False),
    ],
)
def test_rows_are_the_same_however_they_are_written(one: str, other: str, delimiter: str, same: bool) -> None:
    """Quotes, line ends and the order of rows are no part of what a CSV file holds."""
    assert (rows_digest(one, delimiter) == rows_digest(other, delimiter)) is same
