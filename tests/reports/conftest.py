"""Reports made by hand: a rich one, an empty one, and one in which every text is an attack."""

import datetime
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from contract_gate.compare.changes.change import Certainty, Change, Kind, Witness
from contract_gate.compare.changes.kinds import class_of, describe
from contract_gate.compare.impact import Consumer, Effect, Impact, KnownBy
from contract_gate.core.printable import printable
from contract_gate.core.relation import Location, RelationName
from contract_gate.policy.finding import Finding
from contract_gate.policy.judge import judge
from contract_gate.policy.settings import Settings, Verdict
from contract_gate.reports.report import CatalogState, CatalogStatus, Coverage, NotAnalysed, Report

BASE = "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b"
HEAD = "9f8e7d6c5b4a9f8e7d6c5b4a9f8e7d6c5b4a9f8e"

HOSTILE = "x\n::error::pwned\r\n##[set-output name=verdict]pass @here <script>alert(1)</script> "
HOSTILE += (
    "```\n`rm` | a \x1b[31mred\x1b[0m \u202etxt.exe \u2028 [l](javascript:alert(1)) &amp; \x9b2J --> ]]>"
)


def make_change(id: str, kind: Kind, relation: str, **more: Any) -> Change:  # noqa: A002
    """Make a change with its kind's class and message; `more` sets other fields."""
    values = {name: more.get(name) for name in ("column", "before", "after")}
    change = Change(
        kind=kind,
        change_class=class_of(kind),
        certainty=Certainty.PROVEN,
        message=describe(kind, relation=relation, **values),
        relation=RelationName(tuple(relation.split("."))),
        id=id,
    )
    return replace(change, **more)


def rich() -> Report:
    """Give a blocked run with each level, a witness, a waiver, and things that are not known."""
    changes = (
        make_change(
            "c1",
            Kind.COLUMN_REMOVED,
            "db.shop.orders",
            column="amount",
            before="o.amount",
            location=Location(path="models/orders.sql", line=4, column=3, end_line=4, end_column=9),
            instead="Keep the column until nothing reads it any more:\n\n```sql\n-- in the select list\no.amount as amount,\n```",
        ),
        make_change(
            "c2",
            Kind.COLUMN_REMOVED,
            "db.shop.orders_view",
            column="amount",
            caused_by="c1",
            location=Location(path="models/orders_view.sql", line=1),
        ),
        make_change(
            "c3",
            Kind.ROWS_FILTER_CHANGED,
            "db.shop.customers",
            certainty=Certainty.WITNESSED,
            before="status <> 'test'",
            after="status = 'live'",
            location=Location(path="models/customers.sql", line=7, column=1, end_line=9, end_column=4),
            witness=Witness(
                tables=(
                    (
                        "raw_customers",
                        (
                            {"id": 1, "status": None, "since": datetime.date(2026, 1, 2)},
                            {"id": 2, "status": "live", "since": datetime.date(2026, 1, 3)},
                        ),
                    ),
                ),
                before=({"id": 1, "spent": Decimal("10.50")}, {"id": 2, "spent": Decimal("7")}),
                after=({"id": 2, "spent": Decimal("7")},),
                assumes=("raw_customers.id repeats; no test declares it unique",),
            ),
        ),
        make_change(
            "c4", Kind.RELATION_REMOVED, "db.shop.old", location=Location(path="models/old.sql", line=1)
        ),
        make_change("c5", Kind.COLUMN_ADDED, "db.shop.customers", column="since"),
    )
    revenue = Consumer(
        kind="model", name="db.shop.revenue", path="models/revenue.sql", owners=("ana@example.com",)
    )
    impacts = (
        Impact(
            change="c1",
            consumer=revenue,
            effect=Effect.BREAKS,
            certainty=Certainty.PROVEN,
            column="total",
            via=("db.shop.orders",),
            location=Location(path="models/revenue.sql", line=9, column=12),
        ),
        Impact(
            change="c2",
            consumer=Consumer(
                kind="dashboard",
                name="Revenue by day",
                url="https://catalog.example.com/dashboard/7",
                owners=("finance@example.com", "bo@example.com"),
                usage=120,
            ),
            effect=Effect.BREAKS,
            certainty=Certainty.POSSIBLE,
            via=("db.shop.orders", "db.shop.orders_view"),
            distance=2,
            by=KnownBy.COLUMNS,
        ),
        *(
            Impact(
                change="c1",
                consumer=Consumer(
                    kind="chart", name=f"Chart {number:02}", url=f"https://catalog.example.com/{number}"
                ),
                effect=Effect.UNKNOWN,
                certainty=Certainty.UNDECIDED,
                by=KnownBy.TABLE,
                reason="the catalog knows the table's readers, not the columns they read",
            )
            for number in range(12)
        ),
        Impact(
            change="c3",
            consumer=Consumer(kind="chart", name="Customers", url="https://catalog.example.com/chart/3"),
            effect=Effect.CHANGES,
            certainty=Certainty.POSSIBLE,
            by=KnownBy.COLUMNS,
        ),
        Impact(
            change="c4",
            consumer=Consumer(kind="exposure", name="old_export", path="models/exposures.yml"),
            effect=Effect.BREAKS,
            certainty=Certainty.PROVEN,
            location=Location(path="models/exposures.yml", line=3),
        ),
    )
    coverage = Coverage(
        files_changed=6,
        models_changed=5,
        models_analysed=4,
        not_analysed=(NotAnalysed(path="models/pivot.sql", reason="the macro pivot is not known", line=7),),
        notes=("the configuration was read from the head: the base has none",),
    )
    catalog = CatalogState(
        name="secoda",
        status=CatalogStatus.PARTIAL,
        as_of="2026-11-20T12:00:00Z",
        note="1 of 4 questions was answered with 503",
        not_in_catalog=("db.shop.old",),
    )
    return judged(changes, impacts, coverage, catalog, waived="db.shop.old was removed")


