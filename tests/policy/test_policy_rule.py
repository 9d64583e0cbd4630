"""Rules of a project: what they match, which one decides, and that nothing is moved in silence."""

from dataclasses import replace
from typing import Any

import pytest

from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.compare.impact import AssetUse, Effect, Impact
from contract_gate.core.relation import RelationName
from contract_gate.policy.judge import ruled
from contract_gate.policy.level import Level
from contract_gate.policy.policy_rule import ChangePattern, PolicyRule, ReaderPattern
from contract_gate.policy.settings import FailOn, Settings, Verdict

ERROR, WARNING, NOTE = Level


def rule(
    level: Level, change: ChangePattern | None = None, reader: ReaderPattern | None = None
) -> PolicyRule:
    return PolicyRule(level=level, because=f"it is {level}", change=change or ChangePattern(), reader=reader)


def dashboard(bench: Any, **standing: Any) -> Impact:
    """Give a dashboard that the catalog ties to the column that goes: an error without rules."""
    impact: Impact = bench.impact(
        "Weekly revenue", by="columns", kind="dashboard", certainty=Certainty.POSSIBLE
    )
    consumer = replace(
        impact.consumer, owners=("Ada <ada@finance.example.com>",), standing=AssetUse(**standing)
    )
    return replace(impact, consumer=consumer)


def judged(bench: Any, rules: tuple[PolicyRule, ...], *values: Change | Impact) -> tuple[Level, Verdict]:
    ((finding,), verdict) = bench.judge(
        *values, catalog=bench.catalog("answered"), settings=Settings(policy=rules)
    )
    return finding.level, verdict


@pytest.mark.parametrize(
    ("pattern", "hits"),
    [
        (ReaderPattern(kinds=("dashboard",)), True),
        (ReaderPattern(kinds=("chart", "dashboard")), True),
        (ReaderPattern(kinds=("chart",)), False),
        (ReaderPattern(names=("weekly*",)), True),
        (ReaderPattern(names=("revenue",)), False),
        (ReaderPattern(tags=("FINANCE",)), True),
        (ReaderPattern(tags=("fin",)), False),
        (ReaderPattern(owners=("*@finance.example.com",)), True),
        (ReaderPattern(owners=("ada <ada@finance.example.com>",)), True),
        (ReaderPattern(owners=("*@example.com",)), False),
        (ReaderPattern(effects=(Effect.BREAKS,)), True),
        (ReaderPattern(effects=(Effect.CHANGES,)), False),
        (ReaderPattern(views_at_least=12), True),
        (ReaderPattern(views_at_least=13), False),
        (ReaderPattern(unused=True), False),
        (ReaderPattern(certified=True), True),
        (ReaderPattern(pii=True), True),
        (ReaderPattern(stale=True), False),
        (ReaderPattern(certified=True, stale=True), False),
        (ReaderPattern(people_at_least=37), True),
        (ReaderPattern(people_at_least=38), False),
        (ReaderPattern(paths=("*",)), False),
        (ReaderPattern(kinds=("dashboard",), tags=("other",)), False),
    ],
)
def test_every_condition_on_a_reader_has_to_hold(bench: Any, pattern: ReaderPattern, hits: bool) -> None:
    """A rule lowers the reader that it describes, and no other."""
    impact = dashboard(
        bench,
        tags=("finance",),
        external_usage=12,
        internal_usage=0,
        certified=True,
        pii=True,
        people_count=37,
    )
    level, _ = judged(bench, (rule(NOTE, reader=pattern),), bench.change(), impact)
    assert level is (NOTE if hits else ERROR)


@pytest.mark.parametrize("standing", ["stale", "certified", "pii"])
def test_a_condition_that_is_not_set_asks_nothing(bench: Any, standing: str) -> None:
    """A rule that does not name what a reader is marked as holds for readers that are and that are not."""
    rules = (rule(NOTE, reader=ReaderPattern(kinds=("dashboard",))),)
    for marked in (True, False):
        level, _ = judged(bench, rules, bench.change(), dashboard(bench, **{standing: marked}))
        assert level is NOTE


@pytest.mark.parametrize(
    ("pattern", "hits"),
    [
        (ChangePattern(kinds=(Kind.COLUMN_REMOVED,)), True),
        (ChangePattern(kinds=(Kind.COLUMN_RENAMED,)), False),
        (ChangePattern(classes=(ChangeClass.SCHEMA,)), True),
        (ChangePattern(classes=(ChangeClass.ROWS,)), False),
        (ChangePattern(paths=("models",)), True),
        (ChangePattern(paths=("models/*.sql",)), True),
        (ChangePattern(paths=("model",)), False),
        (ChangePattern(relations=("orders",)), True),
        (ChangePattern(relations=("shop.*",)), True),
        (ChangePattern(relations=("db.shop.ord*",)), True),
        (ChangePattern(relations=("hop.orders",)), False),
        (ChangePattern(owners=("bo",)), True),
        (ChangePattern(tags=("core", "x")), True),
        (ChangePattern(tags=("corn",)), False),
    ],
)
def test_every_condition_on_a_change_has_to_hold(bench: Any, pattern: ChangePattern, hits: bool) -> None:
    """A rule about a change holds whoever reads it."""
    change = replace(bench.change(), owners=("bo",), tags=("core",))
    level, verdict = judged(bench, (rule(NOTE, pattern),), change, bench.impact())
    assert (level, verdict) == ((NOTE, Verdict.PASSED) if hits else (ERROR, Verdict.BLOCKED))


