"""The files of one revision as texts: read in batches, decoded once, unreadable ones kept with the reason."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from contract_gate.core.paths import ending_of
from contract_gate.workspace.files import Files, decode

MAX_BYTES = 5_000_000


class TextReader:
    """Give texts by path. `problems`: path → why a file can't be read; `notes`: path → what was mended."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._known = files.paths()
        self._paths = _in_order(self._known)
        self._texts: dict[str, str] = {}
        self.asked: set[str] = set()
        """The paths that were asked for, those of no file too."""
        self._listed: dict[str, list[str]] = {}
        self.problems: dict[str, str] = {}
        self.notes: dict[str, str] = {}

    def under(self, directory: str) -> list[str]:
        """Give the paths in a directory and below it, sorted; "" is the top."""
        if directory not in self._listed:
            self._listed[directory] = self._below(directory)
        return self._listed[directory]

    def reads_alike(self, other: "TextReader") -> bool:
        """Tell whether the other has the same wherever this one was asked: files, texts, and what is wrong with them."""
        if any(other.under(directory) != listed for directory, listed in self._listed.items()):
            return False
        return self.says_alike(other)

    def says_alike(self, other: "TextReader") -> bool:
        """Tell whether the other gives the same texts of every file that this one was asked for.

        What bears one stamp on both sides is the same, and is not read for that.
        """
        stamps, others = self._files.stamps(), other._files.stamps()
        asked = [
            path for path in self.asked if (stamp := stamps.get(path)) is None or others.get(path) != stamp
        ]
        other.fetch(asked)
        return all(
            mine.get(path) == theirs.get(path)
            for mine, theirs in (
                (self._texts, other._texts),
                (self.problems, other.problems),
                (self.notes, other.notes),
            )
            for path in asked
        )

    def stamps(self, paths: Iterable[str]) -> Mapping[str, str] | None:
        """Name what stands at these paths; None where that can't be told of one without reading it."""
        known = self._files.stamps()
        found = {path: known.get(path, "" if path not in self._known else None) for path in sorted(paths)}
        stamps = {path: stamp for path, stamp in found.items() if stamp is not None}
        return stamps if len(stamps) == len(found) else None

    def lacks(self, unread: Mapping[str, str]) -> bool:
        """Tell whether these files can't be read, for these reasons."""
        self.fetch(unread)
        return all(self.problems.get(path) == reason for path, reason in unread.items())

    def take(self, elder: "TextReader", edited: Collection[str]) -> None:
        """Take over what another side has read, but for the edited files. Both have files at the same paths."""
        self._listed = {**elder._listed}
        self.asked = {*elder.asked}
        for mine, theirs in (
            (self._texts, elder._texts), (self.problems, elder.problems), (self.notes, elder.notes),
        ):  # fmt: skip
            mine.update((path, told) for path, told in theirs.items() if path not in edited)
        self.fetch(edited)

    def templates(self) -> Iterator[tuple[str, str]]:
        """Give the files that were read and may hold a template, path and text."""
        return ((path, text) for path, text in self._texts.items() if ending_of(path) != ".csv")

    def _below(self, directory: str) -> list[str]:
        if not directory:
            return self._paths
        prefix = directory + "/"
        start = bisect_left(self._paths, prefix)
        end = bisect_left(self._paths, directory + "0", start)
        return self._paths[start:end]

    def fetch(self, paths: Iterable[str]) -> None:
        """Read many files together: one call of git instead of one a file."""
        asked = list(dict.fromkeys(paths))
        self.asked.update(asked)
        wanted = [path for path in asked if path in self._known and path not in self._texts]
        if not wanted:
            return
        found = self._files.read(wanted)
        for path in wanted:
            self._keep(path, found.get(path, "the file could not be read"))

    def text(self, path: str) -> str | None:
        """Give a file's text, None where there is no such file or it can't be read (`problems` has the reason)."""
        if path not in self._texts:
            self.fetch([path])
        return self._texts.get(path)

    def _keep(self, path: str, content: bytes | str) -> None:
        if isinstance(content, str):
            self.problems[path] = content
        elif len(content) > MAX_BYTES and ending_of(path) != ".csv":
            self.problems[path] = f"it is larger than {MAX_BYTES:,} bytes"
        else:
            # Of a seed only the first rows are looked at.
            decoded = decode(content[:200_000] if ending_of(path) == ".csv" else content)
            self._texts[path] = decoded.text
            if decoded.note:
                self.notes[path] = decoded.note


@lru_cache(maxsize=8)
def _in_order(paths: frozenset[str]) -> list[str]:
    """Each project of a side has readers of the same files."""
    return sorted(paths)
