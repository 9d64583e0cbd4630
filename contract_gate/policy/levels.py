"""How grave a change is for one consumer, and how grave it is when nobody is known to read it.

The rules weigh evidence. What binds against the new columns and fails is a proof, and so is a dashboard that
the catalog's column lineage ties to a column that goes; that a table is read says little about one of its
columns. Most commits that touch models change logic (71 of 100 in a survey of 11,370), and one in eight loses a
column that mostly nobody reads: a gate that alarms on those is switched off, so they are notes.
"""

from typing import assert_never

from contract_gate.compare.changes.change import Breach, Certainty, Change, ChangeClass, Kind, Window
from contract_gate.compare.changes.kinds import PAGES, Trait, has
from contract_gate.compare.impact import Effect, Impact, KnownBy
from contract_gate.core.coverage import CatalogState
from contract_gate.policy.level import Level
from contract_gate.policy.settings import FailOn, Usage


def impact_level(change: Change, impact: Impact, fail_on: FailOn = FailOn.BREAKING) -> Level:
    """Give the level that this consumer raises the finding to; `impact.effect` is not "unaffected"."""
    if fail_on is FailOn.IMPACT:
        return Level.ERROR
    page = Level(PAGES[change.kind].level)
    sure = change.certainty is not Certainty.UNDECIDED
    if sure and has(change.kind, Trait.GONE_RELATION) and impact.by is not KnownBy.BINDING:
        return page
    if not decided(change, impact):
        return _undecided_level(change, impact)
    if change.unconfirmed is not None and impact.effect is not Effect.BREAKS:
        return Level.NOTE
    match impact.by:
        case KnownBy.BINDING | KnownBy.DECLARED:
            # A test or metric whose YAML names a column that is gone fails as surely as a model that reads it.
            return Level.ERROR if impact.effect is Effect.BREAKS else _milder(page, _repository_level(change))
        case KnownBy.COLUMNS:
            return page
        case KnownBy.TABLE:
            return _milder(page, Level.WARNING)
        case _:
            assert_never(impact.by)


def by_use(level: Level, impact: Impact, usage: Usage) -> Level:
    """Lower or raise a level by how much the consumer is used, as the project says. Unknown use does neither."""
    standing = impact.consumer.standing
    if not impact.by.from_catalog:
        return level
    if usage.unused is not None and standing.is_unused:
        return _milder(level, usage.unused)
    if usage.busy is not None and (standing.external_usage or 0) >= usage.busy_views:
        return min(level, usage.busy, key=lambda one: one.rank)
    return level


def after_its_time(level: Level, change: Change, impact: Impact) -> Level:
    """Let what was announced go, once its time is over and where the catalog counts nobody who looks at the reader."""
    is_over = change.window is not None and change.window.is_over
    unread = impact.by.from_catalog and impact.consumer.standing.is_unused
    return _milder(level, Level.NOTE) if is_over and unread else level


def window_level(window: Window) -> Level:
    """Give the level that a promise has by itself, readers or none: what goes before its day breaks it."""
    return Level.NOTE if window.is_over else Level.ERROR


def unread_level(change: Change, catalog: CatalogState) -> Level:
    """Give the level where no reader of the change is known outside of the repository.

    A warning where the catalog was asked about something that goes and could not say; a note where it said
    "nobody", and where the project never asks one (the report says that nobody was asked).
    """
    if change.kind is Kind.UNDECIDED:
        return Level.WARNING
    if not has(change.kind, Trait.NEEDS_READERS):
        return Level.NOTE
    name = str(change.relation)
    unclear = catalog.is_silent_about(name) or name in catalog.not_in_catalog
    return Level.WARNING if unclear else Level.NOTE


def takes_away(change: Change) -> bool:
    """Tell whether something goes, moves or is retyped, or may be: only its readers can say how grave that is."""
    return has(change.kind, Trait.NEEDS_READERS) or change.may_retype


def awaits_catalog(change: Change, catalog: CatalogState) -> bool:
    """Tell whether the catalog was asked who reads something that goes, and said nothing or only a part."""
    if change.foreign or change.of_routine or change.relation is None or not takes_away(change):
        return False
    return catalog.is_silent_about(str(change.relation))


def awaits_behind(change: Change, impact: Impact, catalog: CatalogState) -> bool:
    """Tell whether the catalog owes the readers of a reader that may pass on what goes: nobody can read it here."""
    if impact.by.from_catalog or impact.effect is not Effect.UNKNOWN or not takes_away(change):
        return False
    return catalog.is_silent_about(impact.consumer.name)


def breach_level(breach: Breach) -> Level:
    """Give the level that a broken contract has by itself, readers or none: dbt refuses, or warns of, the build."""
    match breach:
        case Breach.VERSIONED:
            return Level.ERROR
        case Breach.UNVERSIONED:
            return Level.WARNING
        case _:
            assert_never(breach)


def decided(change: Change, impact: Impact) -> bool:
    """Tell whether it is known what the change does to the consumer."""
    return (
        change.certainty is not Certainty.UNDECIDED
        and impact.certainty is not Certainty.UNDECIDED
        and impact.effect is not Effect.UNKNOWN
    )


def _repository_level(change: Change) -> Level:
    """Readers in the repository that go on: whoever changes values there sees them in the same review."""
    return Level(PAGES[change.kind].level_here)


def _undecided_level(change: Change, impact: Impact) -> Level:
    """Not knowing is no graver than the gravest that it may be, and never blocks."""
    if impact.by.from_catalog or change.change_class is ChangeClass.UNDECIDED:
        return _milder(Level(PAGES[change.kind].level), Level.WARNING)
    return _repository_level(change)


def _milder(first: Level, second: Level) -> Level:
    return max(first, second, key=lambda level: level.rank)
