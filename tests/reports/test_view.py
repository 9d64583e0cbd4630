"""What the readable formats make of a long list: short names, the direct readers in full, the others counted."""

import re
from dataclasses import replace

import pytest

from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.kinds import class_of
from contract_gate.compare.impact import Consumer, Effect, Impact
from contract_gate.compare.impact.impact import KnownBy
from contract_gate.core.coverage import CatalogState, CatalogStatus, Coverage
from contract_gate.core.relation import Location, RelationName
from contract_gate.policy.judge import judge
from contract_gate.policy.level import Level
from contract_gate.policy.settings import Settings, Verdict
from contract_gate.reports import basis, html_, markdown, terminal, view
from contract_gate.reports.budget import LINES
from contract_gate.reports.names import brief
from contract_gate.reports.report import Report
from contract_gate.reports.verdict import verdict_sentence

SHA = "0123456789abcdef0123456789abcdef01234567"


def change_of(name: str, *, kind: Kind = Kind.COLUMN_REMOVED, number: int = 1) -> Change:
    """Make a change of `env_db.staging.<name>`; the relation stands in its message."""
    relation = RelationName(("env_db", "staging", name))
    return Change(
        kind=kind,
        change_class=class_of(kind),
        certainty=Certainty.PROVEN,
        message=f"`{relation}` lost env_db.staging.{name}.id",
        relation=relation,
        location=Location(path=f"{name}.sql", line=1),
        id=f"c{number}",
    )


def breaks(name: str, *via: str, kind: str = "model", effect: Effect = Effect.BREAKS) -> Impact:
    """Let a consumer break by way of relations, nearest to the change first."""
    return Impact(
        change="c1",
        consumer=Consumer(kind=kind, name=name, path=f"{name.rpartition('.')[2]}.sql"),
        effect=effect,
        certainty=Certainty.PROVEN,
        via=via,
        distance=len(via),
        by=KnownBy.BINDING if kind == "model" else KnownBy.DECLARED,
        reason=f"`id` is not a column of `{via[-1]}`",
    )


def report_of(*impacts: Impact, changes: tuple[Change, ...]) -> Report:
    """Judge the changes as `check` does, without a catalog."""
    catalog = CatalogState(name="none", status=CatalogStatus.NOT_ASKED)
    coverage = Coverage(files_changed=1, models_changed=1, models_analysed=1)
    findings, verdict = judge(changes, impacts, coverage, catalog, Settings(), [])
    return Report(
        verdict=verdict,
        base=SHA,
        head="index",
        catalog=catalog,
        coverage=coverage,
        changes=changes,
        impacts=impacts,
        findings=findings,
    )


STAGED = "env_db.staging.orders_raw"
DIRECT = "env_db.marts.orders"


def test_a_relation_is_called_by_its_last_part() -> None:
    """Message, reader, way and reason name it alike, and a column after it stays."""
    report = brief(
        report_of(breaks(DIRECT, STAGED), breaks("t", STAGED, DIRECT), changes=(change_of("orders_raw"),))
    )
    assert report.changes[0].message == "`orders_raw` lost orders_raw.id"
    assert [impact.consumer.name for impact in report.impacts] == ["orders", "t"]
    assert report.impacts[1].via == ("orders_raw", "orders")
    assert report.impacts[0].reason == "`id` is not a column of `orders_raw`"
    assert "env_db" not in report.findings[0].message
    assert report.changes[0].relation == RelationName(("env_db", "staging", "orders_raw"))


@pytest.mark.parametrize("other", ["env_db.archive.orders", "other.orders", "orders"])
def test_names_that_end_alike_stay_whole(other: str) -> None:
    """Two relations are never called the same."""
    report = brief(
        report_of(breaks(DIRECT, STAGED), breaks(other, STAGED), changes=(change_of("orders_raw"),))
    )
    assert {impact.consumer.name for impact in report.impacts} == {DIRECT, other}


def test_a_relation_that_only_a_message_names_is_short_too() -> None:
    """A new model that reads a missing column names a relation that is neither changed nor a reader."""
    change = replace(change_of("n"), message="n does not build: `x` is not a column of `env_db.staging.far`")
    (told,) = brief(report_of(changes=(change,))).changes
    assert told.message == "n does not build: `x` is not a column of `far`"


def test_a_change_of_no_relation_is_told_as_it_is() -> None:
    """What a run says of itself names nothing that could be shortened."""
    change = replace(change_of("n"), relation=None, message="the setting `x` is gone")
    (told,) = brief(report_of(changes=(change,))).changes
    assert told.message == "the setting `x` is gone"


