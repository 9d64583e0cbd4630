"""The canonical form: which texts mean the same, and which near-misses of each rewrite do not."""

import itertools

import pytest

from contract_gate.compare.changes.api import diff
from contract_gate.compare.changes.change import ChangeClass
from contract_gate.sql.algebra import Query
from contract_gate.sql.canonical.digest import Digester
from contract_gate.sql.canonical.labels import Labels
from contract_gate.sql.canonical.naming import Digest

LONG = ", ".join(map(str, range(150)))
BACK = ", ".join(map(str, reversed(range(150))))
"""More members than are compared one by one."""
SCHEMA = {
    "t": {"a": "INT", "b": "INT", "s": "VARCHAR"},
    "u": {"a": "INT", "c": "INT"},
    "w": {"k": "CHAR(5)", "v": "VARCHAR(5)"},
    "flags": {"f": "BOOLEAN"},
}

SAME = {
    "a cast to the type that the value was just cast to": (
        "select cast(cast(s as int) as int) as x from t",
        "select cast(s as int) as x from t",
    ),
    "a boolean or else false": (
        "select coalesce(f, false) as x from flags",
        "select f is true as x from flags",
    ),
    "a correlated subquery by another name": (
        "select a from t x where exists (select 1 from u where u.a = x.a)",
        "select a from t where exists (select a, c from u y where t.a = y.a)",
    ),
    "a plain subquery merged": (
        "select x.k from (select a as k, b from t where b > 1) x where x.k = 2",
        "select a as k from t where a = 2 and b > 1",
    ),
    "a self join in another order": (
        "select y.b, x.a from t x join t y on x.a = y.b where x.s = 'q'",
        "select p.b, q.a from t p cross join t q where q.s = 'q' and p.b = q.a",
    ),
    "right join as left join": (
        "select u.c from u right join t on t.a = u.a",
        "select u.c from t left join u on u.a = t.a",
    ),
    "full join turned round": (
        "select t.a from t full join u on t.a = u.a",
        "select t.a from u full join t on u.a = t.a",
    ),
    "a left join whose padding never passes": (
        "select t.a from t left join u on t.a = u.a where u.c > 1",
        "select t.a from t join u on t.a = u.a and u.c > 1",
    ),
    "DISTINCT as GROUP BY": ("select distinct a from t", "select a from t group by a"),
    "DISTINCT of distinct rows": (
        "select distinct a, n from (select a, count(*) as n from t group by a) z",
        "select a, count(*) as n from t group by a",
    ),
    "UNION as DISTINCT over UNION ALL": (
        "select a from t union select a from u",
        "select distinct a from (select a from t union all select a from u) z",
    ),
    "UNION nested and with a branch twice": (
        "select a from t union select a from u union select b from t",
        "select b as a from t union (select a from u union select a from t)",
    ),
    "QUALIFY as a filter over a window": (
        "select a, rn from (select a, row_number() over (partition by b order by a) as rn from t) z where rn = 1",
        "select a, row_number() over (partition by b order by a) as rn from t qualify rn = 1",
    ),
    "HAVING as a filter over groups": (
        "select k, n from (select a as k, count(*) as n from t group by a) z where n > 1",
        "select a as k, count(1) as n from t group by 1 having count(*) > 1",
    ),
    "HAVING on a key as WHERE": (
        "select a, count(*) as n from t group by a having a > 1",
        "select a, count(*) as n from t where a > 1 group by a",
    ),
    "a filter pushed into UNION ALL": (
        "select a from (select a from t union all select a from u) z where a > 1",
        "select a from t where a > 1 union all select a from u where a > 1",
    ),
    "a filter pushed into EXCEPT": (
        "select a from (select a from t except select a from u) z where a > 1",
        "select a from t where a > 1 except select a from u where a > 1",
    ),
    "an unread left join on the key of a grouping": (
        "select t.a from t left join (select a, sum(c) as n from u group by a) v on v.a = t.a",
        "select a from t",
    ),
    "a filter pushed into a joined grouping": (
        "select t.a from t join (select a, sum(c) as n from u group by a) v on v.a = t.a where v.n > 1",
        "select t.a from t join (select a from u group by a having sum(c) > 1) v on v.a = t.a",
    ),
    "a recursive query's names": (
        "with recursive r as (select 1 as n union all select n + 1 from r where n < 5) select n from r",
        "with recursive q(m) as (select 1 union all select q.m + 1 from q where q.m < 5) select m as n from q",
    ),
    "De Morgan and the opposite comparison": (
        "select a from t where not (a > 1 or b is null)",
        "select a from t where a <= 1 and b is not null",
    ),
    "a semi join as EXISTS": (
        "select a from t semi join u on t.a = u.a",
        "select a from t where exists (select * from u where u.a = t.a)",
    ),
    "INTERSECT turned round": (
        "select a, b from t intersect select a, c from u",
        "select a, c as b from u intersect select a, b from t",
    ),
    "USING as ON": (
        "select a, u.c from t, u where t.a = u.a order by 1",
        "select t.a, c from u inner join t using (a)",
    ),
    "a column alias of a table function": (
        "select e from t, unnest([1, 2]) as x(e)",
        "select f as e from t cross join unnest([1, 2]) as y(f)",
    ),
    "IF as CASE": (
        "select k from (select if(a > 1, 1, 2) as k from t) z",
        "select case when a > 1 then 1 else 2 end as k from t",
    ),
    "CASE as COALESCE": (
        "select case when a is null then b else a end as k from t",
        "select coalesce(a, b) as k from t",
    ),
    "FILTER as CASE": (
        "select sum(b) filter (where a > 1) as k from t",
        "select sum(case when a > 1 then b end) as k from t",
    ),
    "the frame that is the default": (
        "select sum(b) over (order by a) as k from t",
        "select sum(b) over (order by a range between unbounded preceding and current row) as k from t",
    ),
    "long lists in another order, with a member twice": (
        f"select a from t where a in ({LONG}) and b in ({LONG})",
        f"select a from t where b in ({BACK}, 7) and a in ({BACK})",
    ),
}

