import pytest

from contract_gate.core.relation import RelationName
from contract_gate.core.world import ModelKind
from contract_gate.workspace.plain import PlainProject


@pytest.fixture
def project(memory, bench):
    def build(files, dialect="postgres", dialect_of=None):
        held = memory(files)
        return bench(PlainProject(held, held.paths(), dialect_of or (lambda _path: dialect)))

    return build


def made(b) -> dict[str, str]:
    return {str(model.relation): model.path for model in b.project.models.values()}


def test_a_file_is_what_its_statement_or_its_path_names(project) -> None:
    """CREATE says the name; a bare query is named by its file and its folder."""
    b = project({"etl/load.sql": "CREATE TABLE s.t AS SELECT 1 AS a", "mart/orders.sql": "SELECT a FROM s.t"})
    assert made(b) == {"s.t": "etl/load.sql", "mart.orders": "mart/orders.sql"}
    assert b.columns("mart.orders") == ["a"]


def test_migrations_are_folded_in_the_order_of_their_versions(project) -> None:
    """The table is what all versions together make of it, V10 after V9, and its file is the last that changed it."""
    b = project({
        "db/migration/V1__init.sql": "CREATE TABLE t (id INT, a INT, b INT);\nCREATE TABLE other (x INT);",
        "db/migration/V10__drop.sql": "\nALTER TABLE t DROP COLUMN a;",
        "db/migration/V9__add.sql": "ALTER TABLE t ADD COLUMN c INT;\nALTER TABLE t RENAME COLUMN b TO a2;",
        "db/migration/U10__drop.sql": "ALTER TABLE t ADD COLUMN a INT;",
        "db/migration/R__view.sql": "CREATE OR REPLACE VIEW v AS SELECT id, a2 FROM t;",
    })  # fmt: skip
    assert b.columns("t") == ["id", "a2", "c"]
    assert b.columns("v") == ["id", "a2"]
    assert made(b) == {
        "t": "db/migration/V10__drop.sql", "other": "db/migration/V1__init.sql", "v": "db/migration/R__view.sql",
    }  # fmt: skip
    key = b.key("t")
    assert b.project.touched(["db/migration/V1__init.sql"]) == {key, b.key("other")}
    rendered = b.project.rendered(key)
    assert rendered.source_line(rendered.sql.count("\n") + 1) == 2


def test_a_migrated_table_keeps_its_key_when_a_version_is_added(project) -> None:
    """The key does not name the last file, so that base and head have the same."""
    first = {"m/001_a.sql": "CREATE TABLE t (id INT, a INT)"}
    before = project(first)
    after = project({**first, "m/002_b.sql": "ALTER TABLE t DROP COLUMN a"})
    assert before.key("t") == after.key("t")
    assert (before.columns("t"), after.columns("t")) == (["id", "a"], ["id"])


def test_dropped_and_renamed_tables_are_gone_under_their_old_names(project) -> None:
    """What a later migration drops or renames is not there under its old name."""
    b = project({
        "migrations/20240101000000_a.sql": "CREATE TABLE a (x INT); CREATE TABLE b (y INT);",
        "migrations/20240201000000_b.sql": "DROP TABLE a; ALTER TABLE b RENAME TO c; ALTER TABLE c ADD COLUMN z INT;",
    })  # fmt: skip
    assert set(made(b)) == {"c"}
    assert b.columns("c") == ["y", "z"]


def test_a_table_made_again_has_its_last_shape(project) -> None:
    """CREATE IF NOT EXISTS changes nothing that is there; a table that was dropped can be made anew."""
    b = project({
        "migrations/1_a.sql": "CREATE TABLE t (x INT)",
        "migrations/2_b.sql": "CREATE TABLE IF NOT EXISTS t (nothing INT)",
        "migrations/3_c.sql": "CREATE TABLE u (x INT); DROP TABLE u; CREATE TABLE u (y INT)",
    })  # fmt: skip
    assert b.columns("t") == ["x"]
    assert b.columns("u") == ["y"]


