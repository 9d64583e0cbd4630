"""What an engine keeps by what it reads follows a later rename of table or column, and what it keeps by a text does not."""

import pytest

from contract_gate.compare.impact.impact import Effect
from tests.compare.impact.conftest import AssessIn
from tests.compare.impact.test_called_in_migrations import after, fails

RENAMES = ("alter table t rename column a to b", "alter table t rename to t2")
TAKES = ("alter table t drop column a", "drop table t")
U = "create table u (id int)"
KEPT = {
    "postgres": [
        "create materialized view v as select id, a from t",
        "create function f() returns bigint begin atomic select a from t; end",
        "create function f() returns int return (select max(a) from t)",
        "create procedure f() begin atomic update t set a = 1; end",
        f"{U};\ncreate rule r as on insert to u do also update t set a = 1",
        f"{U};\ncreate rule r as on insert to u do also (insert into u values (1); delete from t where a = 2)",
        f"{U};\ncreate policy p on u using (exists (select 1 from t where a = 1))",
        f"{U};\nalter table t add constraint k unique (a);\ncreate table w (a int references t (a))",
    ],
    "sqlite": [
        "create view v as select id, a from t",
        f"{U};\ncreate trigger g after insert on u begin update t set a = 1; end",
        f"{U};\ncreate trigger g after insert on u begin select a from t; end",
    ],
}
ON_ITS_OWN = [
    "create policy p on t using (a > 1)",
    "create function f() returns trigger language plpgsql as $$ begin return new; end $$;\n"
    "create trigger g before update of a on t for each row when (old.a > 1) execute function f()",
]
BY_TEXT = {
    "postgres": [
        "create function f() returns int language sql as 'select max(a) from t'",
        "create procedure f() language sql as $$ update t set a = 1 $$",
        "create function f() returns int language plpgsql as $$ begin return (select max(a) from t); end $$",
        "create procedure f() language plpgsql as $$ begin update t set a = 1; end $$",
        "create procedure f() language plpgsql as $$ begin perform a from t; end $$",
    ],
    "mysql": [
        "create procedure f() select a from t",
        "delimiter //\ncreate trigger g after insert on u for each row begin update t set a = 1; end //\ndelimiter ;\n",
    ],
}


def each(of: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(dialect, reader) for dialect, readers in of.items() for reader in readers]


def broken_by(assess_in: AssessIn, dialect: str, reader: str, step: str) -> bool:
    made = "create table t (id int, a int)"
    tables = [made, U] if dialect == "mysql" else [made]
    base = {"db/V1__t.sql": after(dialect, *tables), "db/V2__r.sql": after(dialect, reader)}
    return fails(assess_in(dialect, base, {**base, "db/V3__x.sql": after(dialect, step)}))


@pytest.mark.parametrize(("dialect", "reader"), each(KEPT))
def test_what_follows(assess_in: AssessIn, dialect: str, reader: str) -> None:
    assert [broken_by(assess_in, dialect, reader, step) for step in (*RENAMES, *TAKES)] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("reader", ON_ITS_OWN)
def test_what_stands_on_the_table_itself(assess_in: AssessIn, reader: str) -> None:
    """It goes with its table, and holds its columns."""
    found = [broken_by(assess_in, "postgres", reader, step) for step in (*RENAMES, *TAKES)]
    assert found == [False, False, True, False]


@pytest.mark.parametrize(("dialect", "reader"), each(BY_TEXT))
def test_what_does_not_follow(assess_in: AssessIn, dialect: str, reader: str) -> None:
    assert all(broken_by(assess_in, dialect, reader, step) for step in (*RENAMES, *TAKES))


@pytest.mark.parametrize("reader", [KEPT["postgres"][1], KEPT["postgres"][3], KEPT["postgres"][4]])
def test_a_table_that_is_made_under_another_name(assess_in: AssessIn, reader: str) -> None:
    """Who builds the schema afresh meets no rename."""
    base = {"db/V1__t.sql": "create table t (id int, a int);\n", "db/V2__r.sql": f"{reader};\n"}
    head = {**base, "db/V1__t.sql": "create table t (id int, b int);\n"}
    assert fails(assess_in("postgres", base, head))


MOVES = [
    ("postgres", "alter table t set schema s"),
    ("tsql", "alter schema s transfer dbo.t"),
    ("tsql", "alter schema s transfer object::t"),
    ("snowflake", "alter table t rename to s.t"),
]


@pytest.mark.parametrize(("dialect", "step"), MOVES)
@pytest.mark.parametrize(
    ("reader", "effects"),
    [
        ("create view w as select id, a from t", [Effect.UNKNOWN]),
        ("create view w as select id, a from {usual}.t", [Effect.BREAKS]),
        ("create view w as select id, a from s.t", []),
    ],
)
def test_a_table_that_moves_to_a_schema(
    assess_in: AssessIn, dialect: str, step: str, reader: str, effects: list[Effect]
) -> None:
    """A bare name finds it only where its schema is searched."""
    said = reader.format(usual="dbo" if dialect == "tsql" else "public")
    bare = said.replace("s.t", "t")
    base = {"db/V1__t.sql": after(dialect, "create table t (id int, a int)"), "w.sql": bare}
    found = assess_in(dialect, base, {**base, "w.sql": said, "db/V2__x.sql": after(dialect, step)})
    assert [impact.effect for impact in found.impacts] == effects


def test_a_reader_that_sets_its_search_path(assess_in: AssessIn) -> None:
    base = {
        "db/V1__t.sql": "create table t (id int, a int);\n",
        "w.sql": "set search_path = public, s;\ncreate view w as select id, a from t;\n",
    }
    found = assess_in("postgres", base, {**base, "db/V2__x.sql": "alter table t set schema s;\n"})
    assert not found.impacts
