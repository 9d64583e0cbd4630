"""An index of the words of many texts, to find who may name a relation without parsing anything."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache

from contract_gate.core.relation import RelationName, caseless

_WORD = re.compile(r"\w+")
_WILDCARD = re.compile(r"([\w$-]+)\*[`'\"\s]")
"""BigQuery's `events_*` reads every table whose name begins so."""


@lru_cache(maxsize=20_000)
def _words(text: str) -> tuple[frozenset[str], frozenset[str]]:
    lowered = text.lower()
    return frozenset(_WORD.findall(lowered)), frozenset(_WILDCARD.findall(lowered) if "*" in lowered else ())


class WordIndex:
    """Which texts hold which words, whatever their case."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        by_word: dict[str, set[str]] = defaultdict(set)
        self._prefixes: dict[str, set[str]] = defaultdict(set)
        for name, text in texts.items():
            words, prefixes = _words(text)
            for word in words:
                by_word[word].add(name)
            for prefix in prefixes:
                self._prefixes[prefix].add(name)
        self._by_word = by_word

    def naming(self, relation: RelationName) -> frozenset[str]:
        """Give the names of the texts that hold every word of the relation's last part: may be too many, never too few."""
        name = caseless(relation.name)
        words = _WORD.findall(name)
        sets: list[Collection[str]] = [self._by_word.get(word, frozenset()) for word in words]
        found = frozenset[str](frozenset.intersection(*map(frozenset, sets)) if sets else ())
        wild = {text for prefix, texts in self._prefixes.items() if name.startswith(prefix) for text in texts}
        return found | wild
