"""Readers of a column of another type, against what DuckDB says of the same SQL."""

import itertools

import duckdb
import pytest

from contract_gate.app.gate import compare
from contract_gate.compare.impact.impact import Effect
from contract_gate.edge.git import ChangedFile, FileStatus
from tests.compare.impact.conftest import world
from tests.comparing import assessed

TYPES = {"string": "varchar", "number": "integer", "time": "date", "boolean": "boolean"}
TABLE = "create table t (" + ", ".join(f"{name}s {kind}" for name, kind in TYPES.items()) + ");\n"
USES = [
    "k < {other}", "k between {other} and {other}", "k = {other}", "k in (select {other} from t)",
    "{other} in (select k from v)", "coalesce(k, {other})", "coalesce({other}, k)",
]  # fmt: skip
ALONE = ["sum(k)", "avg(k)", "k + 1", "k - k", "year(k)", "date_trunc('day', k)", "k % 2"]
PAIRS = list(itertools.permutations(TYPES, 2))


def breaks(was: str, now: str, use: str) -> bool:
    """Ask the gate: `v` gives `k` of another type now, and `reader` uses it."""
    base = {
        "t.sql": TABLE,
        "v.sql": f"create view v as select {was}s as k, strings, numbers, times, booleans from t;\n",
        "reader.sql": f"create view reader as select {use} as x from v;\n",
    }
    head = {**base, "v.sql": base["v.sql"].replace(f"{was}s as k", f"{now}s as k")}
    changed = [ChangedFile(path="v.sql", status=FileStatus.MODIFIED, old_path="v.sql")]
    with world(base, "base", "duckdb") as before, world(head, "head", "duckdb") as after:
        impacts = compare(before, after, changed)[0].impacts
    return any(impact.effect is Effect.BREAKS for impact in impacts)


def binds(now: str, use: str) -> bool:
    """Ask DuckDB."""
    with duckdb.connect() as connection:
        connection.execute(TABLE)
        connection.execute(f"create view v as select *, {now}s as k from t")
        try:
            connection.execute(f"select {use} from v")
        except duckdb.BinderException:
            return False
    return True


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(("was", "now"), PAIRS)
def test_with_a_column_of_the_former_type(was: str, now: str, use: str) -> None:
    """A reader that puts it beside a column of the old type breaks where DuckDB refuses to."""
    text = use.format(other=f"{was}s")
    assert breaks(was, now, text) == (not binds(now, text))


@pytest.mark.parametrize("use", ALONE)
@pytest.mark.parametrize(("was", "now"), PAIRS)
def test_computed_with(was: str, now: str, use: str) -> None:
    """What is said to break does."""
    assert not (breaks(was, now, use) and binds(now, use))


@pytest.mark.parametrize("use", ["sum(k)", "k + 1"])
def test_text_is_not_computed_with(use: str) -> None:
    """The common mistake is told."""
    assert breaks("number", "string", use)


def branches(dialect: str, cast: str) -> list[bool]:
    base = {
        "t.sql": TABLE,
        "v.sql": "create view v as select numbers as k from t;\n",
        "reader.sql": "create view reader as select k from v union all select numbers from t;\n",
    }
    head = {**base, "v.sql": f"create view v as select {cast} as k from t;\n"}
    changed = [ChangedFile(path="v.sql", status=FileStatus.MODIFIED, old_path="v.sql")]
    with world(base, "base", dialect) as before, world(head, "head", dialect) as after:
        return [
            i.effect is Effect.BREAKS
            for i in compare(before, after, changed)[0].impacts
            if i.effect is Effect.BREAKS
        ]


def test_branches_of_two_types() -> None:
    """PostgreSQL refuses them, DuckDB makes text of both."""
    assert branches("postgres", "cast(numbers as text)") == [True]
    assert branches("duckdb", "cast(numbers as text)") == []
    assert branches("postgres", "cast(numbers as bigint)") == []


@pytest.mark.parametrize(("column", "is_broken"), [("k", True), ("z", False)])
def test_a_column_that_a_star_beside_brings(column: str, is_broken: bool) -> None:
    """Only what is the column itself has its type; what comes of a table that nobody declares may have any."""
    query = f"select year(q.{column}) as y from (select k, o.* from t, elsewhere as o) q"
    base = {"t.sql": "create table t (k date);\n", "reader.sql": f"create view reader as {query};\n"}
    found = assessed(base, {**base, "t.sql": "create table t (k integer);\n"}, "duckdb")
    assert any(impact.effect is Effect.BREAKS for impact in found.impacts) is is_broken
