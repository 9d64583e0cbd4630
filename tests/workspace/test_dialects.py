import pytest
from sqlglot import Dialect, Dialects

from contract_gate.core.errors import UsageError
from contract_gate.workspace.dialects import (
    DIALECTS,
    chooser,
    dialect_of_path,
    guess_dialect,
    sqlglot_dialect,
)
from contract_gate.workspace.reading import Reading, read_repository
from tests.memory import MemoryFiles


def test_names_are_those_of_the_parser() -> None:
    """Every dialect that sqlglot lists is known, and the parser has every known one."""
    assert {dialect.value for dialect in Dialects} <= DIALECTS
    assert [name for name in DIALECTS - {""} if Dialect.get(name) is None] == []


@pytest.mark.parametrize(
    ("given", "dialect"),
    [("PostgreSQL", "postgres"), ("SQL Server", "tsql"), ("synapse", "tsql"), ("mariadb", "mysql"), ("snowflake", "snowflake"),
     ("ansi", "")],
)  # fmt: skip
def test_adapters_and_common_names_are_translated(given: str, dialect: str) -> None:
    """A name that people use is translated to sqlglot's."""
    assert sqlglot_dialect(given) == dialect


def test_an_unknown_dialect_is_refused_with_the_nearest_name() -> None:
    """A misspelt dialect is an error of usage that names what was meant."""
    with pytest.raises(UsageError) as caught:
        sqlglot_dialect("snowflak")
    assert "snowflake" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("concepts_duckdb/age.sql", "duckdb"),
        ("ddl/sql_server/tables.sql", "tsql"),
        ("db/migration/postgresql/V1__a.sql", "postgres"),
        ("OMOP/schema.postgres.sql", "postgres"),
        ("bigquery/postgres/a.sql", "postgres"),
        ("sql/finance/snowflake_costs/query.sql", None),
        ("marts/spark_plugs/prices.sql", None),
        ("concepts/age.sql", None),
    ],
)
def test_a_folder_named_after_a_dialect_tells_it(path: str, dialect: str | None) -> None:
    """The innermost folder with a dialect's name tells the dialect; a table's name does not."""
    assert dialect_of_path(path) == dialect


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("SELECT a FROM `p-x.d.t`", "bigquery"),
        ("SELECT a FROM `{{ project }}.{{dataset}}.t`", "bigquery"),
        ("SELECT a FROM `${project}.d.t_{suffix}`", "bigquery"),
        ("SELECT v:a::string FROM t, LATERAL FLATTEN(input => t.v)", "snowflake"),
        ("SELECT * FROM t LATERAL VIEW explode(x) y AS z", "spark"),
        ("SELECT [a] FROM [dbo].[t]\nGO\n", "tsql"),
        ("SELECT a::int FROM t", "postgres"),
        ("CREATE TABLE t (a INT) DISTKEY(a)", "redshift"),
        ("SELECT a FROM t -- `p-x.d.t`", ""),
        ("SELECT a FROM t", ""),
    ],
)
def test_words_that_one_dialect_has_give_it_away(text: str, dialect: str) -> None:
    """A text is guessed by its words; one that any engine could run is not guessed at all."""
    assert guess_dialect([text]) == dialect


def test_files_of_dataform_outside_of_a_project_are_samples_too() -> None:
    """Where a repository has no `.sql` files, its `.sqlx` files tell the dialect."""
    files = {f"sql/{name}.sqlx": f"CREATE TABLE `{{{{ p }}}}.d.{name}` AS SELECT 1 AS id" for name in "ab"}
    with read_repository(MemoryFiles(files), "head", Reading()) as world:
        assert {model.dialect for model in world.models.values()} == {"bigquery"}


def test_a_repository_of_several_dialects_is_not_guessed() -> None:
    """Texts of two dialects in like numbers give no dialect: a wrong one would leave models unread."""
    assert guess_dialect(["SELECT a FROM `p-x.d.t`", "SELECT [a] FROM [dbo].[t]"]) == ""


def test_folders_win_over_the_configuration_and_the_longest_wins() -> None:
    """Overrides by folder come first, then the configured dialect, whatever the path says."""
    choose = chooser("trino", {"a": "mysql", "a/b/": "postgresql"}, list)
    assert [choose(path) for path in ("a/b/x.sql", "a/x.sql", "ab/x.sql", "snowflake/x.sql")] == [
        "postgres", "mysql", "trino", "trino",
    ]  # fmt: skip


def test_a_projects_folder_has_its_own_dialect() -> None:
    """A configured folder holds for the dbt, SQLMesh and Dataform projects in it as for plain files; elsewhere the general one."""
    files = {
        "dbt/dbt_project.yml": "name: shop\nprofile: shop\n",
        "dbt/models/a.sql": "select 1 as id",
        "mesh/config.yaml": "model_defaults: {dialect: duckdb}",
        "mesh/models/b.sql": "MODEL (name s.b); select 1 as id",
        "form/workflow_settings.yaml": "defaultProject: p\ndefaultDataset: d\n",
        "form/definitions/c.sqlx": "config { type: 'table' } select 1 as id",
        "plain/d.sql": "create view d as select 1 as id",
        "other/e.sql": "create view e as select 1 as id",
    }
    folders = {"dbt": "redshift", "mesh/": "trino", "form": "bigquery", "plain": "mysql"}
    with read_repository(MemoryFiles(files), "head", Reading(dialect="snowflake", dialects=folders)) as world:
        found = {model.path.partition("/")[0]: model.dialect for model in world.models.values()}
    assert found == {
        "dbt": "redshift",
        "mesh": "trino",
        "form": "bigquery",
        "plain": "mysql",
        "other": "snowflake",
    }


def test_the_path_wins_over_the_guess_and_texts_are_read_only_when_needed() -> None:
    """A folder's name needs no sample; other paths share one guess."""
    asked: list[int] = []

    def sample() -> list[str]:
        asked.append(1)
        return ["SELECT a FROM `p-x.d.t`"]

    choose = chooser(None, {}, sample)
    assert (choose("duckdb/x.sql"), asked) == ("duckdb", [])
    assert (choose("x.sql"), choose("y.sql"), asked) == ("bigquery", "bigquery", [1])


def test_a_file_named_after_a_dialect_tells_it_where_nothing_else_does() -> None:
    """In a repository that is not guessed, the first word of a file's name tells; in one that is, it does not."""
    assert chooser(None, {}, list)("postgres_tables_by_size.sql") == "postgres"
    assert chooser(None, {}, lambda: ["SELECT a FROM `p-x.d.t`"])("snowflake_costs.sql") == "bigquery"
