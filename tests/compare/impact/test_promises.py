"""What a data contract promises of a column beyond its being there, and which changes break it."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact.impact import Effect
from tests.compare.impact.conftest import Assess

ID = "{name: id, logicalType: integer, unique: true, required: true}, {name: kind, logicalType: string}"
KIND = "{name: kind, logicalType: string, unique: true}"
ONCE, NEVER_NULL = "it promises that a value of `id` occurs once", "it promises that `id` is never NULL"


def contract(properties: str) -> str:
    return (
        "apiVersion: v3.0.2\nkind: DataContract\nid: x\nversion: 1.0.0\n"
        f"schema:\n  - name: o\n    physicalName: s.o\n    properties: [{properties}]\n"
    )


def table(more: str, id_type: str = "int not null") -> str:
    return f"create table s.o (id {id_type}, kind text{more});"


def view(query: str) -> str:
    return f"create view s.o as {query};"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (table(", unique (id)"), table(""), ONCE),
        (table(", primary key (id)"), table(""), ONCE),
        (view("select id, max(kind) as kind from s.raw group by id"), view("select id, kind from s.raw group by id, kind"), ONCE),
        (table(""), table("", "int"), NEVER_NULL),
        (view("select r.id, r.kind from s.raw r join s.c c on c.id = r.id"), view("select c.id, r.kind from s.raw r left join s.c c on c.id = r.id"), NEVER_NULL),
        (view("select id::int as id, kind from s.raw"), view("select id::text as id, kind from s.raw"), "it promises `id` as integer, and gets TEXT"),
    ],
    ids=["unique", "primary key", "grain", "not null", "outer join", "type"],
)  # fmt: skip
def test_a_promise_is_broken(assess: Assess, before: str, after: str, reason: str) -> None:
    """The reason says which promise it is."""
    contracts = {"o.odcs.yaml": contract(ID)}
    impacts = assess({"o.sql": before, **contracts}, {"o.sql": after, **contracts}).impacts
    assert [each.reason for each in impacts if each.effect is Effect.BREAKS] == [reason]


@pytest.mark.parametrize(
    ("properties", "before", "after", "kind"),
    [
        (KIND, table(", unique (id)"), table(""), Kind.CONSTRAINT_REMOVED),
        (ID, table(", check (id > 3)"), table(""), Kind.CONSTRAINT_REMOVED),
        (ID, table(", foreign key (id) references s.c (id)"), table(""), Kind.CONSTRAINT_REMOVED),
        (KIND, view("select id, kind from s.raw"), view("select id, 'x' || kind as kind from s.raw"), Kind.COLUMN_VALUES_CHANGED),
        (ID, view("select id, kind from s.raw where id > 1"), view("select id, kind from s.raw where id > 2"), Kind.ROWS_FILTER_CHANGED),
    ],
    ids=["another column's", "a check", "a foreign key", "other values", "other rows"],
)  # fmt: skip
def test_no_promise_is_broken(assess: Assess, properties: str, before: str, after: str, kind: Kind) -> None:
    """A change that takes nothing of what was promised breaks no promise."""
    contracts = {"o.odcs.yaml": contract(properties)}
    found = assess({"o.sql": before, **contracts}, {"o.sql": after, **contracts})
    assert [change.kind for change in found.changes] == [kind]
    assert [each for each in found.impacts if each.effect is Effect.BREAKS] == []


@pytest.mark.parametrize(
    ("after", "is_broken"), [("date", True), ("timestamptz", False), ("timestamp(3)", False)]
)
def test_a_time_of_day_is_promised(assess: Assess, after: str, is_broken: bool) -> None:
    """A timestamp that becomes a date has lost it; another kind of timestamp has not."""
    contracts = {"o.odcs.yaml": contract("{name: at, logicalType: timestamp}")}
    sides = [
        {"o.sql": view(f"select id::{each} as at from s.raw"), **contracts} for each in ("timestamp", after)
    ]
    assert any(each.effect is Effect.BREAKS for each in assess(*sides).impacts) is is_broken


@pytest.mark.parametrize(
    ("kind", "reasons"),
    [
        ("physicalType: int", ["it promises `id` as int, and gets TEXT"]),
        ("physicalType: text", []),
        ("description: x", []),
    ],
)
def test_a_type_of_the_engine_is_promised_word_by_word(assess: Assess, kind: str, reasons: list[str]) -> None:
    """One that the contract does not say is not promised."""
    contracts = {"o.odcs.yaml": contract(f"{{name: id, {kind}}}")}
    sides = [{"o.sql": view(f"select id::{each} as id from s.raw"), **contracts} for each in ("int", "text")]
    assert [each.reason for each in assess(*sides).impacts if each.effect is Effect.BREAKS] == reasons
