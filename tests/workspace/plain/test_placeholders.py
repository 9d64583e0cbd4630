import pytest

from contract_gate.sql.scan import scan_script
from contract_gate.workspace.plain.placeholders import fill, is_marked


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("SELECT a FROM ${db}.t WHERE d = '${day}' AND x > ${n} LIMIT ${limit}", "hive"),
        ("INSERT INTO ${hiveconf:out}.t SELECT a FROM s", "hive"),
        ("SELECT a FROM {{ params.schema }}.t WHERE ds BETWEEN {{ start }} AND {{ end }}", "bigquery"),
        ("SELECT a FROM `{{ project }}.d.t_{{ suffix }}`", "bigquery"),
        ("SELECT a FROM t WHERE x = %(x)s AND y = %s", "postgres"),
        ("SELECT a FROM @cdm.person WHERE b = @c", "tsql"),
        ("SELECT a FROM [$(Db)].[dbo].[t]", "tsql"),
        ("\\i other.sql\n\\set x 1\nSELECT a FROM t", "postgres"),
        ("COPY t (a) FROM stdin;\n1\tx\n2\ty\n\\.\nSELECT a FROM t", "postgres"),
        ("SELECT ${x} AS a, ${y} + 1 AS b FROM t WHERE ${condition}", "spark"),
        ("SELECT a FROM t {# a comment #}\n{% if is_init() %}\nWHERE FALSE\n{% else %}\nWHERE TRUE\n{% endif %}", "bigquery"),
    ],
)  # fmt: skip
def test_a_filled_text_can_be_read(text: str, dialect: str) -> None:
    """Names, values, strings and client commands are replaced so that the text parses, line by line."""
    filled = fill(text)
    assert filled.problem is None
    assert scan_script(filled.text, dialect).problems == ()
    assert filled.text.count("\n") == text.count("\n")


def test_a_placeholder_in_a_name_may_be_any_name() -> None:
    """A part of a name that came from a placeholder is marked."""
    name = scan_script(fill("CREATE TABLE ${env}.t AS SELECT 1 AS a").text, "spark").makes[0]
    assert is_marked(name.parts[0])
    assert not is_marked(name.parts[1])


@pytest.mark.parametrize(
    "text",
    ["SELECT ${columns} FROM t", "SELECT DISTINCT {{ columns }} FROM t", "SELECT a FROM t\n{{ filter() }}\n",
     "{% for x in y %} SELECT 1 {% endfor %}"],
)  # fmt: skip
def test_what_may_hold_columns_or_clauses_is_refused(text: str) -> None:
    """A placeholder for columns, for a clause, and a loop are not guessed."""
    assert fill(text).problem is not None


@pytest.mark.parametrize(
    ("text", "is_item"),
    [
        ("SELECT a, ${x}, b FROM t", True),
        ("SELECT a, ${x}\n-- the end\nFROM t", True),
        ("SELECT a, 'from', ${x}, b FROM t", True),
        ("WITH c AS (SELECT f(a, 1), ${x}) SELECT 1 AS b FROM c", True),
        ("SELECT a, ${x} AS b FROM t", False),
        ("SELECT a, ${x} + 1, b FROM t", False),
        ("SELECT f(a, ${x}, b) AS c FROM t", False),
        ("INSERT INTO t VALUES (1, ${x}, 2)", False),
        ("SELECT a FROM t WHERE b IN (1, ${x}, 2)", False),
        ("SELECT a FROM t GROUP BY a, ${x}", False),
    ],
)
def test_a_whole_item_of_a_select_list_may_be_any_columns(text: str, is_item: bool) -> None:
    """An item that is a mere placeholder gets a name for unknown columns, not a NULL; any other place does not."""
    assert ("__ph_unknown_" in fill(text).text) is is_item


def test_items_differ_as_their_placeholders_do() -> None:
    """Two placeholders get two names, and one the same name wherever it stands."""
    one, same, other = (
        fill(f"SELECT a, {x} FROM t").text for x in ("{{ f('x') }}", "{{  f('x')  }}", "{{ f(x) }}")
    )
    assert one.split() == same.split()
    assert one.split() != other.split()


