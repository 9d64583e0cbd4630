import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.core.world import ConstraintKind, ModelKind
from contract_gate.workspace.dataform.project import DataformProject
from contract_gate.workspace.dataform.settings import dataform_roots
from tests.comparing import assessed

SETTINGS = "defaultProject: p-x\ndefaultDataset: shop\ndefaultAssertionDataset: checks\nvars:\n  days: '3'\n"


@pytest.fixture
def project(memory, bench):
    def build(files, settings=SETTINGS, name="workflow_settings.yaml"):
        held = memory({name: settings, **files})
        return bench(DataformProject(held, "", held.paths()))

    return build


def sql(b, name: str) -> str:
    return b.project.rendered(b.key(name)).sql or ""


def test_a_file_is_the_relation_that_its_config_names(project) -> None:
    """Name, schema and type come from the config block, the rest from the settings; the query keeps its lines."""
    b = project({
        "definitions/a.sqlx": "config {\n  type: 'table', // a comment }\n  schema: \"raw\",\n}\nSELECT 1 AS id,\n  2 AS x\n",
        "definitions/sub/b.sqlx": "config { type: 'view' }\nSELECT id FROM ${ref('a')}",
    })  # fmt: skip
    model = b.project.models["file:definitions/a.sqlx#a"]
    assert (str(model.relation), model.materialization) == ("p-x.raw.a", "table")
    assert b.bound("p-x.raw.a").definition.outputs[1].line == 6
    assert b.uses("p-x.shop.b") == {"p-x.raw.a"}
    assert b.columns("p-x.shop.b") == ["id"]


@pytest.mark.parametrize(
    "reference",
    ["ref('a')", 'ref("raw", "a")', "ref({schema: 'raw', name: 'a'})", "ref({name: 'a', database: 'p-x'})", "resolve('a')",
     "ref(['raw', 'a'])"],
)  # fmt: skip
def test_every_way_of_naming_another_action_is_read(project, reference: str) -> None:
    """All forms of ref and resolve give the other action's full name."""
    b = project({
        "definitions/a.sqlx": "config { type: 'table', schema: 'raw' }\nSELECT 1 AS id",
        "definitions/b.sqlx": f"config {{ type: 'view' }}\nSELECT id FROM ${{{reference}}}",
    })  # fmt: skip
    assert "`p-x.raw.a`" in sql(b, "p-x.shop.b")
    assert "file:definitions/b.sqlx#b" in b.project.readers(["file:definitions/a.sqlx#a"])


def test_a_full_build_is_not_incremental(project) -> None:
    """`when(incremental(), …)` takes its other branch in a full build and its first in an incremental run."""
    text = (
        "config { type: 'incremental' }\nSELECT 1 AS id\n"
        "${when(incremental(), `WHERE id > (SELECT MAX(id) FROM ${self()})`, 'WHERE TRUE')}\n"
        "pre_operations { DELETE FROM ${self()} WHERE 'it''s' = '{' || '}' }\n"
    )
    b = project({"definitions/a.sqlx": text})
    key = b.key("p-x.shop.a")
    assert "WHERE TRUE" in b.project.rendered(key).sql
    assert "`p-x.shop.a`" in b.project.incremental_rendered(key).sql
    assert "DELETE" not in b.project.rendered(key).sql


def test_scripts_around_the_sql_are_evaluated(project) -> None:
    """Constants, functions, loops and includes give the text that Dataform would."""
    b = project({
        "includes/columns.js": (
            "const names = ['a', 'b'];\nfunction list(prefix) { return names.map(n => `${prefix}.${n} AS ${n}_x`).join(', '); }\n"
            "async function never() { await x; }\nmodule.exports = { names, list, never };\n"
        ),
        "definitions/a.sqlx": (
            "config { type: 'view', name: 'made_' + columns.names[1] }\njs {\n  const limit = dataform.projectConfig.vars.days;\n}\n"
            "SELECT ${columns.list('t')} FROM d.s t LIMIT ${limit}"
        ),
    })  # fmt: skip
    assert b.columns("p-x.shop.made_b") == ["a_x", "b_x"]
    assert sql(b, "p-x.shop.made_b").strip().endswith("LIMIT 3")
    assert b.project.touched(["includes/columns.js"]) == {"file:definitions/a.sqlx#made_b"}


