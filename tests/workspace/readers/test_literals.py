"""SQL in R, shell scripts and notebooks: what is put together, with the lines of the file; the rest is no query."""

import json

import pytest

from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.literals import as_queries, at_line, looks_like_query
from contract_gate.workspace.readers.r import queries_of_r
from contract_gate.workspace.readers.shell import queries_of_shell
from contract_gate.workspace.readers.values import ReaderQuery
from tests.memory import MemoryFiles


def shown(query: ReaderQuery) -> tuple[str, tuple[int, ...]]:
    return " ".join(query.sql.split()), query.lines


@pytest.mark.parametrize(
    ("text", "sql", "lines"),
    [
        ('dbGetQuery(con, "select a\nfrom s.t")', "select a from s.t", (1, 2)),
        ("\nq <- 'select a\\nfrom s.t'", "select a from s.t", (2, 2)),
        ("""q <- paste0("select a from ", tab, " where x = '", x, "'")""", "select a from ${tab} where x = '${x}'", (1,)),
        ("paste('select a', 'from s.t')", "select a from s.t", (1,)),
        ('paste("select a", "from s.t", sep = "\\n")', "select a from s.t", (1,)),
        ('T <- "s.t"\nglue_sql("select a from {T} where b = {`x`}", .con = con)', "select a from s.t where b = ${x}", (2,)),
        ('T <- "s.t"\nT <- "s.u"\nglue("select a from {T}")', "select a from ${T}", (3,)),
        ("""sprintf("select a from %s.t where b = '%d%%'", "s", y)""", "select a from s.t where b = '${y}%'", (1,)),
        ('DBI::dbGetQuery(con, r"---(select "a" from s.t)---")', 'select "a" from s.t', (1,)),
        ('tbl(con, in_schema("s", "t")) %>% select(a)', "SELECT * FROM s.t", (1,)),
        ('tbl(con, "t")', "SELECT * FROM ${schema}.t", (1,)),
        ('tbl(con, dbplyr::sql("select a from s.t"))', "select a from s.t", (1,)),
    ],
)  # fmt: skip
def test_r(text: str, sql: str, lines: tuple[int, ...]) -> None:
    """Strings of every form, and what joins them; a table that is named is read whole."""
    assert [shown(query) for query in queries_of_r(text)][-1] == (sql, lines)


@pytest.mark.parametrize(
    "text",
    [
        "# select a from s.t",
        'select(a) # it\'s "select a from s.t"',
        'r"(select',
        "tbl(con, x)",
        "x <- (",
        "paste(",
    ],
)
def test_what_is_no_query_in_r(text: str) -> None:
    """Comments, dplyr's own verbs and what has no end."""
    assert not list(queries_of_r(text))


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_text_of_r_that_ends_nowhere(quote: str) -> None:
    """What follows is in it; what stands before it is read."""
    text = f'dbGetQuery(db, "select a from t")\nx <- {quote}never\nselect b from t\n'
    assert [query.sql for query in queries_of_r(text)] == ["select a from t"]


@pytest.mark.parametrize(
    ("text", "sql", "lines"),
    [
        ("psql -c \"select a from s.t where b = '$x'\"", "select a from s.t where b = '${x}'", (1,)),
        ("T=s.t\nbq query \\\n  'select a\n from `p.s.t`'", "select a from `p.s.t`", (3, 4)),
        ("psql <<-EOF\n select a,\n b from s.t\n EOF\necho it's", "select a, b from s.t", (2, 3, 4)),
        ("T=s.t\ncat <<'SQL'\nselect a from ${T}\nSQL\n", "select a from ${T}", (3, 4)),
        ("T=s.t\ncat <<SQL\nselect a from ${T}\nSQL\n", "select a from s.t", (3, 4)),
        ('snowsql -q "select \\`a\\` from s.t" # it\'s', "select `a` from s.t", (1,)),
        ("mysql -e'select 1 from b.c'", "select 1 from b.c", (1,)),
        ('Q="select a from $(day).t"\npsql -c "$Q"', "select a from ${day}.t", (1,)),
        ("psql --command='select a from '\"$X\".t", "select a from ${X}.t", (1,)),
    ],
)  # fmt: skip
def test_shell(text: str, sql: str, lines: tuple[int, ...]) -> None:
    """Words of several quotes and heredocs, with what the shell fills in where it is known."""
    assert shown(next(queries_of_shell(text))) == (sql, lines)


@pytest.mark.parametrize(
    "text", ["# psql -c 'select a from s.t'", "echo 'update'", "cat <<EOF\nselect a from s.t", "'", '"\\']
)
def test_what_is_no_query_in_a_shell(text: str) -> None:
    """Comments, words, and what has no end."""
    assert not list(queries_of_shell(text))


