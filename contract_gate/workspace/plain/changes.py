"""What Liquibase's change types do, as SQL: `<dropColumn …/>` is the ALTER TABLE that Liquibase runs for it.

Attributes: https://docs.liquibase.com/change-types/home.html. A change that is not known here and names a table is told.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from contract_gate.sql.minimal import quoted
from contract_gate.workspace.markup import Element


def statements_of(change: Element, dialect: str) -> tuple[str, ...]:
    """Give the statements of a change, none for one that changes no relation or is not known."""
    known = _KNOWN.get(change.name)
    found = tuple(known(change, dialect)) if known is not None else ()
    return tuple(each for each in found if each.strip())


def unread(change: Element) -> str | None:
    """Give the relation of a change for which there are no statements, though it may change the relation's columns."""
    if change.name in _ASIDE:
        return None
    return next((change.get(each) for each in _NAMES if change.get(each)), None)


def said(change: Element, key: str) -> str:
    """Give an attribute, or the text of the element of its name."""
    inner = next((child.text.strip() for child in change.children if child.name == key), "")
    return change.get(key) or inner


_ASIDE = frozenset({
    "comment", "empty", "output", "preConditions", "property", "rollback", "tagDatabase", "validCheckSum", "modifySql",
    "createSequence", "alterSequence", "dropSequence", "renameSequence", "setTableRemarks", "setColumnRemarks",
    "addAutoIncrement", "loadData", "loadUpdateData", "executeCommand", "stop", "sqlFile", "markUnused", "insert",
    "dropAllForeignKeyConstraints", "dropDefaultValue", "dropPrimaryKey", "dropUniqueConstraint",
    "dropForeignKeyConstraint", "dropIndex", "enableTrigger", "disableTrigger", "enableCheckConstraint", "disableCheckConstraint",
})  # fmt: skip
"""What changes no column where no statement can be written for it: `loadData` and `insert` bring rows, and `sqlFile` is
a step of its own."""
_WORD = re.compile(r"[A-Za-z_][\w$]*")
_RESERVED = frozenset({
    "all", "and", "as", "asc", "between", "by", "case", "check", "column", "constraint", "create",
    "default", "desc", "distinct", "else", "end", "for", "foreign", "from", "grant", "group", "having",
    "in", "index", "into", "is", "join", "key", "left", "like", "limit", "not", "null", "offset", "on",
    "or", "order", "primary", "references", "right", "select", "set", "table", "then", "to", "union",
    "unique", "update", "user", "using", "values", "view", "when", "where", "with",
})  # fmt: skip
_NAMES = ("tableName", "baseTableName", "existingTableName", "viewName", "oldTableName", "oldViewName")
_BY_MODIFY = frozenset({"mysql", "oracle"})


def _name(written: str, dialect: str) -> str:
    """Quote what Liquibase quotes: words of SQL, what is no word, and mixed case where that would be lost."""
    mixed = dialect == "postgres" and written not in (written.lower(), written.upper())
    if "${" in written or (_WORD.fullmatch(written) and written.lower() not in _RESERVED and not mixed):
        return written
    return quoted(written, dialect)


def _names(written: str, dialect: str) -> str:
    return ", ".join(_name(each.strip(), dialect) for each in written.split(",") if each.strip())


def _relation(change: Element, dialect: str, key: str = "tableName", before: str = "") -> str:
    """Write a relation's name with its schema; a catalog is MySQL's schema, and elsewhere stands before one."""
    keys = ("catalogName", "schemaName")
    catalog, schema = (
        change.get(f"{before}{each[0].upper()}{each[1:]}" if before else each) for each in keys
    )
    outer = (
        [catalog, schema]
        if schema and dialect != "mysql"
        else [schema or catalog if dialect == "mysql" else ""]
    )
    name = change.get(key)
    return ".".join(_name(each, dialect) for each in [*outer, name] if each) if name else ""


