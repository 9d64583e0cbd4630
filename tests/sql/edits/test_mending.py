"""What the author of a change can copy, from the two texts alone; none where they do not say enough for SQL that runs and says so."""

import duckdb
import pytest

from contract_gate.sql.edits import mending
from contract_gate.sql.edits.mending import Sides

TABLES = "create table o (id int, k int, amount int, status varchar, day date); create table u (id int, k int, country varchar);"


def sides(before: str, after: str) -> Sides:
    found = mending.sides(before, after, "duckdb")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("with c as (select id, k from o) select id, k from c", "with c as (select id from o) select id from c", "null as k,"),
        ("with c as (select id, k from o) select * from c", "select id from o", "null as k,"),
        ("select id, k from o", "select id from o union all select id from u", "null as k,"),
        ("with c as (select id, k from o) select id, k from c", "with c as (select id, k from o) select id from c", "k,"),
    ],
)  # fmt: skip
def test_a_column_that_went_is_computed_only_where_all_it_reads_is_left(
    before: str, after: str, text: str
) -> None:
    """Not of a block that went or became a union, and not of a column that its block does not give any longer."""
    assert mending.kept(sides(before, after), "k", None).endswith("\n" + text)


def test_a_column_that_no_block_gives_has_no_other_name() -> None:
    """It is looked for once in each block, however often that is read."""
    twice = (
        "with c as (select id from o), a as (select * from c), b as (select * from c) select a.* from a, b"
    )
    assert mending.both_names(sides(twice, twice), "n", "m") is None
    assert mending.both_names(sides(twice, twice), "n", "id") is not None


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("", "left join u on u.id = o.id", "left join (select id, max(k) as k from u group by id) as u on u.id = o.id"),
        ("", "left join u using (id)", "left join (select id, max(k) as k from u group by id) as u using (id)"),
        ("", "left join u on u.id = o.id and u.country = 'fr'", None),
        ("", "left join u on u.id > o.id", None),
        ("", "left join u on u.id = o.id or u.k = o.k", None),
        ("", "left join u on u.id = u.k", None),
        ("", "left join (select * from u) as u on u.id = o.id", None),
        ("left join u using (id, k)", "join u using (id, k)", "left join u using (id, k)"),
        (", u", "join u on u.id = o.id", "cross join u"),
        ("left join u on u.id = o.id", "cross join u", "left join u on u.id = o.id"),
        (", lateral (select 1 as k) as u", ", u", None),
        ("cross join unnest([1]) as u (k)", "left join unnest([1]) as u (k) on true", None),
    ],
)  # fmt: skip
def test_a_join_is_written_as_it_was_or_takes_one_row_a_key(
    before: str, after: str, text: str | None
) -> None:
    """Where each condition holds a column of the one equal to a column of the other; DuckDB runs what is told."""
    query = "select o.id, u.k from o {}" if before else "select o.id from o {}"
    both = sides(query.format(before), f"select o.id, u.k from o {after}")
    assert mending.joined(both, "") == text
    if text is not None:
        duckdb.connect().execute(f"{TABLES} select o.id, u.k from o {text}")


def test_what_a_condition_reads_of_the_joined_table_stays() -> None:
    """A filter on a column that nothing else reads."""
    both = sides("select o.id from o", "select o.id from o left join u on u.id = o.id where u.country = 'fr'")
    told = mending.joined(both, "")
    assert told == "left join (select id, max(country) as country from u group by id) as u on u.id = o.id"
    duckdb.connect().execute(f"{TABLES} select o.id from o {told} where u.country = 'fr'")


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("select id, min(k) as k from o group by id", "select id, day, min(k) as k from o group by id, day",
         "select id, min(k) as k\nfrom t\ngroup by id"),
        ("select id, avg(k) as k from o group by id", "select id, day, avg(k) as k from o group by id, day", None),
        ("select id, count(distinct k) as k from o group by id",
         "select id, day, count(distinct k) as k from o group by id, day", None),
        ("select id, sum(k) as k from o group by id, status", "select id, day, sum(k) as k from o group by id, status, day", None),
        ("select id, sum(k) as k from o group by id having sum(k) > 1",
         "select id, day, sum(k) as k from o group by id, day having sum(k) > 1", None),
        ("select id, sum(k) as k from o where k > 1 group by id",
         "select id, day, sum(k) as k from o where k > 1 group by id, day", "select id, sum(k) as k\nfrom t\ngroup by id"),
        ("select id, sum(k) as k from o group by id", "select id, day, sum(k) as other from o group by id, day", None),
        ("select id, sum(k) as k from o group by id", "select id, day, sum(k) as k from o group by id, day limit 5", None),
    ],
)  # fmt: skip
def test_an_old_grain_is_told_where_finer_groups_say_it(before: str, after: str, text: str | None) -> None:
    """Each key stands in the rows, each value is made from those of finer groups, and no group was chosen; DuckDB gives the same rows."""
    assert mending.summed(sides(before, after), "", "t") == text
    if text is not None:
        run = duckdb.connect()
        run.execute(
            f"{TABLES} insert into o select i % 3, i % 5, i, '', date '2026-01-01' + cast(i % 2 as int) from range(50) t(i)"
        )
        run.execute(f"create table t as {after}")
        assert sorted(run.execute(text).fetchall()) == sorted(run.execute(before).fetchall())


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("o.status", "-- in the reader that needs the narrower rows\nselect *\nfrom t\nwhere status = 'a'"),
        ("upper(status) as status", "-- in place of the filter\nstatus = 'a' as is_wanted,"),
    ],
)
def test_readers_filter_by_what_they_read_as_it_is(item: str, text: str) -> None:
    """A column of the same name with another value is none to filter by."""
    assert (
        mending.filtered(sides(f"select {item} from o", f"select {item} from o where status = 'a'"), "", "t")
        == text
    )


def test_sources_are_counted_by_names_that_can_be_written() -> None:
    """A function is no table to count."""
    assert mending.counted(sides("select id from o", "select id from u")) is not None
    assert mending.counted(sides("select id from o", "select id from range(5) as r(id)")) is None


@pytest.mark.parametrize(
    ("dialect", "item", "listed"),
    [
        ("postgres", 'a as "order"', 'select b, "order", "my col"'),
        ("snowflake", 'a as "ORDER"', 'select b, "ORDER", "MY COL"'),
        ("bigquery", "a as `order`", "select b, `order`, `my col`"),
    ],
)
def test_names_are_written_so_that_they_fold_to_themselves(dialect: str, item: str, listed: str) -> None:
    """A word of the language is quoted, and what is quoted is in the case that names without quotes have."""
    quote = "`" if dialect == "bigquery" else '"'
    both = mending.sides(f"select a as {quote}order{quote}, b from t", "select b from t", dialect)
    assert both is not None
    assert mending.kept(both, "order", "INT").splitlines()[-1] == f"{item},"
    assert mending.in_order(["b"], ["order", "my col"], dialect) == listed


@pytest.mark.parametrize("branch", ["se", "(se)", "1", "se as f"])
def test_a_union_of_what_is_no_query(branch: str) -> None:
    """The parser takes it for one: there is nothing to copy, and no fault."""
    assert (
        mending.sides(
            "select id, k from o",
            f"with c as (select id from o) {branch} union all select id from c",
            "duckdb",
        )
        is None
    )
