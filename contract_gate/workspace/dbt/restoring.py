"""Compiled SQL put back into the words of a rendering: dbt's text with the repository's names, and its lines.

dbt writes the CTEs of ephemeral models into their readers, and names of the target that it ran against. Both are undone,
so that one text can be held against another side's, and against what the templates give by themselves.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import SequenceMatcher

from contract_gate.core.world import PLACEHOLDER
from contract_gate.workspace.dbt.artifacts import CompiledNode, RelationPlace
from contract_gate.workspace.files import with_line_ends

_CTE = re.compile(r"\s*(__dbt__cte__\w+)\s+as\s*\(", re.IGNORECASE)
_SAMPLED = re.compile(r"_dbt_limit_subq_|_dbt_et_filter_subq_|\bwhere false limit 0\b")
_MOST_LINES = 20_000


class UnusableError(Exception):
    """Say why a compiled text can't be used: the end of a sentence."""


def restored(node: CompiledNode, places: Mapping[str, RelationPlace], written: Mapping[str, str]) -> str:
    """Give a node's compiled SQL with the names of `written` (key → name) for what dbt wrote. Raises UnusableError."""
    if node.code is None:
        raise UnusableError("dbt has not compiled it")
    code = with_line_ends(node.code)
    if _SAMPLED.search(code):
        raise UnusableError("it was compiled with --empty or --sample")
    names = {
        name: written[key]
        for key in (*node.nodes, node.key)
        if key in places and key in written
        for name in (places[key].written,)
        if name
    }
    for key, text in node.injected:
        name = _CTE.match(text)
        if name is None or key not in written:
            raise UnusableError(f"dbt wrote the ephemeral model {key} into it, which is not known here")
        names[name[1]] = written[key]
    bare = _without(code, [with_line_ends(text) for _, text in node.injected])
    if _CTE.search(bare):
        raise UnusableError("the ephemeral models that dbt wrote into it were not found")
    return _renamed(bare, names)


def mapped_lines(code: str, known: Sequence[str], lines: Sequence[int]) -> tuple[int, ...]:
    """Give the source line of each line of a text: that of the same line of `known`, whose source lines are `lines`.

    Lines that are not there stand for those that are missing at the same place; more of them have the last one's line.
    """
    own = [line.strip() for line in code.splitlines()]
    if not lines or not known or len(own) + len(known) > _MOST_LINES:
        return (1,) * len(own)
    found: list[int] = []
    matcher = SequenceMatcher(None, own, [line.strip() for line in known])
    for _, start, end, first, after in matcher.get_opcodes():
        last = max(after - 1, first - 1, 0)
        found += (lines[min(first + offset, last, len(lines) - 1)] for offset in range(end - start))
    return tuple(found)


def branch_of(code: str, full: str, increment: str) -> bool | None:
    """Tell whether a text is the one of an incremental run, by the lines that only one of both has; None: can't be told."""
    own = _lines(code)
    only_full, only_increment = _lines(full) - _lines(increment), _lines(increment) - _lines(full)
    is_full, is_increment = bool(own & only_full), bool(own & only_increment)
    if is_full != is_increment:
        return is_increment
    # Neither has a line of its own that is there: a branch without such lines must be meant, if the other's are known.
    if not is_full and bool(only_full) != bool(only_increment):
        is_known = any(PLACEHOLDER not in line for line in only_full | only_increment)
        return bool(only_full) if is_known else None
    return None


def _without(code: str, ctes: Collection[str]) -> str:
    """Take out the CTEs that dbt wrote: https://github.com/dbt-labs/dbt-core, `inject_ctes_into_sql` in compilation.py."""
    if not ctes:
        return code
    block = ", ".join(ctes)
    before, found, after = code.partition(block)
    if not found:
        raise UnusableError("the ephemeral models that dbt wrote into it were not found")
    rest = after.lstrip()
    if rest.startswith(","):
        return before + rest[1:]
    without = re.sub(r"\bwith\s*$", "", before, flags=re.IGNORECASE)
    if without == before:
        raise UnusableError("the ephemeral models that dbt wrote into it were not found")
    return without + after


def _renamed(code: str, names: Mapping[str, str]) -> str:
    if not names:
        return code
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w\"`.$\[])(?:{listed})(?![\w\"`$\]])")
    return pattern.sub(lambda match: names[match[0]], code)


def _lines(text: str) -> set[str]:
    return {stripped for line in text.splitlines() if (stripped := " ".join(line.split()))}