def test_nothing_is_drawn_as_reaching_itself() -> None:
    """A semantic model is called like the model that it is made of: the drawing has no arrow from a name to itself."""
    report = report_of(
        breaks("orders", STAGED, "orders", kind="semantic_model"),
        breaks("revenue", STAGED, "orders", kind="metric"),
        changes=(change_of("orders_raw"),),
    )
    edges = re.findall(r"^  (\w+) --> (\w+)$", markdown.render(report), re.MULTILINE)
    assert edges
    assert all(one != other for one, other in edges)


def test_verdicts_without_readers() -> None:
    """What blocks though nobody breaks is the edit itself; models that mean the same are said to."""
    lost = report_of(changes=(change_of("orders_raw"),))
    errors = tuple(replace(finding, level=Level.ERROR) for finding in lost.findings)
    blocked = replace(lost, findings=errors, verdict=Verdict.BLOCKED)
    assert "1 edit that the policy does not let through" in verdict_sentence(blocked)
    assert "no model means anything else than before" in verdict_sentence(report_of(changes=()))


def test_a_metric_takes_no_models_name_away() -> None:
    """What is no relation is no reason to write a model's name in full."""
    report = brief(
        report_of(
            breaks(DIRECT, STAGED),
            breaks("orders", STAGED, DIRECT, kind="metric"),
            changes=(change_of("orders_raw"),),
        )
    )
    assert {impact.consumer.name for impact in report.impacts} == {"orders"}


def test_an_alias_takes_no_models_name_away() -> None:
    """dbt's models name their CTEs like what they read, and a semantic model like its model: nobody takes one for the other."""
    reader = breaks("env_db.marts.customers", DIRECT, "orders")
    told = replace(reader, reason="`total` is not a column of `orders`")
    report = brief(report_of(told, changes=(change_of("orders_raw"),)))
    assert report.impacts[0].via == ("orders", "orders")


def test_a_schema_stays_where_there_is_no_database() -> None:
    """In plain SQL the schema is a part of what people call a table."""
    report = brief(report_of(breaks("marts.orders", STAGED), changes=(change_of("orders_raw"),)))
    assert report.impacts[0].consumer.name == "marts.orders"


def test_what_breaks_below_a_break_is_counted_and_named() -> None:
    """The direct break is shown in full; an exposure is too, whoever is above it."""
    report = report_of(
        breaks(DIRECT, STAGED),
        breaks("env_db.marts.customers", STAGED, DIRECT),
        breaks("not_null_orders_id", STAGED, DIRECT, kind="test"),
        breaks("weekly", STAGED, DIRECT, kind="exposure"),
        breaks("orders", STAGED, DIRECT, kind="metric"),
        changes=(change_of("orders_raw"),),
    )
    (entry,) = view.entries(brief(report))
    assert {reader.name for reader in entry.direct} == {"orders", "exposure weekly"}
    assert entry.beyond(10) == (
        "+3 downstream of these no longer work: customers, metric orders, test not_null_orders_id",
    )


def test_people_come_first_and_tests_last() -> None:
    """Of what breaks a person reads first who looks at it, then what stops building, and then what checks it."""
    report = report_of(
        breaks("a_test", STAGED, kind="test"),
        breaks("b_metric", STAGED, kind="metric"),
        breaks("env_db.marts.c_model", STAGED),
        breaks("d_exposure", STAGED, kind="exposure"),
        changes=(change_of("orders_raw"),),
    )
    (entry,) = view.entries(brief(report))
    assert [one.name for one in entry.listed] == [
        "exposure d_exposure",
        "c_model",
        "metric b_metric",
        "test a_test",
    ]
    assert verdict_sentence(report).startswith(
        "blocked: 1 exposure breaks, 1 model stops building, 1 metric breaks, 1 test fails"
    )


@pytest.mark.parametrize(
    ("owners", "told"), [(("ada", "ada"), "all owned by ada"), (("ada", "bo"), ""), (("", ""), "")]
)
def test_one_owner_of_all_is_named_once(owners: tuple[str, str], told: str) -> None:
    """A code owner of the whole repository stands below the readers, not behind each."""
    readers = [
        replace(one, consumer=replace(one.consumer, owners=(owner,) if owner else ()))
        for one, owner in zip(
            (breaks("env_db.m.a", STAGED), breaks("env_db.m.b", STAGED)), owners, strict=True
        )
    ]
    report = report_of(*readers, changes=(change_of("orders_raw"),))
    (entry,) = view.entries(report)
    assert entry.shared_owner == told
    for page in (
        terminal.render(report),
        markdown.render(report),
        html_.render(report).partition('id="canvas"')[0],
    ):
        assert page.count("owned by") == len({owner for owner in owners if owner})