@pytest.mark.parametrize(
    ("kind", "column"), [("'text'", "text_value"), ("'whole'", "int_value"), ("'id'", "int_value"), ("'other'", "any_value")]
)  # fmt: skip
def test_a_switch_chooses_as_javascript_does(project, kind: str, column: str) -> None:
    """A case runs on into the next until a break; default is for what no case names, wherever it stands."""
    b = project(
        {
            "includes/pick.js": (
                "const column = (kind) => {\n  let name = '';\n  switch (kind) {\n    case 'text':\n      name = 'text_value';\n"
                "      break;\n    default: { name = 'any_value'; break; }\n    case 'id':\n    case 'whole':\n"
                "      name = 'int_value';\n      break;\n  }\n  return name;\n};\nmodule.exports = { column };\n"
            ),
            "definitions/a.sqlx": f"config {{ type: 'view' }}\nSELECT 1 AS ${{pick.column({kind})}} FROM d.s",
        }
    )
    assert b.columns("p-x.shop.a") == [column]


def test_loops_are_left_and_gone_on_with(project) -> None:
    """`continue` skips the rest of a turn and `break` the rest of the loop."""
    b = project(
        {
            "includes/pick.js": (
                "function names() { const found = []; for (const n of ['a', 'b', 'c', 'd']) { if (n === 'b') { continue; }\n"
                "if (n === 'd') break;\nfound.push('1 AS ' + n); } return found.join(', '); }\nmodule.exports = { names };\n"
            ),
            "definitions/a.sqlx": "config { type: 'view' }\nSELECT 0 AS z, ${pick.names()} FROM d.s",
        }
    )
    assert b.columns("p-x.shop.a") == ["z", "a", "c"]


def test_what_a_script_throws_is_told(project) -> None:
    """A script that throws gives nothing, and the reason names what it threw."""
    b = project(
        {
            "includes/pick.js": "const column = (k) => { if (k) { throw 'no such kind'; } return 'x'; };\nmodule.exports = { column };\n",
            "definitions/a.sqlx": "config { type: 'view' }\nSELECT 1 AS a, ${pick.column(0)} AS b, ${pick.column(1)} AS c FROM d.s",
        }
    )
    notes = b.project.rendered(b.key("p-x.shop.a")).notes
    assert any("no such kind" in note for note in notes)
    assert b.columns("p-x.shop.a") == ["a", "b", "c"]


def test_an_unread_item_of_a_select_list_may_be_any_columns(project) -> None:
    """What a script that is not read puts between the columns leaves the list open, and two such are not the same."""
    b = project(
        {
            "includes/h.js": "const c = (n) => { try { return n; } catch (e) { return ''; } };\nmodule.exports = { c };\n",
            "definitions/a.sqlx": "config { type: 'view' }\nSELECT id, ${h.c('x')}, z FROM d.s",
            "definitions/b.sqlx": "config { type: 'view' }\nSELECT id, ${h.c('y')}, z FROM d.s",
        }
    )
    outputs = [b.bound(f"p-x.shop.{name}").definition.outputs for name in "ab"]
    assert [output.name for output in outputs[0]] == ["id", "*", "z"]
    assert outputs[0][1].term != outputs[1][1].term


def test_operations_that_only_make_functions_make_no_relation(project) -> None:
    """The reason says that there is no relation, not that a statement is missing."""
    b = project({"definitions/f.sqlx": "CREATE OR REPLACE FUNCTION d.f(x INT64) AS (x + 1);"})
    assert b.project.models["file:definitions/f.sqlx#f"].relation is None
    assert "it makes no relation" in (b.bound("p-x.shop.f").reason or "")


