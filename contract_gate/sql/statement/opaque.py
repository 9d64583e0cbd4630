"""Statements that are not understood: which words they hold, so that what they name is told and never passed over."""

import re
from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.relation import RelationName
from contract_gate.sql.algebra import Opaque
from contract_gate.sql.comments import without_comments
from contract_gate.sql.statement.routines import ROUTINE_KINDS

_WORD = re.compile(r"[\w$]+")
_OF_NAMES = re.compile(
    r"\s*(?:grant|revoke|deny|comment|analyze|vacuum|refresh|reindex|cluster|optimize|collect|lock|describe|desc|show|explain"
    r"|alter\s+(?:\w+\s+)?(?:index|sequence|default|publication)|create\s+(?:or\s+replace\s+)?(?:\w+\s+){0,2}(?:index|statistics|publication|synonym|sequence)"
    r"|drop\s+(?!table|view|materialized)\w+|exec(?:ute)?\s+(?:sys\.)?sp_\w+)\b",
    re.IGNORECASE,
)
"""Statements that only name a relation or a column: its rows and values are nothing to them."""
_NAMING = (exp.Grant, exp.Revoke, exp.Comment, exp.Analyze, exp.Refresh, exp.Describe)


def opaque(text: str, line: int, *, only_names: bool = False, around: frozenset[str] | None = None) -> Opaque:
    """Note a statement that is not understood by its words; `around`: those of the script that works out what it names."""
    is_of_names = only_names or _OF_NAMES.match(without_comments(text)) is not None
    return Opaque(
        words=words_of(text) | (around or frozenset()), line=max(line, 1), only_names=is_of_names,
        is_dynamic=around is not None,
    )  # fmt: skip


def words_of(text: str) -> frozenset[str]:
    """Give the words of a text in lower case, without those of its comments."""
    return frozenset(word.lower() for word in _WORD.findall(without_comments(text)))


def is_opaque(node: exp.Expr, has_problem: bool) -> bool:
    """Tell whether what a parsed statement names is known by its words alone."""
    if isinstance(node, exp.Create):
        kind = str(node.args.get("kind") or "").upper()
        if kind in ROUTINE_KINDS:
            body = node.args.get("expression")
            return isinstance(body, (exp.Heredoc, exp.RawString, exp.Literal, exp.Insert)) or has_problem
        return has_problem or kind in _TRIGGERS
    return has_problem or isinstance(node, (exp.Command, *_NAMING)) or _sets_columns(node)


_TRIGGERS = frozenset({"TRIGGER", "CONSTRAINT TRIGGER", "SEQUENCE", "DICTIONARY"})


def strings_of_calls(node: exp.Expr) -> str | None:
    """Give the strings that a SELECT without FROM hands to functions nobody knows: statements to run, names of tables.

    `SELECT cron.schedule('nightly', '0 3 * * *', $$INSERT INTO t SELECT a FROM u$$)`.
    """
    if not isinstance(node, exp.Select) or node.args.get("from_") is not None:
        return None
    found = [
        text.name
        for call in node.find_all(exp.Anonymous)
        for text in call.find_all(exp.Literal, exp.Heredoc, exp.RawString)
        if text.args.get("is_string", True)
    ]
    return " ".join(found) or None


def is_of_names(node: exp.Expr) -> bool:
    """Tell whether a statement only names what it is about: a grant, a comment."""
    return isinstance(node, _NAMING) or _sets_columns(node)


_OPTION_OF_COLUMNS = re.compile(r"(?:columns?|fields?|keys?|by)\b", re.IGNORECASE)


def _sets_columns(node: exp.Expr) -> bool:
    """Tell whether an ALTER sets an option whose text lists columns: `SET (timescaledb.compress_segmentby = 'a, b')`."""
    actions = node.args.get("actions") or () if isinstance(node, exp.Alter) else ()
    return any(
        _OPTION_OF_COLUMNS.search(option.this.sql()) is not None
        for action in actions
        if isinstance(action, exp.AlterSet)
        for option in action.find_all(exp.EQ, exp.Property)
        if isinstance(option.this, exp.Expr)
    )


_ROW_POLICY = re.compile(r"\bcreate\s+rls\s+policy\s+(?:if\s+not\s+exists\s+)?\"?(\w+)", re.IGNORECASE)


def with_policies(found: Iterable[Opaque], text: str) -> tuple[Opaque, ...]:
    """Redshift: CREATE RLS POLICY names columns, and only the ATTACH which tables' they are: it names both."""
    every = tuple(found)
    policies = {name.lower() for name in _ROW_POLICY.findall(without_comments(text))}
    made = [
        (name, each.words)
        for name in policies
        for each in every
        if {"create", "rls", "policy", name} <= each.words
    ]
    return tuple(
        replace(each, words=each.words.union(*(words for name, words in made if name in each.words)))
        if {"attach", "rls", "policy"} <= each.words
        else each
        for each in every
    )


def naming(found: Iterable[Opaque], relation: RelationName, column: str | None, of_names: bool) -> int | None:
    """Give the line of a statement that names the relation, and the column where one is given; None: none does.

    A table whose name nobody knows may be any that lost a column which is named.
    `of_names`: statements count too that a change of rows and values is nothing to.
    """
    lost = {word.lower() for word in _WORD.findall(column or "")}
    wanted = {word.lower() for word in _WORD.findall(relation.name)} | lost
    return next(
        (
            each.line
            for each in found
            if wanted
            and (wanted <= each.words or (each.is_dynamic and lost and lost <= each.words))
            and (of_names or not each.only_names)
        ),
        None,
    )