def _type(written: str, dialect: str) -> str:
    """Write a type as Liquibase does in this dialect, as far as it differs from how it is written."""
    plain = re.sub(r"^java\.sql\.Types\.", "", written.strip(), flags=re.IGNORECASE)
    if "(" not in plain or dialect != "mysql":
        plain = re.sub(r"^(int|integer|bigint|smallint|tinyint)\s*\(\d+\)", r"\1", plain, flags=re.IGNORECASE)
    word = re.match(r"\w*", plain)
    found = _TYPES.get(dialect, {}).get(word[0].lower() if word else "")
    if found is None or word is None:
        return plain
    return found + (plain[word.end() :] if "char" in found or "numeric" in found else "")


_TYPES: Mapping[str, Mapping[str, str]] = {
    "postgres": {
        "datetime": "timestamp", "clob": "text", "nclob": "text", "longtext": "text", "blob": "bytea", "longblob": "bytea",
        "double": "double precision", "tinyint": "smallint", "nvarchar": "varchar", "varchar2": "varchar",
        "number": "numeric", "currency": "decimal", "bit": "boolean",
    },
    "mysql": {"clob": "longtext", "currency": "decimal", "uuid": "char(36)", "number": "numeric"},
    "tsql": {"boolean": "bit", "clob": "varchar(max)", "blob": "varbinary(max)", "uuid": "uniqueidentifier", "currency": "money"},
}  # fmt: skip


def _literal(column: Element, before: str) -> str | None:
    for suffix in ("Numeric", "Boolean", "Computed"):
        if found := column.get(before + suffix):
            return found
    text = column.get(before) or column.get(before + "Date")
    return None if not text else "'" + text.replace("'", "''") + "'"


def _column(column: Element, dialect: str) -> str:
    written = f"{_name(column.get('name'), dialect)} {_type(column.get('type'), dialect)}"
    if (default := _literal(column, "defaultValue")) is not None:
        written += f" DEFAULT {default}"
    for each in column.children:
        if each.name == "constraints":
            written += " NOT NULL" if each.get("nullable").lower() == "false" else ""
            written += " PRIMARY KEY" if each.get("primaryKey").lower() == "true" else ""
            written += " UNIQUE" if each.get("unique").lower() == "true" else ""
    return written


def _create_table(change: Element, dialect: str) -> Iterator[str]:
    columns = list(change.walk("column"))
    keys = [each for each in columns if any(c.get("primaryKey").lower() == "true" for c in each.children)]
    parts = [_column(each, dialect) for each in columns]
    if len(keys) > 1:
        parts = [each.replace(" PRIMARY KEY", "") for each in parts]
        parts.append(f"PRIMARY KEY ({', '.join(_name(each.get('name'), dialect) for each in keys)})")
    missing = "IF NOT EXISTS " if change.get("ifNotExists").lower() == "true" else ""
    yield f"CREATE TABLE {missing}{_relation(change, dialect)} ({', '.join(parts)})"


def _add_column(change: Element, dialect: str) -> Iterator[str]:
    word = "ADD" if dialect in ("tsql", "oracle") else "ADD COLUMN"
    for column in change.walk("column"):
        yield f"ALTER TABLE {_relation(change, dialect)} {word} {_column(column, dialect)}"


def _drop_column(change: Element, dialect: str) -> Iterator[str]:
    names = [change.get("columnName"), *(each.get("name") for each in change.walk("column"))]
    for name in names:
        if name:
            yield f"ALTER TABLE {_relation(change, dialect)} DROP COLUMN {_name(name, dialect)}"


def _rename_column(change: Element, dialect: str) -> Iterator[str]:
    table, old, new = _relation(change, dialect), change.get("oldColumnName"), change.get("newColumnName")
    if dialect == "tsql":
        yield f"EXEC sp_rename '{table}.{_name(old, dialect)}', '{new}', 'COLUMN'"
    else:
        yield f"ALTER TABLE {table} RENAME COLUMN {_name(old, dialect)} TO {_name(new, dialect)}"


