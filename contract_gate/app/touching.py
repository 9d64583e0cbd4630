"""Whether two changes may meet: one defines, or changes through others, what the other's files name."""

import re
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from contract_gate.compare.changes.change import Change
from contract_gate.core.relation import caseless
from contract_gate.edge.git import ChangedFile, Repository, Revision

_MODELS = frozenset({".sql", ".sqlx", ".csv", ".py"})
_WORD = re.compile(r"\w+")
_DEFINED = re.compile(
    r"\b(?:macro|view|table|function|procedure)\s+(?:if\s+(?:not\s+)?exists\s+)?([\w.`\"\[\]]+)|\bname['\"]?\s*:\s*['\"]?(\w+)"
)


class Touched:
    """What one change defines and names, by the texts of both versions of its files and by what it changes."""

    def __init__(
        self, repository: Repository, revisions: tuple[Revision, Revision], files: Collection[ChangedFile]
    ) -> None:
        texts = [text for revision in revisions for text in _texts(repository, revision, files)]
        self.named = {word for text in texts for word in _WORD.findall(text)}
        self._defined = {
            _WORD.findall(found)[-1]
            for text in texts
            for pair in _DEFINED.findall(text)
            for found in pair
            if _WORD.search(found)
        }
        paths = [PurePosixPath(path.lower()) for file in files for path in file.paths]
        self._defined |= {
            name for path in paths if path.suffix in _MODELS for name in (path.stem, path.parent.name)
        }

    def meets(self, changes: Collection[Change], other: "Touched", theirs: Collection[Change]) -> bool:
        """Tell whether either names what the other defines or changes, or both change one relation."""
        ours, others = _relations(changes), _relations(theirs)
        return bool(
            (self._defined | ours) & other.named or (other._defined | others) & self.named or ours & others
        )


def _relations(changes: Collection[Change]) -> set[str]:
    """Give what relations are called: in the warehouse, and by the files that make them."""
    named = {caseless(change.relation.name) for change in changes if change.relation is not None}
    paths = (change.location.path for change in changes if change.location is not None)
    return named | {PurePosixPath(path.lower()).stem for path in paths if path is not None}


def _texts(repository: Repository, revision: Revision, files: Collection[ChangedFile]) -> Iterator[str]:
    paths = {path for file in files for path in file.paths}
    for content in repository.read(revision, sorted(paths)).values():
        if isinstance(content, bytes):
            yield content.decode("utf-8", "replace").lower()
