"""The level of each kind for readers that go on, by how they are known: the whole table."""

from dataclasses import replace
from typing import Any

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.changes.kinds import PAGES
from contract_gate.compare.impact import Effect
from contract_gate.policy.level import Level
from contract_gate.policy.levels import awaits_behind, awaits_catalog

ERROR, WARNING, NOTE = Level

#                                 repository        exposure   catalog
#                                 reads it          names it   columns  table
TABLE = {
    Kind.RELATION_REMOVED: (WARNING, ERROR, ERROR, ERROR),
    Kind.RELATION_RENAMED: (WARNING, ERROR, ERROR, ERROR),
    Kind.RELATION_MOVED: (WARNING, ERROR, ERROR, ERROR),
    Kind.DOES_NOT_BIND: (WARNING, WARNING, ERROR, WARNING),
    Kind.MATERIALIZATION_CHANGED: (NOTE, NOTE, WARNING, WARNING),
    Kind.CONTRACT_REMOVED: (WARNING, WARNING, ERROR, WARNING),
    Kind.CONTRACT_CONSTRAINT_REMOVED: (WARNING, WARNING, ERROR, WARNING),
    Kind.ACCESS_NARROWED: (WARNING, WARNING, ERROR, WARNING),
    Kind.COLUMN_REMOVED: (WARNING, WARNING, ERROR, WARNING),
    Kind.COLUMN_RENAMED: (WARNING, WARNING, ERROR, WARNING),
    Kind.COLUMN_REORDERED: (WARNING, WARNING, WARNING, WARNING),
    Kind.COLUMN_TYPE_CHANGED: (WARNING, WARNING, ERROR, WARNING),
    Kind.COLUMN_TYPE_WIDENED: (NOTE, NOTE, WARNING, WARNING),
    Kind.COLUMN_NULLABLE: (NOTE, NOTE, WARNING, WARNING),
    Kind.CONSTRAINT_REMOVED: (NOTE, NOTE, WARNING, WARNING),
    Kind.CONSTRAINT_ADDED: (NOTE, NOTE, WARNING, WARNING),
    Kind.ARGUMENTS_CHANGED: (WARNING, WARNING, ERROR, WARNING),
    Kind.ROWS_SOURCE_CHANGED: (NOTE, NOTE, WARNING, WARNING),
    Kind.ROWS_JOIN_CHANGED: (NOTE, NOTE, WARNING, WARNING),
    Kind.ROWS_FILTER_CHANGED: (NOTE, NOTE, WARNING, WARNING),
    Kind.ROWS_LIMIT_CHANGED: (NOTE, NOTE, WARNING, WARNING),
    Kind.ROWS_MERGE_CHANGED: (NOTE, NOTE, WARNING, WARNING),
    Kind.GRAIN_CHANGED: (WARNING, WARNING, WARNING, WARNING),
    Kind.COLUMN_VALUES_CHANGED: (NOTE, NOTE, WARNING, WARNING),
    Kind.RELATION_ADDED: (NOTE, NOTE, NOTE, NOTE),
    Kind.COLUMN_ADDED: (NOTE, NOTE, NOTE, NOTE),
    Kind.UNDECIDED: (WARNING, WARNING, WARNING, WARNING),
}
WAYS = list(enumerate(["binding", "declared", "columns", "table"]))


@pytest.mark.parametrize("kind", TABLE, ids=str)
@pytest.mark.parametrize(("place", "by"), WAYS)
def test_a_reader_that_goes_on(bench: Any, kind: Kind, place: int, by: str) -> None:
    """The level is the table's."""
    impact = bench.impact("x", Effect.CHANGES, by=by)
    assert bench.level(bench.change(kind), impact, catalog=bench.catalog("answered")) is TABLE[kind][place]


