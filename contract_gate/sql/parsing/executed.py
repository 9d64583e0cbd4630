"""What MySQL runs of its comments: `/*!50001 VIEW a AS SELECT … */`, as mysqldump writes each view.

https://dev.mysql.com/doc/refman/8.4/en/comments.html. Settings, hints and storage options stay comments: they make no relation and read none.
"""

import re

from contract_gate.sql.comments import blank
from contract_gate.sql.families import MYSQL

_COMMENT = re.compile(
    r"""(?P<other>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|--[ \t][^\n]*|\#[^\n]*|/\*(?!!).*?\*/)"""
    r"""|(?P<begin>/\*!(?P<version>\d{5,6})?)(?P<run>.*?)(?P<end>\*/)""",
    re.DOTALL | re.VERBOSE,
)
_MEANT = re.compile(
    r"\s*(?:,|alter\s+(?:table(?!\s+\S+\s+(?:dis|en)able\s)|view|algorithm|definer|sql)\b|(?:create|drop|rename|definer|view|trigger|event|procedure|function|select|from|where|and|or|join|left|right|inner|cross"
    r"|union|group|order|having|limit|insert|replace|update|delete|truncate|as)\b)",
    re.IGNORECASE,
)
_NEVER = 99_000
"""No MySQL has such a version: what is written so is run by none."""


def executed(sql: str, dialect: str) -> str:
    """Blank out the signs around what is run, keeping every position."""
    if dialect not in MYSQL or "/*!" not in sql:
        return sql
    return _COMMENT.sub(_run, sql)


def _run(found: re.Match[str]) -> str:
    is_run = found["other"] is None and int(found["version"] or 0) < _NEVER
    if not is_run or _MEANT.match(found["run"]) is None:
        return found[0]
    return blank(found["begin"]) + found["run"] + blank(found["end"])
