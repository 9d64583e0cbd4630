"""What git tells: revisions, changed files, entries, and the reasons why a file has no bytes. Values only."""

from enum import StrEnum

from contract_gate.core.errors import GitError
from contract_gate.core.printable import escaped
from contract_gate.core.values import dataclass


class RevisionKind(StrEnum):
    """Where a version of the files stands."""

    COMMIT = "commit"
    INDEX = "index"
    WORKING_TREE = "working-tree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One version of the files. `sha` is a commit's or tree's full id, None for the index and the working tree.

    `label` is for people and holds no control characters (`HEAD^1`, `origin/main`, `the index`).
    """

    kind: RevisionKind
    sha: str | None = None
    label: str = ""

    @property
    def id(self) -> str:
        """Give the sha, or `index` / `working-tree`: what `Report.base` and `Report.head` hold."""
        return self.sha or self.kind.value

    @property
    def treeish(self) -> str:
        """Give the id that git's plumbing takes; GitError where there is none."""
        if self.sha is None:
            raise GitError(f"{self.label or self.kind} is no commit, so it can't be the base of a comparison")
        return self.sha

    def __str__(self) -> str:
        if self.sha is None:
            return self.label or self.kind.value
        return f"{self.label} ({self.sha[:10]})" if self.label else self.sha[:10]


INDEX = Revision(kind=RevisionKind.INDEX, label="the index")
WORKING_TREE = Revision(kind=RevisionKind.WORKING_TREE, label="the working tree")


def shown_ref(ref: str) -> str:
    """Write a branch's full ref as people do: `origin/main`, `main`."""
    return display(ref.removeprefix("refs/remotes/").removeprefix("refs/heads/"))


def branch_of(ref: str) -> str:
    """Give the branch's own name, without the remote that it is at."""
    return ref.split("/", 3)[-1] if ref.startswith("refs/remotes/") else ref.removeprefix("refs/heads/")


class FileStatus(StrEnum):
    """What happened to a file between two revisions."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    COPIED = "copied"
    TYPE_CHANGED = "type-changed"


class EntryKind(StrEnum):
    """What an entry of a tree is. Only regular files are read; a link may stand for one (`Repository.linked`), a submodule is foreign."""

    FILE = "file"
    SYMLINK = "symbolic link"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """A path's blob id and mode at a revision. `on_disk`: the bytes are the working tree's, not the object's."""

    id: str
    mode: str
    on_disk: bool = False

    @property
    def kind(self) -> EntryKind:
        match self.mode:
            case "120000":
                return EntryKind.SYMLINK
            case "160000":
                return EntryKind.SUBMODULE
            case _:
                return EntryKind.FILE

    @property
    def is_committed_link(self) -> bool:
        """Tell whether it is a symbolic link whose words git has."""
        return self.kind is EntryKind.SYMLINK and not self.on_disk


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file that differs between two revisions; its lines come from `Repository.changed_lines`.

    `path` is the path at the head (at the base for a deleted file), `old_path` the one at the base (None for an
    added file). Bytes that are no UTF-8 are kept as surrogates: print paths through `display`.
    `old` and `new` are None where the side has no such file.
    """

    path: str
    status: FileStatus
    old_path: str | None = None
    old: TreeEntry | None = None
    new: TreeEntry | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Give the file's paths at the head and at the base, each once."""
        return (self.path,) if self.old_path in (None, self.path) else (self.path, self.old_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRange:
    """Lines of the head's file, from 1, both ends included.

    Where lines were only removed it is the line before them (the first line at the top of the file).
    """

    start: int
    end: int


class MissingReason(StrEnum):
    """Why a path has no bytes at a revision. Only `ABSENT` says that there is no such file."""

    ABSENT = "absent"
    NOT_FETCHED = "not-fetched"
    TOO_LARGE = "too-large"
    SYMLINK = "symbolic-link"
    SUBMODULE = "submodule"
    UNREADABLE = "unreadable"
    TRACKED = "tracked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """There are no bytes for a path; `detail` is a sentence's end for a person (`too large (52 MB)`)."""

    reason: MissingReason
    detail: str

    def __str__(self) -> str:
        return self.detail


ABSENT = Missing(reason=MissingReason.ABSENT, detail="there is no such file at this revision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """The two sides of a comparison. `how` is a sentence for a person: how they were chosen, and what was left out.

    `authority` is set where the base may be the change's author's own commit: what decides is read there (an empty tree
    where the default branch can't be had), and `doubt` says why.
    """

    base: Revision
    head: Revision
    how: str
    authority: Revision | None = None
    doubt: str | None = None

    @property
    def trusted(self) -> Revision:
        """Give the revision whose configuration, waivers and named files count."""
        return self.authority or self.base


def too_large(size: int) -> Missing:
    """Say of a file of so many bytes why it is not read."""
    return Missing(reason=MissingReason.TOO_LARGE, detail=f"too large ({-(-size // 1_000_000)} MB)")


def display(path: str) -> str:
    r"""Make a path or a ref fit to print: control characters and bytes that are no UTF-8 become `\x1b`, `\udcff`.

    Line separators and bidirectional overrides are escaped too, so that a name can't pose as another.
    """
    return escaped(path)
