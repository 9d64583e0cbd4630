"""An index of the words of many texts, to find who may name a relation without parsing anything."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping

from contract_gate.core.facts import Json
from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.remembering import kept_facts
from contract_gate.workspace.memo import Memo

_WORD = re.compile(r"\w+")
_WILDCARD = re.compile(r"([\w$-]+)\*[`'\"\s]")
"""BigQuery's `events_*` reads every table whose name begins so."""


_Words = tuple[frozenset[str], frozenset[str]]
"""The words of a text, and what its wildcards begin with."""


def _words(text: str) -> _Words:
    lowered = text.lower()
    return frozenset(_WORD.findall(lowered)), frozenset(_WILDCARD.findall(lowered) if "*" in lowered else ())


def _written(words: _Words) -> Json:
    return [list[Json](sorted(each)) for each in words]


def _read(fact: Json) -> _Words:
    words, prefixes = fact if isinstance(fact, list) else ([], [])
    return _listed(words), _listed(prefixes)


def _listed(fact: Json) -> frozenset[str]:
    return (
        frozenset(each for each in fact if isinstance(each, str)) if isinstance(fact, list) else frozenset()
    )


WORDS = Memo("words", _words, _written, _read, 20_000)


class WordIndex:
    """Which texts hold which words, whatever their case. `own`: a relation that a text makes and does not read."""

    def __init__(self, texts: Mapping[str, str], own: Mapping[str, RelationName] | None = None) -> None:
        self._makers: dict[RelationName, set[str]] = defaultdict(set)
        for name, relation in (own or {}).items():
            self._makers[relation].add(name)
        self._known: dict[RelationName, frozenset[str]] = {}
        by_word: dict[str, set[str]] = defaultdict(set)
        self._prefixes: dict[str, set[str]] = defaultdict(set)
        WORDS.take(texts.items(), kept_facts())
        for name, text in texts.items():
            words, prefixes = WORDS(text)
            for word in words:
                by_word[word].add(name)
            for prefix in prefixes:
                self._prefixes[prefix].add(name)
        self._by_word = by_word

    def naming(self, relation: RelationName) -> frozenset[str]:
        """Give the names of the texts that may read it: of those that hold every word of its last part. May be too many, never too few."""
        if relation not in self._known:
            self._known[relation] = self._naming(relation)
        return self._known[relation]

    def _naming(self, relation: RelationName) -> frozenset[str]:
        name = caseless(relation.name)
        words = _WORD.findall(name)
        sets: list[Collection[str]] = [self._by_word.get(word, frozenset()) for word in words]
        found = frozenset[str](frozenset.intersection(*map(frozenset, sets)) if sets else ())
        wild = {text for prefix, texts in self._prefixes.items() if name.startswith(prefix) for text in texts}
        return (found - self._makers.get(relation, set())) | wild
