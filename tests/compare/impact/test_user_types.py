"""Types and domains that a repository makes: their attributes, values and checks are those of the columns made of them."""

from collections.abc import Mapping

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact.assess import Assessment
from contract_gate.compare.impact.impact import Effect
from tests.compare.impact.conftest import AssessIn

ADDRESS = "create type addr as (city text, zip text);\n"
PEOPLE = "create table p (id int, a addr);\n"
ZIPS = "create view v as select id, (a).zip as z from p;\n"
MOODS = "create type mood as enum ('sad', 'ok', 'happy');\ncreate table p (id int, m mood);\n"
HAPPY = "create view v as select id from p where m = 'happy';\n"
POSITIVE = "create domain pos as int check (value > 0);\ncreate table p (id int, q pos);\n"


def edited(
    assess_in: AssessIn, dialect: str, base: Mapping[str, str], edit: Mapping[str, str | None]
) -> Assessment:
    head = {path: text for path, text in {**base, **edit}.items() if text is not None}
    return assess_in(dialect, base, head)


def broken(found: Assessment) -> set[str | None]:
    return {impact.consumer.path for impact in found.impacts if impact.effect is Effect.BREAKS}


@pytest.mark.parametrize(
    ("dialect", "base", "edit"),
    [
        ("postgres", {"t.sql": ADDRESS + PEOPLE, "v.sql": ZIPS}, {"t.sql": ADDRESS.replace(", zip text", "") + PEOPLE}),
        ("postgres", {"ty.sql": ADDRESS, "t.sql": PEOPLE, "v.sql": ZIPS}, {"ty.sql": ADDRESS.replace("zip", "zipcode")}),
        ("postgres", {"migrations/V1__a.sql": ADDRESS + PEOPLE, "v.sql": ZIPS}, {"migrations/V2__b.sql": "alter type addr drop attribute zip cascade;\n"}),
        ("postgres", {"ty.sql": ADDRESS, "t.sql": PEOPLE, "u.sql": "create view u as select id, (a).* from p;\n", "v.sql": "create view v as select zip from u;\n"},
         {"ty.sql": "create type addr as (city text);\n"}),
        ("postgres", {"ty.sql": ADDRESS, "t.sql": "create table p (id int, l addr[]);\n", "v.sql": "create view v as select x.zip from p, unnest(p.l) as x;\n"},
         {"ty.sql": "create type addr as (city text);\n"}),
        ("postgres", {"ty.sql": ADDRESS, "f.sql": "create function f() returns setof addr language plpgsql as $$ begin return query select * from raw.x; end $$;\n",
                      "v.sql": "create view v as select zip from f();\n"}, {"ty.sql": "create type addr as (city text);\n"}),
        ("postgres", {"ty.sql": ADDRESS, "t.sql": "create table p (id int);\n", "v.sql": "create view v as select (row('a', 'b')::addr).zip as z from p;\n"}, {"ty.sql": "create type addr as (city text);\n"}),
        ("duckdb", {"t.sql": "create type addr as struct(city varchar, zip varchar);\n" + PEOPLE, "v.sql": "create view v as select a.zip from p;\n"},
         {"t.sql": "create type addr as struct(city varchar);\n" + PEOPLE}),
        ("oracle", {"ty.sql": "create or replace type addr as object (city varchar2(20), zip varchar2(5));\n/\n", "t.sql": "create table p (id number, a addr);\n",
                    "v.sql": "create view v as select p.a.zip z from p;\n"}, {"ty.sql": "create or replace type addr as object (city varchar2(20));\n/\n"}),
    ],
)  # fmt: skip
def test_an_attribute_that_goes_breaks_who_reads_it(
    assess_in: AssessIn, dialect: str, base: Mapping[str, str], edit: Mapping[str, str]
) -> None:
    """Through the column that is made of the type, wherever the type is written."""
    assert broken(edited(assess_in, dialect, base, edit)) == {"v.sql"}


@pytest.mark.parametrize(
    ("base", "edit"),
    [
        ({"t.sql": ADDRESS + PEOPLE, "v.sql": ZIPS}, {"t.sql": ADDRESS.replace(")", ", land text)") + PEOPLE}),
        ({"t.sql": ADDRESS + PEOPLE, "v.sql": ZIPS}, {"t.sql": "CREATE TYPE addr AS (\n  city text,\n  zip text\n);\n" + PEOPLE}),
        ({"t.sql": ADDRESS + PEOPLE, "v.sql": "create view v as select (a).city from p;\n"}, {"t.sql": ADDRESS.replace(", zip text", "") + PEOPLE}),
        ({"t.sql": MOODS, "v.sql": HAPPY}, {"t.sql": MOODS.replace("'happy'", "'happy', 'glad'")}),
        ({"t.sql": POSITIVE}, {"t.sql": POSITIVE.upper()}),
    ],
)  # fmt: skip
def test_who_reads_no_part_that_goes_is_left_in_peace(
    assess_in: AssessIn, base: Mapping[str, str], edit: Mapping[str, str]
) -> None:
    """An attribute or a value more, another layout, and an attribute that it does not read break nobody."""
    assert broken(edited(assess_in, "postgres", base, edit)) == set()