def test_sections_and_files_that_undo_are_left_out(project) -> None:
    """Down sections, down files and down folders never run forward."""
    b = project({
        "goose/001_a.sql": "-- +goose Up\nCREATE TABLE t (x INT);\n-- +goose Down\nDROP TABLE t;",
        "dbmate/20240101_a.sql": "-- migrate:up\nCREATE TABLE d (x INT);\n\n-- migrate:down\nDROP TABLE d;",
        "golang/migrations/1_a.up.sql": "CREATE TABLE g (x INT)",
        "golang/migrations/1_a.down.sql": "DROP TABLE g",
        "diesel/migrations/2024_a/up.sql": "CREATE TABLE e (x INT)",
        "diesel/migrations/2024_a/down.sql": "DROP TABLE e",
        "prisma/migrations/2024_a/migration.sql": "CREATE TABLE p (x INT)",
        "prisma/migrations/2025_b/migration.sql": "ALTER TABLE p ADD COLUMN y INT",
    })  # fmt: skip
    assert set(made(b)) == {"t", "d", "g", "e", "p"}
    assert b.columns("p") == ["x", "y"]


def test_scripts_that_clean_up_still_make_their_tables(project) -> None:
    """Numbered scripts outside of migrations drop what they made before; the tables between are not gone for that."""
    b = project({
        "etl/01_stage.sql": "CREATE TABLE stage AS SELECT 1 AS a", "etl/02_mart.sql": "CREATE TABLE mart AS SELECT a FROM stage",
        "etl/99_clean.sql": "DROP TABLE stage",
    })  # fmt: skip
    assert b.uses("mart") == {"stage"}


def test_statements_of_several_files_make_one_relation(project) -> None:
    """A file that fills a table belongs to the one that creates it: one model, with the declared names."""
    b = project({
        "ddl/orders.sql": "CREATE TABLE shop.orders (id INT, total INT)",
        "etl/orders.sql": "INSERT INTO shop.orders (id, total) SELECT i, amount FROM raw.o",
        "etl/other.sql": "CREATE TABLE shop.o2 AS SELECT id FROM shop.orders",
    })  # fmt: skip
    assert made(b) == {"shop.orders": "etl/orders.sql", "shop.o2": "etl/other.sql"}
    assert b.columns("shop.orders") == ["id", "total"]
    assert set(b.project.files_of(b.key("shop.orders"))) == {"ddl/orders.sql", "etl/orders.sql"}
    assert b.key("shop.orders") in b.project.readers([]) | b.project.naming(RelationName(("raw", "o")))


def test_each_relation_of_a_file_has_its_own_statements(project) -> None:
    """A script of many tables is cut by table; lines stay, and a temporary table goes with those that need it."""
    text = (
        "CREATE TABLE a (x INT);\nCREATE TEMP TABLE q AS SELECT 1 AS y;\nCREATE TABLE b AS SELECT y FROM q;\n"
        "INSERT INTO a SELECT 2;"
    )
    b = project({"all.sql": text})
    assert b.columns("b") == ["y"]
    assert "b AS" not in b.project.rendered(b.key("a")).sql
    assert b.project.rendered(b.key("b")).sql.split("\n")[2].startswith("CREATE TABLE b")


def test_copies_in_other_dialects_and_trees_are_never_linked(project) -> None:
    """A reader finds the table of its own dialect and its own tree, or none."""
    files = {
        "one/concepts/age.sql": "SELECT 1 AS id, 2 AS gone", "one/concepts/first.sql": "SELECT id FROM `p-x.d1.age`",
        "one/concepts_postgres/age.sql": "CREATE TABLE d1.age AS SELECT 1 AS id",
        "one/concepts_postgres/first.sql": "CREATE TABLE d1.first AS SELECT id FROM d1.age",
        "two/concepts/last.sql": "SELECT id FROM `p-x.d2.age`",
    }  # fmt: skip
    b = project(files, dialect_of=lambda path: "postgres" if "postgres" in path else "bigquery")
    models = b.project.models
    found = {
        model.path: (
            target.path if (target := b.project.find(name, key)) is not None else None
        )
        for key, model in models.items()
        for name in [RelationName(("d1" if "one/" in model.path else "d2", "age"))]
        if not model.path.endswith("age.sql")
    }  # fmt: skip
    assert found == {
        "one/concepts/first.sql": "one/concepts/age.sql",
        "one/concepts_postgres/first.sql": "one/concepts_postgres/age.sql",
        "two/concepts/last.sql": None,
    }


def test_a_query_that_reads_its_own_namesake_is_not_it(project) -> None:
    """`orders.sql` that reads `raw.orders` is another relation than `raw.orders`."""
    b = project(
        {"models/orders.sql": "SELECT id FROM raw.orders", "models/x.sql": "SELECT id FROM raw.orders"}
    )
    assert b.uses("x") == set()
    assert b.project.find(RelationName(("orders",)), b.key("x")) is not None


