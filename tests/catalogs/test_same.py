"""Exposures and dashboards that are one thing."""

from dataclasses import replace

import pytest

from contract_gate.catalogs.same import merged
from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.kinds import class_of
from contract_gate.compare.impact import AssetUse, Consumer, Effect, Impact, KnownBy
from contract_gate.core.marks import Marks
from contract_gate.core.relation import Location, RelationName


def change(identity: str, caused_by: str | None = None) -> Change:
    kind = Kind.COLUMN_REMOVED
    return Change(
        kind=kind, change_class=class_of(kind), certainty=Certainty.PROVEN, id=identity, caused_by=caused_by,
        relation=RelationName(("a", "b")), message="gone", column="amount",
    )  # fmt: skip


def exposure(name: str = "weekly_revenue", url: str | None = None, owner: str = "dana@example.com") -> Impact:
    known = Marks(name=name, url=url, owners=(owner,))
    return Impact(
        change="c1",
        consumer=Consumer(
            kind="exposure", name=name, path="models/e.yml", url=url, owners=(owner,), at_base=known
        ),
        effect=Effect.UNKNOWN,
        certainty=Certainty.UNDECIDED,
        location=Location(path="models/e.yml", line=3),
        by=KnownBy.DECLARED,
    )


def dashboard(
    name: str = "Weekly revenue", url: str | None = None, owner: str = "Dana@example.com"
) -> Impact:
    return Impact(
        change="c2",
        consumer=Consumer(
            kind="dashboard",
            name=name,
            url=url,
            owners=(owner,),
            usage=9,
            id="d1",
            standing=AssetUse(external_usage=9),
        ),
        effect=Effect.BREAKS,
        certainty=Certainty.POSSIBLE,
        by=KnownBy.COLUMNS,
    )


CHANGES = (change("c1"), change("c2", caused_by="c1"))


@pytest.mark.parametrize(
    ("mine", "theirs", "same"),
    [
        (exposure(), dashboard(), True),
        (exposure(owner="Dana <dana@example.com>"), dashboard(), True),
        (exposure(owner="Dana <dana@example.com>"), dashboard(owner="Dana"), True),
        (exposure(owner="sam@example.com"), dashboard(), False),
        (exposure(owner="Dana <sam@example.com>"), dashboard(), False),
        (exposure(name="other"), dashboard(), False),
        (exposure("x", "https://bi.example.com/d/1"), dashboard("y", "http://BI.example.com/d/1/"), True),
        (exposure(url="https://bi.example.com/d/1"), dashboard(url="https://bi.example.com/d/2"), False),
        (
            exposure(url="https://bi.example.com/d?id=1"),
            dashboard(url="https://bi.example.com/d?id=2"),
            False,
        ),
    ],
)
def test_what_is_one_thing(mine: Impact, theirs: Impact, same: bool) -> None:
    """An address, or a name with an owner, makes them one; two addresses make them two whatever they are called."""
    assert len(merged([mine], [theirs], CHANGES)) == (1 if same else 2)


@pytest.mark.parametrize("known", [None, Marks(name="other", owners=("dana@example.com",))])
def test_what_the_change_itself_declares(known: Marks | None) -> None:
    """An exposure that is new, or was called otherwise at the base, takes no dashboard's place."""
    mine = exposure()
    assert (
        len(merged([replace(mine, consumer=replace(mine.consumer, at_base=known))], [dashboard()], CHANGES))
        == 2
    )


def test_the_worse_is_kept_with_all_that_is_known() -> None:
    """What breaks by the catalog's column lineage breaks, at the exposure's line, with the dashboard's use."""
    (one,) = merged([exposure()], [dashboard()], CHANGES)
    assert (one.effect, one.by, one.location) == (
        Effect.BREAKS,
        KnownBy.COLUMNS,
        Location(path="models/e.yml", line=3),
    )
    assert (one.consumer.kind, one.consumer.path, one.consumer.id) == ("exposure", "models/e.yml", "d1")
    assert (one.consumer.usage, one.consumer.standing.external_usage) == (9, 9)


def test_an_owner_is_one_by_any_spelling() -> None:
    """A person whom the repository names with an address is not named again by the catalog's address."""
    (one,) = merged([exposure(owner="Dana <dana@example.com>")], [dashboard()], CHANGES)
    assert one.consumer.owners == ("Dana <dana@example.com>",)


def test_of_another_cause() -> None:
    """What two causes do to one thing stays two impacts."""
    assert len(merged([exposure()], [dashboard()], (change("c1"), change("c2")))) == 2
