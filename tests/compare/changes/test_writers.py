"""Python, notebooks and shell scripts that write a model's rows: what an edit of one alone does to them."""

import json

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact import Effect
from tests.comparing import assessed

MODELS = {
    "t.sql": "create table mart.t (id int, v int);\n",
    "s.sql": "create table mart.s (id int, v int, w int);\n",
    "r.sql": "create view mart.r as select id, v from mart.t;\n",
    "o.sql": "create view mart.o as select id, w from mart.s;\n",
}
INSERT = "insert into mart.t (id, v) select id, v from mart.s where w > 1"


def script(ending: str, sql: str) -> dict[str, str]:
    match ending:
        case "py":
            return {"load.py": f'cursor.execute("{sql}")\n'}
        case "sh":
            return {"load.sh": f'psql -c "{sql}"\n'}
        case _:
            cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": [f'spark.sql("{sql}")\n']}
            kernel = {"kernelspec": {"language": "python", "name": "python3"}}
            book = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
            return {"load.ipynb": json.dumps(book)}


def felt(base: dict[str, str], head: dict[str, str]) -> tuple[set[Kind], set[str | None]]:
    """Give the kinds of change, and who feels them as other rows or values."""
    found = assessed(base, head, "postgres")
    assert all(change.certainty is not Certainty.PROVEN for change in found.changes)
    changed = {each.consumer.path for each in found.impacts if each.effect is Effect.CHANGES}
    return {change.kind for change in found.changes}, changed


@pytest.mark.parametrize("ending", ["py", "sh", "ipynb"])
@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (INSERT, INSERT.replace("> 1", "> 2"), Kind.ROWS_FILTER_CHANGED),
        (INSERT, INSERT.replace("id, v from", "id, v + 1 from"), Kind.COLUMN_VALUES_CHANGED),
        ("delete from mart.t where id = 2", "delete from mart.t where id = 3", Kind.ROWS_FILTER_CHANGED),
        ("update mart.t set v = 1", "update mart.t set v = 2", Kind.COLUMN_VALUES_CHANGED),
        ("", INSERT, Kind.ROWS_SOURCE_CHANGED),
        (INSERT, "", Kind.ROWS_SOURCE_CHANGED),
    ],
)
def test_a_script_writes_other_rows(ending: str, before: str, after: str, kind: Kind) -> None:
    """The relation that it writes has other rows, and its readers feel that."""
    kinds, changed = felt({**MODELS, **script(ending, before)}, {**MODELS, **script(ending, after)})
    assert kind in kinds
    assert changed == {"r.sql"}


@pytest.mark.parametrize("ending", ["py", "sh", "ipynb"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (INSERT, INSERT.replace(" where", "   where")),
        (INSERT, INSERT.replace("w > 1", "1 < w")),
        ("select id from mart.t", "select v from mart.t"),
        ("insert into log.x select id from mart.t", "insert into log.x select v from mart.t"),
    ],
)
def test_a_script_writes_what_it_wrote(ending: str, before: str, after: str) -> None:
    """The same rows in other words, what it only reads and what nobody here makes are no change."""
    assert felt({**MODELS, **script(ending, before)}, {**MODELS, **script(ending, after)}) == (set(), set())


def test_a_script_that_deletes_reads() -> None:
    """A file that only deletes names the columns of its condition."""
    files = {**MODELS, **script("py", "delete from mart.t where v = 2")}
    found = assessed(files, {**files, "t.sql": "create table mart.t (id int);\n"}, "postgres")
    assert "load.py" in {each.consumer.path for each in found.impacts if each.effect is Effect.BREAKS}


@pytest.mark.parametrize("names", ["v, id", "id"])
def test_a_script_that_makes_a_table_in_another_way(names: str) -> None:
    """Columns in another order, or fewer, are told of the table, though no row is computed in another way."""
    make = "create or replace table mart.t as select {} from mart.s"
    kinds, _ = felt(
        {**MODELS, **script("py", make.format("id, v"))}, {**MODELS, **script("py", make.format(names))}
    )
    left_out = {Kind.UNDECIDED} if names == "id" else set()
    assert kinds == {Kind.ROWS_SOURCE_CHANGED} | left_out


