"""Changes of a schema in spellings that sqlglot keeps as text, written in the one that it reads.

`ALTER TABLE` by Oracle, T-SQL, Spark and where COLUMN may be left out, `RENAME TABLE` by MySQL, `sp_rename`, `SET
SCHEMA`: what a fold of migrations must not miss. Works on tokens; what it does not know it leaves alone.
"""

import re
from collections.abc import Iterable, Iterator

from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.families import MYSQL, TSQL
from contract_gate.sql.parsing.tokens import behind_name, nesting, place_of


def rewritten(chunk: list[Token], sql: str, dialect: str) -> list[str]:
    """Give the statement as others that say the same; empty: it is none of those known here."""
    text = sql[chunk[0].start : chunk[-1].end + 1]
    words = [token.text.upper() for token in chunk[:3]]
    if dialect == "bigquery" and _TABLE_ARGUMENT.search(text):
        return [_TABLE_ARGUMENT.sub(r"\1(SELECT * FROM \2)\3", text)]
    match words:
        case ["ATTACH", "RLS", "POLICY"] if (attached := _ATTACHED.match(text)) is not None:
            lead, tail = "CREATE TRIGGER attached AFTER INSERT ON", "FOR EACH ROW EXECUTE FUNCTION"
            return [
                f"{lead} {table} {tail} {attached['policy']}()" for table in attached["tables"].split(",")
            ]
        case ["EXCHANGE", *_]:
            return [f"ALTER TABLE {one} SWAP WITH {other}" for one, other in _EXCHANGED.findall(text)]
        case ["DROP", "INDEX", *_] if "," in text:
            return [f"DROP INDEX {index}" for index in _INDEXES.sub("", text).split(",")]
        case ["DROP", "TABLES", *_]:
            return [f"DROP TABLE {_text(chunk[2:], sql)}"]
        case ["ALTER", "ONLINE" | "IGNORE" | "OFFLINE", "TABLE"]:
            return [f"ALTER {_text(chunk[2:], sql)}"]
        case ["RENAME", _, "TO"] if dialect == "oracle":
            return [f"ALTER TABLE {_text(chunk[1:2], sql)} RENAME TO {_text(chunk[3:], sql)}"]
        case ["RENAME", "TABLE", *_]:
            return [f"ALTER TABLE {old} RENAME TO {new}" for old, new in _pairs(chunk[2:], sql)]
        case ["EXEC" | "EXECUTE", *_]:
            return list(_stored_procedure(text))
        case ["LOAD" | "BULK", *_] if (load := _LOAD.fullmatch(text)) is not None:
            return [f"COPY {load['table']}{_filled_by(load['rest'])} FROM {load['file'] or load['source']}"]
        case ["ALTER", "TABLE", *_] if (mutation := _MUTATION.match(text)) is not None:
            return [f"UPDATE {mutation['table']} SET {text[mutation.end() :]}"]  # noqa: S608 - read, never run
        case ["ALTER", "TABLE", *_]:
            return list(_altered(chunk, sql, dialect))
        case ["ALTER", "SCHEMA", _] if (moved := _TRANSFERRED.fullmatch(text)) is not None:
            name = moved["name"]
            return [f"ALTER TABLE {name} RENAME TO {moved['schema']}.{name.rpartition('.')[2]}"]
        case ["ALTER", *_] if (anew := _VIEW_ANEW.match(text)) is not None:
            return [f"CREATE OR {'ALTER' if dialect in TSQL else 'REPLACE'} {text[anew.start('view') :]}"]
        case ["ALTER", "FOREIGN", "TABLE"] if _OPTIONS.search(text) is None:
            return [f"ALTER {sql[chunk[2].start : chunk[-1].end + 1]}"]
        case ["CREATE", "FOREIGN", "TABLE"] if (foreign := _FOREIGN.fullmatch(text)) is not None:
            return [f"CREATE {_OPTIONS.sub('', foreign['table'])}"]
        case ["MERGE", *_] if dialect == "oracle" and (deleting := _DELETING.search(text)) is not None:
            ahead = f"when matched and ({deleting['when']}) then delete {deleting['update']}"
            return [text[: deleting.start()] + ahead + text[deleting.end() :]]
        case ["SELECT" | "WITH", *_] if _OUTFILE.search(text):
            return [_OUTFILE.sub(" ", text)]
        case ["CREATE", *_]:
            return [created] if (created := _created(text, dialect)) is not None else []
        case _:
            return []