BEFORE = [
    ("set search_path to x; select a from s.t", "select a from s.t"),
    ("SET search_path = x, y;\n\nselect a\nfrom s.t", "select a from s.t"),
    ("use db;\nselect a from s.t", "select a from s.t"),
    ("${schema}\nselect a from s.t", "select a from s.t"),
    (
        "${schema}; with x as (select a from s.t) select a from x",
        "with x as (select a from s.t) select a from x",
    ),
]


@pytest.mark.parametrize(("text", "sql"), BEFORE)
def test_what_is_run_before_a_query(text: str, sql: str) -> None:
    """A search path, another database, what nobody knows: the query is read, at its own lines."""
    (found,) = as_queries(at_line(text, 5))
    assert " ".join(found.sql.split()) == sql
    assert len(found.lines) == text.count("\n") + 1
    start = next(number for number, line in enumerate(text.split("\n")) if "from s.t" in line)
    assert "from s.t" in found.sql.split("\n")[start]


@pytest.mark.parametrize(
    "text", ["Set the table to x; select one from the list", "${verb} a from s.t", "use x; and select"]
)
def test_prose_before_a_verb(text: str) -> None:
    """A sentence that sets or uses something is no query."""
    assert list(as_queries(at_line(text, 1))) == []


def cells(*sources: str, language: str = "python") -> str:
    made = [{"cell_type": "code", "source": source.splitlines(keepends=True)} for source in sources]
    prose = {"cell_type": "markdown", "source": ["select a from s.t"]}
    return json.dumps({"cells": [*made, prose], "metadata": {"kernelspec": {"language": language}}}, indent=1)


@pytest.mark.parametrize(
    ("sources", "language", "sql", "line"),
    [
        (("T = 's.t'", "!ls\nread_sql(f'select a from {T}')"), "python", "select a from s.t", "read_sql"),
        (("%%bigquery df --project x\nselect a\nfrom s.t",), "python", "select a from s.t", "%%bigquery"),
        (("x = 1\ndf = %sql select a from s.t",), "python", "select a from s.t", "df = "),
        (("%sql select a \\\n from s.t",), "python", "select a from s.t", "%sql"),
        (("!bq query 'select a from s.t'",), "python", "select a from s.t", "!bq"),
        (("%%bash\nbq query 'select a from s.t'",), "python", "select a from s.t", "bq query"),
        (("dbGetQuery(con, 'select a from s.t')",), "R", "select a from s.t", "dbGetQuery"),
        (("select a from s.t",), "sql", "select a from s.t", "select a"),
        (("print 'a draft'", "q = '''select a from s.t\nwhere b like '%(c)s'\n%(d)s'''"), "python", "select a from s.t where b like '%(c)s' %(d)s", "q = "),
    ],
)  # fmt: skip
def test_notebooks(sources: tuple[str, ...], language: str, sql: str, line: str) -> None:
    """Cells of Python share their constants, magics hand over SQL; each query is at its line of the file."""
    text = cells(*sources, language=language)
    ((query,),) = [reader.queries for reader in kind("notebook").read("a.ipynb", text, MemoryFiles({}))]
    assert shown(query)[0] == sql
    assert line in text.split("\n")[query.line - 1]


def test_a_notebook_of_databricks() -> None:
    """Cells of other languages stand in comments."""
    text = "# Databricks notebook source\nT='s.t'\n# COMMAND ----------\n# MAGIC %sql\n# MAGIC select a\n# MAGIC from s.t\n# COMMAND ----------\nspark.sql(f'select b from {T}')"
    ((one, other),) = [reader.queries for reader in kind("notebook").read("a.py", text, MemoryFiles({}))]
    assert (shown(one), shown(other)) == (("select a from s.t", (4, 5, 6)), ("select b from s.t", (8,)))


@pytest.mark.parametrize("piece", ["/* */", "(", "-- x\n", "# x\n", " "])
def test_a_long_beginning_takes_no_time(piece: str) -> None:
    """What may stand before a query is read once."""
    assert not looks_like_query(piece * 20_000 + "x")


@pytest.mark.parametrize(
    ("source", "language", "sql"),
    [
        (
            '%%scala\nval q = s"select a from s.t where d = $day"',
            "python",
            "select a from s.t where d = ${day}",
        ),
        ('val q = spark.sql("""select a\nfrom s.t""") // don\'t', "scala", "select a\nfrom s.t"),
        ("const q = `select a from s.t`", "javascript", "select a from s.t"),
        ('print "x"\ncursor.execute("select a from s.t")', "python", "select a from s.t"),
        ('%%html\n<p>"select a from s.t"</p>', "python", None),
        ('# "select a from s.t"\n// "select b from s.t"', "scala", None),
    ],
)
def test_cells_of_other_languages(source: str, language: str, sql: str | None) -> None:
    """Of a language that is not parsed the texts in quotes are read; comments and pages of markup are prose."""
    readers = kind("notebook").read("a.ipynb", cells(source, language=language), MemoryFiles({}))
    assert [query.sql for reader in readers for query in reader.queries] == ([sql] if sql is not None else [])
