"""Liquibase's change types are the statements that Liquibase runs for them: https://docs.liquibase.com/change-types/home.html"""

import pytest

from contract_gate.workspace.markup import Element, parse_xml
from contract_gate.workspace.plain.changes import statements_of, unread


def element(text: str) -> Element:
    return parse_xml(text, str)


@pytest.mark.parametrize(
    ("change", "dialect", "sql"),
    [
        ('<createTable tableName="t"><column name="id" type="int(11)"><constraints primaryKey="true" nullable="false"/></column>'
         '<column name="k" type="java.sql.Types.CLOB" defaultValue="it\'s"/></createTable>', "postgres",
         "CREATE TABLE t (id int NOT NULL PRIMARY KEY, k text DEFAULT 'it''s')"),
        ('<createTable tableName="t" ifNotExists="true"><column name="a" type="int"><constraints primaryKey="true"/></column>'
         '<column name="b" type="currency" defaultValueNumeric="1"><constraints primaryKey="true" unique="true"/></column></createTable>',
         "tsql", "CREATE TABLE IF NOT EXISTS t (a int, b money DEFAULT 1 UNIQUE, PRIMARY KEY (a, b))"),
        ('<addColumn tableName="t" schemaName="s" catalogName="c"><column name="a" type="varchar2(3)" defaultValueDate="2024-01-01"/></addColumn>',
         "postgres", "ALTER TABLE c.s.t ADD COLUMN a varchar(3) DEFAULT '2024-01-01'"),
        ('<addColumn tableName="t" catalogName="c"><column name="order" type="int(3)"/></addColumn>', "mysql",
         "ALTER TABLE c.t ADD COLUMN `order` int(3)"),
        ('<addColumn tableName="T" schemaName="s"><column name="Mixed" type="int"/></addColumn>', "postgres",
         'ALTER TABLE s.T ADD COLUMN "Mixed" int'),
        ('<addColumn tableName="t"><column name="a" type="int"/></addColumn>', "oracle", "ALTER TABLE t ADD a int"),
        ('<dropColumn tableName="t" columnName="a b"/>', "tsql", "ALTER TABLE t DROP COLUMN [a b]"),
        ('<renameColumn tableName="t" oldColumnName="a" newColumnName="b"/>', "tsql", "EXEC sp_rename 't.a', 'b', 'COLUMN'"),
        ('<renameColumn tableName="t" oldColumnName="a" newColumnName="b"/>', "postgres", "ALTER TABLE t RENAME COLUMN a TO b"),
        ('<renameTable schemaName="s" oldTableName="t" newTableName="u"/>', "tsql", "EXEC sp_rename 's.t', 'u'"),
        ('<renameTable schemaName="s" oldTableName="t" newTableName="u"/>', "snowflake", "ALTER TABLE s.t RENAME TO s.u"),
        ('<renameView oldViewName="t" newViewName="u"/>', "postgres", "ALTER VIEW t RENAME TO u"),
        ('<dropTable tableName="t" cascadeConstraints="true"/>', "oracle", "DROP TABLE t CASCADE CONSTRAINTS"),
        ('<dropTable tableName="t"/>', "postgres", "DROP TABLE t"),
        ('<createView viewName="v" replaceIfExists="true">SELECT 1 AS a</createView>', "tsql", "CREATE OR ALTER VIEW v AS SELECT 1 AS a"),
        ('<createView viewName="v"><selectQuery>SELECT 1 AS a</selectQuery></createView>', "postgres", "CREATE VIEW v AS SELECT 1 AS a"),
        ('<createView viewName="v" fullDefinition="true">CREATE VIEW v AS SELECT 1</createView>', "postgres", "CREATE VIEW v AS SELECT 1"),
        ('<createView viewName="v" path="v.sql"/>', "postgres", ""),
        ('<dropView viewName="v" ifExists="true"/>', "postgres", "DROP VIEW IF EXISTS v"),
        ('<modifyDataType tableName="t" columnName="a" newDataType="bit"/>', "postgres", "ALTER TABLE t ALTER COLUMN a TYPE boolean"),
        ('<modifyDataType tableName="t" columnName="a" newDataType="uuid"/>', "mysql", "ALTER TABLE t MODIFY a char(36)"),
        ('<addNotNullConstraint tableName="t" columnName="a" columnDataType="int"/>', "mysql", "ALTER TABLE t MODIFY a int NOT NULL"),
        ('<dropNotNullConstraint tableName="t" columnName="a" columnDataType="int"/>', "tsql", "ALTER TABLE t ALTER COLUMN a int NULL"),
        ('<dropNotNullConstraint tableName="t" columnName="a"/>', "tsql", ""),
        ('<dropNotNullConstraint tableName="t" columnName="a"/>', "oracle", "ALTER TABLE t MODIFY a NULL"),
        ('<addNotNullConstraint tableName="t" columnName="a"/>', "postgres", "ALTER TABLE t ALTER COLUMN a SET NOT NULL"),
        ('<addDefaultValue tableName="t" columnName="a" defaultValueBoolean="true"/>', "postgres", "ALTER TABLE t ALTER COLUMN a SET DEFAULT true"),
        ('<addDefaultValue tableName="t" columnName="a" defaultValueComputed="now()"/>', "oracle", "ALTER TABLE t MODIFY a DEFAULT now()"),
        ('<addDefaultValue tableName="t" columnName="a" defaultValue="x"/>', "tsql", "ALTER TABLE t ADD DEFAULT 'x' FOR a"),
        ('<dropDefaultValue tableName="t" columnName="a"/>', "postgres", "ALTER TABLE t ALTER COLUMN a DROP DEFAULT"),
        ('<dropDefaultValue tableName="t" columnName="a"/>', "tsql", ""),
        ('<addPrimaryKey tableName="t" columnNames="a, b" constraintName="pk"/>', "postgres", "ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a, b)"),
        ('<addUniqueConstraint tableName="t" columnNames="a"/>', "postgres", "ALTER TABLE t ADD UNIQUE (a)"),
        ('<addForeignKeyConstraint baseTableName="t" baseColumnNames="a" referencedTableName="u" referencedColumnNames="b" constraintName="f" '
         'referencedTableSchemaName="s"/>', "postgres", "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES s.u (b)"),
        ('<dropForeignKeyConstraint baseTableName="t" constraintName="f"/>', "mysql", "ALTER TABLE t DROP FOREIGN KEY f"),
        ('<dropPrimaryKey tableName="t"/>', "mysql", "ALTER TABLE t DROP PRIMARY KEY"),
        ('<dropPrimaryKey tableName="t"/>', "postgres", "ALTER TABLE t DROP CONSTRAINT t_pkey"),
        ('<dropPrimaryKey tableName="t" constraintName="pk"/>', "postgres", "ALTER TABLE t DROP CONSTRAINT pk"),
        ('<dropPrimaryKey tableName="t"/>', "tsql", ""),
        ('<dropUniqueConstraint tableName="t" constraintName="u"/>', "mysql", "ALTER TABLE t DROP INDEX u"),
        ('<createIndex tableName="t" indexName="i" unique="true"><column name="a"/><column name="lower(b)" computed="true"/></createIndex>',
         "postgres", "CREATE UNIQUE INDEX i ON t (a, lower(b))"),
        ('<dropIndex tableName="t" indexName="i"/>', "mysql", "DROP INDEX i ON t"),
        ('<dropIndex tableName="t" indexName="i" schemaName="s"/>', "postgres", "DROP INDEX s.i"),
        ('<delete tableName="t"><where>a = 1</where></delete>', "postgres", "DELETE FROM t WHERE a = 1"),
        ('<delete tableName="t"/>', "postgres", "DELETE FROM t"),
        ('<update tableName="t"><column name="a" value="x"/><column name="b" valueNumeric="1"/><column name="c"/><where>d</where></update>',
         "postgres", "UPDATE t SET a = 'x', b = 1, c = NULL WHERE d"),
        ('<sql>DROP TABLE x</sql>', "postgres", "DROP TABLE x"),
        ('<createProcedure><procedureText>SELECT 1</procedureText></createProcedure>', "postgres", "SELECT 1"),
        ('<loadData tableName="t"/>', "postgres", ""),
    ],
)  # fmt: skip
def test_a_change_is_the_statement_that_is_run_for_it(change: str, dialect: str, sql: str) -> None:
    """Names, types and words are those of the dialect; a change that brings rows alone is none."""
    assert "; ".join(statements_of(element(change), dialect)) == sql


@pytest.mark.parametrize(
    ("change", "relation"),
    [('<mergeColumns tableName="t"/>', "t"), ('<insert tableName="t"/>', None), ("<other/>", None)],
)
def test_a_change_that_is_not_known_names_its_relation(change: str, relation: str | None) -> None:
    """What may change a relation and is not known is told by it, and what brings rows is not."""
    assert unread(element(change)) == relation
