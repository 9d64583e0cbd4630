"""An UPDATE that comes behind all else writes the columns that it sets, and leaves the rows where they are."""

import pytest

from contract_gate.compare.changes.change import Kind
from tests.compare.impact.conftest import AssessIn
from tests.compare.impact.test_called_in_migrations import after

BASE = ["create table t (id int, a int, c int)", "create view v as select id, a from t where c > 1"]


@pytest.mark.parametrize("dialect", ["postgres", "tsql", "mysql", "oracle", "snowflake"])
@pytest.mark.parametrize(
    ("steps", "changed", "told"),
    [
        (["alter table t add b int", "update t set b = 1"], set(), False),
        (["alter table t add b int", "update t set b = a where b is null"], set(), False),
        (["update t set a = 1 where id = 2"], {"a"}, True),
        (["update t set c = 1"], {"c"}, True),
        (["update t set a = 1", "update t set c = a"], {"a", "c"}, True),
        (["update t set a = 1", "delete from t where c = 1"], None, True),
        (["delete from t where c = 1"], None, True),
        (["insert into t (id, a) select id, c from t"], None, True),
    ],
)
def test_a_step_that_updates(
    assess_in: AssessIn, dialect: str, steps: list[str], changed: set[str] | None, told: bool
) -> None:
    """`changed`: the columns whose values differ; None: the rows do."""
    base = {"db/V1__t.sql": after(dialect, *BASE)}
    found = assess_in(dialect, base, {**base, "db/V2__x.sql": after(dialect, *steps)})
    of_table = [c for c in found.changes if c.relation is not None and c.relation.name == "t"]
    assert (Kind.ROWS_SOURCE_CHANGED in {c.kind for c in of_table}) is (changed is None)
    if changed is not None:
        assert {c.column for c in of_table if c.kind is Kind.COLUMN_VALUES_CHANGED} == changed
    assert ("v" in {impact.consumer.name for impact in found.impacts}) is told


def test_one_that_goes_again(assess_in: AssessIn) -> None:
    """The other way round it is the same."""
    base = {"db/V1__t.sql": after("postgres", *BASE)}
    more = {**base, "db/V2__x.sql": "update t set a = 1;\n"}
    for one, other in ((base, more), (more, base)):
        found = assess_in("postgres", one, other)
        kinds = [
            (c.kind, c.column) for c in found.changes if c.relation is not None and c.relation.name == "t"
        ]
        assert kinds == [(Kind.COLUMN_VALUES_CHANGED, "a")]
