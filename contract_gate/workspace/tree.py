"""The files of one git revision, in the form that the readers of projects ask for."""

from collections.abc import Collection, Mapping

from contract_gate.edge.git import EntryKind, Missing, Repository, Revision


class Tree:
    """`models.files.Files` over a git revision; links and submodules are left out."""

    def __init__(self, repository: Repository, revision: Revision) -> None:
        self._repository, self._revision = repository, revision
        entries = repository.files(revision)
        self._paths = frozenset(path for path, entry in entries.items() if entry.kind is EntryKind.FILE)
        self._stamps = {path: entries[path].id for path in self._paths if not entries[path].on_disk}

    def paths(self) -> frozenset[str]:
        """Give every regular file's path."""
        return self._paths

    def read(self, paths: Collection[str]) -> Mapping[str, bytes | str]:
        """Give the bytes of each file, or the reason why there are none."""
        contents = self._repository.read(self._revision, [path for path in paths if path in self._paths])
        return {
            path: str(content) if isinstance(content, Missing) else content
            for path, content in contents.items()
        }

    def stamps(self) -> Mapping[str, str]:
        """Give the ids of the blobs."""
        return self._stamps
