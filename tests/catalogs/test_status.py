"""What a catalog's answers come to."""

from contract_gate.catalogs.catalog import Answer, Asset, Downstream, Unavailable
from contract_gate.catalogs.status import some, state_of
from contract_gate.core.coverage import CatalogStatus
from contract_gate.core.relation import RelationName


def test_many_reasons_are_counted() -> None:
    """Each reason is told once, the first five of more, and how many there are besides."""
    assert some(["a", "b", "a"]) == ["a", "b"]
    assert some("abcde") == [*"abcde"]
    assert some(str(number) for number in range(1_205)) == ["0", "1", "2", "3", "4", "and 1,200 more reasons"]


def test_a_deadline_that_cuts_thousands() -> None:
    """The note stays a sentence where every relation has a reason of its own; which were not answered is all told."""
    names = [RelationName(("s", f"t{number}")) for number in range(2_000)]
    cut: dict[RelationName, Answer] = {
        name: Downstream(
            relation=name,
            as_asset=Asset(id=name.name, kind="table", name=name.name),
            truncated=f"no reply about {name}",
        )
        for name in names[1:]
    }
    state = state_of("secoda", {names[0]: Unavailable(relation=names[0], reason="late"), **cut}, as_of=None)
    assert state.status is CatalogStatus.PARTIAL
    assert state.note == (
        "late; no reply about s.t1; no reply about s.t2; no reply about s.t3; no reply about s.t4; and 1,995 more reasons"
    )
    assert len(state.unanswered) == 2_000