def test_the_gravest_are_shown_and_people_stand_first() -> None:
    """Where there is room for two, a dashboard that may break takes none from a model that breaks; with room for all it leads."""
    charts = [breaks(name, STAGED, kind="exposure", effect=Effect.UNKNOWN) for name in ("weekly", "yearly")]
    report = report_of(*charts, breaks(DIRECT, STAGED), changes=(change_of("orders_raw"),))
    (entry,) = view.entries(brief(report))
    assert [one.name for one in entry.shown(2)] == ["exposure weekly", "orders"]
    assert [one.name for one in entry.shown(9)] == ["exposure weekly", "exposure yearly", "orders"]
    assert [one.name for one in entry.shown(1)] == ["orders"]


def test_long_names_leave_the_screen_as_it_is() -> None:
    """Two projects with the same models, so that no name is short: fewer names are listed, and the others are counted."""
    long = [f"env_snowflake_database.silver.inventory_quantity_allocated_to_{n}" for n in range(20)]
    twins = [name.replace("env_snowflake", "another") for name in long]
    readers = [breaks(name, STAGED, effect=Effect.CHANGES) for name in (*long, *twins)]
    people = [
        breaks(f"what {'finance ' * 6}reads {n}", STAGED, kind="exposure", effect=Effect.CHANGES)
        for n in range(12)
    ]
    changes = tuple(change_of(f"orders_{n}", kind=Kind.GRAIN_CHANGED, number=n) for n in range(9))
    report = report_of(
        *(replace(one, change=change.id) for change in changes for one in (*people, *readers)),
        changes=changes,
    )
    assert report.verdict is Verdict.PASSED
    assert terminal.render(report).count("\n") <= LINES
    assert "more" in terminal.render(report)
    assert long[-1] in terminal.render(report, verbose=True)


def test_readers_of_which_the_same_is_known_are_one_line() -> None:
    """Charts that a catalog knows by their table alone differ in their names; one that is owned, and a model, stand apart."""
    charts = [
        replace(one, by=KnownBy.TABLE, via=(STAGED,), reason="the columns are not known")
        for one in (breaks(f"chart {n}", STAGED, kind="chart", effect=Effect.UNKNOWN) for n in "abc")
    ]
    charts[1] = replace(charts[1], consumer=replace(charts[1].consumer, owners=("ada",), usage=9))
    report = report_of(*charts, breaks(DIRECT, STAGED), changes=(change_of("orders_raw"),))
    (entry,) = view.entries(brief(report))
    told = [[one.name for one in readers] for readers in view.alike(entry.listed)]
    assert told == [["orders"], ["chart chart b"], ["chart chart a", "chart chart c"]]


def test_the_first_that_breaks_is_shown_however_far_it_is() -> None:
    """A metric breaks on a column that a model above it only lets through."""
    report = report_of(
        breaks(DIRECT, STAGED, effect=Effect.CHANGES),
        breaks("revenue", STAGED, DIRECT, kind="metric"),
        changes=(change_of("orders_raw"),),
    )
    (entry,) = view.entries(report)
    assert "metric revenue" in {reader.name for reader in entry.direct}
    assert entry.downstream == ()


def test_a_model_that_does_not_build_is_not_its_own_reader() -> None:
    """The headline is about it; those below it are counted."""
    changed = change_of("orders_raw", kind=Kind.DOES_NOT_BIND)
    report = report_of(breaks(STAGED, STAGED), breaks(DIRECT, STAGED), changes=(changed,))
    for told in (report, brief(report)):
        (entry,) = view.entries(told)
        assert entry.direct == ()
        assert entry.headline == entry.change.message if entry.change else False
        assert len(entry.downstream) == 1
        assert entry.beyond(10)[0].startswith("+1 downstream of it no longer works: ")


def test_readers_that_have_no_room_are_named_and_counted() -> None:
    """Nobody is left out in silence, and a list of names has an end too."""
    impacts = [breaks(f"r{number:02}", STAGED) for number in range(30)]
    (entry,) = view.entries(report_of(*impacts, changes=(change_of("orders_raw"),)))
    (sentence,) = entry.beyond(5)
    assert sentence.startswith("+25 more readers: r05, r06, ")
    assert sentence.endswith(f", r14, +{25 - view.NAMED} more")