@pytest.mark.parametrize(
    ("base", "edit", "kind"),
    [
        ({"t.sql": MOODS, "v.sql": HAPPY}, {"t.sql": MOODS.replace(", 'happy'", "")}, Kind.COLUMN_TYPE_CHANGED),
        ({"t.sql": MOODS, "v.sql": HAPPY}, {"t.sql": MOODS.replace("'happy'", "'Happy'")}, Kind.COLUMN_TYPE_CHANGED),
        ({"migrations/V1__a.sql": MOODS, "v.sql": HAPPY}, {"migrations/V2__b.sql": "alter type mood rename value 'happy' to 'glad';\n"}, Kind.COLUMN_TYPE_CHANGED),
        ({"t.sql": POSITIVE}, {"t.sql": POSITIVE.replace("> 0", "> 10")}, Kind.CONSTRAINT_REMOVED),
        ({"t.sql": POSITIVE}, {"t.sql": POSITIVE.replace("int check", "bigint check")}, Kind.COLUMN_TYPE_WIDENED),
        ({"migrations/V1__a.sql": POSITIVE}, {"migrations/V2__b.sql": "alter domain pos drop constraint pos_check;\n"}, Kind.CONSTRAINT_REMOVED),
        ({"t.sql": POSITIVE.replace("check (value > 0)", "not null")}, {"t.sql": POSITIVE.replace(" check (value > 0)", "")}, Kind.COLUMN_NULLABLE),
        ({"ty.sql": ADDRESS, "t.sql": PEOPLE}, {"ty.sql": None}, Kind.RELATION_REMOVED),
    ],
)  # fmt: skip
def test_what_a_type_no_longer_holds_is_told(
    assess_in: AssessIn, base: Mapping[str, str], edit: Mapping[str, str | None], kind: Kind
) -> None:
    """A value of an enumeration, a domain's check, its NOT NULL, its type, and the type itself."""
    assert kind in {change.kind for change in edited(assess_in, "postgres", base, edit).changes}


def test_a_reader_that_names_a_value_that_goes_is_told(assess_in: AssessIn) -> None:
    """Its filter compares with what the enumeration no longer has."""
    found = edited(
        assess_in, "postgres", {"t.sql": MOODS, "v.sql": HAPPY}, {"t.sql": MOODS.replace(", 'happy'", "")}
    )
    assert {impact.consumer.path for impact in found.impacts} == {"v.sql"}


def test_a_cast_to_a_type_that_goes_breaks(assess_in: AssessIn) -> None:
    """A view that casts to a type which nothing makes any more can't be made."""
    base = {"ty.sql": MOODS, "v.sql": "create view v as select 'ok'::mood as m;\n"}
    found = edited(assess_in, "postgres", base, {"ty.sql": "create table p (id int, m text);\n"})
    assert "v.sql" in broken(found)


@pytest.mark.parametrize(
    ("used", "step", "fails"),
    [
        ("mood", "drop type mood;", {"V1__a.sql"}),
        ("text", "drop type mood;", set()),
        ("mood", "drop type mood cascade;", {"r.sql"}),
        ("mood", "alter table p drop column m;\ndrop type mood;", {"r.sql"}),
        ("mood", "alter table p alter column m type text using m::text;\ndrop type mood;", set()),
        ("mood", "create type mood2 as enum ('sad', 'glad');\nalter table p alter column m type mood2 using m::text::mood2;\n"
         "drop type mood;\nalter type mood2 rename to mood;", set()),
        ("mood", "drop type if exists other cascade;", set()),
    ],
)  # fmt: skip
def test_a_migration_that_drops_a_type(assess_in: AssessIn, used: str, step: str, fails: set[str]) -> None:
    """PostgreSQL holds a type as long as a column is of it; CASCADE takes the column. Run in PostgreSQL 15."""
    base = {
        "migrations/V1__a.sql": f"create type mood as enum ('sad');\ncreate table p (id int, m {used});\n",
        "r.sql": "select m from p;\n",
        "s.sql": "select id from p;\n",
    }
    found = edited(assess_in, "postgres", base, {"migrations/V2__b.sql": step + "\n"})
    assert {str(path).removeprefix("migrations/") for path in broken(found)} == fails


def test_a_migration_that_only_drops_a_schema_is_run_too(assess_in: AssessIn) -> None:
    """It makes nothing that is there in the end, and the engine refuses it while tables are in the schema."""
    made = "create schema s;\ncreate table s.x (id int);\ncreate table y (id int);\n"
    base = {"migrations/V1__a.sql": made}
    assert broken(edited(assess_in, "postgres", base, {"migrations/V2__b.sql": "drop schema s;\n"}))
    assert not broken(
        edited(assess_in, "postgres", base, {"migrations/V2__b.sql": "drop schema s cascade;\n"})
    )


@pytest.mark.parametrize(
    ("before", "after", "breaks"),
    [
        ("s struct(x int, y int)", "s struct(x int)", True),
        ("s struct(x int, z int)", "s struct(x int, y int)", False),
        ("s struct(x int, y int), t int", "s struct(x int, y int)", False),
    ],
)
def test_duckdb_unnests_a_struct_into_its_fields(
    assess_in: AssessIn, before: str, after: str, breaks: bool
) -> None:
    """`unnest(s)` gives a column for each field, which readers read by name."""
    base = {
        "a.sql": f"create table a (id int, {before});\n", "v.sql": "create view v as select id, unnest(s) from a;\n",
        "w.sql": "create view w as select y from v;\n",
    }  # fmt: skip
    assert broken(edited(assess_in, "duckdb", base, {"a.sql": f"create table a (id int, {after});\n"})) == (
        {"w.sql"} if breaks else set()
    )


@pytest.mark.parametrize("option", ["recursive := true", "max_depth := 2"])
def test_duckdb_unnests_an_array_of_structs_in_two_steps(assess_in: AssessIn, option: str) -> None:
    """Rows first, then the fields of each as columns."""
    base = {
        "a.sql": "create table a (id int, s struct(x int, y int)[]);\n", "v.sql": f"create view v as select id, unnest(s, {option}) from a;\n",
        "w.sql": "create view w as select y from v;\n",
    }  # fmt: skip
    assert broken(
        edited(assess_in, "duckdb", base, {"a.sql": "create table a (id int, s struct(x int)[]);\n"})
    ) == {"w.sql"}
