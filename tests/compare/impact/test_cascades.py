"""What goes with what a step takes away: rows by foreign keys, and a trigger's function, which nothing calls any more."""

import pytest

from contract_gate.compare.changes.change import Kind
from tests.compare.impact.conftest import AssessIn
from tests.compare.impact.test_called_in_migrations import after, fails

T = "create table t (id int primary key, a int)"
V = "create view v as select count(*) as n, max(t_id) as m from c"


def key(does: str) -> str:
    return f"create table c (id int, t_id int references t (id) {does})"


@pytest.mark.parametrize("dialect", ["postgres", "tsql", "mysql", "oracle"])
@pytest.mark.parametrize(
    ("does", "step", "kind"),
    [
        ("on delete cascade", "delete from t where a = 1", Kind.ROWS_SOURCE_CHANGED),
        ("on delete cascade", "delete from t", Kind.ROWS_SOURCE_CHANGED),
        ("on delete set null", "delete from t where a = 1", Kind.COLUMN_VALUES_CHANGED),
        ("", "delete from t where a = 1", None),
        ("on delete cascade", "update t set a = 1", None),
        ("on delete cascade", "insert into t (id, a) values (1, 2)", None),
    ],
)
def test_rows_that_go_with_those_they_refer_to(
    assess_in: AssessIn, dialect: str, does: str, step: str, kind: Kind | None
) -> None:
    base = {"db/V1__t.sql": after(dialect, T, key(does), V)}
    found = assess_in(dialect, base, {**base, "db/V2__x.sql": after(dialect, step)})
    kinds = {c.kind for c in found.changes if c.relation is not None and c.relation.name == "c"}
    assert kinds == ({kind} if kind is not None else set())
    assert ("v" in {impact.consumer.name for impact in found.impacts}) is (kind is not None)


@pytest.mark.parametrize("does", ["", "on delete restrict", "on delete cascade"])
def test_a_truncate_that_cascades(assess_in: AssessIn, does: str) -> None:
    base = {"db/V1__t.sql": after("postgres", T, key(does), V)}
    for step, expected in (("truncate t cascade", True), ("truncate c", True), ("update t set a = 1", False)):
        found = assess_in("postgres", base, {**base, "db/V2__x.sql": after("postgres", step)})
        assert ("v" in {impact.consumer.name for impact in found.impacts}) is expected, step


FUNCTION = "create function f() returns trigger language plpgsql as $$ begin {} return new; end $$"
TRIGGER = "create trigger g after insert on t for each row execute function f()"


@pytest.mark.parametrize(
    "body",
    [
        "update t set a = 1;",
        "perform a from t;",
        "insert into log (a) values (1);",
        "delete from log where a = new.a;",
    ],
)
def test_the_function_of_a_trigger_that_is_gone(assess_in: AssessIn, body: str) -> None:
    """It stays, and nothing calls it, unless another trigger does, in whatever file."""
    log = "create table log (id int, a int)"
    own = after("postgres", T, log, FUNCTION.format(body), TRIGGER)
    for more, steps, expected in (
        ({}, ["drop table t", "drop table log"], False),
        ({}, ["drop trigger g on t", "alter table t drop column a", "alter table log drop column a"], False),
        ({}, ["alter table t drop column a", "alter table log drop column a"], True),
        (
            {"db/V2__u.sql": "create table u (a int);\ncreate trigger h after insert on u for each row execute function f();\n"},
            ["drop table t", "drop table log"],
            True,
        ),
        (
            {"h.sql": "create trigger h after insert on u for each row execute function f();\n"},
            ["drop table t", "drop table log"],
            True,
        ),
    ):  # fmt: skip
        base = {"db/V1__t.sql": own, **more}
        found = assess_in("postgres", base, {**base, "db/V3__x.sql": after("postgres", *steps)})
        assert fails(found) is expected, steps