def test_what_was_put_in_is_noted() -> None:
    """The notes name the placeholders, those inside of strings excepted."""
    assert "${db}" in fill("SELECT '${day}' AS d FROM ${db}.t").notes[0]
    assert fill("SELECT '${day}' AS d FROM t").notes == ()


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        (
            "SELECT a\nFROM t\n${joins}\nWHERE b = ${b}\n${filters}\nORDER BY a",
            "SELECT a FROM t WHERE b = NULL ORDER BY a",
        ),
        ("SELECT a,\n${more}\nb FROM t", "SELECT a, b FROM t"),
        ("SELECT a\nFROM t\nWHERE b = 1 AND ${c} ${how} ${d}", "SELECT a FROM t WHERE b = 1 AND TRUE = NULL"),
        (
            "SELECT {% for c in cs %}{{ c }} AS x{% if not loop.last %},{% endif %}{% endfor %} FROM t",
            "SELECT NULL AS x FROM t",
        ),
        (
            "{% for t in ts %}SELECT a FROM s.t{{ ' UNION ALL ' if not loop.last }}{% endfor %}",
            "SELECT a FROM s.t",
        ),
        ("SELECT a FROM ${s}.t ${where} ${limit}", "SELECT a FROM __ph_s__.t"),
        (
            "SELECT a FROM t WHERE TRUE ${more} GROUP BY a, b ${order}",
            "SELECT a FROM t WHERE TRUE GROUP BY a, b",
        ),
        (
            "SELECT a FROM t WHERE b IN (1) ${more} ORDER BY a DESC ${limit}",
            "SELECT a FROM t WHERE b IN (1) ORDER BY a DESC",
        ),
        ("SELECT a FROM t WHERE b = :b ${more}", "SELECT a FROM t WHERE b = :b"),
        ("SELECT a FROM t WHERE b > ? ${more} LIMIT 3", "SELECT a FROM t WHERE b > ? LIMIT 3"),
        ("SELECT a FROM t WHERE b ${how} 5 LIMIT 1", "SELECT a FROM t WHERE b = 5 LIMIT 1"),
    ],
)
def test_what_a_program_may_leave_out(text: str, sql: str) -> None:
    """What stands alone on its line where a clause or an item may be is left out, and may read any column; a model's is refused."""
    filled = fill(text, is_program=True)
    assert (" ".join(filled.text.split()), filled.problem) == (sql, None)
    assert filled.reads_any is any(each in text for each in ("\n$", "AND $", "${more}", "${where}"))
    assert fill(text) != filled


@pytest.mark.parametrize(
    "text",
    [
        "SELECT\n${columns}\nFROM t",
        "SELECT a FROM\n${table}",
        "SELECT a FROM t WHERE ${c} LIMIT 5",
        "SELECT a FROM t, ${u}",
        "SELECT f(a, ${b}) FROM t",
    ],
)
def test_what_a_program_may_not_leave_out(text: str) -> None:
    """All columns, a relation and a condition stand for something; it is what it is in a model."""
    assert fill(text, is_program=True) == fill(text)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("INSERT INTO t (a, b) VALUES ${rows}", "INSERT INTO t (a, b) VALUES (NULL, NULL)"),
        (
            "insert into t(a) values %(rows)s on conflict do nothing",
            "insert into t(a) values (NULL) on conflict do nothing",
        ),
        (
            "SELECT 1 FROM (VALUES\n  {{ rows }}\n) AS v(a, b)",
            "SELECT 1 FROM (VALUES\n  (NULL, NULL)\n) AS v(a, b)",
        ),
        ("INSERT INTO t VALUES ${rows}", "INSERT INTO t VALUES NULL"),
        ("SELECT a FROM f(VALUES ${rows})", "SELECT a FROM f(VALUES NULL)"),
    ],
)
def test_rows_that_are_filled_in(text: str, filled: str) -> None:
    """They have as many values as columns are named beside them, and are unreadable where none are."""
    assert fill(text).text == filled


@pytest.mark.parametrize(
    ("text", "filled", "note"),
    [
        ("{% set x = 1 %}SELECT a FROM t", "SELECT a FROM t", "a variable of the template is not filled in: x = 1"),
        ("{% raw %}SELECT a FROM t{% endraw %}", "SELECT a FROM t", None),
    ],
)  # fmt: skip
def test_tags_that_take_no_text_away(text: str, filled: str, note: str | None) -> None:
    """An assignment is told, what only marks a text is not; both leave the SQL as it is."""
    found = fill(text)
    assert found.text.strip() == filled
    assert found.notes == ((note,) if note else ())


def test_in_a_quoted_name_only_a_templates_own_marks_are_placeholders() -> None:
    """`"{x}"` is a name as it is written; `"{{ x }}"` may be any."""
    assert fill('SELECT "a{b}" FROM t').text == 'SELECT "a{b}" FROM t'
    made = scan_script(fill('CREATE TABLE "{{ db }}"."t" AS SELECT 1 AS a').text, "postgres").makes[0]
    assert is_marked(made.parts[0])
