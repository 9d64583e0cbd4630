"""What a sync remembers: written, read back, and refused where it is not what a sync wrote."""

import pytest

from contract_gate.app.sync.state import Journal, PendingModel, SyncState, dumps, loads
from contract_gate.app.sync.values import MadeLink, Outcome, SyncEntry
from contract_gate.core.errors import UsageError
from contract_gate.core.relation import RelationName
from contract_gate.core.world import MadeUp, NamePart

NAME, OTHER = RelationName(("db", "s", "a.b")), RelationName(("old",))
STATE = SyncState(
    commit="a" * 40,
    pending=(
        PendingModel(relation=NAME, replaces=(OTHER,)),
        PendingModel(
            relation=OTHER,
            removed=True,
            words=(
                MadeUp(word="env_x", setting="env.X"),
                MadeUp(word="shop", setting="target.schema", part=NamePart.SCHEMA),
            ),
        ),
    ),
    journal=Journal(range="x..y", settled=(NAME,)),
    made=(MadeLink(exposure="exposure.shop.x", relation=NAME, rows=("r1", "r2")),),
)


def entry(outcome: Outcome, relation: RelationName = NAME, **more: bool) -> SyncEntry:
    return SyncEntry(relation=relation, path="a.sql", outcome=outcome, **more)


@pytest.mark.parametrize("state", [STATE, SyncState()])
def test_round_trip(state: SyncState) -> None:
    """What is written is read back, names with dots in a part included."""
    assert loads(dumps(state).encode(), "state.json") == state


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"schema_version": 2, "commit": null, "pending": [], "journal": null, "made": []}',
        '{"schema_version": 1, "commit": "--output=x", "pending": [], "journal": null, "made": []}',
        '{"schema_version": 1, "commit": null, "pending": 7, "journal": null, "made": []}',
        '{"schema_version": 1, "commit": null, "pending": [{"relation": [], "replaces": [], "removed": false}], "journal": null, "made": []}',
        '{"schema_version": 1, "commit": null, "pending": [], "journal": {"range": "a", "settled": [["a", 1, "b"]]}, "made": []}',
        "[" * 100_000,
    ],
)
def test_what_is_no_state(text: str) -> None:
    """It is an error with the way out, never an empty state: that would forget what is left to do."""
    with pytest.raises(UsageError, match=r"state\.json") as caught:
        loads(text.encode(), "state.json")
    assert "--all" in str(caught.value.hint)


def test_finished() -> None:
    """What is not settled stays to be done, with the names that it replaces; the journal is closed."""
    entries = [
        entry(Outcome.WRITTEN),
        entry(Outcome.LEFT_ALONE, OTHER),
        entry(Outcome.FAILED, RelationName(("gone",)), removed=True),
    ]
    after = STATE.finished("b" * 40, entries)
    assert after == SyncState(
        commit="b" * 40,
        pending=(
            PendingModel(relation=OTHER),
            PendingModel(relation=RelationName(("gone",)), removed=True),
        ),
        made=STATE.made,
    )


def test_journal() -> None:
    """It grows within a range by what is settled, and begins anew with another."""
    noted = STATE.noted("x..y", [entry(Outcome.IN_STEP, OTHER), entry(Outcome.FAILED, RelationName(("f",)))])
    assert noted.settled("x..y") == {NAME, OTHER}
    assert noted.noted("y..z", []).settled("y..z") == frozenset()
    assert noted.settled("y..z") == frozenset()
