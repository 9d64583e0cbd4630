"""XML that strangers wrote is read inside of bounds, as it is written."""

import pytest

from contract_gate.workspace.markup import MAX_ELEMENTS, BadXmlError, parse_xml


def test_text_between_elements() -> None:
    """The text of an element is what stands between its children, in one piece; each child has its line."""
    root = parse_xml("<?xml version='1.0'?>\n<a>one<b>two</b>\n<b k='v'/>three</a>", str.upper)
    assert (root.name, root.text, root.line) == ("A", "one\nthree", 2)
    assert [(each.name, each.text, each.line, each.get("k")) for each in root.children] == [
        ("B", "two", 2, ""), ("B", "", 3, "v")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<a>" + "<b/>" * MAX_ELEMENTS + "</a>", "more than 300,000 elements"),
        ("<a>" * 200 + "</a>" * 200, "nested too deeply"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entities of its own"),
        ("<a>", "no XML"),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    """A document that is too much, or declares what its text stands for, is not read."""
    with pytest.raises(BadXmlError, match=why):
        parse_xml(text, str)
