"""A git repository, read only: revisions, changed files and bytes. Nothing here writes to the work tree or the index.

`contract_gate.edge.git.choice` decides which revisions are compared; `contract_gate.edge.git.history` may fetch.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType

from contract_gate.core.errors import GitError, UsageError
from contract_gate.edge.git import diff, worktree
from contract_gate.edge.git.blobs import Blobs
from contract_gate.edge.git.command import Git, failure
from contract_gate.edge.git.diff import path_text
from contract_gate.edge.git.links import real_files, target_of, with_links
from contract_gate.edge.git.revision import (
    ABSENT,
    ChangedFile,
    EntryKind,
    LineRange,
    Missing,
    MissingReason,
    Revision,
    RevisionKind,
    Revisions,
    TreeEntry,
    display,
)

_LONGEST_LINK = 4_096
LARGEST_FILE = 10_000_000
_OWN_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)
_OLDEST_GIT = (2, 31)


class Repository:
    """One repository. Use it in a `with` block, or call `close` when no more files are read."""

    def __init__(self, git: Git) -> None:
        self.git = git
        self._blobs = Blobs(git)
        self._trees: dict[str, Mapping[str, TreeEntry]] = {}
        self._linked: dict[str, Mapping[str, str]] = {}
        self._differing: dict[tuple[str, str], tuple[ChangedFile, ...]] = {}
        self._filterless: Git | None = None

    @classmethod
    def open(cls, path: Path | str = ".", environment: Mapping[str, str] | None = None) -> "Repository":
        """Open the repository that holds `path`; GitError if there is none or git is too old.

        `environment` is the process's (default: `os.environ`). GIT_DIR, GIT_INDEX_FILE and their kind count only
        when `path` is in the repository that the process stands in: a hook's variables are not for other ones.
        """
        outer = os.environ if environment is None else environment
        directory = Path(path).resolve()
        trusted = [("safe.directory", each) for each in _trusted(directory)]
        git = Git(directory, outer, config=trusted)
        _check_version(git)
        variables = _own_variables(git, outer)
        top = _top(Git(directory, outer, config=trusted, variables=variables))
        return cls(Git(top, outer, config=trusted, variables=variables))

    def __enter__(self) -> "Repository":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes that read files."""
        self._blobs.close()

    @property
    def root(self) -> Path:
        """Give the absolute top directory: paths of files are relative to it, with `/` between."""
        return self.git.directory

    def inner(self, path: Path) -> str | None:
        """Give the repository's name of a path that leads into the working tree, by name or by a link; None outside."""
        top = self.root.resolve()
        for place in (Path(os.path.normpath(Path.cwd() / path)), path.resolve()):
            if place != top and place.is_relative_to(top):
                return place.relative_to(top).as_posix()
        return None

    def resolve(self, ref: str) -> Revision:
        """Find the commit that a ref or an abbreviated id names. UsageError for a ref that can't be one."""
        found = self.named(ref)
        if found is None:
            hint = "check the spelling; in a shallow clone set fetch-depth: 0 or fetch the ref first"
            raise GitError(f"git knows no commit named {display(ref)!r}", hint)
        return found

    def named(self, ref: str) -> Revision | None:
        """Find the commit as `resolve` does, None where there is none here."""
        sha = self.find(ref)
        return None if sha is None else Revision(kind=RevisionKind.COMMIT, sha=sha, label=display(ref))

    def find(self, ref: str) -> str | None:
        """Give the id of the commit that a ref names, or None where there is none here."""
        if not ref or ref.startswith("-") or any(ord(char) < 32 for char in ref):
            raise UsageError(
                f"{display(ref)!r} is no name of a revision", "give a branch, a tag or a commit's id"
            )
        if ".." in ref:
            raise UsageError(f"{display(ref)!r} is a range", "give its ends apart: --base A --head B")
        return self.git.line("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")

    def empty_tree(self) -> Revision:
        """Give the tree without files, in the hash that this repository uses."""
        sha = self.git.run("hash-object", "-t", "tree", "--stdin").decode("ascii").strip()
        return Revision(kind=RevisionKind.COMMIT, sha=sha, label="no files")

    def merge_base(self, one: Revision, other: Revision) -> Revision | None:
        """Find the best common ancestor; None where the histories that are here do not meet."""
        sha = self.git.line("merge-base", one.treeish, other.treeish)
        return None if sha is None else Revision(kind=RevisionKind.COMMIT, sha=sha, label="the merge base")

    def remote(self) -> str | None:
        """Give `origin`, or the only other remote."""
        remotes = self.git.ask("remote").stdout.decode("utf-8", "replace").split()
        if "origin" in remotes:
            return "origin"
        return remotes[0] if len(remotes) == 1 else None

    def default_branch(self) -> str | None:
        """Give the full ref of the default branch (`refs/remotes/origin/main`), or None if it can't be told.

        The remote's HEAD; else `init.defaultBranch`, `main` or `master`, the remote's before the local one.
        """
        remote = self.remote()
        if remote and (head := self.git.line("symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD")):
            return head
        configured = self.git.line("config", "--get", "init.defaultBranch")
        names = dict.fromkeys(name for name in (configured, "main", "master") if name)
        places = (*((f"refs/remotes/{remote}/",) if remote else ()), "refs/heads/")
        candidates = (f"{place}{name}" for name in names for place in places)
        return next((ref for ref in candidates if self.find(ref)), None)

    def usual_branch(self) -> str | None:
        """Give the short name of the branch that the remote has under a usual name, where it does not say which is its default."""
        prefix = f"refs/remotes/{self.remote()}/"
        guessed = self.default_branch()
        return guessed.removeprefix(prefix) if guessed and guessed.startswith(prefix) else None

    def is_at_least(self, version: tuple[int, int]) -> bool:
        """Tell whether this git is of a version or a later one."""
        return _version(self.git) >= version

    def has_uncommitted_changes(self) -> bool:
        """Tell whether the working tree or the index holds anything that HEAD does not, untracked files included."""
        return self._has_work_tree() and worktree.is_dirty(self._without_filters())

    def changed_files(self, base: Revision, head: Revision) -> tuple[ChangedFile, ...]:
        """List every file that differs, renames found, in the order of paths. GitError instead of an empty list.

        A symbolic link that stands for a regular file is listed with that file's entries, when these differ; submodules and all other
        links with their own kind in `old` and `new`.
        """
        changed = self.differing(base, head)
        sides = [self.linked(side) for side in (base, head)]
        return (
            with_links(changed, sides, [self.files(side) for side in (base, head)]) if any(sides) else changed
        )

    def differing(self, base: Revision, head: Revision) -> tuple[ChangedFile, ...]:
        """List what git itself says differs, as `changed_files` does, links as links: no tree is listed for it.

        As it was when it was first asked for.
        """
        if (base.id, head.id) not in self._differing:
            self._differing[base.id, head.id] = self._differs(base, head)
        return self._differing[base.id, head.id]

    def _differs(self, base: Revision, head: Revision) -> tuple[ChangedFile, ...]:
        match head.kind:
            case RevisionKind.WORKING_TREE:
                return worktree.changed_since(self._without_filters(), base.treeish)
            case RevisionKind.INDEX:
                return self._raw("diff-index", "--cached", *diff.RAW, base.treeish, "--")
            case RevisionKind.COMMIT:
                return self._raw("diff-tree", "-r", *diff.RAW, base.treeish, head.treeish, "--")

    def files(self, revision: Revision) -> Mapping[str, TreeEntry]:
        """List every file of a revision by path, as it stood when it was first asked for."""
        if revision.id not in self._trees:
            self._trees[revision.id] = MappingProxyType(self._listed(revision))
        return self._trees[revision.id]

    def read(
        self, revision: Revision, paths: Iterable[str], *, limit: int = LARGEST_FILE
    ) -> Mapping[str, bytes | Missing]:
        """Give the bytes of each path, or why there are none. A file over `limit` bytes is not read."""
        wanted = list(dict.fromkeys(paths))
        return self._contents(self.files(revision), wanted, limit)

    def read_few(self, revision: Revision, paths: Sequence[str]) -> Mapping[str, bytes | Missing]:
        """Give the bytes as `read` does; of a large repository git lists these paths alone."""
        if revision.id in self._trees or revision.kind is RevisionKind.WORKING_TREE:
            return self.read(revision, paths)
        listed = (
            self._index(paths) if revision.kind is RevisionKind.INDEX else self._tree(revision.treeish, paths)
        )
        return self._contents(listed, paths, LARGEST_FILE)

    def _contents(
        self, entries: Mapping[str, TreeEntry], wanted: Sequence[str], limit: int
    ) -> Mapping[str, bytes | Missing]:
        regular = {
            path: entry for path in wanted if (entry := entries.get(path)) and entry.kind is EntryKind.FILE
        }
        blobs = self._blobs.read([entry.id for entry in regular.values() if not entry.on_disk], limit)
        found: dict[str, bytes | Missing] = {}
        for path in wanted:
            if path not in regular:
                found[path] = _not_regular(entries.get(path))
            elif regular[path].on_disk:
                found[path] = worktree.read(self.git, path, limit)
            else:
                found[path] = blobs[regular[path].id]
        return found

    def linked(self, revision: Revision) -> Mapping[str, str]:
        """Give the regular file that each committed symbolic link stands for, by the link's path. Nothing else is followed."""
        if revision.id not in self._linked:
            entries = self.files(revision)
            links = {path: entry.id for path, entry in entries.items() if entry.is_committed_link}
            texts = self._blobs.read(list(links.values()), _LONGEST_LINK)
            targets: dict[str, str] = {}
            for path, each in links.items():
                text = texts[each]
                target = target_of(path, path_text(text)) if isinstance(text, bytes) else None
                if target is not None:
                    targets[path] = target
            self._linked[revision.id] = MappingProxyType(real_files(entries, targets))
        return self._linked[revision.id]

    def read_left(self, path: str, revisions: Revisions, limit: int) -> bytes | Missing:
        """Give a file that lies in the working tree and that neither git's index nor a commit that is compared has.

        What a pull request could have written is `TRACKED`. Links are not followed.
        """
        content = worktree.read(self.git, path, limit) if self._has_work_tree() else ABSENT
        if content is not ABSENT and self.may_have_written(path, revisions):
            return Missing(
                reason=MissingReason.TRACKED, detail="it is committed: a pull request could have written it"
            )
        return content

    def may_have_written(self, path: str, revisions: Revisions) -> bool:
        """Tell whether the file at a path can be the change's: the index or a commit of it has that file, or had it.

        So does one that has a folder above it (a submodule), or what a file system without case takes for the path. A
        commit that takes a file out of git again does not take it off the disk.
        """
        parts = path.casefold().split("/")
        suspects = {"/".join(parts[: end + 1]) for end in range(len(parts))}
        sides = (revisions.trusted, revisions.base, revisions.head)
        tracked = {*self._index(), *(each for one in sides if one.sha for each in self.files(one))}
        if any(each.casefold() in suspects for each in tracked):
            return True
        return any(each.casefold() in suspects for each in self._written(revisions))

    def _written(self, revisions: Revisions) -> Iterable[str]:
        """Name the files that any commit of the head touches which whose word counts does not have."""
        # A merge that nobody made is a tree and no commit; what lies on the disk is HEAD's.
        named = (revisions.head.sha, "HEAD")
        head = next(filter(None, (self.find(one) for one in named if one)), None)
        if head is None:
            return ()
        start = self.find(revisions.trusted.treeish)
        known = ("--not", start) if start is not None else ()
        names = self.git.run(
            "log", "-m", "--no-renames", "--format=", "--name-only", "-z", head, *known, "--"
        )
        return (path_text(name.lstrip(b"\n")) for name in names.split(b"\0"))

    def _has_work_tree(self) -> bool:
        return self.git.line("rev-parse", "--is-inside-work-tree") == "true"

    def changed_lines(self, base: Revision, head: Revision, changed: ChangedFile) -> tuple[LineRange, ...]:
        """Give the lines of the head's file that differ, to place annotations; () for a deleted file.

        An added file is one range over all of its lines. Links, submodules and files without content here give ().
        """
        old, new = changed.old, changed.new
        if new is None or new.kind is not EntryKind.FILE or (old and old.kind is not EntryKind.FILE):
            return ()
        if old is None:
            path = changed.path
            content = (
                worktree.read(self.git, path, LARGEST_FILE) if new.on_disk else self.read(head, [path])[path]
            )
            lines = len(content.splitlines()) if isinstance(content, bytes) else 0
            return (LineRange(start=1, end=lines),) if lines else ()
        if new.on_disk:
            return self._lines_on_disk(base, changed)
        outcome = self.git.ask("diff", *diff.HUNKS, "--end-of-options", old.id, new.id)
        return diff.head_lines(outcome.stdout) if outcome.code == 0 else ()

    def _lines_on_disk(self, base: Revision, changed: ChangedFile) -> tuple[LineRange, ...]:
        paths = dict.fromkeys((changed.old_path or changed.path, changed.path))
        command = ("diff-index", *diff.HUNKS, "-M", "--ignore-submodules=dirty", base.treeish, "--", *paths)
        return diff.head_lines(self._without_filters().run(*command))

    def _raw(self, *command: str) -> tuple[ChangedFile, ...]:
        """Ask for raw records; where contents were not fetched, only exact renames can be found."""
        outcome = self.git.ask(*command)
        if outcome.code:
            outcome = self.git.ask(*("-M100%" if word == "-M" else word for word in command))
        if outcome.code:
            raise failure("the changed files were not listed", outcome)
        return diff.changed_files(outcome.stdout)

    def _listed(self, revision: Revision) -> dict[str, TreeEntry]:
        match revision.kind:
            case RevisionKind.WORKING_TREE:
                return worktree.files(self._without_filters(), self._index())
            case RevisionKind.INDEX:
                return self._index()
            case RevisionKind.COMMIT:
                return self._tree(revision.treeish)

    def _tree(self, sha: str, paths: Sequence[str] = ()) -> dict[str, TreeEntry]:
        listed = self.git.run("ls-tree", "-r", "-z", "--full-tree", sha, "--", *paths)
        found: dict[str, TreeEntry] = {}
        for record in listed.split(b"\0")[:-1]:
            described, _, path = record.partition(b"\t")
            mode, _, each = described.decode("ascii").split()
            found[path_text(path)] = TreeEntry(id=each, mode=mode)
        return found

    def _index(self, paths: Sequence[str] = ()) -> dict[str, TreeEntry]:
        found: dict[str, TreeEntry] = {}
        for record in self.git.run("ls-files", "-s", "-z", "--", *paths).split(b"\0")[:-1]:
            described, _, path = record.partition(b"\t")
            mode, each, stage = described.decode("ascii").split()
            if stage != "0":
                raise GitError("the index has unresolved conflicts", "resolve them and add the files")
            found[path_text(path)] = TreeEntry(id=each, mode=mode)
        return found

    def _without_filters(self) -> Git:
        if self._filterless is None:
            self._filterless = worktree.without_filters(self.git)
        return self._filterless


