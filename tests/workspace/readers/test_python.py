"""SQL in Python: what is put together of strings is read with the lines of the file; prose and what is not known is not."""

import textwrap

import pytest

from contract_gate.workspace.readers.python import queries_of
from contract_gate.workspace.readers.values import UnreadableReaderError


def read(text: str) -> list[str]:
    """Give what is read for sure, and not what may stand where a table is filled in."""
    found = [" ".join(query.sql.split()) for query in queries_of(textwrap.dedent(text))]
    return [sql for sql in found if not sql.startswith(")")]


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ('x.execute("select a from s.t")', "select a from s.t"),
        ('q = "select a " "from s.t"', "select a from s.t"),
        ('q = "select a " + "from s.t"', "select a from s.t"),
        ('T = "s.t"\nq = f"select a from {T}"', "select a from s.t"),
        ('S = "s"\nT = f"{S}.t"\nq = f"select a from {T} where b = {c}"', "select a from s.t where b = ${c}"),
        ('q = "select a from {}.{x}".format("s", x="t")', "select a from s.t"),
        ('q = "select a from {0} where b = {b!r}".format(T, b=1)', "select a from ${T} where b = ${1}"),
        ('q = "select a from %s.t where b like \'%%x\'" % "s"', "select a from s.t where b like '%x'"),
        ('q = "select a from %(s)s.t" % {"s": "s"}', "select a from s.t"),
        ('q = Template("select a from $s.t").substitute(s=x)', "select a from ${s}.t"),
        ('P = Template("select a from $s.t")\nq = P.substitute(s=x)', "select a from ${s}.t"),
        ('q = dedent("select a from s.t").strip()', "select a from s.t"),
        ('Operator(sql="/* daily */ insert into s.t select a from s.u")', "/* daily */ insert into s.t select a from s.u"),
        ('q = ["select a from s.t"][0]', "select a from s.t"),
    ],
)  # fmt: skip
def test_what_is_put_together(text: str, sql: str) -> None:
    """Literals, constants of the module, f-strings, format, %, templates and sums are one text each."""
    assert read(text) == [sql]


@pytest.mark.parametrize(
    "text",
    [
        'print("please select the amount from the list")',
        'def f():\n    "select a from s.t"',
        'x = "select"',
        'log("update your settings")',
        'x = "with love from me"',
    ],
)
def test_what_is_no_query(text: str) -> None:
    """Prose, docstrings and single words are handed to nothing that runs SQL: they would have to parse."""
    assert not any(query.is_sql for query in queries_of(text))


def test_a_name_that_is_bound_twice_is_not_known() -> None:
    """What a loop or a second assignment binds is a placeholder, and so is what holds itself."""
    assert read('T = "s.t"\nT = other\nq = f"select a from {T}"') == ["select a from ${T}"]
    assert read('for t in x:\n    q = f"select a from {t}"') == ["select a from ${t}"]
    assert read('q = f"select a from {q}"')


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ('def f(t="s.t"):\n    run(f"select a from {t}")', "select a from s.t"),
        ('def f(x, *, s="s"):\n    run(f"select a from {s}.t")\nf(1)', "select a from s.t"),
        ('T = "s.t"\ndef f(t=T):\n    run(f"select a from {t}")\nf()\nf("s.u")', "select a from s.t"),
        ('def f(t="s.t"):\n    run(f"select a from {t}")\nf("s.u")', "select a from ${t}"),
        ('class C:\n    def f(self, t="s.t"):\n        run(f"select a from {t}")\nC().f("u")', "select a from ${t}"),
        ('class C:\n    def f(self, x, t="s.t"):\n        run(f"select a from {t}")\nC().f("u")', "select a from s.t"),
        ('def f(t="s.t"):\n    run(f"select a from {t}")\nf(**given)', "select a from ${t}"),
        ('def f(t="s.t"):\n    run(f"select a from {t}")\nf(*given)', "select a from ${t}"),
        ('def f(t="s.t"):\n    t = other(t)\n    run(f"select a from {t}")', "select a from ${t}"),
        ('def f(t=None):\n    run(f"select a from {t}")', "select a from ${t}"),
        ('T = "s.t"\ndef f(T):\n    run(f"select a from {T}")', "select a from ${T}"),
        ('T = "s.t"\ndef f():\n    global T\n    T = other\nrun(f"select a from {T}")', "select a from ${T}"),
        ('class C:\n    T = "s.t"\n    def f(self):\n        run(f"select a from {T}")', "select a from ${T}"),
    ],
)  # fmt: skip
def test_what_a_parameter_stands_for(text: str, sql: str) -> None:
    """A parameter stands for its default where a call may leave it at that, and for nothing known otherwise."""
    assert read(text) == [sql]


