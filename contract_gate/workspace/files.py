"""Files at one revision, as the readers of projects see them: paths and bytes, no git and no disk."""

import posixpath
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from contract_gate.core.values import dataclass


class Files(Protocol):
    """Give the files of one revision; paths are relative to the repository, `/` between."""

    def paths(self) -> frozenset[str]:
        """Give every path of the revision."""

    def read(self, paths: Collection[str]) -> Mapping[str, bytes | str]:
        """Give the bytes of each file; a `str` is the reason why there are none (a partial clone, a limit)."""

    def stamps(self) -> Mapping[str, str]:
        """Give what is the same for a path of two revisions where its bytes are; nothing of what would have to be read for it."""


YAML = (".yml", ".yaml")
_VENDORED = frozenset({"dbt_packages", "dbt_modules", "node_modules", ".venv", "venv", "site-packages"})


def is_vendored(path: str) -> bool:
    """Tell whether a file or folder is another program's, that somebody put here."""
    return not _VENDORED.isdisjoint(path.split("/"))


def is_below(path: str, folder: str) -> bool:
    """Tell whether a file lies in a folder or below it; "" is the repository's top."""
    return not folder or path.startswith(f"{folder}/")


def stem_of(path: str) -> str:
    """Give a file's name without its folders and its last ending."""
    return posixpath.splitext(posixpath.basename(path))[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText:
    """A file's text with `\\n` line ends; `note` says what was mended to read it."""

    text: str
    note: str | None = None


_PAIRS = ((b"/*", b"*/"), (b"{#", b"#}"), (b"{%", b"%}"), (b"{{", b"}}"))
_SMALL, _MOST_OPEN = 10_000, 500


def unclosed(content: bytes) -> str | None:
    """Say why a file is not read that opens comments or tags by the hundred and closes none of them.

    Whatever looks for their ends reads to the end of the file for each: megabytes of them would take hours.
    """
    if len(content) < _SMALL:
        return None
    for opening, closing in _PAIRS:
        count = content.count(opening, content.rfind(closing) + 1)
        if count > _MOST_OPEN:
            return f"it has `{opening.decode()}` {count:,} times and nothing that closes it"
    return None


def read_texts(files: Files, paths: Iterable[str], problems: dict[str, str] | None = None) -> dict[str, str]:
    """Give the texts of the files that can be read; `problems` takes the reasons why others can't be."""
    read = files.read(sorted(paths))
    if problems is not None:
        problems.update({path: content for path, content in read.items() if isinstance(content, str)})
    return {path: decode(content).text for path, content in read.items() if isinstance(content, bytes)}


_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def decode(content: bytes) -> FileText:
    """Read a file's bytes as text: UTF-8, or what its byte-order mark says. Bytes that are neither are replaced."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    return _decoded(content, _guess(content))


def _guess(content: bytes) -> str:
    head = content[:200]
    if head and head.count(b"\x00") * 3 >= len(head):
        return "utf-16-be" if head[:1] == b"\x00" else "utf-16-le"
    return "utf-8"


def _decoded(content: bytes, encoding: str) -> FileText:
    note = None
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode(encoding, "replace")
        note = f"the file is not valid {encoding.upper()}; the bytes that are not were replaced"
    return FileText(text=with_line_ends(text), note=note)


def with_line_ends(text: str) -> str:
    """Write every end of a line as `\\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
