"""Keys and indexes of a table that stand in other files than the table, and rows that hang on any of them."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from tests.comparing import assessed

TABLE = "create table t (id int not null, v int);\n"
KEY = "alter table t add constraint t_pk primary key (id);\n"
GROUPED = "create view r as select id, v, count(*) as n from t group by id;\n"
UPSERT = "insert into t (id, v) select id, v from s on conflict (id) do nothing;\n"


def broken(dialect: str, base: dict[str, str], head: dict[str, str]) -> set[str | None]:
    """Give the files that break."""
    found = assessed(base, head, dialect)
    return {impact.consumer.path for impact in found.impacts if impact.effect is Effect.BREAKS}


@pytest.mark.parametrize("reader", [GROUPED, UPSERT])
def test_a_key_of_another_file_goes(reader: str) -> None:
    """Who needs a key that an ALTER in a file of its own adds breaks when that file goes."""
    head = {"t.sql": TABLE, "reader.sql": reader}
    assert broken("postgres", {**head, "key.sql": KEY}, head) == {"reader.sql"}


def test_a_key_that_goes_with_its_table() -> None:
    """Who needs it breaks by the table alone, which is told once; where the table can't be read nobody knows."""
    base = {"t.sql": TABLE + KEY, "reader.sql": GROUPED}
    assert broken("postgres", base, {"reader.sql": GROUPED}) == {"reader.sql"}
    assert (
        broken("postgres", base, {**base, "t.sql": "create table t (id int, v int, and and and(;\n"}) == set()
    )


@pytest.mark.parametrize("reader", [GROUPED, UPSERT])
def test_a_key_that_moves_to_another_file_is_there(reader: str) -> None:
    """A key that is declared in another file than before is the same key."""
    base = {"t.sql": TABLE.replace("v int", "v int, primary key (id)"), "reader.sql": reader}
    head = {**base, "t.sql": TABLE, "key.sql": KEY}
    assert broken("postgres", base, head) == set()
    assert broken("postgres", head, base) == set()


def test_an_index_of_another_file_goes() -> None:
    """A hint names an index that a file of its own made."""
    head = {"t.sql": TABLE, "r.sql": "create view r as select v from t force index (ti) where id = 1;\n"}
    base = {**head, "ti.sql": "create index ti on t (id);\n", "tj.sql": "create index tj on t (v);\n"}
    assert broken("mysql", base, head) == {"r.sql"}
    assert broken("mysql", base, {**head, "ti.sql": base["ti.sql"]}) == set()


def test_a_migration_drops_an_index() -> None:
    """A migration that drops a unique index takes the key from who inserts by it, whatever table it is of."""
    base = {
        "migrations/V1__t.sql": TABLE + "create table u (id int);\ncreate unique index ti on t (id);\n",
        "load.sql": UPSERT,
    }
    head = {**base, "migrations/V2__drop.sql": "drop index ti;\n"}
    assert broken("postgres", base, head) == {"load.sql"}
    assert broken("postgres", base, {**base, "migrations/V2__other.sql": "drop index uj;\n"}) == set()


@pytest.mark.parametrize(
    ("dialect", "insert"),
    [
        ("mysql", "insert ignore into t (id, v) select id, v from s;\n"),
        ("mysql", "insert into t (id, v) select id, v from s on duplicate key update v = 1;\n"),
        ("mysql", "replace into t (id, v) select id, v from s;\n"),
        ("sqlite", "insert or replace into t (id, v) select id, v from s;\n"),
        ("postgres", "insert into t (id, v) select id, v from s on conflict do nothing;\n"),
    ],
)
def test_rows_that_meet_any_key(dialect: str, insert: str) -> None:
    """Without the key the rows that met it are added: that is told of the table."""
    base = {"t.sql": TABLE.replace("v int", "v int, unique (id)"), "load.sql": insert}
    kinds = {change.kind for change in assessed(base, {**base, "t.sql": TABLE}, dialect).changes}
    assert Kind.ROWS_MERGE_CHANGED in kinds
    plain = {**base, "load.sql": "insert into t (id, v) select id, v from s;\n"}
    kinds = {change.kind for change in assessed(plain, {**plain, "t.sql": TABLE}, dialect).changes}
    assert Kind.ROWS_MERGE_CHANGED not in kinds


@pytest.mark.parametrize("rename", ["rename column id to key", "rename to u"])
def test_a_foreign_key_follows_a_rename(rename: str) -> None:
    """A migration that renames what a foreign key names leaves the key where it was (run in PostgreSQL 15)."""
    base = {
        "migrations/V1__a.sql": "create table t (id int unique);\ncreate table c (t int references t (id));\n"
    }
    head = {**base, "migrations/V2__b.sql": f"alter table t {rename};\n"}
    assert assessed(base, head, "postgres").impacts == ()
    late = {**head, "migrations/V3__c.sql": "create table d (t int references t (id));\n"}
    assert broken("postgres", base, late) == {"migrations/V3__c.sql"}


def test_a_function_that_is_called_is_not_dropped() -> None:
    """PostgreSQL keeps a function that a view or a default calls; what calls nothing of it is left in peace."""
    made = "create function f(x int) returns int language sql as $$ select x $$;\n"
    base = {"migrations/V1__a.sql": f"{made}create view v as select f(1) as a;\n"}
    drop = {"migrations/V2__b.sql": f"drop function f(int);\n{made.replace('returns int', 'returns bigint')}"}
    assert broken("postgres", base, {**base, **drop})
    alone = {"migrations/V1__a.sql": f"{made}create table t (a int);\n"}
    found = assessed(alone, {**alone, "migrations/V2__b.sql": "drop function f(int);\n"}, "postgres")
    assert found.impacts == ()