def test_a_query_that_reads_its_namesake_is_that_only_for_who_asks_in_full(project) -> None:
    """`lake/orders.sql` that reads `lake.orders` may build itself anew, but it is never `shop.orders`."""
    b = project({
        "queries/lake/orders.sql": "SELECT id FROM lake.orders",
        "queries/x.sql": "SELECT id FROM shop.orders",
        "queries/y.sql": "SELECT id FROM lake.orders",
    })  # fmt: skip
    assert b.uses("x") == set()
    assert b.uses("y") == {"lake.orders"}


def test_names_of_two_and_three_parts_agree(project) -> None:
    """A folder's project is a hint; dataset and table are sure."""
    b = project(
        {
            "sql/p-x/d/t/query.sql": "SELECT 1 AS a", "sql/p-y/d/t/query.sql": "SELECT 1 AS b",
            "sql/p-x/d/u/view.sql": "CREATE VIEW `p-x.d.u` AS SELECT a FROM d.t JOIN `p-y.d.t` USING (z)",
        },
        "bigquery",
    )  # fmt: skip
    assert b.uses("p-x.d.u") == {"p-x.d.t", "p-y.d.t"}


def test_wildcards_read_tables_by_the_beginning_of_their_name(project) -> None:
    """`events_*` reads a table of its dataset, and is found as its reader; `*` alone names nothing."""
    b = project(
        {
            "sql/p/d/events_2024/query.sql": "SELECT 1 AS a", "sql/p/d/r/query.sql": "SELECT a FROM `p.d.events_*`",
            "sql/p/d/s/query.sql": "SELECT b FROM `p.d.*`",
        },
        "bigquery",
    )  # fmt: skip
    assert b.uses("p.d.r") == {"p.d.events_2024"}
    assert b.key("p.d.r") in b.project.readers([b.key("p.d.events_2024")])
    assert b.uses("p.d.s") == set()


def test_tables_made_by_python_or_templates_are_still_there(project) -> None:
    """A table whose query became a Python file or a template is declared, with a reason or its schema's columns."""
    b = project(
        {
            "sql/p/d/known_v1/query.py": "x = 1", "sql/p/d/known_v1/schema.yaml": "fields:\n- name: a\n  type: INTEGER\n",
            "sql/p/d/unknown_v1/query.py": "x = 1", "sql/p/d/unknown_v1/metadata.yaml": "a: b",
            "generator/templates/daily_events.template.sql": "SELECT {{ columns }} FROM x",
            "sql/p/d/reader/query.sql": "SELECT a FROM `p.d.known_v1` JOIN `p.d.daily_events_v2` USING (b)",
            "tool/query.py": "not a table",
        },
        "bigquery",
    )  # fmt: skip
    assert set(made(b)) == {"p.d.known_v1", "p.d.unknown_v1", "p.d.daily_events_v2", "p.d.reader"}
    assert b.project.models[b.key("p.d.known_v1")].kind is ModelKind.SOURCE
    assert b.columns("p.d.known_v1") == ["a"]
    assert "Python" in (b.bound("p.d.unknown_v1").reason or "")
    assert "template" in (b.bound("p.d.daily_events_v2").reason or "")
    assert "p.d.daily_events_v2" in b.project.notes[0]


def test_a_python_file_named_after_its_table_makes_it(project) -> None:
    """Beside SQL files, `x.py` that writes a table of its own name makes that table; other scripts make none."""
    b = project({
        "mart/a.sql": "CREATE TABLE mart.a AS SELECT 1 AS x", "mart/b.py": "frame.to_gbq('mart.b')", "mart/run.py": "print(1)",
    })  # fmt: skip
    assert set(made(b)) == {"mart.a", "mart.b"}


def test_marks_of_other_encodings_are_read(project) -> None:
    """A byte-order mark, UTF-16, `USE` and `GO` do not hide a table."""
    text = "USE shop\nGO\nCREATE TABLE dbo.t (a INT)\nGO\nALTER TABLE dbo.t ADD b INT\nGO\n"
    b = project(
        {"a.sql": text.encode("utf-16"), "b.sql": b"\xef\xbb\xbfCREATE VIEW dbo.v AS SELECT a FROM dbo.t"},
        "tsql",
    )
    assert b.columns("shop.dbo.t") == ["a", "b"]
    assert b.uses("dbo.v") == {"shop.dbo.t"}