def test_lines_after_an_insertion_are_traced_back(project) -> None:
    """A text of several lines that a script puts in does not move the lines below it."""
    text = "config { type: 'view' }\njs { const w = `x,\n y,`; }\nSELECT ${w}\n  z\nFROM d.s"
    b = project({"definitions/a.sqlx": text})
    rendered = b.project.rendered(b.key("p-x.shop.a"))
    z = next(output for output in b.bound("p-x.shop.a").definition.outputs if output.name == "z")
    assert rendered.source_line(z.line) == 5


def test_actions_of_scripts_are_collected(project) -> None:
    """publish, declare, operate and assert in a `.js` file are actions, in a loop too."""
    b = project({
        "definitions/all.js": (
            "declare({ database: 'p-y', schema: 'raw', name: 's' });\n"
            "['eu', 'us'].forEach(region => {\n"
            "  publish(`orders_${region}`, { type: 'table', schema: 'mart' })\n"
            "    .query(ctx => `SELECT id, '${region}' AS region\nFROM ${ctx.ref('s')}`);\n});\n"
            "assert('none').query(ctx => `SELECT id FROM ${ctx.ref('orders_eu')}`);\n"
        ),
    })  # fmt: skip
    assert b.columns("p-x.mart.orders_us") == ["id", "region"]
    assert b.uses("p-x.mart.orders_eu") == {"p-y.raw.s"}
    kinds = {model.name: model.kind for model in b.project.models.values()}
    assert (kinds["p-y.raw.s"], kinds["p-x.checks.none"]) == (ModelKind.SOURCE, ModelKind.TEST)


def test_what_is_not_known_is_said(project) -> None:
    """Columns from code that is not read make a problem; a value from such code makes a note."""
    b = project({
        "definitions/a.sqlx": "config { type: 'view' }\nSELECT\n  ${outside.columns()}\nFROM d.s",
        "definitions/b.sqlx": "config { type: 'view' }\nSELECT id FROM d.s WHERE day > ${outside.day()}",
        "definitions/c.js": "while (true) { publish('x'); }\npublish('y').query('SELECT 1 AS a');\n",
    })  # fmt: skip
    assert "JavaScript" in b.project.rendered(b.key("p-x.shop.a")).problem
    assert "outside.day" in " ".join(b.project.rendered(b.key("p-x.shop.b")).notes)
    assert b.columns("p-x.shop.b") == ["id"]
    assert "while" in b.project.problems["definitions/c.js"]
    assert b.columns("p-x.shop.y") == ["a"]


def test_endless_and_growing_scripts_are_stopped(project) -> None:
    """A script can neither run for ever nor fill the memory."""
    b = project({
        "definitions/a.js": "const f = n => f(n + 1);\npublish('a').query(f(1));\n",
        "definitions/b.js": "publish('b').query('x'.repeat(1e12));\n",
        "definitions/c.js": "let l = ['a'];\nfor (const x of ['1'.repeat(900)]) { l = l.map(y => y + y); }\n" + "l.forEach(x => l.push(x));\n",
        "definitions/ok.js": "publish('ok').query('SELECT 1 AS a');\n",
    })  # fmt: skip
    assert {"definitions/a.js", "definitions/b.js"} <= set(b.project.problems)
    assert b.columns("p-x.shop.ok") == ["a"]


@pytest.mark.parametrize(
    "script",
    [
        "'a'.repeat(1000000).replaceAll('a', 'b'.repeat(1000000))",
        "'a'.repeat(1000000).split('').join('x'.repeat(1000000))",
        "'' + 'a'.repeat(1000000).split('').map(x => 'x')",
        "'a'.concat('b'.repeat(900000), 'c'.repeat(900000))",
        "'a'.repeat(100000).split('').map(x => 'a'.repeat(1000))",
        "'a'.repeat(30000).split('').map(x => 'ab'.repeat(400000).split(''))",
        "[['a'.repeat(700000).split(''), 'a'.repeat(700000).split('')]].flatMap(x => x.concat(x[0], x[1]))",
        "'a'.repeat(100000).split('').filter(x => 'b'.repeat(100000).split('').includes('c'))",
        "itself.join()",
        "'' + deep",
        "JSON.parse(itself.toString())",
    ],
)
def test_a_script_takes_no_more_than_its_share(project, script: str) -> None:
    """What would take gigabytes, hours or the stack is not evaluated, in a second or so, and the file is told."""
    b = project({
        "definitions/a.js": "const itself = ['a'];\nitself.push(itself);\nlet deep = [];\n"
        "for (const each of 'a'.repeat(9000).split('')) { deep = [deep]; }\n" + f"publish('a').query(`select '${{{script}}}'`);\n",
        "definitions/ok.js": "publish('ok').query('SELECT 1 AS a');\n",
    })  # fmt: skip
    assert "definitions/a.js" in b.project.problems
    assert b.columns("p-x.shop.ok") == ["a"]