@pytest.mark.parametrize(
    ("use", "level"),
    [
        ({"external_usage": 0, "internal_usage": 0}, NOTE),
        ({"external_usage": 0}, ERROR),
        ({}, ERROR),
        ({"external_usage": 0, "internal_usage": 1}, ERROR),
    ],
)
def test_use_that_nobody_counts_is_not_unused(bench: Any, use: dict[str, int], level: Level) -> None:
    """Only a reader whose views are both counted, and none, is lowered."""
    rules = (rule(NOTE, reader=ReaderPattern(unused=True)),)
    assert judged(bench, rules, bench.change(), dashboard(bench, **use))[0] is level


def test_views_that_nobody_counts_are_no_number(bench: Any) -> None:
    """Views that are not known are not none: no bound holds for them, not even the lowest."""
    rules = (rule(NOTE, reader=ReaderPattern(views_at_least=0)),)
    assert judged(bench, rules, bench.change(), dashboard(bench))[0] is ERROR
    assert judged(bench, rules, bench.change(), dashboard(bench, external_usage=0))[0] is NOTE


def test_the_first_rule_that_matches_decides(bench: Any) -> None:
    """Special rules stand above general ones; the order of the file is theirs."""
    impact = dashboard(bench, tags=("finance",), external_usage=0, internal_usage=0)
    tagged, unused = (
        rule(ERROR, reader=ReaderPattern(tags=("finance",))),
        rule(NOTE, reader=ReaderPattern(unused=True)),
    )
    assert judged(bench, (tagged, unused), bench.change(), impact)[0] is ERROR
    assert judged(bench, (unused, tagged), bench.change(), impact)[0] is NOTE


def test_one_lowered_reader_lowers_no_other(bench: Any) -> None:
    """The finding has the gravest level of its readers."""
    rules = (rule(NOTE, reader=ReaderPattern(kinds=("dashboard",))),)
    assert judged(bench, rules, bench.change(), dashboard(bench), bench.impact())[0] is ERROR


def test_a_rule_sees_every_change_that_reaches_a_reader(bench: Any) -> None:
    """A reader is told once, with what is worst; a rule about something milder that reaches it counts as well."""
    gone, other = (
        bench.change(id="c1"),
        bench.change(Kind.COLUMN_TYPE_WIDENED, id="c2", caused_by="c1", column="b"),
    )
    lowered = rule(NOTE, ChangePattern(kinds=(Kind.COLUMN_REMOVED,)))
    raised = rule(ERROR, ChangePattern(kinds=(Kind.COLUMN_TYPE_WIDENED,)))
    impacts = [bench.impact(), bench.impact(effect=Effect.CHANGES, change="c2")]
    assert judged(bench, (lowered,), gone, other, *impacts)[0] is NOTE
    assert judged(bench, (lowered, raised), gone, other, *impacts)[0] is ERROR


def test_what_adds_is_told_where_a_rule_says_so(bench: Any) -> None:
    """What nobody feels is no finding, until the project makes it one."""
    added = bench.change(Kind.RELATION_ADDED, column=None, relation=RelationName(("db", "secret", "t")))
    rules = (rule(ERROR, ChangePattern(relations=("secret.*",))),)
    assert bench.judge(added)[0] == ()
    assert judged(bench, rules, added) == (ERROR, Verdict.BLOCKED)


def test_a_rule_decides_nothing_that_is_not_known(bench: Any) -> None:
    """A catalog that does not answer keeps the pull request undecided, whatever the level of the finding is."""
    rules = (rule(NOTE, ChangePattern(kinds=(Kind.COLUMN_REMOVED,))),)
    _, verdict = bench.judge(
        bench.change(), catalog=bench.catalog("unavailable"), settings=Settings(policy=rules)
    )
    assert verdict is Verdict.UNDECIDED
    nothing_fails = Settings(policy=(rule(ERROR, ChangePattern(tags=("x",))),), fail_on=FailOn.NEVER)
    assert bench.judge(replace(bench.change(), tags=("x",)), settings=nothing_fails)[1] is Verdict.PASSED


def test_what_a_rule_moves_is_told(bench: Any) -> None:
    """The finding keeps the level that it would have, and a note says how many were moved and why."""
    rules = (rule(NOTE, reader=ReaderPattern(kinds=("dashboard",))),)
    findings, _ = bench.judge(
        bench.change(), dashboard(bench), catalog=bench.catalog("answered"), settings=Settings(policy=rules)
    )
    assert [(one.level, one.level_without, one.policy) for one in findings] == [(NOTE, ERROR, rules)]
    assert ruled(findings) == ("by the policy (it is note) 1 finding is note, not error",)
    assert ruled([replace(findings[0], level=ERROR)]) == ()
