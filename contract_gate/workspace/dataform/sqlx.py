"""An `.sqlx` file cut into its blocks: `config`, `js`, `pre_operations`…, and the SQL between them.

https://cloud.google.com/dataform/docs/dataform-core
"""

import re

from contract_gate.core.values import dataclass, field
from contract_gate.sql.comments import blank
from contract_gate.workspace.dataform.tokens import NotRead, closing_brace

_BLOCK = re.compile(
    r"(?P<skip>--[^\n]*|/\*.*?\*/|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`)"
    r"|^[ \t]*(?P<word>config|js|pre_operations|post_operations|incremental_where|input(?:\s+[^{\n]*)?)\s*(?=\{)",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlxBlock:
    """The text between a block's braces, and the line where it begins."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sqlx:
    """A file's parts. `sql` is the file with all blocks blanked out, so that lines and columns stay."""

    sql: str
    config: SqlxBlock | None = None
    js: tuple[SqlxBlock, ...] = ()
    others: dict[str, list[SqlxBlock]] = field(default_factory=dict)


def cut(text: str) -> Sqlx | str:
    """Cut a file into its blocks; a `str` is the reason why it can't be."""
    config: SqlxBlock | None = None
    js: list[SqlxBlock] = []
    others: dict[str, list[SqlxBlock]] = {}
    kept: list[str] = []
    position = 0
    while (found := _BLOCK.search(text, position)) is not None:
        if found["skip"] is not None:
            kept.append(text[position : found.end()])
            position = found.end()
            continue
        try:
            end = _block_end(text, text.index("{", found.end("word")), found["word"])
        except NotRead as error:
            return f"line {text.count(chr(10), 0, found.start('word')) + 1}: {error}"
        opening = text.index("{", found.end("word"))
        block = SqlxBlock(text=text[opening + 1 : end], line=text.count("\n", 0, opening) + 1)
        word = found["word"].split()[0]
        if word == "config":
            config = block
        elif word == "js":
            js.append(block)
        else:
            others.setdefault(word, []).append(block)
        kept.append(text[position : found.start()] + blank(text[found.start() : end + 1]))
        position = end + 1
    kept.append(text[position:])
    return Sqlx(sql="".join(kept), config=config, js=tuple(js), others=others)


def _block_end(text: str, opening: int, word: str) -> int:
    """Find a block's last brace. In blocks of SQL a lone quote or `//` is no JavaScript: only braces count there."""
    if word in ("config", "js"):
        return closing_brace(text, opening)
    depth = 0
    for index in range(opening, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if depth == 0:
            return index
    raise NotRead("a brace is not closed")
