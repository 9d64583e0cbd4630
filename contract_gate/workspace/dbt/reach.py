"""Which names the texts of a project may reach, by what an earlier look at them found: for a project that is not opened.

May say "perhaps" too often, never too seldom: then the project is opened, and `graph` answers.
"""

import re
from collections.abc import Collection

from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.values import dataclass
from contract_gate.core.world import ModelKind
from contract_gate.workspace.dbt.nodes import ANALYSIS
from contract_gate.workspace.dbt.spelling import could_spell

UNNAMED = (f"{ModelKind.TEST}.", f"{ModelKind.EXPOSURE}.", ANALYSIS)
"""Begin the keys of what nothing can refer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`lost`: keys, and words for what is nobody's, that texts and declarations name and the project does not have. `pieces`: what those
    templates that only join texts could join. `clever`: what the others named when they were parsed; `is_open`: one may name anything,
    `searches`: one sees more when it runs. `written`: last parts of relations that SQL names without a reference; `printed`: what others
    that templates print could be made of.
    """

    lost: frozenset[str] = frozenset()
    pieces: frozenset[str] = frozenset()
    clever: frozenset[str] = frozenset()
    is_open: bool = False
    searches: bool = False
    written: frozenset[str] = frozenset()
    printed: frozenset[str] = frozenset()

    def may_name(self, keys: Collection[str]) -> bool:
        """Tell whether a text may name one of these keys, none of which is the project's own."""
        asked = [key for key in keys if not key.startswith(UNNAMED)]
        return bool(asked) and (self.is_open or any(map(self._may_name, asked)))

    def may_write(self, relation: RelationName) -> bool:
        """Tell whether SQL may name this relation without a reference."""
        word = written_word(relation)
        return word in self.written or could_spell(word, self.printed)

    def _may_name(self, key: str) -> bool:
        wanted = (key, *lost_name(key))
        if any(name in self.lost or name in self.clever for name in wanted):
            return True
        if self.searches and any(map(is_source, wanted)):
            return True
        return bool(self.pieces) and any(
            all(could_spell(part, self.pieces) for part in parts_of(name)) for name in wanted
        )


def written_word(relation: RelationName) -> str:
    """Give the word by which SQL that writes a relation out is found."""
    return caseless(relation.name)


def is_source(key: str) -> bool:
    """Tell whether a key, or the word for one that is gone, is a source's."""
    return key.startswith("source.") or (key.startswith("?") and "." in key)


def missing(name: str) -> str:
    """Give the word that stands for a reference which names nothing."""
    return f"?{name}"


def lost_name(key: str) -> tuple[str, ...]:
    """Give the word that finds references to a model which the project does not have."""
    parts = key.split(".")
    if len(parts) < 3:
        return ()
    return (missing(".".join(parts[2:4]) if parts[0] == "source" else _without_version(parts[2:])),)


def parts_of(key: str) -> tuple[str, ...]:
    """Give the texts that a template must spell to name a key, or the word for one, that is not the project's."""
    return tuple(key.lstrip("?").split("."))[-2:] if key.startswith("?") else (key.split(".")[-1],)


def _without_version(parts: list[str]) -> str:
    is_versioned = len(parts) > 1 and re.fullmatch(r"v[\w.]*\d[\w.]*", parts[-1])
    return ".".join(parts[:-1] if is_versioned else parts)
