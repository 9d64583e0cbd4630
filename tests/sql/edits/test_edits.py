"""What an author did to a query, in the author's words."""

import pytest

from contract_gate.sql.edits.edit import Edit, EditKind
from contract_gate.sql.edits.edits import edits

BASE = """
with agg as (
  select user_id, sum(a) as a, sum(b) as b
  from orders
  group by 1
)
select u.id, agg.a, agg.b, u.name
from users as u
left join agg on u.id = agg.user_id
"""


def edited(*changes: tuple[str, str], before: str = BASE) -> tuple[Edit, ...]:
    after = before
    for old, new in changes:
        assert old in after
        after = after.replace(old, new)
    return edits(before, after, "")


@pytest.mark.parametrize(
    ("old", "new", "kind", "text", "line"),
    [
        ("orders\n", "orders\n  where x = 1\n", EditKind.FILTER, "filter added in `agg`: x = 1", 5),
        ("left join", "inner join", EditKind.JOIN, "LEFT → INNER join of `agg`", 9),
        ("= agg.user_id", "> agg.user_id", EditKind.JOIN,
         "condition of the join of `agg` changed: u.id = agg.user_id → u.id > agg.user_id", 9),
        ("from orders", "from orders_v2", EditKind.SOURCE, "reads `orders_v2` instead of `orders` in `agg`", 4),
        ("group by 1", "group by 1, day", EditKind.GRAIN, "grouping added in `agg`: day", 5),
        ("agg.user_id\n", "agg.user_id\nlimit 5\n", EditKind.LIMIT, "limit added: LIMIT 5", 10),
        ("u.name", "upper(u.name) as name", EditKind.COLUMNS_COMPUTED, "column `name` computed in another way", 7),
        (", u.name", "", EditKind.COLUMNS_REMOVED, "column `name` removed", 7),
        ("u.name", "u.name as label", EditKind.COLUMNS_RENAMED, "`name` renamed to `label`", 7),
        ("sum(a) as a", "max(a) as a", EditKind.COLUMNS_COMPUTED, "column `a` computed in another way in `agg`", 3),
    ],
)  # fmt: skip
def test_one_edit_is_told_in_its_words_on_its_line(
    old: str, new: str, kind: EditKind, text: str, line: int
) -> None:
    """Each clause of a block has its words, and the line at which it was edited."""
    (edit,) = edited((old, new))
    assert (edit.kind, edit.text, edit.line) == (kind, text, line)


def test_another_layout_or_alias_is_no_edit() -> None:
    """White space, the case of bare names, comments and the aliases of sources are nobody's edit."""
    renamed = BASE.replace("u.", "people.").replace("users as u", "users as people")
    assert edits(BASE, renamed.upper() + " -- now loud", "") == ()


def test_a_renamed_cte_is_no_edit() -> None:
    """What a CTE is called changes nothing; what is edited in it is told under its new name."""
    assert edits(BASE, BASE.replace("agg", "sums"), "") == ()
    (edit,) = edits(BASE, BASE.replace("agg", "sums").replace("sum(b)", "min(b)"), "")
    assert (edit.text, edit.reach) == ("column `b` computed in another way in `sums`", {"b"})


def test_an_edit_reaches_the_columns_that_come_through_it() -> None:
    """A filter in a CTE reaches what is computed of it, an edit of a column that column alone."""
    within, column = edited(("orders\n", "orders\n  where x = 1\n"), ("u.name", "upper(u.name) as name"))
    assert (within.kind, within.reach) == (EditKind.FILTER, {"a", "b"})
    assert (column.kind, column.reach) == (EditKind.COLUMNS_COMPUTED, {"name"})


def test_an_exchanged_source_is_one_edit() -> None:
    """Columns that are taken from the new source under their old names are not edited one by one."""
    before = "select t.a, t.b from t where t.c = 1"
    (edit,) = edits(before, "select s.a, s.b from s where s.c = 1", "")
    assert edit.text == "reads `s` instead of `t`"