def test_names_of_two_functions() -> None:
    """One name in two functions is two names."""
    two = 'def f():\n    t = "s.t"\n    run(f"select a from {t}")\ndef g():\n    t = "s.u"\n    run(f"select a from {t}")'
    assert read(two) == ["select a from s.t", "select a from s.u"]
    assert read('def f():\n    t = "s.t"\ndef g():\n    run(f"select a from {t}")') == ["select a from ${t}"]


@pytest.mark.parametrize(
    ("query", "read_too"),
    [("select * from s.{t} where x = 1", ["s.a where x = 1", "s.b where x = 1"]), ('select * from "{s}"."{t}"', ['"${s}"."a"', '"${s}"."b"']),
     ("select * from s.c_{t}", ["s.c_a", "s.c_b"]), ("select * from s.c where x = {t}", []), ("select * from {t}", [])],
)  # fmt: skip
def test_a_table_that_is_filled_in(query: str, read_too: list[str]) -> None:
    """It, or a part of its name, may be any of a list in the module, which proves nothing. A value names no table, and words are none."""
    text = f"TABLES = ['a', 'b']\nWORDS = ['a b', 'c']\ndef copy(t, s):\n    db.execute(f'''{query}''')\n"
    (first, *more) = queries_of(text)
    assert [each.sql for each in more] == [f") select * from {name}" for name in read_too]
    assert first.line == 4
    assert all(each.line == 1 for each in more)


def test_tables_that_are_filled_in() -> None:
    """Each of them may be any of the list, in each schema that a query names, and in a query that joins two."""
    text = "TABLES = ['a']\ndef copy(t):\n    run(f'select * from s.{t} join u.{t}')\n    run(f'select * from v.{t}')\n"
    assert [query.sql for query in queries_of(text)][2:] == [
        ") select * from s.a join u.${t}", ") select * from s.${t} join u.a", ") select * from v.a",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "class J:\n    def __init__(self):\n        self.t = 's.t'\n    def f(self):\n        run(f'select a from {self.t}')\n",
        "class T(str, Enum):\n    A = 's.t'\nrun(f'select a from {T.A.value}')\n",
        "T = os.environ.get('T', 's.t')\nrun(f'select a from {T}')\n",
    ],
)
def test_a_table_that_the_module_names(code: str) -> None:
    """A table that is filled in may be any relation that the module writes out with its schema; words without one are none."""
    assert [query.sql for query in queries_of(code)][1:] == [") select a from s.t"]
    assert [query.sql for query in queries_of(code.replace("s.t", "t"))][1:] == []


def test_a_function_that_reads_a_table() -> None:
    """It is one by its name, also where it is imported by that; what is no name of a relation is none."""
    assert read("get_table('s.t', as_df=True)") == ["SELECT * FROM s.t"]
    assert read("get_table('the table')") == []


def test_lines() -> None:
    """Every line of a query knows the file's."""
    (query,) = queries_of('x = 1\nq = """\nselect a\nfrom s.t\n"""\n')
    assert query.lines == (2, 3, 4, 5)


@pytest.mark.parametrize("text", ["print 'x'", "\x00", "(" * 5_000])
def test_no_python(text: str) -> None:
    """What can't be parsed is said."""
    with pytest.raises(UnreadableReaderError):
        list(queries_of(text))