def judged(
    changes: tuple[Change, ...],
    impacts: tuple[Impact, ...],
    coverage: Coverage,
    catalog: CatalogState,
    waived: str = "",
) -> Report:
    """Judge the values and put them into a report; findings whose message begins with `waived` are waived."""

    class Meant:
        sentence = "ana@example.com: nobody opens the export any more (until 2027-01-31)"

        def covers(self, finding: Finding) -> bool:
            return bool(waived) and finding.message.startswith(waived)

    findings, verdict = judge(changes, impacts, coverage, catalog, Settings(), [Meant()])
    return Report(
        verdict=verdict,
        base=BASE,
        head=HEAD,
        catalog=catalog,
        coverage=coverage,
        changes=changes,
        impacts=impacts,
        findings=findings,
    )


def empty() -> Report:
    """Give a run in which no model changed and no catalog was asked."""
    return Report(
        verdict=Verdict.PASSED,
        base=BASE,
        head="index",
        catalog=CatalogState(name="none", status=CatalogStatus.NOT_ASKED),
        coverage=Coverage(files_changed=2, models_changed=0, models_analysed=0),
        changes=(),
        impacts=(),
        findings=(),
    )


def hostile() -> Report:
    """Give a run in which every text that a pull request or a catalog can choose is an attack."""
    place = Location(path=HOSTILE, line=3, column=2)
    change = make_change(
        "c1",
        Kind.COLUMN_REMOVED,
        HOSTILE,
        column=HOSTILE,
        before=HOSTILE,
        after=HOSTILE,
        location=place,
        instead="\n".join(["Keep it:", "", "```sql", printable(HOSTILE).replace("```", ""), "```"]),
        witness=Witness(
            tables=((HOSTILE, ({HOSTILE: HOSTILE},)),),
            before=({HOSTILE: HOSTILE},),
            after=(),
            assumes=(HOSTILE,),
        ),
    )
    impact = Impact(
        change="c1",
        consumer=Consumer(
            kind=HOSTILE, name=HOSTILE, path=HOSTILE, url=f"javascript:{HOSTILE}", owners=(HOSTILE,)
        ),
        effect=Effect.BREAKS,
        certainty=Certainty.PROVEN,
        column=HOSTILE,
        via=(HOSTILE, HOSTILE),
        distance=2,
        location=place,
        reason=HOSTILE,
    )
    coverage = Coverage(
        files_changed=1,
        models_changed=2,
        models_analysed=1,
        not_analysed=(NotAnalysed(path=f"y{HOSTILE}", reason=HOSTILE),),
        notes=(HOSTILE,),
    )
    catalog = CatalogState(
        name=HOSTILE, status=CatalogStatus.UNAVAILABLE, as_of=HOSTILE, note=HOSTILE, not_in_catalog=(HOSTILE,)
    )
    report = judged((change,), (impact,), coverage, catalog)
    return replace(report, base=HOSTILE, head=HOSTILE)


def crowded(findings: int = 120, readers: int = 50) -> Report:
    """Give a run with far more findings and readers than any page has room for."""
    changes = tuple(
        make_change(
            f"c{number}",
            Kind.COLUMN_REMOVED,
            f"db.shop.t{number:03}",
            column="amount",
            location=Location(path=f"models/t{number:03}.sql", line=1),
        )
        for number in range(findings)
    )
    impacts = tuple(
        Impact(
            change=change.id,
            consumer=Consumer(
                kind="model", name=f"db.shop.{change.id}_reader_{number:03}", path=f"r/{number}.sql"
            ),
            effect=Effect.BREAKS,
            certainty=Certainty.PROVEN,
        )
        for change in changes[:80]
        for number in range(readers)
    )
    coverage = Coverage(files_changed=findings, models_changed=findings, models_analysed=findings)
    return judged(changes, impacts, coverage, CatalogState(name="none", status=CatalogStatus.NOT_ASKED))


@pytest.fixture(scope="session")
def reports() -> dict[str, Report]:
    """The reports by name."""
    return {
        "rich": rich(),
        "empty": empty(),
        "hostile": hostile(),
        "crowded": crowded(),
        "unread": crowded(readers=0),
        "one": crowded(1, 2),
        "thirty": crowded(30, 3),
        "thousands": crowded(3_000, 1),
    }
