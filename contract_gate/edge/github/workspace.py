"""Puts the run's files into the workspace, where later steps find them. The workspace is hostile: its links are not followed."""

import os
import shutil
import tempfile
from pathlib import Path

from contract_gate.core.errors import UsageError


def placed(file: Path, workspace: Path, name: str) -> str:
    """Move `file` to `name` in the workspace and give its path relative to it.

    UsageError for a name outside of the workspace or behind a symbolic link: a pull request could have planted one
    to have another file overwritten. The file then belongs to the workspace's owner, who must be able to remove it.
    """
    root = workspace.resolve()
    target = root / name
    parent = target.parent.resolve()
    is_inside = parent.is_relative_to(root) and parent == Path(os.path.normpath(target.parent))
    if target.name in ("", "..") or target == root or not is_inside:
        raise UsageError(
            f"{name!r} is not written: it leads out of the workspace", "give a path inside of it"
        )
    _make(parent, root)
    handle, beside = tempfile.mkstemp(dir=parent, prefix=".contract-gate-")
    try:
        with os.fdopen(handle, "wb") as out, file.open("rb") as content:
            shutil.copyfileobj(content, out)
            os.fchmod(out.fileno(), 0o644)
        _give(Path(beside), root)
        # Replacing the name replaces a link that stands there; it is not followed.
        Path(beside).replace(target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return target.relative_to(root).as_posix()


def _make(folder: Path, root: Path) -> None:
    if folder.exists():
        return
    _make(folder.parent, root)
    folder.mkdir()
    _give(folder, root)


def _give(path: Path, root: Path) -> None:
    """Give a new path to the workspace's owner: a container runs as root, and the runner must clean up after it."""
    if os.geteuid() == 0:
        owner = root.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
