"""Puts the run's files into the workspace, where later steps find them. The workspace is hostile: its links are not followed."""

import os
import shutil
import tempfile
from pathlib import Path

from contract_gate.errors import UsageError


def placed(file: Path, workspace: Path, name: str) -> str:
    """Move `file` to `name` in the workspace and give its path relative to it.

    UsageError for a name outside of the workspace or behind a symbolic link: a pull request could have planted one
    to have another file overwritten. The file then belongs to the workspace's owner, who must be able to remove it.
    """
    root = workspace.resolve()
    target = root / name
    parent = target.parent.resolve()
    if (
        target.name in ("", ".", "..")
        or not parent.is_relative_to(root)
        or parent != Path(os.path.normpath(target.parent))
    ):
        raise UsageError(
            f"{name!r} is not written: it leads out of the workspace", "give a path inside of it"
        )
    parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=parent, prefix=".contract-gate-")
    with os.fdopen(handle, "wb") as out, file.open("rb") as content:
        shutil.copyfileobj(content, out)
        os.fchmod(out.fileno(), 0o644)
        owner = root.stat()
        if os.geteuid() == 0:
            os.fchown(out.fileno(), owner.st_uid, owner.st_gid)
    # Replacing the name replaces a link that stands there; it is not followed.
    Path(beside).replace(target)
    return target.relative_to(root).as_posix()