def _not_regular(entry: TreeEntry | None) -> Missing:
    if entry is None:
        return ABSENT
    reason = MissingReason.SYMLINK if entry.kind is EntryKind.SYMLINK else MissingReason.SUBMODULE
    return Missing(reason=reason, detail=f"it is a {entry.kind}, which is not followed")


def _trusted(directory: Path) -> list[str]:
    """Name the directories that may be the top: in a container they belong to another user (git-config safe.directory).

    Saying so for the call is safe because nothing that the repository's configuration names is run.
    """
    return [
        str(each) for each in (directory, *directory.parents) if (each / ".git").exists() or each == directory
    ]


def _check_version(git: Git) -> None:
    """Refuse a git that would not know GIT_CONFIG_COUNT, and so would run what a hostile repository names."""
    if _version(git) < _OLDEST_GIT:
        raise GitError(f"git {'.'.join(map(str, _version(git)))} is too old", "install git 2.31 or newer")


def _version(git: Git) -> tuple[int, int]:
    match = re.search(r"(\d+)\.(\d+)", git.run("version").decode("ascii", "replace"))
    return (int(match[1]), int(match[2])) if match is not None else (0, 0)


def _own_variables(git: Git, outer: Mapping[str, str]) -> dict[str, str]:
    given = {name: outer[name] for name in _OWN_VARIABLES if outer.get(name)}
    if not given:
        return {}
    here = Git(Path.cwd(), outer, config=[("safe.directory", each) for each in _trusted(Path.cwd())])
    if git.line("rev-parse", "--absolute-git-dir") != here.line("rev-parse", "--absolute-git-dir"):
        return {}
    return {name: _absolute(value) for name, value in given.items()}


def _absolute(value: str) -> str:
    return os.pathsep.join(str(Path(part).absolute()) for part in value.split(os.pathsep))


def _top(git: Git) -> Path:
    outcome = git.ask("rev-parse", "--show-toplevel")
    if outcome.code == 0:
        return Path(path_text(outcome.stdout.removesuffix(b"\n")))
    if git.line("rev-parse", "--is-bare-repository") == "true":
        return git.directory
    raise failure("there is no repository to check", outcome)
