"""Which files hold a word: looked for in the texts themselves, and in an index of their words where many are asked for.

Both sides of a comparison have most files in common, so a text is kept and looked at once for both.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

_MOST_BYTES = 64_000_000
"""Of texts that are kept; of what is beyond, the words are."""
_FEW = 12
"""Words that are looked for one by one: an index costs about as much as that."""
_ESCAPES = re.compile(rb"\\(?:[nrtbf]|u[0-9a-f]{4})")
_BETWEEN_WORDS = bytes(
    byte if byte >= 0x80 or chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(256)
)
_IN_A_WORD = rb"[0-9A-Za-z_\x80-\xff]"
TextKey = tuple[str, str]
"""A file's path and what is the same where its bytes are."""


@dataclass(slots=True)
class WordSearch:
    """The texts of the files that may hold a reader, in lower case."""

    _texts: dict[TextKey, bytes] = field(default_factory=dict)
    _words: dict[TextKey, frozenset[bytes]] = field(default_factory=dict)
    _found: dict[tuple[TextKey, bytes], bool] = field(default_factory=dict)
    _asked: set[bytes] = field(default_factory=set)
    _bytes: int = 0

    def add(self, key: TextKey, lowered: bytes) -> None:
        """Take in a text."""
        self._bytes += len(lowered)
        if self._bytes > _MOST_BYTES:
            self._words[key] = words_of(lowered)
        else:
            self._texts[key] = lowered

    def holding(self, keys: Iterable[TextKey], words: Collection[bytes]) -> list[TextKey]:
        """Give the texts that hold all of these words, in lower case."""
        self._asked.update(words)
        by_index = len(self._asked) > _FEW
        return [key for key in keys if all(self._holds(key, word, by_index) for word in words)]

    def _holds(self, key: TextKey, word: bytes, by_index: bool) -> bool:
        if by_index and key not in self._words:
            self._words[key] = words_of(self._texts[key])
        known = self._words.get(key)
        if known is not None:
            return word in known
        if (key, word) not in self._found:
            text = self._texts[key]
            self._found[key, word] = word in text and _whole(word).search(text) is not None
        return self._found[key, word]


def words_of(content: bytes) -> frozenset[bytes]:
    """Give the words of a text in lower case; where a string's escape stands before one, with and without it."""
    words = set(content.translate(_BETWEEN_WORDS).split())
    if b"\\" in content:
        words.update(_ESCAPES.sub(b" ", content).translate(_BETWEEN_WORDS).split())
    return frozenset(words)


def _whole(word: bytes) -> re.Pattern[bytes]:
    start = rb"(?:(?<!" + _IN_A_WORD + rb")|(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{4}))"
    return re.compile(start + re.escape(word) + rb"(?!" + _IN_A_WORD + rb")")