def test_columns_come_through_unions_and_stars() -> None:
    """What is edited in one branch reaches the output by its position, through a star by its name."""
    before = "with u as (select a, b from t union all select c, d from s) select * from u"
    (edit,) = edits(before, before.replace("d from s", "d + 1 from s"), "")
    assert edit.reach == {"b"}


@pytest.mark.parametrize("sql", ["", "select from where", "create table t (a int)", "drop table t"])
def test_a_text_without_a_query_has_no_edits(sql: str) -> None:
    """Nothing is told of what is no single query, and nothing fails."""
    assert edits(sql, "select 1 as a from t where b = 2", "") == ()


@pytest.mark.parametrize(
    ("dialect", "before", "old", "new", "texts"),
    [
        ("", "select 1 as a union all select 2", "select 2", "select 2 union all select 3", ["a branch of UNION ALL added"]),
        ("", "with a as (select x from a where x = 1) select * from a", "x = 1", "x = 2", ["filter changed in `a`: x = 1 → x = 2"]),
        ("", "with a as (with a as (select x, 1 as n from t) select x, n from a) select * from a", "1 as n", "2 as n",
         ["column `n` computed in another way in `a #2`"]),
        ("", "select * from (select * from (select 1 as n) t) t", "1 as n", "2 as n", ["column `n` computed in another way in `t #2`"]),
        ("postgres", "with a as (select 1 as x) (select x from a) limit 1", "limit 1", "limit 2", ["limit changed: LIMIT 1 → LIMIT 2"]),
        ("postgres", "select x from (a join b on a.i = b.i)", "= b.i", "> b.i",
         ["condition of the join of `b` changed: a.i = b.i → a.i > b.i"]),
        ("postgres", "select x from ((select 1 as i) a join (select 2 as x) b on true)", "2 as x", "3 as x",
         ["column `x` computed in another way in `b`"]),
        ("duckdb", "from t left join u using (id) select x", "left join", "join", ["LEFT → INNER join of `u`"]),
        ("spark", "select x from t lateral view explode(y) e as x", "explode(y) e as x", "explode(y) e as x lateral view explode(z) f as w",
         ["join of `LATERAL VIEW EXPLODE(z) f AS w` added (LATERAL)"]),
        ("postgres", "with d as (delete from t where x = 1 returning id) select id from d", "id from d", "id from e",
         ["reads `e` instead of `d`"]),
        ("", "select x, count(*) as n from t group by 5", "by 5", "by 1", ["grouping changed: 5 → x"]),
    ],
)  # fmt: skip
def test_an_edit_is_told_wherever_the_query_stands(
    dialect: str, before: str, old: str, new: str, texts: list[str]
) -> None:
    """In parentheses, in blocks of one name within another, where FROM comes first, beside what is no query."""
    assert [edit.text for edit in edits(before, before.replace(old, new), dialect)] == texts


def test_a_branch_is_reached_by_any_of_its_names_where_their_places_are_not_known() -> None:
    """A star in the first branch does not say which column stands at which place of the second."""
    before = "with c as (select a, b from t), d as (select x, 1 as y from s) select * from c union all select x, y from d"
    (edit,) = edits(before, before.replace("1 as y", "2 as y"), "")
    assert edit.reach == {"a", "b"}


def test_a_column_comes_through_a_star_from_the_block_that_has_it() -> None:
    """Another block beside it is not where it comes from."""
    before = "with a as (select x from t), b as (select y from s) select * from a, b"
    (edit,) = edits(before, before.replace("select y", "select y + 1 as y"), "")
    assert edit.reach == {"y"}


def test_columns_are_found_through_many_layers_of_stars() -> None:
    """In time that grows with the layers, each of which reads the one below twice."""
    layers = ", ".join(f"c{n} as (select p.* from c{n - 1} p, c{n - 1} q)" for n in range(1, 60))
    before = f"with c0 as (select a, 1 as b from t), {layers} select * from c59"
    (edit,) = edits(before, before.replace("1 as b", "2 as b"), "")
    assert edit.reach == {"b"}
