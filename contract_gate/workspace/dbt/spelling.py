"""Could a template compute this name? A quick "no" for names that none of its words could make.

Sound for templates that only pass texts on and join them: then a name is a row of texts that stand somewhere in the
template, in the macros that it reaches, or in the project's variables. Anything cleverer is never refused.
"""

import re
from collections.abc import Collection, Iterable, Mapping

from contract_gate.core.relation import caseless
from contract_gate.workspace.dbt.references import ReferenceScan
from contract_gate.workspace.documents import Plain

# Words with which a template can make a text that is no row of its literals, or get one from elsewhere.
_COMPUTING = frozenset({
    "graph", "replace", "lower", "upper", "title", "capitalize", "format", "split", "rsplit", "partition",
    "strip", "lstrip", "rstrip", "trim", "truncate", "sub", "removeprefix", "removesuffix", "swapcase",
    "reverse", "regex", "re", "wordwrap", "center", "zfill", "env_var", "fromjson", "fromyaml", "tojson",
    "run_query", "load_result", "get_columns_in_relation", "get_column_values", "star", "join", "map",
    "sort",
})  # fmt: skip

_NAME = re.compile(r"[\w$.\"`\[\]-]{1,200}")


def computes_names(texts: Iterable[ReferenceScan]) -> bool:
    """Tell whether a template may change texts or get them from elsewhere."""
    return any(not _COMPUTING.isdisjoint(text.names) for text in texts)


def pieces(texts: Iterable[ReferenceScan], variables: Iterable[str]) -> frozenset[str]:
    """Give every text that stands in a template: literals, names of keywords and attributes, values of variables."""
    found = set(variables)
    for text in texts:
        found |= text.literals | text.names
    found.discard("")
    return frozenset(found)


def last_parts(texts: Iterable[str]) -> frozenset[str]:
    """Give the last parts, in lower case and without quotes, of the texts that are names of relations or parts of one."""
    return frozenset(
        caseless(text.rpartition(".")[2]) for text in texts if _NAME.fullmatch(text) is not None
    ) - {""}


def could_spell(name: str, from_: Collection[str]) -> bool:
    """Tell whether a name is a row of these pieces and digits."""
    ends = {0}
    for end in range(1, len(name) + 1):
        if (name[end - 1].isdigit() and end - 1 in ends) or any(name[start:end] in from_ for start in ends):
            ends.add(end)
    return len(name) in ends


class Spellers:
    """Templates by what they could spell: key → the pieces of each. Asked for many names, most of which few can."""

    def __init__(self, pieces_of: Mapping[str, frozenset[str]]) -> None:
        self._pieces_of = pieces_of
        self._having: dict[str, set[str]] = {}
        for key, found in pieces_of.items():
            for piece in found:
                self._having.setdefault(piece, set()).add(key)
        self._all = set(pieces_of)
        self._known: dict[str, frozenset[str]] = {}

    @property
    def pieces(self) -> frozenset[str]:
        """Give the pieces of all of them."""
        return frozenset(self._having)

    def of(self, name: str) -> frozenset[str]:
        """Give the keys of the templates that could spell a name."""
        if name not in self._known:
            # A row of pieces begins with one that the name begins with, and ends with one that it ends with.
            starts = self._any(name[:end] for end in range(1, len(name) + 1))
            ends = self._any(name[start:] for start in range(len(name)))
            near = (self._all if not name or name[0].isdigit() else starts) & (
                self._all if not name or name[-1].isdigit() else ends
            )
            self._known[name] = frozenset(key for key in near if could_spell(name, self._pieces_of[key]))
        return self._known[name]

    def _any(self, texts: Iterable[str]) -> set[str]:
        return {key for text in texts for key in self._having.get(text, ())}


def texts_of(value: Plain) -> Iterable[str]:
    """Give every text within a setting, keys included."""
    match value:
        case str():
            yield value
        case dict():
            for key, item in value.items():
                yield key
                yield from texts_of(item)
        case list():
            for item in value:
                yield from texts_of(item)
        case _:
            yield str(value)