AVERAGED = "select t.a, q.m, (select min(u.c) from u where u.a = t.a) as n from t left join ({}) q on {}"
NUMBERED = "select t.a from t left join (select a, {} over (partition by a order by c) as n from u) q on q.a = t.a where q.n is null"
NONE = "select t.a from t where not exists (select 1 from u where u.a = t.a)"
SAME["a number of a row is NULL without a match alone"] = NUMBERED.format("row_number()"), NONE

OTHER = {
    "a value of another row may be NULL in a match": (NUMBERED.format("lag(c)"), NONE),
    "groups that HAVING leaves out": (
        "select count(distinct a) as n from (select a from t group by a having count(*) > 1) z",
        "select count(distinct a) as n from t",
    ),
    "a subquery beside the groups of another table": (
        AVERAGED.format("select a, avg(c) as m from u group by a", "q.a = t.a"),
        AVERAGED.format("select a, avg(c) as m from u group by a", "q.a = t.a").replace(
            "from u where u.a", "from open u where u.a"
        ),
    ),
    "a correlated column is not the inner one": (
        "select a from t where exists (select 1 from t x where x.b = t.b)",
        "select a from t where exists (select 1 from t x where x.b = x.b)",
    ),
    "a window over limited rows": (
        "select a, count(*) over () as n from (select a from t limit 5) z",
        "select a, count(*) over () as n from t limit 5",
    ),
    "one random value read twice": (
        "select x, x as y from (select random() as x from t) z",
        "select random() as x, random() as y from t",
    ),
    "a default inside of a left join": (
        "select t.a, v.k from t left join (select a, coalesce(c, 0) as k from u) v on t.a = v.a",
        "select t.a, coalesce(v.c, 0) as k from t left join u v on t.a = v.a",
    ),
    "a filter on a default does not reject the padding": (
        "select t.a from t left join u on t.a = u.a where coalesce(u.c, 0) = 0",
        "select t.a from t join u on t.a = u.a where coalesce(u.c, 0) = 0",
    ),
    "NULL is not rejected by ALL of no rows": (
        "select t.a from t left join u on t.a = u.a where u.c <> all (select b from t where b > 9)",
        "select t.a from t join u on t.a = u.a where u.c <> all (select b from t where b > 9)",
    ),
    "NOT IN is not NOT EXISTS": (
        "select a from t where a not in (select c from u)",
        "select a from t where not exists (select 1 from u where u.c = t.a)",
    ),
    "NOT of ANY is not ANY of the opposite": (
        "select a from t where not (b = any (select c from u))",
        "select a from t where b <> any (select c from u)",
    ),
    "LIMIT under DISTINCT": (
        "select distinct a from t limit 3",
        "select distinct a from (select a from t limit 3) z",
    ),
    "a filter over LIMIT": (
        "select a from (select a from t limit 5) z where a > 1",
        "select a from t where a > 1 limit 5",
    ),
    "a filter over a window": (
        "select a, n from (select a, b, sum(b) over (partition by a) as n from t) z where b > 0",
        "select a, sum(b) over (partition by a) as n from t where b > 0",
    ),
    "HAVING of an aggregate over all rows": (
        "select count(*) as n from t having 1 = 0",
        "select count(*) as n from t where 1 = 0",
    ),
    "GROUP BY nothing": ("select 1 as x from t group by ()", "select 1 as x from t"),
    "the other side of a self join": (
        "select x.a, y.b from t x, t y where x.a = y.b",
        "select x.a, x.b from t x, t y where x.a = y.b",
    ),
    "columns paired otherwise in a branch": (
        "select a, b from t union all select b, a from t",
        "select a, b from t union all select a, b from t",
    ),
    "EXCEPT ALL": ("select a from t except all select a from u", "select a from t except select a from u"),
    "a condition of ON in WHERE": (
        "select t.a from t left join u on t.a = u.a and u.c = 1",
        "select t.a from t left join u on t.a = u.a where u.c = 1",
    ),
    "a filter below a full join": (
        "select t.a from t full join (select a from u where c = 1) v on t.a = v.a",
        "select t.a from t full join u v on t.a = v.a and v.c = 1",
    ),
    "a left join that adds rows": ("select t.a from t left join u on t.a = u.a", "select a from t"),
    "a left join on a part of the key": (
        "select t.a from t left join (select a, c from u group by a, c) v on v.a = t.a",
        "select a from t",
    ),
    "a grouping that fans out": (
        "select t.a from t left join (select a, unnest([1, 2]) as e from u group by a) v on v.a = t.a",
        "select a from t",
    ),
    "UNION ALL under a recursive query": (
        "with recursive r as (select 1 as n union all select n + 1 from r where n < 5) select n from r",
        "with recursive r as (select 1 as n union select n + 1 from r where n < 5) select n from r",
    ),
    "an aggregate inside": (
        "select max(b) as k from (select a, max(b) as b from t group by a) z",
        "select max(b) as k from (select a, min(b) as b from t group by a) z",
    ),
    "a lateral query reads another column": (
        "select t.a from t, lateral (select c from u where u.a = t.a limit 1) l",
        "select t.a from t, lateral (select c from u where u.a = t.b limit 1) l",
    ),
    "COUNT of a column": ("select count(*) as n from t", "select count(a) as n from t"),
    "a frame of rows": (
        "select sum(b) over (order by a) as k from t",
        "select sum(b) over (order by a rows between unbounded preceding and current row) as k from t",
    ),
    "DISTINCT in a sum": ("select sum(distinct a) as n from t", "select sum(a) as n from t"),
    "long lists that differ in one member": (
        f"select a from t where a in ({LONG}) and b in ({LONG})",
        f"select a from t where a in ({LONG}) and b in ({LONG}, 150)",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_means_the_same(name: str) -> None:
    """Two texts that mean the same have no change, in either direction."""
    before, after = SAME[name]
    assert diff(before, after, "duckdb", SCHEMA).changes == ()
    assert diff(after, before, "duckdb", SCHEMA).changes == ()


@pytest.mark.parametrize("name", OTHER)
def test_near_miss(name: str) -> None:
    """Two texts that a wrong rewrite would make equal have a change of rows or values."""
    before, after = OTHER[name]
    for pair in ((before, after), (after, before)):
        assert diff(*pair, "duckdb", SCHEMA).change_class in (ChangeClass.ROWS, ChangeClass.VALUES)


def test_nan_keeps_not_less_apart() -> None:
    """NOT (a > b) is a <= b only where NaN has a place in the order of numbers."""
    pair = "select a from t where not (a > b)", "select a from t where a <= b"
    assert diff(*pair, "snowflake").changes == ()
    assert diff(*pair, "bigquery").change_class is ChangeClass.ROWS


def test_plus_commutes_only_for_numbers() -> None:
    """`+` joins strings in T-SQL."""
    pair = "select a + b as k from t", "select b + a as k from t"
    assert diff(*pair, "postgres").changes == ()
    assert diff(*pair, "tsql").change_class is ChangeClass.VALUES


def test_shared_ctes_stay_cheap() -> None:
    """CTEs that read each other twice double at every level; the answer still comes."""
    ctes = "with c0 as (select a, b from t)" + "".join(
        f", c{i} as (select x.a, sum(y.b) as b from c{i - 1} x join c{i - 1} y on x.a = y.b group by x.a)"
        for i in range(1, 30)
    )
    changed = ctes.replace("from t)", "from t where a > 1)")
    assert diff(f"{ctes} select * from c29", f"{ctes} select a, b from c29", "duckdb", SCHEMA).changes == ()
    assert diff(f"{ctes} select * from c29", f"{changed} select * from c29", "duckdb", SCHEMA).changes


@pytest.mark.parametrize(
    "value", ["concat(s, '-', s)", "s || '-' || s", "greatest(s, s, s)", "{'x': s, 'y': s}"]
)
def test_values_made_of_themselves_stay_cheap(value: str) -> None:
    """A value that each CTE makes twice of the one before has 2^40 parts where it is written out; the answer still comes."""
    ctes = "with c0 as (select s from t)" + "".join(
        f", c{i} as (select {value} as s from c{i - 1})" for i in range(1, 41)
    )
    one, other = f"{ctes} select s from c40", f"{ctes} select min(s) over () as s from c40"
    assert diff(one, one.replace("c7", "seventh"), "duckdb", SCHEMA).changes == ()
    assert diff(one, other, "duckdb", SCHEMA).change_class is ChangeClass.VALUES


@pytest.mark.parametrize(
    ("first", "query"),
    [
        ("select a, sum(c) as n from u group by a", "with {} select n from c40"),
        ("select distinct a as n from u", "with {} select distinct n from c40"),
        ("select sum(u.c) as n from u where u.a = t.a", "select a, (with {} select n from c40) as n from t"),
        (
            "select t.a, count(u.c) as n from t left join u on u.a = t.a group by t.a having count(u.c) > 0",
            "with {} select n from c40",
        ),
    ],
    ids=["groups", "keys", "correlated", "joined"],
)
def test_aggregates_made_of_themselves_stay_cheap(first: str, query: str) -> None:
    """So does the answer where an aggregate, or a key of groups, is what they are made of: each part is looked at once."""
    ctes = f"c0 as ({first})" + "".join(f", c{i} as (select n + n as n from c{i - 1})" for i in range(1, 41))
    text = query.format(ctes)
    other = text.replace("n + n as n from c39", "n - n as n from c39")
    assert diff(text, text.replace("c7", "seventh"), "duckdb", SCHEMA).changes == ()
    assert diff(text, other, "duckdb", SCHEMA).changes


@pytest.mark.parametrize("word", ["and", "or"])
def test_conditions_made_of_themselves_stay_cheap(word: str) -> None:
    """Nor is AND or OR written out of itself."""
    ctes = "with c0 as (select a > 1 as p, b > 2 as q from t)" + "".join(
        f", c{i} as (select p {word} q as p, q {word} p as q from c{i - 1})" for i in range(1, 41)
    )
    one = f"{ctes} select p from c40"
    assert diff(one, one.replace("c7", "seventh"), "duckdb", SCHEMA).changes == ()
    assert diff(one, one.replace("b > 2", "b > 3"), "duckdb", SCHEMA).changes


def _nested(depth: int, end: str) -> str:
    """Write self joins that are asked for in a correlated subquery of the next, and so on."""
    sql = f"select 1 from t a0 join t b0 on a0.a = b0.a where a0.b > b0.b{end}"
    for i in range(1, depth + 1):
        inner = sql.replace("where", f"where a{i - 1}.b = a{i}.b and z.a = b{i - 1}.a and", 1)
        most = f"select max(z.c) from u z where z.a = a{i}.a and z.c = b{i}.b and exists ({inner})"
        sql = (
            f"select a{i}.s from t a{i} join t b{i} on a{i}.a = b{i}.a where a{i}.b > b{i}.b and ({most}) > 0"
        )
    return sql


def test_nested_correlated_subqueries_are_named_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A subquery is named anew only where what it reads has other names: not once for each way down to it."""
    named: list[object] = []
    digest = Digester._digest

    def counted(self: Digester, query: Query, outer: Labels) -> Digest:
        named.append(query)
        return digest(self, query, outer)

    monkeypatch.setattr(Digester, "_digest", counted)
    counts = []
    for depth in (1, 2, 3):
        named.clear()
        diff(_nested(depth, ""), _nested(depth, " and a0.b > 1"), "duckdb", SCHEMA)
        counts.append(len(named))
    first, second = (later - earlier for earlier, later in itertools.pairwise(counts))
    assert 0 < second <= 2 * first


def test_a_cast_among_other_columns_of_a_union() -> None:
    """A type that is another in each branch is one of that column, wherever it stands."""
    query = "select cast(a as {0}) as x, b, s from t union all select cast(a as {0}), b, s from t where b > 1"
    found = diff(query.format("int"), query.format("bigint"), "duckdb", SCHEMA)
    assert [(change.kind.value, change.column) for change in found.changes] == [("column-type-widened", "x")]


def test_a_star_at_another_place() -> None:
    """A star is compared with the other side's, wherever each stands."""
    found = diff("select *, a + 1 as x from open", "select a + 1 as x, * from open", "duckdb")
    assert [change.kind.value for change in found.changes] == ["column-reordered"]


def test_a_count_of_the_groups_that_having_leaves() -> None:
    """It is no count of distinct values of all rows: the count changes, and not the rows alone."""
    groups = (
        "select a, count(b) as n from (select a, b from t group by a, b having count(*) > 1) z group by a"
    )
    found = diff(groups, "select a, count(distinct b) as n from t group by a", "duckdb", SCHEMA)
    assert "n" in {change.column for change in found.changes}


def test_changed_filter_in_joined_grouping_changes_values_alone() -> None:
    """A left join on the key of a grouping decides no row, so a filter in it changes the columns read of it."""
    text = "select t.a, v.n from t left join (select a, sum(c) as n from u {} group by a) v on v.a = t.a"
    told = diff(text.format(""), text.format("where c > 1"), "duckdb", SCHEMA)
    assert [(change.kind.value, change.column) for change in told.changes] == [("column-values-changed", "n")]


@pytest.mark.parametrize(
    ("dialect", "before", "after", "same"),
    [
        ("postgres", "n > 1", "n >= 2", True),
        ("sqlite", "n > 1", "n >= 2", False),
        ("snowflake", "flag = true", "flag", True),
        ("mysql", "flag = true", "flag", False),
    ],
)
def test_types_that_hold_other_values(dialect: str, before: str, after: str, same: bool) -> None:
    """SQLite's INT holds 1.5 and MySQL's BOOLEAN holds 2, so that what a type says elsewhere is not so there."""
    schema = {"t": {"n": "INT", "flag": "BOOLEAN"}}
    sides = [f"select n from t where {where}" for where in (before, after)]
    changes = diff(*sides, dialect, schema).changes
    assert (changes == ()) is same


@pytest.mark.parametrize(("kind", "same"), [("TEXT", True), ("VARCHAR(5)", True), ("TEXT[]", False)])
def test_a_list_of_texts_is_no_text(kind: str, same: bool) -> None:
    """CONCAT spells a list out, `||` adds an element to it."""
    sides = ("select concat(n, 'x') as n from t", "select coalesce(n, '') || 'x' as n from t")
    assert (diff(*sides, "postgres", {"t": {"n": kind}}).changes == ()) is same


@pytest.mark.parametrize("limit", range(8))
def test_sources_that_are_alike_keep_their_places(limit: int) -> None:
    """An edit of one column that two joins over the same tables read is no change of what else they give."""
    query = (
        "with m as (select id, max(day) as day, max(case when n > {} then 1 else 0 end) as hit from t group by id)\n"
        "select p.id, a.day as before, a.hit as hit_before, b.day as after, b.hit as hit_after from p\n"
        "left join (select p.id, m.day, m.hit from p join m on m.id = p.id and m.day < p.day) as a on a.id = p.id\n"
        "left join (select p.id, m.day, m.hit from p join m on m.id = p.id and m.day > p.day) as b on b.id = p.id\n"
    )
    found = diff(query.format(100), query.format(limit))
    assert {change.column for change in found.changes} == {"hit_before", "hit_after"}


@pytest.mark.parametrize(
    ("dialect", "before", "after", "same"),
    [
        ("mysql", "select column_0 from (values row(1), row(2)) v", "select 1 as column_0 union all select 2", True),
        ("mysql", "select column_0 from (values row(1), row(2)) v", "select 1 as column_0 union all select 3", False),
        ("snowflake", "select a from t where s like 'abc'", "select a from t where s = 'abc'", True),
        ("postgres", "select a from t where s like 'abc'", "select a from t where s = 'abc'", False),
        ("snowflake", "select a from t where s like 'ab%'", "select a from t where s = 'ab%'", False),
        ("snowflake", "select s from t where a like '01'", "select s from t where a = '01'", False),
        ("spark", "select a from t where s like 'abc'", "select a from t where s = 'abc'", True),
        ("spark", "select k from w where k like 'abc'", "select k from w where k = 'abc'", False),
        ("spark", "select a from t where s ilike 'Abc'", "select a from t where lower(s) = 'abc'", True),
        ("bigquery", "select a from open where b like 'abc'", "select a from open where b = 'abc'", True),
        ("databricks", "select a from open where b like 'abc'", "select a from open where b = 'abc'", False),
        ("postgres", "select * from rows from (f(1), g(2)) x", "select * from rows from (f(1), g(2)) y", True),
        ("postgres", "select * from rows from (f(1), g(2)) x", "select * from rows from (f(1), g(3)) x", False),
        ("postgres", "select * from rows from (f(1), unnest(array[1])) x", "select * from rows from (f(1), unnest(array[2])) x", False),
        ("snowflake", "select t.$2 as k from t", "select b as k from t", True),
        ("snowflake", "select t.$1 as k from t", "select b as k from t", False),
        ("bigquery", "select cast(s as date format 'YYYY') as d from t", "select cast(s as date format 'MM-YYYY') as d from t", False),
        ("bigquery", "select cast(a as string format '999') as k from t", "select cast(a as string format '099') as k from t", False),
        ("tsql", "select isnull(v, 'short') as k from w", "select coalesce(v, 'short') as k from w", True),
        ("tsql", "select isnull(v, 'longer') as k from w", "select coalesce(v, 'longer') as k from w", False),
        ("tsql", "select convert(varchar(10), a, 112) as k from t", "select convert(varchar(10), a, 113) as k from t", False),
        ("tsql", "select convert(varchar(10), a) as k from t", "select cast(a as varchar(10)) as k from t", True),
        ("bigquery", "select a from t where not (cast(s as date) > cast(b as date))", "select a from t where cast(s as date) <= cast(b as date)", True),
        ("spark", "select exists(array(a), x -> x > 1) as k from t", "select exists(array(a), x -> x > 2) as k from t", False),
        ("clickhouse", "select a, count() as n from t group by a", "select a, count() as n from t group by a with totals", False),
        ("duckdb", "select list(k) as l from (select a as k from (select a from t order by b) x join u on true) z",
         "select list(k) as l from (select a as k from t x join u on true) z", True),
        ("duckdb", "select list(k) as l from (select a as k from (select a from t order by b) x) z",
         "select list(k) as l from (select a as k from t) z", False),
        ("duckdb", "select n from (select k, n, f() from (select a as k, b as n from t) union all select * from u2)",
         "select n from (select k, n, f() from (select a as k, b as n from t) union all select * from u3)", False),
    ],
)  # fmt: skip
def test_rewrites_of_a_dialect(dialect: str, before: str, after: str, same: bool) -> None:
    """Spellings that only some engines take for one."""
    assert (not diff(before, after, dialect, schema=SCHEMA).changes) is same


@pytest.mark.parametrize(
    ("groups", "on"),
    [
        ("select a, max(c) as m from u group by a", "q.a = t.b"),
        ("select a, max(c) as m from (select a, c from u limit 5) z group by a", "q.a = t.a"),
    ],
)
def test_a_subquery_beside_other_groups(groups: str, on: str) -> None:
    """A correlated aggregate is a column of a join of the same groups, and of no join of others."""
    plain = AVERAGED.format("select a, max(c) as m from u group by a", "q.a = t.a")
    joined = "select t.a, q.m, q.n from t left join (select a, max(c) as m, min(c) as n from u group by a) q on q.a = t.a"
    assert not diff(plain, joined, "postgres", schema=SCHEMA).changes
    assert diff(AVERAGED.format(groups, on), joined, "postgres", schema=SCHEMA).changes


def test_a_correlated_query_that_is_read_twice() -> None:
    """What a CTE inside of a subquery reads of the block around it counts once for each time that it is read."""
    text = "select t.a, (with w as (select {} as k, c from u limit 3) select count(*) from w x join w y on x.c = y.k) as n from {}"
    assert not diff(
        text.format("q.a", "(select a from t) q").replace("t.a", "q.a"),
        text.format("t.a", "t"),
        "postgres",
        schema=SCHEMA,
    ).changes
    assert diff(text.format("t.b", "t"), text.format("t.a", "t"), "postgres", schema=SCHEMA).changes