@pytest.mark.parametrize(
    "script",
    [
        "const[1,  ", "const {a, ", "const {a: ", "const", "let x = ", "f(", "f(a, ", "[", "[1, ", "({a: 1, ", "({", "`${", "if (a", "if (a) {",
        "for (const", "for (const x of", "for (const x of y) {", "switch (a) {", "switch (a) { case", "switch (a) { case 1: ", "function",
        "function f(", "function f(a, ", "function f(a) {", "(a, ", "a => ", "a ? ", "a ? b : ", "a.", "a[", "a?.", "!", "typeof", "new", "throw",
        "return", "a +", "try {", "class A {", "while (", "do {", "export", "import", "...", "const [a] = ", "async ", "x = function(",
    ],
)  # fmt: skip
def test_a_script_that_ends_too_early(project, script: str) -> None:
    """Wherever a script breaks off, reading it ends, and what stands beside it is read."""
    b = project({
        "includes/x.js": script,
        "definitions/a.js": script,
        "definitions/ok.js": "publish('ok').query('SELECT 1 AS a');\n",
    })  # fmt: skip
    assert b.columns("p-x.shop.ok") == ["a"]


def test_lists_are_equal_to_themselves_alone(project) -> None:
    """`===` compares lists and objects as JavaScript does, and a list of thousands may be gone through."""
    b = project({
        "definitions/a.js": "const one = ['a'];\nconst other = one;\nconst many = [];\n"
        "for (const each of 'a'.repeat(3000).split('')) { many.push('c' + many.length); }\n"
        "publish('a').query(`select ${one === other ? 1 : 2} as a${one === ['a'] ? 1 : 2}, ${many.map(x => `1 as ${x}`).slice(2998).join()}`);\n",
    })  # fmt: skip
    assert b.columns("p-x.shop.a") == ["a2", "c2998", "c2999"]


def test_operations_make_what_their_statements_say(project) -> None:
    """Operations with output make their own name; others make the relation that their statements create."""
    b = project({
        "definitions/o.sqlx": "config { type: 'operations', hasOutput: true }\nCREATE OR REPLACE TABLE ${self()} AS SELECT 1 AS a",
        "definitions/q.sqlx": "config { type: 'operations' }\nCREATE TABLE d.t (b INT64)\n---\nINSERT INTO d.t SELECT 1 AS b",
    })  # fmt: skip
    assert b.columns("p-x.shop.o") == ["a"]
    assert str(b.project.models["file:definitions/q.sqlx#q"].relation) == "d.t"
    assert b.columns("p-x.shop.q") == ["b"]


def test_assertions_are_constraints_and_tests(project) -> None:
    """Inline assertions are constraints; conditions of rows are a test that reads the relation."""
    b = project({
        "definitions/a.sqlx": (
            "config { type: 'table', assertions: { uniqueKey: ['id'], nonNull: 'id', rowConditions: ['id > 0'] } }\nSELECT 1 AS id"
        ),
    })  # fmt: skip
    kinds = {constraint.kind for constraint in b.project.models["file:definitions/a.sqlx#a"].constraints}
    assert kinds == {ConstraintKind.UNIQUE, ConstraintKind.NOT_NULL}
    assert b.uses("p-x.checks.a_row_conditions") == {"p-x.shop.a"}


