"""What is answered about something else than was asked is no answer, and what is there already is not written again."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from contract_gate.catalogs.secoda.documentation import DocumentationClient
from contract_gate.catalogs.secoda.errors import FilterIgnored, UnexpectedReply
from contract_gate.catalogs.secoda.fields import number_of
from contract_gate.catalogs.secoda.members import MemberRole, Members, NewMember, PlannedMember
from contract_gate.catalogs.secoda.rows import LineageRows
from contract_gate.catalogs.secoda.use import _check
from contract_gate.catalogs.secoda.wire import MemberRow

ROW = {"id": "r1", "from_entity": "a", "to_entity": "b", "direction": "UPSTREAM"}


class Fixed:
    """Answers each question with the same, and keeps what was asked; it takes nothing."""

    def __init__(self, answer: Mapping[str, object]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def get(self, path: str, *_: object) -> Any:
        self.asked.append(path)
        return self.answer


def test_another_row_than_was_asked_for() -> None:
    """A row of lineage is shown before it is deleted: it has to be the one that the id names."""
    rows = LineageRows(Fixed(ROW))  # type: ignore[arg-type]
    assert asyncio.run(rows.get("R1")).id == "r1"
    with pytest.raises(UnexpectedReply, match="another row"):
        asyncio.run(rows.get("r2"))


def test_another_entity_than_was_asked_for() -> None:
    """Documentation of another entity is not taken for this one's; one without an id is nobody's."""
    client = DocumentationClient(Fixed({"id": "t1", "description": "kept"}))  # type: ignore[arg-type]
    assert asyncio.run(client.read("T1")).description == "kept"
    with pytest.raises(UnexpectedReply, match="another entity"):
        asyncio.run(client.read("t2"))
    with pytest.raises(UnexpectedReply, match="without an id"):
        asyncio.run(DocumentationClient(Fixed({"description": "x"})).read("t1"))  # type: ignore[arg-type]


def test_what_is_written_already_is_not_written_again() -> None:
    """A field that has something is left alone: nothing is sent."""
    asked = Fixed({"id": "t1", "description": "kept"})
    client = DocumentationClient(asked)  # type: ignore[arg-type]
    assert asyncio.run(client.fill("t1", "table", {"description": "new"})) == ()
    assert len(asked.asked) == 1


def test_who_is_there_is_not_added() -> None:
    """A person who is there already is neither asked about nor written."""
    asked = Fixed({})
    there = PlannedMember(
        member=NewMember(email="a@x.y", role=MemberRole.VIEWER), groups=(), teams=(),
        known=MemberRow(id="u", email="a@x.y", role="admin", groups=None),
    )  # fmt: skip

    async def add() -> list[object]:
        return [one async for one in Members(asked).add([there])]  # type: ignore[arg-type]

    assert asyncio.run(add()) == []
    assert asked.asked == []


def test_only_dashboards_are_dashboards() -> None:
    """A list that ignores its filter is no list of dashboards: tables would be told as unused ones."""
    _check({"id": "d", "title": "d", "entity_type": "dashboard"})
    with pytest.raises(FilterIgnored):
        _check({"id": "t", "title": "t", "entity_type": "table"})


@pytest.mark.parametrize(
    ("value", "number"), [(2.0, 2), (2.5, None), (True, None), ("12", 12), ("1.5", None), (None, None)]
)
def test_whole_numbers(value: object, number: int | None) -> None:
    """A count is read as JSON or text writes it, and what is no whole number is none."""
    assert number_of(value) == number  # type: ignore[arg-type]