_TRANSFERRED = re.compile(
    r"alter\s+schema\s+(?P<schema>\S+)\s+transfer\s+(?:object\s*::\s*)?(?P<name>[\w.\[\]\"]+)\s*",
    re.IGNORECASE,
)
"""https://learn.microsoft.com/sql/t-sql/statements/alter-schema-transact-sql"""


_DELETING = re.compile(
    r"(?P<update>\bwhen\s+matched\s+then\s+update\b(?:(?!\bwhen\b).)*?)\bdelete\s+where\b(?P<when>.*?)(?=\bwhen\s+not\s+matched\b|$)",
    re.IGNORECASE | re.DOTALL,
)
"""Oracle deletes some of the rows that a MERGE updates. https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/MERGE.html"""
_VIEW_ANEW = re.compile(
    r"alter\s+(?:algorithm\s*=\s*\w+\s+|definer\s*=\s*\S+\s+|sql\s+security\s+\w+\s+)*(?P<view>(?:materialized\s+)?view\s+"
    r"(?:if\s+exists\s+)?[^\s(]+\s*(?:\([^()]*\)\s*)?(?:with\s+[\w\s,]+?\s)?as\s*\(*\s*(?:select|with|table|values|from)\b)",
    re.IGNORECASE,
)
"""What a view is, said anew: https://learn.microsoft.com/sql/t-sql/statements/alter-view-transact-sql,
https://dev.mysql.com/doc/refman/8.4/en/alter-view.html, https://docs.databricks.com/sql/language-manual/sql-ref-syntax-ddl-alter-view.html
"""
_MUTATION = re.compile(
    r"alter\s+table\s+(?P<table>[\w.`\"]+)(?:\s+on\s+cluster\s+\S+)?\s+update\s+", re.IGNORECASE
)
"""https://clickhouse.com/docs/sql-reference/statements/alter/update"""


_OPTIONS = re.compile(r"\boptions\s*\((?:[^()']|'[^']*')*\)", re.IGNORECASE)
_FOREIGN = re.compile(
    r"create\s+foreign\s+(?P<table>table\s+.*\))\s*server\s+[\w\"]+\s*(?:options\s*\(.*\)\s*)?",
    re.IGNORECASE | re.DOTALL,
)
"""PostgreSQL's tables of other servers. https://www.postgresql.org/docs/current/sql-createforeigntable.html"""


def _created(text: str, dialect: str) -> str | None:
    if (stream := _STREAM.match(text)) is not None:
        return f"CREATE VIEW {stream['name']} AS SELECT * FROM {stream['of']}"  # noqa: S608 - read, never run
    if _VIEW_OPTIONS.search(text):
        return _TAIL.sub("", _VIEW_OPTIONS.sub(r"\1", text))
    if _SNAPSHOT.match(text):
        return _SNAPSHOT.sub(r"\1 \2", text)
    if (recursive := _RECURSIVE.fullmatch(text)) is not None:
        head, name, columns, query = recursive.groups()
        return f"{head} VIEW {name} AS WITH RECURSIVE {name} {columns} AS ({query}) SELECT * FROM {name}"  # noqa: S608 - read, never run
    if _SETOF.search(text):
        return _SETOF.sub(lambda found: f"{found[1]} table ({SETOF} {found[2]})", text)
    if _MACRO_DEFAULT.search(text):
        return _MACRO_DEFAULT.sub(lambda found: found[0].replace(":=", "VARIANT DEFAULT"), text)
    if (policy := _POLICY.fullmatch(text)) is not None:
        return f"create {policy[1] or ''} function {policy[2]}{policy[3]} as $$ {policy[4]} $$"
    if (dictionary := _DICTIONARY.fullmatch(text)) is not None:
        return _read_by(dictionary)
    if dialect == "oracle" and _VIRTUAL.search(text):
        return _VIRTUAL.sub(")", text)
    if _AS_PIVOT.search(text):
        return _AS_PIVOT.sub(lambda found: f"{found[1]} from ({found[2]})", text)
    if (synonym := _SYNONYM.fullmatch(text)) is not None:
        return f"create {synonym[1] or ''} view {synonym[2]} as select * from {synonym[3]}"  # noqa: S608 - read, never run
    if _TAIL.search(text) or _ON_COMMIT.search(text):
        return _ON_COMMIT.sub("", _TAIL.sub("", text))
    return None


