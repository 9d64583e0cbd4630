"""Digests of what can't be bound."""

import pytest

from contract_gate.workspace.content import csv_header, may_write, rows_digest, template_digest


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


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("{%- if a -%} {{ f('x  y') | indent(4) }} -- why\n{%- endif %}", True),
        ("{%- if a -%} {# what #}\n{{f('x  y') | indent(4)}}\n\n{%-endif%}", True),
        ("{% if a -%} {{ f('x  y') | indent(4)}} {%- endif %}", False),
        ("{%- if a -%} {{ f('x y') | indent(4)}} {%- endif %}", False),
    ],
)
def test_the_layout_of_a_template(other: str, same: bool) -> None:
    """White space at the ends of its tags, comments and lines say nothing; a dash that trims, and what is quoted, do."""
    template = "{%- if a -%}\n  {{ f('x  y') | indent(4)}}\n{%- endif %}"
    assert (template_digest(template) == template_digest(other)) is same


@pytest.mark.parametrize(
    ("text", "delimiter", "names"),
    [
        ("id, amount\n1,2\n", ",", ["id", "amount"]),
        ('id,"amount\nin euros",day\n1,2,3\n', ",", ["id", "amount\nin euros", "day"]),
        ("id;amount\n", ";", ["id", "amount"]),
        (f"id,{'a' * 200_000}\n", ",", []),
        ("", ",", []),
    ],
)
def test_the_header_of_rows(text: str, delimiter: str, names: list[str]) -> None:
    """A name may go over lines in quotes; a field that is too long to be one makes no columns, and no fault."""
    assert csv_header(text, delimiter) == names


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("call fill('a')", True),
        ("exec dbo.fill 'a'", True),
        ("EXECUTE IMMEDIATE 'x'", True),
        ("exchange tables a and b", True),
        ("rename table a to b", True),
        ("load data inpath 'x' into table a", True),
        ("grant execute on function f to r", False),
        ("analyze table load", False),
        ("set search_path = a", False),
        ("select executed, loaded from a", False),
    ],
)
def test_what_may_change_rows(statement: str, told: bool) -> None:
    """A procedure, text that is run and tables that change places may; rights, statistics and settings do not."""
    assert may_write(statement) is told