def test_a_script_that_writes_what_nothing_declares_any_more() -> None:
    """The table's end is told, and not what its writer does."""
    files = {**MODELS, **script("py", INSERT)}
    head = {**files, **script("py", INSERT.replace("w > 1", "w > 2"))}
    del head["t.sql"]
    assert {change.kind for change in assessed(files, head, "postgres").changes} == {Kind.RELATION_REMOVED}


@pytest.mark.parametrize(
    ("statement", "fails"),
    [
        (INSERT, True),
        ("update mart.t set v = 1", True),
        ("delete from mart.t", True),
        ("truncate table mart.t", True),
        ("create table if not exists mart.t (id int, v int); insert into mart.t select 1, 2", False),
        ("drop table if exists mart.t", False),
        ("insert into log.t (id) select 1", False),
    ],
)
def test_a_program_writes_into_a_table_that_goes(statement: str, fails: bool) -> None:
    """It fails when it runs next, but where it makes the table itself."""
    files = {**MODELS, **script("py", statement)}
    head = {path: text for path, text in files.items() if path != "t.sql"}
    impacts = assessed(files, head, "postgres").impacts
    assert ("load.py" in {each.consumer.path for each in impacts if each.effect is Effect.BREAKS}) is fails


TAKEN = {
    "alter table mart.t drop column v": {"r.sql"},
    "alter table mart.t rename column v to w": {"r.sql"},
    "alter table mart.t alter column v type bigint": {"r.sql"},
    "drop table if exists mart.t": {"r.sql"},
    "alter table mart.s drop column v": set(),
    "drop view mart.o": set(),
}


@pytest.mark.parametrize(
    "ending", ["py", "sh", "ipynb", "sql", "with a table of its own", "a migration", "a number"]
)
@pytest.mark.parametrize("statement", TAKEN)
def test_a_script_takes_something_away(ending: str, statement: str) -> None:
    """When it runs is not known: that is said where it stands, and of the readers of what goes, and of no others."""
    found = assessed(MODELS, {**MODELS, **_beside(ending, statement)}, "postgres")
    assert {change.kind for change in found.changes} == {Kind.UNDECIDED} | (
        {Kind.RELATION_ADDED} if ending.startswith("with") else set()
    )
    assert {impact.effect for impact in found.impacts} <= {Effect.UNKNOWN}
    assert {impact.consumer.path for impact in found.impacts} == TAKEN[statement]


@pytest.mark.parametrize("ending", ["py", "sql", "a migration", "a number"])
@pytest.mark.parametrize(
    "statement",
    [
        "alter table mart.t add column k int",
        "alter table mart.t drop column k",
        "alter table mart.other drop column v",
        "create temp table o as select 1 as a; drop table o",
        "create index i on mart.t (id)",
        "drop schema log cascade",
    ],
)
def test_a_script_takes_nothing_of_a_model(ending: str, statement: str) -> None:
    """What comes, what no model has, and what the script made itself is nobody's loss; nor is what it took before."""
    assert assessed(MODELS, {**MODELS, **_beside(ending, statement)}, "postgres").changes == ()
    lost = _beside(ending, "alter table mart.t drop column v")
    more = _beside(ending, f"alter table mart.t drop column v; {statement}")
    assert assessed({**MODELS, **lost}, {**MODELS, **more}, "postgres").changes == ()


@pytest.mark.parametrize("ending", ["py", "sql"])
@pytest.mark.parametrize(
    ("statement", "readers"),
    [
        ("create or replace table mart.t as select 1 as id", {"r.sql"}),
        ("drop table mart.t; create table mart.t (id int)", {"r.sql"}),
        ("create or replace table mart.t as select 1 as id, 2 as v", set()),
        ("create or replace view mart.o as select 1 as id", set()),
    ],
)
def test_a_script_makes_what_a_model_makes(ending: str, statement: str, readers: set[str]) -> None:
    """Which of two files makes it last is not known: the columns that only one of them gives are undecided to their readers."""
    beside = {f"u.{name.rpartition('.')[2]}": text for name, text in _beside(ending, statement).items()}
    found = assessed(MODELS, {**MODELS, **beside}, "postgres")
    unknown = {impact.consumer.path for impact in found.impacts if impact.effect is Effect.UNKNOWN}
    assert unknown == readers
    assert Effect.BREAKS not in {impact.effect for impact in found.impacts}


