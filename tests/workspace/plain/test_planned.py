"""Migrations whose order stands in a file beside them."""

import pytest

from contract_gate.workspace.plain import PlainProject


@pytest.fixture
def project(memory, bench):
    def build(files, dialect):
        held = memory(files)
        return bench(PlainProject(held, held.paths(), lambda _path: dialect))

    return build


PLAN = "%syntax-version=1.0.0\n%project=shop\n\n"
SQITCH = {
    "sqitch.plan": PLAN + "zitem 2024-01-01T00:00:00Z a <a@example.org> # x\n"
    "adrop [zitem] 2024-01-02T00:00:00Z a <a@example.org> # x\n@v1 2024-01-03T00:00:00Z a <a@example.org>\n",
    "deploy/zitem.sql": "begin;\ncreate table item (id int, nm text);\ncommit;",
    "deploy/adrop.sql": "begin;\nalter table item drop column nm;\ncommit;",
    "revert/adrop.sql": "alter table item add column nm text;",
    "revert/zitem.sql": "drop table item;",
    "verify/zitem.sql": "select id, nm from item where false;",
}


def test_sqitch_runs_in_the_order_of_its_plan(project) -> None:
    """What reverts or verifies never runs, nor does what the plan does not name."""
    b = project({**SQITCH, "deploy/later.sql": "alter table item drop column id;"}, "postgres")
    assert b.columns("item") == ["id"]


def test_a_change_that_sqitch_reworked_runs_twice(project) -> None:
    """The first time in the form that it had at the tag behind it."""
    files = {
        "sqitch.plan": PLAN + "item 2024-01-01T00:00:00Z a <a@e.org>\nv 2024-01-01T00:00:00Z a <a@e.org>\n@v1 2024-01-02T00:00:00Z a <a@e.org>\n"
        "v [v@v1] 2024-01-03T00:00:00Z a <a@e.org>\n",
        "deploy/item.sql": "create table item (id int, nm text);",
        "deploy/v@v1.sql": "create view v as select id from item;",
        "deploy/v.sql": "create or replace view v as select id, nm from item;",
    }  # fmt: skip
    assert project(files, "postgres").columns("v") == ["id", "nm"]


CHANGELOG = "--liquibase formatted sql\n\n--changeset a:1\ncreate table item (id int, nm text, n int);\n"


@pytest.mark.parametrize(
    ("changeset", "columns"),
    [
        ("--changeset a:2", ["id", "n"]),
        ("--changeset a:2 dbms:postgresql", ["id", "n"]),
        ("--changeset a:2 dbms:postgresql,h2 context:prod", ["id", "n"]),
        ("--changeset a:2 dbms:!oracle", ["id", "n"]),
        ("--changeset a:2 dbms:oracle", ["id", "nm", "n"]),
        ("--changeset a:2 dbms:!postgresql", ["id", "nm", "n"]),
        ("--changeset a:2 ignore:true", ["id", "nm", "n"]),
        ("--changeset a:2 context:test", ["id", "nm", "n"]),
        ('--changeset a:2 contextFilter:"test or dev"', ["id", "nm", "n"]),
    ],
)
def test_a_changeset_of_liquibase_runs_where_it_says(project, changeset: str, columns: list[str]) -> None:
    """By its dialect and context, and never where it is ignored."""
    step = f"{changeset}\nalter table item drop column nm;\n--rollback alter table item add column nm text;\n"
    assert project({"db/all.sql": CHANGELOG + step}, "postgres").columns("item") == columns


def test_liquibase_runs_in_the_order_of_its_changelog(project) -> None:
    """Whatever the files are called."""
    files = {
        "db/changelog-master.yaml": "databaseChangeLog:\n  - include:\n      file: sql/z.sql\n      relativeToChangelogFile: true\n"
        "  - include:\n      file: sql/a.sql\n      relativeToChangelogFile: true\n",
        "db/sql/z.sql": CHANGELOG,
        "db/sql/a.sql": "--liquibase formatted sql\n--changeset a:2\nalter table item rename column nm to label;\n",
    }
    assert project(files, "postgres").columns("item") == ["id", "label", "n"]


@pytest.mark.parametrize(
    ("order", "columns"),
    [("", ["id", "n"]), ("runOrder:first", ["id", "nm", "n"]), ("runOrder:last", ["id", "n"])],
)
def test_a_changeset_may_run_before_or_after_all_others(project, order: str, columns: list[str]) -> None:
    """Liquibase's `runOrder` goes before the order of the files: what is dropped first is made again."""
    made = CHANGELOG.replace("create table", "create table if not exists")
    dropped = f"--liquibase formatted sql\n--changeset a:2 {order}\nalter table item drop column nm;\n"
    assert (
        project({"changelog/01_a.sql": made, "changelog/02_b.sql": dropped}, "postgres").columns("item")
        == columns
    )


def test_what_runs_last_is_no_refused_step(project) -> None:
    """A view over a table that a later file makes is refused, unless it runs after all others."""
    view = "--liquibase formatted sql\n--changeset a:1{}\n\ncreate view v as select id from item;\n"
    for order, refused in (("", True), (" runOrder:last", False)):
        built = project(
            {"changelog/01_v.sql": view.format(order), "changelog/02_item.sql": CHANGELOG}, "postgres"
        )
        key = next(key for key in built.project.models if key.endswith("#v"))
        assert bool(built.project.refused_steps(key)) == refused


