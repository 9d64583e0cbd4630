"""Relations that a template names without `ref` or `source`: found by the words after FROM and JOIN, without parsing.

May name too many (a CTE, a function), never too few of what is written out; binding decides what a name means.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

_BLOCK = re.compile(r"\{\{|\{%|\{#|--|/\*|'")
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}", "--": "\n", "/*": "*/", "'": "'"}
_PART = r"(?:[\"`\[][^\"`\[\]\n]{1,200}+[\"`\]]|[\w$]++)"
_NAME = rf"{_PART}(?:\s*+\.\s*+{_PART}){{0,3}}+"
_ALIAS = r"(?:\s++(?:as\s++)?[A-Za-z_]\w*+)?"
_LIST = re.compile(
    rf"\b(?:from|join)\s++(?:lateral\s++)?({_NAME}{_ALIAS}(?:\s*+,\s*+{_NAME}{_ALIAS})*+)", re.IGNORECASE
)
_FIRST = re.compile(rf"\s*+({_NAME})")
_CTE = re.compile(
    r"([\w$]++)[\"`\]]?\s*+(?:\([^()]*+\)\s*+)?as\s++(?:not\s++)?(?:materialized\s*+)?\(", re.IGNORECASE
)
_PARTS = re.compile(_PART)


@lru_cache(maxsize=16384)
def named_relations(text: str) -> frozenset[str]:
    """Give the last parts, in lower case and without quotes, of the relations that a template writes out."""
    bare = "".join(_pieces(text))
    ctes = {match[1].lower() for match in _CTE.finditer(bare)}
    return frozenset(name for name, dotted in _names(bare) if dotted or name not in ctes)


def _pieces(text: str) -> Iterator[str]:
    """Give the SQL around templates and comments; what a template prints may be a part of a name."""
    place = 0
    while block := _BLOCK.search(text, place):
        yield text[place : block.start()]
        end = text.find(_ENDS[block[0]], block.end())
        if end < 0:
            yield text[block.end() :] if block[0] == "'" else ""
            return
        yield "jinja" if block[0] == "{{" else " "
        place = end + len(_ENDS[block[0]])
    yield text[place:]


def _names(text: str) -> Iterator[tuple[str, bool]]:
    for match in _LIST.finditer(text):
        for item in match[1].split(","):
            if first := _FIRST.match(item):
                parts = _PARTS.findall(first[1])
                yield parts[-1].strip('"`[]').lower(), len(parts) > 1