def is_redefinition(chunk: list[Token]) -> bool:
    """Tell whether an `ALTER TABLE` says more of a column than sqlglot keeps: `MODIFY a INT NOT NULL`."""
    words = {token.text.upper() for token in chunk[2:12]}
    return [token.text.upper() for token in chunk[:2]] == ["ALTER", "TABLE"] and bool(
        words & {"MODIFY", "CHANGE"}
    )


def may_lose(text: str) -> bool:
    """Tell whether the words of an `ALTER TABLE`, or of one of its actions, may say that a column goes."""
    return _LOSES.search(text) is not None


_LOAD = re.compile(
    r"(?:load\s+(?:data|xml)\s+(?:\w+\s+){0,2}infile\s+(?P<file>'[^']*'|\"[^\"]*\")\s+(?:replace\s+|ignore\s+)?into\s+table\s+"
    r"|bulk\s+insert\s+)(?P<table>[\w.`\[\]\"$]+)(?:\s+from\s+(?P<source>'[^']*'))?(?P<rest>.*)", re.IGNORECASE | re.DOTALL,
)  # fmt: skip
"""MySQL's LOAD DATA and T-SQL's BULK INSERT."""


def _filled_by(rest: str) -> str:
    """Give the columns that a LOAD DATA lists or sets; variables among them are none."""
    listed = re.search(r"(?:^|[^\w'\"])\(([\w\s,@`]+)\)\s*(?:$|set\b)", rest, re.IGNORECASE)
    if listed is None:
        return ""
    named = [item.strip() for item in listed[1].split(",")]
    named += re.findall(r"(?:\bset\s+|,\s*)(`?\w+`?)\s*=", rest[listed.end(1) :], re.IGNORECASE)
    return f" ({', '.join(name for name in named if not name.startswith('@'))})"


_TABLE_ARGUMENT = re.compile(r"([(,]\s*)TABLE\s+([`\w.-]+)(\s*[,)])", re.IGNORECASE)
"""A table that a function takes: `APPENDS(TABLE t, NULL, NULL)`. It reads all of its columns."""
_POLICY = re.compile(
    r"create\s+(or\s+replace\s+)?(?:masking|row\s+access|aggregation|projection|join)\s+policy\s+(?:if\s+not\s+exists\s+)?"
    r"([\w.\"$]+)\s+as\s*(\(.*?\)\s*returns\s+\w+(?:\s*\([\d\s,]*\))?)\s*->(.*?)"
    r"(?:\bcomment\s*=\s*'[^']*'\s*|\bexempt_other_policies\s*=\s*\w+\s*)*", re.IGNORECASE | re.DOTALL,
)  # fmt: skip
"""Snowflake's policies are functions of the values that they guard. https://docs.snowflake.com/en/sql-reference/sql/create-row-access-policy"""
_DICTIONARY = re.compile(
    r"create\s+(or\s+replace\s+)?dictionary\s+(?:if\s+not\s+exists\s+)?([\w.`\"]+)(?:\s+on\s+cluster\s+\S+)?\s*\((.*)\)"
    r"\s*primary\s+key\b.*?\bsource\s*\(\s*clickhouse\s*\((.*)\)\s*\).*", re.IGNORECASE | re.DOTALL,
)  # fmt: skip
"""https://clickhouse.com/docs/sql-reference/statements/create/dictionary/sources#clickhouse"""
_OPTION = re.compile(r"\b(query|db|table|where)\s+'((?:[^'\\]|\\.|'')*)'", re.IGNORECASE)


