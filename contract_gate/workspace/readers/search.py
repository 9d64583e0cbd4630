"""Which files hold a word: looked for in the texts themselves, and in an index of their words where many are asked for.

Both sides of a comparison have most files in common, so a text is kept and looked at once for both.
"""

import re
from collections.abc import Collection, Mapping

from contract_gate.core.values import dataclass, field

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
    """The texts of the files that may hold a reader, in lower case, until they are `_indexed`: by the words that they hold."""

    _texts: dict[TextKey, bytes] = field(default_factory=dict)
    _indexed: dict[bytes, set[TextKey]] = field(default_factory=dict)
    _found: dict[tuple[TextKey, bytes], bool] = field(default_factory=dict)
    _asked: set[bytes] = field(default_factory=set)
    _bytes: int = 0

    def add(self, key: TextKey, lowered: bytes) -> None:
        """Take in a text."""
        self._bytes += len(lowered)
        if self._bytes > _MOST_BYTES:
            self._index(key, lowered)
        else:
            self._texts[key] = lowered

    def holding(self, held: Mapping[str, TextKey], words: Collection[bytes]) -> list[str]:
        """Give the paths among `held` whose texts hold all of these words, in lower case."""
        self._asked.update(words)
        if words and len(self._asked) > _FEW:
            self._index_all()
            common = set.intersection(*(self._indexed.get(word, set()) for word in words))
            return [path for path, stamp in common if held.get(path) == (path, stamp)]
        return [path for path, key in held.items() if all(self._holds(key, word) for word in words)]

    def _index_all(self) -> None:
        for key, lowered in self._texts.items():
            self._index(key, lowered)
        self._texts.clear()

    def _index(self, key: TextKey, lowered: bytes) -> None:
        for word in words_of(lowered):
            self._indexed.setdefault(word, set()).add(key)

    def _holds(self, key: TextKey, word: bytes) -> bool:
        text = self._texts.get(key)
        if text is None:
            return key in self._indexed.get(word, ())
        if (key, word) not in self._found:
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