def _rename(kind: str) -> Callable[[Element, str], Iterator[str]]:
    def written(change: Element, dialect: str) -> Iterator[str]:
        old = _relation(change, dialect, f"old{kind.capitalize()}Name")
        new = change.get(f"new{kind.capitalize()}Name")
        if dialect == "tsql":
            yield f"EXEC sp_rename '{old}', '{new}'"
            return
        schema = old.rpartition(".")[0] if dialect in ("snowflake", "mysql") else ""
        to = f"{schema}.{_name(new, dialect)}" if schema else _name(new, dialect)
        yield f"ALTER {'TABLE' if dialect == 'mysql' else kind.upper()} {old} RENAME TO {to}"

    return written


def _drop_table(change: Element, dialect: str) -> Iterator[str]:
    cascades = change.get("cascadeConstraints").lower() == "true"
    word = {"oracle": " CASCADE CONSTRAINTS", "tsql": "", "mysql": ""}.get(dialect, " CASCADE")
    yield f"DROP TABLE {_relation(change, dialect)}{word if cascades else ''}"


def _create_view(change: Element, dialect: str) -> Iterator[str]:
    query = change.text if change.text.strip() else said(change, "selectQuery")
    if change.get("path") or not query.strip():
        return
    if change.get("fullDefinition").lower() == "true":
        yield query
        return
    replaces = change.get("replaceIfExists").lower() == "true"
    word = ("OR ALTER " if dialect == "tsql" else "OR REPLACE ") if replaces else ""
    yield f"CREATE {word}VIEW {_relation(change, dialect, 'viewName')} AS {query}"


def _drop_view(change: Element, dialect: str) -> Iterator[str]:
    missing = "IF EXISTS " if change.get("ifExists").lower() == "true" else ""
    yield f"DROP VIEW {missing}{_relation(change, dialect, 'viewName')}"


def _altered(change: Element, dialect: str, does: str) -> str:
    word = "MODIFY" if dialect in _BY_MODIFY else "ALTER COLUMN"
    return (
        f"ALTER TABLE {_relation(change, dialect)} {word} {_name(change.get('columnName'), dialect)} {does}"
    )


def _modify_type(change: Element, dialect: str) -> Iterator[str]:
    word = {"postgres": "TYPE ", "mysql": "", "oracle": "", "tsql": ""}.get(dialect, "SET DATA TYPE ")
    yield _altered(change, dialect, word + _type(change.get("newDataType"), dialect))


def _nullable(word: str, plain: str) -> Callable[[Element, str], Iterator[str]]:
    def written(change: Element, dialect: str) -> Iterator[str]:
        if dialect in ("mysql", "tsql"):
            kind = _type(change.get("columnDataType"), dialect)
            yield _altered(change, dialect, f"{kind} {plain}") if kind else ""
        else:
            yield _altered(change, dialect, plain if dialect == "oracle" else f"{word} NOT NULL")

    return written


def _default(change: Element, dialect: str) -> Iterator[str]:
    value = _literal(change, "defaultValue") if change.name == "addDefaultValue" else ""
    name = _name(change.get("columnName"), dialect)
    table = f"ALTER TABLE {_relation(change, dialect)}"
    if dialect in ("oracle", "tsql"):
        done = f"ADD DEFAULT {value} FOR {name}" if dialect == "tsql" else f"MODIFY {name} DEFAULT {value}"
        yield f"{table} {done}" if value else ""
    else:
        yield f"{table} ALTER COLUMN {name} " + (f"SET DEFAULT {value}" if value else "DROP DEFAULT")


def _constraint(kind: str) -> Callable[[Element, str], Iterator[str]]:
    def written(change: Element, dialect: str) -> Iterator[str]:
        name = f"CONSTRAINT {_name(n, dialect)} " if (n := change.get("constraintName")) else ""
        columns = _names(change.get("columnNames"), dialect)
        yield f"ALTER TABLE {_relation(change, dialect)} ADD {name}{kind} ({columns})"

    return written


def _foreign_key(change: Element, dialect: str) -> Iterator[str]:
    table = _relation(change, dialect, "baseTableName", "baseTable")
    other = _relation(change, dialect, "referencedTableName", "referencedTable")
    name = _name(change.get("constraintName"), dialect)
    own, theirs = (_names(change.get(f"{each}ColumnNames"), dialect) for each in ("base", "referenced"))
    yield f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({own}) REFERENCES {other} ({theirs})"