def _read_by(dictionary: re.Match[str]) -> str | None:
    """Write a dictionary as a view of the table or query that it is loaded from."""
    replaces, name, columns, options = dictionary.groups()
    given = {
        word.lower(): text.replace("''", "'").replace("\\'", "'") for word, text in _OPTION.findall(options)
    }
    while (flat := re.sub(r"\([^()]*\)", "", columns)) != columns:
        columns = flat
    listed = ", ".join(item.split()[0] for item in columns.split(",") if item.strip())
    table = ".".join(filter(None, (given.get("db"), given.get("table"))))
    read = given.get("query") or f"select {listed} from {table} where {given.get('where', '1')}"  # noqa: S608 - read, never run
    return f"create {replaces or ''} view {name} as {read}" if given.keys() & {"query", "table"} else None


_TAIL = re.compile(r"\bwith\s+(?:(?:no\s+)?data|(?:cascaded\s+|local\s+)?check\s+option)\s*$", re.IGNORECASE)
_ON_COMMIT = re.compile(r"\bon\s+commit\s+drop\b", re.IGNORECASE)
_INDEXES = re.compile(
    r"drop\s+index\s+(?:concurrently\s+)?(?:if\s+exists\s+)?|\s+(?:cascade|restrict)\s*$", re.IGNORECASE
)
_ATTACHED = re.compile(
    r"attach\s+rls\s+policy\s+(?P<policy>[\w.\"]+)\s+on\s+(?:table\s+)?(?P<tables>[\w.\"]+(?:\s*,\s*[\w.\"]+)*)",
    re.IGNORECASE,
)
"""Redshift: what a policy names of a row is then named of each row of the table, as what a trigger runs names it.
https://docs.aws.amazon.com/redshift/latest/dg/r_ATTACH_RLS_POLICY.html"""
_EXCHANGED = re.compile(r"(?:\btables|,)\s+([\w.`\"]+)\s+and\s+([\w.`\"]+)", re.IGNORECASE)
"""https://clickhouse.com/docs/sql-reference/statements/exchange"""
_VIRTUAL = re.compile(r"\)\s*virtual\b", re.IGNORECASE)
_AS_PIVOT = re.compile(
    r"(create\s+(?:or\s+replace\s+)?(?:\w+\s+)?(?:table|view)\s+(?:if\s+not\s+exists\s+)?[\w.\"]+\s+as)\s+((?:un)?pivot\b.+)",
    re.IGNORECASE | re.DOTALL,
)
"""DuckDB's PIVOT is a statement; a relation is made of it like of any query."""
_SYNONYM = re.compile(
    r"create\s+(or\s+replace\s+)?(?:(?:non)?editionable\s+)?(?:public\s+)?synonym\s+(?:if\s+not\s+exists\s+)?([\w.\"\[\]$#]+)\s+for\s+([\w.\"\[\]$#@]+)",
    re.IGNORECASE,
)
"""T-SQL, Oracle: another name for a relation, with all of its columns."""
SETOF = "rows_of"
"""Stands for the columns of `RETURNS SETOF x`: those of the type or relation x where it is known, else the query's."""
_SETOF = re.compile(
    r"(\bfunction\b(?:(?!\bas\b).)*?\breturns)\s+setof\s+((?:double\s+precision|[\w.\"]+(?:\s*\([^()]*\))?)(?:\s*\[\])*)",
    re.IGNORECASE | re.DOTALL,
)
_STREAM = re.compile(
    r"create\s+(?:or\s+replace\s+)?stream\s+(?:if\s+not\s+exists\s+)?(?P<name>[\w.\"$]+)\s+(?:copy\s+grants\s+)?"
    r"on\s+(?:external\s+|event\s+|dynamic\s+)?(?:table|view)\s+(?P<of>[\w.\"$]+)",
    re.IGNORECASE,
)
"""Snowflake's stream has the columns of its table, and some of its own that every relation answers to.
https://docs.snowflake.com/en/user-guide/streams-intro"""
_OUTFILE = re.compile(r"\binto\s+(?:outfile|dumpfile)\s+'[^']*'(?:(?!\bfrom\b).)*", re.IGNORECASE | re.DOTALL)
"""MySQL writes the rows into a file."""
_VIEW_OPTIONS = re.compile(
    r"(\bview\s+[\w.\"]+\s*(?:\([^()]*\)\s*)?)\bwith\s*\((?:\s*,?\s*(?:security_barrier|security_invoker|check_option)(?:\s*=\s*\w+)?)+\s*\)",
    re.IGNORECASE,
)
_SNAPSHOT = re.compile(r"(create(?:\s+or\s+replace)?)\s+snapshot\s+(table\b)", re.IGNORECASE)
"""BigQuery: a clone that nobody writes."""
_RECURSIVE = re.compile(
    r"(create(?:\s+or\s+replace)?(?:\s+temp(?:orary)?)?)\s+recursive\s+view\s+([\w.\"]+)\s*(\([^()]*\))\s*as\s+(.*)",
    re.IGNORECASE | re.DOTALL,
)
"""https://www.postgresql.org/docs/current/sql-createview.html"""
_MACRO_DEFAULT = re.compile(
    r"\b(?:macro|function)\s+[\w.\"]+\s*\((?:[^()]|\([^()]*\))*:=(?:[^()]|\([^()]*\))*\)", re.IGNORECASE
)
"""DuckDB writes the default of a macro's parameter as `y := 3`."""
_SP_RENAME = re.compile(
    r"(?:sys\.|dbo\.)?sp_rename\s+(?:@\w+\s*=\s*)?N?'([^']+)'\s*,\s*(?:@\w+\s*=\s*)?N?'([^']+)'(.*)",
    re.IGNORECASE | re.DOTALL,
)


