"""Which other projects of the repository a project's texts may name: dbt's `ref` with two arguments says one.

Only these are told to the process that renders it. A model that another project gains or loses is nothing to the templates of one
that names none of its models: what they gave at the base, or in an earlier run, holds.
"""

import re
from collections.abc import Iterable

_CALL = re.compile(r"\bref\s*\(")
_LITERAL = re.compile(r"""\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*([,)])""")
_COMPUTED = re.compile(r"[^()*,]*\)")
_PASSED_ON = re.compile(r"\{[{%](?:(?![%}]\}).)*?\bref\b(?!\s*\()", re.DOTALL)
"""The function itself as a value: whoever has it may call it with anything."""


def named_projects(texts: Iterable[str]) -> frozenset[str] | None:
    """Give the first arguments of references that have more than one; None where one is computed and may be any."""
    found: set[str] = set()
    for text in texts:
        if "ref" not in text:
            continue
        if _PASSED_ON.search(text) is not None:
            return None
        for call in _CALL.finditer(text):
            literal = _LITERAL.match(text, call.end())
            if literal is None:
                # A single computed argument is a model's name.
                if _COMPUTED.match(text, call.end()) is None:
                    return None
            elif literal[3] == ",":
                found.add(literal[1] if literal[1] is not None else literal[2])
    return frozenset(found)
