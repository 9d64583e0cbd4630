"""What of a template decides its SQL by answers that only the warehouse has: loops over columns, queries that run while it renders.

Such code is rendered with one word for all answers, so that two templates may render alike and make other SQL. The code itself
is compared then.
"""

import re
from collections.abc import Iterable, Iterator

from contract_gate.core.world import Hole, HoleKind
from contract_gate.workspace.content import text_digest, without_template_comments

_TAG = re.compile(r"\{%-?\s*(?P<word>\w+).*?%\}|\{\{-?\s*(?P<called>\w+).*?\}\}", re.DOTALL)
_SEEN = frozenset({
    "config", "ref", "source", "this", "var", "env_var", "endfor", "docs", "test", "materialization", "log", "print",
})  # fmt: skip
"""Calls whose answers stand in the rendered SQL, and words that decide nothing."""
_SAYS = re.compile(r"\{%-?\s*do\s+(?:log|print|exceptions\s*\.\s*warn)\b")
"""Tells people something, and the SQL nothing."""
_ASKING = re.compile(
    r"\{%-?\s*for\b|\brun_query\b|\bstatement\b|\badapter\s*\.|\bget_\w*(?:columns?|relations?|values?)\w*\b|\bexecute\b"
)


def asks(template: str, macros: Iterable[str], holes: Iterable[Hole]) -> str | None:
    """Digest the code that goes by the warehouse's answers; None where none was missed (`holes`). Layout and comments don't count."""
    if not any(hole.kind in (HoleKind.QUERY, HoleKind.CODE) for hole in holes):
        return None
    reached = [without_template_comments(text) for text in macros if _ASKING.search(text) is not None]
    code = [*_code(without_template_comments(template)), *sorted(reached)]
    words = (_SPACE.sub(r"\1", re.sub(r"(?<=[{%])-|-(?=[%}])", "", " ".join(part.split()))) for part in code)
    return text_digest("\n".join(words))


_SPACE = re.compile(r" ?([^\w '\"]) ?")


def _code(template: str) -> Iterator[str]:
    """Give the tags that decide, and all that stands in a loop, in a text that is kept or in a call's block."""
    depth, position = 0, 0
    for tag in _TAG.finditer(template):
        if depth:
            yield template[position : tag.start()]
        if depth or ((tag["word"] or tag["called"]) not in _SEEN and _SAYS.match(tag[0]) is None):
            yield tag[0]
        word = tag["word"] or ""
        if word in ("for", "call") or (word == "set" and "=" not in tag[0]):
            depth += 1
        elif word in ("endfor", "endcall", "endset"):
            depth -= 1
        position = tag.end()