def _stored_procedure(text: str) -> Iterator[str]:
    found = _SP_RENAME.search(text)
    if found is None:
        return
    old, new, rest = found.groups()
    parts = re.findall(r"\[[^\]]+\]|[^.\[\]]+", old)
    if "COLUMN" in rest.upper() and len(parts) > 1:
        yield f"ALTER TABLE {'.'.join(parts[:-1])} RENAME COLUMN {parts[-1]} TO [{new}]"
    elif "INDEX" not in rest.upper() and "OBJECT" not in rest.upper().replace("'OBJECT'", ""):
        yield f"ALTER TABLE {old} RENAME TO {'.'.join([*parts[:-1], f'[{new}]'])}"


def _pairs(tokens: list[Token], sql: str) -> Iterator[tuple[str, str]]:
    for part in at_commas(tokens):
        to = place_of(part, "TO")
        yield _text(part[:to], sql), _text(part[to + 1 :], sql)


def _altered(chunk: list[Token], sql: str, dialect: str) -> Iterator[str]:
    start = _after_name(chunk)
    head = _text(chunk[:start], sql)
    is_checked = [token.text.upper() for token in chunk[start : start + 2]] in _CHECKED
    word = ""
    for action in at_commas(chunk[start + 2 * is_checked :]):
        words = [token.text.upper() for token in action[:3]]
        if words[0] not in _ACTIONS or words[:2] == ["CHECK", "("]:
            # T-SQL and Oracle list several after one word: DROP COLUMN a, b, CONSTRAINT c
            words = [*word.split()[: 1 if words[0] in _LISTED else 2], *words]
        word = " ".join(words[: 2 if words[1:2] in (["COLUMN"], ["CONSTRAINT"]) else 1])
        if words[:2] == ["SET", "SCHEMA"]:
            yield f"{head} RENAME TO {_text(action[2:], sql)}.{chunk[start - 1].text}"
        else:
            yield from (f"{head} {other}" for other in _action(words, action, sql, dialect))


_ACTIONS = frozenset({
    "ADD", "DROP", "ALTER", "MODIFY", "CHANGE", "RENAME", "SET", "OWNER", "ENABLE", "DISABLE", "CLUSTER", "WITH",
    "UNSET", "SWAP", "ATTACH", "DETACH", "CHECK", "NOCHECK", "REPLICA", "FORCE", "COMMENT", "CONVERT", "ENGINE",
})  # fmt: skip