@pytest.mark.parametrize("kind", TABLE, ids=str)
@pytest.mark.parametrize(("place", "by"), WAYS)
def test_not_knowing_is_never_graver(bench: Any, kind: Kind, place: int, by: str) -> None:
    """An effect that could not be decided is no graver than the worst it may be, and no proof."""
    impact = bench.impact("x", Effect.UNKNOWN, by=by)
    level = bench.level(bench.change(kind), impact, catalog=bench.catalog("answered"))
    if TABLE[kind][place] is ERROR and kind.startswith("relation-"):
        assert level is ERROR
    else:
        assert level is not ERROR


@pytest.mark.parametrize("by", ["columns", "table"])
@pytest.mark.parametrize("kind", Kind, ids=str)
def test_the_unknown_is_a_warning_to_people_outside(bench: Any, kind: Kind, by: str) -> None:
    """Who is known to the catalog and may be hit gets no note, unless the kind is never more than one."""
    impact = bench.impact("x", Effect.UNKNOWN, by=by)
    level = bench.level(bench.change(kind), impact, catalog=bench.catalog("answered"))
    assert (level is NOTE) is (PAGES[kind].level == "note")


@pytest.mark.parametrize("by", ["declared", "columns", "table"])
def test_a_relation_that_may_be_gone_is_no_error(bench: Any, by: str) -> None:
    """That a relation is gone has to be known before its readers block."""
    change = bench.change(Kind.RELATION_REMOVED, certainty=Certainty.UNDECIDED)
    assert bench.level(change, bench.impact("x", by=by), catalog=bench.catalog("answered")) is WARNING


@pytest.mark.parametrize("by", ["binding", "declared", "columns", "table"])
def test_what_a_long_search_does_not_confirm_is_a_note(bench: Any, by: str) -> None:
    """It is still told; a reader that breaks stays an error."""
    doubted = replace(bench.change(Kind.GRAIN_CHANGED, certainty=Certainty.POSSIBLE), unconfirmed=400)
    impact = bench.impact("x", Effect.CHANGES, by=by)
    assert bench.level(doubted, impact, catalog=bench.catalog("answered")) is NOTE
    breaks = bench.impact("x", Effect.BREAKS, by="binding")
    assert bench.level(doubted, breaks, catalog=bench.catalog("answered")) is ERROR


def test_a_declared_reader_that_breaks_is_an_error(bench: Any) -> None:
    """A test or metric that names a column that is gone fails as surely as a model."""
    change = bench.change(Kind.COLUMN_REMOVED)
    breaks = bench.impact("x", Effect.BREAKS, by="declared")
    assert bench.level(change, breaks, catalog=bench.catalog("answered")) is ERROR


def test_what_the_catalog_owes_an_answer_for(bench: Any) -> None:
    """A thing of the repository's own that goes, where the catalog was asked and is silent; no source, function or mere addition."""
    silent, gone = bench.catalog("unavailable"), bench.change()
    assert awaits_catalog(gone, silent)
    assert not awaits_catalog(gone, bench.catalog("answered"))
    assert not awaits_catalog(gone, bench.catalog("not-asked"))
    for other in (
        replace(gone, foreign=True),
        replace(gone, of_routine=True),
        replace(gone, relation=None),
        bench.change(Kind.COLUMN_ADDED),
    ):
        assert not awaits_catalog(other, silent)


def test_what_it_owes_behind_a_reader(bench: Any) -> None:
    """A reader that nobody could read may pass on what goes; one that was read, or that the catalog named, does not."""
    silent, gone = bench.catalog("unavailable"), bench.change()
    unread = bench.impact(effect=Effect.UNKNOWN)
    assert awaits_behind(gone, unread, silent)
    assert not awaits_behind(gone, bench.impact(effect=Effect.CHANGES), silent)
    assert not awaits_behind(gone, bench.impact(effect=Effect.UNKNOWN, by="columns"), silent)
    assert not awaits_behind(bench.change(Kind.COLUMN_ADDED), unread, silent)
    assert not awaits_behind(gone, unread, bench.catalog("answered"))
