"""The files of one git revision, in the form that the readers of projects ask for."""

import posixpath
from collections.abc import Collection, Mapping

from contract_gate.edge.git import EntryKind, Missing, Repository, Revision
from contract_gate.workspace.dbt.packages import PROJECT_FILE
from contract_gate.workspace.files import unclosed


class Tree:
    """`models.files.Files` over a git revision; submodules are left out.

    A link of a dbt project is the regular file that it stands for: dbt follows links. Then that file is no model by its own
    path, unless a dbt project has it as well. All other links are left out.
    """

    def __init__(self, repository: Repository, revision: Revision) -> None:
        self._repository, self._revision = repository, revision
        entries = repository.files(revision)
        regular = {path for path, entry in entries.items() if entry.kind is EntryKind.FILE}
        linked = repository.linked(revision)
        roots = (
            {posixpath.dirname(path) for path in regular if posixpath.basename(path) == PROJECT_FILE}
            if linked
            else set()
        )
        followed = {path: real for path, real in linked.items() if _is_within(path, roots)}
        regular -= {real for real in followed.values() if not _is_within(real, roots)}
        self._real = {path: path for path in regular} | followed
        self._paths = frozenset(self._real)
        self._stamps = {
            path: entries[real].id for path, real in self._real.items() if not entries[real].on_disk
        }

    def paths(self) -> frozenset[str]:
        """Give every regular file's path."""
        return self._paths

    def read(self, paths: Collection[str]) -> Mapping[str, bytes | str]:
        """Give the bytes of each file, or the reason why there are none."""
        wanted = {path: self._real[path] for path in paths if path in self._real}
        contents = self._repository.read(self._revision, wanted.values())
        found = {path: contents[real] for path, real in wanted.items()}
        return {
            path: str(content) if isinstance(content, Missing) else unclosed(content) or content
            for path, content in found.items()
        }

    def stamps(self) -> Mapping[str, str]:
        """Give the ids of the blobs."""
        return self._stamps


def _is_within(path: str, roots: Collection[str]) -> bool:
    above = posixpath.dirname(path)
    while above not in roots and above:
        above = posixpath.dirname(above)
    return above in roots