def test_the_same_way_out_is_told_once() -> None:
    """A second finding of a kind does not repeat the advice."""
    changes = (change_of("a"), change_of("b", number=2))
    first, second = view.entries(
        report_of(breaks("r", STAGED), replace(breaks("s", STAGED), change="c2"), changes=changes)
    )
    assert first.instead
    assert second.instead is None
    assert second.finding.instead == first.instead


def test_a_limit_is_told_once_with_a_short_revision() -> None:
    """Two projects with the same limit give one line."""
    coverage = Coverage(
        files_changed=1, models_changed=1, models_analysed=1, notes=(f"against {SHA}", f"against {SHA}")
    )
    assert basis.limits(coverage) == ("against 0123456789",)


def test_a_limit_that_touches_nothing_is_left_to_those_who_ask() -> None:
    """What is said of a project that the change does not touch, and what is compared, are no limits of this change."""
    coverage = Coverage(
        files_changed=1,
        models_changed=1,
        models_analysed=1,
        notes=("how", "near", "far"),
        how="how",
        aside=("far",),
    )
    assert basis.limits(coverage) == ("near",)
    assert basis.limits(coverage, all_of_them=True) == ("near", "far")


def test_a_verdict_that_passes_over_a_waived_break_says_so() -> None:
    """Nobody reads "passed: 1 model stops building" and wonders."""
    report = report_of(breaks(DIRECT, STAGED), changes=(change_of("orders_raw"),))
    waived = tuple(replace(one, waiver="ana: agreed") for one in report.findings)
    said = verdict_sentence(replace(report, verdict=Verdict.PASSED, findings=waived))
    assert said == "passed: 1 model stops building, which is waived (1 waived)"


def test_what_no_longer_works_is_named_once() -> None:
    """A second edit that reaches the same readers names them as those above, however far they are."""
    far = ("env_db.marts.customers", STAGED, DIRECT)
    first = (breaks(DIRECT, STAGED), breaks(*far))
    second = (replace(one, change="c2") for one in first)
    told = view.entries(
        report_of(*first, *second, changes=(change_of("orders_raw"), change_of("b", number=2)))
    )
    assert [entry.rest(5) for entry in told] == [
        ("+1 downstream of these no longer works: env_db.marts.customers",),
        (f"named above: {DIRECT}, env_db.marts.customers",),
    ]


def test_a_model_that_does_not_build_is_one_that_breaks() -> None:
    """It is what the finding shows, so that it has the room of a broken reader."""
    changed = change_of("orders_raw", kind=Kind.DOES_NOT_BIND)
    (entry,) = view.entries(report_of(breaks(STAGED, STAGED), breaks(DIRECT, STAGED), changes=(changed,)))
    assert entry.broken(5) == 1


def test_the_findings_of_a_file_stand_together() -> None:
    """A file's error and warning follow each other, before the error of the next; what needs no answer comes last."""
    place = Location(path="orders_raw.sql", line=1)
    changes = (
        change_of("orders_raw"),
        change_of("other", number=2),
        replace(change_of("orders_raw", kind=Kind.ROWS_FILTER_CHANGED, number=3), location=place),
        replace(
            change_of("orders_raw", kind=Kind.ROWS_FILTER_CHANGED, number=4), location=place, unconfirmed=900
        ),
    )
    people = replace(breaks("weekly", STAGED, kind="exposure", effect=Effect.CHANGES), by=KnownBy.COLUMNS)
    impacts = (
        *(breaks(f"a{number}", STAGED) for number in range(3)),
        replace(breaks("b", STAGED), change="c2"),
        replace(people, change="c3"),
    )
    told = view.entries(report_of(*impacts, changes=changes))
    shown = [
        [(entry.finding.level.value, entry.finding.change) for entry in block] for block in view.blocks(told)
    ]
    assert shown == [[("error", "c1"), ("warning", "c3")], [("error", "c2")]]


def test_dashboards_of_one_name_are_two() -> None:
    """The catalog's id tells them apart: neither stands for the other in a count or as named above."""
    changes = change_of("orders"), change_of("lines", number=2)
    made = [
        Impact(
            change=change.id,
            consumer=Consumer(kind="dashboard", name="Revenue", id=f"d{change.id}"),
            effect=Effect.BREAKS,
            certainty=Certainty.PROVEN,
            by=KnownBy.COLUMNS,
        )
        for change in changes
    ]
    report = report_of(*made, changes=changes)
    assert [len(entry.listed) for entry in view.entries(report)] == [1, 1]
    assert "2 dashboards break" in verdict_sentence(report)
