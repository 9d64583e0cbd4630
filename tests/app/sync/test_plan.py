"""The plan for one model, from what the catalog shows and what Secoda reads."""

import pytest

from contract_gate.app.sync.cataloged import CatalogedTable
from contract_gate.app.sync.plan import InStep, LeftAlone, Write, differences, plan, wanted_pairs
from contract_gate.app.sync.values import SyncModel
from contract_gate.catalogs.catalog import Asset
from contract_gate.catalogs.secoda.preview import Preview
from contract_gate.catalogs.secoda.wire import PreviewColumn, PreviewReply, PreviewTable
from contract_gate.core.relation import RelationName

TARGET = Asset(id="T", kind="table", name="t", title_full="db.s.t")
SOURCE = Asset(id="S", kind="table", name="s", title_full="db.s.src")
ASSETS = {
    "t": TARGET,
    "s": SOURCE,
    "tc": Asset(id="tc", kind="column", name="c", parent="T"),
    "sc": Asset(id="sc", kind="column", name="c", parent="S"),
}
MODEL = SyncModel(
    relation=RelationName(("db", "s", "t")),
    path="t.sql",
    dialect="postgres",
    sql="…",
    sources=(RelationName(("db", "s", "src")),),
)


def present(*pairs: tuple[str, str], manual: tuple[tuple[str, str], ...] = ()) -> CatalogedTable:
    return CatalogedTable(
        table=TARGET,
        columns=frozenset({"tc"}),
        pairs=frozenset((*pairs, *manual)),
        automatic=frozenset(pairs),
        rows={pair: ("-".join(pair),) for pair in pairs},
        assets=ASSETS,
    )


def seen(*columns: tuple[str, str], target: str | None = "T", sources: tuple[str, ...] = ("S",)) -> Preview:
    reply = PreviewReply(
        sources=tuple(PreviewTable(id=one, name="db.s.src") for one in sources),
        columns=tuple((PreviewColumn(id=a, name=a), PreviewColumn(id=b, name=b)) for a, b in columns),
        target=None if target is None else PreviewTable(id=target, name="db.s.other"),
    )
    return Preview(reply=reply, sent="select …")


def test_write() -> None:
    """What is missing is added under its names, and the text that was previewed is the one written."""
    step = plan(MODEL, present(), seen(("SC", "TC")))
    assert isinstance(step, Write)
    assert [(edge.source_name, edge.target_name) for edge in step.adds] == [
        ("db.s.src", "db.s.t"),
        ("db.s.src.c", "db.s.t.c"),
    ]
    assert (step.sql, step.drops) == ("select …", ())


def test_in_step_without_case() -> None:
    """Ids are compared without case; lineage made by hand counts as there."""
    assert plan(MODEL, present(("s", "t")), seen()) == InStep(absent=())
    by_hand = present(("s", "t"), manual=(("sc", "tc"),))
    assert plan(MODEL, by_hand, seen(("SC", "Tc"))) == InStep(absent=())


def test_manual_is_not_dropped() -> None:
    """Lineage made by hand that Secoda does not read is no reason to write."""
    assert plan(MODEL, present(("s", "t"), manual=(("x", "t"),)), seen()) == InStep(absent=())


def test_self_reference() -> None:
    """A table that reads itself needs no lineage to itself."""
    assert wanted_pairs(TARGET, seen(("tc", "TC"), sources=("S", "T"))) == {("s", "t")}


@pytest.mark.parametrize(
    ("preview", "reason"),
    [
        (seen(target=None), "can't tell the target"),
        (seen(target="other"), "another target: db.s.other"),
        (seen(sources=()), "no source"),
        (seen(("sc", "elsewhere")), "columns that the table does not have"),
    ],
)
def test_left_alone(preview: Preview, reason: str) -> None:
    """A preview that is not surely about this table is not written."""
    step = plan(MODEL, present(("s", "t")), preview)
    assert isinstance(step, LeftAlone)
    assert reason in step.reason


def test_differences() -> None:
    """What is read back is compared with what was written."""
    wanted = frozenset({("s", "t"), ("sc", "tc")})
    assert differences(wanted, present(("s", "t"), ("sc", "tc"))) is None
    assert differences(wanted, present(("s", "t"), manual=(("sc", "tc"), ("x", "t")))) is None
    assert differences(wanted, present(("s", "t"), ("old", "t"))) == (
        "read back: 1 written not shown, 1 shown not written"
    )