def test_older_settings_with_suffix_and_warehouse(project) -> None:
    """dataform.json names warehouse, schema and suffix; names are quoted as that warehouse does."""
    b = project(
        {"definitions/a.sqlx": "config { type: 'view' }\nSELECT 1 AS a", "definitions/b.sqlx": "config { type: 'view' }\nSELECT a FROM ${ref('a')}"},
        '{"warehouse": "snowflake", "defaultSchema": "SHOP", "schemaSuffix": "DEV"}', "dataform.json",
    )  # fmt: skip
    assert b.project.dialect == "snowflake"
    assert sql(b, "SHOP_DEV.b").strip() == 'SELECT a FROM "SHOP_DEV"."a"'
    assert b.uses("SHOP_DEV.b") == {"SHOP_DEV.a"}


def test_disabled_actions_and_unit_tests_are_left_out(project) -> None:
    """What is switched off, and unit tests, declare nothing."""
    b = project({
        "definitions/a.sqlx": "config { type: 'view', disabled: true }\nSELECT 1 AS a",
        "definitions/t.sqlx": "config { type: 'test', dataset: 'a' }\ninput 'x' {\n SELECT 1\n}\nSELECT 1",
    })  # fmt: skip
    assert b.project.models == {}


def test_listed_actions_are_plain_sql(project) -> None:
    """actions.yaml names files of SQL without templates."""
    b = project({
        "definitions/actions.yaml": "actions:\n  - view:\n      filename: v.sql\n      dataset: d\n  - declaration:\n      name: s\n",
        "definitions/v.sql": "SELECT 1 AS a",
    })  # fmt: skip
    assert b.columns("p-x.d.v") == ["a"]


def test_roots_are_where_settings_are(memory) -> None:
    """Each folder with settings is a project."""
    held = memory({"x/dataform.json": "{}", "y/workflow_settings.yaml": "", "z/a.sqlx": ""})
    assert dataform_roots(held.paths()) == ["x", "y"]


def test_a_script_that_makes_actions_without_end_is_told(project) -> None:
    """A loop that publishes for ever is cut, its file is a problem, and the other files are read."""
    b = project({
        "definitions/a.js": "const n = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];\n"
        "n.forEach(a => n.forEach(b => n.forEach(c => n.forEach(d => publish('t').query('select 1')))));",
        "definitions/b.sqlx": "config { type: 'view' }\nSELECT 1 AS id",
    })  # fmt: skip
    assert "definitions/a.js" in b.project.problems
    assert len(b.project.models) < 2_100
    assert b.columns("p-x.shop.b") == ["id"]


def test_a_config_block_takes_what_it_spreads(project) -> None:
    """Settings of an include hold as if they were written; what can't be known is said, and names no relation by itself."""
    b = project({
        "includes/shared.js": "module.exports = {defaults: {type: 'table', schema: 'mart'}, made: () => 1};\n",
        "definitions/a.sqlx": "config { ...shared.defaults, name: 'b', columns: () => 1, tags: nobody }\nSELECT 1 AS id",
        "definitions/c.sqlx": "config { type: 'view', ...outside.defaults }\nSELECT 1 AS id",
        "definitions/d.sqlx": "config { type: 'view', name: outside.name }\nSELECT 1 AS id",
    })  # fmt: skip
    assert b.project.models["file:definitions/a.sqlx#b"].materialization == "table"
    assert "p-x.mart.b" in {model.name for model in b.project.models.values()}
    told = " ".join(b.project.rendered("file:definitions/c.sqlx#c").notes)
    assert "its settings are not all known: `outside` is not known" in told
    (hidden,) = [model for model in b.project.models.values() if model.path == "definitions/d.sqlx"]
    assert hidden.name not in ("p-x.shop.d", "d")


