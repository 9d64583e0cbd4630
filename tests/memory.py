"""A revision's files that are only in memory, for worlds made of texts."""

from collections.abc import Collection, Mapping

NOT_HERE = "its content is not in this clone"


class MemoryFiles:
    """`contract_gate.workspace.files.Files` over a mapping; a text stands for its bytes, None for bytes that are not to be had."""

    def __init__(self, contents: Mapping[str, str | bytes | None]) -> None:
        self._contents = {
            path: content.encode() if isinstance(content, str) else content
            for path, content in contents.items()
        }

    def paths(self) -> frozenset[str]:
        return frozenset(self._contents)

    def read(self, paths: Collection[str]) -> Mapping[str, bytes | str]:
        there = {path: self._contents[path] for path in paths if path in self._contents}
        return {path: NOT_HERE if content is None else content for path, content in there.items()}

    def stamps(self) -> Mapping[str, str]:
        return {}