def _drop_constraint(change: Element, dialect: str) -> Iterator[str]:
    is_foreign = change.name == "dropForeignKeyConstraint"
    table = _relation(change, dialect, *(("baseTableName", "baseTable") if is_foreign else ("tableName",)))
    name = _name(change.get("constraintName"), dialect) if change.get("constraintName") else ""
    if change.name == "dropPrimaryKey" and dialect == "mysql":
        yield f"ALTER TABLE {table} DROP PRIMARY KEY"
    elif change.name == "dropPrimaryKey" and dialect == "postgres" and not name:
        yield f"ALTER TABLE {table} DROP CONSTRAINT {_name(change.get('tableName') + '_pkey', dialect)}"
    elif name:
        word = {"dropForeignKeyConstraint": "FOREIGN KEY", "dropUniqueConstraint": "INDEX"}
        kind = word.get(change.name, "CONSTRAINT") if dialect == "mysql" else "CONSTRAINT"
        yield f"ALTER TABLE {table} DROP {kind} {name}"


def _create_index(change: Element, dialect: str) -> Iterator[str]:
    columns = ", ".join(
        each.get("name") if each.get("computed") == "true" else _name(each.get("name"), dialect)
        for each in change.walk("column")
    )
    unique = "UNIQUE " if change.get("unique").lower() == "true" else ""
    name = _name(change.get("indexName"), dialect) if change.get("indexName") else ""
    yield f"CREATE {unique}INDEX {name} ON {_relation(change, dialect)} ({columns})"


def _drop_index(change: Element, dialect: str) -> Iterator[str]:
    name = _name(change.get("indexName"), dialect)
    if dialect in ("mysql", "tsql"):
        yield f"DROP INDEX {name} ON {_relation(change, dialect)}"
    else:
        schema = change.get("schemaName")
        yield f"DROP INDEX {_name(schema, dialect) + '.' if schema else ''}{name}"


def _rows(change: Element, dialect: str) -> Iterator[str]:
    where = said(change, "where")
    tail = f" WHERE {where}" if where else ""
    if change.name == "delete":
        yield f"DELETE FROM {_relation(change, dialect)}{tail}"  # noqa: S608 - read, never run
        return
    values = [
        f"{_name(each.get('name'), dialect)} = {_literal(each, 'value') or 'NULL'}"
        for each in change.walk("column")
    ]
    yield f"UPDATE {_relation(change, dialect)} SET {', '.join(values)}{tail}"  # noqa: S608 - read, never run


def _text(change: Element, _dialect: str) -> Iterator[str]:
    yield change.text if change.text.strip() else said(change, "sql") or said(change, "procedureText")


_KNOWN: Mapping[str, Callable[[Element, str], Iterator[str]]] = {
    "createTable": _create_table, "addColumn": _add_column, "dropColumn": _drop_column,
    "renameColumn": _rename_column, "renameTable": _rename("table"), "renameView": _rename("view"),
    "dropTable": _drop_table, "createView": _create_view, "dropView": _drop_view, "modifyDataType": _modify_type,
    "addNotNullConstraint": _nullable("SET", "NOT NULL"), "dropNotNullConstraint": _nullable("DROP", "NULL"),
    "addDefaultValue": _default, "dropDefaultValue": _default,
    "addPrimaryKey": _constraint("PRIMARY KEY"), "addUniqueConstraint": _constraint("UNIQUE"),
    "addForeignKeyConstraint": _foreign_key, "dropForeignKeyConstraint": _drop_constraint,
    "dropPrimaryKey": _drop_constraint, "dropUniqueConstraint": _drop_constraint,
    "createIndex": _create_index, "dropIndex": _drop_index, "update": _rows, "delete": _rows,
    "sql": _text, "createProcedure": _text, "createFunction": _text, "createTrigger": _text,
}  # fmt: skip