def test_every_way_of_publishing_is_collected(project) -> None:
    """Names, settings and queries of an action may be given in the call, or one by one to what it gives."""
    b = project({
        "includes/shared.js": "exports.schema = 'mart';\n",
        "definitions/lib.js": "exports.region = 'eu';\n",
        "definitions/all.js": (
            "const {schema} = require('./includes/shared');\n"
            "publish({name: 'a', type: 'view'}).query('SELECT 1 AS id').schema(schema).description(() => 1).type();\n"
            "publish('b').config({type: 'incremental', schema}).config().query(ctx => { return `SELECT 2 AS id2`; });\n"
            "publish('c').type('view').schema('d').query(ctx => { const t = ctx.ref('s', 't'); return `SELECT x FROM ${t}`; });\n"
            "operate('o').queries(['CREATE TABLE ${x} (y INT64)', 'SELECT 1']);\n"
            "operate('p').queries(ctx => ['CREATE TABLE p-x.shop.p AS SELECT 1 AS z', 'SELECT 1']);\n"
            "publish('nothing');\npublish('e').query(ctx => 5);\n"
            "publish('f', {preOps: ['DECLARE n INT64'], postOps: 'DELETE FROM z WHERE id = 1'}).query('SELECT n AS n');\n"
        ),
        "definitions/other.js": "publish();\n",
        "definitions/far.js": "const near = require('elsewhere/near');\n",
        "definitions/near.js": "require('../includes/shared'); require('./definitions/lib.js');\n",
    })  # fmt: skip
    names = {model.name: model.materialization for model in b.project.models.values()}
    assert (names["p-x.mart.a"], names["p-x.mart.b"], names["p-x.d.c"]) == ("view", "incremental", "view")
    assert (b.columns("p-x.mart.a"), b.columns("p-x.mart.b")) == (["id"], ["id2"])
    assert "SELECT x FROM `s.t`" in sql(b, "p-x.d.c")
    assert b.columns("p-x.shop.p") == ["z"]
    for name in ("nothing", "e"):
        assert "its query is no text" in b.project.rendered(b.key(f"p-x.shop.{name}")).problem
    assert "an action without a name" in b.project.problems["definitions/other.js"]
    assert "require(elsewhere/near) is not known" in b.project.problems["definitions/far.js"]
    assert "definitions/near.js" not in b.project.problems
    told = [one.what for one in b.project.companions(b.key("p-x.shop.f"))]
    assert {"its preOps", "its postOps"} <= set(told)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT ${class {}} AS x", "it is not read"),
        ("SELECT 1 FROM ${ref()}", "ref() of nothing"),
        ("SELECT 1 FROM ${ref({})}", "ref() of nothing"),
        ("SELECT ${nobody} AS x", "`nobody` is not known"),
    ],
)
def test_a_hole_says_why_it_is_one(project, query: str, told: str) -> None:
    """What stands between `${` and `}` and is not read leaves the rest of the query, with its reason."""
    b = project({"definitions/a.sqlx": f"config {{ type: 'view' }}\n{query}"})
    assert told in " ".join(b.project.rendered(b.key("p-x.shop.a")).notes)


