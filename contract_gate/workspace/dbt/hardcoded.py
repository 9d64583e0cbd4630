"""Relations that a template names without `ref` or `source`: found by the words behind FROM, JOIN, INTO and the like, without parsing.

May name too many (a CTE, a function), never too few of what is written out; binding decides what a name means.
"""

import re
from collections.abc import Iterator
from functools import partial

from contract_gate.core.facts import read, written
from contract_gate.core.relation import caseless
from contract_gate.workspace.memo import Memo

_BLOCK = re.compile(r"\{\{|\{%|\{#|--|/\*|'")
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}", "--": "\n", "/*": "*/", "'": "'"}
_REFERENCE = re.compile(r"-?\s*(?:this|(?:ref|source)\s*\([^()]*\))\s*-?")
PRINTED = "jinja"
"""Stands in a name for what a template prints there, if that is no plain reference."""
_PART = r"(?:[\"`\[][^\"`\[\]\n]{1,200}+[\"`\]]|[\w$]++)"
_NAME = rf"{_PART}(?:\s*+\.\s*+{_PART}){{0,3}}+"
_BEFORE = r"(?:from|join|into|using|update|table)"
_ALIAS = rf"(?:\s++(?:as\s++)?(?!{_BEFORE}\b)[A-Za-z_]\w*+)?"
_LIST = re.compile(
    rf"\b{_BEFORE}\s++(?:(?:lateral|table|only)\s++)?({_NAME}{_ALIAS}(?:\s*+,\s*+{_NAME}{_ALIAS})*+)",
    re.IGNORECASE,
)
_FIRST = re.compile(rf"\s*+({_NAME})")
_AS = re.compile(
    r"[aA][sS](?<![\w$][aA][sS])\s++(?:[nN][oO][tT]\s++)?(?:(?i:materialized)\s*+)?\(",
)
_PARTS = re.compile(_PART)


def _named_relations(text: str) -> frozenset[str]:
    """Give the last parts, in lower case and without quotes, of the relations that a template writes out; see `PRINTED`."""
    bare = "".join(_pieces(text))
    named = set(_names(bare))
    if all(dotted for _, dotted in named):
        return frozenset(name for name, _ in named)
    ctes = set(_ctes(bare))
    return frozenset(name for name, dotted in named if dotted or name not in ctes)


RELATIONS = Memo(
    "relations that a template writes out or prints",
    _named_relations,
    written,
    partial(read, frozenset),
    32768,
)


def _pieces(text: str) -> Iterator[str]:
    """Give the SQL around templates and comments; what a template prints may be a part of a name."""
    place = 0
    while block := _BLOCK.search(text, place):
        yield text[place : block.start()]
        end = text.find(_ENDS[block[0]], block.end())
        if end < 0:
            yield text[block.end() :] if block[0] == "'" else ""
            return
        yield _printed(text[block.end() : end]) if block[0] == "{{" else " "
        place = end + len(_ENDS[block[0]])
    yield text[place:]


def _printed(expression: str) -> str:
    return "referred" if _REFERENCE.fullmatch(expression) else PRINTED


def _ctes(text: str) -> Iterator[str]:
    """Give the word before each `AS (`, its list of columns passed over.

    They are read backwards: to try every word of a text for what follows it costs more than all else that is asked of it.
    """
    done = 0
    for match in _AS.finditer(text):
        end = _without_space(text, match.start())
        if text[end - 1 : end] == ")":
            opened = text.rfind("(", 0, end)
            if opened < 0 or ")" in text[opened : end - 1]:
                continue
            end = _without_space(text, opened)
        if text[end - 1 : end] in ('"', "`", "]"):
            end -= 1
        start = end
        while start and (text[start - 1].isalnum() or text[start - 1] in "_$"):
            start -= 1
        if done <= start < end:
            done = match.end()
            yield text[start:end].lower()


def _without_space(text: str, end: int) -> int:
    while end and text[end - 1].isspace():
        end -= 1
    return end


def _names(text: str) -> Iterator[tuple[str, bool]]:
    for match in _LIST.finditer(text):
        for item in match[1].split(","):
            if first := _FIRST.match(item):
                parts = _PARTS.findall(first[1])
                yield caseless(parts[-1]), len(parts) > 1
