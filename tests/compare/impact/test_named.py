"""No statement is passed over: nine hundred of thirteen dialects (`statements/*.sql`, one a line) that name a table, most a column."""

import re
from pathlib import Path

import pytest

from contract_gate.compare.changes.change import Kind
from tests.comparing import assessed

FOLDER = Path(__file__).parent / "statements"
DIALECTS = sorted(file.stem for file in FOLDER.glob("*.sql"))
TABLE = "create table ev (id int, kind varchar(9), spare int);\n"
BASE = {"t.sql": TABLE, "o.sql": "create table other (id int, kind varchar(9));\n"}
WITHOUT_COLUMN = {**BASE, "t.sql": TABLE.replace(" kind varchar(9),", "")}
WITHOUT_TABLE = {"o.sql": BASE["o.sql"]}


def statements(dialect: str) -> list[str]:
    return (FOLDER / f"{dialect}.sql").read_text().splitlines()


def is_felt(dialect: str, statement: str, head: dict[str, str]) -> bool:
    """Tell whether the file with the statement feels the change, or what it still fills is called undecided."""
    reader = {"r.sql": f"{statement};\n"}
    found = assessed({**BASE, **reader}, {**head, **reader}, dialect)
    told = any(change.kind is Kind.UNDECIDED for change in found.changes)
    return told or any(impact.consumer.path == "r.sql" for impact in found.impacts)


def word(name: str, statement: str) -> bool:
    return re.search(rf"\b{name}\b", statement, re.IGNORECASE) is not None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_statement_that_names_a_table_feels_that_it_goes(dialect: str) -> None:
    """Whatever a statement is, the table that it names is not gone in silence."""
    passed = [one for one in statements(dialect) if not is_felt(dialect, one, WITHOUT_TABLE)]
    assert passed == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_statement_that_names_a_column_feels_that_it_goes(dialect: str) -> None:
    """Whatever a statement is, the column that it names of the table is not gone in silence."""
    naming = [one for one in statements(dialect) if word("kind", one)]
    assert [one for one in naming if not is_felt(dialect, one, WITHOUT_COLUMN)] == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_statement_about_others_feels_nothing(dialect: str) -> None:
    """The same statements about another table and another column, and those in comments, are left in peace."""
    others = [re.sub(r"(?i)\b(ev|kind)\b", r"\1x", one) for one in statements(dialect)]
    assert [one for one in others if is_felt(dialect, one, WITHOUT_COLUMN)] == []
    assert [one for one in others[::5] if is_felt(dialect, one, WITHOUT_TABLE)] == []
    commented = "select id from other;\n" + "".join(f"-- {one}\n" for one in statements(dialect))
    assert not is_felt(dialect, commented, WITHOUT_TABLE)


@pytest.mark.parametrize("layout", ["create view a as select 1 as x;\n", "update other set id = 1;\n"])
@pytest.mark.parametrize(
    ("dialect", "statement"),
    [
        ("sqlite", "create trigger g after update of kind on ev begin update other set id = 2; end"),
        ("postgres", "copy ev to '/x.csv' with (format csv, force_quote (kind))"),
        ("redshift", "unload ('select * from ev') to 's3://x' iam_role default partition by (kind)"),
        ("snowflake", "copy into @s/x from ev partition by (kind)"),
        ("mysql", "select * from ev use index (kind)"),
        ("databricks", "insert into other partition (id = 1) select kind from ev"),
        ("postgres", "select * from crosstab('select id, kind, 1 from ev') as c (a int, b int)"),
        ("bigquery", "declare x string default (select max(kind) from ev)"),
    ],
)
def test_a_statement_beside_others_is_not_lost(dialect: str, statement: str, layout: str) -> None:
    """A file that also makes a relation, or fills the table of another file, is read to its end."""
    assert is_felt(dialect, layout + statement, WITHOUT_COLUMN)


@pytest.mark.parametrize(
    ("dialect", "statement"),
    [
        ("postgres", "comment on table other is 'what is left of ev, its kind too'"),
        ("bigquery", 'alter table other set options (description = "once ev, by kind")'),
        ("postgres", "select 'ev' as kind from other"),
        ("duckdb", "select * from read_csv('ev/kind.csv')"),
        ("postgres", "create table n as select id as ev from other"),
        ("postgres", "with ev as (select kind from other) select kind from ev"),
        ("tsql", "select kind into #ev from other; drop table #ev"),
        ("postgres", "create temp table ev as select kind from other; analyze ev; drop table ev"),
        ("postgres", "drop table if exists ev"),
        ("snowflake", "alter table if exists ev rename column id to key"),
    ],
)
def test_what_only_sounds_like_the_table_feels_nothing(dialect: str, statement: str) -> None:
    """Sentences, values, paths of files, aliases, tables of the script's own and what may be absent name no table that goes."""
    assert not is_felt(dialect, statement, WITHOUT_TABLE)


@pytest.mark.parametrize(
    ("behind", "told"),
    [
        ("comment on column ev.kind is 'which'", True),
        ("grant select (kind) on ev to r", True),
        ("analyze ev (kind)", True),
        ("analyze ev (spare)", False),
        ("comment on table ev is 'kind and the like'", False),
    ],
)
def test_a_statement_behind_its_table(behind: str, told: bool) -> None:
    """What a file says of a column that its own table has no longer is told; what stood before the ALTER that drops it was right."""
    base = {"t.sql": f"{TABLE}{behind};\n"}
    without = {"t.sql": base["t.sql"].replace(" kind varchar(9),", "", 1)}
    assert bool(assessed(base, without, "postgres").impacts) is told
    dropped = {"t.sql": base["t.sql"] + "alter table ev drop column kind;\n"}
    assert not assessed(base, dropped, "postgres").impacts