@pytest.mark.parametrize(
    ("files", "settings", "path", "told"),
    [
        ({"definitions/a.sqlx": "config { type: 'view'\nSELECT 1"}, SETTINGS, "definitions/a.sqlx", "a brace is not closed"),
        ({"definitions/a.sqlx": "js { class X {} x }\nSELECT 1"}, SETTINGS, "definitions/a.sqlx", None),
        ({"definitions/a.sqlx": "pre_operations { {\nSELECT 1"}, SETTINGS, "definitions/a.sqlx", "a brace is not closed"),
        ({"definitions/a.sqlx": None}, SETTINGS, "definitions/a.sqlx", "not in this clone"),
        ({"definitions/actions.yaml": "actions: ["}, SETTINGS, "definitions/actions.yaml", "it is no YAML"),
        ({"definitions/actions.yaml": "actions:\n- {unknown: {a: 1}, view: 2}\n- b\n"}, SETTINGS, "definitions/actions.yaml", None),
        ({}, "a: [", "workflow_settings.yaml", "its settings can't be read"),
        ({}, "- a\n", "workflow_settings.yaml", "its settings are no mapping"),
        ({}, None, "workflow_settings.yaml", "not in this clone"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_read_says_why(project, files, settings, path: str, told: str | None) -> None:
    """A file or settings that can't be read are told with the reason, and hide no other file."""
    b = project(
        files | {"definitions/z.sqlx": "config { type: 'view', schema: 's' }\nSELECT 1 AS id"}, settings
    )
    assert told is None or told in b.project.problems[path]
    assert any(model.name.endswith("s.z") for model in b.project.models.values())


def test_a_project_without_its_settings_has_the_defaults(memory, bench) -> None:
    """Where the settings went, the models are still there under the names that are left."""
    held = memory({"definitions/a.sqlx": "config { type: 'view', schema: 's' }\nSELECT 1 AS id"})
    assert bench(DataformProject(held, "", held.paths())).columns("s.a") == ["id"]


def test_a_declaration_has_no_query_and_may_be_named_without_its_suffix(project) -> None:
    """What is declared is not made here; a `ref` names a table's schema as it is without the suffix."""
    b = project(
        {"definitions/a.sqlx": "config { type: 'table', schema: 'mart' }\nSELECT 1 AS id",
         "definitions/b.sqlx": "config { type: 'view' }\nSELECT id FROM ${ref('mart', 'a')}",
         "definitions/s.js": "declare({schema: 'raw', name: 's'});"},
        SETTINGS + "datasetSuffix: dev\n",
    )  # fmt: skip
    assert "`p-x.mart_dev.a`" in sql(b, "p-x.shop_dev.b")
    assert "declared" in b.project.rendered(b.key("p-x.raw.s")).problem


SHARED = "const today = new Date().toISOString().substring(0, {});\nmodule.exports = {{ today, currency: '{}' }};\n"
SCRIPT = (
    "const past = constants.today;\npublish('t', {type: 'table'}).query(ctx =>\n"
    " `SELECT id, '${constants.currency}' AS c FROM ${ctx.ref('s')} WHERE day = '${past}'`);\n"
)
BESIDE = {
    "workflow_settings.yaml": SETTINGS,
    "definitions/s.sqlx": "config { type: 'table' }\nSELECT 1 AS id, DATE '2024-01-01' AS day",
    "definitions/r.sqlx": "config { type: 'view' }\nSELECT id FROM ${ref('t')}",
}


@pytest.mark.parametrize(
    ("shared", "script", "kinds"),
    [
        (SHARED.format(10, "EUR"), "// the same\n" + SCRIPT, set()),
        (SHARED.format(7, "EUR"), SCRIPT, {Kind.ROWS_FILTER_CHANGED, Kind.ROWS_SOURCE_CHANGED}),
        (SHARED.format(10, "USD"), SCRIPT, {Kind.COLUMN_VALUES_CHANGED}),
        (SHARED.format(10, "EUR"), SCRIPT.replace("SELECT id,", "SELECT"), {Kind.COLUMN_REMOVED}),
    ],
)
def test_scripts_that_ask_for_the_time_are_read(shared: str, script: str, kinds: set[Kind]) -> None:
    """What hangs on the time of the run is one value that nobody knows; how it is made is known, and so is all beside it."""
    base = {**BESIDE, "includes/constants.js": SHARED.format(10, "EUR"), "definitions/t.js": SCRIPT}
    found = assessed(base, {**base, "includes/constants.js": shared, "definitions/t.js": script}, None)
    assert {change.kind for change in found.changes} == kinds


def test_a_schema_that_is_not_known_is_not_the_usual_one(project) -> None:
    """An action of a script whose schema hangs on what is not known is no rival of one that has the usual schema."""
    b = project({
        "definitions/a.js": "publish('t', {schema: `s_${Date.now()}`}).query('SELECT 1 AS a');\n",
        "definitions/t.sqlx": "config { type: 'view' }\nSELECT 2 AS b",
    })  # fmt: skip
    assert b.columns("p-x.shop.t") == ["b"]
    assert b.project.problems == {}
