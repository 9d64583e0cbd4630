"""Which other projects of the repository a project's texts may name: dbt's `ref` with two arguments says one.

Only these are told to the process that renders it. A model that another project gains or loses is nothing to the templates of one
that names none of its models: what they gave at the base, or in an earlier run, holds.
"""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from contract_gate.core.paths import is_sql

# A pattern that begins with what it looks for is found ten times faster than one that begins with an edge.
_WORD = re.compile(r"ref\b(?<!\wref)(\s*+\()?")
_TOKEN = re.compile(r"(\{[{%])|([%}]\})|\bref\b(\s*+\()?")
_LITERAL = re.compile(r"""\s*+(?:'([^'\\]*)'|"([^"\\]*)")\s*+([,)])""")
_COMPUTED = re.compile(r"[^()*,]*\)")
_BOUND = re.compile(r"\{%[-+]?\s*+for\s++$")
_PRINTED = re.compile(r"\{\{[-+]?\s*+$")
_END = re.compile(r"\s*+[-+]?\}\}")


def named_projects(files: Iterable[tuple[str, str]]) -> frozenset[str] | None:
    """Give the first arguments of references that have more than one, in files (path and text); None where one is computed and may be any."""
    found: set[str] = set()
    for path, text in files:
        named = _named_in(text, is_sql(path))
        if named is None:
            return None
        found |= named
    return frozenset(found)


@lru_cache(maxsize=32768)
def _named_in(text: str, is_template: bool) -> frozenset[str] | None:
    found: set[str] = set()
    words = list(_WORD.finditer(text))
    odd = [word for word in words if word[1] is None]
    for word in words:
        if word[1] is None:
            continue
        if (literal := _LITERAL.match(text, word.end())) is not None:
            if literal[3] == ",":
                found.add(literal[1] if literal[1] is not None else literal[2])
        elif _COMPUTED.match(text, word.end()) is None:
            # A single computed argument would be a model's name.
            odd.append(word)
    return None if odd and _is_open(text, {word.start() for word in odd}, is_template) else frozenset(found)


def _is_open(text: str, places: Collection[int], is_template: bool) -> bool:
    """Tell whether one of these words may name any project: a call whose first argument is computed, or the function as a value.

    In SQL only what stands in a block of the template is run; in YAML and Python a call is one wherever it stands.
    """
    depth = deepest = 0
    is_within = False
    for token in _TOKEN.finditer(text):
        if token[1] or token[2]:
            depth += 1 if token[1] else -1
            deepest = min(depth, deepest)
            is_within = token[1] is not None
        elif token.start() in places:
            is_run = is_within or depth > 0 or (token[3] is not None and not is_template)
            if is_run and (token[3] is not None or not _is_harmless(text, token)):
                return True
    # Where openings and ends are no pairs, nobody knows what is within.
    return is_template and (depth != 0 or deepest < 0)


def _is_harmless(text: str, word: re.Match[str]) -> bool:
    """Tell whether a loop's variable has the name, or it is printed and handed to nobody."""
    before = text[max(word.start() - 40, 0) : word.start()]
    is_printed = _PRINTED.search(before) is not None and _END.match(text, word.end()) is not None
    return is_printed or _BOUND.search(before) is not None
