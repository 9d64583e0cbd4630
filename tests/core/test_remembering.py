"""What is kept stands under all that it was made of, and nothing else."""

from dataclasses import dataclass, field, replace

import pytest

from contract_gate.core.relation import Column, RelationName
from contract_gate.core.remembering import remembered, remembering, spelled
from contract_gate.sql.algebra import Output, Scan, Select, Source, Term

COLUMN = Term("column", value="id", source=1)
SCAN = Scan(name=RelationName(("orders",)), known=(Column(name="id"),), lacking=frozenset({"a", "b"}))
QUERY = Select(sources=(Source(id=1, relation=SCAN),), outputs=(Output(name="id", term=COLUMN),))


@pytest.mark.parametrize(
    "other",
    [
        replace(QUERY, sources=(Source(id=1, relation=replace(SCAN, lacking=frozenset({"a"}))),)),
        replace(
            QUERY, sources=(Source(id=1, relation=replace(SCAN, known=(Column(name="id", required=True),))),)
        ),
        replace(QUERY, outputs=(Output(name="id", term=replace(COLUMN, routine=RelationName(("f",)))),)),
        replace(QUERY, outputs=(Output(name="id", term=COLUMN, line=2),)),
        replace(QUERY, limit=Term("number", value="1")),
    ],
)
def test_every_field_is_spelled(other: Select) -> None:
    """What two values differ in is spelled, the fields that equality leaves out among them."""
    assert spelled(QUERY) != spelled(other)
    assert spelled(QUERY) == spelled(replace(QUERY))


def test_a_query_that_is_read_twice() -> None:
    """One query in two places is another matter than two that say the same: a random number is drawn once or twice."""
    twice, copied = (QUERY, QUERY), (QUERY, replace(QUERY))
    assert twice == copied
    assert spelled(twice) != spelled(copied)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b"), ("a;'b'",)),
        ((1,), ("1",)),
        ((True,), (1,)),
        ((None,), ("None",)),
        ((("a",), "b"), (("a", "b"),)),
        (("#0;",), (QUERY,)),
        ({"a": 1}, [("a", 1)]),
        ({"a": 1}, {"a": "1"}),
    ],
)
def test_no_two_values_have_one_spelling(one: object, other: object) -> None:
    """Marks within texts end nothing, and what has another type is another value."""
    assert spelled(one) != spelled(other)


def test_a_set_has_no_order() -> None:
    """A set is spelled alike however it was filled."""
    names = [f"c{number}" for number in range(50)]
    assert spelled(frozenset(names)) == spelled(frozenset(reversed(names)))


def test_fields_that_are_left_out() -> None:
    """Fields of the classes go at every depth; what a table of the user's calls so stays."""
    other = replace(QUERY, outputs=(Output(name="id", term=COLUMN, line=7),))
    assert spelled(QUERY, frozenset({"line"})) == spelled(other, frozenset({"line"}))
    assert spelled({"line": 1}, frozenset({"line"})) != spelled({"line": 2}, frozenset({"line"}))


def test_what_is_no_value_is_not_spelled() -> None:
    """A thing whose parts nobody knows can't name an answer."""
    with pytest.raises(TypeError, match="function is not spelled"):
        spelled((lambda: 1,))


@dataclass
class Kept:
    facts: dict[bytes, bytes] = field(default_factory=dict)

    def get(self, key: bytes) -> bytes | None:
        return self.facts.get(key)

    def keep(self, key: bytes, fact: bytes) -> None:
        self.facts[key] = fact


def test_what_was_worked_out_is_taken_over() -> None:
    """Only the same question of the same values finds an answer, and only where answers are kept."""
    asked: list[str] = []

    def ask(name: str, *given: str) -> tuple[Column, ...]:
        def make() -> tuple[Column, ...]:
            asked.append(name)
            return (Column(name="".join(given)),)

        return remembered(name, given, Column, make)

    with remembering(Kept()):
        answers = [ask("a", "x"), ask("a", "x"), ask("b", "x"), ask("a", "x", ""), ask("a", "y")]
    assert asked == ["a", "b", "a", "a"]
    assert [each[0].name for each in answers] == ["x", "x", "x", "x", "y"]
    ask("a", "x")
    assert asked[4:] == ["a"]


def test_a_fault_is_not_kept() -> None:
    """What ended in an error is tried again."""

    def fail() -> tuple[Column, ...]:
        raise ValueError

    kept = Kept()
    with remembering(kept), pytest.raises(ValueError):
        remembered("a", ("x",), Column, fail)
    assert kept.facts == {}
