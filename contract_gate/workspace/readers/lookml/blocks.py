"""The text of LookML as blocks, lists and values with their lines, inside of bounds that `lkml`, which reads it, does not have."""

import re
from functools import lru_cache

from contract_gate.core.values import dataclass
from contract_gate.workspace.readers.values import UnreadableReaderError

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 50
_SEMICOLONS = re.compile(r";+")
_BRACE = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookMLBlock:
    """`key: name { … }`. `values` are its texts with the line where each begins; `lists` those in brackets, key and text."""

    key: str
    name: str
    line: int
    values: tuple[tuple[str, str, int], ...] = ()
    lists: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    blocks: tuple["LookMLBlock", ...] = ()

    def value(self, key: str) -> tuple[str, int] | None:
        """Give the last text under a key and its line."""
        return next(((text, line) for name, text, line in reversed(self.values) if name == key), None)

    def text(self, key: str) -> str | None:
        """Give the last text under a key."""
        found = self.value(key)
        return found[0] if found is not None else None

    def listed(self, key: str) -> tuple[str, ...]:
        """Give what a key lists, in brackets or alone; of pairs the keys."""
        alone = self.text(key)
        many = tuple(pair or item for name, items in self.lists if name == key for pair, item in items)
        return many if alone is None else (*many, alone)

    def inner(self, *keys: str) -> tuple["LookMLBlock", ...]:
        """Give the blocks in it under these keys."""
        return tuple(block for block in self.blocks if block.key in keys)


@lru_cache(maxsize=512)
def blocks(text: str) -> tuple[LookMLBlock, ...]:
    """Read a file. Raises UnreadableReaderError with what is wrong with it."""
    if len(text) > MAX_CHARACTERS:
        raise UnreadableReaderError(f"it is longer than {MAX_CHARACTERS:,} characters")
    text = text.replace("\0", " ")
    if _depth(text) > MAX_DEPTH:
        raise UnreadableReaderError("it is nested too deeply")
    # A semicolon alone would keep lkml's lexer in one place for ever; SQL and HTML lose nothing by it.
    text = _SEMICOLONS.sub(lambda found: ";;".ljust(len(found[0])) if len(found[0]) > 1 else " ", text)
    # Imported here: few repositories have LookML.
    from contract_gate.workspace.readers.lookml.parsing import parsed

    return parsed(text)


def _depth(text: str) -> int:
    depth = deepest = 0
    for found in _BRACE.finditer(text):
        depth = depth + 1 if found[0] == "{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest
