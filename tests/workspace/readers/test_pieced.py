"""Queries that Python, a shell and R put together or name by a relation alone, in the forms of each."""

import textwrap

import pytest

from contract_gate.workspace.readers.kinds import kind
from tests.memory import MemoryFiles

KINDS = {"a.py": kind("python"), "a.sh": kind("shell"), "a.R": kind("r")}


@pytest.mark.parametrize(
    ("path", "text", "queries"),
    [
        ("a.py", 'q = "select a "\nq += "from s.t"\nrun(q)', ["select a from s.t"]),
        ("a.py", 'q = "select a from s.t"\nq = other\nq += "x"', ["select a from s.t"]),
        ("a.py", 'q = "select a from "\nq += name', ["select a from ${name}"]),
        ("a.py", 'spark.table("s.t").select("a", "b, c")', ["SELECT a, b, c FROM s.t"]),
        ("a.py", 'spark.table("s.t").select(x)', ["SELECT * FROM s.t"]),
        ("a.py", 'pd.read_sql_table("t", con, schema="s", columns=["a"])', ["SELECT a FROM s.t"]),
        ("a.py", 'spark.table(name)\nspark.table("no name!")', []),
        ("a.py", 'q = " ".join(["select a", "from", T])', ["select a from ${T}"]),
        ("a.py", 'T = ["select a", "from s.t"]\nq = "\\n".join(T)', ["select a from s.t"]),
        ("a.py", 'q = ", ".join(x) + y', []),
        ("a.py", 'q = sql.SQL("select a from {}").format(sql.Identifier("s", "t"))', ["select a from s.t"]),
        ("a.py", 'q = sql.SQL("select a from {}").format(sql.Identifier(x))', ["select a from ${sql_Identifier_x}"]),
        ("a.py", 'spark.read.jdbc(url, "s.t")', ["SELECT * FROM s.t"]),
        ("a.py", 'spark.read.option("dbtable", "s.t").option("x", "s.u").load()', ["SELECT * FROM s.t"]),
        ("a.py", "q = \"select '{{x}}' from {t}\".format(t=\"s.t\")", ["select '{x}' from s.t"]),
        ("a.py", "q = f\"select a from {T!r}{b'x'}\"", ["select a from ${T}${b_x}"]),
        ("a.sh", "x=$(psql -c 'select a from s.t')", ["select a from s.t"]),
        ("a.sh", "x=\"$(psql -c \"select a from $(echo 's.t') where b = '\\$1'\")\"", ["select a from ${echo_s_t} where b = '$1'"]),
        ("a.sh", "# $(psql -c 'select a from s.t')", []),
        ("a.sh", 'x=$(psql -c "select \')\' as a, \\"b\\" from s.t")', ["select ')' as a, \"b\" from s.t"]),
        ("a.sh", "ssh host \"psql -c 'select a from s.t'\"", ["select a from s.t"]),
        ("a.sh", "psql <<EOF\nselect a from $T\nEOF", ["select a from ${T}"]),
        ("a.sh", "echo $(echo select; (date", []),
        ("a.R", 'dbGetQuery(con, glue("select {{a}} from {t}"))', ["select {a} from ${t}"]),
        ("a.R", 't <- "s.t"\nq <- glue("select a from {t}")', ["select a from s.t"]),
        ("a.R", 'tbl(con, I("s.t"))', ["SELECT * FROM s.t"]),
        ("a.R", 'x <- I("red")', []),
        ("a.R", "sprintf()", []),
        ("a.R", "q <- sprintf(\"select a from %s where b = '%%'\", t)", ["select a from ${t} where b = '%'"]),
        ("a.R", 'q <- paste("select a", , "from s.t", sep = "\\n")', ["select a from s.t"]),
        ("a.R", 'tbl(con, in_schema("s", "t"))', ["SELECT * FROM s.t"]),
        ("a.R", '"unclosed', []),
    ],
)  # fmt: skip
def test_what_is_put_together_is_one_query(path: str, text: str, queries: list[str]) -> None:
    """Pieces that are known stand in the query, the others are placeholders; what is no query is none."""
    readers = KINDS[path].read(path, textwrap.dedent(text), MemoryFiles({}))
    assert [" ".join(query.sql.split()) for reader in readers for query in reader.queries] == queries