_NO_COLUMN = frozenset({
    "CONSTRAINT", "INDEX", "PRIMARY", "FOREIGN", "KEY", "PARTITION", "UNIQUE", "CHECK", "PROJECTION", "ROW", "CLUSTERING",
    "SEARCH", "ALL", "AGGREGATION", "SYSTEM", "DETACHED", "PART", "STATISTICS", "STORED", "SUPPLEMENTAL", "PERIOD", "DEFAULT",
    "NOT", "IDENTITY", "EXPRESSION", "TTL", "FULLTEXT", "SPATIAL",
})  # fmt: skip
"""What an `ALTER TABLE` drops or renames that is no column."""
_LOSES = re.compile(
    rf"\b(?:drop|rename|change|replace|unused)\b(?!\s+(?:{'|'.join(sorted(_NO_COLUMN))}|to|as)\b)",
    re.IGNORECASE,
)
_CONSTRAINTS = frozenset({
    "CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "INDEX", "KEY", "PERIOD", "FULLTEXT", "SPATIAL",
})  # fmt: skip
"""What an `ALTER TABLE` adds that is no column."""
_LISTED = _CONSTRAINTS | {"COLUMN"}
_CHECKED = (["WITH", "CHECK"], ["WITH", "NOCHECK"])
_DEFAULT_FOR = re.compile(
    r"add\s+(?:constraint\s+\S+\s+)?default\s+(?P<value>.+)\s+for\s+(?P<column>\S+)(?:\s+with\s+values)?",
    re.IGNORECASE | re.DOTALL,
)
"""https://learn.microsoft.com/sql/t-sql/statements/alter-table-table-constraint-transact-sql"""


def _after_name(chunk: list[Token]) -> int:
    index = 2
    while index < len(chunk) and chunk[index].text.upper() in ("IF", "EXISTS", "ONLY"):
        index += 1
    return behind_name(chunk, index)


def _action(words: list[str], action: list[Token], sql: str, dialect: str) -> Iterator[str]:
    match words:
        case ["DROP", what, *_] if what in _NO_COLUMN:
            yield f"DROP {what} {_text(_without(action, 'DROP', what), sql)}"
        case ["DISABLE" | "NOCHECK", "CONSTRAINT", *_]:
            yield f"DROP CONSTRAINT {_text(action[2:3], sql)}"  # it is there, and holds nobody to anything
        case ["ALTER", *_] if (ended := _NO_LONGER_MADE.fullmatch(_text(action, sql))) is not None:
            yield f"{ended[1]} DROP DEFAULT"
        case ["DROP", *_] | ["SET", "UNUSED", *_]:
            for column in _dropped(action, sql):
                yield f"DROP COLUMN {column}"
        case ["RENAME", old, "TO"] if old not in ("TO", "AS", "COLUMN"):
            yield f"RENAME COLUMN {_text(action[1:], sql)}"
        case ["ADD", "CHECK", *_]:
            yield f"ADD CONSTRAINT {_text(action[1:2], sql)}_{action[0].start} {_text(action[1:], sql)}"
        case ["ADD", *_] if (given := _DEFAULT_FOR.fullmatch(_text(action, sql))) is not None:
            yield f"ALTER COLUMN {given['column']} SET DEFAULT {given['value']}"
        case ["ADD", *_]:
            for item in _listed(_without(action, "ADD", "COLUMN", "COLUMNS"), sql):
                word = re.split(r"\W", item, maxsplit=1)[0].upper()
                yield f"ADD {item}" if word in _CONSTRAINTS else f"ADD COLUMN {item}"
        case ["MODIFY", *_]:
            for column in _listed(_without(action, "MODIFY", "COLUMN"), sql):
                yield from _redefined(*_named(column), dialect)
        case ["CHANGE", *_]:
            named = _without(action, "CHANGE", "COLUMN")
            new = _text(named[1:2], sql)
            yield f"RENAME COLUMN {_text(named[:1], sql)} TO {new}"
            yield from _redefined(new, _text(named[2:], sql), dialect)
        case _:
            yield _text(action, sql)