def test_what_cannot_be_read_is_said(project) -> None:
    """A binary file and a part that no grammar reads are problems; the rest of the file is read."""
    b = project(
        {
            "bin.sql": b"\x89PNG\x00\x01\x02\x03\x04" * 99,
            "x.sql": "CREATE TABLE t (a INT);\nSELEKT FROM WHERE t;\n",
        }
    )
    assert set(b.project.problems) == {"bin.sql", "x.sql"}
    assert "line 2" in b.project.problems["x.sql"]
    assert b.columns("t") == ["a"]


@pytest.mark.parametrize("count", [60, 6000])
def test_data_is_not_compared(project, count: int) -> None:
    """Hundreds of literal rows are left out with a note; a few are kept."""
    rows = "\n".join(f"INSERT INTO t VALUES ({n});" for n in range(count))
    b = project({"t.sql": f"CREATE TABLE t (a INT);\n{rows}\nALTER TABLE t ADD COLUMN b INT"})
    assert b.columns("t") == ["a", "b"]
    rendered = b.project.rendered(b.key("t"))
    assert "INSERT" not in rendered.sql
    assert any("literal rows" in note for note in rendered.notes)


def test_what_only_changes_rows_makes_nothing_and_still_reads(project) -> None:
    """A script of UPDATEs is found as a reader, and never as the table's maker."""
    b = project(
        {
            "fix.sql": "UPDATE s.t SET a = (SELECT max(b) FROM s.u)",
            "r.sql": "CREATE VIEW s.v AS SELECT c FROM s.t",
        }
    )
    assert b.uses("s.v") == set()
    assert b.key("s.t") in b.project.naming(RelationName(("s", "u")))


def test_a_name_that_is_only_a_placeholder_names_no_one_thing(project) -> None:
    """Two files that each make `{{ target }}` make two relations, and nobody is taken to read them."""
    b = project({
        "a.sql": "CREATE TABLE d.{{ target }} AS SELECT 1 AS a", "b.sql": "CREATE TABLE d.{{ target }} AS SELECT 2 AS b",
        "c.sql": "CREATE VIEW d.v AS SELECT x FROM d.{{ target }}", "e.sql": "CREATE VIEW d.w AS SELECT a FROM {{ env }}.v",
    })  # fmt: skip
    assert sorted(model.path for model in b.project.models.values()) == ["a.sql", "b.sql", "c.sql", "e.sql"]
    assert b.uses("d.v") == set()
    assert b.uses("d.w") == {"d.v"}


@pytest.mark.parametrize(
    ("dialect", "step", "columns"),
    [
        ("oracle", "ALTER TABLE t DROP (a, b)", ["c"]),
        ("oracle", "ALTER TABLE t DROP (a) CASCADE CONSTRAINTS", ["b", "c"]),
        ("oracle", "ALTER TABLE t SET UNUSED COLUMN a", ["b", "c"]),
        ("oracle", "ALTER TABLE t DROP UNIQUE (a)", ["a", "b", "c"]),
        ("postgres", "ALTER TABLE t RENAME a TO z", ["z", "b", "c"]),
        ("postgres", "ALTER TABLE t DROP COLUMN a, ALTER COLUMN b SET STORAGE EXTERNAL", ["b", "c"]),
        ("postgres", "ALTER TABLE t ALTER COLUMN a DROP NOT NULL, DROP CONSTRAINT b", ["a", "b", "c"]),
        ("snowflake", "ALTER TABLE t DROP a, b", ["c"]),
        ("snowflake", "ALTER TABLE t DROP ROW ACCESS POLICY a", ["a", "b", "c"]),
        ("spark", "ALTER TABLE t DROP COLUMNS (a, b)", ["c"]),
        ("hive", "ALTER TABLE t CHANGE a z INT", ["z", "b", "c"]),
        ("sqlite", "ALTER TABLE t DROP a", ["b", "c"]),
        ("mysql", "ALTER TABLE t DROP COLUMN a, DROP INDEX b, DROP PRIMARY KEY", ["b", "c"]),
        ("spark", "ALTER TABLE t REPLACE COLUMNS (c INT, b INT)", ["c", "b"]),
        ("mysql", "ALTER IGNORE TABLE t DROP COLUMN a", ["b", "c"]),
    ],
)  # fmt: skip
def test_columns_go_in_the_words_of_each_dialect(
    project, dialect: str, step: str, columns: list[str]
) -> None:
    """A migration that drops or renames a column in its dialect's own way leaves the table without it."""
    files = {
        "db/migration/V1__a.sql": "CREATE TABLE t (a INT, b INT, c INT);",
        "db/migration/V2__b.sql": f"{step};",
    }
    b = project(files, dialect)
    assert b.columns("t") == columns
    assert b.problems("t") == []


