"""Two texts that have the same words: format, comments and the case of what has none."""

import pytest

from contract_gate import diff
from contract_gate.sql.parsing.wording import says_the_same


@pytest.mark.parametrize(
    ("dialect", "one", "other"),
    [
        ("snowflake", "select A, b from T -- x\n", "SELECT a\n ,b FROM t"),
        ("snowflake", "select j:Foo.Bar as X from t", "SELECT j:Foo.Bar as x from t"),
        ("mysql", "select 5 -- 3\n from T", "select 5 -- 4\n FROM T"),
        ("bigquery", "select a from x.T", "SELECT a\nFROM x.T"),
        ("postgres", "select a from t where ((", "SELECT a FROM t\nWHERE (("),
        ("tsql", "select 1 as a\ngo\nselect 2", "SELECT 1 AS a\nGO\n\nSELECT 2;"),
        (
            "redshift",
            "create procedure p() as $$ begin select 1; -- a\n end $$ language plpgsql",
            "create procedure p() as $$\nBEGIN select 1; end $$ language plpgsql",
        ),
    ],
)
def test_format_comments_and_case_say_nothing(dialect: str, one: str, other: str) -> None:
    """White space, comments and the case of words that have none are no words."""
    assert says_the_same(one, other, dialect)


@pytest.mark.parametrize(
    ("dialect", "one", "other"),
    [
        ("snowflake", "select j:Foo.Bar from t", "select j:foo.bar from t"),
        ("snowflake", "select j : Foo from t", "select j : foo from t"),
        ("spark", "select k.Foo from t", "select k.foo from t"),
        ("snowflake", "select $1 from @St/Path", "select $1 from @st/path"),
        ("postgres", "select 'A' from t", "select 'a' from t"),
        ("postgres", 'select "A" from t', 'select "a" from t'),
        ("postgres", "select 'a'\n'b'", "select 'a' 'b'"),
        ("postgres", "select a from {{ t }}", "select a  from {{ t }}"),
        ("postgres", "copy t from stdin;\n1\tA\n\\.\n", "copy t from stdin;\n1\ta\n\\.\n"),
        ("postgres", "create function f() as $$ select 1 $$", "create function f() as $$ select  1 $$"),
        (
            "postgres",
            "create function f() as $$ if x:\n  y $$ language plpython",
            "create function f() as $$ if x:\n y $$ language plpython",
        ),
        (
            "postgres",
            "create function f() as $$ select 'a  b' $$ language sql",
            "create function f() as $$ select 'a b' $$ language sql",
        ),
        ("mysql", "select 5--3\n from t", "select 5--4\n from t"),
        ("mysql", "select /*!50100 STRAIGHT_JOIN */ a from t", "select a from t"),
        ("oracle", "select /*+ full(t) */ a from t", "select a from t"),
        ("bigquery", "select a from x.T", "select a from x.t"),
        ("clickhouse", "select Date from t", "select date from t"),
        ("tsql", "select 1 as a\ngo\nselect 2", "select 1 as a go select 2"),
        ("spark", "set x.y=Foo", "set x.y=foo"),
        (
            "bigquery",
            "if x > 2 then insert into t select 1; end if;",
            "if x > 3 then insert into t select 1; end if;",
        ),
        (
            "postgres",
            "do $$ begin if 1 > 2 then delete from t; end if; end $$;",
            "do $$ begin if 1 > 3 then delete from t; end if; end $$;",
        ),
        (
            "mysql",
            "create procedure p() begin while x > 2 do delete from t; end while; end",
            "create procedure p() begin while x > 3 do delete from t; end while; end",
        ),
        (
            "mysql",
            "create trigger g after update on o for each row insert into l (a) values (new.a);",
            "create trigger g after update on o for each row insert into l (a) values (old.a);",
        ),
        (
            "tsql",
            "create trigger g on o after update as begin insert into l (a) select i.a from inserted i; end",
            "create trigger g on o after update as begin insert into l (a) select i.a from deleted i; end",
        ),
        (
            "postgres",
            "create policy p on o for select using (a > 1);",
            "create policy p on o for update using (a > 1);",
        ),
    ],
)
def test_what_engines_read_is_a_word(dialect: str, one: str, other: str) -> None:
    """Hints, strings, quoted names, paths of JSON, templates and rows of a COPY keep every character."""
    assert not says_the_same(one, other, dialect)


def test_a_text_with_templates_says_what_it_says_and_no_other_does() -> None:
    """What a template writes may depend on the white space around it."""
    text = "select {{ x }} from t"
    assert says_the_same(text, text, "postgres")
    assert not says_the_same(text, text.replace(" from", "\nfrom"), "postgres")


@pytest.mark.parametrize(
    ("one", "other", "dialect"),
    [
        ("select a,b from t", "select a , b -- both\nfrom /* the */ t\n", "postgres"),
        ("select count(*) from `t`", "select count( * )\nfrom `t`", "bigquery"),
        ("do $$ begin select 1; end $$", "do $$ begin\n select  1; end $$", "postgres"),
        ("select from from", "select  from from", "postgres"),
    ],
)
def test_another_layout(one: str, other: str, dialect: str) -> None:
    """White space and comments are no words, also in a text that does not parse; then nothing changed."""
    assert says_the_same(one, other, dialect)
    assert diff(one, other, dialect, witness=False).changes == ()


@pytest.mark.parametrize(
    ("one", "other", "dialect"),
    [
        ("select 'a b'", "select 'a  b'", "postgres"),
        ("select 'a'", 'select "a"', "postgres"),
        ("select 'a'", "select $$a$$", "postgres"),
        ("select U&'d' from t", "select U & 'd' from t", "duckdb"),
        ("select x'ab' from t", "select x 'ab' from t", "duckdb"),
        ("select rb'x'", "select rb 'x'", "bigquery"),
        ("select 1.5f", "select 1.5 f", "bigquery"),
        ("select 1 /*! + 1 */", "select 1 /*! + 2 */", "mysql"),
        ("select --1\n2", "select 2", "mysql"),
        ("select 1\nGO\nselect 2", "select 1 GO select 2", "tsql"),
        ("create function f() as $$ a $$", "create function f() as $$ a  $$", "postgres"),
        ("select 'x", "select  'x", "postgres"),
    ],
)
def test_other_words(one: str, other: str, dialect: str) -> None:
    """What stands in a text, two words that were one, and comments that MySQL runs are no layout; nor is a text that never ends."""
    assert not says_the_same(one, other, dialect)
    assert not says_the_same(other, one, dialect)


def test_an_unknown_dialect() -> None:
    """It is told, also of one and the same text."""
    with pytest.raises(ValueError, match="Unknown dialect"):
        diff("select 1", "select 1", "klingon")
