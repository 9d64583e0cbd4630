"""Lines that are said to the program which runs a script, and not to its engine: SQL*Plus', sqlcmd's and SQLite's own commands.

They need no `;` behind them: the statement on the next line would be taken for words of theirs.
"""

import re

from contract_gate.sql.comments import blank
from contract_gate.sql.families import TSQL

_SQLPLUS = re.compile(
    r"\s*(?:set\s+(?!transaction\b|role\b|constraints?\b)\w|whenever\s+\w+error\b|prompt\b|rem(?:ark)?\b|spool\b|sho(?:w)?\s+\w|@|def(?:ine)?\s+\w+\s*=|undef(?:ine)?\s"
    r"|col(?:umn)?\s+\w+\s+(?:format|heading|new_value|old_value|noprint|print|a\d|for|hea|new_v|clear|word_wrapped|wrapped|truncated)\b|var(?:iable)?\s+\w+\s+\w+\s*(?:\([^()]*\))?\s*$"
    r"|conn(?:ect)?\s+\S*[/@]|timing\s+\w|accept\s|pause\b(?!\s*(?::=|;))|host\s|clear\s+\w|[tb]title\s|start\s+\S+\.\w+|(?:exit|quit)(?:\s+(?:\w+error|success|failure|warning|sql\.sqlcode|\d+))?\s*;?\s*$"
    r"|exec(?:ute)?\s+(?!immediate\b)[^;]*$)",
    re.IGNORECASE,
)
"""https://docs.oracle.com/en/database/oracle/oracle-database/23/sqpug/SQL-Plus-command-reference.html"""
_COMMANDS = {
    "oracle": _SQLPLUS,
    **dict.fromkeys(TSQL, re.compile(r"\s*:(?:setvar|on\s+error|r|connect|out|error|exit|quit|xml|!!)\b", re.IGNORECASE)),
    "sqlite": re.compile(r"\s*\.[a-z]+\b"),
}  # fmt: skip
_NOTHING = re.compile(r"\s*(?:--.*|/\*.*\*/\s*)?$")


def without_client_lines(sql: str, dialect: str) -> str:
    """Write a `;` for each such line, where a statement may begin; every other position stays what it was."""
    commands = _COMMANDS.get(dialect)
    if commands is None:
        return sql
    lines = sql.split("\n")
    begins, goes_on, is_remark = True, False, False
    for number, line in enumerate(lines):
        was_remark, is_remark = is_remark, _is_open(line, is_remark)
        if was_remark or (is_remark and line.lstrip().startswith("/*")):
            continue
        if goes_on or (begins and commands.match(line) is not None):
            goes_on = line.rstrip().endswith(" -")
            lines[number] = f";{blank(line)[1:]}" if line else line
        elif _NOTHING.match(line) is None:
            begins = line.rstrip().endswith(";") or line.strip().upper() in ("/", "GO")
    return "\n".join(lines)


def _is_open(line: str, before: bool) -> bool:
    """Tell whether a remark goes on behind a line."""
    return line.rfind("/*") > line.rfind("*/") if "/*" in line or "*/" in line else before
