"""Short ways to make the values that the policy judges."""

import pytest

from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.kinds import class_of, describe
from contract_gate.compare.impact import Consumer, Effect, Impact, KnownBy
from contract_gate.core.coverage import CatalogState, CatalogStatus, Coverage
from contract_gate.core.relation import Location, RelationName
from contract_gate.policy.finding import Finding
from contract_gate.policy.judge import judge
from contract_gate.policy.level import Level
from contract_gate.policy.settings import Settings, Verdict

ORDERS = RelationName(("db", "shop", "orders"))


class Bench:
    """Make changes and impacts, and judge them."""

    def change(
        self,
        kind: Kind = Kind.COLUMN_REMOVED,
        *,
        id: str = "c1",  # noqa: A002
        caused_by: str | None = None,
        relation: RelationName = ORDERS,
        column: str | None = "amount",
        line: int = 4,
        certainty: Certainty = Certainty.PROVEN,
        path: str = "models/orders.sql",
    ) -> Change:
        return Change(
            kind=kind,
            change_class=class_of(kind),
            certainty=certainty,
            message=describe(kind, relation=relation, column=column),
            relation=relation,
            column=column,
            before="amount",
            location=Location(path=path, line=line, column=3),
            id=id,
            caused_by=caused_by,
        )

    def impact(
        self,
        name: str = "db.shop.revenue",
        effect: Effect = Effect.BREAKS,
        *,
        by: str = "binding",
        change: str = "c1",
        kind: str = "model",
        certainty: Certainty = Certainty.PROVEN,
        usage: int | None = None,
    ) -> Impact:
        local = by == "binding"
        return Impact(
            change=change,
            consumer=Consumer(
                kind=kind, name=name, path="models/revenue.sql" if local else None, usage=usage
            ),
            effect=effect,
            certainty=certainty,
            location=Location(path="models/revenue.sql", line=9) if local else None,
            by=KnownBy(by),
        )

    def catalog(
        self, status: str = "not-asked", *not_in_catalog: str, note: str | None = None
    ) -> CatalogState:
        return CatalogState(
            name="secoda", status=CatalogStatus(status), not_in_catalog=not_in_catalog, note=note
        )

    def judge(
        self,
        *values: Change | Impact,
        settings: Settings | None = None,
        catalog: CatalogState | None = None,
        coverage: Coverage | None = None,
    ) -> tuple[tuple[Finding, ...], Verdict]:
        return judge(
            [value for value in values if isinstance(value, Change)],
            [value for value in values if isinstance(value, Impact)],
            coverage or Coverage(files_changed=1, models_changed=1, models_analysed=1),
            catalog or self.catalog(),
            settings or Settings(),
        )

    def level(self, *values: Change | Impact, catalog: CatalogState | None = None) -> Level:
        """Judge values that make one finding, and give its level."""
        ((finding,), _) = self.judge(*values, catalog=catalog)
        return finding.level


@pytest.fixture
def bench() -> Bench:
    return Bench()