@pytest.mark.parametrize(
    ("dialect", "step"),
    [
        ("spark", "ALTER TABLE t PARTITION (a = 1) RENAME COLUMN a AS b"),
    ],
)
def test_a_step_that_may_lose_columns_is_never_passed_over(project, dialect: str, step: str) -> None:
    """What can't be understood of a table's own ALTER is told of that table, though another file makes it."""
    files = {
        "db/migration/V1__a.sql": "CREATE TABLE t (a INT); CREATE TABLE u (a INT)",
        "db/migration/V2__b.sql": step,
    }
    b = project(files, dialect)
    assert "is not understood" in b.problems("t")[0]
    assert b.problems("u") == []


def test_a_file_of_many_relations_is_read_statement_by_statement(project) -> None:
    """A relation is named by who names it, not by all that stand in the same file; what it says is its own statements."""
    text = (
        "create table s.a as select 1 as id;\n"
        "create view s.b as select id from s.a;\n"
        "create view s.c as select 2 as id;\n"
        "insert into s.a select 3;\n"
    )
    b = project({"all.sql": text, "d.sql": "create view s.d as select id from s.c;\n"})
    assert b.project.readers([b.key("s.a")]) == {b.key("s.a"), b.key("s.b")}
    moved = project({"all.sql": "-- a line more\n" + text.replace("2 as id", "4 as id"), "d.sql": "select 1"})
    same = {
        name
        for name in ("s.a", "s.b", "s.c")
        if b.project.says(b.key(name)) == moved.project.says(b.key(name))
    }
    assert same == {"s.a", "s.b"}
    assert b.project.says(b.key("s.d")) is None


def test_migrations_name_a_table_with_and_without_its_schema(project) -> None:
    """A later step that leaves out the schema changes the table that an earlier one made in it."""
    b = project(
        {
            "migrations/001_a.sql": "create table public.orders (id int, b text);",
            "migrations/002_b.sql": "alter table orders drop column b; alter table orders rename to sales;",
            "migrations/003_c.sql": "alter table sales add column c int;",
        }
    )
    assert made(b) == {"public.sales": "migrations/003_c.sql"}
    assert b.columns("public.sales") == ["id", "c"]


def test_a_file_of_two_tables_names_one_without_its_schema(project) -> None:
    """A statement belongs to the relation that it is about, whatever parts of the name it leaves out."""
    b = project(
        {
            "tables.sql": "create table public.a (id int, x int); create table public.b (id int, x int);\n"
            "alter table a drop column x;"
        }
    )
    assert (b.columns("public.a"), b.columns("public.b")) == (["id"], ["id", "x"])


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("CREATE OR REPLACE VIEW s.v AS SELECT a FROM s.t", False),
        ("DROP VIEW IF EXISTS s.v; CREATE VIEW s.v AS SELECT a FROM s.t", False),
        ("CREATE OR REPLACE VIEW s.v AS SELECT a FROM s.t UNION ALL SELECT a FROM s.v", True),
        (
            "DROP VIEW s.w CASCADE; CREATE VIEW s.w AS SELECT a FROM s.v; CREATE VIEW s.v AS SELECT a FROM s.t",
            True,
        ),
        ("CREATE VIEW s.v AS SELECT a FROM s.t; DELETE FROM s.v", True),
        ("CREATE VIEW lake.v AS SELECT a FROM s.t", True),
    ],
)
def test_who_makes_the_same_relation_reads_it_only_if_it_names_it_again(project, text, reads) -> None:
    """Hundreds of files may make one view, as for many targets: none is a reader of the others."""
    b = project({"a.sql": "CREATE VIEW s.v AS SELECT a FROM s.t", "b.sql": text})
    readers = b.project.readers(["file:a.sql#s.v"])
    assert ("file:b.sql" in {key.partition("#")[0] for key in readers}) is reads
    assert "file:a.sql#s.v" not in b.project.readers(["file:b.sql#s.v"]) or "lake" in text
