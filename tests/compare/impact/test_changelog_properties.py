"""Liquibase's properties: `${name}` stands for what a changelog, or a file that it names, says first."""

import pytest

from tests.compare.impact.conftest import Assess

HEAD = '<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">\n'
TAIL = "</databaseChangeLog>\n"
MADE = (
    '<changeSet id="1" author="a"><createTable tableName="${tbl}"><column name="id" type="int"/><column name="kind" type="int"/>'
    "</createTable></changeSet>\n"
)
DROPPED = '<changeSet id="2" author="a"><dropColumn tableName="${tbl}" columnName="kind"/></changeSet>\n'
NAMED = '<property name="tbl" value="ev"/>\n'
INCLUDE = '<include file="one.xml" relativeToChangelogFile="true"/>\n<include file="two.sql" relativeToChangelogFile="true"/>\n'
SQL = "--liquibase formatted sql\n"
READERS = {
    "r.sql": "create view r as select kind from ev;",
    "o.sql": "create view o as select kind from other;",
}


@pytest.mark.parametrize(
    ("path", "base", "edit"),
    [
        ("db/changelog.xml", {"db/changelog.xml": HEAD + NAMED + MADE + TAIL}, HEAD + NAMED + MADE + DROPPED + TAIL),
        (
            "db/changelog.xml",
            {"db/changelog.xml": HEAD + '<property file="app.properties"/>' + MADE + TAIL, "db/app.properties": "# of us\ntbl = ev\n"},
            HEAD + '<property file="app.properties"/>' + MADE + DROPPED + TAIL,
        ),
        (
            "src/main/resources/schema/main.xml",
            {"src/main/resources/schema/main.xml": HEAD + NAMED + MADE + TAIL},
            HEAD + NAMED + MADE + DROPPED + TAIL,
        ),
        (
            "db/two.sql",
            {"db/changelog.xml": HEAD + NAMED + INCLUDE + TAIL, "db/one.xml": HEAD + MADE + TAIL, "db/two.sql": SQL},
            SQL + "--changeset a:2\nalter table ${tbl} drop column kind;\n",
        ),
        (
            "db/changelog.xml",
            {"db/changelog.xml": HEAD + NAMED + NAMED.replace("ev", "other") + MADE + TAIL},
            HEAD + NAMED + NAMED.replace("ev", "other") + MADE + DROPPED + TAIL,
        ),
    ],
)  # fmt: skip
def test_what_a_property_stands_for(assess: Assess, path: str, base: dict[str, str], edit: str) -> None:
    """A column that goes from a table whose name a property says breaks who reads that table, and nobody else."""
    found = assess({**READERS, **base}, {**READERS, **base, path: edit})
    assert {i.consumer.path: i.effect.value for i in found.impacts} == {"r.sql": "breaks"}
