"""The interface's values: recognising the repository's models, and grading what is known of a column."""

import asyncio

import pytest

from contract_gate.catalogs.catalog import (
    Asset,
    Downstream,
    Evidence,
    NoCatalog,
    OwnModels,
    Question,
    Reached,
    Unavailable,
)
from contract_gate.core.relation import RelationName
from contract_gate.reports.report import CatalogStatus


def table(full: str | None, kind: str = "table") -> Asset:
    return Asset(id="t", kind=kind, name="t", title_full=full)


@pytest.mark.parametrize(
    ("own", "full", "found"),
    [
        ("db.s.t", "DB.S.T", True),
        ("s.t", "DB.S.T", True),
        ("db.s.t", "S.T", True),
        ("db.s.t", '"DB"."S"."T"', True),
        ("other.s.t", "DB.S.T", False),
        ("db.other.t", "DB.S.T", False),
        ("t", "DB.S.T", False),
        ("t", "T", True),
        ("db.s.t", None, False),
    ],
)
def test_own_models(own: str, full: str | None, found: bool) -> None:
    """A model is recognised by schema and name at least; a bare name is found in too many schemas."""
    name = RelationName(tuple(own.split(".")))
    assert OwnModels([name]).find(table(full)) == (name if found else None)


def test_quoted_own_model() -> None:
    """A name that is quoted in the warehouse is recognised without its quotes."""
    name = RelationName(("db", '"S"', '"MixedCase"'))
    assert OwnModels([name]).find(table("DB.S.MixedCase")) is name


def test_only_tables_are_models() -> None:
    """A chart that is called like a model is not one."""
    assert OwnModels([RelationName(("a", "b"))]).find(table("a.b", kind="chart")) is None


def reached(identity: str, **values: object) -> Reached:
    return Reached(asset=Asset(id=identity, kind="chart", name=identity), **values)


def test_evidence() -> None:
    """Each asset counts once for a column, by the best that is known of it."""
    answer = Downstream(
        relation=RelationName(("t",)),
        as_asset=table("t"),
        reached=(
            reached("both", column="b", table_level=False),
            reached("both", column="A", table_level=False),
            reached("coarse", column="a", table_level=True),
            reached("table"),
            reached("other", column="b", table_level=False),
            reached("elsewhere", column="a", other_columns=True),
        ),
    )
    assert {one.asset.id: evidence for one, evidence in answer.readers("a")} == {
        "both": Evidence.COLUMNS,
        "coarse": Evidence.TABLE,
        "table": Evidence.TABLE,
        "other": Evidence.OTHER_COLUMNS,
        "elsewhere": Evidence.OTHER_COLUMNS,
    }
    assert {evidence for _, evidence in answer.readers(None)} == {Evidence.TABLE}


def test_no_catalog() -> None:
    """Without a catalog every answer is that nobody was asked."""
    name = RelationName(("t",))
    answers = asyncio.run(NoCatalog().downstream([Question(relation=name)]))
    assert isinstance(answers[name], Unavailable)
    assert NoCatalog().state().status is CatalogStatus.NOT_ASKED