XML = '<?xml version="1.0"?>\n<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">\n{}\n</databaseChangeLog>\n'
MADE = """<changeSet id="1" author="a">
  <createTable tableName="item"><column name="id" type="int"><constraints primaryKey="true" nullable="false"/></column>
    <column name="nm" type="varchar(20)"/><column name="n" type="int"/></createTable>
  <rollback><dropTable tableName="item"/></rollback>
</changeSet>"""


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ('<dropColumn tableName="item" columnName="nm"/>', ["id", "n"]),
        ('<dropColumn tableName="item"><column name="nm"/><column name="n"/></dropColumn>', ["id"]),
        ('<renameColumn tableName="item" oldColumnName="nm" newColumnName="label"/>', ["id", "label", "n"]),
        ('<addColumn tableName="item"><column name="x" type="clob"/></addColumn>', ["id", "nm", "n", "x"]),
        ("<sql>alter table item drop column nm; -- gone</sql>", ["id", "n"]),
        ('<sql dbms="oracle">alter table item drop column nm</sql>', ["id", "nm", "n"]),
        ('<rollback><dropColumn tableName="item" columnName="nm"/></rollback>', ["id", "nm", "n"]),
        ('<loadData tableName="item" file="item.csv"/>', ["id", "nm", "n"]),
        ('<modifyDataType tableName="item" columnName="nm" newDataType="clob"/>', ["id", "nm", "n"]),
    ],
)
def test_a_change_of_a_changelog_in_xml_is_the_statement_that_it_runs(project, change: str, columns) -> None:
    """What undoes it never runs."""
    more = f'<changeSet id="2" author="a">{change}</changeSet>'
    built = project({"db/changelog.xml": XML.format(MADE + more)}, "postgres")
    assert built.columns("item") == columns
    assert not built.project.problems


@pytest.mark.parametrize(
    "attribute", ['dbms="oracle"', 'ignore="true"', 'context="test"', 'contextFilter="dev"']
)
def test_a_change_set_in_xml_runs_where_it_says(project, attribute: str) -> None:
    """As one in SQL does."""
    more = (
        f'<changeSet id="2" author="a" {attribute}><dropColumn tableName="item" columnName="nm"/></changeSet>'
    )
    assert project({"db/changelog.xml": XML.format(MADE + more)}, "postgres").columns("item") == [
        "id",
        "nm",
        "n",
    ]


YAML = """databaseChangeLog:
  - changeSet:
      id: 1
      author: a
      changes:
        - createTable:
            schemaName: shop
            tableName: item
            columns:
              - column: {name: id, type: int}
              - column:
                  name: nm
                  type: varchar(20)
        - createView:
            schemaName: shop
            viewName: v
            selectQuery: |
              select id, nm
              from shop.item
      rollback:
        - dropTable: {schemaName: shop, tableName: item}
"""
JSON = """{"databaseChangeLog": [
\t{"changeSet": {"id": "2", "author": "a", "changes": [
\t\t{"renameTable": {"schemaName": "shop", "oldTableName": "item", "newTableName": "thing"}},
\t\t{"dropView": {"schemaName": "shop", "viewName": "v"}}
\t]}}]}
"""


def test_changelogs_in_yaml_and_json_run_in_the_order_of_their_includes(project) -> None:
    """Whatever their names are, and those of a folder by name."""
    files = {"db/changelog.yaml": YAML}
    assert project(files, "postgres").columns("shop.v") == ["id", "nm"]
    files = {
        "db/changelog.xml": XML.format(
            '<include file="z.yaml" relativeToChangelogFile="true"/><includeAll path="more/"/>'
        ),
        "db/z.yaml": YAML,
        "db/more/1.json": JSON,
    }
    built = project(files, "postgres")
    assert built.columns("shop.thing") == ["id", "nm"]
    assert {model.name for model in built.project.models.values()} == {"shop.thing"}


@pytest.mark.parametrize(
    "more",
    [
        '<changeSet id="2" author="a"><addLookupTable existingTableName="item" existingColumnName="nm"/></changeSet>',
        '<changeSet id="2" author="a" runOrder="first"><dropColumn tableName="item" columnName="nm"/></changeSet>',
        '<include file="x.sql"/><changeSet id="2" author="a"><dropColumn tableName="item" columnName="nm"/></changeSet>',
        "<changeSet",
        '<!DOCTYPE a [<!ENTITY b "c">]>',
    ],
)
def test_what_is_not_understood_of_a_changelog_is_told(project, more: str) -> None:
    """A change that names a table, and a document that can't be parsed."""
    built = project({"db/changelog.xml": XML.format(MADE + more)}, "postgres").project
    assert list(built.problems) == ["db/changelog.xml"]


def test_another_document_in_the_place_of_a_changelog_is_none(project) -> None:
    """Its name alone does not make it one."""
    files = {
        "db/changelog.xml": "<a><b></a>",
        "db/master.yaml": "a: [",
        "db/item.sql": "create table item (id int)",
    }
    assert not project(files, "postgres").project.problems


def test_a_changelog_at_the_root_includes_all_that_is_below(project) -> None:
    """Itself left out; a type that a property gives is read as any placeholder."""
    made = '<property name="t" value="text" dbms="postgresql"/>' + MADE.replace("varchar(20)", "${t}")
    files = {
        "changelog.xml": XML.format('<includeAll path="." relativeToChangelogFile="true"/>'),
        "a/1.xml": XML.format(made),
        "a/2.xml": XML.format(
            '<changeSet id="2" author="a"><dropColumn tableName="item" columnName="n"/></changeSet>'
        ),
    }
    assert project(files, "postgres").columns("item") == ["id", "nm"]
