"""Sequences, row policies, partitions and tasks: what is made in one file, and named in another."""

import pytest

from contract_gate.compare.impact import Effect
from tests.comparing import assessed

SEQUENCE = {"sq.sql": "create sequence app.sq;\n", "other.sql": "create sequence app.sr;\n"}
TABLE = "create table t (id int, v int);\n"


def felt(dialect: str, base: dict[str, str], gone: dict[str, str]) -> dict[str, Effect]:
    """Give the worst that each file feels of the files that are others (empty: gone)."""
    head = {path: text for path, text in {**base, **gone}.items() if text}
    found: dict[str, Effect] = {}
    for impact in assessed(base, head, dialect).impacts:
        path = impact.consumer.path or ""
        found[path] = min(impact.effect, found.get(path, impact.effect), key=lambda effect: effect.rank)
    return found


@pytest.mark.parametrize(
    ("dialect", "reader"),
    [
        ("postgres", "create view r as select nextval('app.sq') as id, v from s;"),
        ("postgres", "create table r (id bigint default nextval('app.sq'::regclass), v int);"),
        ("postgres", "alter table t alter column id set default nextval('app.sq');"),
        ("postgres", "create function f() returns bigint language sql as $$ select currval('app.sq') $$;"),
        ("postgres", "select setval('app.sq', (select max(id) from t));"),
        ("duckdb", "create table r as select nextval('app.sq') as id;"),
        ("oracle", "create table r as select app.sq.nextval as id from dual;"),
        ("snowflake", "create table r (id number default app.sq.nextval, v number);"),
        ("tsql", "create view r as select next value for app.sq as id from s;"),
        ("tsql", "create table r (id int default (next value for app.sq), v int);"),
    ],
)
def test_who_asks_a_sequence(dialect: str, reader: str) -> None:
    """Whoever asks a sequence breaks when it goes or gets another name, and not when another does."""
    base = {**SEQUENCE, "t.sql": TABLE, "reader.sql": f"{reader}\n"}
    assert felt(dialect, base, {"sq.sql": ""}) == {"reader.sql": Effect.BREAKS}
    assert felt(dialect, base, {"sq.sql": "create sequence app.sx;\n"}) == {"reader.sql": Effect.BREAKS}
    assert felt(dialect, base, {"other.sql": ""}) == {}
    assert felt(dialect, base, {"sq.sql": "", "seq/sq.sql": SEQUENCE["sq.sql"]}) == {}


@pytest.mark.parametrize(
    "named", ["grant usage on sequence app.sq to r;", "alter sequence app.sq owned by t.id;"]
)
def test_who_names_a_sequence(named: str) -> None:
    """What else names a sequence is told."""
    base = {**SEQUENCE, "t.sql": TABLE, "reader.sql": f"{named}\n"}
    assert felt("postgres", base, {"sq.sql": ""}) == {"reader.sql": Effect.UNKNOWN}


def test_a_migration_drops_a_sequence() -> None:
    """PostgreSQL refuses to drop a sequence that a default asks; who asks it elsewhere finds none."""
    first = {"migrations/V1__a.sql": f"create sequence sq;\n{TABLE}"}
    drop = {"migrations/V2__b.sql": "drop sequence sq;\n"}
    assert felt("postgres", first, drop) == {}
    asked = {
        "migrations/V1__a.sql": "create sequence sq;\ncreate table t (id int default nextval('sq'), v int);\n"
    }
    assert set(felt("postgres", asked, drop).values()) == {Effect.BREAKS}
    load = {**first, "load.sql": "insert into t (id, v) select nextval('sq'), v from s;\n"}
    assert felt("postgres", load, drop) == {"load.sql": Effect.BREAKS}


def test_a_relation_that_is_called_like_a_sequence() -> None:
    """Sequences and tables of other schemas are told apart."""
    base = {
        "o.sql": "create table shop.sq (id int);\n",
        "r.sql": "create view r as select id from shop.sq;\n",
    }
    assert felt("postgres", {**SEQUENCE, **base}, {"sq.sql": ""}) == {}


POLICY = {
    "t.sql": TABLE,
    "p.sql": "create rls policy p with (v int) using (v > 1);\n",
    "q.sql": "create rls policy q with (id int) using (id > 1);\n",
    "a.sql": "attach rls policy p on t to public;\n",
}


def test_a_row_policy_of_another_file() -> None:
    """Redshift's policy names columns, and a file of its own which table they are of."""
    assert felt("redshift", POLICY, {"t.sql": "create table t (id int);\n"}) == {"a.sql": Effect.BREAKS}
    assert felt("redshift", POLICY, {"t.sql": "create table t (v int);\n"}) == {}
    assert felt("redshift", POLICY, {"p.sql": ""}) == {"a.sql": Effect.BREAKS}
    assert felt("redshift", POLICY, {"q.sql": ""}) == {}
    wider = {"p.sql": "create rls policy p with (v int, w int) using (v > w);\n"}
    assert felt("redshift", POLICY, wider) == {"a.sql": Effect.BREAKS}


PARTITION = {
    "t.sql": "create table t (id int, v int) partition by range (v);\n",
    "r.sql": TABLE.replace("table t", "table r"),
    "a.sql": "-- later\nalter table t attach partition r for values from (1) to (2);\n",
}


def test_a_partition_that_is_attached_in_another_file() -> None:
    """Parent and child must have the same columns, and the parent must be partitioned so (run in PostgreSQL)."""
    assert felt("postgres", PARTITION, {"t.sql": TABLE}) == {"a.sql": Effect.BREAKS}
    by_list = {"t.sql": PARTITION["t.sql"].replace("range", "list")}
    assert felt("postgres", PARTITION, by_list) == {"a.sql": Effect.BREAKS}
    assert felt("postgres", PARTITION, {"r.sql": "create table r (v int);\n"}) == {"a.sql": Effect.BREAKS}
    less = {path: PARTITION[path].replace("id int, ", "") for path in ("t.sql", "r.sql")}
    assert felt("postgres", PARTITION, less) == {}
    found = assessed(PARTITION, {**PARTITION, "t.sql": TABLE}, "postgres").impacts
    assert [impact.location.line for impact in found if impact.location] == [2]


@pytest.mark.parametrize("condition", ["system$stream_has_data('t')", "(select max(v) from t) > 1"])
@pytest.mark.parametrize("more", ["create table q2 (a int);\n", "create view q2 as select a from q;\n", ""])
def test_when_a_task_runs(condition: str, more: str) -> None:
    """What the condition of a task names is told, whatever relations its file makes."""
    task = f"create task k warehouse = w schedule = '1 minute' when {condition} as insert into q select 1;\n"
    base = {"t.sql": TABLE, "k.sql": f"create table q (a int);\n{more}{task}"}
    assert felt("snowflake", base, {"t.sql": ""})["k.sql"] in (Effect.BREAKS, Effect.UNKNOWN)
    told = felt("snowflake", base, {"t.sql": "create table t (id int);\n"})
    assert ("k.sql" in told) == ("v" in condition.replace("has", ""))
    assert felt("snowflake", base, {"t.sql": "create table t (v int);\n"}) == {}
