"""A revision's files that are only in memory, for worlds made of texts."""

from collections.abc import Collection, Mapping


class MemoryFiles:
    """`contract_gate.workspace.files.Files` over a mapping; a text stands for its bytes."""

    def __init__(self, contents: Mapping[str, str | bytes]) -> None:
        self._contents = {
            path: content.encode() if isinstance(content, str) else content
            for path, content in contents.items()
        }

    def paths(self) -> frozenset[str]:
        return frozenset(self._contents)

    def read(self, paths: Collection[str]) -> Mapping[str, bytes | str]:
        return {path: self._contents[path] for path in paths if path in self._contents}

    def stamps(self) -> Mapping[str, str]:
        return {}
