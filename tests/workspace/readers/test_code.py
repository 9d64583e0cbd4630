"""SQL in programs of other languages: texts in quotes as each language writes them, what joins them and what is filled in."""

import pytest

from contract_gate.workspace.readers.code import queries_of_code
from contract_gate.workspace.readers.kinds import kind
from tests.memory import MemoryFiles

READ = [
    ("ts", "const q = `select a from s.t where ${x ? `b = 1` : 'true'} limit 5`", "select a from s.t where ${x_b_1_true} limit 5", (1,)),
    ("ts", "q(`select a\n from s.t\n where b = ${f(\n {c: 1})}`)", "select a from s.t where b = ${f_c_1}", (1, 2, 3, 4)),
    ("js", "const T = 's.t';\nq(`select a from ${T}`)", "select a from s.t", (2,)),
    ("js", "const T = process.env.T || 's.t';\nq('select a from ' + T + ' where b = ' + b)", "select a from s.t where b = ${b}", (2,)),
    ("js", "let T = 's.t'; T = other;\nq('select a from ' + T)", "select a from ${T}", (2,)),
    ("ts", "function f(T: string = 's.u') {}\nq('select a from ' + o.T(1)[2].x + '.t')", "select a from ${o_T}.t", (2,)),
    ("tsx", "<p>Don't \"</p>;\nq(\"select a from s.t\")", "select a from s.t", (2,)),
    ("ts", "class A { #q = sql`select a from s.t` }", "select a from s.t", (1,)),
    ("ts", "x = /['\"]/;\nq('select a from s.t')", "select a from s.t", (2,)),
    ("ts", "s.replace(/`/g, x / 2);\nq(`select a from s.t`)", "select a from s.t", (2,)),
    ("ts", "x = a / b; q('select a from s.t'); y = c / d", "select a from s.t", (1,)),
    ("ts", "logQuery({ text: 'select a from s.t' })", "select a from s.t", (1,)),
    ("java", 'String q = "select a, b " +\n  "from s.t " + // where\n  "where c = \'" + c + "\'";', "select a, b from s.t where c = '${c}'", (1,)),
    ("java", 'static final String T = "s.t";\nq("select a from " + T + (x ? " limit 1" : ""));', "select a from s.t${x_limit_1}", (2,)),
    ("java", 'sb.append("select a ").append("from s.t");', "select a from s.t", (1,)),
    ("java", 'b.append("select a ");\nb.append("from s.t ");', "select a from s.t", (1,)),
    ("java", 'q = "select a\\n from s.t where b = \\"c\\"";', 'select a from s.t where b = "c"', (1, 1)),
    ("java", "char c = '\"'; q(\"select a from s.t\");", "select a from s.t", (1,)),
    ("java", 'q = """\n select a\n from s.t""";', "select a from s.t", (1, 2, 3)),
    ("go", "q := `select a from ` + v.T + ` where b = 1`", "select a from ${v_T} where b = 1", (1,)),
    ("go", 'q := fmt.Sprintf("select a from %s.t where b = %d", s, b)', "select a from %s.t where b = ${d}", (1,)),
    ("go", 'q := "select a "\nif x {\n q += "from s.t"\n}', "select a from s.t", (1,)),
    ("rs", 'q::<\'a>("select a\n from s.t");', "select a from s.t", (1, 2)),
    ("rs", 'let q = format!(r#"select "a" from {} where b = {b}"#, t);', 'select "a" from ${value} where b = ${b}', (1,)),
    ("cs", 'var q = $@"select a\n from s.t where b = ""{c.D()}""";', "select a from s.t where b = \"\"${c_D}\"\"", (1, 2)),
    ("scala", 'case class P(table: String = "s.t")\nval q = s"""select a from ${p.table} where d = $d"""', "select a from s.t where d = ${d}", (2,)),
    ("scala", 'val q = s"""\n  |select a || b\n  |from s.t""".stripMargin', "select a || b from s.t", (1, 2, 3)),
    ("scala", 'val q = """select a\n|| b from s.t"""', "select a || b from s.t", (1, 2)),
    ("scala", 'case class P(t: String = "")\nval q = s"select a from ${p.t}"', "select a from ${p_t}", (2,)),
    ("kt", 'val q = "select a from s.t where b = $b" // "', "select a from s.t where b = ${b}", (1,)),
    ("rb", "execute <<~SQL.squish, x\n  select a\n  from s.t where b = #{c}\nSQL\nputs 'x'", "select a from s.t where b = ${c}", (2, 3, 4)),
    ("rb", 'q = "select a " \\\n  "from s.t"', "select a from s.t", (1,)),
    ("rb", "sql: \"-- [p]\\n-- :x\\n\\nselect a from s.t\"", "-- [p] -- :x select a from s.t", (1, 1, 1, 1)),
    ("php", "$q = 'select a\n from s.t' . ' where b = ' . $b;", "select a from s.t where b = ${b}", (1, 2)),
    ("php", '$q = "select a from {$this->t} where b = $b";', "select a from ${this_t} where b = ${b}", (1,)),
    ("php", '$q = "select a from (" . $this->x($p, 1) . "\n) b" .\n $c . "order by d\n" . ($n ? "limit $n" : \'\');', "select a from (${this_x} ) b${c}order by d ${n_limit_n}", (1, 2, 4)),
    ("php", "$q = <<<SQL\nselect a from s.t\nSQL;", "select a from s.t", (2, 3)),
    ("pl", 'my $q = "select a from s.t" . " where b = 1";', "select a from s.t where b = 1", (1,)),
    ("ps1", '<# it\'s #>\n$q = @"\nselect a from s.t where b = $($x.y)\n"@', "select a from s.t where b = ${x_y}", (3,)),
    ("ex", 'q = "select a " <> "from s.t where b = #{c}"', "select a from s.t where b = ${c}", (1,)),
    ("cpp", 'auto q = "select a "\n  "from s.t";', "select a from s.t", (1,)),
    ("vb", 'q = "select a " & "from s.t" \' it', "select a from s.t", (1,)),
    ("", "q = f('select a from s.t') # it's", "select a from s.t", (1,)),
    ("ts", "q(('select a ' + 'from s.t') + ' limit 1')", "select a from s.t limit 1", (1,)),
    ("ts", "q(f('select a from s.t', g(') \"')) + 1)", "select a from s.t", (1,)),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "sql", "lines"), READ)