def _beside(ending: str, statement: str) -> dict[str, str]:
    if ending == "sql":
        return {"jobs/x.sql": f"{statement};\n"}
    if ending.startswith("a "):
        return {f"{'migrations' if ending == 'a migration' else 'jobs'}/2_x.sql": f"{statement};\n"}
    if ending.startswith("with"):
        return {"jobs/x.sql": f"create table mart.mine (a int);\n{statement};\n"}
    return script(ending, statement)


@pytest.mark.parametrize("statement", ["alter table mart.t drop column v", "drop table mart.t"])
def test_a_migration_that_ran_takes_nothing_any_more(statement: str) -> None:
    """What a table that no migration makes loses later is no matter of an old one that names it, but of a script's that runs again."""
    readers = []
    for ending in ("a migration", "sql"):
        base = {**MODELS, **_beside(ending, statement)}
        head = {path: text for path, text in base.items() if path != "t.sql"}
        impacts = assessed(base, head, "postgres").impacts
        readers.append({each.consumer.path for each in impacts})
    assert readers == [{"r.sql"}, {"r.sql", "jobs/x.sql"}]


@pytest.mark.parametrize("dialect", ["hive", "spark", "athena"])
def test_a_partition_that_is_dropped_takes_its_rows(dialect: str) -> None:
    """Its readers have fewer rows, as by DELETE; one that is added is nobody's loss."""
    statement = "alter table mart.t {} partition (v = 1);\n"
    told = [
        assessed(MODELS, {**MODELS, "run.sql": statement.format(verb)}, dialect) for verb in ("drop", "add")
    ]
    assert [{each.consumer.path for each in found.impacts} for found in told] == [{"r.sql"}, set()]
    assert all(impact.effect is Effect.CHANGES for impact in told[0].impacts)


@pytest.mark.parametrize("ending", ["py", "sh", "ipynb"])
@pytest.mark.parametrize(
    "statement",
    [
        "alter table mart.t rename to old",
        "truncate mart.t; drop table mart.t",
        "insert into mart.t (id) values (1); alter table mart.t drop column v",
    ],
)
def test_a_script_that_also_writes_takes_something_away(ending: str, statement: str) -> None:
    """What it takes is undecided, whatever else it does to the table."""
    found = assessed(MODELS, {**MODELS, **script(ending, statement)}, "postgres")
    assert Kind.UNDECIDED in {change.kind for change in found.changes}
    assert {each.consumer.path for each in found.impacts if each.effect is Effect.UNKNOWN} == {"r.sql"}


def test_a_script_takes_away_the_schema_of_its_own_table() -> None:
    """That its own table is in it says nothing of what is there besides."""
    text = "create table mart.mine (a int); insert into mart.mine select id from mart.t; drop schema mart cascade"
    found = assessed(MODELS, {**MODELS, "jobs/x.sql": text}, "postgres")
    lost = {str(change.relation) for change in found.changes if change.kind is Kind.UNDECIDED}
    assert lost == {"mart.t", "mart.s", "mart.r", "mart.o"}


@pytest.mark.parametrize("ending", ["sql", "py", "sh", "ipynb"])
@pytest.mark.parametrize("statement", ["drop schema mart cascade", "alter schema mart rename to old"])
def test_a_script_takes_a_schema_away(ending: str, statement: str) -> None:
    """All readers of what is in it are undecided."""
    found = assessed(MODELS, {**MODELS, **_beside(ending, statement)}, "postgres")
    assert {change.kind for change in found.changes} == {Kind.UNDECIDED}
    assert {impact.consumer.path for impact in found.impacts} == {"r.sql", "o.sql"}


@pytest.mark.parametrize(
    "fill",
    [
        "insert into {} select 1 as id",
        "merge into {} t using mart.s on t.id = s.id when not matched then insert (id) values (s.id)",
    ],
)
def test_a_script_that_only_fills_goes(fill: str) -> None:
    """The table that it fills was created elsewhere and may stay: its readers are undecided. One that it creates goes."""
    reader = {"r.sql": "create view mart.v as select id from mart.filled;\n", "s.sql": MODELS["s.sql"]}
    text = fill.format("mart.filled")
    found = assessed({**reader, "fill.sql": text}, reader, "postgres")
    assert {(each.consumer.path, each.effect) for each in found.impacts} == {("r.sql", Effect.UNKNOWN)}
    made = assessed({**reader, "fill.sql": f"create table mart.filled (id int);\n{text}"}, reader, "postgres")
    assert {(each.consumer.path, each.effect) for each in made.impacts} == {("r.sql", Effect.BREAKS)}
