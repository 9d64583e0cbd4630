"""Changelogs of Liquibase in XML, YAML and JSON are judged as the same steps in SQL."""

import pytest

from tests.e2e.project import Project

SHOP = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "dbt/dbt_project.yml": "name: shop\nversion: '1'\nprofile: shop\n",
    "dbt/models/s.yml": "version: 2\nsources:\n  - name: raw\n    database: shop\n    schema: public\n    tables: [{name: item}]\n",
    "dbt/models/labels.sql": "select id, nm from {{ source('raw', 'item') }}\n",
    "reports/named.sql": "create view named as select id, nm from public.item;\n",
}
HEADS = {
    "xml": '<?xml version="1.0"?>\n<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">\n',
    "yaml": "databaseChangeLog:\n",
    "sql": "--liquibase formatted sql\n",
}
MADE = {
    "xml": '<changeSet id="1" author="a"><createTable schemaName="public" tableName="item"><column name="id" type="int"/>\n'
    '<column name="nm" type="text"/><column name="n" type="int"/></createTable></changeSet>\n',
    "yaml": "- changeSet:\n    id: 1\n    author: a\n    changes:\n    - createTable:\n        schemaName: public\n        tableName: item\n"
    "        columns:\n"
    + "".join(
        f"        - column: {{name: {name}, type: {kind}}}\n"
        for name, kind in (("id", "int"), ("nm", "text"), ("n", "int"))
    ),
    "sql": "--changeset a:1\ncreate table public.item (id int, nm text, n int);\n",
}


def changelog(kind: str, change: str) -> str:
    tail = "</databaseChangeLog>\n" if kind == "xml" else ""
    return HEADS[kind] + MADE[kind] + change + tail


def step(kind: str, name: str, column: str) -> str:
    if kind == "sql":
        return (
            f"--changeset a:2\nalter table public.item {'drop' if name == 'dropColumn' else 'add'} column {column}"
            + (";\n" if name == "dropColumn" else " int;\n")
        )
    if kind == "yaml":
        tail = (
            f"columnName: {column}"
            if name == "dropColumn"
            else f"columns: [{{column: {{name: {column}, type: int}}}}]"
        )
        return f"- changeSet:\n    id: 2\n    author: a\n    changes:\n    - {name}: {{schemaName: public, tableName: item, {tail}}}\n"
    inner = "" if name == "dropColumn" else f'<column name="{column}" type="int"/>'
    given = f' columnName="{column}"' if name == "dropColumn" else ""
    return f'<changeSet id="2" author="a"><{name} schemaName="public" tableName="item"{given}>{inner}</{name}></changeSet>\n'


def checked(empty: Project, kind: str, change: str):
    path = f"db/changelog.{kind}"
    project = empty.commit({**SHOP, path: changelog(kind, "")})
    return project.pull_request({path: changelog(kind, change)}).check("--no-witness")


@pytest.mark.parametrize("kind", ["xml", "yaml", "sql"])
def test_a_dropped_column_breaks_its_readers(empty: Project, kind: str) -> None:
    """A view of the repository and a dbt model over the source."""
    ran = checked(empty, kind, step(kind, "dropColumn", "nm"))
    assert ran.code == 1
    assert set(ran.broken.values()) == {"dbt/models/labels.sql:1", "reports/named.sql:1"}


@pytest.mark.parametrize("kind", ["xml", "yaml", "sql"])
@pytest.mark.parametrize(("name", "column"), [("addColumn", "x"), ("dropColumn", "n")])
def test_what_no_one_reads_breaks_nothing(empty: Project, kind: str, name: str, column: str) -> None:
    """The verdict is that of the same step in SQL."""
    ran = checked(empty, kind, step(kind, name, column))
    assert (ran.code, ran.broken) == (0, {})


def test_a_changelog_that_only_includes_is_silent(empty: Project) -> None:
    """One more file with a table that nobody reads."""
    head = HEADS["xml"] + "{}</databaseChangeLog>\n"
    first = '<include file="db/1.xml"/>\n'
    project = empty.commit(
        {**SHOP, "db/changelog.xml": head.format(first), "db/1.xml": head.format(MADE["xml"])}
    )
    other = MADE["xml"].replace('tableName="item"', 'tableName="other"')
    change = {
        "db/changelog.xml": head.format(first + '<include file="db/2.xml"/>\n'),
        "db/2.xml": head.format(other),
    }
    ran = project.pull_request(change).check("--no-witness")
    assert (ran.code, ran.broken) == (0, {})
    assert "could not" not in ran.out


def test_a_change_that_is_not_understood_is_told(empty: Project) -> None:
    """It names a table, and nobody knows what becomes of its columns."""
    change = '<changeSet id="2" author="a"><addLookupTable existingTableName="item" existingColumnName="nm"/></changeSet>\n'
    assert "addLookupTable" in checked(empty, "xml", change).out