_NO_LONGER_MADE = re.compile(
    r"(alter\s+(?:column\s+)?\S+)\s+drop\s+(?:identity|expression)(?:\s+if\s+exists)?", re.IGNORECASE
)
"""PostgreSQL: the table no longer gives the column's value. https://www.postgresql.org/docs/current/sql-altertable.html"""


def _named(column: str) -> tuple[str, str]:
    name, _, rest = column.partition(" ")
    return name, rest.strip()


_OF_A_COLUMN = re.compile(
    r"(set|drop|unset|type|comment|remove|materialize|first|after|position)\b", re.IGNORECASE
)
_DEFAULT = re.compile(r"\bdefault\s+('(?:[^']|'')*'|[\w.+-]+(?:\s*\([^()]*\))?)", re.IGNORECASE)


def _redefined(name: str, rest: str, dialect: str) -> Iterator[str]:
    """What MODIFY and CHANGE say of a column. MySQL takes what they do not say for gone, others leave it as it is."""
    if not rest or _OF_A_COLUMN.match(rest):
        if rest and not rest.lower().startswith(("first", "after", "position")):
            yield f"ALTER COLUMN {name} {rest}"
        return
    head = rest.split()[0].upper()
    if head not in ("NOT", "NULL", "DEFAULT", "ENCRYPT", "CONSTRAINT"):
        yield f"ALTER COLUMN {name} TYPE {_bare_type(rest)}"
    redefines = dialect in MYSQL
    bare = re.sub(r"'(?:[^']|'')*'", "''", rest)
    if re.search(r"\b(not\s+null|primary\s+key)\b", bare, re.IGNORECASE):
        yield f"ALTER COLUMN {name} SET NOT NULL"
    elif redefines or re.search(r"(?<!default )\bnull\b", bare, re.IGNORECASE):
        yield f"ALTER COLUMN {name} DROP NOT NULL"
    if (default := _DEFAULT.search(rest)) is not None:
        yield f"ALTER COLUMN {name} SET DEFAULT {default[1]}"
    elif redefines:
        yield f"ALTER COLUMN {name} DROP DEFAULT"


def _dropped(action: list[Token], sql: str) -> Iterator[str]:
    """Give the columns of `DROP (a, b)`, or the one of `DROP COLUMN IF EXISTS a CASCADE`."""
    start = 0
    while start < len(action) and action[start].text.upper() in _FILLERS:
        start += 1
    named = action[start:]
    if named and named[0].token_type == TokenType.L_PAREN:
        closing = next(
            i for i, token in enumerate(named) if token.token_type == TokenType.R_PAREN or token is named[-1]
        )
        yield from _listed(named[: closing + 1], sql)
    elif named:
        yield _text(named[:1], sql)


_FILLERS = frozenset({"DROP", "COLUMN", "COLUMNS", "IF", "EXISTS", "SET", "UNUSED"})
_TYPE = re.compile(
    r"[\w]+(\s+(varying|precision|unsigned|with(out)?\s+time\s+zone))?(\s*\([^()]*\))?", re.IGNORECASE
)


def _bare_type(text: str) -> str:
    """Cut what follows a type: NOT NULL, DEFAULT, COMMENT, AFTER."""
    found = _TYPE.match(text)
    return found.group() if found else text


def _without(action: list[Token], *words: str) -> list[Token]:
    start = 0
    while start < len(action) and start < len(words) and action[start].text.upper() in words:
        start += 1
    return action[start:]


def _listed(tokens: list[Token], sql: str) -> Iterator[str]:
    if tokens and tokens[0].token_type == TokenType.L_PAREN and tokens[-1].token_type == TokenType.R_PAREN:
        tokens = tokens[1:-1]
    for part in at_commas(tokens):
        yield _text(part, sql)


def at_commas(tokens: Iterable[Token]) -> list[list[Token]]:
    """Split tokens at the commas outside of parentheses; between two commas is something."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += nesting(token)
        if depth == 0 and token.token_type == TokenType.COMMA:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _text(tokens: list[Token], sql: str) -> str:
    return sql[tokens[0].start : tokens[-1].end + 1] if tokens else ""