def test_what_is_read(language: str, text: str, sql: str, lines: tuple[int, ...]) -> None:
    """Quotes, heredocs, joined texts, constants of the file: the query is whole, at its own lines."""
    found = [(" ".join(query.sql.split()), query.lines) for query in queries_of_code(text, language)]
    assert [each for each in found if each[1]][-1] == (sql, lines)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ts", "// select a from s.t `\n/* 'select a from s.t' */"),
        ("java", '// "select a from s.t"'),
        ("ps1", '# -Query "select a from s.t"\n<# "select a from s.t" #>'),
        ("rb", "# 'select a from s.t'\nx = <<~SQL\nselect a from s.t"),
        ("ts", "<p>select a from s.t</p>"),
        ("java", 'x = "select a\nfrom s.t";'),
        ("ts", "f('select a', 'from s.t')"),
        ("ts", "const a = 'select a';\nconst b = ' from s.t'"),
        ("java", 'String a = "select a"; String b = " from s.t";'),
        ("rb", "x << SELECT\nfrom"),
        ("vb", '\' "select a from s.t"'),
        ("ts", "`${"),
        ("ts", ")"),
    ],
)
def test_what_is_no_query(language: str, text: str) -> None:
    """Comments, markup, texts that nothing joins, and what has no end."""
    assert not list(queries_of_code(text, language))


@pytest.mark.parametrize(
    ("text", "is_sql"),
    [
        ("`select a\n  from t\n  ${x}`", True),
        ("'Select one from the list'", False),
        ("`Update\nthe table`", False),
    ],
)
def test_what_can_be_nothing_but_sql(text: str, is_sql: bool) -> None:
    """A clause that begins a line is no prose: such a query is one though nobody can read it."""
    assert [query.is_sql for query in queries_of_code(text, "ts")] == [is_sql]


@pytest.mark.parametrize(
    "path", ["a.jsx", "a.vue", "a.psm1", "a.cjs", "b/a.svelte", "a.kts", "a.cpp", "a.exs"]
)
def test_endings(path: str) -> None:
    """A program is told by its ending."""
    claimed = kind("code")
    assert claimed.claims(path)
    (reader,) = claimed.read(path, 'q = "select a from s.t"', MemoryFiles({}))
    assert [query.sql for query in reader.queries] == ["select a from s.t"]


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("php", "$t = 's.t';\n$q = \"select a from $t where b = 1\";", [") select a from s.t where b = 1"]),
        (
            "ts",
            "let t = 's.t';\nt = 's.u';\nq(`select a from ${t}`)",
            [") select a from s.t", ") select a from s.u"],
        ),
        ("ts", "const t = `t`;\nq(`select a from ${u}`, 'x.y z')", []),
        ("ts", "import 's.t';\nq(`select a from s.${u}`)", []),
        ("ts", "f('s.t'); q('select a from s.u')", []),
    ],
)
def test_tables_that_may_be_filled_in(language: str, text: str, told: list[str]) -> None:
    """A table that a program fills in may be any that the file writes out with its schema, which proves nothing."""
    assert [query.sql for query in queries_of_code(text, language) if query.sql.startswith(")")] == told
